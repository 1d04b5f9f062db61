"""Which pixels polygons enclose."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from spreadscan.values import BoolArray

ON_LINE_PX = 1e-9
"""A centre nearer to a line lies on it."""
_AT_ONCE = 2**20
"""Crossings of lines and rows that are worked on at once: a hostile file must not fill the memory."""

Corners = NDArray[np.float64]


def enclosed(polygons: Iterable[Corners], shape: tuple[int, int]) -> BoolArray:
    """Return the pixels whose centres lie in or on any of the polygons, (R, C).

    Inside is what a ray leaves by an odd number of lines, so that a polygon may hold its own holes by a cut
    there and back.

    Args:
        polygons: each (N, 2) corners, row and column, from -0.5 to half a pixel beyond the last centre.
        shape: rows and columns of the frame.
    """
    inside = np.zeros(shape, bool)
    for corners in polygons:
        top, left = np.maximum(np.ceil(corners.min(axis=0) - ON_LINE_PX), 0).astype(int)
        bottom, right = np.floor(corners.max(axis=0) + ON_LINE_PX).astype(int) + 1
        window = inside[top:bottom, left:right]
        if window.size:
            window |= _within(corners - (top, left), window.shape)
    return inside


def _within(corners: Corners, shape: tuple[int, ...]) -> BoolArray:
    rows, columns = shape
    crossed = np.zeros((rows, columns + 1), np.uint8)  # only whether the number is odd counts
    on_line = np.zeros(shape, bool)
    ends = np.roll(corners, -1, axis=0)
    down = corners[:, :1] <= ends[:, :1]
    upper, lower = np.where(down, corners, ends), np.where(down, ends, corners)
    begin = np.clip(np.ceil(upper[:, 0]), 0, rows).astype(int)
    counts = np.maximum(np.clip(np.ceil(lower[:, 0]), 0, rows).astype(int) - begin, 0)
    pieces = np.cumsum(counts) // _AT_ONCE
    for piece in np.unique(pieces):
        here = np.flatnonzero((pieces == piece) & (counts > 0))
        line = np.repeat(here, counts[here])
        before = np.repeat(np.cumsum(counts[here]) - counts[here], counts[here])
        row = begin[line] + np.arange(len(line)) - before
        share = (row - upper[line, 0]) / (lower[line, 0] - upper[line, 0])
        column = upper[line, 1] + share * (lower[line, 1] - upper[line, 1])
        np.add.at(crossed, (row, np.clip(np.ceil(column), 0, columns).astype(int)), 1)
        _mark(on_line, row, column)
    _mark(on_line, corners[:, 0], corners[:, 1])
    level = (corners[:, 0] == ends[:, 0]) & (corners[:, 0] == np.rint(corners[:, 0]))
    for start, end in zip(corners[level], ends[level], strict=True):
        first, last = sorted((start[1], end[1]))
        on_line[int(start[0]), max(int(np.ceil(first)), 0) : int(np.floor(last)) + 1] = True
    odd = np.cumsum(crossed, axis=1, dtype=np.uint8)[:, :columns] & 1
    on_line |= odd == 1
    return on_line


def _mark(on_line: BoolArray, row: NDArray[np.float64], column: NDArray[np.float64]) -> None:
    """Mark the centres that the places lie on."""
    places = np.stack([row, column], axis=1)
    whole = np.rint(places)
    exact = (np.abs(places - whole) <= ON_LINE_PX).all(axis=1)
    exact &= ((whole >= 0) & (whole < on_line.shape)).all(axis=1)
    on_line[tuple(whole[exact].astype(int).T)] = True
