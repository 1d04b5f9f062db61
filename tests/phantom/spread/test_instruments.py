from collections import Counter

import numpy as np
import pytest

from spreadscan.phantom.scenario import Injection
from spreadscan.phantom.spread.instruments import BORE_MM, OUTER_DIAMETER_MM, needle
from spreadscan.phantom.spread.plan import plan_spread
from tests.phantom.solids import volume_mm3
from tests.phantom.spread.blocks import landmarks_mm, rng, spine

SPINE = spine()


def made(gauge=22, length_mm=88.0, seed=0, side="left"):
    injection = Injection("L4", side, "none", 0.0, 0.0, gauge=gauge, needle_length_mm=length_mm)
    spread = plan_spread(SPINE, injection, rng(seed), coarse=True)
    return spread, needle(SPINE, injection, spread, rng(seed + 100))


@pytest.mark.parametrize("gauge", OUTER_DIAMETER_MM)
def test_needles_are_closed_and_look_outward(gauge):
    _, it = made(gauge)
    for surface in (it.shaft, it.bore, it.hub):
        edges = Counter((a, b) for f in surface.faces.tolist() for a, b in zip(f, f[1:] + f[:1], strict=True))
        assert set(edges.values()) == {1}
        assert all((b, a) in edges for a, b in edges)
        assert volume_mm3(surface) > 0


@pytest.mark.parametrize("gauge", OUTER_DIAMETER_MM)
@pytest.mark.parametrize("length_mm", [40.0, 88.0, 150.0])
def test_a_shaft_is_as_thick_and_as_long_as_it_should_be(gauge, length_mm):
    spread, it = made(gauge, length_mm)
    diameter_mm = OUTER_DIAMETER_MM[gauge]
    # a bevel takes half of its length away
    whole = np.pi / 4 * diameter_mm**2 * (length_mm - 2.3 * diameter_mm / 2)
    assert volume_mm3(it.shaft) == pytest.approx(whole, rel=0.01)
    middle = it.path_mm[:32]
    # rings lie across the way
    for ring, point in zip(it.shaft.vertices_mm[16:-2].reshape(-1, 16, 3), middle[1:], strict=True):
        assert np.ptp(ring @ spread.needle) < 1e-6
        assert np.linalg.norm(ring - point, axis=1) * 2 == pytest.approx(diameter_mm, rel=0.02)
    along = (it.shaft.vertices_mm - spread.tip_mm) @ spread.needle
    assert (along.min(), along.max()) == pytest.approx((0, length_mm), abs=1e-6)
    tip = it.shaft.vertices_mm[np.argmin(along)]
    assert np.linalg.norm(tip - spread.tip_mm) < 0.55 * diameter_mm


@pytest.mark.parametrize("gauge", OUTER_DIAMETER_MM)
def test_a_shaft_is_hollow_with_its_bore_in_the_middle(gauge):
    _, it = made(gauge)
    bevel_mm = 2.3 * OUTER_DIAMETER_MM[gauge]
    whole = np.pi / 4 * BORE_MM[gauge] ** 2 * (88 - bevel_mm - 0.1)
    assert volume_mm3(it.bore) == pytest.approx(whole, rel=0.01)
    for ring, point in zip(it.bore.vertices_mm[:-2].reshape(-1, 16, 3), it.path_mm[1:32], strict=True):
        assert np.linalg.norm(ring - point, axis=1) * 2 == pytest.approx(BORE_MM[gauge], rel=0.02)
    assert 0.02 < (OUTER_DIAMETER_MM[gauge] - BORE_MM[gauge]) / 2 < 0.2


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_needle_comes_from_behind_and_somewhat_from_outside_and_below(side):
    ways = np.array([made(seed=seed, side=side)[0].needle for seed in range(12)])
    assert (ways[:, 1] > 0.8).all()
    assert (ways[:, 0] * (1 if side == "left" else -1)).min() > -0.05
    assert ways[:, 2].mean() < 0
    assert np.linalg.norm(ways, axis=1) == pytest.approx(1)


def test_a_needle_rests_at_the_junction_outside_bone():
    tips = np.array([made(seed=seed)[0].tip_mm for seed in range(12)])
    assert (np.linalg.norm(tips - landmarks_mm()["junction_L4_L"], axis=1) < 9).all()


def test_a_needle_bends_a_little_and_thin_ones_more():
    def bend_mm(gauge):
        paths = [made(gauge, seed=seed) for seed in range(12)]
        ends = [it.path_mm[31] - s.tip_mm - 88 * s.needle for s, it in paths]
        return float(np.median(np.linalg.norm(ends, axis=1)))

    assert 0.2 < bend_mm(20) < bend_mm(25) < 4


def test_a_needle_is_the_same_again_and_has_a_hub_behind():
    (_, first), (_, second) = made(seed=4), made(seed=4)
    assert first.shaft.vertices_mm.tobytes() == second.shaft.vertices_mm.tobytes()
    assert first.hub.vertices_mm[:, 1].min() > first.path_mm[0, 1] + 60


def test_a_needle_that_was_withdrawn_has_no_surface():
    injection = Injection("L4", "left", gauge=None)
    with pytest.raises(ValueError, match="withdrawn"):
        needle(SPINE, injection, plan_spread(SPINE, injection, rng(), coarse=True), rng())
