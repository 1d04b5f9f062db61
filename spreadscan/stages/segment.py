"""Turn the contrast map into a mask: sure where attenuation exceeds its limit, possible where it comes near.

Hysteresis: an area counts only if it is large enough and clearly exceeds the limit somewhere, so that noise
makes no contrast and the faint rim of a depot belongs to it.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from spreadscan.image.false_contrast import (
    LEAST_APART,
    bands_at_edge,
    faint_at_edge,
    like_gas,
    not_recognised,
    without_partners,
    without_strips,
)
from spreadscan.image.filters import as_bytes, eroded
from spreadscan.settings import CoverSettings, SegmentSettings
from spreadscan.values import BoolArray, ContrastMap, GivenMask, JudgingScale, SpreadMask

SEED_SHARE = 0.25
"""An area must exceed the seed over this share of the least area: one pixel may be noise."""


def segment(
    contrast: ContrastMap,
    scale: JudgingScale,
    settings: SegmentSettings,
    faded: float = CoverSettings.baseline_limit,
) -> SpreadMask:
    """Return where the contrast is.

    Args:
        contrast: the contrast map.
        scale: sizes the least area.
        settings: thresholds, as multiples of the limit.
        faded: share of the limit at which coverage takes contrast to end.

    Returns:
        The mask. Definition: sure where signal exceeds the limit, possible where it exceeds the limit lowered
        by ``settings.possible_sd`` standard deviations of its uncertainty; of both only connected areas of at
        least ``settings.least_area_mm2`` that reach the seed over ``SEED_SHARE`` of that area, beside which
        no loss tells that something merely moved, and which are no strip along the edge of the field. The
        seed is ``settings.seed`` limits; for areas nowhere broader than ``settings.band_radius_mm`` each way
        at least ``settings.seed_sd`` times the noise of the difference in that of a frame. Areas that gas
        which moved may have made are possible, never sure, and so are faint ones that reach the edge of the
        field, narrow ones along it, and those that were not recognised as contrast. What is possible on a
        single image needs no seed. Strength is kept of areas down to ``settings.faintest`` of the limit, or
        to what is possible: contrast fades out where its edge is not sharp.
        Flags: ``no-contrast``, ``near-limit``, ``contrast-cut``, ``like-moved-gas``, ``not-recognised``,
        ``cannot-judge``.
    """
    strength = np.where(contrast.valid, contrast.signal / contrast.limit, 0)
    least_area_px = settings.least_area_mm2 * scale.px(1.0) ** 2
    nothing = np.zeros(strength.shape, bool)
    if not contrast.judgeable:
        sure = possible = faint = doubted = nothing
        doubts: dict[str, BoolArray] = {}
    else:
        lowered = float(np.exp(-settings.possible_sd * contrast.limit_relative_sd))
        added = without_partners(without_strips(strength, contrast.valid, scale), scale, settings)
        if contrast.method == "single image":
            # thin contrast is marked half-heartedly: it is no contrast, but it may be
            possible = faint = _connected(added, lowered, lowered, least_area_px)
        else:
            # edges of soft tissue, faint and without a loss, come in pairs: the seed goes with the noise
            possible = _without_bands(added, (lowered, contrast.difference_sd), scale, settings)
            faint = _about(possible, added > min(settings.faintest, lowered))
        shown = np.where(possible, added, np.minimum(added, 1))
        doubts = _doubts(shown, contrast, scale, settings)
        doubted = np.logical_or.reduce([nothing, *doubts.values()])
        sure = possible & _connected(np.where(doubted, 0, added), 1.0, settings.seed, least_area_px)
    # what may have moved stays possible, one standard deviation below where contrast is taken to end
    doubtful = np.float32(faded * np.exp(-contrast.limit_relative_sd))
    strength = np.where(doubted, np.minimum(strength, doubtful), strength)
    kept = np.where(faint, np.maximum(strength, 0), 0).astype(np.float32)
    raised = (code for code, area in doubts.items() if code and area.any())
    return SpreadMask(
        sure=sure,
        possible=possible,
        strength=kept,
        limit_relative_sd=contrast.limit_relative_sd,
        origin="measured",
        flags=(*_flags(sure, kept, contrast), *raised),
        motion_relative_sd=None if contrast.motion_sd is None else contrast.motion_sd / contrast.limit,
    )


def from_given(mask: GivenMask) -> SpreadMask:
    """Return the mask that a person drew; its threshold is taken as certain.

    Sure pixels have strength 2 and possible ones 0.5, so that no draw of the threshold moves them.
    """
    strength = np.where(mask.sure, 2.0, np.where(mask.possible, 0.5, 0.0)).astype(np.float32)
    flags = () if mask.sure.any() else ("no-contrast",)
    return SpreadMask(mask.sure, mask.possible | mask.sure, strength, 0.0, "given", flags)


def _doubts(
    shown: NDArray[np.float32], contrast: ContrastMap, scale: JudgingScale, settings: SegmentSettings
) -> dict[str, BoolArray]:
    """Areas that may be something else than contrast, by the flag that says so, or none."""
    if contrast.method == "single image":
        return {}
    doubts = {
        "": faint_at_edge(shown, contrast.valid, scale, settings)
        | bands_at_edge(shown, contrast.valid, scale),
        "not-recognised": not_recognised(shown, contrast, scale, settings),
    }
    # gas has seconds to move in a run, and contrast may lie beside it: more loss is asked for there
    share = settings.gas_share if contrast.difference_sd >= LEAST_APART else settings.gas_share_run
    doubts["like-moved-gas"] = like_gas(shown, share, scale, settings)
    return doubts


def _without_bands(
    added: NDArray[np.float32], level: tuple[float, float], scale: JudgingScale, settings: SegmentSettings
) -> BoolArray:
    """Areas above a level that reach the seed; bands must reach that of the noise of the difference."""
    lowered, difference_sd = level
    least_area_px = settings.least_area_mm2 * scale.px(1.0) ** 2
    every = _connected(added, lowered, settings.seed, least_area_px)
    seed = settings.seed_sd * difference_sd
    if seed <= settings.seed or not every.any():
        return every
    clear = _connected(added, lowered, seed, least_area_px)
    # broad areas are spared the higher seed: it had lost a faint depot
    clear |= eroded(added > 1, scale.px(settings.band_radius_mm), frame_is_edge=False)
    return _about(clear & every, every)


def _about(areas: BoolArray, wider: BoolArray) -> BoolArray:
    """What is connected with some areas within a wider mask that holds them."""
    count, labels = cv2.connectedComponents(as_bytes(wider), connectivity=4)
    held = np.zeros(count, bool)
    held[labels[areas]] = True
    # label 0 is all that lies outside: an area beyond the wider mask must not bring it in
    held[0] = False
    return _of_labels(labels, np.flatnonzero(wider), held)


def _connected(strength: NDArray[np.float32], level: float, seed: float, least_area_px: float) -> BoolArray:
    """Areas above a level that reach the seed and are large enough."""
    above = strength > level
    count, labels = cv2.connectedComponents(as_bytes(above), connectivity=4)
    # contrast takes up little of an image: what is counted and chosen is looked up where it may be only
    places = np.flatnonzero(above)
    which = labels.take(places)
    areas = np.bincount(which, minlength=count)
    strong = np.bincount(which[strength.take(places) >= seed], minlength=count)
    # at least one pixel of seed, however coarse the pixels
    keep = (areas >= least_area_px) & (strong >= max(1.0, SEED_SHARE * least_area_px))
    return _of_labels(labels, places, keep)


def _of_labels(labels: NDArray[np.int32], places: NDArray[np.intp], kept: BoolArray) -> BoolArray:
    """Those of some places whose label is kept, (R, C); ``places`` count in the flat image."""
    chosen = np.zeros(labels.shape, bool)
    np.put(chosen, places, kept[labels.take(places)])
    return chosen


def _flags(sure: BoolArray, strength: NDArray[np.float32], contrast: ContrastMap) -> tuple[str, ...]:
    if not contrast.judgeable:
        return ("cannot-judge",)
    if not sure.any():
        return ("no-contrast",)
    flags = []
    if float(np.median(strength[sure])) < 2:
        flags.append("near-limit")
    edge = contrast.valid & ~eroded(contrast.valid, 1, frame_is_edge=True)
    if np.count_nonzero(sure & edge) > 0.01 * np.count_nonzero(sure):
        flags.append("contrast-cut")
    return tuple(flags)
