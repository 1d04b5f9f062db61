"""Closed surfaces made directly: bent rods of changing radius, and plaques on the wall of a tube."""

from collections.abc import Sequence

import numpy as np

from spreadscan.frozen import Vector
from spreadscan.phantom.values import Surface


def rod(nodes_mm: Vector, radii_mm: Sequence[float] | Vector, sections: int = 12) -> Surface:
    """Return a rod with flat ends.

    Args:
        nodes_mm: (K, 3) centre line, K at least 2.
        radii_mm: its radius at each node.
        sections: corners of its cross-section.
    """
    nodes, radii = np.asarray(nodes_mm, dtype=float), np.asarray(radii_mm, dtype=float)
    along = np.gradient(nodes, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    # a direction far from the whole rod's, so that the cross-sections do not twist
    away = np.eye(3)[np.argmin(np.abs(nodes[-1] - nodes[0]))]
    first = np.cross(along, away)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(along, first)
    angle = np.linspace(0, 2 * np.pi, sections, endpoint=False)[None, :, None]
    ring = np.cos(angle) * first[:, None] + np.sin(angle) * second[:, None]
    wall = nodes[:, None] + radii[:, None, None] * ring
    return _capped(wall, nodes[0], nodes[-1])


def plaque(outer_mm: Vector, inner_mm: Vector) -> Surface:
    """Return what lies between two discs that share their rim.

    Args:
        outer_mm: (R, S, 3) rings of the outer disc from near its middle to the rim.
        inner_mm: (R - 1, S, 3) the same of the inner disc without the rim.
    """
    # from the middle of the outer disc over the rim to the middle of the inner one it is a wall
    wall = np.concatenate([outer_mm, inner_mm[::-1]])
    return _capped(wall, outer_mm[0].mean(axis=0), inner_mm[0].mean(axis=0))


def _capped(wall: Vector, start: Vector, end: Vector) -> Surface:
    """Rings (K, S, 3) joined, both ends closed with a fan."""
    count, sections = wall.shape[:2]
    here = np.arange(count * sections).reshape(count, sections)
    beside = np.roll(here, -1, axis=1)
    a, b, c, d = here[:-1], beside[:-1], beside[1:], here[1:]
    first, last = count * sections, count * sections + 1
    fans = [
        np.stack([np.full(sections, first), beside[0], here[0]], axis=1),
        np.stack([np.full(sections, last), here[-1], beside[-1]], axis=1),
    ]
    faces = np.concatenate(
        [np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3), *fans]
    )
    vertices = np.concatenate([wall.reshape(-1, 3), [start, end]])
    corner = vertices[faces] - vertices.mean(axis=0)
    volume = np.einsum("ij,ij->", corner[:, 0], np.cross(corner[:, 1], corner[:, 2]))
    faces = faces if volume > 0 else faces[:, ::-1]
    return Surface(vertices, np.ascontiguousarray(faces, dtype=np.int32))
