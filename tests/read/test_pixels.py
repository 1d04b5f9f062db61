"""Stored values come out as they went in, whatever the transfer syntax, sign, depth and byte order."""

import imagecodecs
import numpy as np
import pytest

from spreadscan.errors import CannotRead
from spreadscan.read.dicom import list_study, read_fluorogram
from tests.dicom_files import (
    LOSSLESS,
    LOSSY,
    encapsulated,
    encoder,
    rle_frame,
    write_dicom,
    write_xa,
)

DEPTHS = [(np.uint8, 8), (np.uint16, 10), (np.uint16, 12), (np.uint16, 16), (np.int16, 12), (np.int16, 16)]


def noise(dtype, bits, shape=(3, 17, 23)):
    """Every stored value is possible, the extremes are there; odd sizes need padding."""
    lowest = 0 if np.dtype(dtype).kind == "u" else -(2 ** (bits - 1))
    run = np.random.default_rng(7).integers(lowest, lowest + 2**bits, shape)
    run[0, 0, :2] = lowest, lowest + 2**bits - 1
    return run.astype(dtype)


def stored(path):
    (header,) = list_study(path)
    return read_fluorogram(header).stored


@pytest.mark.parametrize("transfer_syntax", LOSSLESS)
@pytest.mark.parametrize(("dtype", "bits"), DEPTHS)
def test_lossless_encodings_keep_every_bit(tmp_path, transfer_syntax, dtype, bits):
    run = noise(dtype, bits)
    path = write_xa(tmp_path / "a.dcm", run, transfer_syntax=transfer_syntax, BitsStored=bits)
    found = stored(path)
    assert found.dtype == run.dtype
    np.testing.assert_array_equal(found, run)
    assert not list_study(path)[0].pixels.lossy


@pytest.mark.parametrize("transfer_syntax", LOSSY)
def test_lossy_encodings_come_close_and_say_so(tmp_path, transfer_syntax):
    ramp = np.add.outer(np.arange(64), np.arange(80)) % 256
    path = write_xa(tmp_path / "a.dcm", ramp.astype(np.uint8), transfer_syntax=transfer_syntax)
    assert np.abs(stored(path)[0].astype(int) - ramp).mean() < 2
    assert list_study(path)[0].pixels.lossy


def test_twelve_bit_jpeg_clips_its_overshoot(tmp_path):
    run = np.zeros((2, 32, 32), np.uint16)
    run[:, :, 13:] = 1023
    frames = [imagecodecs.jpeg8_encode(frame, level=50, bitspersample=12) for frame in run]
    assert max(imagecodecs.jpeg8_decode(frame).max() for frame in frames) > 1023
    found = stored(encapsulated(tmp_path / "a.dcm", run, frames, "jpeg extended", BitsStored=10))
    assert found.max() == 1023
    assert np.median(found[:, :, 20:]) > 1000


def test_signed_lossy_overshoot_is_clipped_not_wrapped(tmp_path):
    run = np.full((1, 32, 32), -2048, np.int16)
    run[:, 8:24, 8:24] = 2047
    found = stored(write_xa(tmp_path / "a.dcm", run, transfer_syntax="jpeg 2000 lossy", BitsStored=12))
    assert np.abs(found.astype(int) - run).max() < 1000


def test_single_frame_without_a_count_has_one_frame(tmp_path):
    image = noise(np.uint16, 16)[0]
    np.testing.assert_array_equal(stored(write_xa(tmp_path / "a.dcm", image)), image[None])


def test_signed_bytes_become_int16(tmp_path):
    run = noise(np.int8, 8)
    found = stored(write_xa(tmp_path / "a.dcm", run))
    assert found.dtype == np.int16
    np.testing.assert_array_equal(found, run)


@pytest.mark.parametrize("transfer_syntax", ["explicit", "rle", "jpeg-ls"])
def test_eight_bits_in_words_become_bytes(tmp_path, transfer_syntax):
    run = noise(np.uint16, 8)
    found = stored(write_xa(tmp_path / "a.dcm", run, transfer_syntax=transfer_syntax, BitsStored=8))
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, run)


@pytest.mark.parametrize("transfer_syntax", ["implicit", "big endian", "rle", "jpeg lossless sv1"])
def test_overlay_bits_above_the_stored_ones_are_dropped(tmp_path, transfer_syntax):
    run = noise(np.uint16, 12)
    with_overlay = run | np.uint16(0x9000)
    path = tmp_path / "a.dcm"
    if transfer_syntax.startswith("jpeg"):
        frames = [encoder(transfer_syntax, 16)(frame) for frame in with_overlay]
        encapsulated(path, run, frames, transfer_syntax, BitsStored=12)
    else:
        write_xa(path, with_overlay, transfer_syntax=transfer_syntax, BitsStored=12)
    np.testing.assert_array_equal(stored(path), run)


@pytest.mark.parametrize("transfer_syntax", ["explicit", "rle"])
@pytest.mark.parametrize("dtype", [np.uint16, np.int16])
def test_values_below_a_high_bit_are_shifted_down(tmp_path, transfer_syntax, dtype):
    run = noise(dtype, 12)
    cells = ((run.view(np.uint16) << 4) | 0x5).view(dtype)  # the low bits hold something else
    path = write_xa(tmp_path / "a.dcm", cells, transfer_syntax=transfer_syntax, BitsStored=12, HighBit=15)
    np.testing.assert_array_equal(stored(path), run)


def test_big_endian_bytes_written_as_words_are_unswapped(tmp_path):
    run = noise(np.uint8, 8)  # 1173 bytes: the last word is half padding
    path = write_xa(tmp_path / "a.dcm", run, transfer_syntax="big endian")
    words = np.frombuffer(run.tobytes() + b"\0", "<u2").byteswap().tobytes()
    content = path.read_bytes()
    start = content.index(b"\x7f\xe0\x00\x10OB")
    head = content[start : start + 12].replace(b"OB", b"OW")
    path.write_bytes(content[:start] + head + words)
    np.testing.assert_array_equal(stored(path), run)


def test_monochrome1_stays_as_it_is_stored(tmp_path):
    run = noise(np.uint8, 8)
    path = write_xa(tmp_path / "a.dcm", run, PhotometricInterpretation="MONOCHROME1")
    np.testing.assert_array_equal(stored(path), run)
    assert list_study(path)[0].pixels.inverted_display


# colour


def gray_as_colour():
    gray = noise(np.uint8, 8, (2, 16, 20))
    return gray, np.repeat(gray[..., None], 3, axis=-1)


@pytest.mark.parametrize(
    "transfer_syntax", ["explicit", "big endian", "rle", "jpeg-ls", "jpeg lossless sv1", "jpeg 2000", "htj2k"]
)
def test_gray_stored_as_colour_becomes_gray_again(tmp_path, transfer_syntax):
    gray, colour = gray_as_colour()
    path = write_dicom(tmp_path / "a.dcm", colour, "SC colour", transfer_syntax)
    found = stored(path)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, gray)


def test_gray_stored_as_lossy_colour_comes_close(tmp_path):
    ramp = np.repeat((np.add.outer(np.arange(32), np.arange(40)) * 3 % 200)[..., None], 3, axis=-1)
    for name, photometric in {"a": "YBR_FULL_422", "b": "RGB"}.items():
        path = write_dicom(
            tmp_path / f"{name}.dcm",
            ramp.astype(np.uint8),
            "SC",
            "jpeg baseline",
            PhotometricInterpretation=photometric,
        )
        assert np.abs(stored(path)[0].astype(int) - ramp[..., 0]).mean() < 3


def test_colour_in_planes(tmp_path):
    gray, colour = gray_as_colour()
    planes = np.ascontiguousarray(np.moveaxis(colour, -1, 1)).reshape(colour.shape)
    path = write_dicom(tmp_path / "a.dcm", planes, "SC colour", PlanarConfiguration=1)
    np.testing.assert_array_equal(stored(path), gray)


@pytest.mark.parametrize("transfer_syntax", ["explicit", "rle", "jpeg-ls", "jpeg lossless sv1"])
def test_luma_with_gray_chroma(tmp_path, transfer_syntax):
    gray, colour = gray_as_colour()
    colour[..., 1:] = 128
    path = write_dicom(
        tmp_path / "a.dcm", colour, "SC colour", transfer_syntax, PhotometricInterpretation="YBR_FULL"
    )
    np.testing.assert_array_equal(stored(path), gray)


def test_luma_with_shared_chroma(tmp_path):
    gray, colour = gray_as_colour()
    pairs = np.full((2, 16, 10, 4), 128, np.uint8)
    pairs[..., :2] = gray.reshape(2, 16, 10, 2)
    path = write_dicom(tmp_path / "a.dcm", colour, "SC colour", PhotometricInterpretation="YBR_FULL_422")
    content = path.read_bytes()
    start = content.index(colour.tobytes())
    size = len(pairs.tobytes())
    content = content[: start - 4] + size.to_bytes(4, "little") + pairs.tobytes()
    path.write_bytes(content)
    np.testing.assert_array_equal(stored(path), gray)


@pytest.mark.parametrize(("coloured_rows", "accepted"), [(1, True), (2, False)])
def test_a_few_coloured_marks_are_tolerated(tmp_path, coloured_rows, accepted):
    _, colour = gray_as_colour()
    colour = np.repeat(colour, 5, axis=1)[:1]  # 80 rows
    colour[:, :coloured_rows] = 255, 255, 0
    path = write_dicom(tmp_path / "a.dcm", colour, "SC colour")
    if accepted:
        assert (stored(path)[0, 0] == (77 + 150) * 255 >> 8).all()
    else:
        with pytest.raises(CannotRead, match=r"coloured in 2 % of its pixels.*\[colour-image\]"):
            stored(path)


def test_colour_is_refused_in_chroma_too(tmp_path):
    _, colour = gray_as_colour()
    colour[..., 1] = 60
    path = write_dicom(tmp_path / "a.dcm", colour, "SC colour", PhotometricInterpretation="YBR_FULL")
    with pytest.raises(CannotRead, match="colour-image"):
        stored(path)


# encapsulation


def test_frames_in_several_fragments_are_joined(tmp_path):
    from pydicom.dataset import Dataset
    from pydicom.encaps import encapsulate

    run = noise(np.uint16, 12)
    frames = [encoder("jpeg-ls", 12)(frame) for frame in run]
    for has_bot in (True, False):
        path = encapsulated(tmp_path / "a.dcm", run, frames, "jpeg-ls", BitsStored=12)
        dataset = Dataset()
        dataset.PixelData = encapsulate(frames, fragments_per_frame=2, has_bot=has_bot)
        content = path.read_bytes()
        start = content.index(b"\xfe\xff\x00\xe0")
        path.write_bytes(content[:start] + dataset.PixelData + b"\xfe\xff\xdd\xe0\0\0\0\0")
        np.testing.assert_array_equal(stored(path), run)


def test_a_wrong_offset_table_does_not_matter(tmp_path):
    run = noise(np.uint16, 12)
    path = encapsulated(tmp_path / "a.dcm", run, [rle_frame(f) for f in run], "rle", BitsStored=12)
    content = bytearray(path.read_bytes())
    table = content.index(b"\xfe\xff\x00\xe0") + 8
    content[table : table + 12] = bytes(range(12))
    path.write_bytes(content)
    np.testing.assert_array_equal(stored(path), run)


def test_what_an_encoder_left_after_the_end_of_a_frame_does_not_matter(tmp_path):
    run = noise(np.uint16, 12)
    frames = [encoder("jpeg lossless sv1", 12)(frame) + b"\x51\xf6\x57" for frame in run]
    path = encapsulated(tmp_path / "a.dcm", run, frames, "jpeg lossless sv1", BitsStored=12)
    np.testing.assert_array_equal(stored(path), run)


def test_stored_values_are_read_only(tmp_path):
    found = stored(write_xa(tmp_path / "a.dcm", noise(np.uint8, 8)))
    assert not found.flags.writeable


def test_reading_twice_gives_the_same(tmp_path):
    path = write_xa(tmp_path / "a.dcm", noise(np.uint16, 12), transfer_syntax="htj2k", BitsStored=12)
    np.testing.assert_array_equal(stored(path), stored(path))
