"""Smooth random fields: tissue is not the same everywhere."""

import numpy as np
from scipy import ndimage as ndi

from spreadscan.frozen import Vector, value
from spreadscan.phantom.spread.grid import Grid, Voxels

_LARGEST_TILE_MM = (33.6, 33.6, 67.2)
"""A pattern may repeat after so far: nobody sees that it does among all that is random."""


@value
class Texture:
    """A random field of mean 0 and variance 1 that continues for ever, as a wallpaper does.

    Attributes:
        tile: (X, Y, Z) what repeats, periodic along all axes.
        slope: how far its pattern runs along x and y for each step along z.
    """

    tile: Voxels
    slope: tuple[float, float] = (0.0, 0.0)


def drawn_texture(
    grid: Grid,
    scale_mm: tuple[float, float, float],
    rng: np.random.Generator,
    slope: tuple[float, float] = (0, 0),
) -> Texture:
    """Return a texture that repeats beyond the size of a grid, or of a large tile.

    White noise is smoothed three times with a box of w voxels, which is nearly a Gaussian of
    σ = √((w² - 1) / 4), in a time that does not depend on its width.

    Args:
        grid: what it should cover.
        scale_mm: standard deviation of the smoothing along x, y and z.
        rng: source of the noise.
        slope: how far its pattern runs along x and y for each step along z.
    """
    most = [round(size / grid.step_mm) for size in _LARGEST_TILE_MM]
    shape = tuple(min(n, largest) for n, largest in zip(grid.shape, most, strict=True))
    field = rng.standard_normal(shape, dtype=np.float32)
    sigma = np.array(scale_mm) / grid.step_mm
    widths = [max(1, int(w)) for w in np.rint(np.sqrt(4 * sigma**2 + 1))]
    for _ in range(3):
        # wrapped, or the tiles would show seams
        field = ndi.uniform_filter(field, widths, mode="wrap")
    field -= field.mean()
    return Texture(np.asarray(field / (field.std() + 1e-9), dtype=np.float32), slope)


def laid(texture: Texture, grid: Grid, about_mm: Vector) -> Voxels:
    """Return a texture on a grid; on another grid with the same step it lies at the same place.

    Args:
        texture: what to lay.
        grid: where.
        about_mm: the centre of a voxel, the same one on all grids.
    """
    # the division may end just below a whole number
    start = np.rint((grid.origin_mm - about_mm) / grid.step_mm).astype(int)
    i, j, k = (first + np.arange(n) for first, n in zip(start, grid.shape, strict=True))
    nx, ny, nz = texture.tile.shape
    if texture.slope == (0.0, 0.0):
        return np.asarray(texture.tile[np.ix_(i % nx, j % ny, k % nz)])
    aside = [np.rint(slope * k).astype(int) for slope in texture.slope]
    rows = (i[:, None, None] - aside[0]) % nx
    columns = (j[None, :, None] - aside[1]) % ny
    return np.asarray(texture.tile[rows, columns, (k % nz)[None, None, :]])
