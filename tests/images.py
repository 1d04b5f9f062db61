"""A cartoon of the lumbar spine whose motion, contrast and noise are known, and the values made of it.

The cartoon is a formula, so a motion by a fraction of a pixel is exact: ``scene`` is evaluated where each
pixel of the moved frame looks. One pixel is one millimetre, and left and right junctions have their reference
distance, so one pixel is one reference millimetre too. Everything is the same at every call.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from spreadscan.anatomy import ASSESSED_LEVELS, REFERENCE, Level, Side
from spreadscan.settings import Settings
from spreadscan.stages.align import align
from spreadscan.stages.attenuate import attenuate
from spreadscan.stages.calibrate import calibrate, judging_scale
from spreadscan.stages.choose import choose, with_baseline_file
from spreadscan.stages.classify import Look, classify
from spreadscan.stages.cover import Scene, cover
from spreadscan.stages.delimit import delimit
from spreadscan.stages.follow import follow
from spreadscan.stages.orient import orient, with_patient_sides
from spreadscan.stages.place import place
from spreadscan.stages.segment import segment
from spreadscan.stages.subtract import subtract
from spreadscan.stages.summarise import summarise
from spreadscan.stages.uptake import find_uptake
from spreadscan.values import (
    AlignedPair,
    AttenuationRun,
    BranchRegions,
    Calibration,
    ContrastMap,
    ContrastSummary,
    Coverage,
    Fluorogram,
    FramePair,
    GeometryFacts,
    ImageHeader,
    JudgingScale,
    Kinds,
    Landmark,
    Landmarks,
    Motion,
    Orientation,
    PixelFacts,
    Request,
    SpreadMask,
    TimeCourse,
    Uncalibrated,
    Uptake,
    ViewFacts,
    XrayField,
)

SIZE_PX = 96
SCALE = JudgingScale(1.0, "the cartoon")
CALIBRATION = Calibration(1.0, 1.0, "the cartoon", 0.02)
LEFT_ON_LEFT = Orientation("image left", "user", True, True)
LEFT_ON_RIGHT = Orientation("image right", "user", True, True)
SIDE_UNKNOWN = Orientation("unknown", "unknown", None, True, ("side-unknown",))
STILL = Motion(rows_px=0.0, columns_px=0.0, rotation_deg=0.0, agreement=1.0, residual_px=0.0)
MIDDLE_PX = (SIZE_PX - 1) / 2
JUNCTION_ROWS: dict[Level, float] = {"L3": 12.0, "L4": 39.5, "L5": 67.0}
"""Closer than in life, so that all regions lie in the image."""
NOISE_LN = 0.01
"""Noise of a frame of the cartoon, in attenuation: about that of a cine frame binned to 1 mm."""

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]


# the cartoon


class Blob(NamedTuple):
    """Contrast: a round Gaussian; its amount is the attenuation at its centre."""

    row: float
    column: float
    amount: float
    sd_px: float = 4.0


class Needle(NamedTuple):
    """A straight needle from one point to another, (row, column) each."""

    start: tuple[float, float]
    end: tuple[float, float]
    amount: float = 0.8
    sd_px: float = 0.45


def motion(rows_px: float = 0.0, columns_px: float = 0.0, rotation_deg: float = 0.0) -> Motion:
    return Motion(rows_px, columns_px, rotation_deg, agreement=1.0, residual_px=0.0)


def scene(seen: Motion = STILL, blobs: Iterable[Blob] = (), needles: Iterable[Needle] = ()) -> Image:
    """Return the attenuation of a frame: the patient, with all that is in them, moved by ``seen``."""
    row, column = _looked_at(seen)
    image = 1.2 + 0.3 * np.cos(column / 40 - 1) + 0.2 * np.sin(row / 50)
    x = column - MIDDLE_PX
    for level, junction in JUNCTION_ROWS.items():
        y, width = row - junction, REFERENCE[level].junction_x_mm
        image += 0.20 * _box(y - 9, x, 10, 23)
        image += 0.15 * _box(y - 5, np.abs(x) - width - 9, 4.5, 10)
        image += 0.15 * _box(y + 3, np.abs(x) - width + 4, 8, 4)
        image += 0.12 * _box(y - 13, x - 1.5, 6, 3)
    for wave, angle, phase in ((7, 0.4, 0.1), (9, 1.3, 2.0), (11, 2.2, 4.0), (8, 2.9, 1.0)):
        image += 0.015 * np.cos(2 * np.pi / wave * (row * np.cos(angle) + column * np.sin(angle)) + phase)
    for blob in blobs:
        squared = (row - blob.row) ** 2 + (column - blob.column) ** 2
        image += blob.amount * np.exp(-squared / (2 * blob.sd_px**2))
    for needle in needles:
        image += needle.amount * _line(row, column, needle)
    return image.astype(np.float32)


def noisy(image: Image, seed: int, sd_ln: float = NOISE_LN) -> Image:
    noise = np.random.default_rng(seed).normal(0, sd_ln, image.shape)
    return (image + noise).astype(np.float32)


def rectangle(
    top: int, left: int, bottom: int, right: int, shape: tuple[int, int] = (SIZE_PX, SIZE_PX)
) -> Mask:
    """Return where row and column lie from top to bottom and left to right, the last ones left out."""
    mask = np.zeros(shape, bool)
    mask[top:bottom, left:right] = True
    return mask


def whole(shape: tuple[int, ...] = (SIZE_PX, SIZE_PX)) -> Mask:
    return np.ones(shape, bool)


def nothing(shape: tuple[int, ...] = (SIZE_PX, SIZE_PX)) -> Mask:
    return np.zeros(shape, bool)


def collimated(image: Image, opening: Mask, outside: float = 4.0) -> Image:
    return np.where(opening, image, np.float32(outside))


def _looked_at(seen: Motion) -> NDArray[np.float64]:
    """The point of the reference, (2, R, C), that each pixel of the moved frame shows."""
    row, column = np.mgrid[:SIZE_PX, :SIZE_PX] - MIDDLE_PX
    row, column = row - seen.rows_px, column - seen.columns_px
    cos, sin = np.cos(np.radians(seen.rotation_deg)), np.sin(np.radians(seen.rotation_deg))
    return np.stack([cos * row + sin * column, -sin * row + cos * column]) + MIDDLE_PX


def _box(row: NDArray[Any], column: NDArray[Any], half_height: float, half_width: float) -> NDArray[Any]:
    return expit(2 * (half_height - np.abs(row))) * expit(2 * (half_width - np.abs(column)))


def _line(row: NDArray[Any], column: NDArray[Any], needle: Needle) -> NDArray[Any]:
    start, end = np.array(needle.start), np.array(needle.end)
    length = np.hypot(*(end - start))
    down, across = (end - start) / length
    y, x = row - start[0], column - start[1]
    part = np.clip(y * down + x * across, 0, length)
    squared = (y - part * down) ** 2 + (x - part * across) ** 2
    return np.exp(-squared / (2 * needle.sd_px**2))


# values made by hand


def header(**changes: Any) -> ImageHeader:
    """Return the header of one image of the cartoon's size that says nothing more."""
    says = {
        "path": Path("study/image.dcm"),
        "sha256": "0" * 64,
        "sop_class": "X-Ray Angiographic Image Storage",
        "modality": "XA",
        "frames": 1,
        "rows": SIZE_PX,
        "columns": SIZE_PX,
        "pixels": PixelFacts(16, False, "LIN", 1, False, False),
        "geometry": GeometryFacts(),
        "view": ViewFacts(),
        "apertures": (),
        "mask_frames": (),
        "frame_times_s": None,
        "order": None,
        "role_hint": None,
        "patient_key": "patient",
        "study_key": "study",
    }
    return ImageHeader(**{**says, **changes})


def fluorogram(stored: NDArray[Any], **changes: Any) -> Fluorogram:
    """Return an image or run, (T, R, C), whose header fits it."""
    frames, rows, columns = stored.shape
    return Fluorogram(header(frames=frames, rows=rows, columns=columns, **changes), stored)


def linear_pixels(images: Sequence[Image], full: float = 30000) -> NDArray[np.uint16]:
    """Return attenuation as stored linear intensity, (T, R, C)."""
    return np.rint(full * np.exp(-np.stack(images))).astype(np.uint16)


def field_of(inside: Mask) -> XrayField:
    return XrayField(inside, "drawn", "free")


def attenuation_run(images: Sequence[Image], inside: Mask | None = None, unit: Any = "ln") -> AttenuationRun:
    """Return a run with these attenuations, rounded to 0.0001."""
    stored = np.rint(np.stack(images) * 10000).astype(np.uint16)
    curve = (np.arange(65536) / 10000).astype(np.float32)
    field = field_of(whole(stored.shape[1:]) if inside is None else inside)
    return AttenuationRun(stored, curve, 0, field, unit, "dark")


def frame_pair(frame: int, baseline: tuple[int, ...], **changes: Any) -> FramePair:
    says = {"contrast_frames": (frame,), "baseline_is_run": True, "reason": "by hand", "flags": ()}
    return FramePair(frame=frame, baseline_frames=baseline, **{**says, **changes})


def aligned_pair(contrast: Image, baseline: Image, valid: Mask | None = None, **changes: Any) -> AlignedPair:
    says = {"contrast_count": 1, "baseline_count": 1, "motions": (STILL,), "unit": "ln"}
    return AlignedPair(contrast, baseline, whole() if valid is None else valid, **{**says, **changes})


def contrast_map(signal: Any, **changes: Any) -> ContrastMap:
    """Return a map with limit 1 everywhere."""
    signal = np.array(signal, np.float32)
    says = {
        "noise_sd": np.zeros(signal.shape, np.float32),
        "limit": np.ones(signal.shape, np.float32),
        "valid": whole(signal.shape),
        "metal": nothing(signal.shape),
        "method": "baseline",
        "unit": "ln",
        "limit_relative_sd": 0.2,
        "judgeable": True,
    }
    return ContrastMap(signal, **{**says, **changes})


def spread_mask(sure: Mask, limit_relative_sd: float = 0.0, strength: Image | None = None) -> SpreadMask:
    """Return a mask without a rim: far above the limit inside, nothing outside."""
    strong = np.where(sure, np.float32(9), np.float32(0)) if strength is None else strength
    return SpreadMask(sure, sure.copy(), strong, limit_relative_sd, "measured")


def junction(level: Level, side: Side, row: float, column: float, sd_px: float | None = None) -> Landmark:
    return Landmark(level, side, "sap_tp_junction", row, column, sd_px)


def cartoon_landmarks(
    levels: Iterable[Level] = ASSESSED_LEVELS,
    sides: tuple[Side, Side] = ("left", "right"),
    sd_px: float = 1.0,
) -> Landmarks:
    """Return the junctions of the cartoon, the first side on image left.

    They lie a little beside the centres of pixels, so that no border of a region runs through centres.
    """
    points = [
        junction(level, side, JUNCTION_ROWS[level] + 0.3, column, sd_px)
        for level in levels
        for side, sign in zip(sides, (-1, 1), strict=True)
        for column in [MIDDLE_PX + sign * REFERENCE[level].junction_x_mm]
    ]
    return Landmarks("given", tuple(points))


# the stages one after the other


class Chain(NamedTuple):
    """What every stage made of one study with a baseline."""

    calibration: Calibration | Uncalibrated
    scale: JudgingScale
    orientation: Orientation
    run: AttenuationRun
    baseline_run: AttenuationRun
    pair: FramePair
    aligned: AlignedPair
    contrast: ContrastMap
    mask: SpreadMask
    regions: BranchRegions
    coverage: Coverage
    summary: ContrastSummary
    course: TimeCourse | None
    uptake: Uptake
    kinds: Kinds


def chain(
    image: Fluorogram,
    landmarks: Landmarks,
    baseline: Fluorogram | None = None,
    mm_per_px: float | None = 1.0,
    settings: Settings | None = None,
) -> Chain:
    """Return what the stages make of a run, or of an image with its baseline."""
    settings = settings or Settings()
    calibration = calibrate(image.header, mm_per_px, settings.calibrate)
    scale = judging_scale(calibration, image.header, None, settings.calibrate)
    orientation = orient(image.header, None, landmarks, settings.orient)
    landmarks = with_patient_sides(landmarks, orientation)
    run, baseline_run = (
        attenuate(one, delimit(one, scale, settings.delimit), scale, settings.attenuate)
        for one in (image, baseline or image)
    )
    pair = choose(run, scale, Request(), settings.choose)
    if baseline is not None:
        pair = with_baseline_file(pair, len(baseline.stored), settings.choose)
    aligned = align(run, baseline_run, pair)
    contrast = subtract(aligned, scale, settings.subtract)
    mask = segment(contrast, scale, settings.segment)
    regions = place(landmarks, orientation, settings.cover)
    coverage = cover(regions, Scene(mask, contrast.valid, contrast.metal, ""), settings.cover)
    course = follow(run, pair, mask, scale, settings.follow)
    uptake = find_uptake(course, regions, image.header.frame_times_s, scale, settings.uptake)
    look = Look(run.frame(pair.frame), run.field.inside, scale)
    kinds = classify(mask, regions, uptake, look, settings.classify)
    summary = summarise(mask, contrast, regions, calibration, settings.quantify.fixed_ln)
    summary = replace(summary, components=kinds.components)
    return Chain(
        calibration, scale, orientation, run, baseline_run, pair,
        aligned, contrast, mask, regions, coverage, summary, course, uptake, kinds,
    )  # fmt: skip


def digest(item: Any) -> str:
    """Return the SHA-256 of all that a value holds, to the last bit of its arrays."""
    found = hashlib.sha256()
    for part in _parts(item):
        found.update(part)
    return found.hexdigest()


def _parts(item: Any) -> Iterable[bytes]:
    yield type(item).__name__.encode()
    if isinstance(item, np.ndarray):
        yield f"{item.dtype}{item.shape}".encode() + np.ascontiguousarray(item).tobytes()
    elif is_dataclass(item):
        for field in fields(item):
            yield from _parts(getattr(item, field.name))
    elif isinstance(item, (tuple, list)):
        for part in item:
            yield from _parts(part)
    else:
        yield repr(item).encode()
