"""Landmarks as a DICOM grayscale presentation state: a point and its label on a layer over the image.

PIXEL units count from the corner of the first pixel (PS3.3 C.10.5): half a pixel is added.
"""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from spreadscan.errors import CannotWrite
from spreadscan.marks.dicom_object import (
    HALF_PX,
    Outlines,
    closed_graphic,
    image_reference,
    new_object,
    to_bytes,
)
from spreadscan.values import ImageIdentity, Landmark, MarkedFrame

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

GRAYSCALE_STATE = "1.2.840.10008.5.1.4.1.1.11.1"
_LANDMARKS = ("LANDMARKS", "Landmarks as spreadscan understood them")
_OUTLINES = ("CONTRAST", "Contrast as spreadscan outlined it")
"""Layer, and what the state is about."""


def to_presentation(marked: MarkedFrame, moment: datetime, outlines: Outlines | None = None) -> bytes:
    """Return the presentation state as a DICOM file.

    Args:
        marked: the landmarks and the image.
        moment: when the state is made.
        outlines: of contrast, each a closed POLYLINE; ``None`` in a state of landmarks.

    Raises:
        CannotWrite: ``bad-header`` when the image lacks its UIDs or its patient cannot be repeated;
            ``colour-image`` when it is stored as colour, which a grayscale state cannot show.
    """
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


def _outline(outline: Sequence[tuple[float, float]]) -> "Dataset":
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
