"""The regular grid on which an injectate grows."""

import numpy as np
from numpy.typing import NDArray

from spreadscan.frozen import BoolArray, Vector, value

Voxels = NDArray[np.float32]
"""(X, Y, Z) one number for each voxel."""
Labels = NDArray[np.int16]
"""(X, Y, Z) which solid a voxel's centre lies in: 0 none, k the k-th of a sequence, from 1."""


@value
class Grid:
    """A regular grid along the world axes.

    Attributes:
        origin_mm: world position of the centre of voxel (0, 0, 0).
        step_mm: edge of a voxel.
        shape: number of voxels along x, y and z.
    """

    origin_mm: Vector
    step_mm: float
    shape: tuple[int, int, int]

    @property
    def axes_mm(self) -> tuple[Vector, Vector, Vector]:
        """World x, y and z of the voxel centres, shaped so that they broadcast to the grid."""
        x, y, z = (
            start + self.step_mm * np.arange(n) for start, n in zip(self.origin_mm, self.shape, strict=True)
        )
        return x[:, None, None], y[None, :, None], z[None, None, :]

    def index(self, point_mm: Vector) -> tuple[int, int, int]:
        """Return the voxel whose centre is nearest to a world point, the nearest one inside the grid."""
        nearest = np.rint((point_mm - self.origin_mm) / self.step_mm)
        i, j, k = np.clip(nearest, 0, np.array(self.shape) - 1).astype(int)
        return int(i), int(j), int(k)

    def centre_mm(self, index: tuple[int, int, int]) -> Vector:
        """Return the world position of a voxel's centre."""
        return self.origin_mm + self.step_mm * np.array(index, dtype=np.float64)


@value
class Occupancy:
    """Which voxels of a grid bone takes.

    Attributes:
        grid: where.
        labels: (X, Y, Z) which solid.
    """

    grid: Grid
    labels: Labels

    def is_free(self, point_mm: Vector) -> bool:
        """Return whether the voxel nearest to a world point lies in no solid."""
        return bool(self.labels[self.grid.index(point_mm)] == 0)


def grid_around(point_mm: Vector, low_mm: Vector, high_mm: Vector, step_mm: float) -> Grid:
    """Return the grid of a box round a point that is the centre of a voxel, whatever the size of the box.

    Args:
        point_mm: the point.
        low_mm: from the point to the lower corner of the box, rounded outwards to whole voxels.
        high_mm: from the point to the upper corner, as well.
        step_mm: edge of a voxel.
    """
    below, above = np.floor(low_mm / step_mm), np.ceil(high_mm / step_mm)
    nx, ny, nz = (int(n) for n in above - below + 1)
    return Grid(point_mm + step_mm * below, step_mm, (nx, ny, nz))


def box_of(where: BoolArray, margin: int) -> tuple[slice, slice, slice]:
    """Return the part of a grid that holds all marked voxels, with a margin where there is room."""
    slices = []
    for axis in range(3):
        others = tuple(a for a in range(3) if a != axis)
        along = np.flatnonzero(where.any(axis=others))
        slices.append(
            slice(max(int(along[0]) - margin, 0), min(int(along[-1]) + margin + 1, where.shape[axis]))
        )
    x, y, z = slices
    return x, y, z


def part_of(grid: Grid, box: tuple[slice, slice, slice]) -> Grid:
    """Return the part of a grid that slices cut out."""
    start = tuple(cut.start for cut in box)
    nx, ny, nz = (cut.stop - cut.start for cut in box)
    return Grid(grid.origin_mm + grid.step_mm * np.array(start), grid.step_mm, (nx, ny, nz))
