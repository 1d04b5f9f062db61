"""Compress frames as transfer syntaxes want them.

References:
    [1] DICOM PS3.5, 8.2 and annex A.4 (encapsulated formats), annex G (run lengths).
    [2] ITU-T T.81 (JPEG), T.87 (JPEG-LS), ISO/IEC 15444-1 and -15 (JPEG 2000, high throughput).
"""

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spreadscan.phantom.scenario import TransferSyntax

Frame = NDArray[np.uint8] | NDArray[np.uint16]

JPEG_QUALITY = 92
"""Quality of lossy JPEG on libjpeg's scale of 0 to 100: what archives keep; errors below the noise."""
JPEG_2000_DB = 55.0
"""Peak signal to noise of lossy JPEG 2000: an RMS error of 0.18 % of the range."""
NEAR = 2
"""Largest error of near-lossless JPEG-LS, in stored values."""
STEP = 1 / 512
"""Quantisation step of high-throughput JPEG 2000 over the range: an RMS error of 0.06 % of it."""


def encode_frame(frame: Frame, transfer_syntax: TransferSyntax, bits: int) -> bytes:
    """Return one compressed frame.

    JPEG, JPEG-LS and high-throughput JPEG 2000 code 8 or 16 bits of precision unless the coder can be told
    the bits stored; a lossy one then overshoots beyond them, so the brightest values give way a little first.

    Args:
        frame: (R, C) stored values, or (R, C, 3) of 8 bits.
        transfer_syntax: one that compresses.
        bits: bits stored, 8 to 16.
    """
    contiguous: Any = np.ascontiguousarray(frame)
    if transfer_syntax == "rle":
        return _run_lengths(contiguous)
    return bytes(_encoders(bits)[transfer_syntax](contiguous))


def _encoders(bits: int) -> Mapping[TransferSyntax, Callable[[Any], bytes | bytearray]]:
    import imagecodecs

    codecs: Any = imagecodecs
    jpeg, jpeg_ls, htj2k = codecs.jpeg8_encode, codecs.jpegls_encode, codecs.htj2k_encode
    j2k = partial(codecs.jpeg2k_encode, codecformat="J2K", bitspersample=None if bits == 8 else bits)
    depth = None if bits == 8 else bits
    largest = 2**bits - 1
    near_most = largest if bits in (8, 16) else largest - NEAR
    step = STEP * largest / (255 if bits == 8 else 65535)  # the coder counts it over all bits allocated
    # errors reach 1.7 steps where they were tried; 2 keep all decoders within the range
    ht_most = largest - math.ceil(2 * STEP * largest)
    return {
        "jpeg-baseline": lambda f: jpeg(f, level=JPEG_QUALITY),
        "jpeg-extended": lambda f: jpeg(f, level=JPEG_QUALITY, bitspersample=depth),
        "jpeg-lossless-57": lambda f: jpeg(f, lossless=True, predictor=6, bitspersample=depth),
        "jpeg-lossless": lambda f: jpeg(f, lossless=True, predictor=1, bitspersample=depth),
        "jpeg-ls": lambda f: jpeg_ls(f),
        "jpeg-ls-near": lambda f: jpeg_ls(_below(f, near_most), level=NEAR),
        "jpeg-2000-lossless": lambda f: j2k(f, level=0, reversible=True),
        "jpeg-2000": lambda f: j2k(f, level=JPEG_2000_DB),
        "htj2k-lossless": lambda f: htj2k(f, reversible=True),
        "htj2k": lambda f: htj2k(_below(f, ht_most), level=step, reversible=False),
    }


def _below(frame: Frame, most: int) -> Frame:
    lowered: Frame = np.minimum(frame, frame.dtype.type(most))
    return lowered


def _run_lengths(frame: Frame) -> bytes:
    from pydicom.pixels.encoders.base import RLELosslessEncoder

    colour = frame.ndim == 3
    encoded: bytes = RLELosslessEncoder.encode(
        frame,
        rows=frame.shape[0],
        columns=frame.shape[1],
        number_of_frames=1,
        samples_per_pixel=3 if colour else 1,
        planar_configuration=0,
        photometric_interpretation="RGB" if colour else "MONOCHROME2",
        bits_allocated=8 * frame.itemsize,
        bits_stored=8 * frame.itemsize,
        pixel_representation=0,
    )
    return encoded
