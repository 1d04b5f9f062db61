"""The outline of a region encloses its pixels and no others, whatever its shape."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from spreadscan.marks.dicom_object import closed_graphic
from spreadscan.marks.inside import enclosed
from spreadscan.marks.outline import smoothed
from spreadscan.marks.trace import outlines_of

RING = np.array([list(row) for row in ("#####", "#...#", "#.#.#", "#...#", "####.")]) == "#"


def masks():
    shapes = st.tuples(st.integers(1, 14), st.integers(1, 14))
    return shapes.flatmap(lambda shape: arrays(bool, shape))


# the law


@settings(max_examples=100, deadline=None, derandomize=True)
@given(masks())
def test_an_outline_encloses_its_pixels_and_no_others(mask):
    fine, coarse = outlines_of(mask, coarse=False), outlines_of(mask)
    np.testing.assert_array_equal(enclosed(fine, mask.shape), mask)
    np.testing.assert_array_equal(enclosed(coarse, mask.shape), mask)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(masks())
def test_a_smooth_curve_through_a_fine_outline_encloses_the_same(mask):
    fine = outlines_of(mask, coarse=False)
    last = np.array(mask.shape) - 0.5
    curves = [np.clip(smoothed(polygon), -0.5, last) for polygon in fine]
    np.testing.assert_array_equal(enclosed(curves, mask.shape), mask)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(masks())
def test_every_part_whose_pixels_share_edges_is_one_outline(mask):
    labels, count = ndimage.label(mask)
    found = outlines_of(mask)
    assert len(found) == count
    for polygon in found:
        inside = labels[enclosed([polygon], mask.shape)]
        assert len(np.unique(inside)) == 1


def test_fine_outlines_go_on_by_no_more_than_a_pixel():
    for polygon in outlines_of(RING, coarse=False):
        steps = np.linalg.norm(polygon - np.roll(polygon, -1, axis=0), axis=1)
        assert steps.max() <= 1


# by hand


def test_one_pixel():
    (found,) = outlines_of(np.array([[False, False], [False, True]]))
    assert found.tolist() == [[0.5, 1.0], [1.0, 1.5], [1.5, 1.0], [1.0, 0.5]]


def test_a_hole_is_joined_by_a_cut_to_the_left():
    """Between the upper rows, from the hole to the edge of the region and back."""
    mask = np.ones((3, 4), bool)
    mask[1, 2] = False
    (found,) = outlines_of(mask, coarse=False)
    cut = [[0.5, 0.0], [0.5, 1.0]]
    assert all(found.tolist().count(place) == 2 for place in cut)
    np.testing.assert_array_equal(enclosed([found], mask.shape), mask)


def test_what_lies_in_a_hole_is_another_outline():
    ring, dot = outlines_of(RING)
    assert enclosed([dot], RING.shape).sum() == 1
    assert enclosed([ring], RING.shape).sum() == RING.sum() - 1


def test_a_large_region_has_few_corners():
    rows, columns = np.mgrid[:300, :300]
    disc = (rows - 150) ** 2 + (columns - 150) ** 2 < 120**2
    (found,) = outlines_of(disc)
    assert len(found) < 0.5 * len(outlines_of(disc, coarse=False)[0])


def test_dicom_counts_from_the_corner_of_the_first_pixel():
    """The pixel in row 2, column 3 reaches from 3 to 4 across and from 2 to 3 down."""
    sure = np.zeros((6, 8), bool)
    sure[2, 3] = True
    (outline,) = outlines_of(sure)
    graphic = np.array(closed_graphic([(float(r), float(c)) for r, c in outline])).reshape(-1, 2)
    assert graphic[:, 0].min() >= 3
    assert graphic[:, 0].max() <= 4
    assert graphic[:, 1].min() >= 2
    assert graphic[:, 1].max() <= 3
    np.testing.assert_array_equal(graphic[0], graphic[-1])
