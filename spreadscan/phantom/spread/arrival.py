"""Growth: when injectate arrives where, as it takes the easiest ways from the tip of the needle."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from skimage.graph import MCP_Geometric

from spreadscan.frozen import value
from spreadscan.phantom.spread.grid import Voxels

Index = tuple[int, int, int]


@value
class Growth:
    """The order in which injectate arrives.

    Attributes:
        arrival: (X, Y, Z) cumulative resistance of the easiest way from the seeds, infinite where growth was
            not followed any more.
        complete: whether it ended because it was followed for long enough, not because no way was left.
    """

    arrival: Voxels
    complete: bool


def grow(resistance: Voxels, seeds: Sequence[Index], ease: float, voxels: int) -> Growth:
    """Return when injectate arrives at the voxels that it reaches first.

    Args:
        resistance: (X, Y, Z) resistance per voxel of way; negative: impassable.
        seeds: where it comes from.
        ease: resistance along z over that across.
        voxels: how many voxels to follow it for.
    """
    # a little harder from front to back than from side to side: muscles and fasciae lie in layers
    ways = MCP_Geometric(resistance, sampling=(1.0, 1.1, ease))
    arrival, _ = ways.find_costs(list(seeds), max_coverage=min(1.0, voxels / resistance.size))
    arrival = np.where(resistance < 0, np.inf, arrival).astype(np.float32)
    return Growth(arrival, bool(np.isfinite(arrival).sum() >= voxels - 1))


def touched(arrival: Voxels, front: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return at which lower and which upper faces of the grid, along x, y and z, a front has arrived.

    Args:
        arrival: (X, Y, Z) as in a growth.
        front: the arrival up to which it counts.
    """
    faces = [[np.take(arrival, end, axis=axis).min() <= front for axis in range(3)] for end in (0, -1)]
    return np.array(faces[0]), np.array(faces[1])


def free_voxel(resistance: Voxels, near: Index) -> Index:
    """Return the passable voxel nearest to a voxel."""
    if resistance[near] >= 0:
        return near
    free = np.argwhere(resistance >= 0)
    i, j, k = free[np.argmin(((free - np.array(near)) ** 2).sum(axis=1))]
    return int(i), int(j), int(k)
