"""Estimate contrast on an image without a baseline, as far as that can be done, and say so.

At equal thickness dilute contrast attenuates as much as cortical bone, so brightness alone cannot tell them
apart; shape and texture can, to a degree. A small network trained on simulated images gives each pixel a
probability, a second one judges each area that comes of it. They have seen no real injection. What they mark
is evidence, not attenuation, its threshold is uncertain by a wide margin, and where they find nothing the
answer is "cannot judge", never "no contrast".
"""

import numpy as np

from spreadscan.image.filters import dilated
from spreadscan.image.lines import find_lines
from spreadscan.networks.candidate import candidate_probability, candidate_views, candidates_of
from spreadscan.networks.grid import interpolated
from spreadscan.networks.single_image import GRID_MM, NetworkInput, contrast_scores, network_input
from spreadscan.settings import EstimateSettings
from spreadscan.values import AttenuationRun, BoolArray, ContrastMap, Image, JudgingScale, Vector

METAL_RIM_MM = 0.6


def estimate(
    image: Image, run: AttenuationRun, scale: JudgingScale, settings: EstimateSettings
) -> ContrastMap:
    """Return the evidence for contrast on a single image.

    Definition: signal = (p / (1 - p))^½ with p the network's probability; the limit is its value at
    ``settings.limit_probability``. A connected area above the limit counts in full only if the second network
    takes it for contrast: elsewhere p is cut at the limit, where contrast is as probable as none. Tips of
    needles and edges of bone are marked as well, and seen with what lies about them they look different.

    Args:
        image: (R, C) attenuation.
        run: that it belongs to, for its field.
        scale: brings it to the network's grid.
        settings: how uncertain the threshold is, and what is too little evidence to judge.

    Returns:
        The map, in odds; not judgeable where no area convinces. Flags:
        ``no-baseline``, ``vascular-not-assessable``.
    """
    zoom = scale.mm_per_px / GRID_MM
    seen = network_input(image, run.field.inside, zoom)
    scores = contrast_scores(seen.channels)
    probability = np.where(seen.inside, _logistic(scores.mean(0)), 0).astype(np.float32)
    convincing = _convincing(seen, scores, settings)
    even = settings.limit_probability
    probability = np.where(convincing, probability, np.minimum(probability, even)).astype(np.float32)
    # interpolated as logarithm: near 1 the odds grow so steeply that one point would swamp others
    signal = interpolated(np.log(_root_of_odds(probability)), (image.shape[0], image.shape[1]), 1 / zoom)
    limit = _root_of_odds(np.float32(even))
    metal = dilated(find_lines(image, run.field.inside, scale), scale.px(METAL_RIM_MM))
    nothing = np.zeros(image.shape, np.float32)
    return ContrastMap(
        signal=np.where(run.field.inside, np.exp(signal), 0).astype(np.float32),
        noise_sd=nothing,
        limit=np.where(run.field.inside, limit, np.float32(np.inf)).astype(np.float32),
        valid=run.field.inside,
        metal=metal & run.field.inside,
        method="single image",
        unit="odds",
        limit_relative_sd=settings.limit_relative_sd,
        judgeable=bool(convincing.any()),
        flags=("no-baseline", "vascular-not-assessable"),
    )


def _logistic(score: Image) -> Vector:
    """The probability whose odds have this logarithm."""
    found: Vector = 1 / (1 + np.exp(-score.astype(np.float64)))
    return found


def _root_of_odds(probability: Image | np.float32) -> Image:
    # a network that is quite sure in single precision says 0 or 1, whose odds have no logarithm
    odds = np.clip(probability, 1e-4, 1 - 1e-4) / np.clip(1 - probability, 1e-4, 1)
    root: Image = np.sqrt(odds).astype(np.float32)
    return root


def _convincing(seen: NetworkInput, scores: Image, settings: EstimateSettings) -> BoolArray:
    """Areas above the limit that the second network takes for contrast."""
    found = candidates_of(scores, seen.inside, settings)
    taken = [
        number
        for number, view in zip(found.numbers, candidate_views(seen.channels, scores, found), strict=True)
        if candidate_probability(view) > settings.convinced_probability
    ]
    return np.isin(found.labels, taken)
