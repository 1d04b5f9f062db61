"""Decode one compressed frame.

imagecodecs decodes all of them and releases the interpreter lock, so that frames can be decoded side by side.
High-throughput JPEG 2000 goes through OpenJPEG too: OpenJPH is twice as fast, but what it leaves undecoded of
a damaged frame comes out without an error.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spreadscan.read.codestream import StreamShape, stream_shape
from spreadscan.read.complaint import Complaint
from spreadscan.read.encodings import LOSSY_JPEG
from spreadscan.read.stored import PixelLayout, gray_of_rgb, gray_of_ybr, keep_stored_bits, store

_UNDECODABLE = "has a compressed frame that cannot be decoded"


def decode_frame(frame: bytes, layout: PixelLayout, into: NDArray[Any]) -> int:
    """Decode a frame to stored values.

    Args:
        frame: as encapsulated, fragments joined.
        layout: of the image.
        into: (R, C) of ``stored_type``, contiguous; receives the stored values.

    Returns:
        Number of coloured pixels, 0 for grayscale.

    Raises:
        Complaint: ``file-damaged`` when the frame cannot be decoded or is of another size.
    """
    try:
        if layout.encoding.codec == "rle":
            return _decode_rle(frame, layout, into)
        return _decode_jpeg(frame, layout, into)
    except Complaint:
        raise
    except Exception as error:  # each decoder has its own exceptions
        raise Complaint("file-damaged", _UNDECODABLE) from error


def _decode_rle(frame: bytes, layout: PixelLayout, into: NDArray[Any]) -> int:
    import imagecodecs

    # segments are planes of bytes, the high byte of a sample first; the decoder joins them to words
    word = np.dtype("<u2" if layout.bits_allocated == 16 else "u1")
    direct = layout.samples == 1 and into.dtype.itemsize == word.itemsize and word.isnative
    flat = into.view(np.uint8).reshape(-1) if direct else np.empty(_bytes(layout), np.uint8)
    written = imagecodecs.dicomrle_decode(frame, word, out=flat.data)
    if len(written) != _bytes(layout):
        raise Complaint("file-damaged", "has a compressed frame that is cut short")
    if direct:
        keep_stored_bits(into.view(word), layout)
        return 0
    if layout.samples == 1:
        cells = flat.view(word).astype(word.newbyteorder("="))
        store(cells.reshape(layout.rows, layout.columns), layout, into)
        return 0
    planes = flat.reshape(3, layout.rows, layout.columns)
    if layout.photometric == "RGB":
        return gray_of_rgb(np.moveaxis(planes, 0, -1), into)
    return gray_of_ybr(planes[0], np.moveaxis(planes[1:], 0, -1), into)


def _decode_jpeg(frame: bytes, layout: PixelLayout, into: NDArray[Any]) -> int:
    shape = stream_shape(frame, layout.encoding.codec)
    if shape[:3] != (layout.rows, layout.columns, layout.samples) or shape.bits > layout.bits_allocated:
        found = f"{shape.rows} × {shape.columns} × {shape.samples} of {shape.bits} bit"
        wanted = f"{layout.rows} × {layout.columns} × {layout.samples} of {layout.bits_allocated}"
        raise Complaint("file-damaged", f"has a compressed frame of {found}, its header says {wanted}")
    cell = _cell(shape)
    decode = _decoder(frame, layout)
    if layout.samples == 3:
        colour = decode(frame, out=np.empty((*into.shape, 3), np.uint8))
        # only lossy JPEG is converted to RGB as it is decoded, or what JPEG 2000 converted itself
        if layout.photometric.startswith("YBR_FULL") and layout.encoding != LOSSY_JPEG:
            return gray_of_ybr(colour[..., 0], colour[..., 1:], into)
        return gray_of_rgb(colour, into)
    if cell.itemsize == into.dtype.itemsize:
        decode(frame, out=into.view(cell))
        keep_stored_bits(into.view(f"u{cell.itemsize}"), layout, extended=shape.signed)
    else:
        decoded = decode(frame, out=np.empty(into.shape, cell))
        store(decoded.view(f"u{cell.itemsize}"), layout, into, extended=shape.signed)
    return 0


def _decoder(frame: bytes, layout: PixelLayout) -> Callable[..., NDArray[Any]]:
    import imagecodecs

    if layout.encoding.codec == "jpeg 2000":
        return imagecodecs.jpeg2k_decode
    if layout.encoding.codec == "jpeg-ls":
        return imagecodecs.jpegls_decode
    if layout.photometric == "RGB" and not any(name in frame[:64] for name in (b"JFIF", b"Adobe")):
        # an unlabelled JPEG of three samples is taken for YCbCr, which DICOM's RGB is not
        return lambda data, out: imagecodecs.jpeg8_decode(
            data, colorspace="RGB", outcolorspace="RGB", out=out
        )
    return imagecodecs.jpeg8_decode


def _cell(shape: StreamShape) -> np.dtype[Any]:
    return np.dtype(f"{'i' if shape.signed else 'u'}{1 if shape.bits <= 8 else 2}")


def _bytes(layout: PixelLayout) -> int:
    return layout.rows * layout.columns * layout.samples * layout.bits_allocated // 8
