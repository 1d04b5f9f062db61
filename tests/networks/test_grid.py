"""The grid of the networks: what they learned from was made with scipy, which a start has no time for."""

import numpy as np
import pytest
from scipy import ndimage

from spreadscan.networks.grid import interpolated, resampled


def image(rows, columns):
    slope = np.add.outer(np.linspace(0, 3, rows), np.linspace(0, 2, columns))
    return (np.random.default_rng(1).normal(0, 0.3, (rows, columns)) + slope).astype(np.float32)


def by_scipy(pixels, shape, zoom):
    offset = [(n - 1) / 2 - (m - 1) / 2 / zoom for n, m in zip(pixels.shape, shape, strict=True)]
    return ndimage.affine_transform(
        pixels, [1 / zoom, 1 / zoom], offset, shape, order=1, mode="nearest", output=np.float32
    )


@pytest.mark.parametrize("size", [(200, 311), (9, 8)])
@pytest.mark.parametrize("zoom", [0.3, 0.77, 1.0, 1.3, 3.1])
def test_a_grid_is_that_of_scipy_to_the_last_digit(size, zoom):
    pixels = image(*size)
    shape = tuple(max(8, round(n * zoom)) for n in size)
    np.testing.assert_allclose(
        interpolated(pixels, shape, zoom), by_scipy(pixels, shape, zoom), rtol=3e-7, atol=1e-7
    )
    smooth = ndimage.gaussian_filter(pixels, max(0.0, 0.45 / zoom - 0.4))
    np.testing.assert_allclose(resampled(pixels, zoom), by_scipy(smooth, shape, zoom), rtol=3e-7, atol=1e-7)


def test_a_plane_stays_a_plane_and_the_middle_the_middle():
    rows, columns = np.mgrid[:31, :41]
    plane = (2 * rows + 3 * columns).astype(np.float32)
    finer = interpolated(plane, (61, 81), 2.0)
    assert finer[30, 40] == plane[15, 20]
    np.testing.assert_allclose(np.diff(finer[5:-5, 5:-5], axis=0), 1, atol=1e-4)
    np.testing.assert_allclose(np.diff(finer[5:-5, 5:-5], axis=1), 1.5, atol=1e-4)
