"""Landmarks as ImageJ's ROI Manager saves points: a zip with a ROI for each, named after it.

The layout is that of ImageJ's ``ij/io/RoiEncoder.java`` (public domain), version 228. Whole numbers are pixel
centres, so nothing is shifted; coordinates are single precision.
"""

import io
import struct
import zipfile

from spreadscan.values import Landmark, MarkedFrame

_VERSION, _POINT, _SUB_PIXEL = 228, 10, 128
_HEADER, _HEADER_2, _COORDINATES = 64, 64, 12
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The same landmarks give the same bytes."""


def to_zip(marked: MarkedFrame) -> bytes:
    """Return the set of ROIs; those of a run have the frame as their position in the stack."""
    content = io.BytesIO()
    position = marked.frame if marked.frames > 1 else 0
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for point in marked.landmarks.points:
            # a colon cannot stand in the name of a file everywhere
            member = zipfile.ZipInfo(f"{point.label.replace(':', ' ')}.roi", _LONG_AGO)
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, to_roi(point, position))
    return content.getvalue()


def to_roi(point: Landmark, position: int = 0) -> bytes:
    """Return a point of ImageJ.

    Args:
        point: the landmark.
        position: in the stack, 1-based; 0 for none.
    """
    x, y = round(point.column), round(point.row)
    second = _HEADER + _COORDINATES
    name = point.label.encode("utf-16-be")
    header = struct.pack(">4shBx4hH", b"Iout", _VERSION, _POINT, y, x, y + 1, x + 1, 1)
    header = header.ljust(50, b"\0") + struct.pack(">H4xii", _SUB_PIXEL, position, second)
    coordinates = struct.pack(">hhff", 0, 0, point.column, point.row)
    second_header = struct.pack(">20xii", 0, 0)[:16]
    second_header += struct.pack(">ii", second + _HEADER_2, len(point.label))
    return header + coordinates + second_header.ljust(_HEADER_2, b"\0") + name
