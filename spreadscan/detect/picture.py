"""The picture that the search for landmarks looks at: the X-ray field as a square of fixed size."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from spreadscan.image.filters import sampled
from spreadscan.values import BoolArray

SIDE = 192
"""Points along each side of the square."""
TONES = (1.0, 99.0)
"""Percentiles of attenuation in the field that become 0 and 1."""


class Square(NamedTuple):
    """The field of an image as the search sees it.

    Attributes:
        tone: (S, S) attenuation, 0 to 1 between the percentiles; -1 outside the field.
        inside: (S, S) the field.
        px_per_point: pixels of the image per point.
        top, left: row and column of the image at the first point's outer corner, minus half a pixel.
        full_size: rows and columns of the image.
    """

    tone: NDArray[np.float32]
    inside: BoolArray
    px_per_point: float
    top: float
    left: float
    full_size: tuple[int, int] = (SIDE, SIDE)

    def to_square(self, pixels: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (N, 2) points of the square of (N, 2) pixels (row, column)."""
        result: NDArray[np.float64] = (pixels - [self.top, self.left] + 0.5) / self.px_per_point - 0.5
        return result

    def to_pixels(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (N, 2) pixels (row, column) of (N, 2) points of the square."""
        result: NDArray[np.float64] = (points + 0.5) * self.px_per_point - 0.5 + [self.top, self.left]
        return result


def seen_square(image: NDArray[np.float32], inside: BoolArray, side: int = SIDE) -> Square:
    """Return the smallest square around the field, centred on it, resampled to ``side`` points.

    Args:
        image: (R, C) attenuation.
        inside: (R, C) the field.
        side: points along each side.
    """
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    if not len(rows):
        rows, columns = np.arange(image.shape[0]), np.arange(image.shape[1])
    height, width = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
    size = int(max(height, width))
    top = int(rows[0]) - (size - int(height)) // 2
    left = int(columns[0]) - (size - int(width)) // 2
    values = sampled(image[inside]) if inside.any() else sampled(image)
    low, high = (float(p) for p in np.percentile(values, TONES))
    tone = np.clip((image - low) / max(high - low, 1e-9), -0.2, 1.2)
    tone = np.where(inside, tone, 0).astype(np.float32)
    weight = _resampled(_cut(inside.astype(np.float32), top, left, size), side)
    # points at the rim are means over their exposed pixels: zeros beyond the field would change their tone
    laid = _resampled(_cut(tone, top, left, size), side) / np.maximum(weight, np.float32(1e-3))
    held = weight > 0.5
    full = (image.shape[0], image.shape[1])
    return Square(np.where(held, laid, np.float32(-1)), held, size / side, float(top), float(left), full)


def _cut(image: NDArray[np.float32], top: int, left: int, size: int) -> NDArray[np.float32]:
    part = np.zeros((size, size), np.float32)
    r0, c0 = max(top, 0), max(left, 0)
    r1, c1 = min(top + size, image.shape[0]), min(left + size, image.shape[1])
    part[r0 - top : r1 - top, c0 - left : c1 - left] = image[r0:r1, c0:c1]
    return part


def _resampled(part: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """To ``side`` points: mean over the pixels of a point, or linear where there are fewer pixels."""
    way = cv2.INTER_AREA if len(part) >= side else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(part, (side, side), interpolation=way), np.float32)


NEAR_POINTS = 7.5
"""Standard deviation of the neighbourhood that detail is compared with, in points."""


def channels_of(square: Square) -> NDArray[np.float32]:
    """Return what the network takes, (3, S, S): tone, detail, field.

    Detail is tone less its local mean, over its local standard deviation, both by Gaussian weights within the
    field, tanh-limited to (-1, 1); tone is centred on 0. All are 0 outside the field.
    """
    held = square.inside.astype(np.float32)
    tone = np.where(square.inside, square.tone, np.float32(0))
    weight = np.maximum(_smooth(held), np.float32(1e-3))
    mean = _smooth(tone) / weight
    spread = np.sqrt(np.maximum(_smooth(tone * tone) / weight - mean * mean, 0))
    # where tissue is even its spread is that of noise, which would be raised to detail
    floor = np.float32(0.15) * float(np.median(spread[square.inside])) if square.inside.any() else 0
    detail = np.tanh((tone - mean) / (2 * np.maximum(spread, floor + np.float32(1e-4))))
    stacked: NDArray[np.float32] = np.stack([(tone - np.float32(0.5)) * held, detail * held, held])
    return stacked.astype(np.float32)


def _smooth(image: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), NEAR_POINTS), np.float32)
