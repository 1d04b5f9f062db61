"""Closed triangle surfaces where a field of signed distance has a given value."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from skimage.measure import marching_cubes

from spreadscan.frozen import BoolArray, Vector
from spreadscan.phantom.bones.solids import Array
from spreadscan.phantom.values import Surface


class DistanceField(NamedTuple):
    """A field on a regular grid.

    Attributes:
        value_mm: (X, Y, Z) signed distance, negative inside.
        origin_mm: position of point (0, 0, 0).
        step_mm: distance of neighbouring points.
    """

    value_mm: Array
    origin_mm: Vector
    step_mm: float


def metric(field: DistanceField) -> DistanceField:
    """Return a field divided by the length of its gradient: a distance to first order at the surface."""
    slopes = np.gradient(field.value_mm, field.step_mm)
    steepness = np.sqrt(sum(slope * slope for slope in slopes))
    # the gradient vanishes on the medial axis and jumps where the grid was not filled
    distance = np.clip(field.value_mm / np.clip(steepness, 0.4, 2.0), -20, 20)
    return field._replace(value_mm=distance.astype(np.float32))


def sample(field: DistanceField, points_mm: Vector) -> Vector:
    """Return the field at points (N, 3), linear between the grid's points."""
    index = (points_mm - field.origin_mm) / field.step_mm
    found: Vector = ndimage.map_coordinates(field.value_mm, index.T, order=1, mode="nearest").astype(float)
    return found


def normals(field: DistanceField, points_mm: Vector) -> Vector:
    """Return the outward unit normals (N, 3): the direction in which the field grows."""
    shift = np.eye(3) * field.step_mm / 2
    slope = np.stack([sample(field, points_mm + d) - sample(field, points_mm - d) for d in shift], axis=1)
    unit: Vector = slope / np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), 1e-6)
    return unit


def laid_on(field: DistanceField, points_mm: Vector) -> Vector:
    """Return points (N, 3) moved to the surface along the field's slope."""
    points = points_mm
    # the field is a distance to first order only, and one step of it would not arrive
    for _ in range(8):
        points = points - np.clip(sample(field, points), -2, 2)[:, None] * normals(field, points)
    return points


def closed_surface(field: DistanceField, least_vertices: int = 40) -> Surface:
    """Return the surface where a field is 0.

    Args:
        field: negative inside; must be positive on the faces of its grid.
        least_vertices: crumbs with fewer vertices are left out.
    """
    # no point of the grid may lie on the surface: faces of no area would follow
    value = np.where(np.abs(field.value_mm) < 1e-3, np.float32(1e-3), np.clip(field.value_mm, -9, 9))
    corners, faces, _, _ = marching_cubes(value, 0.0)
    kept = _in_large_pieces(faces, len(corners), least_vertices)
    corners, faces = corners.astype(float)[kept], (np.cumsum(kept) - 1)[faces[kept[faces[:, 0]]]]
    # integrals along lines need faces that look outwards: a surface inside out has a negative volume
    if _volume(corners, faces) < 0:
        faces = faces[:, ::-1]
    return Surface(corners * field.step_mm + field.origin_mm, np.ascontiguousarray(faces, dtype=np.int32))


def _in_large_pieces(faces: NDArray[np.int32], count: int, least_vertices: int) -> BoolArray:
    """Which of so many vertices belong to pieces that are no crumbs, (V,)."""
    links = coo_matrix((np.ones(len(faces) * 2), (faces[:, [0, 1]].ravel(), faces[:, [1, 2]].ravel())))
    links.resize((count, count))
    _, label = connected_components(links, directed=False)
    return np.asarray(np.bincount(label)[label] >= least_vertices)


def _volume(corners: Vector, faces: NDArray[np.int32]) -> float:
    a, b, c = (corners[faces[:, i]] for i in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)
