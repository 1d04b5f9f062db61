from typing import get_args

import numpy as np
import pytest

from spreadscan.phantom.scenario import Pattern
from spreadscan.phantom.spread.compartment import deposits
from spreadscan.phantom.spread.grid import Grid
from spreadscan.phantom.spread.occupancy import inside
from spreadscan.phantom.spread.plan import plan_spread
from tests.phantom.spread.blocks import injection, landmarks_mm, mirrored, rng, spine

PATTERNS = [pattern for pattern in get_args(Pattern) if pattern != "none"]
SPINE = spine()


def plan(pattern="target", volume_ml=0.5, seed=0, fine=False, **what):
    return plan_spread(SPINE, injection(pattern, volume_ml, **what), rng(seed), coarse=not fine)


def mass_mg(parts):
    return sum(part.iodine_mg for part in parts)


def in_bone(skeleton, deposit):
    grid = Grid(deposit.origin_mm, deposit.step_mm, deposit.mg_per_ml.shape)
    return np.logical_or.reduce([inside(bone.outer, grid) for bone in skeleton.bones])


# laws of all patterns


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize(("volume_ml", "iodine"), [(0.25, 300.0), (0.5, 240.0), (3.0, 48.0)])
def test_all_iodine_is_there_and_none_denser_than_injected(pattern, volume_ml, iodine):
    spread = plan(pattern, volume_ml, iodine=iodine)
    for fraction in (0.02, 0.3, 0.77, 1.0):
        parts = deposits(spread, fraction, 1.0)
        assert mass_mg(parts) == pytest.approx(volume_ml * fraction * iodine, rel=1e-6)
        for part in parts:
            assert part.mg_per_ml.min() >= 0
            assert part.mg_per_ml.max() <= iodine * (1 + 1e-6)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_no_voxel_loses_iodine_while_more_comes(pattern):
    spread = plan(pattern, 0.8)
    before = deposits(spread, 0.01, 1.0)
    for fraction in (0.02, 0.1, 0.11, 0.5, 0.9, 1.0):
        now = deposits(spread, fraction, 1.0)
        for earlier, later in zip(before, now, strict=True):
            assert (later.mg_per_ml >= earlier.mg_per_ml - 1e-3).all()
        before = now


@pytest.mark.parametrize("pattern", PATTERNS)
def test_none_enters_bone(pattern):
    for part in deposits(plan(pattern, 1.5), 1.0, 1.0):
        assert not part.mg_per_ml[in_bone(SPINE, part)].any()


@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_mirror_image_of_a_spine_has_the_mirror_image_of_a_spread(pattern):
    skewed = spine(skew_mm=9.0)
    right = plan_spread(skewed, injection(pattern, 0.6, "right"), rng(3), coarse=True)
    left = plan_spread(mirrored(skewed), injection(pattern, 0.6, "left"), rng(3), coarse=True)
    np.testing.assert_array_equal(right.tip_mm * [-1, 1, 1], left.tip_mm)
    for a, b in zip(deposits(right, 0.7, 0.5), deposits(left, 0.7, 0.5), strict=True):
        np.testing.assert_array_equal(a.mg_per_ml, b.mg_per_ml[::-1])
        last_mm = b.origin_mm[0] + b.step_mm * (b.mg_per_ml.shape[0] - 1)
        np.testing.assert_allclose(a.origin_mm, [-last_mm, *b.origin_mm[1:]], atol=1e-9)


@pytest.mark.parametrize("pattern", [*PATTERNS, "none"])
def test_the_same_draws_give_the_same_bits(pattern):
    first, second = plan(pattern, seed=5), plan(pattern, seed=5)
    assert (first.tip_mm == second.tip_mm).all()
    for a, b in zip(deposits(first, 0.6, 0.9), deposits(second, 0.6, 0.9), strict=True):
        assert a.mg_per_ml.tobytes() == b.mg_per_ml.tobytes()
    assert (plan(pattern, seed=6).needle != first.needle).any()


@pytest.mark.parametrize("pattern", PATTERNS)
def test_it_comes_out_of_the_needle(pattern):
    spread = plan(pattern, 0.5, seed=2)
    part = deposits(spread, 0.05, 1.0)[0]
    where = np.argwhere(part.mg_per_ml > 0) * part.step_mm + part.origin_mm
    assert np.linalg.norm(where - spread.tip_mm, axis=1).min() < 4.0


# what differs between patterns


def test_without_contrast_there_is_a_needle_only():
    for spread in (plan("none", 0.5), plan("target", 0.0), plan("target", 0.5, iodine=0.0)):
        assert deposits(spread, 1.0, 1.0) == ()
        assert np.linalg.norm(spread.needle) == pytest.approx(1)


def test_nothing_is_there_before_the_injection_nor_of_a_vessel_after_wash_out():
    assert deposits(plan("target"), 0.0, 1.0) == ()
    spread = plan("vascular", 0.6)
    assert mass_mg(deposits(spread, 1.0, 0.0)) == pytest.approx(
        240 * sum(c.volume_ml for c in spread.compartments if not c.intravascular), rel=1e-6
    )


@pytest.mark.parametrize("wash", [1.0, 0.6, 0.1])
def test_blood_washes_out_its_share_and_no_more(wash):
    spread = plan("vascular", 0.6)
    veins = sum(c.volume_ml for c in spread.compartments if c.intravascular)
    assert veins > 0.2
    assert mass_mg(deposits(spread, 1.0, wash)) == pytest.approx(240 * (0.6 - veins * (1 - wash)), rel=1e-6)
    assert mass_mg(deposits(plan("target"), 1.0, wash)) == pytest.approx(120, rel=1e-6)


def test_veins_are_thin_and_reach_far():
    spread = plan("vascular", 0.5, fine=True)
    veins = next(c for c in spread.compartments if c.intravascular)
    part = deposits(spread, 1.0, 1.0)[0]
    extent_mm = np.ptp(np.argwhere(part.mg_per_ml > 20), axis=0).max() * 0.7
    assert extent_mm > 25
    # no voxel of a vein is far from its wall
    assert (veins.capacity > 0).mean() < 0.15


def centre_mm(pattern, level="L4", seeds=4, volume_ml=0.4):
    """Middle of the iodine from the junction, over a few draws: lateral, dorsal, cranial."""
    means = []
    for seed in range(seeds):
        for part in deposits(plan(pattern, volume_ml, seed, level=level), 1.0, 1.0):
            weights = part.mg_per_ml.astype(float)
            places = np.argwhere(weights > 0)
            mean = np.average(places, axis=0, weights=weights[weights > 0]) * part.step_mm + part.origin_mm
            means.append(mean - landmarks_mm()[f"junction_{level}_L"])
    return np.mean(means, axis=0)


def test_patterns_lie_where_they_are_named_for():
    target = centre_mm("target")
    assert np.abs(target).max() < 9
    assert centre_mm("lateral")[0] > target[0] + 5
    assert centre_mm("medial")[0] < target[0] - 4
    assert centre_mm("cranial")[2] > target[2] + 4
    assert centre_mm("superficial")[1] > target[1] + 4
    assert centre_mm("needle-track")[1] > target[1] + 1
    # spinal nerve and canal lie in front of the junction, the canal towards the middle
    assert centre_mm("foraminal")[1] < -6
    assert centre_mm("epidural")[0] < -8
    assert centre_mm("epidural")[1] < -1


def test_small_volumes_stay_near_and_large_ones_run_along_the_spine():
    def reach_mm(volume_ml, seed):
        part = deposits(plan("target", volume_ml, seed, level="L5"), 1.0, 1.0)[0]
        heights = part.mg_per_ml.sum(axis=(0, 1))
        z = part.origin_mm[2] + part.step_mm * np.arange(len(heights)) - landmarks_mm()["junction_L5_L"][2]
        cumulated = np.cumsum(heights) / heights.sum()
        return np.interp([0.02, 0.98], cumulated, z)

    near = np.array([reach_mm(0.3, seed) for seed in range(8)])
    far = np.array([reach_mm(5.0, seed) for seed in range(8)])
    assert np.median(np.abs(near)) < 13
    assert np.median(far[:, 1]) > 22
    assert np.median(far[:, 1]) > np.median(-far[:, 0])


def test_a_fine_grid_and_a_coarse_one_tell_of_the_same_size():
    def area_mm2(fine, seed):
        part = deposits(plan("target", 1.0, seed, fine), 1.0, 1.0)[0]
        return (part.mg_per_ml.sum(axis=1) * part.step_mm / 10 > 8).sum() * part.step_mm**2

    fine, coarse = (np.mean([area_mm2(kind, seed) for seed in range(4)]) for kind in (True, False))
    assert fine == pytest.approx(coarse, rel=0.3)


def test_a_joint_holds_about_a_millilitre_then_leaks():
    def share_near_joint(volume_ml):
        part = deposits(plan("facet", volume_ml, seed=1), 1.0, 1.0)[0]
        places = np.argwhere(part.mg_per_ml > 0) * part.step_mm + part.origin_mm
        amounts = part.mg_per_ml[part.mg_per_ml > 0]
        sizes = (places - plan("facet").tip_mm) / (7.0, 8.0, 9.5)
        return amounts[np.linalg.norm(sizes, axis=1) < 1.15].sum() / amounts.sum()

    assert share_near_joint(0.5) > 0.9
    assert share_near_joint(4.0) < 0.6


def test_ten_millilitres_find_room():
    assert mass_mg(deposits(plan("target", 10.0), 1.0, 1.0)) == pytest.approx(2400, rel=1e-6)
    assert mass_mg(deposits(plan("facet", 10.0), 1.0, 1.0)) == pytest.approx(2400, rel=1e-6)
