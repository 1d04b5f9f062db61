"""Kinds, run-off and iodine in words: what is said, and that nothing is said that is not known."""

from dataclasses import replace

import pytest

from spreadscan.values import Iodine
from spreadscan.write.words.kinds import (
    KIND_IN_WORDS,
    components_in_words,
    iodine_in_words,
    kind_in_words,
    limit_in_words,
    uptake_in_words,
)
from tests.reports import make_report, report_that_cannot_judge, report_without_contrast


def test_a_kind_is_a_resemblance_with_its_confidence_cut_and_what_would_settle_it():
    component = replace(make_report().contrast.components[0], kind_confidence=0.7999)
    assert kind_in_words(component) == (
        "looks like a depot at the junction (0.79); settled by a lateral view, for its depth"
    )


def test_every_kind_has_words():
    component = make_report().contrast.components[0]
    said = {kind_in_words(replace(component, kind=kind)) for kind in KIND_IN_WORDS}
    assert len(said) == len(KIND_IN_WORDS)


def test_areas_are_numbered_from_the_largest():
    rows = components_in_words(make_report(), 2)
    assert [name for name, _ in rows] == ["Area 1", "Area 2"]
    assert rows[0][1].startswith("2789 px near L4 left (L3 nerve): looks like")


def test_run_off_in_words():
    report = make_report()
    assert "84 px at row 120, column 60, strongest in frame 6, 83 % gone" in uptake_in_words(report)
    many = replace(report, uptake=replace(report.uptake, passages=report.uptake.passages * 5))
    assert uptake_in_words(many).endswith("; 2 more.")
    unseen = replace(report, uptake=replace(report.uptake, state="not seen", passages=()))
    assert uptake_in_words(unseen).startswith("None seen (4 frames per second")
    assert uptake_in_words(report_without_contrast()).startswith("Cannot be assessed: no contrast came")


@pytest.mark.parametrize(("mass", "words"), [(212.0, "about 210 mg"), (3.14159, "about 3.1 mg")])
def test_iodine_has_two_digits(mass, words):
    iodine = Iodine("", None, (mass / 2, mass, mass * 2), None, None)
    assert iodine_in_words(replace(make_report(), iodine=iodine)).startswith(words)


def test_no_milligram_without_a_mass():
    report = report_that_cannot_judge()
    assert iodine_in_words(report) == "No mass: there is no baseline."
    assert limit_in_words(report) == ""
    assert limit_in_words(make_report()) == "about 2.4 mgI/cm², between 1.1 and 4.5"
