from dataclasses import replace

import pytest

from spreadscan.values import Calibration, Coverage, Step
from spreadscan.write.words.text import WIDTH, summary
from tests import reports
from tests.write.goldens import assert_golden

CASES = (
    "make_report",
    "uncalibrated_report",
    "report_without_landmarks",
    "report_without_contrast",
    "report_that_cannot_judge",
)


@pytest.mark.parametrize("case", CASES)
def test_golden(case):
    text = summary(getattr(reports, case)())
    assert_golden(f"{case}.txt", text)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert not any(line != line.rstrip() for line in text.splitlines())


def test_hostile_texts_stay_on_their_lines_and_steer_nothing():
    report = reports.make_report(
        calibration=Calibration(0.5, 0.5, "\x1b[2J\r\nScale       1 mm", 0.1),
        steps=(Step("landmarks", "given\x07\nby\x9b31m nobody", by_person=True),),
    )
    text = summary(report)
    assert not any(ord(c) < 32 and c != "\n" for c in text)
    assert "\x9b" not in text
    assert "origin: [2J Scale 1 mm" in text


def test_a_flag_says_which_regions_it_concerns():
    report = reports.make_report(flags=("region-under-metal",))
    flagged = replace(report.coverage.regions[7], flags=("region-under-metal",))
    rows = (*report.coverage.regions[:7], flagged, *report.coverage.regions[8:])
    text = summary(replace(report, coverage=Coverage(rows, report.coverage.joints)))
    assert "(L3 right (lateral branch))" in " ".join(text.split())


def test_a_partly_assessed_junction_keeps_its_columns():
    report = reports.make_report()
    unknown = replace(
        report.coverage.regions[1], fraction=None, fraction_low=None, fraction_high=None, probability=None,
        verdict="not assessed", reason="The region lies outside.",
    )  # fmt: skip
    rows = (report.coverage.regions[0], unknown, *report.coverage.regions[2:])
    lines = summary(replace(report, coverage=Coverage(rows, ()))).splitlines()
    first = next(line for line in lines if line.startswith("L3 left"))
    assert first.split("  ")[-1] == "not shown <0.01"
    assert "not assessed" in first
    assert "  Not assessed: L3 left (medial branch): The region lies outside." in lines
    assert not any("Facet joints" in line for line in lines)
