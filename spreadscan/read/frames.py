"""Read the pixels of an image into one array, each frame where it belongs."""

import io
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from spreadscan.read.codec import decode_frame
from spreadscan.read.complaint import Complaint
from spreadscan.read.dataset import PixelElement
from spreadscan.read.stored import PixelLayout, gray_of_rgb, gray_of_ybr, keep_stored_bits, store, stored_type
from spreadscan.threads import thread_count
from spreadscan.values import StoredArray

MOST_COLOURED = 0.02
"""Share of coloured pixels that a gray image may hold: marks and text that a console drew."""
_TOO_SHORT = "ends before its pixels do"


def read_frames(stream: BinaryIO, pixels: PixelElement, layout: PixelLayout) -> StoredArray:
    """Return the stored values of all frames, (T, R, C).

    Memory: the array and a few frames; compressed frames are read one by one.

    Args:
        stream: the file, or what it inflates to.
        pixels: where they lie in it.
        layout: how.

    Raises:
        Complaint: ``file-damaged`` when pixels are missing or cannot be decoded, ``bad-geometry`` when there
            are more than the header says, ``colour-image``.
    """
    if layout.encoding.codec == "native":
        _check_length(pixels, layout)
        stream.seek(pixels.offset)
        stored = _allocated(layout)
        coloured = _read_native(stream, pixels, layout, stored)
    else:
        frames = _encapsulated(stream, pixels, layout.frames)
        stored = _allocated(layout)
        coloured = _decode_all(frames, layout, stored)
    share = coloured / stored.size
    if share > MOST_COLOURED:
        raise Complaint("colour-image", f"is coloured in {100 * share:.0f} % of its pixels")
    return stored


def _allocated(layout: PixelLayout) -> StoredArray:
    shape = (layout.frames, layout.rows, layout.columns)
    try:
        stored: StoredArray = np.empty(shape, stored_type(layout))
    except MemoryError as error:
        raise Complaint("bad-geometry", "is larger than the memory") from error
    return stored


def _check_length(pixels: PixelElement, layout: PixelLayout) -> None:
    expected = layout.frame_bytes * layout.frames
    if pixels.length is None:
        raise Complaint("file-damaged", "has compressed pixels that it says are not")
    if pixels.length < expected or (pixels.available is not None and pixels.available < expected):
        raise Complaint("file-damaged", _TOO_SHORT)
    # less than a frame too many is padding
    if pixels.length - expected >= layout.frame_bytes and pixels.length - expected > 1:
        problem = (
            f"has pixels for {pixels.length // layout.frame_bytes} frames, its header says {layout.frames}"
        )
        raise Complaint("bad-geometry", problem)


def _read_native(stream: BinaryIO, pixels: PixelElement, layout: PixelLayout, stored: StoredArray) -> int:
    coloured = 0
    word = np.dtype("u1" if layout.bits_allocated == 8 else ">u2" if layout.big_endian else "<u2")
    if layout.big_endian and layout.bits_allocated == 8 and pixels.vr == "OW":
        stream = _unswapped(stream, layout.frame_bytes * layout.frames)
    direct = layout.samples == 1 and stored.itemsize == word.itemsize
    raw = np.empty(0 if direct else layout.frame_bytes, np.uint8)
    frame: NDArray[Any]
    for frame in stored:
        cells = frame.view(word) if direct else raw.view(word)
        _fill(stream, cells)
        native = cells.view(word.newbyteorder("="))
        if not word.isnative:
            native.byteswap(inplace=True)
        if direct:
            keep_stored_bits(native, layout)
        elif layout.samples == 1:
            store(native.reshape(frame.shape), layout, frame)
        else:
            coloured += _gray_native(native, layout, frame)
    return coloured


def _unswapped(stream: BinaryIO, size: int) -> BinaryIO:
    """Bytes that a big-endian file wrote as words, in their own order."""
    words = np.empty(-(-size // 2), np.uint16)
    _fill(stream, words)
    return io.BytesIO(words.byteswap(inplace=True).data)


def _fill(stream: BinaryIO, cells: NDArray[Any]) -> None:
    missing = cells.view(np.uint8).data.cast("B")
    while len(missing):
        read = stream.readinto(missing)  # type: ignore[attr-defined]
        if not read:
            raise Complaint("file-damaged", _TOO_SHORT)
        missing = missing[read:]


def _gray_native(cells: NDArray[np.uint8], layout: PixelLayout, into: NDArray[Any]) -> int:
    rows, columns = into.shape
    if layout.photometric == "YBR_FULL_422":
        # two pixels share their chroma: Y, Y, Cb, Cr
        pairs = cells.reshape(rows, columns // 2, 4)
        return gray_of_ybr(pairs[..., :2].reshape(rows, columns), pairs[..., 2:], into)
    if layout.planar:
        colour = np.moveaxis(cells.reshape(3, rows, columns), 0, -1)
    else:
        colour = cells.reshape(rows, columns, 3)
    if layout.photometric == "RGB":
        return gray_of_rgb(colour, into)
    return gray_of_ybr(colour[..., 0], colour[..., 1:], into)


def _encapsulated(stream: BinaryIO, pixels: PixelElement, frames: int) -> Iterator[bytes]:
    """The compressed frames one by one, once there are known to be enough."""
    from pydicom.encaps import generate_fragments, generate_frames, parse_basic_offsets, parse_fragments

    if pixels.length is not None:
        raise Complaint("file-damaged", "has uncompressed pixels that it says are compressed")
    stream.seek(pixels.offset)
    try:
        parse_basic_offsets(stream)
        first = stream.tell()
        fragments, _ = parse_fragments(stream)
    except Exception as error:  # pydicom raises what struct or the file raises
        raise Complaint("file-damaged", "has compressed pixels that cannot be followed") from error
    if fragments < frames:
        raise Complaint("file-damaged", f"has {fragments} compressed frames, its header says {frames}")
    if fragments == frames:  # the offset table, which is often wrong, is not needed
        stream.seek(first)
        return generate_fragments(stream)
    stream.seek(pixels.offset)
    return generate_frames(stream, number_of_frames=frames)


def _decode_all(frames: Iterator[bytes], layout: PixelLayout, stored: StoredArray) -> int:
    """Decode frames side by side, each thread taking the next one from the file when it is free."""
    waiting = enumerate(_followed(frames))
    turn = threading.Lock()
    failed = threading.Event()
    coloured: list[int] = []

    def work() -> None:
        while not failed.is_set():
            with turn:
                index, frame = next(waiting, (-1, b""))
            if index < 0:
                return
            try:
                if index == len(stored):
                    raise Complaint("file-damaged", f"has more compressed frames than the {index} declared")
                coloured.append(decode_frame(frame, layout, stored[index]))
            except Complaint:
                failed.set()
                raise

    threads = min(thread_count(), len(stored))
    with ThreadPoolExecutor(threads) as pool:
        for job in [pool.submit(work) for _ in range(threads)]:
            job.result()
    if len(coloured) != len(stored):
        problem = f"has {len(coloured)} compressed frames, its header says {len(stored)}"
        raise Complaint("file-damaged", problem)
    return sum(coloured)


def _followed(frames: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from frames
    except Exception as error:  # pydicom raises what struct or the file raises
        raise Complaint("file-damaged", "has compressed pixels that cannot be followed") from error
