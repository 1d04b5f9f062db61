"""What moves between images: breathing, drift and jumps of the spine, and gas beyond them.

The beam sees the patient shift and turn within the image plane only.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from spreadscan.frozen import Image, Vector
from spreadscan.phantom.scenario import PatientMotion, Study

SOFT_SHARE = 0.3
"""Share of the motion of the spine that the soft tissue before and behind it takes part in (A)."""


@dataclass(frozen=True)
class PatientPose:
    """Where the patient lies in one image, relative to the reference.

    Attributes:
        rows_px: shift of the spine down.
        columns_px: shift of the spine to the right.
        rotation_deg: turn about the middle of the image, as ``placed`` defines it.
        gas_rows_px: shift of bowel gas down, in addition.
        gas_columns_px: shift of bowel gas to the right, in addition.
    """

    rows_px: float = 0.0
    columns_px: float = 0.0
    rotation_deg: float = 0.0
    gas_rows_px: float = 0.0
    gas_columns_px: float = 0.0


def poses(study: Study, motion: PatientMotion, rng: np.random.Generator) -> tuple[PatientPose, ...]:
    """Return one pose per image: of a pair the scout's first; the image of a spot or a pair lies at rest."""
    if study.kind == "spot":
        return (PatientPose(),)
    if study.kind == "pair":
        return (_scout(motion, rng), PatientPose())
    return _breathing(study, motion, rng)


def placed(points_px: Vector, pose: PatientPose, shape: tuple[int, int]) -> Vector:
    """Return where points (row, column), (N, 2), lie in an image of this pose.

    Definition: turned about the middle of the image by the angle θ,
    (r, c) → (r cos θ + c sin θ, c cos θ - r sin θ), then shifted.
    """
    middle = (np.asarray(shape) - 1) / 2
    moved: Vector = (np.atleast_2d(points_px) - middle) @ _turn(pose).T + middle
    moved += [pose.rows_px, pose.columns_px]
    return moved


def moved(image: Image, pose: PatientPose, order: int = 1) -> Image:
    """Return an image as it lies in a pose; what comes in at the border continues the border."""
    if pose.rows_px == pose.columns_px == pose.rotation_deg == 0:
        return image
    middle = (np.asarray(image.shape) - 1) / 2
    back = _turn(pose).T
    offset = middle - back @ (middle + np.array([pose.rows_px, pose.columns_px]))
    result: Image = ndimage.affine_transform(image, back, offset, order=order, mode="nearest")
    return result


def soft_pose(pose: PatientPose, gas: bool) -> PatientPose:
    """Return the pose of the soft tissue that goes with a pose of the spine, or that of its gas."""
    return PatientPose(
        rows_px=SOFT_SHARE * pose.rows_px + (pose.gas_rows_px if gas else 0),
        columns_px=SOFT_SHARE * pose.columns_px + (pose.gas_columns_px if gas else 0),
    )


def _turn(pose: PatientPose) -> Vector:
    angle = np.deg2rad(pose.rotation_deg)
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


def _scout(motion: PatientMotion, rng: np.random.Generator) -> PatientPose:
    """The breath and the drift at which the scout happened to be taken, and the jump since."""
    size = 1.5 * motion.breathing_px
    return PatientPose(
        rows_px=round(float(rng.normal(0, size)) - motion.jump_px[0], 3),
        columns_px=round(float(rng.normal(0, 0.7 * size)) - motion.jump_px[1], 3),
        rotation_deg=round(float(rng.normal(0, 0.1 * motion.breathing_px)), 4),
        gas_rows_px=round(float(rng.normal(0, motion.gas_px)), 3),
        gas_columns_px=round(float(rng.normal(0, motion.gas_px)), 3),
    )


def _breathing(study: Study, motion: PatientMotion, rng: np.random.Generator) -> tuple[PatientPose, ...]:
    phase = rng.uniform(0, 2 * np.pi)
    drift = rng.normal(0, motion.drift_px, 2)
    jump_at = int(rng.integers(max(study.before, 1), max(study.before + 1, study.frames)))
    result = []
    for frame in range(study.frames):
        turn = 2 * np.pi * motion.breaths_per_s * frame / study.frames_per_s + phase
        breath = motion.breathing_px * (np.sin(turn) - np.sin(phase))
        jump = np.asarray(motion.jump_px) * (frame >= jump_at)
        shake = rng.normal(0, 0.05 * motion.breathing_px, 2)
        rows, columns = drift * frame / study.frames + jump + shake + breath * np.array([0.8, 0.25])
        gas = motion.gas_px * np.array([np.sin(1.3 * turn), np.cos(0.7 * turn) - 1])
        pose = (rows, columns, 0.06 * breath, *gas)
        result.append(PatientPose(*(round(float(x), 3) for x in pose)))
    return tuple(result)
