"""Lumbosacral transitional vertebrae: a transverse process as broad as to meet the ala of the sacrum."""

import numpy as np

from spreadscan.frozen import Vector
from spreadscan.phantom.bones.template import Template, marks_of

JOINT_MM = 1.0
"""Between the broad process and the ala; an assumption."""
THICKER = 0.35
"""How much thicker such a process is; an assumption."""


def broadened(template: Template, points_mm: Vector, ala_mm: Vector, sign: int) -> Vector:
    """Return the points (N, 3) of the lowest lumbar vertebra with one broad transverse process.

    Its lower border moves to the ala of the sacrum below it (Castellvi II); its upper border stays.

    Args:
        template: the reference vertebra.
        points_mm: its points, world.
        ala_mm: (M, 3) points of the outer surface of the sacrum, world.
        sign: 1 for the left, -1 for the right.
    """
    side = "L" if sign > 0 else "R"
    marks, now = marks_of(template, template.points_mm), marks_of(template, points_mm)
    junction, tip = marks[f"junction_{side}"], marks[f"tptip_{side}"]
    x, _, z = template.points_mm.T
    out = (x - junction[0]) / (tip[0] - junction[0])
    lateral = np.where(x * sign > 0, np.clip((out - 0.05) / 0.4, 0, 1), 0.0)
    lateral = lateral * lateral * (3 - 2 * lateral)
    lower = np.clip((junction[2] + 2 - z) / 14.0, 0, 1)
    underside = (lateral > 0.3) & (template.normals[:, 2] < -0.3)
    underside[template.outer_count :] = False
    moved = points_mm.copy()
    for _ in range(4):
        # what lies lower moves more, so that the gap closes step by step
        gap = _gaps_mm(moved[underside], ala_mm, moved[:, 0] * sign, sign)
        moved[:, 2] -= lateral * lower * np.maximum(gap - JOINT_MM, 0.0)
    middle = (now[f"junction_{side}"][1] + now[f"tptip_{side}"][1]) / 2 - 3
    moved[:, 1] += lateral * THICKER * (points_mm[:, 1] - middle)
    return moved


def _gaps_mm(underside_mm: Vector, ala_mm: Vector, across_mm: Vector, sign: int) -> Vector:
    """Smallest height of the underside above the ala, by the distance from the midline."""
    found = []
    for x, y, z in underside_mm:
        near = (np.abs(ala_mm[:, 0] - x) < 3) & (np.abs(ala_mm[:, 1] - y) < 3)
        under = ala_mm[near, 2]
        if len(under):
            found.append((x * sign, z - under.max()))
    if not found:
        return np.zeros(len(across_mm))
    place, gap = np.array(found).T
    strips = np.linspace(place.min(), place.max(), 7)
    least = [gap[np.abs(place - strip) < 4].min() for strip in strips]
    gaps: Vector = np.interp(across_mm, strips, least)
    return gaps
