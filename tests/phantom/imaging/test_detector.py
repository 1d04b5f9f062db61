"""The detector: dose, noise, scatter, blur, and what frames share."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from spreadscan.phantom.imaging.blur import broad_blur, narrow_blur
from spreadscan.phantom.imaging.collimator import opening
from spreadscan.phantom.imaging.detector import (
    Scale,
    acquisition,
    expose,
    focal_blur,
    irradiation,
    recursive,
)
from spreadscan.phantom.scenario import Beam, Collimator, Detector

PLAIN_BEAM = Beam(heel=0, focal_spot_mm=0)
PLAIN = Detector(
    quanta_per_mm2=1000, scatter_fraction=0, blur_px=0, electronic_noise=0, glare=0, vignetting=0
)
SCALE = Scale(mm_per_px=0.4, magnification=1.4)
QUANTA = 1000 * 0.4**2
FLAT = np.full((256, 256), 0.02, np.float32)


def prepared(detector=PLAIN, beam=PLAIN_BEAM, shape=(256, 256), collimator=None, pattern=False):
    field = opening(collimator or Collimator(shape="none"), shape)
    made = acquisition(beam, detector, SCALE, field, np.random.default_rng(1))
    return made if pattern else replace(made, pattern=np.ones(shape, np.float32))


def exposed(detector=PLAIN, seed=2, **kwargs):
    return expose(FLAT, prepared(detector, **kwargs), np.random.default_rng(seed))


def step(shape=(256, 256)):
    """A body whose left half passes five times as much as its right half."""
    image = np.full(shape, 0.05, np.float32)
    image[:, shape[1] // 2 :] = 0.01
    return image


# dose and noise


@pytest.mark.parametrize("quanta", [100, 1500, 20000])
def test_noise_is_that_of_the_dose(quanta):
    signal = exposed(replace(PLAIN, quanta_per_mm2=quanta)).signal.astype(float)
    assert signal.mean() == pytest.approx(quanta * 0.4**2, rel=0.01)
    assert signal.var() / signal.mean() == pytest.approx(1, abs=0.03)


def test_the_dose_is_that_of_the_median_of_the_field_scatter_included():
    detector = replace(PLAIN, scatter_fraction=0.5, vignetting=0.3)
    collimator = Collimator(shape="circle", width=0.6, height=0.6)
    made = prepared(detector, collimator=collimator)
    signal = expose(step(), made, np.random.default_rng(0)).signal
    assert np.median(signal[made.opening > 0.9]) == pytest.approx(QUANTA, rel=0.02)


def test_scatter_costs_contrast_not_dose():
    clear = expose(step(), prepared(), np.random.default_rng(0)).signal
    hazy = expose(step(), prepared(replace(PLAIN, scatter_fraction=0.5)), np.random.default_rng(0)).signal
    assert hazy[:, :64].mean() / hazy[:, -64:].mean() < 0.8 * clear[:, :64].mean() / clear[:, -64:].mean()


@pytest.mark.parametrize("blur_px", [0.6, 1.5])
def test_the_noise_spectrum_follows_the_blur(blur_px):
    signal = exposed(replace(PLAIN, blur_px=blur_px)).signal.astype(float)
    power = np.abs(np.fft.fft2(signal - signal.mean())) ** 2 / signal.size / signal.mean()
    kernel = np.zeros((256, 256), np.float32)
    kernel[128, 128] = 1
    transfer = np.abs(np.fft.fft2(narrow_blur(kernel, blur_px))) ** 2
    radius = np.hypot(*np.meshgrid(np.fft.fftfreq(256), np.fft.fftfreq(256)))
    for low in (0.02, 0.1, 0.2, 0.3):
        ring = (radius > low) & (radius <= low + 0.08)
        assert power[ring].mean() == pytest.approx(transfer[ring].mean(), rel=0.06, abs=1e-3)


def test_read_out_adds_its_noise():
    signal = exposed(replace(PLAIN, electronic_noise=0.5)).signal.astype(float)
    assert signal.var() / signal.mean() == pytest.approx(1 + 0.5**2, abs=0.04)


def test_glare_spreads_and_keeps_the_sum():
    detector = replace(PLAIN, glare=0.2)
    sharp, hazy = (
        expose(step(), prepared(d), np.random.default_rng(0)).signal.astype(float) for d in (PLAIN, detector)
    )
    inside = (slice(None), slice(150, 180))
    assert hazy[inside].mean() > 1.1 * sharp[inside].mean()
    assert 0.9 < hazy.sum() / sharp.sum() <= 1


def test_the_fixed_pattern_is_the_same_in_every_frame():
    made = prepared(replace(PLAIN, quanta_per_mm2=1e7), pattern=True)
    one, two = (expose(FLAT, made, np.random.default_rng(seed)).signal for seed in (4, 5))
    assert np.corrcoef(one.ravel(), two.ravel())[0, 1] > 0.9
    assert made.pattern.std() == pytest.approx(np.hypot(0.004, 0.0015), rel=0.05)


def test_the_same_seed_gives_the_same_bits():
    full = Detector(glare=0.1, recursive=0.3)
    one, two, other = (exposed(full, seed, pattern=True) for seed in (7, 7, 8))
    assert one.signal.tobytes() == two.signal.tobytes()
    assert one.gain == two.gain
    assert one.signal.tobytes() != other.signal.tobytes()


def test_a_gain_is_shared():
    made, rng = prepared(), np.random.default_rng(0)
    first = expose(FLAT, made, rng)
    darker = expose(FLAT / 2, made, rng, first.gain)
    automatic = expose(FLAT / 2, made, rng)
    assert darker.gain == first.gain
    assert darker.signal.mean() == pytest.approx(QUANTA / 2, rel=0.01)
    assert automatic.signal.mean() == pytest.approx(QUANTA, rel=0.01)


def test_gain_and_transmission_trade():
    """Twice the transmission at half the gain are the same quanta."""
    made = prepared(replace(PLAIN, scatter_fraction=0.4))
    one = expose(step(), made, np.random.default_rng(3), 1000.0).signal
    two = expose(step() * 2, made, np.random.default_rng(3), 500.0).signal
    np.testing.assert_array_equal(one, two)


def test_values_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        exposed().signal[0, 0] = 0


# scatter and field


@pytest.mark.parametrize("fraction", [0.0, 0.35, 0.8])
def test_scatter_is_the_share_that_was_asked_for(fraction):
    made = prepared(replace(PLAIN, scatter_fraction=fraction), collimator=Collimator(width=0.8, height=0.8))
    primary = step() * made.fluence
    both = irradiation(step(), made).astype(float)
    assert 1 - primary.sum(dtype=float) / both.sum() == pytest.approx(fraction, abs=1e-4)


def test_scatter_is_smooth_and_reaches_behind_the_collimator():
    made = prepared(replace(PLAIN, scatter_fraction=0.5), collimator=Collimator(width=0.5, height=0.5))
    scatter = irradiation(step(), made) - focal_blur(step() * made.fluence, made)
    assert scatter[0, 128] > 0
    assert scatter[128, 128] > 5 * scatter[0, 0] > 0
    assert np.abs(np.diff(scatter, axis=1)).max() < 0.03 * scatter.max()


def test_heel_and_vignetting():
    fluence = prepared(replace(PLAIN, vignetting=0.2), Beam(heel=0.1)).fluence
    assert fluence[127:129, 127:129].mean() == pytest.approx(1, abs=1e-3)
    middle = fluence[:, 127]
    assert middle[-1] - middle[0] == pytest.approx(0.1 * 0.9, abs=2e-3)
    assert fluence[0, 0] == pytest.approx(0.95 * 0.8, abs=1e-6)
    assert fluence[-1, 0] == pytest.approx(1.05 * 0.8, abs=1e-6)


@pytest.mark.parametrize("magnification", [1.1, 1.2, 1.8])
def test_the_focal_spot_blurs_by_its_penumbra(magnification):
    made = prepared(beam=Beam(focal_spot_mm=3.0, heel=0))
    made = replace(made, scale=Scale(0.4, magnification))
    spot = np.zeros((256, 256), np.float32)
    spot[128, 128] = 1
    blurred = focal_blur(spot, made).astype(float)
    rows = np.arange(256) - 128
    sd_mm = 0.4 * np.sqrt((blurred.sum(axis=1) * rows**2).sum())
    assert sd_mm == pytest.approx(3.0 * (magnification - 1) / magnification / np.sqrt(12), rel=0.03)
    assert blurred.sum() == pytest.approx(1, rel=1e-5)


def test_a_shifted_body_gives_a_shifted_field():
    body = np.random.default_rng(0).random((256, 256), dtype=np.float32)
    body = narrow_blur(body, 3) / 20
    made = prepared(replace(PLAIN, scatter_fraction=0.4), Beam(heel=0))
    here, there = irradiation(body, made), irradiation(np.roll(body, 6, axis=0), made)
    np.testing.assert_allclose(there[70:190, 70:190], here[64:184, 70:190], rtol=0.01)


# blurs


@pytest.mark.parametrize("sigma_px", [5.0, 20.0, 75.5])
@pytest.mark.parametrize("shape", [(301, 200), (256, 256)])
def test_a_broad_blur_is_a_gaussian(sigma_px, shape):
    image = np.zeros(shape, np.float32)
    image[20:70, 30:90] = 1
    image[150:, 100:131] = 3
    image += np.random.default_rng(0).random(shape, dtype=np.float32)
    true = ndimage.gaussian_filter(image, sigma_px, mode="constant", truncate=5)
    found = broad_blur(image, sigma_px)
    assert found.shape == shape
    assert np.abs(found - true).max() < 0.015 * true.max()


@pytest.mark.parametrize("sigma_px", [12.0, 40.0])
def test_a_broad_blur_of_a_point_is_round_and_as_wide_as_asked(sigma_px):
    image = np.zeros((400, 400), np.float32)
    image[200, 203] = 1
    found = broad_blur(image, sigma_px).astype(float)
    assert found.max() == pytest.approx(1 / (2 * np.pi * sigma_px**2), rel=0.03)
    for axis in (0, 1):
        profile, pixels = found.sum(axis=axis), np.arange(400)
        centre = profile @ pixels / profile.sum()
        assert abs(centre - (203, 200)[axis]) < sigma_px / 10
        assert np.sqrt(profile @ (pixels - centre) ** 2 / profile.sum()) == pytest.approx(sigma_px, rel=0.02)


def test_a_broad_blur_keeps_the_sum_of_what_lies_within():
    image = np.zeros((256, 256), np.float32)
    image[100:150, 110:140] = 1
    assert broad_blur(image, 15).sum(dtype=float) == pytest.approx(1500, rel=0.005)


# frames


def test_recursive_filtering_averages():
    rng = np.random.default_rng(0)
    frames = [rng.normal(100, 10, (64, 64)).astype(np.float32) for _ in range(30)]
    last = recursive(frames, 0.6)[-1]
    assert last.std() == pytest.approx(10 * np.sqrt(0.4 / 1.6), rel=0.05)
    assert last.mean() == pytest.approx(100, abs=0.5)


def test_recursive_filtering_trails():
    frames = [np.full((2, 2), v, np.float32) for v in (0, 1, 1, 1)]
    assert [frame[0, 0] for frame in recursive(frames, 0.5)] == [0, 0.5, 0.75, 0.875]
    assert all((a == b).all() for a, b in zip(recursive(frames, 0), frames, strict=True))
