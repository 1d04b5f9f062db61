"""Implicit solids and their surfaces against bodies whose size is known."""

import numpy as np
import pytest

from spreadscan.phantom.bones.posture import Wedge, column, turn
from spreadscan.phantom.bones.rods import rod
from spreadscan.phantom.bones.solids import Cylinder, Ellipsoid, Part, Trimmed, Tube, mould, smooth_minimum
from spreadscan.phantom.bones.surface import DistanceField, closed_surface, laid_on, metric, normals, sample
from tests.phantom.bones.meshes import open_edges, pieces, volume_mm3

BALL, UPPER_HALF = Ellipsoid((0, 0, 0), (10, 10, 10)), Cylinder((0, 0, 50), (0, 0, 1), 30, 50)
AXIS = np.arange(-16, 16.01, 0.8, dtype=np.float32)


def surface_of(*parts):
    field = DistanceField(mould(parts, (AXIS, AXIS, AXIS)), np.full(3, -16.0), 0.8)
    return metric(field), closed_surface(metric(field))


@pytest.mark.parametrize(
    ("solid", "volume"),
    [
        (Ellipsoid((0.5, 0, -1), (10, 10, 10)), 4 / 3 * np.pi * 1000),
        (Ellipsoid((0, 1, 0), (12, 6, 8)), 4 / 3 * np.pi * 12 * 6 * 8),
        # a tube of one radius is a cylinder between two halves of a sphere
        (Tube(((0, 0, -8), (0, 0, 8)), ((5, 5), (5, 5)), (1, 0, 0)), np.pi * 25 * 16 + 4 / 3 * np.pi * 125),
        (Cylinder((0, 0, 0), (0, 0, 1), 7, 9), np.pi * 49 * 18),
        (Trimmed(BALL, UPPER_HALF, "inside", 0.01), 2 / 3 * np.pi * 1000),
        (Trimmed(BALL, UPPER_HALF, "outside", 0.01), 2 / 3 * np.pi * 1000),
    ],
)  # fmt: skip
def test_surfaces_enclose_the_volume_of_the_solid(solid, volume):
    _, surface = surface_of(Part(solid))
    assert volume_mm3(surface) == pytest.approx(volume, rel=0.02)
    assert open_edges(surface) == 0
    assert pieces(surface) == 1


def test_the_field_is_a_distance_near_the_surface():
    field, _ = surface_of(Part(Ellipsoid((0, 0, 0), (12, 6, 8))))
    points = np.array([[12.0, 0, 0], [0, 6, 0], [0, 0, -8]])
    out = normals(field, points)
    assert out == pytest.approx(np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, -1]]), abs=0.05)
    for away in (-0.8, 0.8):
        assert sample(field, points + away * out) == pytest.approx(away, abs=0.15)


def test_points_are_laid_on_the_nearest_place():
    field, _ = surface_of(Part(Ellipsoid((0, 0, 0), (10, 10, 10))))
    laid = laid_on(field, np.array([[12.0, 0, 0], [0, 5, 5]]))
    assert np.linalg.norm(laid, axis=1) == pytest.approx(10, abs=0.05)
    assert laid[0] == pytest.approx([10, 0, 0], abs=0.1)


def test_carving_takes_away():
    ball, hole = Ellipsoid((0, 0, 0), (10, 10, 10)), Cylinder((0, 0, 0), (0, 0, 1), 4, 20)
    _, whole = surface_of(Part(ball))
    _, pierced = surface_of(Part(ball), Part(hole, "carve", 0.01))
    # a ball pierced to the height h keeps the volume of a ball of diameter h (napkin ring)
    height = 2 * np.sqrt(100 - 16)
    assert volume_mm3(pierced) == pytest.approx(np.pi / 6 * height**3, rel=0.03)
    assert volume_mm3(pierced) < volume_mm3(whole)


def test_a_rounded_seam_only_adds():
    a, b = np.float32(np.linspace(-2, 2, 41)), np.float32(np.full(41, 0.3))
    joined = smooth_minimum(a, b, 1.0)
    assert (joined <= np.minimum(a, b) + 1e-6).all()
    assert (joined >= np.minimum(a, b) - 0.25).all()
    far = np.abs(a - b) > 1
    assert joined[far] == pytest.approx(np.minimum(a, b)[far])


def test_rods_have_the_volume_of_a_prism():
    nodes = np.linspace([0, 0, 0], [3.0, 4, 12], 9)
    made = rod(nodes, [2.0] * 9, sections=24)
    assert open_edges(made) == 0
    assert volume_mm3(made) == pytest.approx(13 * 24 / 2 * 4 * np.sin(2 * np.pi / 24), rel=1e-6)


def test_a_straight_column_stacks_its_heights():
    bodies, discs = [Wedge(25, depth_mm=30)] * 2, [Wedge(10), Wedge(12)]
    poses = column(("L4", "L5"), bodies, discs)
    assert poses["L4"].origin_mm == pytest.approx([0, 0, 0])
    assert poses["L5"].origin_mm == pytest.approx([0, 0, -35])
    assert poses["sacrum"].origin_mm == pytest.approx([0, 0, -35 - 12.5 - 12])


@pytest.mark.parametrize(
    ("angles", "up"),
    [((10, 0, 0), (0, np.sin(np.radians(10)), np.cos(np.radians(10)))),
     ((0, 10, 0), (-np.sin(np.radians(10)), 0, np.cos(np.radians(10)))),
     ((0, 0, 10), (0, 0, 1))],
)  # fmt: skip
def test_turns_go_the_way_they_say(angles, up):
    assert turn(*angles)[:, 2] == pytest.approx(up)
    assert np.linalg.det(turn(*angles)) == pytest.approx(1)


def test_a_turn_about_the_axis_takes_the_front_to_the_left():
    assert turn(0, 0, 90) @ [0, -1, 0] == pytest.approx([1, 0, 0], abs=1e-12)
