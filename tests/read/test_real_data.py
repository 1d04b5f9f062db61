"""Real files, which lie beside a working copy of the project and are not part of it."""

from pathlib import Path

import numpy as np
import pytest

from spreadscan.read.dicom import list_study, read_fluorogram

FOLDER = Path(__file__).parents[3] / "shared" / "realdata"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the real files are not here")


def fluorogram(name):
    (header,) = list_study(FOLDER / name)
    return read_fluorogram(header)


@pytest.fixture(scope="module")
def uncompressed():
    return fluorogram("XA1_UNC.dcm").stored


@pytest.mark.parametrize("name", ["JPLL", "JLSL", "J2KR", "RLE"])
def test_lossless_encodings_of_one_angiogram_are_the_same(uncompressed, name):
    found = fluorogram(f"XA1_{name}.dcm")
    np.testing.assert_array_equal(found.stored, uncompressed)
    assert not found.header.pixels.lossy


@pytest.mark.parametrize(("name", "difference"), [("JPLY", 2.5), ("JLSN", 2.5), ("J2KI", 1.5)])
def test_lossy_encodings_of_it_come_close(uncompressed, name, difference):
    found = fluorogram(f"XA1_{name}.dcm")
    assert np.abs(found.stored.astype(int) - uncompressed).mean() < difference
    assert found.header.pixels.lossy


def test_angiogram_says_nothing_of_scale_or_side(uncompressed):
    header = fluorogram("XA1_UNC.dcm").header
    assert header.sop_class == "Secondary Capture Image Storage"
    assert header.geometry.pixel_spacing_mm is header.geometry.imager_spacing_mm is None
    assert header.view.patient_orientation is None


def test_coronary_run():
    found = fluorogram("rubo_0002_XA_512x512x96_jpegbaseline.dcm")
    assert found.stored.shape == (96, 512, 512)
    assert found.header.frame_times_s[1] == pytest.approx(0.033)
    assert found.header.view.primary_angle_deg == -32
    assert (found.header.mask_frames, found.header.pixels.lossy) == ((), True)


def test_c_arm_image_has_a_distance_and_no_spacing():
    found = fluorogram("ge_RF_hip_guidewire_20.dcm")
    assert found.header.geometry.source_to_detector_mm == 1000
    assert found.header.geometry.pixel_spacing_mm is found.header.geometry.imager_spacing_mm is None
    assert found.stored.dtype == np.uint16


def test_modality_lut_of_linear_pixels_is_not_used():
    found = fluorogram("siemens_RF_shoulder_modalityLUT.dcm")
    assert found.header.pixels.relationship == "LIN"
    assert found.header.pixels.to_linear is None
