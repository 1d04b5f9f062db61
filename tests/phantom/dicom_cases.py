"""Small simulated images and what their files say, for the tests of the DICOM writer."""

from pathlib import Path
from typing import Any

import numpy as np

from spreadscan.phantom.dicom_file import write_dicom
from spreadscan.phantom.dicom_header import FileFacts
from spreadscan.phantom.dicom_opening import declared_opening
from spreadscan.phantom.dicom_syntax import SYNTAXES
from spreadscan.phantom.scenario import FileStyle, Injection, Processing, Scenario, Study
from spreadscan.phantom.values import StoredImages
from spreadscan.read.dicom import list_study, read_fluorogram
from spreadscan.values import Fluorogram

ROWS, COLUMNS = 48, 66
LOG_SPAN = 2.5
SOP_CLASSES = ("XA", "XRF", "XA-enhanced", "XRF-enhanced", "DX", "CR", "SC", "SC-multiframe", "SC-rgb")
SINGLE = ("DX", "CR", "SC")
LOSSLESS = tuple(name for name, syntax in SYNTAXES.items() if not syntax.method)
LOSSY = tuple(name for name, syntax in SYNTAXES.items() if syntax.method)


def scenario(
    sop: str = "XA", syntax: str = "explicit-little", frames: int = 1, bits: int = 12, **parts: Any
) -> Scenario:
    """A scenario with one injection at L4 left; ``parts`` replaces tables, ``style`` parts of the file's."""
    kind = "cine" if frames > 1 else "spot"
    style = FileStyle(sop, syntax, **parts.pop("style", {}))  # type: ignore[arg-type]
    processing = Processing(bits=bits, **parts.pop("processing", {}))
    return Scenario(
        study=Study(kind=kind, frames=frames, before=2),
        processing=processing,
        file=style,
        injections=(Injection("L4", "left"),),
        **parts,
    )


def facts(asked: Scenario, frames: int = 1, **changes: Any) -> FileFacts:
    values: dict[str, Any] = {
        "scenario": asked,
        "pitch_mm": 0.45,
        "source_to_patient_mm": 720.0,
        "primary_deg": 4.5,
        "secondary_deg": -3.0,
        "frame_times_s": tuple(index / 4 for index in range(frames)),
        "opening": declared_opening(asked.collimator, ROWS, COLUMNS),
        "frames_before": 2,
        "case": 7,
        "seed": 11,
        "log_span": LOG_SPAN,
    }
    return FileFacts(**{**values, **changes})


def stored(frames: int = 1, bits: int = 12, seed: int = 0) -> StoredImages:
    """Noise on a wave, black and saturated patches, every frame another."""
    rng = np.random.default_rng([seed, bits])
    most = 2**bits - 1
    wave = 0.5 + 0.4 * np.sin(np.arange(COLUMNS) / 9)
    pixels = np.clip((wave + rng.normal(0, 0.01, (frames, ROWS, COLUMNS))) * most, 0, most)
    pixels[:, 5:15, 5:15], pixels[:, 20:30, 40:50] = 0, most
    return StoredImages(pixels.astype(np.uint8 if bits == 8 else np.uint16), "Post-injection", 1)


def written(path: Path, asked: Scenario, frames: int = 1, **changes: Any) -> tuple[StoredImages, Path]:
    """Write a file; what is in it, and where."""
    images = stored(frames, asked.processing.bits)
    write_dicom(images, facts(asked, frames, **changes), path)
    return images, path


def read(path: Path) -> Fluorogram:
    (header,) = list_study(path)
    return read_fluorogram(header)
