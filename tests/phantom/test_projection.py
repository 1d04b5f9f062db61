import numpy as np
import pytest

from spreadscan.phantom.projection import iodine_mg_cm2, surface_thickness_mm
from spreadscan.phantom.values import Deposit, Surface
from tests.phantom.solids import box, frontal, sphere, volume_mm3


def test_solids_look_outward():
    assert volume_mm3(box((-1, -2, -3), (1, 2, 3))) == pytest.approx(48)
    assert volume_mm3(sphere((1, 2, 3), 10)) == pytest.approx(4 / 3 * np.pi * 1000, rel=0.01)


def test_a_plate_is_as_thick_as_it_is():
    plate = box((-200, -5, -200), (200, 5, 200))
    view = frontal()
    assert surface_thickness_mm([plate], view) == pytest.approx(10 * view.obliquity(), abs=1e-4)


def test_thickness_of_a_ball_is_its_chords():
    view = frontal(128, 128)
    got = surface_thickness_mm([sphere((3, 0, 2), 20, 96)], view, scanlines=4)
    directions = view.directions()
    along = directions @ (np.array([3, 0, 2]) - view.source_mm)
    distance = np.sum((np.array([3, 0, 2]) - view.source_mm) ** 2) - along**2
    chord = 2 * np.sqrt(np.maximum(400 - distance, 0))
    inside = distance < 18**2
    assert got[inside] == pytest.approx(chord[inside], abs=0.08)
    assert got.sum() == pytest.approx(chord.sum(), rel=3e-3)


def test_nothing_is_left_outside_a_closed_surface():
    view = frontal(128, 128)
    got = surface_thickness_mm([sphere((0, 0, 0), 15)], view)
    row, column = np.mgrid[:128, :128] - 63.5
    outside = np.hypot(row, column) > 15 * 1000 / 685 / 0.5 + 2
    assert np.abs(got[outside]).max() < 1e-6


def test_a_hole_is_taken_away():
    outer, hole = box((-30, -10, -30), (30, 10, 30)), box((-30, -4, -30), (30, 4, 30))
    inward = Surface(hole.vertices_mm, hole.faces[:, ::-1].copy())
    view = frontal(16, 16)
    assert surface_thickness_mm([outer, inward], view) == pytest.approx(12 * view.obliquity(), abs=1e-4)


def test_what_straddles_the_border_is_seen_in_part():
    big, small = frontal(96, 96), frontal(32, 32)
    ball = [sphere((6, 0, 6), 9)]
    whole = surface_thickness_mm(ball, big)
    assert whole[:, :40].max() > 10
    assert surface_thickness_mm(ball, small) == pytest.approx(whole[32:64, 32:64], abs=1e-6)


def test_an_image_seen_from_the_other_side_is_the_mirror_image():
    view = frontal(48, 48)
    mirrored = frontal(48, 48)
    object.__setattr__(mirrored, "right", -view.right)
    ball = [sphere((5, 3, -4), 7)]
    straight, turned = (surface_thickness_mm(ball, v) for v in (view, mirrored))
    assert straight.max() > 10
    assert turned == pytest.approx(straight[:, ::-1], abs=1e-5)


def test_a_larger_pixel_averages():
    fine, coarse = frontal(64, 64, 0.5), frontal(32, 32, 1.0)
    ball = [sphere((1, 0, 2), 8)]
    averaged = surface_thickness_mm(ball, fine, scanlines=4).reshape(32, 2, 32, 2).mean((1, 3))
    assert surface_thickness_mm(ball, coarse, scanlines=8) == pytest.approx(averaged, abs=0.02)


def test_surfaces_out_of_view_leave_nothing():
    assert not surface_thickness_mm([box((300, -5, 300), (310, 5, 310))], frontal()).any()
    assert not surface_thickness_mm([], frontal()).any()


def test_projected_iodine_is_all_of_it():
    rng = np.random.default_rng(1)
    deposit = Deposit(
        (rng.random((9, 12, 10)) * 240 * (rng.random((9, 12, 10)) > 0.4)).astype(np.float32),
        np.array([-3.0, -4.0, -3.0]),
        0.7,
    )
    view = frontal(96, 96)
    image = iodine_mg_cm2([deposit], view) / view.obliquity()
    # all voxels within 5 mm of the isocentre plane: the pixel's area there varies by 1.5 %
    assert image.sum() * (view.mm_per_px / 10) ** 2 == pytest.approx(deposit.iodine_mg, rel=0.005)


def test_an_even_layer_of_iodine_is_even():
    deposit = Deposit(np.full((80, 5, 80), 100.0, np.float32), np.array([-31.6, -1.6, -31.6]), 0.8)
    view = frontal(32, 32)
    # 5 voxels of 0.8 mm at 100 mgI/mL: 0.4 cm · 100 mg/cm³
    assert iodine_mg_cm2([deposit], view) == pytest.approx(40 * view.obliquity(), rel=0.03)


def test_iodine_lies_where_its_voxels_are():
    voxels = np.zeros((1, 1, 1), np.float32)
    voxels[0] = 300
    place = np.array([7.0, 30, -9])
    view = frontal(96, 96)
    image = iodine_mg_cm2([Deposit(voxels, place, 0.7)], view).astype(float)
    row, column = np.mgrid[:96, :96]
    centre = [(image * row).sum() / image.sum(), (image * column).sum() / image.sum()]
    assert centre == pytest.approx(view.project(place)[0], abs=0.01)


def test_no_iodine_no_image():
    assert not iodine_mg_cm2([Deposit(np.zeros((3, 3, 3), np.float32), np.zeros(3), 1.0)], frontal()).any()
