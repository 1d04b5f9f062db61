"""What the header says of the pixel values."""

import struct
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spreadscan.read.attributes import Attributes, Unreadable
from spreadscan.read.stored import PixelLayout
from spreadscan.values import PixelFacts


class _Lut(NamedTuple):
    """The entries of a LUT, and the stored value that the first belongs to."""

    entries: NDArray[np.float32]
    first: int


def pixel_facts(
    attributes: Attributes, layout: PixelLayout, said_lossy: bool | None, subtracted: bool
) -> PixelFacts:
    """Return what the header says of the pixel values.

    Args:
        attributes: of the image; a Modality LUT that does not fit itself is complained about.
        layout: of its pixels.
        said_lossy: whether the header says that they were compressed with loss; ``None`` if it does not say.
        subtracted: whether it says that they are a subtraction already.
    """
    relationship: Literal["LIN", "LOG", "DISP"] | None
    match attributes.text("PixelIntensityRelationship").upper():
        case "LIN" | "LOG" | "DISP" as named:
            relationship = named
        case _:
            relationship = None
    sign = next(iter(attributes.integers("PixelIntensityRelationshipSign", slug=None)), 0)
    inverse = attributes.text("PresentationLUTShape").upper() == "INVERSE"
    return PixelFacts(
        bits_stored=layout.bits_stored,
        inverted_display=inverse or layout.photometric == "MONOCHROME1",
        relationship=relationship,
        sign=1 if sign == 1 else -1 if sign == -1 else None,
        # encodings that can lose information are taken to, unless the header denies it
        lossy=said_lossy is True
        or layout.encoding.lossy is True
        or (layout.encoding.lossy is None and said_lossy is None),
        subtracted=subtracted,
        to_linear=_to_linear(attributes, layout) if relationship == "LOG" else None,
    )


def _to_linear(attributes: Attributes, layout: PixelLayout) -> NDArray[np.float32] | None:
    """The Modality LUT of LOG pixels, or the TO_LINEAR one of enhanced objects, over all stored values.

    PS3.3 C.11.1: the first entry belongs to the stored value that the descriptor names, smaller stored
    values take the first entry, larger ones than the table has the last.
    """
    tables = attributes.items("ModalityLUTSequence") or tuple(
        item
        for item in attributes.items("PixelIntensityRelationshipLUTSequence")
        if item.text("LUTFunction").upper() == "TO_LINEAR"
    )
    if not tables:
        return None
    try:
        lut = _entries(tables[0], layout)
    except Unreadable as error:
        attributes.complain("bad-header", "LUTData", str(error))
        return None
    lowest = -(2 ** (layout.bits_stored - 1)) if layout.signed else 0
    stored = np.arange(lowest, lowest + 2**layout.bits_stored)
    table: NDArray[np.float32] = lut.entries[np.clip(stored - lut.first, 0, len(lut.entries) - 1)]
    return table


def _entries(table: Attributes, layout: PixelLayout) -> _Lut:
    descriptor = table.integers("LUTDescriptor", slug=None)
    if len(descriptor) != 3:
        raise Unreadable("comes without a descriptor")
    count, first, bits = descriptor
    count = count % 2**16 or 2**16  # 0 stands for 65536, which 16 bits cannot say
    # it is signed where the pixels are (C.11.1.1), but an unclear VR may have been read the other way
    first = (first + 2**15) % 2**16 - 2**15 if layout.signed else first % 2**16
    data = table.values("LUTData")
    if len(data) == 1 and isinstance(data[0], bytes):
        data = _unpacked(data[0], count, bits, layout)
    if len(data) != count:
        raise Unreadable(f"has {len(data)} entries, its descriptor says {count}")
    try:
        entries = np.array(data, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise Unreadable("is not a table of numbers") from error
    steps = np.diff(entries)
    if not (np.isfinite(entries).all() and ((steps >= 0).all() or (steps <= 0).all()) and steps.any()):
        raise Unreadable("does not rise or fall all along")
    return _Lut(entries, first)


def _unpacked(data: bytes, count: int, bits: int, layout: PixelLayout) -> tuple[int, ...]:
    """Entries written as bytes: two in a word where they have 8 bits and are packed, else one."""
    if bits <= 8 and len(data) in (count, count + count % 2):
        return tuple(data[:count])
    order = ">" if layout.big_endian else "<"
    return struct.unpack(f"{order}{len(data) // 2}H", data[: len(data) // 2 * 2])
