"""Where things lie along the left side of a spine, read from its landmarks."""

from collections.abc import Mapping, Sequence

import numpy as np

from spreadscan.anatomy import REFERENCE, SACRAL_JUNCTION_X_MM, Level
from spreadscan.frozen import Vector, value

_PEDICLE_MM = (-7.0, -9.0, -5.0)
"""From a junction to the centre of its pedicle along x, y and z, as a rule."""


@value
class JunctionAxes:
    """The frame of an SAP–TP junction on the left.

    Attributes:
        origin_mm: the junction.
        lateral: unit vector from the midline to the junction.
        dorsal: unit vector to the back, perpendicular to the others.
        cranial: unit vector along the spine to the head.
        scale: size of this level over the reference.
    """

    origin_mm: Vector
    lateral: Vector
    dorsal: Vector
    cranial: Vector
    scale: float

    def point_mm(self, lateral: float, dorsal: float, cranial: float) -> Vector:
        """Return the world point this many reference millimetres from the junction."""
        return self.origin_mm + self.direction(lateral, dorsal, cranial) * self.scale

    def direction(self, lateral: float, dorsal: float, cranial: float) -> Vector:
        """Return the world vector with these components; not made a unit vector."""
        return lateral * self.lateral + dorsal * self.dorsal + cranial * self.cranial


@value
class Curve:
    """A line through one kind of landmark of all levels.

    Attributes:
        points_mm: (N, 3) world, from the feet to the head.
    """

    points_mm: Vector

    def at_mm(self, z_mm: Vector) -> Vector:
        """Return the points of the line at these heights, (..., 3): straight between landmarks and beyond."""
        beyond = np.array((-1e3, 1e3))
        slopes = np.diff(self.points_mm, axis=0)[[0, -1]]
        slopes = slopes / slopes[:, 2:]
        # beyond the last landmarks the line runs on, but only half as steep: the curve of a spine turns back
        slopes[:, :2] *= 0.5
        ends = self.points_mm[[0, -1]] + slopes * beyond[:, None]
        points = np.vstack((ends[:1], self.points_mm, ends[1:]))
        return np.stack([np.interp(z_mm, points[:, 2], points[:, axis]) for axis in range(3)], axis=-1)


@value
class SpineLines:
    """The lines that an injectate's surroundings are described by, on the left.

    Attributes:
        junctions: SAP–TP junctions: the gutter between articular and transverse processes.
        tips: tips of the transverse processes.
        pedicles: centres of the pedicles.
        middles: middles between the pedicles of both sides.
    """

    junctions: Curve
    tips: Curve
    pedicles: Curve
    middles: Curve


def spine_of(landmarks_mm: Mapping[str, Vector]) -> SpineLines:
    """Return the lines through the left landmarks of a skeleton.

    Landmarks of which fewer than two are known stand at their usual places to the junctions.
    """
    junctions = list(_left(landmarks_mm, "junction").values())
    across_mm = np.array([p - landmarks_mm[f"{n[:-1]}R"] for n, p in _left(landmarks_mm, "junction").items()])
    pedicles = _left(landmarks_mm, "pedicle")
    tips = list(_left(landmarks_mm, "tptip").values())
    middles = [(point + landmarks_mm[f"{name[:-1]}R"]) / 2 for name, point in pedicles.items()]
    usual, forwards_mm = np.array(junctions), np.array((0, *_PEDICLE_MM[1:]))
    return SpineLines(
        junctions=_curve(junctions, usual),
        tips=_curve(tips, usual + 0.4 * across_mm),
        pedicles=_curve(list(pedicles.values()), usual + np.array(_PEDICLE_MM)),
        middles=_curve(middles, usual - 0.5 * across_mm + forwards_mm),
    )


def _left(landmarks_mm: Mapping[str, Vector], kind: str) -> Mapping[str, Vector]:
    """Return all landmarks of a kind on the left."""
    return {n: p for n, p in landmarks_mm.items() if n.startswith(f"{kind}_") and n.endswith("_L")}


def _curve(points_mm: Sequence[Vector], instead_mm: Vector) -> Curve:
    """Return the line through points from the feet to the head; through others if they are too few."""
    points = points_mm if len(points_mm) > 1 else instead_mm
    return Curve(np.array(sorted(points, key=lambda point: float(point[2])), dtype=np.float64))


def junction_frame(landmarks_mm: Mapping[str, Vector], level: Level) -> JunctionAxes:
    """Return the frame of a level's junction on the left.

    Args:
        landmarks_mm: of the skeleton, ``junction_L4_L`` and ``junction_L4_R`` among them.
        level: L3, L4, L5 or S1.
    """
    left, right = landmarks_mm[f"junction_{level}_L"], landmarks_mm[f"junction_{level}_R"]
    width_mm = float(np.linalg.norm(left - right))
    lateral = (left - right) / width_mm
    pairs = _left(landmarks_mm, "junction")
    middles = {name: (point + landmarks_mm[f"{name[:-1]}R"]) / 2 for name, point in pairs.items()}
    order = sorted(middles, key=lambda name: float(middles[name][2]))
    at = order.index(f"junction_{level}_L")
    along = middles[order[min(at + 1, len(order) - 1)]] - middles[order[max(at - 1, 0)]]
    along = along - lateral * (along @ lateral)
    cranial = along / np.linalg.norm(along)
    usual_mm = REFERENCE[level].junction_x_mm if level in REFERENCE else SACRAL_JUNCTION_X_MM
    scale = width_mm / (2 * usual_mm)
    return JunctionAxes(left, lateral, np.cross(cranial, lateral), cranial, float(np.clip(scale, 0.8, 1.25)))
