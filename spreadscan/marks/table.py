"""Tables (CSV): row and column of pixel centres, 0-based; nothing is shifted.

The first line names the columns. The separator is a comma, semicolon or tab; beside a semicolon or tab a
decimal comma is understood. napari reads and writes tables too, and takes from here what they share.
"""

import csv
import io
import math
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from spreadscan.marks.export import Export
from spreadscan.marks.file import DrawnOn, MarkFile
from spreadscan.marks.outline import Outline, Place, Places, unreadable
from spreadscan.marks.point import Marked, MarkedPoints, frame_number, named, unreadable_points
from spreadscan.read.complaint import Complaint
from spreadscan.read.identity import image_key
from spreadscan.values import MarkedFrame

COLUMN_NAMES: Mapping[str, str] = MappingProxyType(
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
"""What the columns of points may be called, and what they mean."""
_LOOP_COLUMNS = ("loop", "row", "column")
_POINT_COLUMNS = ("level", "side", "kind", "row", "column", "sd_px", "frame", "image_key")


class Table(NamedTuple):
    """A table.

    Attributes:
        header: the cells of the first line, in small letters.
        lines: the other lines that are not empty, each with its number and as many cells as the header.
        separator: of the cells.
    """

    header: list[str]
    lines: list[tuple[int, list[str]]]
    separator: str


class NamedCells(NamedTuple):
    """A line of points: its number, and its cells by their meaning."""

    number: int
    cells: dict[str, str]


def read_points(file: MarkFile, on: DrawnOn) -> MarkedPoints | None:  # noqa: ARG001
    """Return the points of a table; ``None`` when the file is no text.

    Raises:
        Complaint: ``landmarks-unreadable`` when columns are missing or lines do not fit them.
    """
    if file.text is None or file.is_json:
        return None
    table = table_of(file.text)
    names = [COLUMN_NAMES.get(cell) for cell in table.header]
    points = [point_of_cells(line.number, line.cells, table.separator) for line in named_cells(table, names)]
    return MarkedPoints(points, "table")


def read_outlines(file: MarkFile, on: DrawnOn) -> list[Outline] | None:  # noqa: ARG001
    """Return the loops of a table, a line for each corner, those of a loop one after the other.

    Raises:
        Complaint: ``loop-unreadable``, or ``landmarks-unreadable`` when it is no table.
    """
    if file.text is None or file.is_json:
        return None
    table = table_of(file.text)
    loop, row, column = columns_of(table, _LOOP_COLUMNS)
    corners: dict[str, list[Place]] = {}
    for number, cells in table.lines:
        place = tuple(number_of(cells[at], number, table) for at in (row, column))
        corners.setdefault(cells[loop], []).append((place[0], place[1]))
    return [Outline(f"loop {n}", tuple(places)) for n, places in enumerate(corners.values(), 1)]


def write_points(marked: MarkedFrame, export: Export) -> bytes:  # noqa: ARG001
    """Return the landmarks as a table, with the key of the image and, of a run, the frame on every line."""
    frame = marked.frame if marked.frames > 1 else ""
    return table_text(
        _POINT_COLUMNS,
        (
            (p.level, p.side, p.kind, p.row, p.column, p.sd_px, frame, marked.image_key)
            for p in marked.landmarks.points
        ),
    )


def write_outlines(outlines: list[Places], marked: MarkedFrame, export: Export) -> bytes:  # noqa: ARG001
    """Return outlines as a table, a line for each corner."""
    lines = [(n, *place) for n, outline in enumerate(outlines, 1) for place in outline]
    return table_text(_LOOP_COLUMNS, lines)


def header_of(text: str) -> list[str]:
    """Return the cells of the first line of a table, in small letters; none where it cannot be read."""
    lines = text.splitlines()
    try:
        first = next(csv.reader(lines, delimiter=_separator(lines), strict=True), [])
    except csv.Error:
        return []
    return [cell.strip().lower() for cell in first]


def table_of(text: str) -> Table:
    """Return the table that a text is; a comma, semicolon or tab separates.

    Raises:
        Complaint: ``landmarks-unreadable`` when a line does not fit the first.
    """
    lines = text.splitlines()
    separator = _separator(lines)
    try:
        rows = list(csv.reader(lines, delimiter=separator, strict=True))
    except csv.Error as error:
        raise Complaint("landmarks-unreadable", "is not a table") from error
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    kept = []
    for number, row in enumerate(rows[1:], start=2):
        cells = [cell.strip() for cell in row]
        if any(cells):
            if len(cells) != len(header):
                problem = f"has {len(cells)} cells, the header {len(header)}"
                raise Complaint("landmarks-unreadable", problem, field=f"line {number}")
            kept.append((number, cells))
    return Table(header, kept, separator)


def _separator(lines: list[str]) -> str:
    return max(",;\t", key=lines[0].count) if lines else ","


def named_cells(table: Table, names: list[str | None]) -> list[NamedCells]:
    """Return the lines of points by the meaning of their cells.

    Args:
        table: of points.
        names: what each column means, a value of ``COLUMN_NAMES``; ``None`` for one that is left aside.

    Raises:
        Complaint: ``landmarks-unreadable`` when a column is missing or there twice.
    """
    columns: dict[str, int] = {}
    for index, name in enumerate(names):
        if name is not None and name in columns:
            raise unreadable_points(f"names the column {name} twice", field="line 1")
        if name is not None:
            columns[name] = index
    needed = ("row", "column") if "label" in columns else ("level", "side", "row", "column")
    missing = [name for name in needed if name not in columns]
    if missing:
        raise unreadable_points(f"has no column {' or '.join(missing)}", field="line 1")
    return [NamedCells(n, {name: cells[i] for name, i in columns.items()}) for n, cells in table.lines]


def point_of_cells(number: int, cells: dict[str, str], separator: str) -> Marked:
    """Return the point of a line.

    Args:
        number: of the line.
        cells: by their meaning.
        separator: of the cells.

    Raises:
        Complaint: ``landmarks-unreadable`` when its frame is none.
    """
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
        (frame_number(cells["frame"], f"{where}, frame"),) if cells.get("frame") else (),
        cells.get("image_key") or image_key(cells.get("instance", "")),
    )


def columns_of(table: Table, names: tuple[str, ...]) -> list[int]:
    """Return where the columns of outlines stand.

    Raises:
        Complaint: ``loop-unreadable`` when one is missing or there twice.
    """
    missing = [name for name in names if name not in table.header]
    if missing:
        raise unreadable(f"has no column {' or '.join(missing)}", field="line 1")
    doubled = [name for name in names if table.header.count(name) > 1]
    if doubled:
        raise unreadable(f"names the column {doubled[0]} twice", field="line 1")
    return [table.header.index(name) for name in names]


def number_of(cell: str, line: int, table: Table) -> float:
    """Return the number in a cell of an outline.

    Raises:
        Complaint: ``loop-unreadable`` when it is not finite.
    """
    text = cell if table.separator == "," else cell.replace(",", ".")
    try:
        number = math.nan if "_" in text else float(text)  # Python would read 1_0 as 10
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise unreadable("holds a cell that is not a finite number", field=f"line {line}")
    return number


def table_text(header: Iterable[str], lines: Iterable[Iterable[object]]) -> bytes:
    """Return a table as a file; ``None`` leaves a cell empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(lines)
    return text.getvalue().encode()
