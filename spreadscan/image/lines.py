"""Find needles and wires: long straight lines of high attenuation.

Bone has edges, but few that stay thin, straight and dark over a centimetre. The second derivative across each
of a fan of directions is averaged along it; what stands out far from the rest of the image and is long enough
is metal. Vessels filled with contrast bend and branch within that length.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from spreadscan.image.filters import (
    as_bytes,
    background_inside,
    enlarged,
    eroded,
    only_inside,
    second_derivatives,
    shrunk,
)
from spreadscan.threads import side_by_side
from spreadscan.values import BoolArray, Image, JudgingScale

GRID_MM = 0.5
"""Lines are looked for on a grid of about this width; needles are 0.5 to 0.9 mm thick."""
WIDTH_MM = 0.55
"""Width of the Gaussian across the line."""
LENGTH_MM = 9.0
"""Length along which a direction is averaged, and the least length of a line."""
DIRECTIONS = 24
MOST_IN_PIECE = 100
SEED, GROW = 5.0, 2.5
"""A line reaches ``SEED`` times the 90th percentile of the response somewhere and ``GROW`` times along it. On
simulated images fewer than 0.1 % of the pixels away from needles exceed the seed."""


def find_lines(image: Image, inside: BoolArray, scale: JudgingScale) -> BoolArray:
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
    # below one half: a line one block wide that runs aslant has no more than that between two centres
    return (enlarged(lines.astype(np.float32), (inside.shape[0], inside.shape[1]), factor) > 0.4) & inside


def line_strength(image: Image, field: BoolArray, px_per_mm: float) -> Image:
    """Return how far each pixel stands out as part of a straight line, (R, C).

    Definition: max over directions of (mean along LENGTH_MM of sqrt(max(0, -f''))), squared, with f'' the
    second derivative across the direction of the image freed of its background; divided by its 90th
    percentile over the field.
    """
    if np.count_nonzero(field) < 100:
        return np.zeros(image.shape, np.float32)
    flat = only_inside(image - background_inside(image, field, 3 * px_per_mm), field)
    width = max(0.8, WIDTH_MM * px_per_mm)
    down, across, mixed = second_derivatives(flat, width)

    def _along(angle: float) -> Image:
        sin, cos = np.float32(np.sin(angle)), np.float32(np.cos(angle))
        bend = 2 * sin * cos * mixed
        bend -= cos**2 * down
        bend -= sin**2 * across
        np.sqrt(np.maximum(bend, 0, out=bend), out=bend)
        return _mean_along(bend, _segment(angle, px_per_mm))

    angles = (np.arange(DIRECTIONS) * np.pi / DIRECTIONS).tolist()
    strongest, *others = side_by_side(_along, angles)
    for other in others:
        np.maximum(strongest, other, out=strongest)
    # the mean of roots favours an even line over one strong spot; squared, it is a curvature again
    strongest = np.square(np.maximum(strongest, 0))
    # the edge of the field, where the image is cut to 0, is itself a long straight line
    judged = eroded(field, 3 * width, frame_is_edge=True)
    typical = float(np.percentile(strongest[judged], 90)) if judged.any() else 0.0
    return np.where(judged, strongest / max(typical, 1e-12), 0).astype(np.float32)


def _mean_along(image: Image, segment: NDArray[np.float32]) -> Image:
    """The image filtered with a kernel that is mostly zeros, (R, C); beyond it lies 0.

    Piece by piece: OpenCV leaves out the zeros of small kernels only, and takes spectra for larger ones.
    """
    reach = len(segment) // 2
    wide = cv2.copyMakeBorder(image, *(reach,) * 4, cv2.BORDER_CONSTANT)
    mean = np.zeros(image.shape, np.float32)
    for piece, (first, left) in _pieces(segment):
        found = cv2.filter2D(wide, -1, piece, borderType=cv2.BORDER_CONSTANT)
        row, column = first + piece.shape[0] // 2, left + piece.shape[1] // 2
        mean += found[row : row + image.shape[0], column : column + image.shape[1]]
    return mean


def _pieces(kernel: NDArray[np.float32]) -> list[tuple[NDArray[np.float32], tuple[int, int]]]:
    """Pieces of at most ``MOST_IN_PIECE`` numbers of a kernel, without zeros about them, and their places."""
    left, top, width, height = cv2.boundingRect(as_bytes(kernel != 0))
    piece = np.ascontiguousarray(kernel[top : top + height, left : left + width])
    if piece.size <= MOST_IN_PIECE:
        return [(piece, (top, left))]
    found = []
    for half in np.array_split(np.arange(max(height, width)), 2):
        part = np.zeros_like(kernel)
        here = (top + half, slice(None)) if height >= width else (slice(None), left + half)
        part[here] = kernel[here]
        found += _pieces(part)
    return found


def _segment(angle: float, px_per_mm: float) -> NDArray[np.float32]:
    """Kernel of a straight segment, its sum 1, drawn by linear interpolation."""
    half = LENGTH_MM * px_per_mm / 2
    reach = int(np.ceil(half)) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    places = np.linspace(-half, half, 4 * reach)
    row, column = places * np.sin(angle) + reach, places * np.cos(angle) + reach
    r, c = row.astype(int), column.astype(int)
    for down, low in ((0, r + 1 - row), (1, row - r)):
        for right, near in ((0, c + 1 - column), (1, column - c)):
            np.add.at(kernel, (r + down, c + right), (low * near).astype(np.float32))
    kernel /= kernel.sum()
    return kernel


def long_areas(area: BoolArray, length_px: float) -> BoolArray:
    """Return those connected areas (8 neighbours) whose upright box has at least this diagonal, (R, C)."""
    if not area.any():
        return area
    left, top, width, height = cv2.boundingRect(as_bytes(area))
    here = (slice(top, top + height), slice(left, left + width))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(as_bytes(area[here]), connectivity=8)
    long = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) >= length_px
    # label 0 is no area: it is what lies about them, and its box may well be long enough
    long[0] = False
    lines = np.zeros_like(area)
    lines[here] = long[labels]
    return lines


def _long(strength: Image, length_px: float) -> BoolArray:
    """Areas above the lower level that reach the seed and are long enough."""
    count, labels = cv2.connectedComponents(as_bytes(strength > GROW), connectivity=8)
    seeded = np.zeros(count, bool)
    seeded[labels[strength > SEED]] = True
    return long_areas(seeded[labels], length_px)
