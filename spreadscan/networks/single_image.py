"""The network that tells contrast from bone on a single image: what it sees, and its three answers.

``training/single_image/train.py`` trains it; ``docs/single-image-model.md`` is its model card.
"""

from functools import partial
from typing import NamedTuple

import numpy as np

from spreadscan.frozen import BoolArray, Image
from spreadscan.networks.grid import (
    NARROW_MM,
    WIDE_MM,
    log_odds,
    mirrored,
    normal,
    resampled,
    upside_down,
)
from spreadscan.networks.session import probability_map
from spreadscan.threads import side_by_side

WEIGHTS = "single_image.onnx"
GRID_MM = 0.8
"""It sees images on this grid."""


class NetworkInput(NamedTuple):
    """What the network sees.

    Attributes:
        channels: (3, r, c) attenuation freed of a wide and of a narrow background, in robust standard
            deviations, and the field, on a grid of ``GRID_MM``.
        inside: (r, c) the field on that grid.
    """

    channels: Image
    inside: BoolArray


def network_input(image: Image, inside: BoolArray, zoom: float) -> NetworkInput:
    """Return what the network sees of an image.

    Args:
        image: (R, C) attenuation.
        inside: (R, C) the field.
        zoom: grid points per pixel.
    """
    filled = np.where(inside, image, np.median(image[inside])).astype(np.float32)
    images = (inside.astype(np.float32), filled)
    share, coarse = side_by_side(partial(resampled, zoom=zoom), images, long=True)
    field = share > 0.95
    wide, narrow = (normal(coarse, field, width / GRID_MM) for width in (WIDE_MM, NARROW_MM))
    return NetworkInput(np.stack([wide, narrow, field.astype(np.float32)]), field)


def contrast_scores(channels: Image) -> Image:
    """Return three answers for each pixel of (3, R, C) input channels, (3, R, C), as logarithms of odds.

    Definition: the network's answers on the image as it is, mirrored and upside down. The probability that
    counts is the one whose odds are the geometric mean of theirs, the mean of the scores. What is contrast is
    so in a mirror as well; of what is none the network is seldom convinced three times.
    """
    answers = [
        # each of the turns undoes itself, so that the answers lie on one another
        turned(contrast_answer(np.ascontiguousarray(turned(channels))))
        for turned in (_as_it_is, mirrored, upside_down)
    ]
    return log_odds(np.stack(answers))


def contrast_answer(channels: Image) -> Image:
    """Return the network's answer for each pixel of (3, R, C) input channels, (R, C), in [0, 1].

    Definition: that of ``session.probability_map``.
    """
    return probability_map(WEIGHTS, channels)


def _as_it_is(image: Image) -> Image:
    return image
