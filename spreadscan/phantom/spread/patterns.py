"""Where the needle's tip lies for each pattern, and how hard the ways from there are."""

from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from spreadscan.anatomy import REFERENCE
from spreadscan.frozen import Vector
from spreadscan.phantom.scenario import Injection
from spreadscan.phantom.spread.canal import epidural_lines, nerve_line, pedicle_above_mm
from spreadscan.phantom.spread.grid import Voxels, grid_around
from spreadscan.phantom.spread.joint import joint_centre_mm, joint_leak, joint_resistance
from spreadscan.phantom.spread.medium import Medium, Surroundings, irregularity, muscle_resistance
from spreadscan.phantom.spread.occupancy import BoxedSurface, solid_labels
from spreadscan.phantom.spread.spine import JunctionAxes, SpineLines
from spreadscan.phantom.spread.tubes import distance_to_lines_mm, tube_factor
from spreadscan.phantom.values import Skeleton

_ROUGH = MappingProxyType(
    {"facet": (0.3, 0.3, 0.2), "foraminal": (0.5, 0.5, 0.4), "epidural": (0.6, 0.5, 0.4)}
)
"""Irregularities in joints and in epidural fat: less than in muscle."""
_CAPSULE = 60.0
"""Resistance where a capsule has given way over that of its joint space."""
_WALL = 7.0
"""Natural logarithm of the resistance beyond the wall of a channel."""
_ROUND_LOW, _ROUND_HIGH = (2.0, 0.8, 2.7), (2.1, 1.5, 4.7)
"""How far injectate probably reaches beside a spine along x, y and z, in radii of a ball of its volume."""


@dataclass(frozen=True, eq=False)
class Site:
    """An injection and its surroundings, on the left.

    Attributes:
        injection: what is asked for.
        skeleton: the bones, mirrored if the injection is on the right.
        spine: lines through the landmarks.
        frame: of the junction.
        needle: unit vector from the tip of the needle to its hub.
        medium: the tissue.
        step_mm: edge of a voxel.
        solids: all that injectate cannot enter.
    """

    injection: Injection
    skeleton: Skeleton
    spine: SpineLines
    frame: JunctionAxes
    needle: Vector
    medium: Medium
    step_mm: float
    solids: tuple[BoxedSurface, ...]


@dataclass(frozen=True, eq=False)
class Channels:
    """Lines along which injectate advances easily.

    Attributes:
        lines_mm: (N, 3) world points of each.
        radius_mm: of the tubes round them.
        upwards: natural logarithm of the resistance towards the feet over that towards the head.
    """

    lines_mm: tuple[Vector, ...]
    radius_mm: float
    upwards: float


def tip_mm(site: Site, rng: np.random.Generator) -> Vector:
    """Return where the tip of the needle lies: against bone from behind, or where the pattern needs it.

    Args:
        site: the injection and its surroundings.
        rng: source of how far it misses.
    """
    frame, pattern = site.frame, site.injection.pattern
    if pattern == "facet":
        return joint_centre_mm(site.skeleton.landmarks_mm, site.injection.level, frame)
    if pattern in ("foraminal", "epidural"):
        nerve = nerve_line(pedicle_above_mm(site.spine, frame), frame, rng)
        # in the foramen, or in the lateral recess of the canal
        return np.asarray(nerve[2] if pattern == "foraminal" else nerve[1])
    # at S1 the ala stands for the process
    process = REFERENCE.get(site.injection.level, REFERENCE["L5"]).process_length_mm
    miss = rng.normal(0, (0.8, 1.2), 2)
    offsets: dict[str, tuple[float, float]] = {
        "lateral": (process * rng.uniform(0.55, 0.9), -rng.uniform(0, 5)),
        "medial": (-rng.uniform(8, 13), -rng.uniform(9, 14)),
        "cranial": (rng.uniform(0, 4), rng.uniform(11, 16)),
    }
    lateral, cranial = offsets.get(pattern, (0.0, -0.5))
    tip = out_of_bone_mm(site, frame.point_mm(lateral + miss[0], 0.5, cranial + miss[1]))
    if pattern == "superficial":
        return tip + frame.direction(-2, rng.uniform(9, 13), 0) * frame.scale
    return tip


def out_of_bone_mm(site: Site, point_mm: Vector) -> Vector:
    """Return the first point behind a point that lies free, as a needle from behind comes to lie on bone.

    Args:
        site: the bones.
        point_mm: where the operator aims.
    """
    along = np.arange(-1.0, 18.0, 0.35)
    points = point_mm + along[:, None] * site.frame.dorsal
    ends = points[[0, -1]] - point_mm
    grid = grid_around(point_mm, ends.min(axis=0) - 1, ends.max(axis=0) + 1, 0.7)
    labels = solid_labels(site.solids, grid)
    free = np.array([labels[grid.index(point)] == 0 for point in points])
    settled = free & np.append(free[2:], [True, True])
    return np.asarray(points[int(np.argmax(settled))])


def channels(site: Site, tip: Vector, rng: np.random.Generator) -> Channels:
    """Return the lines that injectate follows in a pattern; none where it finds its way between muscles.

    Args:
        site: the injection and its surroundings.
        tip: of the needle, world.
        rng: draws the course of bands and nerves, and where a capsule gives way.
    """
    pattern, frame = site.injection.pattern, site.frame
    if pattern == "facet":
        return Channels(joint_leak(site.spine, frame, tip, rng), rng.uniform(1.6, 2.6), 0.0)
    if pattern == "foraminal":
        lines: tuple[Vector, ...] = (nerve_line(pedicle_above_mm(site.spine, frame), frame, rng),)
        return Channels((*lines, np.stack((tip, _nearest_mm(lines, tip)))), rng.uniform(1.4, 2.2), 0.0)
    if pattern == "epidural":
        lines = epidural_lines(site.spine, frame, rng)
        # epidural injectate goes upwards in nine of ten (Yoo, Acta Radiol 2020: 92.6 %)
        upwards = 1.2 if rng.random() < 0.926 else -1.0
        return Channels((*lines, np.stack((tip, _nearest_mm(lines, tip)))), rng.uniform(1.4, 2.2), upwards)
    track = (np.stack((tip, tip + 60 * site.needle)),) if pattern == "needle-track" else ()
    return Channels(track, 1.3, 0.0)


def resistance(site: Site, around: Surroundings, ways: Channels) -> Voxels:
    """Return how hard each voxel is to advance through for a pattern, negative in bone.

    Args:
        site: the injection and its surroundings.
        around: the grid and what is solid there.
        ways: the lines that it follows.
    """
    pattern = site.injection.pattern
    if pattern in _ROUGH:
        along = _along(around, ways)
        shape = along
        if pattern == "facet":
            shape = joint_resistance(around.grid, around.labels, around.tip_mm, _CAPSULE * along)
        field = shape * irregularity(around, replace(site.medium, rough=_ROUGH[pattern]))
        field[around.labels > 0] = -1
        return field
    medium = site.medium
    if pattern == "superficial":
        medium = replace(medium, hug_mm=np.inf, planes=0.3 * medium.planes, ventral=1.5)
    field = muscle_resistance(around, medium)
    if pattern == "needle-track":
        field = np.where(field < 0, field, field * np.minimum(1, 0.015 * _along(around, ways))).astype(
            np.float32
        )
    return field


def _along(around: Surroundings, ways: Channels) -> Voxels:
    """Return the resistance of channels and their walls: 1 in their middle."""
    tube = tube_factor(distance_to_lines_mm(around.grid, ways.lines_mm), ways.radius_mm, _WALL)
    above_mm = around.grid.axes_mm[2] - around.tip_mm[2]
    return np.asarray(tube * np.exp(-0.5 * ways.upwards * np.tanh(above_mm / 8)), dtype=np.float32)


def _nearest_mm(lines_mm: tuple[Vector, ...], point_mm: Vector) -> Vector:
    """Return the point of some lines that is nearest to a point."""
    points = np.vstack(lines_mm)
    return np.asarray(points[np.argmin(np.linalg.norm(points - point_mm, axis=1))])


def reach_mm(site: Site, volume_ml: float) -> tuple[Vector, Vector]:
    """Return the box in which an injectate probably stays: lower and upper corner from the tip of the needle.

    Args:
        site: the injection and its surroundings.
        volume_ml: that is injected.
    """
    ball_mm = float((3 * volume_ml * 1000 / (4 * np.pi * site.medium.porosity)) ** (1 / 3))
    low, high = {
        "epidural": ((-20, -11, -4 * ball_mm - 5), (14 + ball_mm, 15, 6 * ball_mm + 15)),
        "foraminal": ((-10, -13, -16 - ball_mm), (14 + ball_mm, 9, 10 + ball_mm)),
        "facet": ((-12, -13, -13 - ball_mm), (11, 14, 13 + 1.5 * ball_mm)),
    }.get(
        site.injection.pattern,
        (tuple(-4 - ball_mm * n for n in _ROUND_LOW), tuple(4 + ball_mm * n for n in _ROUND_HIGH)),
    )
    low_mm, high_mm = np.array(low, dtype=np.float64), np.array(high, dtype=np.float64)
    if site.injection.pattern == "needle-track":
        track = (4 + 3 * ball_mm) * site.needle
        low_mm, high_mm = 0.7 * low_mm + np.minimum(track, 0), 0.7 * high_mm + np.maximum(track, 0)
    return low_mm, high_mm
