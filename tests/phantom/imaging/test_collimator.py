"""The opening of the collimator and the distortion of the image."""

import numpy as np
import pytest
from scipy import ndimage

from spreadscan.phantom.imaging.collimator import opening
from spreadscan.phantom.imaging.distortion import distort, distorted, undistorted
from spreadscan.phantom.scenario import Collimator, Detector

SHAPES = ("none", "circle", "rectangle", "octagon")


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", [(200, 200), (120, 333)])
def test_an_opening_is_open_in_the_middle(shape, size):
    made = opening(Collimator(shape=shape, width=0.8, height=0.7), size)
    assert made.shape == size
    assert made.dtype == np.float32
    assert made.min() >= 0
    assert made.max() <= 1
    assert made[size[0] // 2, size[1] // 2] == 1
    assert (made[0, 0] == 0) == (shape != "none")


@pytest.mark.parametrize(
    ("collimator", "area"),
    [
        (Collimator("circle", 0.9, 0.6), np.pi * 60**2),
        (Collimator("rectangle", 0.9, 0.6), 270 * 120),
        (Collimator("rectangle", 0.6, 0.6, 20.0), 180 * 120),
        (Collimator("octagon", 0.6, 0.9), 180 * 180 * 2 * (np.sqrt(2) - 1)),
        (Collimator("none"), 300 * 200),
    ],
)
def test_the_area_of_the_opening(collimator, area):
    assert opening(collimator, (200, 300)).sum(dtype=float) == pytest.approx(area, rel=0.01)


def test_a_rectangle_turns():
    made = opening(Collimator("rectangle", 0.8, 0.2, 90.0), (201, 201))
    assert made[100, 100 + 30] == 0
    assert made[100 + 75, 100] == 1
    tilted = opening(Collimator("rectangle", 0.8, 0.2, 20.0), (201, 201))
    assert tilted[100 + 20, 100 + 55] == 1
    assert tilted[100 - 20, 100 + 55] == 0


def test_the_edge_is_a_penumbra_of_a_pixel_or_two():
    row = opening(Collimator("circle", 0.5, 0.5), (201, 201))[100]
    edge = row[(row > 0) & (row < 1)]
    assert 4 <= len(edge) <= 8
    assert row[100 + 50 - 3] == 1
    assert row[100 + 50 + 3] == 0


# pincushion

PINCUSHION = Detector(pincushion=0.08)
SIZE = (240, 320)
POINTS = np.array([[0.0, 0.0], [119.5, 159.5], [60.0, 250.0], [239.0, 10.0], [130.2, 155.7]])


def test_the_corners_move_by_the_stretch_and_the_centre_stays():
    moved = distorted(POINTS, PINCUSHION, SIZE)
    centre = np.array([119.5, 159.5])
    np.testing.assert_allclose(moved[0] - centre, (POINTS[0] - centre) * 1.08)
    np.testing.assert_array_equal(moved[1], centre)


def test_there_and_back():
    back = undistorted(distorted(POINTS, PINCUSHION, SIZE), PINCUSHION, SIZE)
    np.testing.assert_allclose(back, POINTS, atol=1e-9)


@pytest.mark.parametrize("point", [(60.0, 250.0), (200.0, 60.0), (119.0, 170.0)])
def test_images_move_as_points_do(point):
    image = np.zeros(SIZE, np.float32)
    rows, columns = np.indices(SIZE)
    image += np.exp(-((rows - point[0]) ** 2 + (columns - point[1]) ** 2) / 2 / 3**2).astype(np.float32)
    moved = distort(image, PINCUSHION)
    found = ndimage.center_of_mass(np.where(moved > 0.3, moved, 0))
    np.testing.assert_allclose(found, distorted(np.array([point]), PINCUSHION, SIZE)[0], atol=0.1)


def test_a_stack_is_distorted_image_by_image_and_a_flat_panel_not_at_all():
    stack = np.random.default_rng(0).random((3, 40, 50), dtype=np.float32)
    moved = distort(stack, PINCUSHION)
    np.testing.assert_array_equal(moved[1], distort(stack[1], PINCUSHION))
    assert distort(stack, Detector()) is stack
    np.testing.assert_array_equal(distorted(POINTS, Detector(), SIZE), POINTS)
    np.testing.assert_array_equal(undistorted(POINTS, Detector(), SIZE), POINTS)
