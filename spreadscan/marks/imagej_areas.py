"""Loops drawn as areas in ImageJ: rectangles, ovals, polygons, freehand and traced areas.

Pixel rule: of areas (not of points) whole numbers are the corners between pixels, so that half a pixel is
taken off each: a rectangle at (10, 20) of 5 × 7 covers the pixels in columns 10 to 14, rows 20 to 26 (ImageJ,
issue 182; the masks of ImageJ 1.53t are among the tests).
"""

import math

from spreadscan.marks.imagej_layout import (
    FREEHAND,
    OVAL,
    POLYGON,
    RECTANGLE,
    TRACED,
    BadRoi,
    Roi,
    called,
    rois_of,
)
from spreadscan.marks.outline import MOST_OUTLINES, Outline, Place, around
from spreadscan.read.complaint import Complaint

HALF_PX = 0.5
_OUTLINED = (POLYGON, FREEHAND, TRACED)


def outlines_of_rois(content: bytes) -> list[Outline]:
    """Return the outlines of a ROI or a set of them.

    Args:
        content: of the file.

    Raises:
        Complaint: ``loop-unreadable`` when the file is damaged or holds too much, or a ROI is no simple area.
    """
    try:
        return [_outline(roi) for roi in rois_of(content, MOST_OUTLINES)]
    except BadRoi as bad:
        raise Complaint("loop-unreadable", bad.problem, field=bad.where) from bad


def _outline(roi: Roi) -> Outline:
    if roi.composite or roi.kind not in (RECTANGLE, OVAL, *_OUTLINED):
        kind = "selection of several outlines" if roi.composite else called(roi.kind)
        raise BadRoi(f"is a {kind}, where a simple area belongs", roi.where)
    corners = tuple((y, x) for x, y in roi.places) if roi.kind in _OUTLINED else _boxed(roi)
    if not all(math.isfinite(row) and math.isfinite(column) for row, column in corners):
        raise BadRoi("holds a number that is not finite", roi.where)
    frames = tuple({position for position in roi.positions if position})
    return Outline(roi.where, tuple((y - HALF_PX, x - HALF_PX) for y, x in corners), frames=frames)


def _boxed(roi: Roi) -> tuple[Place, ...]:
    """The corners of a rectangle, or of a polygon in place of an oval."""
    (left, top), (width, height) = roi.places
    if roi.kind == RECTANGLE:
        right, bottom = left + width, top + height
        return (top, left), (top, right), (bottom, right), (bottom, left)
    return around((top + height / 2, left + width / 2), (0.0, width / 2), (height / 2, 0.0))
