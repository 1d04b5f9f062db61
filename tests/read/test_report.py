"""The door for reports: what is written is read back, and nothing else is."""

import json

import pytest

from spreadscan.errors import SLUGS, CannotRead
from spreadscan.read.report import read_report
from spreadscan.write.record import SCHEMA_VERSION, to_record
from tests import reports


def written(tmp_path, change=lambda record: record, name="report.json"):
    record = json.loads(json.dumps(to_record(reports.make_report())))
    changed = change(record)
    path = tmp_path / name
    path.write_text(json.dumps(record if changed is None else changed), encoding="utf-8")
    return path


def put(*places, to):
    """Return a change that puts a value at a place of the record."""

    def change(record):
        inner = record
        for place in places[:-1]:
            inner = inner[place]
        inner[places[-1]] = to

    return change


def drop(*places):
    def change(record):
        inner = record
        for place in places[:-1]:
            inner = inner[place]
        del inner[places[-1]]

    return change


@pytest.mark.parametrize(
    "build",
    [
        reports.make_report,
        reports.uncalibrated_report,
        reports.report_without_landmarks,
        reports.report_without_contrast,
        reports.report_that_cannot_judge,
    ],
)
def test_every_report_is_read_back_as_it_was_written(build, tmp_path):
    record = to_record(build())
    path = tmp_path / "report.json"
    path.write_text(json.dumps(record), encoding="utf-8")
    read = read_report(path)
    rows = [
        {**{k: v for k, v in row.items() if k != "flags"}, "flags": list(row["flags"])}
        for row in record["coverage"]
    ]
    for row, found in zip(rows, read.coverage, strict=True):
        for key, number in row.items():
            name = "cause" if key == "cause_of_doubt" else key
            assert getattr(found, name) == (tuple(number) if isinstance(number, list) else number)
    assert [joint.verdict for joint in read.joints] == [joint["verdict"] for joint in record["joints"]]
    assert [file.sha256 for file in read.source.files] == [f["sha256"] for f in record["source"]["files"]]
    assert read.calibration.mm_per_px == record["calibration"]["mm_per_px"]
    assert len(read.landmarks.points) == len(record["landmarks"]["points"])
    assert len(read.levels) == len(record["levels"])


def test_a_folder_stands_for_the_report_in_it(tmp_path):
    written(tmp_path)
    assert read_report(tmp_path).source.frame == read_report(tmp_path / "report.json").source.frame


def test_further_keys_are_left_alone(tmp_path):
    path = written(tmp_path, put("coverage", 0, "a_later_key", to=7))
    assert len(read_report(path).coverage) == 24


BAD = {
    "a list": (lambda record: [1, 2], "schema"),
    "another schema": (put("schema", to="spreadscan.landmarks"), "schema"),
    "no coverage": (drop("coverage"), ""),
    "a text for a number": (put("coverage", 3, "probability", to="0.9"), "coverage[3].probability"),
    "a true for a number": (put("coverage", 3, "probability", to=True), "coverage[3].probability"),
    "an unknown verdict": (put("coverage", 3, "verdict", to="blocked"), "coverage[3].verdict"),
    "an unknown level": (put("coverage", 3, "level", to="T12"), "coverage[3].level"),
    "a share above 1": (put("coverage", 3, "fraction_high", to=1.2), "coverage[3]"),
    "a share below 0": (put("coverage", 3, "fraction_low", to=-0.1), "coverage[3]"),
    "a fraction without its interval": (put("coverage", 3, "fraction_low", to=None), "coverage[3]"),
    "a swapped interval": (put("coverage", 0, "fraction_low", to=0.9), "coverage[0]"),
    "a verdict that does not fit": (put("coverage", 0, "verdict", to="not shown"), "coverage[0]"),
    "a wrong nerve": (put("coverage", 0, "nerve", to="L5"), "coverage[0]"),
    "a joint that does not fit": (put("joints", 0, "probability", to=0.01), "joints[0]"),
    "no contrast file": (put("source", "files", to=[]), "source.files"),
    "sides of another image": (put("coverage", 0, "side", to="image left"), "coverage.side"),
    "a point without a row": (drop("landmarks", "points", 0, "row"), "landmarks.points[0]"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_report_is_refused_with_its_place(name, tmp_path):
    change, field = BAD[name]
    with pytest.raises(CannotRead) as caught:
        read_report(written(tmp_path, change))
    assert caught.value.slug == "report-unreadable"
    assert caught.value.field == field
    assert caught.value.file == "report.json"
    assert caught.value.advice
    assert caught.value.slug in SLUGS


def test_a_region_twice_is_refused(tmp_path):
    path = written(tmp_path, lambda record: record["coverage"].append(record["coverage"][0]))
    with pytest.raises(CannotRead, match="a region twice"):
        read_report(path)


@pytest.mark.parametrize("version", [SCHEMA_VERSION + 1, 0, None, "1", True, 1.5])
def test_another_version_of_the_schema_is_refused(version, tmp_path):
    with pytest.raises(CannotRead) as caught:
        read_report(written(tmp_path, put("schema_version", to=version)))
    assert caught.value.slug == "report-version"


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b"[" * 5000, b'{"schema": NaN}', b"\x89PNG\r\n", b"null", b"7"]
)
def test_bytes_that_are_no_json_of_a_report_are_refused(content, tmp_path):
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(CannotRead) as caught:
        read_report(path)
    assert caught.value.slug == "report-unreadable"


@pytest.mark.parametrize("place", ["missing", "empty"])
def test_a_report_that_is_not_there_is_refused(place, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(CannotRead) as caught:
        read_report(tmp_path / place)
    assert caught.value.slug == "input-missing"
    assert caught.value.file in ("missing", "empty/report.json")
