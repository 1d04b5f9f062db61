"""Files that the reader of the package reads back: every SOP class, transfer syntax and poor header."""

import warnings
from dataclasses import replace

import numpy as np
import pydicom
import pytest
from pydicom.encaps import parse_basic_offsets

from spreadscan.errors import CannotWrite, WrongUsage
from spreadscan.phantom.dicom_encode import NEAR, encode_frame
from spreadscan.phantom.dicom_file import write_dicom
from spreadscan.phantom.dicom_omissions import LEFT_OUT
from spreadscan.phantom.dicom_syntax import LACKING, SYNTAXES, check_file
from spreadscan.phantom.scenario import Collimator, Setup
from spreadscan.read.dicom import list_study
from spreadscan.settings import CalibrateSettings, OrientSettings
from spreadscan.stages.calibrate import calibrate
from spreadscan.stages.orient import orient
from spreadscan.values import Calibration, Landmarks, Uncalibrated
from tests.phantom.dicom_cases import (
    COLUMNS,
    LOG_SPAN,
    LOSSLESS,
    LOSSY,
    ROWS,
    SINGLE,
    SOP_CLASSES,
    facts,
    read,
    scenario,
    stored,
    written,
)

CLASSES_AND_FRAMES = [(sop, n) for sop in SOP_CLASSES for n in (1, 3) if n == 1 or sop not in SINGLE]
ISOCENTRE_MM_PER_PX = 0.45 * 720 / 1000


def bits_of(sop: str, bits: int = 12) -> int:
    return 8 if sop == "SC-rgb" else bits


# pixels


@pytest.mark.parametrize(("sop", "frames"), CLASSES_AND_FRAMES)
@pytest.mark.parametrize("syntax", ["implicit-little", "rle", "jpeg-2000-lossless"])
def test_every_class_reads_back_exactly(tmp_path, sop, frames, syntax):
    images, path = written(tmp_path / "a.dcm", scenario(sop, syntax, frames, bits_of(sop)), frames)
    back = read(path)
    assert np.array_equal(back.stored, images.pixels)
    assert back.stored.dtype == images.pixels.dtype
    assert not back.header.pixels.lossy


@pytest.mark.parametrize("syntax", LOSSLESS)
@pytest.mark.parametrize("bits", [8, 9, 12, 16])
def test_lossless_syntaxes_lose_nothing(tmp_path, syntax, bits):
    images, path = written(tmp_path / "a.dcm", scenario("XA", syntax, 2, bits), 2)
    back = read(path)
    assert np.array_equal(back.stored, images.pixels)
    assert back.header.pixels.bits_stored == bits
    assert not back.header.pixels.lossy
    assert pydicom.dcmread(path).file_meta.TransferSyntaxUID == SYNTAXES[syntax].uid


@pytest.mark.parametrize("syntax", LOSSY)
@pytest.mark.parametrize("bits", [8, 10, 12, 16])
def test_lossy_syntaxes_stay_close_and_say_that_they_lose(tmp_path, syntax, bits):
    if bits not in SYNTAXES[syntax].bits:
        with pytest.raises(WrongUsage):
            check_file(scenario("XA", syntax, bits=bits))
        return
    images, path = written(tmp_path / "a.dcm", scenario("XA", syntax, 2, bits), 2)
    back = read(path)
    error = back.stored.astype(float) - images.pixels
    # saturated patches would be black if a decoder ran over the end of the range
    assert error.std() < 0.012 * 2**bits
    assert abs(error).max() < 0.12 * 2**bits
    assert back.stored.max() < 2**bits
    assert back.header.pixels.lossy
    dataset = pydicom.dcmread(path)
    assert dataset.LossyImageCompressionMethod == SYNTAXES[syntax].method
    assert float(dataset.LossyImageCompressionRatio) > 1


def test_near_lossless_is_as_near_as_it_says(tmp_path):
    images, path = written(tmp_path / "a.dcm", scenario("XA", "jpeg-ls-near"))
    error = abs(read(path).stored.astype(int) - images.pixels)
    assert 0 < error.max() <= 2 * NEAR
    assert error[images.pixels < 4095 - NEAR].max() <= NEAR


@pytest.mark.parametrize("bits", [8, 12, 16])
def test_high_throughput_does_not_wrap_in_the_other_decoder(bits):
    """OpenJPH turns what overshoots 16 bits into 0."""
    import imagecodecs

    frame = stored(1, bits).pixels[0]
    decoded = imagecodecs.htj2k_decode(encode_frame(frame, "htj2k", bits)).astype(float)
    assert abs(decoded - frame).max() < 0.02 * 2**bits
    assert decoded.max() < 2**bits


@pytest.mark.parametrize("syntax", [name for name, one in SYNTAXES.items() if one.colour])
def test_colour_shows_the_same_gray(tmp_path, syntax):
    images, path = written(tmp_path / "a.dcm", scenario("SC-rgb", syntax, 2, 8), 2)
    error = read(path).stored.astype(float) - images.pixels
    assert abs(error).max() <= (60 if SYNTAXES[syntax].method else 0)
    dataset = pydicom.dcmread(path)
    assert (dataset.SamplesPerPixel, dataset.PhotometricInterpretation) == (3, SYNTAXES[syntax].colour)


def test_odd_frames_are_padded(tmp_path):
    images = replace(stored(1, 8), pixels=np.arange(15, dtype=np.uint8).reshape(1, 3, 5))
    write_dicom(images, facts(scenario(bits=8), opening=None), tmp_path / "a.dcm")
    assert np.array_equal(read(tmp_path / "a.dcm").stored, images.pixels)


def test_encapsulated_frames_have_an_offset_table(tmp_path):
    _, path = written(tmp_path / "a.dcm", scenario("XA", "jpeg-ls", 3), 3)
    data = pydicom.dcmread(path).PixelData
    offsets = parse_basic_offsets(data)
    assert len(offsets) == 3
    assert offsets[0] == 0
    start = 8 + 4 * 3
    assert all(data[start + offset : start + offset + 4] == b"\xfe\xff\x00\xe0" for offset in offsets)


def test_files_are_the_same_at_every_run(tmp_path):
    for number, syntax in enumerate(SYNTAXES):
        asked = scenario("XA-enhanced" if number % 2 else "XA", syntax, 2, 8)
        _, one = written(tmp_path / "one.dcm", asked, 2)
        _, two = written(tmp_path / "two.dcm", asked, 2)
        assert one.read_bytes() == two.read_bytes(), syntax


# the header


@pytest.mark.parametrize("sop", SOP_CLASSES)
@pytest.mark.parametrize(("left", "head_up"), [("image-left", True), ("image-right", False)])
def test_orientation_comes_back(tmp_path, sop, left, head_up):
    asked = scenario(sop, bits=bits_of(sop), setup=Setup(patient_left=left, head_up=head_up))
    _, path = written(tmp_path / "a.dcm", asked)
    found = orient(read(path).header, None, Landmarks("none"), OrientSettings())
    assert found.patient_left == left.replace("-", " ")
    assert found.head_at_top is head_up
    assert found.origin == "patient orientation"


@pytest.mark.parametrize(
    ("primary_deg", "left", "row"),
    [(0, "image-left", "R"), (0, "image-right", "L"), (90, "image-left", "P"), (-90, "image-left", "A"),
     (90, "image-right", "A"), (40, "image-left", "R"), (-50, "image-right", "P")],
)  # fmt: skip
def test_rows_of_a_lateral_view_run_along_the_chest(tmp_path, primary_deg, left, row):
    asked = scenario(setup=Setup(primary_deg=primary_deg, patient_left=left))
    _, path = written(tmp_path / "a.dcm", asked)
    assert list(pydicom.dcmread(path).PatientOrientation) == [row, "F"]


@pytest.mark.parametrize("sop", SOP_CLASSES)
def test_scale_comes_back(tmp_path, sop):
    _, path = written(tmp_path / "a.dcm", scenario(sop, bits=bits_of(sop)))
    found = calibrate(read(path).header, None, CalibrateSettings())
    assert isinstance(found, Calibration)
    assert found.mm_per_px == pytest.approx(ISOCENTRE_MM_PER_PX, rel=1e-3)


@pytest.mark.parametrize("sop", ["XA", "XRF", "XA-enhanced", "XRF-enhanced", "DX"])
def test_angles_come_back(tmp_path, sop):
    _, path = written(tmp_path / "a.dcm", scenario(sop))
    view = list_study(path)[0].view
    assert (view.primary_angle_deg, view.secondary_angle_deg) == (4.5, -3.0)


@pytest.mark.parametrize("sop", ["XA", "XRF", "XA-enhanced", "XRF-enhanced", "SC-multiframe", "SC-rgb"])
@pytest.mark.parametrize("times", [(0.0, 0.25, 0.5), (0.0, 0.1, 0.5)])
def test_frame_times_come_back(tmp_path, sop, times):
    _, path = written(tmp_path / "a.dcm", scenario(sop, frames=3, bits=8), 3, frame_times_s=times)
    assert list_study(path)[0].frame_times_s == pytest.approx(times, abs=1e-5)


@pytest.mark.parametrize("chain", ["linear", "logarithmic", "display"])
@pytest.mark.parametrize("sop", ["XA", "XRF-enhanced", "DX"])
@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("contrast_is", ["dark", "bright"])
def test_polarity_comes_back(tmp_path, sop, chain, inverted, contrast_is):
    processing = {"chain": chain, "inverted": inverted, "contrast_is": contrast_is}
    _, path = written(tmp_path / "a.dcm", scenario(sop, processing=processing))
    pixels = list_study(path)[0].pixels
    assert pixels.inverted_display is inverted
    display = {"XA": "DISP", "DX": "LOG"}.get(sop)
    assert pixels.relationship == {"linear": "LIN", "logarithmic": "LOG", "display": display}[chain]
    if sop != "XA":
        # iodine is dark where larger values mean more intensity, MONOCHROME1 turns that round
        assert pixels.sign == (1 if (contrast_is == "dark") != inverted else -1)


@pytest.mark.parametrize("sop", ["XA", "XA-enhanced"])
@pytest.mark.parametrize("syntax", ["implicit-little", "explicit-little", "explicit-big"])
@pytest.mark.parametrize("inverted", [False, True])
def test_logarithmic_pixels_lead_back_to_intensity(tmp_path, sop, syntax, inverted):
    processing = {"chain": "logarithmic", "inverted": inverted}
    _, path = written(tmp_path / "a.dcm", scenario(sop, syntax, bits=10, processing=processing))
    table = list_study(path)[0].pixels.to_linear
    assert table is not None
    assert len(table) == 1024
    rising = table[::-1] if inverted else table
    assert np.log(rising[-1] / rising[512]) == pytest.approx(LOG_SPAN * 511 / 1023, rel=1e-3)
    assert rising[-1] == 65535


@pytest.mark.parametrize("syntax", ["explicit-little", "explicit-big"])
def test_a_table_of_16_bits_fits_the_file(tmp_path, syntax):
    asked = scenario("XA", syntax, bits=16, processing={"chain": "logarithmic"})
    _, path = written(tmp_path / "a.dcm", asked)
    table = list_study(path)[0].pixels.to_linear
    assert table is not None
    assert (len(table), table[-1]) == (65536, 65535)


@pytest.mark.parametrize("sop", ["XA", "XA-enhanced", "DX"])
@pytest.mark.parametrize("shape", ["none", "circle", "rectangle", "octagon"])
def test_the_opening_comes_back(tmp_path, sop, shape):
    asked = scenario(sop, collimator=Collimator(shape, 0.8, 0.7, fill=0.0))
    _, path = written(tmp_path / "a.dcm", asked)
    found = list_study(path)[0].apertures
    if shape == "none":
        # enhanced images cannot say that there is none: it leaves the whole image free
        whole = ((0, 0), (0, COLUMNS - 1), (ROWS - 1, COLUMNS - 1), (ROWS - 1, 0))
        assert [a.vertices for a in found] == ([whole] if sop == "XA-enhanced" else [])
        return
    assert len(found) == 2  # collimator and shutter
    for aperture in found:
        if shape == "circle":
            assert aperture.centre == pytest.approx(((ROWS - 1) / 2, (COLUMNS - 1) / 2), abs=0.5)
            assert aperture.radius_px == pytest.approx(0.35 * ROWS, abs=0.5)
        else:
            rows, columns = zip(*aperture.vertices, strict=True)
            assert max(rows) - min(rows) == pytest.approx(0.7 * ROWS, abs=1)
            assert max(columns) - min(columns) == pytest.approx(0.8 * COLUMNS, abs=1)


def test_the_corners_of_an_octagon_are_cut_at_45_degrees(tmp_path):
    opening = facts(scenario(collimator=Collimator("octagon", 0.5, 0.5 * COLUMNS / ROWS))).opening
    assert opening is not None
    corners = np.array(opening.vertices)
    sides = np.hypot(*(corners - np.roll(corners, 1, axis=0)).T)
    assert sides == pytest.approx(np.full(8, sides[0]))  # as wide as high: regular


@pytest.mark.parametrize("sop", ["XA", "XRF", "XA-enhanced", "SC-multiframe"])
def test_the_mask_is_named(tmp_path, sop):
    asked = scenario(sop, frames=4, style={"names_mask": True})
    _, path = written(tmp_path / "a.dcm", asked, 4)
    assert list_study(path)[0].mask_frames == (0, 1)


@pytest.mark.parametrize("sop", ["XA", "XA-enhanced"])
def test_the_contrast_is_named_only_if_asked(tmp_path, sop):
    names = []
    for named in (False, True):
        _, path = written(tmp_path / "a.dcm", scenario(sop, style={"names_contrast": named}))
        dataset = pydicom.dcmread(path)
        names.append("ContrastBolusAgent" in dataset or "ContrastBolusAgentSequence" in dataset)
    assert names == [False, True]


def test_images_of_a_case_are_one_study_in_order(tmp_path):
    asked = scenario()
    for instance, description in ((2, "Post-contrast"), (1, "Pre-contrast")):
        images = replace(stored(seed=instance), instance=instance, description=description)
        write_dicom(images, facts(asked), tmp_path / f"{instance}.dcm")
    first, second = list_study(tmp_path)
    assert (first.role_hint, second.role_hint) == ("baseline", "contrast")
    assert first.order is not None
    assert second.order is not None
    assert first.order < second.order
    uids = [pydicom.dcmread(path).SOPInstanceUID for path in sorted(tmp_path.iterdir())]
    assert len(set(uids)) == 2


def test_cases_and_seeds_are_other_studies_and_patients(tmp_path):
    found = []
    for number, changes in enumerate(({}, {"case": 8}, {"seed": 12})):
        _, path = written(tmp_path / f"{number}.dcm", scenario(), **changes)
        dataset = pydicom.dcmread(path)
        assert dataset.StudyInstanceUID.is_valid
        found.append(dataset.StudyInstanceUID)
    assert len(set(found)) == 3


def test_nobody_is_in_the_file(tmp_path):
    _, path = written(tmp_path / "a.dcm", scenario())
    dataset = pydicom.dcmread(path)
    assert (str(dataset.PatientName), dataset.PatientID) == ("Simulated^Case 007", "SIM-007")
    assert dataset.Manufacturer == "spreadscan simulator"
    assert dataset.QualityControlSubject == "YES"
    assert "simulated" in dataset.ImageComments.lower()
    assert not dataset.PatientBirthDate
    assert dataset.file_meta.ImplementationVersionName.startswith("SPREADSCAN")


# poor headers


def keywords(dataset: pydicom.Dataset) -> set[str]:
    """Of all attributes that have a value, in items too."""
    return {element.keyword for element in dataset.iterall() if element.value not in (None, "", [])}


@pytest.mark.parametrize("member", LACKING)
@pytest.mark.parametrize("sop", ["XA", "XRF", "XA-enhanced", "DX", "CR", "SC-multiframe"])
def test_what_is_lacking_is_not_there_and_the_rest_is(tmp_path, sop, member):
    frames = 1 if sop in SINGLE else 3
    parts = {"processing": {"chain": "logarithmic"}}
    _, full = written(tmp_path / "full.dcm", scenario(sop, frames=frames, **parts), frames)
    poor_scenario = scenario(sop, frames=frames, style={"lacks": (member,)}, **parts)
    _, poor = written(tmp_path / "poor.dcm", poor_scenario, frames)
    before, after = (keywords(pydicom.dcmread(path)) for path in (full, poor))
    gone = before - after
    assert not after & set(LEFT_OUT[member])
    assert after <= before
    allowed = set(LEFT_OUT[member])
    for name in LEFT_OUT[member]:
        if name.endswith("Sequence"):
            allowed |= inside(pydicom.dcmread(full), name)
    assert gone <= allowed
    read(poor)


def inside(dataset: pydicom.Dataset, sequence: str) -> set[str]:
    return {
        inner.keyword
        for element in dataset.iterall()
        if element.keyword == sequence
        for item in element.value
        for inner in item.iterall()
    }


@pytest.mark.parametrize("sop", SOP_CLASSES)
def test_poor_headers_leave_the_reader_without(tmp_path, sop):
    frames = 1 if sop in SINGLE else 3
    asked = scenario(sop, frames=frames, bits=bits_of(sop), style={"lacks": LACKING})
    _, path = written(tmp_path / "a.dcm", asked, frames)
    header = list_study(path)[0]
    assert isinstance(calibrate(header, None, CalibrateSettings()), Uncalibrated)
    assert orient(header, None, Landmarks("none"), OrientSettings()).patient_left == "unknown"
    assert header.pixels.relationship is None
    assert header.frame_times_s is None
    assert header.view.primary_angle_deg is None


# what cannot be


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (scenario("XA", "jpeg-baseline", bits=12), "file.transfer_syntax"),
        (scenario("XA", "jpeg-extended", bits=10), "file.transfer_syntax"),
        (scenario("SC-rgb", "jpeg-ls", bits=8), "file.transfer_syntax"),
        (scenario("SC-rgb", bits=12), "processing.bits"),
        (scenario("SC-rgb", bits=8, processing={"inverted": True}), "processing.inverted"),
        (scenario("XA-enhanced", processing={"burned_in": "text"}), "processing.burned_in"),
        (scenario("DX", frames=3), "file.sop_class"),
        (scenario("CR", frames=3), "file.sop_class"),
        (scenario("SC", frames=3), "file.sop_class"),
        (scenario("XA", style={"names_mask": True}), "file.names_mask"),
        (scenario("XA", style={"lacks": ("everything",)}), "file.lacks"),
        (scenario("XA", bits=7), "processing.bits"),
        (scenario("XA", bits=17), "processing.bits"),
    ],
)
def test_what_cannot_be_written_is_refused_first(tmp_path, asked, field):
    with pytest.raises(WrongUsage) as refused:
        check_file(asked)
    assert (refused.value.slug, refused.value.field) == ("bad-option", field)
    assert refused.value.advice
    with pytest.raises(WrongUsage):
        write_dicom(stored(), facts(asked), tmp_path / "a.dcm")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("sop", SOP_CLASSES)
def test_what_is_not_refused_can_be_written(tmp_path, sop):
    frames = 1 if sop in SINGLE else 2
    for syntax in SYNTAXES:
        asked = scenario(sop, syntax, frames, 8)
        try:
            check_file(asked)
        except WrongUsage:
            assert sop == "SC-rgb", syntax
            continue
        _, path = written(tmp_path / f"{syntax}.dcm", asked, frames)
        assert read(path).stored.shape == (frames, ROWS, COLUMNS), syntax


@pytest.mark.parametrize(
    ("pixels", "changes"),
    [
        (np.full((1, 4, 4), 4096, np.uint16), {}),
        (np.zeros((1, 4, 4), np.uint8), {}),
        (np.zeros((1, 4, 4), np.float32), {}),
        (np.zeros((4, 4), np.uint16), {}),
        (np.zeros((0, 4, 4), np.uint16), {"frame_times_s": ()}),
        (np.zeros((2, 4, 4), np.uint16), {}),
        (np.zeros((2, 4, 4), np.uint16), {"frame_times_s": (0.0, 0.1)}),
    ],
)
def test_pixels_that_are_not_the_scenarios_are_refused(tmp_path, pixels, changes):
    with pytest.raises(ValueError, match=r"pixels|pixel|frame"):
        write_dicom(replace(stored(), pixels=pixels), facts(scenario(), **changes), tmp_path / "a.dcm")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CannotWrite) as refused:
        written(tmp_path / "none" / "a.dcm", scenario())
    assert refused.value.slug == "output-unwritable"


def test_nothing_is_said_while_writing(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for sop in SOP_CLASSES:
            written(tmp_path / "a.dcm", scenario(sop, bits=bits_of(sop), style={"names_contrast": True}))
