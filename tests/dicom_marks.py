"""Structured reports and presentation states made by hand: smaller than real ones."""

from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from tests.dicom_files import item

IMAGE_UID = "1.2.826.0.1.3680043.8.498.1"
"""The SOP Instance UID that ``write_dicom`` gives every image."""
OTHER_UID = "1.2.826.0.1.3680043.8.498.77"
SR, SR_3D, STATE, XA_STATE, SEGMENTATION = (
    f"1.2.840.10008.5.1.4.1.1.{kind}" for kind in ("88.33", "88.34", "11.1", "11.5", "66.4")
)


def code(value: str, meaning: str, scheme: str = "DCM") -> list[Dataset]:
    return [item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)]


def content(kind: str, *children: Dataset, **attributes: Any) -> Dataset:
    """A content item; its relation is CONTAINS where none is given."""
    values = {"RelationshipType": "CONTAINS", "ValueType": kind, **attributes}
    if children:
        values["ContentSequence"] = list(children)
    return item(**values)


def image(uid: str = IMAGE_UID, frames: Any = None, **attributes: Any) -> Dataset:
    reference = item(ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.12.1", ReferencedSOPInstanceUID=uid)
    if frames is not None:
        reference.ReferencedFrameNumber = frames
    values = {"RelationshipType": "SELECTED FROM", "ReferencedSOPSequence": [reference], **attributes}
    return content("IMAGE", **values)


def point(x: float, y: float, *children: Dataset, **attributes: Any) -> Dataset:
    """An SCOORD of the kind POINT, of the image unless it is said otherwise."""
    values = {"GraphicType": "POINT", "GraphicData": [x, y], **attributes}
    return content("SCOORD", *(children or (image(),)), **values)


def tracking(label: str) -> Dataset:
    return content("TEXT", ConceptNameCodeSequence=code("112039", "Tracking Identifier"), TextValue=label)


def finding(meaning: str) -> Dataset:
    concept = code("121071", "Finding")
    free = code("CORNERSTONEFREETEXT", meaning, "CORNERSTONEJS")
    return content("CODE", ConceptNameCodeSequence=concept, ConceptCodeSequence=free)


def site(vertebra: str, side: str = "") -> Dataset:
    concept = code("363698007", "Finding Site", "SCT")
    sides = [
        content(
            "CODE",
            ConceptNameCodeSequence=code("272741003", "Laterality", "SCT"),
            ConceptCodeSequence=code(side, "a side", "SCT"),
        )
    ]
    bone = code(vertebra, "a vertebra", "SCT")
    return content(
        "CODE", *(sides if side else ()), ConceptNameCodeSequence=concept, ConceptCodeSequence=bone
    )


def group(*children: Dataset) -> Dataset:
    return content("CONTAINER", *children, ConceptNameCodeSequence=code("125007", "Measurement Group"))


def report(*groups: Dataset) -> Dataset:
    measurements = content(
        "CONTAINER", *groups, ConceptNameCodeSequence=code("126010", "Imaging Measurements")
    )
    root = content(
        "CONTAINER", measurements, ConceptNameCodeSequence=code("126000", "Imaging Measurement Report")
    )
    del root.RelationshipType
    return root


def references(uid: str = IMAGE_UID, frames: Any = None) -> list[Dataset]:
    return [image(uid, frames).ReferencedSOPSequence[0]]


def graphic(x: float, y: float, units: str = "PIXEL", kind: str = "POINT") -> Dataset:
    data = [x, y] if kind == "POINT" else [x, y, x + 5, y + 5]
    return item(
        GraphicAnnotationUnits=units,
        GraphicDimensions=2,
        NumberOfGraphicPoints=len(data) // 2,
        GraphicData=data,
        GraphicType=kind,
    )


def text(words: str, anchor: tuple[float, float] | None = None, units: str = "PIXEL") -> Dataset:
    if anchor is None:
        return item(UnformattedTextValue=words)
    return item(UnformattedTextValue=words, AnchorPointAnnotationUnits=units, AnchorPoint=list(anchor))


def annotation(graphics: Any = (), texts: Any = (), **attributes: Any) -> Dataset:
    values = {"GraphicLayer": "A", **attributes}
    if graphics:
        values["GraphicObjectSequence"] = list(graphics)
    if texts:
        values["TextObjectSequence"] = list(texts)
    return item(**values)


def state(*annotations: Dataset, images: Any = None, **attributes: Any) -> Dataset:
    related = [item(ReferencedImageSequence=references() if images is None else images)]
    return item(ReferencedSeriesSequence=related, GraphicAnnotationSequence=list(annotations), **attributes)


def saved(path: Path, dataset: Dataset, sop_class: str = SR) -> Path:
    """Write an object of a patient with a name to look out for."""
    dataset.SOPClassUID, dataset.SOPInstanceUID = sop_class, "1.2.826.0.1.3680043.8.498.99"
    dataset.PatientName, dataset.PatientID = "Secret^Person", "SECRET-1"
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = sop_class, dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta = meta
    dataset.save_as(path, enforce_file_format=True)
    return path
