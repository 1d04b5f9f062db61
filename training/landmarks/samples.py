"""Samples that the search for landmarks learns from: simulated images, changed at random, and what is none.

Size, turn, shape, tones, noise, metal, contrast-like blots, collimation and lettering vary; a part of the
samples is no lumbar spine at all: drawn chests, hips, long bones, skulls, empty fields, and turned spines.
"""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from spreadscan.detect.maps import CHANNELS
from spreadscan.detect.picture import SIDE, Square, channels_of
from spreadscan.values import Image
from training.landmarks.images import KEPT_SIDE, Kept
from training.landmarks.no_spines import draw_no_spine
from training.looks import (
    with_bare_beam,
    with_detector,
    with_lettering,
    with_metal,
    with_other_tones,
    with_texture,
)

FRONTAL_DEG = 11.0
"""Up to this rotation a view counts as frontal."""
READABLE_DEG = 30.0
"""Up to this rotation the points of both sides are told apart."""
AT_THE_SPINE = 0.7
"""Share of the samples that are centred on L3 to L5."""
FEWEST_SEEN = 4
"""Junctions of L3 to L5 that must be in the field for a sample to count as answerable."""

Rng = np.random.Generator


class Sample(NamedTuple):
    """Input and truth.

    Attributes:
        channels: (3, S, S).
        points: (K, 2) row and column; NaN where absent.
        weighed: whether the points count.
        answerable: 1 for a frontal lumbar view, 0 for anything else.
    """

    channels: Image
    points: NDArray[np.float32]
    weighed: float
    answerable: float


def draw_sample(images: Sequence[Kept], rng: Rng) -> Sample:
    """Return a sample of one of the images, or of something that is no spine."""
    if rng.random() < 0.08:
        return _nothing(draw_no_spine(rng), np.ones((SIDE, SIDE), bool), rng)
    kept = images[rng.integers(len(images))]
    tone, inside, points = _cut(kept, rng)
    if rng.random() < 0.12:
        other, _, _ = _cut(images[rng.integers(len(images))], rng)
        tone = with_texture(tone, np.maximum(other, 0), rng)
    turns = int(rng.choice([0, 1, 2, 3], p=[0.92, 0.02, 0.04, 0.02])) if kept.head_up else 0
    if turns or not kept.head_up:
        return _nothing(np.rot90(tone, turns).copy(), np.rot90(inside, turns).copy(), rng)
    if rng.random() < 0.03:
        return _nothing(_shuffled(tone, rng), inside, rng)
    tone, inside = _with_looks(tone, inside, rng)
    return _labelled(kept, tone, inside, points)


def whole_sample(kept: Kept) -> Sample:
    """Return an image as it is, unchanged."""
    size = (SIDE, SIDE)
    inside = cv2.resize((kept.square > -0.9).astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5
    tone = cv2.resize(np.maximum(kept.square, 0), size, interpolation=cv2.INTER_AREA)
    points = (kept.points + 0.5) * SIDE / KEPT_SIDE - 0.5
    return _labelled(kept, tone, inside, points)


def channels_from(tone: Image, inside: NDArray[np.bool_]) -> Image:
    """Return the channels of a tone that was changed: percentiles are taken anew."""
    values = tone[inside] if inside.any() else tone.ravel()
    low, high = np.percentile(values[::7], [1, 99])
    scaled = np.clip((tone - low) / max(float(high - low), 1e-6), -0.2, 1.2).astype(np.float32)
    return channels_of(Square(scaled, inside, 1.0, 0.0, 0.0))


def _labelled(kept: Kept, tone: Image, inside: NDArray[np.bool_], points: NDArray[np.float64]) -> Sample:
    target = np.full((len(CHANNELS), 2), np.nan, np.float32)
    for name, (row, column) in zip(kept.names, points, strict=True):
        r, c = round(float(row)), round(float(column))
        if name in CHANNELS and 0 <= r < SIDE and 0 <= c < SIDE and inside[r, c]:
            target[CHANNELS.index(name)] = row, column
    seen = sum(
        bool(np.isfinite(target[k, 0]))
        for k, name in enumerate(CHANNELS)
        if name.startswith(("junction_L3", "junction_L4", "junction_L5"))
    )
    frontal = abs(kept.primary_deg) <= FRONTAL_DEG
    readable = abs(kept.primary_deg) <= READABLE_DEG
    return Sample(
        channels_from(tone, inside),
        target,
        float(readable),
        float(frontal and seen >= FEWEST_SEEN),
    )


def _nothing(tone: Image, inside: NDArray[np.bool_], rng: Rng) -> Sample:
    tone, inside = _with_looks(tone, inside, rng)
    absent = np.full((len(CHANNELS), 2), np.nan, np.float32)
    return Sample(channels_from(tone, inside), absent, 1.0, 0.0)


def mirrored(kept: Kept) -> Kept:
    """Return an image mirrored left to right; its names and its rotation change sides with it."""
    swap = {"left": "right", "right": "left", "middle": "middle"}
    names = tuple(f"{name.rsplit('_', 1)[0]}_{swap[name.rsplit('_', 1)[1]]}" for name in kept.names)
    points = kept.points.copy()
    points[:, 1] = KEPT_SIDE - 1 - points[:, 1]
    return kept._replace(
        square=kept.square[:, ::-1].copy(),
        names=names,
        points=points,
        primary_deg=-kept.primary_deg,
        parallax_deg=-kept.parallax_deg,
    )


def _cut(kept: Kept, rng: Rng) -> tuple[Image, NDArray[np.bool_], NDArray[np.float64]]:
    """A part of an image: turned, resized, sheared and bent; the field and the points go with it."""
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32) - np.float32((SIDE - 1) / 2)
    # a point of the sample is so many of the image: fields of about 100 to 290 mm
    whole = KEPT_SIDE / SIDE
    finest, coarsest = min(0.52 / kept.mm, whole), max(min(1.15 * whole, 1.5 / kept.mm), 0.8 * whole)
    zoom = float(np.exp(rng.uniform(np.log(finest), np.log(coarsest))))
    angle = np.radians(rng.normal(0, 5))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shear, stretch = rng.normal(0, 0.03), np.exp(rng.normal(0, 0.06))
    matrix = zoom * turn @ np.array([[stretch, shear], [0, 1 / stretch]])
    spare = max(0.0, KEPT_SIDE - SIDE * zoom) / 2 + 8
    centre = (KEPT_SIDE - 1) / 2 + rng.uniform(-1, 1, 2) * spare
    if rng.random() < AT_THE_SPINE:
        centre = _near_the_spine(kept, zoom, rng)
    bend = [
        cv2.resize(rng.normal(0, 1, (5, 5)).astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
        * np.float32(rng.uniform(0, 3.0))
        for _ in range(2)
    ]
    row = centre[0] + matrix[0, 0] * y + matrix[0, 1] * x + bend[0]
    column = centre[1] + matrix[1, 0] * y + matrix[1, 1] * x + bend[1]
    row, column = row.astype(np.float32), column.astype(np.float32)
    inside = cv2.remap((kept.square > -0.9).astype(np.float32), column, row, cv2.INTER_LINEAR) > 0.5
    tone = cv2.remap(np.maximum(kept.square, 0), column, row, cv2.INTER_LINEAR)
    moved = np.linalg.solve(matrix, (kept.points - centre).T).T
    for _ in range(3):  # the bend is undone by fixed-point iteration
        at = np.clip(np.rint(moved + (SIDE - 1) / 2), 0, SIDE - 1).astype(int)
        shift = np.stack([bend[0][at[:, 0], at[:, 1]], bend[1][at[:, 0], at[:, 1]]], 1)
        moved = np.linalg.solve(matrix, (kept.points - centre - shift).T).T
    return tone, inside, moved + (SIDE - 1) / 2


def _near_the_spine(kept: Kept, zoom: float, rng: Rng) -> NDArray[np.float64]:
    """A centre as people choose it: about the junctions of L3 to S1."""
    wanted = [name.startswith(("junction_L3", "junction_L4", "junction_L5")) for name in kept.names]
    middle = kept.points[wanted].mean(0) if any(wanted) else np.full(2, (KEPT_SIDE - 1) / 2)
    aimed = middle + rng.normal(0, 0.1, 2) * SIDE * zoom
    reach = SIDE * zoom / 2
    low, high = min(reach, KEPT_SIDE / 2) - 10, max(KEPT_SIDE - reach, KEPT_SIDE / 2) + 10
    return np.clip(aimed, low, high)


def _with_looks(tone: Image, inside: NDArray[np.bool_], rng: Rng) -> tuple[Image, NDArray[np.bool_]]:
    if rng.random() < 0.8:
        tone = with_other_tones(tone, rng)
    if rng.random() < 0.3:
        tone = tone + _blots(rng)
    if rng.random() < 0.45:
        tone = with_metal(tone, rng)
    if rng.random() < 0.06:
        tone = with_lettering(tone, rng)
    if rng.random() < 0.05:
        tone = with_bare_beam(tone, rng)
    if rng.random() < 0.35:
        tone = tone - _gas(rng)
    tone = with_detector(tone, rng)
    if rng.random() < 0.3:
        tone = tone + rng.normal(0, rng.uniform(0, 0.12), tone.shape)
    if rng.random() < 0.05:
        tone = 1 - tone
    if rng.random() < 0.5:
        inside = inside & _shutter(rng)
    return np.asarray(tone, np.float32), inside


def _blots(rng: Rng) -> Image:
    """Contrast: some soft-edged blots, strung together."""
    canvas = np.zeros((SIDE, SIDE), np.float32)
    for _ in range(rng.integers(1, 6)):
        place = rng.uniform(30, SIDE - 30, 2)
        for _ in range(rng.integers(1, 9)):
            place = place + rng.normal(0, 6, 2)
            axes = tuple(int(a) for a in rng.uniform(2, 11, 2))
            at = (int(place[1]), int(place[0]))
            cv2.ellipse(canvas, at, axes, float(rng.uniform(0, 180)), 0, 360, 1.0, -1, cv2.LINE_AA)
    soft = cv2.GaussianBlur(canvas, (0, 0), rng.uniform(0.5, 2.5))
    return np.asarray(soft * rng.uniform(0.1, 0.7), np.float32)


def _gas(rng: Rng) -> Image:
    """Bowel gas: bright rounded pockets."""
    canvas = np.zeros((SIDE, SIDE), np.float32)
    for _ in range(rng.integers(1, 8)):
        at = tuple(int(a) for a in rng.uniform(0, SIDE, 2))
        axes = tuple(int(a) for a in rng.uniform(4, 26, 2))
        cv2.ellipse(canvas, at, axes, float(rng.uniform(0, 180)), 0, 360, 1.0, -1, cv2.LINE_AA)
    soft = cv2.GaussianBlur(canvas, (0, 0), rng.uniform(1, 4))
    return np.asarray(soft * rng.uniform(0.05, 0.5), np.float32)


def _shutter(rng: Rng) -> NDArray[np.bool_]:
    """A circle, a rectangle or an octagon that leaves most of the square."""
    y, x = np.mgrid[:SIDE, :SIDE] - SIDE / 2
    shape = rng.integers(3)
    if shape == 0:
        return np.hypot(y, x) < rng.uniform(0.46, 0.52) * SIDE
    half = rng.uniform(0.40, 0.5, 2) * SIDE
    angle = np.radians(rng.normal(0, 3))
    u, v = y * np.cos(angle) - x * np.sin(angle), y * np.sin(angle) + x * np.cos(angle)
    box = (np.abs(u) < half[0]) & (np.abs(v) < half[1])
    if shape == 1:
        return box
    return box & (np.abs(u) + np.abs(v) < rng.uniform(1.25, 1.5) * half.mean())


def _shuffled(tone: Image, rng: Rng) -> Image:
    """Blocks of the image in another order: the texture of a spine without a spine."""
    size = SIDE // int(rng.choice([2, 4]))
    blocks = [tone[r : r + size, c : c + size] for r in range(0, SIDE, size) for c in range(0, SIDE, size)]
    order = rng.permutation(len(blocks))
    across = SIDE // size
    rows = [np.hstack([blocks[k] for k in order[i : i + across]]) for i in range(0, len(order), across)]
    return np.vstack(rows)
