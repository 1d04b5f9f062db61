"""Turn decoded cells into stored values, by their layout: the bits that carry the value, gray from colour."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spreadscan.read.encodings import Encoding

COLOURED = 24
"""Largest difference of red, green and blue, of 255, that still counts as gray: lossy compression of chroma
leaves differences of a few levels."""

_Cells = NDArray[np.uint8] | NDArray[np.uint16]


@dataclass(frozen=True)
class PixelLayout:
    """How the pixels of an image are laid out.

    Attributes:
        encoding: how the transfer syntax stores them.
        big_endian: whether uncompressed words begin with their high byte.
        frames, rows, columns, samples: size; one sample per pixel in grayscale, three in colour.
        bits_allocated, bits_stored, high_bit: as in the header; 8 or 16 are allocated.
        signed: whether stored values are two's complement.
        photometric: Photometric Interpretation.
        planar: whether uncompressed colour comes as three planes.
    """

    encoding: Encoding
    big_endian: bool
    frames: int
    rows: int
    columns: int
    samples: int
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    photometric: str
    planar: bool

    @property
    def frame_bytes(self) -> int:
        """Bytes of one uncompressed frame."""
        samples = 2 if self.photometric == "YBR_FULL_422" else self.samples
        return self.rows * self.columns * samples * self.bits_allocated // 8


def stored_type(layout: PixelLayout) -> np.dtype[np.uint8] | np.dtype[np.uint16] | np.dtype[np.int16]:
    """Return the type of the stored values: the smallest of uint8, uint16 and int16 that holds them."""
    if layout.signed:
        return np.dtype(np.int16)
    return np.dtype(np.uint8) if layout.bits_stored <= 8 else np.dtype(np.uint16)


def keep_stored_bits(cells: _Cells, layout: PixelLayout, *, extended: bool = False) -> None:
    """Leave in each cell the stored value, in place; as two's complement of the cell's width if signed.

    Bits above and below the stored ones may hold overlays of old files and are dropped. After lossy
    compression they hold no overlay but overshoot, which is clipped instead.

    Args:
        cells: (R, C) as decoded, seen as unsigned.
        layout: says which bits are stored.
        extended: whether the decoder knew that values are signed, and filled the bits above with the sign.
    """
    overshoots = layout.encoding.lossy is not False
    spare = 8 * cells.itemsize - layout.bits_stored
    shift = layout.high_bit + 1 - layout.bits_stored
    if shift:
        np.right_shift(cells, shift, out=cells)
    if spare <= 0:
        return
    if layout.signed:
        signed = cells.view(f"i{cells.itemsize}")
        if extended and overshoots:
            largest = 2 ** (layout.bits_stored - 1) - 1
            np.clip(signed, -largest - 1, largest, out=signed)
        else:
            # on signed cells the way back is arithmetic: it fills the bits above with the sign
            np.left_shift(signed, spare, out=signed)
            np.right_shift(signed, spare, out=signed)
    elif overshoots:
        np.minimum(cells, 2**layout.bits_stored - 1, out=cells)
    else:
        np.bitwise_and(cells, 2**layout.bits_stored - 1, out=cells)


def store(cells: _Cells, layout: PixelLayout, into: NDArray[np.generic], *, extended: bool = False) -> None:
    """Write decoded cells as stored values into a frame of another type.

    Args:
        cells: (R, C) as decoded, seen as unsigned; changed in place.
        layout: says which bits are stored.
        into: (R, C) of ``stored_type``.
        extended: as of ``keep_stored_bits``.
    """
    keep_stored_bits(cells, layout, extended=extended)
    into[...] = cells.view(f"i{cells.itemsize}") if layout.signed else cells


def gray_of_rgb(rgb: NDArray[np.uint8], into: NDArray[np.generic]) -> int:
    """Write the gray of a colour frame, and return the number of pixels that are coloured.

    Args:
        rgb: (R, C, 3) red, green, blue.
        into: (R, C) receives the luma; of gray pixels exactly their value.
    """
    red, green, blue = (rgb[..., n].astype(np.uint16) for n in range(3))
    # BT.601 in 256ths: weights of exactly 256 leave gray unchanged, and 255 * 256 still fits 16 bits
    into[...] = (77 * red + 150 * green + 29 * blue) >> 8
    spread = rgb.max(axis=-1) - rgb.min(axis=-1)
    return int(np.count_nonzero(spread > COLOURED))


def gray_of_ybr(luma: NDArray[np.uint8], chroma: NDArray[np.uint8], into: NDArray[np.generic]) -> int:
    """Write the luma of a colour frame, and return the number of pixels that are coloured.

    Args:
        luma: (R, C).
        chroma: (..., 2) blue and red difference, 128 where gray; may be coarser than the luma.
        into: (R, C) receives the luma.
    """
    into[...] = luma
    # a colour of spread COLOURED lies about half as far from gray in chroma
    off = np.abs(chroma.astype(np.int16) - 128).max(axis=-1) > COLOURED // 2
    return int(np.count_nonzero(off) * luma.size / off.size)
