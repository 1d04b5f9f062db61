"""Filters that respect the edge of the X-ray field, and robust spread: what several stages look through."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spreadscan.values import BoolArray

GAUSSIAN_MAD = 1.4826
"""Ratio of standard deviation to median absolute deviation of a normal distribution."""

_Image = NDArray[np.float32]


def smoothed_inside(image: _Image, inside: BoolArray, sigma_px: float) -> _Image:
    """Return the Gaussian mean over the inside pixels only, (R, C), defined wherever some lie within reach.

    Definition: G(image · inside) / G(inside) with a Gaussian G of width ``sigma_px``.
    """
    weight = ndimage.gaussian_filter(inside.astype(np.float32), sigma_px, truncate=3.0)
    total = ndimage.gaussian_filter(
        np.where(inside, image, 0).astype(np.float32, copy=False), sigma_px, truncate=3.0
    )
    mean: _Image = total / np.maximum(weight, 1e-4)
    return mean


def background_inside(image: _Image, inside: BoolArray, sigma_px: float) -> _Image:
    """Return ``smoothed_inside`` for a wide Gaussian, computed on a coarse grid and interpolated, (R, C)."""
    factor = max(1, int(sigma_px // 4))
    if factor == 1:
        return smoothed_inside(image, inside, sigma_px)
    share = shrunk(inside.astype(np.float32), factor)
    total = shrunk(np.where(inside, image, 0).astype(np.float32, copy=False), factor)
    width = sigma_px / factor
    coarse = ndimage.gaussian_filter(total, width) / np.maximum(ndimage.gaussian_filter(share, width), 1e-4)
    return enlarged(coarse, (image.shape[0], image.shape[1]), factor)


def shrunk(image: _Image, factor: int) -> _Image:
    """Return the means of blocks of ``factor`` × ``factor`` pixels; a rest at the far edges is left out."""
    if factor == 1:
        return image
    rows, columns = (n // factor for n in image.shape)
    blocks = image[: rows * factor, : columns * factor].reshape(rows, factor, columns, factor)
    means: _Image = blocks.mean(axis=(1, 3), dtype=np.float32)
    return means


def enlarged(coarse: _Image, shape: tuple[int, int], factor: int) -> _Image:
    """Return the inverse of ``shrunk`` by linear interpolation: centres of blocks stay where they were."""
    result = coarse
    for axis, length in enumerate(shape):
        positions = ((np.arange(length) - (factor - 1) / 2) / factor).astype(np.float32)
        result = _interpolated(result, positions, axis)
    return result


def robust_sd(values: NDArray[np.floating]) -> float:
    """Return the standard deviation of a normal distribution with this median absolute deviation."""
    if values.size == 0:
        return float("nan")
    return GAUSSIAN_MAD * float(np.median(np.abs(values - np.median(values))))


def disc(radius_px: float) -> BoolArray:
    """Return a round structuring element of at least one pixel."""
    reach = max(0, int(np.floor(radius_px)))
    row, column = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    inside: BoolArray = row**2 + column**2 <= max(radius_px, 0) ** 2 + 1e-9
    return inside


def eroded(mask: BoolArray, distance_px: float, *, frame_is_edge: bool) -> BoolArray:
    """Return the mask without what lies within a distance of its edge.

    Args:
        mask: (R, C).
        distance_px: how much to take away.
        frame_is_edge: whether the image's own frame counts as an edge of the mask.
    """
    padded = np.pad(mask, 1, constant_values=not frame_is_edge)
    if padded.all():
        return mask
    depth = ndimage.distance_transform_edt(padded)[1:-1, 1:-1]
    inside: BoolArray = depth > distance_px
    return inside


def dilated(mask: BoolArray, distance_px: float) -> BoolArray:
    """Return the mask with all that lies within a distance of it."""
    if not mask.any():
        return mask
    near: BoolArray = ndimage.distance_transform_edt(~mask) <= distance_px
    return near


def _interpolated(image: _Image, positions: _Image, axis: int) -> _Image:
    last = image.shape[axis] - 1
    clipped = np.clip(positions, 0, last)
    low = np.minimum(clipped.astype(int), max(last - 1, 0))
    high = np.minimum(low + 1, last)
    part = (clipped - low).astype(np.float32)
    part = part[:, None] if axis == 0 else part[None, :]
    result: _Image = image.take(low, axis) * (1 - part) + image.take(high, axis) * part
    return result
