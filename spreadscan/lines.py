"""Find needles and wires: long straight lines of high attenuation.

Bone has edges, but few that stay thin, straight and dark over a centimetre. The second derivative across each
of a fan of directions is averaged along it; what stands out far from the rest of the image and is long enough
is metal. Vessels filled with contrast bend and branch within that length.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from spreadscan.filters import background_inside, enlarged, eroded, shrunk
from spreadscan.values import BoolArray, JudgingScale

GRID_MM = 0.5
"""Lines are looked for on a grid of about this width; needles are 0.5 to 0.9 mm thick."""
WIDTH_MM = 0.55
"""Width of the Gaussian across the line."""
LENGTH_MM = 9.0
"""Length along which a direction is averaged, and the least length of a line."""
DIRECTIONS = 24
SEED, GROW = 5.0, 2.5
"""A line reaches ``SEED`` times the 90th percentile of the response somewhere and ``GROW`` times along it. On
simulated images fewer than 0.1 % of the pixels away from needles exceed the seed."""

_Image = NDArray[np.float32]


def find_lines(image: _Image, inside: BoolArray, scale: JudgingScale) -> BoolArray:
    """Return where needles and wires lie, (R, C).

    Args:
        image: (R, C) attenuation.
        inside: (R, C) the X-ray field.
        scale: sizes the lines.
    """
    factor = max(1, round(GRID_MM / scale.mm_per_px))
    field = shrunk(inside.astype(np.float32), factor) > 0.99
    px = scale.px(1.0) / factor
    strength = line_strength(shrunk(image, factor), field, px)
    lines = _long(strength, LENGTH_MM * px)
    if not lines.any():
        return np.zeros(inside.shape, bool)
    return (enlarged(lines.astype(np.float32), (inside.shape[0], inside.shape[1]), factor) > 0.4) & inside


def line_strength(image: _Image, field: BoolArray, px_per_mm: float) -> _Image:
    """Return how far each pixel stands out as part of a straight line, (R, C).

    Definition: max over directions of (mean along LENGTH_MM of sqrt(max(0, -f''))), squared, with f'' the
    second derivative across the direction of the image freed of its background; divided by its 90th
    percentile over the field.
    """
    if field.sum() < 100:
        return np.zeros(image.shape, np.float32)
    flat = np.where(field, image - background_inside(image, field, 3 * px_per_mm), 0).astype(np.float32)
    width = max(0.8, WIDTH_MM * px_per_mm)
    down, across, mixed = (ndimage.gaussian_filter(flat, width, order=o) for o in ((2, 0), (0, 2), (1, 1)))
    strongest = np.zeros(image.shape, np.float32)
    for angle in np.arange(DIRECTIONS) * np.pi / DIRECTIONS:
        sin, cos = np.sin(angle), np.cos(angle)
        curvature = down * cos**2 + across * sin**2 - 2 * mixed * sin * cos
        along = _convolved(np.sqrt(np.maximum(-curvature, 0)), _segment(angle, px_per_mm))
        strongest = np.maximum(strongest, along**2, dtype=np.float32)
    judged = eroded(field, 3 * width, frame_is_edge=True)
    typical = float(np.percentile(strongest[judged], 90)) if judged.any() else 0.0
    return np.where(judged, strongest / max(typical, 1e-12), 0).astype(np.float32)


def _convolved(image: _Image, kernel: _Image) -> _Image:
    """Convolution with a symmetric kernel by Fourier transforms, zeros beyond the frame, size kept."""
    reach = kernel.shape[0] // 2
    shape = [fft.next_fast_len(n + 2 * reach, real=True) for n in image.shape]
    product = fft.rfft2(image, shape) * fft.rfft2(kernel, shape)
    full: _Image = fft.irfft2(product, shape)
    return full[reach : reach + image.shape[0], reach : reach + image.shape[1]]


def _segment(angle: float, px_per_mm: float) -> NDArray[np.float32]:
    """Kernel of a straight segment, its sum 1, drawn by linear interpolation."""
    half = LENGTH_MM * px_per_mm / 2
    reach = int(np.ceil(half)) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    places = np.linspace(-half, half, 4 * reach)
    for row, column in zip(places * np.sin(angle) + reach, places * np.cos(angle) + reach, strict=True):
        r, c = int(row), int(column)
        kernel[r : r + 2, c : c + 2] += np.outer([r + 1 - row, row - r], [c + 1 - column, column - c])
    kernel /= kernel.sum()
    return kernel


def _long(strength: _Image, length_px: float) -> BoolArray:
    """Areas above the lower level that reach the seed and are long enough."""
    labels, count = ndimage.label(strength > GROW, structure=np.ones((3, 3)))
    keep = np.zeros(count + 1, bool)
    if count:
        peaks = np.asarray(ndimage.maximum(strength, labels, np.arange(1, count + 1)))
        sizes = [
            np.hypot(s[0].stop - s[0].start, s[1].stop - s[1].start) for s in ndimage.find_objects(labels)
        ]
        keep[1:] = (peaks > SEED) & (np.array(sizes) >= length_px)
    lines: BoolArray = keep[labels]
    return lines
