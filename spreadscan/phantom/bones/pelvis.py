"""The solid parts of the left hip bone, in the frame of the sacrum.

The wing is a curved sheet: its middle and its thickness are smooth functions of the position seen from the
side, given by a few points; its outline is a closed curve. Points are written with the end-plate of S1 at its
usual 30 degrees, as seen in a lateral film, relative to its posterior edge. The crest reaches the level of
the disc L4/5 [Chakraverty et al. J Anat 2007: L4 or L4/5 in 87 % of 75 prone fluoroscopies]; all other
figures are assumptions after general anatomy.
"""

from dataclasses import dataclass
from functools import cache
from math import cos, radians, sin

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline, RBFInterpolator

from spreadscan.phantom.bones.sacrum import Bent, LateralMass
from spreadscan.phantom.bones.solids import Array, Part, Point, Tube

Table = tuple[tuple[float, float, float], ...]

SLOPE_DEG = 30.0
"""Slope of the end-plate of S1 for which the points below are written."""
SACROILIAC_GAP_MM = 2.5
"""Between the subchondral plates of the sacroiliac joint; an assumption."""

OUTLINE_YZ_MM = (
    (57, -42), (52, -18), (42, 4), (26, 24), (6, 36), (-18, 35), (-42, 20), (-62, -8), (-67, -24),
    (-60, -42), (-58, -62), (-54, -84), (-46, -106), (-24, -118), (-4, -108), (6, -88), (14, -74), (30, -66),
    (46, -64), (55, -54),
)  # fmt: skip
"""Seen from the side: crest from the back to the front, then down, roof of the hip joint, greater notch."""
MIDDLE_YZX_MM = (
    (56, -42, 45), (50, -18, 53), (40, 5, 64), (26, 24, 79), (6, 36, 94), (-18, 35, 109), (-42, 20, 119),
    (-62, -10, 123), (-66, -24, 121), (-58, -62, 106), (-50, -100, 97), (-24, -112, 92), (-4, -100, 86),
    (12, -72, 72), (30, -64, 60), (48, -62, 50), (30, -34, 62), (14, -26, 69), (10, 0, 78), (-14, 0, 97),
    (-20, -40, 92), (-38, -14, 112), (-26, -76, 89), (30, -5, 66), (40, -40, 55),
)  # fmt: skip
"""Middle of the sheet: distance from the midline by the position seen from the side."""
THICK_YZT_MM = (
    (52, -40, 20), (45, -10, 17), (30, 10, 12), (6, 30, 11), (-18, 30, 12), (-42, 16, 11), (-62, -15, 11),
    (-12, 5, 7), (-25, -10, 7.5), (5, 5, 9), (25, -35, 20), (15, -20, 17), (40, -50, 20), (-10, -50, 17),
    (-30, -60, 20), (-30, -95, 27), (-10, -85, 22), (12, -62, 18), (-52, -50, 16), (-40, 0, 8),
)  # fmt: skip
"""Thickness of the sheet by the position seen from the side."""
CREST_YZX_MM = (
    (56, -40, 45), (42, 2, 63), (26, 20, 79), (6, 32, 94), (-18, 31, 109), (-42, 16, 119), (-63, -16, 122),
)  # fmt: skip
"""Middle of the thick rim of the crest."""


@dataclass(frozen=True)
class Wing:
    """The wing of the ilium down to the roof of the hip joint."""

    @property
    def box_mm(self) -> tuple[Point, Point]:
        """Smallest and largest x, y, z that the wing reaches."""
        yz = _in_sacral_frame(np.array(OUTLINE_YZ_MM, dtype=float))
        (y0, z0), (y1, z1) = yz.min(axis=0) - 3, yz.max(axis=0) + 3
        return (30.0, float(y0), float(z0)), (135.0, float(y1), float(z1))

    def distance_mm(self, x: Array, y: Array, z: Array) -> Array:
        """Larger one of the distances to the faces of the sheet and to its outline."""
        yz = np.stack(np.broadcast_arrays(y[0, :, :], z[0, :, :]), axis=-1)
        shape, points = yz.shape[:2], yz.reshape(-1, 2).astype(float)
        middle = _smooth(MIDDLE_YZX_MM, points).reshape(shape)
        thick = np.maximum(_smooth(THICK_YZT_MM, points), 6.5).reshape(shape)
        along_y, along_z = np.gradient(middle, float(y[0, 1, 0] - y[0, 0, 0]))
        slant = np.sqrt(1 + along_y**2 + along_z**2)
        edge = _outline_distance_mm(points).reshape(shape)
        sheet = [part.astype(np.float32) for part in (middle, slant, thick)]
        faces = np.abs(x - sheet[0]) / sheet[1] - sheet[2] / 2
        edge = np.broadcast_to(edge.astype(np.float32), faces.shape)
        overlap = np.maximum(6 - np.abs(faces - edge), 0)
        return np.asarray(np.maximum(faces, edge) + overlap**2 / 24, dtype=np.float32)


def ilium_parts() -> list[Part]:
    """Return the parts of the left hip bone: wing, pubis and ischium, free of the sacrum."""
    crest = _tube(CREST_YZX_MM, 5.5)
    ramus = _tube(((-44, -104, 88), (-58, -118, 55), (-66, -132, 12)), 8.0)
    ischium = _tube(((-12, -112, 90), (2, -140, 78), (0, -162, 66), (-30, -168, 45), (-60, -148, 14)), 10.0)
    free = Bent(LateralMass(SACROILIAC_GAP_MM))
    return [
        Part(Wing()),
        Part(crest, blend_mm=6.0),
        Part(ramus, blend_mm=8.0),
        Part(ischium, blend_mm=8.0),
        Part(free, "carve", blend_mm=1.5),
    ]


def _tube(nodes_yzx: Table, radius_mm: float) -> Tube:
    yz = _in_sacral_frame(np.array(nodes_yzx, dtype=float)[:, :2])
    nodes = tuple((float(x), float(y), float(z)) for (y, z), (_, _, x) in zip(yz, nodes_yzx, strict=True))
    return Tube(nodes, ((radius_mm, radius_mm),) * len(nodes), (0.1, 0.2, 1.0))


@cache
def _outline() -> tuple[tuple[float, float], ...]:
    """The outline as a fine closed polygon in the frame of the sacrum."""
    points = _in_sacral_frame(np.array(OUTLINE_YZ_MM, dtype=float))
    closed = np.vstack([points, points[:1]])
    curve = CubicSpline(np.arange(len(closed)), closed, bc_type="periodic")
    fine = curve(np.linspace(0, len(points), 4 * len(points), endpoint=False))
    return tuple((float(y), float(z)) for y, z in fine)


def _outline_distance_mm(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Signed distance of points (N, 2) from the outline, negative inside."""
    corners = np.array(_outline())
    nearest = np.full(len(points), np.inf)
    inside = np.zeros(len(points), dtype=bool)
    for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        along = np.clip((points - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
        nearest = np.minimum(nearest, ((points - a - along[:, None] * (b - a)) ** 2).sum(axis=1))
        between = (a[1] <= points[:, 1]) != (b[1] <= points[:, 1])
        if a[1] != b[1]:
            crossing = a[0] + (points[:, 1] - a[1]) * (b[0] - a[0]) / (b[1] - a[1])
            inside ^= between & (points[:, 0] < crossing)
    signed: NDArray[np.float64] = np.where(inside, -1.0, 1.0) * np.sqrt(nearest)
    return signed


def _smooth(table: Table, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Thin-plate interpolation of the third column over the first two."""
    known = np.array(table, dtype=float)
    spline = RBFInterpolator(_in_sacral_frame(known[:, :2]), known[:, 2], smoothing=1.0)
    found: NDArray[np.float64] = spline(points)
    return found


def _in_sacral_frame(yz_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """From the lateral film to the frame of the sacrum."""
    angle = radians(SLOPE_DEG)
    # the normal of the end-plate leans forward by the slope
    back, up = np.array([cos(angle), sin(angle)]), np.array([-sin(angle), cos(angle)])
    return np.stack([yz_mm @ back, yz_mm @ up], axis=1)
