"""Facet joints keep their joint space: the inferior processes follow the superior ones below them."""

import numpy as np

from spreadscan.frozen import Vector
from spreadscan.phantom.bones.template import Template, marks_of

SLIDE = 0.65
"""Share of an axial shift by which the facets slide on one another instead of bending the arch."""
MOST_SLIDE_MM = 3.0
"""How far they slide at most, before processes meet the neighbouring arch; an assumption."""
RIGID_MM, FREE_MM = 9.0, 27.0
"""Within the first distance from the joint the bone follows entirely, beyond the second not at all."""


def frames(template: Template, points_mm: Vector, joint: str) -> Vector:
    """Return the frames (2, 4, 3) of the left and the right joint of a bone.

    Args:
        template: the reference bone.
        points_mm: (N, 3) its points, anywhere.
        joint: ``upper`` or ``lower``.

    Returns:
        Of each side the middle, and points along the axis, the normal and across.
    """
    marks = marks_of(template, points_mm)
    return np.array([[marks[f"{joint}_{side}{k}"] for k in range(4)] for side in ("L", "R")])


def followed(template: Template, points_mm: Vector, targets_mm: Vector) -> Vector:
    """Return the points of a vertebra after its inferior processes followed the bone below.

    Args:
        template: the reference vertebra: says how far from the joint a point lies.
        points_mm: (N, 3) its points, world.
        targets_mm: (2, 4, 3) frames of the joints where the bone below has them, world.
    """
    total, moved = np.zeros(len(points_mm)), np.zeros_like(points_mm)
    sources = frames(template, points_mm, "lower")
    references = frames(template, template.points_mm, "lower")
    for reference, source, target in zip(references, sources, targets_mm, strict=True):
        distance = np.linalg.norm(template.points_mm - reference[0], axis=1)
        near = np.flatnonzero(distance < FREE_MM)
        share = np.minimum((FREE_MM - distance[near]) / (FREE_MM - RIGID_MM), 1)
        weight = share * share * (3 - 2 * share)
        moved[near] += weight[:, None] * _shift_mm(points_mm[near], source, target)
        total[near] += weight
    # where both joints reach, shifts are averaged; a weight below 1 must stay a fading one
    followed_mm: Vector = points_mm + moved / np.maximum(total, 1)[:, None]
    return followed_mm


def _shift_mm(points_mm: Vector, frame: Vector, target: Vector) -> Vector:
    """What takes a frame to the target, less the slide along the joint."""
    before, after = (frame[1:] - frame[0]).T, (target[1:] - target[0]).T
    affine = after @ np.linalg.inv(before)
    shift = (points_mm - frame[0]) @ (affine - np.eye(3)).T + (target[0] - frame[0])
    axis = after[:, 0] / np.linalg.norm(after[:, 0])
    slide = MOST_SLIDE_MM * np.tanh(SLIDE * (shift @ axis) / MOST_SLIDE_MM)
    held: Vector = shift - np.outer(slide, axis)
    return held
