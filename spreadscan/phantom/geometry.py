"""Where source and detector stand: from the setting of the C-arm to the view, from world points to pixels."""

from collections.abc import Sequence
from math import cos, radians, sin

import numpy as np
from numpy.typing import NDArray

from spreadscan.frozen import Vector, value
from spreadscan.phantom.scenario import Setup
from spreadscan.phantom.values import Skeleton


@value
class ConeBeam:
    """A cone beam on a flat detector.

    Attributes:
        source_mm: (3,) focal spot, world.
        right: (3,) unit vector of growing columns.
        down: (3,) unit vector of growing rows.
        forward: (3,) unit vector of the central ray, towards the detector.
        source_to_image_mm: source-to-image distance.
        source_to_isocentre_mm: depth at which the isocentre lies.
        pitch_mm: width of a pixel at the detector.
        rows: rows of the image.
        columns: columns of the image.
    """

    source_mm: Vector
    right: Vector
    down: Vector
    forward: Vector
    source_to_image_mm: float
    source_to_isocentre_mm: float
    pitch_mm: float
    rows: int
    columns: int

    @property
    def mm_per_px(self) -> float:
        """Width of a pixel projected back to the isocentre."""
        return self.pitch_mm * self.source_to_isocentre_mm / self.source_to_image_mm

    def depth_mm(self, points_mm: Vector) -> Vector:
        """Distances of points (N, 3) from the source along the central ray, (N,)."""
        return (np.atleast_2d(points_mm) - self.source_mm) @ self.forward

    def project(self, points_mm: Vector) -> Vector:
        """Image positions (row, column) of world points (N, 3), (N, 2); points must lie before the source."""
        offset = np.atleast_2d(points_mm) - self.source_mm
        scale = self.source_to_image_mm / (offset @ self.forward) / self.pitch_mm
        return np.stack(
            [
                offset @ self.down * scale + (self.rows - 1) / 2,
                offset @ self.right * scale + (self.columns - 1) / 2,
            ],
            axis=1,
        )

    def obliquity(self) -> NDArray[np.float32]:
        """Length of each ray over its depth, (R, C): 1 on the central ray, larger beside it."""
        row = (np.arange(self.rows) - (self.rows - 1) / 2) * self.pitch_mm / self.source_to_image_mm
        column = (np.arange(self.columns) - (self.columns - 1) / 2) * self.pitch_mm / self.source_to_image_mm
        return np.sqrt(1 + row[:, None] ** 2 + column[None, :] ** 2).astype(np.float32)

    def directions(self, step: int = 1) -> Vector:
        """Unit vectors of the rays through every ``step``-th pixel, (R', C', 3)."""
        row = (np.arange(0, self.rows, step) - (self.rows - 1) / 2) * self.pitch_mm
        column = (np.arange(0, self.columns, step) - (self.columns - 1) / 2) * self.pitch_mm
        rays = (
            self.forward * self.source_to_image_mm
            + row[:, None, None] * self.down
            + column[None, :, None] * self.right
        )
        unit: Vector = rays / np.linalg.norm(rays, axis=-1, keepdims=True)
        return unit


def view_of(setup: Setup, skeleton: Skeleton) -> ConeBeam:
    """Return the view of a setting of the C-arm.

    The source lies in front of the patient (under the table, the patient prone), the detector behind. The
    beam is centred on the middle of the junctions of ``setup.centre``, shifted by ``setup.offset_mm``.
    """
    centre = centre_mm(skeleton, setup.centre) + np.asarray(setup.offset_mm)
    primary, secondary, table = (
        radians(a) for a in (setup.primary_deg, setup.secondary_deg, setup.table_deg)
    )
    left, back, head = np.eye(3)
    across = cos(primary) * left - sin(primary) * back
    level = cos(primary) * back + sin(primary) * left
    forward = cos(secondary) * level + sin(secondary) * head
    up = cos(secondary) * head - sin(secondary) * level
    across, up = cos(table) * across + sin(table) * up, cos(table) * up - sin(table) * across
    return ConeBeam(
        source_mm=centre - forward * setup.source_to_isocentre_mm,
        right=-across if setup.patient_left == "image-left" else across,
        down=-up if setup.head_up else up,
        forward=forward,
        source_to_image_mm=setup.source_to_image_mm,
        source_to_isocentre_mm=setup.source_to_isocentre_mm,
        pitch_mm=setup.field_mm / setup.columns,
        rows=setup.rows,
        columns=setup.columns,
    )


def centre_mm(skeleton: Skeleton, levels: Sequence[str]) -> Vector:
    """Return the middle of the junctions of some levels, (3,)."""
    points = [skeleton.landmarks_mm[f"junction_{level}_{side}"] for level in levels for side in "LR"]
    middle: Vector = np.mean(points, axis=0)
    return middle
