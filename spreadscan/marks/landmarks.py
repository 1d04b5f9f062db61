"""The door for landmarks that a person marked."""

import math
import re
from collections.abc import Iterable, Mapping
from itertools import combinations, pairwise
from math import hypot
from pathlib import Path
from types import MappingProxyType

from spreadscan.anatomy import LEVELS, Level, Side
from spreadscan.marks.file import DrawnOn, opened
from spreadscan.marks.formats import points_in
from spreadscan.marks.point import JUNCTION, KIND, MOST_POINTS, Marked, MarkedPoints
from spreadscan.read.complaint import Complaint, refusal
from spreadscan.values import Landmark, Landmarks

LARGEST_FILE_BYTES = 2**20
"""3D Slicer writes half a kilobyte for a point, a structured report two."""
CLOSEST_PX = 1.0
"""Two junctions that lie closer are one that was marked twice."""
_OPPOSITE: tuple[tuple[Side, Side], ...] = (("left", "right"), ("image left", "image right"))
_SIDES: Mapping[str, Side] = MappingProxyType(
    {
        "l": "left",
        "left": "left",
        "r": "right",
        "right": "right",
        "image left": "image left",
        "image right": "image right",
    }
)
_Vector = tuple[float, float]


def read_landmarks(path: Path, on: DrawnOn) -> Landmarks:
    """Return the landmarks of a file, in pixels of the image.

    What kind of file it is, is told by its content, never by its name:

    * our own JSON: ``{"schema": "spreadscan.landmarks", "schema_version": 1, "points": [{"level": "L4",
      "side": "left", "kind": "sap_tp_junction", "row": 512.0, "column": 300.5}, ...]}``, with ``kind`` and
      ``sd_px`` optional;
    * a table (CSV) with the columns level, side, row, column (or row_px, col_px), and optionally kind and
      sd_px; one column ``landmark`` such as ``L4-R`` may stand for level and side;
    * points of napari (CSV) with axis-0 and axis-1, and the names in columns as above;
    * markups of 3D Slicer (``.mrk.json``) with labels such as ``L4-R``, ``L4 left`` or
      ``L4_junction_right``. Slicer stores millimetres: in LPS x counts along the columns and y along the
      rows, from the centre of the top-left pixel, in RAS both run backwards; z, the frame, is not used. The
      file does not tell the spacing that Slicer took, so it must be given;
    * points of ImageJ, one ``.roi`` or a ``.zip`` of them, named as those of Slicer;
    * a DICOM structured report or presentation state on this image.

    The pixel rule of each stands in the module that reads it and in ``docs/landmarks.md``. Levels are bones,
    L1 to S1. Sides are the patient's, L, R, left or right, or the image's, image left or image right;
    capitals do not matter.

    Args:
        path: the file.
        on: the image. Its frame does not count here: the landmarks may say for which frames they hold.

    Returns:
        The landmarks, of origin ``given``.

    Raises:
        CannotRead: ``input-missing``; ``file-damaged``; ``landmarks-unreadable``, also for a landmark that is
            there twice, no junction at all, or patient's and image's sides mixed; ``landmarks-elsewhere``
            when they were marked on another image or on several frames; ``landmarks-outside`` the image;
            ``landmarks-mirrored`` when left and right change places from level to level or against the
            image; ``landmarks-implausible`` when junctions coincide or the levels are out of order.
    """
    try:
        points, made_by = _marked(path, on)
        frames = _frames(points, on.image_key)
    except Complaint as complaint:
        raise refusal([complaint], path.name) from complaint
    complaints: list[Complaint] = []
    found = [_landmark_of(point, complaints) for point in points]
    known = tuple(landmark for landmark in found if landmark is not None)
    landmarks = Landmarks("given", known, frames, made_by)
    complaints = complaints or [*_contradictions(landmarks), *_outside(landmarks, on)]
    complaints = complaints or [*_mirrored(landmarks), *_implausible(landmarks)]
    if complaints:
        raise refusal(complaints, path.name)
    return landmarks


def _marked(path: Path, on: DrawnOn) -> MarkedPoints:
    found = points_in(opened(path, LARGEST_FILE_BYTES, "landmarks-unreadable"), on)
    if found is None:
        raise Complaint("landmarks-unreadable", "is not a text in UTF-8")
    if len(found.points) > MOST_POINTS:
        raise Complaint("landmarks-unreadable", f"holds {len(found.points)} points, more than {MOST_POINTS}")
    return found


def _landmark_of(marked: Marked, complaints: list[Complaint]) -> Landmark | None:
    """The landmark that a point means; ``None`` when it means none, which is complained about."""
    already = len(complaints)
    level, side, kind = _level(marked, complaints), _side(marked, complaints), _kind(marked, complaints)
    row = _number(marked, "row", complaints)
    column = _number(marked, "column", complaints)
    sd_px = None if marked.sd_px in (None, "") else _number(marked, "sd_px", complaints)
    if sd_px is not None and sd_px <= 0:
        complaints.append(_unreadable(marked, "sd_px", "is not positive"))
    if level is None or side is None or row is None or column is None or len(complaints) > already:
        return None
    return Landmark(level, side, kind, row, column, sd_px)


def _frames(points: list[Marked], image_key: str | None) -> tuple[int, ...]:
    """The frames for which all points hold, empty when none says anything of frames."""
    for point in points:
        if image_key is not None and point.image_key not in ("", image_key):
            raise Complaint("landmarks-elsewhere", "was marked on another image", field=point.where)
    said = [set(point.frames) for point in points if point.frames]
    common = set.intersection(*said) if said else set()
    if said and not common:
        raise Complaint("landmarks-elsewhere", "holds points that were marked on different frames")
    return tuple(sorted(common))


def _contradictions(landmarks: Landmarks) -> Iterable[Complaint]:
    seen = set()
    for point in landmarks.points:
        key = (point.level, point.side, point.kind)
        if key in seen:
            yield Complaint("landmarks-unreadable", "is there twice", field=_name(point))
        seen.add(key)
    if not landmarks.junctions():
        yield Complaint("landmarks-unreadable", f"holds no landmark of the kind {JUNCTION}")
    if len({point.side.startswith("image") for point in landmarks.points}) > 1:
        yield Complaint("landmarks-unreadable", "mixes sides of the patient with sides of the image")


def _outside(landmarks: Landmarks, on: DrawnOn) -> Iterable[Complaint]:
    for point in landmarks.points:
        # pixel centres are integers: the image ends half a pixel beyond the last one
        if not (-0.5 <= point.row <= on.rows - 0.5 and -0.5 <= point.column <= on.columns - 0.5):
            place = f"row {point.row:g}, column {point.column:g}"
            problem = f"lies at {place} of {on.rows} rows and {on.columns} columns"
            yield Complaint("landmarks-outside", problem, field=_name(point))


def _mirrored(landmarks: Landmarks) -> Iterable[Complaint]:
    junctions = landmarks.junctions()
    across: dict[Level, _Vector] = {}
    for left, right in _OPPOSITE:
        for level in LEVELS:
            start, end = junctions.get((level, left)), junctions.get((level, right))
            if start is not None and end is not None:
                across[level] = _step(start, end)
    for level, (_, columns) in across.items():
        if (level, "image left") in junctions and columns < 0:
            problem = "has its image-left junction to the right of its image-right one"
            yield Complaint("landmarks-mirrored", problem, field=level)
    for (first, one), (second, other) in combinations(across.items(), 2):
        if _dot(one, other) < 0:
            problem = f"has left and right the other way round than {second}"
            yield Complaint("landmarks-mirrored", problem, field=first)


def _implausible(landmarks: Landmarks) -> Iterable[Complaint]:
    junctions = landmarks.junctions()
    for point, other in combinations(junctions.values(), 2):
        if hypot(*_step(point, other)) < CLOSEST_PX:
            yield Complaint("landmarks-implausible", f"coincides with {_name(other)}", field=_name(point))
            return
    steps = []
    for side in sorted({side for _, side in junctions}):
        chain = [junctions[level, side] for level in LEVELS if (level, side) in junctions]
        steps += list(pairwise(chain))
    for (upper, lower), (first, second) in combinations(steps, 2):
        if _dot(_step(upper, lower), _step(first, second)) < 0:
            problem = f"to {_name(lower)} runs against {_name(first)} to {_name(second)}"
            yield Complaint("landmarks-implausible", problem, field=_name(upper))
            return


def _name(point: Landmark) -> str:
    return f"{point.level} {point.side}" + ("" if point.kind == JUNCTION else f" {point.kind}")


def _step(start: Landmark, end: Landmark) -> _Vector:
    return end.row - start.row, end.column - start.column


def _dot(one: _Vector, other: _Vector) -> float:
    return one[0] * other[0] + one[1] * other[1]


def _level(marked: Marked, complaints: list[Complaint]) -> Level | None:
    wanted = marked.level.strip().upper() if isinstance(marked.level, str) else None
    for level in LEVELS:
        if level == wanted:
            return level
    complaints.append(_unreadable(marked, "level", f"is none of {', '.join(LEVELS)}"))
    return None


def _side(marked: Marked, complaints: list[Complaint]) -> Side | None:
    wanted = re.sub(r"[\s_-]+", " ", marked.side.strip().lower()) if isinstance(marked.side, str) else ""
    side = _SIDES.get(wanted)
    if side is None:
        complaints.append(_unreadable(marked, "side", "is none of left, right, image left, image right"))
    return side


def _kind(marked: Marked, complaints: list[Complaint]) -> str:
    if marked.kind in (None, ""):
        return JUNCTION
    kind = marked.kind.strip().lower() if isinstance(marked.kind, str) else ""
    if not re.fullmatch(KIND, kind):
        complaints.append(_unreadable(marked, "kind", "is not a name of small letters, digits and _"))
    return kind


def _number(marked: Marked, name: str, complaints: list[Complaint]) -> float | None:
    found = getattr(marked, name)
    number = None
    if found in (None, ""):
        problem = "is missing"
    elif isinstance(found, bool) or not isinstance(found, int | float | str) or "_" in str(found):
        problem = "is not a number"  # Python would read 1_0 as 10
    else:
        try:
            number = float(found)
        except (ValueError, OverflowError):
            problem = "is not a number"
        else:
            problem = "" if math.isfinite(number) else "is not a finite number"
    if problem:
        complaints.append(_unreadable(marked, name, problem))
        return None
    return number


def _unreadable(marked: Marked, name: str, problem: str) -> Complaint:
    return Complaint("landmarks-unreadable", problem, field=f"{marked.where}, {name}")
