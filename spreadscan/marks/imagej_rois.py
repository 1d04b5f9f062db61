"""ROIs as ImageJ's ROI Manager saves them: a zip with a ROI for each landmark or outline, named after it.

The layout is that of ImageJ's ``ij/io/RoiEncoder.java`` (public domain), version 228. Of points whole numbers
are pixel centres, so nothing is shifted; of areas they are corners between pixels, half a pixel further.
Coordinates are single precision.
"""

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence

from spreadscan.values import Landmark, MarkedFrame

_VERSION, _POLYGON, _POINT, _SUB_PIXEL = 228, 0, 10, 128
_HEADER, _HEADER_2, _COORDINATES = 64, 64, 12
_AREA_PX = 0.5
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The same landmarks give the same bytes."""


def to_zip(marked: MarkedFrame) -> bytes:
    """Return the set of ROIs; those of a run have the frame as their position in the stack."""
    position = marked.frame if marked.frames > 1 else 0
    return zip_of({point.label: to_roi(point, position) for point in marked.landmarks.points})


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


def to_roi(point: Landmark, position: int = 0) -> bytes:
    """Return a point of ImageJ.

    Args:
        point: the landmark.
        position: in the stack, 1-based; 0 for none.
    """
    return _roi(_POINT, ((point.row, point.column),), point.label, position)


def to_area(corners: Sequence[tuple[float, float]], name: str, position: int = 0) -> bytes:
    """Return a polygon of ImageJ.

    Args:
        corners: row and column, at most 65,535.
        name: of the ROI.
        position: in the stack, 1-based; 0 for none.
    """
    shifted = [(row + _AREA_PX, column + _AREA_PX) for row, column in corners]
    return _roi(_POLYGON, shifted, name, position)


def _roi(kind: int, places: Sequence[tuple[float, float]], name: str, position: int) -> bytes:
    count = len(places)
    xs, ys = [column for _, column in places], [row for row, _ in places]
    left, top = round(min(xs)), round(min(ys))
    right, bottom = round(max(xs)) + (kind == _POINT), round(max(ys)) + (kind == _POINT)
    second = _HEADER + _COORDINATES * count
    header = struct.pack(">4shBx4hH", b"Iout", _VERSION, kind, top, left, bottom, right, count)
    header = header.ljust(50, b"\0") + struct.pack(">H4xii", _SUB_PIXEL, position, second)
    whole = [round(x) - left for x in xs] + [round(y) - top for y in ys]
    coordinates = struct.pack(f">{2 * count}h{2 * count}f", *whole, *xs, *ys)
    second_header = struct.pack(">20xii", 0, 0)[:16]
    second_header += struct.pack(">ii", second + _HEADER_2, len(name))
    return header + coordinates + second_header.ljust(_HEADER_2, b"\0") + name.encode("utf-16-be")
