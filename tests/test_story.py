"""One story for each sample study: from the files on disk to the report on disk, against the known truth.

The samples are simulated, so the truth is known: ``truth.npz`` says where contrast can be seen at all, and
``truth.json`` at which junctions it was injected. Bounds are what a careless change would break, not what the
method reaches: accuracy is measured elsewhere, on many cases.
"""

import csv
import json
import re
from functools import cache

import jsonschema
import numpy as np
import pytest

from spreadscan.anatomy import NERVE_AT
from spreadscan.flags import FLAGS
from spreadscan.write.folder import FILES
from tests.conftest import SAMPLES, WEIGHTS
from tests.schemas import report_schema

SIDES = {"L": "left", "R": "right"}
WITH_BASELINE = ("cine_left_l3_l5", "pair_right_l3_l4", "no_contrast", "kimura_bilateral_l5_5ml",
                 "bare_no_spacing_no_side")  # fmt: skip
WITH_CONTRAST = tuple(name for name in WITH_BASELINE if name != "no_contrast")
SINGLE = "spot_left_l4_l5"
NAMES = [
    *WITH_BASELINE,
    pytest.param(SINGLE, marks=pytest.mark.skipif(not WEIGHTS.is_file(), reason="weights not there yet")),
]
PLACES = [(level, side) for level in ("L3", "L4", "L5") for side in ("left", "right")]
REACHED = {"shown", "probable"}


@cache
def truth(name):
    return json.loads((SAMPLES / name / "truth.json").read_text(encoding="utf-8"))


@cache
def plane(name, key):
    """A (R, C) plane of the truth, packed in bits."""
    with np.load(SAMPLES / name / "truth.npz") as stored:
        rows, columns = (int(n) for n in stored["shape"])
        return np.unpackbits(stored[key])[: rows * columns].reshape(rows, columns).astype(bool)


def injected(name):
    """Level and side of the junctions at which contrast was injected."""
    sites = truth(name)["intended"].items()
    return {(site[:2], SIDES[site[-1]]) for site, what in sites if what.get("ml")}


def dice(first, second):
    return 2 * (first & second).sum() / (first.sum() + second.sum())


# every sample


@pytest.mark.parametrize("name", NAMES)
def test_the_report_is_whole_and_fits_its_schema(analysed, name):
    result = analysed(name)
    assert sorted(path.name for path in result.folder.iterdir()) == sorted(FILES)
    jsonschema.Draft202012Validator(report_schema()).validate(result.record)
    record = result.record
    assert (record["schema"], record["schema_version"]) == ("spreadscan.report", 2)
    assert [(row["level"], row["side"]) for row in record["coverage"]][::4] == PLACES
    assert all(row["nerve"] == NERVE_AT[row["level"]] for row in record["coverage"])
    assert result.flags <= set(FLAGS)


@pytest.mark.parametrize("name", NAMES)
def test_the_report_describes_the_frame_of_the_truth(analysed, name):
    source, known = analysed(name).record["source"], truth(name)
    assert (source["rows"], source["columns"]) == (known["rows"], known["cols"])
    assert source["frame"] == known["eval_frame"] + 1
    assert analysed(name).mask.shape == (known["rows"], known["cols"])
    roles = {"cine_left_l3_l5": ["contrast"], SINGLE: ["contrast"]}.get(name, ["contrast", "baseline"])
    assert [file["role"] for file in source["files"]] == roles


@pytest.mark.parametrize("name", NAMES)
def test_the_landmarks_are_those_of_the_truth(analysed, name):
    landmarks = analysed(name).record["landmarks"]
    assert landmarks["origin"] == "given"
    for point in landmarks["points"]:
        column, row = truth(name)["landmarks_px"][f"junction_{point['level']}_{point['side'][0].upper()}"]
        assert (point["row"], point["column"]) == pytest.approx((row, column), abs=0.1)
    assert len(landmarks["points"]) == 6


@pytest.mark.parametrize("name", NAMES)
def test_the_side_is_that_of_the_truth(analysed, name):
    left = {"L": "image left", "R": "image right"}[truth(name)["image_left_is_patient"]]
    assert analysed(name).record["orientation"]["patient_left"] == left


@pytest.mark.parametrize("name", [n for n in NAMES if n != "bare_no_spacing_no_side"])
def test_the_scale_is_that_of_the_truth(analysed, name):
    """Within what the report itself states: two standard deviations."""
    scale = analysed(name).record["calibration"]
    assert abs(scale["mm_per_px"] / truth(name)["px_mm_spine_plane"] - 1) < 2 * scale["relative_uncertainty"]


@pytest.mark.parametrize("name", NAMES)
def test_the_table_says_what_the_record_says(analysed, name):
    result = analysed(name)
    with (result.folder / "coverage.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    listed = [(row["level"], row["side"], row["nerve"], row["region"], row["verdict"]) for row in rows]
    assert listed == [
        (row["level"], row["side"], row["nerve"], row["region"], row["verdict"])
        for row in result.record["coverage"]
    ]


@pytest.mark.parametrize("name", NAMES)
def test_the_page_stands_alone_and_shows_the_verdicts(analysed, name):
    page = (analysed(name).folder / "report.html").read_text(encoding="utf-8")
    assert "data:image/png;base64," in page
    assert not re.search(r"""(src|href)=["'](?!data:|#)""", page), "it loads something from elsewhere"
    assert {row["verdict"] for row in analysed(name).record["coverage"]} <= set(
        re.findall(r"shown|probable|indeterminate|not shown|not assessed", page)
    )


@pytest.mark.parametrize("name", WITH_BASELINE)
def test_nothing_of_the_patient_leaves_the_files(analysed, name):
    for file in ("report.json", "coverage.csv", "report.html"):
        text = (analysed(name).folder / file).read_text(encoding="utf-8")
        assert "Simulated" not in text, file
        assert ".dcm" not in text, file


@pytest.mark.parametrize("name", ["cine_left_l3_l5"])
def test_a_second_run_writes_the_same_bytes(analysed, say, tmp_path, name):
    """The other studies are compared with what a batch in other processes writes: tests/batch/test_run.py."""
    marks = SAMPLES / name / "landmarks.json"
    assert say("analyse", SAMPLES / name, "--landmarks", marks, "-q", "-o", tmp_path / "again").status == 0
    for file in FILES:
        assert (tmp_path / "again" / file).read_bytes() == (analysed(name).folder / file).read_bytes(), file


# contrast against the truth


@pytest.mark.parametrize("name", WITH_CONTRAST)
def test_the_mask_agrees_with_the_truth(analysed, name):
    mask, field = analysed(name).mask, plane(name, "field")
    seen = plane(name, "mask_det") & field
    assert set(np.unique(mask)) <= {0, 128, 255}
    assert dice((mask == 255) & field, seen) > 0.85
    # what is at least possible holds nearly all of it, and hardly anything lies outside the field
    assert (seen & (mask >= 128)).sum() > 0.8 * seen.sum()
    assert ((mask == 255) & ~field).sum() < 0.02 * (mask == 255).sum()


@pytest.mark.parametrize("name", WITH_CONTRAST)
def test_contrast_is_shown_where_it_was_injected(analysed, name):
    verdicts = analysed(name).verdicts()
    for level, side in injected(name):
        near = [verdicts[level, side, region] for region in ("common", "medial")]
        assert "shown" in near, (level, side, near)


@pytest.mark.parametrize("name", ["cine_left_l3_l5", "pair_right_l3_l4", "bare_no_spacing_no_side"])
def test_nothing_is_shown_where_none_was_injected(analysed, name):
    """Small volumes stay where they are put: every other junction is free of contrast."""
    for (level, side, _), verdict in analysed(name).verdicts().items():
        assert (level, side) in injected(name) or verdict == "not shown"


@pytest.mark.parametrize("name", WITH_CONTRAST)
def test_fractions_agree_with_the_truth(analysed, name):
    """The share of each region that lies in true contrast, counted pixel by pixel."""
    record, seen = analysed(name).record, plane(name, "mask_det")
    for region, row in zip(record["regions"], record["coverage"], strict=True):
        assert region["level"], region["side"] == (row["level"], row["side"])
        covered = seen[_inside(np.array(region["outline_px"]), seen.shape)]
        if len(covered) > 50:
            assert abs(row["fraction"] - covered.mean()) < 0.25, (row["level"], row["side"], row["region"])
            assert row["fraction_low"] <= row["fraction"] <= row["fraction_high"]


def _inside(outline, shape):
    """Pixels within an outline of (row, column) corners, by the even-odd rule."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    inside = np.zeros(shape, bool)
    for (r1, c1), (r2, c2) in zip(outline, np.roll(outline, -1, 0), strict=True):
        if r1 != r2:
            inside ^= ((r1 > rows) != (r2 > rows)) & (columns < (c2 - c1) * (rows - r1) / (r2 - r1) + c1)
    return inside


# each study's own point


def test_a_cine_run_finds_its_baseline_and_its_last_frame(analysed):
    result = analysed("cine_left_l3_l5")
    source = result.record["source"]
    assert (source["frames"], source["frame"]) == (12, 12)
    assert set(source["baseline_frames"]) <= {1, 2, 3, 4}
    assert len(source["baseline_frames"]) >= 3
    joints = {(joint["joint"], joint["side"]): joint["verdict"] for joint in result.record["joints"]}
    assert joints["L3/4", "left"] == joints["L4/5", "left"] == "shown"
    assert joints["L3/4", "right"] == joints["L4/5", "right"] == "not shown"


def test_another_frame_of_the_run_shows_less(analysed):
    """In frame 6 only the L3 junction had been injected."""
    verdicts = analysed("cine_left_l3_l5", "--frame", 6).verdicts()
    assert analysed("cine_left_l3_l5", "--frame", 6).record["source"]["frame"] == 6
    assert "shown" in {verdicts["L3", "left", "common"], verdicts["L3", "left", "medial"]}
    for level in ("L4", "L5"):
        assert not REACHED & {verdicts[level, "left", region] for region in ("common", "medial")}


def test_five_millilitres_at_l5_reach_l4_on_both_sides(analysed):
    """The spread of Kimura et al. 2020: the nerves L3 and L4 on both sides, and with them the joint L4/5."""
    result = analysed("kimura_bilateral_l5_5ml")
    verdicts = result.verdicts()
    for side in ("left", "right"):
        for level in ("L4", "L5"):
            near = {verdicts[level, side, region] for region in ("common", "medial")}
            assert near & REACHED, (level, side, near)
        assert not REACHED & {verdicts["L3", side, region] for region in ("common", "medial")}
    joints = {(joint["joint"], joint["side"]): joint["verdict"] for joint in result.record["joints"]}
    assert joints["L4/5", "left"] in REACHED
    assert joints["L4/5", "right"] in REACHED
    assert {extent["side"]: extent["levels"] for extent in result.record["levels"]} == {
        "left": ["L4", "L5"], "right": ["L4", "L5"],
    }  # fmt: skip


def test_where_there_is_no_contrast_none_is_found(analysed):
    result = analysed("no_contrast")
    contrast = result.record["contrast"]
    assert (contrast["found"], contrast["judged"], contrast["area_px"]) == (False, True, 0)
    assert set(result.verdicts().values()) == {"not shown"}
    assert {joint["verdict"] for joint in result.record["joints"]} == {"not shown"}
    assert "no-contrast" in result.flags
    assert not (result.mask == 255).any()


def test_a_bare_capture_has_no_millimetre_and_no_side_unless_told(analysed):
    result = analysed("bare_no_spacing_no_side", landmarks=False)
    assert {"uncalibrated", "side-unknown"} <= result.flags
    assert {"landmarks-detected", "landmarks-not-found"} & result.flags
    record = result.record
    assert (record["orientation"]["patient_left"], record["calibration"]["mm_per_px"]) == ("unknown", None)
    assert millimetres(record) == {}
    assert record["contrast"]["found"]
    assert {row["side"] for row in record["coverage"]} <= {"image left", "image right"}
    told = analysed("bare_no_spacing_no_side")
    assert (told.record["orientation"]["patient_left"], told.record["orientation"]["origin"]) == (
        "image left", "landmarks",
    )  # fmt: skip
    assert "uncalibrated" in told.flags
    assert "side-unknown" not in told.flags
    assert millimetres(told.record) == {}
    assert not re.search(
        r"\d mm(?!²?\w)(?! or)", _said(told.folder, "report.html").replace("reference mm", "")
    )


def test_a_bare_capture_can_be_told_its_scale(analysed):
    told = analysed(
        "bare_no_spacing_no_side", "--mm-per-px", truth("bare_no_spacing_no_side")["px_mm_spine_plane"]
    )
    assert millimetres(told.record)
    assert "uncalibrated" not in told.flags
    assert told.verdicts() == analysed("bare_no_spacing_no_side").verdicts()


@pytest.mark.skipif(not WEIGHTS.is_file(), reason="weights not there yet")
def test_a_single_image_is_a_rough_estimate_and_says_so(analysed):
    result = analysed(SINGLE)
    contrast = result.record["contrast"]
    assert contrast["method"] == "single image"
    assert {"no-baseline", "vascular-not-assessable"} <= result.flags
    if "cannot-judge" in result.flags:
        assert set(result.verdicts().values()) == {"not assessed"}
        return
    field = plane(SINGLE, "field")
    assert dice((result.mask == 255) & field, plane(SINGLE, "mask_det") & field) > 0.3
    shown = {place[:2] for place, verdict in result.verdicts().items() if verdict == "shown"}
    assert shown <= injected(SINGLE)


def millimetres(record):
    """Every number of the record that is a length or an area in the patient, by where it stands.

    The course of a branch and some extents are in reference millimetres, which need no scale.
    """
    found, in_patient = {}, re.compile(r"(?<!course)(?<!reference)_mm2?$|mm_per_px$")

    def look(item, place):
        if isinstance(item, dict):
            for key, value in item.items():
                look(value, (*place, key))
        elif isinstance(item, list):
            for number, value in enumerate(item):
                look(value, (*place, number))
        elif isinstance(item, (int, float)) and in_patient.search(str(place[-1])):
            found[place] = item

    look(record, ())
    return found


def _said(folder, name):
    """The words of a page, without its pictures and styles."""
    text = re.sub(r"data:[^\"')]+", "", (folder / name).read_text(encoding="utf-8"))
    text = re.sub(r"<(style|script)\b.*?</\1>", "", text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))
