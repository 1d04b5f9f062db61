"""Markups of 3D Slicer: control points in millimetres of its scene, whatever they mean here.

Pixel rule: millimetres from the centre of the top-left pixel, along its columns and down its rows in LPS,
both backwards in RAS (its markups schema and ``vtkMRMLMarkupsNode``); voxel centres are whole indices, so
nothing is shifted.
"""

import math
from typing import Any, NamedTuple

from spreadscan.read.complaint import Complaint


class ControlPoint(NamedTuple):
    """A control point that was placed, in pixels of the frame."""

    row: float
    column: float
    label: str


def control_points(markup: Any, mm_per_px: float | None, before: int = 0) -> list[ControlPoint | None]:
    """Return the control points of a markup; ``None`` stands for one that was not placed.

    Args:
        markup: an item of ``markups``.
        mm_per_px: spacing at which 3D Slicer showed the image; ``None`` when it is not known.
        before: how many control points the markups before it have, for the messages.

    Raises:
        Complaint: ``landmarks-unreadable``.
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
    return isinstance(item, int | float) and not isinstance(item, bool) and abs(item) < 1e9


def _hashable(item: object) -> object:
    return item if isinstance(item, str | int) and not isinstance(item, bool) else None


def _unreadable(problem: str, *, field: str = "") -> Complaint:
    return Complaint("landmarks-unreadable", problem, field=field)
