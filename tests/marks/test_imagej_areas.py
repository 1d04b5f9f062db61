"""Loops drawn as areas in ImageJ enclose the pixels that ImageJ itself puts into their masks."""

import contextlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spreadscan.errors import CannotRead
from spreadscan.marks.drawn import read_loop
from spreadscan.marks.file import DrawnOn
from tests.marks.test_imagej_rois import changed, roi, zipped

ROWS, COLUMNS = 50, 60
EMPTY = "0" * 128
BY_IMAGEJ = {
    # makeRectangle(10, 20, 5, 7), makeOval(10, 12, 21, 15), makePolygon(10, 20, 30, 22, 25, 40, 12, 35)
    "rectangle": "496f757400e401000014000a001b000f00004120000041a0000040a0000040e0"
    "0000000000000000000000000000000000000080000000000000000000000040" + EMPTY,
    "oval": "496f757400e40200000c000a001b001f0000412000004140000041a800004170"
    "0000000000000000000000000000000000000080000000000000000000000040" + EMPTY,
    "polygon": "496f757400e400000014000a0028001e00040000000000000000000000000000"
    "0000000000000000000000000000000000000000000000000000000000000050"
    "00000014000f0002000000020014000f" + EMPTY,
}
"""Saved by ImageJ 1.53t."""
IN_ROWS = {
    "rectangle": dict.fromkeys(range(20, 27), 5),
    "oval": dict(zip(range(12, 27), (7, 13, 15, 17, 19, 21, 21, 21, 21, 21, 19, 17, 15, 13, 7), strict=True)),
    "polygon": dict(zip(range(20, 40), (5, 15, 20, 20, 18, 18, 18, 17, 17, 17, 17, 15, 15, 15, 15, 13, 10, 7,
                                        4, 1), strict=True)),
}  # fmt: skip
"""Pixels in each row of the masks that ImageJ 1.53t made of them (Edit, Selection, Create Mask)."""


@pytest.fixture
def read(tmp_path):
    def read_bytes(content, frame=None):
        (tmp_path / "area.roi").write_bytes(content)
        return read_loop(tmp_path / "area.roi", DrawnOn(ROWS, COLUMNS, frame))

    return read_bytes


@pytest.mark.parametrize(("name", "ties"), [("rectangle", 0), ("oval", 0), ("polygon", 1)])
def test_the_pixels_are_those_of_the_mask_of_imagej(read, name, ties):
    """But for pixels whose centre lies on an edge, which may fall to either side."""
    inside = read(bytes.fromhex(BY_IMAGEJ[name]))
    found = np.zeros(ROWS, int)
    found[list(IN_ROWS[name])] = list(IN_ROWS[name].values())
    assert np.abs(inside.sum(axis=1) - found).sum() <= ties


def test_a_rectangle_begins_half_a_pixel_before_its_first_centre(read):
    rows, columns = np.nonzero(read(bytes.fromhex(BY_IMAGEJ["rectangle"])))
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (20, 26, 10, 14)


@pytest.mark.parametrize("kind", [0, 7, 8])
@pytest.mark.parametrize("exact", [True, False])
def test_outlines_of_any_kind(read, kind, exact):
    corners = ((10, 20), (15, 20), (15, 27), (10, 27))
    expected = np.zeros((ROWS, COLUMNS), bool)
    expected[20:27, 10:15] = True
    np.testing.assert_array_equal(read(roi(*corners, kind=kind, exact=exact, name="")), expected)


def test_a_set_holds_several_loops(read):
    one, other = (bytes.fromhex(BY_IMAGEJ[name]) for name in ("rectangle", "oval"))
    np.testing.assert_array_equal(read(zipped(a=one, b=other)), read(one) | read(other))


def test_a_loop_of_a_frame_needs_that_frame(read):
    area = roi((10, 20), (15, 20), (15, 27), kind=0, position=3)
    assert read(area, frame=3).any()
    for frame in (None, 2):
        with pytest.raises(
            CannotRead, match=r"ROI: was drawn on frame 3.*pass --frame 3.*\[loop-unreadable\]"
        ):
            read(area, frame)


@pytest.mark.parametrize(
    ("content", "match", "slug"),
    [
        (roi((10, 20)), "is a point, where a simple area belongs", "loop-unreadable"),
        (roi((1, 2), (3, 4), kind=5), "is a segmented line, where a simple area belongs", "loop-unreadable"),
        (
            changed(bytes.fromhex(BY_IMAGEJ["rectangle"]), 36, b"\0\0\0\x09"),
            "several outlines",
            "loop-unreadable",
        ),
        (
            changed(bytes.fromhex(BY_IMAGEJ["rectangle"]), 18, b"\x7f\xc0\0\0"),
            "not finite",
            "loop-unreadable",
        ),
        (roi((1, 1), (float("nan"), 9), (9, 1), kind=0), "not finite", "loop-unreadable"),
        (roi((1, 1), (9, 9), kind=0), "is not a list of at least three points", "loop-unreadable"),
        (roi((1, 1), (1, 9), (1, 1), kind=0), "encloses fewer than", "loop-unreadable"),
        (roi((1, 1), (61, 9), (9, 9), kind=0), "lies at row", "loop-outside"),
        (bytes.fromhex(BY_IMAGEJ["polygon"])[:70], "ends within its points", "loop-unreadable"),
        (zipped(**{str(n): b"" for n in range(1001)}), "holds 1001 files, more than 1000", "loop-unreadable"),
        (
            zipped(**{str(n): b"Iout" + bytes(2**18 - 4) for n in range(9)}),
            "holds more than 2 MiB",
            "loop-unreadable",
        ),
        (b"PK\x03\x04 and nothing", "is a damaged zip archive", "loop-unreadable"),
    ],
)
def test_refused(read, content, match, slug):
    with pytest.raises(CannotRead, match=rf"^area\.roi: .*{match}.*\[{slug}\]"):
        read(content)


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_the_bytes_it_is_understood_or_refused(tmp_path, data):
    content = bytearray(bytes.fromhex(data.draw(st.sampled_from(sorted(BY_IMAGEJ.values())))))
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "area.roi"
    path.write_bytes(bytes(content[: data.draw(st.integers(0, len(content)))]))
    with contextlib.suppress(CannotRead):
        assert read_loop(path, DrawnOn(ROWS, COLUMNS)).shape == (ROWS, COLUMNS)
