r"""DICOM objects that people mark images with: opening them, and the closed graphics that they draw.

Understood are closed polylines, whose last point is their first, circles, by their centre and a point on
them, and ellipses, by the ends of their major and then of their minor axis (PS3.3 C.10.5 and C.18.6). Points,
texts and straight lines of two points are left aside; other drawings are refused, since an outline that is
overlooked would say that there is no contrast.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import hypot
from types import MappingProxyType
from typing import NamedTuple

from spreadscan.marks.file import MarkFile
from spreadscan.marks.outline import MOST_OUTLINES, Outline, Place, around
from spreadscan.read.attributes import Attributes
from spreadscan.read.complaint import Complaint
from spreadscan.read.dataset import open_dicom, quiet
from spreadscan.read.encodings import DEFLATED

CLOSED_PX = 1e-3
"""First and last point of a closed polyline are the same number of single precision."""
DATA = "GraphicData (0070,0022)"
NO_OUTLINE = ("", "POINT", "MULTIPOINT")
"""Graphics that are no outline."""
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


def _looks_like_dicom(content: bytes) -> bool:
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
def opened_marks(file: MarkFile) -> Iterator[Marks | None]:
    """Open a structured report or presentation state; ``None`` when the file is not DICOM.

    Raises:
        Complaint: ``landmarks-unreadable``, ``file-damaged``, ``input-not-dicom``.
    """
    if not _looks_like_dicom(file.content):
        yield None
        return
    if DEFLATED.encode() in file.content:  # a small file could fill the memory
        raise Complaint("landmarks-unreadable", "is a deflated DICOM object; save it without compression")
    with quiet(), open_dicom(file.path) as opened:
        attributes = Attributes((opened.dataset,), [])
        kind = {**REPORTS, **STATES}.get(opened.sop_class)
        if kind is None:
            problem = "is a DICOM object that is neither a structured report nor a presentation state"
            raise Complaint("landmarks-unreadable", problem, field="SOPClassUID (0008,0016)")
        yield Marks(attributes, opened.sop_class in REPORTS, f"DICOM {kind}")


def some(found: list[Outline]) -> list[Outline]:
    """Return the outlines of an object, as many as there may be.

    Raises:
        Complaint: ``loop-unreadable`` when there are none, or too many.
    """
    if not found:
        raise Complaint("loop-unreadable", "holds no closed outline on this image")
    if len(found) > MOST_OUTLINES:
        raise Complaint("loop-unreadable", f"holds {len(found)} outlines, more than {MOST_OUTLINES}")
    return found


def pairs_of(numbers: tuple[float, ...], where: str) -> list[tuple[float, float]]:
    """Return the pairs of numbers, column and row, that a graphic is made of.

    Raises:
        Complaint: ``loop-unreadable`` when they are none.
    """
    if not numbers or len(numbers) % 2:
        field = f"{where}, {DATA}"
        raise Complaint("loop-unreadable", "is not a list of pairs of finite numbers", field=field)
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def corners_of(kind: str, places: list[Place], where: str) -> tuple[Place, ...]:
    """Return the corners of a graphic; none where it is a straight line.

    Args:
        kind: of the graphic, such as POLYLINE.
        places: that it is made of.
        where: what to call it in a message.

    Raises:
        Complaint: ``loop-unreadable`` when it is no outline that is understood.
    """
    if kind == "POLYLINE":
        if len(places) < 3:
            return ()
        (row, column), (last_row, last_column) = places[0], places[-1]
        if hypot(row - last_row, column - last_column) > CLOSED_PX:
            raise Complaint(
                "loop-unreadable",
                "is a line that does not close",
                field=where,
                advice="close every outline, and remove lines that are none",
            )
        return tuple(places[:-1])
    if kind == "CIRCLE" and len(places) == 2:
        radius = hypot(places[1][0] - places[0][0], places[1][1] - places[0][1])
        return around(places[0], (radius, 0.0), (0.0, radius))
    if kind == "ELLIPSE" and len(places) == 4:
        one, far, other, opposite = places
        centre = ((one[0] + far[0]) / 2, (one[1] + far[1]) / 2)
        half = ((far[0] - one[0]) / 2, (far[1] - one[1]) / 2)
        return around(centre, half, ((opposite[0] - other[0]) / 2, (opposite[1] - other[1]) / 2))
    known = "with another number of points" if kind in ("CIRCLE", "ELLIPSE") else "whose course is not known"
    raise Complaint(
        "loop-unreadable",
        f"is a graphic {known}",
        field=where,
        advice="draw closed polylines, circles or ellipses, and remove other drawings",
    )
