"""One closed outline as a file gives it, and the polygon that it is once it fits the frame."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spreadscan.marks.file import DrawnOn
from spreadscan.read.complaint import Complaint

MOST_OUTLINES, MOST_CORNERS = 1000, 50_000
"""Of one file. A freehand loop around a whole image of 3000 × 3000 pixels has 12,000 corners."""
ROUND_CORNERS = 256
"""Corners of the polygon that stands for an ellipse: off by less than 0.1 pixel up to 2000 pixels across."""
STEPS = 10
"""Straight pieces of a smooth curve from one control point to the next, as 3D Slicer draws it."""

Place = tuple[float, float]
"""Row and column in pixels, pixel centres at whole numbers."""
Places = Sequence[Place]
"""The corners of a closed outline in order; the last is joined to the first."""
Corners = NDArray[np.float64]


class Outline(NamedTuple):
    """A closed outline, nothing checked.

    Attributes:
        where: what to call it in a message.
        corners: its corners in order; the last is joined to the first.
        smooth: whether the corners are control points of a smooth curve.
        frames: on which it was drawn, 1-based; empty when the file does not say.
        image_key: of the image on which it was drawn; empty when the file does not say.
    """

    where: str
    corners: tuple[Place, ...]
    smooth: bool = False
    frames: tuple[int, ...] = ()
    image_key: str = ""


def around(centre: Place, one: Place, other: Place) -> tuple[Place, ...]:
    """Return the corners of a polygon in place of an ellipse.

    Args:
        centre: of the ellipse.
        one: vector from it to the end of one half axis.
        other: of the other half axis; if it is not at right angles to the first, both are conjugate.
    """
    turns = [2 * math.pi * n / ROUND_CORNERS for n in range(ROUND_CORNERS)]
    return tuple(
        (
            centre[0] + one[0] * math.cos(turn) + other[0] * math.sin(turn),
            centre[1] + one[1] * math.cos(turn) + other[1] * math.sin(turn),
        )
        for turn in turns
    )


def smoothed(corners: Corners) -> Corners:
    """Return the smooth closed curve through control points as a polygon, (STEPS · N, 2).

    Formula: the cubic spline with continuous second derivatives all around, one unit of its parameter from
    each of the N control points to the next (``vtkCardinalSpline``, closed, not parameterised by length).
    """
    # half a second of imports that nobody waits for but with curves of 3D Slicer
    from scipy.interpolate import CubicSpline

    count = len(corners)
    spline = CubicSpline(np.arange(count + 1), np.vstack([corners, corners[:1]]), bc_type="periodic")
    curve: Corners = spline(np.arange(STEPS * count) / STEPS)
    return curve


def course(outline: Outline, on: DrawnOn) -> Corners:
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


def unreadable(problem: str, *, field: str = "") -> Complaint:
    """Return the complaint about an outline."""
    return Complaint("loop-unreadable", problem, field=field)
