"""The door for outlines that a person drew: loops around the contrast, and the contrast itself."""

from pathlib import Path

import numpy as np

from spreadscan.marks.dicom import looks_like_dicom
from spreadscan.marks.dicom_outlines import outlines_of_dicom
from spreadscan.marks.imagej_areas import outlines_of_rois
from spreadscan.marks.imagej_layout import ROI_MAGIC, ZIP_MAGICS
from spreadscan.marks.inside import Corners, enclosed
from spreadscan.marks.outline import MOST_CORNERS, MOST_OUTLINES, DrawnOn, Outline, smoothed
from spreadscan.marks.outline_texts import outlines_of_text
from spreadscan.read.complaint import Complaint, refusal
from spreadscan.read.opening import first_bytes
from spreadscan.read.png import grey_levels
from spreadscan.values import BoolArray

LARGEST_FILE_BYTES = 2**22
"""A freehand loop around a whole image of 3000 × 3000 pixels has 12,000 points of 50 bytes."""
LEAST_AREA_PX = 4
"""A loop around fewer pixels holds nothing that could be judged."""
PNG_MAGIC = b"\x89PNG"
_OF_POINTS = ("landmarks-unreadable", "landmarks-elsewhere")


def read_loop(path: Path, on: DrawnOn) -> BoolArray:
    """Return where contrast is to be looked for, (R, C): inside the loops of a file.

    A PNG of the frame's size in grey says so itself: inside is whatever is not 0. Every other file holds
    outlines, as ``read_outlines`` says.

    Args:
        path: the file.
        on: the frame.

    Raises:
        CannotRead: ``input-missing``; ``loop-unreadable`` when it is no such file, has another size, encloses
            next to nothing or was drawn on another image or frame; ``loop-outside`` when a point lies outside
            the image.
    """
    try:
        if first_bytes(path, len(PNG_MAGIC)) == PNG_MAGIC:
            inside = grey_levels(path, (on.rows, on.columns), "loop-unreadable") > 0
        else:
            inside = read_outlines(path, on)
        if inside.sum() < LEAST_AREA_PX:
            raise _unreadable(f"encloses fewer than {LEAST_AREA_PX} pixels")
        return inside
    except Complaint as complaint:
        raise refusal([complaint], path.name) from complaint


def read_outlines(path: Path, on: DrawnOn) -> BoolArray:
    """Return the pixels that any of the outlines in a file encloses, (R, C).

    What kind of file it is, is told by its content:

    * our own JSON: ``{"schema": "spreadscan.loop", "schema_version": 1, "loops": [[[row, column], ...],
      ...]}``; each loop has at least three points in pixels, 0-based, and is closed by itself;
    * a table (CSV) with the columns loop, row and column, a line for each point;
    * shapes of napari (CSV): polygons, rectangles and ellipses;
    * closed curves of 3D Slicer (``.mrk.json``), which are smooth through their control points;
    * areas of ImageJ, one ``.roi`` or a ``.zip`` of them, whose whole numbers are corners between pixels;
    * closed polylines, circles and ellipses of a DICOM structured report or presentation state.

    Outlines that were drawn on a frame of a run need that frame to be known.

    Args:
        path: the file.
        on: the frame.

    Raises:
        Complaint: ``input-missing``; ``loop-unreadable``; ``loop-outside``.
    """
    content = first_bytes(path, LARGEST_FILE_BYTES + 1)
    if len(content) > LARGEST_FILE_BYTES:
        raise _unreadable(f"is larger than {LARGEST_FILE_BYTES // 2**20} MiB")
    try:
        outlines = _outlines(path, content, on)
    except Complaint as complaint:
        raise complaint.about("loop-unreadable") if complaint.slug in _OF_POINTS else complaint from None
    corners = sum(len(outline.corners) for outline in outlines)
    if not 1 <= len(outlines) <= MOST_OUTLINES or corners > MOST_CORNERS:
        few = f"{MOST_OUTLINES} outlines of {MOST_CORNERS} corners in all"
        raise _unreadable(f"holds {len(outlines)} outlines with {corners} corners, not 1 to {few}")
    return enclosed([_course(outline, on) for outline in outlines], (on.rows, on.columns))


def _outlines(path: Path, content: bytes, on: DrawnOn) -> list[Outline]:
    if content.startswith((ROI_MAGIC, *ZIP_MAGICS)):
        return outlines_of_rois(content)
    if looks_like_dicom(content):
        return outlines_of_dicom(path, content, on.image_key)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unreadable("is neither a PNG, a text in UTF-8 nor another file of outlines") from error
    return outlines_of_text(text, on.slicer_mm_per_px)


def _course(outline: Outline, on: DrawnOn) -> Corners:
    """The corners of the polygon that an outline is, once it is sure that it fits the frame."""
    if len(outline.corners) < 3:
        raise _unreadable("is not a list of at least three points", field=outline.where)
    if outline.image_key and on.image_key and outline.image_key != on.image_key:
        raise _unreadable("was drawn on another image", field=outline.where)
    if outline.frames and on.frame not in outline.frames:
        frame = outline.frames[0]
        raise Complaint(
            "loop-unreadable",
            f"was drawn on frame {frame}, and that frame was not asked for",
            field=outline.where,
            advice=f"pass --frame {frame}, or draw the loop on the frame that is analysed",
        )
    corners = np.array(outline.corners, float)
    # pixel centres are whole: the image ends half a pixel beyond the last one
    last = np.array([on.rows, on.columns]) - 0.5
    fits = ((corners >= -0.5) & (corners <= last)).all(axis=1)
    if not fits.all():
        first = int(np.argmin(fits))
        row, column = corners[first]
        problem = f"lies at row {row:g}, column {column:g} of {on.rows} rows and {on.columns} columns"
        raise Complaint("loop-outside", problem, field=f"{outline.where}, point {first + 1}")
    # between its control points a smooth curve may swing out of the image, where there is no pixel
    return np.clip(smoothed(corners), -0.5, last) if outline.smooth else corners


def _unreadable(problem: str, *, field: str = "") -> Complaint:
    return Complaint("loop-unreadable", problem, field=field)
