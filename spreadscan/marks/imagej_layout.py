"""Files of ImageJ: one ``.roi``, or the ``.zip`` of them that its ROI Manager saves, whatever they mean here.

The layout is that of ImageJ's own ``ij/io/RoiDecoder.java`` and, as it is written here, of version 228 of
``RoiEncoder.java`` (both public domain): a header of 64 bytes, whole
coordinates relative to the bounding box, exact ones where the file has them, and a second header with name,
position and counters. Numbers are big-endian. Nothing that a file says of its own size is believed.
"""

import io
import re
import struct
import zipfile
from collections.abc import Mapping, Sequence
from typing import NamedTuple

ROI_MAGIC, ZIP_MAGICS = b"Iout", (b"PK\x03\x04", b"PK\x05\x06")
LARGEST_ROI_BYTES = 2**18
"""A point of ImageJ takes 152 bytes; a freehand area of 20,000 corners fits in."""
LARGEST_SET_BYTES = 2**21
"""Of all ROIs of an archive: 50,000 corners of 12 bytes in 1000 ROIs need half of it."""
LONGEST_NAME = 2000
POLYGON, RECTANGLE, OVAL, FREEHAND, TRACED, POINT = 0, 1, 2, 7, 8, 10
KINDS = ("polygon", "rectangle", "oval", "line", "freehand line", "segmented line", "empty selection",
         "freehand area", "traced area", "angle", "point")  # fmt: skip
_HEADER = 64
_SUB_PIXEL, _OLDEST, _SUB_PIXEL_SINCE, _WRITTEN = 128, 217, 222, 228
_BOXED = (RECTANGLE, OVAL)
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_HEADER_2, _COORDINATES = 64, 12
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The same marks give the same bytes."""
_Place = tuple[float, float]


class BadRoi(Exception):
    """A file of ImageJ that cannot be understood.

    Attributes:
        problem: what is wrong.
        where: with which ROI.
    """

    def __init__(self, problem: str, where: str = "") -> None:
        super().__init__(problem)
        self.problem, self.where = problem, where


class Roi(NamedTuple):
    """A selection as its file gives it.

    Attributes:
        where: what to call it in a message.
        kind: an index of ``KINDS``.
        places: (x, y) of its points or corners in ImageJ's coordinates; of a rectangle or oval its upper left
            corner and its width and height.
        name: its own, else that of its file.
        positions: of each place in the stack, 1-based; 0 where there is none.
        counters: of each place.
        composite: whether it is made of several outlines, which are not read.
    """

    where: str
    kind: int
    places: tuple[_Place, ...]
    name: str
    positions: tuple[int, ...]
    counters: tuple[int, ...]
    composite: bool


class _Second(NamedTuple):
    """What the second header says."""

    name: str
    positions: tuple[int, ...]
    counters: tuple[int, ...]


def rois_of(content: bytes, most: int) -> list[Roi]:
    """Return the selections of a file, in its order.

    A ROI without a name of its own is called as its member of the archive is.

    Args:
        content: of a ``.roi`` or ``.zip`` file.
        most: how many ROIs an archive may hold, and how many places a ROI of points.

    Raises:
        BadRoi: when it is damaged, encrypted or holds too much.
    """
    if not content.startswith(ZIP_MAGICS):
        return [_roi(content, "ROI", "", most)]
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
            if len(members) > most:
                raise BadRoi(f"holds {len(members)} files, more than {most}")
            found, size = [], 0
            for number, info in enumerate(members, 1):
                found.append((_member(archive, info, number), info.filename))
                size += len(found[-1][0])
                if size > LARGEST_SET_BYTES:
                    raise BadRoi(f"holds more than {LARGEST_SET_BYTES // 2**20} MiB, unpacked")
    except BadRoi:
        raise
    except Exception as error:  # what a damaged archive raises has no common base
        raise BadRoi("is a damaged zip archive") from error
    return [
        _roi(roi, f"ROI {number}", re.split(r"[/\\]", name)[-1].removesuffix(".roi"), most)
        for number, (roi, name) in enumerate(found, 1)
    ]


def zip_of(rois: Mapping[str, bytes]) -> bytes:
    """Return a set of ROIs by their names."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, roi in rois.items():
            # a colon cannot stand in the name of a file everywhere
            member = zipfile.ZipInfo(f"{name.replace(':', ' ')}.roi", _LONG_AGO)
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, roi)
    return content.getvalue()


def roi_of(kind: int, places: Sequence[_Place], name: str, position: int) -> bytes:
    """Return a selection as a file, its coordinates in single precision.

    Args:
        kind: ``POINT`` or ``POLYGON``.
        places: row and column of its points or corners in ImageJ's coordinates, at most 65,535.
        name: of the selection.
        position: in the stack, 1-based; 0 for none.
    """
    count = len(places)
    xs, ys = [column for _, column in places], [row for row, _ in places]
    left, top = round(min(xs)), round(min(ys))
    right, bottom = round(max(xs)) + (kind == POINT), round(max(ys)) + (kind == POINT)
    second = _HEADER + _COORDINATES * count
    header = struct.pack(">4shBx4hH", b"Iout", _WRITTEN, kind, top, left, bottom, right, count)
    header = header.ljust(50, b"\0") + struct.pack(">H4xii", _SUB_PIXEL, position, second)
    whole = [round(x) - left for x in xs] + [round(y) - top for y in ys]
    coordinates = struct.pack(f">{2 * count}h{2 * count}f", *whole, *xs, *ys)
    second_header = struct.pack(">20xii", 0, 0)[:16]
    second_header += struct.pack(">ii", second + _HEADER_2, len(name))
    return header + coordinates + second_header.ljust(_HEADER_2, b"\0") + name.encode("utf-16-be")


def called(kind: int) -> str:
    """Return what a kind of selection is called."""
    return KINDS[kind] if kind < len(KINDS) else "selection of an unknown kind"


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, number: int) -> bytes:
    """The content of a member, never more than is read of a ROI whatever its declared size is."""
    where = f"file {number} of the archive"
    if not info.filename.lower().endswith(".roi"):
        raise BadRoi("is no .roi file", where)
    # bit 0 of the flags says encrypted (APPNOTE 4.4.4)
    if info.flag_bits & 1 or info.compress_type not in _PACKED:
        raise BadRoi("is encrypted, or packed in another way than ImageJ does", where)
    with archive.open(info) as file:
        content = file.read(LARGEST_ROI_BYTES + 1)
    if len(content) > LARGEST_ROI_BYTES:
        raise BadRoi(f"is larger than {LARGEST_ROI_BYTES // 2**10} KiB", where)
    return content


def _roi(content: bytes, where: str, name: str, most: int) -> Roi:
    if len(content) < _HEADER or content[:4] != ROI_MAGIC:
        raise BadRoi("is no ROI of ImageJ, or ends early", where)
    version, kind = struct.unpack_from(">hB", content, 4)
    if version < _OLDEST:
        raise BadRoi(f"is of version {version}, before {_OLDEST}", where)
    options, count = struct.unpack_from(">H", content, 50)[0], struct.unpack_from(">H", content, 16)[0]
    exact = bool(options & _SUB_PIXEL) and version >= _SUB_PIXEL_SINCE
    if kind == POINT and not 1 <= count <= most:
        raise BadRoi(f"holds {count} points, not 1 to {most}", where)
    places = _box(content, exact) if kind in _BOXED else _places(content, count, exact, where)
    second = _second(content, len(places), where)
    composite = struct.unpack_from(">i", content, 36)[0] > 0
    positions, counters = second.positions, second.counters
    return Roi(where, kind, tuple(places), second.name or name, positions, counters, composite)


def _box(content: bytes, exact: bool) -> list[_Place]:
    if exact:
        x, y, width, height = struct.unpack_from(">4f", content, 18)
        return [(x, y), (width, height)]
    top, left, bottom, right = (_extended(number) for number in struct.unpack_from(">4h", content, 8))
    return [(left, top), (right - left, bottom - top)]


def _places(content: bytes, count: int, exact: bool, where: str) -> list[_Place]:
    """(x, y) of each place: the exact ones, else the whole ones."""
    if len(content) < _HEADER + (12 if exact else 4) * count:
        raise BadRoi("ends within its points", where)
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
        raise BadRoi("ends within its second header", where)
    channel, of_stack, of_time, name_at, length = struct.unpack_from(">5i", content, offset + 4)
    if channel > 1 or (of_stack > 1 and of_time > 1):
        raise BadRoi("has a position in more than the frames of a run", where)
    # of a hyperstack one dimension is that of the frames, the other is 1 or not there
    frame = max(position, of_stack, of_time, 0)
    name = _text(content, name_at, length, where) if length else ""
    counters_at = struct.unpack_from(">i", content, offset + 48)[0] if len(content) >= offset + 52 else 0
    if counters_at == 0:
        return _Second(name, (frame,) * count, (0,) * count)
    if not _HEADER <= counters_at <= len(content) - 4 * count:
        raise BadRoi("ends within its counters", where)
    packed = struct.unpack_from(f">{count}I", content, counters_at)
    # RoiDecoder: the low byte is the counter, the position in the stack stands above it
    own = tuple(number >> 8 & 0xFFFF for number in packed)
    return _Second(name, tuple(n or frame for n in own), tuple(number & 0xFF for number in packed))


def _text(content: bytes, start: int, length: int, where: str) -> str:
    if not 0 < length <= LONGEST_NAME or not _HEADER <= start <= len(content) - 2 * length:
        raise BadRoi("ends within its name", where)
    return content[start : start + 2 * length].decode("utf-16-be", "replace")
