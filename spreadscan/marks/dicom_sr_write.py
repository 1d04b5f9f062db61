"""Landmarks as a DICOM structured report: Comprehensive SR, TID 1500, one measurement group for each point.

Each group is a TID 1410 with an image region of the kind POINT and no number, which viewers show as a point
(OHIF does not show groups that also hold numbers). Its Tracking Identifier is the label, such as L4-R; bone
and side are coded as the finding site. SCOORD counts from the corner of the first pixel: half a pixel is
added.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from spreadscan import __version__
from spreadscan.anatomy import Level
from spreadscan.marks.dicom_object import (
    HALF_PX,
    Outlines,
    closed_graphic,
    code,
    image_reference,
    made_uid,
    new_object,
    to_bytes,
)
from spreadscan.values import Landmark, MarkedFrame

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

COMPREHENSIVE_SR = "1.2.840.10008.5.1.4.1.1.88.33"
_Code = tuple[str, str, str]
_BONES: Mapping[Level, _Code] = MappingProxyType(
    {
        "L1": ("66794005", "SCT", "L1 vertebra"),
        "L2": ("14293000", "SCT", "L2 vertebra"),
        "L3": ("36470004", "SCT", "L3 vertebra"),
        "L4": ("11994002", "SCT", "L4 vertebra"),
        "L5": ("49668003", "SCT", "L5 vertebra"),
        "S1": ("54735007", "SCT", "Sacrum"),
    }
)
_SIDES: Mapping[str, _Code] = MappingProxyType(
    {"left": ("7771000", "SCT", "Left"), "right": ("24028007", "SCT", "Right")}
)


def to_report(marked: MarkedFrame, moment: datetime, outlines: Outlines | None = None) -> bytes:
    """Return the structured report as a DICOM file.

    Args:
        marked: the landmarks and the image.
        moment: when the report is made.
        outlines: of contrast, each a closed POLYLINE in a measurement group of its own; ``None`` in a report
            of landmarks.

    Raises:
        CannotWrite: ``bad-header`` when the image lacks its UIDs or its patient cannot be repeated.
    """
    report = new_object(marked, COMPREHENSIVE_SR, moment, outlines)
    report.Modality, report.SeriesNumber = "SR", 9001
    report.ReferencedPerformedProcedureStepSequence = []
    report.CompletionFlag, report.VerificationFlag = "COMPLETE", "UNVERIFIED"
    report.ContentDate, report.ContentTime = moment.strftime("%Y%m%d"), moment.strftime("%H%M%S")
    report.PerformedProcedureCodeSequence = []
    report.CurrentRequestedProcedureEvidenceSequence = [_evidence(marked)]
    content = _content(marked, outlines or ())
    root = _container(("126000", "DCM", "Imaging Measurement Report"), "1500", content)
    del root.RelationshipType
    report.update(root)
    return to_bytes(report)


def _content(marked: MarkedFrame, outlines: Outlines) -> list["Dataset"]:
    groups = [_group(point, marked) for point in marked.landmarks.points]
    groups += [_outline_group(outline, n, marked) for n, outline in enumerate(outlines, 1)]
    return [
        _coded("HAS CONCEPT MOD", ("121049", "DCM", "Language of Content Item and Descendants"),
               ("en", "RFC5646", "English")),
        _coded("HAS OBS CONTEXT", ("121005", "DCM", "Observer Type"), ("121007", "DCM", "Device")),
        _uid("HAS OBS CONTEXT", ("121012", "DCM", "Device Observer UID"), made_uid("device", __version__)),
        _text("HAS OBS CONTEXT", ("121013", "DCM", "Device Observer Name"), f"spreadscan {__version__}"),
        _coded("HAS CONCEPT MOD", ("121058", "DCM", "Procedure reported"),
               ("44491008", "SCT", "Fluoroscopy")),
        _container(("126010", "DCM", "Imaging Measurements"), "", groups),
    ]  # fmt: skip


def _group(point: Landmark, marked: MarkedFrame) -> "Dataset":
    place = _place("POINT", [point.column + HALF_PX, point.row + HALF_PX], marked)
    site = _coded("HAS CONCEPT MOD", ("363698007", "SCT", "Finding Site"), _BONES[point.level])
    if point.side in _SIDES:
        laterality = ("272741003", "SCT", "Laterality")
        site.ContentSequence = [_coded("HAS CONCEPT MOD", laterality, _SIDES[point.side])]
    finding = _coded("CONTAINS", ("121071", "DCM", "Finding"), ("112171", "DCM", "Fiducial mark"))
    return _tracked(("landmark", point.label), [finding, site, place], marked)


def _outline_group(outline: Sequence[tuple[float, float]], number: int, marked: MarkedFrame) -> "Dataset":
    finding = _coded("CONTAINS", ("121071", "DCM", "Finding"), ("385420005", "SCT", "Contrast media"))
    place = _place("POLYLINE", closed_graphic(outline), marked)
    return _tracked(("outline", f"contrast {number}"), [finding, place], marked)


def _tracked(name: tuple[str, str], content: list["Dataset"], marked: MarkedFrame) -> "Dataset":
    """A measurement group with what tells it from others: a kind of thing and its label."""
    uid = made_uid(name[0], marked.identity.text("SOPInstanceUID"), name[1])
    tracking = [
        _text("HAS OBS CONTEXT", ("112039", "DCM", "Tracking Identifier"), name[1]),
        _uid("HAS OBS CONTEXT", ("112040", "DCM", "Tracking Unique Identifier"), uid),
    ]
    return _container(("125007", "DCM", "Measurement Group"), "1410", [*tracking, *content])


def _place(kind: str, data: list[float], marked: MarkedFrame) -> "Dataset":
    image = _item("SELECTED FROM", "IMAGE")
    image.ReferencedSOPSequence = [image_reference(marked)]
    place = _item("CONTAINS", "SCOORD", ("111030", "DCM", "Image Region"))
    place.GraphicType, place.GraphicData = kind, data
    place.ContentSequence = [image]
    return place


def _evidence(marked: MarkedFrame) -> "Dataset":
    from pydicom.dataset import Dataset

    image, series, study = image_reference(marked), Dataset(), Dataset()
    if "ReferencedFrameNumber" in image:  # evidence is whole objects
        del image.ReferencedFrameNumber
    series.SeriesInstanceUID = marked.identity.text("SeriesInstanceUID")
    series.ReferencedSOPSequence = [image]
    study.StudyInstanceUID = marked.identity.text("StudyInstanceUID")
    study.ReferencedSeriesSequence = [series]
    return study


def _item(relation: str, kind: str, concept: _Code | None = None) -> "Dataset":
    from pydicom.dataset import Dataset

    item = Dataset()
    item.RelationshipType, item.ValueType = relation, kind
    if concept is not None:
        item.ConceptNameCodeSequence = [code(*concept)]
    return item


def _container(concept: _Code, template: str, content: Sequence["Dataset"]) -> "Dataset":
    from pydicom.dataset import Dataset

    item = _item("CONTAINS", "CONTAINER", concept)
    item.ContinuityOfContent = "SEPARATE"
    if template:
        item.ContentTemplateSequence = [Dataset()]
        item.ContentTemplateSequence[0].MappingResource = "DCMR"
        item.ContentTemplateSequence[0].TemplateIdentifier = template
    if content:
        item.ContentSequence = list(content)
    return item


def _coded(relation: str, concept: _Code, value: _Code) -> "Dataset":
    item = _item(relation, "CODE", concept)
    item.ConceptCodeSequence = [code(*value)]
    return item


def _text(relation: str, concept: _Code, text: str) -> "Dataset":
    item = _item(relation, "TEXT", concept)
    item.TextValue = text
    return item


def _uid(relation: str, concept: _Code, uid: str) -> "Dataset":
    item = _item(relation, "UIDREF", concept)
    item.UID = uid
    return item
