"""Landmarks as a table for the terminal: what was understood, and how far each lies from its neighbours."""

from collections.abc import Mapping
from math import dist
from types import MappingProxyType

from spreadscan.anatomy import LEVELS, Side
from spreadscan.values import Landmark, MarkedFrame

_OPPOSITE: Mapping[Side, Side] = MappingProxyType(
    {"left": "right", "right": "left", "image left": "image right", "image right": "image left"}
)
_HEADER = ("level", "side", "landmark", "row", "column", "± px", "to the other side", "to the next level")


def landmark_table(marked: MarkedFrame) -> str:
    """Return where the landmarks come from, and a line for each.

    Row and column are pixels, 0-based, pixel centres at whole numbers; *± px* is the standard deviation of
    each of them, where it is known. *To the other side* is the distance to
    the landmark of the same kind and level on the other side, *to the next level* that to the one of the same
    kind and side at the next lower level that is known, √(Δrow² + Δcolumn²) in pixels; both are empty where
    there is none. The first should hardly change from level to level, and so should the second.
    """
    lines = [_HEADER, *(_cells(point, marked.landmarks.points) for point in ordered(marked))]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEADER))]
    table = ["  ".join(_set(cell, n, widths[n]) for n, cell in enumerate(line)).rstrip() for line in lines]
    return "\n".join([*about(marked), "", *table])


def about(marked: MarkedFrame) -> tuple[str, ...]:
    """Return what was understood of file, frame and side, in words."""
    side = f"The patient's left is on {marked.patient_left} (from: {marked.side_origin})."
    if marked.patient_left == "unknown":
        side = "Which side of the image is the patient's left is not known."
    count = len(marked.landmarks.points)
    frames = f"frame {marked.frame} of {marked.frames}" if marked.frames > 1 else "the only frame"
    found = sum(point.found for point in marked.landmarks.points)
    silent = found < count and marked.frames > 1 and not marked.landmarks.frames
    said = "; their file names no frame" if silent else ""
    source = marked.landmarks.made_by or "no file"
    origin = f"from {source}"
    if found:
        origin = f"found by the program, {count - found} more from {source}"
        count = found
    if found == len(marked.landmarks.points):
        origin = "found by the program, checked by no person"
    return (
        f"{count} landmark{'s' if count > 1 else ''} {origin},"
        f" on {frames} of {marked.columns} × {marked.rows} pixels{said}.",
        side,
    )


def ordered(marked: MarkedFrame) -> list[Landmark]:
    """Return the landmarks from top to bottom of the spine, left before right, junctions first."""
    return sorted(
        marked.landmarks.points,
        key=lambda p: (p.kind != "sap_tp_junction", p.kind, LEVELS.index(p.level), p.side),
    )


def _cells(point: Landmark, points: tuple[Landmark, ...]) -> tuple[str, ...]:
    alike = [other for other in points if other.kind == point.kind]
    across = [p for p in alike if p.level == point.level and p.side == _OPPOSITE[point.side]]
    lower = [p for p in alike if p.side == point.side and LEVELS.index(p.level) > LEVELS.index(point.level)]
    below = sorted(lower, key=lambda other: LEVELS.index(other.level))
    return (
        point.level,
        point.side,
        "SAP–TP junction" if point.kind == "sap_tp_junction" else point.kind,
        f"{point.row:.2f}",
        f"{point.column:.2f}",
        "" if point.sd_px is None else f"{point.sd_px:.1f}",
        _distance(point, across),
        _distance(point, below) + (f" ({below[0].level})" if below else ""),
    )


def _distance(point: Landmark, others: list[Landmark]) -> str:
    if not others:
        return ""
    return f"{dist((point.row, point.column), (others[0].row, others[0].column)):.1f} px"


def _set(cell: str, column: int, width: int) -> str:
    """Words to the left, numbers to the right."""
    return cell.ljust(width) if column < 3 else cell.rjust(width)
