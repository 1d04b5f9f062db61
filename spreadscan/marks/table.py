"""Tables as text: the first line names the columns; nothing is said yet of what they mean."""

import csv
from typing import NamedTuple

from spreadscan.read.complaint import Complaint


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


def table_of(text: str) -> Table:
    """Return the table that a text is; a comma, semicolon or tab separates.

    Raises:
        Complaint: ``landmarks-unreadable`` when a line does not fit the first.
    """
    lines = text.splitlines()
    separator = max(",;\t", key=lines[0].count) if lines else ","
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
