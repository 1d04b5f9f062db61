from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spreadscan.phantom.geometry import centre_mm, view_of
from spreadscan.phantom.scenario import Setup
from tests.phantom.solids import points

ANGLES = st.floats(-100, 100)


def test_patients_left_and_head_are_where_the_setting_says():
    skeleton = points()
    for left in ("image-left", "image-right"):
        for up in (True, False):
            view = view_of(Setup(patient_left=left, head_up=up), skeleton)
            l4 = {side: view.project(skeleton.landmarks_mm[f"junction_L4_{side}"])[0] for side in "LR"}
            l3 = view.project(skeleton.landmarks_mm["junction_L3_L"])[0]
            assert (l4["L"][1] < l4["R"][1]) == (left == "image-left")
            assert (l3[0] < l4["L"][0]) == up


def test_the_beam_is_centred():
    skeleton = points()
    view = view_of(Setup(centre=("L4", "L5"), rows=100, columns=200), skeleton)
    assert view.project(centre_mm(skeleton, ("L4", "L5")))[0] == pytest.approx([49.5, 99.5])


def test_magnification_is_source_to_image_over_depth():
    view = view_of(Setup(source_to_image_mm=1000, source_to_isocentre_mm=800, field_mm=200), points())
    assert view.mm_per_px == pytest.approx(200 / 512 * 0.8)
    shifted = view.source_mm + view.forward * 800 + np.outer([0, 10], view.right)
    across = np.diff(view.project(shifted)[:, 1])[0]
    assert across == pytest.approx(10 / view.mm_per_px)


def test_a_lateral_view_shows_back_and_front():
    view = view_of(Setup(primary_deg=90), points())
    assert view.forward == pytest.approx([1, 0, 0], abs=1e-9)
    assert abs(view.right @ [0, 1, 0]) == pytest.approx(1)


@given(ANGLES, st.floats(-45, 45), st.floats(-30, 30))
def test_axes_are_orthonormal(primary, secondary, table):
    setup = replace(Setup(), primary_deg=primary, secondary_deg=secondary, table_deg=table)
    view = view_of(setup, points())
    axes = np.stack([view.right, view.down, view.forward])
    assert axes @ axes.T == pytest.approx(np.eye(3), abs=1e-9)


def test_parallax_is_what_trigonometry_says():
    # a point 10 mm behind the centre moves by 10 · sin(5°) · magnification against it
    skeleton = points()
    view = view_of(Setup(primary_deg=5, centre=("L4",)), skeleton)
    centre = centre_mm(skeleton, ("L4",))
    behind = view.project(centre + np.array([0, 10, 0]))[0] - view.project(centre)[0]
    depth = 700 + 10 * np.cos(np.deg2rad(5))
    expected = 10 * np.sin(np.deg2rad(5)) * 1000 / depth / view.pitch_mm
    assert abs(behind[1]) == pytest.approx(expected)


def test_directions_meet_the_pixels():
    view = view_of(Setup(rows=40, columns=50), points())
    rays = view.directions()
    for row, column in ((0, 0), (39, 49), (13, 7)):
        point = view.source_mm + 640 * rays[row, column]
        assert view.project(point)[0] == pytest.approx([row, column])
    assert view.obliquity() == pytest.approx(1 / (rays @ view.forward), rel=1e-6)
