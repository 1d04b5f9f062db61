"""What is measured on a simulated case: what can be seen, what is in view, where each injection went.

References:
    [1] A. Rose, The sensitivity performance of the human eye on an absolute scale, J. Opt. Soc. Am. 38 (1948)
        196: a patch is seen when its contrast exceeds a few times the quantum noise of its area.
"""

from collections.abc import Mapping, Sequence
from math import hypot, sqrt

import numpy as np

from spreadscan.frozen import BoolArray, Vector, value
from spreadscan.phantom.scenario import Detector, Study
from spreadscan.phantom.values import Deposit

SIGMAS = 3.0
"""Contrast over noise at which iodine counts as visible: the lower end of what Rose found for the eye,
3 to 5 [1]."""
SEEN_MM2 = 1.0
"""Area whose quanta are counted for it: the width of a thin layer of contrast along bone, squared (a
convention)."""
SAME_IODINE = 0.01
"""Frames whose iodine differs by less than this share have as much of it."""
FAINT_MG_PER_ML = 3.0
"""Concentration below which a voxel does not count to the extent of a deposit: the feathered rim."""
LOW_PERCENT, HIGH_PERCENT = 2, 98
"""Percentiles that bound a deposit: single voxels astray do not."""
_CHAIN = ("L1", "L2", "L3", "L4", "L5", "L6", "S1")


@value
class LocalFrame:
    """A frame at an SAP–TP junction, world directions.

    Attributes:
        origin_mm: (3,) the junction.
        lateral: (3,) unit vector from the junction of the other side.
        dorsal: (3,) unit vector to the back, at right angles to the others.
        cranial: (3,) unit vector towards the head along the spine, at right angles to lateral.
    """

    origin_mm: Vector
    lateral: Vector
    dorsal: Vector
    cranial: Vector

    def coordinates_mm(self, points_mm: Vector) -> Vector:
        """World points (N, 3) as (lateral, dorsal, cranial) of the junction, (N, 3)."""
        axes = np.stack([self.lateral, self.dorsal, self.cranial], axis=1)
        local: Vector = (np.atleast_2d(points_mm) - self.origin_mm) @ axes
        return local


@value
class Extent:
    """Where a deposit lies, (lateral, dorsal, cranial) of its junction.

    Attributes:
        centroid_mm: (3,) centre of mass of the iodine.
        low_mm: (3,) 2nd percentile of its voxels along each direction.
        high_mm: (3,) 98th percentile.
    """

    centroid_mm: Vector
    low_mm: Vector
    high_mm: Vector


def detection_threshold_mg_cm2(detector: Detector, attenuation_cm2_per_mg: float) -> float:
    """Return the iodine that stands out of the noise.

    3 √(1 + e²) / √(q A) / (μ (1 - s) (1 - g)): thrice the relative noise of the q quanta per mm² in A = 1 mm²
    with e of electronic noise, over the contrast of 1 mg/cm² behind scatter s and glare g.

    Args:
        detector: quanta, scatter, electronic noise and glare.
        attenuation_cm2_per_mg: effective μ of iodine for the spectrum behind the patient.

    Returns:
        Areal density in mg of iodine per cm².
    """
    noise = hypot(1.0, detector.electronic_noise) / sqrt(detector.quanta_per_mm2 * SEEN_MM2)
    contrast = attenuation_cm2_per_mg * (1 - detector.scatter_fraction) * (1 - detector.glare)
    return SIGMAS * noise / contrast


def evaluated_frame(iodine: Sequence[float]) -> int:
    """Return the frame with the most iodine, 0-based; of frames with as much, the last.

    Args:
        iodine: in each frame, in any unit.
    """
    least = max(iodine) * (1 - SAME_IODINE)
    return max(index for index, amount in enumerate(iodine) if amount >= least)


def kept_frames(evaluated: int, study: Study) -> tuple[int, ...]:
    """Return the frames whose iodine is kept: the evaluated one, the last, two while contrast comes in."""
    if study.kind != "cine":
        return (evaluated,)
    after = study.frames - study.before
    early = {study.before + after // 3, study.before - 1 + int(0.42 * after)}
    return tuple(sorted({evaluated, study.frames - 1} | {min(max(f, 0), study.frames - 1) for f in early}))


def in_view(position_px: Vector, field: BoolArray) -> bool:
    """Whether the pixel nearest to a position (row, column) lies within the exposed field (R, C)."""
    row, column = (round(float(place)) for place in position_px)
    inside = 0 <= row < field.shape[0] and 0 <= column < field.shape[1]
    return inside and bool(field[row, column])


def local_frame(landmarks_mm: Mapping[str, Vector], level: str, side: str) -> LocalFrame:
    """Return the frame of a junction.

    Cranial runs between the middles of the junctions of the level and the next above; at the upper end of
    what is known, of the next below and the level.

    Args:
        landmarks_mm: world points by name; the junctions of both sides of two levels at least.
        level: of the junction.
        side: ``L`` or ``R``.
    """
    known = [name for name in _CHAIN if f"junction_{name}_L" in landmarks_mm]
    place = known.index(level)
    upper, lower = (known[place - 1], level) if place > 0 else (level, known[place + 1])
    left, right = (np.asarray(landmarks_mm[f"junction_{level}_{s}"]) for s in "LR")
    lateral = _unit(left - right if side == "L" else right - left)
    along = _middle(landmarks_mm, upper) - _middle(landmarks_mm, lower)
    cranial = _unit(along - lateral * (along @ lateral))
    dorsal = np.cross(cranial, lateral)
    dorsal = dorsal if dorsal[1] > 0 else -dorsal
    return LocalFrame(np.array(left if side == "L" else right, float), lateral, dorsal, cranial)


def extent(deposits: Sequence[Deposit], frame: LocalFrame) -> Extent | None:
    """Return where deposits lie; ``None`` where no voxel holds more than a trace.

    Args:
        deposits: of one injection, in world coordinates.
        frame: of its junction.
    """
    places, weights = [], []
    for deposit in deposits:
        voxels = np.argwhere(deposit.mg_per_ml > FAINT_MG_PER_ML)
        places.append(frame.coordinates_mm(deposit.origin_mm + voxels * deposit.step_mm))
        weights.append(deposit.mg_per_ml[tuple(voxels.T)] * deposit.step_mm**3)
    if not places or not sum(map(len, weights)):
        return None
    local, mass = np.concatenate(places), np.concatenate(weights).astype(np.float64)
    low, high = np.percentile(local, [LOW_PERCENT, HIGH_PERCENT], axis=0)
    return Extent(centroid_mm=mass @ local / mass.sum(), low_mm=low, high_mm=high)


def _middle(landmarks_mm: Mapping[str, Vector], level: str) -> Vector:
    middle: Vector = (landmarks_mm[f"junction_{level}_L"] + landmarks_mm[f"junction_{level}_R"]) / 2
    return middle


def _unit(vector: Vector) -> Vector:
    unit: Vector = vector / np.linalg.norm(vector)
    return unit
