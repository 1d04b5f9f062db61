"""``spreadscan landmarks``: what is understood, shown and written, and what ``analyse`` makes of it."""

import json
import re

import numpy as np
import pydicom
import pytest
from PIL import Image

from spreadscan.marks import formats
from spreadscan.pipeline import understand
from spreadscan.read.dicom import list_study
from spreadscan.read.identity import image_key
from spreadscan.values import Request
from tests.conftest import ROWS_OF_LEVELS, SAMPLES, Result, landmarks, small_image
from tests.dicom_files import write_xa
from tests.dicom_marks import OTHER_UID

LANDMARK_FILES = {one.name: one.landmark_file for one in formats.FORMATS}
FORMATS = tuple(LANDMARK_FILES)
SLICER = ("--slicer-mm-per-px", 0.5)


def all_formats():
    return [part for name in FORMATS for part in ("--as", name)]


def given(path):
    points = json.loads(path.read_text(encoding="utf-8"))["points"]
    junctions = [p for p in points if p.get("kind", "sap_tp_junction") == "sap_tp_junction"]
    return {(p["level"], p["side"]): (p["row"], p["column"]) for p in junctions}


@pytest.fixture
def run(tmp_path):
    """A run of four frames, the contrast in the last two."""
    frames = np.stack([small_image(seed > 1, seed) for seed in range(4)])
    return write_xa(tmp_path / "run.dcm", frames, BitsStored=12, FrameTime=500, PatientOrientation=["R", "F"])


@pytest.fixture
def marks(tmp_path):
    path = tmp_path / "marks.json"
    path.write_text(json.dumps(landmarks()), encoding="utf-8")
    return path


# the story


def test_what_was_understood_is_told_drawn_and_written(say, here, small_study):
    said = say(
        "landmarks", small_study, "--landmarks", small_study / "landmarks.json", "-o", "out", "--as", "csv"
    )
    assert (said.status, said.err) == (0, "")
    lines = said.out.splitlines()
    assert lines[0] == "6 landmarks from spreadscan JSON, on the only frame of 128 × 128 pixels."
    assert lines[1] == "The patient's left is on image left (from: patient orientation)."
    assert " ".join(lines[4].split()) == "L3 left SAP–TP junction 38.00 39.00 50.0 px 26.0 px (L4)"
    assert said.out.endswith("Written:\n  out/landmarks.png\n  out/landmarks.csv\n")
    assert sorted(path.name for path in (here / "out").iterdir()) == ["landmarks.csv", "landmarks.png"]
    with Image.open(here / "out" / "landmarks.png") as picture:
        assert picture.size[0] == 1480


@pytest.mark.parametrize("name", FORMATS)
def test_marks_travel_from_one_program_to_the_next(say, here, run, marks, name):
    """Written in a format, read from it, written as JSON: the same points."""
    chosen = ("landmarks", run, "--patient-left", "image-left", *SLICER, "-q", "-o")
    assert say(*chosen, "one", "--landmarks", marks, "--as", name).status == 0
    assert say(*chosen, "two", "--landmarks", here / "one" / LANDMARK_FILES[name], "--as", "json").status == 0
    found = given(here / "two" / "landmarks.json")
    assert found.keys() == given(marks).keys()
    for place, position in given(marks).items():
        assert found[place] == pytest.approx(position, abs=1e-4)


@pytest.mark.parametrize("name", ["imagej", "sr"])
def test_an_analysis_takes_marks_of_other_programs(say, here, run, marks, name):
    arguments = (run, "--landmarks", marks, "--patient-left", "image-left", "--as", name, "-q", "-o", "one")
    assert say("landmarks", *arguments).status == 0
    marked = here / "one" / LANDMARK_FILES[name]
    assert say("analyse", run, "--landmarks", marked, "-q", "-o", "report").status == 0
    record = Result(here / "report").record
    assert (record["landmarks"]["origin"], len(record["landmarks"]["points"])) == ("given", 6)
    for point in record["landmarks"]["points"]:
        assert point["row"] == pytest.approx(ROWS_OF_LEVELS[point["level"]], abs=1e-3)


def test_every_format_of_a_sample_in_one_command(say, here):
    sample = SAMPLES / "cine_left_l3_l5"
    said = say(
        "landmarks", sample, "--landmarks", sample / "landmarks.json", *all_formats(), *SLICER, "-o", "out"
    )
    assert said.status == 0
    assert {path.name for path in (here / "out").iterdir()} == {"landmarks.png", *LANDMARK_FILES.values()}
    assert "on frame 12 of 12" in said.out


# which frame, which image


def test_the_frame_is_that_of_the_option_of_the_file_or_of_the_analysis(run, marks, tmp_path):
    header = list_study(run)[0]
    assert header.image_key == image_key(str(pydicom.dcmread(run).SOPInstanceUID))
    assert understand(run, Request(landmarks=marks, frame=2)).frame == 2
    assert understand(run, Request(landmarks=marks)).frame in (3, 4)
    marks.write_text(json.dumps(landmarks(image={"frame": 1})), encoding="utf-8")
    assert understand(run, Request(landmarks=marks)).frame == 1


def test_marks_of_another_frame_are_refused(say, here, run, marks):
    marks.write_text(json.dumps(landmarks(image={"frame": 1})), encoding="utf-8")
    asked = say("landmarks", run, "--landmarks", marks, "--frame", 3)
    assert asked.status == 3
    assert asked.err == (
        "spreadscan: run.dcm: landmarks: were marked on frame 1, and frame 3 is analysed; mark the landmarks"
        " on the frame that is analysed, or pass theirs with --frame [landmarks-elsewhere]\n"
    )
    analysed = say("analyse", run, "--landmarks", marks)
    assert analysed.status == 3
    assert re.search(r"marked on frame 1, and frame [34] is analysed.*\[landmarks-elsewhere\]", analysed.err)
    assert list(here.iterdir()) == []
    assert say("analyse", run, "--landmarks", marks, "--frame", 1, "--baseline-frames", 2, "-q").status == 0


def test_marks_of_a_frame_that_is_not_there_are_refused(say, here, run, marks):
    marks.write_text(json.dumps(landmarks(image={"frame": 9})), encoding="utf-8")
    for command in ("landmarks", "analyse"):
        said = say(command, run, "--landmarks", marks)
        assert said.status == 3
        assert "were marked on frame 9, and the file has 4" in said.err


def test_marks_of_another_image_are_refused(say, here, small_study, study):
    said = say(
        "landmarks", study / "post.dcm", "--landmarks", study / "landmarks.json", "--as", "sr", "-o", "out"
    )
    assert said.status == 0
    dataset = pydicom.dcmread(study / "post.dcm")
    dataset.SOPInstanceUID = OTHER_UID
    dataset.save_as(study / "post.dcm")
    marked = here / "out" / LANDMARK_FILES["sr"]
    for command in ("landmarks", "analyse"):
        refused = say(command, study / "post.dcm", "--landmarks", marked)
        assert refused.status == 3
        assert "was marked on another image" in refused.err
        assert "[landmarks-elsewhere]" in refused.err
        assert OTHER_UID not in refused.err


# whatever goes wrong


@pytest.mark.parametrize(
    ("arguments", "status", "problem"),
    [
        ((), 3, "[no-landmarks]"),
        (("--landmarks", "{study}/landmarks.json", "--as", "word"), 2, "word"),
        (("--landmarks", "{study}/landmarks.json", "--as", "slicer"), 2, "--slicer-mm-per-px: is needed"),
        (("--landmarks", "{study}/landmarks.json", "--slicer-mm-per-px", 0), 2, "[bad-option]"),
        (("--landmarks", "{study}/landmarks.json", "--frame", 2), 3, "[frame-out-of-range]"),
        (("--landmarks", "{study}/nothing.json"), 3, "[input-missing]"),
        (("--landmarks", "{study}/post.dcm"), 3, "is a DICOM object that is neither a structured report"),
        (
            ("--landmarks", "{study}/landmarks.json", "--patient-left", "image-right"),
            3,
            "[orientation-contra",
        ),
    ],
)
def test_refusals_leave_nothing_behind(say, here, study, arguments, status, problem):
    said = say("landmarks", study, *(str(a).format(study=study) for a in arguments))
    assert (said.status, said.out) == (status, "")
    assert problem in said.err
    assert list(here.iterdir()) == []


def test_what_was_handed_in_is_never_replaced(say, study):
    before = (study / "landmarks.json").read_bytes()
    said = say("landmarks", study, "--landmarks", study / "landmarks.json", "--as", "json", "-o", study)
    assert said.status == 2
    assert "would replace the file that was handed in" in said.err
    assert (study / "landmarks.json").read_bytes() == before
    assert not (study / "landmarks.png").exists()


def test_the_time_of_dicom_objects_can_be_fixed(say, here, study, monkeypatch):
    def written(name):
        arguments = ("--landmarks", study / "landmarks.json", "--as", "sr", "-q", "-o", name)
        status = say("landmarks", study, *arguments).status
        return (here / name / LANDMARK_FILES["sr"]).read_bytes() if status == 0 else status

    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert written("one") == written("two")
    assert pydicom.dcmread(here / "one" / LANDMARK_FILES["sr"]).ContentDate == "19700102"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    assert written("three") == 2
    told = ("--landmarks", study / "landmarks.json", "--as", "csv", "-q", "-o", "four")
    assert say("landmarks", study, *told).status == 0, "a table says no time"


# landmarks that nobody marked


def test_found_landmarks_are_told_drawn_and_written(say, here):
    said = say("landmarks", SAMPLES / "spot_left_l4_l5", "--as", "json", "-o", "out")
    assert (said.status, said.err) == (0, "")
    assert "found by the program, checked by no person" in said.out.splitlines()[0]
    points = json.loads((here / "out" / "landmarks.json").read_text(encoding="utf-8"))["points"]
    truth = given(SAMPLES / "spot_left_l4_l5" / "landmarks.json")
    found = {
        (p["level"], p["side"]): p for p in points if p.get("kind", "sap_tp_junction") == "sap_tp_junction"
    }
    mm_per_px = 0.3  # of the sample, about
    for site, (row, column) in truth.items():
        assert np.hypot(found[site]["row"] - row, found[site]["column"] - column) * mm_per_px < 8
        assert found[site]["sd_px"] > 0


def test_two_marked_points_are_completed_and_stay(say, here):
    truth = given(SAMPLES / "spot_left_l4_l5" / "landmarks.json")
    lines = [f"{level},left,{truth[level, 'left'][0]},{truth[level, 'left'][1]}" for level in ("L4", "L5")]
    (here / "two.csv").write_text("\n".join(["level,side,row,column", *lines]), encoding="utf-8")
    study = SAMPLES / "spot_left_l4_l5"
    said = say("landmarks", study, "--landmarks", "two.csv", "--complete", "--as", "json", "-o", "out")
    assert said.status == 0
    assert ", 2 more from table" in said.out.splitlines()[0]
    written = given(here / "out" / "landmarks.json")
    assert all(written[level, "left"] == pytest.approx(truth[level, "left"]) for level in ("L4", "L5"))
    assert {(level, side) for level in ("L3", "L4", "L5") for side in ("left", "right")} <= set(written)
