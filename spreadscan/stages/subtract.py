"""Subtract the baseline: a contrast map in attenuation, its noise, and the least that counts as contrast.

Log subtraction: the difference of attenuations is the attenuation by what was added. Slow differences of
brightness (exposure, scatter, moved soft tissue) are taken away with a wide Gaussian over what is not
contrast. The smoothing adapts: where the difference varies by no more than the noise it is wide, at the edge
of contrast it is fine, so that strong depots do not grow.

The limit is the detection limit of a *single* frame in 1 mm², whatever number of frames was averaged: the
mask then means the same for every run, and averaging makes it surer instead of larger.

References:
    [1] Rose. The sensitivity performance of the human eye on an absolute scale. J Opt Soc Am 1948;38:196.
    [2] Lee. Digital image enhancement and noise filtering by use of local statistics. IEEE TPAMI 1980;2:165.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spreadscan.image.filters import (
    background_inside,
    dilated,
    enlarged,
    only_inside,
    robust_sd,
    share_inside,
    shrunk,
    smoothed_by,
    smoothed_inside,
    some_places,
)
from spreadscan.image.metal import new_metal
from spreadscan.image.tones import tone_of
from spreadscan.settings import SubtractSettings
from spreadscan.values import AlignedPair, BoolArray, ContrastMap, Image, JudgingScale

SQUARE_MM_SIGMA_MM = float(1 / np.sqrt(4 * np.pi))
"""Width of the Gaussian whose noise equals that of the mean over 1 mm²."""
NOISE_WIDTH = 2
"""Noise is measured over so many times the width of 1 mm² and brought to 1 mm² as quanta are: edges that were
enhanced, and pixels that blur into each other, change the noise of small areas, not that of large ones."""
GREY_LEVELS = 255
"""The limit on display values is never below the range of the image divided by this: less is rounding."""
TONES = 16
"""Noise is told for so many parts of the image that are equally large, by their tone."""
GRID_SHARE = 0.7
"""The grid on which contrast is told from calm is at most this share of the width of the smoothing."""
REFINEMENTS = 3
"""How often background and noise are taken again with the contrast found left out."""


class _Window(NamedTuple):
    """A Gaussian over a field: (R, C) the field, its width, and (R, C) the ``share_inside`` of both."""

    inside: BoolArray
    width_px: float
    share: Image


def subtract(pair: AlignedPair, scale: JudgingScale, settings: SubtractSettings) -> ContrastMap:
    """Return the attenuation by contrast with its noise and limit.

    Definition: A = W(c - b - B(c - b)), c and b the attenuation with and without contrast, B the background,
    W the adaptive smoothing. Limit: k · σ₁ · sqrt(s² / s₀²), σ₁ the standard deviation of a single frame in
    1 mm² and k ``settings.limit_sd``; not below ``settings.least_ln`` on linear pixels, nor below one of 255
    grey levels of the image on display values. Its square grows by (k · m)², m the false difference that
    motion leaves along the edges of bone, ``pair.motion_sd``.

    Args:
        pair: the aligned images.
        scale: sizes the filters.
        settings: how.

    Returns:
        The contrast map.
    """
    baseline = _in_tone(pair, scale, settings)
    raw = pair.contrast - baseline
    metal = new_metal(pair.contrast, baseline, pair.valid, scale)
    valid = pair.valid & ~metal
    calm = _calm(raw, valid, scale, settings)
    difference = raw - background_inside(raw, calm, scale.px(settings.background_mm))
    wide_px = max(0.5, scale.px(settings.calm_mm))
    share = share_inside(valid, wide_px)
    wide = smoothed_by(difference, valid, wide_px, share)
    window_px = max(0.5, scale.px(settings.window_mm))
    window = share if window_px == wide_px else share_inside(valid, window_px)
    before = smoothed_by(baseline, valid, wide_px, share)
    detail = smoothed_inside(difference, valid, scale.px(settings.detail_mm)) - wide
    noise_sd = _noise_by_tone(detail, before, calm)
    attenuation = _adapted(wide, detail, noise_sd, _Window(valid, window_px, window))
    coarse = smoothed_inside(difference, valid, max(0.3, scale.px(NOISE_WIDTH * SQUARE_MM_SIGMA_MM)))
    # a number of Python's: one of numpy's would make float64 of every image that it touches
    frames = float(np.sqrt(1 / pair.contrast_count + 1 / pair.baseline_count))
    single_sd = NOISE_WIDTH * _local_sd(coarse, calm, scale.px(settings.background_mm)) / frames
    floor = settings.least_ln if pair.unit == "ln" else _grey_level(pair.contrast.take(some_places(valid)))
    limit = np.maximum(settings.limit_sd * single_sd, floor)
    if pair.motion_sd is not None:
        limit = np.sqrt(np.square(limit) + np.square(settings.limit_sd * pair.motion_sd))
    # no strength exceeds an infinite limit: signal over limit is 0 there
    limit = np.where(valid, limit, np.inf)
    return ContrastMap(
        signal=np.where(valid, attenuation, 0).astype(np.float32),
        noise_sd=np.full(raw.shape, _sd(wide, calm), np.float32),
        limit=limit.astype(np.float32),
        valid=valid,
        metal=metal,
        method="baseline",
        unit=pair.unit,
        limit_relative_sd=settings.limit_relative_sd,
        judgeable=True,
        motion_sd=pair.motion_sd,
        difference_sd=frames,
    )


def _in_tone(pair: AlignedPair, scale: JudgingScale, settings: SubtractSettings) -> Image:
    """The baseline; of display values in the tones of the contrast image."""
    if pair.unit != "relative":
        return pair.baseline
    calm = _calm(pair.contrast - pair.baseline, pair.valid, scale, settings)
    factor = tone_of(pair, calm, scale)
    return pair.baseline if factor == 1 else pair.baseline * np.float32(factor)


def _grey_level(values: NDArray[np.float32]) -> float:
    """One of 255 steps over the range of the values."""
    # not the extremes: a few outlying pixels would stretch the range
    low, high = np.percentile(values, [0.5, 99.5]) if values.size else (0.0, 0.0)
    return max(float(high - low) / GREY_LEVELS, 1e-6)


def _calm(raw: Image, valid: BoolArray, scale: JudgingScale, settings: SubtractSettings) -> BoolArray:
    """Where there is no contrast in the difference: seen on a grid finer than it is smoothed."""
    factor = max(1, int(scale.px(settings.calm_mm) * GRID_SHARE))
    px = scale.px(1.0) / factor
    share = shrunk(valid.astype(np.float32), factor)
    known = share > 0.5
    coarse = np.divide(shrunk(only_inside(raw, valid), factor), np.maximum(share, np.float32(1e-4)))
    width = max(0.5, settings.calm_mm * px)
    weight = share_inside(known, width)
    calm = known
    for _ in range(REFINEMENTS):
        flat = coarse - background_inside(coarse, calm, settings.background_mm * px)
        wide = smoothed_by(flat, known, width, weight)
        contrast = known & (wide > 3 * _sd(wide, calm))
        found = known & ~dilated(contrast, px)
        # too little left to tell background and noise by: the round before stands
        if np.count_nonzero(found) < 0.3 * np.count_nonzero(known):
            break
        calm = found
    return valid & (enlarged(calm.astype(np.float32), (raw.shape[0], raw.shape[1]), factor) > 0.5)


def _sd(image: Image, calm: BoolArray) -> float:
    """Robust standard deviation of some of the places where there is no contrast."""
    return robust_sd(image.take(some_places(calm)))


def _local_sd(image: Image, calm: BoolArray, window_px: float) -> Image:
    """Standard deviation where there is no contrast: that of the whole field, or of the place if larger.

    Dark parts of an image are noisier, and moving gas or metal makes a part of it restless.
    """
    overall = _sd(image, calm)
    # capped, so that one outlier does not raise the limit all about it
    square = np.minimum(np.square(image), np.float32((4 * overall) ** 2))
    local: Image = np.sqrt(np.maximum(background_inside(square, calm, window_px), np.float32(overall**2)))
    return local


def _noise_by_tone(image: Image, tones: Image, calm: BoolArray) -> Image:
    """Standard deviation where there is no contrast, as it depends on the tone.

    Where fewer quanta come through or tones are stretched there is more noise, however small the place.
    """
    places = some_places(calm)
    values, levels = image.take(places), tones.take(places)
    if not values.size:
        return np.zeros_like(image)
    edges = np.percentile(levels, np.linspace(0, 100, TONES + 1)[1:-1])
    which = np.searchsorted(edges, levels)
    # where tones tie, some of the parts are empty and have no median
    known = [which == number for number in range(TONES) if (which == number).any()]
    middles = [float(np.median(levels[part])) for part in known]
    noise: Image = np.interp(tones, middles, [robust_sd(values[part]) for part in known]).astype(np.float32)
    return noise


def _adapted(wide: Image, detail: Image, noise_sd: Image, window: _Window) -> Image:
    """Local-statistics filter [2]: wide + max(0, 1 - 2n / v) · detail, v local variance, n that of noise."""
    noise: Image = np.square(noise_sd)
    variance = smoothed_by(np.square(detail), window.inside, window.width_px, window.share)
    trust: Image = np.maximum(1 - 2 * noise / np.maximum(variance, np.float32(1e-20)), np.float32(0))
    adapted: Image = wide + trust * detail
    return adapted
