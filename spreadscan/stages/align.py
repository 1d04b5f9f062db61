"""Bring the baseline and the contrast frames into the geometry of the analysed frame, and average them.

The frames of each kind are brought together first, so that baseline and contrast are registered as averages,
with less noise than any frame has. Averaging is done in intensity where the pixels allow it: the mean of
logarithms is biased at low counts.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from spreadscan.image.burned_in import find_still, with_moved
from spreadscan.image.edges import prepared
from spreadscan.image.filters import gaussian
from spreadscan.image.frames import Averaged, averaged
from spreadscan.image.registration import register, register_to
from spreadscan.image.warp import (
    composed,
    footprint,
    is_turned,
    moved,
    moved_inside,
    reversed_motion,
)
from spreadscan.threads import side_by_side
from spreadscan.values import (
    AlignedPair,
    AttenuationRun,
    AttenuationUnit,
    BoolArray,
    FramePair,
    Image,
    Motion,
)

LEAST_AGREEMENT = 0.25
"""A baseline whose bone edges correlate less than this with those of the contrast image is another scene."""
LARGE_RESIDUAL_PX = 0.5
"""Bone edges that lie further apart than this leave false contrast of the order of a real layer."""
FAR_SHARE = 0.06
"""A shift by more than this share of the image's shorter side is not breathing but another position."""
IN_PHASE_SHARE = 0.006
"""Baseline frames in which the spine lies within this share of the shorter side of where it lies in the
contrast image are in the same phase of breathing: soft tissue follows the spine by a part of the way only."""
ENOUGH_IN_PHASE = 8
"""With so many frames in phase the others are left out."""
ENOUGH_PX = 0.25
"""Frames whose motion the choice of frames knows to this standard deviation are averaged by it: misplaced by
so much they blur an edge by a tenth of what the detector does."""
UNUSABLE = ("baseline-unusable",)
STILL = Motion(rows_px=0.0, columns_px=0.0, rotation_deg=0.0, agreement=1.0, residual_px=0.0)

FEW = 4
"""So few frames are each moved by themselves. Of more, those that lie alike between two pixels, to half a
pixel, are added and moved together: off by 0.14 px (standard deviation), they blur an edge by a sixteenth of
what the detector does."""

_Motions = dict[int, Motion]


class _Bundle(NamedTuple):
    """Frames that whole pixels bring to lie alike, and the motion that is left."""

    frames: tuple[int, ...]
    rest: Motion


class _Anchor(NamedTuple):
    """The baseline frame that others are brought to, and the motion from it to the contrast image."""

    frame: int
    between: Motion


class _Baseline(NamedTuple):
    """Motions from one baseline frame to those that show the same scene, and to the contrast image."""

    motions: _Motions
    between: Motion


def align(run: AttenuationRun, baseline_run: AttenuationRun, pair: FramePair) -> AlignedPair:
    """Return the contrast image and the baseline in the geometry of the analysed frame.

    Definition of ``motion_sd``: sqrt(s² + r²) · |∇b|, s the standard deviation of the motion between the two
    averages and r its residual, both in pixels, and |∇b| the slope of the baseline smoothed by one pixel. On
    display values r is left out: tones that are set anew for every image leave a residual too.

    Args:
        run: the contrast run.
        baseline_run: the run that the baseline frames belong to; the same one, or that of another file.
        pair: which frames.

    Returns:
        The two averages. Flags: ``baseline-unusable`` when no baseline frame shows the same scene in the same
        unit, ``motion-residual``, ``frames-left-out``, ``moved-far``.
    """
    if not pair.baseline_frames:
        raise ValueError("there is no image to average")
    shown = _gathered(run, pair.frame, pair.contrast_frames, pair.motions)
    contrast = _mean(averaged(run), shown)[1]
    both = run.field.inside & baseline_run.field.inside
    agreeing, between = _before(baseline_run, pair, contrast, both)
    before = _in_phase(agreeing, between, min(both.shape))
    what = averaged(baseline_run)
    linear, mean = _mean(what, before)
    # one registration joins the two averages: they are less noisy than the anchor alone
    if len(before) > 1 or np.isnan(between.residual_px):
        between = register(mean, contrast, both)
    back = reversed_motion(between)
    motions = {index: composed(back, motion) for index, motion in before.items()}
    steps: tuple[Callable[[], NDArray[Any]], ...] = (
        # the longest one first
        lambda: ~_still(run.frame(pair.frame), baseline_run, motions, both),
        lambda: what.attenuation(moved(linear, back)),
        lambda: _seen_by_all(run.field.inside, shown),
        lambda: _seen_by_all(baseline_run.field.inside, motions),
    )
    moving, baseline, *seen = side_by_side(lambda step: step(), steps)
    valid = np.logical_and.reduce([moving, *seen])
    asked = len(pair.contrast_frames) + len(pair.baseline_frames)
    usable = run.unit == baseline_run.unit and between.agreement >= LEAST_AGREEMENT and bool(valid.any())
    return AlignedPair(
        contrast=contrast,
        baseline=baseline,
        valid=valid,
        contrast_count=len(shown),
        baseline_count=len(before),
        motions=(*(m for index, m in shown.items() if index != pair.frame), *motions.values()),
        unit=run.unit,
        motion_sd=_motion_sd(baseline, between, run.unit),
        flags=_flags(between, min(both.shape), asked > len(shown) + len(agreeing)) if usable else UNUSABLE,
    )


def _before(run: AttenuationRun, pair: FramePair, contrast: Image, both: BoolArray) -> _Baseline:
    """The motions from one baseline frame to each that shows the same scene, and to the contrast image."""
    frames = pair.baseline_frames
    known = pair.motions if pair.baseline_is_run else ()
    if known and all(_well_known(known, index) for index in (*frames, pair.frame)):
        between = composed(reversed_motion(known[frames[-1]]), known[pair.frame])
        return _Baseline(_gathered(run, frames[-1], frames, known), between)
    anchor, between = _anchor(run, pair, contrast, both)
    return _Baseline(_gathered(run, anchor, frames, ()), between)


def _anchor(run: AttenuationRun, pair: FramePair, contrast: Image, both: BoolArray) -> _Anchor:
    """The baseline frame that the others are brought to, and the motion from it to the contrast image.

    The latest, the middle or the earliest: the first that shows the same scene, or else the best.
    """
    frames = pair.baseline_frames
    tried: list[_Anchor] = []
    for index in dict.fromkeys((frames[-1], frames[len(frames) // 2], frames[0])):
        # fitted on the edges of the baseline: no contrast has come into them yet
        tried.append(_Anchor(index, register(run.frame(index), contrast, both)))
        if tried[-1].between.agreement >= LEAST_AGREEMENT:
            break
    return max(tried, key=lambda one: one.between.agreement)


def _gathered(run: AttenuationRun, anchor: int, frames: Sequence[int], known: Sequence[Motion]) -> _Motions:
    """The motion from one frame of a run to each of some, those left out that show another scene.

    Those that the choice of frames knows well are taken as they are, others are registered.
    """
    others = [index for index in frames if index != anchor]
    if not others:
        return {anchor: STILL}
    if known and all(_well_known(known, index) for index in frames):
        back = reversed_motion(known[anchor])
        found: Sequence[Motion] = [composed(back, known[index]) for index in others]
    else:
        reference = prepared(run.frame(anchor), run.field.inside)
        found = side_by_side(lambda index: register_to(reference, run.frame(index)), others)
    moves = {anchor: STILL, **dict(zip(others, found, strict=True))}
    return {index: moves[index] for index in frames if moves[index].agreement >= LEAST_AGREEMENT}


def _well_known(known: Sequence[Motion], index: int) -> bool:
    """Whether the choice of frames knows the motion of a frame well enough to average it."""
    return known[index].agreement >= LEAST_AGREEMENT and known[index].sd_px <= ENOUGH_PX


def _in_phase(motions: _Motions, contrast: Motion, side_px: int) -> _Motions:
    """The frames in which the spine lies near where it lies in the contrast image, if they are enough."""
    distances = {
        index: float(np.hypot(motion.rows_px - contrast.rows_px, motion.columns_px - contrast.columns_px))
        for index, motion in motions.items()
    }
    near = {index for index, distance in distances.items() if distance <= IN_PHASE_SHARE * side_px}
    if len(near) < ENOUGH_IN_PHASE:
        return motions
    return {index: motion for index, motion in motions.items() if index in near}


def _mean(what: Averaged, motions: _Motions) -> tuple[Image, Image]:
    """Mean of frames in the geometry from which the motions lead to them: as averaged, and as attenuation."""
    frames = list(motions)
    if len(frames) == 1 and motions[frames[0]] is STILL:
        return what.frame(frames[0]), what.run.frame(frames[0])

    def together(bundle: _Bundle) -> Image:
        total = np.zeros(what.run.field.inside.shape, np.float32)
        for index in bundle.frames:
            here, rest = motions[index], bundle.rest
            rows, columns = here.rows_px - rest.rows_px, here.columns_px - rest.columns_px
            what.add_to(total, index, round(rows), round(columns))
        return moved(total, bundle.rest)

    total = np.zeros(what.run.field.inside.shape, np.float32)
    # one by one: side by side, or kept until all are there, they take up 30 MB more
    for bundle in _bundles(motions, total.shape):
        total += together(bundle)
    total /= np.float32(len(frames))
    return total, what.attenuation(total)


def _bundles(motions: _Motions, shape: tuple[int, ...]) -> list[_Bundle]:
    """The frames by where between two pixels they lie, to half a pixel; alone where they turned."""
    bundles: dict[tuple[float, ...], _Bundle] = {}
    for index, motion in motions.items():
        if len(motions) <= FEW or is_turned(motion, shape):
            bundles[(index,)] = _Bundle((index,), motion)
            continue
        rows, columns = (round(2 * shift) / 2 % 1 for shift in (motion.rows_px, motion.columns_px))
        rest = replace(STILL, rows_px=rows, columns_px=columns)
        so_far = bundles.get((rows, columns), _Bundle((), rest))
        bundles[rows, columns] = so_far._replace(frames=(*so_far.frames, index))
    return list(bundles.values())


def _seen_by_all(inside: BoolArray, motions: _Motions) -> BoolArray:
    moving = [motion for motion in motions.values() if motion is not STILL]
    # many frames lie alike to a pixel: they show the same part of the field
    apart = {footprint(motion, inside.shape): motion for motion in moving}
    seen = inside.copy()
    for shown in side_by_side(lambda motion: moved_inside(inside, motion), apart.values()):
        seen &= shown
    return seen


def _still(image: Image, baseline_run: AttenuationRun, motions: _Motions, both: BoolArray) -> BoolArray:
    """What stands still while the patient moves, here and there, by the frame that moved furthest."""
    furthest = max(motions, key=lambda index: np.hypot(motions[index].rows_px, motions[index].columns_px))
    still = find_still(image, baseline_run.frame(furthest), motions[furthest], both)
    return with_moved(still, motions.values())


def _motion_sd(baseline: Image, between: Motion, unit: AttenuationUnit) -> Image:
    smooth = gaussian(baseline, 1.0)
    same, slope = np.array([1], np.float32), np.array([-0.5, 0, 0.5], np.float32)
    # the slope is that of a smoothed image: noise has slopes too, which would raise the limit everywhere
    down, across = (cv2.sepFilter2D(smooth, -1, *kernels) for kernels in ((same, slope), (slope, same)))
    # where tones are set anew for every image, as on display values, they leave a residual that is no motion
    apart_px = np.hypot(between.sd_px, between.residual_px if unit == "ln" else 0.0)
    # cv2.magnitude rounds by where in memory its images lie
    sd: Image = np.sqrt(np.square(down) + np.square(across))
    sd *= np.float32(apart_px)
    return sd


def _flags(between: Motion, side_px: int, left_out: bool) -> tuple[str, ...]:
    far = float(np.hypot(between.rows_px, between.columns_px)) > FAR_SHARE * side_px
    raised = {
        "motion-residual": between.residual_px > LARGE_RESIDUAL_PX,
        "frames-left-out": left_out,
        "moved-far": far,
    }
    return tuple(code for code, holds in raised.items() if holds)
