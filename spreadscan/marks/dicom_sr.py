r"""DICOM structured reports: points and outlines that are SCOORD content items, as in TID 1500 and its like.

Pixel rule: PS3.3 C.18.6.1.2 counts (column, row) from the top left corner of the top-left pixel, whose centre
therefore is 0.5\\0.5: half a pixel is taken off each. A point must name its image, and the frame of a run, by
SELECTED FROM (PS3.3 C.18.6). What names a point is, in this order, the Tracking Identifier and the Finding of
its group, then its own concept name. All of these that name a level and a side must agree with each other and
with the Finding Site.

Written is a Comprehensive SR with one measurement group (TID 1410) for each point or outline, an image region
without a number, which viewers show (OHIF does not show groups that also hold numbers). Its Tracking
Identifier is the label, such as L4-R; bone and side are coded as the finding site. Half a pixel is added.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from spreadscan import __version__
from spreadscan.anatomy import Level
from spreadscan.marks.dicom import NO_OUTLINE, corners_of, opened_marks, pairs_of, some
from spreadscan.marks.dicom_content import Code, coded_item, container_item, region_item, text_item, uid_item
from spreadscan.marks.dicom_object import (
    closed_graphic,
    evidence,
    made_uid,
    new_object,
    to_bytes,
)
from spreadscan.marks.export import Export
from spreadscan.marks.file import DrawnOn, MarkFile
from spreadscan.marks.outline import Outline, Places
from spreadscan.marks.point import HALF_PX, Label, Marked, MarkedPoints, named
from spreadscan.read.attributes import Attributes
from spreadscan.read.complaint import Complaint
from spreadscan.read.identity import image_key
from spreadscan.values import Landmark, MarkedFrame

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

COMPREHENSIVE_SR = "1.2.840.10008.5.1.4.1.1.88.33"
MOST_ITEMS, DEEPEST_ITEM = 20_000, 24
"""Content items of a report that are looked at; TID 1500 nests 6 deep."""
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
_BONES: Mapping[Level, Code] = MappingProxyType(
    {
        "L1": ("66794005", "SCT", "L1 vertebra"),
        "L2": ("14293000", "SCT", "L2 vertebra"),
        "L3": ("36470004", "SCT", "L3 vertebra"),
        "L4": ("11994002", "SCT", "L4 vertebra"),
        "L5": ("49668003", "SCT", "L5 vertebra"),
        "S1": ("54735007", "SCT", "Sacrum"),
    }
)
_SIDES: Mapping[str, Code] = MappingProxyType(
    {"left": ("7771000", "SCT", "Left"), "right": ("24028007", "SCT", "Right")}
)


class _Names(NamedTuple):
    """What names the points of a group: texts, best first, and what its site says."""

    texts: tuple[str, ...] = ()
    level: str = ""
    side: str = ""


class _Item(NamedTuple):
    """A content item with its place in the tree, such as 1.3.2, and what names it."""

    content: Attributes
    place: tuple[int, ...]
    names: _Names


class _Selected(NamedTuple):
    """The image that a content item was selected from: its SOP Instance UID, and frames of it, 1-based."""

    instance: str
    frames: tuple[int, ...]


def read_points(file: MarkFile, on: DrawnOn) -> MarkedPoints | None:  # noqa: ARG001
    """Return the points of a report; ``None`` when the file is none. Outlines and numbers are left aside.

    Raises:
        Complaint: ``landmarks-unreadable`` when there is none, one has no readable place, image or name, or
            its names contradict each other, or the report is too large; ``file-damaged``,
            ``input-not-dicom``.
    """
    with opened_marks(file) as marks:
        if marks is None or not marks.is_report:
            return None
        return MarkedPoints(_points(marks.content), marks.kind)


def read_outlines(file: MarkFile, on: DrawnOn) -> list[Outline] | None:  # noqa: ARG001
    """Return the closed outlines of a report; ``None`` when the file is none.

    Raises:
        Complaint: ``loop-unreadable``, ``file-damaged``, ``input-not-dicom``; also ``landmarks-unreadable``
            from what is shared with points.
    """
    with opened_marks(file) as marks:
        if marks is None or not marks.is_report:
            return None
        report = marks.content
        return some([outline for item in _items(report) for outline in _outlines(item, report)])


def write_points(marked: MarkedFrame, export: Export) -> bytes:
    """Return the landmarks as a structured report.

    Raises:
        CannotWrite: ``bad-header`` when the image lacks its UIDs or its patient cannot be repeated.
    """
    return _report(marked, export.moment, None)


def write_outlines(outlines: list[Places], marked: MarkedFrame, export: Export) -> bytes:
    """Return outlines as a structured report, each a closed POLYLINE in a measurement group of its own.

    Raises:
        CannotWrite: ``bad-header`` when the image lacks its UIDs or its patient cannot be repeated.
    """
    return _report(marked, export.moment, outlines)


def _points(report: Attributes) -> list[Marked]:
    points = []
    for item in _items(report):
        kind = item.content.text("ValueType").upper()
        graphic = item.content.text("GraphicType").upper()
        if kind == "SCOORD3D" and graphic in ("POINT", "MULTIPOINT"):
            raise _unreadable("is a point in space (SCOORD3D), not in an image", item)
        if kind == "SCOORD" and graphic in ("POINT", "MULTIPOINT"):
            points.append(_point(item, report))
    if not points:
        raise Complaint("landmarks-unreadable", "holds no point", field="ContentSequence (0040,A730)")
    return points


def _outlines(item: _Item, report: Attributes) -> list[Outline]:
    kind, graphic = (item.content.text(name).upper() for name in ("ValueType", "GraphicType"))
    if kind not in ("SCOORD", "SCOORD3D") or graphic in NO_OUTLINE:
        return []
    if kind == "SCOORD3D":
        raise _unreadable("is an outline in space (SCOORD3D), not in an image", item)
    if item.content.text("PixelOriginInterpretation").upper() not in ("", "FRAME"):
        raise _unreadable("is not FRAME", item, "PixelOriginInterpretation (0048,0301)")
    where = _called(item)
    pairs = pairs_of(item.content.numbers("GraphicData", slug=None), where)
    corners = corners_of(graphic, [(y - HALF_PX, x - HALF_PX) for x, y in pairs], where)
    if not corners:
        return []
    image = _selected(item, report)
    return [Outline(where, corners, frames=image.frames, image_key=image_key(image.instance))]


def _items(report: Attributes) -> Iterator[_Item]:
    """All content items, each after the one that contains it."""
    waiting = [_Item(report, (1,), _Names())]
    count = 0
    while waiting:
        item = waiting.pop()
        yield item
        children = item.content.items("ContentSequence")
        count += len(children)
        if count > MOST_ITEMS or (children and len(item.place) >= DEEPEST_ITEM):
            raise _unreadable(f"has more than {MOST_ITEMS} items below it, or too deep ones", item)
        names = _names(children, item.names)
        waiting += reversed([_Item(c, (*item.place, n), names) for n, c in enumerate(children, 1)])


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


def _point(item: _Item, report: Attributes) -> Marked:
    numbers = item.content.numbers("GraphicData", slug=None)
    if len(numbers) == 4 and any(text.startswith(_ARROW) for text in item.names.texts):
        numbers = numbers[:2]
    if len(numbers) != 2:
        raise _unreadable(
            "is not one pair of finite numbers, column and row", item, "GraphicData (0070,0022)"
        )
    if item.content.text("PixelOriginInterpretation").upper() not in ("", "FRAME"):
        raise _unreadable("is not FRAME", item, "PixelOriginInterpretation (0048,0301)")
    image = _selected(item, report)
    label = _label(item)
    place = numbers[1] - HALF_PX, numbers[0] - HALF_PX
    return Marked(_called(item), *label, *place, frames=image.frames, image_key=image_key(image.instance))


def _selected(item: _Item, report: Attributes) -> _Selected:
    """The one image that an item was selected from."""
    found = [
        _referenced(child, report, item)
        for child in item.content.items("ContentSequence")
        if child.text("RelationshipType").upper() == "SELECTED FROM"
    ]
    images = [one for child in found for one in child.items("ReferencedSOPSequence")]
    if len(images) != 1 or not images[0].text("ReferencedSOPInstanceUID"):
        raise _unreadable("does not name the one image that it was selected from", item)
    frames = images[0].integers("ReferencedFrameNumber", slug=None)
    if any(frame < 1 for frame in frames):
        raise _unreadable("is no frame, which count from 1", item, "ReferencedFrameNumber (0008,1160)")
    return _Selected(images[0].text("ReferencedSOPInstanceUID"), frames)


def _referenced(child: Attributes, report: Attributes, item: _Item) -> Attributes:
    """The content item itself, or the one elsewhere in the tree that it refers to."""
    steps = child.integers("ReferencedContentItemIdentifier", slug=None)
    if not steps:
        return child
    target = report
    for step in steps[1:DEEPEST_ITEM]:
        children = target.items("ContentSequence")
        if not 1 <= step <= len(children):
            raise _unreadable("refers to a content item that is not there", item)
        target = children[step - 1]
    return target


def _label(item: _Item) -> Label:
    """Level, side and kind by the names of a point, which must not contradict each other."""
    own = _meaning(item.content, "ConceptNameCodeSequence")
    understood = [named(text) for text in (*item.names.texts, own)]
    full = [label for label in understood if label.level is not None and label.side is not None]
    if not full:
        return Label(None, None, "")
    level, side, _ = full[0]
    sites = item.names.level in ("", level) and item.names.side[:1] in ("", str(side)[:1])
    patient = not str(side).startswith("image")
    if len({(a, str(b)[:1]) for a, b, _ in full}) > 1 or (patient and not sites):
        raise _unreadable("has names or a finding site that contradict each other", item)
    return full[0]


def _said(item: Attributes) -> str:
    return item.text("TextValue") or _meaning(item, "ConceptCodeSequence")


def _concept(item: Attributes) -> str:
    return _code(item, "ConceptNameCodeSequence")


def _code(item: Attributes, keyword: str) -> str:
    return next((code.text("CodeValue") for code in item.items(keyword)), "")


def _meaning(item: Attributes, keyword: str) -> str:
    return next((code.text("CodeMeaning") for code in item.items(keyword)), "")


def _called(item: _Item) -> str:
    return "content item " + ".".join(str(number) for number in item.place)


def _unreadable(problem: str, item: _Item, field: str = "") -> Complaint:
    """The complaint about an item."""
    where = f"{_called(item)}, {field}" if field else _called(item)
    return Complaint("landmarks-unreadable", problem, field=where)


def _report(marked: MarkedFrame, moment: datetime, outlines: list[Places] | None) -> bytes:
    """A report of outlines; of landmarks where there are none to speak of."""
    report = new_object(marked, COMPREHENSIVE_SR, moment, outlines)
    report.Modality, report.SeriesNumber = "SR", 9001
    report.ReferencedPerformedProcedureStepSequence = []
    report.CompletionFlag, report.VerificationFlag = "COMPLETE", "UNVERIFIED"
    report.ContentDate, report.ContentTime = moment.strftime("%Y%m%d"), moment.strftime("%H%M%S")
    report.PerformedProcedureCodeSequence = []
    report.CurrentRequestedProcedureEvidenceSequence = [evidence(marked)]
    content = _content(marked, outlines or [])
    root = container_item(("126000", "DCM", "Imaging Measurement Report"), "1500", content)
    del root.RelationshipType
    report.update(root)
    return to_bytes(report)


def _content(marked: MarkedFrame, outlines: list[Places]) -> list["Dataset"]:
    groups = [_group(point, marked) for point in marked.landmarks.points]
    groups += [_outline_group(outline, n, marked) for n, outline in enumerate(outlines, 1)]
    return [
        coded_item("HAS CONCEPT MOD", ("121049", "DCM", "Language of Content Item and Descendants"),
               ("en", "RFC5646", "English")),
        coded_item("HAS OBS CONTEXT", ("121005", "DCM", "Observer Type"), ("121007", "DCM", "Device")),
        uid_item("HAS OBS CONTEXT", ("121012", "DCM", "Device Observer UID"),
                 made_uid("device", __version__)),
        text_item("HAS OBS CONTEXT", ("121013", "DCM", "Device Observer Name"), f"spreadscan {__version__}"),
        coded_item("HAS CONCEPT MOD", ("121058", "DCM", "Procedure reported"),
               ("44491008", "SCT", "Fluoroscopy")),
        container_item(("126010", "DCM", "Imaging Measurements"), "", groups),
    ]  # fmt: skip


def _group(point: Landmark, marked: MarkedFrame) -> "Dataset":
    place = region_item("POINT", [point.column + HALF_PX, point.row + HALF_PX], marked)
    site = coded_item("HAS CONCEPT MOD", ("363698007", "SCT", "Finding Site"), _BONES[point.level])
    if point.side in _SIDES:
        laterality = ("272741003", "SCT", "Laterality")
        site.ContentSequence = [coded_item("HAS CONCEPT MOD", laterality, _SIDES[point.side])]
    finding = coded_item("CONTAINS", ("121071", "DCM", "Finding"), ("112171", "DCM", "Fiducial mark"))
    return _tracked("landmark", point.label, [finding, site, place], marked)


def _outline_group(outline: Places, number: int, marked: MarkedFrame) -> "Dataset":
    finding = coded_item("CONTAINS", ("121071", "DCM", "Finding"), ("385420005", "SCT", "Contrast media"))
    place = region_item("POLYLINE", closed_graphic(outline), marked)
    return _tracked("outline", f"contrast {number}", [finding, place], marked)


def _tracked(kind: str, label: str, content: list["Dataset"], marked: MarkedFrame) -> "Dataset":
    """A measurement group with what tells it from others: what kind of thing it is, and its label."""
    uid = made_uid(kind, marked.identity.text("SOPInstanceUID"), label)
    tracking = [
        text_item("HAS OBS CONTEXT", ("112039", "DCM", "Tracking Identifier"), label),
        uid_item("HAS OBS CONTEXT", ("112040", "DCM", "Tracking Unique Identifier"), uid),
    ]
    return container_item(("125007", "DCM", "Measurement Group"), "1410", [*tracking, *content])
