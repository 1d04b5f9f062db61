"""Iodine by hand: mass is conserved, intervals hold what scatter does, and nothing is invented."""

from dataclasses import replace

import numpy as np
import pytest

from spreadscan.settings import QuantifySettings, Settings
from spreadscan.stages.align import align
from spreadscan.stages.quantify import quantify
from spreadscan.stages.segment import segment
from spreadscan.stages.subtract import subtract
from spreadscan.values import Calibration, Dose, JudgingScale, Uncalibrated
from tests.images import attenuation_run, contrast_map, frame_pair, spread_mask

MM_PER_PX = 0.25
SCALE = JudgingScale(MM_PER_PX, "drawn")
EXACT = Calibration(MM_PER_PX, MM_PER_PX, "by hand", 0.0)
NO_SCATTER = QuantifySettings(least_scatter=1e-9, most_scatter=2e-9, layer_uncertainty=1e-9)
AT_80 = Dose(80.0)
MU = 0.0090


def layer(mass_mg, spread_mm=3.0, size=200):
    """Return attenuation of a round depot that holds a mass, ln, at 80 kVp."""
    row, column = (np.mgrid[:size, :size] - size / 2) * MM_PER_PX
    density = np.exp(-(row**2 + column**2) / (2 * spread_mm**2)) / (2 * np.pi * spread_mm**2)
    return (mass_mg * 100 * density * MU).astype(np.float32)


def measured(contrast_ln):
    """Return what the stages make of a noise-free image with this contrast over a patient."""
    row, column = np.mgrid[: contrast_ln.shape[0], : contrast_ln.shape[1]]
    patient = (1.5 + 0.3 * np.sin(row / 9) * np.cos(column / 7)).astype(np.float32)
    run = attenuation_run([patient, patient + contrast_ln])
    aligned = align(run, run, frame_pair(1, (0,)))
    contrast = subtract(aligned, SCALE, Settings().subtract)
    return contrast, segment(contrast, SCALE, Settings().segment)


@pytest.mark.parametrize("mass_mg", [30.0, 120.0])
def test_mass_is_conserved(mass_mg):
    contrast, mask = measured(layer(mass_mg))
    iodine = quantify(contrast, mask, EXACT, AT_80, NO_SCATTER)
    assert iodine.reason == ""
    assert iodine.mass_mg[1] == pytest.approx(mass_mg, rel=0.01)


def drawn():
    """Return 100 px of 0.09 ln: 10 mgI/cm² over 6.25 mm², 0.625 mg at 80 kVp without scatter."""
    signal = np.zeros((60, 60), np.float32)
    signal[20:30, 20:30] = 0.09
    limit = np.full(signal.shape, 0.018, np.float32)
    return contrast_map(signal, limit=limit), spread_mask(signal > 0)


def told(dose=AT_80, calibration=EXACT, settings=None, **changes):
    contrast, mask = drawn()
    settings = QuantifySettings() if settings is None else settings
    return quantify(replace(contrast, **changes), mask, calibration, dose, settings)


def test_mass_and_interval_by_hand():
    low, best, high = told().mass_mg
    assert low == pytest.approx(0.625 * 1.5 / 1.2)
    assert best == pytest.approx(0.625 * np.sqrt(1.5 * 3))
    assert high == pytest.approx(0.625 * 3 * 1.2)


def test_the_scale_counts_twice():
    low, _, high = told(calibration=replace(EXACT, relative_uncertainty=0.1)).mass_mg
    off = 1 + np.hypot(0.2, 2 * 1.645 * 0.1)
    assert (low, high) == (pytest.approx(0.625 * 1.5 / off), pytest.approx(0.625 * 3 * off))


@pytest.mark.parametrize(("peak_kv", "per_layer"), [(70, 0.0109), (75, 0.00995), (80, 0.0090), (90, 0.0073)])
def test_the_detection_limit_in_iodine(peak_kv, per_layer):
    limit = told(Dose(float(peak_kv)), settings=NO_SCATTER).detection_limit_mg_cm2
    assert limit == pytest.approx((0.018 / per_layer,) * 3, rel=1e-6)


def test_the_limit_needs_no_scale_and_no_contrast():
    found = told(calibration=Uncalibrated("nothing"))
    assert (found.mass_mg, found.reason) == (None, "there is no scale in the patient")
    assert found.detection_limit_mg_cm2 is not None


@pytest.mark.parametrize(
    ("changes", "dose", "reason"),
    [
        ({"unit": "relative"}, AT_80, "no known relation"),
        ({"unit": "odds", "method": "single image"}, AT_80, "no baseline"),
        ({}, Dose(None), "no tube voltage"),
        ({}, Dose(69.9), "outside 70 to 90"),
        ({}, Dose(90.5), "outside 70 to 90"),
    ],
)
def test_no_milligram_is_invented(changes, dose, reason):
    found = told(replace(dose, injected_mg=100.0), **changes)
    assert reason in found.reason
    assert (found.mass_mg, found.recovered, found.detection_limit_mg_cm2) == (None,) * 3
    assert found.flags == ("no-iodine-mass",)
    assert told(dose, **changes).flags == ()


def test_without_contrast_there_is_no_mass():
    contrast, mask = drawn()
    empty = spread_mask(np.zeros_like(mask.sure))
    assert quantify(contrast, empty, EXACT, AT_80, QuantifySettings()).mass_mg is None


@pytest.mark.parametrize(
    ("injected_mg", "flags"), [(1.3, ()), (13.0, ("dose-mismatch",)), (0.13, ("dose-mismatch",))]
)
def test_a_recovered_fraction_far_from_one_is_flagged(injected_mg, flags):
    found = told(Dose(80.0, injected_mg))
    assert found.recovered == pytest.approx(tuple(one / injected_mg for one in found.mass_mg))
    assert (found.flags, found.injected_mg) == (flags, injected_mg)
