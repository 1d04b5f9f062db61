"""Implicit solids: functions of space that are negative inside and, near the surface, a distance in mm.

Points come as three arrays x, y, z that broadcast against one another. A bone is a sequence of parts, each
one added to or carved out of what came before, with a rounded seam.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Point = tuple[float, float, float]
FAR_MM = np.float32(1e3)


class Solid(Protocol):
    """What every solid answers."""

    @property
    def box_mm(self) -> tuple[Point, Point]:
        """Smallest and largest x, y, z that the solid reaches."""
        ...

    def distance_mm(self, x: Array, y: Array, z: Array) -> Array:
        """Signed distance, negative inside; a first-order approximation off the surface."""
        ...


@dataclass(frozen=True)
class Tube:
    """A swept ellipse: processes, pedicles, laminae, ribs.

    Attributes:
        nodes_mm: points of the centre line.
        radii_mm: half-axes of the ellipse at each node, the first one along ``across``.
        across: direction of the first half-axis; made perpendicular to each piece of the centre line.
    """

    nodes_mm: tuple[Point, ...]
    radii_mm: tuple[tuple[float, float], ...]
    across: Point

    @property
    def box_mm(self) -> tuple[Point, Point]:
        """Smallest and largest x, y, z that the tube reaches."""
        nodes = np.array(self.nodes_mm)
        widest = np.array(self.radii_mm).max(axis=1)[:, None]
        return _point((nodes - widest).min(axis=0)), _point((nodes + widest).max(axis=0))

    def distance_mm(self, x: Array, y: Array, z: Array) -> Array:
        """Smallest distance to any piece of the tube."""
        pieces = zip(self.nodes_mm, self.nodes_mm[1:], self.radii_mm, self.radii_mm[1:], strict=False)
        found = [_piece(np.array(piece[:2]), np.array(piece[2:]), self.across, (x, y, z)) for piece in pieces]
        return np.asarray(np.minimum.reduce(found), dtype=np.float32)


@dataclass(frozen=True)
class Ellipsoid:
    """An ellipsoid along the axes: bumps and hollows.

    Attributes:
        centre_mm: its middle.
        radii_mm: its half-axes.
    """

    centre_mm: Point
    radii_mm: Point

    @property
    def box_mm(self) -> tuple[Point, Point]:
        """Smallest and largest x, y, z that the ellipsoid reaches."""
        centre, radii = np.array(self.centre_mm), np.array(self.radii_mm)
        return _point(centre - radii), _point(centre + radii)

    def distance_mm(self, x: Array, y: Array, z: Array) -> Array:
        """k0 (k0 − 1) / k1 with k0 = |p / r| and k1 = |p / r²|: exact to first order at the surface."""
        return _ellipsoid(tuple(p - c for p, c in zip((x, y, z), self.centre_mm, strict=True)), self.radii_mm)


@dataclass(frozen=True)
class Cylinder:
    """A round cylinder of unlimited reach across its box: the curved surface of a facet joint.

    Attributes:
        centre_mm: a point of the axis.
        axis: unit vector along it.
        radius_mm: its radius.
        reach_mm: how far along the axis from the centre it reaches.
    """

    centre_mm: Point
    axis: Point
    radius_mm: float
    reach_mm: float

    @property
    def box_mm(self) -> tuple[Point, Point]:
        """Smallest and largest x, y, z that the cylinder reaches."""
        half = np.abs(np.array(self.axis)) * self.reach_mm + self.radius_mm
        return _point(np.array(self.centre_mm) - half), _point(np.array(self.centre_mm) + half)

    def distance_mm(self, x: Array, y: Array, z: Array) -> Array:
        """Larger one of the distances to the wall and to the ends."""
        dx, dy, dz = (p - np.float32(c) for p, c in zip((x, y, z), self.centre_mm, strict=True))
        along = _dot((dx, dy, dz), self.axis)
        radial = np.sqrt(np.maximum(dx * dx + dy * dy + dz * dz - along * along, 1e-6))
        ends = np.abs(along) - np.float32(self.reach_mm)
        return np.asarray(np.maximum(radial - np.float32(self.radius_mm), ends), dtype=np.float32)


@dataclass(frozen=True)
class Trimmed:
    """A solid cut by another one, with a rounded edge: articular processes along their joint.

    Attributes:
        solid: what is cut.
        cutter: what cuts it.
        keep: which part stays, seen from the cutter.
        blend_mm: width of the rounded edge.
    """

    solid: Solid
    cutter: Solid
    keep: Literal["inside", "outside"]
    blend_mm: float = 1.5

    @property
    def box_mm(self) -> tuple[Point, Point]:
        """Smallest and largest x, y, z of the uncut solid."""
        return self.solid.box_mm

    def distance_mm(self, x: Array, y: Array, z: Array) -> Array:
        """Larger one of the distances to the solid and to the side of the cutter that stays."""
        cut = self.cutter.distance_mm(x, y, z)
        cut = -cut if self.keep == "inside" else cut
        return -smooth_minimum(-self.solid.distance_mm(x, y, z), cut, self.blend_mm)


@dataclass(frozen=True)
class Elsewhere:
    """A solid of a neighbouring bone, seen from the frame of this one, thicker by a clearance.

    Attributes:
        solid: in its own frame.
        rotation: rows of the rotation that turns directions of this frame into those of its own.
        shift_mm: where this frame's origin lies in its own frame.
        clearance_mm: how much thicker.
    """

    solid: Solid
    rotation: tuple[Point, Point, Point]
    shift_mm: Point
    clearance_mm: float

    @property
    def box_mm(self) -> tuple[Point, Point]:
        """Smallest and largest x, y, z that the solid reaches in this frame."""
        low, high = self.solid.box_mm
        corners = np.array(list(product(*zip(low, high, strict=True))))
        here = (corners - self.shift_mm) @ np.array(self.rotation)
        return _point(here.min(axis=0) - self.clearance_mm), _point(here.max(axis=0) + self.clearance_mm)

    def distance_mm(self, x: Array, y: Array, z: Array) -> Array:
        """Distance to the thicker solid."""
        there = [
            _dot((x, y, z), row) + np.float32(shift)
            for row, shift in zip(self.rotation, self.shift_mm, strict=True)
        ]
        return self.solid.distance_mm(there[0], there[1], there[2]) - np.float32(self.clearance_mm)


@dataclass(frozen=True)
class Part:
    """A solid and how it joins what came before.

    Attributes:
        solid: the solid.
        how: whether it is added or carved out.
        blend_mm: width of the rounded seam.
    """

    solid: Solid
    how: Literal["add", "carve"] = "add"
    blend_mm: float = 2.0


def mould(parts: Sequence[Part], axes_mm: tuple[Array, Array, Array]) -> Array:
    """Put the parts of a bone together on a grid.

    Args:
        parts: in order; the first one must be added.
        axes_mm: x, y and z of the planes of the grid.

    Returns:
        Signed distance of each point of the grid, negative inside; cut off at a few mm outside.
    """
    field = np.full(tuple(len(axis) for axis in axes_mm), FAR_MM, dtype=np.float32)
    for part in parts:
        window = _window(part.solid.box_mm, axes_mm, part.blend_mm + 4 * float(axes_mm[0][1] - axes_mm[0][0]))
        if window is None:
            continue
        x, y, z = (axis[piece] for axis, piece in zip(axes_mm, window, strict=True))
        own = part.solid.distance_mm(x[:, None, None], y[None, :, None], z[None, None, :])
        field[window] = _joined(field[window], own, part)
    return field


def smooth_minimum(a: Array, b: Array, width: float) -> Array:
    """Smaller one of two fields, rounded where they differ by less than ``width`` (polynomial, quadratic)."""
    overlap = np.maximum(np.float32(width) - np.abs(a - b), 0)
    rounded = np.minimum(a, b) - overlap * overlap * np.float32(0.25 / width)
    return np.asarray(rounded, dtype=np.float32)


def _joined(field: Array, own: Array, part: Part) -> Array:
    if part.how == "add":
        return smooth_minimum(field, own, part.blend_mm)
    return -smooth_minimum(-field, own, part.blend_mm)


def _window(
    box_mm: tuple[Point, Point], axes_mm: tuple[Array, Array, Array], margin_mm: float
) -> tuple[slice, slice, slice] | None:
    """Part of the grid that a box with a margin covers."""
    pieces = []
    for low, high, axis in zip(*box_mm, axes_mm, strict=True):
        first, last = np.searchsorted(axis, [low - margin_mm, high + margin_mm])
        if last - first < 1:
            return None
        pieces.append(slice(int(first), int(last)))
    return pieces[0], pieces[1], pieces[2]


def _piece(
    ends: NDArray[np.float64], radii: NDArray[np.float64], across: Point, at: tuple[Array, Array, Array]
) -> Array:
    """Distance to one straight piece of a tube with elliptic, rounded ends."""
    length = float(np.linalg.norm(ends[1] - ends[0]))
    axis = (ends[1] - ends[0]) / length
    first = np.array(across) - axis * np.dot(axis, across)
    first /= np.linalg.norm(first)
    second = np.cross(axis, first)
    from_start = tuple(p - np.float32(c) for p, c in zip(at, ends[0], strict=True))
    along = _dot(from_start, axis)
    share = np.clip(along * np.float32(1 / length), 0, 1)
    a = np.float32(radii[0, 0]) + share * np.float32(radii[1, 0] - radii[0, 0])
    b = np.float32(radii[0, 1]) + share * np.float32(radii[1, 1] - radii[0, 1])
    beyond = along - share * np.float32(length)
    return _ellipsoid((_dot(from_start, first), _dot(from_start, second), beyond), (a, b, np.minimum(a, b)))


def _ellipsoid(offset: tuple[Array, ...], radii: tuple[Array | float, ...]) -> Array:
    scaled = [p / r for p, r in zip(offset, radii, strict=True)]
    k0 = np.sqrt(sum(s * s for s in scaled))
    k1 = np.sqrt(sum((s / r) ** 2 for s, r in zip(scaled, radii, strict=True))) + np.float32(1e-6)
    near_centre = -np.minimum.reduce([np.asarray(r, dtype=np.float32) for r in radii])
    return np.asarray(np.maximum(k0 * (k0 - 1) / k1, near_centre), dtype=np.float32)


def _dot(offset: tuple[Array, ...], direction: Sequence[float] | NDArray[np.float64]) -> Array:
    total = sum(p * np.float32(d) for p, d in zip(offset, direction, strict=True))
    return np.asarray(total, dtype=np.float32)


def _point(xyz: NDArray[np.float64]) -> Point:
    return float(xyz[0]), float(xyz[1]), float(xyz[2])
