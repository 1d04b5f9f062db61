r"""Outlines in DICOM objects that go with an image: structured reports and presentation states.

Understood are closed polylines, whose last point is their first, circles, by their centre and a point on
them, and ellipses, by the ends of their major and then of their minor axis (PS3.3 C.10.5 and C.18.6). Points,
texts and straight lines of two points are left aside; other drawings are refused, since an outline that is
overlooked would say that there is no contrast. Pixel rule as for points: PIXEL and SCOORD count from the
corner of the first pixel, so that half a pixel is taken off.
"""

from math import hypot
from pathlib import Path

from spreadscan.marks.dicom import opened_marks
from spreadscan.marks.dicom_gsps import Annotation, Area, annotations_of
from spreadscan.marks.dicom_sr import HALF_PX, Item, image_of, items_of, unreadable
from spreadscan.marks.outline import MOST_OUTLINES, Outline, Place, around
from spreadscan.read.attributes import Attributes
from spreadscan.read.complaint import Complaint
from spreadscan.read.keys import image_key

CLOSED_PX = 1e-3
"""First and last point of a closed polyline are the same number of single precision."""
_NO_OUTLINE = ("", "POINT", "MULTIPOINT")
_DATA = "GraphicData (0070,0022)"


def outlines_of_dicom(path: Path, content: bytes, wanted: str | None) -> list[Outline]:
    """Return the outlines of a structured report or presentation state.

    Args:
        path: of the file.
        content: its bytes, no more than such a file may have.
        wanted: key of the image; ``None`` when it does not matter.

    Raises:
        Complaint: ``loop-unreadable``, ``file-damaged``, ``input-not-dicom``; also ``landmarks-unreadable``
            and ``landmarks-elsewhere`` from what is shared with points.
    """
    with opened_marks(path, content) as marks:
        found = _of_report(marks.content) if marks.is_report else _of_state(marks.content, wanted)
    if not found:
        raise Complaint("loop-unreadable", "holds no closed outline on this image")
    if len(found) > MOST_OUTLINES:
        raise Complaint("loop-unreadable", f"holds {len(found)} outlines, more than {MOST_OUTLINES}")
    return found


def _of_state(state: Attributes, wanted: str | None) -> list[Outline]:
    area = Area(state, wanted)
    return [
        outline
        for annotation in annotations_of(state, wanted)
        for number, graphic in enumerate(annotation.content.items("GraphicObjectSequence"), 1)
        for outline in _of_graphic(graphic, number, annotation, area)
    ]


def _of_graphic(graphic: Attributes, number: int, annotation: Annotation, area: Area) -> list[Outline]:
    where = f"{annotation.where}, graphic {number}"
    numbers = graphic.numbers("GraphicData", slug=None)
    units = graphic.text("GraphicAnnotationUnits")
    kind = graphic.text("GraphicType").upper()
    if kind in _NO_OUTLINE:
        return []
    places = [area.to_pixels(pair, units, f"{where}, {_DATA}") for pair in _pairs(numbers, where)]
    corners = _corners(kind, places, where)
    return [Outline(where, corners, frames=annotation.frames)] if corners else []


def _of_report(report: Attributes) -> list[Outline]:
    return [outline for item in items_of(report) for outline in _of_item(item, report)]


def _of_item(item: Item, report: Attributes) -> list[Outline]:
    kind, graphic = (item.content.text(name).upper() for name in ("ValueType", "GraphicType"))
    if kind not in ("SCOORD", "SCOORD3D") or graphic in _NO_OUTLINE:
        return []
    if kind == "SCOORD3D":
        raise unreadable("is an outline in space (SCOORD3D), not in an image", item)
    if item.content.text("PixelOriginInterpretation").upper() not in ("", "FRAME"):
        raise unreadable("is not FRAME", item, "PixelOriginInterpretation (0048,0301)")
    where = "content item " + ".".join(map(str, item.place))
    pairs = _pairs(item.content.numbers("GraphicData", slug=None), where)
    corners = _corners(graphic, [(y - HALF_PX, x - HALF_PX) for x, y in pairs], where)
    if not corners:
        return []
    instance, frames = image_of(item, report)
    return [Outline(where, corners, frames=frames, image_key=image_key(instance))]


def _pairs(numbers: tuple[float, ...], where: str) -> list[tuple[float, float]]:
    if not numbers or len(numbers) % 2:
        field = f"{where}, {_DATA}"
        raise Complaint("loop-unreadable", "is not a list of pairs of finite numbers", field=field)
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _corners(kind: str, places: list[Place], where: str) -> tuple[Place, ...]:
    """The corners of a graphic; none where it is a straight line."""
    if kind == "POLYLINE":
        if len(places) < 3:
            return ()
        (row, column), (last_row, last_column) = places[0], places[-1]
        if hypot(row - last_row, column - last_column) > CLOSED_PX:
            raise Complaint(
                "loop-unreadable",
                "is a line that does not close",
                field=where,
                advice="close every outline, and remove lines that are none",
            )
        return tuple(places[:-1])
    if kind == "CIRCLE" and len(places) == 2:
        radius = hypot(places[1][0] - places[0][0], places[1][1] - places[0][1])
        return around(places[0], (radius, 0.0), (0.0, radius))
    if kind == "ELLIPSE" and len(places) == 4:
        one, far, other, opposite = places
        centre = ((one[0] + far[0]) / 2, (one[1] + far[1]) / 2)
        half = ((far[0] - one[0]) / 2, (far[1] - one[1]) / 2)
        return around(centre, half, ((opposite[0] - other[0]) / 2, (opposite[1] - other[1]) / 2))
    known = "with another number of points" if kind in ("CIRCLE", "ELLIPSE") else "whose course is not known"
    raise Complaint(
        "loop-unreadable",
        f"is a graphic {known}",
        field=where,
        advice="draw closed polylines, circles or ellipses, and remove other drawings",
    )
