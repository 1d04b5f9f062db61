"""Markups of 3D Slicer: control points in millimetres of its scene, whatever they mean here.

Pixel rule: millimetres from the centre of the top-left pixel, along its columns and down its rows in LPS,
both backwards in RAS (its markups schema and ``vtkMRMLMarkupsNode``); voxel centres are whole indices, so
nothing is shifted.

3D Slicer keeps in its scene, not in the markup, whether a closed curve is smooth or made of straight lines
(``vtkMRMLMarkupsCurveNode::WriteXML``), and shows one that it loads as a smooth one: so it is taken here.
"""

import json
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from spreadscan.marks.export import Export, slicer_spacing
from spreadscan.marks.file import DrawnOn, MarkFile
from spreadscan.marks.outline import MOST_OUTLINES, Outline, Places
from spreadscan.marks.point import Marked, MarkedPoints, named
from spreadscan.read.complaint import Complaint
from spreadscan.values import MarkedFrame

_SCHEMA = (
    "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/Schema/"
    "markups-schema-v1.0.3.json#"
)


class ControlPoint(NamedTuple):
    """A control point that was placed, in pixels of the frame."""

    row: float
    column: float
    label: str


def read_points(file: MarkFile, on: DrawnOn) -> MarkedPoints | None:
    """Return the control points of markups; ``None`` when the file holds none.

    Raises:
        Complaint: ``landmarks-unreadable``.
    """
    markups = _markups(file.strict_record if file.is_json else None)
    if markups is None:
        return None
    found: list[ControlPoint | None] = []
    for markup in markups:
        found += _control_points(markup, on.slicer_mm_per_px, len(found))
    points = [
        Marked(f"control point {number}", *named(point.label), point.row, point.column)
        for number, point in enumerate(found, 1)
        if point is not None
    ]
    return MarkedPoints(points, "3D Slicer markups")


def read_outlines(file: MarkFile, on: DrawnOn) -> list[Outline] | None:
    """Return the closed curves of markups; ``None`` when the file holds no markups.

    Raises:
        Complaint: ``loop-unreadable``, or ``landmarks-unreadable`` from what is shared with points.
    """
    markups = _markups(file.record)
    return None if markups is None else _curves(markups, on.slicer_mm_per_px)


def write_points(marked: MarkedFrame, export: Export) -> bytes:
    """Return the landmarks as markups, in millimetres of the scene.

    Raises:
        WrongUsage: ``bad-option`` when the spacing of 3D Slicer is not known.
    """
    landmarks = marked.landmarks.points
    places = [(p.row, p.column) for p in landmarks]
    markup = _markup(
        "Fiducial", places, [p.label for p in landmarks], slicer_spacing(export.slicer_mm_per_px)
    )
    return (json.dumps({"@schema": _SCHEMA, "markups": [markup]}, indent=2) + "\n").encode()


def write_outlines(outlines: list[Places], marked: MarkedFrame, export: Export) -> bytes:  # noqa: ARG001
    """Return outlines as closed curves, in millimetres of the scene.

    Raises:
        WrongUsage: ``bad-option`` when the spacing of 3D Slicer is not known.
    """
    spacing = slicer_spacing(export.slicer_mm_per_px)
    markups = [_markup("ClosedCurve", outline, [""] * len(outline), spacing) for outline in outlines]
    return (json.dumps({"@schema": _SCHEMA, "markups": markups}) + "\n").encode()


def _markup(kind: str, places: Places, labels: Sequence[str], mm_per_px: float) -> dict[str, object]:
    return {
        "type": kind,
        "coordinateSystem": "LPS",
        "coordinateUnits": "mm",
        "controlPoints": [
            {
                "id": str(number),
                "label": label,
                "position": [column * mm_per_px, row * mm_per_px, 0.0],
                "positionStatus": "defined",
            }
            for number, ((row, column), label) in enumerate(zip(places, labels, strict=True), 1)
        ],
    }


def _markups(record: Any) -> list[Any] | None:
    found = record.get("markups") if isinstance(record, dict) else None
    return found if isinstance(found, list) else None


def _curves(markups: list[Any], mm_per_px: float | None) -> list[Outline]:
    found = []
    for number, markup in enumerate(markups[: MOST_OUTLINES + 1], 1):
        kind = markup.get("type") if isinstance(markup, dict) else None
        if kind != "ClosedCurve":
            raise Complaint(
                "loop-unreadable",
                "is not a closed curve of 3D Slicer",
                field=f"markup {number}, type",
                advice="draw the outline as a closed curve in module Markups, and save it alone",
            )
        points = [p for p in _control_points(markup, mm_per_px) if p is not None]
        found.append(Outline(f"markup {number}", tuple((p.row, p.column) for p in points), smooth=True))
    return found


def _control_points(markup: Any, mm_per_px: float | None, before: int = 0) -> list[ControlPoint | None]:
    """The control points of a markup; ``None`` stands for one that was not placed.

    Messages count them from after those of the markups before it.
    """
    if mm_per_px is None:
        raise Complaint(
            "landmarks-unreadable",
            "gives millimetres of 3D Slicer, and the millimetres per pixel at which it showed the image are"
            " not known",
            field="controlPoints",
            advice="save in pixels (JSON or CSV), or give Slicer's spacing with --slicer-mm-per-px",
        )
    if not (math.isfinite(mm_per_px) and mm_per_px > 0):
        raise _unreadable("is not a positive number", field="slicer_mm_per_px")
    if not isinstance(markup, dict) or not isinstance(markup.get("controlPoints"), list):
        raise _unreadable("is not a markup with control points", field="markups")
    # x and y of RAS run against those of LPS; older files write 0 for RAS and 1 for LPS
    sign = {"LPS": 1, "RAS": -1, 1: 1, 0: -1}.get(_hashable(markup.get("coordinateSystem")))
    if sign is None:
        raise _unreadable("is neither LPS nor RAS", field="coordinateSystem")
    if markup.get("coordinateUnits", "mm") not in ("mm", ["mm", "mm", "mm"]):
        raise _unreadable("is not mm", field="coordinateUnits")
    numbered = enumerate(markup["controlPoints"], before + 1)
    return [_placed(point, f"control point {number}", sign / mm_per_px) for number, point in numbered]


def _placed(point: Any, where: str, px_per_mm: float) -> ControlPoint | None:
    if not isinstance(point, dict):
        raise _unreadable("is not a control point", field=where)
    if point.get("positionStatus", "defined") != "defined":
        return None
    position, label = point.get("position"), point.get("label")
    if not isinstance(position, list) or len(position) != 3 or not all(map(_is_number, position)):
        raise _unreadable("has no position of three finite numbers", field=where)
    text = label if isinstance(label, str) else ""
    return ControlPoint(position[1] * px_per_mm, position[0] * px_per_mm, text)


def _is_number(item: object) -> bool:
    # true and false are integers to Python, and no coordinates
    return isinstance(item, int | float) and not isinstance(item, bool) and abs(item) < 1e9


def _hashable(item: object) -> object:
    return item if isinstance(item, str | int) and not isinstance(item, bool) else None


def _unreadable(problem: str, *, field: str = "") -> Complaint:
    return Complaint("landmarks-unreadable", problem, field=field)
