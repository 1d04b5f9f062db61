"""Gaussian blurs: narrow ones pixel by pixel, broad ones on a coarse grid."""

import numpy as np
from scipy import ndimage

from spreadscan.frozen import Image

REACH = 3.0
"""Widths at which a kernel is cut off."""

SAMPLED_FROM_PX = 0.6
"""Standard deviation from which a Gaussian is sampled at pixels: its variance is then within 4 %."""

BLOCKS_PER_SIGMA = 6
"""Blocks of the coarse grid in each width of a broad blur."""


def narrow_blur(image: Image, sigma_px: float) -> Image:
    """Return the image under a Gaussian of a few pixels, (R, C); beyond its edges it is mirrored.

    Below ``SAMPLED_FROM_PX`` a Gaussian sampled at pixels has too small a variance: there the three weights
    s²/2, 1 − s², s²/2 stand for it, whose variance is exact.
    """
    if sigma_px <= 0:
        return image
    if sigma_px >= SAMPLED_FROM_PX:
        blurred: Image = ndimage.gaussian_filter(image, sigma_px, truncate=REACH, mode="reflect")
        return blurred
    weights = (sigma_px**2 / 2, 1 - sigma_px**2, sigma_px**2 / 2)
    down = ndimage.correlate1d(image, weights, axis=0)
    narrow: Image = ndimage.correlate1d(down, weights, axis=1)
    return narrow


def broad_blur(image: Image, sigma_px: float) -> Image:
    """Return the image under a broad Gaussian, (R, C); beyond the edge there is nothing.

    Worked on means of blocks of k pixels and interpolated linearly. Blocks widen the kernel by the variance
    (k² − 1) / 12, interpolation by k² / 6: the Gaussian between them is as much narrower. No matrix product
    takes part, so that the result does not depend on a number of threads. The kernel has sum 1: the image
    darkens towards its edges; divide by the blur of ones to undo that.
    """
    block = max(1, int(sigma_px / BLOCKS_PER_SIGMA))
    if block == 1:
        blurred: Image = ndimage.gaussian_filter(image, sigma_px, truncate=REACH, mode="constant")
        return blurred
    rows, columns = image.shape
    padded = np.pad(image, [(0, -rows % block), (0, -columns % block)])
    blocks = padded.reshape(padded.shape[0] // block, block, padded.shape[1] // block, block)
    means = blocks.mean(axis=3).mean(axis=1)
    sigma = np.sqrt(sigma_px**2 - (block**2 - 1) / 12 - block**2 / 6) / block
    # pixels before the middle of the first block, and after that of the last, need a block beyond
    coarse = ndimage.gaussian_filter(np.pad(means, 1), sigma, truncate=REACH, mode="constant")
    return _interpolated(_interpolated(coarse, rows, block).T, columns, block).T


def _interpolated(coarse: Image, length: int, block: int) -> Image:
    """Rows of pixels, (L, C), between the rows of blocks, of which the first lies before the first pixel."""
    positions = (np.arange(length) - (block - 1) / 2) / block + 1
    before = positions.astype(np.intp)
    share = (positions - before).astype(np.float32)[:, None]
    between: Image = coarse[before] * (1 - share) + coarse[before + 1] * share
    return between
