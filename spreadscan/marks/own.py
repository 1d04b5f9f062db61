"""The texts that landmarks come in: our own JSON, tables, markups of 3D Slicer and points of napari.

Pixel rules, source by source. Our own files and tables: row and column of pixel centres, 0-based. 3D Slicer:
see ``slicer``. napari: ``axis-N`` are array indices in the order frame, row, column, and whole numbers are
pixel centres (its documents on coordinate systems); nothing is shifted either.
"""

import json
import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, NoReturn

from spreadscan.marks.point import Marked, named
from spreadscan.marks.slicer import ControlPoint, control_points
from spreadscan.marks.table import table_of
from spreadscan.read.complaint import Complaint
from spreadscan.read.keys import image_key

SCHEMA, SCHEMA_VERSION = "spreadscan.landmarks", 1
NEAREST_WHOLE = 1e-6
"""napari writes 12.000000000000002 for frame 12 (its issue 2288)."""
_COLUMN_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "level": "level",
        "side": "side",
        "kind": "kind",
        "row": "row",
        "row_px": "row",
        "column": "column",
        "column_px": "column",
        "col": "column",
        "col_px": "column",
        "sd_px": "sd_px",
        "landmark": "label",
        "label": "label",
        "frame": "frame",
        "sop_uid": "instance",
        "image_key": "image_key",
    }
)


class TextPoints(NamedTuple):
    """The points of a text, and what kind of text it is."""

    points: list[Marked]
    kind: str


def points_of_json(text: str, slicer_mm_per_px: float | None) -> TextPoints:
    """Return the points of our own file or of 3D Slicer's markups, told apart by what they say they are.

    Raises:
        Complaint: ``landmarks-unreadable`` when it is neither.
    """
    try:
        content = json.loads(text, parse_constant=_not_a_number)
    except (ValueError, RecursionError) as error:
        raise _unreadable("is not valid JSON") from error
    if isinstance(content, dict) and content.get("schema") == SCHEMA:
        return TextPoints(_own(content), "spreadscan JSON")
    if isinstance(content, dict) and isinstance(content.get("markups"), list):
        return TextPoints(_slicer(content["markups"], slicer_mm_per_px), "3D Slicer markups")
    raise _unreadable(f"is neither of the schema {SCHEMA} nor a markup of 3D Slicer", field="schema")


def points_of_table(text: str) -> TextPoints:
    """Return the points of a table whose first line names its columns.

    The separator is a comma, semicolon or tab; beside a semicolon or tab a decimal comma is understood.

    Raises:
        Complaint: ``landmarks-unreadable`` when columns are missing or lines do not fit them.
    """
    table = table_of(text)
    columns = _columns(table.header)
    points = [
        _of_cells(number, {name: cells[i] for name, i in columns.items()}, table.separator)
        for number, cells in table.lines
    ]
    of_napari = any(cell.startswith("axis-") for cell in table.header)
    return TextPoints(points, "napari points" if of_napari else "table")


def _not_a_number(text: str) -> NoReturn:
    raise ValueError(text)


def _own(content: dict[str, Any]) -> list[Marked]:
    version, points = content.get("schema_version"), content.get("points")
    if isinstance(version, bool) or version != SCHEMA_VERSION:
        raise _unreadable(f"is not {SCHEMA_VERSION}, the only one known", field="schema_version")
    if not isinstance(points, list) or not all(isinstance(point, dict) for point in points):
        raise _unreadable("is not a list of points", field="points")
    image = content.get("image", {})
    if not isinstance(image, dict) or not isinstance(image.get("key", ""), str):
        raise _unreadable("does not say which image it is", field="image")
    frames = () if image.get("frame") is None else (_frame(image["frame"], "image, frame"),)
    keys = ("level", "side", "kind", "row", "column", "sd_px")
    found = [Marked(f"point {n}", *(point.get(key) for key in keys)) for n, point in enumerate(points, 1)]
    return [point._replace(frames=frames, image_key=image.get("key", "")) for point in found]


def _frame(found: object, field: str) -> int:
    """A frame as a file gives it, 1-based."""
    try:
        number = float(found) if isinstance(found, int | float | str) and found is not True else 0.0
        if number >= 1 and number == int(number):
            return int(number)
    except (ValueError, OverflowError):
        pass
    raise _unreadable("is no frame, which count from 1", field=field)


def _columns(header: list[str]) -> dict[str, int]:
    """Which cell of a line holds what."""
    columns: dict[str, int] = {}
    axes = sum(cell.startswith("axis-") for cell in header)
    for index, cell in enumerate(header):
        name = _axis(cell, axes) if axes else _COLUMN_NAMES.get(cell)
        if name is not None and name in columns:
            raise _unreadable(f"names the column {name} twice", field="line 1")
        if name is not None:
            columns[name] = index
    needed = ("row", "column") if "label" in columns else ("level", "side", "row", "column")
    missing = [name for name in needed if name not in columns]
    if missing:
        raise _unreadable(f"has no column {' or '.join(missing)}", field="line 1")
    return columns


def _axis(name: str, axes: int) -> str | None:
    """What a column of napari holds: the last two axes are row and column, the one before is the frame."""
    if axes not in (2, 3):
        raise _unreadable(
            f"has {axes} axes, where row and column belong, or frame, row and column", field="line 1"
        )
    meanings = ("row", "column") if axes == 2 else ("frame of napari", "row", "column")
    if name.startswith("axis-"):
        number = name.removeprefix("axis-")
        return meanings[int(number)] if number in ("0", "1", "2")[:axes] else None
    found = _COLUMN_NAMES.get(name)
    return None if found in ("row", "column", "frame") else found


def _of_cells(number: int, cells: dict[str, str], separator: str) -> Marked:
    if separator != ",":
        for name in ("row", "column", "sd_px"):
            cells[name] = cells.get(name, "").replace(",", ".")
    level, side, kind = named(cells.get("label", ""))
    where = f"line {number}"
    return Marked(
        where,
        cells.get("level") or level,
        cells.get("side") or side,
        cells.get("kind") or (kind if "label" in cells else None),
        cells["row"],
        cells["column"],
        cells.get("sd_px"),
        _frames_of_cells(cells, where),
        cells.get("image_key") or image_key(cells.get("instance", "")),
    )


def _frames_of_cells(cells: dict[str, str], where: str) -> tuple[int, ...]:
    if cells.get("frame"):
        return (_frame(cells["frame"], f"{where}, frame"),)
    if not cells.get("frame of napari"):
        return ()
    return (frame_of_napari(cells["frame of napari"], where),)


def frame_of_napari(text: str, where: str) -> int:
    """Return the frame, 1-based, that the first of three axes of napari says, from 0 on.

    Raises:
        Complaint: ``landmarks-unreadable`` when it is not whole.
    """
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


def _slicer(markups: list[Any], mm_per_px: float | None) -> list[Marked]:
    found: list[ControlPoint | None] = []
    for markup in markups:
        found += control_points(markup, mm_per_px, len(found))
    return [
        Marked(f"control point {number}", *named(point.label), point.row, point.column)
        for number, point in enumerate(found, 1)
        if point is not None
    ]


def _unreadable(problem: str, *, field: str = "") -> Complaint:
    return Complaint("landmarks-unreadable", problem, field=field)
