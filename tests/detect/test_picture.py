import numpy as np
import pytest

from spreadscan.detect.picture import SIDE, channels_of, seen_square


def scene(rows: int, columns: int, seed: int = 1):
    rng = np.random.default_rng(seed)
    image = rng.normal(0, 1, (rows, columns)).astype(np.float32).cumsum(0).cumsum(1) / 50
    inside = np.zeros((rows, columns), bool)
    inside[rows // 10 : -rows // 8, columns // 9 :] = True
    return image.astype(np.float32), inside


@pytest.mark.parametrize("size", [(300, 300), (512, 400), (90, 140), (1024, 1024), (33, 500)])
def test_pixels_and_points_lead_to_each_other(size):
    square = seen_square(*scene(*size))
    pixels = np.array([[0.0, 0.0], [12.5, 40.25], [size[0] - 1, size[1] - 1]])
    assert square.to_pixels(square.to_square(pixels)) == pytest.approx(pixels)


@pytest.mark.parametrize("size", [(300, 300), (512, 400), (90, 140)])
def test_the_field_fills_the_square_and_lies_in_its_middle(size):
    image, inside = scene(*size)
    square = seen_square(image, inside)
    rows, columns = np.nonzero(inside)
    corners = square.to_square(np.array([[rows.min(), columns.min()], [rows.max(), columns.max()]], float))
    assert corners.min() > -1.01
    assert corners.max() < SIDE + 0.01
    assert max(np.ptp(corners, axis=0)) == pytest.approx(SIDE, rel=0.02)
    assert corners.mean(0) == pytest.approx([(SIDE - 1) / 2] * 2, abs=1.5)


def test_a_bright_point_is_where_the_geometry_says():
    image, inside = np.zeros((400, 300), np.float32), np.ones((400, 300), bool)
    image[100:106, 200:206] = 1
    image[0, :3] = 2  # so that the percentiles are not all one value
    square = seen_square(image + np.linspace(0, 0.2, 300, dtype=np.float32), inside)
    spot = np.unravel_index(int(np.where(square.inside, square.tone, -1).argmax()), (SIDE, SIDE))
    assert square.to_square(np.array([[102.5, 202.5]]))[0] == pytest.approx(spot, abs=2.0)


def test_gain_and_offset_of_attenuation_make_no_difference():
    image, inside = scene(300, 280)
    one, other = channels_of(seen_square(image, inside)), channels_of(seen_square(3 * image - 7, inside))
    assert one == pytest.approx(other, abs=2e-3)


def test_what_lies_outside_the_field_does_not_count():
    image, inside = scene(300, 280)
    other = np.where(inside, image, 1e4).astype(np.float32)
    assert np.array_equal(channels_of(seen_square(image, inside)), channels_of(seen_square(other, inside)))


def test_channels_are_bounded_and_0_outside():
    square = seen_square(*scene(300, 280))
    channels = channels_of(square)
    assert channels.shape == (3, SIDE, SIDE)
    assert channels.dtype == np.float32
    assert np.abs(channels).max() <= 1.2
    assert not channels[:, ~square.inside].any()


def test_an_image_without_a_field_or_of_one_value_is_looked_at_all_the_same():
    for image, inside in (
        (np.ones((50, 60), np.float32), np.zeros((50, 60), bool)),
        (np.ones((50, 60), np.float32), np.ones((50, 60), bool)),
    ):
        assert np.isfinite(channels_of(seen_square(image, inside))).all()
