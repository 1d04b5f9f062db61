"""Which voxels lie in bone."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi

from spreadscan.frozen import BoolArray, Vector, value
from spreadscan.phantom.spread.grid import Grid, Labels, Voxels
from spreadscan.phantom.values import Surface

_OFF_CENTRE = (1.4142e-4, 0.0, 1.7321e-4)
"""Voxels by which columns are moved off the centres, so that none meets a vertex or an edge exactly."""


@value
class BoxedSurface:
    """A closed surface and the box that it fills.

    Attributes:
        surface: what of it lies outside a grid may be of any shape and size.
        low_mm: (3,) smallest world coordinates.
        high_mm: (3,) largest.
    """

    surface: Surface
    low_mm: Vector
    high_mm: Vector


class _Meetings(NamedTuple):
    """Whether each column meets its face, (N,), at which y, and which way the face looks (1 in, -1 out)."""

    meets: BoolArray
    depth: Vector
    turn: NDArray[np.int16]


def solid_of(surface: Surface) -> BoxedSurface:
    """Return a surface with its box."""
    columns = np.ascontiguousarray(surface.vertices_mm.T)
    return BoxedSurface(surface, columns.min(axis=1), columns.max(axis=1))


def solid_labels(solids: Sequence[BoxedSurface], grid: Grid) -> Labels:
    """Return which closed surface each voxel's centre lies in.

    Args:
        solids: where two overlap the later one is named.
        grid: where.

    Returns:
        (X, Y, Z) 0 outside all of them, k inside the k-th, from 1.
    """
    labels = np.zeros(grid.shape, np.int16)
    last_mm = grid.centre_mm((grid.shape[0] - 1, grid.shape[1] - 1, grid.shape[2] - 1))
    for number, solid in enumerate(solids, start=1):
        if (solid.low_mm <= last_mm).all() and (solid.high_mm >= grid.origin_mm).all():
            labels[inside(solid.surface, grid)] = number
    return labels


def inside(surface: Surface, grid: Grid) -> BoolArray:
    """Return which voxel centres lie inside a closed surface: those with a winding number other than 0.

    A line runs to the back through every column of voxels. It enters where it meets a face that looks to the
    front and leaves where it meets one that looks to the back; the running sum of both is the winding number.

    Args:
        surface: closed; what of it lies outside the grid may be of any shape and size.
        grid: where.

    Returns:
        (X, Y, Z) of booleans.
    """
    crossings = np.zeros(grid.shape, np.int16)
    corners = (surface.vertices_mm - grid.origin_mm) / grid.step_mm - np.array(_OFF_CENTRE)
    faces = _faces_over(corners, surface.faces, grid)
    if len(faces):
        candidate, i, k = _columns(corners, faces)
        meets, depth, turn = _meeting(corners, faces[candidate], np.stack((i, k), axis=1).astype(np.float64))
        # what enters in front of the grid counts from its first voxel on
        j = np.maximum(np.ceil(depth), 0).astype(np.int64)
        meets &= (i >= 0) & (k >= 0) & (i < grid.shape[0]) & (k < grid.shape[2]) & (j < grid.shape[1])
        np.add.at(crossings, (i[meets], j[meets], k[meets]), turn[meets])
    return np.asarray(np.cumsum(crossings, axis=1, dtype=np.int16) != 0)


def _faces_over(corners: Vector, faces: NDArray[np.int32], grid: Grid) -> NDArray[np.int64]:
    """Return the faces whose shadow along y falls on the grid and which are not all behind it."""
    x, y, z = np.ascontiguousarray(corners.T)
    last = np.array(grid.shape) - 1
    sides = (x < 0, x > last[0], z < 0, z > last[2], y > last[1])
    # a face lies beyond a side if all its corners do
    beyond = np.zeros(len(corners), np.uint8)
    for bit, side in enumerate(sides):
        beyond |= side.astype(np.uint8) << np.uint8(bit)
    a, b, c = faces.T
    return np.asarray(faces[(beyond[a] & beyond[b] & beyond[c]) == 0], dtype=np.int64)


def _columns(
    corners: Vector, faces: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return all columns in the bounding boxes of the faces' shadows: number of the face, x and z index."""
    xz = corners[:, [0, 2]][faces]
    first = np.ceil(xz.min(axis=1)).astype(np.int64)
    counts = np.maximum(np.floor(xz.max(axis=1)).astype(np.int64) - first + 1, 0)
    total = counts.prod(axis=1)
    face = np.repeat(np.arange(len(faces)), total)
    within = np.arange(len(face)) - np.repeat(np.cumsum(total) - total, total)
    rows = counts[face, 1]
    return face, first[face, 0] + within // rows, first[face, 1] + within % rows


def _meeting(corners: Vector, faces: NDArray[np.int64], columns: Vector) -> _Meetings:
    """Return where columns meet their faces."""
    a, b, c = (corners[faces[:, n]][:, [0, 2]] for n in range(3))
    area = _cross(b - a, c - a)
    sides = [_side(corners, faces[:, [n, (n + 1) % 3]], columns) for n in range(3)]
    meets = np.logical_and.reduce([side == np.sign(area) for side in sides])
    # a face seen edge-on meets no column
    safe = np.where(area == 0, 1.0, area)
    along_b, along_c = _cross(columns - a, c - a) / safe, _cross(b - a, columns - a) / safe
    y = corners[faces, 1]
    depth = y[:, 0] + along_b * (y[:, 1] - y[:, 0]) + along_c * (y[:, 2] - y[:, 0])
    return _Meetings(meets, depth, np.where(area > 0, 1, -1).astype(np.int16))


def _side(corners: Vector, edge: NDArray[np.int64], columns: Vector) -> Vector:
    """Return on which side of an edge's shadow a column lies, computed alike for both faces of the edge."""
    # always from the lower corner number: rounding must not let a column pass between two faces
    low, high = edge.min(axis=1), edge.max(axis=1)
    start, end = corners[low][:, [0, 2]], corners[high][:, [0, 2]]
    return np.asarray(np.sign(_cross(end - start, columns - start)) * np.where(edge[:, 0] == low, 1.0, -1.0))


def _cross(a: Vector, b: Vector) -> Vector:
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])


def distance_mm(solid: BoolArray, step_mm: float) -> Voxels:
    """Return the distance of each voxel's centre from the nearest solid one; far where there is none."""
    if not solid.any():
        return np.full(solid.shape, 1e3, np.float32)
    return np.asarray(ndi.distance_transform_edt(~solid, sampling=step_mm), dtype=np.float32)


def between_solids(labels: Labels, reach_mm: float, step_mm: float) -> BoolArray:
    """Return the free voxels near to two different solids: joint spaces, and gaps as narrow as these.

    Args:
        labels: (X, Y, Z) which solid.
        reach_mm: how near, along the axes.
        step_mm: edge of a voxel.
    """
    width = 2 * max(1, round(reach_mm / step_mm)) + 1
    largest = ndi.maximum_filter(labels, width)
    # 0 stands for free and would be the smallest everywhere
    nowhere = np.int16(np.iinfo(np.int16).max)
    smallest = ndi.minimum_filter(np.where(labels == 0, nowhere, labels), width)
    return np.asarray((labels == 0) & (largest > 0) & (largest != smallest))
