"""Samples that the network for single images learns from: parts of simulated images, changed at random.

What a network must not lean on is varied: size, turn, shape of the bones, tones, noise, the renderer's
texture, metal. Contrast of one image is laid onto another, and metal, lettering and bare beam that are no
contrast are painted in.
"""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from spreadscan.networks.single_image import GRID_MM, network_input
from training.cases import FINE_MM, Case, Image
from training.looks import (
    with_bare_beam,
    with_detector,
    with_lettering,
    with_metal,
    with_other_tones,
    with_texture,
)

CROP = 128
"""Side of a sample in points of the network's grid, if no other is asked for."""
LEAST_FIELD = 0.1
"""Share of a sample that must lie in the field."""

Rng = np.random.Generator


class Sample(NamedTuple):
    """Input channels (3, S, S) and where there is contrast (S, S)."""

    channels: Image
    contrast: Image


class _Cut(NamedTuple):
    tone: Image
    inside: NDArray[np.bool_]
    contrast: Image
    iodine: Image


def draw_plain(case: Case, rng: Rng, side: int = CROP) -> Sample | None:
    """Return a sample of a case, turned and bent but otherwise as it is, or ``None`` as ``draw_sample``."""
    cut = _cut(case, rng, side)
    return _seen(cut.tone, cut.contrast, cut.inside)


def draw_sample(case: Case, others: Sequence[Case], rng: Rng, side: int = CROP) -> Sample | None:
    """Return a sample of a case, or ``None`` where little of the field fell into it.

    Args:
        case: the image.
        others: images that contrast and texture may be borrowed from.
        rng: of all that is random.
        side: points along its sides, S.
    """
    cut = _cut(case, rng, side)
    tone, contrast = cut.tone, cut.contrast
    other = _cut(others[rng.integers(len(others))], rng, side)
    if rng.random() < (0.3 if case.empty else 0.12):
        tone, contrast = with_borrowed_contrast(tone, contrast, other, rng)
    elif rng.random() < 0.25 and not other.contrast.any():
        tone = tone + rng.uniform(0.1, 0.5) * other.tone
    elif rng.random() < 0.2:
        tone = with_texture(tone, other.tone, rng)
    tone = with_other_tones(tone, rng)
    if rng.random() < 0.45:
        tone = with_metal(tone, rng)
    if rng.random() < 0.08:
        tone = with_lettering(tone, rng)
    if rng.random() < 0.1:
        tone = with_bare_beam(tone, rng)
    return _seen(with_detector(tone, rng), contrast, cut.inside)


def _seen(tone: Image, contrast: Image, inside: NDArray[np.bool_]) -> Sample | None:
    if inside.mean() < LEAST_FIELD:
        return None
    seen = network_input(tone.astype(np.float32), inside, 1.0)
    return Sample(seen.channels, np.where(seen.inside, contrast, 0).astype(np.float32))


def _cut(case: Case, rng: Rng, side: int) -> _Cut:
    """A part of a case: turned, resized, mirrored, sheared and bent."""
    y, x = np.mgrid[:side, :side].astype(np.float32) - np.float32(side / 2)
    zoom = GRID_MM / FINE_MM * np.exp(rng.normal(0, 0.12))
    angle = np.radians(rng.normal(0, 6))
    shear, stretch = rng.normal(0, 0.06), np.exp(rng.normal(0, 0.06))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = zoom * turn @ np.array([[stretch, shear], [0, 1 / stretch]]) @ np.diag(rng.choice([-1, 1], 2))
    tone, field, contrast, iodine = case.decoded()
    size = np.array(tone.shape)
    spare = np.maximum(size - 0.8 * side * zoom, 0)
    centre = size / 2 + rng.uniform(-0.5, 0.5, 2) * spare
    if not case.empty and rng.random() < 0.3:
        marked = np.argwhere(contrast > 0.5)
        if len(marked):
            centre = marked[rng.integers(len(marked))] + rng.normal(0, 25, 2)
    row = matrix[0, 0] * y + matrix[0, 1] * x + centre[0]
    column = matrix[1, 0] * y + matrix[1, 1] * x + centre[1]
    if rng.random() < 0.6:
        row, column = row + _bend(x, y, rng), column + _bend(x, y, rng)
    row, column = row.astype(np.float32), column.astype(np.float32)

    def sampled(image: Image) -> Image:
        return np.asarray(cv2.remap(image, column, row, cv2.INTER_LINEAR), np.float32)

    inside = sampled(field) > 0.95
    return _Cut(sampled(tone), inside, sampled(contrast), sampled(iodine))


def _bend(x: Image, y: Image, rng: Rng) -> Image:
    """A smooth shift in pixels of the fine grid, a few millimetres over a vertebra."""
    total = np.zeros_like(x)
    for _ in range(2):
        along, length = rng.uniform(0, 2 * np.pi), rng.uniform(40, 140) / GRID_MM
        wave = (x * np.cos(along) + y * np.sin(along)) * 2 * np.pi / length + rng.uniform(0, 2 * np.pi)
        total = total + rng.normal(0, 0.03) * length * np.sin(wave)
    return np.asarray(total, np.float32)


def with_borrowed_contrast(tone: Image, contrast: Image, donor: _Cut, rng: Rng) -> tuple[Image, Image]:
    """Lay the iodine of another image onto this one; what was its detection limit stays the limit.

    A limit of iodine adds 0.01 to 0.06 of the image's range, as it does in the simulated images.
    """
    at_limit = np.exp(rng.uniform(np.log(0.01), np.log(0.06)))
    added = np.minimum(donor.iodine * at_limit, rng.uniform(0.5, 1.2))
    return tone + added, np.maximum(contrast, donor.contrast)
