import numpy as np
import pytest

from spreadscan.phantom.spread.grid import Grid, box_of, grid_around, part_of
from spreadscan.phantom.spread.occupancy import between_solids, distance_mm, inside, solid_labels, solid_of
from tests.phantom.solids import box, sphere
from tests.phantom.spread.blocks import vertebra


def cube(half_mm=20.0, step_mm=0.7, centre=(0.0, 0.0, 0.0)):
    half = np.full(3, half_mm)
    return grid_around(np.array(centre), -half, half, step_mm)


@pytest.mark.parametrize("step_mm", [0.7, 1.4])
def test_a_ball_has_its_volume(step_mm):
    ball = inside(sphere((1.1, -2.3, 0.4), 12.0), cube(step_mm=step_mm))
    assert ball.sum() * step_mm**3 == pytest.approx(4 / 3 * np.pi * 12**3, rel=0.01)


def test_each_voxel_of_a_ball_is_on_its_side():
    grid = cube(step_mm=1.0)
    ball = inside(sphere((0.3, 0.2, 0.1), 10.0), grid)
    x, y, z = grid.axes_mm
    distance = np.sqrt((x - 0.3) ** 2 + (y - 0.2) ** 2 + (z - 0.1) ** 2)
    assert ball[distance < 9.95].all()
    assert not ball[distance > 10.0].any()


def test_a_box_between_centres_is_exact():
    grid = cube(half_mm=10, step_mm=1.0)
    assert inside(box((-3.5, -2.5, -6.5), (4.5, 1.5, 2.5)), grid).sum() == 8 * 4 * 9


@pytest.mark.parametrize("shift", [(30, 0, 0), (0, 30, 0), (0, 0, 30), (0, -30, 0)])
def test_what_lies_outside_the_grid_is_not_in_it(shift):
    assert not inside(sphere(shift, 9.0), cube(half_mm=10)).any()


@pytest.mark.parametrize("centre", [(11, 0, 0), (-11, 3, 0), (0, 11, 0), (0, -11, 0), (2, 0, -11)])
def test_a_grid_may_cut_a_surface(centre):
    ball = sphere((0.1, 0.2, 0.3), 12.0)
    small, large = cube(half_mm=8, centre=centre), cube(half_mm=24, centre=centre)
    cut = tuple(slice((b - s) // 2, (b + s) // 2) for b, s in zip(large.shape, small.shape, strict=True))
    assert small.shape[0] == inside(ball, large)[cut].shape[0]
    np.testing.assert_array_equal(inside(ball, small), inside(ball, large)[cut])


def test_overlapping_parts_of_one_surface_are_solid():
    grid = Grid(np.array([-50.0, -25, -30]), 1.0, (101, 90, 60))
    z = grid.axes_mm[2]
    bone = inside(vertebra("L4"), grid)
    body = (
        (np.abs(grid.axes_mm[0]) < 22) & (grid.axes_mm[1] > -19) & (grid.axes_mm[1] < 9) & (z > -16) & (z < 8)
    )
    assert bone[np.broadcast_to(body, bone.shape)].all()
    assert not bone[:, :, -5:].any()


def test_labels_name_the_solids_and_gaps_are_between_two():
    solids = [solid_of(box((-9, -5, -5), (-1.1, 5, 5))), solid_of(box((1.1, -5, -5), (9, 5, 5)))]
    grid = cube(half_mm=12, step_mm=0.7)
    labels = solid_labels(solids, grid)
    assert set(np.unique(labels)) == {0, 1, 2}
    gap = between_solids(labels, 1.4, 0.7)
    assert gap[grid.index(np.zeros(3))]
    assert not gap[grid.index(np.array([0.0, 9, 0]))]
    assert not gap[labels > 0].any()
    distance = distance_mm(labels > 0, 0.7)
    assert distance[grid.index(np.array([0.0, 0, 9]))] == pytest.approx(4.0, abs=0.8)
    assert distance_mm(np.zeros((3, 3, 3), bool), 0.7).min() > 100


def test_parts_of_grids_lie_where_they_lay():
    grid = cube(half_mm=5, step_mm=0.5)
    marked = np.zeros(grid.shape, bool)
    marked[4:7, 3, 9:12] = True
    part = part_of(grid, box_of(marked, margin=2))
    assert part.shape == (7, 5, 7)
    np.testing.assert_allclose(part.origin_mm, grid.centre_mm((2, 1, 7)))
    assert box_of(marked, margin=50) == tuple(slice(0, n) for n in grid.shape)
