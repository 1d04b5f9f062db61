"""The doors for what a person drew: loops around the contrast, and the contrast itself."""

from pathlib import Path

import numpy as np

from spreadscan.marks.file import DrawnOn, opened
from spreadscan.marks.formats import outlines_in
from spreadscan.marks.inside import enclosed
from spreadscan.marks.outline import MOST_CORNERS, MOST_OUTLINES, Corners, Outline, smoothed, unreadable
from spreadscan.read.complaint import Complaint, refusal
from spreadscan.read.opening import first_bytes
from spreadscan.read.png import grey_levels
from spreadscan.values import BoolArray, GivenMask

LARGEST_FILE_BYTES = 2**22
"""A freehand loop around a whole image of 3000 × 3000 pixels has 12,000 points of 50 bytes."""
LEAST_AREA_PX = 4
"""A loop around fewer pixels holds nothing that could be judged."""
PNG_MAGIC = b"\x89PNG"
POSSIBLE, SURE = 128, 255
"""Grey levels of contrast in a mask."""
_OF_LOOPS = ("loop-unreadable", "loop-outside")
_OF_POINTS = ("landmarks-unreadable", "landmarks-elsewhere")


def read_loop(path: Path, on: DrawnOn) -> BoolArray:
    """Return where contrast is to be looked for, (R, C): inside the loops of a file.

    A PNG of the frame's size in grey says so itself: inside is whatever is not 0. Every other file holds
    outlines; of which program it is, is told by its content:

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
        CannotRead: ``input-missing``; ``loop-unreadable`` when it is no such file, has another size, encloses
            next to nothing or was drawn on another image or frame; ``loop-outside`` when a point lies outside
            the image.
    """
    try:
        if first_bytes(path, len(PNG_MAGIC)) == PNG_MAGIC:
            inside = grey_levels(path, (on.rows, on.columns), "loop-unreadable") > 0
        else:
            inside = _read_outlines(path, on)
        if inside.sum() < LEAST_AREA_PX:
            raise unreadable(f"encloses fewer than {LEAST_AREA_PX} pixels")
        return inside
    except Complaint as complaint:
        raise refusal([complaint], path.name) from complaint


def read_mask(path: Path, on: DrawnOn) -> GivenMask:
    """Return the contrast mask of a PNG in the geometry of the frame, or of outlines.

    In a PNG 0 is no contrast, 128 possible and 255 sure contrast, as ``mask.png`` has it. A mask of 0 and
    255, or of 0 and 1, has sure contrast only. Gray stored as colour is understood, colour and
    half-transparent pixels are not. A mask without contrast is a finding too. What outlines enclose is sure
    contrast, in all the files that a loop may be.

    Args:
        path: the file.
        on: the frame.

    Returns:
        The mask, (R, C).

    Raises:
        CannotRead: ``input-missing``; ``mask-unreadable`` when it is no such file, has another size or other
            values, or was drawn on another image or frame.
    """
    try:
        if first_bytes(path, len(PNG_MAGIC)) != PNG_MAGIC:
            drawn = _read_outlines(path, on)
            return GivenMask(sure=drawn, possible=drawn)
        levels = grey_levels(path, (on.rows, on.columns), "mask-unreadable")
        found = set(np.unique(levels).tolist())
        if found <= {0, 1}:
            return GivenMask(sure=levels == 1, possible=levels == 1)
        if not found <= {0, POSSIBLE, SURE}:
            strange = ", ".join(str(level) for level in sorted(found - {0, POSSIBLE, SURE})[:4])
            raise Complaint("mask-unreadable", f"holds values other than 0, {POSSIBLE} and {SURE}: {strange}")
        return GivenMask(sure=levels == SURE, possible=levels >= POSSIBLE)
    except Complaint as complaint:
        complaint = complaint.about("mask-unreadable") if complaint.slug in _OF_LOOPS else complaint
        raise refusal([complaint], path.name) from complaint


def _read_outlines(path: Path, on: DrawnOn) -> BoolArray:
    """The pixels that any of the outlines in a file encloses, (R, C)."""
    try:
        outlines = outlines_in(opened(path, LARGEST_FILE_BYTES, "loop-unreadable"), on)
    except Complaint as complaint:
        raise complaint.about("loop-unreadable") if complaint.slug in _OF_POINTS else complaint from None
    if outlines is None:
        raise unreadable("is neither a PNG, a text in UTF-8 nor another file of outlines")
    corners = sum(len(outline.corners) for outline in outlines)
    if not 1 <= len(outlines) <= MOST_OUTLINES or corners > MOST_CORNERS:
        few = f"{MOST_OUTLINES} outlines of {MOST_CORNERS} corners in all"
        raise unreadable(f"holds {len(outlines)} outlines with {corners} corners, not 1 to {few}")
    return enclosed([_course(outline, on) for outline in outlines], (on.rows, on.columns))


def _course(outline: Outline, on: DrawnOn) -> Corners:
    """Return the corners (N, 2) of the polygon that an outline is, row and column, within the frame.

    Raises:
        Complaint: ``loop-unreadable`` when it has too few corners or was drawn on another image or frame;
            ``loop-outside`` when a corner lies outside the image.
    """
    if len(outline.corners) < 3:
        raise unreadable("is not a list of at least three points", field=outline.where)
    if outline.image_key and on.image_key and outline.image_key != on.image_key:
        raise unreadable("was drawn on another image", field=outline.where)
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
