"""Landmarks in DICOM objects that go with an image: structured reports and presentation states."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from spreadscan.marks.dicom_gsps import points_of_annotations
from spreadscan.marks.dicom_sr import points_of_report
from spreadscan.marks.point import Marked
from spreadscan.read.attributes import Attributes
from spreadscan.read.complaint import Complaint
from spreadscan.read.dataset import open_dicom, quiet
from spreadscan.read.encodings import DEFLATED

_STORAGE = "1.2.840.10008.5.1.4.1.1."
REPORTS: Mapping[str, str] = MappingProxyType(
    {
        _STORAGE + "88.22": "Enhanced SR",
        _STORAGE + "88.33": "Comprehensive SR",
        _STORAGE + "88.34": "Comprehensive 3D SR",
        _STORAGE + "88.35": "Extensible SR",
    }
)
"""SOP classes of reports that can hold places in an image."""
STATES: Mapping[str, str] = MappingProxyType(
    {
        _STORAGE + "11.1": "grayscale presentation state",
        _STORAGE + "11.2": "colour presentation state",
        _STORAGE + "11.3": "pseudo-colour presentation state",
        _STORAGE + "11.5": "XA/XRF presentation state",
    }
)


class DicomPoints(NamedTuple):
    """The points of a DICOM object, and what kind of object it is."""

    points: list[Marked]
    kind: str


def looks_like_dicom(content: bytes) -> bool:
    """Whether the bytes are labelled as DICOM, or begin as unlabelled files do."""
    return content[128:132] == b"DICM" or content[:2] in (b"\x02\x00", b"\x08\x00")


class Marks(NamedTuple):
    """A DICOM object that people mark images with.

    Attributes:
        content: its attributes.
        is_report: whether it is a structured report; else it is a presentation state.
        kind: what kind of object it is.
    """

    content: Attributes
    is_report: bool
    kind: str


@contextmanager
def opened_marks(path: Path, content: bytes) -> Iterator[Marks]:
    """Open a structured report or presentation state.

    Args:
        path: of the file.
        content: its bytes, no more than such a file may have.

    Raises:
        Complaint: ``landmarks-unreadable``, ``file-damaged``, ``input-not-dicom``.
    """
    if DEFLATED.encode() in content:  # a small file could fill the memory
        raise Complaint("landmarks-unreadable", "is a deflated DICOM object; save it without compression")
    with quiet(), open_dicom(path) as opened:
        attributes = Attributes((opened.dataset,), [])
        kind = {**REPORTS, **STATES}.get(opened.sop_class)
        if kind is None:
            problem = "is a DICOM object that is neither a structured report nor a presentation state"
            raise Complaint("landmarks-unreadable", problem, field="SOPClassUID (0008,0016)")
        yield Marks(attributes, opened.sop_class in REPORTS, f"DICOM {kind}")


def points_of_dicom(path: Path, content: bytes, wanted: str | None) -> DicomPoints:
    """Return the points of a structured report or presentation state.

    Args:
        path: of the file.
        content: its bytes, no more than a landmark file may have.
        wanted: key of the image that the points must be on; ``None`` when it does not matter.

    Raises:
        Complaint: ``landmarks-unreadable``, ``landmarks-elsewhere``, ``file-damaged``, ``input-not-dicom``.
    """
    with opened_marks(path, content) as marks:
        found = (
            points_of_report(marks.content)
            if marks.is_report
            else points_of_annotations(marks.content, wanted)
        )
        return DicomPoints(found, marks.kind)
