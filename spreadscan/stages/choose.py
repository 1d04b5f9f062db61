"""Choose the frames: which one is described, which show the same contrast, which come before it.

A run is looked at on a coarse grid. Every frame is registered to the first one, and the amount of contrast in
it is the signed sum of what exceeds the noise: motion of gas and bone adds and takes away alike and cancels,
contrast only adds.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from spreadscan.errors import CannotMeasure
from spreadscan.image.edges import RegistrationSettings, prepared
from spreadscan.image.filters import (
    background_inside,
    backgrounds_inside,
    dilated,
    eroded,
    middle_and_sd,
    share_inside,
    shrunk,
    smoothed_by,
    some_places,
    tone,
)
from spreadscan.image.frames import on_grid
from spreadscan.image.registration import register_roughly
from spreadscan.image.warp import moved, moved_inside
from spreadscan.settings import ChooseSettings
from spreadscan.threads import side_by_side
from spreadscan.values import (
    AttenuationRun,
    BoolArray,
    FramePair,
    Image,
    JudgingScale,
    Motion,
    Request,
    Vector,
)

LEAST_AGREEMENT = 0.1
"""A frame whose edges agree less than this with those of the first one is compared as it is."""

MOST_UNSETTLED = 3
"""At most so many frames at the start are passed over because the exposure had not settled."""
UNSETTLED_SHARE = 0.5
"""A frame is passed over if a later one shows less than it by this share of the largest amount."""
LEAST_NOISE = 1e-6
"""A frame that differs from the early one by less is a copy of it: that is rounding."""
REFINEMENTS = 2
"""How often background and noise are taken, the second time with the contrast found left out."""
LEAST_CALM = 0.3
"""Least share of the field without contrast that background and noise are taken from."""

BACKGROUND_MM = 15.0
"""Width of the Gaussian that takes away slow differences of brightness."""
MOST_FOR_NOISE = 2**13
"""So many values tell the noise of a frame, to 1.3 %, and its tone."""

STILL = Motion(rows_px=0.0, columns_px=0.0, rotation_deg=0.0, agreement=1.0, residual_px=0.0)
UNKNOWN = Motion(rows_px=0.0, columns_px=0.0, rotation_deg=0.0, agreement=0.0, residual_px=0.0)


class _Added(NamedTuple):
    """What a frame shows more than the reference: its sum over the area, in mm², and the noise."""

    total: float
    noise: float


class _Looked(NamedTuple):
    """The amount of contrast in each frame, (T,), and the motion from the early frame to it."""

    amounts: Vector
    motions: tuple[Motion, ...]


class _CoarseGrid(NamedTuple):
    """The coarse grid on which frames are compared."""

    factor: int
    inside: BoolArray
    judged: BoolArray
    px_per_mm: float


class _AtRest(NamedTuple):
    """A frame in the geometry of the early one, and the grid where both are judged."""

    image: Image
    grid: _CoarseGrid


class _Compared(NamedTuple):
    """What a frame shows more than the early one, and its motion from it, in points of the grid."""

    added: _Added
    motion: Motion


class _Reference(NamedTuple):
    """The early frame on the grid, and freed of its background."""

    image: Image
    flat: Image


def choose(run: AttenuationRun, scale: JudgingScale, request: Request, settings: ChooseSettings) -> FramePair:
    """Return the frame to be described, the frames averaged into it, and those before the contrast.

    The frame is the one that the user names, or the one with the most contrast, the later one where two
    differ by less than ``settings.alike``. The baseline ends where the contrast begins to rise for good.

    Args:
        run: the run, or a single image.
        scale: sizes the grid.
        request: may name the frame and the baseline frames.
        settings: how.

    Returns:
        The frames; no baseline frames for a single image. Flag: ``baseline-short``.

    Raises:
        CannotMeasure: ``frame-out-of-range`` when a frame asked for does not exist; ``baseline-mismatch``
            when the only baseline frame asked for is the one to be described.
    """
    count = len(run.stored)
    named = None if request.frame is None else request.frame - 1
    wanted = tuple(sorted({n - 1 for n in request.baseline_frames or ()}))
    _check_frames(wanted, count, "--baseline-frames")
    _check_frames(() if named is None else (named,), count, "--frame")
    if count == 1:
        return FramePair(0, (0,), (), True, "a single image")
    amounts, motions = looked_through(run, scale, settings)
    before = wanted or _before_contrast(amounts, settings)
    frame = _most(amounts, settings.alike) if named is None else named
    baseline = tuple(n for n in before if n != frame)[: settings.most_baseline_frames]
    if wanted and not baseline:
        raise _no_baseline(frame)
    alike = _alike_frames(amounts, frame, baseline, settings)
    reason = "named by the user" if wanted else "those before the contrast rises"
    flags = ("baseline-short",) if len(baseline) == 1 else ()
    return FramePair(frame, alike, baseline, True, reason, flags, motions)


def with_baseline_file(pair: FramePair, frames: int, settings: ChooseSettings) -> FramePair:
    """Return the pair with the frames of another file as its baseline.

    Args:
        pair: the frames chosen in the contrast file.
        frames: number of frames of the baseline file.
        settings: how many are averaged at most.
    """
    baseline = tuple(range(min(frames, settings.most_baseline_frames)))
    reason = "a file of its own"
    return FramePair(pair.frame, pair.contrast_frames, baseline, False, reason)


def looked_through(run: AttenuationRun, scale: JudgingScale, settings: ChooseSettings) -> _Looked:
    """Return the amount of contrast in each frame relative to an early one, (T,), and how each moved.

    Definition: sum over what both frames show of the field of D / σ where |D| > k σ_t, in mm², with D the
    registered difference from the early frame, both freed of their background and brought to equal tone,
    smoothed by 1 mm; σ_t its robust standard deviation where there is no contrast, σ the median of these over
    the frames, and k ``settings.significance``. Proportional to the area and strength of the contrast. The
    early frame is the first one, unless nearly all that follows shows less than it (the exposure had not
    settled): frames before the one taken are NaN.
    """
    grid = _grid(run, scale, settings)
    tried: list[_Looked] = []
    # one by one: the first frame nearly always serves
    for start in range(max(1, min(MOST_UNSETTLED + 1, len(run.stored) - 1))):
        looked = _looked_from(run, start, grid, settings.significance)
        if np.nanmin(looked.amounts) >= -UNSETTLED_SHARE * np.nanmax(looked.amounts):
            return looked
        tried.append(looked)
    return tried[0]


def _grid(run: AttenuationRun, scale: JudgingScale, settings: ChooseSettings) -> _CoarseGrid:
    factor = max(1, round(settings.grid_mm / scale.mm_per_px))
    # a block that the edge of the field cuts mixes in what lies beyond it
    inside = shrunk(run.field.inside.astype(np.float32), factor) > 0.99
    px = scale.px(1.0) / factor
    return _CoarseGrid(factor, inside, eroded(inside, 2 * px, frame_is_edge=False), px)


def _looked_from(run: AttenuationRun, start: int, grid: _CoarseGrid, significance: float) -> _Looked:
    early = on_grid(run, start, grid.factor)
    reference = _Reference(
        early, early - background_inside(early, grid.judged, BACKGROUND_MM * grid.px_per_mm)
    )
    search = RegistrationSettings(search_px=max(8, round(12 * grid.px_per_mm)), coarse_px=4.0, margin_px=4)
    ready = prepared(early, grid.inside, settings=search)

    def looked_at(index: int) -> _Compared:
        frame = on_grid(run, index, grid.factor)
        motion = register_roughly(ready, frame)
        return _Compared(_added(_at_rest(frame, motion, grid), reference, significance), motion)

    later = side_by_side(looked_at, range(start + 1, len(run.stored)))
    totals = np.full(len(run.stored), np.nan)
    totals[start:] = [0.0, *(added.total for added, _ in later)]
    known = [added.noise for added, _ in later if added.noise > 0]
    motions = [UNKNOWN] * start + [STILL] + [_of_pixels(motion, grid.factor) for _, motion in later]
    # one noise for all frames: a quieter frame must not seem to hold more
    return _Looked(totals / float(np.median(known)) if known else totals, tuple(motions))


def _at_rest(frame: Image, motion: Motion, grid: _CoarseGrid) -> _AtRest:
    """The frame in the geometry of the reference, and the grid where both are judged."""
    if motion.agreement <= LEAST_AGREEMENT:
        return _AtRest(frame, grid)
    judged = grid.judged & moved_inside(grid.inside, motion)
    return _AtRest(moved(frame, motion, order=1), grid._replace(judged=judged))


def _of_pixels(motion: Motion, factor: int) -> Motion:
    """A motion on the grid, in pixels of the image."""
    lengths = (motion.rows_px, motion.columns_px, motion.residual_px, motion.sd_px)
    rows, columns, residual, sd = (factor * length for length in lengths)
    return replace(motion, rows_px=rows, columns_px=columns, residual_px=residual, sd_px=sd)


def _added(shown: _AtRest, reference: _Reference, significance: float) -> _Added:
    """What a frame shows more than the reference; background and noise are taken where that is nothing."""
    frame, grid = shown
    calm, px = grid.judged, grid.px_per_mm
    added = _Added(0.0, 0.0)
    flat, plain = frame - background_inside(frame, calm, BACKGROUND_MM * px), reference.flat
    share = share_inside(grid.judged, px)
    for number in range(REFINEMENTS):
        if number > 0:
            pair = (frame, reference.image)
            grounds = backgrounds_inside(pair, calm, BACKGROUND_MM * px)
            flat, plain = (one - ground for one, ground in zip(pair, grounds, strict=True))
        places = some_places(calm, MOST_FOR_NOISE)
        more = flat - np.float32(tone(flat.take(places), plain.take(places))) * plain
        smooth = smoothed_by(more, grid.judged, px, share)
        middle, noise = middle_and_sd(smooth.take(places))
        if not noise > LEAST_NOISE:
            return added
        rise = smooth - np.float32(middle)
        # both signs: what merely moved gains as much as it loses, and cancels in the sum
        strong = grid.judged & (np.abs(rise) > significance * noise)
        added = _Added(float(rise[strong].sum()) / px**2, noise)
        found = grid.judged & ~dilated(strong, px)
        # where nothing was found, another round would find the same
        if not strong.any() or np.count_nonzero(found) < LEAST_CALM * np.count_nonzero(grid.judged):
            break
        calm = found
    return added


def _before_contrast(amounts: Vector, settings: ChooseSettings) -> tuple[int, ...]:
    """The leading frames before the contrast rises from its lowest amount so far and stays above it."""
    settled = np.nonzero(~np.isnan(amounts))[0]
    # frames before the exposure settled are NaN, which would spread through every minimum
    risen = amounts[settled] - np.minimum.accumulate(amounts[settled])
    largest = float(risen.max())
    if largest < settings.least_amount_mm2:
        return tuple(settled[: max(1, len(settled) // 3)].tolist())
    # the last frame below, not the first above: the baseline ends where contrast rises for good
    below = np.nonzero(risen[: int(np.argmax(risen))] < settings.rise * largest)[0]
    return tuple(settled[: int(below[-1]) + 1].tolist())


def _most(amounts: Vector, alike: float) -> int:
    """The frame with the most contrast, the later one where they differ little."""
    return int(np.nonzero(amounts >= (1 - alike) * np.nanmax(amounts))[0][-1])


def _alike_frames(
    amounts: Vector, frame: int, baseline: tuple[int, ...], settings: ChooseSettings
) -> tuple[int, ...]:
    """Neighbours in time of the frame that show as much contrast as it does."""
    chosen = [frame]
    for step in (-1, 1):
        for index in range(frame + step, -1 if step < 0 else len(amounts), step):
            near = abs(amounts[index] - amounts[frame]) <= settings.alike * abs(amounts[frame])
            if index in baseline or not near or abs(index - frame) >= settings.most_contrast_frames:
                break
            chosen.append(index)
    nearest = sorted(chosen, key=lambda index: abs(index - frame))[: settings.most_contrast_frames]
    return tuple(sorted(nearest))


def _check_frames(indices: tuple[int, ...], count: int, field: str) -> None:
    wrong = [index + 1 for index in indices if not 0 <= index < count]
    if wrong:
        raise CannotMeasure(
            "frame-out-of-range",
            f"frame {wrong[0]} does not exist, the file has {count}",
            field=field,
            advice=f"give a frame from 1 to {count}",
        )


def _no_baseline(frame: int) -> CannotMeasure:
    return CannotMeasure(
        "baseline-mismatch",
        f"frame {frame + 1} is the one to be described and cannot be its own baseline",
        field="--baseline-frames",
        advice="give frames from before the contrast, or another --frame",
    )
