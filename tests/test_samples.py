"""The sample studies: complete, unchanged, what their page says, and of no patient."""

import hashlib
import json
import re

import numpy as np
import pytest
from pydicom import dcmread

from spreadscan.marks.file import DrawnOn
from spreadscan.marks.landmarks import read_landmarks
from spreadscan.phantom.chance import Ticket
from spreadscan.phantom.scenario_file import read_scenario, scenario_from_toml
from spreadscan.phantom.simulate import simulate, write_case
from spreadscan.read.dicom import list_study, read_fluorogram
from tests.conftest import SAMPLES

MANIFEST = json.loads((SAMPLES / "manifest.json").read_text(encoding="utf-8"))
README = (SAMPLES / "README.md").read_text(encoding="utf-8")
NAMES = [sample["name"] for sample in MANIFEST["samples"]]
IMAGES = sorted(SAMPLES.rglob("*.dcm"))
IDENTIFYING = (
    "PatientBirthDate", "PatientAddress", "OtherPatientIDs", "InstitutionName", "InstitutionAddress",
    "ReferringPhysicianName", "PerformingPhysicianName", "OperatorsName", "AccessionNumber",
    "PatientTelephoneNumbers", "DeviceSerialNumber", "StationName",
)  # fmt: skip


def id_of(path):
    return path.relative_to(SAMPLES).as_posix()


def headers(name):
    return list_study(SAMPLES / name)


def test_the_manifest_lists_every_file():
    listed = [entry["file"] for entry in MANIFEST["files"]]
    there = [id_of(path) for path in SAMPLES.rglob("*") if path.is_file()]
    assert len(set(listed)) == len(listed)
    assert sorted([*listed, "README.md", "manifest.json"]) == sorted(there)


def test_every_file_is_the_one_of_the_manifest():
    for entry in MANIFEST["files"]:
        content = (SAMPLES / entry["file"]).read_bytes()
        found = hashlib.sha256(content).hexdigest(), len(content)
        assert found == (entry["sha256"], entry["bytes"]), entry["file"]


def test_the_page_describes_every_study():
    assert re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE) == NAMES
    assert sorted(path.name for path in SAMPLES.iterdir() if path.is_dir()) == sorted(NAMES)
    assert all(sample["shows"].endswith(".") for sample in MANIFEST["samples"])


def test_licence_and_sources_are_named():
    assert "BSD-3-Clause" in MANIFEST["licence"]
    assert "built-in anatomy" in MANIFEST["attribution"]


def test_every_study_names_its_scenario():
    for name in NAMES:
        scenario = read_scenario(SAMPLES / name / "scenario.toml")
        truth = json.loads((SAMPLES / name / "truth.json").read_text(encoding="utf-8"))
        assert truth["config"]["study"]["kind"] == scenario.study.kind
        assert [one["level"] for one in truth["config"]["injections"]] == [
            injection.level for injection in scenario.injections
        ]


def test_a_study_made_again_is_the_same(tmp_path):
    """One stands for all here; ``make samples`` makes all of them again."""
    name = "no_contrast"
    scenario = scenario_from_toml((SAMPLES / name / "scenario.toml").read_text(encoding="utf-8"), name)
    write_case(simulate(scenario, Ticket(2020, NAMES.index(name) + 1)), tmp_path)
    for path in tmp_path.iterdir():
        if path.suffix == ".dcm":
            # other processors may round the last bit of a float otherwise, and a quantum falls elsewhere
            made, kept = (
                dcmread(folder / path.name).pixel_array.astype(int) for folder in (tmp_path, SAMPLES / name)
            )
            assert np.mean(made != kept) < 0.01
    made, kept = (
        json.loads((f / "truth.json").read_text(encoding="utf-8")) for f in (tmp_path, SAMPLES / name)
    )
    assert made["landmarks_px"] == kept["landmarks_px"]


def test_samples_are_small():
    assert sum(entry["bytes"] for entry in MANIFEST["files"]) < 5_000_000


@pytest.mark.parametrize("path", IMAGES, ids=id_of)
def test_no_image_shows_a_patient(path):
    dataset = dcmread(path, stop_before_pixels=True)
    assert str(dataset.PatientName).startswith("Simulated")
    assert dataset.PatientID
    told = {str(dataset.get(keyword) or "Simulated") for keyword in IDENTIFYING}
    assert told <= {"Simulated", "0"}
    assert not [element for element in dataset.iterall() if element.tag.is_private]


@pytest.mark.parametrize("name", NAMES)
def test_every_study_can_be_read_with_its_landmarks_and_truth(name):
    found = headers(name)
    truth = json.loads((SAMPLES / name / "truth.json").read_text(encoding="utf-8"))
    assert [header.path.name for header in found] == truth["files"]
    for header in found:
        fluorogram = read_fluorogram(header)
        assert fluorogram.stored.shape == (header.frames, truth["rows"], truth["cols"])
        assert fluorogram.stored.max() > fluorogram.stored.min()
    marks = read_landmarks(SAMPLES / name / "landmarks.json", DrawnOn(truth["rows"], truth["cols"]))
    assert len(marks.junctions()) == 6
    with np.load(SAMPLES / name / "truth.npz") as stored:
        assert {"mask_det", "field", "needle", "shape"} <= set(stored.files)
        assert stored["shape"].tolist() == [truth["rows"], truth["cols"]]


def test_the_run_has_four_frames_before_the_contrast():
    (header,) = headers("cine_left_l3_l5")
    truth = json.loads((SAMPLES / "cine_left_l3_l5" / "truth.json").read_text(encoding="utf-8"))
    assert header.frames == 12
    assert next(n for n, filling in enumerate(truth["filling"]) if filling["on"]) == 4


def test_the_pairs_are_pairs_and_the_spot_is_single():
    counts = {name: [header.frames for header in headers(name)] for name in NAMES}
    assert counts == {
        "cine_left_l3_l5": [12], "pair_right_l3_l4": [1, 1], "spot_left_l4_l5": [1], "no_contrast": [1, 1],
        "kimura_bilateral_l5_5ml": [1, 1], "bare_no_spacing_no_side": [1, 1],
    }  # fmt: skip


def test_every_study_holds_the_contrast_that_it_says():
    for name in NAMES:
        with np.load(SAMPLES / name / "truth.npz") as stored:
            assert bool(stored["mask_det"].any()) == (name != "no_contrast"), name


def test_the_bare_captures_are_bare():
    for header in headers("bare_no_spacing_no_side"):
        assert header.sop_class == "Secondary Capture Image Storage"
        assert header.geometry.pixel_spacing_mm is header.geometry.imager_spacing_mm is None
        assert header.view.patient_orientation is None


def test_the_samples_cover_encodings_and_relations():
    found = [header for name in NAMES for header in headers(name)]
    assert {header.pixels.relationship for header in found} >= {"LIN", "LOG", "DISP", None}
    assert {header.pixels.bits_stored for header in found} >= {8, 10, 12}
    assert len({str(dcmread(p, stop_before_pixels=True).file_meta.TransferSyntaxUID) for p in IMAGES}) >= 4
