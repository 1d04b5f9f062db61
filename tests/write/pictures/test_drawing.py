"""Lines, borders and texts on an array, against what they must cover."""

import numpy as np
import pytest

from spreadscan.write.pictures.drawing import (
    BACKGROUND,
    PX_PER_PT,
    Panel,
    Pen,
    closed,
    contours,
    draw_path,
    empty_picture,
    write_text,
)
from spreadscan.write.pictures.palette import Stroke

GROUND = np.array([int(BACKGROUND[i : i + 2], 16) for i in (1, 3, 5)])


def black(height=60, width=100):
    return np.zeros((height, width, 3), dtype=np.uint8)


def covered(picture):
    """How many pixels are white, shares counted."""
    return picture[..., 0].sum() / 255


def line(*corners):
    return np.array(corners, dtype=float)


@pytest.mark.parametrize("width_pt", [0.9, 1.5, 3.0])
@pytest.mark.parametrize("y", [30.0, 30.5, 30.25])
def test_a_line_covers_its_length_times_its_width(width_pt, y):
    picture = black()
    draw_path(picture, line((10, y), (90, y)), Stroke("#FFFFFF", width_pt, ()))
    assert covered(picture) == pytest.approx(80 * width_pt * PX_PER_PT, rel=0.2)
    rows = picture[:, 50, 0].astype(float)
    assert (rows * (np.arange(60) + 0.5)).sum() / rows.sum() == pytest.approx(y, abs=0.25)
    columns = np.flatnonzero(picture.any(axis=(0, 2)))
    assert (columns[0], columns[-1]) == (pytest.approx(10, abs=1), pytest.approx(89, abs=1))


def test_dashes_cover_their_share():
    solid, dashed = black(), black()
    draw_path(solid, line((5, 30), (95, 30)), Stroke("#FFFFFF", 2, ()))
    draw_path(dashed, line((5, 30), (95, 30)), Stroke("#FFFFFF", 2, (3, 2)))
    assert covered(dashed) == pytest.approx(0.6 * covered(solid), rel=0.15)
    gaps = np.diff((dashed[30, :, 0] > 127).astype(int))
    assert (gaps == 1).sum() == 7  # a dash each 5 × 2 points


def test_a_rim_is_dark_and_around_the_line():
    picture = np.full((40, 40, 3), 200, dtype=np.uint8)
    draw_path(picture, line((5, 20), (35, 20)), Stroke("#FFFFFF", 1, ()), 4)
    assert picture[20, 20, 0] > 200 > picture[22, 20, 0] + 50
    assert picture[25, 20, 0] == 200


@pytest.mark.parametrize("corner", [-50.0, 500.0])
def test_what_leaves_the_picture_is_cut_off(corner):
    picture = black()
    draw_path(picture, line((corner, corner), (corner + 5, corner)), Stroke("#FFFFFF", 2, ()), 4)
    assert not picture.any()
    draw_path(picture, line((50, 30), (corner, 30)), Stroke("#FFFFFF", 2, ()))
    assert picture.any()
    write_text(picture, (corner, 30), "text", Pen(halo=True))
    write_text(picture, (98, 58), "text", Pen(halo=True))


def test_a_border_runs_halfway_to_what_is_outside():
    mask = np.zeros((3, 5), dtype=bool)
    mask[1, 2] = True
    (border,) = contours(mask)
    assert sorted(map(tuple, border[:-1].tolist())) == [(0.5, 2.0), (1.0, 1.5), (1.0, 2.5), (1.5, 2.0)]
    assert border[0].tolist() == border[-1].tolist()


def test_a_hole_has_a_border_of_its_own():
    mask = np.zeros((9, 9), dtype=bool)
    mask[1:8, 1:8] = True
    mask[4, 4] = False
    outer, inner = sorted(contours(mask), key=len, reverse=True)
    assert outer.min() == 0.5
    assert outer.max() == 7.5
    assert (inner.min(), inner.max()) == (3.5, 4.5)


@pytest.mark.parametrize("mask", [np.zeros((4, 5), bool), np.ones((4, 5), bool)])
def test_nothing_and_everything_have_no_border(mask):
    assert contours(mask) == []


def test_places_of_a_frame_lie_in_the_middle_of_their_pixels():
    panel = Panel(black(40, 20), 20, 10)
    assert panel.path(np.array([[0.0, 0.0], [19.0, 9.0]])).tolist() == [[1.0, 1.0], [19.0, 39.0]]


@pytest.mark.parametrize(("anchor", "middle"), [("left", 1), ("center", 0), ("right", -1)])
def test_a_text_stands_at_its_anchor(anchor, middle):
    picture = empty_picture(60, 200)
    write_text(picture, (100, 30), "lplplp", Pen(12, anchor, "#FFFFFF"))
    rows, columns = np.nonzero((picture != GROUND).any(axis=2))
    width = columns.max() - columns.min() + 1
    assert (columns.max() + columns.min() + 1) / 2 - 100 == pytest.approx(middle * width / 2, abs=2)
    assert (rows.max() + rows.min() + 1) / 2 == pytest.approx(30, abs=1.5)


@pytest.mark.parametrize("text", ["", " ", "鏡\x00\n\x1b", "$\\frac{1}{$"])
def test_any_text_is_written_on_one_line(text):
    picture = empty_picture(60, 200)
    write_text(picture, (10, 30), text, Pen(12, halo=True))
    rows = np.flatnonzero((picture != GROUND).any(axis=(1, 2)))
    assert (rows.max() - rows.min() < 24) if text.strip() else not len(rows)


def test_a_closed_path_ends_where_it_began():
    assert closed(line((0, 0), (1, 0), (1, 1))).tolist() == [[0, 0], [1, 0], [1, 1], [0, 0]]
