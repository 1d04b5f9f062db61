"""An image as the small networks see it: on a grid, freed of its background, in units of its own spread."""

import numpy as np

from spreadscan.frozen import BoolArray, Image
from spreadscan.image.filters import background_inside, robust_sd

WIDE_MM, NARROW_MM = 30.0, 5.0
"""Widths of the Gaussians whose background is taken away in two channels of an image."""
LIMITS = (-6.0, 9.0)
"""Images are cut at these multiples of their robust standard deviation."""
LEAST = np.float32(1e-6)
"""Probabilities are kept this far from 0 and 1, so that their odds are finite."""


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
    # imported here and below, so that only images without a baseline wait for it
    from scipy import ndimage

    smooth = ndimage.gaussian_filter(image, max(0.0, 0.45 / zoom - 0.4))
    rows, columns = (max(8, round(n * zoom)) for n in image.shape)
    return interpolated(smooth, (rows, columns), zoom)


def interpolated(image: Image, shape: tuple[int, int], zoom: float) -> Image:
    """Return an image on a grid of ``zoom`` points per pixel by linear interpolation, with one middle."""
    from scipy import ndimage

    offset = [(n - 1) / 2 - (m - 1) / 2 / zoom for n, m in zip(image.shape, shape, strict=True)]
    result: Image = ndimage.affine_transform(
        image, [1 / zoom, 1 / zoom], offset, shape, order=1, mode="nearest", output=np.float32
    )
    return result


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
