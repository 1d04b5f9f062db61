"""Open a DICOM file up to its pixel data, without trusting it.

The pixels are not read: the file is left standing at them, so that they go straight into the array that will
hold them and never lie in memory twice.
"""

import io
import logging
import os
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from spreadscan.read.complaint import Complaint
from spreadscan.read.encodings import DEFLATED, EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

LARGEST_ELEMENT = 64 * 2**20
"""Bytes of a header element beyond which it is skipped: the largest that is used, the per-frame functional
groups of 4096 frames, is far smaller, and a damaged length must not fill the memory."""
_PIXEL_TAGS = (0x7FE00008, 0x7FE00009, 0x7FE00010)  # float, double, integer pixel data
_PIXEL_DATA = 0x7FE00010
_UNDEFINED = 0xFFFFFFFF
_LONG_VRS = (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"UN")


@dataclass(frozen=True)
class PixelElement:
    """Where the pixel data lies.

    Attributes:
        offset: of its first byte in the stream.
        length: in bytes; ``None`` when it is undefined, as it is for compressed pixels.
        available: bytes from the offset to the end of the file; ``None`` when the stream is deflated.
        vr: value representation as written; empty when it is implicit.
    """

    offset: int
    length: int | None
    available: int | None
    vr: str


@dataclass(frozen=True)
class OpenDicom:
    """A DICOM file, read up to its pixel data.

    Attributes:
        dataset: what comes before the pixels.
        transfer_syntax: UID; of an unlabelled file the one it was found to be written in.
        sop_class: UID; empty when neither the object nor the file says it.
        stream: the file, or what it inflates to.
        pixels: where they lie; ``None`` when there are none.
    """

    dataset: "Dataset"
    transfer_syntax: str
    sop_class: str
    stream: BinaryIO
    pixels: PixelElement | None


class NotDicom(Complaint):
    """The file is not DICOM at all."""

    def __init__(self, problem: str) -> None:
        super().__init__("input-not-dicom", problem)


@contextmanager
def quiet() -> Iterator[None]:
    """Silence pydicom's remarks on a header: they may quote it, and what matters is checked here.

    Filters of warnings belong to the process: studies that are read at the same time need processes of
    their own, not threads.
    """
    logger = logging.getLogger("pydicom")
    disabled = logger.disabled
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logger.disabled = True
        try:
            yield
        finally:
            logger.disabled = disabled


@contextmanager
def open_dicom(path: Path) -> Iterator[OpenDicom]:
    """Open a DICOM file for as long as the context lasts.

    Raises:
        Complaint: ``input-missing`` when it cannot be opened, ``input-not-dicom`` when it is something else,
            ``file-damaged`` when its header ends early or cannot be followed.
    """
    with _opened(path) as file:
        try:
            opened = _parse(file)
        except Complaint:
            raise
        except Exception as error:  # what pydicom may raise on damaged bytes has no common base
            raise Complaint("file-damaged", "has a header that cannot be followed") from error
        yield opened


def check_begins_like_dicom(path: Path) -> None:
    """Refuse a file that is missing or obviously something else, before anything is imported to read it.

    Raises:
        Complaint: ``input-missing`` or ``input-not-dicom``, as ``open_dicom`` does.
    """
    with _opened(path) as file:
        _skip_preamble(file)


def _opened(path: Path) -> BinaryIO:
    try:
        if not path.is_file():  # a pipe would block, a folder cannot be read
            raise Complaint("input-missing", "is not a file" if path.exists() else "does not exist")
        return path.open("rb")
    except (OSError, ValueError) as error:
        raise Complaint("input-missing", "cannot be opened") from error


def _parse(file: BinaryIO) -> OpenDicom:
    from pydicom.filereader import read_dataset

    labelled = _skip_preamble(file)
    # group 2 is explicit little endian, whatever transfer syntax it names for the rest (PS3.10)
    meta = read_dataset(file, False, True, stop_when=lambda tag, _vr, _length: tag.group != 2)
    syntax = _uid(meta, "TransferSyntaxUID") or _guessed_syntax(file)
    stream = cast(BinaryIO, io.BufferedReader(_Inflated(file), 2**20)) if syntax == DEFLATED else file
    dataset = read_dataset(
        stream,
        syntax == IMPLICIT_LITTLE,
        syntax != EXPLICIT_BIG,
        stop_when=lambda tag, _vr, _length: tag in _PIXEL_TAGS,
        defer_size=LARGEST_ELEMENT,
    )
    if not labelled and "SOPClassUID" not in dataset:
        raise NotDicom("is not a DICOM file")
    size = None if syntax == DEFLATED else os.fstat(file.fileno()).st_size
    if _ends_early(dataset, size is not None and stream.tell() > size):
        raise Complaint("file-damaged", "ends within its header")
    sop_class = _uid(dataset, "SOPClassUID") or _uid(meta, "MediaStorageSOPClassUID")
    pixels = _pixel_element(stream, dataset, ">" if syntax == EXPLICIT_BIG else "<", size)
    return OpenDicom(dataset, syntax, sop_class, stream, pixels)


def _skip_preamble(file: BinaryIO) -> bool:
    """Whether the file is labelled as DICOM; leaves it at its first element.

    Files from before the label existed begin with group 2 or 8 at once, in little endian.
    """
    start = file.read(132)
    if not start:
        raise NotDicom("is empty")
    if start[128:] == b"DICM":
        return True
    file.seek(0)
    if len(start) < 8 or start[:2] not in (b"\x02\x00", b"\x08\x00") or start[3] != 0:
        raise NotDicom("is not a DICOM file")
    return False


def _uid(dataset: "Dataset", keyword: str) -> str:
    try:
        return str(dataset.get(keyword) or "").strip(" \0")
    except Exception:  # an unreadable UID is an unknown one
        return ""


def _guessed_syntax(file: BinaryIO) -> str:
    """The uncompressed transfer syntax that the first element is written in."""
    start = file.tell()
    first = file.read(6)
    file.seek(start)
    # explicit elements have two capitals after their tag, implicit ones a length there;
    # groups 2 and 8 have their zero byte first in big endian only
    if not first[4:6].isupper():
        return IMPLICIT_LITTLE
    return EXPLICIT_BIG if first[:1] == b"\0" else EXPLICIT_LITTLE


def _pixel_element(
    stream: BinaryIO, dataset: "Dataset", order: str, file_size: int | None
) -> PixelElement | None:
    """The element that the stream stands at, if it is integer pixel data."""
    start = stream.tell()
    head = stream.read(12)
    if len(head) < 8:
        return None
    group, element = struct.unpack(order + "HH", head[:4])
    if group << 16 | element != _PIXEL_DATA:
        return None
    # the dataset knows how it is really written, which the transfer syntax need not say
    implicit = bool(dataset.original_encoding[0]) or not head[4:6].isupper()
    long = not implicit and head[4:6] in _LONG_VRS
    # after these VRs come two reserved bytes and a length of four (PS3.5 7.1.2)
    if long:
        size, length = 12, struct.unpack(order + "L", head[8:12].ljust(4, b"\0"))[0]
    elif implicit:
        size, length = 8, struct.unpack(order + "L", head[4:8])[0]
    else:
        size, length = 8, struct.unpack(order + "H", head[6:8])[0]
    available = None if file_size is None else file_size - start - size
    vr = "" if implicit else head[4:6].decode("latin-1")
    return PixelElement(start + size, None if length == _UNDEFINED else length, available, vr)


def _ends_early(dataset: "Dataset", beyond_end: bool) -> bool:
    """Whether the file stops inside an element of the header; of a readable header something is left."""
    tags = list(dataset.keys())
    items = [dataset.get_item(tag, keep_deferred=True) for tag in tags]
    short = (
        isinstance(item.value, bytes) and getattr(item, "length", 0) not in (len(item.value), _UNDEFINED)
        for item in items
    )
    return beyond_end or not items or any(short)


class _Inflated(io.RawIOBase):
    """What a deflated file inflates to from where it stands, piece by piece and read forwards.

    pydicom inflates all of it at once: a file of a few megabytes can then fill the memory.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._start = file, file.tell()
        self._restart()

    def _restart(self) -> None:
        self._file.seek(self._start)
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        piece = b""
        while not piece and not self._inflater.eof and len(view):
            fed = self._inflater.unconsumed_tail or self._file.read(2**18)
            # without the limit a few kilobytes of zeros could inflate to more than the memory
            piece = self._inflater.decompress(fed, len(view))
            if not fed and not piece:
                break
        view[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_END:
            raise io.UnsupportedOperation("the end of a deflated file is not known")
        target = offset + (self._position if whence == io.SEEK_CUR else 0)
        if target < self._position:
            self._restart()
        skipped = bytearray(2**18)
        while self._position < target:
            part = memoryview(skipped)[: target - self._position]
            if not self.readinto(part):
                break
        return self._position

    def tell(self) -> int:
        return self._position
