"""The order of work: reference bones, the subject's sizes, growth, posture, joints, random warp."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from spreadscan.frozen import Vector
from spreadscan.phantom.bones.additions import calcified_aorta, implants
from spreadscan.phantom.bones.deformation import deformed, turned_facets
from spreadscan.phantom.bones.growth import FacetGrowth, grown, osteophytes
from spreadscan.phantom.bones.joints import followed, frames
from spreadscan.phantom.bones.morphometry import VERTEBRAE
from spreadscan.phantom.bones.posture import column
from spreadscan.phantom.bones.reference import sacrum_template, side_template, vertebra_template
from spreadscan.phantom.bones.shape import Build, draw_build
from spreadscan.phantom.bones.template import Template, marks_of
from spreadscan.phantom.bones.transition import broadened
from spreadscan.phantom.bones.warp import Warp, draw_warp
from spreadscan.phantom.scenario import Subject
from spreadscan.phantom.values import Bone, Skeleton, Surface

LANDMARKS = ("junction", "tptip", "pedicle", "body", "facet", "spinous")

CREST_SHARE = 0.015
"""The top of an iliac crest is the middle of the highest part of the hip bone: this share of its height."""


class Placed(NamedTuple):
    """A bone of the subject while it is made.

    Attributes:
        template: the reference bone.
        points_mm: (N, 3) its points, world.
    """

    template: Template
    points_mm: Vector


def make_skeleton(subject: Subject, rng: np.random.Generator, coarse: bool = False) -> Skeleton:
    """Return the bones of a subject, T11 to the hip bones, in the world frame.

    The origin lies near the middle of the posterior wall of L4, which is level in the sagittal plane; the
    sacrum is level in the frontal plane.

    Args:
        subject: what is asked for.
        rng: draws everything that varies; with ``variation`` 0 the bones are symmetric.
        coarse: with about a third of the faces.
    """
    build = draw_build(subject, rng)
    poses = column(build.names, build.bodies, build.discs)
    made = _vertebrae(subject, build, rng, coarse) | _sides(subject, build, rng, coarse)
    placed = {name: Placed(bone, poses[_carrier(name)](points)) for name, (bone, points) in made.items()}
    placed |= _joined(build.names, placed)
    placed |= _transitional(subject, build.names, placed)
    warp = draw_warp(rng, subject.variation, build.size)
    return _skeleton(subject, placed, warp, rng)


def _carrier(name: str) -> str:
    """The bone whose pose a bone shares."""
    if name.startswith("ilium"):
        return "sacrum"
    return f"T{name[3:5]}" if name.startswith("rib") else name


def _vertebrae(
    subject: Subject, build: Build, rng: np.random.Generator, coarse: bool
) -> dict[str, tuple[Template, Vector]]:
    """The vertebrae in their own frames."""
    margins = rng.spawn(len(build.names))
    made = {}
    for i, (name, form_name, shape) in enumerate(zip(build.names, build.forms, build.shapes, strict=True)):
        template, form = vertebra_template(form_name, coarse), VERTEBRAE[form_name]
        growth = _growth(subject, build.names, i)
        points = grown(template, growth, subject.cortex, subject.variation, rng)
        points = osteophytes(points, form, _beaks(subject, build.names, i), margins[i])
        middles = frames(template, template.points_mm, "upper")[:, 0]
        points = turned_facets(points, middles, shape.facet_turn_deg)
        made[name] = (template, deformed(points, form, shape))
    return made


def _growth(subject: Subject, names: Sequence[str], index: int) -> list[FacetGrowth]:
    """Facets of a vertebra that grow: its own, and those it has in the joint with the bone below."""
    below = names[index + 1] if index + 1 < len(names) else "S1"
    grows = subject.facet_hypertrophy_mm
    found = [FacetGrowth(f"upper_{s}", grows.get(f"{names[index]}_{s}", 0.0)) for s in "LR"]
    # the inferior process takes less part
    found += [FacetGrowth(f"lower_{s}", 0.6 * grows.get(f"{below}_{s}", 0.0)) for s in "LR"]
    return [facet for facet in found if facet.height_mm > 0]


def _beaks(subject: Subject, names: Sequence[str], index: int) -> tuple[float, float]:
    """Height of osteophytes at both margins of a lumbar body; none at the thoracic discs."""
    lumbar = names[index].startswith("L")
    above = lumbar and index > 0 and names[index - 1].startswith("L")
    return (subject.osteophytes_mm if above else 0.0), (subject.osteophytes_mm if lumbar else 0.0)


def _sides(
    subject: Subject, build: Build, rng: np.random.Generator, coarse: bool
) -> dict[str, tuple[Template, Vector]]:
    """Sacrum, hip bones and ribs in the frames of their carriers."""
    ratio = np.array(build.pelvis)
    sacrum = sacrum_template(coarse)
    grows = subject.facet_hypertrophy_mm
    facets = [FacetGrowth(f"upper_{s}", grows.get(f"S1_{s}", 0.0)) for s in "LR"]
    facets = [facet for facet in facets if facet.height_mm > 0]
    made = {"sacrum": (sacrum, grown(sacrum, facets, subject.cortex, subject.variation, rng) * ratio)}
    for name in ("ilium_L", "ilium_R"):
        bone = side_template(name, coarse)
        made[name] = (bone, grown(bone, (), subject.cortex, subject.variation, rng) * ratio)
    for name in ("rib11_L", "rib11_R", "rib12_L", "rib12_R"):
        bone = side_template(name, coarse)
        length = max(1 + 0.25 * subject.variation * float(np.clip(rng.standard_normal(), -2, 2)), 0.4)
        root = np.array([20.0 if name.endswith("L") else -20.0, 4.0, 6.0])
        points = grown(bone, (), subject.cortex, subject.variation, rng)
        made[name] = (bone, root + (points - root) * np.array([length, 1.0, length]))
    return made


def _joined(names: Sequence[str], placed: Mapping[str, Placed]) -> dict[str, Placed]:
    """The vertebrae with their inferior processes on the superior ones below."""
    made = {}
    for name, below in zip(names, (*names[1:], "sacrum"), strict=True):
        targets = frames(*placed[below], "upper")
        template, points = placed[name]
        made[name] = Placed(template, followed(template, points, targets))
    return made


def _transitional(subject: Subject, names: Sequence[str], placed: Mapping[str, Placed]) -> dict[str, Placed]:
    """The lowest lumbar vertebra with broad transverse processes."""
    lowest, sacrum = placed[names[-1]], placed["sacrum"]
    signs = {"none": (), "left": (1,), "right": (-1,), "both": (1, -1)}[subject.transitional]
    points = lowest.points_mm
    ala = sacrum.points_mm[: sacrum.template.outer_count]
    for sign in signs:
        points = broadened(lowest.template, points, ala, sign)
    return {names[-1]: Placed(lowest.template, points)}


def _skeleton(
    subject: Subject, placed: Mapping[str, Placed], warp: Warp, rng: np.random.Generator
) -> Skeleton:
    bones: list[Bone] = []
    landmarks: dict[str, Vector] = {}
    for name, (template, points) in placed.items():
        moved = warp(points)
        bones.append(_bone(name, template, moved))
        landmarks |= _landmarks(name, marks_of(template, moved))
        if name.startswith("ilium"):
            landmarks[f"crest_S1_{name[-1]}"] = _top_mm(moved[: template.outer_count])
    return Skeleton(
        bones=tuple(bones),
        landmarks_mm=landmarks,
        metal=implants(subject.implants, landmarks, rng),
        calcium=calcified_aorta(subject.aortic_calcification, landmarks, rng),
    )


def _bone(name: str, template: Template, points_mm: Vector) -> Bone:
    inner = slice(template.outer_count, template.outer_count + len(template.thickness_mm))
    outer = Surface(points_mm[: template.outer_count].copy(), template.outer_faces)
    return Bone(name, outer, Surface(points_mm[inner].copy(), template.inner_faces))


def _top_mm(points_mm: Vector) -> Vector:
    """The middle of the highest part of a bone, such as the top of an iliac crest."""
    height = points_mm[:, 2]
    top: Vector = points_mm[height > height.max() - CREST_SHARE * np.ptp(height)].mean(axis=0)
    return top


def _landmarks(bone: str, marks: Mapping[str, Vector]) -> dict[str, Vector]:
    """Marks of a lumbar vertebra or the sacrum under the names that landmarks have."""
    if not (bone.startswith("L") or bone == "sacrum"):
        return {}
    level = "S1" if bone == "sacrum" else bone
    found = {}
    for mark, point in marks.items():
        kind, _, side = mark.partition("_")
        if mark in ("upper_L0", "upper_R0"):
            found[f"facet_{level}_{side[0]}"] = point.copy()
        elif kind in LANDMARKS:
            found[f"{kind}_{level}_{side}"] = point.copy()
    return found
