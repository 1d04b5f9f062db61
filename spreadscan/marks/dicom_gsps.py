r"""DICOM presentation states: points, which are graphics or texts with an anchor point, and outlines.

Pixel rule (PS3.3 C.10.5): PIXEL counts (column, row) from the top left corner of the top-left
pixel, 0\\0, so that half a pixel is taken off each. DISPLAY is a share of the Specified Displayed Area, whose
corners are numbers of pixels from 1\\1 on (C.10.4); it is mapped where the state neither turns nor flips the
image, else refused, as MATRIX is. Some viewers draw half a pixel off (Weasis issue 338); the file is what
counts.

A text names the point that it is anchored to. A point without a text at its place takes that of its
annotation, if it is the only point there and the text the only one.

Written is a grayscale state: points and their labels, or closed polylines, on a layer over the image, in
PIXEL units: half a pixel is added.
"""

import math
from datetime import datetime
from math import hypot
from typing import TYPE_CHECKING, NamedTuple

from spreadscan.errors import CannotWrite
from spreadscan.marks.dicom import DATA, NO_OUTLINE, corners_of, opened_marks, pairs_of, some
from spreadscan.marks.dicom_object import closed_graphic, image_reference, new_object, to_bytes
from spreadscan.marks.export import Export
from spreadscan.marks.file import DrawnOn, MarkFile
from spreadscan.marks.outline import Outline, Place, Places
from spreadscan.marks.point import HALF_PX, MOST_POINTS, Marked, MarkedPoints, named
from spreadscan.read.attributes import Attributes
from spreadscan.read.complaint import Complaint
from spreadscan.read.identity import image_key
from spreadscan.values import ImageIdentity, Landmark, MarkedFrame

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

GRAYSCALE_STATE = "1.2.840.10008.5.1.4.1.1.11.1"
SAME_PLACE_PX = 0.5
"""A text anchored this close to a point is its name."""
_ANCHOR = "AnchorPoint (0070,0014)"
_LANDMARKS = ("LANDMARKS", "Landmarks as spreadscan understood them")
_OUTLINES = ("CONTRAST", "Contrast as spreadscan outlined it")
"""Layer, and what the state is about."""


class _Text(NamedTuple):
    """A text of an annotation, and where it is anchored as (row, column); ``None`` when it is not."""

    text: str
    anchor: Place | None


class _Annotation(NamedTuple):
    """An annotation of the image: the names of what it holds begin with ``where``."""

    content: Attributes
    where: str
    frames: tuple[int, ...]


def read_points(file: MarkFile, on: DrawnOn) -> MarkedPoints | None:
    """Return the points that a state puts on the image; ``None`` when the file is none.

    Raises:
        Complaint: ``landmarks-elsewhere`` when nothing is on the image; ``landmarks-unreadable`` when no
            point is, one cannot be mapped to pixels, or has no name; ``file-damaged``, ``input-not-dicom``.
    """
    with opened_marks(file) as marks:
        if marks is None or marks.is_report:
            return None
        return MarkedPoints(_points_on(marks.content, on.image_key), marks.kind)


def read_outlines(file: MarkFile, on: DrawnOn) -> list[Outline] | None:
    """Return the closed outlines that a state puts on the image; ``None`` when the file is none.

    Raises:
        Complaint: ``loop-unreadable``, ``file-damaged``, ``input-not-dicom``; also ``landmarks-unreadable``
            and ``landmarks-elsewhere`` from what is shared with points.
    """
    with opened_marks(file) as marks:
        if marks is None or marks.is_report:
            return None
        return some(_outlines_on(marks.content, on.image_key))


def write_points(marked: MarkedFrame, export: Export) -> bytes:
    """Return the landmarks as a presentation state.

    Raises:
        CannotWrite: ``bad-header`` when the image lacks its UIDs or its patient cannot be repeated;
            ``colour-image`` when it is stored as colour, which a grayscale state cannot show.
    """
    return _state(marked, export.moment, None)


def write_outlines(outlines: list[Places], marked: MarkedFrame, export: Export) -> bytes:
    """Return outlines as a presentation state, each a closed POLYLINE.

    Raises:
        CannotWrite: ``bad-header`` and ``colour-image``, as for landmarks.
    """
    return _state(marked, export.moment, outlines)


def _points_on(state: Attributes, wanted: str | None) -> list[Marked]:
    mine = _annotations(state, wanted)
    points: list[Marked] = []
    for annotation in mine:
        points += _points(annotation, state, wanted)
        if len(points) > MOST_POINTS:
            raise Complaint("landmarks-unreadable", f"holds more than {MOST_POINTS} points")
    if not points:
        field = "GraphicAnnotationSequence (0070,0001)"
        raise Complaint("landmarks-unreadable", "holds no point on this image", field=field)
    key = wanted or ""
    return [point._replace(image_key=key) for point in points]


def _outlines_on(state: Attributes, wanted: str | None) -> list[Outline]:
    area = _Area(state, wanted)
    return [
        outline
        for annotation in _annotations(state, wanted)
        for number, graphic in enumerate(annotation.content.items("GraphicObjectSequence"), 1)
        for outline in _outline_of(graphic, number, annotation, area)
    ]


def _outline_of(graphic: Attributes, number: int, annotation: _Annotation, area: "_Area") -> list[Outline]:
    where = f"{annotation.where}, graphic {number}"
    numbers = graphic.numbers("GraphicData", slug=None)
    units = graphic.text("GraphicAnnotationUnits")
    kind = graphic.text("GraphicType").upper()
    if kind in NO_OUTLINE:
        return []
    places = [area.to_pixels(pair, units, f"{where}, {DATA}") for pair in pairs_of(numbers, where)]
    corners = corners_of(kind, places, where)
    return [Outline(where, corners, frames=annotation.frames)] if corners else []


def _annotations(state: Attributes, wanted: str | None) -> list[_Annotation]:
    """The annotations of the image; those without references are on all images of the state."""
    related = [
        image
        for series in state.items("ReferencedSeriesSequence")
        for image in series.items("ReferencedImageSequence")
    ]
    found, items = [], state.items("GraphicAnnotationSequence")
    for number, item in enumerate(items, 1):
        references = list(item.items("ReferencedImageSequence")) or related
        on_image = [r for r in references if _is(r, wanted)]
        if on_image:
            frames = tuple(f for r in on_image for f in r.integers("ReferencedFrameNumber", slug=None))
            found.append(_Annotation(item, f"annotation {number}", frames))
    if items and not found:
        raise Complaint("landmarks-elsewhere", "puts no annotation on this image")
    return found


def _is(reference: Attributes, wanted: str | None) -> bool:
    return wanted is None or image_key(reference.text("ReferencedSOPInstanceUID")) == wanted


def _points(annotation: _Annotation, state: Attributes, wanted: str | None) -> list[Marked]:
    area = _Area(state, wanted)
    texts = [_text(text, annotation, area) for text in annotation.content.items("TextObjectSequence")]
    places = _graphic_points(annotation, area)
    points, used = [], set()
    for number, place in enumerate(places, 1):
        where = f"{annotation.where}, point {number}"
        index = _name_of(place, texts, alone=len(places) == 1)
        if index is None:
            raise Complaint("landmarks-unreadable", "has no text that names it", field=where)
        used.add(index)
        points.append(Marked(where, *named(texts[index].text), *place, frames=annotation.frames))
    for number, (text, anchor) in enumerate(texts, 1):
        where = f"{annotation.where}, text {number}"
        if number - 1 not in used and anchor is not None:
            points.append(Marked(where, *named(text), *anchor, frames=annotation.frames))
        elif number - 1 not in used and named(text)[0] is not None:
            raise Complaint("landmarks-unreadable", "names a level and is anchored nowhere", field=where)
    return points


def _graphic_points(annotation: _Annotation, area: "_Area") -> list[Place]:
    places = []
    for graphic in annotation.content.items("GraphicObjectSequence"):
        if graphic.text("GraphicType").upper() == "POINT":
            units = graphic.text("GraphicAnnotationUnits")
            numbers = graphic.numbers("GraphicData", slug=None)
            places.append(area.to_pixels(numbers, units, f"{annotation.where}, {DATA}"))
    return places


def _text(item: Attributes, annotation: _Annotation, area: "_Area") -> _Text:
    text, numbers = item.text("UnformattedTextValue"), item.numbers("AnchorPoint", slug=None)
    if not numbers:
        return _Text(text, None)
    units = item.text("AnchorPointAnnotationUnits")
    return _Text(text, area.to_pixels(numbers, units, f"{annotation.where}, {_ANCHOR}"))


def _name_of(place: Place, texts: list[_Text], *, alone: bool) -> int | None:
    """Which of the texts names a point."""
    near = [
        index
        for index, (_, anchor) in enumerate(texts)
        if anchor is not None and hypot(anchor[0] - place[0], anchor[1] - place[1]) <= SAME_PLACE_PX
    ]
    if len(near) == 1:
        return near[0]
    return 0 if alone and len(texts) == 1 else None


class _Area(NamedTuple):
    """The part of an image that a presentation state shows."""

    state: Attributes
    wanted: str | None

    def to_pixels(self, numbers: tuple[float, ...], units: str, field: str) -> Place:
        """Return (row, column) of a place in annotation units."""
        if len(numbers) != 2:
            raise Complaint("landmarks-unreadable", "is not one pair of finite numbers", field=field)
        if units.upper() == "PIXEL":
            return numbers[1] - HALF_PX, numbers[0] - HALF_PX
        if units.upper() != "DISPLAY":
            problem = "is in units that cannot be mapped to pixels, not PIXEL or DISPLAY"
            raise Complaint("landmarks-unreadable", problem, field=field)
        left, top, right, bottom = self._corners(field)
        column = left - 1 + numbers[0] * (right - left + 1)
        row = top - 1 + numbers[1] * (bottom - top + 1)
        return row - HALF_PX, column - HALF_PX

    def _corners(self, field: str) -> tuple[int, int, int, int]:
        """Columns and rows of the first and the last pixel that are shown, from 1 on."""
        turned = self.state.integers("ImageRotation", slug=None) not in ((), (0,))
        flipped = self.state.text("ImageHorizontalFlip").upper() not in ("", "N")
        if turned or flipped:
            problem = "is a share of a displayed area that is turned or flipped, and cannot be mapped"
            raise Complaint("landmarks-unreadable", problem, field=field)
        for area in self.state.items("DisplayedAreaSelectionSequence"):
            images = area.items("ReferencedImageSequence")
            if images and not any(_is(image, self.wanted) for image in images):
                continue
            first = area.integers("DisplayedAreaTopLeftHandCorner", slug=None)
            last = area.integers("DisplayedAreaBottomRightHandCorner", slug=None)
            if len(first) == len(last) == 2 and first[0] <= last[0] and first[1] <= last[1]:
                return first[0], first[1], last[0], last[1]
            break
        problem = "is a share of a displayed area whose corners are not known"
        raise Complaint("landmarks-unreadable", problem, field=field)


def _state(marked: MarkedFrame, moment: datetime, outlines: list[Places] | None) -> bytes:
    """A state of outlines; of landmarks where there are none to speak of."""
    from pydicom.dataset import Dataset

    if not marked.identity.text("PhotometricInterpretation").startswith("MONOCHROME"):
        advice = "export a structured report (sr) instead"
        raise CannotWrite(
            "colour-image", "is stored as colour; a grayscale state cannot show it", advice=advice
        )
    state = new_object(marked, GRAYSCALE_STATE, moment, outlines)
    name, what = _LANDMARKS if outlines is None else _OUTLINES
    state.Modality, state.SeriesNumber, state.BodyPartExamined = "PR", 9002, "LSPINE"
    state.PresentationCreationDate = moment.strftime("%Y%m%d")
    state.PresentationCreationTime = moment.strftime("%H%M%S")
    state.ContentLabel, state.ContentDescription = name, what
    state.ContentCreatorName = ""
    series = Dataset()
    series.SeriesInstanceUID = marked.identity.text("SeriesInstanceUID")
    series.ReferencedImageSequence = [image_reference(marked)]
    state.ReferencedSeriesSequence = [series]
    state.DisplayedAreaSelectionSequence = [_whole_image(marked)]
    drawn = [*map(_annotation, marked.landmarks.points), *map(_outline, outlines or ())]
    if drawn:
        state.GraphicAnnotationSequence = drawn
    layer = Dataset()
    layer.GraphicLayer, layer.GraphicLayerOrder = name, 1
    state.GraphicLayerSequence = [layer]
    state.SoftcopyVOILUTSequence = _window(marked.identity)
    if not state.SoftcopyVOILUTSequence:
        del state.SoftcopyVOILUTSequence
    state.PresentationLUTShape = "INVERSE" if marked.inverted_display else "IDENTITY"
    return to_bytes(state)


def _whole_image(marked: MarkedFrame) -> "Dataset":
    from pydicom.dataset import Dataset

    area = Dataset()
    area.DisplayedAreaTopLeftHandCorner = [1, 1]
    area.DisplayedAreaBottomRightHandCorner = [marked.columns, marked.rows]
    area.PresentationSizeMode = "SCALE TO FIT"
    area.PresentationPixelAspectRatio = [1, 1]
    return area


def _annotation(point: Landmark) -> "Dataset":
    from pydicom.dataset import Dataset

    place = [point.column + HALF_PX, point.row + HALF_PX]
    mark, text, annotation = Dataset(), Dataset(), Dataset()
    mark.GraphicAnnotationUnits, mark.GraphicDimensions, mark.NumberOfGraphicPoints = "PIXEL", 2, 1
    mark.GraphicData, mark.GraphicType = place, "POINT"
    text.AnchorPointAnnotationUnits, text.UnformattedTextValue = "PIXEL", point.label
    text.AnchorPoint, text.AnchorPointVisibility = place, "N"
    annotation.GraphicLayer = _LANDMARKS[0]
    annotation.TextObjectSequence, annotation.GraphicObjectSequence = [text], [mark]
    return annotation


def _outline(outline: Places) -> "Dataset":
    from pydicom.dataset import Dataset

    line, annotation = Dataset(), Dataset()
    line.GraphicAnnotationUnits, line.GraphicDimensions = "PIXEL", 2
    line.NumberOfGraphicPoints, line.GraphicData = len(outline) + 1, closed_graphic(outline)
    line.GraphicType, line.GraphicFilled = "POLYLINE", "N"
    annotation.GraphicLayer, annotation.GraphicObjectSequence = _OUTLINES[0], [line]
    return annotation


def _window(identity: ImageIdentity) -> list["Dataset"]:
    """The window of the image, if it has a usable one: without it the state would show the whole range."""
    from pydicom.dataset import Dataset

    item = Dataset()
    texts = [identity.text(keyword) for keyword in ("WindowCenter", "WindowWidth")]
    try:
        centre, width = (float(text) for text in texts)
    except ValueError:
        return []
    if not (math.isfinite(centre) and 1 <= width < math.inf and max(map(len, texts)) <= 16):
        return []
    item.WindowCenter, item.WindowWidth = texts
    return [item]
