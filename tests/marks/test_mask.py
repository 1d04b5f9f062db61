"""A mask comes in as it was drawn, or is refused with what is wrong."""

import numpy as np
import pytest
from PIL import Image

from spreadscan.errors import CannotRead
from spreadscan.marks.drawn import read_mask
from spreadscan.marks.file import DrawnOn

DRAWN = np.array([[0, 128, 255, 0], [0, 128, 128, 0], [255, 255, 0, 0]], np.uint8)


@pytest.fixture
def read(tmp_path):
    def save_and_read(image, rows=3, columns=4, file_format="PNG"):
        image = Image.fromarray(image) if isinstance(image, np.ndarray) else image
        image.save(tmp_path / "mask.png", file_format)
        return read_mask(tmp_path / "mask.png", DrawnOn(rows, columns))

    return save_and_read


def test_sure_is_part_of_possible(read):
    mask = read(DRAWN)
    np.testing.assert_array_equal(mask.sure, DRAWN == 255)
    np.testing.assert_array_equal(mask.possible, DRAWN >= 128)
    assert mask.sure.dtype == mask.possible.dtype == bool
    assert not mask.sure.flags.writeable


@pytest.mark.parametrize("high", [1, 255])
def test_masks_of_two_values(read, high):
    mask = read((DRAWN == 255).astype(np.uint8) * np.uint8(high))
    np.testing.assert_array_equal(mask.sure, DRAWN == 255)
    np.testing.assert_array_equal(mask.possible, mask.sure)


def test_a_mask_of_bits(read):
    np.testing.assert_array_equal(read(Image.fromarray(DRAWN == 255)).sure, DRAWN == 255)


@pytest.mark.parametrize("value", [0, 128, 255])
def test_uniform_masks(read, value):
    mask = read(np.full((3, 4), value, np.uint8))
    assert (mask.sure.all(), mask.possible.any()) == (value == 255, value > 0)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P"])
def test_gray_stored_otherwise(read, mode):
    np.testing.assert_array_equal(read(Image.fromarray(DRAWN).convert(mode)).possible, DRAWN >= 128)


@pytest.mark.parametrize(
    ("image", "match"),
    [
        (np.full((3, 4), 7, np.uint8), "holds values other than 0, 128 and 255: 7"),
        (np.arange(12, dtype=np.uint8).reshape(3, 4), "holds values other than 0, 128 and 255: 1, 2, 3, 4;"),
        (np.zeros((4, 3), np.uint8), "is 4 × 3 pixels, the frame 3 × 4"),
        (np.zeros((3, 4), np.uint16), "is not an 8-bit image"),
        (np.dstack([DRAWN, DRAWN, 255 - DRAWN]), "is coloured"),
        (np.dstack([DRAWN, DRAWN, DRAWN, np.full_like(DRAWN, 9)]), "has transparent pixels"),
    ],
)
def test_images_that_are_no_mask(read, image, match):
    with pytest.raises(CannotRead, match=rf"^mask.png: {match}.*\[mask-unreadable\]"):
        read(image)


@pytest.mark.parametrize("file_format", ["JPEG", "BMP", "TIFF"])
def test_other_formats(read, file_format):
    with pytest.raises(CannotRead, match=r"is neither a PNG, .*\[mask-unreadable\]"):
        read(DRAWN, file_format=file_format)


def test_cut_short(tmp_path, read):
    read(DRAWN)
    path = tmp_path / "mask.png"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(CannotRead, match="mask-unreadable"):
        read_mask(path, DrawnOn(3, 4))


def test_a_bomb_is_refused_by_its_size(tmp_path):
    path = tmp_path / "mask.png"
    Image.new("1", (16_000, 16_000)).save(path)
    with pytest.raises(CannotRead, match="mask-unreadable"):
        read_mask(path, DrawnOn(3, 4))


def test_missing(tmp_path):
    with pytest.raises(CannotRead, match=r"does not exist.*\[input-missing\]"):
        read_mask(tmp_path / "mask.png", DrawnOn(3, 4))
    with pytest.raises(CannotRead, match=r"not a file.*\[input-missing\]"):
        read_mask(tmp_path, DrawnOn(3, 4))
