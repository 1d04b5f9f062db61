"""The door for a loop that a person drew around the contrast."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.draw import polygon2mask

from spreadscan.read.complaint import Complaint, refusal
from spreadscan.read.imagej import ROI_MAGIC, ZIP_MAGICS
from spreadscan.read.imagej_areas import loops_of_rois
from spreadscan.read.opening import first_bytes
from spreadscan.read.png import grey_levels
from spreadscan.values import BoolArray

SCHEMA, SCHEMA_VERSION = "spreadscan.loop", 1
LARGEST_FILE_BYTES = 2**22
"""A freehand loop around a whole image of 3000 × 3000 pixels has 12,000 points of 50 bytes."""
MOST_LOOPS = 100
LEAST_AREA_PX = 4
"""A loop around fewer pixels holds nothing that could be judged."""
_PNG = b"\x89PNG"


def read_loop(path: Path, rows: int, columns: int, frame: int | None = None) -> BoolArray:
    """Return where contrast is to be looked for, (R, C): inside the loops of a file.

    Three kinds of file are understood, told apart by their content:

    * our own JSON: ``{"schema": "spreadscan.loop", "schema_version": 1, "loops": [[[row, column], ...],
      ...]}``; each loop has at least three points in pixels, 0-based, and is closed by itself;
    * a PNG of the frame's size in grey: inside is whatever is not 0;
    * areas of ImageJ, one ``.roi`` or a ``.zip`` of them, whose whole numbers are corners between pixels. One
      that was drawn on a frame of a run needs that frame to be asked for.

    Args:
        path: the file.
        rows: height of the frame.
        columns: width of the frame.
        frame: that is analysed, 1-based, if a person named it; ``None`` otherwise.

    Raises:
        CannotRead: ``input-missing``; ``loop-unreadable`` when it is no such file, has another size or
            encloses next to nothing; ``loop-outside`` when a point lies outside the image.
    """
    try:
        content = _content(path)
        if content.startswith(_PNG):
            inside = grey_levels(path, (rows, columns), "loop-unreadable") > 0
        elif content.startswith((ROI_MAGIC, *ZIP_MAGICS)):
            inside = _drawn(loops_of_rois(content, MOST_LOOPS, frame), rows, columns)
        else:
            inside = _drawn(_loops(content), rows, columns)
        if inside.sum() < LEAST_AREA_PX:
            raise _unreadable(f"encloses fewer than {LEAST_AREA_PX} pixels")
        return inside
    except Complaint as complaint:
        raise refusal([complaint], path.name) from complaint


def _content(path: Path) -> bytes:
    content = first_bytes(path, LARGEST_FILE_BYTES + 1)
    if len(content) > LARGEST_FILE_BYTES and not content.startswith(_PNG):
        raise _unreadable(f"is larger than {LARGEST_FILE_BYTES // 2**20} MiB")
    return content


def _loops(content: bytes) -> list[Any]:
    try:
        record = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _unreadable("is neither a PNG nor valid JSON") from error
    if not isinstance(record, dict) or record.get("schema") != SCHEMA:
        raise _unreadable(f"is not of the schema {SCHEMA}", field="schema")
    if record.get("schema_version") != SCHEMA_VERSION:
        raise _unreadable(f"is not {SCHEMA_VERSION}", field="schema_version")
    loops = record.get("loops")
    if not isinstance(loops, list) or not 1 <= len(loops) <= MOST_LOOPS:
        raise _unreadable(f"is not a list of 1 to {MOST_LOOPS} loops", field="loops")
    return loops


def _drawn(loops: list[Any], rows: int, columns: int) -> NDArray[np.bool_]:
    inside = np.zeros((rows, columns), bool)
    for number, loop in enumerate(loops, start=1):
        inside |= polygon2mask((rows, columns), np.array(_points(loop, number, (rows, columns)), float))
    return inside


def _points(loop: Any, number: int, shape: tuple[int, int]) -> list[list[float]]:
    where = f"loop {number}"
    if not isinstance(loop, list) or len(loop) < 3:
        raise _unreadable("is not a list of at least three points", field=where)
    for place, point in enumerate(loop, start=1):
        field = f"{where}, point {place}"
        if not isinstance(point, list) or len(point) != 2 or not all(map(_is_number, point)):
            raise _unreadable("is not a row and a column", field=field)
        # pixel centres are integers: the image ends half a pixel beyond the last one
        if not all(-0.5 <= at <= length - 0.5 for at, length in zip(point, shape, strict=True)):
            problem = (
                f"lies at row {point[0]:g}, column {point[1]:g} of {shape[0]} rows and {shape[1]} columns"
            )
            raise Complaint("loop-outside", problem, field=field)
    return loop


def _is_number(item: object) -> bool:
    return isinstance(item, int | float) and not isinstance(item, bool) and math.isfinite(item)


def _unreadable(problem: str, *, field: str = "") -> Complaint:
    return Complaint("loop-unreadable", problem, field=field)
