"""Left and right: everything grows on the left; what is asked for on the right is mirrored there and back."""

import numpy as np

from spreadscan.frozen import Vector
from spreadscan.phantom.values import Bone, Skeleton, Surface

_MIRROR = (-1.0, 1.0, 1.0)


def mirrored_point(point_mm: Vector) -> Vector:
    """Return points or directions seen in the mirror x = 0, (..., 3)."""
    return np.asarray(point_mm * np.array(_MIRROR))


def mirrored_surface(surface: Surface) -> Surface:
    """Return a surface seen in the mirror x = 0, its faces still counter-clockwise from outside."""
    return Surface(mirrored_point(surface.vertices_mm), surface.faces[:, ::-1].copy())


def mirrored_outside(skeleton: Skeleton) -> Skeleton:
    """Return the outer surfaces and landmarks of a skeleton seen in the mirror x = 0.

    Left and right change places in the names, too. No injectate meets the inner surfaces.
    """
    bones = tuple(Bone(_other_side(b.name), mirrored_surface(b.outer), None) for b in skeleton.bones)
    landmarks_mm = {_other_side(name): mirrored_point(p) for name, p in skeleton.landmarks_mm.items()}
    return Skeleton(bones, landmarks_mm, tuple(mirrored_surface(metal) for metal in skeleton.metal))


def _other_side(name: str) -> str:
    """Return a name whose last letter is a side (``L4_L``, ``L4_supL``) with the other side."""
    if not name.endswith(("_L", "_R", "supL", "supR", "infL", "infR")):
        return name
    return name[:-1] + ("R" if name.endswith("L") else "L")
