"""What a coverage is counted from: draws, the doubt of pixels, points, exposure and variation, by hand."""

import numpy as np
import pytest
from scipy.stats import norm
from skimage.draw import polygon

from spreadscan.anatomy import (
    ASSESSED_LEVELS,
    BRANCHES,
    COURSE_FAN_SD,
    COURSE_SCALE_SD,
    COURSE_SHIFT_SD_MM,
    REFERENCE,
    branch_course_mm,
    region_polygon_mm,
)
from spreadscan.judgement.rules import in_words
from spreadscan.settings import CoverSettings
from spreadscan.uncertainty.draws import normal_draws, root_of
from spreadscan.uncertainty.edge import SUREST, EdgeDoubt, Field, doubt_of, fields_of
from spreadscan.uncertainty.exposure import Doubts, leading_cause, reached, target_of
from spreadscan.uncertainty.sampling import (
    DRAWS_AT_ONCE,
    bounds_of,
    frames_of,
    percentiles,
    pixels_in,
    points_along,
    points_in,
    shares_of,
    shares_under,
    values_under,
)
from spreadscan.uncertainty.variation import varied
from spreadscan.values import BranchRegion, JunctionFrame, SpreadMask
from tests.images import rectangle

# draws


def test_draws_come_in_antithetic_pairs_and_only_their_key_decides_them():
    drawn = normal_draws((7, 1), 1000, 3)
    np.testing.assert_array_equal(drawn[:500], -drawn[500:])
    np.testing.assert_array_equal(drawn, normal_draws((7, 1), 1000, 3))
    assert not np.array_equal(drawn, normal_draws((7, 2), 1000, 3))
    assert normal_draws((7, 1), 5, 2).shape == (5, 2)
    assert normal_draws((7, 1), 1, 2).shape == (1, 2)
    np.testing.assert_allclose(drawn.std(axis=0), 1, atol=0.1)


@pytest.mark.parametrize("rank", [1, 3, 6])
def test_the_root_of_a_covariance_gives_it_back_singular_or_not(rank):
    part = np.random.default_rng(rank).normal(size=(6, rank))
    root = root_of(part @ part.T)
    np.testing.assert_allclose(root @ root.T, part @ part.T, atol=1e-9)


# doubt


def half_plane(slope, size=41):
    """Return a strength that falls by a factor exp(slope) from row to row and is 1 at row 20.5."""
    strength = np.exp(slope * (20.5 - np.arange(size)))[:, None] * np.ones(size)
    return strength.astype(np.float32)


def test_the_doubt_of_a_straight_edge_is_its_distance_over_where_it_may_lie():
    doubt = doubt_of(half_plane(0.1), EdgeDoubt(0.2, 1.5))
    expected = (20.5 - np.arange(41)) / np.hypot(1.5, 0.2 / 0.1)
    np.testing.assert_allclose(doubt[:, 20], np.clip(expected, -8, 8), rtol=1e-3)


@pytest.mark.parametrize(("threshold_ln", "edge_px"), [(0.2, 0.0), (0.0, 1.5)])
def test_one_source_of_doubt_alone(threshold_ln, edge_px):
    sd_px = edge_px or threshold_ln / 0.1
    doubt = doubt_of(half_plane(0.1), EdgeDoubt(threshold_ln, edge_px))[:, 3]
    np.testing.assert_allclose(doubt, np.clip((20.5 - np.arange(41)) / sd_px, -8, 8), rtol=1e-3)


def test_without_doubt_every_pixel_is_as_sure_as_can_be():
    strength = np.where(rectangle(5, 5, 9, 9, (20, 20)), np.float32(1), np.float32(0))
    np.testing.assert_array_equal(
        doubt_of(strength, EdgeDoubt(0.0, 0.0)), np.where(strength, SUREST, -SUREST)
    )
    for value in (0.0, 5.0):
        everywhere = np.full((9, 9), value, np.float32)
        assert set(np.unique(doubt_of(everywhere, EdgeDoubt(0.0, 0.5)))) == {SUREST if value else -SUREST}


def test_more_strength_never_brings_a_pixel_nearer_to_none():
    rng = np.random.default_rng(3)
    for _ in range(20):
        strength = rng.uniform(0, 3, (24, 24)).astype(np.float32)
        more = strength + rng.uniform(0, 1, (24, 24)).astype(np.float32)
        less, greater = (doubt_of(one, EdgeDoubt(0.3, 0.7)) for one in (strength, more))
        assert (greater >= less - 1e-6).all()


def test_motion_adds_to_the_doubt_of_the_threshold_and_has_its_share_of_it():
    strength = half_plane(0.1)
    mask = SpreadMask(
        strength >= 1, strength > 0, strength, 0.3, "measured", (), np.full(strength.shape, 0.4, np.float32)
    )
    field, share = fields_of(mask, (slice(2, 40), slice(3, 30)), 0.0)
    np.testing.assert_allclose(share.doubt, 0.16 / 0.25, rtol=1e-5)
    np.testing.assert_allclose(field.doubt[10, 0], (20.5 - 12) * 0.1 / 0.5, rtol=1e-4)
    assert (field.row, field.column) == (2, 3)


# points


def test_points_lie_evenly_in_their_outline_whatever_cuts_it():
    outline = np.array([[10.0, 20.0], [10.0, 30.0], [22.0, 30.0], [22.0, 20.0]])
    points = points_in(outline, 128)
    assert 110 <= len(points) <= 146
    for axis, start, size in ((0, 10, 12), (1, 20, 10)):
        for share in np.linspace(0.1, 0.9, 9):
            assert (points[:, axis] < start + share * size).mean() == pytest.approx(share, abs=0.025)
    # an outline that turns inwards
    bent = np.array([[0.0, 0.0], [0.0, 9.0], [9.0, 9.0], [9.0, 6.0], [3.0, 6.0], [3.0, 0.0]])
    found = points_in(bent, 200)
    assert not ((found[:, 0] > 3) & (found[:, 1] < 6)).any()
    assert (found[:, 0] < 3).mean() == pytest.approx(27 / 45, abs=0.03)


def test_points_lie_at_equal_steps_along_a_course():
    np.testing.assert_allclose(
        points_along(np.array([[0.0, 0], [0, 1], [1, 1]]), 0.5), [[0, 0.25], [0, 0.75], [0.25, 1], [0.75, 1]]
    )


def test_values_are_those_of_the_nearest_pixel_in_the_frame_of_each_draw():
    image = np.arange(12, dtype=np.float32).reshape(3, 4)
    field = Field(image, 10, 20)
    # x runs to the left, y upwards, two pixels to the millimetre; the second draw lies a pixel to the right
    frames = np.array([[[12, 22], [0, -2], [-2, 0]], [[12, 23], [0, -2], [-2, 0]]], np.float32)
    points = np.array([[0.0, 0.0], [0.5, 0.0], [0.0, 1.0], [-4.0, 0.0]])
    found = values_under(field, points, frames_of(frames))
    np.testing.assert_array_equal(found, [[10, 11], [9, 10], [2, 3], [-SUREST, -SUREST]])
    low, high = bounds_of(points, frames_of(frames))
    assert (low <= (10, 21)).all()
    assert (high >= (12, 31)).all()
    far = frames + np.array([[500, 0], [0, 0], [0, 0]], np.float32)
    np.testing.assert_array_equal(values_under(field, points, frames_of(far)), np.full((4, 1), -SUREST))


def test_bounds_hold_all_points_of_all_draws_and_no_more_than_they_must():
    rng = np.random.default_rng(4)
    points = rng.uniform(-9, 9, (40, 2))
    frames = rng.normal(size=(300, 3, 2)).astype(np.float32)
    low, high = bounds_of(points, frames_of(frames))
    places_px = frames[:, :1] + np.einsum("na,dac->dnc", points, frames[:, 1:])
    assert (low <= places_px.min(axis=(0, 1))).all()
    assert (high >= places_px.max(axis=(0, 1))).all()
    one = frames_of(frames[:1])
    low, high = bounds_of(np.array([[2.0, -3.0]]), one)
    np.testing.assert_allclose(low, frames[0, 0] + 2 * frames[0, 1] - 3 * frames[0, 2], rtol=1e-6)
    np.testing.assert_allclose(high, low)


@pytest.mark.parametrize("draws", [1, DRAWS_AT_ONCE - 1, 2 * DRAWS_AT_ONCE + 3])
def test_shares_of_several_parts_are_those_of_each_by_itself(draws):
    rng = np.random.default_rng(5)
    field = Field(rng.normal(size=(60, 70)).astype(np.float32), 3, 4)
    parts = [rng.uniform(-9, 9, (count, 2)) for count in (128, 31)]
    frames = np.array([[[30, 40], [0, 2], [-2, 0]]] * draws, np.float32)
    frames += rng.normal(size=frames.shape).astype(np.float32)
    numbers = rng.normal(size=2 * DRAWS_AT_ONCE + 3 if draws == 1 else draws).astype(np.float32)
    for part, found in zip(parts, shares_under(field, parts, frames_of(frames), numbers), strict=True):
        inside = values_under(field, part, frames_of(frames)) >= numbers
        np.testing.assert_allclose(found, inside.mean(axis=0))


@pytest.mark.parametrize("size", [8.0, 6.5, 2.0])
@pytest.mark.parametrize("sign", [-1, 1])
def test_what_is_surely_the_same_is_not_looked_up_and_says_the_same(size, sign):
    field = Field(np.full((50, 50), sign * size, np.float32), 0, 0)
    points = np.array([[0.0, 0.0], [3.0, 2.0]])
    frames = np.broadcast_to(np.array([[20, 20], [0, 1], [-1, 0]], np.float32), (9, 3, 2))
    shares = shares_under(field, (points,), frames_of(frames), np.linspace(-4, 4, 9, dtype=np.float32))
    limits = sign * size >= np.linspace(-4, 4, 9)
    np.testing.assert_array_equal(shares[0], limits)
    assert values_under(field, points, frames_of(frames)).shape == (2, 1 if size > 6 else 9)
    # beyond the field there is no contrast, however sure it is at its rim
    at_rim = frames + np.array([[-20, 0], [0, 0], [0, 0]], np.float32)
    found = shares_under(field, (points,), frames_of(at_rim), np.zeros(9, np.float32))[0]
    np.testing.assert_array_equal(found, np.full(9, 0.5 if sign > 0 else 0.0))


def test_pixels_of_a_polygon_are_those_of_the_plain_definition():
    rng = np.random.default_rng(6)
    for turn in range(200):
        # corners round a middle, in order: no side crosses another
        angle = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 10)))
        ray = rng.uniform(2, 30, (len(angle), 1)) * np.stack([np.sin(angle), np.cos(angle)], axis=1)
        outline = rng.uniform(-5, 45, 2) + ray
        if turn % 2:
            outline = np.round(outline)
        found, plain = np.zeros((2, 40, 35), bool)
        found[pixels_in(outline, found.shape)] = True
        plain[polygon(outline[:, 0], outline[:, 1], plain.shape)] = True
        np.testing.assert_array_equal(found, plain)


def test_pixels_on_the_edge_of_a_polygon_are_in_it():
    box = np.array([[2.0, 3.0], [2.0, 6.0], [4.0, 6.0], [4.0, 3.0]])
    row, column = pixels_in(box, (20, 20))
    assert sorted(set(row)) == [2, 3, 4]
    assert sorted(set(column)) == [3, 4, 5, 6]
    assert len(row) == 12
    assert len(pixels_in(box - 30, (20, 20))[0]) == 0


@pytest.mark.parametrize("points", [7, 128, 300])
def test_shares_are_counted_draw_by_draw(points):
    values = np.linspace(-2, 2, points, dtype=np.float32)
    numbers = np.array([-3.0, 0.0, 1.0, 2.0, 2.1], np.float32)
    expected = [(values >= number).mean() for number in numbers]
    np.testing.assert_allclose(shares_of(np.tile(values[:, None], (1, 5)), numbers), expected)
    # the same points in every draw, in whatever order
    np.testing.assert_allclose(shares_of(values[::-1, None], numbers), expected)


# exposure


def doubts_of(contrast, registration=None, missed=(), false=()):
    draws = len(contrast)
    events = (np.isin(np.arange(draws), some) for some in (missed, false))
    still = np.zeros(draws) if registration is None else registration
    return Doubts(np.asarray(contrast, np.float32), np.asarray(still, np.float32), *events)


def test_reached_by_hand():
    values = np.array([[1.0], [0.0], [-1.0], [-2.0]], np.float32)
    doubts = doubts_of([-3, -1, 0, 0.5, 2], missed=[4], false=[0])
    shares = shares_of(values, doubts.numbers)
    assert reached(shares, doubts, 0.5).tolist() == [False, True, True, False, True]
    assert reached(shares, doubts, 0.76).tolist() == [False, False, False, False, True]


def test_the_source_without_which_the_least_doubt_is_left_leads():
    draws = norm.ppf((np.arange(400) + 0.5) / 400)
    shuffled = np.random.default_rng(1).permutation(draws)
    at_edge = np.full((1, 400), 0.4, np.float32)
    held = at_edge[:, :1]
    strong, weak = 0.95 * draws, 0.3 * shuffled
    assert leading_cause(at_edge, held, doubts_of(strong, weak), 0.5) == "contrast"
    assert leading_cause(at_edge, held, doubts_of(weak, strong), 0.5) == "registration"
    # where the junctions lie decides everything: held, the point is far inside
    moving = np.where(draws > 0, 5, -5).astype(np.float32)[None]
    assert leading_cause(moving, np.full((1, 1), 5, np.float32), doubts_of(weak), 0.5) == "landmark"
    assert leading_cause(np.full((1, 1), 7, np.float32), held, doubts_of(strong), 0.5) is None


def test_no_probability_has_two_verdicts():
    said = [in_words(p) for p in np.linspace(0, 1, 101)]
    assert said == sorted(said, key=["not shown", "indeterminate", "probable", "shown"].index)


# variation


def standing(draws):
    """Return the frame with its origin at 0, one pixel to the millimetre: places are (x, y)."""
    return np.broadcast_to(np.array([[0, 0], [1, 0], [0, 1]], np.float32), (draws, 3, 2))


def places(frames, point):
    return frames[:, 0] + point[0] * frames[:, 1] + point[1] * frames[:, 2]


@pytest.mark.parametrize("level", ASSESSED_LEVELS)
@pytest.mark.parametrize("branch", BRANCHES)
def test_courses_vary_by_the_standard_deviations_of_the_anatomy(level, branch):
    frames = varied(standing(4000), level, branch, (1, 2))
    x, y = branch_course_mm(level, branch)[-1]
    spread = places(frames, (x, y)).std(axis=0)
    process_mm, root_mm = REFERENCE[level][1:]
    fan = COURSE_FAN_SD * process_mm * (3.5 - y) / (3.5 + 1.7 * root_mm)
    across = np.sqrt(COURSE_SHIFT_SD_MM**2 + fan**2 + (COURSE_SCALE_SD * x) ** 2)
    up = np.hypot(COURSE_SHIFT_SD_MM, COURSE_SCALE_SD * y)
    np.testing.assert_allclose(spread, (across, up), rtol=0.08)
    np.testing.assert_allclose(places(frames, (x, y)).mean(axis=0), (x, y), atol=0.15)


def test_branches_share_the_size_of_the_person_and_nothing_else():
    medial, lateral = (varied(standing(500), "L4", name, (1, 2)) for name in ("medial", "lateral"))
    np.testing.assert_array_equal(medial[:, 1], lateral[:, 1])
    assert abs(np.corrcoef(medial[:, 0, 1], lateral[:, 0, 1])[0, 1]) < 0.2
    zone = varied(standing(500), "L4", "common", (1, 2))
    assert not zone[:, 2, 0].any()


def test_what_must_be_exposed_is_the_setting():
    frame = JunctionFrame("L4", "left", (100.0, 100.0), (0.0, -1.0), (-1.0, 0.0), 2.0, 0.0)
    outline = frame.to_px(np.array(region_polygon_mm("L4", "medial")))
    course = frame.to_px(np.array(branch_course_mm("L4", "medial")))
    branch = BranchRegion("L4", "left", "medial", outline, course)
    common = BranchRegion("L4", "left", "common", outline, course)
    few, many = (CoverSettings(least_exposed_mm=mm, least_exposed_share=mm / 10) for mm in (2.5, 5.0))
    assert target_of(branch, frame, many).least == 2 * target_of(branch, frame, few).least
    assert (target_of(common, frame, few).least, target_of(common, frame, many).least) == (0.25, 0.5)


def test_percentiles_are_those_of_numpy_to_the_last_digit():
    rng = np.random.default_rng(4)
    for count in (1, 2, 3, 10, 499, 2000):
        for values in (rng.normal(size=count), np.round(rng.random(count) * 128) / 128, np.zeros(count)):
            asked = (0, 5, 37.5, 50, 95, 100)
            assert percentiles(values, asked) == np.percentile(values, asked).tolist()
