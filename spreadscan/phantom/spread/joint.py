"""Inside a facet joint: what its capsule holds, and where it gives way."""

from collections.abc import Mapping

import numpy as np

from spreadscan.anatomy import Level
from spreadscan.frozen import Vector
from spreadscan.phantom.spread.canal import epidural_band
from spreadscan.phantom.spread.grid import Grid, Labels, Voxels
from spreadscan.phantom.spread.occupancy import between_solids, distance_mm
from spreadscan.phantom.spread.spine import JunctionAxes, SpineLines

_HALF_MM = (7.0, 8.0, 9.5)
"""Half the size of the joint with its recesses: facets are 10 to 16 wide and 10 to 18 high (Panjabi, Spine
1993;18:298)."""


def joint_centre_mm(landmarks_mm: Mapping[str, Vector], level: Level, frame: JunctionAxes) -> Vector:
    """Return the middle of the joint space at a level's superior process on the left.

    Without a landmark it lies medially above and behind the junction, at the usual place.
    """
    given = landmarks_mm.get(f"facet_{level}_L")
    return frame.point_mm(-5.0, 5.0, 7.0) if given is None else given


def joint_leak(
    spine: SpineLines, frame: JunctionAxes, centre_mm: Vector, rng: np.random.Generator
) -> tuple[Vector, ...]:
    """Return the lines along which a joint leaks once its capsule has given way.

    Half of the time it leaks to the epidural space in front (Yoo, Acta Radiol 2020: 49.5 % of 192), else to
    the space behind the laminae.

    Args:
        spine: lines through the landmarks.
        frame: of the junction.
        centre_mm: middle of the joint space.
        rng: draws where the capsule gives way.
    """
    if rng.random() < 0.495:
        band = epidural_band(spine, frame, 1.0, rng)
        recess = centre_mm + frame.scale * frame.direction(-2, -5, 7)
        nearest = int(np.argmin(np.linalg.norm(band - recess, axis=1)))
        return np.stack((centre_mm, recess, band[nearest])), band
    offsets = ((-3, 4, -9), (-5, 8, -15), (-10, 10, -25))
    return (np.vstack((centre_mm, *(centre_mm + frame.scale * frame.direction(*o) for o in offsets))),)


def joint_resistance(grid: Grid, labels: Labels, tip_mm: Vector, leak: Voxels) -> Voxels:
    """Return how hard it is to advance in a joint, its recesses, and through its capsule.

    A joint of usual size takes about 1 mL (1 to 1.5 are injected as a rule); then its capsule gives way.

    Args:
        grid: where.
        labels: (X, Y, Z) which bone.
        tip_mm: tip of the needle, in the middle of the joint space.
        leak: resistance of the ways out, bone not regarded.
    """
    beyond_mm, sizes = _joint_space(grid, labels, tip_mm)
    recess = np.where(sizes < 1.12, 1 + (beyond_mm / 1.2) ** 2, np.float32(200))
    return np.minimum(recess, leak).astype(np.float32)


def _joint_space(grid: Grid, labels: Labels, tip_mm: Vector) -> tuple[Voxels, Voxels]:
    """Return how far each voxel lies from the joint space, and from its middle in joint sizes."""
    places = zip(grid.axes_mm, tip_mm, _HALF_MM, strict=True)
    x, y, z = (((axis - centre) / half) ** 2 for axis, centre, half in places)
    sizes = np.sqrt(x + y + z).astype(np.float32)
    gap = between_solids(labels, 1.4, grid.step_mm) & (sizes < 1.3)
    if not gap.any():
        # facets that touch on this grid: the space between them is what is free about the middle
        gap = (labels == 0) & (sizes < 0.6)
    return distance_mm(gap, grid.step_mm), sizes
