"""What is said of a protocol: in words, in report.json, on the page and in the tables."""

import csv
from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator

from spreadscan.judgement.protocol import decide
from spreadscan.judgement.statements import judge
from spreadscan.read.protocol import read_protocol
from spreadscan.write.batch_tables import SUMMARY_COLUMNS, summary_row, write_summary
from spreadscan.write.pages.page import to_html
from spreadscan.write.record import to_record
from spreadscan.write.words.protocol_text import bounds_in_words, protocol_section, statement_rows
from spreadscan.write.words.text import WIDTH, summary
from tests.evidence_cases import ALL, everywhere, make_evidence, sacral, with_tips
from tests.reports import make_report
from tests.schemas import report_schema
from tests.write.pages.test_page import PRINTS

MET = everywhere("L4 common", "L5 medial")


def judged(name="kimura-2020", reached=MET, injected=(("L5", "left"), ("L5", "right")), **changes):
    evidence = make_evidence(reached, **changes)
    protocol = read_protocol(name, injected)
    return make_report(judgement=decide(protocol, judge(evidence, injected), evidence))


REPORTS = {
    "met": judged(),
    "not met": judged(reached={}),
    "unknown part": judged(reached={**MET, "L4 left common": None}),
    "short processes": judged(landmarks=with_tips(8)),
    "S1": judged("l5-dorsal-ramus", injected=(("S1", "left"),), zones=(sacral(ALL),)),
    "not told": judged("mbb-diagnostic", injected=()),
    "sides unknown": judged(reached={}, sides=("image left", "image right"), flags=("side-unknown",)),
}


@pytest.mark.parametrize("name", REPORTS)
def test_every_answer_follows_the_schema(name):
    Draft202012Validator(report_schema()).validate(to_record(REPORTS[name]))


@pytest.mark.parametrize("name", REPORTS)
def test_terminal_and_page_say_the_answer_and_that_one_projection_proves_nothing(name):
    report = REPORTS[name]
    section = protocol_section(report)
    text, page = summary(report), to_html(report, PRINTS)
    assert section is not None
    assert f"Protocol {section.name}: {section.answer.upper()} (probability " in text
    assert f"Protocol {section.name}: {section.answer.lower()}" in page
    for said in (" ".join(text.split()), page):
        assert "cannot prove that the contrast lies at the nerve" in said
    assert max(map(len, text.splitlines())) <= WIDTH


def test_without_a_protocol_nothing_is_said_of_one():
    report = make_report()
    assert protocol_section(report) is None
    assert to_record(report)["protocol"] is None
    assert "Protocol " not in summary(report)
    assert statement_rows(report) == ()


def test_words_name_bone_and_nerve():
    parts = protocol_section(REPORTS["met"]).criteria[0].parts
    assert [place for place, _, _ in parts] == [
        "L4 left (L3 nerve)", "L4 right (L3 nerve)", "L5 left (L4 nerve)", "L5 right (L4 nerve)",
    ]  # fmt: skip
    said = [row.what for row in statement_rows(REPORTS["met"])]
    assert "L3 dorsal ramus at bone L4, left" in said
    assert "spread up to L4 left (L3 nerve) or higher" in said
    assert any("L5 dorsal ramus at the S1" in row.what for row in statement_rows(REPORTS["S1"]))


def test_the_reason_of_an_unknown_part_is_given():
    assert "L4 left (L3 nerve): outside the X-ray field." in protocol_section(REPORTS["unknown part"]).reasons
    assert "pass --injected" in " ".join(protocol_section(REPORTS["not told"]).reasons)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(1, 1, "1.00"), (0.7999, 0.7999, "0.79"), (0, 1, "0.00 to 1.00"), (0.5, 0.995, "0.50 to >0.99")],
)
def test_bounds_in_words(low, high, words):
    assert bounds_in_words(low, high) == words


def test_probabilities_in_the_record_never_pass_a_border():
    outcome = REPORTS["met"].judgement.outcome
    near = replace(outcome, probability=0.79996, low=0.79996, high=0.79996, answer="cannot say")
    record = to_record(make_report(judgement=replace(REPORTS["met"].judgement, outcome=near)))
    assert record["protocol"]["probability"] == 0.7999


def test_a_hostile_protocol_steers_no_terminal_and_marks_up_no_page():
    outcome = REPORTS["met"].judgement.outcome
    wild = replace(outcome, protocol=replace(outcome.protocol, title="<b>\x1b[2J", notes=("<i>\x07",)))
    report = make_report(judgement=replace(REPORTS["met"].judgement, outcome=wild))
    assert "\x1b" not in summary(report) + to_html(report, PRINTS)
    assert "\x07" not in summary(report)
    assert "<i>" not in to_html(report, PRINTS)


def test_the_table_of_a_batch_has_the_answer(tmp_path):
    rows = [{"study": name, **summary_row(report)} for name, report in REPORTS.items()]
    rows.append({"study": "none", **summary_row(make_report())})
    write_summary(rows, tmp_path / "summary.csv")
    with (tmp_path / "summary.csv").open(encoding="utf-8") as file:
        read = {row["study"]: row for row in csv.DictReader(file)}
    assert set(read["met"]) == set(SUMMARY_COLUMNS)
    assert (read["met"]["protocol"], read["met"]["protocol_answer"]) == ("kimura-2020", "met")
    assert read["met"]["protocol_probability_low"] == "1"
    unknown = read["unknown part"]
    assert (unknown["protocol_probability_low"], unknown["protocol_probability_high"]) == ("0", "1")
    assert (read["none"]["protocol"], read["none"]["protocol_answer"]) == ("", "")
