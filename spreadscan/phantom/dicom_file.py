"""Write simulated images as DICOM files, the same bytes at every run.

References:
    [1] DICOM PS3.10, 7 (file format and meta information); PS3.5, annex A (transfer syntaxes), A.4
        (encapsulation with a basic offset table).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spreadscan import __version__
from spreadscan.errors import CannotWrite
from spreadscan.phantom.dicom_classes import class_attributes
from spreadscan.phantom.dicom_encode import encode_frame
from spreadscan.phantom.dicom_enhanced import enhanced_attributes
from spreadscan.phantom.dicom_header import FileFacts, shared_attributes, uid
from spreadscan.phantom.dicom_omissions import leave_out
from spreadscan.phantom.dicom_syntax import SYNTAXES, Attributes, check_file
from spreadscan.phantom.values import StoredImages

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

Pixels = NDArray[np.uint8] | NDArray[np.uint16]


def write_dicom(images: StoredImages, about: FileFacts, path: Path) -> None:
    """Write the images of one file.

    Args:
        images: (T, R, C) stored values.
        about: what the file says beside them.
        path: where to; its folder exists, what was there is replaced.

    Raises:
        WrongUsage: ``bad-option``: SOP class, transfer syntax and processing do not go together.
        ValueError: pixels that are not what the scenario says, or times that are not theirs.
        CannotWrite: ``output-unwritable``.
    """
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import UID

    check_file(about.scenario)
    _check_pixels(images.pixels, about)
    dataset = dataset_of(header(images, about))
    _add_pixels(dataset, images.pixels, about)
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\0\1"
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = UID(SYNTAXES[about.scenario.file.transfer_syntax].uid)
    meta.ImplementationClassUID = UID(uid("implementation"))
    meta.ImplementationVersionName = f"SPREADSCAN {__version__}"[:16]
    dataset.file_meta = meta
    try:
        dataset.save_as(path, enforce_file_format=True)
    except OSError as error:
        raise CannotWrite(
            "output-unwritable", "cannot be written", file=path.name, advice="choose another folder"
        ) from error


def header(images: StoredImages, about: FileFacts) -> Attributes:
    """Return all attributes but the pixel data, poor where the scenario says so."""
    shared, style = shared_attributes(images, about), about.scenario.file
    enhanced = style.sop_class.endswith("enhanced")
    own = (
        enhanced_attributes(shared, images, about)
        if enhanced
        else {**shared, **class_attributes(images, about)}
    )
    return leave_out(own, style)


def dataset_of(attributes: Attributes) -> "Dataset":
    """Return attributes as a dataset: ``""`` is an empty one, those that are ``None`` are left out."""
    from pydicom.dataset import Dataset

    dataset = Dataset()
    for keyword, value in attributes.items():
        if value is not None:
            setattr(dataset, keyword, _element(value))
    if "LUTData" in attributes:
        dataset["LUTData"].VR = "OW" if isinstance(attributes["LUTData"], bytes) else "US"
    return dataset


def _element(value: Any) -> Any:
    if value == "":
        return None
    is_sequence = isinstance(value, list) and all(isinstance(item, Mapping) for item in value)
    return [dataset_of(item) for item in value] if is_sequence else value


def _check_pixels(pixels: Pixels, about: FileFacts) -> None:
    bits = about.scenario.processing.bits
    if pixels.ndim != 3 or pixels.dtype != (np.uint8 if bits == 8 else np.uint16) or not pixels.size:
        raise ValueError(f"pixels are {pixels.dtype} {pixels.shape}, not (T, R, C) of {bits} bits")
    if int(pixels.max()) >= 2**bits:
        raise ValueError(f"a pixel is {int(pixels.max())}, which {bits} bits do not hold")
    if len(about.frame_times_s) != len(pixels):
        raise ValueError(f"{len(about.frame_times_s)} frame times for {len(pixels)} frames")
    if len(pixels) > 1 and about.scenario.study.kind != "cine":
        raise ValueError(f"{len(pixels)} frames of a {about.scenario.study.kind}")


def _add_pixels(dataset: "Dataset", pixels: Pixels, about: FileFacts) -> None:
    from pydicom.encaps import encapsulate

    style, bits = about.scenario.file, about.scenario.processing.bits
    syntax = SYNTAXES[style.transfer_syntax]
    shown = np.repeat(pixels[..., None], 3, axis=-1) if style.sop_class == "SC-rgb" else pixels
    if not syntax.compressed:
        swapped = style.transfer_syntax == "explicit-big" and bits > 8
        raw = (shown.astype(">u2") if swapped else shown).tobytes()
        dataset.PixelData = raw + b"\0" * (len(raw) % 2)
        dataset["PixelData"].VR = "OB" if bits == 8 else "OW"
        return
    frames = [encode_frame(frame, style.transfer_syntax, bits) for frame in shown]
    if syntax.method:
        dataset.LossyImageCompression = "01"
        dataset.LossyImageCompressionRatio = round(shown.nbytes / sum(map(len, frames)), 2)
        dataset.LossyImageCompressionMethod = syntax.method
    dataset.PixelData = encapsulate(frames)
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
