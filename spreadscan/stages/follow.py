"""Follow the contrast through a run: how much each frame shows beyond the baseline, on a coarse grid.

Every frame is brought into the geometry of the described frame, so that a place of the patient stays a place
of the grid. Contrast that came and went before the described frame shows here and nowhere else. A run is
never held twice: what is kept is a sixteenth of it or less.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spreadscan.image.edges import RegistrationSettings, prepared
from spreadscan.image.filters import (
    background_inside,
    backgrounds_inside,
    dilated,
    eroded,
    middle_and_sd,
    only_inside,
    robust_sd,
    share_inside,
    shrunk,
    smoothed_by,
    some_places,
    tone,
)
from spreadscan.image.frames import on_grid
from spreadscan.image.registration import register_roughly
from spreadscan.image.warp import composed, moved, moved_inside, reversed_motion
from spreadscan.settings import FollowSettings
from spreadscan.threads import side_by_side
from spreadscan.values import (
    AttenuationRun,
    BoolArray,
    FramePair,
    Image,
    JudgingScale,
    Motion,
    SpreadMask,
    TimeCourse,
)

LEAST_AGREEMENT = 0.1
"""A frame whose edges agree less than this with those of the described one is left out."""
LEAST_CALM = 0.3
"""Least share of the field without contrast that background and noise are taken from."""
HARDLY = 0.005
"""Share of the field that changes background and noise by less than their own error."""
STRONG = 4.0
"""Where a frame differs by so many standard deviations, background and tone are not taken."""

MOST_FOR_NOISE = 2**12
"""So many values tell the noise of a frame, to 2 %, and its tone."""

STILL = Motion(rows_px=0.0, columns_px=0.0, rotation_deg=0.0, agreement=1.0, residual_px=0.0)


class _Moved(NamedTuple):
    """A frame, and its motion on the grid from the described one."""

    frame: int
    motion: Motion


class _Followed(NamedTuple):
    """Which frames are followed, from which one, and how many pixels wide a place of the grid is."""

    frames: list[int]
    described: int
    factor: int


class _Ground(NamedTuple):
    """What every frame is compared with: the baseline, also without its background, and where it can be.

    ``places`` are some of those of the calm field: so many tell tone and noise.
    """

    baseline: Image
    flat: Image
    inside: BoolArray
    contrast: BoolArray
    calm: BoolArray
    places: NDArray[np.intp]
    share: Image
    px_per_mm: float


def follow(
    run: AttenuationRun, pair: FramePair, mask: SpreadMask, scale: JudgingScale, settings: FollowSettings
) -> TimeCourse | None:
    """Return how the attenuation by contrast went over a run; ``None`` where there is nothing to follow.

    Definition: A_t = G(f_t - τ_t · b), with f_t a frame on the grid, moved to the described frame, b the mean
    of the baseline frames, both freed of their background, τ_t the tone that brings b to f_t where there is
    no contrast, G a Gaussian of ``settings.smoothing_mm``. A place is followed where every frame shows it.

    Args:
        run: the contrast run.
        pair: which frames are baseline, and which one is described.
        mask: the contrast of the described frame, left out of the registration.
        scale: sizes the grid and the filters.
        settings: how.

    Returns:
        The time course; none for a still image, nor for a run whose baseline is not its own.
    """
    count = len(run.stored)
    if count < 2 or not pair.baseline_frames or not pair.baseline_is_run:
        return None
    factor = max(1, int(settings.grid_mm / scale.mm_per_px))
    followed = _Followed(_followed(count, pair, settings), pair.frame, factor)
    motions = _motions(run, followed, pair, mask, scale)
    frames = tuple(frame for frame, _ in motions)
    before = tuple(n for n, frame in enumerate(frames) if frame in pair.baseline_frames)
    if not before:
        return None
    px = scale.px(1.0) / factor
    inside = shrunk(run.field.inside.astype(np.float32), factor) > 0.99
    everywhere = inside.copy()
    for _, motion in motions:
        everywhere &= moved_inside(inside, motion)
    contrast = shrunk(mask.possible.astype(np.float32), factor) > 0
    judged = eroded(everywhere, 2 * px, frame_is_edge=False)
    added = np.zeros((len(motions), *inside.shape), np.float32)

    def _bring(n: int) -> None:
        added[n] = _at_rest(run, *motions[n], factor)

    def _compare(n: int) -> None:
        added[n] = _added(added[n], ground, settings)

    side_by_side(_bring, range(len(motions)))
    baseline: Image = np.mean(added[list(before)], axis=0, dtype=np.float32)
    ground = _ground(baseline, judged, contrast, px, settings)
    side_by_side(_compare, range(len(motions)))
    quiet = judged & ~dilated(contrast, 2 * px)
    places = some_places(quiet, MOST_FOR_NOISE)
    # of all frames: what motion leaves over grows with the time from the baseline
    noise = float(np.median([robust_sd(one.take(places)) for one in added])) if quiet.any() else float("nan")
    return TimeCourse(frames, tuple(frames[n] for n in before), factor, added, judged, noise, run.unit)


def _followed(count: int, pair: FramePair, settings: FollowSettings) -> list[int]:
    """The frames that are followed: evenly spread ones, the described one and some of the baseline."""
    spread = _spread(range(count), settings.most_frames)
    return sorted(spread | {pair.frame} | _spread(pair.baseline_frames, settings.most_baseline_frames))


def _spread(frames: Sequence[int], most: int) -> set[int]:
    """At most so many of the frames, evenly spread, with the first and the last."""
    return {frames[round(n)] for n in np.linspace(0, len(frames) - 1, min(len(frames), most))}


def _motions(
    run: AttenuationRun, followed: _Followed, pair: FramePair, mask: SpreadMask, scale: JudgingScale
) -> list[_Moved]:
    """The frames that show the same scene, each with its motion on the grid from the described one."""
    chosen, here, factor = followed
    if pair.motions and _agrees(pair.motions[here]):
        # the choice of frames has looked through the run: what it found will do, to a tenth of a pixel
        back = reversed_motion(pair.motions[here])
        found = [_on_grid(composed(back, pair.motions[index]), 1 / factor) for index in chosen]
    else:
        found = _registered(run, followed, mask, scale)
    moves = dict(zip(chosen, found, strict=True)) | {here: STILL}
    return [_Moved(index, moves[index]) for index in chosen if _agrees(moves[index])]


def _registered(
    run: AttenuationRun, followed: _Followed, mask: SpreadMask, scale: JudgingScale
) -> list[Motion]:
    """The motion on the grid from the described frame to each of some."""
    chosen, described, factor = followed
    # registered on a grid of its own: a tenth of its pixel is enough, and edges need no finer one
    coarse = max(factor, round(0.9 / scale.mm_per_px))
    px = scale.px(1.0) / coarse
    search = RegistrationSettings(search_px=max(8, round(12 * px)), coarse_px=4.0, margin_px=4)
    field = shrunk(run.field.inside.astype(np.float32), coarse) > 0.99
    # the edges of contrast come and go: they tell nothing of how the bones moved
    ignore = dilated(shrunk(mask.possible.astype(np.float32), coarse) > 0, px)
    reference = prepared(on_grid(run, described, coarse), field, ignore, search)

    def motion_of(index: int) -> Motion:
        return _on_grid(register_roughly(reference, on_grid(run, index, coarse)), coarse / factor)

    return list(side_by_side(motion_of, chosen))


def _agrees(motion: Motion) -> bool:
    return motion.agreement > LEAST_AGREEMENT


def _on_grid(motion: Motion, points_per_px: float) -> Motion:
    rows, columns = motion.rows_px * points_per_px, motion.columns_px * points_per_px
    return replace(motion, rows_px=rows, columns_px=columns)


def _at_rest(run: AttenuationRun, index: int, motion: Motion, factor: int) -> Image:
    """A frame on the grid in the geometry of the described one."""
    return moved(on_grid(run, index, factor), motion)


def _ground(
    baseline: Image, inside: BoolArray, contrast: BoolArray, px: float, settings: FollowSettings
) -> _Ground:
    """The baseline ready to be compared with, by where it can be and where the contrast is."""
    calm = inside & ~dilated(contrast, px)
    # where contrast fills the field too little is left to tell background by
    calm = calm if calm.sum() >= LEAST_CALM * inside.sum() else inside
    flat = baseline - background_inside(baseline, calm, settings.background_mm * px)
    share = share_inside(inside, settings.smoothing_mm * px)
    places = some_places(calm, MOST_FOR_NOISE)
    return _Ground(baseline, flat, inside, contrast, calm, places, share, px)


def _added(image: Image, ground: _Ground, settings: FollowSettings) -> Image:
    """What a frame shows more than the baseline; background and tone are taken where that is nothing."""
    px, calm, inside = ground.px_per_mm, ground.calm, ground.inside
    width = settings.background_mm * px
    flat, plain = image - background_inside(image, calm, width), ground.flat
    places = ground.places
    smooth = np.zeros(image.shape, np.float32)
    for number in range(2):
        if number > 0:
            pair = (image, ground.baseline)
            grounds = backgrounds_inside(pair, calm, width)
            flat, plain = (one - wide for one, wide in zip(pair, grounds, strict=True))
            places = some_places(calm, MOST_FOR_NOISE)
        more = flat - np.float32(tone(flat.take(places), plain.take(places))) * plain
        smooth = smoothed_by(more, inside, settings.smoothing_mm * px, ground.share)
        middle, sd = middle_and_sd(smooth.take(places))
        smooth -= np.float32(middle)
        # losses too: what moved is as wrong a background as what came
        strong = inside & (np.abs(smooth) > STRONG * sd)
        left = inside & ~dilated(strong | ground.contrast, px)
        # where hardly more was found, another round would find the same
        if not LEAST_CALM * inside.sum() <= left.sum() < calm.sum() - HARDLY * inside.sum():
            break
        calm = left
    return only_inside(smooth, inside)
