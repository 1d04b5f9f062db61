"""Recognise contrast among what changed between two images, beside gas, needles and tissue that moved.

The contrast map says how much came and how well that is known; it cannot say what came. Gas that moved leaves
no loss where it was behind bone, a hub that was turned is as dark as a depot. What tells them apart is what
the images show about them. A small network trained on simulated pairs and runs gives each place of a pair a
probability. It never adds contrast: ``segment`` lets what it does not recognise be possible, not sure.
"""

from dataclasses import replace

import cv2
import numpy as np

from spreadscan.image.false_contrast import LEAST_APART
from spreadscan.image.metal import along_old_shafts
from spreadscan.networks.grid import normal
from spreadscan.networks.session import change_probability
from spreadscan.values import AlignedPair, BoolArray, ContrastMap, Image, JudgingScale

GRID_MM = 1.0
"""The network sees the images on this grid."""
WIDE_MM, NARROW_MM = 30.0, 5.0
"""Widths of the Gaussians whose background is taken away from each image, as for single images."""
STRENGTHS = (-6.0, 10.0)
"""The change, in limits, is cut at these,"""
STRENGTH_UNIT = 2.0
"""and given in this unit, so that all channels are of one size."""
MARGIN_MM = 40.0
"""So much of what lies about the changes is looked at."""
CHANNELS = 7


def recognise(pair: AlignedPair, contrast: ContrastMap, scale: JudgingScale) -> ContrastMap:
    """Return the contrast map with the probability that what changed is contrast.

    Definition of ``recognised``: the network's probability, interpolated from its grid; 1 where no change
    above the limit is near: nothing is asked there. The network is not asked of runs either: within seconds
    gas moves little and no needle comes, and a dense depot is taken for a hub at times. 0 where thin change
    lies along a needle that both images show, of runs too.

    Args:
        pair: the aligned images.
        contrast: what changed.
        scale: brings it to the network's grid.
    """
    above = contrast.signal > contrast.limit
    if not above.any():
        return contrast
    shafts = along_old_shafts(above, pair, contrast.valid, scale)
    asked = contrast.difference_sd >= LEAST_APART
    if not asked and not shafts.any():
        return contrast
    recognised = np.ones(above.shape, np.float32)
    if asked:
        part = _about(above, scale.px(MARGIN_MM))
        found = change_probability(change_input(pair, contrast, part, scale.mm_per_px / GRID_MM))
        size = (above[part].shape[1], above[part].shape[0])
        recognised[part] = cv2.resize(found, size, interpolation=cv2.INTER_LINEAR)
    return replace(contrast, recognised=np.where(shafts, np.float32(0), recognised))


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
    inside = valid | contrast.metal[part]
    field = _on_grid(inside.astype(np.float32), zoom) > 0.5
    images = []
    for image in (pair.contrast[part], pair.baseline[part]):
        filled = np.where(inside, image, np.median(image[inside]) if inside.any() else 0)
        coarse = _on_grid(filled.astype(np.float32), zoom)
        images += [normal(coarse, field, width / GRID_MM) for width in (WIDE_MM, NARROW_MM)]
    metal = _on_grid(contrast.metal[part].astype(np.float32), zoom)
    channels = [np.where(known, _on_grid(cut, zoom), 0), *images, known, metal]
    return np.stack(channels).astype(np.float32)


def _about(area: BoolArray, margin_px: float) -> tuple[slice, slice]:
    """The rows and columns of an area with a margin."""
    slices = []
    for axis in (0, 1):
        places = np.nonzero(area.any(axis=1 - axis))[0]
        low, high = int(places[0] - margin_px), int(places[-1] + margin_px) + 1
        slices.append(slice(max(0, low), min(area.shape[axis], high)))
    return slices[0], slices[1]


def _on_grid(image: Image, zoom: float) -> Image:
    """The mean over each point of the grid; interpolated where the grid is finer than the image."""
    rows, columns = (max(8, round(n * zoom)) for n in image.shape)
    how = cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (columns, rows), interpolation=how), np.float32)
