"""Splines between pixels: those of scipy, exact at the pixels, and of the third degree."""

import numpy as np
import pytest
from scipy import ndimage

from spreadscan.image.spline import spline_coefficients, spline_values


@pytest.mark.parametrize("size", [(120, 97), (5, 7)])
def test_values_are_those_of_scipy(size):
    chance = np.random.default_rng(3)
    image = chance.normal(0, 1, size).astype(np.float32)
    places = np.stack([chance.uniform(-3, n + 3, 3000) for n in size])
    coefficients = spline_coefficients(image)
    np.testing.assert_array_equal(coefficients, ndimage.spline_filter(image, output=np.float32))
    usual = ndimage.map_coordinates(
        coefficients, places, order=3, prefilter=False, mode="nearest", output=np.float64
    )
    np.testing.assert_allclose(spline_values(coefficients, places), usual, rtol=0, atol=1e-14)


def test_it_goes_through_the_pixels():
    image = np.random.default_rng(4).normal(0, 1, (30, 40)).astype(np.float32)
    rows, columns = np.mgrid[:30, :40]
    found = spline_values(spline_coefficients(image), np.stack([rows.ravel(), columns.ravel()]).astype(float))
    # at the outermost pixels coefficients go on, where those of a mirrored image were made
    np.testing.assert_allclose(found.reshape(30, 40)[1:-1, 1:-1], image[1:-1, 1:-1], atol=2e-6)


def test_a_cubic_is_met_between_the_pixels():
    rows = np.arange(40.0)
    image = np.repeat((((rows - 20) / 10) ** 3)[:, None], 40, axis=1).astype(np.float32)
    at = np.array([[15.25, 20.5, 24.75], [20.0, 20.5, 19.3]])
    np.testing.assert_allclose(
        spline_values(spline_coefficients(image), at), ((at[0] - 20) / 10) ** 3, atol=1e-5
    )
