"""Simulated runs to measure speed on: bones that move by known shifts, contrast that grows, quanta.

One patient is simulated without noise, before and after the injections. Each frame is that picture shifted by
a fraction of a pixel (exactly, by its Fourier transform), with more of the contrast than the frame before,
under a collimator that stays where it is, with the quantum noise of pulsed fluoroscopy.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import fft

from spreadscan.read.dicom import list_study, read_fluorogram
from spreadscan.values import Image

ROOT = Path(__file__).parents[2]
SIDE_PX = 1024
DETECTOR_MM = 240.0
QUANTA_PER_PX = 40.0
"""In the median of the field at 1024 pixels: 1500 quanta per mm² in the plane of the spine."""
MEDIAN_VALUE, MOST_VALUE = 1500.0, 4095
LASTS_S, BEFORE_S, GROWS_S = 8.0, 1.1, 4.0
BREATHING_PX, DRIFT_PX = (2.0, 0.5), (0.8, -0.6)
"""Amplitude of breathing, four seconds a breath, and drift over all: down and right, at 1024 pixels."""
SCENARIO = f"""
[setup]
rows = {SIDE_PX}
columns = {SIDE_PX}
field_mm = {DETECTOR_MM}
centre = ["L4"]
[detector]
quanta_per_mm2 = 1e6
electronic_noise = 0
[collimator]
shape = "none"
[processing]
chain = "linear"
bits = 16
[motion]
breathing_px = 0
drift_px = 0
gas_px = 0
[study]
kind = "pair"
""" + "".join(
    f'[[injections]]\nlevel = "{level}"\nside = "left"\nvolume_ml = 0.7\n' for level in ("L3", "L4", "L5")
)


class Patient(NamedTuple):
    """Attenuation without contrast, attenuation that all of the contrast adds, and the landmarks."""

    before: Image
    added: Image
    landmarks: dict[str, object]


def simulated_patient(folder: Path) -> Patient:
    """Return a patient of the simulator, the same at every call."""
    scenario = folder / "patient.toml"
    scenario.write_text(SCENARIO)
    command = [sys.executable, "-m", "spreadscan", "simulate", str(scenario), "-o", str(folder / "patient")]
    subprocess.run([*command, "--seed", "3"], check=True, capture_output=True, cwd=ROOT)
    case = folder / "patient" / "001"
    before, after = (
        -np.log(np.maximum(read_fluorogram(header).stored[0], 1).astype(np.float32))
        for header in list_study(case)
    )
    added = cv2.GaussianBlur(after - before, (0, 0), 1.0)
    return Patient(before, np.maximum(added, 0), json.loads((case / "landmarks.json").read_text()))


def write_run(patient: Patient, path: Path, frames: int, side_px: int = SIDE_PX) -> tuple[Path, Path]:
    """Write a run as uncompressed 12-in-16-bit DICOM, and its landmarks beside it; return both paths.

    A run of one frame shows all of the contrast.
    """
    from tests.dicom_files import write_xa

    zoom = side_px / SIDE_PX
    size = (side_px, side_px)
    before, added = (cv2.resize(image, size, interpolation=cv2.INTER_AREA) for image in patient[:2])
    rng = np.random.default_rng(0)
    stored = np.empty((frames, side_px, side_px), np.uint16)
    for number in range(frames):
        shift, grown = (0.0, 0.0), 1.0
        if frames > 1:
            # whatever the number of frames, they show the same seconds
            shift, grown = _state(LASTS_S * number / frames, zoom)
        attenuation = _shifted(before + np.minimum(added, grown * added.max()), shift)
        stored[number] = _exposed(attenuation, rng, QUANTA_PER_PX / zoom**2)
    spacing = [DETECTOR_MM / side_px] * 2
    attributes = {"PixelIntensityRelationship": "LIN", "PixelIntensityRelationshipSign": 1}
    write_xa(path, stored, BitsStored=12, HighBit=11, ImagerPixelSpacing=spacing, **attributes)
    marked = path.with_suffix(".json")
    marked.write_text(json.dumps(_zoomed(patient.landmarks, zoom)))
    return path, marked


def _state(time_s: float, zoom: float) -> tuple[tuple[float, float], float]:
    """Shift in pixels, and the share of the contrast that has come, at a time of the run."""
    breath = np.sin(2 * np.pi * time_s / 4)
    rows, columns = (
        zoom * (breathing * breath + drift * time_s / LASTS_S)
        for breathing, drift in zip(BREATHING_PX, DRIFT_PX, strict=True)
    )
    return (float(rows), float(columns)), float(np.clip((time_s - BEFORE_S) / GROWS_S, 0, 1))


def _shifted(image: Image, shift_px: tuple[float, float]) -> Image:
    rows, columns = image.shape
    phase = np.add.outer(shift_px[0] * fft.fftfreq(rows), shift_px[1] * fft.rfftfreq(columns))
    moved: Image = fft.irfft2(fft.rfft2(image) * np.exp(-2j * np.pi * phase), image.shape)
    return moved.astype(np.float32)


def _exposed(attenuation: Image, rng: np.random.Generator, quanta_per_px: float) -> NDArray[np.uint16]:
    """Stored values of a frame: quanta counted through a round collimator, blurred by the detector."""
    rows, columns = attenuation.shape
    row, column = np.ogrid[:rows, :columns]
    reach = 0.47 * rows
    is_open = (row - rows / 2) ** 2 + (column - columns / 2) ** 2 < reach**2
    intensity = np.exp(-attenuation)
    median = float(np.median(intensity[is_open]))
    expected = intensity / median * np.where(is_open, quanta_per_px, 0.01 * quanta_per_px)
    counted = cv2.GaussianBlur(rng.poisson(expected).astype(np.float32), (0, 0), 0.6)
    values = counted * (MEDIAN_VALUE / quanta_per_px)
    return np.rint(np.clip(values, 0, MOST_VALUE)).astype(np.uint16)


def _zoomed(landmarks: dict[str, object], zoom: float) -> dict[str, object]:
    points = landmarks["points"]
    assert isinstance(points, list)
    # centres of pixels lie at whole numbers
    moved = [{**p, **{axis: (p[axis] + 0.5) * zoom - 0.5 for axis in ("row", "column")}} for p in points]
    return {**landmarks, "points": moved}
