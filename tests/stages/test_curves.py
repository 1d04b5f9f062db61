"""Time-attenuation curves of areas and regions small enough to count."""

import numpy as np

from spreadscan.stages.curves import time_curves
from spreadscan.values import BranchRegion, BranchRegions, TimeCourse
from tests.images import digest, spread_mask

CURVE = np.array([0.0, 0.1, 0.3, 0.2])


def course(factor=1):
    added = np.zeros((4, 20, 20), np.float32)
    added[:, 2:6, 2:6] = CURVE[:, None, None]
    added[:, 10:12, 10:12] = 0.5 * CURVE[:, None, None]
    valid = np.ones((20, 20), bool)
    valid[:, 16:] = False
    return TimeCourse((0, 2, 3, 5), (0,), factor, added, valid, 0.01, "ln")


def mask(factor=1):
    sure = np.zeros((20, 20), bool)
    sure[2:6, 2:6] = sure[10:12, 10:12] = True
    return spread_mask(np.kron(sure, np.ones((factor, factor), bool)))


def region(top, left, bottom, right):
    outline = np.array([[top, left], [top, right], [bottom, right], [bottom, left]], float)
    return BranchRegion("L4", "left", "medial", outline, np.empty((0, 2)))


def told(factor=1, regions=(), times_s=None, most=6):
    placed = BranchRegions((), tuple(regions), (), "")
    return time_curves(course(factor), mask(factor), placed, times_s, most)


def test_areas_by_hand_the_largest_first():
    for factor in (1, 2):
        first, second = told(factor).curves
        assert (first.component, second.component) == (1, 2)
        np.testing.assert_allclose(first.added, CURVE, atol=1e-6)
        np.testing.assert_allclose(second.added, CURVE / 2, atol=1e-6)
    assert len(told(most=1).curves) == 1


def test_regions_by_hand():
    found = told(regions=[region(1.5, 1.5, 5.5, 5.5), region(1.5, 1.5, 5.5, 9.5), region(0, 17, 9, 19)])
    inside, half, unseen = found.curves[2:]
    assert (inside.level, inside.side, inside.region, inside.component) == ("L4", "left", "medial", None)
    np.testing.assert_allclose(inside.added, CURVE, atol=1e-6)
    np.testing.assert_allclose(half.added, CURVE / 2, atol=1e-6)
    assert np.isnan(unseen.added).all()


def test_times_are_those_of_the_frames_that_were_followed():
    assert told(times_s=(0.0, 0.1, 0.2, 0.3, 0.4, 0.5)).times_s == (0.0, 0.2, 0.3, 0.5)
    assert told().times_s is None


def test_a_still_image_has_no_curves():
    assert time_curves(None, mask(), BranchRegions((), (), (), ""), None, 6) is None


def test_curves_are_the_same_twice():
    assert digest(told()) == digest(told())


def test_no_contrast_has_no_curve_of_an_area_and_a_region_out_of_view_no_number():
    nothing = spread_mask(np.zeros((20, 20), bool))
    placed = BranchRegions((), (region(-9, 30, -4, 40),), (), "")
    (beyond,) = time_curves(course(), nothing, placed, None, 6).curves
    assert beyond.component is None
    assert np.isnan(beyond.added).all()


def test_areas_of_one_size_stand_from_the_top_and_an_area_at_the_far_edge_counts():
    sure = np.zeros((22, 21), bool)  # on blocks of two, a rest is left out
    sure[18:20, 2:4] = sure[4:6, 16:18] = sure[4:6, 2:4] = True
    sure[21, 20] = True
    within = TimeCourse(
        (0, 1),
        (0,),
        2,
        np.arange(220, dtype=np.float32).reshape(2, 11, 10),
        np.ones((11, 10), bool),
        0.01,
        "ln",
    )
    found = time_curves(within, spread_mask(sure), BranchRegions((), (), (), ""), None, 9).curves
    assert [curve.added[0] for curve in found[:3]] == [21.0, 28.0, 91.0]
    assert np.isnan(found[3].added).all()
