"""Measure coverage: how much of each branch region lies in contrast, and how surely a branch was reached.

Every draw moves each junction by its uncertainty and the threshold by its own, and asks again which points of
a region and of a branch's course lie in contrast. Regions of one junction move together, and all share the
threshold, so that statements on joints come from the same draws.
"""

from collections.abc import Mapping
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from skimage.draw import polygon as polygon_pixels

from spreadscan.anatomy import (
    ASSESSED_LEVELS,
    EXPOSED_COMMON_FRACTION,
    EXPOSED_COURSE_MM,
    JOINTS,
    NERVE_AT,
    REGIONS,
    FacetJoint,
    Level,
    RegionName,
    Side,
)
from spreadscan.settings import CoverSettings
from spreadscan.threads import side_by_side
from spreadscan.values import (
    BoolArray,
    BranchRegion,
    BranchRegions,
    Coverage,
    JointCoverage,
    JunctionFrame,
    RegionCoverage,
    SpreadMask,
    Verdict,
)

COURSE_STEP_MM = 0.1
"""Distance of the points along a course, reference millimetres."""
INTERVAL = (5, 95)
"""Percentiles of the interval of the fraction."""

_Points = NDArray[np.float64]
_Number = TypeVar("_Number", np.float32, np.bool_)
_Site = tuple[Level, Side]


class Scene(NamedTuple):
    """What the regions are laid over.

    Attributes:
        mask: the contrast.
        judged: (R, C) where contrast could be judged.
        metal: (R, C) where metal hides it.
        refusal: why no region can be assessed at all; empty when they can.
        single_image: whether the mask was estimated without a baseline.
    """

    mask: SpreadMask
    judged: BoolArray
    metal: BoolArray
    refusal: str
    single_image: bool = False


class _Draws(NamedTuple):
    """One row per draw: shifts (D, 2) in units of the junction's own uncertainty, thresholds (D,)."""

    shifts: NDArray[np.float64]
    thresholds: NDArray[np.float64]


class _Measured(NamedTuple):
    row: RegionCoverage
    reached: BoolArray | None


def cover(regions: BranchRegions, scene: Scene, settings: CoverSettings) -> Coverage:
    """Return the coverage of every region of L3, L4 and L5, and of the joints between them.

    Args:
        regions: where the regions lie.
        scene: what they are laid over.
        settings: draws, seed and uncertainties.

    Returns:
        One row per level, side and region, assessed or not, in order of level, side and region. Flags of
        rows: ``region-outside-field``, ``region-under-metal``, and those of the junction's frame.
    """
    sides = sorted({side for _, side in [*_known(regions), *regions.missing]})
    frames = {(frame.level, frame.side): frame for frame in regions.junctions}
    placed = {(r.level, r.side, r.region): r for r in regions.regions}
    thresholds = _thresholds(scene.mask, settings)
    sites = [(level, side) for level in ASSESSED_LEVELS for side in sides]
    shifts = {site: _shifts(number, settings) for number, site in enumerate(sites)}

    def measured(key: tuple[Level, Side, RegionName]) -> _Measured:
        """Return what is found of one region."""
        site = key[:2]
        if scene.refusal or site not in frames:
            reason = scene.refusal or regions.reason or "the junction is not marked"
            return _Measured(_not_assessed(key, reason, ()), None)
        return _measure((placed[key], frames[site]), scene, _Draws(shifts[site], thresholds), settings)

    keys = [(*site, name) for site in sites for name in REGIONS]
    found = side_by_side(measured, keys)
    rows = tuple(item.row for item in found)
    reached = {key: item.reached for key, item in zip(keys, found, strict=True)}
    joints = tuple(_joint(joint, side, reached, (scene, settings)) for joint in JOINTS for side in sides)
    draws = np.zeros((len(rows), settings.draws), bool)
    for number, item in enumerate(found):
        if item.reached is not None:
            draws[number] = item.reached
    if not scene.single_image:
        return Coverage(rows, joints, draws)
    return Coverage(rows, joints, draws, settings.single_image_trust, settings.unknown_probability)


def verdict_of(probability: float) -> Verdict:
    """Return a probability in words: shown from 0.8, probable from 0.5, indeterminate from 0.2."""
    if probability >= 0.8:
        return "shown"
    if probability >= 0.5:
        return "probable"
    return "indeterminate" if probability >= 0.2 else "not shown"


def _weighed(share: float, scene: Scene, settings: CoverSettings) -> float:
    """The share of draws, or, of a single image, drawn towards what is usual: t · share + (1 - t) · usual."""
    if not scene.single_image:
        return share
    trust = settings.single_image_trust
    return trust * share + (1 - trust) * settings.unknown_probability


def _known(regions: BranchRegions) -> list[_Site]:
    return [(frame.level, frame.side) for frame in regions.junctions]


def _thresholds(mask: SpreadMask, settings: CoverSettings) -> NDArray[np.float64]:
    rng = np.random.default_rng([settings.seed, 1000])
    return np.exp(mask.limit_relative_sd * rng.normal(size=settings.draws))


def _shifts(number: int, settings: CoverSettings) -> NDArray[np.float64]:
    """Shifts of a junction, in units of its uncertainty, by the junction's number, (D, 2)."""
    return np.random.default_rng([settings.seed, number]).normal(size=(settings.draws, 2))


def _measure(
    placed: tuple[BranchRegion, JunctionFrame], scene: Scene, draws: _Draws, settings: CoverSettings
) -> _Measured:
    region, frame = placed
    key = (region.level, region.side, region.region)
    pixels = _pixels_of(region.outline_px, scene.judged.shape)
    area = _area_px(region.outline_px)
    in_field = (scene.judged | scene.metal)[pixels].sum() / area
    visible = (scene.judged & ~scene.metal)[pixels].sum() / area
    if in_field < settings.least_visible:
        return _Measured(_not_assessed(key, "outside the X-ray field", ("region-outside-field",)), None)
    if visible < settings.least_visible:
        return _Measured(_not_assessed(key, "under metal", ("region-under-metal",)), None)
    covered = float(scene.mask.sure[pixels].mean())
    shifts = draws.shifts * frame.origin_sd_px
    grid = _grid(region.outline_px, settings.spacing_reference_mm * frame.px_per_reference_mm)
    fractions = _shares(scene.mask.strength, grid, shifts, draws.thresholds)
    if region.region == "common":
        course_mm, reached = None, fractions >= EXPOSED_COMMON_FRACTION
    else:
        course_mm, reached = _course(region, frame, scene.mask, _Draws(shifts, draws.thresholds))
    low, high = np.percentile(fractions, INTERVAL)
    probability = _weighed(float(reached.mean()), scene, settings)
    row = RegionCoverage(
        *key[:2],
        nerve=NERVE_AT[region.level],
        region=region.region,
        fraction=covered,
        fraction_low=min(float(low), covered),
        fraction_high=max(float(high), covered),
        course_mm=course_mm,
        probability=probability,
        verdict=verdict_of(probability),
        flags=frame.flags,
    )
    return _Measured(row, reached)


def _course(
    region: BranchRegion, frame: JunctionFrame, mask: SpreadMask, draws: _Draws
) -> tuple[float, BoolArray]:
    """Length of the course in sure contrast, reference mm, and for each draw whether it is long enough."""
    points = _along(region.course_px, COURSE_STEP_MM * frame.px_per_reference_mm)
    length_mm = len(points) * COURSE_STEP_MM
    covered_mm = float(_values_at(points, mask.sure).mean()) * length_mm
    shares = _shares(mask.strength, points, draws.shifts, draws.thresholds)
    return covered_mm, shares * length_mm >= EXPOSED_COURSE_MM


def _shares(
    strength: NDArray[np.float32], points: _Points, shifts: _Points, thresholds: NDArray[np.float64]
) -> NDArray[np.float64]:
    """For each draw, the share of the shifted points that lie in contrast at its threshold, (D,)."""
    low = np.floor(points.min(axis=0) + shifts.min(axis=0)).astype(int)
    high = np.ceil(points.max(axis=0) + shifts.max(axis=0)).astype(int) + 1
    near = _cut_out(strength, low, high)
    if near.max() < thresholds.min():
        return np.zeros(len(shifts))
    row, column = (
        np.rint(points[None, :, axis] + shifts[:, axis, None]).astype(np.intp) - low[axis] for axis in (0, 1)
    )
    row *= near.shape[1]
    row += column
    shares: NDArray[np.float64] = (near.ravel().take(row) >= thresholds[:, None]).mean(axis=1)
    return shares


def _cut_out(image: NDArray[_Number], low: NDArray[np.intp], high: NDArray[np.intp]) -> NDArray[_Number]:
    """The pixels from ``low`` up to, not including, ``high``; outside the image they are 0."""
    part = np.zeros(high - low, image.dtype)
    first, end = np.clip(low, 0, image.shape), np.clip(high, 0, image.shape)
    (top, left), (bottom, right) = first - low, end - low
    part[top:bottom, left:right] = image[first[0] : end[0], first[1] : end[1]]
    return part


def _values_at(points: _Points, image: NDArray[_Number]) -> NDArray[_Number]:
    """Values of the nearest pixels; outside the image they are 0."""
    row, column = np.rint(points).astype(np.intp).T
    inside = (row >= 0) & (row < image.shape[0]) & (column >= 0) & (column < image.shape[1])
    values: NDArray[_Number] = image[row.clip(0, image.shape[0] - 1), column.clip(0, image.shape[1] - 1)]
    values[~inside] = 0
    return values


def _pixels_of(outline: _Points, shape: tuple[int, ...]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    row, column = polygon_pixels(outline[:, 0], outline[:, 1], shape)
    return row, column


def _area_px(outline: _Points) -> float:
    row, column = outline[:, 0], outline[:, 1]
    return float(abs(row @ np.roll(column, -1) - column @ np.roll(row, -1)) / 2)


def _grid(outline: _Points, spacing_px: float) -> _Points:
    """Points of a square grid inside an outline, (N, 2)."""
    low, steps = outline.min(axis=0), np.ceil(np.ptp(outline, axis=0) / spacing_px).astype(int) + 1
    corners = (outline - low) / spacing_px
    row, column = polygon_pixels(corners[:, 0], corners[:, 1], tuple(steps))
    points: _Points = low + spacing_px * np.stack([row, column], axis=1)
    return points


def _along(course: _Points, step_px: float) -> _Points:
    """Points at equal steps along a polyline, each in the middle of its step, (N, 2)."""
    lengths = np.hypot(*np.diff(course, axis=0).T)
    at = np.concatenate([[0], np.cumsum(lengths)])
    count = max(1, round(at[-1] / step_px))
    places = (np.arange(count) + 0.5) * at[-1] / count
    return np.stack([np.interp(places, at, course[:, axis]) for axis in (0, 1)], axis=1)


def _not_assessed(key: tuple[Level, Side, RegionName], reason: str, flags: tuple[str, ...]) -> RegionCoverage:
    level, side, region = key
    nothing = (None, None, None, None, None)
    return RegionCoverage(level, side, NERVE_AT[level], region, *nothing, "not assessed", reason, flags)


def _joint(
    joint: FacetJoint,
    side: Side,
    reached: Mapping[tuple[Level, Side, RegionName], BoolArray | None],
    rest: tuple[Scene, CoverSettings],
) -> JointCoverage:
    upper, lower = NERVE_AT[joint.upper_level], NERVE_AT[joint.lower_level]
    both: list[BoolArray] = []
    for level in (joint.upper_level, joint.lower_level):
        common, medial = reached[level, side, "common"], reached[level, side, "medial"]
        if common is None or medial is None:
            return JointCoverage(joint.name, side, upper, lower, None, "not assessed")
        both.append(common | medial)
    probability = _weighed(float((both[0] & both[1]).mean()), *rest)
    return JointCoverage(joint.name, side, upper, lower, probability, verdict_of(probability))
