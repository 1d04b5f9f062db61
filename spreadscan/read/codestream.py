"""What a compressed frame says of its own size, read before a decoder is trusted with it.

Decoders allocate what a frame declares, and some run for minutes or without end on frames that are cut
short: both are told here, from a few bytes.
"""

import struct
from typing import NamedTuple

from spreadscan.read.complaint import Complaint

MOST_TILES = 4096
"""Tiles of a JPEG 2000 frame: 128 x 128 pixels each at the largest side; smaller ones only cost time."""
_END = b"\xff\xd9"  # EOI of JPEG and JPEG-LS, EOC of JPEG 2000
_TAIL = 64  # padding, or what was left in an encoder's buffer, may follow the end marker
_NOT_FRAME_HEADERS = (0xC4, 0xC8, 0xCC)  # DHT, JPG, DAC share the numbers of the start-of-frame markers
_STANDALONE = (0x01, *range(0xD0, 0xD9))  # TEM, RSTn, SOI have no length


class StreamShape(NamedTuple):
    """What a compressed frame declares.

    Attributes:
        rows, columns, samples: its size.
        bits: of each sample.
        signed: whether samples are signed.
    """

    rows: int
    columns: int
    samples: int
    bits: int
    signed: bool


def stream_shape(frame: bytes, codec: str) -> StreamShape:
    """Return what a JPEG, JPEG-LS or JPEG 2000 frame declares.

    Raises:
        Complaint: ``file-damaged`` when it has no header or no end.
    """
    if _END not in frame[-_TAIL:]:
        raise Complaint("file-damaged", "has a compressed frame that is cut short")
    try:
        return _jpeg_2000(frame) if codec == "jpeg 2000" else _jpeg(frame)
    except (struct.error, IndexError, ZeroDivisionError) as error:
        raise Complaint("file-damaged", "has a compressed frame without a readable header") from error


def _jpeg(frame: bytes) -> StreamShape:
    """From the start-of-frame segment (ITU-T T.81 B.2.2, T.87 C.2.2)."""
    position = 0
    while True:
        while frame[position] != 0xFF:
            position += 1
        while frame[position] == 0xFF:
            position += 1
        marker = frame[position]
        position += 1
        if marker in _STANDALONE:
            continue
        if (0xC0 <= marker <= 0xCF and marker not in _NOT_FRAME_HEADERS) or marker == 0xF7:
            bits, rows, columns, samples = struct.unpack_from(">BHHB", frame, position + 2)
            return StreamShape(rows, columns, samples, bits, signed=False)
        if marker in (0xDA, 0xD9):  # the scan or the end comes before the size
            raise IndexError
        position += max(2, struct.unpack_from(">H", frame, position)[0])


def _jpeg_2000(frame: bytes) -> StreamShape:
    """From the SIZ segment (ISO/IEC 15444-1 A.5.1), which follows the start of the codestream."""
    start = frame.find(b"\xff\x4f\xff\x51", 0, 4096)  # some wrap the codestream in the boxes of a JP2 file
    if start < 0:
        raise IndexError
    size = struct.unpack_from(">IIIIIIIIH", frame, start + 8)
    right, bottom, left, top, tile_width, tile_height, tile_left, tile_top, samples = size
    depths = [struct.unpack_from("BBB", frame, start + 42 + 3 * n) for n in range(min(samples, 4))]
    tiles = -(-(right - tile_left) // tile_width) * -(-(bottom - tile_top) // tile_height)
    if not 1 <= tiles <= MOST_TILES or len(set(depths)) != 1 or depths[0][1:] != (1, 1):
        raise IndexError
    depth = depths[0][0]
    return StreamShape(bottom - top, right - left, samples, (depth & 0x7F) + 1, bool(depth & 0x80))
