"""Bring display values of two images to one scale of tones.

Systems set the window of display values anew for every image: dense contrast that came makes the same bone
darker or paler. Bone then does not subtract away, and what is left of it hides contrast or looks like it.

References:
    [1] Deming. Statistical adjustment of data. New York: Wiley, 1943.
"""

import numpy as np

from spreadscan.image.filters import GAUSSIAN_MAD, background_inside, smoothed_inside, some_places
from spreadscan.values import AlignedPair, BoolArray, Image, JudgingScale

FINE_MM, WIDE_MM = 0.6, 6.0
"""Widths of the Gaussians between which bone stands out: above the noise, below slow differences of
brightness."""
FURTHEST_SD = 3.0
"""What lies further off the line than so many robust standard deviations moved or is contrast."""
REFINEMENTS = 3
LEAST_CHANGE = 0.02
"""A slope nearer to 1 than this is left alone: it changes nothing that noise does not change more."""
MOST_CHANGE = 3.0
"""A slope beyond this, or below its inverse, is no setting of a window: nothing is changed."""


def tone_of(pair: AlignedPair, calm: BoolArray, scale: JudgingScale) -> float:
    """Return the factor that brings the tones of a baseline to those of the contrast image.

    Definition: the slope a of Deming's regression [1] through the origin, both images between Gaussians of
    ``FINE_MM`` and ``WIDE_MM`` where it is calm and q the ratio of their noise variances, from their numbers
    of frames: a = (C - q B + sqrt((C - q B)² + 4 q P²)) / 2P with C, B and P the means of c², b² and bc.
    1 where it differs by less than ``LEAST_CHANGE`` or by more than ``MOST_CHANGE`` times.

    Args:
        pair: the aligned images, in display values.
        calm: (R, C) where there is no contrast.
        scale: sizes the filters.
    """
    places = some_places(calm)
    shown, before = (_bone(image, calm, scale).take(places) for image in (pair.contrast, pair.baseline))
    quieter = pair.baseline_count / pair.contrast_count
    slope = 1.0
    for _ in range(REFINEMENTS):
        if not shown.size:
            return 1.0
        squares = float(np.mean(np.square(shown))) - quieter * float(np.mean(np.square(before)))
        product = float(np.mean(shown * before))
        if not product > 0:
            return 1.0
        # not least squares: noise of the baseline would make its slope too small
        slope = (squares + float(np.hypot(squares, 2 * np.sqrt(quieter) * product))) / (2 * product)
        off = np.abs(shown - np.float32(slope) * before)
        near = off <= FURTHEST_SD * GAUSSIAN_MAD * np.median(off)
        shown, before = shown[near], before[near]
    changed = abs(slope - 1) >= LEAST_CHANGE and 1 / MOST_CHANGE <= slope <= MOST_CHANGE
    return slope if changed else 1.0


def _bone(image: Image, calm: BoolArray, scale: JudgingScale) -> Image:
    fine = smoothed_inside(image, calm, max(0.5, scale.px(FINE_MM)))
    bone: Image = fine - background_inside(image, calm, scale.px(WIDE_MM))
    return bone
