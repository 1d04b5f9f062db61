"""The soft tissue round the spine: trunk, muscles, kidneys, bowel and its gas, texture, wires on the skin.

Shapes are ellipsoids that cone-beam rays pass exactly, so that oblique and lateral views follow.
Their sizes are those of an adult trunk, an assumption without a single source.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import ndimage
from scipy.interpolate import CubicSpline

from spreadscan.frozen import Image, Vector, value
from spreadscan.phantom.fields import random_field
from spreadscan.phantom.geometry import ConeBeam, centre_mm
from spreadscan.phantom.scenario import Tissue
from spreadscan.phantom.values import Skeleton

FAT_DENSITY = 0.93
"""Density of adipose tissue relative to water (ICRU Report 44: 0.95; a little less for its composition)."""
MUSCLE_EXCESS = 0.05
"""Density of muscle above that of water (ICRU Report 44)."""
LEAST_MM = 20.0
"""No ray passes less tissue than this."""
WIRE_RADIUS_MM = 0.5
"""Of the lead of a skin electrode."""
_TEXTURE = ((40.0, 5.0), (12.0, 1.8), (5.0, 0.8), (2.0, 0.35))
"""Correlation length and standard deviation of the thickness, mm: a falling power spectrum as of anatomy."""


@value
class SoftTissue:
    """What the rays pass of soft tissue, (R, C) each.

    Attributes:
        body_mm: water-equivalent thickness without the gas.
        gas_mm: thickness of gas, to be taken away; it moves by itself.
    """

    body_mm: Image
    gas_mm: Image


class TurnedEllipsoid(NamedTuple):
    """A solid: centre (3,), rows of ``axes`` (3, 3) the unit axes, semi-axes (3,) in mm."""

    centre_mm: Vector
    axes: Vector
    semi_mm: Vector


@dataclass(frozen=True)
class _Rays:
    source_mm: Vector
    directions: Vector


def soft_tissue(skeleton: Skeleton, view: ConeBeam, tissue: Tissue, rng: np.random.Generator) -> SoftTissue:
    """Return the soft tissue of a view.

    The trunk is scaled so that the median ray of the view's middle passes ``tissue.thickness_mm``.

    Args:
        skeleton: where the spine is.
        view: the cone beam.
        tissue: how much of what.
        rng: places organs and gas, makes the texture.
    """
    step = max(1, round(3.0 / view.mm_per_px))
    rays = _Rays(view.source_mm, view.directions(step))
    spine = centre_mm(skeleton, ("L3", "L5"))
    thickness = _trunk(rays, spine, rng)
    for solid, excess in _organs(spine, rng):
        thickness += excess * path_mm(solid, rays.source_mm, rays.directions)
    middle = thickness[len(thickness) // 4 : -(len(thickness) // 4) or None]
    thickness *= tissue.thickness_mm / float(np.median(middle))
    body = _full(thickness, view, step) + tissue.texture * _texture(view, rng)
    return SoftTissue(np.maximum(body, LEAST_MM).astype(np.float32), _gas(spine, view, tissue.gas, rng))


def path_mm(solid: TurnedEllipsoid, source_mm: Vector, directions: Vector) -> Vector:
    """Return the length of rays inside an ellipsoid, in mm.

    Args:
        solid: the ellipsoid.
        source_mm: (3,) where the rays begin, outside.
        directions: (..., 3) unit vectors.
    """
    turn = solid.axes / solid.semi_mm[:, None]
    offset = turn @ (source_mm - solid.centre_mm)
    along = directions @ turn.T
    a = np.einsum("...i,...i", along, along)
    b = along @ offset
    inside = b**2 - a * (offset @ offset - 1)
    length: Vector = 2 * np.sqrt(np.maximum(inside, 0)) / a
    return length


def wires_mm(view: ConeBeam, count: int, rng: np.random.Generator) -> Image:
    """Return the metal of electrode wires on the skin in mm, (R, C), each a smooth curve across the image."""
    steel = np.zeros((view.rows, view.columns))
    across = np.linspace(0, view.columns, 9)
    row = np.arange(view.rows)[:, None]
    for _ in range(count):
        wander = np.cumsum(rng.normal(0, 0.05 * view.rows, 9)) + rng.uniform(0.1, 0.9) * view.rows
        curve = CubicSpline(across, np.clip(wander, -50, view.rows + 50))(np.arange(view.columns))
        slant = np.sqrt(1 + np.gradient(curve) ** 2)
        distance_mm = np.abs(row - curve) / slant * view.mm_per_px
        steel += 0.7 * np.sqrt(np.maximum(WIRE_RADIUS_MM**2 - distance_mm**2, 0))
    return steel.astype(np.float32)


# ---------------------------------------------------------------- trunk and organs


def _trunk(rays: _Rays, spine_mm: Vector, rng: np.random.Generator) -> Vector:
    """Fat to the skin, water inside: two long ellipsoids that stand for an elliptic cylinder."""
    wide, deep = rng.uniform(155, 190), rng.uniform(95, 125)
    fat = rng.uniform(8, 30)
    middle = _beside(spine_mm, rng.normal(0, 6), -0.45 * deep, rng.normal(0, 20))
    skin = TurnedEllipsoid(middle, np.eye(3), np.array([wide + fat, deep + fat, rng.uniform(500, 800)]))
    inner = TurnedEllipsoid(middle, np.eye(3), np.array([wide, deep, rng.uniform(500, 800)]))
    outside = path_mm(skin, rays.source_mm, rays.directions)
    inside = path_mm(inner, rays.source_mm, rays.directions)
    return FAT_DENSITY * outside + (1 - FAT_DENSITY) * inside


def _organs(spine_mm: Vector, rng: np.random.Generator) -> list[tuple[TurnedEllipsoid, float]]:
    """Psoas, erector spinae and kidneys of both sides, liver and bowel loops, with their excess density."""
    solids = []
    for side in (-1.0, 1.0):
        psoas = _leaning(_beside(spine_mm, side * 42, -28, -12), (side * rng.uniform(0.2, 0.32), -0.18), rng)
        solids.append((psoas((19, 22, 105)), MUSCLE_EXCESS + 0.06))
        erector = _leaning(_beside(spine_mm, side * 36, 32, 0), (side * 0.05, 0.0), rng)
        solids.append((erector((26, 17, 260)), MUSCLE_EXCESS))
        kidney = _leaning(_beside(spine_mm, side * 64, -22, rng.uniform(55, 85)), (side * 0.25, -0.1), rng)
        solids.append((kidney((27, 22, 55)), 0.07))
    liver = _leaning(_beside(spine_mm, -95, -70, rng.uniform(95, 140)), (0.0, 0.0), rng)
    solids.append((liver((90, 70, 70)), 0.05))
    for _ in range(int(rng.integers(5, 10))):
        place = _beside(spine_mm, rng.normal(0, 75), rng.uniform(-130, -75), rng.normal(0, 70))
        loop = _leaning(place, (rng.normal(0, 1), rng.normal(0, 0.3)), rng)
        solids.append(
            (loop((rng.uniform(14, 24), rng.uniform(14, 22), rng.uniform(25, 60))), rng.normal(0.03, 0.06))
        )
    return solids


class _Leaning(NamedTuple):
    centre_mm: Vector
    axes: Vector

    def __call__(self, semi_mm: tuple[float, float, float]) -> TurnedEllipsoid:
        return TurnedEllipsoid(self.centre_mm, self.axes, np.asarray(semi_mm))


def _beside(point_mm: Vector, left_mm: float, back_mm: float, head_mm: float) -> Vector:
    beside: Vector = point_mm + np.array([left_mm, back_mm, head_mm])
    return beside


def _leaning(place_mm: Vector, lean: tuple[float, float], rng: np.random.Generator) -> _Leaning:
    """A solid whose long axis points to the feet, leaning to (left, back) and a little at random."""
    down = np.array([lean[0], lean[1], -1.0]) + rng.normal(0, 0.04, 3)
    down /= np.linalg.norm(down)
    across = np.cross(down, [0.0, 1.0, 0.0])
    across /= np.linalg.norm(across)
    return _Leaning(place_mm + rng.normal(0, 4, 3), np.stack([across, np.cross(down, across), down]))


# ---------------------------------------------------------------- texture and gas


def _texture(view: ConeBeam, rng: np.random.Generator) -> Image:
    shape, px = (view.rows, view.columns), 1 / view.mm_per_px
    total = np.zeros(shape, np.float32)
    for length_mm, spread_mm in _TEXTURE:
        total += spread_mm * random_field(shape, (length_mm * px, length_mm * px), rng)
    # fibres of the paraspinal muscles run along the spine
    total += 0.35 * random_field(shape, (9 * px, 0.8 * px), rng)
    return total


def _gas(spine_mm: Vector, view: ConeBeam, pockets: int, rng: np.random.Generator) -> Image:
    """Pockets of bowel gas: chains of overlapping ellipsoids with the folds of the bowel between them."""
    step = max(1, round(1.2 / view.mm_per_px))
    rays = _Rays(view.source_mm, view.directions(step))
    total = np.zeros(rays.directions.shape[:2])
    for _ in range(pockets):
        side = rng.choice([-1.0, 1.0])
        place = _beside(spine_mm, side * rng.uniform(20, 110), rng.uniform(-125, -70), rng.normal(0, 60))
        along = rng.normal(0, 1, 3) * [1, 0.3, 1]
        along /= np.linalg.norm(along)
        size = rng.uniform(4, 11)
        pocket = np.zeros_like(total)
        for number in range(int(rng.integers(2, 6))):
            centre = place + along * number * size * rng.uniform(1.0, 1.5) + rng.normal(0, 0.25 * size, 3)
            semi = size * np.array([1.2, 0.7, 1.2]) * rng.uniform(0.7, 1.3, 3)
            pocket += path_mm(TurnedEllipsoid(centre, np.eye(3), semi), rays.source_mm, rays.directions) ** 4
        total = np.maximum(total, pocket**0.25)
    return _full(_ragged(ndimage.gaussian_filter(total, 0.5), step * view.mm_per_px, rng), view, step).clip(0)


def _ragged(gas: Vector, mm_per_px: float, rng: np.random.Generator) -> Vector:
    """Gas with its outline bent at random by a few millimetres, as folds and contents of the bowel do."""
    px = 1 / mm_per_px
    place = np.mgrid[: gas.shape[0], : gas.shape[1]].astype(np.float32)
    for axis in (0, 1):
        for length_mm, shift_mm in ((9.0, 4.0), (3.0, 1.2)):
            place[axis] += shift_mm * px * random_field(gas.shape, (length_mm * px, length_mm * px), rng)
    ragged: Vector = ndimage.map_coordinates(gas, place, order=1, mode="nearest")
    return ragged


def _full(image: Vector, view: ConeBeam, step: int) -> Image:
    """A map of every ``step``-th pixel at the size of the view, interpolated linearly."""
    if step == 1:
        return image.astype(np.float32)
    padded = np.pad(image, ((0, 2), (0, 2)), mode="edge").astype(np.float32)
    for axis, size in ((0, view.rows), (1, view.columns)):
        place = np.arange(size) / step
        low = place.astype(np.intp)
        part = (place - low).astype(np.float32).reshape((-1, 1) if axis == 0 else (1, -1))
        padded = np.take(padded, low, axis) * (1 - part) + np.take(padded, low + 1, axis) * part
    return padded
