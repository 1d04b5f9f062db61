r"""Points of a DICOM structured report: SCOORD content items of the kind POINT, as in TID 1500 and its like.

Pixel rule: PS3.3 C.18.6.1.2 counts (column, row) from the top left corner of the top-left pixel, whose centre
therefore is 0.5\\0.5: half a pixel is taken off each. A point must name its image, and the frame of a run, by
SELECTED FROM (PS3.3 C.18.6). What names a point is, in this order, the Tracking Identifier and the Finding of
its group, then its own concept name. All of these that name a level and a side must agree with each other and
with the Finding Site.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from spreadscan.marks.point import Marked, named
from spreadscan.read.attributes import Attributes
from spreadscan.read.complaint import Complaint
from spreadscan.read.keys import image_key

MOST_ITEMS, DEEPEST_ITEM = 20_000, 24
"""Content items of a report that are looked at; TID 1500 nests 6 deep."""
HALF_PX = 0.5
_TRACKING, _FINDING = "112039", "121071"
_ARROW = "Cornerstone3DTools@"
"""OHIF's arrows: a second pair of numbers says where their tails are (dcmjs, ``TID300/Point.js``)."""
_SITE, _LATERALITY = ("363698007", "G-C0E3"), ("272741003", "G-C171")
_CODES: Mapping[str, str] = MappingProxyType(
    {
        "66794005": "L1",
        "14293000": "L2",
        "36470004": "L3",
        "11994002": "L4",
        "49668003": "L5",
        "7771000": "left",
        "24028007": "right",
        "G-A101": "left",
        "G-A100": "right",
    }
)
"""Bones and sides in SNOMED CT, the sides also in the older SRT."""


class _Names(NamedTuple):
    """What names the points of a group: texts, best first, and what its site says."""

    texts: tuple[str, ...] = ()
    level: str = ""
    side: str = ""


class Item(NamedTuple):
    """A content item with its place in the tree, such as 1.3.2, and what names it."""

    content: Attributes
    place: tuple[int, ...]
    names: _Names


def points_of_report(report: Attributes) -> list[Marked]:
    """Return the points of a structured report; outlines and measurements are left aside.

    Raises:
        Complaint: ``landmarks-unreadable`` when there is none, one has no readable place, image or name, or
            its names contradict each other, or the report is too large.
    """
    points = []
    for item in items_of(report):
        kind = item.content.text("ValueType").upper()
        graphic = item.content.text("GraphicType").upper()
        if kind == "SCOORD3D" and graphic in ("POINT", "MULTIPOINT"):
            raise unreadable("is a point in space (SCOORD3D), not in an image", item)
        if kind == "SCOORD" and graphic in ("POINT", "MULTIPOINT"):
            points.append(_point(item, report))
    if not points:
        raise Complaint("landmarks-unreadable", "holds no point", field="ContentSequence (0040,A730)")
    return points


def items_of(report: Attributes) -> Iterator[Item]:
    """Yield all content items, each after the one that contains it.

    Raises:
        Complaint: ``landmarks-unreadable`` when there are too many, or too deep ones.
    """
    waiting = [Item(report, (1,), _Names())]
    count = 0
    while waiting:
        item = waiting.pop()
        yield item
        children = item.content.items("ContentSequence")
        count += len(children)
        if count > MOST_ITEMS or (children and len(item.place) >= DEEPEST_ITEM):
            raise unreadable(f"has more than {MOST_ITEMS} items below it, or too deep ones", item)
        names = _names(children, item.names)
        waiting += reversed([Item(c, (*item.place, n), names) for n, c in enumerate(children, 1)])


def _names(children: tuple[Attributes, ...], above: _Names) -> _Names:
    """What names the items of a group; what the group does not say, the one around it does."""
    texts = {code: _said(child) for child in children if (code := _concept(child)) in (_TRACKING, _FINDING)}
    level, side = above.level, above.side
    for child in children:
        if _concept(child) in _SITE:
            level = _CODES.get(_code(child, "ConceptCodeSequence"), level)
            sides = [c for c in child.items("ContentSequence") if _concept(c) in _LATERALITY]
            side = _CODES.get(_code(sides[0], "ConceptCodeSequence"), side) if sides else side
    own = tuple(texts[code] for code in (_TRACKING, _FINDING) if code in texts)
    return _Names(own or above.texts, level, side)


def _point(item: Item, report: Attributes) -> Marked:
    numbers = item.content.numbers("GraphicData", slug=None)
    if len(numbers) == 4 and any(text.startswith(_ARROW) for text in item.names.texts):
        numbers = numbers[:2]
    if len(numbers) != 2:
        raise unreadable("is not one pair of finite numbers, column and row", item, "GraphicData (0070,0022)")
    if item.content.text("PixelOriginInterpretation").upper() not in ("", "FRAME"):
        raise unreadable("is not FRAME", item, "PixelOriginInterpretation (0048,0301)")
    instance, frames = image_of(item, report)
    level, side, kind = _label(item)
    place = numbers[1] - HALF_PX, numbers[0] - HALF_PX
    return Marked(_called(item), level, side, kind, *place, frames=frames, image_key=image_key(instance))


def image_of(item: Item, report: Attributes) -> tuple[str, tuple[int, ...]]:
    """Return SOP Instance UID and frames of the image that an item was selected from.

    Raises:
        Complaint: ``landmarks-unreadable`` when it does not name one.
    """
    found = [
        _referenced(child, report, item)
        for child in item.content.items("ContentSequence")
        if child.text("RelationshipType").upper() == "SELECTED FROM"
    ]
    images = [one for child in found for one in child.items("ReferencedSOPSequence")]
    if len(images) != 1 or not images[0].text("ReferencedSOPInstanceUID"):
        raise unreadable("does not name the one image that it was selected from", item)
    frames = images[0].integers("ReferencedFrameNumber", slug=None)
    if any(frame < 1 for frame in frames):
        raise unreadable("is no frame, which count from 1", item, "ReferencedFrameNumber (0008,1160)")
    return images[0].text("ReferencedSOPInstanceUID"), frames


def _referenced(child: Attributes, report: Attributes, item: Item) -> Attributes:
    """The content item itself, or the one elsewhere in the tree that it refers to."""
    steps = child.integers("ReferencedContentItemIdentifier", slug=None)
    if not steps:
        return child
    target = report
    for step in steps[1:DEEPEST_ITEM]:
        children = target.items("ContentSequence")
        if not 1 <= step <= len(children):
            raise unreadable("refers to a content item that is not there", item)
        target = children[step - 1]
    return target


def _label(item: Item) -> tuple[str | None, str | None, str]:
    """Level, side and kind by the names of a point, which must not contradict each other."""
    own = _meaning(item.content, "ConceptNameCodeSequence")
    understood = [named(text) for text in (*item.names.texts, own)]
    full = [label for label in understood if label[0] is not None and label[1] is not None]
    if not full:
        return None, None, ""
    level, side, kind = full[0]
    sites = item.names.level in ("", level) and item.names.side[:1] in ("", str(side)[:1])
    patient = not str(side).startswith("image")
    if len({(a, str(b)[:1]) for a, b, _ in full}) > 1 or (patient and not sites):
        raise unreadable("has names or a finding site that contradict each other", item)
    return level, side, kind


def _said(item: Attributes) -> str:
    return item.text("TextValue") or _meaning(item, "ConceptCodeSequence")


def _concept(item: Attributes) -> str:
    return _code(item, "ConceptNameCodeSequence")


def _code(item: Attributes, keyword: str) -> str:
    return next((code.text("CodeValue") for code in item.items(keyword)), "")


def _meaning(item: Attributes, keyword: str) -> str:
    return next((code.text("CodeMeaning") for code in item.items(keyword)), "")


def _called(item: Item) -> str:
    return "content item " + ".".join(str(number) for number in item.place)


def unreadable(problem: str, item: Item, field: str = "") -> Complaint:
    """Return the complaint about an item."""
    where = f"{_called(item)}, {field}" if field else _called(item)
    return Complaint("landmarks-unreadable", problem, field=where)
