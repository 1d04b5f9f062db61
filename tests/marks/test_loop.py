"""A loop comes in as it was drawn, or is refused with what is wrong."""

import json

import numpy as np
import pytest
from PIL import Image

from spreadscan.errors import CannotRead
from spreadscan.marks.drawn import LARGEST_FILE_BYTES, read_loop
from spreadscan.marks.file import DrawnOn
from spreadscan.marks.outline import MOST_OUTLINES

ROWS, COLUMNS = 20, 30
SQUARE = [[4, 5], [4, 14], [11, 14], [11, 5]]


def record(loops, **changed):
    return {"schema": "spreadscan.loop", "schema_version": 1, "loops": loops, **changed}


@pytest.fixture
def read(tmp_path):
    def write_and_read(content, name="loop.json"):
        path = tmp_path / name
        if isinstance(content, np.ndarray):
            Image.fromarray(content).save(path, "PNG")
        else:
            path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return read_loop(path, DrawnOn(ROWS, COLUMNS))

    return write_and_read


def test_a_square_encloses_the_pixels_whose_centres_lie_within(read):
    expected = np.zeros((ROWS, COLUMNS), bool)
    expected[4:12, 5:15] = True
    found = read(record([[[3.6, 4.6], [3.6, 14.4], [11.4, 14.4], [11.4, 4.6]]]))
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == bool


def test_the_direction_and_the_start_of_a_loop_do_not_matter(read):
    plain = read(record([SQUARE]))
    np.testing.assert_array_equal(read(record([SQUARE[::-1]])), plain)
    np.testing.assert_array_equal(read(record([SQUARE[2:] + SQUARE[:2]])), plain)


def test_several_loops_are_all_looked_into(read):
    other = [[14, 20], [14, 28], [18, 24]]
    both = read(record([SQUARE, other]))
    np.testing.assert_array_equal(both, read(record([SQUARE])) | read(record([other])))


def test_rows_come_first(read):
    rows, columns = np.nonzero(read(record([SQUARE])))
    assert rows.max() < 12 < columns.max()


@pytest.mark.parametrize("high", [1, 128, 255])
def test_a_png_is_inside_where_it_is_not_black(read, high):
    drawn = np.zeros((ROWS, COLUMNS), np.uint8)
    drawn[3:9, 4:8] = high
    np.testing.assert_array_equal(read(drawn, "loop.png"), drawn > 0)
    # what it is tells, not what it is called
    np.testing.assert_array_equal(read(drawn, "loop.json"), drawn > 0)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "line 1: has no column loop or row or column"),
        (b"\x00\x01\x02", "line 1: has no column loop or row or column"),
        (b"\xff\xfe{}", "is neither a PNG, a text in UTF-8 nor another file of outlines"),
        (b"[" * 100_000, "is neither a table nor valid JSON"),
        ([], "schema: is neither of the schema"),
        ({"loops": [SQUARE]}, "schema: is neither of the schema"),
        (record([SQUARE], schema="spreadscan.landmarks"), "schema: is neither of the schema"),
        (record([SQUARE], schema_version=2), "schema_version: is not 1"),
        (record("no"), "loops: is not a list"),
        (record([]), "loops: is not a list of 1 to"),
        (record([SQUARE] * (MOST_OUTLINES + 1)), "loops: is not a list of 1 to"),
        (record([SQUARE, SQUARE[:2]]), "loop 2: is not a list of at least three points"),
        (record([[*SQUARE, [1]]]), "loop 1, point 5: is not a row and a column"),
        (record([[*SQUARE, [1, 2, 3]]]), "loop 1, point 5: is not a row and a column"),
        (record([[*SQUARE, [1, "2"]]]), "loop 1, point 5: is not a row and a column"),
        (record([[*SQUARE, [True, 2]]]), "loop 1, point 5: is not a row and a column"),
        (
            b'{"schema": "spreadscan.loop", "schema_version": 1, "loops": [[[NaN, 1], [2, 2], [3, 1]]]}',
            "point 1",
        ),
        (
            b'{"schema": "spreadscan.loop", "schema_version": 1, "loops": [[[1e999, 1], [2, 2], [3, 1]]]}',
            "point 1",
        ),
        (record([[[5, 5], [5, 6], [5, 7]]]), "encloses fewer than 4 pixels"),
        (np.zeros((ROWS, COLUMNS), np.uint8), "encloses fewer than 4 pixels"),
        (np.full((COLUMNS, ROWS), 255, np.uint8), "is 30 × 20 pixels, the frame 20 × 30"),
        (b"\x89PNG\r\n\x1a\n cut short", "cannot be read as a PNG"),
        (b" " * (LARGEST_FILE_BYTES + 1), "is larger than 4 MiB"),
    ],
)
def test_what_is_no_loop_is_refused(read, content, problem):
    with pytest.raises(CannotRead) as caught:
        read(content)
    assert caught.value.slug == "loop-unreadable"
    assert problem in str(caught.value)


@pytest.mark.parametrize("point", [[-1, 5], [5, -0.6], [ROWS, 5], [5, COLUMNS - 0.4], [1e300, 5]])
def test_a_loop_that_leaves_the_image_is_refused(read, point):
    with pytest.raises(CannotRead, match=r"loop 1, point 5: lies at row .*\[loop-outside\]"):
        read(record([[*SQUARE, point]]))


def test_a_loop_may_run_along_the_border_of_the_image(read):
    border = [[-0.5, -0.5], [-0.5, COLUMNS - 0.5], [ROWS - 0.5, COLUMNS - 0.5], [ROWS - 0.5, -0.5]]
    assert read(record([border])).all()


def test_a_png_that_declares_a_huge_image_is_refused_by_its_size(tmp_path):
    path = tmp_path / "loop.png"
    Image.new("1", (16_000, 16_000)).save(path)
    with pytest.raises(CannotRead, match="loop-unreadable"):
        read_loop(path, DrawnOn(ROWS, COLUMNS))


def test_missing(tmp_path):
    with pytest.raises(CannotRead, match=r"does not exist.*\[input-missing\]"):
        read_loop(tmp_path / "loop.json", DrawnOn(ROWS, COLUMNS))
    with pytest.raises(CannotRead, match=r"not a file.*\[input-missing\]"):
        read_loop(tmp_path, DrawnOn(ROWS, COLUMNS))
