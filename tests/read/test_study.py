"""A folder is one study of one patient, in order of acquisition; everything else in it is left out."""

import numpy as np
import pytest

from spreadscan.errors import CannotRead
from spreadscan.read import dicom
from spreadscan.read.dicom import list_study
from tests.dicom_files import write_dicom, write_xa


def image(value=0):
    return np.full((1, 4, 4), value, np.uint8)


def names(folder):
    return [header.path.name for header in list_study(folder)]


def test_images_come_in_order_of_acquisition(tmp_path):
    write_xa(tmp_path / "a.dcm", image(), ContentTime="120000", InstanceNumber=1)
    write_xa(tmp_path / "b.dcm", image(1), ContentTime="110000", InstanceNumber=2)
    assert names(tmp_path) == ["b.dcm", "a.dcm"]


def test_numbers_count_where_a_time_is_missing(tmp_path):
    write_xa(tmp_path / "a.dcm", image(), ContentTime="120000", InstanceNumber=2)
    write_xa(tmp_path / "b.dcm", image(1), InstanceNumber=1)
    headers = list_study(tmp_path)
    assert [(h.path.name, h.order) for h in headers] == [("b.dcm", ("", 1)), ("a.dcm", ("", 2))]


def test_without_times_and_numbers_there_is_no_order(tmp_path):
    write_xa(tmp_path / "b.dcm", image(), InstanceNumber=2)
    write_xa(tmp_path / "a.dcm", image(1))
    headers = list_study(tmp_path)
    assert [(h.path.name, h.order) for h in headers] == [("a.dcm", None), ("b.dcm", None)]


def test_subfolders_are_searched_but_not_for_ever(tmp_path):
    deep = tmp_path
    for level in range(7):
        write_xa(deep / f"{level}.dcm", image(level), InstanceNumber=level)
        deep = deep / "sub"
        deep.mkdir()
    assert names(tmp_path) == [f"{level}.dcm" for level in range(dicom.DEEPEST_FOLDER + 1)]


def test_a_loop_of_links_is_not_followed(tmp_path):
    write_xa(tmp_path / "a.dcm", image())
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "broken").symlink_to(tmp_path / "nothing")
    assert names(tmp_path) == ["a.dcm"]


def test_what_is_no_xray_image_is_left_out(tmp_path):
    write_xa(tmp_path / "a.dcm", image())
    write_dicom(tmp_path / "ct.dcm", image(), "CT", PatientID="other", StudyInstanceUID="1.9")
    write_dicom(tmp_path / "sr.dcm", image(), "SR", PixelData=None)
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / "empty").write_bytes(b"")
    assert names(tmp_path) == ["a.dcm"]


def test_a_copy_counts_once(tmp_path):
    path = write_xa(tmp_path / "a.dcm", image())
    (tmp_path / "b.dcm").write_bytes(path.read_bytes())
    assert names(tmp_path) == ["a.dcm"]


def test_a_damaged_image_is_not_passed_over(tmp_path):
    write_xa(tmp_path / "a.dcm", image())
    content = write_xa(tmp_path / "b.dcm", image(1)).read_bytes()
    (tmp_path / "b.dcm").write_bytes(content[: content.index(b"Secret") + 3])
    with pytest.raises(CannotRead, match=r"^b\.dcm: .*\[file-damaged\]"):
        list_study(tmp_path)


@pytest.mark.parametrize(
    ("others", "slug"),
    [
        ([{"PatientID": "2"}], "two-patients"),
        ([{"PatientID": "2", "StudyInstanceUID": "1.9"}], "two-patients"),
        ([{"StudyInstanceUID": "1.9"}], "two-studies"),
        ([{"StudyInstanceUID": None}], "two-studies"),
        ([{"PatientID": None, "PatientName": None}], ""),
    ],
)
def test_one_patient_and_one_study(tmp_path, others, slug):
    write_xa(tmp_path / "a.dcm", image())
    for number, attributes in enumerate(others):
        write_xa(tmp_path / f"b{number}.dcm", image(1), **attributes)
    if not slug:
        assert len(list_study(tmp_path)) == 2
        return
    with pytest.raises(CannotRead, match=rf"\[{slug}\]") as caught:
        list_study(tmp_path)
    assert caught.value.file == tmp_path.name
    assert "SECRET" not in str(caught.value)


def test_folders_without_images(tmp_path):
    with pytest.raises(CannotRead, match=r"\[input-empty\]"):
        list_study(tmp_path)
    (tmp_path / "notes.txt").write_text("no image")
    with pytest.raises(CannotRead, match=r"no DICOM image among 1 files.*\[input-empty\]"):
        list_study(tmp_path)
    write_dicom(tmp_path / "ct.dcm", image(), "CT")
    with pytest.raises(CannotRead, match=r"holds 1 DICOM objects.*\[wrong-modality\]"):
        list_study(tmp_path)


def test_too_many_files(tmp_path, monkeypatch):
    monkeypatch.setattr(dicom, "MOST_FILES", 3)
    for number in range(4):
        (tmp_path / f"{number}.txt").write_text("x")
    with pytest.raises(CannotRead, match=r"more than 3 files.*\[input-ambiguous\]"):
        list_study(tmp_path)


def test_a_missing_folder(tmp_path):
    with pytest.raises(CannotRead, match=r"does not exist.*\[input-missing\]"):
        list_study(tmp_path / "nowhere")
