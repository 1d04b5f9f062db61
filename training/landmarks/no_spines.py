"""Drawn look-alikes of images that are no lumbar spine: chests, hips, long bones, skulls, empty fields.

They need not fool a radiologist: they only have to teach that bright lungs, ribs, a ball in a socket or a
shaft are no lumbar vertebrae.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from spreadscan.detect.picture import SIDE as SEEN
from spreadscan.values import Image

SIDE = 256
"""Things are drawn on a square of this side and shrunk to what the search sees."""

Rng = np.random.Generator


def draw_no_spine(rng: Rng) -> Image:
    """Return a tone (256, 256) of something that is no lumbar spine."""
    kinds = (_chest, _chest, _hip, _hip, _shafts, _skull, _empty, _rows)
    tone = kinds[rng.integers(len(kinds))](rng)
    if rng.random() < 0.5:
        tone = tone[:, ::-1]
    tone = tone + 0.05 * _field(rng, int(rng.choice([8, 16, 40, 80])))
    soft = cv2.GaussianBlur(np.ascontiguousarray(tone, np.float32), (0, 0), rng.uniform(0.5, 1.5))
    seen = cv2.resize(0.5 * soft + 0.25, (SEEN, SEEN), interpolation=cv2.INTER_AREA)
    return np.asarray(seen, np.float32)


def _field(rng: Rng, cells: int) -> Image:
    coarse = rng.normal(0, 1, (cells, cells)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC), np.float32)


def _path(points: NDArray[np.float64]) -> NDArray[np.int32]:
    return np.rint(points[:, ::-1] * 16).astype(np.int32)


def _bone(canvas: Image, points: NDArray[np.float64], width: float, strength: float) -> None:
    """A tube along a path: a dark rim and a lighter inside."""
    path = [_path(points)]
    layer = np.zeros_like(canvas)
    cv2.polylines(layer, path, False, 1.0, max(1, int(width)), cv2.LINE_AA, 4)
    inner = np.zeros_like(canvas)
    cv2.polylines(inner, path, False, 1.0, max(1, int(width * 0.65)), cv2.LINE_AA, 4)
    canvas += strength * (layer - 0.4 * inner)


def _blob(
    canvas: Image, centre: tuple[float, float], axes: tuple[float, float], how: tuple[float, float]
) -> None:
    angle, strength = how
    layer = np.zeros_like(canvas)
    at = (int(centre[1]), int(centre[0]))
    cv2.ellipse(layer, at, (max(1, int(axes[1])), max(1, int(axes[0]))), angle, 0, 360, 1.0, -1, cv2.LINE_AA)
    canvas += strength * cv2.GaussianBlur(layer, (0, 0), 2.0)


def _chest(rng: Rng) -> Image:
    """Two bright lungs, ribs across them, a heart, a column in the middle."""
    canvas = 0.6 + 0.2 * _field(rng, 3)
    middle, zoom = rng.uniform(90, 166), rng.uniform(0.7, 1.6)
    for sign in (-1, 1):
        _blob(canvas, (rng.uniform(90, 150), middle + sign * 62 * zoom), (95 * zoom, 45 * zoom), (0, -0.8))
    _blob(canvas, (170, middle + 15 * zoom), (50 * zoom, 45 * zoom), (30, 0.5))
    _blob(canvas, (SIDE + 20, middle), (70, 160), (0, 0.6))
    across = np.linspace(0, 1, 24)
    for sign in (-1, 1):
        for k in range(-1, 11):
            start = rng.normal(0, 2) + k * 24 * zoom
            sag = rng.uniform(15, 35) * zoom
            rows = start + sag * across**1.5 + 10 * zoom * np.sin(np.pi * across)
            columns = middle + sign * zoom * (10 + 95 * np.sin(across * np.pi / 2))
            _bone(canvas, np.stack([rows, columns], 1), rng.uniform(5, 8) * zoom, 0.25)
    if rng.random() < 0.8:
        for k in range(14):
            centre = (k * 21 * zoom + rng.normal(0, 1), middle + rng.normal(0, 1))
            _blob(canvas, centre, (8 * zoom, 13 * zoom), (0, rng.uniform(0.1, 0.3)))
    return canvas


def _hip(rng: Rng) -> Image:
    """A ball in its socket, a neck, a shaft with a thick rim, the wing above."""
    canvas = 0.3 + 0.15 * _field(rng, 3)
    row, column, r = rng.uniform(70, 160), rng.uniform(70, 170), rng.uniform(24, 52)
    _blob(canvas, (row, column), (r, r), (0, 0.4))
    ring = np.linspace(np.pi, 2 * np.pi, 30) + rng.uniform(-0.4, 0.4)
    socket = np.stack([row + 1.15 * r * np.sin(ring), column + 1.15 * r * np.cos(ring)], 1)
    _bone(canvas, socket, 0.2 * r, 0.5)
    neck = np.array([[row, column], [row + 1.2 * r, column + 1.5 * r]])
    _bone(canvas, neck, 1.3 * r, 0.35)
    shaft = np.array([neck[1], [SIDE + 40, column + rng.uniform(1.4, 2.2) * r]])
    _bone(canvas, shaft, 1.2 * r, 0.5)
    wing = np.array([[row - 1.1 * r, column - 0.3 * r], [row - 3 * r, column - rng.uniform(0, 2) * r]])
    _bone(canvas, wing, 1.6 * r, 0.35)
    arch = np.array(
        [[row, column - 1.2 * r], [row + 1.6 * r, column - 2.4 * r], [row + 2.2 * r, column - 1.2 * r]]
    )
    _bone(canvas, arch, 0.5 * r, 0.35)
    return canvas


def _shafts(rng: Rng) -> Image:
    """Long bones with joints: knee, elbow, shoulder, forearm, hand."""
    canvas = 0.2 + 0.15 * _field(rng, 4)
    for _ in range(rng.integers(1, 6)):
        ends = rng.uniform(-20, SIDE + 20, (2, 2))
        way = np.linspace(0, 1, 12)[:, None]
        path = ends[0] + way * (ends[1] - ends[0]) + rng.normal(0, 6, 2) * np.sin(np.pi * way)
        width = rng.uniform(8, 60)
        _bone(canvas, path, width, rng.uniform(0.2, 0.7))
        for end in ends:
            _blob(canvas, (end[0], end[1]), (width * 0.8, width * 0.7), (rng.uniform(0, 180), 0.3))
    return canvas


def _skull(rng: Rng) -> Image:
    """A large oval with a dark rim, bent vessels in it."""
    canvas = 0.1 + 0.15 * _field(rng, 4)
    centre, axes = rng.uniform(100, 150, 2), rng.uniform(80, 150, 2)
    round_ = np.linspace(0, 2 * np.pi, 80)
    rim = centre + np.stack([axes[0] * np.sin(round_), axes[1] * np.cos(round_)], 1)
    _blob(canvas, (centre[0], centre[1]), (axes[0], axes[1]), (0, 0.3))
    _bone(canvas, rim, rng.uniform(5, 12), 0.5)
    for _ in range(rng.integers(0, 9)):
        walk = centre + np.cumsum(rng.normal(0, 9, (20, 2)), 0)
        _bone(canvas, walk, rng.uniform(1, 6), rng.uniform(0.1, 0.6))
    return canvas


def _empty(rng: Rng) -> Image:
    """Nothing: slow shades, with a few lines or patches at times."""
    canvas = 0.5 + rng.uniform(0, 0.5) * _field(rng, int(rng.integers(2, 6)))
    for _ in range(rng.integers(0, 4)):
        ends = rng.uniform(0, SIDE, (2, 2))
        _bone(canvas, ends, rng.uniform(1, 4), rng.uniform(0.1, 0.8))
    return canvas


def _rows(rng: Rng) -> Image:
    """Blocks in a row at an odd place, as of a neck, a hand or a phantom with steps."""
    canvas = 0.3 + 0.15 * _field(rng, 4)
    angle, step = rng.uniform(0, np.pi), rng.uniform(10, 60)
    way = np.array([np.cos(angle), np.sin(angle)])
    start = rng.uniform(0, SIDE, 2) - 5 * step * way
    for k in range(12):
        centre = start + k * step * way
        half = rng.uniform(0.25, 0.6, 2) * step
        _blob(canvas, (centre[0], centre[1]), (half[0], half[1]), (np.degrees(-angle), rng.uniform(0.2, 0.6)))
    return canvas
