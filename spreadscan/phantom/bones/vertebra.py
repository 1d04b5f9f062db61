"""The solid parts of a lumbar vertebra.

Local frame: x to the left, y to the back, z to the head along the axis of the body; origin in the middle of
the posterior wall, mm. Everything is symmetric: parts are those of the left half, x >= 0.
"""

from dataclasses import dataclass
from math import cos, radians, sin, tan

import numpy as np

from spreadscan.frozen import Vector
from spreadscan.phantom.bones.morphometry import (
    JOINT_GAP_MM,
    LOWER_HOLLOW_MM,
    UPPER_HOLLOW_MM,
    LevelForm,
)
from spreadscan.phantom.bones.solids import Array, Cylinder, Ellipsoid, Part, Point, Trimmed, Tube

FACET_RADIUS_MM = 11.0
"""Radius of the curved facet; an assumption."""
SLIDE_MM = 5.0
"""How far a superior process can rise along the arch above it; an assumption."""


@dataclass(frozen=True)
class Centrum:
    """The body of a vertebra: kidney-shaped plates with a raised rim, a waist between them.

    Attributes:
        width_mm: mean of both plates.
        depth_mm: of the plates.
        height_mm: between the middles of the plates.
        wedge_deg: how much higher in front.
        waist: how much narrower it is in the middle, as a share.
    """

    width_mm: float
    depth_mm: float
    height_mm: float
    wedge_deg: float
    waist: float = 0.15

    @property
    def box_mm(self) -> tuple[Point, Point]:
        """Smallest and largest x, y, z that the body reaches."""
        half = self.width_mm / 2 + 2
        top = self.height_mm / 2 + 4 + self.depth_mm * tan(radians(abs(self.wedge_deg)))
        return (-half, -self.depth_mm - 2, -top), (half, 3, top)

    def distance_mm(self, x: Array, y: Array, z: Array) -> Array:
        """Largest of the distances to the wall and to the two plates, with rounded edges."""
        level = 2 * z / np.float32(self.height_mm + UPPER_HOLLOW_MM + LOWER_HOLLOW_MM)
        wall, share = self._wall_mm(x, y, level)
        slope = np.float32(tan(radians(self.wedge_deg / 2)))
        tilt = slope * (-y - np.float32(self.depth_mm / 2))
        # the rim stands above the hollow, whose deepest point lies behind the middle
        hollow = np.clip(1 - share, 0, 1) ** np.float32(0.8)
        top = z - np.float32(self.height_mm / 2 + UPPER_HOLLOW_MM) - tilt + UPPER_HOLLOW_MM * hollow
        bottom = -z - np.float32(self.height_mm / 2 + LOWER_HOLLOW_MM) - tilt + LOWER_HOLLOW_MM * hollow
        plates = np.maximum(top, bottom)
        overlap = np.maximum(np.float32(1.5) - np.abs(wall - plates), 0)
        return np.asarray(np.maximum(wall, plates) + overlap**2 / 6, dtype=np.float32)

    def _wall_mm(self, x: Array, y: Array, level: Array) -> tuple[Array, Array]:
        """Distance to the outer wall and the squared share of the radius."""
        narrowing = np.float32(self.waist) * np.clip(1 - level * level, -0.3, 1)
        # a lower plate is about 2 mm wider than an upper one
        a = np.float32(self.width_mm / 2) * (1 + np.float32(0.02) * -level - narrowing)
        b = np.float32(self.depth_mm / 2)
        u = np.abs(x) / a
        # the posterior wall bulges inwards in the middle of a kidney, and carries most of no waist
        notch = np.float32(2.0) * np.exp(-((x / np.float32(11)) ** 2))
        front = (y + b) < 0
        v = np.where(front, np.abs(y + b) / (b * (1 - narrowing)), np.abs(y + b + notch) / b)
        power = np.where(front, np.float32(2.15), np.float32(2.9))
        radius = (u**power + v**power + np.float32(1e-9)) ** (1 / power)
        return (radius - 1) * np.minimum(a, b), radius * radius


@dataclass(frozen=True)
class CurvedJoint:
    """The left facet joint: two curved facets round a cranio-caudal axis behind and medial of them.

    Attributes:
        middle_mm: middle of the joint space.
        axis: unit vector towards the head along the joint.
        normal: unit vector from the superior process of the lower bone into the inferior one of the upper.
    """

    middle_mm: Point
    axis: Point
    normal: Point

    def cutter(self, radius_mm: float) -> Cylinder:
        """Return a cylinder round the axis of the joint."""
        centre = np.array(self.middle_mm) + FACET_RADIUS_MM * np.array(self.normal)
        return Cylinder(_point(centre), self.axis, radius_mm, 60.0)

    def along(self, axial_mm: float, normal_mm: float) -> Point:
        """Return the point so far along the axis and the normal from the middle."""
        offset = axial_mm * np.array(self.axis) + normal_mm * np.array(self.normal)
        return _point(np.array(self.middle_mm) + offset)

    @property
    def across(self) -> Point:
        """Unit vector along the joint in the axial plane."""
        return _point(np.cross(self.axis, self.normal))


def upper_joint(form: LevelForm) -> CurvedJoint:
    """Return the joint with the vertebra above, in the frame of the vertebra of this form."""
    angle = radians(form.facet_angle_deg)
    above = form.pedicle_above_mm + form.junction_above_mm + 5.5
    return CurvedJoint((form.facet_x_mm, 15.5, above), (0.0, 0.0, 1.0), (-cos(angle), sin(angle), 0.0))


def junction_mm(form: LevelForm) -> Point:
    """Return the SAP–TP junction of the left side before it is laid on the surface."""
    return form.junction_x_mm, form.junction_back_mm, form.pedicle_above_mm + form.junction_above_mm


def process_tip_mm(form: LevelForm) -> Point:
    """Return the tip of the left transverse process before it is laid on the surface."""
    _, y, z = _corner_mm(form)
    middle = z - form.process_height_mm / 2
    return form.process_span_mm / 2, y - 3.5 + form.process_back_mm, middle + form.process_rise_mm


def spinous_corner_mm(form: LevelForm) -> Point:
    """Return the middle of the thick lower back corner of the spinous process, which frontal views show."""
    return 0.0, form.spinous_back_mm - 6.0, -16.0 - 0.25 * form.spinous_height_mm


def corners_mm(form: LevelForm) -> dict[str, Point]:
    """Return the left corners of the body in the frontal view before they are laid on the surface."""
    half, y = form.body_width_mm / 2, -form.body_depth_mm / 2
    top, bottom = form.body_height_mm / 2 + UPPER_HOLLOW_MM, form.body_height_mm / 2 + LOWER_HOLLOW_MM
    return {"body_supL": (0.98 * half, y, top), "body_infL": (1.02 * half, y, -bottom)}


def _corner_mm(form: LevelForm) -> Point:
    """Where the border of the process and the edge of the root would cross without the rounded seam."""
    x, y, z = junction_mm(form)
    return x - 0.45, y, z - 0.65


def vertebra_parts(form: LevelForm, below: CurvedJoint) -> list[Part]:
    """Return the parts of the left half of a vertebra.

    Args:
        form: its dimensions.
        below: its joint with the bone below, in its own frame.
    """
    body = Centrum(form.body_width_mm, form.body_depth_mm, form.body_height_mm, form.wedge_deg)
    return [
        Part(body),
        Part(_pedicle(form), blend_mm=4.0),
        *_superior_process(form, upper_joint(form)),
        *_posterior_arch(form, below),
        *_transverse_process(form),
    ]


def articulating_parts(form: LevelForm) -> list[Part]:
    """Return the parts that the bone above keeps clear of, also when its disc has lost height.

    The superior process, SLIDE_MM higher as well, the back of the pedicle and the upper border of the arch.
    """
    x, y, z = _corner_mm(form)
    sizes = ((5.5, 4.2), (5.0, 3.6))
    pars = Tube(((x - 6.5, y - 1.0, z - 4.0), (x - 8.0, y + 1.5, z - 13.0)), sizes, (1.0, 0.4, 0.0))
    return [
        *_superior_process(form, upper_joint(form)),
        Part(_process_tube(form, upper_joint(form), SLIDE_MM)),
        Part(_pedicle(form)),
        Part(pars),
        Part(_lamina(form)),
    ]


def _pedicle(form: LevelForm) -> Tube:
    half = form.pedicle_width_mm / 2
    x, z = form.canal_width_mm / 2 + half, form.pedicle_above_mm
    radii = (half, form.pedicle_height_mm / 2)
    # the oval of the frontal view is the narrowest place; to the front it converges on the body
    ends = ((x - 0.12 * half, -7.0, z - 0.5), (x, 3.0, z), (x - 0.3, 16.0 - half, z))
    return Tube(ends, ((radii[0] * 1.1, radii[1] * 1.1), radii, (radii[0], radii[1] * 0.95)), (1.0, 0.0, 0.0))


def _superior_process(form: LevelForm, joint: CurvedJoint) -> list[Part]:
    """The process, its root on the pedicle, and the mammillary process on its back."""
    x, _, z = _corner_mm(form)
    cut = joint.cutter(FACET_RADIUS_MM + JOINT_GAP_MM / 2)
    process = _process_tube(form, joint, 0.0)
    mammillary = Ellipsoid(
        (x - 3.6, joint.along(-5.0, -0.38 * (x - joint.middle_mm[0]))[1] + 5.0, z + 3.0), (3.0, 4.0, 4.6)
    )
    return [Part(process, blend_mm=3.0), Part(Trimmed(mammillary, cut, "outside"), blend_mm=2.5)]


def _process_tube(form: LevelForm, joint: CurvedJoint, higher_mm: float) -> Trimmed:
    """The superior process; its lateral edge lies at the junction, the tip a little medial of it."""
    x, y, z = _corner_mm(form)
    room = x - joint.middle_mm[0]
    low, high = joint.along(-5.0, -0.38 * room), joint.along(5.0 + higher_mm, -0.40 * room)
    nodes = ((x - 6.6, y - 2.5, z - 6.0), low, high)
    radii = ((5.8, 5.5), (6.6, 0.60 * room), (5.0, 0.45 * room))
    cut = joint.cutter(FACET_RADIUS_MM + JOINT_GAP_MM / 2)
    return Trimmed(Tube(nodes, radii, joint.across), cut, "outside")


def _posterior_arch(form: LevelForm, below: CurvedJoint) -> list[Part]:
    """Pars, inferior articular process, lamina and spinous process."""
    x, y, z = _corner_mm(form)
    inner = below.cutter(FACET_RADIUS_MM - JOINT_GAP_MM / 2)
    top, bottom = below.along(8.0, 5.4), below.along(-3.6, 5.0)
    isthmus = (0.55 * top[0] + 0.45 * (x - 7), y + 1.5, 0.45 * z + 0.55 * top[2])
    nodes = ((x - 6.5, y - 1.0, z - 5.0), isthmus, top)
    pars = Tube(nodes, ((5.5, 4.2), (5.0, 3.5), (6.5, 4.6)), (1.0, 0.4, 0.0))
    process = Trimmed(Tube((top, bottom), ((6.8, 5.2), (6.0, 4.8)), below.across), inner, "inside")
    return [
        Part(pars, blend_mm=3.0),
        Part(process, blend_mm=3.0),
        Part(_lamina(form), blend_mm=4.0),
        Part(_spinous_process(form), blend_mm=4.0),
        Part(_spinous_tip(form), blend_mm=5.0),
    ]


def _lamina(form: LevelForm) -> Tube:
    """A plate from the pars to the midline, lower and farther back there."""
    root, high = form.canal_width_mm / 2, 0.38 * form.spinous_height_mm
    nodes = ((root + 1.5, 15.5, -5.0), (root * 0.5, 20.5, -8.5), (0.0, 24.0, -10.0))
    return Tube(nodes, ((high + 0.5, 3.2), (high, 3.1), (high - 0.5, 3.4)), (0.0, 0.0, 1.0))


def _spinous_process(form: LevelForm) -> Tube:
    """A hatchet, thickest at its lower back corner."""
    tip, high = form.spinous_back_mm, form.spinous_height_mm / 2
    nodes = ((0.0, 24.5, -11.0), (0.0, 37.0, -14.0), (0.0, tip - 5.0, -16.0))
    return Tube(nodes, ((high - 2.5, 3.3), (high - 0.5, 2.7), (high - 1.0, 3.9)), (0.0, -0.15, 1.0))


def _spinous_tip(form: LevelForm) -> Ellipsoid:
    """The thick lower back corner of the spinous process."""
    return Ellipsoid(spinous_corner_mm(form), (4.4, 6.0, 0.25 * form.spinous_height_mm))


def _transverse_process(form: LevelForm) -> list[Part]:
    """The process and the accessory process on the back of its root."""
    x, y, z = _corner_mm(form)
    high = form.process_height_mm / 2
    middle, tip = z - high, form.process_span_mm / 2
    rise, back = form.process_rise_mm, form.process_back_mm
    thick = 3.6 if high < 6 else 5.5
    at = (x - 6.0, x + 3.0, (x + tip) / 2 + 1, tip - 0.66 * thick)
    along = [(a - at[0]) / (at[-1] - at[0]) for a in at]
    nodes = tuple((a, y - 3.5 + back * s, middle + rise * s) for a, s in zip(at, along, strict=True))
    radii = ((high, thick + 1.2), (high, thick), (high * 0.82, thick * 0.72), (high * 0.8, thick * 0.66))
    process = Tube(nodes, radii, (0.0, 0.0, 1.0))
    accessory = Ellipsoid((x + 0.5, y + 1.0, middle - high * 0.5), (2.2, 2.6, 2.8))
    return [Part(process, blend_mm=2.2), Part(accessory, blend_mm=2.0)]


def _point(xyz: Vector) -> Point:
    return float(xyz[0]), float(xyz[1]), float(xyz[2])
