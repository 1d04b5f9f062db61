"""Outlines of a region: polygons that enclose its pixels and no others.

The outline runs along the edges of pixels and is cut at their corners, from the middle of each edge to that
of the next, so that it passes every pixel centre at least √2/4 away. A hole is joined to the outline around
it by a cut there and back, so that one closed line encloses what is left: no format needs to know of holes.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spreadscan.values import BoolArray

COARSE_PX = 0.3
"""How far a coarse outline may lie off the exact one. Below √2/4 it can pass no pixel centre on its way, so
that it encloses the same pixels."""
_STEPS = ((0, 1), (1, 0), (0, -1), (-1, 0))
_RIGHT, _DOWN = 0, 1

_Corner = tuple[int, int]
Polygon = NDArray[np.float64]


class _Walk(NamedTuple):
    """A closed way along edges of pixels, the region at its right hand, from its topmost leftmost corner on.

    Attributes:
        corners: corner (i, j) is the upper left one of the pixel in row i, column j.
        around_hole: whether it runs around a hole.
    """

    corners: list[_Corner]
    around_hole: bool


def outlines_of(inside: BoolArray, *, coarse: bool = True) -> list[Polygon]:
    """Return the outlines of a region, one for each part whose pixels share edges, topmost first.

    Args:
        inside: (R, C) the region.
        coarse: whether corners are left out where the same pixels stay enclosed; otherwise neighbouring
            corners are at most one pixel apart.

    Returns:
        For each part its corners (N, 2), row and column, pixel centres at whole numbers; the last is joined
        to the first.
    """
    polygons = [_middles(corners) for corners in _joined(_walks(inside))]
    return [_coarse(polygon) for polygon in polygons] if coarse else polygons


def _middles(corners: list[_Corner]) -> Polygon:
    """The middles of the edges along a way."""
    places = np.array(corners, float) - 0.5
    middles: Polygon = (places + np.roll(places, -1, axis=0)) / 2
    return middles


def _coarse(polygon: Polygon) -> Polygon:
    from skimage.measure import approximate_polygon

    # an open line would keep both of its ends, and the side between them would never be looked at
    closed = np.vstack([polygon, polygon[:1]])
    fewer: Polygon = approximate_polygon(closed, COARSE_PX)[:-1]
    return fewer if len(fewer) > 2 else polygon


def _walks(inside: BoolArray) -> list[_Walk]:
    """The ways around the parts and around the holes, by where they begin."""
    left = _edges(inside)
    walks = []
    for corner in sorted(left):
        while left[corner]:
            # from its topmost leftmost corner a way around a part leads right, one around a hole down
            direction = min(left[corner])
            around_hole = direction == _DOWN
            corners, here = [], corner
            while direction in left[here]:
                left[here].remove(direction)
                corners.append(here)
                here = (here[0] + _STEPS[direction][0], here[1] + _STEPS[direction][1])
                # a turn to the right first: pixels that share a corner only are not joined
                turns = ((direction + turn) % 4 for turn in (1, 0, 3))
                direction = next((turn for turn in turns if turn in left[here]), -1)
            walks.append(_Walk(corners, around_hole))
    return walks


def _edges(inside: BoolArray) -> dict[_Corner, set[int]]:
    """In which directions edges of the region lead from each corner, the region at their right hand."""
    # a region that reaches the border of the image has its edge there
    padded = np.pad(inside, 1)
    here = padded[1:-1, 1:-1]
    beyond = (padded[:-2, 1:-1], padded[1:-1, 2:], padded[2:, 1:-1], padded[1:-1, :-2])
    starts = ((0, 0), (0, 1), (1, 1), (1, 0))
    found: dict[_Corner, set[int]] = {}
    for direction, (outside, (down, right)) in enumerate(zip(beyond, starts, strict=True)):
        for row, column in np.argwhere(here & ~outside).tolist():
            found.setdefault((row + down, column + right), set()).add(direction)
    return found


def _joined(walks: list[_Walk]) -> list[list[_Corner]]:
    """The ways around the parts, each with cuts to its holes.

    A cut runs from where the way around a hole begins to the left, through the region, to the nearest way.
    That one begins earlier, so that the last ways can be joined first.
    """
    place = {
        corner: (number, at) for number, walk in enumerate(walks) for at, corner in enumerate(walk.corners)
    }
    detours: list[dict[int, list[_Corner]]] = [{} for _ in walks]
    parts: list[list[_Corner]] = []
    for number in range(len(walks) - 1, -1, -1):
        way = []
        for at, corner in enumerate(walks[number].corners):
            way += [corner, *detours[number].get(at, ())]
        if not walks[number].around_hole:
            parts.append(way)
            continue
        row, column = way[0]
        reached = next(at for at in range(column - 1, -1, -1) if (row, at) in place)
        cut = [(row, at) for at in range(reached + 1, column)]
        target, at = place[row, reached]
        detours[target][at] = [*cut, *way, way[0], *reversed(cut), (row, reached)]
    return parts[::-1]
