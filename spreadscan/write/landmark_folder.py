"""The files of ``spreadscan landmarks``: the picture, and the landmarks in the formats that are asked for."""

from collections.abc import Sequence
from pathlib import Path

from spreadscan.marks.export import Export
from spreadscan.marks.formats import format_named
from spreadscan.values import MarkedFrame
from spreadscan.write.folder import write_files
from spreadscan.write.pictures.landmark_figure import landmarks_png

PICTURE = "landmarks.png"


def write_landmarks(
    marked: MarkedFrame, folder: Path, formats: Sequence[str], export: Export
) -> tuple[Path, ...]:
    """Write landmarks.png and the formats that are asked for, all or none; other files are left alone.

    Args:
        marked: the landmarks, and the frame that they are on.
        folder: where to write.
        formats: names of ``formats.FORMATS``.
        export: what the files say beside the landmarks.

    Returns:
        The paths of the files written.

    Raises:
        CannotWrite: ``output-unwritable``; for DICOM objects also ``bad-header`` and ``colour-image``.
        WrongUsage: ``bad-option`` when 3D Slicer's spacing is not known.
    """
    wanted = [format_named(name) for name in formats]
    contents = {one.landmark_file: one.loaded().write_points(marked, export) for one in wanted}
    return write_files({PICTURE: landmarks_png(marked), **contents}, folder)
