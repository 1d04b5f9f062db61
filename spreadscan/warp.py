"""Bring an image into the geometry of another one: shifts and rotations by a windowed sinc.

OpenCV's warps round positions to 1/32 pixel, and its cubic kernel displaces edges by up to 0.04 pixel; spline
interpolation is exact enough but takes ten times as long. A shift is a separable filter; a rotation is three
shears [1], each of which shifts whole lines.

References:
    [1] Paeth. A fast algorithm for general raster rotation. Graphics Interface 1986:77.
    [2] Duchon. Lanczos filtering in one and two dimensions. J Appl Meteorol 1979;18:1016.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from spreadscan.values import BoolArray, Motion

REACH = 4
"""The kernel reaches so many pixels to either side [2]."""
NEGLIGIBLE_PX = 1e-3
"""A rotation that moves no pixel further than this is none."""

_Image = NDArray[np.float32]


def shifted(image: _Image, rows_px: float, columns_px: float) -> _Image:
    """Return what lies ``rows_px`` further down and ``columns_px`` further right, (R, C); the edge repeats."""
    whole = [int(np.floor(shift)) for shift in (rows_px, columns_px)]
    down, across = (
        _kernel(np.array([shift - n]))[0] for shift, n in zip((rows_px, columns_px), whole, strict=True)
    )
    if any(whole):
        take = [
            np.clip(np.arange(length) + n, 0, length - 1) for length, n in zip(image.shape, whole, strict=True)
        ]
        image = image[take[0]][:, take[1]]
    anchor = (REACH - 1, REACH - 1)
    result: _Image = cv2.sepFilter2D(image, -1, across, down, anchor=anchor, borderType=cv2.BORDER_REPLICATE)
    return result


def rotation(angle_rad: float) -> NDArray[np.float64]:
    """Return the matrix that turns (row, column) from the row axis to the column axis."""
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    return np.array([[cos, -sin], [sin, cos]])


def _kernel(fractions: NDArray[np.float64]) -> _Image:
    """Weights (N, 2 · REACH) of the pixels around points that lie a fraction beyond the one at REACH - 1."""
    distance = np.arange(1 - REACH, REACH + 1) - fractions[:, None]
    weights = np.sinc(distance) * np.sinc(distance / REACH)
    normalised: _Image = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return normalised
