"""Real files, which lie beside a working copy of the project: no number on them may claim what is not there.

None shows a lumbar injection. What they can show is that real pixels and headers do not lead astray: contrast
of a run is found after its beginning, no millimetre is invented, no branch is reached in a hip, and what an
encoding keeps is measured the same.
"""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.encaps import encapsulate, generate_frames

from spreadscan.pipeline import analyse
from spreadscan.values import Request
from spreadscan.write.record import to_record
from tests.conftest import WEIGHTS
from tests.test_story import millimetres

FOLDER = Path(__file__).parents[2] / "shared" / "realdata"
RUN = "rubo_0002_XA_512x512x96_jpegbaseline.dcm"
ELSEWHERE = ("ge_RF_hip_guidewire_20", "siemens_RF_shoulder_modalityLUT")
LOSSLESS = ("JPLL", "RLE")
"""Encodings that keep every pixel; that others read the same is tested in tests/read/test_real_data.py."""
pytestmark = [
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the real files are not here"),
    pytest.mark.skipif(not WEIGHTS.is_file(), reason="weights not there yet"),
]


def junctions(path):
    """Six junctions over the middle of an image, as if it showed a spine of usual size."""
    header = dcmread(path, stop_before_pixels=True)
    points = [
        {"level": level, "side": side, "row": down * header.Rows, "column": across * header.Columns}
        for level, down in (("L3", 0.35), ("L4", 0.5), ("L5", 0.65))
        for side, across in (("left", 0.39), ("right", 0.61))
    ]
    return {"schema": "spreadscan.landmarks", "schema_version": 1, "points": points}


@pytest.fixture(scope="module")
def coronary(tmp_path_factory):
    """Return the report on the first 32 of the 96 frames of a coronary run."""
    dataset = dcmread(FOLDER / RUN)
    frames = list(generate_frames(dataset.PixelData, number_of_frames=96))[:32]
    dataset.NumberOfFrames = len(frames)
    dataset.PixelData = encapsulate(frames)
    dataset["PixelData"].is_undefined_length = True
    path = tmp_path_factory.mktemp("run") / "run.dcm"
    dataset.save_as(path)
    return analyse(path)


def test_a_real_run_finds_its_baseline_before_the_contrast(coronary):
    """Contrast comes with frame 9, is faint until frame 12 and fills the vessels by frame 25."""
    baseline = coronary.source.baseline_frames
    assert sum(frame <= 8 for frame in baseline) > len(baseline) / 2
    assert max(baseline) <= 12
    assert coronary.source.frame >= 20
    assert coronary.contrast.method == "baseline"


def test_a_real_run_shows_vessels_and_little_else(coronary):
    """Vessels are thin: they fill a small part of the image."""
    assert 0.005 < coronary.mask.sure.mean() < 0.2


def test_a_real_run_has_no_millimetre_and_no_region(coronary):
    assert {"uncalibrated", "side-unknown", "view-oblique", "lossy-compressed"} <= set(coronary.flags)
    assert millimetres(to_record(coronary)) == {}
    assert {row.verdict for row in coronary.coverage.regions} <= {"not assessed"}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_hip_and_a_shoulder_have_no_millimetre_and_no_branch(tmp_path, name):
    """Not even where made-up junctions lie in the middle of what the network takes for contrast."""
    path = FOLDER / f"{name}.dcm"
    (tmp_path / "marks.json").write_text(json.dumps(junctions(path)))
    report = analyse(path, Request(landmarks=tmp_path / "marks.json"))
    assert {"uncalibrated", "no-baseline"} <= set(report.flags)
    assert millimetres(to_record(report)) == {}
    assert not re.search(r"\d\s?mm(?!²?\w)", json.dumps(to_record(report)))
    assert [row for row in to_record(report)["coverage"] if row["verdict"] == "shown"] == []


REFUSED = (
    "ge_RF_hip_guidewire_20", "ge_RF_hip_guidewire_25", "ge_RF_hip_guidewire_40",
    "siemens_RF_shoulder_modalityLUT", "XA1_UNC",
)  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_lumbar_spine_is_refused_with_a_reason(name):
    """Hips, a shoulder and a head: no landmark, no branch, and without a baseline no contrast either."""
    report = analyse(FOLDER / f"{name}.dcm")
    assert report.landmarks.points == ()
    assert report.search.reason
    assert {row.reason for row in report.coverage.regions} == {report.search.reason}
    assert not report.contrast.found
    assert "landmarks-not-found" in report.flags


def test_a_heart_is_refused_with_a_reason(coronary):
    assert coronary.landmarks.points == ()
    assert {row.reason for row in coronary.coverage.regions} == {"the view is not frontal"}


@pytest.fixture(scope="module")
def uncompressed():
    return analyse(FOLDER / "XA1_UNC.dcm")


@pytest.mark.parametrize("name", LOSSLESS)
def test_what_an_encoding_keeps_is_measured_the_same(uncompressed, name):
    other = analyse(FOLDER / f"XA1_{name}.dcm")
    np.testing.assert_array_equal(other.mask.sure, uncompressed.mask.sure)
    np.testing.assert_array_equal(other.mask.possible, uncompressed.mask.possible)
    records = [to_record(report) for report in (uncompressed, other)]
    hashes = [[file.pop("sha256") for file in record["source"]["files"]] for record in records]
    assert hashes[0] != hashes[1]
    assert records[0] == records[1]
