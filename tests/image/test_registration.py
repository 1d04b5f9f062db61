"""Motion of the cartoon, known to the last digit, is found again; what is not bone does not draw the fit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spreadscan.image.edges import RegistrationSettings, prepared
from spreadscan.image.filters import eroded
from spreadscan.image.registration import register, register_roughly, register_to
from spreadscan.image.warp import moved, moved_inside, reversed_motion
from spreadscan.values import Motion
from tests.images import (
    MIDDLE_PX,
    NOISE_LN,
    SIZE_PX,
    STILL,
    Blob,
    Needle,
    collimated,
    digest,
    motion,
    noisy,
    rectangle,
    scene,
    whole,
)

few = settings(max_examples=12, deadline=None, derandomize=True)
SHIFTS = st.floats(-6, 6)
TURNS = st.floats(-1.5, 1.5)
DEPOT = (Blob(40, 25, 0.6, 6), Blob(60, 70, 0.4, 3))


def error_px(found, true):
    """Return how far the motion found misses the true one, at the middle of the image."""
    return np.hypot(found.rows_px - true.rows_px, found.columns_px - true.columns_px)


def pattern(rows=9, columns=9):
    """Return an image with a single bright point beside its middle."""
    image = np.zeros((rows, columns), np.float32)
    image[3, 6] = 1
    return image


def brightest(image):
    return tuple(int(n) for n in np.unravel_index(np.argmax(image), image.shape))


# what a motion means


def test_a_point_of_the_reference_is_seen_rows_further_down_and_columns_further_right():
    seen = np.roll(pattern(), (2, -3), axis=(0, 1))
    assert brightest(seen) == (5, 3)
    np.testing.assert_allclose(moved(seen, motion(2, -3)), pattern(), atol=1e-6)


def test_a_positive_rotation_turns_the_row_axis_towards_the_column_axis():
    # the point lies at (-1, 2) from the middle (4, 4); a quarter turn brings it to (-2, -1)
    seen = np.zeros((9, 9), np.float32)
    seen[2, 3] = 1
    np.testing.assert_allclose(moved(seen, motion(rotation_deg=90)), pattern(), atol=1e-5)


def test_what_comes_from_outside_repeats_the_edge_and_is_not_inside():
    image = np.add.outer(np.zeros(4), np.arange(5.0)).astype(np.float32)
    back = moved(image, motion(columns_px=2), order=1)
    np.testing.assert_allclose(back[0], [2, 3, 4, 4, 4])
    np.testing.assert_array_equal(
        moved_inside(whole((4, 5)), motion(columns_px=2))[0], [True, True, True, False, False]
    )


def test_a_pixel_seen_partly_outside_is_outside():
    inside = moved_inside(rectangle(0, 2, 5, 9, (5, 9)), motion(columns_px=0.5))
    np.testing.assert_array_equal(inside[2], [False, False, True, True, True, True, True, True, False])


def test_at_rest_nothing_moves():
    image = noisy(scene(), 1)
    np.testing.assert_allclose(moved(image, STILL), image, atol=1e-5)


@few
@given(SHIFTS, SHIFTS, TURNS)
def test_the_cartoon_moves_as_a_motion_says(rows, columns, turn):
    # the cartoon is drawn by its own formula; cubic interpolation of its steep edges is off by up to 0.01
    true = motion(rows, columns, turn)
    inner = slice(12, -12)
    np.testing.assert_allclose(moved(scene(true), true)[inner, inner], scene()[inner, inner], atol=0.012)


@few
@given(SHIFTS, SHIFTS, st.floats(-180, 180))
def test_a_motion_and_its_reverse_leave_every_point_where_it_was(rows, columns, turn):
    there = Motion(rows, columns, turn, 0.7, 0.3)
    back = reversed_motion(there)

    def seen(point, how):
        angle = np.radians(how.rotation_deg)
        turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) @ point
        return np.add(turned, [how.rows_px, how.columns_px])

    for point in ([0.0, 0.0], [10.0, -3.0], [-20.0, 7.5]):
        np.testing.assert_allclose(seen(seen(point, there), back), point, atol=1e-9)
    assert (back.agreement, back.residual_px) == (0.7, 0.3)
    assert error_px(reversed_motion(back), there) < 1e-9


# finding it


@few
@given(SHIFTS, SHIFTS, TURNS, st.integers(0, 99))
def test_a_rigid_motion_of_noisy_bone_is_found(rows, columns, turn, seed):
    true = motion(rows, columns, turn)
    quiet = 0.6 * NOISE_LN
    found = register(noisy(scene(), seed, quiet), noisy(scene(true), seed + 1000, quiet), whole())
    assert error_px(found, true) < 0.05
    # a tenth of a degree is 0.08 px at the edge of the image
    assert found.rotation_deg == pytest.approx(true.rotation_deg, abs=0.15)
    assert found.agreement > 0.9
    assert found.residual_px < 0.1


@few
@given(SHIFTS, SHIFTS, st.sampled_from([0.1, 0.3, 0.6, 1.0]), st.integers(0, 99))
def test_a_growing_depot_of_contrast_does_not_draw_the_fit(rows, columns, growth, seed):
    true = motion(rows, columns)
    depot = [blob._replace(amount=growth * blob.amount) for blob in DEPOT]
    found = register(noisy(scene(), seed), noisy(scene(true, depot), seed + 1000), whole())
    assert error_px(found, true) < 0.1


@few
@given(SHIFTS, SHIFTS, st.integers(0, 99))
def test_a_needle_that_was_put_in_does_not_draw_the_fit(rows, columns, seed):
    true = motion(rows, columns)
    needles = (Needle((30, 5), (50, 28)), Needle((60, 92), (40, 70)))
    found = register(noisy(scene(), seed), noisy(scene(true, needles=needles), seed + 1000), whole())
    assert error_px(found, true) < 0.1


def test_what_differs_drops_out_of_the_fit():
    # without the robust weight four needles draw it by 0.2 px, and these depots by as much
    needles = [
        Needle((30, 5), (50, 28)),
        Needle((60, 92), (40, 70)),
        Needle((10, 40), (40, 50)),
        Needle((80, 10), (60, 40)),
    ]
    large = [blob._replace(amount=2 * blob.amount) for blob in DEPOT]
    for seed, (rows, columns) in enumerate([(4.2, -1.3), (-3.7, -4.4), (0.4, 2.6), (-1.8, 4.9)]):
        true, first = motion(rows, columns), noisy(scene(), seed)
        with_needles = noisy(scene(true, needles=needles), seed + 50)
        assert error_px(register(first, with_needles, whole()), true) < 0.12
        with_depots = noisy(scene(true, large), seed + 50)
        assert error_px(register(first, with_depots, whole()), true) < 0.12


def test_gas_that_moves_another_way_does_not_draw_the_fit():
    errors = []
    for seed, (rows, columns) in enumerate([(3.2, -1.3), (-2.7, -3.4), (0.4, 2.6), (-1.8, 3.9), (2, 2)]):
        here = np.random.default_rng(seed).uniform(15, 80, (3, 2))
        there = here + np.random.default_rng(seed + 20).uniform(-6, 6, 2)
        true = motion(rows, columns)
        first, second = (
            noisy(scene(where, [Blob(row, column, -0.3, 2.5) for row, column in bubbles]), seed + n)
            for n, (where, bubbles) in enumerate([(motion(), here), (true, there)])
        )
        errors.append(error_px(register(first, second, whole()), true))
    assert np.median(errors) < 0.1


@few
@given(st.floats(-4, 4), st.floats(-4, 4), st.integers(0, 99))
def test_the_still_edge_of_a_collimator_does_not_hold_the_fit(rows, columns, seed):
    true = motion(rows, columns)
    opening = rectangle(6, 5, 91, 92)
    first, second = (
        collimated(noisy(image, seed + n), opening) for n, image in enumerate([scene(), scene(true)])
    )
    field = eroded(opening, 2, frame_is_edge=False)
    assert error_px(register(first, second, field), true) < 0.1


def test_without_the_field_the_same_edge_would_hold_it():
    # the trap is real: this is why the field is handed in
    true = motion(3, -3)
    opening = rectangle(16, 15, 81, 82)
    first, second = (collimated(noisy(image, n), opening) for n, image in enumerate([scene(), scene(true)]))
    held = register(first, second, whole())
    free = register(first, second, eroded(opening, 2, frame_is_edge=False))
    assert error_px(held, true) > 3
    # what is left of so small a field has 160 edge pixels, so noise shows more
    assert error_px(free, true) < 0.25


@few
@given(SHIFTS, SHIFTS, TURNS)
def test_there_and_back_again_is_rest(rows, columns, turn):
    first, second = noisy(scene(), 1), noisy(scene(motion(rows, columns, turn)), 2)
    there, back = register(first, second, whole()), register(second, first, whole())
    # a turn near three of its standard deviations (0.04° each) may be fitted on one way and not on the other
    assert there.rotation_deg == pytest.approx(-back.rotation_deg, abs=0.16)
    angle = np.radians(back.rotation_deg)
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    rest = turned @ [there.rows_px, there.columns_px] + [back.rows_px, back.columns_px]
    np.testing.assert_allclose(rest, 0, atol=0.06)


def test_an_image_and_itself_are_at_rest():
    image = noisy(scene(), 1)
    found = register(image, image, whole())
    assert error_px(found, STILL) < 1e-6
    assert (found.rotation_deg, found.residual_px) == pytest.approx((0, 0), abs=1e-6)
    assert found.agreement == pytest.approx(1)


@few
@given(st.floats(0.2, 5), st.floats(-3, 3))
def test_an_offset_changes_nothing_and_a_common_gain_no_position(gain, offset):
    first, second = noisy(scene(), 1), noisy(scene(motion(2.3, -1.6, 0.4)), 2)
    plain = register(first, second, whole())
    found = register(gain * first + np.float32(offset), gain * second + np.float32(offset), whole())
    assert error_px(found, plain) < 0.005
    assert found.agreement == pytest.approx(plain.agreement, abs=0.002)
    assert found.residual_px == pytest.approx(plain.residual_px, abs=0.02)


def test_mirrored_images_move_the_other_way():
    first, second = noisy(scene(), 1), noisy(scene(motion(2.3, -1.6, 0.4)), 2)
    plain = register(first, second, whole())
    mirrored = register(first[:, ::-1], second[:, ::-1], whole())
    assert mirrored.rows_px == pytest.approx(plain.rows_px, abs=0.005)
    assert mirrored.columns_px == pytest.approx(-plain.columns_px, abs=0.005)
    assert mirrored.rotation_deg == pytest.approx(-plain.rotation_deg, abs=0.02)


def test_large_images_are_registered_at_half_resolution_and_answer_in_whole_pixels():
    first, second = (
        np.kron(noisy(image, n), np.ones((2, 2), np.float32))
        for n, image in enumerate([scene(), scene(motion(1.5, -2.5))])
    )
    half = register(first, second, whole(first.shape), settings=RegistrationSettings(half_from_px=SIZE_PX))
    # a shift of n pixels of the small image is one of 2 n pixels here
    assert error_px(half, motion(3, -5)) < 0.1


# how well it fits


def test_what_is_told_to_be_ignored_is_not_fitted():
    first = noisy(scene(), 1)
    second = noisy(scene(motion(1, 1)), 2)
    # two thirds of the image move another way
    second[32:] = noisy(scene(motion(-3, 2)), 3)[32:]
    ignored = rectangle(30, 0, SIZE_PX, SIZE_PX)
    assert error_px(register(first, second, whole()), motion(1, 1)) > 1
    assert error_px(register(first, second, whole(), ignored), motion(1, 1)) < 0.1


def test_edges_that_lie_apart_leave_a_residual_of_about_that_size():
    # the upper and the lower half of the spine move apart, each by 0.5 px: no rigid motion does that
    first, second = noisy(scene(), 1), noisy(scene(motion(-0.5)), 2)
    second[SIZE_PX // 2 :] = noisy(scene(motion(0.5)), 3)[SIZE_PX // 2 :]
    together = register(first, noisy(scene(), 2), whole())
    apart = register(first, second, whole())
    assert together.residual_px < 0.1
    assert 0.3 < apart.residual_px < 0.8


def test_another_scene_does_not_agree():
    upside_down = noisy(scene()[::-1].T, 2)
    assert register(noisy(scene(), 1), upside_down, whole()).agreement < 0.25


@pytest.mark.parametrize(
    ("first", "field"),
    [
        (np.ones((SIZE_PX, SIZE_PX), np.float32), whole()),
        (noisy(scene(), 1), rectangle(40, 40, 64, 64)),
        (noisy(scene(), 1), rectangle(0, 0, 0, 0)),
    ],
    ids=["flat", "tiny field", "no field"],
)
def test_too_few_edges_give_no_motion_and_no_agreement(first, field):
    assert digest(register(first, noisy(scene(), 2), field)) == digest(Motion(0.0, 0.0, 0.0, 0.0, 0.0))


def test_a_flat_moving_image_does_not_agree():
    flat = np.ones((SIZE_PX, SIZE_PX), np.float32)
    assert register(noisy(scene(), 1), flat, whole()).agreement == 0


def test_a_shift_beyond_the_search_is_found_if_it_matches_better():
    far = motion(2, -20)
    near = RegistrationSettings(search_px=4)
    assert error_px(register(noisy(scene(), 1), noisy(scene(far), 2), whole(), settings=near), far) < 0.1


def test_a_shift_beyond_a_quarter_of_the_image_is_not_found_but_known_not_to_fit():
    far = motion(0, 40)
    found = register(noisy(scene(), 1), noisy(scene(far), 2), whole())
    assert error_px(found, far) > 5
    assert found.agreement < 0.6
    assert found.sd_px > 0.5


# house rules


def test_registration_leaves_its_images_alone_and_is_the_same_twice():
    first, second, field = noisy(scene(), 1), noisy(scene(motion(1, 2)), 2), whole()
    before = digest((first, second, field))
    found = [digest(register(first, second, field)) for _ in range(2)]
    assert digest((first, second, field)) == before
    assert found[0] == found[1]


def test_the_noise_of_the_cartoon_is_what_it_says():
    assert (noisy(scene(), 1) - scene()).std() == pytest.approx(NOISE_LN, rel=0.02)
    assert MIDDLE_PX == 47.5


@few
@given(SHIFTS, SHIFTS, TURNS, st.integers(0, 99))
def test_a_rough_registration_is_off_by_little_and_measures_no_residual(rows, columns, turn, seed):
    first, second = noisy(scene(), seed), noisy(scene(motion(rows, columns, turn)), seed + 1000)
    reference = prepared(first, whole())
    rough, exact = register_roughly(reference, second), register_to(reference, second)
    assert error_px(rough, exact) < 0.02
    assert rough.rotation_deg == pytest.approx(exact.rotation_deg, abs=0.03)
    assert rough.agreement == pytest.approx(exact.agreement, abs=0.01)
    assert 0.4 * exact.sd_px < rough.sd_px < 1.5 * exact.sd_px
    assert np.isnan(rough.residual_px)
