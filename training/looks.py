"""What images look like beyond their bones, changed at random: tones, noise, metal, lettering, bare beam.

Samples are square; a tone is attenuation, about 0 to 1 in the field.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from spreadscan.networks.single_image import GRID_MM
from spreadscan.values import Image

Rng = np.random.Generator


def with_texture(tone: Image, other: Image, rng: Rng) -> Image:
    """Add the fine structure of another image."""
    fine = other - cv2.GaussianBlur(other, (0, 0), rng.uniform(1, 3))
    return tone + rng.uniform(0.2, 0.8) * np.clip(fine, -0.08, 0.08)


def with_other_tones(tone: Image, rng: Rng) -> Image:
    """Change the tone curve, the slow differences of brightness and the local contrast."""
    tone = np.where(tone > 0, np.abs(tone) ** np.exp(rng.normal(0, 0.3)), tone)
    if rng.random() < 0.3:
        steep, middle = rng.uniform(1, 5), rng.uniform(0.3, 0.8)
        tone = np.tanh(steep * (tone - middle)) / np.tanh(steep / 2) / 2 + 0.5
    if rng.random() < 0.4:
        tone = tone + _slow(rng, len(tone)) * 0.25
    if rng.random() < 0.4:
        smooth = cv2.GaussianBlur(tone.astype(np.float32), (0, 0), rng.uniform(6, 20))
        tone = smooth + (tone - smooth) * np.exp(0.35 * _slow(rng, len(tone)))
    if rng.random() < 0.3:
        smooth = cv2.GaussianBlur(tone.astype(np.float32), (0, 0), rng.uniform(8, 30))
        tone = tone - rng.uniform(0, 0.7) * smooth
    return np.asarray(tone, np.float32)


def _slow(rng: Rng, side: int) -> Image:
    """A smooth field of unit spread."""
    coarse = rng.normal(0, 1, (5, 5)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC), np.float32)


def with_metal(tone: Image, rng: Rng) -> Image:
    """Add one to four instruments: needles with their hubs, wires, rods, plates, discs; no contrast."""
    kinds = (needle, needle, needle, _wire, _rod, _plate, _ring)
    for _ in range(rng.integers(1, 5)):
        shape = kinds[rng.integers(len(kinds))](rng, len(tone))
        soft = cv2.GaussianBlur(shape, (0, 0), rng.uniform(0.3, 0.9))
        tone = tone + soft * np.exp(rng.uniform(np.log(0.15), np.log(2)))
    return np.asarray(np.minimum(tone, rng.uniform(1.1, 2.0)), np.float32)


def _blank(side: int) -> Image:
    return np.zeros((side, side), np.float32)


def _polygon(points: NDArray[np.floating], strength: float, canvas: Image) -> None:
    cv2.fillPoly(canvas, [np.rint(points * 16).astype(np.int32)], float(strength), cv2.LINE_AA, 4)


def needle(rng: Rng, side: int) -> Image:
    """A thin shaft and at its end a hub: tapered, barrelled or winged, sometimes alone, sometimes end on."""
    canvas, fine = _blank(side), 4
    large = np.zeros((side * fine // 2, side * fine // 2), np.float32)
    centre, angle = rng.uniform(0.1, 0.9, 2) * side, rng.uniform(0, 2 * np.pi)
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-along[1], along[0]])
    length = rng.uniform(0, 80) / GRID_MM
    if rng.random() < 0.85:
        ends = np.rint(np.stack([centre, centre + length * along]) * fine / 2 * 16).astype(int)
        width = max(1, round(rng.uniform(0.5, 1.2) / GRID_MM * fine / 2))
        cv2.line(large, tuple(ends[0].tolist()), tuple(ends[1].tolist()), 1.0, width, cv2.LINE_AA, 4)
        canvas = cv2.resize(large, (side, side), interpolation=cv2.INTER_AREA)
    if rng.random() < 0.85:
        strength = rng.uniform(0.4, 2)
        half = rng.uniform(2, 14) / GRID_MM / 2
        wide, narrow = sorted(rng.uniform(1.5, 9, 2) / GRID_MM / 2)[::-1]
        corners = [(-half, -narrow), (-half, narrow), (half, wide), (half, -wide)]
        hub = np.array([centre + a * along + b * across for a, b in corners])
        _polygon(hub, strength, canvas)
        if rng.random() < 0.4:
            hollow = np.array([centre + 0.7 * a * along + 0.5 * b * across for a, b in corners])
            _polygon(hollow, strength * rng.uniform(0.2, 0.8), canvas)
        if rng.random() < 0.4:
            axes = (max(1, int(wide * 16)), max(1, int(rng.uniform(0.5, 1.5) * wide * 16)))
            place = tuple(np.rint(centre * 16).astype(int).tolist())
            cv2.ellipse(canvas, place, axes, np.degrees(angle), 0, 360, strength, -1, cv2.LINE_AA, 4)
    return np.asarray(canvas, np.float32)


def _wire(rng: Rng, side: int) -> Image:
    """A thin bent line across the image, with a disc at its end at times."""
    canvas = _blank(side)
    points = rng.uniform(-0.1, 1.1, (4, 2)) * side
    t = np.linspace(0, 1, 60)[:, None]
    curve = (
        (1 - t) ** 3 * points[0]
        + 3 * t * (1 - t) ** 2 * points[1]
        + 3 * t**2 * (1 - t) * points[2]
        + t**3 * points[3]
    )
    path = np.rint(curve * 16).astype(np.int32)
    cv2.polylines(canvas, [path], False, 1.0, int(rng.integers(1, 3)), cv2.LINE_AA, 4)
    if rng.random() < 0.4:
        place = tuple(path[0].tolist())
        cv2.circle(canvas, place, int(rng.uniform(2, 9) / GRID_MM / 2 * 16), 1.0, -1, cv2.LINE_AA, 4)
    return canvas


def _rod(rng: Rng, side: int) -> Image:
    """A rod or screw up to 7 mm thick."""
    canvas = _blank(side)
    ends = rng.uniform(0, 1, (2, 2)) * side
    ends[1] = ends[0] + (ends[1] - ends[0]) * rng.uniform(0.1, 1)
    path = np.rint(ends * 16).astype(int)
    width = max(1, round(rng.uniform(1, 7) / GRID_MM))
    cv2.line(canvas, tuple(path[0].tolist()), tuple(path[1].tolist()), 1.0, width, cv2.LINE_AA, 4)
    return canvas


def _plate(rng: Rng, side: int) -> Image:
    """A straight-edged piece: clip, cage, marker, clamp."""
    canvas = _blank(side)
    angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 6)))
    radius = np.exp(rng.uniform(np.log(2), np.log(25))) / GRID_MM / 2
    corners = rng.uniform(0, 1, 2) * side + radius * np.stack([np.cos(angles), np.sin(angles)], 1)
    _polygon(corners, 1.0, canvas)
    return canvas


def _ring(rng: Rng, side: int) -> Image:
    """A disc or ring: coin, button, electrode, connector, needle end on."""
    canvas = _blank(side)
    place = tuple(np.rint(rng.uniform(0, 1, 2) * side * 16).astype(int).tolist())
    radius = np.exp(rng.uniform(np.log(1.5), np.log(14))) / GRID_MM / 2
    width = -1 if rng.random() < 0.6 else max(1, round(rng.uniform(0.5, 3) / GRID_MM))
    cv2.circle(canvas, place, int(radius * 16), 1.0, width, cv2.LINE_AA, 4)
    return canvas


def with_lettering(tone: Image, rng: Rng) -> Image:
    """Burn text or a measuring line into the image."""
    canvas = np.zeros(tone.shape, np.uint8)
    text = "".join(rng.choice(list("ABLR0123456789:./ "), rng.integers(1, 12)))
    place = tuple(int(n) for n in rng.uniform(0, 0.9, 2) * len(tone))
    cv2.putText(canvas, text, place, int(rng.integers(0, 3)), rng.uniform(0.3, 0.9), 255, 1, cv2.LINE_AA)
    grey = rng.choice([-0.4, 1.5])
    return tone + canvas.astype(np.float32) / 255 * (grey - tone)


def with_bare_beam(tone: Image, rng: Rng) -> Image:
    """Blank a side of the image beyond a curved border, as where the beam misses the body."""
    y, x = np.mgrid[: len(tone), : len(tone)].astype(np.float32) / len(tone) - 0.5
    angle = rng.uniform(0, 2 * np.pi)
    depth = x * np.cos(angle) + y * np.sin(angle)
    depth = depth + rng.uniform(-0.5, 0.5) * (y * np.cos(angle) - x * np.sin(angle)) ** 2
    hard = (depth > rng.uniform(0.15, 0.45)).astype(np.float32)
    beyond = cv2.GaussianBlur(hard, (0, 0), rng.uniform(0.5, 4))
    return np.maximum(tone * (1 - beyond) - beyond, -1)


def with_detector(tone: Image, rng: Rng) -> Image:
    """Add noise, fine or coarse, blur or sharpening."""
    if rng.random() < 0.25:
        tone = cv2.GaussianBlur(tone.astype(np.float32), (0, 0), rng.uniform(0.3, 0.9))
    if rng.random() < 0.2:
        smooth = cv2.GaussianBlur(tone.astype(np.float32), (0, 0), rng.uniform(0.7, 2.5))
        tone = tone + rng.uniform(0, 1) * (tone - smooth)
    if rng.random() < 0.5:
        noise = rng.normal(0, 1, tone.shape).astype(np.float32)
        if rng.random() < 0.4:
            width = rng.uniform(0.4, 1.2)
            noise = cv2.GaussianBlur(noise, (0, 0), width) * (1 + 2 * width)
        tone = tone + rng.uniform(0, 0.04) * noise
    return tone
