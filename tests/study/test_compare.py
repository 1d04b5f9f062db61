"""Comparisons: laws of the interval, a hand-made truth table, and every refusal."""

import itertools
import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spreadscan.errors import SLUGS, CannotMeasure
from spreadscan.read.report import read_report
from spreadscan.study.agreement import px_per_reference_mm
from spreadscan.study.compare import change_of, compare_reports, compare_sides, fraction_difference
from spreadscan.values import RegionCoverage, SourceFile
from spreadscan.write.record import to_record
from tests import reports

VERDICTS = ("not shown", "indeterminate", "probable", "shown")


def recorded(report, tmp_path):
    path = tmp_path / "report.json"
    path.write_text(json.dumps(to_record(report)), encoding="utf-8")
    return read_report(path)


@pytest.fixture
def first(tmp_path):
    return recorded(reports.make_report(), tmp_path)


@pytest.fixture
def later(first):
    """The same finding in another image."""
    return replace(first, source=replace(first.source, files=(SourceFile("c3" * 32, "contrast", "XA"),)))


def row(fraction, low, high, verdict="shown", probability=0.9):
    return RegionCoverage("L4", "left", "L3", "medial", fraction, low, high, 9.0, probability, verdict)


def with_row(record, number, **changes):
    rows = list(record.coverage)
    rows[number] = replace(rows[number], **changes)
    return replace(record, coverage=tuple(rows))


# the interval


def both_of(first, second):
    found = fraction_difference(first, second)
    return found.difference, found.interval


def test_the_interval_by_hand():
    """0.2 [0.1 to 0.3] and 0.6 [0.4 to 0.9]: 0.4 - sqrt(0.2² + 0.1²) and 0.4 + sqrt(0.3² + 0.1²)."""
    difference, (low, high) = both_of(row(0.2, 0.1, 0.3), row(0.6, 0.4, 0.9))
    assert difference == pytest.approx(0.4)
    assert low == pytest.approx(0.4 - math.sqrt(0.05))
    assert high == pytest.approx(0.4 + math.sqrt(0.1))


shares = st.tuples(*[st.floats(0, 1)] * 3).map(sorted)


@given(shares, shares)
def test_laws_of_the_interval(one, two):
    a, b = row(one[1], one[0], one[2]), row(two[1], two[0], two[2])
    difference, (low, high) = both_of(a, b)
    assert -1 <= low <= difference <= high <= 1
    # the other way round it is the mirror image
    back, (back_low, back_high) = both_of(b, a)
    assert (back, back_low, back_high) == pytest.approx((-difference, -high, -low))
    # against something exact nothing is added
    exact = row(one[1], one[1], one[1])
    assert fraction_difference(exact, b).interval == pytest.approx((two[0] - one[1], two[2] - one[1]))


@pytest.mark.parametrize("unknown", [(None, None, None)])
def test_what_was_not_assessed_has_no_difference(unknown):
    missing = row(*unknown, "not assessed", None)
    assert fraction_difference(missing, row(0.5, 0.4, 0.6)) is None
    assert fraction_difference(row(0.5, 0.4, 0.6), missing) is None


def test_a_fraction_outside_its_interval_makes_no_nonsense():
    difference, (low, high) = both_of(row(0.5, 0.6, 0.7), row(0.5, 0.2, 0.4))
    assert low <= difference <= high


# verdicts


@pytest.mark.parametrize(("one", "two"), list(itertools.product(VERDICTS, VERDICTS)))
def test_changes_of_verdicts(one, two):
    words = change_of(one, two)
    expected = "the same" if one == two else "up" if VERDICTS.index(two) > VERDICTS.index(one) else "down"
    assert words.split(":")[0] == expected
    assert one in words
    assert two in words


def test_what_was_not_assessed_does_not_change():
    assert change_of("shown", "not assessed").startswith("cannot be compared")
    assert change_of("not assessed", "shown").startswith("cannot be compared")
    assert change_of("not assessed", "not assessed") == "not assessed in either"


# whole comparisons


def test_nothing_changed_between_equal_findings(first, later):
    found = compare_reports(first, later, "before-after")
    assert len(found.regions) == 24
    assert {region.fraction for region in found.regions} == {0}
    assert {region.probability for region in found.regions} == {0}
    assert {region.change.split(":")[0] for region in found.regions} == {"the same"}
    assert not any(region.distinct for region in found.regions)
    assert {measure.difference for measure in found.measures} == {0}
    assert (found.agreement, found.points) == (None, ())
    assert "at your word" in found.notes[0]


def test_what_changed_is_told(first, later):
    place = next(n for n, r in enumerate(first.coverage) if r.verdict == "not shown" and r.fraction == 0)
    changed = with_row(
        later, place, fraction=0.5, fraction_low=0.4, fraction_high=0.6, probability=0.9, verdict="shown"
    )
    one = compare_reports(first, changed, "before-after").regions[place]
    assert (one.fraction, one.distinct, one.change) == (0.5, True, "up: not shown to shown")
    assert one.probability == pytest.approx(0.9)
    back = compare_reports(changed, first, "before-after").regions[place]
    assert (back.fraction, back.change) == (-0.5, "down: shown to not shown")


def test_the_area_errs_with_both_scales(first, later):
    """1589.5 mm² twice, 5 % of each length: half the interval is 1.645 · sqrt(2) · 0.1 · 1589.5 mm²."""
    found = compare_reports(first, later, "before-after")
    area = next(m for m in found.measures if m.unit == "mm²")
    assert area.interval[1] == pytest.approx(1.6449 * math.sqrt(2) * 0.1 * 1589.5)
    same = next(m for m in compare_reports(first, first, "operators").measures if m.unit == "mm²")
    assert same.interval == (0, 0)


def test_left_and_right_are_matched_by_level(first):
    found = compare_sides(first)
    assert [region.side for region in found.regions] == [None] * 12
    left = {(r.level, r.region): r for r in first.coverage if r.side == "left"}
    right = {(r.level, r.region): r for r in first.coverage if r.side == "right"}
    for region in found.regions:
        key = (region.level, region.region)
        assert region.fractions == (left[key].fraction, right[key].fraction)
        assert region.fraction == right[key].fraction - left[key].fraction
    assert len(found.joints) == 2


def test_operators_are_told_how_far_apart_they_marked(first):
    moved = tuple(replace(p, row=p.row + 3, column=p.column - 4) for p in first.landmarks.points)
    other = replace(first, landmarks=replace(first.landmarks, points=moved))
    found = compare_reports(first, other, "operators")
    assert {(p.rows_px, p.columns_px, p.px) for p in found.points} == {(3, -4, 5)}
    # the drawn spine has 2 px to a reference mm
    assert [p.reference_mm for p in found.points] == pytest.approx([2.5] * 6, abs=0.01)
    assert (found.agreement.agreed, found.agreement.compared) == (24, 24)


def test_reference_millimetres_come_from_the_outline(first):
    assert px_per_reference_mm(first, "L4", "left") == pytest.approx(2, abs=0.01)
    assert px_per_reference_mm(replace(first, regions=()), "L4", "left") is None
    found = compare_reports(replace(first, regions=()), first, "operators")
    assert {point.reference_mm for point in found.points} == {None}


def test_other_settings_and_lonely_regions_are_noted(first, later):
    other = replace(later, settings_fingerprint="another", coverage=later.coverage[:-1])
    notes = " ".join(compare_reports(first, other, "before-after").notes)
    assert "different settings" in notes
    assert "1 regions are in one of the reports only" in notes


# refusals


def refused(slug, function, *arguments):
    with pytest.raises(CannotMeasure) as caught:
        function(*arguments)
    assert caught.value.slug == slug
    assert slug in SLUGS
    assert caught.value.advice


def test_operators_must_read_the_same_frame_of_one_image(first, later):
    refused("reports-mismatch", compare_reports, first, later, "operators")
    frame = replace(first, source=replace(first.source, frame=first.source.frame + 1))
    refused("reports-mismatch", compare_reports, first, frame, "operators")


def test_before_and_after_are_two_images(first):
    refused("reports-mismatch", compare_reports, first, first, "before-after")


def test_operators_may_not_disagree_on_the_side_of_the_patient(first):
    turned = replace(first, orientation=replace(first.orientation, patient_left="image right"))
    refused("reports-mismatch", compare_reports, first, turned, "operators")


def test_sides_must_be_known_to_be_compared(tmp_path, first, later):
    unknown = recorded(reports.uncalibrated_report(), tmp_path)
    refused("sides-unknown", compare_sides, unknown)
    refused("sides-unknown", compare_reports, unknown, later, "before-after")
    refused("sides-unknown", compare_reports, first, unknown, "operators")
    elsewhere = replace(unknown, source=later.source)
    refused("sides-unknown", compare_reports, unknown, elsewhere, "before-after")
    # one image is turned as it is: its sides can be matched without a name
    assert len(compare_reports(unknown, unknown, "operators").regions) == 24


def test_one_side_is_not_compared_with_nothing(first):
    left = tuple(r for r in first.coverage if r.side == "left")
    refused("reports-mismatch", compare_sides, replace(first, coverage=left))
