import copy
import json
import math
from dataclasses import replace

import numpy as np
import pytest
from jsonschema import Draft202012Validator, ValidationError

from spreadscan.anatomy import NERVE_AT
from spreadscan.values import Coverage
from spreadscan.write.record import to_record, write_record
from tests.reports import (
    SHARES,
    make_report,
    report_that_cannot_judge,
    report_without_contrast,
    report_without_landmarks,
    uncalibrated_report,
)
from tests.schemas import report_schema

BUILDERS = (
    make_report,
    uncalibrated_report,
    report_without_landmarks,
    report_without_contrast,
    report_that_cannot_judge,
)
CONTRACT = {
    "": {
        "schema", "schema_version", "spreadscan_version", "source", "calibration", "orientation", "landmarks",
        "contrast", "coverage", "joints", "levels", "flags", "settings_fingerprint", "steps",
    },
    "source": {"files", "rows", "columns", "frame", "baseline_frames"},
    "source.files": {"sha256", "role", "sop_class"},
    "calibration": {"mm_per_px", "origin", "relative_uncertainty"},
    "orientation": {"patient_left", "origin"},
    "landmarks": {"origin", "points"},
    "landmarks.points": {"level", "side", "kind", "row", "column", "sd_px"},
    "contrast": {"found", "method", "area_px", "area_mm2", "components", "extent"},
    "contrast.components": {"area_px", "centroid_row", "centroid_column", "nearest_junction", "kind"},
    "coverage": {
        "level", "side", "nerve", "region", "fraction", "fraction_low", "fraction_high", "course_mm",
        "probability", "verdict", "flags",
    },
    "joints": {"joint", "side", "upper_nerve", "lower_nerve", "verdict", "probability"},
    "flags": {"code", "message", "advice"},
}  # fmt: skip
"""The keys that other programs rely on: none may go away."""


@pytest.fixture(scope="module")
def validator():
    Draft202012Validator.check_schema(report_schema())
    return Draft202012Validator(report_schema())


@pytest.mark.parametrize("place", CONTRACT)
def test_the_keys_of_the_contract_are_there(place):
    found = to_record(make_report())
    for key in filter(None, place.split(".")):
        found = found[key]
        found = found[0] if isinstance(found, list) else found
    assert set(found) >= CONTRACT[place]


@pytest.mark.parametrize("build", BUILDERS)
def test_every_report_follows_the_schema(build, validator):
    validator.validate(to_record(build()))


def test_the_schema_describes_every_key_and_closes_every_object():
    def check(part, path):
        if "properties" in part and path[-1:] not in (["if"], ["then"], ["else"]):
            assert part["additionalProperties"] is False, path
            assert set(part["required"]) == set(part["properties"]), path
            for key, described in part["properties"].items():
                assert described.get("description"), [*path, key]
                check(described, [*path, key])
        if "items" in part and isinstance(part["items"], dict):
            check(part["items"], path)

    check(report_schema(), [])
    assert all(part["description"] for part in report_schema()["$defs"].values())


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("schema",), "another"),
        (("schema_version",), 1),
        (("surprise",), 1),
        (("source", "files", 0, "sha256"), "A1" * 32),
        (("source", "files", 0, "name"), "DOE^JANE.dcm"),
        (("source", "files"), []),
        (("source", "frame"), 0),
        (("calibration", "mm_per_px"), 0),
        (("calibration", "mm_per_px"), None),
        (("orientation", "patient_left"), "left"),
        (("landmarks", "points", 0, "level"), "L6"),
        (("landmarks", "points", 0, "row"), None),
        (("contrast", "found"), None),
        (("contrast", "judged"), False),
        (("contrast", "area_px"), -1),
        (("contrast", "components", 0, "nearest_junction", "side"), "links"),
        (("coverage", 0, "fraction"), 1.01),
        (("coverage", 0, "fraction"), None),
        (("coverage", 0, "fraction_low"), None),
        (("coverage", 0, "probability"), None),
        (("coverage", 0, "verdict"), "blocked"),
        (("coverage", 0, "verdict"), "not assessed"),
        (("coverage", 0, "course_mm"), 3.0),
        (("coverage", 0, "region"), "dorsal"),
        (("joints", 0, "probability"), 1.5),
        (("joints", 0, "joint"), "L45"),
        (("levels", 0, "side"), "both"),
        (("regions", 0, "outline_px", 0), [1, 2, 3]),
        (("flags", 0, "code"), "Not A Code"),
        (("steps", 0, "by_person"), "yes"),
        (("limits",), []),
    ],
)
def test_the_schema_refuses_a_wrong_report(path, wrong, validator):
    record = copy.deepcopy(to_record(make_report()))
    place = record
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = wrong
    with pytest.raises(ValidationError):
        validator.validate(record)


@pytest.mark.parametrize("key", sorted(CONTRACT[""]))
def test_the_schema_misses_every_key(key, validator):
    record = to_record(make_report())
    del record[key]
    with pytest.raises(ValidationError):
        validator.validate(record)


def test_without_a_scale_no_millimetre_of_the_patient_is_allowed(validator):
    record = to_record(uncalibrated_report())
    assert record["calibration"]["mm_per_px"] is None
    record["contrast"]["area_mm2"] = 12.0
    with pytest.raises(ValidationError):
        validator.validate(record)


def test_coverage_is_sorted_and_carries_bone_and_nerve():
    report = make_report()
    reverse = replace(report, coverage=Coverage(report.coverage.regions[::-1], report.coverage.joints))
    rows = to_record(reverse)["coverage"]
    assert [(row["level"], row["side"], row["region"]) for row in rows] == list(SHARES)
    assert all(row["nerve"] == NERVE_AT[row["level"]] for row in rows)
    assert rows[9] == {
        "level": "L4",
        "side": "left",
        "nerve": "L3",
        "region": "medial",
        "fraction": 0.9996,
        "fraction_low": 0.9312,
        "fraction_high": 1.0,
        "course_mm": 15.63,
        "probability": 0.9991,
        "verdict": "shown",
        "verdict_by_probability": "shown",
        "verdict_rules": [],
        "reason": "",
        "flags": [],
        "cause_of_doubt": None,
        "varied_probability": None,
    }


def test_a_share_is_one_only_when_it_is_exactly_so():
    report = make_report()
    nearly = replace(report.coverage.regions[0], fraction=0.999999, fraction_low=1e-9, probability=0.7999999)
    changed = replace(
        report, coverage=Coverage((nearly, *report.coverage.regions[1:]), report.coverage.joints)
    )
    row = to_record(changed)["coverage"][0]
    assert (row["fraction"], row["fraction_low"], row["probability"]) == (0.9999, 0.0001, 0.7999)


def test_an_area_that_was_not_judged_is_unknown_and_one_that_is_nothing_is_zero():
    assert to_record(report_that_cannot_judge())["contrast"]["area_px"] is None
    nothing = to_record(report_without_contrast())["contrast"]
    assert (nothing["found"], nothing["judged"], nothing["area_px"]) == (False, True, 0)


def test_what_is_not_finite_is_null(tmp_path, validator):
    report = make_report()
    contrast = replace(report.contrast, detection_limit=math.inf, height_mm=math.nan)
    write_record(replace(report, contrast=contrast), tmp_path / "report.json")
    text = (tmp_path / "report.json").read_text(encoding="utf-8")
    assert "NaN" not in text
    assert "Infinity" not in text
    record = json.loads(text)
    assert record["contrast"]["detection_limit"] is None
    assert record["contrast"]["extent"]["height_mm"] is None
    validator.validate(record)


def test_numbers_from_arrays_are_plain_numbers(tmp_path):
    report = make_report()
    contrast = replace(report.contrast, area_px=np.int64(7), found=np.bool_(True), area_mm2=np.float32(1.25))
    write_record(replace(report, contrast=contrast), tmp_path / "report.json")
    record = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert (record["contrast"]["area_px"], record["contrast"]["found"]) == (7, True)


def test_a_rerun_gives_the_same_bytes_and_any_text_can_be_written(tmp_path):
    steps = (replace(make_report().steps[0], outcome="鏡 \ud800 \x00 </script> π"),)
    for name in ("one", "two"):
        write_record(make_report(steps=steps), tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    record = json.loads((tmp_path / "one").read_text(encoding="utf-8"))
    assert record["steps"][0]["outcome"] == "鏡 ? \x00 </script> π"
