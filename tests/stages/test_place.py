"""Local frames of junctions, by hand and against the reference, and the regions laid into them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spreadscan.anatomy import (
    ASSESSED_LEVELS,
    LEVELS,
    REFERENCE,
    REGIONS,
    branch_course_mm,
    region_polygon_mm,
)
from spreadscan.errors import CannotRead
from spreadscan.settings import CoverSettings
from spreadscan.stages.place import place, px_per_reference_mm
from spreadscan.values import Landmark, Landmarks, Orientation
from tests.images import LEFT_ON_LEFT, LEFT_ON_RIGHT, SIDE_UNKNOWN, digest, junction
from tests.stages.reference import reference, with_reference

SETTINGS = CoverSettings()
UPSIDE_DOWN = Orientation("image right", "patient orientation", False, True)
STRAIGHT = {"L3": (100.0, 200.0), "L4": (140.0, 200.0), "L5": (180.0, 200.0)}
"""Midpoints (row, column) of a straight spine."""


def spine(middles=STRAIGHT, zoom=2.0, sides=("left", "right"), tilt_deg=0.0, sd_px=None):
    """Return both junctions of each level, at reference distance times zoom, across the given middles.

    The line from the first side to the second one is tilted against the rows.
    """
    across = np.array([np.sin(np.radians(tilt_deg)), np.cos(np.radians(tilt_deg))])
    points = []
    for level, middle in middles.items():
        half = zoom * REFERENCE[level].junction_x_mm if level in REFERENCE else 40.0
        for side, sign in zip(sides, (-1, 1), strict=True):
            points.append(junction(level, side, *(np.array(middle) + sign * half * across), sd_px))
    return Landmarks("given", tuple(points))


def without(landmarks, *sites):
    return Landmarks("given", tuple(p for p in landmarks.points if (p.level, p.side) not in sites))


def frames_of(landmarks, orientation=LEFT_ON_LEFT):
    return {(f.level, f.side): f for f in place(landmarks, orientation, SETTINGS).junctions}


def assert_frame(frame, origin, lateral, cranial, scale=2.0):
    np.testing.assert_allclose(frame.origin, origin, atol=1e-9)
    np.testing.assert_allclose(frame.lateral, lateral, atol=1e-9)
    np.testing.assert_allclose(frame.cranial, cranial, atol=1e-9)
    assert frame.px_per_reference_mm == pytest.approx(scale)


# frames by hand: vectors are (rows down, columns right)


def test_a_straight_spine():
    found = frames_of(spine())
    for level, (row, column) in STRAIGHT.items():
        half = 2 * REFERENCE[level].junction_x_mm
        assert_frame(found[level, "left"], (row, column - half), (0, -1), (-1, 0))
        assert_frame(found[level, "right"], (row, column + half), (0, 1), (-1, 0))
        assert found[level, "left"].flags == ()


def test_a_mirrored_spine():
    found = frames_of(spine(sides=("right", "left")), LEFT_ON_RIGHT)
    assert_frame(found["L4", "left"], (140, 250.8), (0, 1), (-1, 0))
    assert_frame(found["L4", "right"], (140, 149.2), (0, -1), (-1, 0))


def test_a_spine_that_is_upside_down():
    upside_down = {"L3": (180.0, 200.0), "L4": (140.0, 200.0), "L5": (100.0, 200.0)}
    found = frames_of(spine(upside_down, sides=("right", "left")), UPSIDE_DOWN)
    assert_frame(found["L4", "left"], (140, 250.8), (0, 1), (1, 0))
    assert_frame(found["L4", "right"], (140, 149.2), (0, -1), (1, 0))


def test_a_tilted_spine():
    # the spine leans to image right going down: 3 columns for 4 rows
    tilted = {"L3": (100.0, 200.0), "L4": (140.0, 230.0), "L5": (180.0, 260.0)}
    found = frames_of(spine(tilted))
    assert_frame(found["L4", "left"], (140, 230 - 50.8), (0.6, -0.8), (-0.8, -0.6))
    assert_frame(found["L4", "right"], (140, 230 + 50.8), (-0.6, 0.8), (-0.8, -0.6))


def test_a_bent_spine_has_the_axis_of_the_neighbours():
    # L4 lies 30 columns beside the line from L3 to L5
    bent = {"L3": (100.0, 200.0), "L4": (140.0, 230.0), "L5": (180.0, 200.0)}
    found = frames_of(spine(bent))
    assert_frame(found["L4", "left"], (140, 230 - 50.8), (0, -1), (-1, 0))
    # at the ends the level itself stands in for the missing neighbour
    np.testing.assert_allclose(found["L3", "left"].cranial, (-0.8, -0.6))
    np.testing.assert_allclose(found["L5", "left"].cranial, (-0.8, 0.6))


def test_levels_that_are_not_assessed_still_show_the_axis():
    bent = {**STRAIGHT, "S1": (210.0, 240.0)}
    found = frames_of(spine(bent))
    # from the midpoint of S1 to that of L4: 70 rows up and 40 columns left
    np.testing.assert_allclose(found["L5", "left"].cranial, np.array([-70, -40]) / np.hypot(70, 40))
    assert {level for level, _ in found} == {"L3", "L4", "L5"}
    # they give no size
    assert px_per_reference_mm(spine(bent)) == pytest.approx({"L3": 2, "L4": 2, "L5": 2})


def test_a_level_that_is_not_known_is_passed_over():
    tilted = {"L3": (100.0, 200.0), "L5": (180.0, 260.0)}
    np.testing.assert_allclose(frames_of(spine(tilted))["L3", "left"].cranial, (-0.8, -0.6))


@pytest.mark.parametrize(
    ("orientation", "cranial"),
    [(LEFT_ON_LEFT, (-1, 0)), (SIDE_UNKNOWN, (-1, 0)), (UPSIDE_DOWN, (1, 0))],
    ids=["head up", "unknown", "head down"],
)
def test_with_one_level_the_head_is_up_unless_the_file_says_otherwise(orientation, cranial):
    sides = {"image left": ("left", "right"), "image right": ("right", "left")}.get(
        orientation.patient_left, ("image left", "image right")
    )
    found = frames_of(spine({"L4": (140.0, 200.0)}, sides=sides, tilt_deg=20), orientation)
    assert len(found) == 2
    for frame in found.values():
        np.testing.assert_allclose(frame.cranial, cranial)
        assert frame.flags == ("axis-assumed",)
        assert abs(frame.lateral[1]) == 1


def test_each_level_has_its_own_scale():
    middles = iter(STRAIGHT.items())
    points = [
        p
        for zoom, item in zip((1.5, 2.0, 3.0), middles, strict=True)
        for p in spine(dict([item]), zoom).points
    ]
    found = frames_of(Landmarks("given", tuple(points)))
    assert [found[level, "left"].px_per_reference_mm for level in ASSESSED_LEVELS] == pytest.approx(
        [1.5, 2, 3]
    )
    assert px_per_reference_mm(Landmarks("given", tuple(points))) == pytest.approx(
        {"L3": 1.5, "L4": 2, "L5": 3}
    )


def test_a_level_with_one_junction_takes_the_median_scale_and_the_axis_of_the_others():
    points = [*spine({"L3": (100.0, 200.0)}, 1.5).points, *spine({"L5": (180.0, 260.0)}, 2.5).points]
    alone = junction("L4", "left", 138, 190)
    found = frames_of(Landmarks("given", (*points, alone)))
    assert_frame(found["L4", "left"], (138, 190), (0.6, -0.8), (-0.8, -0.6), scale=2.0)
    assert found["L4", "left"].flags == ("scale-from-other-level",)


@pytest.mark.parametrize(("level", "row"), [("L3", 60.0), ("L5", 220.0)])
def test_a_lone_junction_beyond_the_chain_takes_the_axis_of_the_whole_chain(level, row):
    known = (
        {"L4": (140.0, 200.0), "L5": (180.0, 230.0)}
        if level == "L3"
        else {"L3": (100.0, 200.0), "L4": (140.0, 230.0)}
    )
    found = frames_of(Landmarks("given", (*spine(known).points, junction(level, "right", row, 330))))
    np.testing.assert_allclose(found[level, "right"].cranial, (-0.8, -0.6))
    np.testing.assert_allclose(found[level, "right"].lateral, (-0.6, 0.8))


def test_lateral_points_away_from_the_midline_even_where_the_spine_leans_over():
    leaning = {"L3": (100.0, 100.0), "L4": (140.0, 180.0), "L5": (180.0, 260.0)}
    found = frames_of(spine(leaning))
    for (level, side), frame in found.items():
        middle = np.array(leaning[level])
        assert (np.array(frame.origin) - middle) @ np.array(frame.lateral) > 0, (level, side)


# uncertainty of the junctions


def test_the_standard_deviation_is_the_point_s_own_or_that_of_the_settings():
    own = frames_of(spine(sd_px=3.7))["L4", "left"]
    assert own.origin_sd_px == 3.7
    assert frames_of(spine())["L4", "left"].origin_sd_px == pytest.approx(
        2.0 * SETTINGS.given_sd_reference_mm
    )


# what is missing


def test_without_landmarks_nothing_is_placed():
    found = place(Landmarks("none"), LEFT_ON_LEFT, SETTINGS)
    assert (found.junctions, found.regions, found.reason) == ((), (), "no landmarks")
    assert found.missing == tuple((level, side) for level in ("L3", "L4", "L5") for side in ("left", "right"))
    assert found.flags == ("landmarks-missing",)


def test_without_a_complete_level_nothing_is_placed():
    lone = without(spine(), ("L3", "left"), ("L4", "right"), ("L5", "right"))
    found = place(lone, LEFT_ON_LEFT, SETTINGS)
    assert (found.regions, found.reason) == ((), "no level has both junctions marked")
    assert len(found.missing) == 6


def test_junctions_that_are_missing_are_named():
    found = place(without(spine(), ("L3", "right"), ("L5", "left")), LEFT_ON_LEFT, SETTINGS)
    assert found.missing == (("L3", "right"), ("L5", "left"))
    assert found.reason == ""
    assert set(found.flags) == {"landmarks-missing", "scale-from-other-level", "axis-assumed"}
    assert place(spine(), LEFT_ON_LEFT, SETTINGS).flags == ()


def test_sides_of_the_image_where_the_patient_s_are_unknown():
    found = place(spine(sides=("image left", "image right")), SIDE_UNKNOWN, SETTINGS)
    assert {frame.side for frame in found.junctions} == {"image left", "image right"}
    assert found.missing == ()
    missing = place(Landmarks("none"), SIDE_UNKNOWN, SETTINGS).missing
    assert {side for _, side in missing} == {"image left", "image right"}


def test_other_landmarks_are_carried_through_unused():
    tip = Landmark("L4", "left", "process_tip", 140, 60)
    found = place(Landmarks("given", (*spine().points, tip)), LEFT_ON_LEFT, SETTINGS)
    assert digest(found) == digest(place(spine(), LEFT_ON_LEFT, SETTINGS))


# regions


def test_regions_are_the_template_in_the_frame():
    found = place(spine(), LEFT_ON_LEFT, SETTINGS)
    assert [(r.level, r.side, r.region) for r in found.regions] == [
        (level, side, region) for level in ASSESSED_LEVELS for side in ("left", "right") for region in REGIONS
    ]
    placed = {(r.level, r.side, r.region): r for r in found.regions}
    # x lateral is to the left here, y cranial is up, and 1 mm is 2 px: (5, 7) mm lies 14 up and 10 left
    np.testing.assert_allclose(
        placed["L4", "left", "common"].outline_px,
        np.add([140, 149.2], [[0, 6], [-14, 6], [-14, -10], [0, -10]]),
    )
    np.testing.assert_allclose(
        placed["L4", "right", "common"].outline_px,
        np.add([140, 250.8], [[0, -6], [-14, -6], [-14, 10], [0, 10]]),
    )
    assert placed["L4", "left", "common"].course_px.shape == (0, 2)
    for (level, _, region), one in placed.items():
        assert len(one.outline_px) == len(region_polygon_mm(level, region))
        if region != "common":
            assert len(one.course_px) == len(branch_course_mm(level, region))


def test_a_length_in_the_template_is_that_length_in_the_image():
    tilted = {"L3": (100.0, 200.0), "L4": (140.0, 230.0), "L5": (180.0, 260.0)}
    for region in place(spine(tilted, zoom=3.0), LEFT_ON_LEFT, SETTINGS).regions:
        template = np.array(region_polygon_mm(region.level, region.region), float)
        for points, lengths in ((template, 1.0), (region.outline_px, 3.0)):
            sides = np.hypot(*(points - np.roll(points, 1, axis=0)).T) / lengths
            expected = np.hypot(*(template - np.roll(template, 1, axis=0)).T)
            np.testing.assert_allclose(sides, expected, atol=1e-9)


# against the reference, on random spines

offsets = st.floats(-12, 12)
tilts = st.floats(-0.6, 0.6)


@st.composite
def random_spines(draw):
    """A chain of levels that runs down the image, bent, tilted and of uneven size."""
    levels = draw(st.lists(st.sampled_from(LEVELS[1:]), min_size=1, max_size=5, unique=True))
    middles = {
        level: (60 + 40 * LEVELS.index(level) + draw(offsets), 150 + draw(offsets)) for level in levels
    }
    swap = draw(st.booleans())
    turn = draw(st.floats(-180, 180))
    points = []
    for level, middle in middles.items():
        points += spine(
            {level: middle}, draw(st.floats(0.8, 1.6)), ("right", "left") if swap else ("left", "right"),
            draw(st.floats(-15, 15)),
        ).points  # fmt: skip
    if len(levels) > 1:
        points = [turned(point, turn) for point in points]
    orientation = LEFT_ON_RIGHT if swap else LEFT_ON_LEFT
    return Landmarks("given", tuple(points)), orientation


def turned(point, degrees):
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    row, column = point.row - 200, point.column - 200
    return junction(point.level, point.side, 200 + cos * row - sin * column, 200 + sin * row + cos * column)


@with_reference
@settings(max_examples=80, deadline=None, derandomize=True)
@given(random_spines())
def test_frames_of_complete_levels_are_those_of_the_reference(case):
    landmarks, orientation = case
    theirs = reference.frames({(p.level, p.side): (p.column, p.row) for p in landmarks.points})
    ours = frames_of(landmarks, orientation)
    assert set(ours) == set(theirs)
    for site, (origin, lateral, cranial, scale) in theirs.items():
        # the reference is in (column, row)
        assert_frame(ours[site], origin[::-1], lateral[::-1], cranial[::-1], scale)


@with_reference
def test_the_scale_of_a_lone_junction_is_that_of_the_reference():
    # its axis is not: the reference has the image's, this the axis of the neighbours
    landmarks = without(
        spine({"L3": (100.0, 200.0), "L4": (140.0, 202.0), "L5": (180.0, 205.0)}), ("L4", "left")
    )
    theirs = reference.frames({(p.level, p.side): (p.column, p.row) for p in landmarks.points})
    ours = frames_of(landmarks)
    assert set(ours) == set(theirs)
    assert ours["L4", "right"].px_per_reference_mm == pytest.approx(theirs["L4", "right"][3])


# laws


@settings(max_examples=30, deadline=None, derandomize=True)
@given(random_spines(), st.floats(-50, 50), st.floats(-50, 50))
def test_frames_move_with_their_landmarks(case, rows, columns):
    landmarks, orientation = case
    moved = Landmarks(
        "given", tuple(junction(p.level, p.side, p.row + rows, p.column + columns) for p in landmarks.points)
    )
    there = frames_of(moved, orientation)
    for site, frame in frames_of(landmarks, orientation).items():
        np.testing.assert_allclose(there[site].origin, np.add(frame.origin, [rows, columns]))
        np.testing.assert_allclose(there[site].cranial, frame.cranial, atol=1e-9)
        np.testing.assert_allclose(there[site].lateral, frame.lateral, atol=1e-9)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(random_spines())
def test_mirroring_the_image_and_swapping_the_sides_mirrors_the_frames(case):
    landmarks, orientation = case
    other = {"left": "right", "right": "left"}
    mirrored = Landmarks(
        "given", tuple(junction(p.level, other[p.side], p.row, 400 - p.column) for p in landmarks.points)
    )
    there = frames_of(mirrored, orientation)
    for (level, side), frame in frames_of(landmarks, orientation).items():
        image = there[level, other[side]]
        np.testing.assert_allclose(image.origin, (frame.origin[0], 400 - frame.origin[1]))
        np.testing.assert_allclose(image.cranial, (frame.cranial[0], -frame.cranial[1]), atol=1e-9)
        np.testing.assert_allclose(image.lateral, (frame.lateral[0], -frame.lateral[1]), atol=1e-9)
        assert image.px_per_reference_mm == pytest.approx(frame.px_per_reference_mm)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(random_spines())
def test_axes_are_unit_vectors_at_right_angles(case):
    for frame in frames_of(*case).values():
        axes = np.array([frame.lateral, frame.cranial])
        np.testing.assert_allclose(axes @ axes.T, np.eye(2), atol=1e-9)


def test_placing_is_the_same_twice():
    landmarks = spine()
    assert digest(place(landmarks, LEFT_ON_LEFT, SETTINGS)) == digest(
        place(landmarks, LEFT_ON_LEFT, SETTINGS)
    )


# what the uncertainty of the junctions makes of the frames


def drawn_of(landmarks, draws=2000):
    found = place(landmarks, LEFT_ON_LEFT, CoverSettings(draws=draws))
    return {(f.level, f.side): drawn for f, drawn in zip(found.junctions, found.drawn, strict=True)}


def test_junctions_are_drawn_with_their_own_uncertainty_and_the_frames_follow():
    drawn = drawn_of(spine(sd_px=2.0))["L4", "left"]
    assert drawn.shape == (2000, 3, 2)
    # antithetic pairs: the mean is exact
    np.testing.assert_allclose(drawn[:, 0].mean(axis=0), (140, 200 - 2 * 25.4), atol=1e-3)
    np.testing.assert_allclose(drawn[:, 0].std(axis=0), 2.0, rtol=0.06)
    # scale: the distance of two junctions, 101.6 px, with an error of sqrt(2) · 2 px along it
    scale = np.hypot(*drawn[:, 1].T)
    assert scale.std() == pytest.approx(2 * 8**0.5 / 2 / 50.8, rel=0.06)
    # axis: the midpoints of L3 and L5, 80 px apart, each off sideways by 2 / sqrt(2) px
    turn = np.arctan2(drawn[:, 2, 1], -drawn[:, 2, 0])
    assert turn.std() == pytest.approx(2 / 80, rel=0.06)
    np.testing.assert_allclose(np.sum(drawn[:, 1] * drawn[:, 2], axis=1), 0, atol=1e-4)


def test_a_junction_without_an_uncertainty_takes_that_of_the_setting():
    drawn = drawn_of(spine())["L4", "left"]
    np.testing.assert_allclose(drawn[:, 0].std(axis=0), 2.0 * SETTINGS.given_sd_reference_mm, rtol=0.06)


def test_errors_that_all_points_share_move_the_frames_and_turn_nothing():
    landmarks = spine()
    count = len(landmarks.points)
    shared = np.kron(np.ones((count, count)), np.diag([9.0, 4.0]))
    for drawn in drawn_of(replace(landmarks, covariance_px=shared)).values():
        np.testing.assert_allclose(drawn[:, 0].std(axis=0), (3, 2), rtol=0.06)
        assert np.ptp(drawn[:, 1:], axis=0).max() < 1e-4


def test_a_covariance_goes_by_the_order_of_the_points():
    landmarks = spine()
    one = np.zeros((2 * len(landmarks.points),) * 2)
    place_of = [(p.level, p.side) for p in landmarks.points].index(("L5", "right"))
    one[2 * place_of + 1, 2 * place_of + 1] = 25.0
    drawn = drawn_of(replace(landmarks, covariance_px=one))
    assert drawn["L5", "right"][:, 0, 1].std() == pytest.approx(5, rel=0.06)
    assert np.ptp(drawn["L5", "right"][:, 0, 0]) < 1e-4
    assert np.ptp(drawn["L5", "left"][:, 0], axis=0).max() < 1e-4


def _asymmetric(size):
    return np.eye(size) + np.eye(size, k=1)


@pytest.mark.parametrize(
    ("covariance", "problem"),
    [
        (np.eye(4), r"\(4, 4\), not \(12, 12\)"),
        (np.ones(12), r"\(12,\), not \(12, 12\)"),
        (-np.eye(12), "negative variance"),
        (np.eye(12) - 2 * np.eye(12)[::-1], "negative variance"),
        (_asymmetric(12), "not symmetric"),
        (np.full((12, 12), np.nan), "not finite"),
    ],
)
def test_a_covariance_that_is_none_is_refused(covariance, problem):
    with pytest.raises(CannotRead, match=problem) as refused:
        place(replace(spine(), covariance_px=covariance), LEFT_ON_LEFT, SETTINGS)
    assert refused.value.slug == "landmarks-unreadable"
