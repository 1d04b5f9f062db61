"""Which pixels polygons enclose."""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from spreadscan.marks.outline import Corners
from spreadscan.values import BoolArray

ON_LINE_PX = 1e-9
"""A centre nearer to a line lies on it."""
_AT_ONCE = 2**20
"""Crossings of lines and rows that are worked on at once: a hostile file must not fill the memory."""

_Whole = NDArray[np.int64]


def enclosed(polygons: Iterable[Corners], shape: tuple[int, int]) -> BoolArray:
    """Return the pixels whose centres lie in or on any of the polygons, (R, C).

    Inside is what a ray leaves by an odd number of lines, so that a polygon may hold its own holes by a cut
    there and back.

    Args:
        polygons: each (N, 2) corners, row and column, from -0.5 to half a pixel beyond the last centre.
        shape: rows and columns of the frame.
    """
    inside = np.zeros(shape, bool)
    begun = np.zeros((shape[0], shape[1] + 1), np.int32)
    for corners in polygons:
        _mark_level(inside, corners)
        pieces = 0
        for row, column in _crossings(corners, shape[0]):
            # a span leaves out the centre that lies on its right end
            _mark(inside, row, column)
            pieces += 1
        if pieces == 1:
            _add_spans(begun, row, column)
        elif pieces > 1:  # too many to sort them at once
            inside |= _odd(corners, shape)
    inside |= np.cumsum(begun, axis=1)[:, :-1] > 0
    return inside


def _crossings(corners: Corners, rows: int) -> Iterator[tuple[_Whole, NDArray[np.float64]]]:
    """Where the lines cross the rows: the row, and the column with its fraction; pieces of bearable size.

    A line crosses the rows from its upper end, this one among them, to before its lower end.
    """
    ends = np.roll(corners, -1, axis=0)
    down = corners[:, :1] <= ends[:, :1]
    upper, lower = np.where(down, corners, ends), np.where(down, ends, corners)
    # half open: a corner on a row between two lines counts once, and level lines never
    begin, end = (np.clip(np.ceil(at[:, 0]), 0, rows).astype(np.int64) for at in (upper, lower))
    counts = end - begin
    pieces = np.cumsum(counts) // _AT_ONCE
    for piece in np.unique(pieces[counts > 0]):
        here = np.flatnonzero((pieces == piece) & (counts > 0))
        line = np.repeat(here, counts[here])
        before = np.repeat(np.cumsum(counts[here]) - counts[here], counts[here])
        row = begin[line] + np.arange(len(line)) - before
        share = (row - upper[line, 0]) / (lower[line, 0] - upper[line, 0])
        yield row, upper[line, 1] + share * (lower[line, 1] - upper[line, 1])


def _add_spans(begun: NDArray[np.int32], row: _Whole, column: NDArray[np.float64]) -> None:
    """Note where spans of pixels inside begin and have ended: at every second crossing of a row."""
    first = np.clip(np.ceil(column), 0, begun.shape[1] - 1).astype(np.int64)
    # every row has an even number of crossings, so that the pairs never run into the next one
    order = np.lexsort((first, row))
    row, first = row[order], first[order]
    np.add.at(begun, (row[::2], first[::2]), 1)
    np.add.at(begun, (row[1::2], first[1::2]), -1)


def _odd(corners: Corners, shape: tuple[int, int]) -> BoolArray:
    """The pixels before which a row is crossed an odd number of times."""
    crossed = np.zeros((shape[0], shape[1] + 1), np.uint8)  # only whether the number is odd counts
    for row, column in _crossings(corners, shape[0]):
        np.add.at(crossed, (row, np.clip(np.ceil(column), 0, shape[1]).astype(np.int64)), 1)
    odd: BoolArray = np.cumsum(crossed, axis=1, dtype=np.uint8)[:, :-1] & 1 == 1
    return odd


def _mark_level(inside: BoolArray, corners: Corners) -> None:
    """Mark the centres that are corners, or lie on lines along rows."""
    _mark(inside, corners[:, 0], corners[:, 1])
    ends = np.roll(corners, -1, axis=0)
    level = (corners[:, 0] == ends[:, 0]) & (corners[:, 0] == np.rint(corners[:, 0]))
    for start, end in zip(corners[level], ends[level], strict=True):
        first, last = sorted((start[1], end[1]))
        inside[int(start[0]), max(int(np.ceil(first)), 0) : int(np.floor(last)) + 1] = True


def _mark(inside: BoolArray, row: NDArray[np.generic], column: NDArray[np.float64]) -> None:
    """Mark the centres that the places lie on."""
    places = np.stack([row, column], axis=1)
    whole = np.rint(places)
    exact = (np.abs(places - whole) <= ON_LINE_PX).all(axis=1)
    exact &= ((whole >= 0) & (whole < inside.shape)).all(axis=1)
    inside[tuple(whole[exact].astype(int).T)] = True
