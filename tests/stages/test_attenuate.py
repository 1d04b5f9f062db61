"""Stored values as attenuation: every coding of intensity, on tables small enough to check by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spreadscan.settings import AttenuateSettings
from spreadscan.stages.attenuate import SATURATED_SHARE, attenuate, line_evidence
from spreadscan.values import PixelFacts
from tests.images import (
    SCALE,
    Needle,
    field_of,
    fluorogram,
    linear_pixels,
    noisy,
    rectangle,
    scene,
    whole,
)

SETTINGS = AttenuateSettings()
ODD = (0.5, 1.0, 3.0, 4.0, 8.0, 16.0, 20.0, 32.0)
"""A table from eight logarithmic values to linear intensity."""


def facts(**changes):
    says = {
        "bits_stored": 3,
        "inverted_display": False,
        "relationship": "LIN",
        "sign": 1,
        "lossy": False,
        "subtracted": False,
    }
    return PixelFacts(**{**says, **changes})


def attenuated(stored, pixels, inside=None):
    image = fluorogram(np.asarray(stored), pixels=pixels)
    field = field_of(whole(image.stored.shape[1:]) if inside is None else inside)
    return attenuate(image, field, SCALE, SETTINGS)


def ln(*shares):
    return [-np.log(share) for share in shares]


EIGHT = np.arange(8, dtype=np.uint8).reshape(1, 2, 4)
RISING = [n / 7 for n in range(8)]
LINEAR = ln(0.5 / 7, 1 / 7, 2 / 7, 3 / 7, 4 / 7, 5 / 7, 6 / 7, 1)
BY_TABLE = ln(*(value / 32 for value in ODD))

# relationship, sign, table; then the attenuation of the stored values 0 to 7, its unit and the flags
CODINGS = [
    ("LIN", 1, None, LINEAR, "ln", "dark", ()),
    ("LIN", -1, None, LINEAR[::-1], "ln", "bright", ()),
    ("LOG", 1, None, RISING[::-1], "relative", "dark", ()),
    ("LOG", -1, None, RISING, "relative", "bright", ()),
    ("LOG", 1, ODD, BY_TABLE, "ln", "dark", ()),
    ("LOG", -1, ODD[::-1], BY_TABLE[::-1], "ln", "bright", ()),
    # a table of another length is not one for these values
    ("LOG", -1, ODD[:4], RISING, "relative", "bright", ()),
    ("DISP", 1, None, RISING[::-1], "relative", "dark", ("display-pixels",)),
    ("DISP", -1, None, RISING, "relative", "bright", ("display-pixels",)),
    (None, 1, None, RISING[::-1], "relative", "dark", ("display-pixels",)),
    (None, -1, None, RISING, "relative", "bright", ("display-pixels",)),
]


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize(("relationship", "sign", "table", "expected", "unit", "polarity", "flags"), CODINGS)
def test_every_coding(relationship, sign, table, expected, unit, polarity, flags, signed):
    stored = EIGHT.astype(np.int16) - 4 if signed else EIGHT
    to_linear = None if table is None else np.array(table, np.float32)
    # eight values, one at each end: an eighth of the image is as dark as the file can hold
    flags = (*flags, "saturated")
    run = attenuated(stored, facts(relationship=relationship, sign=sign, to_linear=to_linear))
    np.testing.assert_allclose(run.frame(0).ravel(), expected, atol=1e-6)
    assert run.frame(0).dtype == np.float32
    assert (run.unit, run.polarity, run.flags) == (unit, polarity, flags)
    assert run.lowest == (-4 if signed else 0)


def test_frames_are_looked_up_one_by_one_and_the_pixels_shared():
    stored = np.stack([EIGHT[0], EIGHT[0, ::-1], EIGHT[0, :, ::-1]])
    image = fluorogram(stored, pixels=facts())
    run = attenuate(image, field_of(whole((2, 4))), SCALE, SETTINGS)
    assert run.stored is image.stored
    np.testing.assert_allclose(run.frame(2), run.frame(0)[:, ::-1])
    np.testing.assert_allclose(run.frame(1), run.frame(0)[::-1])


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
def test_the_range_is_that_of_the_bits_stored(bits):
    stored = np.full((1, 2, 2), 100, np.uint16)
    run = attenuated(stored, facts(bits_stored=bits, relationship="DISP", sign=-1))
    assert run.frame(0)[0, 0] == pytest.approx(100 / (2**bits - 1))
    assert len(run.curve) == 2**bits


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    st.sampled_from(["LIN", "LOG", "DISP", None]),
    st.sampled_from([1, -1]),
    st.lists(st.integers(0, 255), min_size=2, max_size=9),
)
def test_darker_matter_attenuates_more(relationship, sign, values):
    run = attenuated(
        np.array([[sorted(values)]], np.uint8),
        facts(bits_stored=8, relationship=relationship, sign=sign),
    )
    steps = np.diff(run.frame(0)[0])
    assert (steps <= 0).all() if sign > 0 else (steps >= 0).all()
    assert np.isfinite(run.curve).all()


@settings(max_examples=10, deadline=None, derandomize=True)
@given(st.integers(2, 20), st.integers(1, 2000))
def test_a_gain_adds_a_constant_to_the_attenuation_of_linear_pixels(gain, seed):
    stored = np.random.default_rng(seed).integers(1, 3000, (1, 4, 4)).astype(np.uint16)
    pixels = facts(bits_stored=16)
    plain, brighter = attenuated(stored, pixels).frame(0), attenuated(stored * gain, pixels).frame(0)
    np.testing.assert_allclose(plain - brighter, np.log(gain), atol=2e-6)


@settings(max_examples=10, deadline=None, derandomize=True)
@given(st.integers(1, 60), st.sampled_from([1, -1]))
def test_an_offset_adds_a_constant_to_logarithmic_pixels(offset, sign):
    stored = np.random.default_rng(1).integers(10, 190, (1, 4, 4)).astype(np.uint8)
    pixels = facts(bits_stored=8, relationship="LOG", sign=sign)
    difference = attenuated(stored + np.uint8(offset), pixels).frame(0) - attenuated(stored, pixels).frame(0)
    np.testing.assert_allclose(difference, -sign * offset / 255, atol=1e-6)


# flags


def test_lossy_and_subtracted_pixels_are_flagged():
    run = attenuated(np.full((1, 2, 2), 3, np.uint8), facts(lossy=True, subtracted=True))
    assert run.flags == ("lossy-compressed", "already-subtracted")


@pytest.mark.parametrize("end", [0, 255])
@pytest.mark.parametrize(("pixels", "saturated"), [(100, False), (101, True)])
def test_saturation_from_one_hundredth_of_the_field(end, pixels, saturated):
    stored = np.full((1, 100, 100), 77, np.uint8)
    stored[0].ravel()[:pixels] = end
    run = attenuated(stored, facts(bits_stored=8))
    assert (pixels / stored.size > SATURATED_SHARE) is saturated
    assert ("saturated" in run.flags) is saturated


def test_what_is_saturated_outside_the_field_does_not_count():
    stored = np.full((1, 10, 10), 77, np.uint8)
    stored[0, :5] = 0
    assert "saturated" in attenuated(stored, facts(bits_stored=8)).flags
    run = attenuated(stored, facts(bits_stored=8), rectangle(5, 0, 10, 10, (10, 10)))
    assert "saturated" not in run.flags


# polarity


NEEDLES = [Needle((30, 5), (55, 30)), Needle((60, 90), (35, 70))]


def seen(*, bright, needles=NEEDLES):
    """Return the cartoon with needles, matter stored dark or bright."""
    stored = linear_pixels([noisy(scene(needles=needles), 1)], full=4000)
    return (4095 - stored if bright else stored).astype(np.uint16)


@pytest.mark.parametrize("relationship", ["LIN", "LOG", "DISP", None])
@pytest.mark.parametrize(
    ("bright", "inverted", "polarity", "flags"),
    [
        (False, False, "dark", ()),
        (True, False, "bright", ("polarity-from-image",)),
        (True, True, "bright", ()),
        (False, True, "dark", ("polarity-from-image",)),
    ],
)
def test_without_a_sign_the_image_shows_its_polarity(relationship, bright, inverted, polarity, flags):
    pixels = facts(bits_stored=12, relationship=relationship, sign=None, inverted_display=inverted)
    run = attenuated(seen(bright=bright), pixels)
    assert run.polarity == polarity
    assert tuple(flag for flag in run.flags if flag.startswith("polarity")) == flags
    # the needle attenuates more than what lies beside it, whatever the coding
    assert run.frame(0)[42, 17] > run.frame(0)[42, 22]


@pytest.mark.parametrize("bright", [False, True])
@pytest.mark.parametrize(("sign", "polarity"), [(1, "dark"), (-1, "bright")])
def test_the_sign_of_the_header_is_believed_against_the_image(bright, sign, polarity):
    run = attenuated(seen(bright=bright), facts(bits_stored=12, sign=sign))
    assert (run.polarity, run.flags) == (polarity, ())


@pytest.mark.parametrize(("inverted", "polarity"), [(False, "dark"), (True, "bright")])
def test_where_nothing_shows_the_polarity_the_usual_one_is_assumed(inverted, polarity):
    plain = np.random.default_rng(1).normal(2000, 20, (1, 96, 96)).astype(np.uint16)
    run = attenuated(plain, facts(bits_stored=12, sign=None, inverted_display=inverted))
    assert run.polarity == polarity
    assert "polarity-assumed" in run.flags


def test_the_evidence_of_lines_turns_with_the_image():
    dark, bright = (
        line_evidence(seen(bright=bright)[0], whole(), SCALE, SETTINGS) for bright in (False, True)
    )
    assert dark > 4 * SETTINGS.least_evidence
    assert bright == pytest.approx(-dark, abs=1e-3)


def test_lines_outside_the_field_are_no_evidence():
    needle = [Needle((30, 5), (55, 12), 1.5)]
    here = seen(bright=False, needles=needle)[0]
    far = rectangle(10, 40, 96, 96)
    without = line_evidence(seen(bright=False, needles=())[0], far, SCALE, SETTINGS)
    assert line_evidence(here, far, SCALE, SETTINGS) == pytest.approx(without, abs=1e-3)


@pytest.mark.parametrize(
    "field", [rectangle(0, 0, 0, 0), rectangle(30, 30, 60, 60)], ids=["empty", "too small"]
)
def test_too_small_a_field_is_no_evidence(field):
    assert line_evidence(seen(bright=False)[0], field, SCALE, SETTINGS) == 0
