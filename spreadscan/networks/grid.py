"""An image as the small networks see it: on a grid, freed of its background, in units of its own spread."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from spreadscan.frozen import BoolArray, Image, Vector
from spreadscan.image.filters import background_inside, robust_sd

WIDE_MM, NARROW_MM = 30.0, 5.0
"""Widths of the Gaussians whose background is taken away in two channels of an image."""
LIMITS = (-6.0, 9.0)
"""Images are cut at these multiples of their robust standard deviation."""
LEAST = np.float32(1e-6)
"""Probabilities are kept this far from 0 and 1, so that their odds are finite."""


class _Neighbours(NamedTuple):
    """A pixel for each point along an axis, and its weight there."""

    pixels: NDArray[np.intp]
    weights: Vector


def normal(image: Image, field: BoolArray, width_px: float) -> Image:
    """Return an image freed of its background, in robust standard deviations, 0 outside the field, (R, C).

    Args:
        image: (R, C).
        field: (R, C) where it is known.
        width_px: of the Gaussian that is the background.
    """
    flat = image - background_inside(image, field, width_px)
    spread = robust_sd(flat[field]) if field.any() else 1.0
    if not spread > 1e-6 * float(np.abs(image).max()):  # flat but for rounding
        return np.zeros(image.shape, np.float32)
    return np.where(field, np.clip(flat / spread, *LIMITS), 0).astype(np.float32)


def resampled(image: Image, zoom: float) -> Image:
    """Return the image on a grid of ``zoom`` points per pixel, (r, c), smoothed first if that is coarser."""
    smooth = _smoothed(image, max(0.0, 0.45 / zoom - 0.4))
    rows, columns = (max(8, round(n * zoom)) for n in image.shape)
    return interpolated(smooth, (rows, columns), zoom)


def _smoothed(image: Image, sigma_px: float) -> Image:
    """Smoothed by a Gaussian cut at four standard deviations, what lies beyond the edge mirrored."""
    radius = int(4 * sigma_px + 0.5)
    if radius == 0:
        return image
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma_px) ** 2)
    weights /= weights.sum()
    # sums of double precision, single between the axes: the values that the networks learned from
    for down, across in ((weights, np.ones(1)), (np.ones(1), weights)):
        summed = cv2.sepFilter2D(image, cv2.CV_64F, across, down, borderType=cv2.BORDER_REFLECT)
        image = summed.astype(np.float32)
    return image


def interpolated(image: Image, shape: tuple[int, int], zoom: float) -> Image:
    """Return an image on a grid of ``zoom`` points per pixel by linear interpolation, with one middle.

    Beyond the outermost pixels their values go on. OpenCV's resampling knows only 32 places between pixels.
    """
    low, high = (_between(n, m, zoom) for n, m in zip(image.shape, shape, strict=True))
    result = np.zeros(shape)
    for rows, row_weights in low:
        for columns, column_weights in high:
            corner = image.take(rows, 0).take(columns, 1).astype(np.float64)
            corner *= row_weights[:, None]
            corner *= column_weights
            result += corner
    return result.astype(np.float32)


def _between(pixels: int, points: int, zoom: float) -> tuple[_Neighbours, _Neighbours]:
    """The pixels before and after each of the points along an axis, and how much each counts."""
    step = 1 / zoom
    at = (np.arange(points) + ((pixels - 1) / 2 - (points - 1) / 2 / zoom) / step) * step
    at = np.clip(at, 0, pixels - 1)
    before = at.astype(np.intp)
    share = at - before
    return _Neighbours(before, 1 - share), _Neighbours(np.minimum(before + 1, pixels - 1), share)


def log_odds(probability: Image) -> Image:
    """Return the logarithm of the odds of probabilities, of any shape, at most 13.8 each way."""
    bounded = np.clip(probability, LEAST, 1 - LEAST)
    found: Image = np.log(bounded / (1 - bounded)).astype(np.float32)
    return found


def mirrored(image: Image) -> Image:
    """Return an image, or channels of it, with left and right exchanged."""
    return image[..., ::-1]


def upside_down(image: Image) -> Image:
    """Return an image, or channels of it, with top and bottom exchanged."""
    return image[..., ::-1, :]
