"""The contrast map of drawn depots: its strength, its limit, and what is not contrast."""

from itertools import pairwise

import numpy as np
import pytest

from spreadscan.image.filters import gaussian
from spreadscan.image.tones import tone_of
from spreadscan.settings import SegmentSettings, SubtractSettings
from spreadscan.stages.segment import segment
from spreadscan.stages.subtract import subtract
from spreadscan.values import JudgingScale
from tests.images import (
    NOISE_LN,
    SCALE,
    Blob,
    Needle,
    aligned_pair,
    digest,
    noisy,
    nothing,
    rectangle,
    scene,
    whole,
)

SETTINGS = SubtractSettings()
DEPOT = (Blob(40, 26, 0.4, 6),)
NEEDLES = (Needle((30, 5), (50, 28)), Needle((60, 92), (40, 70)))


def disc(row, column, radius):
    rows, columns = np.ogrid[:96, :96]
    return (rows - row) ** 2 + (columns - column) ** 2 <= radius**2


def mapped(contrast, baseline=None, valid=None, scale=SCALE, **pair):
    baseline = noisy(scene(), 2) if baseline is None else baseline
    return subtract(aligned_pair(contrast, baseline, valid, **pair), scale, SETTINGS)


def seen(blobs=(), needles=(), seed=1, sd_ln=NOISE_LN):
    return noisy(scene(blobs=blobs, needles=needles), seed, sd_ln)


# strength


def test_the_signal_is_the_attenuation_that_was_added():
    found = mapped(seen(DEPOT))
    expected = scene(blobs=DEPOT) - scene()
    assert found.signal[40, 26] == pytest.approx(0.4, abs=0.03)
    assert np.abs(found.signal - expected)[8:-8, 8:-8].mean() < NOISE_LN
    assert (found.method, found.unit, found.judgeable) == ("baseline", "ln", True)
    assert found.limit_relative_sd == SETTINGS.limit_relative_sd


@pytest.mark.parametrize("exposure", [-0.4, 0.7])
def test_a_change_of_exposure_is_no_signal(exposure):
    plain, brighter = mapped(seen(DEPOT)), mapped(seen(DEPOT) + np.float32(exposure))
    np.testing.assert_allclose(brighter.signal, plain.signal, atol=1e-4)
    np.testing.assert_allclose(brighter.limit, plain.limit, rtol=1e-3)


def test_a_slow_change_of_brightness_is_taken_away():
    rows, columns = np.mgrid[:96, :96]
    slope = (0.3 * np.cos(rows / 60) + columns / 300).astype(np.float32)
    found = mapped(seen(DEPOT) + slope)
    assert np.abs(found.signal - mapped(seen(DEPOT)).signal)[12:-12, 12:-12].max() < 0.03


def test_contrast_does_not_take_away_from_its_own_background():
    # a depot as wide as the window of the background keeps its strength
    wide = disc(48, 48, 16)
    found = mapped(seen() + np.float32(0.3) * wide)
    assert np.median(found.signal[disc(48, 48, 13)]) == pytest.approx(0.3, abs=0.02)


def test_the_smoothing_is_wide_where_nothing_is_and_fine_at_the_edge_of_a_depot():
    sharp = disc(48, 48, 10)
    found = mapped(seen() + np.float32(0.5) * sharp)
    # the edge of a strong depot stays where it is
    assert (found.signal > 0.25).sum() == pytest.approx(sharp.sum(), rel=0.03)
    raw = seen() - noisy(scene(), 2)
    calm = ~disc(48, 48, 14)
    assert found.signal[calm].std() < 0.75 * raw[calm].std()
    assert found.noise_sd[0, 0] == pytest.approx(found.signal[calm].std(), rel=0.2)


def test_a_strong_detail_is_not_smoothed_away_and_a_faint_one_is():
    # on fine pixels: a thin film of contrast, half a millimetre wide
    fine = JudgingScale(0.25, "finer")
    film = rectangle(20, 47, 76, 49)
    signals = {
        amount: mapped(seen() + np.float32(amount) * film, scale=fine).signal[30:66, 47:49].mean() / amount
        for amount in (0.03, 0.5)
    }
    # the wide Gaussian alone would leave 0.38 of it
    assert signals[0.5] > 0.7
    assert signals[0.03] < 0.6


# the limit


def test_the_limit_is_that_of_a_single_frame_in_a_square_millimetre():
    # one pixel is 1 mm², the noise of a frame 0.01, and 2.6 of them count
    np.testing.assert_allclose(mapped(seen()).limit, 2.6 * 0.01, rtol=0.16)


@pytest.mark.parametrize(("contrast_count", "baseline_count"), [(1, 16), (5, 1), (5, 16)])
def test_averaging_does_not_change_the_limit(contrast_count, baseline_count):
    # averages of so many frames have so much less noise
    contrast = seen(sd_ln=NOISE_LN / contrast_count**0.5)
    baseline = noisy(scene(), 2, NOISE_LN / baseline_count**0.5)
    found = mapped(contrast, baseline, contrast_count=contrast_count, baseline_count=baseline_count)
    np.testing.assert_allclose(found.limit, 2.6 * 0.01, rtol=0.16)


def test_on_finer_pixels_the_noise_of_a_square_millimetre_counts():
    # at half a millimetre four pixels go into 1 mm²: the limit is half of that of a pixel
    found = mapped(seen(), scale=JudgingScale(0.5, "finer"))
    np.testing.assert_allclose(np.median(found.limit), 2.6 * 0.01 / 2, rtol=0.15)


@pytest.mark.parametrize("gain", [0.5, 1.0])
def test_edge_enhancement_leaves_the_limit_of_a_thin_layer_where_it_is(gain):
    # unsharp masking makes the noise of small areas louder; a layer of some square millimetres gains nothing
    fine = JudgingScale(0.25, "finer")
    images = [seen(sd_ln=0.1), noisy(scene(), 2, 0.1)]
    sharp = [image + gain * (image - gaussian(image, 1.5)) for image in images]
    plain, enhanced = mapped(*images, scale=fine), mapped(*sharp, scale=fine)
    assert np.median(enhanced.limit) < (1 + 0.35 * gain) * np.median(plain.limit)


def test_contrast_does_not_raise_its_own_limit():
    plain, depot = mapped(seen()), mapped(seen(DEPOT))
    np.testing.assert_allclose(np.median(depot.limit), np.median(plain.limit), rtol=0.05)


def test_the_limit_is_higher_where_the_image_is_noisier():
    noise = np.random.default_rng(3).normal(0, 0.01, (96, 96)).astype(np.float32)
    noise[:, :30] *= 3
    limit = mapped(scene() + noise, noisy(scene(), 4, 0.001)).limit
    assert limit[48, 8] > 1.7 * limit[48, 80]


@pytest.mark.parametrize("sd_ln", [0.0, 0.0001])
def test_the_limit_never_falls_below_what_is_real(sd_ln):
    found = mapped(seen(sd_ln=sd_ln), noisy(scene(), 2, sd_ln))
    np.testing.assert_allclose(found.limit, SETTINGS.least_ln, rtol=1e-6)


@pytest.mark.parametrize("gain", [1.0, 0.06])
def test_on_display_values_it_never_falls_below_a_grey_level_of_the_image(gain):
    # a file may use a part of its range only
    image = np.float32(gain) * scene()
    found = mapped(image + np.float32(gain) * (scene(blobs=DEPOT) - scene()), image, unit="relative")
    low, high = np.percentile(gain * scene(blobs=DEPOT), [0.5, 99.5])
    np.testing.assert_allclose(found.limit, (high - low) / 255, rtol=1e-4)
    # what is left is the depot, not the last digits of its background
    mask = segment(found, SCALE, SegmentSettings())
    expected = scene(blobs=DEPOT) - scene() > (high - low) / 255 / gain
    assert mask.sure.sum() == pytest.approx(expected.sum(), rel=0.1)


@pytest.mark.parametrize("unit", ["ln", "relative"])
@pytest.mark.parametrize(
    "image", [seen(DEPOT, NEEDLES), np.ones((96, 96), np.float32)], ids=["cartoon", "flat"]
)
def test_an_image_minus_itself_is_nothing(unit, image):
    found = mapped(image, image.copy(), unit=unit)
    assert not found.signal.any()
    assert not found.metal.any()
    assert (found.limit > 0).all()
    assert segment(found, SCALE, SegmentSettings()).flags == ("no-contrast",)


def test_the_limit_comes_from_the_settings():
    pair = aligned_pair(seen(), noisy(scene(), 2))
    strict = subtract(pair, SCALE, SubtractSettings(limit_sd=2 * SETTINGS.limit_sd))
    np.testing.assert_allclose(strict.limit, 2 * subtract(pair, SCALE, SETTINGS).limit, rtol=1e-5)


# what cannot be judged


def test_outside_of_what_both_images_show_nothing_is_judged():
    valid = rectangle(10, 12, 80, 90)
    found = mapped(np.where(valid, seen(DEPOT), np.float32(9)), valid=valid)
    assert not found.signal[~valid].any()
    assert np.isinf(found.limit[~valid]).all()
    assert np.isfinite(found.limit[valid]).all()
    np.testing.assert_array_equal(found.valid, valid)
    # nor does what lies outside shine in
    inner = rectangle(16, 18, 74, 84)
    np.testing.assert_allclose(found.signal[inner], mapped(seen(DEPOT)).signal[inner], atol=0.02)


def test_nothing_valid_is_nothing_judged():
    found = mapped(seen(DEPOT), valid=nothing())
    assert not found.valid.any()
    assert not found.signal.any()
    assert np.isinf(found.limit).all()


# tones


@pytest.mark.parametrize("slope", [0.6, 1.0, 1.5])
def test_display_values_whose_window_was_set_anew_subtract_away(slope):
    texture = gaussian(np.random.default_rng(4).normal(size=(96, 96)).astype(np.float32), 2.0)
    bones = scene() + 4 * texture
    contrast = noisy(scene(blobs=DEPOT) + 4 * texture, 1) * np.float32(slope)
    found = mapped(contrast, noisy(bones, 2), unit="relative")
    calm = ~disc(40, 26, 16)
    assert np.abs(found.signal[calm]).max() < 5 * NOISE_LN * slope
    assert found.signal[40, 26] == pytest.approx(0.4 * slope, abs=0.06)


def test_the_tone_is_that_of_bones_whatever_the_numbers_of_frames():
    texture = gaussian(np.random.default_rng(4).normal(size=(96, 96)).astype(np.float32), 2.0)
    bones, everywhere = (scene() + 0.5 * texture).astype(np.float32), whole()
    for counts, noises in (((1, 1), (0.02, 0.02)), ((1, 16), (0.02, 0.005))):
        images = (noisy(0.8 * bones, 1, noises[0]), noisy(bones, 2, noises[1]))
        pair = aligned_pair(*images, contrast_count=counts[0], baseline_count=counts[1], unit="relative")
        assert tone_of(pair, everywhere, SCALE) == pytest.approx(0.8, abs=0.03)


def test_noise_gives_no_tone():
    pair = aligned_pair(noisy(0 * scene(), 1), noisy(0 * scene(), 2), unit="relative")
    assert tone_of(pair, whole(), SCALE) == 1
    assert tone_of(pair, nothing(), SCALE) == 1


# needles


def test_a_needle_in_both_images_subtracts_away():
    found = mapped(seen((), NEEDLES), noisy(scene(needles=NEEDLES), 2))
    assert not found.metal.any()
    assert not segment(found, SCALE, SegmentSettings()).possible.any()


def test_a_needle_that_was_put_in_is_kept_out():
    found = mapped(seen(DEPOT, NEEDLES))
    on_needle = scene(needles=NEEDLES) - scene() > 0.1
    assert found.metal[on_needle & ~disc(40, 26, 14)].all()
    assert not (found.valid & found.metal).any()
    np.testing.assert_array_equal(found.valid, ~found.metal)
    assert not found.signal[found.metal].any()
    assert np.isinf(found.limit[found.metal]).all()


def test_a_needle_that_was_drawn_out_is_no_contrast():
    found = mapped(seen(), noisy(scene(needles=NEEDLES), 2))
    assert not found.metal.any()
    assert not segment(found, SCALE, SegmentSettings()).possible.any()


# laws


def test_more_contrast_gives_more_signal():
    signals = [mapped(seen([DEPOT[0]._replace(amount=a)])).signal for a in (0.05, 0.1, 0.2, 0.4, 0.8)]
    middle = disc(40, 26, 6)
    for weaker, stronger in pairwise(signals):
        assert (stronger > weaker)[middle].all()


def test_a_mirrored_pair_has_a_mirrored_map():
    contrast, baseline = seen(DEPOT, NEEDLES), noisy(scene(), 2)
    plain, mirrored = mapped(contrast, baseline), mapped(contrast[:, ::-1], baseline[:, ::-1])
    np.testing.assert_array_equal(mirrored.metal[:, ::-1], plain.metal)
    np.testing.assert_allclose(mirrored.signal[:, ::-1], plain.signal, atol=1e-4)
    np.testing.assert_allclose(mirrored.limit[:, ::-1], plain.limit, rtol=1e-3)


def test_subtracting_leaves_the_pair_alone_and_is_the_same_twice():
    pair = aligned_pair(seen(DEPOT, NEEDLES), noisy(scene(), 2), whole())
    before = digest(pair)
    assert digest(subtract(pair, SCALE, SETTINGS)) == digest(subtract(pair, SCALE, SETTINGS))
    assert digest(pair) == before


def test_what_motion_may_leave_raises_the_limit_and_nothing_else():
    contrast, baseline = noisy(scene(blobs=(Blob(40, 26, 0.4, 5),)), 1), noisy(scene(), 2)
    plain = subtract(aligned_pair(contrast, baseline), SCALE, SETTINGS)
    sd = np.zeros(contrast.shape, np.float32)
    sd[:, 50:] = 0.02
    raised = subtract(aligned_pair(contrast, baseline, motion_sd=sd), SCALE, SETTINGS)
    np.testing.assert_array_equal(raised.signal, plain.signal)
    np.testing.assert_array_equal(raised.limit[:, :50], plain.limit[:, :50])
    expected = np.hypot(plain.limit[:, 50:], SETTINGS.limit_sd * 0.02)
    np.testing.assert_allclose(raised.limit[:, 50:], expected, rtol=1e-5)
