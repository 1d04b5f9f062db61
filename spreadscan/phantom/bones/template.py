"""What a reference bone consists of: points of its surfaces, normals and marks in its own frame."""

import numpy as np
from numpy.typing import NDArray

from spreadscan.frozen import Vector, value

FRAME_MM = 6.0
"""How far the marks of a joint's frame lie from its middle."""


@value
class Template:
    """A reference bone in its own frame: points of the outer surface, then of the inner one, then marks.

    Attributes:
        name: of the form: ``L1`` to ``L5``, ``T11``, ``T12``, ``sacrum``, ``ilium_L``, ``rib12_R`` and so on.
        points_mm: (N, 3).
        normals: (N, 3) outward; zero for marks inside the bone or between bones.
        outer_faces: triangles of the periosteal surface.
        inner_faces: triangles of the endosteal surface, numbered from its own first point.
        outer_count: how many points belong to the outer surface.
        thickness_mm: (W,) cortex outside each point of the inner surface.
        room_mm: (W,) how far each of them can move further in.
        marks: names of the last points: landmarks, and ``upper_L0`` to ``lower_R3``, the frames of the
            joints.
    """

    name: str
    points_mm: Vector
    normals: Vector
    outer_faces: NDArray[np.int32]
    inner_faces: NDArray[np.int32]
    outer_count: int
    thickness_mm: Vector
    room_mm: Vector
    marks: tuple[str, ...]


def marks_of(template: Template, points_mm: Vector) -> dict[str, Vector]:
    """Return the points of a bone that are marks, by name."""
    return dict(zip(template.marks, points_mm[len(points_mm) - len(template.marks) :], strict=True))
