"""Ways along lines: epidural bands, spinal nerves, the track of a needle."""

from collections.abc import Sequence

import numpy as np

from spreadscan.frozen import Vector
from spreadscan.phantom.spread.grid import Grid, Voxels
from spreadscan.phantom.spread.occupancy import distance_mm


def distance_to_lines_mm(grid: Grid, lines_mm: Sequence[Vector]) -> Voxels:
    """Return how far each voxel is from the nearest line, to about half a voxel.

    Args:
        grid: where.
        lines_mm: (N, 3) world points of each line, in order.
    """
    on_line = np.zeros(grid.shape, bool)
    for line in lines_mm:
        cells = np.rint((dense(line, grid.step_mm / 2) - grid.origin_mm) / grid.step_mm).astype(int)
        cells = cells[((cells >= 0) & (cells < grid.shape)).all(axis=1)]
        on_line[tuple(cells.T)] = True
    return distance_mm(on_line, grid.step_mm)


def dense(line_mm: Vector, step_mm: float) -> Vector:
    """Return points along a line at most this far apart, (M, 3)."""
    lengths = np.linalg.norm(np.diff(line_mm, axis=0), axis=1)
    at = np.concatenate(([0.0], np.cumsum(lengths)))
    along = np.linspace(0, at[-1], int(np.ceil(at[-1] / step_mm)) + 1)
    return np.stack([np.interp(along, at, line_mm[:, axis]) for axis in range(3)], axis=1)


def tube_factor(distance: Voxels, radius_mm: float, wall: float) -> Voxels:
    """Return the resistance in and round a tube over that in its middle: 1 inside, steeply more beyond.

    Args:
        distance: of each voxel from the middle line in millimetres.
        radius_mm: radius of the tube.
        wall: natural logarithm of the greatest factor.
    """
    walls = np.minimum((distance / np.float32(radius_mm)) ** np.float32(1.6), np.float32(wall))
    return np.asarray(np.exp(walls), dtype=np.float32)
