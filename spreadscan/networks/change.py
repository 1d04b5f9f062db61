"""The network that tells contrast among what changed between two images: what it sees, and its answer.

``training/change/train.py`` trains it; ``docs/change-model.md`` is its model card.
"""

import cv2
import numpy as np

from spreadscan.networks.grid import NARROW_MM, WIDE_MM, normal
from spreadscan.networks.session import probability_map
from spreadscan.values import AlignedPair, ContrastMap, Image

WEIGHTS = "change.onnx"
GRID_MM = 1.0
"""It sees the images on this grid."""
CHANNELS = 7
STRENGTHS = (-6.0, 10.0)
"""The change, in limits, is cut at these."""
STRENGTH_UNIT = 2.0
"""The change is given in this unit, so that all channels are of one size."""


def change_probability(channels: Image) -> Image:
    """Return the probability that what changed is contrast, (R, C), from (7, R, C) channels, in [0, 1].

    Definition: that of ``session.probability_map``.
    """
    return probability_map(WEIGHTS, channels)


def change_input(pair: AlignedPair, contrast: ContrastMap, part: tuple[slice, slice], zoom: float) -> Image:
    """Return what the network sees of a part of the images, (7, r, c), on a grid of ``GRID_MM``.

    The channels: the change in detection limits; image and baseline, each freed of a wide and of a narrow
    background; where the change is known; metal.

    Args:
        pair: the aligned images.
        contrast: what changed.
        part: rows and columns.
        zoom: grid points per pixel.
    """
    valid = contrast.valid[part]
    known = _on_grid(valid.astype(np.float32), zoom) > 0.5
    strength = np.where(valid, contrast.signal[part] / np.where(valid, contrast.limit[part], 1), 0)
    cut = np.clip(strength, *STRENGTHS).astype(np.float32) / np.float32(STRENGTH_UNIT)
    # metal is not judged but exposed: without it backgrounds would have a hole there
    inside = valid | contrast.metal[part]
    field = _on_grid(inside.astype(np.float32), zoom) > 0.5
    images = []
    for image in (pair.contrast[part], pair.baseline[part]):
        # before it is shrunk: what stands beyond the field would be averaged into the points at its edge
        filled = np.where(inside, image, np.median(image[inside]) if inside.any() else 0)
        coarse = _on_grid(filled.astype(np.float32), zoom)
        images += [normal(coarse, field, width / GRID_MM) for width in (WIDE_MM, NARROW_MM)]
    metal = _on_grid(contrast.metal[part].astype(np.float32), zoom)
    channels = [np.where(known, _on_grid(cut, zoom), 0), *images, known, metal]
    return np.stack(channels).astype(np.float32)


def _on_grid(image: Image, zoom: float) -> Image:
    """The mean over each point of the grid; interpolated where the grid is finer than the image."""
    rows, columns = (max(8, round(n * zoom)) for n in image.shape)
    how = cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (columns, rows), interpolation=how), np.float32)
