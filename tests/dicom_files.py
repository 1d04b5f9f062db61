"""Small DICOM files for tests, in any SOP class and transfer syntax, made on the spot.

``write_dicom(path, stored, sop_class="XA", transfer_syntax="explicit", **attributes)`` writes stored values
(T, R, C) or (R, C), or colour (..., 3), and returns the path. Attributes go in by keyword, ``None`` takes one
out; ``item`` makes a sequence item, ``enhanced`` the functional groups. ``encapsulated`` writes frames that a
test compressed, or damaged, itself. Everything is the same at every call.
"""

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import imagecodecs
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.pixels.encoders import RLELosslessEncoder

SOP_CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "XA": "1.2.840.10008.5.1.4.1.1.12.1",
        "XRF": "1.2.840.10008.5.1.4.1.1.12.2",
        "Enhanced XA": "1.2.840.10008.5.1.4.1.1.12.1.1",
        "Enhanced XRF": "1.2.840.10008.5.1.4.1.1.12.2.1",
        "DX": "1.2.840.10008.5.1.4.1.1.1.1",
        "DX processing": "1.2.840.10008.5.1.4.1.1.1.1.1",
        "CR": "1.2.840.10008.5.1.4.1.1.1",
        "SC": "1.2.840.10008.5.1.4.1.1.7",
        "SC byte": "1.2.840.10008.5.1.4.1.1.7.2",
        "SC word": "1.2.840.10008.5.1.4.1.1.7.3",
        "SC colour": "1.2.840.10008.5.1.4.1.1.7.4",
        "CT": "1.2.840.10008.5.1.4.1.1.2",
        "MR": "1.2.840.10008.5.1.4.1.1.4",
        "US": "1.2.840.10008.5.1.4.1.1.6.1",
        "SEG": "1.2.840.10008.5.1.4.1.1.66.4",
        "SR": "1.2.840.10008.5.1.4.1.1.88.33",
    }
)
TRANSFER_SYNTAXES: Mapping[str, str] = MappingProxyType(
    {
        "implicit": "1.2.840.10008.1.2",
        "explicit": "1.2.840.10008.1.2.1",
        "deflated": "1.2.840.10008.1.2.1.99",
        "big endian": "1.2.840.10008.1.2.2",
        "rle": "1.2.840.10008.1.2.5",
        "jpeg baseline": "1.2.840.10008.1.2.4.50",
        "jpeg extended": "1.2.840.10008.1.2.4.51",
        "jpeg lossless": "1.2.840.10008.1.2.4.57",
        "jpeg lossless sv1": "1.2.840.10008.1.2.4.70",
        "jpeg-ls": "1.2.840.10008.1.2.4.80",
        "jpeg-ls near": "1.2.840.10008.1.2.4.81",
        "jpeg 2000": "1.2.840.10008.1.2.4.90",
        "jpeg 2000 lossy": "1.2.840.10008.1.2.4.91",
        "htj2k": "1.2.840.10008.1.2.4.201",
        "htj2k rpcl": "1.2.840.10008.1.2.4.202",
        "htj2k lossy": "1.2.840.10008.1.2.4.203",
        "mpeg4": "1.2.840.10008.1.2.4.102",
    }
)
NATIVE = ("implicit", "explicit", "deflated", "big endian")
LOSSLESS = (
    *NATIVE,
    "rle",
    "jpeg lossless",
    "jpeg lossless sv1",
    "jpeg-ls",
    "jpeg 2000",
    "htj2k",
    "htj2k rpcl",
)
LOSSY = ("jpeg baseline", "jpeg extended", "jpeg-ls near", "jpeg 2000 lossy", "htj2k lossy")


def write_xa(path: Path, stored: Any, **rest: Any) -> Path:
    """Write an X-ray angiographic image."""
    return write_dicom(path, stored, sop_class="XA", **rest)


def write_dicom(
    path: Path, stored: Any, sop_class: str = "XA", transfer_syntax: str = "explicit", **attributes: Any
) -> Path:
    """Write stored values as a DICOM file.

    Args:
        path: where to; its folder exists.
        stored: (T, R, C) or (R, C) uint8, uint16, int8 or int16; colour has three samples more.
        sop_class: a key of ``SOP_CLASSES``.
        transfer_syntax: a key of ``TRANSFER_SYNTAXES``.
        attributes: by keyword, in place of or beside those that follow from ``stored``; ``None`` for none.
    """
    stored = np.asarray(stored)
    dataset = described(stored, sop_class, attributes)
    frames = stored if stored.ndim - (stored.shape[-1] == 3 and stored.ndim > 2) == 3 else stored[None]
    if transfer_syntax in NATIVE:
        order = ">" if transfer_syntax == "big endian" else "<"
        dataset.PixelData = padded(stored.astype(stored.dtype.newbyteorder(order)).tobytes())
        dataset["PixelData"].VR = "OB" if stored.itemsize == 1 else "OW"
    else:
        bits = int(attributes.get("BitsStored") or 8 * stored.itemsize)
        _encapsulate(dataset, [encoder(transfer_syntax, bits)(frame) for frame in frames])
    return _saved(path, dataset, transfer_syntax, attributes)


def encapsulated(
    path: Path, stored: Any, frames: Iterable[bytes], transfer_syntax: str, **attributes: Any
) -> Path:
    """Write an angiographic image of the shape of ``stored`` whose compressed frames are given."""
    dataset = described(np.asarray(stored), "XA", attributes)
    _encapsulate(dataset, list(frames))
    return _saved(path, dataset, transfer_syntax, attributes)


def described(stored: np.ndarray, sop_class: str, attributes: Mapping[str, Any]) -> Dataset:
    """Return the header of an image, without its pixels."""
    colour = stored.ndim > 2 and stored.shape[-1] == 3
    shape = stored.shape[:-1] if colour else stored.shape
    bits = 8 * stored.itemsize
    dataset = Dataset()
    values: dict[str, Any] = {
        "SOPClassUID": SOP_CLASSES[sop_class],
        "SOPInstanceUID": "1.2.826.0.1.3680043.8.498.1",
        "StudyInstanceUID": "1.2.826.0.1.3680043.8.498.2",
        "SeriesInstanceUID": "1.2.826.0.1.3680043.8.498.3",
        "Modality": "XA",
        "PatientName": "Secret^Person",
        "PatientID": "SECRET-1",
        "SamplesPerPixel": 3 if colour else 1,
        "PhotometricInterpretation": "RGB" if colour else "MONOCHROME2",
        "Rows": shape[-2],
        "Columns": shape[-1],
        "BitsAllocated": bits,
        "BitsStored": bits,
        "HighBit": int(attributes.get("BitsStored") or bits) - 1,
        "PixelRepresentation": int(stored.dtype.kind == "i"),
    }
    if len(shape) == 3:
        values["NumberOfFrames"] = shape[0]
    if colour:
        values["PlanarConfiguration"] = 0
    return _filled(dataset, {k: v for k, v in {**values, **attributes}.items() if v is not None})


def item(**attributes: Any) -> Dataset:
    """Return a sequence item."""
    return _filled(Dataset(), attributes)


def enhanced(
    shared: Mapping[str, Dataset], per_frame: Sequence[Mapping[str, Dataset]] = ()
) -> dict[str, list[Dataset]]:
    """Return the functional groups of an enhanced object, as attributes for ``write_dicom``.

    Args:
        shared: items of all frames, by the keyword of their sequence.
        per_frame: items of each frame.
    """
    return {
        "SharedFunctionalGroupsSequence": [item(**{k: [v] for k, v in shared.items()})],
        "PerFrameFunctionalGroupsSequence": [item(**{k: [v] for k, v in g.items()}) for g in per_frame],
    }


def encoder(transfer_syntax: str, bits: int) -> Callable[[np.ndarray], bytes]:
    """Return what compresses one frame."""
    if transfer_syntax == "rle":
        return rle_frame
    depth = {"bitspersample": bits} if bits != 8 else {}

    def words(frame: np.ndarray) -> np.ndarray:  # JPEG has no sign: two's complement of the stored bits
        return frame.view(f"u{frame.itemsize}") & np.array(2**bits - 1, f"u{frame.itemsize}")

    encoders: dict[str, Callable[[np.ndarray], bytes]] = {
        "jpeg baseline": lambda f: imagecodecs.jpeg8_encode(f, level=95),
        "jpeg extended": lambda f: imagecodecs.jpeg8_encode(f, level=95, **depth),
        "jpeg lossless": lambda f: imagecodecs.jpeg8_encode(words(f), lossless=True, predictor=6, **depth),
        "jpeg lossless sv1": lambda f: imagecodecs.jpeg8_encode(
            words(f), lossless=True, predictor=1, **depth
        ),
        "jpeg-ls": lambda f: imagecodecs.jpegls_encode(words(f)),
        "jpeg-ls near": lambda f: imagecodecs.jpegls_encode(f, level=2),
        "jpeg 2000": lambda f: imagecodecs.jpeg2k_encode(f, level=0, codecformat="J2K", reversible=True),
        "jpeg 2000 lossy": lambda f: imagecodecs.jpeg2k_encode(f, level=60, codecformat="J2K"),
        "htj2k": lambda f: imagecodecs.htj2k_encode(f, reversible=True),
        "htj2k rpcl": lambda f: imagecodecs.htj2k_encode(f, reversible=True),
        "htj2k lossy": lambda f: imagecodecs.htj2k_encode(f, level=0.002, reversible=False),
        "mpeg4": lambda f: f.tobytes(),
    }
    return encoders[transfer_syntax]


def rle_frame(frame: np.ndarray) -> bytes:
    """Compress one frame with DICOM's run lengths."""
    bits = 8 * frame.itemsize
    encoded: bytes = RLELosslessEncoder.encode(
        frame,
        rows=frame.shape[0],
        columns=frame.shape[1],
        number_of_frames=1,
        samples_per_pixel=3 if frame.ndim == 3 else 1,
        planar_configuration=0,
        photometric_interpretation="RGB" if frame.ndim == 3 else "MONOCHROME2",
        bits_allocated=bits,
        bits_stored=bits,
        pixel_representation=int(frame.dtype.kind == "i"),
    )
    return encoded


def padded(content: bytes) -> bytes:
    """Return bytes of an even number."""
    return content + b"\0" * (len(content) % 2)


def _filled(dataset: Dataset, attributes: Mapping[str, Any]) -> Dataset:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tests write values that pydicom warns of
        for keyword, value in attributes.items():
            setattr(dataset, keyword, value)
    return dataset


def _encapsulate(dataset: Dataset, frames: list[bytes]) -> None:
    dataset.PixelData = encapsulate(frames)
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True


def _saved(path: Path, dataset: Dataset, transfer_syntax: str, attributes: Mapping[str, Any]) -> Path:
    if "PixelData" in attributes and attributes["PixelData"] is None:
        del dataset.PixelData
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = TRANSFER_SYNTAXES[transfer_syntax]
    meta.MediaStorageSOPClassUID = dataset.get("SOPClassUID") or SOP_CLASSES["XA"]
    meta.MediaStorageSOPInstanceUID = "1.2.826.0.1.3680043.8.498.1"
    dataset.file_meta = meta
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset.save_as(path, enforce_file_format=True)
    return path
