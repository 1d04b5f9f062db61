"""Our own files, JSON: row and column of pixel centres, 0-based; nothing is shifted.

What they hold stands in ``docs/landmarks.md``. Read back they give the same marks, to the last digit.
"""

import json
from typing import Any

from spreadscan.marks.export import Export
from spreadscan.marks.file import DrawnOn, MarkFile
from spreadscan.marks.outline import MOST_OUTLINES, Outline, Place, Places, unreadable
from spreadscan.marks.point import Marked, MarkedPoints, frame_number, unreadable_points
from spreadscan.values import MarkedFrame

POINTS_SCHEMA, LOOP_SCHEMA, SCHEMA_VERSION = "spreadscan.landmarks", "spreadscan.loop", 1


def read_points(file: MarkFile, on: DrawnOn) -> MarkedPoints | None:  # noqa: ARG001
    """Return the points of our own file, or of a JSON that nobody else knows; ``None`` when it is no JSON.

    Raises:
        Complaint: ``landmarks-unreadable``.
    """
    if not file.is_json:
        return None
    content = file.strict_record
    if content is None:
        raise unreadable_points("is not valid JSON")
    if not isinstance(content, dict) or content.get("schema") != POINTS_SCHEMA:
        problem = f"is neither of the schema {POINTS_SCHEMA} nor a markup of 3D Slicer"
        raise unreadable_points(problem, field="schema")
    return MarkedPoints(_points(content), "spreadscan JSON")


def read_outlines(file: MarkFile, on: DrawnOn) -> list[Outline] | None:  # noqa: ARG001
    """Return the loops of our own file, or of a JSON that nobody else knows; ``None`` when it is no JSON.

    Raises:
        Complaint: ``loop-unreadable``.
    """
    if not file.is_json:
        return None
    record = file.record
    if record is None:
        raise unreadable("is neither a table nor valid JSON")
    return _loops(record)


def write_points(marked: MarkedFrame, export: Export) -> bytes:  # noqa: ARG001
    """Return the landmarks as our own JSON, with the key of the image and, of a run, the frame."""
    image: dict[str, object] = {"key": marked.image_key} if marked.image_key else {}
    image |= {"frame": marked.frame} if marked.frames > 1 else {}
    content: dict[str, object] = {"schema": POINTS_SCHEMA, "schema_version": SCHEMA_VERSION}
    content |= {"image": image} if image else {}
    content["points"] = [
        {"level": p.level, "side": p.side, "kind": p.kind, "row": p.row, "column": p.column}
        | ({} if p.sd_px is None else {"sd_px": p.sd_px})
        for p in marked.landmarks.points
    ]
    return (json.dumps(content, indent=2) + "\n").encode()


def write_outlines(outlines: list[Places], marked: MarkedFrame, export: Export) -> bytes:  # noqa: ARG001
    """Return outlines as our own JSON, of a run with the frame."""
    content: dict[str, object] = {"schema": LOOP_SCHEMA, "schema_version": SCHEMA_VERSION}
    content |= {"image": {"frame": marked.frame}} if marked.frames > 1 else {}
    return (json.dumps({**content, "loops": outlines}) + "\n").encode()


def _points(content: dict[str, Any]) -> list[Marked]:
    version, points = content.get("schema_version"), content.get("points")
    if isinstance(version, bool) or version != SCHEMA_VERSION:
        raise unreadable_points(f"is not {SCHEMA_VERSION}, the only one known", field="schema_version")
    if not isinstance(points, list) or not all(isinstance(point, dict) for point in points):
        raise unreadable_points("is not a list of points", field="points")
    image = content.get("image", {})
    if not isinstance(image, dict) or not isinstance(image.get("key", ""), str):
        raise unreadable_points("does not say which image it is", field="image")
    frames = () if image.get("frame") is None else (frame_number(image["frame"], "image, frame"),)
    keys = ("level", "side", "kind", "row", "column", "sd_px")
    found = [Marked(f"point {n}", *(point.get(key) for key in keys)) for n, point in enumerate(points, 1)]
    return [point._replace(frames=frames, image_key=image.get("key", "")) for point in found]


def _loops(record: Any) -> list[Outline]:
    if not isinstance(record, dict) or record.get("schema") != LOOP_SCHEMA:
        raise unreadable(f"is neither of the schema {LOOP_SCHEMA} nor a markup of 3D Slicer", field="schema")
    if record.get("schema_version") != SCHEMA_VERSION:
        raise unreadable(f"is not {SCHEMA_VERSION}", field="schema_version")
    loops, image = record.get("loops"), record.get("image", {})
    if not isinstance(loops, list) or not 1 <= len(loops) <= MOST_OUTLINES:
        raise unreadable(f"is not a list of 1 to {MOST_OUTLINES} loops", field="loops")
    frame = image.get("frame") if isinstance(image, dict) else False
    if frame is not None and (isinstance(frame, bool) or not isinstance(frame, int) or frame < 1):
        raise unreadable("is no frame, which count from 1", field="image, frame")
    frames = () if frame is None else (frame,)
    return [Outline(f"loop {n}", _corners(loop, n), frames=frames) for n, loop in enumerate(loops, 1)]


def _corners(loop: Any, number: int) -> tuple[Place, ...]:
    if not isinstance(loop, list):
        raise unreadable("is not a list of at least three points", field=f"loop {number}")
    for place, point in enumerate(loop, start=1):
        if not isinstance(point, list) or len(point) != 2 or not all(map(_is_number, point)):
            raise unreadable("is not a row and a column", field=f"loop {number}, point {place}")
    return tuple((float(row), float(column)) for row, column in loop)


def _is_number(item: object) -> bool:
    return isinstance(item, int | float) and not isinstance(item, bool) and abs(item) < 1e308
