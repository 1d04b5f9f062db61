"""From an injection to where its iodine goes, and when."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from spreadscan.frozen import Vector
from spreadscan.phantom.chance import Ticket
from spreadscan.phantom.scenario import Injection, Scenario
from spreadscan.phantom.spread.arrival import Growth, free_voxel, grow, touched
from spreadscan.phantom.spread.compartment import Compartment, Spread, front_of, trimmed
from spreadscan.phantom.spread.grid import Grid, Occupancy, Voxels, box_of, grid_around, part_of
from spreadscan.phantom.spread.medium import Surroundings, capacity, drawn_medium, drawn_textures
from spreadscan.phantom.spread.mirror import mirrored_outside, mirrored_point
from spreadscan.phantom.spread.occupancy import solid_labels, solid_of
from spreadscan.phantom.spread.patterns import Channels, Site, channels, reach_mm, resistance, tip_mm
from spreadscan.phantom.spread.spine import JunctionAxes, junction_frame, spine_of
from spreadscan.phantom.spread.vessels import lumen, vein_tree
from spreadscan.phantom.values import Skeleton

_FINE_MM, _COARSE_MM = 0.7, 1.4
_MOST_IN_VEINS_ML = 1.2
"""Veins near a junction are full with this; what is more has gone into the tissue."""


class _Reached(NamedTuple):
    """What an injectate has reached: arrivals on the whole grid, and the tissue with the share it takes."""

    arrival: Voxels
    tissue: Compartment


def plan_spreads(skeleton: Skeleton, scenario: Scenario, ticket: Ticket) -> tuple[Spread, ...]:
    """Return how each injection of a scenario spreads, for one draw of its chances."""
    return tuple(
        plan_spread(skeleton, injection, ticket.chance("spread", number), ticket.fast)
        for number, injection in enumerate(scenario.injections)
    )


def plan_spread(
    skeleton: Skeleton, injection: Injection, rng: np.random.Generator, coarse: bool = False
) -> Spread:
    """Return how an injection spreads.

    An injection on the right is planned on the mirrored skeleton and mirrored back: the same draws give the
    same spread on either side of a symmetric spine.

    Args:
        skeleton: the bones; they are impassable.
        injection: what is injected where.
        rng: source of all that differs from one injection to the next.
        coarse: on a grid of 1.4 mm instead of 0.7 mm, about ten times as fast.
    """
    step_mm = _COARSE_MM if coarse else _FINE_MM
    if injection.side == "left":
        return _planned(skeleton, injection, step_mm, rng)
    spread = _planned(mirrored_outside(skeleton), injection, step_mm, rng)
    compartments = tuple(_mirrored(compartment) for compartment in spread.compartments)
    return Spread(mirrored_point(spread.tip_mm), mirrored_point(spread.needle), compartments)


def _mirrored(compartment: Compartment) -> Compartment:
    """Return a compartment seen in the mirror x = 0."""
    grid = compartment.grid
    last_mm = grid.centre_mm((grid.shape[0] - 1, 0, 0))
    fields = (compartment.arrival, compartment.width, compartment.capacity)
    arrival, width, room = (np.ascontiguousarray(field[::-1]) for field in fields)
    mirrored = Grid(mirrored_point(last_mm), grid.step_mm, grid.shape)
    return replace(compartment, grid=mirrored, arrival=arrival, width=width, capacity=room)


def _planned(skeleton: Skeleton, injection: Injection, step_mm: float, rng: np.random.Generator) -> Spread:
    """Return how an injection on the left spreads."""
    frame = junction_frame(skeleton.landmarks_mm, injection.level)
    needle = _needle_direction(frame, rng)
    spine, medium = spine_of(skeleton.landmarks_mm), drawn_medium(rng)
    if injection.pattern == "facet":
        # a joint is a hollow, not a tissue
        medium = replace(medium, porosity=0.95)
    surfaces = (*(bone.outer for bone in skeleton.bones), *skeleton.metal)
    solids = tuple(solid_of(surface) for surface in surfaces)
    site = Site(injection, skeleton, spine, frame, needle, medium, step_mm, solids)
    tip = tip_mm(site, rng)
    if injection.pattern == "none" or injection.volume_ml * injection.iodine_mg_per_ml == 0:
        return Spread(tip, needle, ())
    if injection.pattern == "vascular":
        return Spread(tip, needle, _in_veins(site, tip, rng))
    return Spread(tip, needle, (_in_tissue(site, tip, injection.volume_ml, rng),))


def _needle_direction(frame: JunctionAxes, rng: np.random.Generator) -> Vector:
    """Return the way of the needle from its tip to its hub: backwards, somewhat outwards and downwards."""
    direction = frame.direction(rng.uniform(0.0, 0.45), 1.0, -rng.uniform(-0.15, 0.55))
    return np.asarray(direction / np.linalg.norm(direction))


def _in_tissue(site: Site, tip: Vector, volume_ml: float, rng: np.random.Generator) -> Compartment:
    """Return the tissue that a volume fills; where the grid proves too small, on a larger one."""
    low_mm, high_mm = reach_mm(site, volume_ml)
    textures = drawn_textures(grid_around(tip, low_mm, high_mm, site.step_mm), site.medium, rng)
    ways = channels(site, tip, rng)
    while True:
        grid = grid_around(tip, low_mm, high_mm, site.step_mm)
        around = Surroundings(tip, grid, solid_labels(site.solids, grid), site.spine, textures)
        reached = _tissue(site, around, ways, volume_ml)
        below, above = touched(reached.arrival, front_of(reached.tissue, volume_ml))
        if not (below.any() or above.any()):
            return trimmed(reached.tissue)
        low_mm = np.where(below, 1.4 * low_mm - 3, low_mm)
        high_mm = np.where(above, 1.4 * high_mm + 3, high_mm)


def _tissue(site: Site, around: Surroundings, ways: Channels, volume_ml: float) -> _Reached:
    """Return what an injectate has reached.

    Growth is followed until the tissue holds the volume or no way is left on the grid.
    """
    field = resistance(site, around, ways)
    most = 3.0 * volume_ml * 1000 / site.step_mm**3 / site.medium.porosity + 8
    while True:
        growth = _growth_from(around, field, site.medium.ease, int(most))
        box = box_of(np.isfinite(growth.arrival), margin=2)
        grid, arrival = part_of(around.grid, box), growth.arrival[box]
        # a voxel fills while the front crosses it, and the longer the way the more gradually
        width = 1 + np.float32(site.medium.feather) * np.where(np.isfinite(arrival), arrival, np.float32(0))
        room = capacity(around, grid, site.medium)
        tissue = Compartment(grid, arrival, width, room, volume_ml, site.injection.iodine_mg_per_ml)
        if tissue.holds_ml >= volume_ml or not growth.complete:
            return _Reached(growth.arrival, tissue)
        most *= 1.8


def _growth_from(around: Surroundings, field: Voxels, ease: float, voxels: int) -> Growth:
    """Return the growth from the tip; a hollow in bone that is too small for it becomes bone."""
    while True:
        growth = grow(field, [free_voxel(field, around.grid.index(around.tip_mm))], ease, voxels)
        below, above = touched(growth.arrival, float(np.finfo(np.float32).max))
        if growth.complete or below.any() or above.any():
            return growth
        field[np.isfinite(growth.arrival)] = -1


def _in_veins(site: Site, tip: Vector, rng: np.random.Generator) -> tuple[Compartment, ...]:
    """Return the veins that a volume runs off in, and the tissue that takes the rest."""
    volume_ml = site.injection.volume_ml
    into_veins_ml = min(volume_ml * rng.uniform(0.6, 1.0), _MOST_IN_VEINS_ML)
    reach = np.array((24.0, 22.0, 34.0))
    grid = grid_around(tip, -reach, reach, site.step_mm)
    bone = Occupancy(grid, solid_labels(site.solids, grid))
    # blood dilutes it to about two thirds, and the last piece of the way is only partly filled
    tree = vein_tree(tip, site.frame, into_veins_ml * 2.0, bone, rng)
    # veins may run on beyond the grid
    margin_mm = tree.radii_mm.max() + site.step_mm
    ends_mm = tree.points_mm.min(axis=0) - margin_mm - tip, tree.points_mm.max(axis=0) + margin_mm - tip
    grid = grid_around(tip, *ends_mm, site.step_mm)
    share, way = lumen(tree, grid)
    arrival = np.where(solid_labels(site.solids, grid) == 0, way, np.inf).astype(np.float32)
    cut = box_of(np.isfinite(arrival), margin=2)
    part = part_of(grid, cut)
    diluted = share[cut] * np.exp(-_way_or_zero(arrival[cut]) / rng.uniform(60, 150))
    width = np.full(part.shape, 6.0, np.float32)
    mg_per_ml = site.injection.iodine_mg_per_ml
    veins = Compartment(part, arrival[cut], width, diluted.astype(np.float32), 0.0, mg_per_ml, True)
    into_veins_ml = min(into_veins_ml, veins.holds_ml)
    veins = trimmed(replace(veins, volume_ml=into_veins_ml))
    rest_ml = volume_ml - into_veins_ml
    return (veins, _in_tissue(site, tip, rest_ml, rng)) if rest_ml > 0 else (veins,)


def _way_or_zero(arrival: Voxels) -> Voxels:
    """Return arrivals with zero where there is none."""
    return np.where(np.isfinite(arrival), arrival, np.float32(0))
