"""Bring the baseline and the contrast frames into the geometry of the analysed frame, and average them.

Averaging is done in intensity where the pixels allow it: the mean of logarithms is biased at low counts.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from spreadscan.registration import register
from spreadscan.values import AlignedPair, AttenuationRun, BoolArray, FramePair, Motion
from spreadscan.warp import moved, moved_inside, reversed_motion

LEAST_AGREEMENT = 0.25
"""A baseline whose bone edges correlate less than this with those of the contrast image is another scene."""
LARGE_RESIDUAL_PX = 0.5
"""Bone edges that lie further apart than this leave false contrast of the order of a real layer."""

_Image = NDArray[np.float32]


def align(run: AttenuationRun, baseline_run: AttenuationRun, pair: FramePair) -> AlignedPair:
    """Return the contrast image and the baseline in the geometry of the analysed frame.

    Args:
        run: the contrast run.
        baseline_run: the run that the baseline frames belong to; the same one, or that of another file.
        pair: which frames.

    Returns:
        The two averages. Flags: ``baseline-unusable`` when no baseline frame shows the same scene in the same
        unit, ``motion-residual``.
    """
    reference = run.frame(pair.frame)
    inside = run.field.inside
    neighbours = [
        (run.frame(index), register(reference, run.frame(index), inside))
        for index in pair.contrast_frames
        if index != pair.frame
    ]
    neighbours = [(image, motion) for image, motion in neighbours if motion.agreement >= LEAST_AGREEMENT]
    befores = _registered(reference, baseline_run, pair, inside & baseline_run.field.inside)
    usable = [(image, motion) for image, motion in befores if motion.agreement >= LEAST_AGREEMENT]
    if run.unit != baseline_run.unit:
        usable = []
    valid = inside.copy()
    for shown, moves in ((inside, neighbours), (baseline_run.field.inside, usable or befores)):
        for _, motion in moves:
            valid &= moved_inside(shown, motion)
    usable = usable if valid.any() else []
    motions = [motion for _, motion in [*neighbours, *(usable or befores)]]
    logarithmic = run.unit == "ln"
    still = Motion(rows_px=0.0, columns_px=0.0, rotation_deg=0.0, agreement=1.0, residual_px=0.0)
    return AlignedPair(
        contrast=_mean_moved([(reference, still), *neighbours], logarithmic),
        baseline=_mean_moved(usable or befores, logarithmic),
        valid=valid,
        contrast_count=1 + len(neighbours),
        baseline_count=len(usable or befores),
        motions=tuple(motions),
        unit=run.unit,
        flags=_flags([motion for _, motion in usable]),
    )


def _registered(
    reference: _Image, baseline_run: AttenuationRun, pair: FramePair, both: BoolArray
) -> list[tuple[_Image, Motion]]:
    """The baseline frames with their motions, fitted on their edges: no contrast has come into them yet."""
    images = [baseline_run.frame(index) for index in pair.baseline_frames]
    return [(image, reversed_motion(register(image, reference, both))) for image in images]


def _mean_moved(images: Iterable[tuple[_Image, Motion]], logarithmic: bool) -> _Image:
    """Mean of the images in the geometry of the reference; of intensities where they are logarithms."""
    total: _Image | None = None
    count = 0
    for image, motion in images:
        linear = np.exp(-image) if logarithmic else image
        at_rest = motion.rows_px == motion.columns_px == motion.rotation_deg == 0
        here = linear if at_rest else moved(linear, motion)
        total = here.astype(np.float32) if total is None else total + here
        count += 1
    if total is None:
        raise ValueError("there is no image to average")
    mean: _Image = (total / count).astype(np.float32)
    return -np.log(np.maximum(mean, np.float32(1e-6))) if logarithmic else mean


def _flags(usable: list[Motion]) -> tuple[str, ...]:
    if not usable:
        return ("baseline-unusable",)
    typical = float(np.median([motion.residual_px for motion in usable]))
    return ("motion-residual",) if typical > LARGE_RESIDUAL_PX else ()
