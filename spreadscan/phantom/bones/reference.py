"""The reference bones: surfaces, normals and marks in each bone's own frame, made once for a process."""

from collections.abc import Callable, Sequence
from functools import cache
from types import MappingProxyType

import numpy as np

from spreadscan.frozen import Vector
from spreadscan.phantom.bones.morphometry import DISCS, VERTEBRAE, LevelForm
from spreadscan.phantom.bones.pelvis import ilium_parts
from spreadscan.phantom.bones.posture import BonePose, Wedge, column
from spreadscan.phantom.bones.ribs import rib_parts
from spreadscan.phantom.bones.sacrum import (
    sacral_articulating_parts,
    sacral_joint,
    sacral_junction_mm,
    sacrum_parts,
)
from spreadscan.phantom.bones.solids import Array, Elsewhere, Part, Point, mould
from spreadscan.phantom.bones.surface import DistanceField, closed_surface, laid_on, metric, normals, sample
from spreadscan.phantom.bones.template import FRAME_MM, Template
from spreadscan.phantom.bones.vertebra import (
    CurvedJoint,
    articulating_parts,
    corners_mm,
    junction_mm,
    process_tip_mm,
    spinous_corner_mm,
    upper_joint,
    vertebra_parts,
)

Cortex = Callable[[Array, Array, Array], Array]
"""Thickness of the cortical shell, mm, by place."""
STEP_MM = MappingProxyType(
    {"vertebra": (1.8, 2.9), "sacrum": (2.2, 3.6), "ilium": (3.0, 4.6), "rib": (1.8, 2.6)}
)
"""Grid of each kind of bone, fine and coarse: 6 000 to 10 000, or 2 000 to 3 500 faces per vertebra."""
CLEARANCE_MM = 1.8
"""Between an arch and the bone below it, outside the joint space; an assumption."""


@cache
def vertebra_template(form_name: str, coarse: bool) -> Template:
    """Return the reference vertebra of a form."""
    form = VERTEBRAE[form_name]
    below = _joint_below(form_name)
    step = STEP_MM["vertebra"][coarse]
    field = _symmetric(_field([*vertebra_parts(form, below), *_clearance(form_name)], step, True))
    marks = {
        "pedicle_L": (form.canal_width_mm / 2 + form.pedicle_width_mm / 2, 3.0, form.pedicle_above_mm),
        "spinous_M": spinous_corner_mm(form),
    }
    frames = {"upper": upper_joint(form), "lower": below}
    laid = {"junction_L": junction_mm(form), "tptip_L": process_tip_mm(form)} | corners_mm(form)
    template = _template(form_name, field, _vertebral_cortex(form), _both_sides(marks, frames))
    return _with_surface_marks(template, field, laid)


@cache
def sacrum_template(coarse: bool) -> Template:
    """Return the reference sacrum."""
    field = _symmetric(_field(sacrum_parts(), STEP_MM["sacrum"][coarse], True))
    template = _template("sacrum", field, _sacral_cortex, _both_sides({}, {"upper": sacral_joint()}))
    return _with_surface_marks(template, field, {"junction_L": sacral_junction_mm()})


@cache
def side_template(name: str, coarse: bool) -> Template:
    """Return the reference hip bone or rib of one side: ``ilium_L``, ``rib12_R`` and so on."""
    kind = name.split("_")[0]
    if name.endswith("_R"):
        return _mirrored(side_template(f"{kind}_L", coarse), name)
    if kind == "ilium":
        field = _field(ilium_parts(), STEP_MM["ilium"][coarse], False)
        return _template(name, field, lambda x, y, z: np.full_like(x + y + z, 1.1), {})
    field = _field(rib_parts(1.6 if kind == "rib11" else 1.0), STEP_MM["rib"][coarse], False)
    return _template(name, field, lambda x, y, z: np.full_like(x + y + z, 0.9), {})


@cache
def reference_pose(name: str) -> BonePose:
    """Return the pose of a vertebra or of the sacrum in the reference column."""
    bodies = [
        Wedge(form.body_height_mm, form.wedge_deg, depth_mm=form.body_depth_mm) for form in VERTEBRAE.values()
    ]
    discs = [Wedge(disc.height_mm, disc.angle_deg) for disc in DISCS.values()]
    return column(tuple(VERTEBRAE), bodies, discs)[name]


def _clearance(form_name: str) -> list[Part]:
    """The room that the articulating parts of the next reference bone need."""
    lower = _below(form_name)
    parts = sacral_articulating_parts() if lower == "sacrum" else articulating_parts(VERTEBRAE[lower])
    move = reference_pose(lower).inverse().after(reference_pose(form_name))
    rows = tuple(_point(row) for row in move.rotation)
    return [
        Part(
            Elsewhere(part.solid, (rows[0], rows[1], rows[2]), _point(move.origin_mm), CLEARANCE_MM),
            "carve",
            1.0,
        )
        for part in parts
    ]


def _below(form_name: str) -> str:
    names = [*VERTEBRAE, "sacrum"]
    return names[names.index(form_name) + 1]


def _joint_below(form_name: str) -> CurvedJoint:
    """The joint with the next reference bone, in the frame of this one."""
    lower = _below(form_name)
    joint = sacral_joint() if lower == "sacrum" else upper_joint(VERTEBRAE[lower])
    move = reference_pose(form_name).inverse().after(reference_pose(lower))
    turned = (move.rotation @ np.array(joint.axis), move.rotation @ np.array(joint.normal))
    return CurvedJoint(_point(move(np.array(joint.middle_mm))), _point(turned[0]), _point(turned[1]))


def _field(parts: Sequence[Part], step_mm: float, half: bool) -> DistanceField:
    """The parts on a grid that holds them with a margin; of the left half only, from half a step on."""
    boxes = np.array([part.solid.box_mm for part in parts if part.how == "add"])
    low, high = boxes[:, 0].min(axis=0) - 3 * step_mm, boxes[:, 1].max(axis=0) + 3 * step_mm
    if half:
        low[0] = step_mm / 2
    x, y, z = (np.arange(a, b, step_mm).astype(np.float32) for a, b in zip(low, high, strict=True))
    return DistanceField(mould(parts, (x, y, z)), low, step_mm)


def _symmetric(half: DistanceField) -> DistanceField:
    width = half.step_mm * half.value_mm.shape[0]
    origin = np.array([half.step_mm / 2 - width, *half.origin_mm[1:]])
    return DistanceField(np.concatenate([half.value_mm[::-1], half.value_mm]), origin, half.step_mm)


def _template(name: str, field: DistanceField, cortex: Cortex, marks: dict[str, Point]) -> Template:
    """Both surfaces of a field, with normals and free marks."""
    distance = metric(field)
    shell = distance._replace(value_mm=distance.value_mm + cortex(*_places(field)))
    outer = closed_surface(distance)
    inner = closed_surface(shell)
    free = np.array(list(marks.values())).reshape(-1, 3)
    out = normals(distance, np.concatenate([outer.vertices_mm, inner.vertices_mm]))
    return Template(
        name=name,
        points_mm=np.concatenate([outer.vertices_mm, inner.vertices_mm, free]),
        normals=np.concatenate([out, np.zeros_like(free)]),
        outer_faces=outer.faces,
        inner_faces=inner.faces,
        outer_count=len(outer.vertices_mm),
        thickness_mm=-sample(distance, inner.vertices_mm),
        room_mm=_room_mm(distance, inner.vertices_mm, out[len(outer.vertices_mm) :]),
        marks=tuple(marks),
    )


def _places(field: DistanceField) -> tuple[Array, Array, Array]:
    """x, y and z of the grid's points, to broadcast."""
    x, y, z = (
        (origin + np.arange(count) * field.step_mm).astype(np.float32)
        for origin, count in zip(field.origin_mm, field.value_mm.shape, strict=True)
    )
    return x[:, None, None], y[None, :, None], z[None, None, :]


def _room_mm(distance: DistanceField, inner: Vector, out: Vector) -> Vector:
    """How far the inner surface can move in before it meets what comes from the other side."""
    room = np.zeros(len(inner))
    before = sample(distance, inner)
    for depth in (0.4, 0.8, 1.2, 1.6):
        there = sample(distance, inner - depth * out)
        room = np.where((before - there > 0.2) & (room >= depth - 0.41), depth, room)
        before = there
    return 0.7 * room


def _both_sides(marks: dict[str, Point], frames: dict[str, CurvedJoint]) -> dict[str, Point]:
    """Marks of the left and the joints' frames, and their mirror images."""
    left = dict(marks)
    for name, joint in frames.items():
        directions = (np.zeros(3), np.array(joint.axis), np.array(joint.normal), np.array(joint.across))
        for k, direction in enumerate(directions):
            left[f"{name}_L{k}"] = _point(np.array(joint.middle_mm) + FRAME_MM * direction)
    right = {name.replace("_L", "_R"): (-x, y, z) for name, (x, y, z) in left.items()}
    return left | right


def _with_surface_marks(
    template: Template,
    field: DistanceField,
    laid: dict[str, Point],
) -> Template:
    """Add marks that lie on the outer surface, with its normals, and their mirror images."""
    distance = metric(field)
    points = laid_on(distance, np.array(list(laid.values())))
    found = dict(zip(laid, points, strict=True))
    flip = np.array([-1.0, 1.0, 1.0])
    swapped = {name[:-1] + "R": point * flip for name, point in found.items()}
    names, added = [*found, *swapped], np.array([*found.values(), *swapped.values()])
    return Template(
        name=template.name,
        points_mm=np.concatenate([template.points_mm, added]),
        normals=np.concatenate([template.normals, normals(distance, added)]),
        outer_faces=template.outer_faces,
        inner_faces=template.inner_faces,
        outer_count=template.outer_count,
        thickness_mm=template.thickness_mm,
        room_mm=template.room_mm,
        marks=(*template.marks, *names),
    )


def _vertebral_cortex(form: LevelForm) -> Cortex:
    """0.5 mm round the body (0.6 mm at its plates), 1.3 mm at the arch, 1.0 mm at the transverse process.

    Assumptions after general anatomy: half a millimetre of cortex covers a vertebral body.
    """

    def thickness(x: Array, y: Array, z: Array) -> Array:
        arch = np.clip((y + 3) / 6, 0, 1)
        process = np.clip((np.abs(x) - form.junction_x_mm) / 5, 0, 1)
        plate = np.clip((np.abs(z) - 0.4 * form.body_height_mm) / 2, 0, 1)
        return np.asarray((1 - arch) * (0.5 + 0.1 * plate) + arch * (1.35 - 0.35 * process), dtype=np.float32)

    return thickness


def _sacral_cortex(x: Array, y: Array, z: Array) -> Array:
    """0.7 mm at the end-plate, 0.9 mm elsewhere; an assumption."""
    plate = np.clip((z + 3) / 2, 0, 1) * (np.abs(x) < 26) * np.clip((3 - y) / 6, 0, 1)
    return np.asarray(0.9 - 0.2 * plate, dtype=np.float32)


def _mirrored(left: Template, name: str) -> Template:
    flip = np.array([-1.0, 1.0, 1.0])
    return Template(
        name=name,
        points_mm=left.points_mm * flip,
        normals=left.normals * flip,
        outer_faces=np.ascontiguousarray(left.outer_faces[:, ::-1]),
        inner_faces=np.ascontiguousarray(left.inner_faces[:, ::-1]),
        outer_count=left.outer_count,
        thickness_mm=left.thickness_mm,
        room_mm=left.room_mm,
        marks=tuple(mark.replace("_L", "_R") for mark in left.marks),
    )


def _point(xyz: Vector) -> Point:
    return float(xyz[0]), float(xyz[1]), float(xyz[2])
