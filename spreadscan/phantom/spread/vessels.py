"""Veins that injectate runs off in: a branching tree, filled from the needle on."""

from dataclasses import dataclass

import numpy as np

from spreadscan.frozen import Vector, value
from spreadscan.phantom.spread.grid import Grid, Occupancy
from spreadscan.phantom.spread.spine import JunctionAxes

_STEP_MM = 0.5
"""Length of a piece of vein."""
_MOST_TRUNKS = 3
_THINNEST_MM = 0.3
"""Radius below which no vein shows any more."""


@dataclass(frozen=True, eq=False)
class _Sprout:
    """Where a vein goes on: tip, direction, radius, way from the needle, and how much further."""

    tip_mm: Vector
    direction: Vector
    radius_mm: float
    way_mm: float
    left_mm: float


@value
class Veins:
    """A tree of veins as points along them.

    Attributes:
        points_mm: (N, 3) world.
        radii_mm: (N,) of the lumen.
        ways_mm: (N,) way from the needle.
    """

    points_mm: Vector
    radii_mm: Vector
    ways_mm: Vector

    @property
    def volume_ml(self) -> float:
        """Volume of the lumen without regard to overlap at branches."""
        return float((np.pi * self.radii_mm**2).sum() * _STEP_MM / 1000)


def vein_tree(
    start_mm: Vector,
    frame: JunctionAxes,
    volume_ml: float,
    bone: Occupancy,
    rng: np.random.Generator,
) -> Veins:
    """Return veins that hold about a volume, or less where no more are near.

    The veins at the junction drain forwards round the body into the ascending lumbar vein, which runs along
    the spine, and through the dorsal plexus behind the laminae.

    Args:
        start_mm: where the needle lies in a vein.
        frame: of the junction.
        volume_ml: to be held.
        bone: veins turn away from it.
        rng: source of the tree.
    """
    sprouts: list[_Sprout] = []
    pieces: list[_Sprout] = []
    held_ml, trunks = 0.0, 0
    while held_ml < volume_ml and (sprouts or trunks < _MOST_TRUNKS):
        if not sprouts:
            trunks += 1
            sprouts = _trunks(start_mm, frame, (volume_ml / 0.6) ** (1 / 3), rng)
        sprout = sprouts.pop(0)
        pieces.append(sprout)
        held_ml += np.pi * sprout.radius_mm**2 * _STEP_MM / 1000
        # the tree grows at all its ends at once, nearest to the needle first
        sprouts = sorted(sprouts + _grown(sprout, bone, rng), key=lambda s: s.way_mm)
    return Veins(
        np.array([piece.tip_mm for piece in pieces]),
        np.array([piece.radius_mm for piece in pieces]),
        np.array([piece.way_mm for piece in pieces]),
    )


def _trunks(start_mm: Vector, frame: JunctionAxes, size: float, rng: np.random.Generator) -> list[_Sprout]:
    """Return the two veins that leave a junction: one forwards and along the spine, one behind the laminae.

    Args:
        start_mm: where the needle lies.
        frame: of the junction.
        size: of the veins over the usual; at least 1 is taken.
        rng: source of their courses.
    """
    up = 1.0 if rng.random() < 0.7 else -1.0
    outflow = frame.direction(rng.normal(-0.1, 0.35), -rng.uniform(0.1, 0.6), up)
    plexus = frame.direction(rng.normal(-0.2, 0.4), rng.uniform(0.0, 0.4), -up)
    kinds = ((outflow, (0.8, 1.5), (45, 75)), (plexus, (0.5, 0.9), (15, 35)))
    return [
        _Sprout(
            start_mm,
            direction / np.linalg.norm(direction),
            max(1.0, size) * rng.uniform(*radii_mm),
            0.0,
            max(1.0, size) * rng.uniform(*lengths_mm),
        )
        for direction, radii_mm, lengths_mm in kinds
    ]


def _grown(sprout: _Sprout, bone: Occupancy, rng: np.random.Generator) -> list[_Sprout]:
    """Return how a vein goes on: nothing, itself a piece further, or that and a branch."""
    if sprout.left_mm <= 0 or sprout.radius_mm < _THINNEST_MM:
        return []
    direction, tip = _step(sprout, bone, rng)
    radius = sprout.radius_mm * (1 - 0.004 * _STEP_MM) * float(np.exp(rng.normal(0, 0.02)))
    on = _Sprout(tip, direction, radius, sprout.way_mm + _STEP_MM, sprout.left_mm - _STEP_MM)
    if rng.random() > 0.05 * _STEP_MM:
        return [on]
    side = direction + rng.normal(0, 0.6, 3)
    branch_radius = radius * rng.uniform(0.4, 0.8)
    # radii at a branch: the cubes add up (Murray, PNAS 1926;12:207)
    thinner = float((radius**3 - 0.6 * branch_radius**3) ** (1 / 3))
    branch = _Sprout(
        tip, side / np.linalg.norm(side), branch_radius, on.way_mm, on.left_mm * rng.uniform(0.3, 0.9)
    )
    return [_Sprout(tip, direction, thinner, on.way_mm, on.left_mm), branch]


def _step(sprout: _Sprout, bone: Occupancy, rng: np.random.Generator) -> tuple[Vector, Vector]:
    """Return direction and tip a piece further: winding, and away from bone where there is some ahead."""
    direction, tip = sprout.direction, sprout.tip_mm
    for attempt in range(8):
        turned = sprout.direction + rng.normal(0, 0.09 + 0.25 * attempt, 3)
        direction = turned / np.linalg.norm(turned)
        tip = sprout.tip_mm + _STEP_MM * direction
        if bone.is_free(tip + sprout.radius_mm * direction):
            break
    return direction, tip


def lumen(veins: Veins, grid: Grid) -> tuple[Vector, Vector]:
    """Return how much of each voxel the veins take, and the way from the needle to it.

    A voxel whose centre lies at depth e below the wall is taken to min(1, e / step + ½), at least nothing.

    Args:
        veins: the tree.
        grid: where.

    Returns:
        (X, Y, Z) shares and ways in millimetres, infinite where there is no vein.
    """
    reach = int(np.ceil(veins.radii_mm.max() / grid.step_mm + 0.5))
    cube = np.stack(np.meshgrid(*[np.arange(-reach, reach + 1)] * 3, indexing="ij"), -1).reshape(-1, 3)
    places = (veins.points_mm - grid.origin_mm) / grid.step_mm
    cells = np.rint(places).astype(int)[:, None] + cube
    distance_mm = np.linalg.norm(cells - places[:, None], axis=2) * grid.step_mm
    shares = np.clip((veins.radii_mm[:, None] - distance_mm) / grid.step_mm + 0.5, 0, 1)
    ways = np.broadcast_to(veins.ways_mm[:, None], shares.shape)
    here = (shares > 0) & ((cells >= 0) & (cells < grid.shape)).all(axis=2)
    where = tuple(cells[here].T)
    share, way = np.zeros(grid.shape), np.full(grid.shape, np.inf)
    np.maximum.at(share, where, shares[here])
    np.minimum.at(way, where, ways[here])
    return share, way
