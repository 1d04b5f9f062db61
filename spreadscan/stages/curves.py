"""Draw the time-attenuation curves of a run: of each area of contrast and of each branch region."""

import cv2
import numpy as np
from numpy.typing import NDArray

from spreadscan.image.filters import as_bytes, shrunk
from spreadscan.uncertainty.sampling import pixels_in
from spreadscan.values import BranchRegions, SpreadMask, TimeCourse, TimeCurve, TimeCurves, Vector

LEAST_SHARE = 0.5
"""A place of the grid belongs to an area that covers at least this share of it."""

_Places = tuple[NDArray[np.intp], NDArray[np.intp]]
"""Rows and columns of places of the grid."""


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
    curves = [
        TimeCurve(number, None, None, None, _curve(course, area))
        for number, area in enumerate(_areas(mask, course, most_components), 1)
    ]
    for region in regions.regions:
        outline = (region.outline_px - (course.factor - 1) / 2) / course.factor
        inside = pixels_in(outline, course.valid.shape)
        curves.append(TimeCurve(None, region.level, region.side, region.region, _curve(course, inside)))
    times = None if times_s is None else tuple(times_s[frame] for frame in course.frames)
    return TimeCurves(course.frames, times, course.unit, tuple(curves))


def _areas(mask: SpreadMask, course: TimeCourse, most: int) -> list[_Places]:
    """The largest areas of sure contrast on the grid, in the order in which they are reported."""
    _, labels, stats, centres = cv2.connectedComponentsWithStats(as_bytes(mask.sure), connectivity=8)
    sizes = stats[:, cv2.CC_STAT_AREA]
    order = sorted(range(1, len(stats)), key=lambda n: (-sizes[n], centres[n][1], centres[n][0]))
    return [_on_grid(labels, n, stats[n], course.factor) for n in order[:most]]


def _on_grid(labels: NDArray[np.int32], number: int, stats: NDArray[np.int32], factor: int) -> _Places:
    """The places of the grid that an area covers to ``LEAST_SHARE``, sought where whole blocks hold it."""
    first = stats[[cv2.CC_STAT_TOP, cv2.CC_STAT_LEFT]] // factor
    last = (
        stats[[cv2.CC_STAT_TOP, cv2.CC_STAT_LEFT]] + stats[[cv2.CC_STAT_HEIGHT, cv2.CC_STAT_WIDTH]] - 1
    ) // factor
    rows, columns = (slice(a * factor, (b + 1) * factor) for a, b in zip(first, last, strict=True))
    share = shrunk((labels[rows, columns] == number).astype(np.float32), factor)
    row, column = np.nonzero(share >= LEAST_SHARE)
    return row + first[0], column + first[1]


def _curve(course: TimeCourse, places: _Places) -> Vector:
    rows, columns = places
    seen = course.valid[rows, columns]
    if not seen.any():
        return np.full(len(course.frames), np.nan)
    curve: Vector = course.added[:, rows[seen], columns[seen]].mean(axis=1, dtype=np.float64)
    return curve
