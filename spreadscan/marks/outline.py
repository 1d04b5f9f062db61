"""One closed outline as a file gives it, and the frame that it must fit."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

MOST_OUTLINES, MOST_CORNERS = 1000, 50_000
"""Of one file. A freehand loop around a whole image of 3000 × 3000 pixels has 12,000 corners."""
ROUND_CORNERS = 256
"""Corners of the polygon that stands for an ellipse: off by less than 0.1 pixel up to 2000 pixels across."""
STEPS = 10
"""Straight pieces of a smooth curve from one control point to the next, as 3D Slicer draws it."""

Place = tuple[float, float]
"""Row and column in pixels, pixel centres at whole numbers."""


class DrawnOn(NamedTuple):
    """The frame that an outline must have been drawn on.

    Attributes:
        rows, columns: its size.
        frame: its number, 1-based, if it is known before anything is measured.
        image_key: of its image, as in the header; ``None`` when it does not matter.
        slicer_mm_per_px: spacing at which 3D Slicer showed the image; ``None`` when it is not known.
    """

    rows: int
    columns: int
    frame: int | None = None
    image_key: str | None = None
    slicer_mm_per_px: float | None = None


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


def smoothed(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the smooth closed curve through control points as a polygon, (STEPS · N, 2).

    Formula: the cubic spline with continuous second derivatives all around, one unit of its parameter from
    each of the N control points to the next (``vtkCardinalSpline``, closed, not parameterised by length).
    """
    count = len(corners)
    spline = CubicSpline(np.arange(count + 1), np.vstack([corners, corners[:1]]), bc_type="periodic")
    curve: NDArray[np.float64] = spline(np.arange(STEPS * count) / STEPS)
    return curve
