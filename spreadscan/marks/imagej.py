"""Landmarks marked as points in ImageJ.

Pixel rule: of points (not of areas) whole numbers are pixel centres, x along the columns and y down the rows,
so nothing is shifted. ImageJ 1.52u of March 2020 fixed it so (its issue 182); ImageJ 1.53t reads pixel
(10, 20) at point (10.4, 20.4) and its right neighbour at (10.6, 20.4). A point that an older version saved
with a fraction may lie up to half a pixel off, and nothing in the file tells.
"""

import re

from spreadscan.marks.imagej_layout import POINT, BadRoi, Roi, called, rois_of
from spreadscan.marks.point import MOST_POINTS, Marked, named
from spreadscan.read.complaint import Complaint


def points_of_rois(content: bytes) -> list[Marked]:
    """Return the points of a ROI, or of a set of them.

    The name of a single point is its label. The name of a multi-point is a list of labels with commas or
    semicolons between them, one for each point in order; where the points have several counters, one for each
    counter, from counter 0 on.

    Raises:
        Complaint: ``landmarks-unreadable`` when the file is damaged or holds too much, a ROI is no point, or
            its labels do not fit its points.
    """
    try:
        return [point for roi in rois_of(content, MOST_POINTS) for point in _points(roi)]
    except BadRoi as bad:
        raise Complaint("landmarks-unreadable", bad.problem, field=bad.where) from bad


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
