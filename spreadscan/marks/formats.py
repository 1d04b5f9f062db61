"""The only list of the programs whose files of marks are read and written, one module for each.

A new format is a module beside this one that has what ``MarkModule`` asks for, and an entry below: doors,
writers and the command line take everything else from here. Modules are imported when a file is read or
written, so that the command line can name the formats at once.
"""

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from spreadscan.marks.file import DrawnOn, MarkFile

if TYPE_CHECKING:
    from spreadscan.marks.export import Export
    from spreadscan.marks.outline import Outline, Places
    from spreadscan.marks.point import MarkedPoints
    from spreadscan.values import MarkedFrame


class MarkModule(Protocol):
    """What the module of a format has. A reader returns ``None`` where the file is of another format."""

    def read_points(self, file: MarkFile, on: DrawnOn) -> "MarkedPoints | None":
        """Return the points of a file; a Complaint says what is wrong with one of this format."""

    def read_outlines(self, file: MarkFile, on: DrawnOn) -> "list[Outline] | None":
        """Return the closed outlines of a file; a Complaint says what is wrong with one of this format."""

    def write_points(self, marked: "MarkedFrame", export: "Export") -> bytes:
        """Return the file of the landmarks of a frame."""

    def write_outlines(self, outlines: "list[Places]", marked: "MarkedFrame", export: "Export") -> bytes:
        """Return the file of outlines on a frame, each by its corners (row, column) in pixels."""


class Format(NamedTuple):
    """A format in which landmarks and outlines are read and written.

    Attributes:
        name: on the command line.
        title: in a sentence.
        landmark_file: what its file of landmarks is called.
        outline_file: what its file of outlines is called.
        module: that reads and writes it, by its full name.
        in_scene: whether places are millimetres of 3D Slicer's scene, so that its spacing must be known.
        smooth: whether outlines are shown as smooth curves, which need a corner at every pixel.
        dated: whether a file says when it was made.
    """

    name: str
    title: str
    landmark_file: str
    outline_file: str
    module: str
    in_scene: bool = False
    smooth: bool = False
    dated: bool = False

    def loaded(self) -> MarkModule:
        """Return the module that reads and writes it."""
        return cast(MarkModule, import_module(self.module))


_HERE = "spreadscan.marks."
FORMATS = (
    Format("json", "JSON", "landmarks.json", "outline.json", _HERE + "own"),
    Format("csv", "CSV", "landmarks.csv", "outline.csv", _HERE + "table"),
    Format("slicer", "3D Slicer", "landmarks.mrk.json", "outline.mrk.json", _HERE + "slicer",
           in_scene=True, smooth=True),
    Format("imagej", "ImageJ", "landmarks_imagej.zip", "outline_imagej.zip", _HERE + "imagej"),
    Format("napari", "napari", "landmarks_napari.csv", "outline_napari.csv", _HERE + "napari"),
    Format("sr", "DICOM SR", "landmarks_sr.dcm", "outline_sr.dcm", _HERE + "dicom_sr", dated=True),
    Format("gsps", "presentation state", "landmarks_gsps.dcm", "outline_gsps.dcm", _HERE + "dicom_gsps",
           dated=True),
)  # fmt: skip
"""General formats first. A file is offered to the last one first: markups of 3D Slicer are JSON too."""


def format_named(name: str) -> Format:
    """Return the format of a name on the command line."""
    return next(one for one in FORMATS if one.name == name)


def titles(*before: str) -> str:
    """Return the formats as a sentence lists them, after others."""
    *most, last = (*before, *(one.title for one in FORMATS))
    return f"{', '.join(most)} or {last}"


def points_in(file: MarkFile, on: DrawnOn) -> "MarkedPoints | None":
    """Return the points of a file; ``None`` when it is of no known format.

    Raises:
        Complaint: ``landmarks-unreadable``, ``landmarks-elsewhere``, ``file-damaged``, ``input-not-dicom``.
    """
    found = (module.read_points(file, on) for module in _special_first())
    return next((points for points in found if points is not None), None)


def outlines_in(file: MarkFile, on: DrawnOn) -> "list[Outline] | None":
    """Return the outlines of a file; ``None`` when it is of no known format.

    Raises:
        Complaint: ``loop-unreadable``, ``file-damaged``, ``input-not-dicom``; also ``landmarks-unreadable``
            and ``landmarks-elsewhere`` from what is shared with points.
    """
    found = (module.read_outlines(file, on) for module in _special_first())
    return next((outlines for outlines in found if outlines is not None), None)


def _special_first() -> Iterator[MarkModule]:
    return (one.loaded() for one in reversed(FORMATS))
