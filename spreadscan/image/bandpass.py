"""Edges of an image without its slow background: what registration looks at.

The difference of two Gaussians, each the mean over the field only, so that the edge of the field is no edge.
"""

from typing import NamedTuple

import cv2
import numpy as np

from spreadscan.frozen import BoolArray, Image
from spreadscan.image.filters import enlarged, gaussian, robust_sd, sampled, shrunk, some_places

MOST_FOR_NOISE = 20000
"""So many pixels tell the noise."""
WIDE_PX = 4.0
"""Gaussians from this width on are taken at half resolution."""


class Band(NamedTuple):
    """A band-pass made for a field.

    Attributes:
        inside: (R, C) the field.
        widths_px: of the fine and the coarse Gaussian.
        gains: (2, R, C) what makes each of them a mean over the field.
    """

    inside: BoolArray
    widths_px: tuple[float, float]
    gains: Image

    def passed(self, image: Image) -> Image:
        """Return the image band-passed, (R, C), 0 outside the field."""
        known = np.where(self.inside, image, np.float32(0))
        fine, coarse = (_blurred(known, width) for width in self.widths_px)
        band: Image = fine * self.gains[0] - coarse * self.gains[1]
        return band


def band(inside: BoolArray, fine_px: float, coarse_px: float) -> Band:
    """Return the band-pass between two widths for a field, (R, C)."""
    weight = inside.astype(np.float32)
    widths = (fine_px, coarse_px)
    gains: Image = np.stack(
        [weight / np.maximum(_blurred(weight, width), np.float32(1e-6)) for width in widths]
    )
    return Band(inside, widths, gains)


def noise_of_edges(image: Image, usable: BoolArray, smooth: Band, edge_share: float) -> float:
    """Return the noise of a pixel over how far the pixels at edges differ from what is around them.

    Definition: the robust standard deviation of ``checkered`` over the quantile ``1 - edge_share`` of the
    absolute band-passed image; 0 where nothing is usable.
    """
    if not usable.any():
        return 0.0
    places = some_places(usable, MOST_FOR_NOISE)
    height = float(np.quantile(np.abs(smooth.passed(image).take(places)), 1 - edge_share))
    noise = robust_sd(checkered(image).take(places))
    return noise / max(height, 1e-12)


def checkered(image: Image) -> Image:
    """Return what hardly holds more than noise, with the noise of a pixel if pixels are independent, (R, C).

    Definition: the second difference down of the second difference across, over 6.
    """
    # the squares of each line's weights add up to 6, and noise grows with their roots: 6 in all
    line = np.array([1, -2, 1], np.float32)
    return np.asarray(cv2.sepFilter2D(image, -1, line, line / 6), np.float32)


def steepest(image: Image, usable: BoolArray, share: float) -> BoolArray:
    """Return a share of the usable pixels, (R, C): where the image, smoothed by a pixel, is steepest."""
    if not usable.any():
        return usable
    # a Sobel on bare pixels would choose the noisiest of them, not edges
    smooth = gaussian(image, 1.0)
    # squared; cv2.magnitude rounds by where in memory its images lie
    steepness = np.square(cv2.Sobel(smooth, -1, 0, 1)) + np.square(cv2.Sobel(smooth, -1, 1, 0))
    steep: BoolArray = usable & (steepness > np.quantile(sampled(steepness[usable]), 1 - share))
    return steep


def _blurred(image: Image, width_px: float) -> Image:
    if width_px < WIDE_PX or min(image.shape) < 16 * WIDE_PX:
        return gaussian(image, width_px)
    return enlarged(gaussian(shrunk(image, 2), width_px / 2), (image.shape[0], image.shape[1]), 2)
