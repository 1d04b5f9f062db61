"""What DICOM objects that go with an image share: whose they are, when they were made, and their UIDs."""

import hashlib
import io
import re
import uuid
import warnings
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from spreadscan import __version__
from spreadscan.errors import CannotWrite
from spreadscan.marks.outline import Places
from spreadscan.marks.point import HALF_PX
from spreadscan.values import MarkedFrame

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_UID = re.compile(r"(?=.{1,64}$)(0|[1-9]\d*)(\.(0|[1-9]\d*))+")
_SHAPES: Mapping[str, str] = MappingProxyType(
    {
        "PatientName": r"[^\\\x00-\x1f]{0,200}",
        "PatientID": r"[^\\\x00-\x1f]{0,64}",
        "IssuerOfPatientID": r"[^\\\x00-\x1f]{0,64}",
        "PatientBirthDate": r"(\d{8})?",
        "PatientSex": "[MFO]?",
        "StudyDate": r"(\d{8})?",
        "StudyTime": r"(\d{2}|\d{4}|\d{6}(\.\d{1,6})?)?",
        "StudyID": r"[^\\\x00-\x1f]{0,16}",
        "StudyDescription": r"[^\\\x00-\x1f]{0,64}",
        "AccessionNumber": r"[^\\\x00-\x1f]{0,16}",
        "ReferringPhysicianName": r"[^\\\x00-\x1f]{0,200}",
    }
)
"""Attributes of patient and study, and what their values may be."""
_IDENTIFYING = ("PatientName", "PatientID", "AccessionNumber", "StudyID")
_OPTIONAL = ("IssuerOfPatientID", "StudyDescription")


def new_object(
    marked: MarkedFrame, sop_class: str, moment: datetime, outlines: list[Places] | None = None
) -> "Dataset":
    """Return an object of the same patient and study, in a series of its own.

    The same landmarks and outlines at the same moment give the same object. Values of the image that are not
    as DICOM wants them are left empty, but not those by which an archive finds the patient.

    Args:
        marked: the landmarks and the image.
        sop_class: UID.
        moment: when the object is made.
        outlines: drawn on the image; ``None`` in an object of landmarks.

    Raises:
        CannotWrite: ``bad-header`` when the image lacks its UIDs or its patient cannot be repeated.
    """
    from pydicom.dataset import Dataset

    identity = marked.identity
    for keyword in ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"):
        if not _UID.fullmatch(identity.text(keyword)):
            raise _unfit(keyword, "is missing or no UID")
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    for keyword, shape in _SHAPES.items():
        text = identity.text(keyword)
        fits = re.fullmatch(shape, text) is not None
        if not fits and keyword in _IDENTIFYING:
            raise _unfit(keyword, "cannot be repeated in another object")
        if fits and (text or keyword not in _OPTIONAL):
            setattr(dataset, keyword, text)
        elif keyword not in _OPTIONAL:
            setattr(dataset, keyword, "")
    points = tuple((p.label, p.row, p.column) for p in marked.landmarks.points)
    drawn = () if outlines is None else (tuple(map(tuple, outlines)),)
    seed = (sop_class, identity.text("SOPInstanceUID"), marked.frame, points, *drawn, moment.isoformat())
    dataset.StudyInstanceUID = identity.text("StudyInstanceUID")
    dataset.SeriesInstanceUID, dataset.SOPInstanceUID = made_uid("series", *seed), made_uid("object", *seed)
    dataset.SOPClassUID = sop_class
    dataset.SeriesDescription = f"spreadscan {'landmarks' if outlines is None else 'outline'}"
    dataset.InstanceNumber = 1
    dataset.Manufacturer, dataset.ManufacturerModelName = "spreadscan", "spreadscan"
    dataset.SoftwareVersions = __version__
    return dataset


def closed_graphic(outline: Places) -> list[float]:
    """Return an outline as DICOM draws it: column and row of each corner, the first one once more."""
    corners = [*outline, outline[0]]
    return [number + HALF_PX for row, column in corners for number in (column, row)]


def image_reference(marked: MarkedFrame) -> "Dataset":
    """Return a reference to the image, and of a run to the frame."""
    from pydicom.dataset import Dataset

    reference = Dataset()
    reference.ReferencedSOPClassUID = marked.identity.text("SOPClassUID")
    reference.ReferencedSOPInstanceUID = marked.identity.text("SOPInstanceUID")
    if marked.frames > 1:
        reference.ReferencedFrameNumber = marked.frame
    return reference


def evidence(marked: MarkedFrame) -> "Dataset":
    """Return a reference to the study of the image, down to the image as a whole."""
    from pydicom.dataset import Dataset

    image, series, study = image_reference(marked), Dataset(), Dataset()
    if "ReferencedFrameNumber" in image:  # evidence is whole objects
        del image.ReferencedFrameNumber
    series.SeriesInstanceUID = marked.identity.text("SeriesInstanceUID")
    series.ReferencedSOPSequence = [image]
    study.StudyInstanceUID = marked.identity.text("StudyInstanceUID")
    study.ReferencedSeriesSequence = [series]
    return study


def made_uid(*parts: object) -> str:
    """Return a UID that is always the same for the same parts, below 2.25 (PS3.5 B.2)."""
    digest = hashlib.sha256(repr(parts).encode()).digest()
    return f"2.25.{uuid.UUID(bytes=digest[:16], version=5).int}"


def to_bytes(dataset: "Dataset") -> bytes:
    """Return the file of an object."""
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    written: Any = dataset
    written.file_meta = meta
    content = io.BytesIO()
    with warnings.catch_warnings():
        # remarks quote the values that they are about
        warnings.simplefilter("ignore")
        dataset.save_as(content, enforce_file_format=True)
    return content.getvalue()


def _unfit(keyword: str, problem: str) -> CannotWrite:
    from pydicom.datadict import tag_for_keyword

    tag = tag_for_keyword(keyword) or 0
    return CannotWrite(
        "bad-header",
        problem,
        field=f"{keyword} ({tag >> 16:04X},{tag & 0xFFFF:04X})",
        advice="correct the image, or export without sr and gsps",
    )
