"""The images of a study at random: how they are taken, what the detector and the console make of them.

Shares and ranges are wide guesses by which every system is met; ``docs/simulator.md`` lists them.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from spreadscan.phantom.draw_patient import between
from spreadscan.phantom.scenario import (
    Beam,
    Collimator,
    Detector,
    FileStyle,
    PatientMotion,
    Processing,
    Setup,
    Study,
)


def draw_setup(rng: np.random.Generator, size: int) -> Setup:
    """Where source, detector and patient are, for an image of this many pixels a side."""
    centre = (("L4",), ("L4", "L5"), ("L3", "L4", "L5"))[int(rng.integers(3))]
    return Setup(
        primary_deg=round(float(np.clip(rng.normal(0, 3.5), -9, 9)), 1),
        secondary_deg=round(float(np.clip(rng.normal(1, 5), -12, 14)), 1),
        table_deg=round(float(rng.normal(0, 3)), 1),
        source_to_image_mm=float(rng.choice([980, 1000, 1050, 1100])),
        source_to_isocentre_mm=round(between(rng, 650, 750), 0),
        field_mm=float(rng.choice([200, 215, 230, 250, 300], p=[0.15, 0.25, 0.3, 0.2, 0.1])),
        rows=size,
        columns=size,
        centre=centre,
        offset_mm=(round(float(rng.normal(0, 6)), 1), 0.0, round(float(rng.normal(-2, 5)), 1)),
        patient_left="image-right" if rng.random() < 0.2 else "image-left",
        head_up=bool(rng.random() >= 0.03),
    )


def draw_beam(rng: np.random.Generator) -> Beam:
    """Tube voltage, filter, focal spot."""
    return Beam(
        peak_kv=float(rng.integers(66, 96)),
        copper_mm=float(rng.choice([0.0, 0.1, 0.2, 0.3])),
        focal_spot_mm=float(rng.choice([0.3, 0.6, 1.0])),
        heel=between(rng, -0.1, 0.1),
    )


def draw_detector(rng: np.random.Generator, kind: str) -> Detector:
    """Dose, scatter, blur; pulsed runs get less dose than single images."""
    low, high = (500, 3000) if kind == "cine" else (1500, 15000)
    return Detector(
        quanta_per_mm2=round(float(np.exp(rng.uniform(np.log(low), np.log(high)))), 1),
        scatter_fraction=between(rng, 0.2, 0.5),
        blur_px=between(rng, 0.4, 0.9),
        electronic_noise=between(rng, 0.03, 0.15),
        glare=float(rng.choice([0.0, 0.03, 0.06, 0.1])),
        vignetting=between(rng, 0.03, 0.18),
        pincushion=between(rng, 0.02, 0.06) if rng.random() < 0.15 else 0.0,
        recursive=between(rng, 0.2, 0.6) if kind == "cine" and rng.random() < 0.3 else 0.0,
    )


def draw_collimator(rng: np.random.Generator, processing: Processing) -> Collimator:
    """What is left open."""
    fill = None if processing.chain == "linear" or rng.random() < 0.33 else 0.0
    shape: Any = rng.choice(["circle", "rectangle", "none", "octagon"]).item()
    low = 0.96 if shape == "circle" else 0.84
    turn = round(float(rng.normal(0, 2)), 1)
    return Collimator(shape, between(rng, low, 0.99), between(rng, low, 0.99), turn, fill)


def draw_processing(rng: np.random.Generator) -> Processing:
    """What the console makes of the signal."""
    chain: Any = rng.choice(["display", "logarithmic", "linear"], p=[0.55, 0.35, 0.1]).item()
    return Processing(
        chain=chain,
        bits=int(rng.choice([8, 10, 12, 16] if chain == "display" else [10, 12, 16])),
        contrast_is="bright" if chain == "display" and rng.random() < 0.1 else "dark",
        inverted=bool(rng.random() < 0.15),
        flattening=between(rng, 0.2, 0.6),
        edge_gain=between(rng, 0.2, 1.1),
        edge_sigma_px=between(rng, 1.0, 2.2),
        sigmoid=bool(rng.random() < 0.4),
        median=bool(rng.random() < 0.15),
        headroom=between(rng, 0.05, 0.3),
        automatic=bool(rng.random() < 0.1),
        burned_in="text" if rng.random() < 0.12 else "none",
    )


def draw_file(rng: np.random.Generator, kind: str, processing: Processing) -> FileStyle:
    """Kind of DICOM object, how it is encoded, what its header lacks."""
    sop: Any = rng.choice(["XA", "XRF", "DX", "SC"], p=[0.5, 0.2, 0.15, 0.15]).item()
    if kind == "cine":
        sop = {"DX": "XA", "SC": "SC-multiframe"}.get(sop, sop)
    elif sop == "DX" and processing.chain == "display":
        sop = "CR" if rng.random() < 0.3 else "DX"
    lacks = [
        name
        for name, share in (("orientation", 0.25), ("spacing", 0.2), ("geometry", 0.15), ("angles", 0.2))
        if rng.random() < share
    ]
    syntaxes = ("explicit-little", "implicit-little", "rle", "jpeg-lossless", "jpeg-ls", "jpeg-2000-lossless")
    syntax: Any = rng.choice(syntaxes).item()
    names_mask = bool(kind == "cine" and rng.random() < 0.3)
    return FileStyle(sop, syntax, tuple(lacks), bool(rng.random() < 0.3), names_mask)


def fitting_processing(
    processing: Processing, file: FileStyle, kind: str, rng: np.random.Generator
) -> Processing:
    """Runs and captures for display are stored in 8 bits; captures are often lettered."""
    capture = file.sop_class.startswith("SC")
    if processing.chain == "display" and (kind == "cine" or capture):
        processing = replace(processing, bits=8)
    if capture and rng.random() < 0.6:
        processing = replace(processing, burned_in="text")
    return processing


def draw_study(rng: np.random.Generator, kind: Any) -> Study:
    """Which images of a kind of study."""
    return Study(
        kind=kind,
        frames=int(rng.integers(8, 18)),
        before=int(rng.integers(2, 5)),
        frames_per_s=float(rng.choice([2.0, 3.0, 4.0, 7.5])),
        scout_needles=bool(rng.random() < 0.85),
    )


def draw_motion(rng: np.random.Generator) -> PatientMotion:
    """How much moves."""
    return PatientMotion(
        breathing_px=between(rng, 0.5, 3),
        breaths_per_s=between(rng, 0.2, 0.35),
        jump_px=(round(float(rng.normal(0, 3)), 2), round(float(rng.normal(0, 3)), 2))
        if rng.random() < 0.1
        else (0.0, 0.0),
        drift_px=between(rng, 0, 0.8),
        gas_px=between(rng, 0, 4),
    )
