"""Where each bone stands: a chain of rigid poses from disc to disc.

A pose takes local points of a bone (x left, y back, z head, origin in the middle of the posterior wall of
the body; of the sacrum: in the middle of the posterior edge of its end-plate) to the world.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians, sin

import numpy as np
from numpy.typing import NDArray

from spreadscan.frozen import Vector, value


@value
class BonePose:
    """A rigid motion.

    Attributes:
        rotation: (3, 3) turns local directions into those of the world.
        origin_mm: (3,) world position of the local origin.
    """

    rotation: Vector
    origin_mm: Vector

    def __call__(self, points_mm: NDArray[np.floating]) -> Vector:
        """World positions of local points (N, 3) or (3,)."""
        moved: Vector = points_mm @ self.rotation.T + self.origin_mm
        return moved

    def after(self, first: "BonePose") -> "BonePose":
        """The motion that does ``first``, then this one."""
        return BonePose(self.rotation @ first.rotation, self(first.origin_mm))

    def inverse(self) -> "BonePose":
        """The motion back."""
        return BonePose(self.rotation.T.copy(), -self.origin_mm @ self.rotation)


@dataclass(frozen=True)
class Wedge:
    """How a body or a disc changes the direction of the column.

    Attributes:
        height_mm: between the middles of its two plates.
        sagittal_deg: how much it is higher in front.
        lateral_deg: how much it is higher on the left.
        axial_deg: how much the upper plate is turned against the lower one, front to the left.
        forward_mm: how far the upper plate lies before the lower one.
        depth_mm: of a body: depth of its plates; 0 for a disc.
    """

    height_mm: float
    sagittal_deg: float = 0.0
    lateral_deg: float = 0.0
    axial_deg: float = 0.0
    forward_mm: float = 0.0
    depth_mm: float = 0.0


def column(names: Sequence[str], bodies: Sequence[Wedge], discs: Sequence[Wedge]) -> Mapping[str, BonePose]:
    """Return the poses of a column that stands on a level sacrum.

    The world is turned so that L4 is level in the sagittal plane and lies at the origin.

    Args:
        names: vertebrae from the head down; the sacrum follows them.
        bodies: one for each vertebra.
        discs: the disc below each vertebra.
    """
    depth = bodies[-1].depth_mm
    plate = BonePose(np.eye(3), np.array([0.0, -depth / 2, 0.0]))
    poses = {"sacrum": BonePose(np.eye(3), np.zeros(3))}
    for name, body, disc in reversed(list(zip(names, bodies, discs, strict=True))):
        lower = plate.after(_across(disc))
        middle = lower.after(_half(body))
        poses[name] = middle.after(BonePose(np.eye(3), np.array([0.0, body.depth_mm / 2, 0.0])))
        plate = middle.after(BonePose(_half(body).rotation, np.array([0.0, 0.0, body.height_mm / 2])))
    return _level(poses)


def turn(sagittal_deg: float, lateral_deg: float = 0.0, axial_deg: float = 0.0) -> Vector:
    """Return the rotation (3, 3) of an upper plate: to the back, to the right, front to the left."""
    a, b, c = radians(sagittal_deg), radians(lateral_deg), radians(axial_deg)
    back = np.array([[1, 0, 0], [0, cos(a), sin(a)], [0, -sin(a), cos(a)]])
    right = np.array([[cos(b), 0, -sin(b)], [0, 1, 0], [sin(b), 0, cos(b)]])
    left = np.array([[cos(c), -sin(c), 0], [sin(c), cos(c), 0], [0, 0, 1]])
    turned: Vector = right @ back @ left
    return turned


def _across(disc: Wedge) -> BonePose:
    """From the lower plate of a disc to its upper one."""
    half = turn(disc.sagittal_deg / 2, disc.lateral_deg / 2)
    over = half @ np.array([0.0, -disc.forward_mm, disc.height_mm])
    return BonePose(turn(disc.sagittal_deg, disc.lateral_deg, disc.axial_deg), over)


def _half(body: Wedge) -> BonePose:
    """From the lower plate of a body to its middle."""
    half = turn(body.sagittal_deg / 2, body.lateral_deg / 2)
    return BonePose(half, half @ np.array([0.0, 0.0, body.height_mm / 2]))


def _level(poses: Mapping[str, BonePose]) -> dict[str, BonePose]:
    """Turn the world about x until L4 is level, and put L4 at the origin."""
    up = poses["L4"].rotation[:, 2]
    angle = np.degrees(np.arctan2(up[1], up[2]))
    level = turn(-float(angle))
    origin = level @ poses["L4"].origin_mm
    world = BonePose(level, -origin)
    return {name: world.after(pose) for name, pose in poses.items()}
