import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spreadscan.write.words.rounding import (
    cut,
    decimals,
    fraction_with_interval,
    millimetres,
    percent,
    probability,
    share,
)

shares = st.floats(0, 1)


@pytest.mark.parametrize(
    ("fraction", "printed"),
    [
        (0.0, "0 %"),
        (1e-12, "<1 %"),
        (0.004, "<1 %"),
        (0.006, "1 %"),
        (0.5, "50 %"),
        (0.6431, "64 %"),
        (0.994, "99 %"),
        (0.996, ">99 %"),
        (1 - 1e-12, ">99 %"),
        (1.0, "100 %"),
    ],
)
def test_percent_is_honest_at_both_ends(fraction, printed):
    assert percent(fraction) == printed


@pytest.mark.parametrize(
    ("number", "printed"),
    [
        (None, ""),
        (0.0, "0.00"),
        (0.0001, "<0.01"),
        (0.01, "0.01"),
        (0.1999, "0.19"),
        (0.2, "0.20"),
        (0.29, "0.29"),
        (0.4999, "0.49"),
        (0.57, "0.57"),
        (0.7999, "0.79"),
        (0.8, "0.80"),
        (0.99, "0.99"),
        (0.9901, ">0.99"),
        (1 - 1e-12, ">0.99"),
        (1.0, "1.00"),
    ],
)
def test_a_printed_probability_never_passes_the_border_of_a_verdict(number, printed):
    assert probability(number) == printed


@pytest.mark.parametrize(
    ("number", "places", "rounded"),
    [
        (0.0, 4, 0.0),
        (0.00001, 4, 0.0001),
        (0.12345, 2, 0.12),
        (0.99999, 4, 0.9999),
        (1.0, 4, 1.0),
        (None, 4, None),
        (math.nan, 4, None),
    ],
)
def test_share(number, places, rounded):
    assert share(number, places) == rounded


@pytest.mark.parametrize(
    ("number", "kept"),
    [(0.0, 0.0), (0.00001, 0.0001), (0.29, 0.29), (0.79999, 0.7999), (0.99999999999, 0.9999), (1.0, 1.0)],
)
def test_cut(number, kept):
    assert cut(number) == kept


@pytest.mark.parametrize("unknown", [None, math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_unknown(unknown):
    assert decimals(unknown, 2) is None
    assert share(unknown) is None
    assert cut(unknown) is None


def test_there_is_no_negative_zero():
    assert str(decimals(-0.001, 2)) == "0.0"


@pytest.mark.parametrize(
    ("fraction", "low", "high", "printed"),
    [
        (0.64, 0.51, 0.75, "64 % [51–75]"),
        (0.0, 0.0, 0.0, "0 % [0–0]"),
        (0.0021, 0.0, 0.0403, "<1 % [0–4]"),
        (1.0, 0.9967, 1.0, "100 % [>99–100]"),
        (0.64, None, 0.75, ""),
        (0.64, 0.51, None, ""),
        (None, None, None, ""),
    ],
)
def test_a_fraction_is_never_printed_without_its_interval(fraction, low, high, printed):
    assert fraction_with_interval(fraction, low, high) == printed


@pytest.mark.parametrize(
    ("length", "printed"),
    [(0.0, "0"), (0.01, "<0.1"), (0.06, "0.1"), (4.88, "4.9"), (9.94, "9.9"), (9.96, "10"), (81.4, "81")],
)
def test_millimetres(length, printed):
    assert millimetres(length) == printed


@given(shares)
def test_the_ends_are_printed_only_when_exactly_true(fraction):
    assert (percent(fraction) == "0 %") == (fraction == 0)
    assert (percent(fraction) == "100 %") == (fraction == 1)
    assert (probability(fraction) == "0.00") == (fraction == 0)
    assert (probability(fraction) == "1.00") == (fraction == 1)
    for rounded in (share(fraction), cut(fraction)):
        assert (rounded == 0) == (fraction == 0)
        assert (rounded == 1) == (fraction == 1)


@given(shares, shares)
def test_rounding_keeps_the_order(a, b):
    low, high = sorted((a, b))
    assert share(low) <= share(high)
    assert cut(low) <= cut(high)
