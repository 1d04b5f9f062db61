"""The files of ``spreadscan landmarks``: the picture, and the landmarks in the formats that are asked for."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from spreadscan.errors import WrongUsage
from spreadscan.marks.dicom_gsps_write import to_presentation
from spreadscan.marks.dicom_sr_write import to_report
from spreadscan.marks.imagej_rois import to_zip
from spreadscan.marks.landmark_texts import to_csv, to_json, to_napari, to_slicer
from spreadscan.values import MarkedFrame
from spreadscan.write.folder import write_files
from spreadscan.write.pictures.landmark_figure import landmarks_png

PICTURE = "landmarks.png"
LANDMARK_FILES: Mapping[str, str] = MappingProxyType(
    {
        "json": "landmarks.json",
        "csv": "landmarks.csv",
        "slicer": "landmarks.mrk.json",
        "imagej": "landmarks_imagej.zip",
        "napari": "landmarks_napari.csv",
        "sr": "landmarks_sr.dcm",
        "gsps": "landmarks_gsps.dcm",
    }
)
"""What the file of each format is called."""


class Export(NamedTuple):
    """What is written beside the picture.

    Attributes:
        formats: keys of ``LANDMARK_FILES``.
        moment: when DICOM objects say that they were made.
        slicer_mm_per_px: spacing at which 3D Slicer shows the image; ``None`` when it is not known.
    """

    formats: Sequence[str]
    moment: datetime
    slicer_mm_per_px: float | None = None


def write_landmarks(marked: MarkedFrame, folder: Path, export: Export) -> tuple[Path, ...]:
    """Write landmarks.png and the formats that are asked for, all or none; other files are left alone.

    Returns:
        The paths of the files written.

    Raises:
        CannotWrite: ``output-unwritable``; for DICOM objects also ``bad-header`` and ``colour-image``.
        WrongUsage: ``bad-option`` when 3D Slicer's spacing is not known.
    """
    contents = {LANDMARK_FILES[name]: landmark_file(marked, name, export) for name in export.formats}
    return write_files({PICTURE: landmarks_png(marked), **contents}, folder)


def landmark_file(marked: MarkedFrame, name: str, export: Export) -> bytes:
    """Return the file of one format, a key of ``LANDMARK_FILES``.

    Raises:
        CannotWrite: for DICOM objects ``bad-header`` and ``colour-image``.
        WrongUsage: ``bad-option`` when 3D Slicer's spacing is not known.
    """
    makers: Mapping[str, Callable[[], str | bytes]] = {
        "json": lambda: to_json(marked),
        "csv": lambda: to_csv(marked),
        "slicer": lambda: to_slicer(marked, slicer_spacing(export.slicer_mm_per_px)),
        "imagej": lambda: to_zip(marked),
        "napari": lambda: to_napari(marked),
        "sr": lambda: to_report(marked, export.moment),
        "gsps": lambda: to_presentation(marked, export.moment),
    }
    made = makers[name]()
    return made.encode() if isinstance(made, str) else made


def slicer_spacing(mm_per_px: float | None) -> float:
    """Return the spacing at which 3D Slicer shows the image.

    Raises:
        WrongUsage: ``bad-option`` when it is not known.
    """
    if mm_per_px is None:
        raise WrongUsage(
            "bad-option",
            "is needed, since markups of 3D Slicer are millimetres",
            field="--slicer-mm-per-px",
            advice="give the spacing that Slicer's volume information says, 1 where the image has none",
        )
    return mm_per_px
