"""The beam: attenuation tables, spectrum and what passes the patient."""

import numpy as np
import pytest

from spreadscan.phantom.imaging.attenuation import (
    MASS_ATTENUATION,
    mass_attenuation,
    path_attenuation,
)
from spreadscan.phantom.imaging.spectrum import detected, photons
from spreadscan.phantom.imaging.transmission import GROUPS, energy_groups, transmission
from spreadscan.phantom.scenario import Beam
from spreadscan.phantom.values import PathMaps

NOTHING = np.zeros((1, 1), np.float32)


def maps(soft=200.0, cortical=0.0, cancellous=0.0, steel=0.0, iodine=0.0):
    values = np.broadcast_arrays(*(np.atleast_2d(v) for v in (soft, cortical, cancellous, steel, iodine)))
    return PathMaps(*(np.array(v, dtype=np.float32) for v in values))


def passing(kv, **paths):
    return transmission(maps(**paths), Beam(peak_kv=kv)).astype(float)


# tables

SECOND_SOURCE = {
    # cm²/g at 25, 35 and 70 keV: Elam, Ravel and Sieber 2002 as XrayDB 4.5.8 gives them
    "water": (0.5082, 0.3075, 0.1929),
    "adipose": (0.3869, 0.2643, 0.1875),
    "cortical bone": (2.158, 0.9061, 0.2570),
    "iodine": (13.93, 31.20, 5.016),
    "iron": (13.70, 5.286, 0.8164),
    "aluminium": (1.836, 0.7696, 0.2301),
    "copper": (18.20, 7.074, 1.064),
    "caesium iodide": (14.71, 18.46, 5.248),
    "tungsten": (36.58, 15.14, 11.04),
}


@pytest.mark.parametrize("material", MASS_ATTENUATION)
def test_between_the_points_of_the_table_a_second_source_agrees(material):
    found = mass_attenuation(material, np.array([25.0, 35.0, 70.0]))
    np.testing.assert_allclose(found, SECOND_SOURCE[material], rtol=0.004)


@pytest.mark.parametrize(
    ("material", "edge_kev", "jump"), [("iodine", 33.1694, 5.47), ("tungsten", 69.525, 4.4)]
)
def test_attenuation_jumps_at_the_k_edge(material, edge_kev, jump):
    below, above = mass_attenuation(material, np.array([edge_kev - 1e-4, edge_kev]))
    assert above / below == pytest.approx(jump, rel=0.01)


def test_a_point_of_the_table_is_met():
    assert mass_attenuation("water", np.array([60.0]))[0] == pytest.approx(0.2059, rel=1e-9)


def test_bone_counts_beyond_the_water_in_its_place():
    soft, cortical, cancellous, _, iodine = path_attenuation(np.array([55.0]))[:, 0] * 10
    assert soft == pytest.approx(0.215, rel=0.01)
    assert cortical == pytest.approx(0.47, rel=0.02)
    # 140 mg/cm³ of hydroxyapatite (0.481 cm²/g, density 3.16) in the place of water
    assert cancellous == pytest.approx(0.140 * 0.481 - 0.140 / 3.16 * 0.215, rel=0.03)
    assert 48 * iodine / 10 == pytest.approx(0.46, rel=0.02)


# spectrum


def test_no_photon_has_more_energy_than_the_tube_gives():
    assert not photons(Beam(peak_kv=70))[70 - 15 :].any()


def test_lines_of_tungsten_appear_above_its_edge():
    below, above = photons(Beam(peak_kv=69)), photons(Beam(peak_kv=90))
    line, beside = 59 - 15, [57 - 15, 61 - 15]
    assert above[line] > 1.3 * above[beside].mean()
    assert below[line] == pytest.approx(below[beside].mean(), rel=0.02)


def test_filters_harden():
    soft, hard = detected(Beam(copper_mm=0)), detected(Beam(copper_mm=0.5))
    assert hard.energies_kev @ hard.weights > soft.energies_kev @ soft.weights + 4


@pytest.mark.parametrize(("kv", "mean_kev"), [(60, 42.9), (80, 51.3), (100, 58.1), (125, 64.9)])
def test_mean_energy_is_that_of_spekpy(kv, mean_kev):
    """SpekPy 2.5.4, 12° anode, 3 mm Al and 0.2 mm Cu, photons of 15 keV and more."""
    fluence = photons(Beam(peak_kv=kv))
    energies = detected(Beam()).energies_kev
    assert fluence @ energies / fluence.sum() == pytest.approx(mean_kev, abs=0.2)


@pytest.mark.parametrize(
    ("kv", "soft", "mean_kev"), [(70, 200, 52), (80, 200, 57), (80, 250, 57), (90, 250, 61)]
)
def test_mean_detected_energy_behind_the_patient(kv, soft, mean_kev):
    spectrum = detected(Beam(peak_kv=kv))
    behind = spectrum.weights * np.exp(-path_attenuation(spectrum.energies_kev)[0] * soft)
    quanta = behind / spectrum.energies_kev
    assert quanta @ spectrum.energies_kev / quanta.sum() == pytest.approx(mean_kev, rel=0.02)


# contrast

LAYERS_MM = (1, 2, 3, 5, 10)
CONTRAST = {
    # mgI/mL, kV, mm of water: contrast in per cent of the primary beam, and with as much scatter
    (48, 70, 200): ((5.2, 2.6), (10, 5.1), (15, 7.4), (23, 12), (40, 20)),
    (48, 80, 200): ((4.3, 2.2), (8.4, 4.2), (12, 6.1), (19, 9.7), (34, 17)),
    (48, 90, 250): ((3.5, 1.8), (6.9, 3.5), (10, 5.1), (16, 8.1), (29, 15)),
    (180, 80, 200): ((15, 7.6), (28, 14), (38, 19), (54, 27), (76, 38)),
    (240, 80, 200): ((20, 9.9), (35, 17), (47, 23), (63, 32), (84, 42)),
}


def contrast(kv, soft, **layer):
    """Per cent: of the primary beam, and with a scatter-to-primary ratio of 1."""
    alone, behind = passing(kv, soft=soft), passing(kv, soft=soft, **layer).mean()
    primary = 100 * (1 - behind / alone[0, 0])
    return primary, primary / 2


@pytest.mark.parametrize(("kind", "cells"), CONTRAST.items())
def test_contrast_of_layers_of_iodine(kind, cells):
    mg_per_ml, kv, soft = kind
    for thickness_mm, cell in zip(LAYERS_MM, cells, strict=True):
        assert contrast(kv, soft, iodine=mg_per_ml * thickness_mm / 10) == pytest.approx(cell, rel=0.1)


@pytest.mark.parametrize(("thickness_mm", "cell"), [(3, (13, 6.5)), (6, (24, 12)), (10, (36, 18))])
def test_contrast_of_cortical_bone(thickness_mm, cell):
    assert contrast(80, 200, cortical=thickness_mm) == pytest.approx(cell, rel=0.1)


def test_contrast_of_a_needle_is_that_over_its_shaft():
    """21 G: a tube of 0.819 mm with a bore of 0.514 mm."""
    beside = (np.arange(1000) + 0.5) / 1000 * 0.819 / 2
    chord = 2 * (
        np.sqrt((0.819 / 2) ** 2 - beside**2) - np.sqrt(np.clip((0.514 / 2) ** 2 - beside**2, 0, None))
    )
    assert contrast(80, 200, steel=chord) == pytest.approx((35, 18), rel=0.1)


@pytest.mark.parametrize(("kv", "soft", "slope"), [(70, 200, 0.0109), (80, 200, 0.0090), (90, 250, 0.0073)])
def test_logarithm_per_iodine(kv, soft, slope):
    behind = passing(kv, soft=soft, iodine=np.array([0.0, 27.0]))[0]
    assert -np.log(behind[1] / behind[0]) / 27 == pytest.approx(slope, rel=0.1)


# few energies for many


def clinical_paths(count):
    rng = np.random.default_rng(5)
    ranges = {
        "soft": (60, 350),
        "cortical": (0, 30),
        "cancellous": (0, 60),
        "steel": (0, 1.5),
        "iodine": (0, 150),
    }
    there = {"soft": 1.0, "cortical": 0.7, "cancellous": 0.7, "steel": 0.2, "iodine": 0.5}
    return {
        name: rng.uniform(*ends, count) * (rng.random(count) < there[name]) for name, ends in ranges.items()
    }


@pytest.mark.parametrize("kv", [50, 66, 80, 92, 105, 125])
@pytest.mark.parametrize("copper_mm", [0, 0.2, 0.9])
def test_few_energies_stand_for_the_whole_spectrum(kv, copper_mm):
    beam = Beam(peak_kv=kv, copper_mm=copper_mm)
    paths = clinical_paths(3000)
    spectrum = detected(beam)
    stack = np.stack(list(paths.values()), axis=1)
    true = np.log(np.exp(-stack @ path_attenuation(spectrum.energies_kev)) @ spectrum.weights)
    found = np.log(transmission(maps(**paths), beam)[0].astype(float))
    assert np.abs(found / true - 1).max() < 0.003
    assert len(energy_groups(beam).weights) <= GROUPS


@pytest.mark.parametrize("kv", [70, 80, 90])
def test_few_energies_give_the_contrast_of_thin_layers(kv):
    beam = Beam(peak_kv=kv)
    spectrum = detected(beam)
    per_unit = path_attenuation(spectrum.energies_kev)
    behind = spectrum.weights * np.exp(-per_unit[0] * 200)
    for name, number, amount in (("iodine", 4, 2.0), ("cortical", 1, 1.0), ("cancellous", 2, 5.0)):
        true = -np.log(behind @ np.exp(-per_unit[number] * amount) / behind.sum())
        found = -np.log(passing(kv, **{name: amount}) / passing(kv))[0, 0]
        assert found == pytest.approx(true, rel=0.01), name


def test_the_open_beam_passes():
    assert passing(80, soft=0)[0, 0] == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("name", ["soft", "cortical", "cancellous", "steel", "iodine"])
def test_more_of_anything_passes_less(name):
    found = passing(80, **{name: np.linspace(1, 50, 20)})[0]
    assert (np.diff(found) < 0).all()
    assert (found > 0).all()


def test_layers_harden_the_beam():
    """The second half of a layer takes less than the first."""
    first, second, third = -np.log(passing(80, iodine=np.array([0.0, 100, 200]))[0])
    assert third - second < second - first


def test_a_map_larger_than_a_chunk_is_worked_on_whole():
    wide = np.linspace(100, 300, 3 * 40000).reshape(3, 40000)
    whole = passing(80, soft=wide)
    assert whole.shape == wide.shape
    assert whole[2, 39999] == pytest.approx(passing(80, soft=300)[0, 0], rel=1e-5)
    assert (np.diff(whole.ravel()) <= 0).all()
