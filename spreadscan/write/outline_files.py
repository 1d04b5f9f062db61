"""The outline of the sure contrast in the formats of other programs, to be corrected there and handed back.

Read back as a loop or as a mask, each encloses the same pixels. Nothing is shifted but areas of ImageJ and
outlines in DICOM objects, where whole numbers are corners between pixels.
"""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from spreadscan.marks.dicom_gsps_write import to_presentation
from spreadscan.marks.dicom_sr_write import to_report
from spreadscan.marks.imagej_rois import to_area, zip_of
from spreadscan.marks.landmark_texts import SLICER_SCHEMA
from spreadscan.marks.trace import outlines_of
from spreadscan.values import CoverageReport, MarkedFrame
from spreadscan.write.landmark_folder import slicer_spacing

OUTLINE_FILES: Mapping[str, str] = MappingProxyType(
    {
        "json": "outline.json",
        "csv": "outline.csv",
        "slicer": "outline.mrk.json",
        "imagej": "outline_imagej.zip",
        "napari": "outline_napari.csv",
        "sr": "outline_sr.dcm",
        "gsps": "outline_gsps.dcm",
    }
)
"""What the file of each format is called."""

OutlineWriter = Callable[[CoverageReport, Path], None]
"""Writes the outline of the contrast of a report to a path."""

_Outline = Sequence[tuple[float, float]]


class Drawing(NamedTuple):
    """What outlines are written for.

    Attributes:
        frame_of: returns the frame of a report, with whose image it is: DICOM objects repeat that.
        moment: returns when DICOM objects say that they were made; asked for only where there are some.
        slicer_mm_per_px: spacing at which 3D Slicer shows the image; ``None`` when it is not known.
    """

    frame_of: Callable[[CoverageReport], MarkedFrame]
    moment: Callable[[], datetime]
    slicer_mm_per_px: float | None = None


class _Drawn(NamedTuple):
    """Outlines, and the frame of a run on which they are drawn; 0 for a single image."""

    outlines: list[_Outline]
    frame: int


def outline_writers(formats: Sequence[str], drawing: Drawing) -> dict[str, OutlineWriter]:
    """Return what writes the outline of the sure contrast, by the names of its files.

    A part of the contrast is one outline. Holes are joined to it by cuts, so that they stay outside. Without
    sure contrast a file holds no outline.

    Args:
        formats: keys of ``OUTLINE_FILES``.
        drawing: what they are written for.

    Raises:
        WrongUsage: ``bad-option`` when 3D Slicer's spacing is needed and not known.
    """
    spacing = slicer_spacing(drawing.slicer_mm_per_px) if "slicer" in formats else 1.0
    objects = {"sr": to_report, "gsps": to_presentation}
    moment = drawing.moment() if objects.keys() & set(formats) else datetime.min
    makers: Mapping[str, Callable[[_Drawn], bytes]] = {
        "json": _to_json,
        "csv": _to_csv,
        "slicer": partial(_to_slicer, mm_per_px=spacing),
        "imagej": _to_zip,
        "napari": _to_napari,
    }
    # a smooth curve through corners a pixel apart encloses the same pixels as straight lines do
    return {
        OUTLINE_FILES[name]: partial(_write_object, objects[name], (drawing.frame_of, moment))
        if name in objects
        else partial(_write, makers[name], name != "slicer")
        for name in dict.fromkeys(formats)
    }


def _write_object(
    make: Callable[[MarkedFrame, datetime, Sequence[_Outline]], bytes],
    whose: tuple[Callable[[CoverageReport], MarkedFrame], datetime],
    report: CoverageReport,
    path: Path,
) -> None:
    """Write a DICOM object; it raises ``bad-header`` and ``colour-image`` as landmarks do."""
    frame_of, moment = whose
    path.write_bytes(make(frame_of(report), moment, _outlines(report, coarse=True)))


def _write(make: Callable[[_Drawn], bytes], coarse: bool, report: CoverageReport, path: Path) -> None:
    outlines = _outlines(report, coarse)
    frame = report.source.frame if report.source.frames > 1 else 0
    path.write_bytes(make(_Drawn(outlines, frame)))


def _outlines(report: CoverageReport, coarse: bool) -> list[_Outline]:
    return [
        [(float(row), float(column)) for row, column in polygon]
        for polygon in outlines_of(report.mask.sure, coarse=coarse)
    ]


def _to_json(drawn: _Drawn) -> bytes:
    content: dict[str, object] = {"schema": "spreadscan.loop", "schema_version": 1}
    content |= {"image": {"frame": drawn.frame}} if drawn.frame else {}
    return (json.dumps({**content, "loops": drawn.outlines}) + "\n").encode()


def _to_csv(drawn: _Drawn) -> bytes:
    lines = [(n, *place) for n, outline in enumerate(drawn.outlines, 1) for place in outline]
    return _table(("loop", "row", "column"), lines)


def _to_napari(drawn: _Drawn) -> bytes:
    frame = (drawn.frame - 1,) if drawn.frame else ()
    axes = [f"axis-{number}" for number in range(len(frame) + 2)]
    lines = [
        (n, "polygon", at, *frame, *place)
        for n, outline in enumerate(drawn.outlines)
        for at, place in enumerate(outline)
    ]
    return _table(("index", "shape-type", "vertex-index", *axes), lines)


def _table(header: Sequence[str], lines: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([header, *lines])
    return text.getvalue().encode()


def _to_slicer(drawn: _Drawn, mm_per_px: float) -> bytes:
    markups = [
        {
            "type": "ClosedCurve",
            "coordinateSystem": "LPS",
            "coordinateUnits": "mm",
            "controlPoints": [
                {
                    "id": str(number),
                    "label": "",
                    "position": [column * mm_per_px, row * mm_per_px, 0.0],
                    "positionStatus": "defined",
                }
                for number, (row, column) in enumerate(outline, 1)
            ],
        }
        for outline in drawn.outlines
    ]
    return (json.dumps({"@schema": SLICER_SCHEMA, "markups": markups}) + "\n").encode()


def _to_zip(drawn: _Drawn) -> bytes:
    names = [f"outline-{number}" for number in range(1, len(drawn.outlines) + 1)]
    return zip_of(
        {
            name: to_area(outline, name, drawn.frame)
            for name, outline in zip(names, drawn.outlines, strict=True)
        }
    )
