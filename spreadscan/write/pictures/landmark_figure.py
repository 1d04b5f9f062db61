"""landmarks.png: the frame with the landmarks that were understood, for a person to check.

Each is marked by a cross and named in the margin, with its place. Thin lines join the two sides of a level
and the levels of a side: where a level or a side was mistaken, they cross.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spreadscan.anatomy import LEVELS, NERVE_AT
from spreadscan.values import Landmark, MarkedFrame, sides_of
from spreadscan.write.pictures.drawing import (
    FAINT_INK,
    INK,
    PX_PER_PT,
    Panel,
    Pen,
    Picture,
    add_image,
    draw_cross,
    draw_path,
    empty_picture,
    write_text,
)
from spreadscan.write.pictures.images import png_of, resized
from spreadscan.write.pictures.layout import LINE_PX, PAD_PX, WIDTH_PX, Box, Ellipse, Layout, pushed_apart
from spreadscan.write.pictures.palette import STROKES, Stroke
from spreadscan.write.words.landmark_table import about

_MARGIN_PX, _HEAD_PX, _FOOT_PX, _SIDE_MARK_PX, _GAP_PX = 220, 74, 40, 44, 12
_PICTURE_PX = (WIDTH_PX - 2 * PAD_PX - 2 * _MARGIN_PX, 1000)
_JUNCTION, _OTHER = STROKES["probable"].colour, STROKES["indeterminate"].colour
_JOIN, _LEADER = Stroke(_JUNCTION, 0.8, (3, 3)), Stroke(INK, 0.6, ())
WITHIN_90 = 2.146
"""Radius in standard deviations of each coordinate within which nine of ten points of the plane lie."""
_RING_PX = 5 * PX_PER_PT
_CLEAR_PX = 9.0
"""A line from the margin ends this far from its point, so that the place itself stays in view."""


class _LandmarkLabel(NamedTuple):
    """A landmark with the lines of text about it, the margin they stand in and where they begin."""

    point: Landmark
    lines: tuple[str, ...]
    on_left: bool
    top: float

    @property
    def height_px(self) -> int:
        return LINE_PX * len(self.lines) + _GAP_PX


def landmarks_png(marked: MarkedFrame) -> bytes:
    """Return landmarks.png, as wide as overlay.png: the same bytes for the same landmarks."""
    layout = _layout(marked)
    picture = empty_picture(layout.height_px)
    gray = resized(marked.picture, layout.picture)
    colour: NDArray[np.uint8] = np.repeat(gray[..., None], 3, axis=2)
    panel = add_image(picture, colour, marked.picture.shape, layout.picture)
    _draw_joins(panel, marked)
    for point in marked.landmarks.points:
        _draw_cross(panel, point)
    for label in _labels(marked, layout):
        _draw_label(picture, label, layout)
    _draw_words(picture, marked, layout)
    return png_of(picture)


def _layout(marked: MarkedFrame) -> Layout:
    zoom = min(_PICTURE_PX[0] / marked.columns, _PICTURE_PX[1] / marked.rows)
    width, height = max(1, round(marked.columns * zoom)), max(1, round(marked.rows * zoom))
    box = Box((WIDTH_PX - width) // 2, _HEAD_PX, width, height)
    return Layout(_HEAD_PX + height + _FOOT_PX, box, marked.rows, marked.columns)


def _draw_joins(panel: Panel, marked: MarkedFrame) -> None:
    junctions = marked.landmarks.junctions()
    sides = sorted({side for _, side in junctions})
    chains = [[junctions[level, side] for level in LEVELS if (level, side) in junctions] for side in sides]
    chains += [[junctions[level, side] for side in sides if (level, side) in junctions] for level in LEVELS]
    for chain in chains:
        for one, other in pairwise(chain):
            ends = np.array([(one.row, one.column), (other.row, other.column)])
            draw_path(panel.pixels, panel.path(ends), _JOIN)


def _draw_cross(panel: Panel, point: Landmark) -> None:
    """A cross that is open in its middle: what was marked stays in view."""
    (place,) = panel.path(np.array([[point.row, point.column]]))
    draw_cross(panel, point, Stroke(_colour(point), 1.3, ()), 8.5)
    ring = Ellipse(0.0, 0.0, _RING_PX, _RING_PX, 0.0).outline() + place
    draw_path(panel.pixels, ring, Stroke(INK, 1.0, ()))
    if point.found and point.sd_px is not None:
        across_px = 2 * WITHIN_90 * point.sd_px
        circle = Ellipse(point.row, point.column, across_px, across_px, 0.0).outline()
        draw_path(panel.pixels, panel.path(circle), Stroke(_colour(point), 1.0, ()), 2.2)


def _labels(marked: MarkedFrame, layout: Layout) -> list[_LandmarkLabel]:
    """The labels of all landmarks, beside them where there is room, never on one another."""
    points = sorted(marked.landmarks.points, key=lambda point: (point.row, point.column))
    middle = float(np.mean([point.column for point in points])) if len(points) > 1 else marked.columns / 2
    found = []
    for point in points:
        nerve = f" ({NERVE_AT[point.level]} nerve)" if point.kind == "sap_tp_junction" else ""
        name: tuple[str, ...] = (f"{point.level} {point.side}{nerve}",)
        name += () if nerve else (point.kind,)
        lines = (*name, f"row {point.row:.2f}, column {point.column:.2f}")
        _, y = layout.to_figure(point.row, point.column)
        found.append(_LandmarkLabel(point, lines, point.column < middle, y - LINE_PX / 2))
    placed: list[_LandmarkLabel] = []
    for on_left in (True, False):
        labels = [label for label in found if label.on_left == on_left]
        spans = [(label.top, float(label.height_px)) for label in labels]
        tops = pushed_apart(spans, layout.picture.top + _SIDE_MARK_PX, layout.height_px - PAD_PX)
        placed += [label._replace(top=top) for label, top in zip(labels, tops, strict=True)]
    return placed


def _draw_label(picture: Picture, label: _LandmarkLabel, layout: Layout) -> None:
    x, anchor = layout.margin(label.on_left)
    y = label.top + LINE_PX / 2
    for index, line in enumerate(label.lines):
        pen = Pen(8.5, anchor, FAINT_INK) if index else Pen(10, anchor, _colour(label.point), bold=True)
        write_text(picture, (x, y + LINE_PX * index), line, pen)
    end_x, end_y = layout.to_figure(label.point.row, label.point.column)
    start_x = layout.picture.left - 6 if label.on_left else layout.picture.right + 6
    length = float(np.hypot(end_x - start_x, end_y - y))
    if length > _CLEAR_PX:
        share = 1 - _CLEAR_PX / length
        stop = (start_x + share * (end_x - start_x), y + share * (end_y - y))
        draw_path(picture, np.array([(start_x, y), stop]), _LEADER, _LEADER.width_pt + 0.9)


def _draw_words(picture: Picture, marked: MarkedFrame, layout: Layout) -> None:
    write_text(picture, (PAD_PX, 20), "Landmarks as they were understood", Pen(13, bold=True))
    for index, sentence in enumerate(about(marked)):
        write_text(picture, (PAD_PX, 40 + LINE_PX * index), sentence, Pen(9, colour=FAINT_INK))
    found = any(point.found for point in marked.landmarks.points)
    circles = " Circles: within 90 % by the program's own estimate." if found else ""
    rule = (
        "Rows and columns are pixels, counted from 0; the centre of the top left pixel is row 0, column 0."
        + circles
    )
    write_text(picture, (PAD_PX, layout.height_px - 18), rule, Pen(9, colour=FAINT_INK))
    for image_side, side in sides_of(marked.patient_left).items():
        x, anchor = layout.margin(image_side == "image left")
        word = f"patient {side}" if side in ("left", "right") else side
        write_text(picture, (x, layout.picture.top + 12), word, Pen(12, anchor, bold=True))


def _colour(point: Landmark) -> str:
    return _JUNCTION if point.kind == "sap_tp_junction" else _OTHER
