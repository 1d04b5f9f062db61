"""Look at the doubt under the points of a region or a course, in every draw at once."""

from collections.abc import Iterator, Sequence
from math import ceil, floor
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from spreadscan.frozen import BoolArray, Image, Vector

DRAWS_AT_ONCE = 256
"""So many draws are looked at together: what they need fits into the cache of a core, and no library of
linear algebra shares so small a product among threads of its own."""
EDGE_PX = 1e-9
"""A pixel that near to the edge of a polygon lies on it."""
SURE = 6.0
"""No draw of millions comes to so many standard deviations: where all pixels are surer, none is looked up."""
NEAR_EDGE = 3.0
"""Within so many standard deviations of the edge a point is in doubt."""
SUREST = 8.0
"""Doubt is cut at so many standard deviations; no draw of thousands comes there."""
_GOLDEN = (5**0.5 - 1) / 2
"""Multiples of the golden ratio, whole numbers left off, lie evenly between 0 and 1 however many they are."""


class Field(NamedTuple):
    """A part of an image: (r, c) standard deviations, or shares, and where its first pixel lies."""

    doubt: Image
    row: int
    column: int


class Frames(NamedTuple):
    """Where a junction lies in every draw.

    Attributes:
        steps: (2, 3, D) of rows and of columns the origin, and the steps of one millimetre laterally and
            cranially, pixels.
        ends: (2, 2, 3) the least and the most of each of these over the draws.
    """

    steps: Image
    ends: Vector


def area_of(outline: Vector) -> float:
    """Return the area of a polygon, (N, 2) corners."""
    row, column = outline.T
    after, beside = _next(outline).T
    return float(abs(row @ beside - column @ after) / 2)


def points_in(outline: Vector, count: int) -> Vector:
    """Return about ``count`` points spread evenly over a polygon, (N, 2), at least one.

    They lie on no lattice: an edge along the rows cuts off as fair a share as an oblique one.
    """
    low, size = outline.min(axis=0), np.ptp(outline, axis=0)
    tries = max(1, round(count * float(size[0] * size[1]) / max(area_of(outline), 1e-9)))
    number = np.arange(tries)
    spread = low + size * np.stack([(number + 0.5) / tries, (number + 0.5) * _GOLDEN % 1], axis=1)
    found: Vector = spread[_inside(spread, outline)]
    return found if len(found) else outline.mean(axis=0)[None]


def pixels_in(outline: Vector, shape: tuple[int, ...]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return rows and columns of the pixels of an image whose centres lie in a polygon or on its edge.

    Row by row: its sides cross a row in pairs, and between the two of a pair lies the polygon. Once with the
    lower end of each side left off and once with the upper one: a corner or side along a row is then in one.
    """
    first = np.maximum(np.ceil(outline.min(axis=0)), 0).astype(int)
    last = np.minimum(np.floor(outline.max(axis=0)), np.array(shape[:2]) - 1).astype(int)
    rows, columns = (np.arange(low, high + 1) for low, high in zip(first, last, strict=True))
    (start, beside), (end, other) = outline.T, _next(outline).T
    slope = (other - beside) / np.where(end == start, 1, end - start)
    crossing = beside + (rows[:, None] - start) * slope
    inside = np.zeros((len(rows), len(columns)), bool)
    for before in (np.less, np.less_equal):
        crosses = before(start, rows[:, None]) != before(end, rows[:, None])
        most = int(crosses.sum(axis=1).max(initial=0))
        pairs = np.sort(np.where(crosses, crossing, np.inf), axis=1)[:, :most]
        for left, right in zip(pairs[:, :-1:2].T, pairs[:, 1::2].T, strict=True):
            inside |= (columns >= left[:, None] - EDGE_PX) & (columns <= right[:, None] + EDGE_PX)
    row, column = np.nonzero(inside)
    return row + first[0], column + first[1]


def points_along(course: Vector, step: float) -> Vector:
    """Return points at equal steps along a polyline, each in the middle of its step, (N, 2)."""
    lengths = np.hypot(*np.diff(course, axis=0).T)
    at = np.concatenate([[0], np.cumsum(lengths)])
    count = max(1, round(at[-1] / step))
    places = (np.arange(count) + 0.5) * at[-1] / count
    return np.stack([np.interp(places, at, course[:, axis]) for axis in (0, 1)], axis=1)


def frames_of(drawn: Image) -> Frames:
    """Return frames as points are laid into them.

    Args:
        drawn: (D, 3, 2) origin and steps (rows, columns) of one millimetre laterally and cranially, pixels.
    """
    steps = np.ascontiguousarray(drawn.transpose(2, 1, 0))
    return Frames(steps, np.stack([steps.min(axis=2), steps.max(axis=2)]).astype(float))


def values_under(field: Field, points_mm: Vector, frames: Frames) -> Image:
    """Return the doubt of the nearest pixel under each point in each frame, (N, D).

    Args:
        field: what is looked at; beyond it there is surely no contrast.
        points_mm: (N, 2) points (x lateral, y cranial) of the frame.
        frames: where they are laid.
    """
    alike = _alike(field, points_mm, frames)
    if alike is not None:
        return np.full((len(points_mm), 1), alike, np.float32)
    return np.concatenate([found for _, found in _looked_up(field, points_mm, frames)], axis=1)


def shares_under(field: Field, parts: Sequence[Vector], frames: Frames, numbers: Image) -> list[Vector]:
    """Return of each part for each draw the share of its points that lie in contrast, (D,).

    Args:
        field: what is looked at; beyond it there is surely no contrast.
        parts: (N, 2) points (x lateral, y cranial) of the frame.
        frames: where they are laid, one for each draw or one for all.
        numbers: (D,) standard normal number of each draw; contrast is where doubt is at least that.
    """
    points = np.concatenate(parts)
    alike = _alike(field, points, frames)
    if alike is not None:
        return [(alike >= numbers).astype(float)] * len(parts)
    ends = np.cumsum([len(part) for part in parts])
    shares = [np.empty(len(numbers)) for _ in parts]
    alone = frames.steps.shape[2] == 1
    for some, found in _looked_up(field, points, frames):
        draws = slice(None) if alone else some
        for share, end, part in zip(shares, ends, parts, strict=True):
            share[draws] = shares_of(found[end - len(part) : end], numbers[draws])
    return shares


def share_near_edge(field: Field, shares: Field, points_mm: Vector, frames: Frames) -> float:
    """Return the mean of shares, 0 to 1, over the points in doubt: within ``NEAR_EDGE`` of the edge; or 0.

    Args:
        field: the doubt.
        shares: what is averaged.
        points_mm: as in ``values_under``.
        frames: as in ``values_under``.
    """
    near = np.abs(values_under(field, points_mm, frames)) < NEAR_EDGE
    found = values_under(shares, points_mm, frames)
    return float(np.clip(found[near].mean(), 0, 1)) if near.any() else 0.0


def bounds_of(points_mm: Vector, frames: Frames) -> tuple[Vector, Vector]:
    """Return bounds (2,) of where points come to lie, rows and columns: none lies beyond them in any draw.

    Args:
        points_mm: (N, 2) points (x lateral, y cranial) of the frame.
        frames: where they are laid.
    """
    ends = np.stack([points_mm.min(axis=0), points_mm.max(axis=0)])
    # of each axis of the frame the ends of the points times the ends of the step, (2, 2, 2, 2)
    moved = (ends[:, None, None] * frames.ends[:, :, 1:]).reshape(4, 2, 2)
    low, high = moved.min(axis=0).sum(axis=1), moved.max(axis=0).sum(axis=1)
    return frames.ends[0, :, 0] + low, frames.ends[1, :, 0] + high


def shares_of(values: Image, numbers: Image) -> Vector:
    """Return for each draw the share of the points that lie in contrast, (D,).

    Args:
        values: (N, D) doubt, or (N, 1) where the points are the same in every draw.
        numbers: (D,) standard normal number of each draw; contrast is where doubt is at least that.
    """
    if values.shape[1] == 1:
        # the points stay where they are: sorted once, every draw is one look-up
        below = np.searchsorted(np.sort(values[:, 0]), numbers)
        return 1 - below / len(values)
    # sums of bytes are several times faster than wider ones
    width = np.uint8 if len(values) <= np.iinfo(np.uint8).max else np.uint32
    inside = (values >= numbers).view(np.uint8)
    shares: Vector = inside.sum(axis=0, dtype=width) / len(values)
    return shares


def percentiles(values: Vector, percents: Sequence[float]) -> list[float]:
    """Return percentiles of some numbers, (D,), linear between two of them.

    The same as numpy's to the last digit, without its checks: those take longer than the sorting.
    """
    ordered, found = np.sort(values), []
    for percent in percents:
        at = (len(ordered) - 1) * (percent / 100)
        before, after = (float(ordered[min(floor(at) + n, len(ordered) - 1)]) for n in (0, 1))
        part = at - floor(at)
        # from the nearer of the two, as numpy does: it rounds otherwise
        near = after - (after - before) * (1 - part) if part >= 0.5 else before + (after - before) * part
        found.append(near)
    return found


def _alike(field: Field, points_mm: Vector, frames: Frames) -> float | None:
    """The doubt of all points in all draws where nothing is in doubt: surely contrast, or surely none."""
    low, high = bounds_of(points_mm, frames)
    top, left = floor(low[0]) - field.row, floor(low[1]) - field.column
    bottom, right = ceil(high[0]) + 1 - field.row, ceil(high[1]) + 1 - field.column
    part = field.doubt[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    if not part.size or part.max() <= -SURE:
        return -SUREST
    # beyond the field there is surely no contrast: points that may leave it are not all alike
    within = part.shape == (bottom - top, right - left)
    return SUREST if within and part.min() >= SURE else None


def _looked_up(field: Field, points_mm: Vector, frames: Frames) -> Iterator[tuple[slice, Image]]:
    """Some draws after others, and the doubt under each point in each of them."""
    local = np.ones((len(points_mm), 3), np.float32)
    local[:, 1:] = points_mm
    here = frames.steps.copy()
    here[:, 0] -= np.array([[field.row], [field.column]], np.float32)
    for first in range(0, here.shape[2], DRAWS_AT_ONCE):
        some = slice(first, first + DRAWS_AT_ONCE)
        rows, columns = (local @ steps[:, some] for steps in here)
        found = cv2.remap(field.doubt, columns, rows, cv2.INTER_NEAREST, None, cv2.BORDER_CONSTANT, -SUREST)
        yield some, found


def _inside(points: Vector, outline: Vector) -> BoolArray:
    """Whether each point lies in a polygon: an odd number of its sides lie beside it."""
    (start, beside), (end, other) = outline.T, _next(outline).T
    row, column = points.T[:, :, None]
    # a side along a row is crossed nowhere
    length = np.where(end == start, 1, end - start)
    crosses = ((start > row) != (end > row)) & (column < beside + (row - start) * (other - beside) / length)
    inside: BoolArray = np.logical_xor.reduce(crosses, axis=1)
    return inside


def _next(outline: Vector) -> Vector:
    """The corner that follows each of an outline's: quicker than the general ``roll``."""
    return np.concatenate([outline[1:], outline[:1]])
