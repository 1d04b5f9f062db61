"""The solid parts of the sacrum.

Local frame: x to the left, y to the back, z along the normal of the end-plate of S1; origin in the middle of
its posterior edge, mm. Parts are those of the left half. The bone is made straight and then bent: n counts to
the back from the posterior wall of the bodies, s towards the tail. All sizes but the width of the end-plate
(about 50 mm), the S1 SAP's base (22 to 25 mm from the midline), its alae (to about 55 mm) and the angle of
its facet are assumptions after general anatomy.
"""

from dataclasses import dataclass
from math import cos, radians, sin

import numpy as np
from numpy.typing import NDArray

from spreadscan.phantom.bones.morphometry import JOINT_GAP_MM, UPPER_HOLLOW_MM
from spreadscan.phantom.bones.solids import Array, Ellipsoid, Part, Point, Solid, Trimmed, Tube
from spreadscan.phantom.bones.vertebra import FACET_RADIUS_MM, CurvedJoint

LEVELS_S_MM = (0.0, 28.0, 52.0, 72.0, 89.0, 105.0)
"""Position along the sacrum of the upper plates of S1 to S5 and of the end."""
BODY_HALF_WIDTH_MM = (25.0, 18.5, 15.0, 12.5, 10.5, 7.0)
BODY_DEPTH_MM = (33.0, 23.0, 16.5, 12.5, 10.0, 7.0)
HALF_WIDTH_MM = (51.0, 57.0, 51.0, 40.0, 32.0, 13.0)
FACET_X_MM, FACET_ANGLE_DEG = 21.5, 49.0
FORAMEN_X_MM = (23.5, 20.5, 18.0, 16.0)


def bend_mm(z: Array) -> Array:
    """How far the posterior wall of the bodies lies behind the origin, by height: the curve of the sacrum."""
    s = np.clip(-z, 0, 130)
    return np.asarray(0.36 * s - 0.0036 * s * s, dtype=np.float32)


@dataclass(frozen=True)
class Bent:
    """A solid of the straight sacrum, bent.

    Attributes:
        solid: in straight coordinates x, n and -s.
    """

    solid: Solid

    @property
    def box_mm(self) -> tuple[Point, Point]:
        """Smallest and largest x, y, z that the bent solid reaches."""
        low, high = self.solid.box_mm
        bends = bend_mm(np.linspace(low[2], high[2], 20, dtype=np.float32))
        return (low[0], low[1] + float(bends.min()), low[2]), (high[0], high[1] + float(bends.max()), high[2])

    def distance_mm(self, x: Array, y: Array, z: Array) -> Array:
        """Distance in straight coordinates: too large by up to the slope of the bend."""
        return self.solid.distance_mm(x, y - bend_mm(z), z)


@dataclass(frozen=True)
class SacralBodies:
    """The fused bodies: rounded in front, flat behind, with the end-plate of S1 on top."""

    @property
    def box_mm(self) -> tuple[Point, Point]:
        """Smallest and largest x, n, -s that the bodies reach."""
        return (-27.0, -36.0, -107.0), (27.0, 3.0, 3.0)

    def distance_mm(self, x: Array, y: Array, z: Array) -> Array:
        """Larger one of the distances to the wall and to the ends, with rounded edges."""
        half, depth = _at(BODY_HALF_WIDTH_MM, z), _at(BODY_DEPTH_MM, z)
        # transverse ridges where the discs were
        ridge = sum(np.exp(-(((z + np.float32(s)) / 2.5) ** 2)) for s in LEVELS_S_MM[1:4])
        half = half + np.asarray(1.2 * ridge - 0.6, dtype=np.float32)
        v = (y + depth / 2) / (depth / 2)
        radius = ((np.abs(x) / half) ** 2.3 + np.abs(v) ** 2.3 + np.float32(1e-9)) ** np.float32(1 / 2.3)
        wall = (radius - 1) * np.minimum(half, depth / 2)
        hollow = np.float32(UPPER_HOLLOW_MM) * np.clip(1 - radius * radius, 0, 1)
        ends = np.maximum(z + hollow - np.float32(UPPER_HOLLOW_MM), -z - 105)
        return _rounded(wall, ends, 2.0)


@dataclass(frozen=True)
class LateralMass:
    """The ala and the lateral part of the sacrum.

    Attributes:
        grow_mm: how much thicker than the bone: the space that other bones keep free.
    """

    grow_mm: float = 0.0

    @property
    def box_mm(self) -> tuple[Point, Point]:
        """Smallest and largest x, n, -s that the mass reaches."""
        return (-64.0, -40.0, -108.0), (64.0, 20.0, 6.0)

    def distance_mm(self, x: Array, y: Array, z: Array) -> Array:
        """Largest of the distances to the side, the front, the back, the top and the end."""
        across = np.abs(x)
        depth = _at(BODY_DEPTH_MM, z)
        # the joint with the ilium runs from the front to the back and the midline
        auricular = np.clip(1 - (z + 22) ** 2 / 40**2, 0, 1).astype(np.float32)
        side = across - _at(HALF_WIDTH_MM, z) + np.float32(0.28) * (y + 6) * auricular
        front = -y - depth * (1 - np.float32(0.70) * np.clip(across / 50, 0, 1.2) ** 2)
        back = y - _at((11.0, 12.0, 10.0, 8.0, 6.0, 3.0), z) + 0.004 * np.clip(across - 20, 0, None) ** 2
        top = z + 3.0 + 0.010 * np.clip(across - 22, 0, None) ** 2 * 0.55
        ends = np.maximum(top, -z - 104)
        walls = _rounded(_rounded(side, front, 7.0), back, 7.0)
        return _rounded(walls, ends, 6.0) - np.float32(self.grow_mm)


def sacral_joint() -> CurvedJoint:
    """Return the left joint between L5 and S1 in the frame of the sacrum."""
    angle = radians(FACET_ANGLE_DEG)
    return CurvedJoint((FACET_X_MM, 15.5, 3.5), (0.0, 0.0, 1.0), (-cos(angle), sin(angle), 0.0))


def sacral_junction_mm() -> Point:
    """Return the base of the left S1 SAP on the ala before it is laid on the surface."""
    return 28.0, 8.0, -3.0


def sacrum_parts() -> list[Part]:
    """Return the parts of the left half of the sacrum."""
    bodies = [Part(Bent(SacralBodies())), Part(Bent(LateralMass()), blend_mm=4.0)]
    return [*bodies, *_arches(), *_superior_process(), *_hollows()]


def sacral_articulating_parts() -> list[Part]:
    """Return the parts that L5 keeps clear of."""
    return [*_superior_process(), *_arches()[:1]]


def _superior_process() -> list[Part]:
    joint = sacral_joint()
    cut = joint.cutter(FACET_RADIUS_MM + JOINT_GAP_MM / 2)
    nodes = ((FACET_X_MM + 2.0, 9.0, -10.0), joint.along(-5.0, -4.2), joint.along(4.5, -4.0))
    tube = Tube(nodes, ((8.0, 5.5), (7.5, 4.8), (5.5, 3.2)), joint.across)
    return [Part(Trimmed(tube, cut, "outside"), blend_mm=4.0)]


def _arches() -> list[Part]:
    """Fused laminae, median and intermediate crest."""
    s = (-12.0, -22.0, -42.0, -62.0, -80.0)
    x = (19.0, 17.0, 13.0, 11.0, 9.0)
    parts = []
    for z, wide in zip(s, x, strict=True):
        high = 7.0 if z > -15 else 11.0
        nodes = ((wide, 8.0, z), (wide * 0.5, 14.5, z - 2), (0.0, 17.5, z - 4))
        parts.append(Part(Bent(Tube(nodes, ((high, 2.7),) * 3, (0.0, 0.0, 1.0))), blend_mm=4.0))
    crest = (
        Ellipsoid((0.0, 19.5, -18.0), (3.0, 5.5, 7.5)),
        Ellipsoid((0.0, 19.0, -34.0), (3.0, 6.0, 9.0)),
        Ellipsoid((0.0, 16.0, -56.0), (3.0, 5.0, 8.0)),
    )
    return parts + [Part(Bent(bump), blend_mm=4.0) for bump in crest]


def _hollows() -> list[Part]:
    """The canal, and from it the foramina to the front and the back."""
    canal = Tube(
        ((0.0, 6.5, 14.0), (0.0, 6.5, -10.0), (0.0, 6.0, -50.0), (0.0, 5.0, -100.0)),
        ((15.5, 6.2), (14.0, 5.5), (8.5, 3.8), (4.0, 2.0)),
        (1.0, 0.0, 0.0),
    )
    parts = [Part(Bent(canal), "carve", blend_mm=1.5)]
    for s, x, size in zip(LEVELS_S_MM[1:5], FORAMEN_X_MM, (5.6, 5.2, 4.6, 3.8), strict=True):
        depth = float(np.interp(s, LEVELS_S_MM, BODY_DEPTH_MM))
        nodes = ((x + 5.0, -depth - 6.0, -s - 2.0), (x - 1.0, 0.0, -s + 1.0), (x + 2.0, 22.0, -s))
        radii = ((size * 1.7, size * 1.25), (size * 0.9, size), (size * 0.7, size * 0.75))
        parts.append(Part(Bent(Tube(nodes, radii, (1.0, 0.0, 0.0))), "carve", blend_mm=3.0))
        inwards = ((x - 1.0, 2.0, -s + 1.0), (x * 0.4, 5.0, -s + 6.0))
        into = Tube(inwards, ((size * 0.8, 3.5),) * 2, (0.0, 0.0, 1.0))
        parts.append(Part(Bent(into), "carve", blend_mm=1.5))
    return parts


def _at(profile: tuple[float, ...], z: Array) -> Array:
    return np.asarray(np.interp(-z, LEVELS_S_MM, profile), dtype=np.float32)


def _rounded(a: NDArray[np.floating], b: NDArray[np.floating], width: float) -> Array:
    """Larger one of two fields, rounded."""
    overlap = np.maximum(width - np.abs(a - b), 0)
    return np.asarray(np.maximum(a, b) + overlap * overlap * 0.25 / width, dtype=np.float32)
