"""The texts that outlines come in: our own JSON and tables, markups of 3D Slicer, shapes of napari.

Pixel rules as for points: our own files and napari count pixel centres as whole numbers, 3D Slicer
millimetres from the centre of the top-left pixel; nothing is shifted.

3D Slicer keeps in its scene, not in the markup, whether a closed curve is smooth or made of straight lines
(``vtkMRMLMarkupsCurveNode::WriteXML``), and shows one that it loads as a smooth one: so it is taken here.
"""

import json
import math
from typing import Any

from spreadscan.marks.outline import MOST_OUTLINES, Outline, Place, around
from spreadscan.marks.own import frame_of_napari
from spreadscan.marks.slicer import control_points
from spreadscan.marks.table import Table, table_of
from spreadscan.read.complaint import Complaint

SCHEMA, SCHEMA_VERSION = "spreadscan.loop", 1
_OWN_COLUMNS = ("loop", "row", "column")
_NAPARI_COLUMNS = ("index", "shape-type", "vertex-index", "axis-0", "axis-1")
_NO_AREA = ("line", "path")


def outlines_of_text(text: str, slicer_mm_per_px: float | None) -> list[Outline]:
    """Return the outlines of a text, whose content tells what kind of text it is.

    Args:
        text: of the file.
        slicer_mm_per_px: spacing at which 3D Slicer showed the image; ``None`` when it is not known.

    Raises:
        Complaint: ``loop-unreadable``, or ``landmarks-unreadable`` from what is shared with points.
    """
    if text.lstrip()[:1] not in ("{", "["):
        table = table_of(text)
        return _shapes(table) if "shape-type" in table.header else _table(table)
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _unreadable("is neither a table nor valid JSON") from error
    if isinstance(record, dict) and isinstance(record.get("markups"), list):
        return _curves(record["markups"], slicer_mm_per_px)
    return _own(record)


def _own(record: Any) -> list[Outline]:
    if not isinstance(record, dict) or record.get("schema") != SCHEMA:
        raise _unreadable(f"is neither of the schema {SCHEMA} nor a markup of 3D Slicer", field="schema")
    if record.get("schema_version") != SCHEMA_VERSION:
        raise _unreadable(f"is not {SCHEMA_VERSION}", field="schema_version")
    loops, image = record.get("loops"), record.get("image", {})
    if not isinstance(loops, list) or not 1 <= len(loops) <= MOST_OUTLINES:
        raise _unreadable(f"is not a list of 1 to {MOST_OUTLINES} loops", field="loops")
    frame = image.get("frame") if isinstance(image, dict) else False
    if frame is not None and (isinstance(frame, bool) or not isinstance(frame, int) or frame < 1):
        raise _unreadable("is no frame, which count from 1", field="image, frame")
    frames = () if frame is None else (frame,)
    return [Outline(f"loop {n}", _own_corners(loop, n), frames=frames) for n, loop in enumerate(loops, 1)]


def _own_corners(loop: Any, number: int) -> tuple[Place, ...]:
    if not isinstance(loop, list):
        raise _unreadable("is not a list of at least three points", field=f"loop {number}")
    for place, point in enumerate(loop, start=1):
        if not isinstance(point, list) or len(point) != 2 or not all(map(_is_number, point)):
            raise _unreadable("is not a row and a column", field=f"loop {number}, point {place}")
    return tuple((float(row), float(column)) for row, column in loop)


def _is_number(item: object) -> bool:
    return isinstance(item, int | float) and not isinstance(item, bool) and abs(item) < 1e308


def _curves(markups: list[Any], mm_per_px: float | None) -> list[Outline]:
    found = []
    for number, markup in enumerate(markups[: MOST_OUTLINES + 1], 1):
        kind = markup.get("type") if isinstance(markup, dict) else None
        if kind != "ClosedCurve":
            raise Complaint(
                "loop-unreadable",
                "is not a closed curve of 3D Slicer",
                field=f"markup {number}, type",
                advice="draw the outline as a closed curve in module Markups, and save it alone",
            )
        points = [p for p in control_points(markup, mm_per_px) if p is not None]
        found.append(Outline(f"markup {number}", tuple((p.row, p.column) for p in points), smooth=True))
    return found


def _table(table: Table) -> list[Outline]:
    """Our own table: a line for each corner, those of a loop one after the other."""
    loop, row, column = _cells(table, _OWN_COLUMNS)
    corners: dict[str, list[Place]] = {}
    for number, cells in table.lines:
        place = tuple(_number(cells[at], number, table) for at in (row, column))
        corners.setdefault(cells[loop], []).append((place[0], place[1]))
    return [Outline(f"loop {n}", tuple(places)) for n, places in enumerate(corners.values(), 1)]


def _shapes(table: Table) -> list[Outline]:
    """The shapes of a layer of napari, whose vertices count from 0 within each."""
    axes = [cell for cell in table.header if cell.startswith("axis-")]
    if axes not in (["axis-0", "axis-1"], ["axis-0", "axis-1", "axis-2"]):
        raise _unreadable(
            f"has {len(axes)} axes, where row and column belong, or frame, row and column", field="line 1"
        )
    index, kind, vertex = _cells(table, _NAPARI_COLUMNS)[:3]
    at = [table.header.index(axis) for axis in axes]
    shapes: dict[str, list[tuple[str, int, Place, int]]] = {}
    for number, cells in table.lines:
        where = f"line {number}"
        frame = frame_of_napari(cells[at[0]], where) if len(at) == 3 else 0
        place = (_number(cells[at[-2]], number, table), _number(cells[at[-1]], number, table))
        order = int(_number(cells[vertex], number, table))
        shapes.setdefault(cells[index], []).append((cells[kind].lower(), order, place, frame))
    return [_shape(f"shape {n}", vertices) for n, vertices in enumerate(shapes.values(), 1)]


def _shape(where: str, vertices: list[tuple[str, int, Place, int]]) -> Outline:
    kinds = {kind for kind, *_ in vertices}
    vertices = sorted(vertices, key=lambda vertex: vertex[1])
    if len(kinds) != 1 or [order for _, order, *_ in vertices] != list(range(len(vertices))):
        raise _unreadable("has vertices that are missing, doubled or of several types", field=where)
    kind = kinds.pop()
    if kind not in ("polygon", "rectangle", "ellipse"):
        problem = f"is a {kind}, which encloses nothing" if kind in _NO_AREA else "is of an unknown type"
        raise Complaint(
            "loop-unreadable", problem, field=where, advice="draw a polygon, a rectangle or an ellipse"
        )
    corners = tuple(place for *_, place, _ in vertices)
    if kind != "polygon" and len(corners) != 4:
        raise _unreadable(f"has {len(corners)} corners, not the 4 of its box", field=where)
    frames = tuple(sorted({frame for *_, frame in vertices if frame}))
    if len(frames) > 1:
        raise _unreadable("runs through several frames", field=where)
    return Outline(where, _rounded(corners) if kind == "ellipse" else corners, frames=frames)


def _rounded(box: tuple[Place, ...]) -> tuple[Place, ...]:
    """The ellipse in a box, which napari gives by its four corners in order."""
    (row, column), (next_row, next_column), (far_row, far_column), _ = box
    return around(
        ((row + far_row) / 2, (column + far_column) / 2),
        ((next_row - row) / 2, (next_column - column) / 2),
        ((far_row - next_row) / 2, (far_column - next_column) / 2),
    )


def _cells(table: Table, names: tuple[str, ...]) -> list[int]:
    """Where the columns stand."""
    missing = [name for name in names if name not in table.header]
    if missing:
        raise _unreadable(f"has no column {' or '.join(missing)}", field="line 1")
    doubled = [name for name in names if table.header.count(name) > 1]
    if doubled:
        raise _unreadable(f"names the column {doubled[0]} twice", field="line 1")
    return [table.header.index(name) for name in names]


def _number(cell: str, line: int, table: Table) -> float:
    text = cell if table.separator == "," else cell.replace(",", ".")
    try:
        number = math.nan if "_" in text else float(text)  # Python would read 1_0 as 10
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise _unreadable("holds a cell that is not a finite number", field=f"line {line}")
    return number


def _unreadable(problem: str, *, field: str = "") -> Complaint:
    return Complaint("loop-unreadable", problem, field=field)
