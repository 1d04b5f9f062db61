import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from spreadscan.image.filters import (
    GAUSSIAN_MAD,
    LARGE_PX,
    MOST_SORTED,
    SMALL_DISC_PX,
    background_inside,
    box_about,
    convex_hull,
    dilated,
    disc,
    enlarged,
    eroded,
    gaussian,
    grey_opened,
    median,
    opened,
    robust_sd,
    sampled,
    second_derivatives,
    shrunk,
    smoothed_inside,
)
from tests.images import rectangle, whole

few = settings(max_examples=30, deadline=None, derandomize=True)
masks = arrays(bool, (9, 11))


def drawn(picture):
    """Return a mask drawn with # and dots."""
    return np.array([[sign == "#" for sign in line] for line in picture.split()])


# robust_sd


def test_robust_sd_of_a_handful_of_numbers():
    # median 3, distances 2 1 0 1 97, their median 1
    assert robust_sd(np.array([1.0, 2, 3, 4, 100])) == pytest.approx(1.4826)


def test_robust_sd_of_a_normal_distribution_is_its_standard_deviation():
    assert robust_sd(np.random.default_rng(1).normal(5, 3, 20000)) == pytest.approx(3, rel=0.02)


def test_robust_sd_of_nothing_is_not_a_number_and_of_alike_numbers_nothing():
    assert np.isnan(robust_sd(np.array([])))
    assert np.isnan(median(np.array([])))
    assert robust_sd(np.full(7, 3.2)) == 0


def test_robust_sd_does_not_mind_that_a_third_is_contrast():
    noise = np.random.default_rng(2).normal(0, 1, 9000)
    noise[:3000] += 50
    assert robust_sd(noise) < 2.2
    assert noise.std() > 20


def test_the_constant_of_the_normal_distribution():
    from scipy.stats import norm

    assert pytest.approx(1 / norm.ppf(0.75), abs=5e-5) == GAUSSIAN_MAD


def test_the_median_of_many_values_is_that_of_sorting_them():
    rng = np.random.default_rng(3)
    many = rng.normal(0, 2, 4 * MOST_SORTED).astype(np.float32)
    assert median(many) == pytest.approx(np.median(many), abs=2e-4)
    # a few values far away make the bins wide
    many[:9] = 1000
    assert median(many) == pytest.approx(np.median(many), abs=0.016)
    assert robust_sd(many) == pytest.approx(2, rel=0.01)
    levels = rng.integers(0, 50, 3 * MOST_SORTED).astype(np.float64)
    assert median(levels) == pytest.approx(np.median(levels), abs=50 / 65536)


def test_the_median_of_many_values_that_are_alike_or_endless():
    many = np.full(2 * MOST_SORTED, 1.25)
    assert median(many) == 1.25
    many[:5] = np.inf
    assert median(many) == 1.25


def test_a_sample_of_many_values_is_every_nth():
    many = np.arange(5 * MOST_SORTED + 1.0)
    assert sampled(many)[:3].tolist() == [0, 5, 10]
    np.testing.assert_array_equal(sampled(many[:MOST_SORTED]), many[:MOST_SORTED])


# shrunk and enlarged


def test_shrunk_takes_means_of_blocks_and_drops_the_rest():
    image = np.array([[1, 3, 5, 7, 99], [1, 3, 5, 7, 99], [0, 0, 8, 0, 99], [0, 4, 0, 0, 99], [9] * 5])
    np.testing.assert_array_equal(shrunk(image.astype(np.float32), 2), [[2, 6], [1, 2]])


def test_shrunk_by_one_is_the_image_itself():
    image = np.eye(3, dtype=np.float32)
    assert shrunk(image, 1) is image


def test_enlarged_keeps_the_centres_of_blocks_in_place():
    # the centres of two blocks of 2 lie at 0.5 and 2.5
    np.testing.assert_allclose(enlarged(np.array([[0, 4]], np.float32), (1, 4), 2), [[0, 1, 3, 4]], atol=1e-6)


def test_enlarged_repeats_the_edge_over_a_rest_of_blocks():
    np.testing.assert_allclose(enlarged(np.array([[0, 4]], np.float32), (1, 5), 2)[0, -2:], [4, 4])


@few
@given(st.integers(2, 4), st.floats(-3, 3), st.floats(-3, 3))
def test_a_slope_survives_shrinking_and_enlarging(factor, down, across):
    row, column = np.mgrid[: 5 * factor, : 6 * factor]
    slope = (1 + down * row + across * column).astype(np.float32)
    back = enlarged(shrunk(slope, factor), slope.shape, factor)
    inner = (slice(factor, -factor),) * 2
    np.testing.assert_allclose(back[inner], slope[inner], atol=1e-4)


@few
@given(arrays(np.float32, (8, 12), elements=st.floats(0, 100, width=32)), st.sampled_from([2, 4]))
def test_shrinking_keeps_the_mean(image, factor):
    assert shrunk(image, factor).mean() == pytest.approx(image.mean(), rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("factor", [2, 3, 5])
@pytest.mark.parametrize("shape", [(30, 30), (31, 44), (5, 7)])
def test_shrunk_and_enlarged_equal_numpy_step_by_step(factor, shape):
    image = np.random.default_rng(5).normal(size=shape).astype(np.float32)
    rows, columns = (n // factor for n in shape)
    blocks = [
        [image[r * factor :, c * factor :][:factor, :factor] for c in range(columns)] for r in range(rows)
    ]
    coarse = np.array([[block.mean() for block in line] for line in blocks], np.float32)
    np.testing.assert_allclose(shrunk(image, factor), coarse, atol=1e-6)
    places = [
        np.clip((np.arange(n) - (factor - 1) / 2) / factor, 0, m - 1)
        for n, m in zip(shape, coarse.shape, strict=True)
    ]
    fine = ndimage.map_coordinates(coarse, np.meshgrid(*places, indexing="ij"), order=1, mode="nearest")
    np.testing.assert_allclose(enlarged(coarse, shape, factor), fine, atol=2e-6)


# the same as scipy, pixel by pixel and up to the frame


ROW, COLUMN = np.mgrid[:50, :61]
FIELDS = [
    whole((50, 61)),
    rectangle(0, 8, 33, 61, (50, 61)),
    (ROW - 20) ** 2 + (COLUMN - 30) ** 2 < 24**2,
    np.random.default_rng(6).random((50, 61)) > 0.3,
]
"""Fields of all kinds, the image's frame cutting some of them."""


@pytest.mark.parametrize("sigma_px", [0.4, 1.0, 2.7, 9.0, 25.0])
def test_the_gaussian_equals_that_of_scipy(sigma_px):
    image = np.random.default_rng(7).normal(size=(50, 61)).astype(np.float32)
    expected = ndimage.gaussian_filter(image, sigma_px, truncate=3.0)
    np.testing.assert_allclose(gaussian(image, sigma_px), expected, atol=2e-6)


def test_a_gaussian_of_no_width_changes_nothing():
    image = np.random.default_rng(8).normal(size=(5, 6)).astype(np.float32)
    np.testing.assert_array_equal(gaussian(image, 0.0), image)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("sigma_px", [0.8, 3.0, 11.0])
def test_smoothed_inside_equals_its_definition(field, sigma_px):
    image = np.random.default_rng(9).normal(3, 1, field.shape)
    total, weight = (
        ndimage.gaussian_filter(part, sigma_px, truncate=3.0) for part in (image * field, field.astype(float))
    )
    found = smoothed_inside(image.astype(np.float32), field, sigma_px)
    np.testing.assert_allclose(found[field], total[field] / weight[field], rtol=1e-5)


def test_a_large_image_is_smoothed_as_a_small_one_is():
    side = int(LARGE_PX**0.5) + 1
    image = np.random.default_rng(14).normal(3, 1, (side, side)).astype(np.float32)
    field = np.add.outer(np.arange(side), np.arange(side)) < 1.2 * side
    part = (slice(0, 120), slice(0, 130))
    inner = (slice(0, 100), slice(0, 110))
    found, expected = smoothed_inside(image, field, 4.0), smoothed_inside(image[part], field[part], 4.0)
    np.testing.assert_allclose(found[inner], expected[inner], rtol=1e-5)


def test_what_is_no_number_outside_the_field_is_not_seen():
    field = rectangle(3, 3, 20, 20, (30, 30))
    image = np.where(field, np.float32(2), np.float32("nan"))
    for smooth in (smoothed_inside, background_inside):
        np.testing.assert_allclose(smooth(image, field, 8.0)[field], 2, rtol=1e-5)


@pytest.mark.parametrize("sigma_px", [0.9, 2.2])
def test_second_derivatives_equal_those_of_scipy(sigma_px):
    image = np.random.default_rng(10).normal(size=(50, 61)).astype(np.float32)
    found = second_derivatives(image, sigma_px)
    for mine, order in zip(found, ((2, 0), (0, 2), (1, 1)), strict=True):
        np.testing.assert_allclose(mine, ndimage.gaussian_filter(image, sigma_px, order=order), atol=3e-6)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("distance_px", [0, 1, 2.9, SMALL_DISC_PX, SMALL_DISC_PX + 0.1, 13.5, 70])
def test_dilation_and_erosion_equal_distances_measured(field, distance_px):
    sparse = field & (np.random.default_rng(11).random(field.shape) > 0.98)
    near = ndimage.distance_transform_edt(~sparse) <= distance_px
    np.testing.assert_array_equal(dilated(sparse, distance_px), near)
    deep = ndimage.distance_transform_edt(np.pad(field, 1))[1:-1, 1:-1] > distance_px
    np.testing.assert_array_equal(eroded(field, distance_px, frame_is_edge=True), deep)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(("radius_px", "times"), [(1, 1), (1, 2), (2.5, 1), (4, 1)])
def test_opening_equals_that_of_scipy(field, radius_px, times):
    expected = ndimage.binary_opening(field, disc(radius_px), iterations=times)
    np.testing.assert_array_equal(opened(field, disc(radius_px), times), expected)


@pytest.mark.parametrize("size_px", [1, 3, 4, 7, 12])
def test_grey_opening_equals_that_of_scipy(size_px):
    image = np.random.default_rng(12).normal(size=(30, 41)).astype(np.float32)
    np.testing.assert_array_equal(grey_opened(image, size_px), ndimage.grey_opening(image, size=size_px))


def test_the_hull_of_two_points_is_the_line_between_them_and_that_of_a_rectangle_itself():
    ends = drawn("#.... ..... ..... ..... ....#")
    np.testing.assert_array_equal(convex_hull(ends), np.eye(5, dtype=bool))
    area = rectangle(2, 3, 9, 14, (12, 20))
    np.testing.assert_array_equal(convex_hull(area), area)


@pytest.mark.parametrize("radius_px", [6, 15.5, 40])
def test_the_hull_of_a_disc_is_the_disc_but_for_pixels_that_its_rim_touches(radius_px):
    area = np.pad(disc(radius_px), 3)
    hull = convex_hull(area)
    assert (hull | ~area).all()
    assert not (hull & ~dilated(area, 1)).any()
    assert hull.sum() < (1 + 0.7 / radius_px) * area.sum()


def test_the_hull_of_a_corner_fills_it():
    np.testing.assert_array_equal(
        convex_hull(drawn("#.... #.... #.... #.... #####")), drawn("#.... ##... ###.. ####. #####")
    )


def test_read_only_images_and_parts_of_images_are_taken():
    image = np.random.default_rng(13).normal(size=(40, 50)).astype(np.float32)
    field = whole(image.shape)
    part, inside = image[3:33, ::2], field[3:33, ::2]
    part.setflags(write=False)
    inside.setflags(write=False)
    expected = smoothed_inside(part.copy(), inside.copy(), 2.0)
    np.testing.assert_array_equal(smoothed_inside(part, inside, 2.0), expected)
    np.testing.assert_array_equal(dilated(inside, 2), inside)
    np.testing.assert_array_equal(shrunk(part, 5), shrunk(part.copy(), 5))


# smoothed_inside and background_inside


@pytest.mark.parametrize("smooth", [smoothed_inside, background_inside])
@pytest.mark.parametrize("sigma_px", [1.0, 12.0])
def test_what_lies_outside_the_field_is_never_seen(smooth, sigma_px):
    field = rectangle(10, 20, 40, 60, (48, 72))
    image = np.where(field, np.float32(3), np.float32(1000))
    np.testing.assert_allclose(smooth(image, field, sigma_px)[field], 3, rtol=1e-4)


def test_smoothed_inside_of_a_single_bright_pixel_by_hand():
    image = np.zeros((1, 41), np.float32)
    image[0, 20] = 1
    found = smoothed_inside(image, whole(image.shape), 2.0)
    weights = np.exp(-0.5 * (np.arange(-6, 7) / 2.0) ** 2)
    np.testing.assert_allclose(found[0, 14:27], weights / weights.sum(), atol=1e-6)


def test_smoothed_inside_at_the_edge_averages_only_what_is_inside():
    image = np.array([[0, 0, 0, 2, 4, 4, 4, 4]], np.float32)
    field = np.array([[False] * 3 + [True] * 5])
    near, far = np.exp(-0.5 * np.array([1, 2]) ** 2)
    # at the first inside pixel only itself and its right-hand neighbours are seen
    expected = (2 + 4 * (near + far + np.exp(-4.5))) / (1 + near + far + np.exp(-4.5))
    assert smoothed_inside(image, field, 1.0)[0, 3] == pytest.approx(expected, rel=1e-5)


def test_the_coarse_background_is_nearly_the_fine_one():
    rng = np.random.default_rng(4)
    slope = np.add.outer(np.arange(96.0), np.arange(96.0)) / 50
    image = (slope + rng.normal(0, 1, slope.shape)).astype(np.float32)
    field = rectangle(6, 9, 90, 84)
    coarse, fine = background_inside(image, field, 15), smoothed_inside(image, field, 15)
    np.testing.assert_allclose(coarse[field], fine[field], atol=0.03)


# discs, erosion, dilation


def test_discs():
    np.testing.assert_array_equal(disc(0), drawn("#"))
    np.testing.assert_array_equal(disc(1), drawn(".#. ### .#."))
    np.testing.assert_array_equal(disc(1.5), drawn("### ### ###"))
    np.testing.assert_array_equal(disc(2), drawn("..#.. .###. ##### .###. ..#.."))
    np.testing.assert_array_equal(disc(-1), drawn("#"))


CORNER = drawn("####. ####. ####. ##### .....")


def test_eroded_where_the_frame_is_an_edge():
    np.testing.assert_array_equal(
        eroded(CORNER, 1, frame_is_edge=True), drawn("..... .##.. .##.. ..... .....")
    )


def test_eroded_where_the_mask_goes_on_beyond_the_frame():
    np.testing.assert_array_equal(
        eroded(CORNER, 1, frame_is_edge=False), drawn("###.. ###.. ###.. ..... .....")
    )


@pytest.mark.parametrize(("distance_px", "kept"), [(0.9, 5), (1, 3), (1.9, 3), (2, 1), (3, 0)])
def test_erosion_takes_away_up_to_and_including_the_distance(distance_px, kept):
    line = np.array([[False] * 3 + [True] * 5 + [False] * 3] * 15)
    assert eroded(line, distance_px, frame_is_edge=False)[7].sum() == kept


def test_a_whole_image_is_eroded_only_where_its_frame_is_an_edge():
    assert eroded(whole((5, 5)), 3, frame_is_edge=False).all()
    assert eroded(whole((5, 5)), 2, frame_is_edge=True).sum() == 1


def test_dilation_of_a_point_is_a_disc():
    point = rectangle(3, 3, 4, 4, (7, 7))
    np.testing.assert_array_equal(dilated(point, 2)[1:6, 1:6], disc(2))


def test_nothing_stays_nothing():
    assert not dilated(np.zeros((4, 4), bool), 3).any()
    assert not eroded(np.zeros((4, 4), bool), 1, frame_is_edge=False).any()


@few
@given(masks, st.floats(0, 4))
def test_erosion_and_dilation_are_each_other_seen_from_the_other_side(mask, distance_px):
    grown = dilated(~mask, distance_px)
    np.testing.assert_array_equal(eroded(mask, distance_px, frame_is_edge=False), ~grown)


@few
@given(masks, st.floats(0, 3), st.floats(0, 3))
def test_more_distance_takes_and_gives_more(mask, first, second):
    near, far = sorted((first, second))
    assert not (eroded(mask, far, frame_is_edge=True) & ~eroded(mask, near, frame_is_edge=True)).any()
    assert not (dilated(mask, near) & ~dilated(mask, far)).any()


@few
@given(masks, st.floats(0, 3))
def test_erosion_is_the_same_from_every_side(mask, distance_px):
    for edge in (True, False):
        here = eroded(mask, distance_px, frame_is_edge=edge)
        np.testing.assert_array_equal(eroded(mask[:, ::-1], distance_px, frame_is_edge=edge), here[:, ::-1])
        np.testing.assert_array_equal(eroded(mask.T, distance_px, frame_is_edge=edge), here.T)


@pytest.mark.parametrize("margin", [0.0, 3.0, 9.5, 200.0])
@pytest.mark.parametrize("place", [rectangle(30, 40, 36, 52), rectangle(0, 90, 5, 96)])
def test_what_lies_within_the_margin_of_a_mask_is_the_same_in_its_box(place, margin):
    other = np.random.default_rng(4).random(place.shape) > 0.995
    box = box_about(place, margin)
    assert place[box].sum() == place.sum()
    inner = dilated(other[box], margin)
    np.testing.assert_array_equal(inner[place[box]], dilated(other, margin)[place])
