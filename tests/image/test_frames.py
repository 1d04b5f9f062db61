"""Frames looked up coarsely or averaged: what stands for a block, and what is averaged, by hand."""

import numpy as np
import pytest

from spreadscan.image.filters import shrunk
from spreadscan.image.frames import averaged, on_grid
from spreadscan.values import AttenuationRun
from tests.images import field_of, whole


def run_of(stored, curve, unit="ln", lowest=0):
    stored = np.asarray(stored)[None]
    return AttenuationRun(
        stored, np.asarray(curve, np.float32), lowest, field_of(whole(stored.shape[1:])), unit, "dark"
    )


def linear_curve(count=4096):
    """Return the curve of linear pixels: the logarithm, no value below half a grey level."""
    return -np.log(np.maximum(np.arange(count), 0.5) / (count - 1))


def test_a_block_of_linear_pixels_is_the_logarithm_of_its_mean():
    run = run_of(np.array([[100, 300], [500, 700]], np.uint16), linear_curve())
    # the curve is linear between whole values; the mean is one
    assert on_grid(run, 0, 2)[0, 0] == pytest.approx(-np.log(400 / 4095), rel=1e-6)


def test_between_whole_values_the_curve_is_straight():
    run = run_of(np.array([[1, 2], [2, 2]], np.uint8), [9.0, 8.0, 4.0, 0.0])
    assert on_grid(run, 0, 2).tolist() == [[5.0]]


def test_the_largest_value_has_nothing_above_it():
    run = run_of(np.full((4, 4), 3, np.uint8), [9.0, 8.0, 4.0, 1.0])
    assert on_grid(run, 0, 2).tolist() == [[1.0, 1.0], [1.0, 1.0]]


def test_signed_values_are_counted_from_the_lowest():
    run = run_of(np.array([[-4, -2], [-4, -2]], np.int16), np.arange(8.0), lowest=-4)
    assert on_grid(run, 0, 2).tolist() == [[1.0]]


@pytest.mark.parametrize("factor", [1, 2, 3, 5])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16])
def test_blocks_are_those_of_shrinking_the_frame(dtype, factor):
    stored = np.random.default_rng(1).integers(0, 100, (31, 44)).astype(dtype)
    run = run_of(stored, np.arange(100.0), unit="relative")
    np.testing.assert_allclose(on_grid(run, 0, factor), shrunk(run.frame(0), factor), atol=1e-4)


@pytest.mark.parametrize(("highest", "dtype"), [(65535, np.uint16), (32767, np.int16), (255, np.uint8)])
def test_no_sum_of_a_block_runs_over(highest, dtype):
    stored = np.full((9, 12), highest, dtype)
    run = run_of(stored, np.arange(highest + 1), unit="relative")
    np.testing.assert_allclose(on_grid(run, 0, 3), np.full((3, 4), highest))
    below = run_of(np.full((9, 12), -highest, np.int32), np.arange(9.0), lowest=-highest)
    np.testing.assert_array_equal(on_grid(below, 0, 3), np.zeros((3, 4)))


def test_linear_pixels_are_averaged_as_they_are_stored():
    stored = np.array([[100, 4000], [1, 0]], np.uint16)
    what = averaged(run_of(stored, linear_curve()))
    assert what.frame(0).tolist() == stored.tolist()
    # the mean of two values of 1000 and 3000 has the attenuation of 2000
    assert what.attenuation(np.full((1, 1), 2000, np.float32))[0, 0] == pytest.approx(-np.log(2000 / 4095))
    np.testing.assert_allclose(what.attenuation(what.frame(0)), what.run.frame(0), atol=2e-5)


def test_inverted_linear_pixels_too():
    run = run_of(np.array([[100, 4000]], np.uint16), linear_curve()[::-1])
    what = averaged(run)
    np.testing.assert_allclose(what.attenuation(what.frame(0)), run.frame(0), atol=1e-4)


def test_a_curve_that_is_no_line_is_averaged_as_intensity():
    run = run_of(np.array([[0, 3]], np.uint8), [0.0, 0.5, 1.5, 2.0])
    what = averaged(run)
    np.testing.assert_allclose(what.frame(0), np.exp([[0.0, -2.0]]), rtol=1e-6)
    np.testing.assert_allclose(what.attenuation(what.frame(0)), [[0.0, 2.0]], atol=1e-6)


def test_display_values_are_averaged_as_they_are():
    run = run_of(np.array([[10, 250]], np.uint8), np.arange(256)[::-1] / 255, unit="relative")
    what = averaged(run)
    np.testing.assert_allclose(what.attenuation(what.frame(0)), [[245 / 255, 5 / 255]], atol=1e-6)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.int16])
@pytest.mark.parametrize("shift", [(0, 0), (2, -1), (-3, 4)])
def test_a_frame_is_added_as_it_is_looked_up_and_shifted(kind, shift):
    stored = np.random.default_rng(2).integers(0, 200, (12, 15)).astype(kind)
    what = averaged(run_of(stored, linear_curve()))
    total = np.random.default_rng(3).integers(0, 9, (12, 15)).astype(np.float32)
    rows, columns = (np.clip(np.arange(n) + by, 0, n - 1) for n, by in zip((12, 15), shift, strict=True))
    expected = total + what.frame(0)[np.ix_(rows, columns)]
    what.add_to(total, 0, *shift)
    np.testing.assert_array_equal(total, expected)


def test_a_frame_whose_curve_is_bent_is_added_by_way_of_it():
    what = averaged(run_of(np.full((4, 4), 2, np.uint8), [9.0, 8.0, 4.0, 1.0], unit="relative"))
    total = np.ones((4, 4), np.float32)
    what.add_to(total, 0, 0, 0)
    assert total.tolist() == [[5.0] * 4] * 4
