"""Estimate contrast on an image without a baseline, as far as that can be done, and say so.

At equal thickness dilute contrast attenuates as much as cortical bone, so brightness alone cannot tell them
apart; shape and texture can, to a degree. A small network trained on simulated images gives each pixel a
probability, a second one judges each area that comes of it. They have seen no real injection. What they mark
is evidence, not attenuation, its threshold is uncertain by a wide margin, and where they find nothing the
answer is "cannot judge", never "no contrast".
"""

from typing import NamedTuple

import numpy as np
from scipy import ndimage
from scipy.special import expit

from spreadscan.image.filters import dilated
from spreadscan.image.lines import find_lines
from spreadscan.networks.candidate import candidate_views, candidates_of
from spreadscan.networks.grid import normal
from spreadscan.networks.session import candidate_probability, contrast_scores
from spreadscan.settings import EstimateSettings
from spreadscan.values import AttenuationRun, BoolArray, ContrastMap, Image, JudgingScale

GRID_MM = 0.8
"""The network sees images on this grid."""
WIDE_MM, NARROW_MM = 30.0, 5.0
"""Widths of the Gaussians whose background is taken away in the first and the second channel."""
METAL_RIM_MM = 0.6


class NetworkInput(NamedTuple):
    """What the network sees.

    Attributes:
        channels: (3, r, c) attenuation freed of a wide and of a narrow background, in robust standard
            deviations, and the field, on a grid of ``GRID_MM``.
        inside: (r, c) the field on that grid.
    """

    channels: Image
    inside: BoolArray


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
    seen = network_input(image, run.field.inside, scale.mm_per_px / GRID_MM)
    scores = contrast_scores(seen.channels)
    probability = np.where(seen.inside, expit(scores.mean(0)), 0).astype(np.float32)
    convincing = _convincing(seen, scores, settings)
    even = settings.limit_probability
    probability = np.where(convincing, probability, np.minimum(probability, even)).astype(np.float32)
    signal = _back(np.log(_root_of_odds(probability)), image.shape, scale.mm_per_px / GRID_MM)
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


def _root_of_odds(probability: Image | np.float32) -> Image:
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


def network_input(image: Image, inside: BoolArray, zoom: float) -> NetworkInput:
    """Return what the network sees of an image; ``zoom`` is grid points per pixel."""
    field = _resampled(inside.astype(np.float32), zoom) > 0.95
    filled = np.where(inside, image, np.median(image[inside])).astype(np.float32)
    coarse = _resampled(filled, zoom)
    wide, narrow = (normal(coarse, field, width / GRID_MM) for width in (WIDE_MM, NARROW_MM))
    return NetworkInput(np.stack([wide, narrow, field.astype(np.float32)]), field)


def _resampled(image: Image, zoom: float) -> Image:
    """The image on a grid of ``zoom`` points per pixel, smoothed first where that is coarser."""
    smooth = ndimage.gaussian_filter(image, max(0.0, 0.45 / zoom - 0.4))
    shape = tuple(max(8, round(n * zoom)) for n in image.shape)
    return _sampled(smooth, shape, zoom)


def _back(image: Image, shape: tuple[int, ...], zoom: float) -> Image:
    return _sampled(image, shape, 1 / zoom)


def _sampled(image: Image, shape: tuple[int, ...], zoom: float) -> Image:
    """Linear interpolation with the centres of the images in the same place."""
    offset = [(n - 1) / 2 - (m - 1) / 2 / zoom for n, m in zip(image.shape, shape, strict=True)]
    result: Image = ndimage.affine_transform(
        image, [1 / zoom, 1 / zoom], offset, shape, order=1, mode="nearest", output=np.float32
    )
    return result
