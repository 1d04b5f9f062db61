"""From signal to stored pixels: tones, polarity, bits, filters, shutter and text."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from spreadscan.phantom.imaging.collimator import opening
from spreadscan.phantom.imaging.lettering import Lettering, ink, lettering
from spreadscan.phantom.imaging.processing import (
    Viewport,
    enhanced,
    median_of_nine,
    to_pixels,
)
from spreadscan.phantom.scenario import Collimator, Processing

SHAPE = (160, 192)
OPEN = Viewport(opening(Collimator("none"), SHAPE), 0.5, None)
ROUND = Viewport(opening(Collimator("circle", 0.9, 0.9), SHAPE), 0.5, 0.0)
CHAINS = ("linear", "logarithmic", "display")
PLAIN = Processing(flattening=0, edge_gain=0)


def body(contrast=1.0, seed=0):
    """A slope of brightness with noise, and a patch that passes the share ``contrast`` of it."""
    rows, columns = np.indices(SHAPE)
    image = 400 * np.exp(0.004 * (rows - columns))
    image[70:90, 80:110] *= contrast
    return np.random.default_rng(seed).poisson(image).astype(np.float32)


def stored(signal, viewport=OPEN, processing=PLAIN, tones=None):
    return to_pixels([signal], viewport, processing, tones).pixels[0].astype(int)


def patch_over_ring(image):
    return image[75:85, 85:105].mean() - image[60:68, 85:105].mean()


# polarity and bits


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize(
    ("contrast_is", "inverted", "sign"),
    [("dark", False, -1), ("dark", True, 1), ("bright", False, 1), ("bright", True, -1)],
)
def test_the_polarity_of_contrast_as_stored(chain, contrast_is, inverted, sign):
    processing = Processing(chain=chain, contrast_is=contrast_is, inverted=inverted)
    assert np.sign(patch_over_ring(stored(body(0.6), processing=processing))) == sign


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("bits", [8, 9, 10, 12, 14, 16])
def test_bits_are_used_and_never_exceeded(chain, bits):
    signal = body()
    signal[0, 0], signal[5, 5], signal[9, 9] = -50, 0, 1e9
    found = to_pixels([signal], ROUND, Processing(chain=chain, bits=bits, burned_in="text"))
    assert found.pixels.dtype == (np.uint8 if bits == 8 else np.uint16)
    assert found.pixels.max() < 2**bits
    assert found.pixels.max() > 0.6 * 2**bits
    assert len(np.unique(found.pixels)) > 2**7


def test_inverted_is_the_complement():
    for processing in (PLAIN, Processing(sigmoid=True, bits=10)):
        straight = stored(body(), ROUND, processing)
        inverted = stored(body(), ROUND, replace(processing, inverted=True))
        assert np.abs(straight + inverted - (2**processing.bits - 1)).max() <= 1


# tones


def test_linear_pixels_are_proportional_to_the_signal():
    codes = stored(body(), processing=Processing(chain="linear", bits=16))
    ratio = codes / body()
    assert ratio.std() / ratio.mean() < 1e-3


def test_logarithmic_pixels_are_linear_in_the_logarithm():
    codes = stored(body(), processing=Processing(chain="logarithmic", bits=16))
    free = (codes > 0) & (codes < 65535)
    assert free.mean() > 0.99
    slope, offset = np.polyfit(np.log(body()[free]), codes[free], 1)
    np.testing.assert_allclose(codes[free], slope * np.log(body()[free]) + offset, atol=1)


def test_a_factor_shifts_logarithmic_pixels():
    first = to_pixels([body()], OPEN, Processing(chain="logarithmic", bits=16))
    darker = stored(body() * 0.8, processing=Processing(chain="logarithmic", bits=16), tones=first.tones)
    free = (darker > 0) & (first.pixels[0] < 65535)
    shift = first.pixels[0].astype(int)[free] - darker[free]
    true = -np.log(0.8) / (first.tones.high - first.tones.low) * 65535
    np.testing.assert_allclose(shift, true, atol=2)


@pytest.mark.parametrize("chain", CHAINS)
def test_a_scout_and_its_image_share_tones(chain):
    processing = Processing(chain=chain)
    scout = to_pixels([body(seed=1)], OPEN, processing)
    image = to_pixels([body(0.5, seed=2)], OPEN, processing, scout.tones)
    assert image.tones == scout.tones
    away = (slice(120, 150), slice(10, 60))
    assert image.pixels[0][away].mean() == pytest.approx(scout.pixels[0][away].mean(), rel=0.01)


def test_automatic_tones_follow_each_image():
    fixed, automatic = Processing(), Processing(automatic=True)
    frames = [body(), body() / 3]
    kept, moved = (to_pixels(frames, OPEN, p).pixels.astype(float) for p in (fixed, automatic))
    assert kept[1].mean() < 0.5 * kept[0].mean()
    assert moved[1].mean() == pytest.approx(moved[0].mean(), rel=0.01)
    tones = to_pixels([body()], OPEN, fixed).tones
    assert to_pixels([body() / 3], OPEN, automatic, tones).tones != tones


def test_the_first_frame_sets_the_tones_of_a_run():
    run = to_pixels([body(), body(0.3)], OPEN, Processing())
    assert run.pixels.shape == (2, *SHAPE)
    assert run.tones == to_pixels([body()], OPEN, Processing()).tones


@pytest.mark.parametrize("headroom", [0.0, 0.15, 0.4])
def test_headroom_stays_free(headroom):
    codes = stored(body(), processing=replace(PLAIN, headroom=headroom))
    assert np.percentile(codes, 0.15) / 4095 == pytest.approx(headroom, abs=0.01)


def test_a_run_without_frames_is_refused():
    with pytest.raises(ValueError, match="no frame"):
        to_pixels([], OPEN, PLAIN)


@pytest.mark.parametrize("sigmoid", [False, True])
def test_tones_rise_everywhere(sigmoid):
    ramp = np.exp(np.broadcast_to(np.linspace(4, 6, SHAPE[1], dtype=np.float32), SHAPE))
    codes = stored(ramp, processing=replace(PLAIN, sigmoid=sigmoid, bits=16))[80]
    assert (np.diff(codes) >= 0).all()
    middle, ends = np.diff(codes)[90:100].mean(), np.diff(codes)[[40, 150]].mean()
    assert (middle > 1.15 * ends) == sigmoid


# filters


def test_flattening_takes_out_slow_differences_and_leaves_detail():
    image = np.log(body()) - np.log(400)
    image -= image - ndimage.gaussian_filter(image, 3)
    image[80, 96] += 0.2
    strong = enhanced(image, OPEN, replace(PLAIN, flattening=0.8))
    none = enhanced(image, OPEN, PLAIN)
    np.testing.assert_allclose(none, image, atol=1e-6)
    middle = slice(60, 130)
    assert np.ptp(strong[80, middle]) < 0.75 * np.ptp(none[80, middle])
    spike, was = strong[80, 96] - strong[80, 95], image[80, 96] - image[80, 95]
    assert spike == pytest.approx(was, rel=0.02)


def test_edges_overshoot_by_their_gain_and_metal_less():
    def overshoot(height, gain):
        image = np.zeros(SHAPE, np.float32)
        image[:, 96:] = height
        return (enhanced(image, OPEN, Processing(flattening=0, edge_gain=gain)).max() - height) / height

    assert overshoot(0.05, 0) == pytest.approx(0, abs=1e-6)
    assert overshoot(0.05, 0.6) == pytest.approx(0.6 * (0.36 + 0.4 * 0.26), rel=0.15)
    assert overshoot(0.05, 1.2) == pytest.approx(2 * overshoot(0.05, 0.6), rel=1e-3)
    assert overshoot(3.0, 0.6) < 0.5 * overshoot(0.05, 0.6)


def test_the_median_is_that_of_nine():
    image = np.random.default_rng(0).random((31, 17), dtype=np.float32)
    np.testing.assert_array_equal(median_of_nine(image), ndimage.median_filter(image, 3, mode="nearest"))


def test_the_median_takes_single_pixels_away():
    image = body()
    image[20, 20] = 5000
    quiet, loud = (enhanced(np.log(image), OPEN, replace(PLAIN, median=m)) for m in (True, False))
    assert loud[20, 20] > 8
    assert quiet[20, 20] < 6.2
    assert quiet[30:60, 30:60].std() < 0.8 * loud[30:60, 30:60].std()


# shutter and text


@pytest.mark.parametrize("fill", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("inverted", [False, True])
def test_the_shutter_has_its_grey_as_displayed(fill, inverted):
    codes = stored(body(), replace(ROUND, fill=fill), Processing(inverted=inverted))
    displayed = 4095 - codes if inverted else codes
    assert (np.abs(displayed[ROUND.opening < 0.5] - fill * 4095) <= 1).all()


def test_a_shutter_leaves_no_rim():
    signal = np.random.default_rng(0).poisson(400 * ROUND.opening).astype(np.float32)
    codes = stored(signal, ROUND, Processing())
    rim = (ROUND.opening > 0.9) & (ndimage.binary_erosion(ROUND.opening > 0.9, iterations=2) == 0)
    middle = codes[60:100, 80:110]
    assert abs(codes[rim].mean() - middle.mean()) < middle.std()


def test_without_a_shutter_scatter_shows_beside_the_opening():
    signal = 400 * ROUND.opening + 60
    codes = stored(signal, replace(ROUND, fill=None), replace(PLAIN, chain="logarithmic"))
    assert codes[0, 0] == 0
    bright = Processing(chain="logarithmic", headroom=0.8)
    signal = 400 * ROUND.opening * np.linspace(0.5, 1, SHAPE[1], dtype=np.float32) + 200
    assert stored(signal, replace(ROUND, fill=None), bright)[0, 0] > 100


@pytest.mark.parametrize("shape", [(64, 64), (512, 512), (400, 900), (1024, 300)])
def test_letters_lie_within_the_image(shape):
    text = lettering(Processing(burned_in="text-and-side"), 80, "R")
    assert text is not None
    covered = ink(text, shape)
    assert covered.shape == shape
    assert 0 <= covered.min() < covered.max() <= 1
    assert 0.001 < covered.mean() < 0.2
    assert not covered[:, -1].any()
    assert not covered[-1].any()
    assert not covered[:, 0].any()
    assert covered[shape[0] // 2 - shape[0] // 10 : shape[0] // 2 + shape[0] // 10, : shape[1] // 4].any()
    assert covered[: shape[0] // 8, shape[1] // 2 + 1 :].any()


@pytest.mark.parametrize(("burned_in", "marker"), [("none", None), ("text", ""), ("text-and-side", "L")])
def test_what_is_written(burned_in, marker):
    text = lettering(Processing(burned_in=burned_in), 80, "L")
    assert (text is None) == (marker is None)
    assert text is None or (text.marker == marker and "80 kV" in text.lines[1])


@pytest.mark.parametrize("fill", [None, 0.0, 1.0])
@pytest.mark.parametrize("inverted", [False, True])
def test_text_is_told_from_what_it_lies_on(fill, inverted):
    text = Lettering(("SIMULATED",), "F 1/1", "L")
    plain, written = (
        stored(body(), replace(ROUND, fill=fill, lettering=t), Processing(inverted=inverted))
        for t in (None, text)
    )
    letters = ink(text, SHAPE) > 0.9
    assert letters.any()
    displayed = 4095 - written[letters] if inverted else written[letters]
    assert (displayed < 500).all() if fill == 1.0 else (displayed > 3500).all()
    np.testing.assert_array_equal(plain[ink(text, SHAPE) == 0], written[ink(text, SHAPE) == 0])


def test_twice_the_same():
    processing = Processing(median=True, sigmoid=True, burned_in="text-and-side")
    viewport = replace(ROUND, lettering=lettering(processing, 80, "L"))
    one, two = (to_pixels([body()], viewport, processing) for _ in range(2))
    assert one.pixels.tobytes() == two.pixels.tobytes()
    assert one.tones == two.tones
