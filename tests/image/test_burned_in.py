"""What stands still while the patient moves: letters are found, bone, contrast and noise are not."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from spreadscan.image.burned_in import RIM_PX, find_still, with_moved
from spreadscan.image.warp import moved, moved_inside
from spreadscan.values import Motion

SIDE = 256
EVERYWHERE = np.ones((SIDE, SIDE), bool)


def motion(rows, columns):
    return Motion(rows_px=rows, columns_px=columns, rotation_deg=0.0, agreement=1.0, residual_px=0.0)


@pytest.fixture
def bones():
    texture = np.random.default_rng(2).normal(size=(SIDE, SIDE))
    return (20 * ndimage.gaussian_filter(texture, 4)).astype(np.float32)


@pytest.fixture
def letters():
    canvas = Image.new("1", (SIDE, SIDE))
    ImageDraw.Draw(canvas).text((30, 40), "SERIES 12", fill=1, font=ImageFont.load_default(14))
    return np.array(canvas)


def pair(bones, rows, columns, noise=0.05):
    """An image, and another one in which the bones lie further down and to the right."""
    rng = np.random.default_rng(5)
    there = moved(bones, motion(-rows, -columns))
    return tuple((one + rng.normal(0, noise, one.shape)).astype(np.float32) for one in (bones, there))


@pytest.mark.parametrize("ink", [-6.0, 6.0], ids=["white", "black"])
def test_letters_that_stay_where_they_are_are_found(bones, letters, ink):
    image, other = pair(bones, 3.0, 1.5)
    image[letters], other[letters] = ink, ink
    found = find_still(image, other, motion(3.0, 1.5), EVERYWHERE)
    assert found[letters].mean() > 0.9
    assert not found[~ndimage.binary_dilation(letters, iterations=2 * RIM_PX + 1)].any()


def test_letters_spoil_the_place_too_to_which_the_other_image_is_moved(bones, letters):
    between = motion(9.0, -6.0)
    image, other = pair(bones, 9.0, -6.0)
    image[letters], other[letters] = 6.0, 6.0
    spoilt = with_moved(find_still(image, other, between, EVERYWHERE), [between])
    false = (np.abs(image - moved(other, between)) > 3) & moved_inside(EVERYWHERE, between)
    assert false[~letters].sum() > 100
    assert (false & ~letters & ~spoilt).sum() < 0.1 * (false & ~letters).sum()


def test_where_nothing_stands_still_nothing_is_spoilt():
    assert not with_moved(~EVERYWHERE, [motion(3.0, 1.0)]).any()


@pytest.mark.parametrize("shift", [(3.0, 1.5), (0.9, 0.0), (0.0, 12.0)])
def test_bones_that_move_are_not(bones, shift):
    image, other = pair(bones, *shift)
    assert not find_still(image, other, motion(*shift), EVERYWHERE).any()


def test_contrast_that_came_is_not(bones):
    image, other = pair(bones, 3.0, 0.0)
    row, column = np.mgrid[:SIDE, :SIDE]
    image[(row - 128) ** 2 + (column - 100) ** 2 < 15**2] += 3
    assert not find_still(image, other, motion(3.0, 0.0), EVERYWHERE).any()


def test_letters_without_motion_are_left_since_they_subtract_away(bones, letters):
    image, other = pair(bones, 0.2, 0.0)
    image[letters], other[letters] = 6.0, 6.0
    assert not find_still(image, other, motion(0.2, 0.0), EVERYWHERE).any()


def test_a_motion_that_is_wrong_masks_nothing(bones):
    image, other = pair(bones, 0.0, 0.0, noise=0.0)
    assert not find_still(image, other, motion(9.0, 9.0), EVERYWHERE).any()


def test_noise_alone_is_not(letters):
    rng = np.random.default_rng(8)
    image, other = (rng.normal(size=(SIDE, SIDE)).astype(np.float32) for _ in range(2))
    assert not find_still(image, other, motion(3.0, 0.0), EVERYWHERE).any()


def test_an_empty_field_has_nothing(bones):
    image, other = pair(bones, 3.0, 0.0)
    assert not find_still(image, other, motion(3.0, 0.0), ~EVERYWHERE).any()
