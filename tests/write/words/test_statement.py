"""The finding in sentences, against a hand-made truth table; what is assumed and asked."""

from dataclasses import replace

import numpy as np
import pytest

from spreadscan.anatomy import REGIONS
from spreadscan.values import Coverage
from spreadscan.write.pictures.layout import ellipse_of
from spreadscan.write.words.methods import methods
from spreadscan.write.words.report import findings
from spreadscan.write.words.statement import assumed, finding_in_words, like_kimura, reached, to_confirm
from tests import reports

VERDICTS = {"+": "shown", "p": "probable", "?": "indeterminate", "-": "not shown", "0": "not assessed"}


def told(marks):
    """A report whose junctions, L3 left, L3 right, L4 left … L5 right, have these verdicts."""
    report = reports.make_report()
    places = [(level, side) for level in ("L3", "L4", "L5") for side in ("left", "right")]
    verdict = {place: VERDICTS[mark] for place, mark in zip(places, marks, strict=True)}
    rows = tuple(replace(row, verdict=verdict[row.level, row.side]) for row in report.coverage.regions)
    return replace(report, coverage=Coverage(rows, report.coverage.joints))


@pytest.mark.parametrize(
    ("marks", "sentences"),
    [
        (
            "--++++",
            (
                "Contrast is shown over the L4 and L5 junctions on both sides, where the L3 and L4 medial"
                " branches run.",
                "It is not shown over the L3 junction on either side, where the L2 medial branch runs.",
            ),
        ),
        (
            "+-+-+-",
            (
                "Contrast is shown over the L3, L4 and L5 junctions on the left, where the L2, L3 and L4"
                " medial branches run.",
                "It is not shown over the L3, L4 and L5 junctions on the right, where the L2, L3 and L4"
                " medial branches run.",
            ),
        ),
        (
            "0?+p-0",
            (
                "Contrast is shown over the L4 junction on the left, where the L3 medial branch runs.",
                "Contrast is probable over the L4 junction on the right, where the L3 medial branch runs.",
                "It is indeterminate over the L3 junction on the right, where the L2 medial branch runs.",
                "It is not shown over the L5 junction on the left, where the L4 medial branch runs.",
            ),
        ),
        (
            "+++++-",
            (
                "Contrast is shown over the L3 and L4 junctions on both sides, where the L2 and L3 medial"
                " branches run; over the L5 junction on the left, where the L4 medial branch runs.",
                "It is not shown over the L5 junction on the right, where the L4 medial branch runs.",
            ),
        ),
    ],
)
def test_the_finding_names_bones_and_nerves(marks, sentences):
    assert finding_in_words(told(marks)) == sentences


@pytest.mark.parametrize(
    ("marks", "like"),
    [("--++++", True), ("++++++", True), ("--+++p", False), ("--+-+-", False), ("------", False)],
)
def test_the_finding_of_kimura_is_four_junctions(marks, like):
    assert like_kimura(told(marks)) == like


def test_a_junction_counts_by_its_common_zone_or_medial_branch():
    junction = findings(told("------"))[0]
    for region in REGIONS:
        rows = tuple(
            replace(row, verdict="shown" if row.region == region else "not shown") for row in junction.rows
        )
        expected = "shown" if region in ("common", "medial") else "not shown"
        assert reached(junction._replace(rows=rows)) == expected


def test_nothing_is_said_of_places_without_contrast():
    assert finding_in_words(reports.report_without_contrast()) == (
        "No contrast was found above the detection limit.",
    )
    assert finding_in_words(reports.report_that_cannot_judge()) == (
        "Contrast cannot be judged on this image.",
    )


def detected():
    report = reports.make_report()
    return replace(report, landmarks=replace(report.landmarks, origin="detected"))


def test_detected_junctions_are_named_one_by_one_and_must_be_confirmed():
    asked = to_confirm(detected())
    assert "detected by the program and checked by nobody" in asked[0]
    assert sum("junction (" in sentence for sentence in asked) == 6
    assert any(s.startswith("L4 left junction (L3 medial branch): row ") and s.endswith("px.") for s in asked)
    assert not any("detected" in sentence for sentence in to_confirm(reports.make_report()))


def test_what_is_assumed_is_told_with_its_size():
    said = " ".join(assumed(reports.make_report()))
    assert "standard deviation of 3.0 px" in said
    assert "assumed depth" in said
    assert assumed(reports.report_without_landmarks()) == ()


def test_methods_tell_of_this_very_study():
    said = methods(reports.make_report())
    for words in (
        "spreadscan 0.1.0",
        "3f0d9c2b7a41",
        "marked by a person",
        "simulated images only",
        "one [8]",
    ):
        assert words in said.paragraph
    assert "one patient" in said.references[7]
    assert "14 patients" in said.references[6]
    assert "detected by the program and not corrected" in methods(detected()).paragraph
    assert "network for single images" in methods(reports.report_that_cannot_judge()).paragraph
    assert "reference millimetres only" in methods(reports.uncalibrated_report()).paragraph
    assert "no branch region was assessed" in methods(reports.report_without_landmarks()).paragraph


def test_without_a_covariance_the_ellipse_is_a_circle_of_two_sd():
    found = ellipse_of(reports.make_report(), "L4", "left")
    assert (found.long_px, found.short_px) == (12, 12)
    assert ellipse_of(reports.report_without_landmarks(), "L4", "left") is None


@pytest.mark.parametrize("angle", [-60, -10, 0, 35, 80])
def test_the_ellipse_is_that_of_the_covariance(angle):
    """Standard deviations of 5 along a direction and 2 across it; angles from columns towards rows."""
    report = reports.make_report()
    turn = np.radians(angle)
    along, across = np.array([np.sin(turn), np.cos(turn)]), np.array([np.cos(turn), -np.sin(turn)])
    block = 25 * np.outer(along, along) + 4 * np.outer(across, across)
    number = [(p.level, p.side) for p in report.landmarks.points].index(("L5", "right"))
    covariance = np.eye(12)
    covariance[2 * number : 2 * number + 2, 2 * number : 2 * number + 2] = block
    found = ellipse_of(
        replace(report, landmarks=replace(report.landmarks, covariance_px=covariance)), "L5", "right"
    )
    assert (found.long_px, found.short_px) == pytest.approx((20, 8))
    assert (found.angle_deg - angle) % 180 == pytest.approx(0, abs=1e-6) or (
        found.angle_deg - angle
    ) % 180 == pytest.approx(180, abs=1e-6)
