"""Loops drawn as areas in ImageJ: rectangles, ovals, polygons, freehand and traced areas.

Pixel rule: of areas (not of points) whole numbers are the corners between pixels, so that half a pixel is
taken off each: a rectangle at (10, 20) of 5 × 7 covers the pixels in columns 10 to 14, rows 20 to 26 (ImageJ,
issue 182; the masks of ImageJ 1.53t are among the tests).
"""

import math

from spreadscan.read.complaint import Complaint
from spreadscan.read.imagej import FREEHAND, OVAL, POLYGON, RECTANGLE, TRACED, BadRoi, Roi, called, rois_of

HALF_PX = 0.5
OVAL_CORNERS = 256
"""Corners of the polygon that stands for an oval: off by less than 0.1 pixel up to 2000 pixels across."""
_OUTLINED = (POLYGON, FREEHAND, TRACED)


def loops_of_rois(content: bytes, most: int, frame: int | None) -> list[list[list[float]]]:
    """Return the loops of a ROI or a set of them, each a list of [row, column].

    Args:
        content: of the file.
        most: how many ROIs an archive may hold.
        frame: that is analysed, 1-based, if a person named it; ``None`` otherwise.

    Raises:
        Complaint: ``loop-unreadable`` when the file is damaged or holds too much, a ROI is no simple area, or
            was drawn on a frame that is not the one named.
    """
    try:
        return [_loop(roi, frame) for roi in rois_of(content, most)]
    except BadRoi as bad:
        raise Complaint("loop-unreadable", bad.problem, field=bad.where) from bad


def _loop(roi: Roi, frame: int | None) -> list[list[float]]:
    if roi.composite or roi.kind not in (RECTANGLE, OVAL, *_OUTLINED):
        kind = "selection of several outlines" if roi.composite else called(roi.kind)
        raise BadRoi(f"is a {kind}, where a simple area belongs", roi.where)
    drawn_on = max(roi.positions, default=0)
    if drawn_on not in (0, frame):
        raise Complaint(
            "loop-unreadable",
            f"was drawn on frame {drawn_on}, and that frame was not asked for",
            field=roi.where,
            advice=f"pass --frame {drawn_on}, or draw the loop on the frame that is analysed",
        )
    corners = roi.places if roi.kind in _OUTLINED else _boxed(roi)
    if not all(math.isfinite(x) and math.isfinite(y) for x, y in corners):
        raise BadRoi("holds a number that is not finite", roi.where)
    return [[y - HALF_PX, x - HALF_PX] for x, y in corners]


def _boxed(roi: Roi) -> tuple[tuple[float, float], ...]:
    """The corners of a rectangle, or of a polygon in place of an oval."""
    (left, top), (width, height) = roi.places
    if roi.kind == RECTANGLE:
        right, bottom = left + width, top + height
        return (left, top), (right, top), (right, bottom), (left, bottom)
    turns = (2 * math.pi * n / OVAL_CORNERS for n in range(OVAL_CORNERS))
    return tuple(
        (left + width / 2 * (1 + math.cos(turn)), top + height / 2 * (1 + math.sin(turn))) for turn in turns
    )
