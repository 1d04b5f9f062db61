"""Look for contrast inside the loops that a person drew, and nowhere else.

With a baseline a loop only restricts. On a single image it also tells: contrast is in there, it fills most of
the loop, and the rim of the loop is outside of it. So the odds of the network are weighed anew with how deep
a pixel lies in its loop and with how much it attenuates beyond the rim.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from spreadscan.image.filters import robust_sd, smoothed_inside
from spreadscan.values import BoolArray, ContrastMap, Image, JudgingScale

RIM_MM = 1.0
"""Width of the strip inside the loop's edge that is taken for its surroundings."""
DEEPEST_MM = 4.0
"""Beyond this depth a pixel is as deep as any."""
BLUR_MM = 0.6
"""Width of the Gaussian that takes the noise off the attenuation."""
FURTHEST = 6.0
"""Attenuation beyond the rim counts up to so many standard deviations of the rim."""


class LoopWeights(NamedTuple):
    """Weights of the logarithm of the odds inside a loop.

    Attributes:
        constant: without evidence.
        network: of the logarithm of the network's odds, cut at ±5.
        depth: of the depth in the loop, mm, up to ``DEEPEST_MM``.
        beyond_rim: of the attenuation beyond that of the rim, in robust standard deviations of the rim.
    """

    constant: float
    network: float
    depth: float
    beyond_rim: float


WEIGHTS = LoopWeights(constant=-4.87, network=0.246, depth=1.59, beyond_rim=0.36)
"""As ``benchmarks/limits/loops.py --fit`` finds them on 60 simulated images of two renderers."""


def confine(contrast: ContrastMap, image: Image, loop: BoolArray, scale: JudgingScale) -> ContrastMap:
    """Return the contrast map with contrast inside the loops only.

    Definition: on a single image the signal inside is the square root of the odds whose logarithm is the
    weighted sum of ``LoopWeights``; the image then counts as judgeable. With a baseline the signal inside is
    left as it is, and a person, not the network, has recognised it. Outside it is 0: there is none.

    Args:
        contrast: the contrast map.
        image: (R, C) attenuation.
        loop: (R, C) inside the loops.
        scale: sizes depth and rim.
    """
    inside = loop & contrast.valid
    signal = contrast.signal
    judgeable = contrast.judgeable
    if contrast.method == "single image":
        evidence = loop_evidence(contrast.signal, image, inside, scale)
        log_odds = WEIGHTS.constant + np.tensordot(np.array(WEIGHTS[1:], np.float32), evidence, 1)
        signal, judgeable = np.exp(np.clip(log_odds, -9.2, 9.2) / 2), bool(inside.any())
    confined = np.where(inside, signal, 0).astype(np.float32)
    return replace(contrast, signal=confined, judgeable=judgeable, recognised=None)


def loop_evidence(signal: Image, image: Image, inside: BoolArray, scale: JudgingScale) -> Image:
    """Return what ``LoopWeights`` weighs, (3, R, C), 0 outside: network, depth, attenuation."""
    # imported here, so that only studies with a loop wait for it
    from scipy import ndimage

    # the signal is the square root of the odds: twice its logarithm is that of the odds
    network = np.clip(2 * np.log(np.maximum(signal, 1e-4)), -5, 5)
    # padded, since a loop that reaches the frame of the image ends there too
    depth = ndimage.distance_transform_edt(np.pad(inside, 1))[1:-1, 1:-1] / scale.px(1.0)
    smooth = smoothed_inside(image, inside, max(0.4, scale.px(BLUR_MM)))
    beyond = np.zeros(image.shape, np.float32)
    loops, count = ndimage.label(inside)
    for number, box in enumerate(ndimage.find_objects(loops, count), start=1):
        here = loops[box] == number
        rim = smooth[box][here & (depth[box] <= RIM_MM)]
        spread = max(robust_sd(rim), 1e-9)
        beyond[box][here] = ((smooth[box] - np.median(rim)) / spread)[here]
    evidence = np.stack([network, np.minimum(depth, DEEPEST_MM), np.clip(beyond, -FURTHEST, FURTHEST)])
    return np.where(inside, evidence, 0).astype(np.float32)
