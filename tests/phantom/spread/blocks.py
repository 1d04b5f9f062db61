"""A spine of blocks: closed bones with superior articular processes, transverse processes and laminae."""

import numpy as np

from spreadscan.phantom.scenario import Injection
from spreadscan.phantom.values import Bone, Skeleton, Surface
from tests.phantom.solids import box

SPACING_MM = 37.0
LEVELS = ("L2", "L3", "L4", "L5", "S1")


def height_mm(level):
    return SPACING_MM * (2 - LEVELS.index(level))


def vertebra(level, skew_mm=0.0):
    """Body, laminae, and on both sides pedicle, superior articular and transverse process, as one surface."""
    z = height_mm(level)
    parts = [((-23, -20, z - 17), (23, 10, z + 9)), ((-3, 28, z - 22), (3, 60, z - 8))]
    for side in (1, -1):
        x = 0 if side == 1 else skew_mm
        blocks = [
            ((13, 9, z - 12), (22, 27, z - 1)),  # pedicle
            ((13, 25, z - 20), (24, 34, z + 13)),  # articular processes and pars
            ((22, 24, z - 8), (46 + x, 31, z)),  # transverse process
            ((2, 28, z - 20), (14, 33, z - 6)),  # lamina
        ]
        parts += [tuple(np.sort([(side * a[0], *a[1:]), (side * b[0], *b[1:])], axis=0)) for a, b in blocks]
    surfaces = [box(*part) for part in parts]
    offsets = np.cumsum([0, *(len(s.vertices_mm) for s in surfaces)])
    return Surface(
        np.vstack([s.vertices_mm for s in surfaces]) + 0.013,
        np.vstack([s.faces + o for s, o in zip(surfaces, offsets, strict=False)]).astype(np.int32),
    )


def landmarks_mm(skew_mm=0.0):
    places = {}
    for level in LEVELS:
        for side, sign in (("L", 1), ("R", -1)):
            tip = 46 + (skew_mm if side == "R" else 0)
            z = height_mm(level)
            places[f"junction_{level}_{side}"] = np.array([sign * 24.0, 28, z])
            places[f"pedicle_{level}_{side}"] = np.array([sign * 17.5, 18, z - 6])
            places[f"body_{level}_sup{side}"] = np.array([sign * 23.0, 10, z + 9])
            if level != "S1":
                places[f"tptip_{level}_{side}"] = np.array([sign * tip, 27.5, z - 4])
    return places


def spine(skew_mm=0.0):
    """Five vertebrae; with skew the right transverse processes are longer."""
    bones = tuple(Bone(level, vertebra(level, skew_mm), None) for level in LEVELS)
    return Skeleton(bones, landmarks_mm(skew_mm))


def mirrored(skeleton):
    """Another way to the mirror image: every point and every name by hand."""

    def turned(surface):
        return Surface(surface.vertices_mm * np.array([-1, 1, 1]), surface.faces[:, [0, 2, 1]].copy())

    places = {}
    for name, place in skeleton.landmarks_mm.items():
        other = name[:-1] + {"L": "R", "R": "L"}[name[-1]]
        places[other] = np.array([-place[0], place[1], place[2]])
    return Skeleton(tuple(Bone(b.name, turned(b.outer), None) for b in skeleton.bones), places)


def injection(pattern="target", volume_ml=0.5, side="left", level="L4", iodine=240.0):
    return Injection(level=level, side=side, pattern=pattern, volume_ml=volume_ml, iodine_mg_per_ml=iodine)


def rng(seed=0):
    return np.random.default_rng(seed)
