"""One closed outline as a file gives it, and the polygon that it is once it fits the frame."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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


def unreadable(problem: str, *, field: str = "") -> Complaint:
    """Return the complaint about an outline."""
    return Complaint("loop-unreadable", problem, field=field)
