"""The X-ray field of drawn collimators, declared openings, and images without a field."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spreadscan.errors import CannotMeasure
from spreadscan.image.filters import eroded
from spreadscan.settings import DelimitSettings
from spreadscan.stages.delimit import delimit
from spreadscan.values import Aperture, JudgingScale
from tests.images import SCALE, collimated, digest, fluorogram, linear_pixels, noisy, rectangle, scene, whole

SETTINGS = DelimitSettings()
RIM_PX = 3
"""2 mm, and one point of the grid."""
SQUARE = rectangle(15, 12, 84, 87)


def disc(row, column, radius, shape=(96, 96)):
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return (rows - row) ** 2 + (columns - column) ** 2 <= radius**2


def octagon():
    rows, columns = np.mgrid[:96, :96] - 47.5
    return (np.abs(rows) <= 40) & (np.abs(columns) <= 40) & (np.abs(rows) + np.abs(columns) <= 58)


def image(opening, *, bright_outside=False, seed=1, frames=1):
    outside = 0.2 if bright_outside else 4.0
    images = [collimated(noisy(scene(), seed + n), opening, outside) for n in range(frames)]
    return linear_pixels(images, full=4000)


def delimited(stored, **header):
    return delimit(fluorogram(stored, **header), SCALE, SETTINGS)


def fits(found, opening, rim_px=RIM_PX, within_px=1.6):
    """Whether a field is an opening without its rim, everywhere within so many pixels."""
    inner, outer = (
        eroded(opening, distance, frame_is_edge=False)
        for distance in (rim_px + within_px, rim_px - within_px)
    )
    return not (inner & ~found).any() and not (found & ~outer).any()


@pytest.mark.parametrize("bright_outside", [False, True])
@pytest.mark.parametrize(
    ("opening", "shape"),
    [
        (SQUARE, "rectangle"),
        (rectangle(0, 20, 96, 76), "rectangle"),
        (rectangle(0, 0, 96, 60), "rectangle"),
        (octagon(), "free"),
    ],
    ids=["square", "shutters left and right", "one shutter", "octagon"],
)
def test_the_field_is_the_opening_seen_without_its_rim(opening, shape, bright_outside):
    found = delimited(image(opening, bright_outside=bright_outside))
    assert fits(found.inside, opening)
    assert (found.origin, found.shape) == ("edge seen in the image", shape)


def test_the_frame_of_the_image_has_no_rim():
    found = delimited(image(rectangle(0, 0, 96, 60)))
    assert found.inside[:, 0].all()
    assert found.inside[0, :55].all()
    assert found.inside[-1, :55].all()
    assert not found.inside[:, 59:].any()


@pytest.mark.parametrize("stored", [image(whole()), linear_pixels([noisy(scene(), 2, 0.1)])])
def test_an_image_without_an_edge_is_exposed_as_a_whole(stored):
    found = delimited(stored)
    assert found.inside.all()
    assert (found.origin, found.shape) == ("no edge seen and none declared", "whole image")


# a shutter that covers less than four points of the grid is not looked for
SHUTTER = st.just(0) | st.integers(4, 25)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(SHUTTER, SHUTTER, SHUTTER, SHUTTER, st.booleans())
def test_any_rectangle_is_found(top, left, bottom, right, bright_outside):
    opening = rectangle(top, left, 96 - bottom, 96 - right)
    assert fits(delimited(image(opening, bright_outside=bright_outside)).inside, opening)


def test_the_rim_is_as_wide_as_the_settings_say():
    wide = delimit(fluorogram(image(SQUARE)), SCALE, DelimitSettings(rim_mm=6))
    assert fits(wide.inside, SQUARE, rim_px=7)
    fine = delimit(fluorogram(image(SQUARE)), JudgingScale(0.5, "finer"), SETTINGS)
    assert fits(fine.inside, SQUARE, rim_px=5)


def test_the_field_of_a_large_image_is_found_on_a_coarse_grid():
    stored = np.kron(image(SQUARE)[0], np.ones((4, 4), np.uint16))[None]
    found = delimit(fluorogram(stored), JudgingScale(0.25, "four times as fine"), SETTINGS)
    # a rim of 8 px and one point of the grid of 2 px
    assert fits(found.inside, np.kron(SQUARE, np.ones((4, 4), bool)), rim_px=10)


def test_a_round_field_is_called_a_circle():
    # on the grid of small images a circle is too coarse to be told
    rows, columns = 384, 384
    background = np.add.outer(np.linspace(1200, 1400, rows), np.linspace(0, 100, columns))
    stored = np.where(disc(190, 193, 150, (rows, columns)), background, 60).astype(np.uint16)[None]
    found = delimit(fluorogram(stored), JudgingScale(0.25, "finer"), SETTINGS)
    assert (found.origin, found.shape) == ("edge seen in the image", "circle")
    assert fits(found.inside, disc(190, 193, 150, (rows, columns)), rim_px=10, within_px=3)


def test_of_a_run_three_frames_are_looked_at():
    run = image(SQUARE, frames=5)
    alone = delimited(run[[0, 2, 4]])
    assert digest(delimited(run)) == digest(alone)


@pytest.mark.parametrize("exposed", [0, 2, 4])
def test_each_of_the_three_can_show_the_field(exposed):
    # the X-ray was on for one frame only
    run = np.full((5, 96, 96), 90, np.uint16)
    run[exposed] = image(SQUARE)[0]
    assert fits(delimited(run).inside, SQUARE)


# openings that the header declares

CORNERS = ((15.0, 12.0), (15.0, 86.0), (83.0, 86.0), (83.0, 12.0))
RECTANGLE = Aperture("rectangle", CORNERS)
CIRCLE = Aperture("circle", centre=(48.0, 50.0), radius_px=30.0)
SEEN_AND_DECLARED = "edge seen in the image, and the opening that the header declares"
SEEN_AGAINST_IT = "edge seen in the image; the header declares another opening, which was not used"
DECLARED = "opening that the header declares"


@pytest.mark.parametrize(
    ("opening", "apertures", "expected", "origin"),
    [
        # nothing seen: the declared one stands in
        (whole(), (RECTANGLE,), SQUARE, DECLARED),
        (whole(), (CIRCLE,), disc(48, 50, 30), DECLARED),
        (whole(), (RECTANGLE, CIRCLE), SQUARE & disc(48, 50, 30), DECLARED),
        # seen and declared agree: what lies in both
        (SQUARE, (RECTANGLE,), SQUARE, SEEN_AND_DECLARED),
        (
            SQUARE,
            (Aperture("rectangle", ((0.0, 0.0), (0.0, 82.0), (95.0, 82.0), (95.0, 0.0))),),
            rectangle(15, 12, 84, 83),
            SEEN_AND_DECLARED,
        ),
        # they contradict each other: what is seen
        (SQUARE, (CIRCLE,), SQUARE, SEEN_AGAINST_IT),
        # an opening beyond the image
        (
            whole(),
            (Aperture("circle", centre=(500.0, 500.0), radius_px=9.0),),
            whole(),
            "no edge seen and none declared",
        ),
    ],
)
def test_declared_openings(opening, apertures, expected, origin):
    found = delimited(image(opening), apertures=apertures)
    assert found.origin == origin
    assert fits(found.inside, expected)


def test_a_polygon_that_the_header_declares():
    found = delimited(image(whole()), apertures=(Aperture("polygon", ((5, 48), (90, 90), (90, 6))),))
    assert found.inside[60, 48]
    assert found.inside[85, 20]
    assert not found.inside[10, 20]
    assert not found.inside[50, 90]


# images that cannot be measured


@pytest.mark.parametrize(
    "stored",
    [
        np.full((1, 96, 96), 700, np.uint16),
        np.zeros((3, 96, 96), np.uint8),
        np.pad(np.full((1, 3, 3), 4000, np.uint16), ((0, 0), (40, 53), (40, 53))),
        np.full((1, 4, 4), 9, np.uint8),
    ],
    ids=["gray", "black run", "a speck", "tiny"],
)
def test_a_flat_image_is_refused(stored):
    with pytest.raises(CannotMeasure, match=r"image\.dcm: PixelData .*\[flat-image\]") as refused:
        delimited(stored)
    assert refused.value.slug == "flat-image"


@pytest.mark.parametrize(
    "aperture",
    [
        Aperture("rectangle", ((40, 40), (40, 50), (50, 50), (50, 40))),
        Aperture("circle", centre=(0.0, 0.0), radius_px=14.0),
    ],
)
def test_an_empty_field_is_refused(aperture):
    with pytest.raises(CannotMeasure, match=r"no exposed field larger than 2 %.*\[empty-field\]") as refused:
        delimited(image(whole()), apertures=(aperture,))
    assert refused.value.slug == "empty-field"


def test_an_image_of_a_few_pixels_does_not_break_the_search():
    stored = np.arange(12, dtype=np.uint16).reshape(1, 3, 4)
    assert delimited(stored).inside.all()
