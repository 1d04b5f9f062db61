r"""Points of a DICOM presentation state: graphics of the kind POINT and texts with an anchor point.

Pixel rule (PS3.3 C.10.5): PIXEL counts (column, row) from the top left corner of the top-left
pixel, 0\\0, so that half a pixel is taken off each. DISPLAY is a share of the Specified Displayed Area, whose
corners are numbers of pixels from 1\\1 on (C.10.4); it is mapped where the state neither turns nor flips the
image, else refused, as MATRIX is. Some viewers draw half a pixel off (Weasis issue 338); the file is what
counts.

A text names the point that it is anchored to. A point without a text at its place takes that of its
annotation, if it is the only point there and the text the only one.
"""

from math import hypot
from typing import NamedTuple

from spreadscan.marks.point import MOST_POINTS, Marked, named
from spreadscan.read.attributes import Attributes
from spreadscan.read.complaint import Complaint
from spreadscan.read.keys import image_key

HALF_PX = 0.5
SAME_PLACE_PX = 0.5
"""A text anchored this close to a point is its name."""
_DATA, _ANCHOR = "GraphicData (0070,0022)", "AnchorPoint (0070,0014)"
_Frames = tuple[int, ...]


class _Text(NamedTuple):
    """A text of an annotation, and where it is anchored as (row, column); ``None`` when it is not."""

    text: str
    anchor: tuple[float, float] | None


class Annotation(NamedTuple):
    """An annotation of the image: the names of what it holds begin with ``where``."""

    content: Attributes
    where: str
    frames: _Frames


def points_of_annotations(state: Attributes, wanted: str | None) -> list[Marked]:
    """Return the points that a presentation state puts on an image; other graphics are left aside.

    Args:
        state: the object.
        wanted: key of the image; ``None`` when it does not matter.

    Raises:
        Complaint: ``landmarks-elsewhere`` when nothing is on the image; ``landmarks-unreadable`` when no
            point is, one cannot be mapped to pixels, or has no name.
    """
    mine = annotations_of(state, wanted)
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


def annotations_of(state: Attributes, wanted: str | None) -> list[Annotation]:
    """Return the annotations of the image; those without references are on all images of the state.

    Raises:
        Complaint: ``landmarks-elsewhere`` when there are some, and none on the image.
    """
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
            found.append(Annotation(item, f"annotation {number}", frames))
    if items and not found:
        raise Complaint("landmarks-elsewhere", "puts no annotation on this image")
    return found


def _is(reference: Attributes, wanted: str | None) -> bool:
    return wanted is None or image_key(reference.text("ReferencedSOPInstanceUID")) == wanted


def _points(annotation: Annotation, state: Attributes, wanted: str | None) -> list[Marked]:
    area = Area(state, wanted)
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


def _graphic_points(annotation: Annotation, area: "Area") -> list[tuple[float, float]]:
    places = []
    for graphic in annotation.content.items("GraphicObjectSequence"):
        if graphic.text("GraphicType").upper() == "POINT":
            units = graphic.text("GraphicAnnotationUnits")
            numbers = graphic.numbers("GraphicData", slug=None)
            places.append(area.to_pixels(numbers, units, f"{annotation.where}, {_DATA}"))
    return places


def _text(item: Attributes, annotation: Annotation, area: "Area") -> _Text:
    text, numbers = item.text("UnformattedTextValue"), item.numbers("AnchorPoint", slug=None)
    if not numbers:
        return _Text(text, None)
    units = item.text("AnchorPointAnnotationUnits")
    return _Text(text, area.to_pixels(numbers, units, f"{annotation.where}, {_ANCHOR}"))


def _name_of(place: tuple[float, float], texts: list[_Text], *, alone: bool) -> int | None:
    """Which of the texts names a point."""
    near = [
        index
        for index, (_, anchor) in enumerate(texts)
        if anchor is not None and hypot(anchor[0] - place[0], anchor[1] - place[1]) <= SAME_PLACE_PX
    ]
    if len(near) == 1:
        return near[0]
    return 0 if alone and len(texts) == 1 else None


class Area(NamedTuple):
    """The part of an image that a presentation state shows."""

    state: Attributes
    wanted: str | None

    def to_pixels(self, numbers: tuple[float, ...], units: str, field: str) -> tuple[float, float]:
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
