import numpy as np
import pytest

from spreadscan.phantom.fields import random_field
from spreadscan.phantom.geometry import view_of
from spreadscan.phantom.scenario import Setup, Tissue
from spreadscan.phantom.tissue import LEAST_MM, TurnedEllipsoid, path_mm, soft_tissue, wires_mm
from tests.phantom.solids import frontal, points


def view(**setup):
    return view_of(Setup(rows=96, columns=96, **setup), points())


def test_path_through_a_ball_is_its_chord():
    ball = TurnedEllipsoid(np.zeros(3), np.eye(3), np.full(3, 10.0))
    rays = np.array([[0, 1.0, 0], [0.01, 1, 0], [1, 0, 0]])
    rays /= np.linalg.norm(rays, axis=1)[:, None]
    distance = 100 * rays[1, 0]
    expected = [20, 2 * np.sqrt(100 - distance**2), 0]
    assert path_mm(ball, np.array([0, -100.0, 0]), rays) == pytest.approx(expected)


def test_the_middle_is_as_thick_as_asked():
    tissue = soft_tissue(points(), view(), Tissue(thickness_mm=240, gas=0), np.random.default_rng(1))
    assert np.median(tissue.body_mm[24:72, :]) == pytest.approx(240, rel=0.03)
    assert not tissue.gas_mm.any()
    assert tissue.body_mm.min() >= LEAST_MM


def test_gas_is_there_when_asked_for_and_only_takes_away():
    tissue = soft_tissue(points(), view(), Tissue(gas=12), np.random.default_rng(1))
    assert tissue.gas_mm.min() >= 0
    assert 5 < tissue.gas_mm.max() < 80


def test_texture_can_be_left_out():
    plain, rough = (
        soft_tissue(points(), view(), Tissue(gas=0, texture=t), np.random.default_rng(3)).body_mm
        for t in (0, 1)
    )
    assert np.abs(np.diff(rough, axis=0)).mean() > 3 * np.abs(np.diff(plain, axis=0)).mean()


def test_the_same_seed_makes_the_same_patient():
    one, two, other = (
        soft_tissue(points(), view(), Tissue(), np.random.default_rng(seed)).body_mm for seed in (5, 5, 6)
    )
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)


def test_the_flanks_are_thinner():
    setup = {"field_mm": 430.0}
    body = soft_tissue(points(), view(**setup), Tissue(texture=0, gas=0), np.random.default_rng(2)).body_mm
    assert body[:, :4].mean() < 0.9 * body[:, 44:52].mean()


def test_wires_cross_the_image():
    steel = wires_mm(frontal(), 1, np.random.default_rng(0))
    assert (steel.max(axis=0) > 0.2).mean() > 0.9
    assert steel.max() <= 0.7 * 0.5 + 1e-6
    assert not wires_mm(frontal(), 0, np.random.default_rng(0)).any()


@pytest.mark.parametrize("sigma", [(1.0, 1.0), (8.0, 8.0), (12.0, 1.0), (2.0, 5.0, 3.0)])
def test_a_random_field_is_standardised_and_as_smooth_as_asked(sigma):
    shape = (160, 150) if len(sigma) == 2 else (40, 50, 45)
    field = random_field(shape, sigma, np.random.default_rng(0))
    assert field.shape == shape
    assert (field.mean(), field.std()) == pytest.approx((0, 1), abs=1e-4)
    for axis, width in enumerate(sigma):
        moved = np.take(field, np.arange(1, shape[axis]), axis)
        kept = np.take(field, np.arange(shape[axis] - 1), axis)
        # Gaussian blur of width s correlates neighbours by exp(-1 / 4 s²)
        assert np.mean(moved * kept) / np.mean(kept**2) == pytest.approx(
            np.exp(-1 / (4 * width**2)), abs=0.06
        )
