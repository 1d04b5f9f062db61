"""Content items of a structured report, as they are written (PS3.3 C.17.3)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from spreadscan.marks.dicom_object import image_reference
from spreadscan.values import MarkedFrame

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

Code = tuple[str, str, str]
"""Code value, coding scheme and meaning."""


def content_item(relation: str, kind: str, concept: Code | None = None) -> "Dataset":
    """Return a content item of a kind, in a relation to the one that will hold it."""
    from pydicom.dataset import Dataset

    item = Dataset()
    item.RelationshipType, item.ValueType = relation, kind
    if concept is not None:
        item.ConceptNameCodeSequence = [_code(*concept)]
    return item


def container_item(concept: Code, template: str, content: Sequence["Dataset"]) -> "Dataset":
    """Return a container of content items, by a template where it has one."""
    from pydicom.dataset import Dataset

    item = content_item("CONTAINS", "CONTAINER", concept)
    item.ContinuityOfContent = "SEPARATE"
    if template:
        item.ContentTemplateSequence = [Dataset()]
        item.ContentTemplateSequence[0].MappingResource = "DCMR"
        item.ContentTemplateSequence[0].TemplateIdentifier = template
    if content:
        item.ContentSequence = list(content)
    return item


def coded_item(relation: str, concept: Code, value: Code) -> "Dataset":
    """Return a content item whose value is a code."""
    item = content_item(relation, "CODE", concept)
    item.ConceptCodeSequence = [_code(*value)]
    return item


def text_item(relation: str, concept: Code, text: str) -> "Dataset":
    """Return a content item whose value is a text."""
    item = content_item(relation, "TEXT", concept)
    item.TextValue = text
    return item


def uid_item(relation: str, concept: Code, uid: str) -> "Dataset":
    """Return a content item whose value is a UID."""
    item = content_item(relation, "UIDREF", concept)
    item.UID = uid
    return item


def region_item(kind: str, data: list[float], marked: MarkedFrame) -> "Dataset":
    """Return a region of the image, and of a run of the frame, by its graphic and column before row."""
    image = content_item("SELECTED FROM", "IMAGE")
    image.ReferencedSOPSequence = [image_reference(marked)]
    place = content_item("CONTAINS", "SCOORD", ("111030", "DCM", "Image Region"))
    place.GraphicType, place.GraphicData = kind, data
    place.ContentSequence = [image]
    return place


def _code(value: str, scheme: str, meaning: str) -> "Dataset":
    """An item of a code sequence."""
    from pydicom.dataset import Dataset

    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item
