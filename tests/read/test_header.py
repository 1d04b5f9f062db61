"""Any X-ray image has a header, which says what the image is called, when it was taken, and not of whom."""

import hashlib

import numpy as np
import pytest
from pydicom.uid import UID

from spreadscan.read.encodings import XRAY_CLASSES
from tests.dicom_files import SOP_CLASSES, item


def run(frames):
    return np.zeros((frames, 6, 8), np.uint16)


@pytest.mark.parametrize(
    "sop_class",
    [
        "XA",
        "XRF",
        "Enhanced XA",
        "Enhanced XRF",
        "DX",
        "DX processing",
        "CR",
        "SC",
        "SC byte",
        "SC word",
        "SC colour",
    ],
)
def test_every_xray_class_is_read_whatever_its_modality(header, sop_class):
    found = header(sop_class=sop_class, Modality="US")
    assert (found.frames, found.rows, found.columns) == (1, 6, 8)
    assert found.modality == "US"
    assert "Image Storage" in found.sop_class


@pytest.mark.parametrize("transfer_syntax", ["implicit", "deflated", "big endian", "jpeg-ls"])
def test_facts_do_not_depend_on_the_transfer_syntax(header, transfer_syntax):
    attributes = {"ImagerPixelSpacing": [0.3, 0.2], "FrameTime": 33, "PatientOrientation": ["R", "F"]}
    plain = header(run(3), **attributes)
    other = header(run(3), transfer_syntax=transfer_syntax, **attributes)
    assert (other.geometry.imager_spacing_mm, other.view.patient_orientation, other.frame_times_s) == (
        plain.geometry.imager_spacing_mm,
        plain.view.patient_orientation,
        plain.frame_times_s,
    )


def test_a_bare_header_leaves_everything_unknown(header):
    found = header()
    assert found.geometry.pixel_spacing_mm is found.geometry.imager_spacing_mm is None
    assert found.geometry.magnification is found.geometry.source_to_detector_mm is None
    assert found.view.patient_orientation is found.view.primary_angle_deg is None
    assert (found.apertures, found.mask_frames, found.frame_times_s) == ((), (), None)
    assert (found.order, found.role_hint) == (None, None)
    assert found.pixels.relationship is found.pixels.sign is found.pixels.to_linear is None
    assert not any((found.pixels.inverted_display, found.pixels.lossy, found.pixels.subtracted))


# frames


@pytest.mark.parametrize(
    ("attributes", "times"),
    [
        ({"FrameTime": 500}, (0, 0.5, 1)),
        ({"FrameTimeVector": [0, 100, 300]}, (0, 0.1, 0.4)),
        ({"FrameTimeVector": [0, 100, 300], "FrameTime": 50}, (0, 0.1, 0.4)),
        (
            {"FrameTimeVector": [0, 100, 300], "FrameTime": 50, "FrameIncrementPointer": 0x00181063},
            (0, 0.05, 0.1),
        ),
        ({"FrameTimeVector": [0, 100]}, None),
        ({"FrameTimeVector": [0, 100, -50]}, None),
        ({"FrameTime": 0}, None),
        ({"CineRate": 15}, None),
    ],
)
def test_frame_times(header, attributes, times):
    assert header(run(3), **attributes).frame_times_s == (None if times is None else pytest.approx(times))


@pytest.mark.parametrize(("said", "known"), [("80", 80.0), ("0", None), ("1200", None), (None, None)])
def test_the_tube_voltage_is_that_of_a_tube(header, said, known):
    assert header(**({} if said is None else {"KVP": said})).peak_kv == known


def test_mask_frames_are_counted_from_zero(header):
    sequence = [
        item(MaskOperation="NONE", MaskFrameNumbers=[3]),
        item(MaskOperation="AVG_SUB", MaskFrameNumbers=[99]),
        item(MaskOperation="AVG_SUB", MaskFrameNumbers=[2, 1, 40]),
    ]
    assert header(run(5), MaskSubtractionSequence=sequence).mask_frames == (0, 1)


def test_mask_frame_zero_does_not_exist(header):
    sequence = [item(MaskOperation="AVG_SUB", MaskFrameNumbers=0)]
    assert header(run(5), MaskSubtractionSequence=sequence).mask_frames == ()


# names


@pytest.mark.parametrize(
    ("said", "role"),
    [
        ("Pre-contrast", "baseline"),
        ("PRE", "baseline"),
        ("Scout L4", "baseline"),
        ("precontrast", "baseline"),
        ("without contrast", "baseline"),
        ("non-contrast", "baseline"),
        ("before injection", "baseline"),
        ("Mask", "baseline"),
        ("native", "baseline"),
        ("baseline_1", "baseline"),
        ("Post-contrast", "contrast"),
        ("post", "contrast"),
        ("after injection", "contrast"),
        ("CONTRAST run", "contrast"),
        ("with contrast", "contrast"),
        ("Pre and post contrast", None),
        ("Fluoro run", None),
        ("L-spine pre-op", None),
        ("presentation", None),
        ("unenhanced", "baseline"),
        ("", None),
    ],
)
def test_role_hint(header, said, role):
    for keyword in ("SeriesDescription", "ImageComments", "ProtocolName"):
        assert header(**{keyword: said}).role_hint == role, keyword


def test_role_hints_that_disagree_are_none(header):
    assert header(SeriesDescription="pre", ImageComments="post contrast").role_hint is None
    assert header(SeriesDescription="pre", ProtocolName="Contrast study").role_hint == "baseline"


# who and when


def test_nothing_tells_who_the_patient_is(header):
    found = header(
        PatientName="Doe^Jane",
        PatientID="4711",
        PatientBirthDate="19500102",
        StudyDate="20240115",
        ContentDate="20240115",
        ContentTime="101601",
        AccessionNumber="A-1",
        InstitutionName="St. Elsewhere",
    )
    text = repr(found)
    for secret in ("Doe", "Jane", "4711", "1950", "2024", "A-1", "Elsewhere"):
        assert secret not in text


def test_patient_key_goes_by_number_then_by_name(header):
    one = header(PatientID="1", PatientName="A").patient_key
    assert one == header(PatientID="1", PatientName="B").patient_key
    assert one != header(PatientID="2", PatientName="A").patient_key
    assert one != header(PatientID="1", IssuerOfPatientID="other").patient_key
    by_name = header(PatientID="", PatientName="A").patient_key
    assert by_name not in (one, header(PatientID=None, PatientName="B").patient_key, "")
    assert header(PatientID=None, PatientName=None).patient_key == ""


@pytest.mark.parametrize(
    ("attributes", "order"),
    [
        ({"ContentTime": "101601.5"}, ("0000 101601.500000", 0)),
        ({"ContentTime": "10:16:01"}, ("0000 101601.000000", 0)),
        ({"ContentTime": "1016", "AcquisitionTime": "1015"}, ("0000 101500.000000", 0)),
        (
            {"AcquisitionDateTime": "20240116080000.1+0100", "StudyDate": "20240115"},
            ("0001 080000.100000", 0),
        ),
        (
            {"StudyDate": "20240115", "ContentDate": "20240116", "ContentTime": "0001"},
            ("0001 000100.000000", 0),
        ),
        (
            {"StudyDate": "20240115", "ContentDate": "20240114", "ContentTime": "0001"},
            ("0000 000100.000000", 0),
        ),
        ({"InstanceNumber": 7}, ("", 7)),
        ({"InstanceNumber": 7, "SeriesNumber": 2}, ("", 2 * 2**32 + 7)),
        ({"SeriesNumber": 2, "StudyTime": "101010"}, None),
        ({"ContentTime": "996199"}, None),
    ],
)
def test_order_of_acquisition(header, attributes, order):
    assert header(**attributes).order == order


def test_hash_is_of_the_whole_file(header, tmp_path):
    assert header().sha256 == hashlib.sha256((tmp_path / "a.dcm").read_bytes()).hexdigest()


def test_every_class_name_is_the_one_of_the_standard():
    assert all(UID(uid).name == name for uid, name in XRAY_CLASSES.items())
    assert set(XRAY_CLASSES) <= set(SOP_CLASSES.values())
