"""Images moved by known amounts of a formula, and motions put together."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from spreadscan.image.filters import from_middle
from spreadscan.image.warp import (
    composed,
    footprint,
    moved,
    moved_inside,
    places_seen,
    reversed_motion,
    rotation,
    shifted,
    shifted_by_pixels,
)
from spreadscan.values import Motion
from tests.images import STILL, motion

few = settings(max_examples=20, deadline=None, derandomize=True)
ROWS, COLUMNS = 90, 120
WAVES = [((0.31, 0.17), 0.3), ((-0.55, 0.42), 1.1), ((0.12, -0.9), 2.0), ((0.8, 0.8), 4.0)]
"""Up to 1.1 radians a pixel: finer than the edges of a detector that blurs by more than half a pixel."""


def formula(row, column):
    return sum(np.cos(down * row + across * column + phase) for (down, across), phase in WAVES)


def looked_at(motion):
    """Return what the formula shows where a motion leads, and the formula itself."""
    row, column = np.mgrid[:ROWS, :COLUMNS].astype(float)
    middle = [(ROWS - 1) / 2, (COLUMNS - 1) / 2]
    away = np.stack([row - middle[0], column - middle[1]]).reshape(2, -1)
    at = rotation(np.radians(motion.rotation_deg)) @ away + np.array(
        [[middle[0] + motion.rows_px], [middle[1] + motion.columns_px]]
    )
    return formula(*at).reshape(ROWS, COLUMNS), formula(row, column).astype(np.float32)


@few
@given(st.floats(-9, 9), st.floats(-9, 9), st.floats(-9.9, 9.9))
def test_a_wave_is_moved_without_loss(rows, columns, turn):
    how = motion(rows, columns, turn)
    expected, image = looked_at(how)
    inner = slice(26, -26)
    # 0.02 of an amplitude of 4 is a hundredth of a pixel of its slope
    np.testing.assert_allclose(moved(image, how)[inner, inner], expected[inner, inner], atol=0.04)


def test_no_edge_is_displaced():
    # OpenCV's cubic kernel displaces this one by 0.02 px and more
    for shift in (0.1, 0.25, 0.37, 0.5, 0.8):
        expected, image = looked_at(motion(shift, -shift))
        inner = (slice(12, -12),) * 2
        left = (moved(image, motion(shift, -shift)) - expected)[inner]
        down, across = (slope[inner] for slope in np.gradient(expected))
        slopes = np.stack([down.ravel(), across.ravel()], axis=1)
        displaced = np.linalg.lstsq(slopes, left.ravel(), rcond=None)[0]
        assert np.abs(displaced).max() < 0.005


def test_a_turn_too_large_for_shears_is_made_all_the_same():
    expected, image = looked_at(motion(1, 2, 25))
    inner = slice(30, -30)
    np.testing.assert_allclose(moved(image, motion(1, 2, 25))[inner, inner], expected[inner, inner], atol=0.1)


def test_whole_pixels_are_taken_as_they_are_and_the_edge_repeats():
    image = np.arange(20, dtype=np.float32).reshape(4, 5)
    np.testing.assert_allclose(shifted(image, 1, -2)[0], [5, 5, 5, 6, 7], atol=1e-5)
    np.testing.assert_allclose(shifted(image, 9, 9), 19, atol=1e-5)
    np.testing.assert_allclose(moved(image, STILL), image, atol=1e-5)


def test_a_constant_stays_what_it_is():
    flat = np.full((40, 50), 7, np.float32)
    np.testing.assert_allclose(moved(flat, motion(3.3, -2.2, 0.7)), 7, rtol=1e-5)


def test_moving_leaves_its_image_alone_and_is_the_same_twice():
    image = looked_at(STILL)[1]
    image.setflags(write=False)
    first, second = (moved(image, motion(0.4, 1.7, 0.3)) for _ in range(2))
    assert first.tobytes() == second.tobytes()


@few
@given(*[st.floats(-30, 30)] * 6)
def test_a_motion_and_the_one_that_follows_are_one(r1, c1, t1, r2, c2, t2):
    first, second = Motion(r1, c1, t1, 0.8, 0.3, 0.03), Motion(r2, c2, t2, 0.6, 0.4, 0.04)
    both = composed(first, second)
    there = np.array([[3, 40], [50, 8]])

    def led(places, how):
        angle = np.radians(how.rotation_deg)
        return places_seen(places, np.array([how.rows_px, how.columns_px, angle]), (ROWS, COLUMNS))

    np.testing.assert_allclose(led(there, both), led(led(there, first), second), atol=1e-9)
    assert both.agreement == 0.6
    assert (both.residual_px, both.sd_px) == pytest.approx((0.5, 0.05))
    back = led(led(there, first), reversed_motion(first))
    np.testing.assert_allclose(back, there, atol=1e-9)


def test_places_are_counted_from_the_middle():
    np.testing.assert_allclose(from_middle(np.array([[0, 4], [0, 2]]), (5, 3)), [[-2, 2], [-1, 1]])


@pytest.mark.parametrize(("rows", "columns"), [(2, 0), (-3, 1), (0, -4), (1, 5), (0, 0)])
def test_whole_steps_bring_what_lies_further_on_and_repeat_the_edge(rows, columns):
    image = np.arange(63, dtype=np.float32).reshape(7, 9)
    row = np.clip(np.arange(7) + rows, 0, 6)
    column = np.clip(np.arange(9) + columns, 0, 8)
    np.testing.assert_array_equal(shifted_by_pixels(image, rows, columns), image[np.ix_(row, column)])
    np.testing.assert_array_equal(shifted(image, rows, columns), image[np.ix_(row, column)])


@pytest.mark.parametrize("shift", [(0.5, 0.0), (-2.3, 1.0), (3.0, -4.7), (0.004, 0.997), (20.0, 0.0)])
def test_a_shifted_mask_is_that_of_interpolation(shift):
    inside = np.random.default_rng(3).random((12, 15)) > 0.2
    true = ndimage.shift(inside.astype(float), (-shift[0], -shift[1]), order=1, mode="grid-constant") > 0.99
    found = moved_inside(inside, Motion(*shift, 0.0, 1.0, 0.0))
    np.testing.assert_array_equal(found, true)


@few
@given(st.tuples(*[st.floats(-3, 3)] * 4), st.sampled_from([0.0, 0.0, 2.0]))
def test_motions_of_one_footprint_show_the_same_part(shifts, turned):
    inside = np.random.default_rng(3).random((24, 30)) > 0.2
    one, other = Motion(*shifts[:2], turned, 1.0, 0.0), Motion(*shifts[2:], turned, 1.0, 0.0)
    # the other one, brought between the same pixels
    other = Motion(
        np.floor(one.rows_px) + other.rows_px % 1, np.floor(one.columns_px) + other.columns_px % 1, 0, 1, 0
    )
    if footprint(one, inside.shape) == footprint(other, inside.shape):
        np.testing.assert_array_equal(moved_inside(inside, one), moved_inside(inside, other))


def test_footprints_differ_by_whole_pixels_and_turns():
    shape = (90, 120)
    near, far = Motion(0.3, 1.6, 0, 1, 0), Motion(0.7, 1.2, 0, 1, 0)
    assert footprint(near, shape) == footprint(far, shape) == ((0, 1), (1, 2))
    assert footprint(Motion(1.3, 1.6, 0, 1, 0), shape) != footprint(near, shape)
    assert footprint(Motion(2.0, -1.0, 0, 1, 0), shape) == ((2,), (-1,))
    assert footprint(Motion(0.3, 1.6, 2, 1, 0), shape) != footprint(near, shape)
