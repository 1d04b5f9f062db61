"""Needles as closed surfaces."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from spreadscan.frozen import Vector, value
from spreadscan.phantom.scenario import Injection
from spreadscan.phantom.spread.compartment import Spread
from spreadscan.phantom.spread.spine import junction_frame
from spreadscan.phantom.values import Skeleton, Surface

OUTER_DIAMETER_MM: Mapping[int, float] = MappingProxyType(
    {20: 0.908, 21: 0.819, 22: 0.718, 23: 0.64, 25: 0.51}
)
"""By gauge: 20 to 22 as listed for the lumbar total dorsal ramus injection (WikiMSK), 23 and 25 nominal."""
BORE_MM: Mapping[int, float] = MappingProxyType({20: 0.603, 21: 0.514, 22: 0.413, 23: 0.337, 25: 0.260})
"""Inner diameter by gauge, regular wall (nominal, ISO 9626); the stylet is out while injecting."""
HUB_DENSITY = 0.10
"""Attenuation of a hub over that of steel: a plastic hub round a short steel liner (an assumption)."""
_RINGS = 32
"""Sections of a shaft: its depth is interpolated linearly between them."""
_SIDES = 16
_BEVEL = 2.3
"""Length of a cutting bevel in diameters: about 23 degrees."""
_HUB_SIDES = 24
_HUB_MM = ((0.0, 1.6), (3.0, 2.1), (9.0, 2.1), (10.0, 3.0), (18.0, 3.0))
"""Profile of a hub: way from the end of the shaft, radius; a Luer cone with its collar."""


@value
class Needle:
    """A needle in place.

    Attributes:
        shaft: outside of the steel, from the bevel to the hub.
        bore: inside of it, from behind the bevel to the hub.
        hub: of plastic, ``HUB_DENSITY`` times as dense to X-rays as steel.
        path_mm: (N, 3) world points along its middle, from the tip to the end of the hub.
        gauge: of the shaft.
    """

    shaft: Surface
    bore: Surface
    hub: Surface
    path_mm: Vector
    gauge: int


def needle(skeleton: Skeleton, injection: Injection, spread: Spread, rng: np.random.Generator) -> Needle:
    """Return the needle of an injection, its tip where the injectate comes from.

    Args:
        skeleton: tells which way the head is: the bevel looks there, more or less (Kimura 2020).
        injection: gauge and length; a needle that has been withdrawn has no gauge and makes no surface.
        spread: where the tip lies and which way the needle goes.
        rng: draws how it bends and how far the bevel is turned.

    Raises:
        ValueError: if the needle has been withdrawn.
    """
    if injection.gauge is None:
        raise ValueError("a needle that has been withdrawn has no surface")
    diameter_mm = OUTER_DIAMETER_MM[injection.gauge]
    cranial = junction_frame(skeleton.landmarks_mm, injection.level).cranial
    across = _across(spread.needle, cranial, rng.normal(0, 0.5))
    # a needle that is steered bends by a fraction of a degree, a thin one more
    bend_mm = rng.normal(0, 0.6, 2) * (OUTER_DIAMETER_MM[22] / diameter_mm) ** 2
    length = injection.needle_length_mm
    ways = np.concatenate(([0.0], np.linspace(_BEVEL * diameter_mm + 0.1, length, _RINGS - 1)))
    shaft_mm = (
        spread.tip_mm + ways[:, None] * spread.needle + (ways[:, None] / length) ** 2 * (bend_mm @ across)
    )
    hub_ways, hub_radii = np.array(_HUB_MM).T
    hub_mm = shaft_mm[-1] + hub_ways[:, None] * spread.needle
    shaft = _tube(shaft_mm, np.full(_RINGS, diameter_mm / 2), across, _SIDES)
    return Needle(
        shaft=_bevelled(shaft, _BEVEL * diameter_mm, spread.needle),
        bore=_tube(shaft_mm[1:], np.full(_RINGS - 1, BORE_MM[injection.gauge] / 2), across, _SIDES),
        hub=_tube(hub_mm, hub_radii, across, _HUB_SIDES),
        path_mm=np.vstack((shaft_mm, hub_mm)),
        gauge=injection.gauge,
    )


def _across(direction: Vector, cranial: Vector, turn: float) -> Vector:
    """Return two unit vectors across a direction, the first one to the head but for a turn, (2, 3).

    Together with the direction they are right-handed.
    """
    up = cranial - (cranial @ direction) * direction
    up = up / np.linalg.norm(up)
    aside = np.cross(direction, up)
    return np.stack((np.cos(turn) * up + np.sin(turn) * aside, np.cos(turn) * aside - np.sin(turn) * up))


def _tube(middle_mm: Vector, radii_mm: Vector, across: Vector, sides: int) -> Surface:
    """Return a closed tube of polygons whose areas are those of the circles.

    Args:
        middle_mm: (N, 3) points along its middle.
        radii_mm: (N,) of the circles.
        across: (2, 3) unit vectors in the plane of the polygons.
        sides: of a polygon.

    Returns:
        Vertices ring by ring, then the middles of the first and last polygon.
    """
    angles = 2 * np.pi * np.arange(sides) / sides
    polygon = np.stack((np.cos(angles), np.sin(angles)), axis=1) @ across
    polygon *= np.sqrt(2 * np.pi / sides / np.sin(2 * np.pi / sides))
    rings = middle_mm[:, None] + radii_mm[:, None, None] * polygon
    count = len(middle_mm)
    here = np.arange(sides)
    following = (here + 1) % sides
    first = sides * np.arange(count - 1)[:, None]
    a, b, c, d = (first + here, first + following, first + sides + following, first + sides + here)
    walls = [np.stack(corners, axis=-1).reshape(-1, 3) for corners in ((a, b, c), (a, c, d))]
    start, end = np.full(sides, sides * count), np.full(sides, sides * count + 1)
    last = sides * (count - 1)
    caps = [
        np.stack((start, following, here), axis=1),
        np.stack((end, last + here, last + following), axis=1),
    ]
    vertices = np.vstack((rings.reshape(-1, 3), middle_mm[[0, -1]]))
    return Surface(vertices, np.vstack((*walls, *caps)).astype(np.int32))


def _bevelled(shaft: Surface, length_mm: float, direction: Vector) -> Surface:
    """Return a shaft whose first polygon is slanted: its tip stays, the opposite side moves up the shaft."""
    vertices = shaft.vertices_mm.copy()
    angles = 2 * np.pi * np.arange(_SIDES) / _SIDES
    vertices[:_SIDES] += (length_mm * (1 + np.cos(angles)) / 2)[:, None] * direction
    vertices[-2] += length_mm / 2 * direction
    return Surface(vertices, shaft.faces)
