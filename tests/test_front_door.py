"""Bad input, from the command line on: refused in one line with file, field and advice, nothing written.

Each case hands in something wrong with an otherwise sound study, and says which slug, file and field the
line must name.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread

from spreadscan.errors import SLUGS
from tests.conftest import SMALL_HEADER, landmarks, small_image
from tests.dicom_files import write_dicom, write_xa

SIDE = "(0020,0020)"
SIZE = "(0018,1164)"
MARKS = "landmarks.json"


class Bad(NamedTuple):
    """One bad input.

    Attributes:
        name: what is wrong.
        prepare: changes the study, which may be changed in any way, and returns the arguments of ``analyse``.
        slug, file, field: what the refusal must name; a field need only be part of it.
        status: exit status.
    """

    name: str
    prepare: Callable[[Path], list[object]]
    slug: str
    file: str
    field: str = ""
    status: int = 3


def changed(path, **attributes):
    """Change attributes of a DICOM file in place; ``None`` takes one out."""
    dataset = dcmread(path)
    for keyword, value in attributes.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    dataset.save_as(path)
    return path


def image_with(**attributes):
    return lambda study: [changed(study / "post.dcm", **attributes)]


def content(data):
    """One file that holds some bytes."""

    def prepare(study):
        (study / "odd.dcm").write_bytes(data)
        return [study / "odd.dcm"]

    return prepare


def png(study):
    Image.fromarray(np.zeros((16, 16), np.uint8)).save(study / "odd.dcm", "PNG")
    return [study / "odd.dcm"]


def cut(share):
    """A file of which only a part was copied."""

    def prepare(study):
        data = (study / "post.dcm").read_bytes()
        (study / "odd.dcm").write_bytes(data[: int(share * len(data))])
        return [study / "odd.dcm"]

    return prepare


def other_kind(sop_class):
    return lambda study: [write_dicom(study / "odd.dcm", small_image(True), sop_class)]


def emptied(study):
    shutil.rmtree(study)
    study.mkdir()
    return [study]


def folder_of_texts(study):
    for path in study.iterdir():
        path.unlink()
    (study / "notes.txt").write_text("nothing here")
    return [study]


def images_without_roles(study):
    for name in ("scout", "post"):
        changed(study / f"{name}.dcm", SeriesDescription=None)
    return [study]


def marked(change):
    """The landmarks of the study, changed."""

    def prepare(study):
        found = landmarks()
        change(found["points"])
        (study / "landmarks.json").write_text(json.dumps(found))
        return [study, "--landmarks", study / "landmarks.json"]

    return prepare


def mirrored(points):
    for point in points:
        point["side"] = {"left": "right", "right": "left"}[point["side"]]


def one_level_mirrored(points):
    mirrored(points[:2])


def levels_exchanged(points):
    for point in points:
        point["level"] = {"L3": "L4", "L4": "L3", "L5": "L5"}[point["level"]]


def outside(points):
    points[3]["column"] = 128.6


def coinciding(points):
    points[2].update(row=points[0]["row"], column=points[0]["column"])


def tiny(points):
    """Junctions of two pixels' distance: a vertebra of the size of the image would be metres wide."""
    for point in points:
        point["column"] = 64 + (point["column"] - 64) / 40


def written(text, name="landmarks.json"):
    """A landmark file of any content."""

    def prepare(study):
        (study / name).write_bytes(text.encode() if isinstance(text, str) else text)
        return [study, "--landmarks", study / name]

    return prepare


def mask(size, mode="L", values=(0,)):
    def prepare(study):
        drawn = np.resize(np.array(values, np.uint8), size)
        Image.fromarray(drawn).convert(mode).save(study / "mask.png")
        return [study, "--mask", study / "mask.png"]

    return prepare


def mask_of(data):
    def prepare(study):
        (study / "mask.png").write_bytes(data)
        return [study, "--mask", study / "mask.png"]

    return prepare


def baseline(stored=None, **attributes):
    def prepare(study):
        image = small_image(False) if stored is None else stored
        write_xa(study / "other.dcm", image, **{**SMALL_HEADER, **attributes})
        return [study / "post.dcm", "--baseline", study / "other.dcm"]

    return prepare


def settings(text):
    def prepare(study):
        (study / "my.toml").write_bytes(text)
        return [study, "--settings", study / "my.toml"]

    return prepare


def given(*options):
    return lambda study: [study, *options]


FILES = [
    Bad("a text", content(b"This is no image. " * 20), "input-not-dicom", "odd.dcm"),
    Bad("an empty file", content(b""), "input-not-dicom", "odd.dcm"),
    Bad("a picture", png, "input-not-dicom", "odd.dcm"),
    Bad("half a header", cut(0.01), "file-damaged", "odd.dcm"),
    Bad("half an image", cut(0.5), "file-damaged", "odd.dcm"),
    Bad("all but the last row", cut(0.995), "file-damaged", "odd.dcm"),
    Bad("a CT image", other_kind("CT"), "wrong-modality", "odd.dcm", "SOPClassUID"),
    Bad("an ultrasound image", other_kind("US"), "wrong-modality", "odd.dcm", "SOPClassUID"),
    Bad("a segmentation", other_kind("SEG"), "wrong-modality", "odd.dcm", "SOPClassUID"),
    Bad("no pixel data", image_with(PixelData=None), "no-pixel-data", "post.dcm", "(7FE0,0010)"),
    Bad("no frame", image_with(NumberOfFrames=0), "no-frames", "post.dcm", "(0028,0008)"),
    Bad("no row", image_with(Rows=0), "bad-geometry", "post.dcm", "(0028,0010)"),
    Bad("65535 rows", image_with(Rows=65535), "bad-geometry", "post.dcm", "(0028,0010)"),
    Bad("a million frames", image_with(NumberOfFrames=10**6), "bad-geometry", "post.dcm", "(0028,0008)"),
    Bad("more rows than there are", image_with(Rows=1500, Columns=1500), "file-damaged", "post.dcm"),
    Bad("13 of 12 bits", image_with(BitsStored=17), "bad-geometry", "post.dcm", "(0028,0101)"),
    Bad("no bits", image_with(BitsAllocated=None), "bad-geometry", "post.dcm", "(0028,0100)"),
    Bad("negative spacing", image_with(ImagerPixelSpacing=[-1, 1]), "bad-header", "post.dcm", SIZE),
    Bad("an image of 60 m", image_with(ImagerPixelSpacing=[700, 700]), "bad-header", "post.dcm", SIZE),
    Bad("both directions alike", image_with(PatientOrientation=["R", "L"]), "bad-header", "post.dcm", SIDE),
    Bad("a missing path", lambda study: [study / "nowhere.dcm"], "input-missing", "nowhere.dcm"),
    Bad("a missing folder", lambda study: [study / "no" / "where"], "input-missing", "where"),
    Bad("an empty folder", emptied, "input-empty", "study"),
    Bad("a folder of texts", folder_of_texts, "input-empty", "study"),
    Bad(
        "two patients",
        lambda study: [changed(study / "post.dcm", PatientID="X-2") and study],
        "two-patients", "study", "(0010,0020)",
    ),
    Bad(
        "two studies",
        lambda study: [changed(study / "post.dcm", StudyInstanceUID="1.2.3") and study],
        "two-studies", "study", "(0020,000D)",
    ),
    Bad("images without roles", images_without_roles, "input-ambiguous", "study", "(0008,103E)"),
    Bad("one value everywhere", lambda study: [
        write_xa(study / "odd.dcm", np.full((128, 128), 700, np.uint16), **SMALL_HEADER)
    ], "flat-image", "odd.dcm", "(7FE0,0010)"),
]  # fmt: skip

OF_PIXELS_AND_ROLES = {
    "half an image",
    "all but the last row",
    "more rows than there are",
    "an image of 60 m",
    "images without roles",
    "one value everywhere",
}

LANDMARKS = [
    Bad("outside the image", marked(outside), "landmarks-outside", MARKS, "L4 right"),
    Bad("mirrored against the file", marked(mirrored), "landmarks-mirrored", "post.dcm", "landmarks"),
    Bad("one level mirrored", marked(one_level_mirrored), "landmarks-mirrored", MARKS, "L3"),
    Bad("levels out of order", marked(levels_exchanged), "landmarks-implausible", MARKS, "L3"),
    Bad("two in one place", marked(coinciding), "landmarks-implausible", MARKS, "L3 left"),
    Bad("no point", marked(list.clear), "landmarks-unreadable", MARKS),
    Bad("a point twice", marked(lambda p: p.append(p[0])), "landmarks-unreadable", MARKS, "L3 left"),
    Bad("a level that is none", marked(lambda p: p[0].update(level="C3")), "landmarks-unreadable",
        MARKS, "point 1"),
    Bad("a side that is none", marked(lambda p: p[0].update(side="up")), "landmarks-unreadable",
        MARKS, "point 1"),
    Bad("a row that is no number", marked(lambda p: p[0].update(row="top")), "landmarks-unreadable",
        MARKS, "point 1"),
    Bad("a text", written("Dear colleague,"), "landmarks-unreadable", MARKS),
    Bad("nothing", written(""), "landmarks-unreadable", MARKS),
    Bad("bytes", written(bytes(range(256))), "landmarks-unreadable", MARKS),
    Bad("broken JSON", written('{"schema": "spreadscan.landmarks", "points": ['), "landmarks-unreadable",
        MARKS),
    Bad("another schema", written('{"schema": "other", "points": []}'), "landmarks-unreadable", MARKS,
        "schema"),
    Bad("a list of numbers", written("[1, 2, 3]"), "landmarks-unreadable", MARKS),
    Bad("a table without rows", written("level,side,row,column\n", "marks.csv"), "landmarks-unreadable",
        "marks.csv"),
    Bad("a table of other things", written("name,age\nx,3\n", "marks.csv"), "landmarks-unreadable",
        "marks.csv"),
    Bad("not there", given("--landmarks", "nowhere.json"), "input-missing", "nowhere.json"),
    Bad("a DICOM file", lambda study: [study, "--landmarks", study / "post.dcm"], "landmarks-unreadable",
        "post.dcm"),
    Bad("Slicer's without its spacing", written(json.dumps({
        "@schema": "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/"
        "Schema/markups-schema-v1.0.3.json#",
        "markups": [{"type": "Fiducial", "coordinateSystem": "LPS", "controlPoints": [
            {"label": "L4-R", "position": [1, 2, 0]}]}]}), "marks.mrk.json"),
        "landmarks-unreadable", "marks.mrk.json"),
]  # fmt: skip

OPTIONS = [
    Bad("a side against the file", given("--patient-left", "image-right"), "orientation-contradiction",
        "post.dcm", SIDE),
    Bad("a frame that is not there", given("--frame", 2), "frame-out-of-range", "post.dcm", "--frame"),
    Bad("a frame of the baseline that is not there", given("--baseline-frames", "1-3"), "frame-out-of-range",
        "post.dcm", "--baseline-frames"),
    Bad("a baseline in a single image", given("--baseline-frames", "1"), "baseline-mismatch", "post.dcm",
        "--baseline-frames"),
    Bad("two baselines", lambda s: [s / "post.dcm", "--baseline", s / "scout.dcm", "--baseline-frames", "1"],
        "bad-option", "", "--baseline-frames", 2),
    Bad("a spacing of 0", given("--mm-per-px", 0), "bad-option", "", "--mm-per-px", 2),
    Bad("a negative spacing", given("--mm-per-px=-1"), "bad-option", "", "--mm-per-px", 2),
    Bad("no number", given("--mm-per-px", "nan"), "bad-option", "", "--mm-per-px", 2),
    Bad("infinity", given("--slicer-mm-per-px", "inf"), "bad-option", "", "--slicer-mm-per-px", 2),
    Bad("an image of 6 m", given("--mm-per-px", 50), "bad-option", "post.dcm", "--mm-per-px", 2),
    Bad("an image of 1 mm", given("--mm-per-px", 0.01), "bad-option", "post.dcm", "--mm-per-px", 2),
    Bad("a baseline of another size", baseline(np.zeros((64, 64), np.uint16)), "baseline-mismatch",
        "other.dcm", "--baseline"),
    Bad("a baseline of another patient", baseline(PatientID="X-2"), "two-patients", "other.dcm",
        "(0010,0020)"),
    Bad("the image as its own baseline", lambda s: [s / "post.dcm", "--baseline", s / "post.dcm"],
        "baseline-mismatch", "post.dcm", "--baseline"),
    Bad("a folder as baseline", lambda s: [s / "post.dcm", "--baseline", s], "input-ambiguous", "study",
        "--baseline"),
    Bad("a missing baseline", given("--baseline", "nowhere.dcm"), "input-missing", "nowhere.dcm"),
    Bad("a baseline that is a text", lambda s: [s, "--baseline", s / "landmarks.json"], "input-not-dicom",
        "landmarks.json"),
    Bad("a mask of another size", mask((64, 128)), "mask-unreadable", "mask.png"),
    Bad("a mask of other values", mask((128, 128), values=(0, 7)), "mask-unreadable", "mask.png"),
    Bad("a mask that is no picture", mask_of(b"no picture"), "mask-unreadable", "mask.png"),
    Bad("an empty mask file", mask_of(b""), "mask-unreadable", "mask.png"),
    Bad("a missing mask", given("--mask", "nowhere.png"), "input-missing", "nowhere.png"),
    Bad("settings that are no TOML", settings(b"= 3"), "settings-unreadable", "my.toml"),
    Bad("settings in another encoding", settings(b"# \xff\n"), "settings-unreadable", "my.toml"),
    Bad("an unknown setting", settings(b"[cover]\nthrows = 3\n"), "settings-unreadable", "my.toml",
        "cover.throws"),
    Bad("an unknown stage", settings(b"[covers]\n"), "settings-unreadable", "my.toml", "covers"),
    Bad("missing settings", given("--settings", "nowhere.toml"), "settings-unreadable", "nowhere.toml"),
]  # fmt: skip


def check_refusal(said, bad):
    """One line on stderr: file, field, problem; advice [slug]."""
    assert (said.status, said.out) == (bad.status, "")
    assert "Traceback" not in said.err
    assert "SECRET" not in said.err.upper(), "the patient is quoted"
    line, rest = said.err.split("\n", 1)
    assert rest == ""
    assert line.startswith(f"spreadscan: {bad.file}{': ' if bad.file else ''}")
    assert line.endswith(f" [{bad.slug}]")
    assert bad.slug in SLUGS
    assert bad.field in line
    problem, _, advice = line.removesuffix(f" [{bad.slug}]").rpartition("; ")
    assert len(problem) > len("spreadscan: ")
    assert len(advice.split()) >= 2


@pytest.mark.parametrize("bad", [*FILES, *OPTIONS], ids=lambda bad: bad.name)
def test_bad_input_is_refused(say, here, study, bad):
    arguments = bad.prepare(study)
    check_refusal(say("analyse", *arguments, "-o", "result"), bad)
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("bad", LANDMARKS, ids=lambda bad: bad.name)
def test_bad_landmarks_are_refused(say, here, study, bad):
    arguments = bad.prepare(study)
    check_refusal(say("analyse", *arguments, "-o", "result"), bad)
    assert list(here.iterdir()) == []


def test_landmarks_against_the_side_that_the_user_gives(say, here, study):
    changed(study / "post.dcm", PatientOrientation=None)
    arguments = [study, "--landmarks", study / "landmarks.json", "--patient-left", "image-right"]
    said = say("analyse", *arguments)
    check_refusal(said, Bad("", given(), "landmarks-mirrored", "post.dcm", "landmarks"))
    assert "the user says image right" in said.err
    assert list(here.iterdir()) == []


def test_landmarks_of_an_impossible_scale(say, here, study):
    """Where the file has no spacing, landmarks size the filters: too close together they size nonsense."""
    for name in ("scout", "post"):
        changed(study / f"{name}.dcm", ImagerPixelSpacing=None, EstimatedRadiographicMagnificationFactor=None)
    said = say("analyse", *marked(tiny)(study))
    check_refusal(said, Bad("", given(), "bad-header", "post.dcm", "landmarks"))
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("bad", FILES, ids=lambda bad: bad.name)
def test_info_refuses_the_same_files(say, here, study, bad):
    """What only the pixels tell is no matter of ``info``, and neither are roles that cannot be told."""
    said = say("info", *bad.prepare(study))
    if bad.name in OF_PIXELS_AND_ROLES:
        assert said.status == 0
        return
    check_refusal(said, bad)
    assert list(here.iterdir()) == []


# nowhere to write


def check_unwritable(said, file):
    check_refusal(said, Bad("", given(), "output-unwritable", file))


def test_a_file_in_the_way_of_the_results(say, here, small_study):
    (here / "result").write_text("mine")
    check_unwritable(say("analyse", small_study, "-o", "result"), "result")
    assert (here / "result").read_text() == "mine"
    assert [path.name for path in here.iterdir()] == ["result"]


def test_a_folder_below_a_file(say, here, small_study):
    (here / "notes.txt").write_text("mine")
    check_unwritable(say("analyse", small_study, "-o", "notes.txt/result"), "result")
    assert [path.name for path in here.iterdir()] == ["notes.txt"]


def test_a_folder_in_the_way_of_a_file(say, here, small_study):
    (here / "result" / "report.json").mkdir(parents=True)
    check_unwritable(say("analyse", small_study, "-o", "result"), "report.json")
    assert [path.name for path in (here / "result").iterdir()] == ["report.json"]


def test_a_name_that_is_too_long(say, here, small_study):
    check_unwritable(say("analyse", small_study, "-o", "x" * 300), "x" * 300)
    assert list(here.iterdir()) == []


def test_a_failure_leaves_earlier_results_alone(say, here, study):
    assert say("analyse", study, "-o", "result", "-q").status == 0
    before = {path.name: path.read_bytes() for path in (here / "result").iterdir()}
    assert say("analyse", *image_with(Rows=0)(study), "-o", "result").status == 3
    assert {path.name: path.read_bytes() for path in (here / "result").iterdir()} == before
