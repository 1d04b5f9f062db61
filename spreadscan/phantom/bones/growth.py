"""What grows on a bone: roughness, osteophytes, hypertrophy of facets; and the thickness of its cortex."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from spreadscan.frozen import Vector, value
from spreadscan.phantom.bones.morphometry import LOWER_HOLLOW_MM, UPPER_HOLLOW_MM, LevelForm
from spreadscan.phantom.bones.template import FRAME_MM, Template, marks_of

ROUGHNESS_MM = 0.22
"""Standard deviation of a bone's surface about a smooth one; an assumption."""


@value
class Waves:
    """A smooth random function of place: a sum of plane waves with zero mean and variance 1.

    Attributes:
        per_mm: (K, 3) wave vectors.
        phase: (K,).
    """

    per_mm: Vector
    phase: Vector

    def __call__(self, points_mm: Vector) -> Vector:
        """Values (N,) at points (N, 3)."""
        turns = (self.per_mm @ points_mm.T + self.phase[:, None]).astype(np.float32)
        total: Vector = np.sin(turns).sum(axis=0).astype(float) * np.sqrt(2 / len(self.phase))
        return total


def draw_waves(rng: np.random.Generator, lengths_mm: tuple[float, float], count: int = 6) -> Waves:
    """Draw waves of lengths within a range and any direction."""
    direction = rng.standard_normal((count, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    length = rng.uniform(*lengths_mm, size=count)
    return Waves(2 * np.pi * direction / length[:, None], rng.uniform(0, 2 * np.pi, count))


class FacetGrowth(NamedTuple):
    """Hypertrophy of one facet joint, as one of its two bones takes part in it.

    Attributes:
        frame: mark of the joint's frame without its number: ``upper_L``, ``lower_R`` and so on.
        height_mm: how far the bone grows.
    """

    frame: str
    height_mm: float


def grown(
    template: Template,
    facets: Sequence[FacetGrowth],
    cortex: float,
    roughness: float,
    rng: np.random.Generator,
) -> Vector:
    """Return the points (N, 3) of a template after its surface was moved along its normals.

    Args:
        template: the bone.
        facets: facets that grow; what faces the joint space stays.
        cortex: relative thickness of the shell.
        roughness: strength of the random relief, 1 as usual.
        rng: draws the relief; one draw serves bones of all kinds.
    """
    relief, lumps = draw_waves(rng, (9.0, 30.0)), draw_waves(rng, (7.0, 16.0))
    points = template.points_mm
    push = roughness * ROUGHNESS_MM * relief(points) if roughness > 0 else np.zeros(len(points))
    inner = slice(template.outer_count, template.outer_count + len(template.thickness_mm))
    # a thicker shell goes inwards, as far as there is room
    push[inner] -= np.minimum((cortex - 1) * template.thickness_mm, template.room_mm)
    for facet in facets:
        push += _facet_push_mm(template, facet, lumps)
    moved: Vector = points + push[:, None] * template.normals
    return moved


def osteophytes(
    points_mm: Vector, form: LevelForm, heights_mm: tuple[float, float], rng: np.random.Generator
) -> Vector:
    """Return points (N, 3) of a vertebra with bumpy beaks at the margins of its plates.

    Args:
        points_mm: points in the frame of the bone.
        form: the reference form that the points have.
        heights_mm: of the beaks at the upper and the lower margin.
        rng: draws where they stand; how many numbers it draws does not depend on the heights.
    """
    moved = points_mm.copy()
    for which, (sign, height) in enumerate(zip((1.0, -1.0), heights_mm, strict=True)):
        phase, weight = rng.uniform(0, 2 * np.pi, 7), rng.uniform(0.4, 1.0, 7)
        if height > 0:
            rim = form.body_height_mm / 2 + (UPPER_HOLLOW_MM, LOWER_HOLLOW_MM)[which]
            moved += _beaks_mm(points_mm, form, sign * rim, (phase, weight)) * height
    return moved


def _facet_push_mm(template: Template, facet: FacetGrowth, lumps: Waves) -> Vector:
    marks = marks_of(template, template.points_mm)
    middle, behind = marks[f"{facet.frame}0"], marks[f"{facet.frame}2"]
    into_upper = (behind - middle) / FRAME_MM
    facing = template.normals @ into_upper * (1 if facet.frame.startswith("upper") else -1)
    near = np.exp(-((((template.points_mm - middle) ** 2).sum(axis=1) / 10.5**2) ** 1.5))
    free = np.clip(1 - 1.8 * np.clip(facing, 0, 1), 0, 1)
    push: Vector = facet.height_mm * near * free * (0.75 + 0.35 * lumps(template.points_mm))
    # the shell thickens too
    push[template.outer_count : template.outer_count + len(template.thickness_mm)] *= 0.6
    return push


def _beaks_mm(points_mm: Vector, form: LevelForm, rim_mm: float, draw: tuple[Vector, Vector]) -> Vector:
    """Displacement (N, 3) for beaks of height 1 at one rim: outwards, the tip curled over the disc."""
    x, y, z = points_mm.T
    tilt = np.tan(np.radians(form.wedge_deg / 2)) * (-y - form.body_depth_mm / 2) * np.sign(rim_mm)
    u, v = x / (form.body_width_mm / 2), (y + form.body_depth_mm / 2) / (form.body_depth_mm / 2)
    angle = np.arctan2(v, u)
    phase, weight = draw
    order = np.arange(1, len(phase) + 1)
    lumps = np.cos(angle[:, None] * order + phase) @ weight / np.sqrt((weight**2).sum() / 2)
    bumpy = np.clip(0.55 + 0.45 * lumps, 0, 1.6)
    near = np.exp(-(((z - rim_mm - tilt) / 2.6) ** 2))
    outside = np.clip((np.hypot(u, v) - 0.75) / 0.2, 0, 1)
    # none into the canal and none on the pedicles
    before = np.clip((-3 - y) / 4, 0, 1)
    size = near * outside * before * bumpy
    flat = np.stack([np.cos(angle), np.sin(angle), np.full_like(x, 0.15 * np.sign(rim_mm))], axis=1)
    beaks: Vector = size[:, None] * flat
    return beaks
