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
from spreadscan.networks.change import GRID_MM, change_input, change_probability
from spreadscan.values import AlignedPair, BoolArray, ContrastMap, JudgingScale

MARGIN_MM = 40.0
"""So much of what lies about the changes is looked at."""


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
    # 1 where nothing is asked: the network may only doubt, never add
    recognised = np.ones(above.shape, np.float32)
    if asked:
        part = _about(above, scale.px(MARGIN_MM))
        found = change_probability(change_input(pair, contrast, part, scale.mm_per_px / GRID_MM))
        size = (above[part].shape[1], above[part].shape[0])
        recognised[part] = cv2.resize(found, size, interpolation=cv2.INTER_LINEAR)
    return replace(contrast, recognised=np.where(shafts, np.float32(0), recognised))


def _about(area: BoolArray, margin_px: float) -> tuple[slice, slice]:
    """The rows and columns of an area with a margin."""
    slices = []
    for axis in (0, 1):
        places = np.nonzero(area.any(axis=1 - axis))[0]
        low, high = int(places[0] - margin_px), int(places[-1] + margin_px) + 1
        slices.append(slice(max(0, low), min(area.shape[axis], high)))
    return slices[0], slices[1]
