"""The command that compares reports: what it prints, what it writes, what it refuses."""

import csv
import json
from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator

from spreadscan.errors import SLUGS
from spreadscan.values import SourceFile
from spreadscan.write.comparison import COMPARISON_FILES
from spreadscan.write.comparison_data import COLUMNS
from spreadscan.write.record import to_record
from tests import reports
from tests.schemas import comparison_schema
from tests.write.pages.test_page import Page


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    report = reports.make_report()
    other = replace(report.source, files=(SourceFile("c3" * 32, "contrast", "XA"),))
    moved = tuple(replace(p, row=p.row + 3, column=p.column - 4) for p in report.landmarks.points)
    results = {
        "before": report,
        "after": replace(report, source=other),
        "reader": replace(report, landmarks=replace(report.landmarks, points=moved)),
        "unknown": reports.uncalibrated_report(),
    }
    for name, result in results.items():
        (tmp_path / name).mkdir()
        text = json.dumps(to_record(result))
        (tmp_path / name / "report.json").write_text(text, encoding="utf-8")
    return tmp_path


def test_before_and_after_are_written(say, here):
    said = say("compare", "before", "after", "-o", "change")
    assert (said.status, said.err) == (0, "")
    assert sorted(path.name for path in (here / "change").iterdir()) == sorted(COMPARISON_FILES)
    assert "24 regions were assessed in both (before and after); the verdict differs in 0." in said.out
    record = json.loads((here / "change" / "comparison.json").read_text(encoding="utf-8"))
    assert (record["schema"], record["schema_version"], record["what"]) == (
        "spreadscan.comparison", 1, "before-after",
    )  # fmt: skip
    Draft202012Validator(comparison_schema()).validate(record)
    assert len(record["regions"]) == 24
    with (here / "change" / "comparison.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    for row, of_record in zip(rows, record["regions"], strict=True):
        assert float(row["fraction_difference"]) == of_record["fraction_difference"]
        assert float(row["first_fraction_low"]) == of_record["fraction_intervals"][0][0]
        assert row["verdict_change"] == of_record["change"]


def test_the_page_loads_nothing_and_says_the_assumption(say, here):
    assert say("compare", "before", "reader", "--what", "operators", "-q", "-o", "out").status == 0
    html = (here / "out" / "comparison.html").read_text(encoding="utf-8")
    page = Page(html)
    assert not {"script", "link", "img"} & set(page.tags)
    assert "://" not in html
    for words in ("They share the errors of one image", "Kappa 1.00", "5.0 px apart, 2.5 reference mm"):
        assert words in page.text


def test_the_sides_of_one_report(say, here):
    for arguments in (["--left-right"], ["--what", "left-right"]):
        said = say("compare", "before/report.json", *arguments, "-o", "sides")
        assert (said.status, said.err) == (0, "")
        assert "12 regions were assessed in both (left and right)" in said.out


def test_the_same_reports_give_the_same_bytes(say, here):
    for name in ("one", "two"):
        assert say("compare", "before", "after", "-q", "-o", name).status == 0
    for name in COMPARISON_FILES:
        assert (here / "one" / name).read_bytes() == (here / "two" / name).read_bytes()


BAD = {
    "nothing given": ([], 2, ""),
    "one report only": (["before"], 2, "bad-option"),
    "two reports for two sides": (["before", "after", "--left-right"], 2, "bad-option"),
    "options at odds": (["before", "--left-right", "--what", "operators"], 2, "bad-option"),
    "no such comparison": (["before", "after", "--what", "friends"], 2, ""),
    "a report that is not there": (["before", "nowhere"], 3, "input-missing"),
    "the same image twice": (["before", "before"], 3, "reports-mismatch"),
    "operators on two images": (["before", "after", "--what", "operators"], 3, "reports-mismatch"),
    "sides that nobody knows": (["unknown", "--left-right"], 3, "sides-unknown"),
    "a side known to one only": (["before", "unknown", "--what", "operators"], 3, "sides-unknown"),
    "no report": (["before", "damaged"], 3, "report-unreadable"),
    "a later report": (["before", "later"], 3, "report-version"),
    "nowhere to write": (["before", "after", "-o", "before/report.json"], 3, "output-unwritable"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_compared_is_refused_in_one_sentence(name, say, here):
    for folder, change in (("damaged", {"coverage": 7}), ("later", {"schema_version": 3})):
        (here / folder).mkdir()
        record = json.loads((here / "before" / "report.json").read_text(encoding="utf-8"))
        (here / folder / "report.json").write_text(json.dumps({**record, **change}), encoding="utf-8")
    before = sorted(path.name for path in here.iterdir())
    arguments, status, slug = BAD[name]
    said = say("compare", *arguments)
    assert said.status == status
    assert said.out == "" or not slug
    if slug:
        assert slug in SLUGS
        assert said.err.startswith("spreadscan: ")
        assert said.err.endswith(f"[{slug}]\n")
        assert said.err.count("\n") == 1
    assert sorted(path.name for path in here.iterdir()) == before


def test_the_help_gives_examples(say, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    said = say("compare", "--help")
    assert "spreadscan compare result --left-right" in said.out
    assert "Exit status: 0 compared" in said.out
