"""Points of ImageJ: one ``.roi`` file, or the ``.zip`` of them that its ROI Manager saves.

The layout is that of ImageJ's own ``ij/io/RoiDecoder.java`` (public domain): a header of 64 bytes, whole
coordinates relative to the bounding box, exact ones where the file has them, and a second header with name,
position and counters. Numbers are big-endian. Only points are understood; nothing else marks a place.

Pixel rule: of points (not of areas) whole numbers are pixel centres, x along the columns and y down the rows,
so nothing is shifted. ImageJ 1.52u of March 2020 fixed it so (its issue 182); ImageJ 1.53t reads pixel
(10, 20) at point (10.4, 20.4) and its right neighbour at (10.6, 20.4). A point that an older version saved
with a fraction may lie up to half a pixel off, and nothing in the file tells.
"""

import io
import re
import struct
import zipfile
from typing import NamedTuple

from spreadscan.read.complaint import Complaint
from spreadscan.read.marked import MOST_POINTS, Marked, named

ROI_MAGIC, ZIP_MAGICS = b"Iout", (b"PK\x03\x04", b"PK\x05\x06")
LARGEST_ROI_BYTES = 2**16
"""A point of ImageJ takes 152 bytes, 200 points in one file 4 kilobytes."""
LONGEST_NAME = 2000
_HEADER, _HEADER_2 = 64, 64
_POINT_TYPE, _SUB_PIXEL, _OLDEST, _SUB_PIXEL_SINCE = 10, 128, 217, 222
_KINDS = ("polygon", "rectangle", "oval", "line", "freehand line", "segmented line", "empty selection",
          "freehand area", "traced area", "angle")  # fmt: skip
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_Place = tuple[float, float]


class _Second(NamedTuple):
    """What the second header says: the name, and of each point its counter and position (0: none)."""

    name: str
    positions: tuple[int, ...]
    counters: tuple[int, ...]


def points_of_zip(content: bytes) -> list[Marked]:
    """Return the points of a set of ROIs, each a member of the archive whose name ends with ``.roi``.

    A ROI without a name of its own is called as its member is.

    Raises:
        Complaint: ``landmarks-unreadable`` when the archive is damaged, encrypted, holds too much or anything
            that is no point.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
            if len(members) > MOST_POINTS:
                raise _unreadable(f"holds {len(members)} files, more than {MOST_POINTS}")
            found = [(_member(archive, info, n), info.filename) for n, info in enumerate(members, 1)]
    except Complaint:
        raise
    except Exception as error:  # what a damaged archive raises has no common base
        raise _unreadable("is a damaged zip archive") from error
    points: list[Marked] = []
    for number, (roi, name) in enumerate(found, 1):
        points += points_of_roi(roi, f"ROI {number}", re.split(r"[/\\]", name)[-1].removesuffix(".roi"))
    return points


def points_of_roi(content: bytes, where: str = "ROI", name: str = "") -> list[Marked]:
    """Return the points of one ROI.

    The name of a single point is its label. The name of a multi-point is a list of labels with commas or
    semicolons between them, one for each point in order; where the points have several counters, one for each
    counter, from counter 0 on.

    Args:
        content: of the file.
        where: what to call it in a message.
        name: what it is called where it has no name of its own.

    Raises:
        Complaint: ``landmarks-unreadable`` when it is damaged, no point, or its labels do not fit its points.
    """
    if len(content) < _HEADER or content[:4] != ROI_MAGIC:
        raise _unreadable("is no ROI of ImageJ, or ends early", where)
    version, kind = struct.unpack_from(">hB", content, 4)
    options, count = struct.unpack_from(">H", content, 50)[0], struct.unpack_from(">H", content, 16)[0]
    if version < _OLDEST:
        raise _unreadable(f"is of version {version}, before {_OLDEST}", where)
    if kind != _POINT_TYPE:
        called = _KINDS[kind] if kind < len(_KINDS) else "selection of an unknown kind"
        raise _unreadable(f"is a {called}, where a point belongs", where)
    if not 1 <= count <= MOST_POINTS:
        raise _unreadable(f"holds {count} points, not 1 to {MOST_POINTS}", where)
    exact = bool(options & _SUB_PIXEL) and version >= _SUB_PIXEL_SINCE
    places = _places(content, count, exact, where)
    second = _second(content, count, where)
    labels = _labels(second.name or name, second.counters, where)
    points = []
    for n, ((x, y), label, position) in enumerate(zip(places, labels, second.positions, strict=True), 1):
        called = where if count == 1 else f"{where}, point {n}"
        frames = (position,) if position else ()
        points.append(Marked(called, *named(label), y, x, frames=frames))
    return points


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, number: int) -> bytes:
    """The content of a member, never more than is read of an ROI whatever its declared size is."""
    where = f"file {number} of the archive"
    if not info.filename.lower().endswith(".roi"):
        raise _unreadable("is no .roi file", where)
    if info.flag_bits & 1 or info.compress_type not in _PACKED:
        raise _unreadable("is encrypted, or packed in another way than ImageJ does", where)
    with archive.open(info) as file:
        content = file.read(LARGEST_ROI_BYTES + 1)
    if len(content) > LARGEST_ROI_BYTES:
        raise _unreadable(f"is larger than {LARGEST_ROI_BYTES // 2**10} KiB", where)
    return content


def _places(content: bytes, count: int, exact: bool, where: str) -> list[_Place]:
    """(x, y) of each point: the exact ones, else the whole ones."""
    if len(content) < _HEADER + (12 if exact else 4) * count:
        raise _unreadable("ends within its points", where)
    if exact:
        numbers = struct.unpack_from(f">{2 * count}f", content, _HEADER + 4 * count)
        return list(zip(numbers[:count], numbers[count:], strict=True))
    top, left = (_extended(number) for number in struct.unpack_from(">2h", content, 8))
    steps = struct.unpack_from(f">{2 * count}h", content, _HEADER)
    beyond = [max(_extended(step), 0) for step in steps]  # as ImageJ does
    return [(left + x, top + y) for x, y in zip(beyond[:count], beyond[count:], strict=True)]


def _extended(number: int) -> int:
    """A number of 16 bits as ImageJ takes it: far below zero it is one beyond 32767."""
    return number + 2**16 if number < -5000 else number


def _second(content: bytes, count: int, where: str) -> _Second:
    position, offset = struct.unpack_from(">2i", content, 56)
    if offset == 0:
        return _Second("", (max(position, 0),) * count, (0,) * count)
    # files from before version 1.52 may have a shorter second header
    if not _HEADER <= offset <= len(content) - 24:
        raise _unreadable("ends within its second header", where)
    channel, of_stack, of_time, name_at, length = struct.unpack_from(">5i", content, offset + 4)
    if channel > 1 or (of_stack > 1 and of_time > 1):
        raise _unreadable("has a position in more than the frames of a run", where)
    # of a hyperstack one dimension is that of the frames, the other is 1 or not there
    frame = max(position, of_stack, of_time, 0)
    name = _text(content, name_at, length, where) if length else ""
    counters_at = struct.unpack_from(">i", content, offset + 48)[0] if len(content) >= offset + 52 else 0
    if counters_at == 0:
        return _Second(name, (frame,) * count, (0,) * count)
    if not _HEADER <= counters_at <= len(content) - 4 * count:
        raise _unreadable("ends within its counters", where)
    packed = struct.unpack_from(f">{count}I", content, counters_at)
    own = tuple(number >> 8 & 0xFFFF for number in packed)
    return _Second(name, tuple(n or frame for n in own), tuple(number & 0xFF for number in packed))


def _text(content: bytes, start: int, length: int, where: str) -> str:
    if not 0 < length <= LONGEST_NAME or not _HEADER <= start <= len(content) - 2 * length:
        raise _unreadable("ends within its name", where)
    return content[start : start + 2 * length].decode("utf-16-be", "replace")


def _labels(name: str, counters: tuple[int, ...], where: str) -> list[str]:
    """The label of each point."""
    if len(counters) == 1:
        return [name]
    labels = [label.strip() for label in re.split("[,;]", name)]
    chosen = counters if len(set(counters)) > 1 else tuple(range(len(counters)))
    if max(chosen) >= len(labels) or (chosen != counters and len(labels) != len(counters)):
        what = f"{max(counters) + 1} counters" if chosen == counters else f"{len(counters)} points"
        raise Complaint(
            "landmarks-unreadable",
            f"has {what} and a name that lists {len(labels)} labels",
            field=where,
            advice="name the multi-point 'L3-L, L3-R, …' in the order of its points, or save named points",
        )
    return [labels[index] for index in chosen]


def _unreadable(problem: str, where: str = "") -> Complaint:
    return Complaint("landmarks-unreadable", problem, field=where)
