from dataclasses import replace

import numpy as np
import pytest

from spreadscan.phantom.spread.arrival import free_voxel, grow, touched
from spreadscan.phantom.spread.compartment import Compartment, filled, front_of, trimmed
from spreadscan.phantom.spread.grid import Grid, Occupancy, grid_around
from spreadscan.phantom.spread.noise import drawn_texture, laid
from spreadscan.phantom.spread.plan import plan_spread
from spreadscan.phantom.spread.spine import junction_frame, spine_of
from spreadscan.phantom.spread.vessels import lumen, vein_tree
from spreadscan.phantom.values import Skeleton
from tests.phantom.solids import points
from tests.phantom.spread.blocks import injection, landmarks_mm, rng, spine

# growth


def test_growth_in_an_even_medium_is_round():
    growth = grow(np.ones((31, 31, 31), np.float32), [(15, 15, 15)], 1.0, 2000)
    reached = np.argwhere(np.isfinite(growth.arrival)) - 15
    assert growth.complete
    radius = (3 * 2000 / (4 * np.pi)) ** (1 / 3)
    assert np.linalg.norm(reached, axis=1).max() < 1.2 * radius


def test_growth_goes_round_what_is_solid():
    wall = np.ones((21, 21, 5), np.float32)
    wall[10, :18] = -1
    arrival = grow(wall, [(5, 5, 2)], 1.0, wall.size).arrival
    assert np.isinf(arrival[10, :18]).all()
    # up to the gap, through it, and back again
    assert arrival[15, 5, 2] > 25
    assert arrival[5, 15, 2] < 12


def test_growth_prefers_the_long_axis_where_that_is_easier():
    arrival = grow(np.ones((31, 31, 31), np.float32), [(15, 15, 15)], 0.5, 31**3).arrival
    assert arrival[15, 15, 25] == pytest.approx(5)
    assert arrival[25, 15, 15] == pytest.approx(10)


def test_growth_in_a_hollow_ends_there():
    hollow = -np.ones((11, 11, 11), np.float32)
    hollow[4:7, 4:7, 4:7] = 1
    growth = grow(hollow, [(5, 5, 5)], 1.0, 500)
    assert not growth.complete
    assert np.isfinite(growth.arrival).sum() == 27
    assert not np.any(touched(growth.arrival, 1e9))
    assert free_voxel(hollow, (0, 5, 5)) == (4, 5, 5)


def test_a_front_that_leaves_the_grid_is_seen_where_it_leaves():
    arrival = grow(np.ones((9, 9, 41), np.float32), [(4, 6, 20)], 1.0, 9 * 9 * 41).arrival
    below, above = touched(arrival, 3.0)
    assert below.tolist() == [False, False, False]
    assert above.tolist() == [False, True, False]


# filling


def column(capacity=0.5, voxels=100):
    arrival = np.arange(voxels, dtype=np.float32).reshape(1, 1, -1)
    ones = np.ones_like(arrival)
    return Compartment(Grid(np.zeros(3), 1.0, arrival.shape), arrival, 10 * ones, capacity * ones, 0.0, 200.0)


@pytest.mark.parametrize("voxels", [3.0, 20.0, 40.0])
def test_a_column_fills_from_its_start(voxels):
    deposit = filled(column(), voxels * 0.5 / 1000)
    assert deposit.iodine_mg == pytest.approx(voxels * 0.5 / 1000 * 200, rel=1e-6)
    assert (np.diff(deposit.mg_per_ml[0, 0]) <= 0).all()
    assert deposit.mg_per_ml.max() <= 100
    # the edge is ten voxels wide
    assert (deposit.mg_per_ml > 0).sum() == pytest.approx(voxels + 5, abs=3)


def test_a_compartment_holds_no_more_than_fits():
    tissue = column()
    assert tissue.holds_ml == pytest.approx(0.5 * 94.5 / 1000, rel=0.01)
    assert front_of(tissue, 0.06) == np.inf
    assert front_of(tissue, 0.01) < front_of(tissue, 0.02) < 99


def test_trimming_takes_away_only_what_stays_empty():
    tissue = replace(column(), volume_ml=0.01)
    small = trimmed(tissue)
    assert small.grid.shape[2] < 40
    whole, part = filled(tissue, 0.01).mg_per_ml, filled(small, 0.01).mg_per_ml
    np.testing.assert_allclose(part, whole[:, :, : part.shape[2]], atol=0.1)
    assert whole[:, :, part.shape[2] :].max() == 0


# tissue


def test_a_texture_lies_where_it_lay_on_a_larger_grid():
    half = np.full(3, 7.0)
    small = grid_around(np.array([3.0, 4, 5]), -half, half, 0.7)
    large = grid_around(np.array([3.0, 4, 5]), -2 * half, 2 * half, 0.7)
    for slope in ((0.0, 0.0), (-0.3, 0.2)):
        texture = drawn_texture(large, (2.0, 2.0, 4.0), rng(), slope)
        a, b = (laid(texture, grid, np.array([3.0, 4, 5])) for grid in (small, large))
        np.testing.assert_array_equal(a, b[10:-10, 10:-10, 10:-10])
        assert b.std() == pytest.approx(1, abs=0.02)


def test_a_texture_is_as_smooth_as_asked():
    half = np.full(3, 30.0)
    grid = grid_around(np.zeros(3), -half, half, 1.0)
    field = laid(drawn_texture(grid, (3.0, 3.0, 3.0), rng()), grid, np.zeros(3))
    # smoothing by a Gaussian of σ leaves a correlation of exp(-d² / 4σ²) at distance d
    assert np.mean(field[3:] * field[:-3]) == pytest.approx(np.exp(-9 / 36), abs=0.08)


def test_a_junction_has_a_frame_of_its_own():
    frame = junction_frame(landmarks_mm(), "L4")
    np.testing.assert_allclose(np.stack((frame.lateral, frame.dorsal, frame.cranial)), np.eye(3), atol=1e-9)
    np.testing.assert_allclose(frame.point_mm(2, 0, 0), [24 + 2 * frame.scale, 28, 0])
    assert frame.scale == pytest.approx(48 / (2 * 25.4))


def test_lines_run_through_their_landmarks():
    lines = spine_of(landmarks_mm())
    heights = np.array([0.0, 18.5, 500])
    np.testing.assert_allclose(lines.junctions.at_mm(heights), [[24, 28, z] for z in heights])
    np.testing.assert_allclose(lines.middles.at_mm(np.array([-6.0])), [[0, 18, -6]])


@pytest.mark.parametrize("pattern", ["target", "lateral", "epidural", "facet"])
def test_a_skeleton_of_few_landmarks_and_no_bones_will_do(pattern):
    bare = points()
    assert plan_spread(bare, injection(pattern), rng(), coarse=True).compartments
    junctions = {name: place for name, place in bare.landmarks_mm.items() if name.startswith("junction")}
    assert plan_spread(Skeleton((), junctions), injection(pattern), rng(), coarse=True).compartments


# veins


def test_veins_hold_what_was_asked_get_thinner_and_keep_out_of_bone():
    places = landmarks_mm()
    frame = junction_frame(places, "L4")
    reach = np.full(3, 40.0)
    grid = grid_around(frame.origin_mm, -reach, reach, 0.7)
    nothing = np.zeros(grid.shape, np.int16)
    veins = vein_tree(frame.origin_mm, frame, 0.4, Occupancy(grid, nothing), rng(2))
    share, way = lumen(veins, grid)
    assert veins.volume_ml == pytest.approx(0.4, rel=0.1)
    # branches overlap where they leave each other
    assert share.sum() * 0.7**3 / 1000 == pytest.approx(0.4, rel=0.3)
    far = veins.ways_mm > np.median(veins.ways_mm)
    assert veins.radii_mm[far].mean() < veins.radii_mm[~far].mean()
    assert np.isfinite(way[share > 0]).all()
    assert share.max() <= 1


def test_what_5_ml_reach():
    """From L5 it reaches the junction of L4, as in Kimura 2020 and Miyakoshi 2007, in most draws."""
    blocks, reached = spine(), []
    target = landmarks_mm()["junction_L4_L"]
    for seed in range(12):
        spread = plan_spread(
            blocks, injection("target", 5.0, level="L5", iodine=48.0), rng(seed), coarse=True
        )
        (tissue,) = spread.compartments
        part = filled(tissue, 5.0)
        frontal = part.mg_per_ml.sum(axis=1) * part.step_mm / 10
        places = part.origin_mm[[0, 2]] + np.argwhere(frontal > 2) * part.step_mm
        reached.append(np.linalg.norm(places - target[[0, 2]], axis=1).min() < 5)
    assert np.mean(reached) >= 0.65
