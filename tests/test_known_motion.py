"""Registration of a patient whose motion is known; benchmarks/speed/registration.py prints more."""

import numpy as np
import pytest

from spreadscan.image.edges import prepared
from spreadscan.image.registration import register, register_to
from spreadscan.image.warp import moved
from tests.images import digest, motion
from tests.known_motion import STILL, Shown, carried, error_px, frame, passing, patient

SIZE_PX = 512
CINE_UGY, LOW_UGY = 0.25, 0.02
GAS = (7.0, -7.1)
"""Ten pixels, of 0.4 mm."""
SHIFTS = (motion(1.27, -0.61), motion(-2.13, 1.9), motion(0.44, 2.72))


@pytest.fixture(scope="module")
def who():
    return patient(SIZE_PX)


@pytest.fixture(scope="module")
def at_rest(who):
    return passing(who, Shown())


def errors(who, at_rest, shown, dose_ugy):
    """Return the error of each frame against a frame at rest with noise of its own."""
    found = []
    for number, one in enumerate(shown):
        first, second = (
            frame(who, passed, dose_ugy, seed)
            for passed, seed in ((at_rest, 100 + number), (passing(who, one), number))
        )
        found.append(error_px(register(first, second, who.field), one.motion, second.shape))
    return np.array(found)


def rms(values):
    return float(np.sqrt((values**2).mean()))


def test_the_phantom_moves_as_it_says(who):
    # the simulator's paths, moved by a whole number of pixels, are the same paths elsewhere
    path = carried(who.cortical, motion(3, -5))
    np.testing.assert_allclose(path[20:-20, 20:-20], who.cortical[17:-23, 25:-15], atol=2e-4)
    turned = moved(carried(who.cortical, motion(2.5, -1.5, 0.6)), motion(2.5, -1.5, 0.6))
    assert np.abs(turned - who.cortical)[30:-30, 30:-30].max() < 0.02 * who.cortical.max()


def test_without_motion_nothing_is_wrong_but_noise(who, at_rest):
    assert rms(errors(who, at_rest, [Shown()] * 3, CINE_UGY)) < 0.03


def test_cine_is_registered_to_three_hundredths_of_a_pixel(who, at_rest):
    growing = [Shown(m, share, needle=True) for m, share in zip(SHIFTS, (0.3, 0.6, 1.0), strict=True)]
    found = errors(who, at_rest, [*(Shown(m) for m in SHIFTS), *growing], CINE_UGY)
    # each coordinate by itself; both together are root two of it
    assert rms(found) / np.sqrt(2) < 0.03


def test_at_twenty_nanogray_the_error_stays_below_an_eighth_of_a_pixel(who, at_rest):
    shown = [Shown(m, 0.7, needle=True) for m in SHIFTS]
    assert rms(errors(who, at_rest, shown, LOW_UGY)) < 0.12


@pytest.mark.parametrize("spine", [STILL, SHIFTS[1]], ids=["spine still", "spine moves"])
@pytest.mark.parametrize("dose_ugy", [CINE_UGY, LOW_UGY])
def test_gas_that_moves_ten_pixels_draws_nothing(who, at_rest, spine, dose_ugy):
    shown = [Shown(spine, gas_px=gas) for gas in (GAS, (-GAS[0], GAS[1]))]
    assert rms(errors(who, at_rest, shown, dose_ugy)) < 0.1


@pytest.mark.parametrize("jump", [motion(12.4, -3.3), motion(-43.2, 18.6), motion(61.3, 70.8)])
def test_a_jump_is_followed(who, at_rest, jump):
    assert errors(who, at_rest, [Shown(jump, 0.5)], CINE_UGY)[0] < 0.1


@pytest.mark.parametrize("turn_deg", [-1.0, 0.35, 0.8])
def test_a_turn_is_found_and_none_is_made_up(who, at_rest, turn_deg):
    turned = motion(1.3, -2.2, turn_deg)
    assert errors(who, at_rest, [Shown(turned, 0.5, needle=True)], CINE_UGY)[0] < 0.08
    first, second = (frame(who, at_rest, LOW_UGY, seed) for seed in (1, 2))
    assert register(first, second, who.field).rotation_deg == 0


def test_the_standard_deviation_tells_the_error(who, at_rest):
    reported, missed = [], []
    for dose_ugy in (LOW_UGY, CINE_UGY):
        for seed in range(6):
            first, second = (frame(who, at_rest, dose_ugy, 2 * seed + n) for n in (0, 1))
            found = register(first, second, who.field)
            reported.append(found.sd_px)
            missed.append(error_px(found, STILL, first.shape))
    low, cine = np.array(missed).reshape(2, -1), np.array(reported).reshape(2, -1)
    ratio = np.sqrt((low**2).mean(axis=1)) / np.sqrt((cine**2).mean(axis=1))
    assert ratio == pytest.approx(1.0, abs=0.6)


def test_a_prepared_reference_serves_many_frames_and_tells_the_same(who, at_rest):
    first = frame(who, at_rest, CINE_UGY, 1)
    seen = [frame(who, passing(who, Shown(m)), CINE_UGY, 2) for m in SHIFTS[:2]]
    reference = prepared(first, who.field)
    alone = [digest(register(first, image, who.field)) for image in seen]
    assert [digest(register_to(reference, image)) for image in seen] == alone
    assert [digest(register_to(reference, image)) for image in reversed(seen)] == alone[::-1]
