"""``analyse --outline``: what is written is corrected elsewhere and handed back as mask or loop."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread

from spreadscan.marks import formats
from spreadscan.write.folder import FILES
from spreadscan.write.pictures.figure import overlay_png
from tests.reports import make_report

ROOT = Path(__file__).parents[1]
OUTLINE_FILES = {one.name: one.outline_file for one in formats.FORMATS}
FORMATS = tuple(OUTLINE_FILES)
SLICER = ("--slicer-mm-per-px", 0.5)


def mask_in(folder):
    return np.asarray(Image.open(folder / "mask.png"))


@pytest.fixture(scope="module")
def outlined(tmp_path_factory, small_study):
    """The result of the small study with its outline in every format."""
    from spreadscan.cli import commands as cli

    folder = tmp_path_factory.mktemp("outlined") / "result"
    wanted = [part for name in FORMATS for part in ("--outline", name)]
    arguments = ["analyse", small_study, "--no-detect", "-q", "-o", folder, *wanted, *SLICER]
    assert cli.run([str(argument) for argument in arguments]) == 0
    return folder


def test_the_outline_is_written_only_when_it_is_asked_for(say, here, small_study, outlined):
    assert {path.name for path in outlined.iterdir()} == {*FILES, *OUTLINE_FILES.values()}
    assert say("analyse", small_study, "--no-detect", "-q", "-o", "plain").status == 0
    assert {path.name for path in (here / "plain").iterdir()} == set(FILES)


@pytest.mark.parametrize("name", FORMATS)
def test_handed_back_as_mask_it_is_the_same_contrast(say, here, small_study, outlined, name):
    drawn = outlined / OUTLINE_FILES[name]
    said = say("analyse", small_study, "--no-detect", "-q", "-o", "again", "--mask", drawn, *SLICER)
    assert (said.status, said.err) == (0, "")
    np.testing.assert_array_equal(mask_in(here / "again") == 255, mask_in(outlined) == 255)
    assert (mask_in(outlined) == 255).any()


def test_handed_back_as_loop_there_is_no_contrast_outside(say, here, small_study, outlined):
    said = say("analyse", small_study, "--no-detect", "-q", "-o", "again", "--loop", outlined / "outline.csv")
    assert (said.status, said.err) == (0, "")
    assert not (mask_in(here / "again")[mask_in(outlined) != 255] == 255).any()
    steps = json.loads((here / "again" / "report.json").read_text(encoding="utf-8"))["steps"]
    assert (
        "inside the loops that a person drew" in next(s for s in steps if s["stage"] == "contrast")["outcome"]
    )


def test_the_loop_is_drawn_on_the_overlay():
    """It is the picture of what was understood."""
    report = make_report()
    loop = np.zeros(report.mask.sure.shape, bool)
    loop[20:60, 30:90] = True
    plain, drawn = overlay_png(report), overlay_png(replace(report, loop=loop))
    assert plain != drawn
    assert plain == overlay_png(replace(report, loop=None))


@pytest.mark.parametrize("option", ["--mask", "--loop"])
def test_what_was_drawn_is_not_replaced(say, here, small_study, outlined, option):
    drawn = here / "out" / "outline.json"
    drawn.parent.mkdir()
    drawn.write_bytes((outlined / "outline.json").read_bytes())
    said = say("analyse", small_study, "-o", "out", option, drawn, "--outline", "json")
    assert said.status == 2
    assert "outline.json: --output: would replace the file that was handed in" in said.err
    assert [path.name for path in drawn.parent.iterdir()] == ["outline.json"]


def test_slicer_needs_its_spacing_before_anything_is_measured(say, here):
    (here / "empty").mkdir()
    said = say("analyse", "empty", "-o", "out", "--outline", "slicer")
    assert said.status == 2
    assert "--slicer-mm-per-px: is needed" in said.err
    assert not (here / "out").exists()


def test_an_outline_of_another_frame_of_a_run_is_refused(say, here, small_study):
    loop = {"schema": "spreadscan.loop", "schema_version": 1, "image": {"frame": 3}}
    (here / "loop.json").write_text(json.dumps({**loop, "loops": [[[9, 9], [9, 40], [40, 9]]]}))
    said = say("analyse", small_study, "-o", "out", "--loop", "loop.json")
    assert said.status == 3
    assert "loop.json: loop 1: was drawn on frame 3" in said.err


def test_dicom_objects_name_the_image_and_its_patient_and_the_result_does_not(outlined, small_study):
    images = {str(dcmread(path).SOPInstanceUID): dcmread(path) for path in small_study.glob("*.dcm")}
    for name, modality in (("sr", "SR"), ("gsps", "PR")):
        made = dcmread(outlined / OUTLINE_FILES[name])
        text = str(made)
        (uid,) = [uid for uid in images if uid in text]
        assert made.Modality == modality
        assert made.StudyInstanceUID == images[uid].StudyInstanceUID
        assert made.PatientID == images[uid].PatientID
        assert "POLYLINE" in text
    assert "UID" not in (outlined / "report.json").read_text(encoding="utf-8")


def test_the_time_of_the_objects_is_checked_before_anything_is_measured(say, here, small_study, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    said = say("analyse", small_study, "--no-detect", "-q", "-o", "never", "--outline", "sr")
    assert (said.status, "SOURCE_DATE_EPOCH" in said.err) == (2, True)
    assert not (here / "never").exists()
    assert say("analyse", small_study, "--no-detect", "-q", "-o", "plain", "--outline", "csv").status == 0


def test_without_contrast_the_objects_are_of_outlines_and_hold_none(say, here):
    study = ROOT / "dicom_samples" / "no_contrast"
    said = say("analyse", study, "--no-detect", "-q", "-o", "empty", "--outline", "sr", "--outline", "gsps")
    assert (said.status, said.err) == (0, "")
    for name in ("sr", "gsps"):
        made = dcmread(here / "empty" / OUTLINE_FILES[name])
        assert made.SeriesDescription == "spreadscan outline"
        assert "POLYLINE" not in str(made)
        # a sequence that must have items is left out where there are none
        empty = {e.keyword for e in made.iterall() if e.VR == "SQ" and not e.value}
        assert not empty & {"ContentSequence", "GraphicAnnotationSequence"}
