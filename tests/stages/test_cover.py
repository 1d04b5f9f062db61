"""Coverage counted by hand on half-covered regions and against the reference, and its probabilities."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import norm

from spreadscan.anatomy import ASSESSED_LEVELS, REGIONS
from spreadscan.judgement.rules import in_words
from spreadscan.settings import CoverSettings
from spreadscan.stages.cover import Scene, cover
from spreadscan.stages.place import place
from spreadscan.stages.segment import from_given
from spreadscan.values import BranchRegion, BranchRegions, GivenMask, JunctionFrame, Landmarks
from tests.images import (
    LEFT_ON_LEFT,
    SIDE_UNKNOWN,
    Blob,
    cartoon_landmarks,
    digest,
    junction,
    nothing,
    rectangle,
    scene,
    spread_mask,
    whole,
)
from tests.stages.reference import reference, with_reference

SHARP = CoverSettings(
    baseline_limit=1.0,
    baseline_edge_mm=0,
    baseline_missed=0,
    baseline_false=0,
    single_edge_mm=0,
    single_missed=0,
    single_false=0,
)
"""Only the threshold and the junctions are uncertain, and the picture is never wrong as a whole."""
SETTINGS = replace(SHARP, draws=200)
EXACT = replace(SHARP, draws=2)
SIZE = (60, 60)


# one junction, L4 left, with hand-made square regions, one pixel to the reference millimetre

FRAME = JunctionFrame("L4", "left", (20.0, 30.0), (0.0, -1.0), (-1.0, 0.0), 1.0, origin_sd_px=0.0)


def square(region, top=10.5, left=10.5, side=20, course=()):
    """Return a square whose outline runs between the centres of pixels."""
    bottom, right = top + side, left + side
    outline = np.array([[top, left], [top, right], [bottom, right], [bottom, left]])
    return BranchRegion("L4", "left", region, outline, np.array(course, float).reshape(-1, 2))


# the common zone and the branches lie over each other; the course runs down column 20, 15 px long
COURSE = ((12.45, 20.0), (27.45, 20.0))


def drawn_about(frame, sd_px, draws):
    """Return the frame moved by independent errors of its origin in each draw, (1, D, 3, 2)."""
    steps = frame.px_per_reference_mm * np.array([frame.lateral, frame.cranial])
    drawn = np.tile(np.concatenate([[frame.origin], steps]), (draws, 1, 1))
    drawn[:, 0] += sd_px * np.random.default_rng(5).normal(size=(draws, 2))
    return drawn[None].astype(np.float32)


def one_junction(sd_px=0.0, flags=(), course=COURSE, draws=200):
    regions = (square("common"), *(square(name, course=course) for name in REGIONS[1:]))
    frame = replace(FRAME, origin_sd_px=sd_px, flags=flags)
    missing = tuple(
        (level, side)
        for level in ASSESSED_LEVELS
        for side in ("left", "right")
        if (level, side) != ("L4", "left")
    )
    drawn = drawn_about(frame, sd_px, draws if sd_px else 1)
    return BranchRegions((frame,), regions, missing, "", drawn=drawn)


def scene_of(mask, judged=None, metal=None, **changes):
    return Scene(
        mask,
        whole(mask.sure.shape) if judged is None else judged,
        nothing(mask.sure.shape) if metal is None else metal,
        **{"refusal": "", **changes},
    )


def rows_of(mask, regions=None, settings=SETTINGS, **scene_says):
    found = cover(one_junction() if regions is None else regions, scene_of(mask, **scene_says), settings)
    return {(row.level, row.side, row.region): row for row in found.regions}


def row_of(mask, region="medial", **rest):
    return rows_of(mask, **rest)["L4", "left", region]


def down_to(row):
    return spread_mask(rectangle(0, 0, row, 60, SIZE))


@pytest.mark.parametrize(
    ("row", "fraction", "course_mm"),
    [
        # rows 11 to 30 lie inside; the course covers pixels from row 12.45 on, one more millimetre per row
        (0, 0.0, 0.0),
        (11, 0.0, 0.0),
        (12, 0.05, 0.0),
        (13, 0.10, 0.05),
        (14, 0.15, 1.05),
        (18, 0.35, 5.05),
        (21, 0.50, 8.05),
        (31, 1.0, 15.0),
        (60, 1.0, 15.0),
    ],
)
def test_fraction_and_course_of_a_half_covered_region(row, fraction, course_mm):
    found = row_of(down_to(row))
    assert found.fraction == pytest.approx(fraction)
    # a tenth of a millimetre is the step along the course
    assert found.course_mm == pytest.approx(course_mm, abs=0.1)
    # with nothing uncertain the interval is the fraction, up to the half millimetre of the sample points
    assert found.fraction_low == pytest.approx(fraction, abs=0.03)
    assert found.fraction_high == pytest.approx(fraction, abs=0.03)
    assert found.fraction_low <= found.fraction <= found.fraction_high


@pytest.mark.parametrize(("row", "reached"), [(17, 0.0), (18, 1.0)])
def test_a_branch_is_reached_from_five_millimetres_of_its_course(row, reached):
    found = row_of(down_to(row))
    assert found.course_mm == pytest.approx(row - 12.95, abs=0.1)
    assert found.probability == reached


def test_exactly_five_millimetres_are_enough():
    # ten pixels to the millimetre: fifty steps of 0.1 mm lie on fifty rows, whatever the length of the course
    frame = replace(FRAME, px_per_reference_mm=10.0)
    for length_mm in (5.0, 9.3, 18.4, 21.7, 25.4, 31.7):
        regions = one_junction(course=((19.5, 200.0), (19.5 + 10 * length_mm, 200.0)))
        mask = spread_mask(rectangle(0, 0, 70, 400, (400, 400)))
        found = row_of(mask, regions=replace(regions, junctions=(frame,)))
        assert found.course_mm == pytest.approx(5.0)
        assert found.probability == 1.0


@pytest.mark.parametrize(("row", "reached"), [(20, 0.0), (22, 1.0)])
def test_the_common_zone_is_reached_from_half_of_its_area(row, reached):
    found = row_of(down_to(row), "common")
    assert found.fraction == pytest.approx((row - 11) / 20)
    assert found.course_mm is None
    assert found.probability == reached


def test_possible_contrast_is_not_counted_as_sure():
    possible = rectangle(0, 0, 60, 60, SIZE)
    mask = replace(down_to(21), possible=possible)
    assert row_of(mask).fraction == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("probability", "verdict"),
    [
        (1.0, "shown"),
        (0.8, "shown"),
        (np.nextafter(0.8, 0), "probable"),
        (0.5, "probable"),
        (np.nextafter(0.5, 0), "indeterminate"),
        (0.2, "indeterminate"),
        (np.nextafter(0.2, 0), "not shown"),
        (0.0, "not shown"),
    ],
)
def test_verdicts_change_at_exactly_these_probabilities(probability, verdict):
    assert in_words(probability) == verdict


# what the draws make of uncertainty


def test_the_probability_is_the_share_of_draws_of_the_threshold():
    # strength 1.2 and a limit that may be off by a factor exp(0.2 z): exposed where exp(0.2 z) <= 1.2
    mask = spread_mask(whole(SIZE), 0.2, np.full(SIZE, 1.2, np.float32))
    expected = norm.cdf(np.log(1.2) / 0.2)
    found = row_of(mask, settings=replace(SHARP, draws=4000))
    # three standard errors of a share of 4000 draws
    assert found.probability == pytest.approx(expected, abs=3 * (expected * (1 - expected) / 4000) ** 0.5)
    assert (found.fraction_low, found.fraction_high) == (0.0, 1.0)


def test_contrast_measured_with_a_baseline_ends_below_the_limit():
    # strength 0.9 is half a standard deviation and more above where contrast is taken to end
    mask = spread_mask(whole(SIZE), 0.2, np.full(SIZE, 0.9, np.float32))
    thin = replace(SHARP, baseline_limit=0.8, draws=4000)
    assert row_of(mask, settings=thin).probability == pytest.approx(
        norm.cdf(np.log(0.9 / 0.8) / 0.2), abs=0.025
    )
    drawn = replace(mask, origin="given")
    assert row_of(drawn, settings=thin).probability == pytest.approx(norm.cdf(np.log(0.9) / 0.2), abs=0.025)


def test_the_probability_is_the_share_of_draws_of_the_junction():
    # contrast down to row 18 lets 5.05 mm of the course lie in it; the junction may lie 2 px off either way
    many = replace(SHARP, draws=3000)
    found = row_of(down_to(19), regions=one_junction(sd_px=2.0, draws=3000), settings=many)
    # 5 mm are left while the shift down stays below 1.05 px
    expected = norm.cdf(1.05 / 2)
    assert found.probability == pytest.approx(
        expected, abs=3 * (expected * (1 - expected) / 3000) ** 0.5 + 0.01
    )
    # central 90 % of the fraction (8 - shift) / 20
    assert found.fraction_low == pytest.approx((8 - 1.645 * 2) / 20, abs=0.03)
    assert found.fraction_high == pytest.approx((8 + 1.645 * 2) / 20, abs=0.03)


def test_statements_on_one_junction_come_from_the_same_draws():
    # the three branches have one outline and one course here, so they agree to the last digit
    found = rows_of(down_to(19), regions=one_junction(sd_px=3.0))
    assert len({found["L4", "left", name].probability for name in REGIONS[1:]}) == 1
    assert 0 < found["L4", "left", "medial"].probability < 1


def test_a_picture_may_be_wrong_as_a_whole():
    humble = replace(SETTINGS, single_missed=0.1, single_false=0.2, baseline_missed=0.03, baseline_false=0.05)
    for single, missed, false in ((True, 0.1, 0.2), (False, 0.03, 0.05)):
        shown, bare = (
            row_of(mask, settings=humble, single_image=single) for mask in (down_to(60), down_to(0))
        )
        # exactly so many of 200 draws
        assert shown.probability == pytest.approx(1 - false)
        assert bare.probability == pytest.approx(missed)
        # what was measured stays what it is
        assert (shown.fraction, bare.fraction) == (1, 0)
    # a mask that a person drew is taken at its word
    drawn = from_given(GivenMask(rectangle(0, 0, 60, 60, SIZE), rectangle(0, 0, 60, 60, SIZE)))
    assert row_of(drawn, settings=humble).probability == 1


def test_the_probability_is_that_of_the_edge_of_a_half_plane():
    # the mask ends between rows 18 and 19; 5 mm of the course end in row 17, 1.5 px above its edge
    unsure = replace(SHARP, draws=4000, baseline_edge_mm=1.5)
    found = row_of(down_to(19), settings=unsure)
    expected = norm.cdf(1.5 / 1.5)
    assert found.probability == pytest.approx(expected, abs=0.02)
    wide = row_of(down_to(19), settings=replace(unsure, baseline_edge_mm=2.0))
    assert (wide.fraction_low, wide.fraction_high) == (
        pytest.approx((8 - 1.645 * 2) / 20, abs=0.06),
        pytest.approx((8 + 1.645 * 2) / 20, abs=0.06),
    )


def test_motion_between_the_images_widens_the_doubt_of_the_threshold():
    # strength 1.2: the doubt is sqrt(0.2² + 0.3²) of its logarithm
    moving = replace(
        spread_mask(whole(SIZE), 0.2, np.full(SIZE, 1.2, np.float32)),
        motion_relative_sd=np.full(SIZE, 0.3, np.float32),
    )
    found = row_of(moving, settings=replace(SHARP, draws=4000))
    assert found.probability == pytest.approx(norm.cdf(np.log(1.2) / np.hypot(0.2, 0.3)), abs=0.025)
    assert found.cause == "registration"


# what the doubt comes from


def test_each_source_leads_where_it_is_the_only_one():
    faint = spread_mask(whole(SIZE), 0.2, np.full(SIZE, 1.1, np.float32))
    assert row_of(faint).cause == "contrast"
    assert row_of(down_to(19), regions=one_junction(sd_px=2.0)).cause == "landmark"
    assert row_of(replace(down_to(19), limit_relative_sd=0.01)).cause in (None, "anatomy")


def test_courses_vary_where_the_probability_leaves_no_doubt():
    found = row_of(down_to(19))
    assert found.probability == 1
    # 6.05 mm of the nominal course are in; that of another person is shifted by 1.5 mm and of another size
    assert 0.5 < found.varied_probability < 0.95
    assert found.cause == "anatomy"
    everywhere = row_of(down_to(60))
    assert (everywhere.varied_probability, everywhere.cause) == (1, None)


def test_what_is_not_assessed_has_no_cause():
    row = row_of(down_to(60), judged=nothing(SIZE))
    assert (row.cause, row.varied_probability) == (None, None)


# joints


def two_levels(sure):
    """Return the joints of the cartoon under a mask."""
    regions = place(cartoon_landmarks(sd_px=0.01), LEFT_ON_LEFT, SETTINGS)
    found = cover(regions, scene_of(spread_mask(sure)), SETTINGS)
    return {(joint.joint, joint.side): joint for joint in found.joints}


LEFT_HALF = rectangle(0, 0, 96, 48)


@pytest.mark.parametrize(
    ("sure", "shown"),
    [
        (whole(), {("L3/4", "left"), ("L3/4", "right"), ("L4/5", "left"), ("L4/5", "right")}),
        (LEFT_HALF, {("L3/4", "left"), ("L4/5", "left")}),
        # one nerve of two does not make a joint
        (LEFT_HALF & rectangle(0, 0, 30, 96), set()),
        (LEFT_HALF & rectangle(0, 0, 56, 96), {("L3/4", "left")}),
        (nothing(), set()),
    ],
)
def test_a_joint_needs_both_of_its_nerves(sure, shown):
    joints = two_levels(sure)
    assert {site for site, joint in joints.items() if joint.verdict == "shown"} == shown
    assert all(joint.probability in (0, 1) for joint in joints.values())
    assert (joints["L3/4", "left"].upper_nerve, joints["L3/4", "left"].lower_nerve) == ("L2", "L3")
    assert (joints["L4/5", "right"].upper_nerve, joints["L4/5", "right"].lower_nerve) == ("L3", "L4")


def test_the_ramus_or_its_medial_branch_will_do_for_a_joint():
    # contrast over the common zone of L3 and below the process of L4 only
    common = rectangle(4, 0, 13, 48)
    medial = rectangle(42, 0, 54, 48)
    assert two_levels(common | medial)["L3/4", "left"].probability == 1
    assert two_levels(common)["L3/4", "left"].probability == 0


def test_a_joint_is_reached_in_the_draws_in_which_both_nerves_are():
    # L3 is reached when the threshold is low, L4 always: the joint as often as L3, not the product
    strength = np.where(rectangle(0, 0, 30, 96), np.float32(1), np.float32(9))
    regions = place(cartoon_landmarks(sd_px=0.01), LEFT_ON_LEFT, SETTINGS)
    at_the_limit = replace(SETTINGS, baseline_limit=1.0)
    found = cover(regions, scene_of(spread_mask(whole(), 0.2, strength)), at_the_limit)
    rows = {(row.level, row.side, row.region): row for row in found.regions}
    joint = next(j for j in found.joints if (j.joint, j.side) == ("L3/4", "left"))
    assert 0.3 < rows["L3", "left", "common"].probability < 0.7
    assert joint.probability == pytest.approx(rows["L3", "left", "common"].probability, abs=0.02)
    both = next(j for j in found.joints if (j.joint, j.side) == ("L4/5", "left"))
    assert both.probability == 1


# what is not assessed


def part(share):
    """Return where a share of the twenty rows of the square lies."""
    return rectangle(0, 0, 11 + round(20 * share), 60, SIZE)


@pytest.mark.parametrize(
    ("judged", "metal", "reason", "flags"),
    [
        (whole(SIZE), nothing(SIZE), "", ()),
        (part(0.8), nothing(SIZE), "", ()),
        (part(0.75), nothing(SIZE), "outside the X-ray field", ("region-outside-field",)),
        (nothing(SIZE), nothing(SIZE), "outside the X-ray field", ("region-outside-field",)),
        (whole(SIZE), part(0.2), "", ()),
        (whole(SIZE), part(0.25), "under metal", ("region-under-metal",)),
        # where metal is taken out of what can be judged, it is still metal that hides the region
        (~part(0.25), part(0.25), "under metal", ("region-under-metal",)),
        (~part(0.2), part(0.2), "", ()),
        # a little of both
        (part(0.85), part(0.15), "under metal", ("region-under-metal",)),
        (part(0.5), part(0.5), "outside the X-ray field", ("region-outside-field",)),
    ],
)
def test_what_must_be_seen_of_a_region(judged, metal, reason, flags):
    found = row_of(down_to(60), judged=judged, metal=metal)
    assert (found.reason, found.flags) == (reason, flags)
    if reason:
        assert found.verdict == "not assessed"
        assert (found.fraction, found.fraction_low, found.fraction_high) == (None, None, None)
        assert (found.course_mm, found.probability) == (None, None)
    else:
        assert found.verdict == "shown"


def test_a_region_beyond_the_image_is_outside_the_field():
    far = (square("common", top=50.5), *(square(n, top=50.5, course=COURSE) for n in REGIONS[1:]))
    regions = replace(one_junction(), regions=far)
    assert row_of(down_to(60), regions=regions).reason == "outside the X-ray field"
    elsewhere = tuple(replace(region, outline_px=region.outline_px + 500) for region in far)
    assert (
        row_of(down_to(60), regions=replace(regions, regions=elsewhere)).reason == "outside the X-ray field"
    )


def test_what_lies_beyond_the_image_counts_as_not_covered_in_the_draws():
    # 17 of 20 rows lie in the image: assessed, and the fraction is that of what is seen
    regions = replace(
        one_junction(),
        regions=tuple(replace(r, outline_px=np.add(r.outline_px, [32.0, 0])) for r in one_junction().regions),
    )
    found = row_of(down_to(60), "common", regions=regions)
    assert found.fraction == 1
    assert found.fraction_low == pytest.approx(17 / 20, abs=0.03)


def test_junctions_that_are_not_marked_are_not_assessed_and_listed():
    found = rows_of(down_to(60))
    assert len(found) == 3 * 2 * 4
    row = found["L5", "right", "lateral"]
    assert (row.verdict, row.reason, row.flags) == ("not assessed", "the junction is not marked", ())
    assert [row.nerve for row in found.values()] == ["L2"] * 8 + ["L3"] * 8 + ["L4"] * 8


def test_a_joint_with_a_nerve_that_is_not_assessed_is_not_assessed():
    found = cover(one_junction(), scene_of(down_to(60)), SETTINGS)
    assert [(j.joint, j.side) for j in found.joints] == [
        ("L3/4", "left"), ("L3/4", "right"), ("L4/5", "left"), ("L4/5", "right"),
    ]  # fmt: skip
    assert {(j.probability, j.verdict) for j in found.joints} == {(None, "not assessed")}


def test_a_refusal_stands_for_all():
    found = cover(one_junction(), scene_of(down_to(60), refusal="the view is not frontal"), SETTINGS)
    assert {(row.verdict, row.reason) for row in found.regions} == {
        ("not assessed", "the view is not frontal")
    }
    assert {joint.verdict for joint in found.joints} == {"not assessed"}


def test_without_landmarks_the_reason_is_theirs():
    regions = place(Landmarks("none"), SIDE_UNKNOWN, SETTINGS)
    found = cover(regions, scene_of(down_to(60)), SETTINGS)
    assert {row.reason for row in found.regions} == {"no landmarks"}
    assert {row.side for row in found.regions} == {"image left", "image right"}
    assert len(found.regions) == 24


def test_the_flags_of_a_junction_stand_on_its_rows():
    assert row_of(down_to(60), regions=one_junction(flags=("axis-assumed",))).flags == ("axis-assumed",)


# against the reference, on random spines and masks


def random_case(seed):
    """Return landmarks and a mask of smooth random areas."""
    rng = np.random.default_rng(seed)
    zoom = rng.uniform(0.8, 1.6)
    points, lean = [], rng.uniform(-0.3, 0.3)
    for number, (level, half) in enumerate((("L3", 22.5), ("L4", 25.4), ("L5", 28.8))):
        row, column = 60 + 40 * zoom * number + rng.uniform(-3, 3), 110 + lean * 40 * zoom * number
        for side, sign in (("left", -1), ("right", 1)):
            away = sign * half * zoom * rng.uniform(0.9, 1.1)
            points.append(junction(level, side, row + rng.uniform(-4, 4), column + away, 1.0))
    waves = sum(
        np.cos(np.add.outer(*(np.arange(240) * rng.uniform(-0.15, 0.15) for _ in "rc")) + rng.uniform(0, 6))
        for _ in range(4)
    )
    return Landmarks("given", tuple(points)), waves > rng.uniform(-1, 1)


@with_reference
@pytest.mark.parametrize("seed", range(8))
def test_fractions_and_courses_are_those_of_the_reference(seed):
    landmarks, sure = random_case(seed)
    regions = place(landmarks, LEFT_ON_LEFT, EXACT)
    found = rows_of(spread_mask(sure), regions=regions, settings=EXACT)
    frames = reference.frames({(p.level, p.side): (p.column, p.row) for p in landmarks.points})
    compared = 0
    for (level, side, name), row in found.items():
        area = reference.raster(reference.polygons(level)[name], frames[level, side], sure.shape)
        if row.fraction is None:
            continue
        compared += 1
        # no border runs through the centre of a pixel, so the two rasters are one
        assert row.fraction == pytest.approx((area & sure).sum() / area.sum(), abs=1e-9)
        if name != "common":
            theirs = reference.course_mm(reference.courses(level)[name], frames[level, side], sure)
            # steps of a tenth of a millimetre are laid along the whole course here, along each piece there:
            # every border of the mask that the course crosses may fall into another step
            assert row.course_mm == pytest.approx(theirs, abs=0.35)
    assert compared == 24


@with_reference
def test_the_limits_of_exposure_are_those_of_the_reference():
    import inspect

    told = inspect.getsource(reference.score_case)
    assert "true >= .5" in told
    assert ">= 5" in told


# laws

few = settings(max_examples=10, deadline=None, derandomize=True)
QUICK = CoverSettings(draws=40)
strengths = arrays(np.float32, (24, 24), elements=st.floats(0, 3, width=32))


def enlarged(strength):
    return np.kron(strength, np.ones((4, 4), np.float32))


def cartoon_rows(strength, settings=QUICK, landmarks=None):
    regions = place(cartoon_landmarks() if landmarks is None else landmarks, LEFT_ON_LEFT, settings)
    mask = spread_mask(strength > 1, 0.2, strength)
    return rows_of(mask, regions=regions, settings=settings)


@few
@given(strengths, strengths)
def test_more_contrast_never_covers_less(strength, more):
    less, greater = (cartoon_rows(enlarged(s)) for s in (strength, strength + more))
    for key, row in less.items():
        assert greater[key].fraction >= row.fraction
        assert greater[key].fraction_low >= row.fraction_low
        assert greater[key].fraction_high >= row.fraction_high
        assert greater[key].probability >= row.probability
        if row.course_mm is not None:
            assert greater[key].course_mm >= row.course_mm


@few
@given(strengths)
def test_a_higher_threshold_never_covers_more(strength):
    plain, higher = cartoon_rows(enlarged(strength)), cartoon_rows(enlarged(strength / np.float32(1.5)))
    assert all(higher[key].probability <= row.probability for key, row in plain.items())


@few
@given(strengths)
def test_fractions_and_probabilities_are_such(strength):
    for row in cartoon_rows(enlarged(strength)).values():
        assert 0 <= row.fraction_low <= row.fraction <= row.fraction_high <= 1
        assert 0 <= row.probability <= 1
        assert row.verdict == in_words(row.probability)
        assert (row.course_mm is None) == (row.region == "common")


def test_all_and_nothing_are_exactly_that():
    # junctions so sure that no draw moves a region out of the image
    sure = cartoon_landmarks(sd_px=0.01)
    for strength, value in ((9, 1.0), (0, 0.0)):
        full = np.full((96, 96), strength, np.float32)
        for row in cartoon_rows(full, replace(SHARP, draws=40), sure).values():
            assert (row.fraction, row.fraction_low, row.fraction_high) == (value,) * 3
            assert row.probability == value


def test_shifting_everything_changes_nothing():
    blobs = scene(blobs=[Blob(40, 26, 0.4, 6)]) - scene()
    strength = np.pad(blobs / np.float32(0.1), ((0, 20), (0, 20)))
    moved = np.roll(strength, (7, 11), axis=(0, 1))
    landmarks = cartoon_landmarks()
    there = Landmarks(
        "given", tuple(replace(p, row=p.row + 7, column=p.column + 11) for p in landmarks.points)
    )
    here, away = cartoon_rows(strength), cartoon_rows(moved, landmarks=there)
    for key, row in here.items():
        assert away[key].fraction == pytest.approx(row.fraction, abs=1e-9)
        assert away[key].course_mm == (None if row.course_mm is None else pytest.approx(row.course_mm))
        # the same draws; a sample point on the very border of a region may come to lie beside it
        assert away[key].probability == pytest.approx(row.probability, abs=0.01)


def test_mirroring_the_image_and_swapping_the_sides_mirrors_the_coverage():
    blobs = scene(blobs=[Blob(40, 26, 0.4, 6), Blob(66, 74, 0.2, 4)]) - scene()
    strength = blobs / np.float32(0.1)
    other = {"left": "right", "right": "left"}
    landmarks = cartoon_landmarks()
    mirrored = Landmarks(
        "given", tuple(replace(p, side=other[p.side], column=95 - p.column) for p in landmarks.points)
    )
    many = CoverSettings(draws=1000)
    here, there = cartoon_rows(strength, many), cartoon_rows(strength[:, ::-1], many, mirrored)
    for (level, side, region), row in here.items():
        image = there[level, other[side], region]
        assert image.fraction == pytest.approx(row.fraction, abs=0.02)
        assert image.course_mm == (None if row.course_mm is None else pytest.approx(row.course_mm, abs=0.25))
        # the draws are others: four standard errors
        assert image.probability == pytest.approx(row.probability, abs=4 * (0.5 / 1000) ** 0.5)


def test_covering_leaves_its_values_alone_and_is_the_same_twice():
    regions = place(cartoon_landmarks(), LEFT_ON_LEFT, SETTINGS)
    there = scene_of(spread_mask(rectangle(20, 0, 60, 50), 0.2))
    before = digest((regions, there))
    assert digest(cover(regions, there, SETTINGS)) == digest(cover(regions, there, SETTINGS))
    assert digest((regions, there)) == before


def test_the_seed_decides_the_draws():
    regions = place(cartoon_landmarks(sd_px=3.0), LEFT_ON_LEFT, SETTINGS)
    there = scene_of(spread_mask(rectangle(20, 0, 60, 50), 0.2))
    one, other = (cover(regions, there, CoverSettings(draws=200, seed=seed)) for seed in (1, 2))
    assert digest(one) != digest(other)


def cartoon_cover(settings=QUICK, sd_px=2.0):
    regions = place(cartoon_landmarks(sd_px=sd_px), LEFT_ON_LEFT, settings)
    strength = np.where(rectangle(15, 0, 70, 50), np.float32(1.3), np.float32(0))
    return cover(regions, scene_of(spread_mask(strength > 1, 0.2, strength)), settings)


def test_statements_on_several_regions_agree_with_those_on_each():
    found = cartoon_cover(CoverSettings(draws=200))
    alone = [row.probability for row in found.regions]
    assert found.reached.shape == (24, 200)
    for row, reached in zip(found.regions, found.reached, strict=True):
        assert found.probability_of(reached) == row.probability
    assert found.probability_of(found.reached.all(axis=0)) <= min(alone)
    assert found.probability_of(found.reached.any(axis=0)) >= max(alone)
    # a wrong picture is wrong for all regions at once: any of 24 is hardly more probable than one
    nothing_found = cover(
        place(cartoon_landmarks(), LEFT_ON_LEFT, QUICK),
        scene_of(spread_mask(nothing())),
        replace(QUICK, baseline_missed=0.05),
    )
    assert nothing_found.probability_of(nothing_found.reached.any(axis=0)) == pytest.approx(0.05)


@pytest.mark.parametrize("threads", ["1", "2", "7"])
def test_the_number_of_threads_changes_nothing(monkeypatch, threads):
    expected = digest(cartoon_cover())
    monkeypatch.setenv("SPREADSCAN_THREADS", threads)
    assert digest(cartoon_cover()) == expected


def test_draws_that_are_not_those_of_the_regions_are_refused():
    regions = place(cartoon_landmarks(), LEFT_ON_LEFT, QUICK)
    with pytest.raises(ValueError, match="40 draws"):
        cover(regions, scene_of(spread_mask(nothing())), replace(QUICK, draws=50))
