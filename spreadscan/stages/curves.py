"""Draw the time-attenuation curves of a run: of each area of contrast and of each branch region."""

import numpy as np
from numpy.typing import NDArray

from spreadscan.image.filters import shrunk
from spreadscan.values import BoolArray, BranchRegions, SpreadMask, TimeCourse, TimeCurve, TimeCurves

LEAST_SHARE = 0.5
"""A place of the grid belongs to an area that covers at least this share of it."""


def time_curves(
    course: TimeCourse | None,
    mask: SpreadMask,
    regions: BranchRegions,
    times_s: tuple[float, ...] | None,
    most_components: int,
) -> TimeCurves | None:
    """Return the time-attenuation curves of a run.

    Definition: mean over the area of the attenuation beyond the baseline, by frame; not a number where the
    area is not in view.

    Args:
        course: the time course; ``None`` for a still image.
        mask: the areas of contrast.
        regions: the branch regions.
        times_s: time of each frame of the run; ``None`` when unknown.
        most_components: so many of the areas get a curve, the largest first.

    Returns:
        The curves of the areas, then of the regions; ``None`` without a time course.
    """
    if course is None:
        return None
    from skimage.draw import polygon2mask

    curves = [
        TimeCurve(number, None, None, None, _curve(course, area))
        for number, area in enumerate(_areas(mask, course, most_components), 1)
    ]
    for region in regions.regions:
        outline = (region.outline_px - (course.factor - 1) / 2) / course.factor
        inside = polygon2mask(course.valid.shape, outline)
        curves.append(TimeCurve(None, region.level, region.side, region.region, _curve(course, inside)))
    times = None if times_s is None else tuple(times_s[frame] for frame in course.frames)
    return TimeCurves(course.frames, times, course.unit, tuple(curves))


def _areas(mask: SpreadMask, course: TimeCourse, most: int) -> list[BoolArray]:
    """The largest areas of sure contrast on the grid, in the order in which they are reported."""
    from skimage.measure import label as label_areas

    labels = np.asarray(label_areas(mask.sure, connectivity=2))
    sizes = np.bincount(labels.ravel())[1:]
    centres = [np.argwhere(labels == n + 1).mean(axis=0) for n in np.argsort(-sizes, kind="stable")[:most]]
    order = sorted(
        zip(np.argsort(-sizes, kind="stable")[:most], centres, strict=True),
        key=lambda item: (-sizes[item[0]], *item[1]),
    )
    return [shrunk((labels == n + 1).astype(np.float32), course.factor) >= LEAST_SHARE for n, _ in order]


def _curve(course: TimeCourse, area: BoolArray) -> NDArray[np.float64]:
    here = area & course.valid
    if not here.any():
        return np.full(len(course.frames), np.nan)
    curve: NDArray[np.float64] = course.added[:, here].mean(axis=1, dtype=np.float64)
    return curve
