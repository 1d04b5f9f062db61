"""Landmarks out and in again, in every format; what the files say besides; the picture and the table."""

import io
import shutil
import subprocess
import zipfile
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from spreadscan.anatomy import LEVELS
from spreadscan.errors import CannotRead, CannotWrite, WrongUsage
from spreadscan.marks.export import Export
from spreadscan.marks.file import DrawnOn
from spreadscan.marks.formats import FORMATS as ALL
from spreadscan.marks.formats import format_named
from spreadscan.marks.landmarks import read_landmarks
from spreadscan.read.identity import image_key
from spreadscan.values import Landmark, Landmarks
from spreadscan.write.landmark_folder import write_landmarks
from spreadscan.write.pictures.landmark_figure import landmarks_png
from spreadscan.write.words.landmark_table import landmark_table
from tests.marked_frames import COLUMNS, IMAGE_UID, MOMENT, ROWS, identified, marked_frame, spine

VALIDATOR = shutil.which("dciodvfy")
FORMATS = tuple(one.name for one in ALL)
OBJECTS = tuple(one.name for one in ALL if one.dated)
EXACT = ("json", "csv", "napari")
"""Formats that hold numbers to the last digit, and standard deviations."""
SLICER_MM = 0.37


def written(marked, name, folder):
    content = format_named(name).loaded().write_points(marked, Export(MOMENT, SLICER_MM))
    folder.mkdir(exist_ok=True)
    (folder / "landmarks").write_bytes(content)
    return folder / "landmarks"


def read_again(path, marked):
    return read_landmarks(path, DrawnOn(ROWS, COLUMNS, None, marked.image_key, SLICER_MM))


def places(landmarks):
    return {point.label: (point.row, point.column) for point in landmarks.points}


# out and in again


@pytest.mark.parametrize("frames", [1, 12])
@pytest.mark.parametrize("name", FORMATS)
def test_what_is_written_is_read_again(tmp_path, name, frames):
    marked = marked_frame(frames=frames, frame=min(frames, 7))
    found = read_again(written(marked, name, tmp_path / "out"), marked)
    assert list(places(found)) == list(places(marked.landmarks))
    tolerance = {"abs": 0} if name in EXACT else {"rel": 2e-7, "abs": 1e-12}
    for label, place in places(marked.landmarks).items():
        assert places(found)[label] == pytest.approx(place, **tolerance), label
    assert found.frames == (() if frames == 1 or name == "slicer" else (7,))


@pytest.mark.parametrize("name", FORMATS)
def test_sides_of_the_image_come_back_as_such(tmp_path, name):
    points = tuple(replace(point, side=f"image {point.side}") for point in spine())
    marked = marked_frame(points)
    found = read_again(written(marked, name, tmp_path / "out"), marked)
    assert list(places(found)) == [point.label for point in points]


@pytest.mark.parametrize("name", EXACT)
def test_standard_deviations_come_back(tmp_path, name):
    points = (Landmark("L4", "left", "sap_tp_junction", 1 / 3, 2 / 3, 1.25), *spine()[3:4])
    marked = marked_frame(points)
    found = read_again(written(marked, name, tmp_path / "out"), marked)
    assert [point.sd_px for point in found.points] == [1.25, None]
    assert (found.points[0].row, found.points[0].column) == (1 / 3, 2 / 3)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    row=st.floats(-0.5, ROWS - 0.5),
    column=st.floats(-0.5, COLUMNS - 0.5),
    level=st.sampled_from(LEVELS),
    side=st.sampled_from(["left", "right", "image left", "image right"]),
    kind=st.from_regex(r"\A[a-z][a-z0-9_]{0,39}\Z"),
    name=st.sampled_from(FORMATS),
)
def test_any_landmark_comes_back(tmp_path, row, column, level, side, kind, name):
    junction = Landmark(level, side, "sap_tp_junction", row, column)
    points = (
        (junction,) if kind == "sap_tp_junction" else (junction, Landmark(level, side, kind, row, column))
    )
    marked = marked_frame(points)
    makers = written(marked, name, tmp_path / "out")
    on = DrawnOn(ROWS + 1, COLUMNS + 1, None, marked.image_key, SLICER_MM)
    found = read_landmarks(makers, on)
    assert [point.label for point in found.points] == [point.label for point in points]
    for point in found.points:
        assert (point.row, point.column) == pytest.approx((row, column), rel=2e-7, abs=1e-6)


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_landmarks_give_the_same_bytes(tmp_path, name):
    one, other = (written(marked_frame(), name, tmp_path / folder).read_bytes() for folder in "ab")
    assert one == other


@pytest.mark.parametrize("name", ["json", "csv", "sr", "gsps"])
def test_what_is_written_belongs_to_its_image(tmp_path, name):
    path = written(marked_frame(), name, tmp_path / "out")
    with pytest.raises(CannotRead, match="landmarks-elsewhere"):
        read_landmarks(path, DrawnOn(ROWS, COLUMNS, image_key=image_key("1.2.3")))


# what the files say


def test_nothing_but_dicom_names_the_patient_or_the_image(tmp_path):
    names = [name for name in FORMATS if name not in OBJECTS]
    for path in write_landmarks(marked_frame(), tmp_path / "out", names, Export(MOMENT, 1.0)):
        content = path.read_bytes()
        if path.suffix == ".zip":
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                content = b"".join(archive.read(name) for name in archive.namelist())
        for secret in (b"SECRET", b"ller", IMAGE_UID.encode()):
            assert secret not in content, path.name


def test_rois_are_named_after_their_points(tmp_path):
    with zipfile.ZipFile(written(marked_frame(), "imagej", tmp_path / "out")) as archive:
        assert archive.namelist()[:2] == ["L3-L.roi", "L3-R.roi"]
        assert archive.namelist()[-1] == "S1-R left_l4_2b.roi"


def test_a_report_counts_from_the_corner_and_names_bone_and_side(tmp_path):
    dataset = pydicom.dcmread(written(marked_frame(spine()[2:3]), "sr", tmp_path / "out"))
    (group,) = dataset.ContentSequence[-1].ContentSequence
    tracking, _, _, site, region = group.ContentSequence
    assert tracking.TextValue == "L4-L"
    assert site.ConceptCodeSequence[0].CodeMeaning == "L4 vertebra"
    assert site.ContentSequence[0].ConceptCodeSequence[0].CodeMeaning == "Left"
    assert region.GraphicData == pytest.approx([151.05, 130.625], abs=1e-4)
    reference = region.ContentSequence[0].ReferencedSOPSequence[0]
    assert (reference.ReferencedSOPInstanceUID, reference.ReferencedFrameNumber) == (IMAGE_UID, 7)
    (study,) = dataset.CurrentRequestedProcedureEvidenceSequence
    evidence = study.ReferencedSeriesSequence[0].ReferencedSOPSequence[0]
    assert evidence.ReferencedSOPInstanceUID == IMAGE_UID


def test_a_state_counts_from_the_corner_and_shows_the_whole_image(tmp_path):
    dataset = pydicom.dcmread(written(marked_frame(spine()[2:3]), "gsps", tmp_path / "out"))
    (annotation,) = dataset.GraphicAnnotationSequence
    assert annotation.GraphicObjectSequence[0].GraphicData == pytest.approx([151.05, 130.625], abs=1e-4)
    assert annotation.TextObjectSequence[0].UnformattedTextValue == "L4-L"
    (area,) = dataset.DisplayedAreaSelectionSequence
    assert list(area.DisplayedAreaBottomRightHandCorner) == [COLUMNS, ROWS]
    assert dataset.SoftcopyVOILUTSequence[0].WindowWidth == 800.5
    assert dataset.PresentationLUTShape == "IDENTITY"


def test_a_state_of_an_inverted_image_is_inverted_and_an_odd_window_is_left_out(tmp_path):
    for number, width in enumerate(("nan", "0", "", "x", "1e999")):
        marked = marked_frame(inverted_display=True, identity=identified(WindowWidth=width))
        dataset = pydicom.dcmread(written(marked, "gsps", tmp_path / str(number)))
        assert dataset.PresentationLUTShape == "INVERSE"
        assert "SoftcopyVOILUTSequence" not in dataset


@pytest.mark.parametrize("name", OBJECTS)
def test_dicom_objects_belong_to_patient_and_study(tmp_path, name):
    dataset = pydicom.dcmread(written(marked_frame(), name, tmp_path / "out"))
    assert str(dataset.PatientName) == "Müller^Ärzte"
    assert (dataset.PatientID, dataset.PatientSex, dataset.StudyDate) == ("SECRET-1", "F", "20260102")
    assert dataset.StudyInstanceUID == identified().text("StudyInstanceUID")
    assert dataset.SeriesInstanceUID != identified().text("SeriesInstanceUID")
    assert dataset.SeriesDescription.startswith("spreadscan")


@pytest.mark.parametrize("name", OBJECTS)
def test_dicom_objects_have_uids_of_their_own(tmp_path, name):
    def uids(marked, moment):
        content = format_named(name).loaded().write_points(marked, Export(moment))
        dataset = pydicom.dcmread(io.BytesIO(content))
        return dataset.SOPInstanceUID, dataset.SeriesInstanceUID

    found = [
        *uids(marked_frame(), MOMENT),
        *uids(marked_frame(), MOMENT.replace(year=2027)),
        *uids(marked_frame(spine()[:3]), MOMENT),
        *uids(marked_frame(frame=8), MOMENT),
    ]
    assert len(set(found)) == 8
    assert all(uid.is_valid and uid.startswith("2.25.") for uid in found)


@pytest.mark.parametrize("name", OBJECTS)
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"SOPInstanceUID": ""}, "SOPInstanceUID (0008,0018)"),
        ({"StudyInstanceUID": "1.2.x"}, "StudyInstanceUID (0020,000D)"),
        ({"PatientID": "9" * 65}, "PatientID (0010,0020)"),
        ({"PatientName": "a\\b"}, "PatientName (0010,0010)"),
    ],
)
def test_an_image_that_cannot_be_referred_to_is_refused(tmp_path, name, changes, field):
    marked = marked_frame(identity=identified(**changes))
    with pytest.raises(CannotWrite, match="bad-header") as refused:
        write_landmarks(marked, tmp_path / "out", ["json", name], Export(MOMENT))
    assert refused.value.field == field
    assert "9" * 65 not in str(refused.value)
    assert not (tmp_path / "out").exists()


def test_odd_dates_and_sexes_are_left_empty(tmp_path):
    odd = identified(PatientSex="?", StudyDate="2026-01-02", StudyTime="x", PatientBirthDate="1950")
    for name in ("sr", "gsps"):
        dataset = pydicom.dcmread(written(marked_frame(identity=odd), name, tmp_path / name))
        assert (dataset.PatientSex, dataset.StudyDate, dataset.StudyTime) == ("", "", "")
        assert dataset.PatientBirthDate == ""


def test_a_colour_image_has_no_grayscale_state(tmp_path):
    colour = marked_frame(identity=identified(PhotometricInterpretation="RGB"))
    with pytest.raises(CannotWrite, match="colour-image"):
        written(colour, "gsps", tmp_path / "out")


def test_an_identity_is_not_shown():
    assert "SECRET" not in repr(marked_frame())


@pytest.mark.skipif(VALIDATOR is None, reason="dciodvfy is not installed")
@pytest.mark.parametrize("frames", [1, 12])
@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize("name", OBJECTS)
def test_the_validator_finds_no_error(tmp_path, name, bare, frames):
    few = (
        "SOPClassUID",
        "SOPInstanceUID",
        "StudyInstanceUID",
        "SeriesInstanceUID",
        "PhotometricInterpretation",
    )
    full = identified()
    identity = replace(full, attributes=tuple((k, v) for k, v in full.attributes if k in few or not bare))
    marked = marked_frame(frames=frames, frame=1, identity=identity, inverted_display=bare)
    path = written(marked, name, tmp_path / "out")
    done = subprocess.run([str(VALIDATOR), str(path)], capture_output=True, text=True, check=False)
    said = (done.stderr + done.stdout).splitlines()
    assert any({"sr": "ComprehensiveSR", "gsps": "GrayscaleSoftcopy"}[name] in line for line in said)
    assert [line for line in said if line.startswith("Error")] == []


# all or nothing


def test_without_the_spacing_of_slicer_nothing_is_written(tmp_path):
    with pytest.raises(WrongUsage, match=r"--slicer-mm-per-px.*\[bad-option\]"):
        write_landmarks(marked_frame(), tmp_path / "out", ["json", "slicer"], Export(MOMENT))
    assert list(tmp_path.iterdir()) == []


def test_only_what_is_asked_for_is_written_and_the_rest_is_left_alone(tmp_path):
    (tmp_path / "report.json").write_text("old")
    paths = write_landmarks(marked_frame(), tmp_path, ["csv"], Export(MOMENT))
    assert [path.name for path in paths] == ["landmarks.png", "landmarks.csv"]
    assert {path.name for path in tmp_path.iterdir()} == {"landmarks.png", "landmarks.csv", "report.json"}


# the table


def test_the_table_gives_distances_to_the_neighbours():
    points = (
        Landmark("L3", "left", "sap_tp_junction", 100.0, 50.0),
        Landmark("L3", "right", "sap_tp_junction", 100.0, 80.0),
        Landmark("L5", "left", "sap_tp_junction", 140.0, 20.0),
        Landmark("L4", "left", "tp_tip", 120.0, 10.0),
    )
    lines = landmark_table(marked_frame(points)).splitlines()
    assert (
        lines[0] == "4 landmarks from table, on frame 7 of 12 of 400 × 300 pixels; their file names no frame."
    )
    assert lines[1] == "The patient's left is on image left (from: patient orientation)."
    assert [line.split() for line in lines[4:]] == [
        ["L3", "left", "SAP–TP", "junction", "100.00", "50.00", "30.0", "px", "50.0", "px", "(L5)"],
        ["L3", "right", "SAP–TP", "junction", "100.00", "80.00", "30.0", "px"],
        ["L5", "left", "SAP–TP", "junction", "140.00", "20.00"],
        ["L4", "left", "tp_tip", "120.00", "10.00"],
    ]


def test_the_table_says_what_is_not_known():
    lines = landmark_table(marked_frame(patient_left="unknown", frames=1, frame=1)).splitlines()
    assert lines[0] == "8 landmarks from table, on the only frame of 400 × 300 pixels."
    assert lines[1] == "Which side of the image is the patient's left is not known."
    named = replace(marked_frame().landmarks, frames=(7,), made_by="")
    assert landmark_table(marked_frame(landmarks=named)).startswith(
        "8 landmarks from no file, on frame 7 of 12 of"
    )


# the picture


def pixels_of(png):
    with Image.open(io.BytesIO(png)) as image:
        assert image.mode == "RGB"
        return np.asarray(image).astype(int)


def test_each_landmark_is_drawn_where_it_lies():
    """Against the picture without it, what differs near the place is centred on it."""
    point = Landmark("L4", "left", "sap_tp_junction", 120.0, 260.0)
    other = Landmark("L4", "left", "sap_tp_junction", 30.0, 20.0)
    one, two = (pixels_of(landmarks_png(marked_frame((p,), picture=_gray()))) for p in (point, other))
    width = one.shape[1]
    scale = (width - 2 * 16 - 2 * 220) / COLUMNS
    x, y = (width - scale * COLUMNS) / 2 + scale * 260.5, 74 + scale * 120.5
    reach = 9
    near = (one != two).any(axis=2)[round(y) - reach : round(y) + reach, round(x) - reach : round(x) + reach]
    rows, columns = np.nonzero(near)
    assert near.any()
    assert rows.mean() - reach == pytest.approx(0, abs=1.5)
    assert columns.mean() - reach == pytest.approx(0, abs=1.5)


def _gray():
    return np.full((ROWS, COLUMNS), 120, np.uint8)


def test_the_frame_is_shown_as_it_is():
    png = pixels_of(landmarks_png(marked_frame((spine()[0],))))
    width = png.shape[1]
    scale = (width - 2 * 16 - 2 * 220) / COLUMNS
    for column in (30, 200, 380):
        shown = png[round(74 + scale * 280), round((width - scale * COLUMNS) / 2 + scale * (column + 0.5)), 0]
        assert shown == pytest.approx(255 * column / (COLUMNS - 1), abs=3)


@pytest.mark.parametrize("patient_left", ["image left", "image right", "unknown"])
def test_a_picture_is_drawn_of_every_kind_of_frame(patient_left):
    crowded = tuple(
        Landmark(level, side, f"kind_{kind}", 150.0 + kind, 200.0 + 3 * kind)
        for level in LEVELS
        for side in ("left", "right")
        for kind in range(3)
    )
    marked = marked_frame((*spine()[:1], *crowded), patient_left=patient_left)
    assert pixels_of(landmarks_png(marked)).std() > 10
    flat = marked_frame(rows=3, columns=900, picture=np.zeros((3, 900), np.uint8))
    assert landmarks_png(replace(flat, landmarks=Landmarks("given", (spine()[0],))))


def test_labels_never_cover_one_another():
    from spreadscan.write.pictures.landmark_figure import _labels, _layout

    crowded = tuple(
        Landmark(level, "left", "sap_tp_junction", 290.0, 30.0 + n) for n, level in enumerate(LEVELS)
    )
    marked = marked_frame((*crowded, Landmark("L1", "right", "sap_tp_junction", 290.0, 390.0)))
    labels = [label for label in _labels(marked, _layout(marked)) if label.on_left]
    assert len(labels) == len(crowded)
    assert all(a.top + a.height_px <= b.top for a, b in pairwise(labels))
