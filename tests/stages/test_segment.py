"""From a map to a mask: hysteresis on maps small enough to read, and its laws on random ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from spreadscan.settings import SegmentSettings
from spreadscan.stages.segment import from_given, segment
from spreadscan.values import GivenMask, JudgingScale
from tests.images import SCALE, contrast_map, digest, whole

LOOSE = SegmentSettings(least_area_mm2=1.0)
"""One pixel is enough."""
few = settings(max_examples=40, deadline=None, derandomize=True)
maps = arrays(np.float32, (8, 9), elements=st.floats(0, 4, width=32))


def segmented(signal, settings=LOOSE, **changes):
    return segment(contrast_map(signal, **changes), SCALE, settings)


def picture(mask):
    """Return the mask as a drawing: # sure, + possible, . none."""
    return [
        "".join("#" if s else "+" if p else "." for s, p in zip(*rows, strict=True))
        for rows in zip(mask.sure, mask.possible, strict=True)
    ]


# signal in limits -> what it is; the lower threshold lies at exp(-1.5 · 0.2) = 0.74 of the limit
ROWS = [
    ("nothing", [0, 0, 0, 0], "...."),
    ("below the lower threshold", [0.7, 0.7, 0.7, 0.7], "...."),
    ("never clear", [1.9, 1.9, 1.9, 0], "...."),
    ("at the limit is not above it", [0, 3, 1, 0], ".#+."),
    ("clear", [0, 2, 0, 0], ".#.."),
    ("with its faint rim", [0.8, 1.2, 2.5, 0.8], "+##+"),
    ("the rim ends at the lower threshold", [0.75, 2.5, 0.73, 2.5], "+#.#"),
    ("faint and not connected", [2.5, 0, 0.8, 0.8], "#..."),
    ("connected by what is possible only", [2.5, 0.8, 1.5, 0], "#++."),
    ("two clear ones bridged by what is possible", [2.5, 0.8, 2.5, 0], "#+#."),
    ("a faint loss beside it", [-0.9, 2.5, -0.9, 0], ".#.."),
    ("as much lost as gained", [-3, 2.5, -3, 0], "...."),
]


@pytest.mark.parametrize(("signal", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_hysteresis_along_a_line(signal, expected):
    assert picture(segmented([signal])) == [expected]


def test_pixels_are_connected_by_their_sides_not_their_corners():
    assert picture(segmented([[2.5, 0], [0, 1.5]])) == ["#.", ".."]
    assert picture(segmented([[2.5, 1.5], [0, 1.5]])) == ["##", ".#"]


def bar(columns, strength):
    """A map with a vertical bar of so many columns beside one that lost as much."""
    signal = np.zeros((30, 30), np.float32)
    signal[10:20, 15 - columns : 15] = strength
    signal[10:20, 15:17] = -strength
    return signal


def test_the_edge_of_something_that_moved_is_no_contrast():
    # an edge that moved by a millimetre: what it gained on one side it lost on the other
    assert not segmented(bar(1, 4.0)).possible.any()
    lost_only = np.minimum(bar(1, 4.0), 0)
    assert not segmented(lost_only).possible.any()
    assert segmented(np.maximum(bar(1, 4.0), 0)).sure.sum() == 10


def test_a_depot_beside_something_that_moved_away_stays():
    # ten columns of contrast, of which the last touch two columns of loss
    assert segmented(bar(10, 4.0)).sure.sum() == 100


PAIR = SegmentSettings(seed=1.5, seed_sd=1.0)


def gas(strength, moved_by, depot=0.0):
    """A map in limits of gas that moved to the right by so many millimetres, and of a depot."""
    signal = np.zeros((60, 90), np.float32)
    signal[20:32, 10:15] = strength
    signal[20:32, 10 + moved_by : 15 + moved_by] -= strength
    signal[40:55, 30:45] += depot
    return signal


@pytest.mark.parametrize("moved_by", [8, 20])
def test_a_faint_area_that_is_missing_elsewhere_is_possible_and_never_sure(moved_by):
    found = segmented(gas(1.7, moved_by), PAIR, difference_sd=2**0.5)
    assert not found.sure.any()
    assert found.possible[20:32, 10:15].all()
    assert found.strength.max() < 1
    assert found.flags == ("no-contrast", "like-moved-gas")


def test_without_a_loss_or_with_one_far_away_it_is_contrast():
    came_only = np.maximum(gas(1.7, 20), 0)
    for signal in (came_only, gas(1.7, 60)):
        found = segmented(signal, PAIR, difference_sd=2**0.5)
        assert found.sure[20:32, 10:15].all()
        assert "like-moved-gas" not in found.flags


@pytest.mark.parametrize(
    ("lost_share", "difference_sd", "sure"),
    [(1.0, 1.1, False), (0.4, 1.1, False), (0.2, 1.1, True), (0.2, 2**0.5, False), (0.0, 2**0.5, True)],
)
def test_in_a_run_more_must_be_lost_beside_gas_than_in_a_pair(lost_share, difference_sd, sure):
    # the loss is as deep as the gain and as wide, and so much of it high
    signal = np.maximum(gas(1.7, 20), 0)
    signal[20 : 20 + round(12 * lost_share), 30:35] = -1.7
    found = segmented(signal, PAIR, difference_sd=difference_sd)
    assert found.sure[20:32, 10:15].all() == sure
    assert found.possible[20:32, 10:15].all()
    assert ("like-moved-gas" in found.flags) is not sure


def test_dense_contrast_beside_gas_that_moved_stays():
    found = segmented(gas(1.7, 20, depot=4.0), PAIR, difference_sd=2**0.5)
    assert found.sure[40:55, 30:45].all()
    assert found.sure.sum() == 15 * 15


def test_a_strip_along_the_edge_of_the_field_is_no_contrast_and_a_depot_that_it_cuts_is():
    signal, valid = np.zeros((40, 40), np.float32), np.zeros((40, 40), bool)
    valid[:, 10:] = True
    signal[:, 10], signal[15:25, 10:20] = 8.0, 5.0
    found = segmented(signal, valid=valid, limit=np.where(valid, 1, np.inf).astype(np.float32))
    assert found.sure[15:25, 10:20].all()
    assert not found.sure[:12, 10].any()
    assert "contrast-cut" in found.flags


@pytest.mark.parametrize(
    ("strength", "first_column", "sure"),
    [(1.8, 10, False), (2.2, 10, True), (1.8, 16, True)],
    ids=["faint at the edge", "clear at the edge", "faint inside"],
)
def test_what_is_faint_and_reaches_the_edge_of_the_field_is_possible_only(strength, first_column, sure):
    signal, valid = np.zeros((40, 40), np.float32), np.zeros((40, 40), bool)
    valid[:, 10:] = True
    area = np.s_[10:25, first_column:30]
    signal[area] = strength
    signal[15:18, 22:25] = 3.0  # what starts an area
    limit = np.where(valid, 1, np.inf).astype(np.float32)
    found = segmented(signal, valid=valid, limit=limit)
    assert found.possible[area].all()
    assert found.sure[area].all() == sure
    assert found.sure.any() == sure
    # on a single image there is nothing that could have moved
    assert segmented(signal, valid=valid, limit=limit, method="single image").sure[area].all()


@pytest.mark.parametrize(
    ("difference_sd", "rows", "found"), [(2**0.5, 3, False), (2**0.5, 12, True), (0.6, 3, True)]
)
def test_a_faint_band_must_show_more_between_two_frames_than_between_averages(difference_sd, rows, found):
    signal = np.zeros((20, 40), np.float32)
    signal[4 : 4 + rows, 5:35] = 2.3
    assert segmented(signal, difference_sd=difference_sd).found is found


def test_the_undershoot_of_edge_enhancement_takes_nothing_away():
    signal = np.full((30, 30), -0.3, np.float32)
    signal[8:22, 8:22] = -1.2
    signal[10:20, 10:20] = 6.0
    assert segmented(signal).sure.sum() == 100


@pytest.mark.parametrize(("pixels", "found"), [(3, False), (4, True)])
def test_one_pixel_above_the_seed_is_not_enough_for_a_large_least_area(pixels, found):
    signal = np.full((6, 6), 1.5, np.float32)
    signal[0, :pixels] = 2.5
    assert segmented(signal, SegmentSettings(least_area_mm2=16.0)).sure.any() == found


@pytest.mark.parametrize(("pixels", "found"), [(3, False), (4, True)])
def test_an_area_smaller_than_the_least_does_not_count(pixels, found):
    # at half a millimetre four pixels are 1 mm²
    contrast = contrast_map([[3.0] * pixels + [0.0] * (6 - pixels)])
    mask = segment(contrast, JudgingScale(0.5, "finer"), SegmentSettings(least_area_mm2=1.0))
    assert mask.found is found
    assert mask.possible.sum() == (pixels if found else 0)


def test_an_area_that_is_only_possible_counts_with_its_sure_core():
    # six possible pixels of which two are sure: sure alone is too small, and then nothing is sure
    signal = [[0.8, 0.8, 3, 3, 0.8, 0.8]]
    assert picture(segmented(signal, SegmentSettings(least_area_mm2=3.0))) == ["++++++"]
    assert picture(segmented(signal, SegmentSettings(least_area_mm2=2.0))) == ["++##++"]


def test_without_a_baseline_half_hearted_marks_are_possible():
    signal = [[0.5, 0.9, 0.9, 0, 2.5, 0.9]]
    assert picture(segmented(signal)) == ["....#+"]
    assert picture(segmented(signal, method="single image", unit="odds")) == [".++.#+"]
    assert picture(segmented(signal, method="single image", judgeable=False)) == ["......"]


@pytest.mark.parametrize(
    ("relative_sd", "expected"), [(0.0, "....#...."), (0.2, "..++#++.."), (0.6, "++++#++++")]
)
def test_what_is_possible_reaches_as_far_down_as_the_limit_may_be_off(relative_sd, expected):
    # lowered to 1, 0.74 and 0.41 of the limit
    signal = [[0.5, 0.5, 0.8, 0.8, 2.5, 0.8, 0.8, 0.5, 0.5]]
    assert picture(segmented(signal, limit_relative_sd=relative_sd)) == [expected]


def test_the_limit_counts_where_it_is():
    signal = np.full((1, 4), 3.0)
    limit = np.array([[1, 2.9, 3.5, 9]], np.float32)
    assert picture(segmented(signal, limit=limit)) == ["##+."]


def test_what_is_not_valid_is_never_contrast():
    valid = np.array([[True, True, False, True, True]])
    limit = np.where(valid, np.float32(1), np.float32(np.inf))
    found = segmented([[3, 3, 3, 3, 3]], valid=valid, limit=limit)
    assert picture(found) == ["##.##"]
    assert found.strength[0, 2] == 0


def test_the_strength_is_the_signal_in_limits_and_nothing_outside():
    signal = np.array([[0.5, 0.8, 2.5, 0.2, 5.0]])
    found = segmented(signal, limit=np.full((1, 5), 2, np.float32))
    np.testing.assert_allclose(found.strength, [[0, 0, 0, 0, 2.5]])
    found = segmented(signal)
    np.testing.assert_allclose(found.strength, [[0, 0.8, 2.5, 0, 5.0]])
    assert found.limit_relative_sd == 0.2
    assert found.origin == "measured"


# flags


def block(strength, rows=slice(3, 7)):
    signal = np.zeros((10, 10))
    signal[rows, 3:7] = strength
    return signal


@pytest.mark.parametrize(
    ("signal", "flags"),
    [
        (np.zeros((10, 10)), ("no-contrast",)),
        (block(1.5), ("no-contrast",)),
        (block(3), ()),
        # half of it reaches the seed, the median is below 2 limits
        (np.where(np.arange(100).reshape(10, 10) % 10 > 4, block(2.2), block(1.2)), ("near-limit",)),
        # it runs out of the field
        (block(3, slice(0, 4)), ("contrast-cut",)),
    ],
)
def test_flags(signal, flags):
    assert segmented(signal).flags == flags


def test_contrast_that_ends_at_metal_is_cut():
    valid = whole((10, 10))
    valid[5, :] = False
    limit = np.where(valid, np.float32(1), np.float32(np.inf))
    assert segmented(block(3), valid=valid, limit=limit).flags == ("contrast-cut",)


def test_what_cannot_be_judged_is_neither_contrast_nor_none():
    found = segmented(block(9), judgeable=False)
    assert not found.possible.any()
    assert not found.strength.any()
    assert found.flags == ("cannot-judge",)


# a mask that a person drew


def test_a_drawn_mask_is_taken_at_its_word():
    sure = np.array([[True, False, False]])
    possible = np.array([[False, True, False]])
    found = from_given(GivenMask(sure, possible))
    assert picture(found) == ["#+."]
    assert (found.origin, found.limit_relative_sd, found.flags) == ("given", 0.0, ())
    # no threshold of a draw, which is 1 where the limit is certain, changes it
    np.testing.assert_array_equal(found.strength >= 1, sure)


def test_an_empty_drawing_says_that_there_is_no_contrast():
    empty = np.zeros((2, 2), bool)
    assert from_given(GivenMask(empty, whole((2, 2)))).flags == ("no-contrast",)


# laws


def test_strength_is_kept_where_contrast_fades_out():
    mask = segmented([[0.45, 0.55, 0.7, 2.5, 0.6, 0, 0.6]])
    assert picture(mask) == ["...#..."]
    np.testing.assert_allclose(mask.strength, [[0, 0.55, 0.7, 2.5, 0.6, 0, 0]], rtol=1e-6)


@few
@given(maps)
def test_sure_is_possible_and_both_come_from_the_map(signal):
    found = segmented(signal)
    assert not (found.sure & ~found.possible).any()
    assert (signal[found.sure] > 1).all()
    assert (signal[found.possible] > np.exp(-0.3)).all()
    assert ((found.strength > 0) >= found.possible).all()
    assert not ((found.strength > 0) & (signal <= LOOSE.faintest)).any()
    assert found.found is bool(found.sure.any())


@few
@given(maps, st.floats(0.3, 3), st.floats(0.3, 3))
def test_a_larger_threshold_never_gives_a_larger_mask(signal, first, second):
    low, high = sorted((first, second))
    # a limit so many times higher
    wide, narrow = (segmented(signal, limit=np.full(signal.shape, k, np.float32)) for k in (low, high))
    assert not (narrow.sure & ~wide.sure).any()
    assert not (narrow.possible & ~wide.possible).any()


@few
@given(maps, st.integers(1, 5), st.integers(1, 5), st.floats(1, 3), st.floats(1, 3))
def test_asking_for_more_never_gives_more(signal, one_area, other_area, one_seed, other_seed):
    mild = SegmentSettings(least_area_mm2=min(one_area, other_area), seed=min(one_seed, other_seed))
    strict = SegmentSettings(least_area_mm2=max(one_area, other_area), seed=max(one_seed, other_seed))
    wide, narrow = segmented(signal, mild), segmented(signal, strict)
    assert not (narrow.sure & ~wide.sure).any()
    assert not (narrow.possible & ~wide.possible).any()


@few
@given(maps, arrays(np.float32, (8, 9), elements=st.floats(0, 2, width=32)))
def test_more_contrast_is_never_a_smaller_mask(signal, more):
    less, greater = segmented(signal, SegmentSettings()), segmented(signal + more, SegmentSettings())
    assert not (less.sure & ~greater.sure).any()
    assert not (less.possible & ~greater.possible).any()
    assert (greater.strength >= less.strength).all()


@few
@given(maps, st.sampled_from([0.125, 0.5, 4, 64]))
def test_the_unit_of_the_map_does_not_matter(signal, factor):
    limit = np.full(signal.shape, factor, np.float32)
    plain, scaled = segmented(signal), segmented(signal * np.float32(factor), limit=limit)
    np.testing.assert_array_equal(plain.possible, scaled.possible)
    np.testing.assert_array_equal(plain.sure, scaled.sure)


@few
@given(maps)
def test_a_mirrored_or_turned_map_has_a_mirrored_or_turned_mask(signal):
    plain = segmented(signal)
    for change in (np.fliplr, np.flipud, np.transpose):
        changed = segmented(change(signal))
        np.testing.assert_array_equal(changed.sure, change(plain.sure))
        np.testing.assert_array_equal(changed.possible, change(plain.possible))


def test_segmenting_leaves_the_map_alone_and_is_the_same_twice():
    contrast = contrast_map(np.random.default_rng(1).uniform(0, 4, (20, 20)))
    before = digest(contrast)
    assert digest(segment(contrast, SCALE, LOOSE)) == digest(segment(contrast, SCALE, LOOSE))
    assert digest(contrast) == before


# along the edge of the field


OPEN = np.pad(np.ones((84, 84), bool), 6)


@pytest.mark.parametrize(
    ("rows", "columns", "valid", "sure"),
    [
        ((8, 10), (20, 60), OPEN, False),
        ((8, 14), (20, 60), OPEN, True),
        ((40, 42), (20, 60), OPEN, True),
        ((8, 10), (20, 60), whole(), True),
        ((9, 60), (30, 32), OPEN, True),
    ],
    ids=["a band along the edge", "broad", "a band elsewhere", "the frame is no edge", "it leads inwards"],
)
def test_a_narrow_band_along_the_edge_of_the_field_is_possible_only(rows, columns, valid, sure):
    signal = np.zeros((96, 96), np.float32)
    signal[slice(*rows), slice(*columns)] = 4
    found = segmented(signal, valid=valid)
    assert found.sure.any() == sure
    assert (found.possible == (signal > 0)).all()
