"""Pincushion distortion of an image intensifier, for images and for points alike.

A point at distance r from the centre of the image moves to r (1 + k (r / r_c)²), r_c the distance of the
corners.
"""

import numpy as np
from scipy import ndimage

from spreadscan.frozen import Image, Vector
from spreadscan.phantom.scenario import Detector


def distorted(points: Vector, detector: Detector, shape: tuple[int, int]) -> Vector:
    """Return where the detector shows points, (N, 2).

    Args:
        points: (N, 2) rows and columns in the undistorted image.
        detector: its ``pincushion`` is k.
        shape: rows and columns of the image.
    """
    centre = _centre(shape)
    corner = float(np.hypot(*centre))
    offset = np.asarray(points, dtype=np.float64) - centre
    stretch = 1 + detector.pincushion * (offset**2).sum(axis=-1, keepdims=True) / corner**2
    moved: Vector = centre + offset * stretch
    return moved


def undistorted(points: Vector, detector: Detector, shape: tuple[int, int]) -> Vector:
    """Return where the points that the detector shows come from, (N, 2): the inverse of ``distorted``."""
    centre = _centre(shape)
    corner = float(np.hypot(*centre))
    offset = np.asarray(points, dtype=np.float64) - centre
    shown = np.sqrt((offset**2).sum(axis=-1, keepdims=True)) / corner
    true = shown / (1 + detector.pincushion * shown**2)
    for _ in range(6):  # Newton: quadratic convergence, pincushion is small
        error = true * (1 + detector.pincushion * true**2) - shown
        true = true - error / (1 + 3 * detector.pincushion * true**2)
    origin: Vector = centre + offset * np.divide(true, shown, out=np.ones_like(shown), where=shown > 0)
    return origin


def distort(images: Image, detector: Detector) -> Image:
    """Return images as the detector shows them, (..., R, C), by linear interpolation.

    Beyond the edge of the original the nearest pixel repeats; with k ≥ 0 none of that comes into the image.
    """
    if not detector.pincushion:
        return images
    rows, columns = images.shape[-2:]
    row, column = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    shown = np.column_stack([row.ravel(), column.ravel()]).astype(np.float64)
    # the way back: going forwards would leave pixels that nothing lands on
    source = undistorted(shown, detector, (rows, columns)).T
    result = np.empty_like(images)
    for index in np.ndindex(images.shape[:-2]):
        moved = ndimage.map_coordinates(images[index], source, order=1, mode="nearest")
        result[index] = moved.reshape(rows, columns)
    return result


def _centre(shape: tuple[int, int]) -> Vector:
    """Centre (2,) of an image; its length is the distance of the corner pixels from it."""
    centre: Vector = (np.array(shape, dtype=np.float64) - 1) / 2
    return centre
