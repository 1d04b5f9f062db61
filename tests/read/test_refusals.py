"""What cannot be read is refused: one sentence with slug, file and field, and nothing of the patient."""

import io
import os
import warnings

import imagecodecs
import numpy as np
import pytest

from spreadscan.errors import CannotRead
from spreadscan.read.dicom import list_study, read_fluorogram
from tests.dicom_files import LOSSLESS, encapsulated, encoder, item, write_dicom, write_xa

RUN = np.random.default_rng(3).integers(0, 4096, (3, 16, 20)).astype(np.uint16)


def read(path):
    (header,) = list_study(path)
    return read_fluorogram(header)


def refused(path, slug, match=None):
    with pytest.raises(CannotRead, match=match) as caught:
        read(path)
    error = caught.value
    assert error.slug == slug, error
    assert error.file == path.name
    assert str(path.parent) not in str(error)
    assert "SECRET" not in str(error)
    assert "Secret" not in str(error)
    return error


# not an X-ray image


@pytest.mark.parametrize("sop_class", ["CT", "MR", "US", "SEG", "SR"])
def test_other_objects(tmp_path, sop_class):
    path = write_dicom(tmp_path / "a.dcm", RUN, sop_class, Modality="XA")
    error = refused(path, "wrong-modality", "Storage")
    assert error.field == "SOPClassUID (0008,0016)"


def test_an_object_of_no_class(tmp_path):
    path = write_xa(tmp_path / "a.dcm", RUN, SOPClassUID="1.2.3.4")
    refused(path, "wrong-modality", "not known")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a",
        b"Date;Time\n1;2\n" * 40,
        b"\x89PNG\r\n\x1a\n" + bytes(300),
        b"\x08\x00\x05\x00" + bytes(300),
        b"\x08\x00",
        bytes(128) + b"DICOM",
        b"\xff\xd8\xff\xe0" + bytes(200),
    ],
    ids=["nothing", "a letter", "a table", "PNG", "short", "shorter", "nearly labelled", "JPEG"],
)
def test_not_dicom(tmp_path, content):
    path = tmp_path / "a.dcm"
    path.write_bytes(content)
    refused(path, "input-not-dicom")


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    refused(tmp_path / "pipe", "input-missing", "not a file")


def test_missing(tmp_path):
    refused(tmp_path / "a.dcm", "input-missing", "does not exist")


def test_vanished_after_listing(tmp_path):
    (header,) = list_study(write_xa(tmp_path / "a.dcm", RUN))
    header.path.unlink()
    with pytest.raises(CannotRead, match="input-missing"):
        read_fluorogram(header)


def test_changed_after_listing(tmp_path):
    (header,) = list_study(write_xa(tmp_path / "a.dcm", RUN))
    write_xa(header.path, RUN[:, :8])
    with pytest.raises(CannotRead, match=r"has changed.*\[file-damaged\]"):
        read_fluorogram(header)


# headers


@pytest.mark.parametrize(
    ("attributes", "slug", "match"),
    [
        ({"Rows": None}, "bad-geometry", r"Rows \(0028,0010\): is missing"),
        ({"Rows": 0}, "bad-geometry", "is 0, outside 1 to 8192"),
        ({"Columns": 65535}, "bad-geometry", r"Columns \(0028,0011\): is 65535"),
        ({"NumberOfFrames": 0}, "no-frames", r"NumberOfFrames \(0028,0008\)"),
        ({"NumberOfFrames": -3}, "no-frames", "is -3"),
        ({"NumberOfFrames": 10**6}, "bad-geometry", "more than 4096"),
        ({"Rows": 8192, "Columns": 8192, "NumberOfFrames": 4096}, "bad-geometry", "512 GiB"),
        ({"BitsAllocated": 32}, "bad-geometry", "BitsAllocated"),
        ({"BitsAllocated": 1, "BitsStored": 1}, "bad-geometry", "BitsAllocated"),
        ({"BitsAllocated": 12, "BitsStored": 12}, "bad-geometry", "BitsAllocated"),
        ({"BitsStored": 0}, "bad-geometry", "BitsStored"),
        ({"BitsStored": 17}, "bad-geometry", "is 17 of 16 allocated"),
        ({"BitsStored": 12, "HighBit": 3}, "bad-geometry", "HighBit"),
        ({"PixelRepresentation": 2}, "bad-geometry", "PixelRepresentation"),
        ({"PixelRepresentation": None}, "bad-geometry", "PixelRepresentation"),
        ({"SamplesPerPixel": 3}, "bad-geometry", "SamplesPerPixel"),
        ({"SamplesPerPixel": 2}, "bad-geometry", "SamplesPerPixel"),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, "colour-image", "palette"),
        ({"PhotometricInterpretation": "HSV"}, "bad-header", "PhotometricInterpretation"),
        ({"PhotometricInterpretation": None}, "bad-header", "is missing"),
    ],
)
def test_impossible_headers(tmp_path, attributes, slug, match):
    refused(write_xa(tmp_path / "a.dcm", RUN, **attributes), slug, match)


def test_all_complaints_come_in_one_refusal(tmp_path):
    path = write_xa(tmp_path / "a.dcm", RUN, Rows=None, BitsStored=40, NumberOfFrames=0, PixelData=None)
    error = refused(path, "no-pixel-data")
    assert error.field == "PixelData (7FE0,0010)"
    for other in ("Rows (0028,0010)", "BitsStored (0028,0101)", "NumberOfFrames (0028,0008)"):
        assert other in str(error)


def test_more_complaints_than_a_sentence_can_carry_are_counted(tmp_path):
    missing = dict.fromkeys(("Rows", "Columns", "BitsStored", "PixelRepresentation", "BitsAllocated"))
    path = write_xa(tmp_path / "a.dcm", RUN, PixelData=None, **missing)
    assert "and 2 more" in str(refused(path, "no-pixel-data"))


def test_numbers_that_are_no_numbers(tmp_path):
    path = write_xa(tmp_path / "a.dcm", RUN, NumberOfFrames="123456")
    path.write_bytes(path.read_bytes().replace(b"123456", b"abcdef"))
    refused(path, "bad-geometry", r"NumberOfFrames \(0028,0008\): is not a number")


def test_unknown_transfer_syntax(tmp_path):
    path = encapsulated(tmp_path / "a.dcm", RUN, [b"\0" * 8] * 3, "mpeg4")
    refused(path, "transfer-syntax", r"TransferSyntaxUID \(0002,0010\)")


def test_no_pixel_data_but_an_icon(tmp_path):
    icon = item(Rows=2, Columns=2, BitsAllocated=8, PixelData=b"1234")
    refused(write_xa(tmp_path / "a.dcm", RUN, PixelData=None, IconImageSequence=[icon]), "no-pixel-data")


def test_character_sets_that_do_not_exist_are_no_obstacle(tmp_path):
    path = write_xa(
        tmp_path / "a.dcm",
        RUN,
        SpecificCharacterSet="ISO_IR 999",
        SeriesDescription="pre",
        PatientName="Ümlaut",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert list_study(path)[0].role_hint == "baseline"


def test_remarks_of_pydicom_stay_inside(tmp_path, caplog, recwarn):
    before = list(warnings.filters)
    path = write_xa(tmp_path / "a.dcm", RUN, PatientID="x" * 100, StudyInstanceUID="not.a.uid", Modality="xä")
    caplog.clear()
    read(path)
    assert not caplog.records
    assert not recwarn.list
    assert list(warnings.filters) == before


# files without the usual beginning


def test_without_label_and_file_meta(tmp_path):
    path = write_xa(tmp_path / "a.dcm", RUN, transfer_syntax="implicit")
    content = path.read_bytes()
    path.write_bytes(content[content.index(b"\x08\x00\x16\x00") :])
    np.testing.assert_array_equal(read(path).stored, RUN)


@pytest.mark.parametrize("transfer_syntax", ["implicit", "explicit", "big endian"])
def test_without_transfer_syntax(tmp_path, transfer_syntax):
    path = write_xa(tmp_path / "a.dcm", RUN, transfer_syntax=transfer_syntax)
    content = path.read_bytes()
    group = b"\x00\x08\x00\x16" if transfer_syntax == "big endian" else b"\x08\x00\x16\x00"
    path.write_bytes(content[:132] + content[content.index(group) :])
    np.testing.assert_array_equal(read(path).stored, RUN)


def test_written_otherwise_than_its_transfer_syntax_says(tmp_path):
    path = write_xa(tmp_path / "a.dcm", RUN, transfer_syntax="implicit")
    content = path.read_bytes()
    explicit = b"\x02\x00\x10\x00UI\x14\x001.2.840.10008.1.2.1\0"
    path.write_bytes(content.replace(b"\x02\x00\x10\x00UI\x12\x001.2.840.10008.1.2\0", explicit))
    np.testing.assert_array_equal(read(path).stored, RUN)


def test_the_class_may_stand_in_the_file_meta_only(tmp_path):
    path = write_xa(tmp_path / "a.dcm", RUN, SOPClassUID=None)
    assert list_study(path)[0].sop_class == "X-Ray Angiographic Image Storage"


# damage


@pytest.mark.parametrize("transfer_syntax", LOSSLESS)
def test_cut_short_in_its_pixels(tmp_path, transfer_syntax):
    path = write_xa(tmp_path / "a.dcm", RUN, transfer_syntax=transfer_syntax, BitsStored=12)
    content = path.read_bytes()
    for share in (0.5, 0.8, 0.98):
        path.write_bytes(content[: int(len(content) * share)])
        refused(path, "file-damaged")


def test_cut_short_in_its_header(tmp_path):
    content = write_xa(tmp_path / "a.dcm", RUN).read_bytes()
    start = content.index(b"Secret^Person")
    path = tmp_path / "b.dcm"
    for end in (start + 5, 140, 200):
        path.write_bytes(content[:end])
        refused(path, "file-damaged")


def test_an_element_longer_than_the_file(tmp_path):
    path = write_xa(tmp_path / "a.dcm", RUN, transfer_syntax="implicit", SeriesDescription="pre")
    content = path.read_bytes()
    path.write_bytes(
        content.replace(b"\x08\x00\x3e\x10\x04\x00\x00\x00", b"\x08\x00\x3e\x10\xf0\xff\xff\xff")
    )
    refused(path, "file-damaged", "ends within its header")


@pytest.mark.parametrize("change", [-2, 1])
def test_native_pixels_of_another_length_than_declared(tmp_path, change):
    path = write_xa(tmp_path / "a.dcm", RUN, NumberOfFrames=3 + change)
    if change < 0:
        refused(path, "bad-geometry", "pixels for 3 frames, its header says 1")
    else:
        refused(path, "file-damaged", "ends before its pixels do")


def test_a_little_padding_is_no_harm(tmp_path):
    path = write_xa(tmp_path / "a.dcm", RUN[:, :15], NumberOfFrames=3)
    (header,) = list_study(write_xa(path, RUN.reshape(3, 20, 16)[:, :19], Rows=18))
    assert read_fluorogram(header).stored.shape == (3, 18, 16)


@pytest.mark.parametrize(("declared", "match"), [(5, "3 compressed frames"), (2, "compressed frame")])
@pytest.mark.parametrize("transfer_syntax", ["rle", "jpeg-ls", "jpeg 2000"])
def test_compressed_frames_of_another_number_than_declared(tmp_path, transfer_syntax, declared, match):
    path = write_xa(tmp_path / "a.dcm", RUN, transfer_syntax=transfer_syntax, NumberOfFrames=declared)
    refused(path, "file-damaged", match)


@pytest.mark.parametrize("transfer_syntax", ["rle", "jpeg lossless", "jpeg-ls", "jpeg 2000", "htj2k"])
def test_frames_of_another_shape_than_declared(tmp_path, transfer_syntax):
    frames = [encoder(transfer_syntax, 16)(frame[:, :18].copy()) for frame in RUN]
    refused(encapsulated(tmp_path / "a.dcm", RUN, frames, transfer_syntax), "file-damaged")


def test_frames_deeper_than_declared(tmp_path):
    frames = [encoder("jpeg-ls", 16)(frame) for frame in RUN]
    path = encapsulated(tmp_path / "a.dcm", (RUN >> 4).astype(np.uint8), frames, "jpeg-ls")
    refused(path, "file-damaged", "16 bit, its header says 16 × 20 × 1 of 8")


@pytest.mark.parametrize(
    "encoded",
    [
        lambda size: imagecodecs.jpeg2k_encode(np.zeros(size, np.uint16), level=0, codecformat="J2K"),
        lambda size: imagecodecs.jpeg8_encode(np.zeros(size, np.uint8)),
    ],
)
def test_a_frame_that_declares_a_huge_size_is_refused_before_it_is_decoded(tmp_path, encoded):
    frame = encoded((16, 20))
    huge = frame.replace((20).to_bytes(4, "big"), (2**31).to_bytes(4, "big"))
    huge = huge.replace(b"\0\x10\0\x14", b"\xff\xff\xff\xff")
    assert huge != frame
    syntax = "jpeg 2000" if frame[1] == 0x4F else "jpeg baseline"
    path = encapsulated(tmp_path / "a.dcm", RUN.astype(np.uint8), [huge] * 3, syntax)
    refused(path, "file-damaged", "its header says 16 × 20")


@pytest.mark.parametrize(
    "frame",
    [b"\0\0", b"\xff\xd9", b"\xff\xd8\xff\xd9", bytes(64), b"\xff" * 64 + b"\xd9"],
    ids=["nothing", "an end", "start and end", "zeros", "ones"],
)
@pytest.mark.parametrize("transfer_syntax", ["rle", "jpeg baseline", "jpeg-ls", "jpeg 2000", "htj2k"])
def test_frames_of_rubbish(tmp_path, transfer_syntax, frame):
    refused(encapsulated(tmp_path / "a.dcm", RUN, [frame] * 3, transfer_syntax), "file-damaged")


@pytest.mark.parametrize(
    ("transfer_syntax", "labelled"), [("explicit", "1.2.840.10008.1.2.5"), ("rle", "1.2.840.10008.1.2.1")]
)
def test_native_pixels_labelled_compressed_and_the_reverse(tmp_path, transfer_syntax, labelled):
    path = write_xa(tmp_path / "a.dcm", RUN, transfer_syntax=transfer_syntax)
    own = {"explicit": "1.2.840.10008.1.2.1", "rle": "1.2.840.10008.1.2.5"}[transfer_syntax].encode()
    content = path.read_bytes().replace(own + b"\0", labelled.encode() + b"\0", 1)
    path.write_bytes(content)
    refused(path, "file-damaged", "that it says are")


def test_deflated_rubbish(tmp_path):
    path = write_xa(tmp_path / "a.dcm", RUN, transfer_syntax="deflated")
    content = path.read_bytes()
    path.write_bytes(content[:300] + b"\xff" * 500)
    refused(path, "file-damaged")


def test_deflated_nothing_of_great_length_is_not_inflated(tmp_path):
    """A file of a few kilobytes that inflates to a gigabyte: only what the header declares is inflated."""
    import tracemalloc
    import zlib

    path = write_xa(tmp_path / "a.dcm", RUN, transfer_syntax="deflated")
    content = path.read_bytes()
    start = len(content) - next(n for n in range(len(content)) if _inflates(content[len(content) - n :]))
    dataset = zlib.decompress(content[start:], -zlib.MAX_WBITS)
    deflater = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = io.BytesIO()
    body.write(content[:start] + deflater.compress(dataset))
    for _ in range(256):
        body.write(deflater.compress(bytes(2**20)))
    path.write_bytes(body.getvalue() + deflater.flush())
    tracemalloc.start()
    np.testing.assert_array_equal(read(path).stored, RUN)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 * 2**20


def _inflates(content):
    import zlib

    if len(content) < 200:
        return False
    try:
        return b"Secret^Person" in zlib.decompress(content, -zlib.MAX_WBITS)
    except zlib.error:
        return False
