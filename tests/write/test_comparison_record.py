"""comparison.json against its schema: whatever is written follows it, and what would be wrong does not."""

import copy
import itertools
import json
import re
from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator, ValidationError

from spreadscan.judgement.rules import INDETERMINATE_FROM, PROBABLE_FROM, SHOWN_FROM
from spreadscan.read.report import read_report
from spreadscan.study.compare import compare_reports, compare_sides
from spreadscan.values import SourceFile
from spreadscan.write.comparison_data import comparison_json
from spreadscan.write.record import to_record
from tests import reports
from tests.schemas import comparison_schema, report_schema


@pytest.fixture(scope="module")
def validator():
    Draft202012Validator.check_schema(comparison_schema())
    return Draft202012Validator(comparison_schema())


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    """The records of every kind of comparison, of reports in which all, and in which nothing, is known."""
    folder = tmp_path_factory.mktemp("reports")

    def recorded(report):
        path = folder / "report.json"
        path.write_text(json.dumps(to_record(report)), encoding="utf-8")
        return read_report(path)

    known, empty = recorded(reports.make_report()), recorded(reports.report_without_landmarks())
    other = replace(known.source, files=(SourceFile("c3" * 32, "contrast", "XA"),))
    moved = tuple(replace(p, row=p.row + 3, column=p.column - 4) for p in known.landmarks.points)
    later = replace(known, source=other)
    found = {
        "before-after": compare_reports(known, later, "before-after"),
        "nothing after": compare_reports(known, replace(empty, source=other), "before-after"),
        "left-right": compare_sides(known),
        "operators": compare_reports(
            known, replace(known, landmarks=replace(known.landmarks, points=moved)), "operators"
        ),
    }
    return {name: json.loads(comparison_json(comparison)) for name, comparison in found.items()}


@pytest.mark.parametrize("name", ["before-after", "nothing after", "left-right", "operators"])
def test_every_comparison_follows_the_schema(name, records, validator):
    validator.validate(records[name])


def test_the_comparisons_looked_at_hold_what_there_is_to_hold(records):
    assert all(records["operators"][key] for key in ("regions", "joints", "measures", "points", "agreement"))
    assert any(row["fraction_difference"] is None for row in records["nothing after"]["regions"])


def test_the_schema_describes_every_key_and_closes_every_object():
    def check(part, path):
        for number, one in enumerate(part.get("anyOf", [])):
            check(one, [*path, number])
        if "properties" in part:
            assert part["additionalProperties"] is False, path
            assert set(part["required"]) == set(part["properties"]), path
            for key, described in part["properties"].items():
                assert described.get("description"), [*path, key]
                check(described, [*path, key])
        if isinstance(part.get("items"), dict):
            check(part["items"], [*path, "items"])

    check(comparison_schema(), [])
    for name, part in comparison_schema()["$defs"].items():
        assert part["description"], name
        check(part, [name])


WRONG = [
    (("schema",), "spreadscan.report"),
    (("schema_version",), 2),
    (("surprise",), 1),
    (("what",), "doctors"),
    (("first", "name"), "DOE^JANE"),
    (("first", "sha256"), "A1" * 32),
    (("first", "path"), "patient.dcm"),
    (("second", "frame"), 0),
    (("regions", 0, "level"), "L6"),
    (("regions", 0, "side"), None),
    (("regions", 0, "verdicts"), ["shown"]),
    (("regions", 0, "verdicts", 1), "covered"),
    (("regions", 0, "probabilities", 0), 1.2),
    (("regions", 0, "fraction_difference"), -1.1),
    (("regions", 0, "fraction_difference_interval"), [0.1]),
    (("regions", 0, "change"), ""),
    (("joints", 0, "joint"), "L6/7"),
    (("joints", 0, "side"), None),
    (("measures", 0, "unit"), "cm"),
    (("agreement", "kappa"), 2),
    (("agreement",), None),
    (("points", 0, "px"), -1),
]


@pytest.mark.parametrize(("path", "wrong"), WRONG, ids=[".".join(map(str, path)) for path, _ in WRONG])
def test_what_is_wrong_does_not_follow_it(path, wrong, records, validator):
    record = copy.deepcopy(records["operators"])
    part = record
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = wrong
    with pytest.raises(ValidationError):
        validator.validate(record)


def test_only_operators_agree_and_only_two_images_have_sides(records, validator):
    for name, key in itertools.product(("before-after", "left-right"), ("agreement", "points")):
        with pytest.raises(ValidationError):
            validator.validate({**records[name], key: records["operators"][key]})
    with pytest.raises(ValidationError):
        validator.validate({**records["left-right"], "regions": records["before-after"]["regions"]})


def test_no_key_may_be_left_out(records, validator):
    for key in records["operators"]:
        with pytest.raises(ValidationError):
            validator.validate({k: v for k, v in records["operators"].items() if k != key})


def test_limits_that_the_schema_prints_are_those_in_force():
    said = comparison_schema()["$defs"]["verdict"]["description"]
    assert f"shown (at least {SHOWN_FROM:g})" in said
    assert f"probable ({PROBABLE_FROM:g} to {SHOWN_FROM:g})" in said
    assert f"indeterminate ({INDETERMINATE_FROM:g} to {PROBABLE_FROM:g})" in said
    assert f"not shown (below {INDETERMINATE_FROM:g})" in said
    described = json.dumps([report_schema(), comparison_schema()])
    for limit in (SHOWN_FROM, PROBABLE_FROM, INDETERMINATE_FROM):
        assert len(re.findall(rf"(?:at least|below|from) {limit:g}\b", described)) <= 1, limit
