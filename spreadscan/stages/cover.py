"""Measure coverage: how much of each branch region lies in contrast, and how surely a branch was reached.

One Monte Carlo for all regions. Every draw moves the junctions together, as far as they are uncertain, and
with them axes and scale of their frames; it moves the edge of the contrast by its own uncertainty and by what
motion between the images leaves; and at times it takes the whole picture for wrong. Then it asks which points
of a region and of a branch's course lie in contrast. Statements on several regions come from the same draws.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

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
from spreadscan.judgement.rules import in_words, rule
from spreadscan.settings import CoverSettings
from spreadscan.threads import side_by_side
from spreadscan.uncertainty.region_draws import (
    JunctionDraws,
    PictureDraws,
    RegionDraws,
    junction_draws,
    picture_draws,
    region_draws,
)
from spreadscan.uncertainty.sampling import area_of, percentiles, pixels_in, points_along
from spreadscan.values import (
    BoolArray,
    BranchRegion,
    BranchRegions,
    Coverage,
    JointCoverage,
    JunctionFrame,
    RegionCoverage,
    SacralZone,
    SacralZones,
    SpreadMask,
    ZoneReach,
)

NOMINAL_STEP_MM = 0.1
"""Distance of the points along a course whose covered length is reported, reference millimetres."""
INTERVAL = (5, 95)
"""Percentiles of the interval of the fraction."""
HIDDEN: Mapping[str, str] = MappingProxyType(
    {"region-outside-field": "outside the X-ray field", "region-under-metal": "under metal"}
)
"""Flags of what hides a region, and the reasons that they stand for."""

_Site = tuple[Level, Side]
_Key = tuple[Level, Side, RegionName]
_OF_JUNCTION: tuple[RegionName, ...] = tuple(
    region for region in REGIONS if (region,) in rule("junction", "count").when
)
"""Any of these regions makes a junction reached."""


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


class _Finding(NamedTuple):
    """What is found of a region: its share in sure contrast and its draws, or the flag of what hides it."""

    hidden: str
    covered: float
    draws: RegionDraws | None


class _Row(NamedTuple):
    """What is reported of a region, and the draws in which it was reached."""

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
    junctions = junction_draws(regions.junctions, regions.drawn, settings)
    picture = _picture(junctions, regions.regions, scene, settings)

    def measured(key: _Key) -> _Row:
        """Return what is reported of one region."""
        site = key[:2]
        if picture is None or site not in junctions:
            reason = scene.refusal or regions.reason or "the junction is not marked"
            return _Row(_not_assessed(key, reason, ()), None)
        region, junction = placed[key], junctions[site]
        return _row(key, region, junction.frame, scene, _measure(region, junction, picture, scene, settings))

    keys = [(*site, name) for site in sites for name in REGIONS]
    found = side_by_side(measured, keys)
    by_key = {key: item.reached for key, item in zip(keys, found, strict=True)}
    joints = tuple(_joint(joint, side, by_key) for joint in JOINTS for side in sides)
    draws = np.zeros((len(found), settings.draws), bool)
    for number, item in enumerate(found):
        if item.reached is not None:
            draws[number] = item.reached
    return Coverage(tuple(item.row for item in found), joints, draws)


def cover_zones(zones: SacralZones, scene: Scene, settings: CoverSettings) -> tuple[ZoneReach, ...]:
    """Return whether the L5 dorsal ramus was reached at each S1 junction that is marked.

    Counted as branch regions are, in the same draws: at least ``least_exposed_mm`` reference millimetres of
    the nominal course down the groove lie in contrast.

    Args:
        zones: of S1, as ``place_sacral`` places them.
        scene: what they are laid over.
        settings: those of the regions.

    Returns:
        One for each S1 junction, in order of side; flags as those of rows.

    Raises:
        ValueError: the zones were drawn another number of times.
    """
    junctions = junction_draws(zones.junctions, zones.drawn, settings)
    picture = _picture(junctions, zones.zones, scene, settings)
    placed = {(zone.level, zone.side): zone for zone in zones.zones}

    def measured(site: _Site) -> ZoneReach:
        """Return what is found of one zone."""
        if picture is None or site not in placed:
            return ZoneReach(*site, None, scene.refusal or zones.reason)
        found = _measure(placed[site], junctions[site], picture, scene, settings)
        if found.draws is None:
            return ZoneReach(*site, None, HIDDEN[found.hidden], (found.hidden,))
        told, flags = found.draws, junctions[site].frame.flags
        return ZoneReach(*site, told.reached, "", flags, told.cause, told.varied)

    return tuple(measured(site) for site in sorted({*placed, *zones.missing}))


def _picture(
    junctions: Mapping[_Site, JunctionDraws],
    placed: Iterable[BranchRegion | SacralZone],
    scene: Scene,
    settings: CoverSettings,
) -> PictureDraws | None:
    if scene.refusal:
        return None
    return picture_draws(junctions, placed, scene.mask, scene.single_image, settings)


def _measure(
    region: BranchRegion | SacralZone,
    junction: JunctionDraws,
    picture: PictureDraws,
    scene: Scene,
    settings: CoverSettings,
) -> _Finding:
    pixels = pixels_in(region.outline_px, scene.judged.shape)
    area = area_of(region.outline_px)
    judged, metal = scene.judged[pixels], scene.metal[pixels]
    # over the area of the outline, not over its pixels: those beyond the frame of the image count as unseen
    if (judged | metal).sum() / area < settings.least_visible:
        return _Finding("region-outside-field", 0.0, None)
    if (judged & ~metal).sum() / area < settings.least_visible:
        return _Finding("region-under-metal", 0.0, None)
    covered = float(scene.mask.sure[pixels].mean())
    return _Finding("", covered, region_draws(region, junction, picture, settings))


def _row(key: _Key, region: BranchRegion, frame: JunctionFrame, scene: Scene, found: _Finding) -> _Row:
    told = found.draws
    if told is None:
        return _Row(_not_assessed(key, HIDDEN[found.hidden], (found.hidden,)), None)
    low, high = percentiles(told.fractions, INTERVAL)
    probability = float(told.reached.mean())
    row = RegionCoverage(
        *key[:2],
        nerve=NERVE_AT[region.level],
        region=key[2],
        fraction=found.covered,
        # the draws end contrast elsewhere than the sure mask does: what is printed must lie in its interval
        fraction_low=min(low, found.covered),
        fraction_high=max(high, found.covered),
        course_mm=_course_mm(region, frame, scene.mask.sure),
        probability=probability,
        verdict=in_words(probability),
        flags=frame.flags,
        cause=told.cause,
        varied_probability=told.varied,
        verdict_by_probability=in_words(probability),
    )
    return _Row(row, told.reached)


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
        rows = [found[level, side, region] for region in _OF_JUNCTION]
        known = [row for row in rows if row is not None]
        if len(known) < len(rows):
            return JointCoverage(joint.name, side, upper, lower, None, "not assessed")
        both.append(np.logical_or.reduce(known))
    # in the same draws: the two junctions share part of their doubt, so that a product would be wrong
    probability = float((both[0] & both[1]).mean())
    alone = in_words(probability)
    return JointCoverage(joint.name, side, upper, lower, probability, alone, alone)
