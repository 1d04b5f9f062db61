"""The texts that landmarks come in: our own JSON, tables, markups of 3D Slicer and points of napari.

Pixel rules, source by source. Our own files and tables: row and column of pixel centres, 0-based. 3D Slicer:
millimetres from the centre of the top-left pixel, along its columns and down its rows in LPS, both backwards
in RAS (its markups schema and ``vtkMRMLMarkupsNode``); voxel centres are whole indices, so nothing is
shifted. napari: ``axis-N`` are array indices in the order frame, row, column, and whole numbers are pixel
centres (its documents on coordinate systems); nothing is shifted either.
"""

import csv
import json
import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, NoReturn

from spreadscan.read.complaint import Complaint
from spreadscan.read.keys import image_key
from spreadscan.read.marked import Marked, named

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
    lines = text.splitlines()
    separator = max(",;\t", key=lines[0].count) if lines else ","
    try:
        rows = list(csv.reader(lines, delimiter=separator, strict=True))
    except csv.Error as error:
        raise _unreadable("is not a table") from error
    columns = _columns(rows[0] if rows else [])
    points = []
    for number, row in enumerate(rows[1:], start=2):
        cells = [cell.strip() for cell in row]
        if any(cells):
            if len(cells) != len(rows[0]):
                raise _unreadable(
                    f"has {len(cells)} cells, the header {len(rows[0])}", field=f"line {number}"
                )
            points.append(_of_cells(number, {name: cells[i] for name, i in columns.items()}, separator))
    of_napari = any(cell.strip().lower().startswith("axis-") for cell in rows[0])
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
    axes = sum(cell.strip().lower().startswith("axis-") for cell in header)
    for index, cell in enumerate(header):
        name = _axis(cell.strip().lower(), axes) if axes else _COLUMN_NAMES.get(cell.strip().lower())
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
    try:
        index = float(cells["frame of napari"])
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
    return (whole + 1,)


def _slicer(markups: list[Any], mm_per_px: float | None) -> list[Marked]:
    if mm_per_px is None:
        raise Complaint(
            "landmarks-unreadable",
            "gives millimetres of 3D Slicer, and the millimetres per pixel at which it showed the image are"
            " not known",
            field="controlPoints",
            advice="save the landmarks in pixels (landmarks.json or CSV), or give Slicer's spacing with"
            " --slicer-mm-per-px",
        )
    if not (math.isfinite(mm_per_px) and mm_per_px > 0):
        raise _unreadable("is not a positive number", field="slicer_mm_per_px")
    points: list[Marked | None] = []
    for markup in markups:
        if not isinstance(markup, dict) or not isinstance(markup.get("controlPoints"), list):
            raise _unreadable("is not a markup with control points", field="markups")
        sign = {"LPS": 1, "RAS": -1, 1: 1, 0: -1}.get(_hashable(markup.get("coordinateSystem")))
        if sign is None:
            raise _unreadable("is neither LPS nor RAS", field="coordinateSystem")
        if markup.get("coordinateUnits", "mm") not in ("mm", ["mm", "mm", "mm"]):
            raise _unreadable("is not mm", field="coordinateUnits")
        for point in markup["controlPoints"]:
            points.append(_of_control_point(point, len(points) + 1, sign / mm_per_px))
    return [point for point in points if point is not None]


def _of_control_point(point: Any, number: int, px_per_mm: float) -> Marked | None:
    """A control point that was placed; ``None`` for one that was not."""
    where = f"control point {number}"
    if not isinstance(point, dict):
        raise _unreadable("is not a control point", field=where)
    if point.get("positionStatus", "defined") != "defined":
        return None
    position, label = point.get("position"), point.get("label")
    if not isinstance(position, list) or len(position) != 3 or not all(map(_is_number, position)):
        raise _unreadable("has no position of three finite numbers", field=where)
    level, side, kind = named(label if isinstance(label, str) else "")
    return Marked(where, level, side, kind, position[1] * px_per_mm, position[0] * px_per_mm)


def _is_number(item: object) -> bool:
    return isinstance(item, int | float) and not isinstance(item, bool) and abs(item) < 1e9


def _hashable(item: object) -> object:
    return item if isinstance(item, str | int) and not isinstance(item, bool) else None


def _unreadable(problem: str, *, field: str = "") -> Complaint:
    return Complaint("landmarks-unreadable", problem, field=field)
