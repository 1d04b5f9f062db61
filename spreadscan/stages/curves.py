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
    left, top, width, height = cv2.boundingRect(as_bytes(mask.sure))
    if not width:
        return []
    # sought in the whole blocks of the grid that hold them all
    factor = course.factor
    row, column = top // factor, left // factor
    box = mask.sure[row * factor : top + height + factor, column * factor : left + width + factor]
    _, labels, stats, centres = cv2.connectedComponentsWithStats(as_bytes(box), connectivity=8)
    sizes = stats[:, cv2.CC_STAT_AREA]
    order = sorted(range(1, len(stats)), key=lambda n: (-sizes[n], centres[n][1], centres[n][0]))
    shares = (shrunk((labels == n).astype(np.float32), factor) for n in order[:most])
    found = (np.nonzero(share >= LEAST_SHARE) for share in shares)
    return [(rows + row, columns + column) for rows, columns in found]


def _curve(course: TimeCourse, places: _Places) -> Vector:
    rows, columns = places
    seen = course.valid[rows, columns]
    if not seen.any():
        return np.full(len(course.frames), np.nan)
    curve: Vector = course.added[:, rows[seen], columns[seen]].mean(axis=1, dtype=np.float64)
    return curve
