"""Closed surfaces and a skeleton of a few points, made by hand."""

import numpy as np

from spreadscan.phantom.geometry import ConeBeam
from spreadscan.phantom.values import Skeleton, Surface


def box(low, high):
    """A cuboid of twelve faces."""
    low, high = np.asarray(low, float), np.asarray(high, float)
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = [face for a, b, c, d in quads for face in ((a, b, c), (a, c, d))]
    return Surface(low + corners * (high - low), np.array(faces, np.int32))


def sphere(centre, radius, rings=48):
    """A ball of rings and sectors."""
    polar = np.linspace(0, np.pi, rings + 1)[1:-1]
    around = np.arange(2 * rings) * np.pi / rings
    ring = np.stack(
        [
            np.outer(np.sin(polar), np.cos(around)),
            np.outer(np.sin(polar), np.sin(around)),
            np.repeat(np.cos(polar)[:, None], 2 * rings, 1),
        ],
        axis=-1,
    ).reshape(-1, 3)
    vertices = np.vstack([[[0, 0, 1]], ring, [[0, 0, -1]]]) * radius + np.asarray(centre)
    count, last = 2 * rings, len(vertices) - 1
    faces = []
    for j in range(count):
        k = (j + 1) % count
        faces += [(0, 1 + j, 1 + k), (last, last - count + k, last - count + j)]
        for i in range(rings - 2):
            a, b = 1 + i * count, 1 + (i + 1) * count
            faces += [(a + j, b + j, b + k), (a + j, b + k, a + k)]
    return Surface(vertices, np.array(faces, np.int32))


def volume_mm3(surface):
    """Positive if the faces look outward."""
    a, b, c = (surface.vertices_mm[surface.faces[:, i]] for i in range(3))
    return float(np.einsum("ij,ij", a, np.cross(b, c)) / 6)


def frontal(rows=64, columns=64, pitch_mm=0.5):
    """A frontal view from 700 mm before the origin, detector 1000 mm from the source."""
    return ConeBeam(
        source_mm=np.array([0, -700.0, 0]),
        right=np.array([-1.0, 0, 0]),
        down=np.array([0, 0, -1.0]),
        forward=np.array([0, 1.0, 0]),
        source_to_image_mm=1000.0,
        source_to_isocentre_mm=700.0,
        pitch_mm=pitch_mm,
        rows=rows,
        columns=columns,
    )


def points():
    """Landmarks of a straight spine without bones."""
    landmarks = {}
    for number, level in enumerate(("L3", "L4", "L5", "S1")):
        for side, sign in (("L", 1), ("R", -1)):
            landmarks[f"junction_{level}_{side}"] = np.array([sign * 25.0, 28, 37.0 * (1 - number)])
            landmarks[f"pedicle_{level}_{side}"] = np.array([sign * 18.0, 18, 37.0 * (1 - number) - 4])
    return Skeleton((), landmarks)
