"""The anatomical numbers: names, sizes, and regions that a reader can check on paper."""

import numpy as np
import pytest
from skimage.measure import points_in_poly

from spreadscan.anatomy import (
    ASSESSED_LEVELS,
    BRANCHES,
    JOINTS,
    JUNCTION_SPACING_MM,
    LEVELS,
    NERVE_AT,
    REFERENCE,
    REGIONS,
    branch_course_mm,
    region_polygon_mm,
)
from spreadscan.settings import CoverSettings
from tests.stages.reference import reference, with_reference

EVERY_REGION = [(level, region) for level in ASSESSED_LEVELS for region in REGIONS]
EVERY_BRANCH = [(level, branch) for level in ASSESSED_LEVELS for branch in BRANCHES]


def area(polygon):
    x, y = np.array(polygon, float).T
    return abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def length(course):
    return np.hypot(*np.diff(np.array(course, float), axis=0).T).sum()


def inside(points, polygon):
    return points_in_poly(np.asarray(points, float), np.array(polygon, float))


@pytest.mark.parametrize(
    ("level", "nerve"),
    [("L1", "T12"), ("L2", "L1"), ("L3", "L2"), ("L4", "L3"), ("L5", "L4"), ("S1", "L5")],
)
def test_the_nerve_on_a_bone_has_one_number_less(level, nerve):
    assert NERVE_AT[level] == nerve


def test_the_two_nerves_of_a_joint_cross_its_two_bones():
    assert [(j.name, NERVE_AT[j.upper_level], NERVE_AT[j.lower_level]) for j in JOINTS] == [
        ("L3/4", "L2", "L3"),
        ("L4/5", "L3", "L4"),
    ]
    assert all(LEVELS.index(j.lower_level) == LEVELS.index(j.upper_level) + 1 for j in JOINTS)


def test_reference_sizes():
    assert {level: tuple(size) for level, size in REFERENCE.items()} == {
        "L3": (22.5, 23.0, 10.0),
        "L4": (25.4, 18.6, 10.0),
        "L5": (28.8, 18.7, 14.0),
    }
    assert all(33 <= spacing <= 42 for spacing in JUNCTION_SPACING_MM.values())


@pytest.mark.parametrize(
    ("level", "areas_mm2"),
    [("L3", (56, 82, 132, 246)), ("L4", (56, 82, 100, 195)), ("L5", (56, 115, 141, 263))],
)
def test_areas_of_the_regions(level, areas_mm2):
    # as published with the proposal, where they were counted on a raster
    found = [area(region_polygon_mm(level, region)) for region in REGIONS]
    assert found == pytest.approx(areas_mm2, abs=1.2)


def test_the_common_zone_is_a_rectangle_above_the_process():
    for level in ASSESSED_LEVELS:
        assert region_polygon_mm(level, "common") == ((-3, 0), (-3, 7), (5, 7), (5, 0))


def test_one_medial_region_written_out():
    # H = 10 at L4
    assert region_polygon_mm("L4", "medial") == (
        (3, 0), (2, -3.5), (1, -7.5), (-3, -11.5), (-7.5, -13.5),
        (-9, -10), (-5.5, -6), (-3.5, -2.5), (-3, 0),
    )  # fmt: skip


def test_one_intermediate_and_one_lateral_region_written_out():
    # T = 18.6 and H = 10 at L4: a = 0.38 T = 7.068
    a, t = 7.068, 18.6
    np.testing.assert_allclose(
        region_polygon_mm("L4", "intermediate"),
        [(3, 0), (a, 0), (a, -10), (a + 1.674, -18), (3, -18), (1.5, -12), (1, -7.5), (2, -3.5)],
    )
    np.testing.assert_allclose(
        region_polygon_mm("L4", "lateral"),
        [(5, 4), (15.81, 2), (15.81, -9), (t, -18), (a + 1.674, -18), (a, -10), (a, 0), (5, 0)],
    )


@pytest.mark.parametrize("level", ASSESSED_LEVELS)
def test_no_point_lies_in_two_regions(level):
    # beside the borders, which regions share
    grid = (
        np.stack(np.meshgrid(np.arange(-12, 26, 0.25), np.arange(-30, 9, 0.25)), axis=-1).reshape(-1, 2)
        + 0.0137
    )
    owners = sum(inside(grid, region_polygon_mm(level, region)).astype(int) for region in REGIONS)
    assert owners.max() == 1


@pytest.mark.parametrize(("level", "branch"), EVERY_BRANCH)
def test_a_branch_divides_in_the_common_zone_and_ends_in_its_own_region(level, branch):
    course = branch_course_mm(level, branch)
    assert course[0] == (0.5, 3.5)
    assert inside([course[0]], region_polygon_mm(level, "common"))[0]
    assert inside([course[-1]], region_polygon_mm(level, branch))[0]
    assert length(course) > 3 * CoverSettings().least_exposed_mm


@pytest.mark.parametrize("level", ASSESSED_LEVELS)
def test_branches_end_from_medial_to_lateral(level):
    ends = [branch_course_mm(level, branch)[-1][0] for branch in ("medial", "intermediate", "lateral")]
    assert ends == sorted(ends)
    assert ends[0] < 0 < ends[1]


@with_reference
@pytest.mark.parametrize(("level", "region"), EVERY_REGION)
def test_regions_are_those_of_the_reference(level, region):
    np.testing.assert_allclose(
        region_polygon_mm(level, region), reference.polygons(level)[region], rtol=1e-12
    )


@with_reference
@pytest.mark.parametrize(("level", "branch"), EVERY_BRANCH)
def test_courses_are_those_of_the_reference(level, branch):
    np.testing.assert_allclose(branch_course_mm(level, branch), reference.courses(level)[branch], rtol=1e-12)


@with_reference
def test_sizes_are_those_of_the_reference():
    found = {level: tuple(size) for level, size in REFERENCE.items()}
    assert found == {
        level: (reference.JX[level], reference.T[level], reference.H[level]) for level in ASSESSED_LEVELS
    }
