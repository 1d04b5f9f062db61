"""Smooth maps that turn points of a reference vertebra into points of a subject's, in the bone's frame."""

from math import radians, tan

import numpy as np
from numpy.typing import NDArray

from spreadscan.frozen import Vector
from spreadscan.phantom.bones.morphometry import LOWER_HOLLOW_MM, UPPER_HOLLOW_MM, LevelForm
from spreadscan.phantom.bones.shape import Sides, VertebraShape


def deformed(points_mm: Vector, form: LevelForm, shape: VertebraShape) -> Vector:
    """Return points (N, 3) of a vertebra of this form in a vertebra of this shape.

    The body is scaled; behind it the distance from the midline is stretched between midline, canal, junction
    and tip of the transverse process, so that each has its own size. Left and right differ beyond the
    junction only.
    """
    x, y, z = points_mm.T
    arch = _step((y + 8) / 10)
    across, process = np.abs(x), _step((np.abs(x) - form.junction_x_mm + 3) / 5) * arch
    left = x >= 0
    out = np.where(left, _stretched(across, form, shape, 0), _stretched(across, form, shape, 1))
    wide = np.sign(x) * ((1 - arch) * across * shape.width + arch * out)
    beyond = np.clip((across - form.junction_x_mm) / _length_mm(form), 0, 1) * arch
    deep = np.where(y < 0, y * shape.depth, y) + beyond * _of_side(shape.back_mm, left)
    high = _raised(points_mm, form, shape, arch) + beyond * _of_side(shape.rise_mm, left)
    # a higher root grows to the tail: its upper border keeps the junction
    junction_z = form.pedicle_above_mm + form.junction_above_mm
    below = np.clip(z - junction_z, -2 * form.process_height_mm, 0)
    high = high + process * below * (_of_side(shape.process_height, left) - 1)
    high = high + process * shape.junction_rise_mm
    return _spinous(np.stack([wide, deep, high], axis=1), y, across, shape)


def turned_facets(points_mm: Vector, middles_mm: Vector, turn_deg: Sides) -> Vector:
    """Return points (N, 3) after the superior articular processes were turned about their own axes.

    Args:
        points_mm: points of the vertebra.
        middles_mm: (2, 3) middle of the left and the right facet.
        turn_deg: turn of each towards the frontal plane.
    """
    moved = points_mm.copy()
    for middle, turn, hand in zip(middles_mm, turn_deg, (1.0, -1.0), strict=True):
        if turn == 0:
            continue
        offset = points_mm - middle
        angle = radians(turn) * hand * np.exp(-(offset**2).sum(axis=1) / 10.0**2)
        c, s = np.cos(angle) - 1, np.sin(angle)
        moved[:, 0] += c * offset[:, 0] + s * offset[:, 1]
        moved[:, 1] += c * offset[:, 1] - s * offset[:, 0]
    return moved


def _stretched(across: Vector, form: LevelForm, shape: VertebraShape, side: int) -> Vector:
    """Distance from the midline behind the body."""
    canal = form.canal_width_mm / 2
    share = (form.junction_x_mm - canal) / form.pedicle_width_mm
    new_canal = canal + shape.canal_mm / 2
    junction = new_canal + share * (form.pedicle_width_mm + shape.pedicle_width_mm)
    length = max((_length_mm(form) + shape.process_mm[side]) * shape.process[side], 4.0)
    tip = form.junction_x_mm + _length_mm(form)
    known = [0.0, canal, form.junction_x_mm, tip, tip + 10]
    wanted = [0.0, new_canal, junction, junction + length, junction + length + 10]
    stretched: Vector = np.interp(across, known, wanted)
    return stretched


def _raised(points_mm: Vector, form: LevelForm, shape: VertebraShape, arch: Vector) -> Vector:
    """Height: the body is scaled and wedged, pedicles keep their place on it, the arch goes with them."""
    x, y, z = points_mm.T
    half = (form.body_height_mm + UPPER_HOLLOW_MM + LOWER_HOLLOW_MM) / 2
    wedge = np.clip(z / half, -1, 1) * x * shape.width * tan(radians(shape.wedge_deg / 2))
    body = z * shape.height + wedge
    # as high as the pedicle the arch goes with the wedged body
    root = np.clip(x, -form.junction_x_mm, form.junction_x_mm)
    follow = form.pedicle_above_mm / half * root * tan(radians(shape.wedge_deg / 2))
    pedicle = arch * _step((13 - y) / 5)
    grown = np.clip(z - form.pedicle_above_mm, -9, 9) * (shape.pedicle_height - 1)
    behind = z + form.pedicle_above_mm * (shape.height - 1) + follow + pedicle * grown
    raised: Vector = (1 - arch) * body + arch * behind
    return raised


def _spinous(moved: Vector, y: Vector, across: Vector, shape: VertebraShape) -> Vector:
    """Lean and lengthen what lies behind the laminae, in the midline."""
    behind = np.clip((y - 26) / 24, 0, 1.3) * _step((10 - across) / 5)
    moved[:, 0] += behind * shape.spinous_turn_mm
    moved[:, 1] += behind * 24 * (shape.spinous - 1)
    return moved


def _length_mm(form: LevelForm) -> float:
    return form.process_span_mm / 2 - form.junction_x_mm


def _of_side(sides: Sides, left: NDArray[np.bool_]) -> Vector:
    of_side: Vector = np.where(left, sides[0], sides[1])
    return of_side


def _step(share: Vector) -> Vector:
    """Smooth step from 0 to 1."""
    t = np.clip(share, 0, 1)
    step: Vector = t * t * (3 - 2 * t)
    return step
