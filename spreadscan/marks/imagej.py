"""Points and areas of ImageJ: one ROI, or the set of them that its ROI Manager saves.

Pixel rule of points: whole numbers are pixel centres, x along the columns and y down the rows, so nothing is
shifted. ImageJ 1.52u of March 2020 fixed it so (its issue 182); ImageJ 1.53t reads pixel (10, 20) at point
(10.4, 20.4) and its right neighbour at (10.6, 20.4). A point that an older version saved with a fraction may
lie up to half a pixel off, and nothing in the file tells.

Pixel rule of areas: whole numbers are the corners between pixels, so that half a pixel is taken off each: a
rectangle at (10, 20) of 5 × 7 covers the pixels in columns 10 to 14, rows 20 to 26 (ImageJ, issue 182; the
masks of ImageJ 1.53t are among the tests).
"""

import math
import re

from spreadscan.marks.export import Export
from spreadscan.marks.file import DrawnOn, MarkFile
from spreadscan.marks.imagej_layout import (
    FREEHAND,
    OVAL,
    POINT,
    POLYGON,
    RECTANGLE,
    ROI_MAGIC,
    TRACED,
    ZIP_MAGICS,
    BadRoi,
    Roi,
    called,
    roi_of,
    rois_of,
    zip_of,
)
from spreadscan.marks.outline import MOST_OUTLINES, Outline, Place, Places, around
from spreadscan.marks.point import HALF_PX, MOST_POINTS, Marked, MarkedPoints, named
from spreadscan.read.complaint import Complaint
from spreadscan.values import MarkedFrame

_OUTLINED = (POLYGON, FREEHAND, TRACED)


def read_points(file: MarkFile, on: DrawnOn) -> MarkedPoints | None:  # noqa: ARG001
    """Return the points of a ROI, or of a set of them; ``None`` when the file is of another program.

    The name of a single point is its label. The name of a multi-point is a list of labels with commas or
    semicolons between them, one for each point in order; where the points have several counters, one for each
    counter, from counter 0 on.

    Raises:
        Complaint: ``landmarks-unreadable`` when the file is damaged or holds too much, a ROI is no point, or
            its labels do not fit its points.
    """
    if not file.content.startswith((ROI_MAGIC, *ZIP_MAGICS)):
        return None
    made_by = "ImageJ, one ROI" if file.content.startswith(ROI_MAGIC) else "ImageJ, a set of ROIs"
    try:
        points = [point for roi in rois_of(file.content, MOST_POINTS) for point in _points(roi)]
    except BadRoi as bad:
        raise Complaint("landmarks-unreadable", bad.problem, field=bad.where) from bad
    return MarkedPoints(points, made_by)


def read_outlines(file: MarkFile, on: DrawnOn) -> list[Outline] | None:  # noqa: ARG001
    """Return the outlines of a ROI or a set of them; ``None`` when the file is of another program.

    Raises:
        Complaint: ``loop-unreadable`` when the file is damaged or holds too much, or a ROI is no simple area.
    """
    if not file.content.startswith((ROI_MAGIC, *ZIP_MAGICS)):
        return None
    try:
        return [_outline(roi) for roi in rois_of(file.content, MOST_OUTLINES)]
    except BadRoi as bad:
        raise Complaint("loop-unreadable", bad.problem, field=bad.where) from bad


def write_points(marked: MarkedFrame, export: Export) -> bytes:  # noqa: ARG001
    """Return a set with a ROI for each landmark, named after it; of a run the frame is its position."""
    return zip_of(
        {
            p.label: roi_of(POINT, [(p.row, p.column)], p.label, _position(marked))
            for p in marked.landmarks.points
        }
    )


def write_outlines(outlines: list[Places], marked: MarkedFrame, export: Export) -> bytes:  # noqa: ARG001
    """Return a set with a polygon for each outline; of a run the frame is its position."""
    rois = {}
    for number, outline in enumerate(outlines, 1):
        name = f"outline-{number}"
        shifted = [(row + HALF_PX, column + HALF_PX) for row, column in outline]
        rois[name] = roi_of(POLYGON, shifted, name, _position(marked))
    return zip_of(rois)


def _position(marked: MarkedFrame) -> int:
    """In the stack, 1-based; 0 for none."""
    return marked.frame if marked.frames > 1 else 0


def _points(roi: Roi) -> list[Marked]:
    if roi.kind != POINT:
        raise BadRoi(f"is a {called(roi.kind)}, where a point belongs", roi.where)
    labels = _labels(roi)
    points = []
    for n, ((x, y), label, position) in enumerate(zip(roi.places, labels, roi.positions, strict=True), 1):
        where = roi.where if len(labels) == 1 else f"{roi.where}, point {n}"
        frames = (position,) if position else ()
        points.append(Marked(where, *named(label), y, x, frames=frames))
    return points


def _labels(roi: Roi) -> list[str]:
    """The label of each point."""
    if len(roi.counters) == 1:
        return [roi.name]
    labels = [label.strip() for label in re.split("[,;]", roi.name)]
    several = len(set(roi.counters)) > 1
    chosen = roi.counters if several else tuple(range(len(roi.counters)))
    if max(chosen) >= len(labels) or (not several and len(labels) != len(roi.counters)):
        what = f"{max(roi.counters) + 1} counters" if several else f"{len(roi.counters)} points"
        raise Complaint(
            "landmarks-unreadable",
            f"has {what} and a name that lists {len(labels)} labels",
            field=roi.where,
            advice="name the multi-point 'L3-L, L3-R, …' in the order of its points, or save named points",
        )
    return [labels[index] for index in chosen]


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
