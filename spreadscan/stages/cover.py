"""Measure coverage: how much of each branch region lies in contrast, and how surely a branch was reached.

One Monte Carlo for all regions. Every draw moves the junctions together, as far as they are uncertain, and
with them axes and scale of their frames; it moves the edge of the contrast by its own uncertainty and by what
motion between the images leaves; and at times it takes the whole picture for wrong. Then it asks which points
of a region and of a branch's course lie in contrast. Statements on several regions come from the same draws.
"""

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spreadscan.anatomy import (
    ASSESSED_LEVELS,
    JOINTS,
    NERVE_AT,
    REGIONS,
    FacetJoint,
    Level,
    RegionName,
    Side,
)
from spreadscan.judgement.rules import in_words
from spreadscan.settings import CoverSettings
from spreadscan.threads import side_by_side
from spreadscan.uncertainty.draws import JUNCTION, normal_draws
from spreadscan.uncertainty.edge import SUREST, Field, fields_of
from spreadscan.uncertainty.exposure import (
    Doubts,
    Target,
    in_doubt,
    leading_cause,
    reached,
    target_of,
)
from spreadscan.uncertainty.picture_doubt import doubt_about, in_part_shared
from spreadscan.uncertainty.sampling import (
    Frames,
    area_of,
    bounds_of,
    frames_of,
    pixels_in,
    points_along,
    share_near_edge,
    shares_under,
    values_under,
)
from spreadscan.uncertainty.variation import varied
from spreadscan.values import (
    BoolArray,
    BranchRegion,
    BranchRegions,
    Cause,
    Coverage,
    JointCoverage,
    JunctionFrame,
    RegionCoverage,
    SpreadMask,
)

NOMINAL_STEP_MM = 0.1
"""Distance of the points along a course whose covered length is reported, reference millimetres."""
INTERVAL = (5, 95)
"""Percentiles of the interval of the fraction."""
THINNED = 4
"""The cause of doubt and the variation between people are found in one of so many draws."""
VARIATION_MM = 10.0
"""A varied course leaves the nominal region by less than that."""

_Points = NDArray[np.float64]
_Numbers = NDArray[np.float32]
_Site = tuple[Level, Side]
_Key = tuple[Level, Side, RegionName]


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


class _Image(NamedTuple):
    """What all junctions of an image share in the draws.

    Attributes:
        field: how far the edge of contrast may be off.
        motion: share of the doubt of the threshold that motion between the images brings.
        contrast, registration: (D,) standard normal numbers.
        missed, false: (D,) in which draws contrast is taken to lie everywhere, and nowhere.
    """

    field: Field
    motion: Field | None
    contrast: _Numbers
    registration: _Numbers
    missed: BoolArray
    false: BoolArray


class _Junction(NamedTuple):
    """A junction in the draws.

    Attributes:
        frame, number: where it was marked, and its place among all.
        drawn, few, marked: its frame in each draw, in one of ``THINNED``, and where it was marked.
        thinned: (d, 3, 2) origin and steps of the frame in one of ``THINNED`` draws.
        contrast: (D,) standard normal numbers of its own.
    """

    frame: JunctionFrame
    number: int
    drawn: Frames
    few: Frames
    marked: Frames
    thinned: _Numbers
    contrast: _Numbers


class _Measured(NamedTuple):
    row: RegionCoverage
    reached: BoolArray | None


def cover(regions: BranchRegions, scene: Scene, settings: CoverSettings) -> Coverage:
    """Return the coverage of every region of L3, L4 and L5, and of the joints between them.

    Args:
        regions: where the regions lie, and where they lie in each draw.
        scene: what they are laid over.
        settings: draws, seed and uncertainties; the draws are those of the regions.

    Returns:
        One row per level, side and region, assessed or not, in order of level, side and region; verdicts are
        those of the probability alone, which ``judgement.verdicts`` rules on. Flags of
        rows: ``region-outside-field``, ``region-under-metal``, and those of the junction's frame.

    Raises:
        ValueError: the regions were drawn another number of times.
    """
    sides = sorted({side for _, side in [*((j.level, j.side) for j in regions.junctions), *regions.missing]})
    sites = [(level, side) for level in ASSESSED_LEVELS for side in sides]
    placed = {(r.level, r.side, r.region): r for r in regions.regions}
    junctions = _junctions(regions, sites, settings)
    image = _image(junctions, placed, scene, settings) if junctions and not scene.refusal else None

    def measured(key: _Key) -> _Measured:
        """Return what is found of one region."""
        site = key[:2]
        if image is None or site not in junctions:
            reason = scene.refusal or regions.reason or "the junction is not marked"
            return _Measured(_not_assessed(key, reason, ()), None)
        return _measure((placed[key], junctions[site]), image, scene, settings)

    keys = [(*site, name) for site in sites for name in REGIONS]
    found = side_by_side(measured, keys)
    by_key = {key: item.reached for key, item in zip(keys, found, strict=True)}
    joints = tuple(_joint(joint, side, by_key) for joint in JOINTS for side in sides)
    draws = np.zeros((len(found), settings.draws), bool)
    for number, item in enumerate(found):
        if item.reached is not None:
            draws[number] = item.reached
    return Coverage(tuple(item.row for item in found), joints, draws)


def _junctions(regions: BranchRegions, sites: list[_Site], settings: CoverSettings) -> dict[_Site, _Junction]:
    """The known junctions; one that was drawn in no draw stays where it is in all of them."""
    if len(regions.drawn) and regions.drawn.shape[1] not in (1, settings.draws):
        raise ValueError(f"the junctions have {regions.drawn.shape[1]} draws, not {settings.draws}")
    found = {}
    for order, frame in enumerate(regions.junctions):
        site = (frame.level, frame.side)
        number = sites.index(site)
        steps = frame.px_per_reference_mm * np.array([frame.lateral, frame.cranial])
        marked = np.concatenate([[frame.origin], steps])[None].astype(np.float32)
        drawn = regions.drawn[order] if len(regions.drawn) else marked
        some = np.broadcast_to(drawn, (settings.draws, 3, 2))[::THINNED]
        own = normal_draws((settings.seed, JUNCTION, number), settings.draws, 1)[:, 0].astype(np.float32)
        every, few, here = frames_of(drawn), frames_of(drawn[::THINNED]), frames_of(marked)
        found[site] = _Junction(frame, number, every, few, here, some, own)
    return found


def _image(
    junctions: Mapping[_Site, _Junction],
    placed: Mapping[_Key, BranchRegion],
    scene: Scene,
    settings: CoverSettings,
) -> _Image:
    mask, doubt = scene.mask, doubt_about(scene.mask, scene.single_image, settings)
    edge_px = doubt.edge_mm * float(np.median([j.frame.px_per_reference_mm for j in junctions.values()]))
    field, motion = fields_of(mask, _box(junctions, placed, mask, SUREST * edge_px + 2), edge_px, doubt.limit)
    return _Image(field, motion, doubt.contrast, doubt.registration, doubt.missed, doubt.false)


def _box(
    junctions: Mapping[_Site, _Junction],
    placed: Mapping[_Key, BranchRegion],
    mask: SpreadMask,
    margin_px: float,
) -> tuple[slice, slice]:
    """The part of the image where there is contrast and a region comes in some draw, and a margin."""
    low, high = np.full(2, np.inf), np.full(2, -np.inf)
    for (level, side, _), region in placed.items():
        junction = junctions[level, side]
        corners = junction.frame.to_mm(np.concatenate([region.outline_px, region.course_px]))
        wider = np.stack([corners.min(axis=0) - VARIATION_MM, corners.max(axis=0) + VARIATION_MM])
        least, most = bounds_of(wider, junction.drawn)
        low, high = np.minimum(low, least), np.maximum(high, most)
    parts = []
    for axis, size in enumerate(mask.strength.shape):
        at = np.nonzero((mask.strength > 0).any(axis=1 - axis))[0]
        first, last = (at[0], at[-1]) if len(at) else (0, 0)
        start = min(max(0, int(max(low[axis], first) - margin_px)), size - 1)
        end = min(size, int(min(high[axis], last) + margin_px) + 2)
        parts.append(slice(start, max(start + 1, end)))
    return parts[0], parts[1]


class _Told(NamedTuple):
    """What the draws say of a region.

    Attributes:
        fractions, reached: (D,) share of its area in contrast, and whether it is reached.
        varied: share of draws in which it is reached in a person taken at random.
        cause: of the doubt.
    """

    fractions: NDArray[np.float64]
    reached: BoolArray
    varied: float
    cause: Cause | None


def _measure(
    placed: tuple[BranchRegion, _Junction], image: _Image, scene: Scene, settings: CoverSettings
) -> _Measured:
    region, junction = placed
    key, frame = (region.level, region.side, region.region), junction.frame
    pixels = pixels_in(region.outline_px, scene.judged.shape)
    area = area_of(region.outline_px)
    judged, metal = scene.judged[pixels], scene.metal[pixels]
    in_field, visible = ((judged | metal).sum() / area, (judged & ~metal).sum() / area)
    if in_field < settings.least_visible:
        return _Measured(_not_assessed(key, "outside the X-ray field", ("region-outside-field",)), None)
    if visible < settings.least_visible:
        return _Measured(_not_assessed(key, "under metal", ("region-under-metal",)), None)
    covered = float(scene.mask.sure[pixels].mean())
    told = _told(region, junction, image, settings)
    low, high = np.percentile(told.fractions, INTERVAL)
    probability = float(told.reached.mean())
    row = RegionCoverage(
        *key[:2],
        nerve=NERVE_AT[region.level],
        region=region.region,
        fraction=covered,
        fraction_low=min(float(low), covered),
        fraction_high=max(float(high), covered),
        course_mm=_course_mm(region, frame, scene.mask.sure),
        probability=probability,
        verdict=in_words(probability),
        flags=frame.flags,
        cause=told.cause,
        varied_probability=told.varied,
        verdict_by_probability=in_words(probability),
    )
    return _Measured(row, told.reached)


def _told(region: BranchRegion, junction: _Junction, image: _Image, settings: CoverSettings) -> _Told:
    target = target_of(region, junction.frame, settings)
    doubts = _doubts(image, junction, target, settings)
    shares = shares_under(image.field, target.parts, junction.drawn, doubts.numbers)
    found = reached(shares[-1], doubts, target.least)
    few = doubts.thinned(THINNED)
    others = varied(junction.thinned, region.level, region.region, (settings.seed, junction.number))
    of_others = shares_under(image.field, target.parts[-1:], frames_of(others), few.numbers)
    probability = float(reached(of_others[0], few, target.least).mean())
    cause: Cause | None = "anatomy" if in_doubt(probability) else None
    if in_doubt(float(found[::THINNED].mean())):
        under = partial(values_under, image.field, target.parts[-1])
        cause = leading_cause(under(junction.few), under(junction.marked), few, target.least)
    return _Told(shares[0], found, probability, cause)


def _doubts(image: _Image, junction: _Junction, target: Target, settings: CoverSettings) -> Doubts:
    """What is off in each draw at one target: its own share of the doubt is motion's."""
    mixed = in_part_shared(image.contrast, junction.contrast, settings.shared_doubt)
    by_motion = 0.0
    if image.motion is not None:
        by_motion = share_near_edge(image.field, image.motion, target.parts[-1], junction.marked)
    contrast, registration = (
        (np.sqrt(share) * numbers).astype(np.float32)
        for share, numbers in ((1 - by_motion, mixed), (by_motion, image.registration))
    )
    return Doubts(contrast, registration, image.missed, image.false)


def _course_mm(region: BranchRegion, frame: JunctionFrame, sure: BoolArray) -> float | None:
    """Length of the nominal course in sure contrast, reference millimetres; ``None`` for the common zone."""
    if region.region == "common":
        return None
    points = points_along(region.course_px, NOMINAL_STEP_MM * frame.px_per_reference_mm)
    row, column = np.rint(points).astype(np.intp).T
    inside = (row >= 0) & (row < sure.shape[0]) & (column >= 0) & (column < sure.shape[1])
    return float(sure[row[inside], column[inside]].sum()) * NOMINAL_STEP_MM


def _not_assessed(key: _Key, reason: str, flags: tuple[str, ...]) -> RegionCoverage:
    level, side, region = key
    nothing = (None, None, None, None, None)
    return RegionCoverage(level, side, NERVE_AT[level], region, *nothing, "not assessed", reason, flags)


def _joint(joint: FacetJoint, side: Side, found: Mapping[_Key, BoolArray | None]) -> JointCoverage:
    upper, lower = NERVE_AT[joint.upper_level], NERVE_AT[joint.lower_level]
    both: list[BoolArray] = []
    for level in (joint.upper_level, joint.lower_level):
        zone, medial = found[level, side, "common"], found[level, side, "medial"]
        if zone is None or medial is None:
            return JointCoverage(joint.name, side, upper, lower, None, "not assessed")
        both.append(zone | medial)
    probability = float((both[0] & both[1]).mean())
    alone = in_words(probability)
    return JointCoverage(joint.name, side, upper, lower, probability, alone, alone)
