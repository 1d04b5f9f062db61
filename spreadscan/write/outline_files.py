"""The outline of the sure contrast in the formats of other programs, to be corrected there and handed back.

Read back as a loop or as a mask, each encloses the same pixels.
"""

from collections.abc import Sequence

from spreadscan.marks.export import Export
from spreadscan.marks.formats import Format, format_named
from spreadscan.marks.outline import Places
from spreadscan.marks.trace import outlines_of
from spreadscan.values import BoolArray, CoverageReport, MarkedFrame


def outline_files(
    report: CoverageReport, frame: MarkedFrame, formats: Sequence[str], export: Export
) -> dict[str, bytes]:
    """Return the files of the outline of the sure contrast, by their names.

    A part of the contrast is one outline. Holes are joined to it by cuts, so that they stay outside. Without
    sure contrast a file holds no outline.

    Args:
        report: with the contrast.
        frame: of the report, without landmarks: DICOM objects repeat whose image it is.
        formats: names of ``formats.FORMATS``.
        export: what the files say beside the outlines.

    Raises:
        CannotWrite: for DICOM objects ``bad-header`` and ``colour-image``, as for landmarks.
        WrongUsage: ``bad-option`` when 3D Slicer's spacing is needed and not known.
    """
    wanted = [format_named(name) for name in dict.fromkeys(formats)]
    sure = report.mask.sure
    return {
        one.outline_file: one.loaded().write_outlines(_outlines(sure, one), frame, export) for one in wanted
    }


def _outlines(sure: BoolArray, wanted: Format) -> list[Places]:
    # a smooth curve through corners a pixel apart encloses the same pixels as straight lines do
    polygons = outlines_of(sure, coarse=not wanted.smooth)
    return [[(float(row), float(column)) for row, column in polygon] for polygon in polygons]
