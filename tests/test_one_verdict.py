"""One verdict: every output says the same word of each region and joint, and old reports say it too."""

import csv
import io
import json
import re
from html import unescape
from pathlib import Path

import pytest

from spreadscan.anatomy import REGIONS
from spreadscan.pipeline import analyse
from spreadscan.read.report import read_report
from spreadscan.study.compare import compare_reports
from spreadscan.values import Request
from spreadscan.write.batch_tables import summary_row
from spreadscan.write.comparison_data import comparison_csv, comparison_json
from spreadscan.write.pages import printed
from spreadscan.write.pages.page import to_html
from spreadscan.write.pictures import figure
from spreadscan.write.pictures.prints import prints_of
from spreadscan.write.pictures.region_map import region_map
from spreadscan.write.record import write_record
from spreadscan.write.table import to_csv
from spreadscan.write.words.text import summary
from tests.conftest import SAMPLES, SMALL_HEADER, small_image
from tests.dicom_files import write_xa
from tests.write.pages.test_page import Page

WORD = "(not shown|not assessed|shown|probable|indeterminate)"
OLD = Path(__file__).parent / "read" / "report_version_1.json"


@pytest.fixture(scope="module", params=["a single image", "a rotated view"])
def report(request, small_study, tmp_path_factory):
    if request.param == "a single image":
        return analyse(
            SAMPLES / "spot_left_l4_l5", Request(landmarks=SAMPLES / "spot_left_l4_l5/landmarks.json")
        )
    folder = tmp_path_factory.mktemp("rotated")
    for name, contrast in (("scout", False), ("post", True)):
        header = {**SMALL_HEADER, "SeriesDescription": f"{name} contrast", "PositionerPrimaryAngle": 8.0}
        write_xa(folder / f"{name}.dcm", small_image(contrast), PositionerSecondaryAngle=0.0, **header)
    made = analyse(folder, Request(landmarks=small_study / "landmarks.json"))
    assert "view-rotated" in made.flags
    return made


@pytest.fixture
def said(report):
    return {(row.level, row.side, row.region): row.verdict for row in report.coverage.regions}


@pytest.fixture
def joints(report):
    return {(joint.joint, joint.side): joint.verdict for joint in report.coverage.joints}


def in_parts(text):
    """The word on each region, from text in which junctions head their regions."""
    found = {}
    parts = re.split(r"(L[345]) (left|right) junction · ", text)[1:]
    for level, side, part in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        for region in REGIONS:
            word = re.search(rf"{region} (?:branch|zone)\s+{WORD}\b", part)
            found[level, side, region] = word[1] if word else None
    return found


def in_joints(text):
    return {(j, s): w for j, s, w in re.findall(rf"(L\d/\d) (left|right)\s[^/]*?\b{WORD} ", f"{text} ")}


def test_a_rule_is_at_work(report):
    capped = [row for row in report.coverage.regions if row.verdict_by_probability == "shown"]
    assert capped
    assert {(row.verdict, bool(row.verdict_rules)) for row in capped} == {("probable", True)}


def test_report_json_its_statements_and_a_report_read_back(report, said, joints, tmp_path):
    write_record(report, tmp_path / "report.json")
    record = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert {(r["level"], r["side"], r["region"]): r["verdict"] for r in record["coverage"]} == said
    assert {(j["joint"], j["side"]): j["verdict"] for j in record["joints"]} == joints
    stated = {(s["level"], s["side"], s["region"]): s["verdict"] for s in record["statements"] if s["region"]}
    assert stated == said
    assert {(s["joint"], s["side"]): s["verdict"] for s in record["statements"] if s["joint"]} == joints
    read = read_report(tmp_path)
    assert {(row.level, row.side, row.region): row.verdict for row in read.coverage} == said
    assert {(joint.joint, joint.side): joint.verdict for joint in read.joints} == joints


def test_coverage_csv(report, said):
    rows = csv.DictReader(io.StringIO(to_csv(report)))
    assert {(row["level"], row["side"], row["region"]): row["verdict"] for row in rows} == said


def test_summary_csv(report, said, joints):
    row = summary_row(report)
    branches = [verdict for (_, _, region), verdict in said.items() if region != "common"]
    for verdict in set(branches) | {"shown"}:
        assert row[f"branches_{verdict.replace(' ', '_')}"] == str(branches.count(verdict))
    for (joint, side), verdict in joints.items():
        assert row[f"joint_{joint.replace('/', '_')}_{side}"].partition(" (")[0] == verdict


def test_comparison(report, said, joints, tmp_path):
    write_record(report, tmp_path / "report.json")
    both = compare_reports(read_report(tmp_path), read_report(tmp_path), "operators")
    record = json.loads(comparison_json(both))
    twice = {(r["level"], r["side"], r["region"]): r["verdicts"] for r in record["regions"]}
    assert twice == {key: [verdict, verdict] for key, verdict in said.items()}
    assert {(j["joint"], j["side"]): j["verdicts"][0] for j in record["joints"]} == joints
    rows = csv.DictReader(io.StringIO(comparison_csv(both)))
    assert {(row["level"], row["side"], row["region"]): row["first_verdict"] for row in rows} == said


def test_page(report, said, joints):
    text = Page(to_html(report, prints_of(report))).text
    assert in_parts(text) == said
    assert in_joints(text[text.index("Joint and side") :]) == joints
    drawn = {shape.name: shape.verdict for shape in region_map(report).shapes}
    assert sorted(drawn.values()) == sorted(said.values())


def test_printed_report(report, said, joints, monkeypatch):
    texts, make, plain = [], printed.marked, printed.text
    monkeypatch.setattr(printed, "marked", lambda words, *more: texts.append(words) or make(words, *more))
    monkeypatch.setattr(printed, "text", lambda words, *more: texts.append(words) or plain(words, *more))
    printed.to_pdf(report, prints_of(report))
    text = unescape(re.sub("</?[a-z][^>]*>", " ", " ".join(texts)))
    # a cell's verdict is set before the name of its region
    cells = rf"{WORD} [^a-z]*(?:doubt: [a-z ]*?[^a-z]*)?({'|'.join(REGIONS)}) (?:branch|zone)"
    turned = re.sub(cells, r"\2 branch \1", re.sub(r"\s+", " ", text))
    assert in_parts(turned) == said
    assert in_joints(text[text.index("Facet joints") :]) == joints


def test_overlay(report, said, monkeypatch):
    texts, write = [], figure.write_text

    def record(*arguments):
        texts.extend(one for one in arguments if isinstance(one, str))
        return write(*arguments)

    monkeypatch.setattr(figure, "write_text", record)
    figure.overlay_png(report)
    written = [match[0] for text in texts for match in [re.match(rf"[CMIL]  {WORD}", text)] if match]
    wanted = [f"{region[0].upper()}  {verdict}" for (_, _, region), verdict in said.items()]
    assert sorted(written) == sorted(wanted)


def test_terminal(report, said, joints):
    text = summary(report)
    found = {}
    for level, side, cells in re.findall(r"^(L\d) (left|right) +(\S.*)$", text, re.MULTILINE):
        words = re.findall(WORD, cells)
        found |= {(level, side, region): word for region, word in zip(REGIONS, words, strict=True)}
    assert found == {k: v for k, v in said.items() if k in found}
    assert set(said.values()) - set(found.values()) <= {"not assessed"}
    assert in_joints(text) == {k: v for k, v in joints.items() if v != "not assessed"}


def test_an_old_report_says_the_word_of_a_new_one(tmp_path):
    name = SAMPLES / "spot_left_l4_l5"
    write_record(analyse(name, Request(landmarks=name / "landmarks.json")), tmp_path / "report.json")
    old, new = read_report(OLD), read_report(tmp_path)
    assert json.loads(OLD.read_text(encoding="utf-8"))["schema_version"] == 1
    assert [r.verdict_by_probability for r in old.coverage] == [
        r.verdict_by_probability for r in new.coverage
    ]
    assert {r.verdict_by_probability for r in old.coverage} >= {"shown"}
    both = compare_reports(old, new, "operators")
    assert all(row.verdicts[0] == row.verdicts[1] for row in (*both.regions, *both.joints))
    assert both.agreement.agreed == both.agreement.compared > 20
    assert [row.verdict_rules for row in old.coverage] == [row.verdict_rules for row in new.coverage]
