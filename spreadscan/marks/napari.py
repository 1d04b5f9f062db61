"""Layers of napari (CSV): points, and shapes.

Pixel rule: ``axis-N`` are array indices in the order frame, row, column, and whole numbers are pixel centres
(its documents on coordinate systems); nothing is shifted.
"""

import math
from typing import NamedTuple

from spreadscan.marks.export import Export
from spreadscan.marks.file import DrawnOn, MarkFile
from spreadscan.marks.outline import Outline, Place, Places, around, unreadable
from spreadscan.marks.point import Marked, MarkedPoints, unreadable_points
from spreadscan.marks.table import (
    COLUMN_NAMES,
    NamedCells,
    Table,
    columns_of,
    header_of,
    named_cells,
    number_of,
    point_of_cells,
    table_of,
    table_text,
)
from spreadscan.read.complaint import Complaint
from spreadscan.values import MarkedFrame

NEAREST_WHOLE = 1e-6
"""napari writes 12.000000000000002 for frame 12 (its issue 2288)."""
_SHAPE_COLUMNS = ("index", "shape-type", "vertex-index", "axis-0", "axis-1")
_NO_AREA = ("line", "path")
_FRAME = "frame of napari"


class _Vertex(NamedTuple):
    """A corner of a shape: of which type, which corner, where, and on which frame; 0 for none."""

    kind: str
    order: int
    place: Place
    frame: int


def read_points(file: MarkFile, on: DrawnOn) -> MarkedPoints | None:  # noqa: ARG001
    """Return the points of a layer; ``None`` when the file is no table with axes.

    Raises:
        Complaint: ``landmarks-unreadable`` when columns are missing or lines do not fit them.
    """
    if file.text is None or file.is_json or not _axes(header_of(file.text)):
        return None
    table = table_of(file.text)
    names = [_meaning(cell, len(_axes(table.header))) for cell in table.header]
    return MarkedPoints([_point(line, table) for line in named_cells(table, names)], "napari points")


def read_outlines(file: MarkFile, on: DrawnOn) -> list[Outline] | None:  # noqa: ARG001
    """Return the shapes of a layer; ``None`` when the file is no table of shapes.

    Raises:
        Complaint: ``loop-unreadable``, or ``landmarks-unreadable`` from what is shared with points.
    """
    if file.text is None or file.is_json or "shape-type" not in header_of(file.text):
        return None
    return _shapes(table_of(file.text))


def write_points(marked: MarkedFrame, export: Export) -> bytes:  # noqa: ARG001
    """Return the landmarks as napari reads points: of a run with the frame, 0-based, as the first axis."""
    frame = _frame_axis(marked)
    lines = (
        (number, *frame, p.row, p.column, p.label, p.sd_px)
        for number, p in enumerate(marked.landmarks.points)
    )
    return table_text(("index", *_axis_names(marked), "label", "sd_px"), lines)


def write_outlines(outlines: list[Places], marked: MarkedFrame, export: Export) -> bytes:  # noqa: ARG001
    """Return outlines as napari reads shapes: of a run with the frame, 0-based, as the first axis."""
    frame = _frame_axis(marked)
    lines = (
        (n, "polygon", at, *frame, *place)
        for n, outline in enumerate(outlines)
        for at, place in enumerate(outline)
    )
    return table_text(("index", "shape-type", "vertex-index", *_axis_names(marked)), lines)


def _frame_axis(marked: MarkedFrame) -> tuple[int, ...]:
    return (marked.frame - 1,) if marked.frames > 1 else ()


def _axis_names(marked: MarkedFrame) -> list[str]:
    return [f"axis-{number}" for number in range(len(_frame_axis(marked)) + 2)]


def _axes(header: list[str]) -> list[str]:
    return [cell for cell in header if cell.startswith("axis-")]


def _meaning(name: str, axes: int) -> str | None:
    """What a column of napari holds: the last two axes are row and column, the one before is the frame."""
    if axes not in (2, 3):
        raise unreadable_points(
            f"has {axes} axes, where row and column belong, or frame, row and column", field="line 1"
        )
    meanings = ("row", "column") if axes == 2 else (_FRAME, "row", "column")
    if name.startswith("axis-"):
        number = name.removeprefix("axis-")
        return meanings[int(number)] if number in ("0", "1", "2")[:axes] else None
    found = COLUMN_NAMES.get(name)
    return None if found in ("row", "column", "frame") else found


def _point(line: NamedCells, table: Table) -> Marked:
    found = point_of_cells(line.number, line.cells, table.separator)
    text = line.cells.get(_FRAME)
    return found._replace(frames=(_frame(text, found.where),)) if text else found


def _frame(text: str, where: str) -> int:
    """The frame, 1-based, that the first of three axes says, from 0 on."""
    try:
        index = float(text)
        whole = round(index)
    except (ValueError, OverflowError):
        index, whole = math.nan, 0
    if not (abs(index - whole) < NEAREST_WHOLE and whole >= 0):
        raise Complaint(
            "landmarks-unreadable",
            "is no frame: the points had a scale of their own, which napari does not write (its issue 8353)",
            field=f"{where}, axis-0",
            advice="set the scale of image and points to 1 in napari before marking",
        )
    return whole + 1


def _shapes(table: Table) -> list[Outline]:
    """The shapes of a layer of napari, whose vertices count from 0 within each."""
    axes = _axes(table.header)
    if axes not in (["axis-0", "axis-1"], ["axis-0", "axis-1", "axis-2"]):
        raise unreadable(
            f"has {len(axes)} axes, where row and column belong, or frame, row and column", field="line 1"
        )
    index, kind, vertex = columns_of(table, _SHAPE_COLUMNS)[:3]
    at = [table.header.index(axis) for axis in axes]
    shapes: dict[str, list[_Vertex]] = {}
    for number, cells in table.lines:
        where = f"line {number}"
        frame = _frame(cells[at[0]], where) if len(at) == 3 else 0
        place = (number_of(cells[at[-2]], number, table), number_of(cells[at[-1]], number, table))
        order = int(number_of(cells[vertex], number, table))
        shapes.setdefault(cells[index], []).append(_Vertex(cells[kind].lower(), order, place, frame))
    return [_shape(f"shape {n}", vertices) for n, vertices in enumerate(shapes.values(), 1)]


def _shape(where: str, vertices: list[_Vertex]) -> Outline:
    kinds = {vertex.kind for vertex in vertices}
    vertices = sorted(vertices, key=lambda vertex: vertex.order)
    if len(kinds) != 1 or [vertex.order for vertex in vertices] != list(range(len(vertices))):
        raise unreadable("has vertices that are missing, doubled or of several types", field=where)
    kind = kinds.pop()
    if kind not in ("polygon", "rectangle", "ellipse"):
        problem = f"is a {kind}, which encloses nothing" if kind in _NO_AREA else "is of an unknown type"
        raise Complaint(
            "loop-unreadable", problem, field=where, advice="draw a polygon, a rectangle or an ellipse"
        )
    corners = tuple(vertex.place for vertex in vertices)
    if kind != "polygon" and len(corners) != 4:
        raise unreadable(f"has {len(corners)} corners, not the 4 of its box", field=where)
    frames = tuple(sorted({vertex.frame for vertex in vertices if vertex.frame}))
    if len(frames) > 1:
        raise unreadable("runs through several frames", field=where)
    return Outline(where, _rounded(corners) if kind == "ellipse" else corners, frames=frames)


def _rounded(box: tuple[Place, ...]) -> tuple[Place, ...]:
    """The ellipse in a box, which napari gives by its four corners in order."""
    (row, column), (next_row, next_column), (far_row, far_column), _ = box
    return around(
        ((row + far_row) / 2, (column + far_column) / 2),
        ((next_row - row) / 2, (next_column - column) / 2),
        ((far_row - next_row) / 2, (far_column - next_column) / 2),
    )
