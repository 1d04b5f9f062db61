"""What stands in the beam: bones, tissue, needles at rest, and where the contrast will go."""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from spreadscan.frozen import Image, value
from spreadscan.phantom.chance import Ticket
from spreadscan.phantom.fields import random_field
from spreadscan.phantom.filling import Filling
from spreadscan.phantom.geometry import ConeBeam, view_of
from spreadscan.phantom.motion import PatientPose, moved, soft_pose
from spreadscan.phantom.projection import iodine_mg_cm2, surface_thickness_mm
from spreadscan.phantom.scenario import Scenario, Subject
from spreadscan.phantom.spread.compartment import Spread, deposits
from spreadscan.phantom.spread.instruments import HUB_DENSITY, Needle, needle
from spreadscan.phantom.tissue import LEAST_MM, SoftTissue, soft_tissue, wires_mm
from spreadscan.phantom.values import PathMaps, Skeleton, Surface

_CORTEX_SHARES = ((0.0, 0.45), (0.5, 0.35), (1.4, 0.20))
"""Blur in mm and share: cortical bone passes into cancellous bone without a sharp border (A)."""
_TRABECULAE = (((1.6, 0.45), 0.10), ((0.55, 0.55), 0.10), ((4.0, 4.0), 0.09))
"""Correlation length along and across the spine in mm, and relative standard deviation of the texture (A)."""


@value
class SimulatedScene:
    """Everything at rest.

    Attributes:
        skeleton: the bones.
        view: the cone beam.
        spreads: where the contrast of each injection goes.
        needles: those in place, by the number of their injection.
        tissue: soft tissue.
        cortical_mm: (R, C) path in cortical bone and calcifications.
        cancellous_mm: (R, C) path in cancellous bone of usual density.
        needle_mm: (R, C) path in the steel of the needles.
        metal_mm: (R, C) path in implants and wires.
        fast: whether contrast is projected coarsely.
    """

    skeleton: Skeleton
    view: ConeBeam
    spreads: tuple[Spread, ...]
    needles: tuple[tuple[int, Needle], ...]
    tissue: SoftTissue
    cortical_mm: Image
    cancellous_mm: Image
    needle_mm: Image
    metal_mm: Image
    fast: bool


def build_scene(
    skeleton: Skeleton, scenario: Scenario, spreads: tuple[Spread, ...], ticket: Ticket
) -> SimulatedScene:
    """Return the scene of a scenario for one draw of its chances.

    Args:
        skeleton: the bones.
        scenario: what is asked for.
        spreads: where the contrast of each injection goes.
        ticket: the draw of everything that the scenario leaves open.
    """
    view = view_of(scenario.setup, skeleton)
    injections = scenario.injections
    needles = tuple(
        (number, needle(skeleton, injection, spread, ticket.chance("needles", number)))
        for number, (injection, spread) in enumerate(zip(injections, spreads, strict=True))
        if injection.gauge is not None
    )
    cortical, cancellous = _bone_mm(skeleton, view, scenario.subject, ticket)
    wires = wires_mm(view, scenario.tissue.wires, ticket.chance("tissue", 1))
    return SimulatedScene(
        skeleton=skeleton,
        view=view,
        spreads=spreads,
        needles=needles,
        tissue=soft_tissue(skeleton, view, scenario.tissue, ticket.chance("tissue")),
        cortical_mm=cortical,
        cancellous_mm=cancellous,
        needle_mm=_needles_mm([needle for _, needle in needles], view, scanlines=2 if ticket.fast else 4),
        metal_mm=surface_thickness_mm(skeleton.metal, view) + wires,
        fast=ticket.fast,
    )


def maps_in(scene: SimulatedScene, pose: PatientPose, iodine: Image, needles: bool = True) -> PathMaps:
    """Return what the rays pass when the patient lies in a pose.

    Args:
        scene: everything at rest.
        pose: of this image.
        iodine: (R, C) iodine in mgI/cm² at rest.
        needles: whether the needles are in place.
    """
    body = moved(scene.tissue.body_mm, soft_pose(pose, gas=False))
    gas = moved(scene.tissue.gas_mm, soft_pose(pose, gas=True))
    steel = scene.metal_mm + scene.needle_mm if needles else scene.metal_mm
    return PathMaps(
        soft_mm=np.maximum(body - gas, LEAST_MM),
        cortical_mm=_moved_edges(scene.cortical_mm, pose),
        cancellous_mm=_moved_edges(scene.cancellous_mm, pose),
        steel_mm=_moved_edges(steel, pose),
        iodine_mg_cm2=_moved_edges(iodine, pose),
    )


def iodine_of(scene: SimulatedScene, filling: Sequence[Filling]) -> tuple[Image, ...]:
    """Return the iodine of each injection at rest, (R, C) in mgI/cm²."""
    parts = 1 if scene.fast else 2
    return tuple(
        iodine_mg_cm2(deposits(spread, state.fraction, state.wash), scene.view, parts)
        for spread, state in zip(scene.spreads, filling, strict=True)
    )


def total(maps: Sequence[Image], view: ConeBeam) -> Image:
    """Return the sum of maps, (R, C); zero of none."""
    image = np.zeros((view.rows, view.columns), np.float32)
    for part in maps:
        image = image + part
    return image


# ---------------------------------------------------------------- bones and needles


def _bone_mm(skeleton: Skeleton, view: ConeBeam, subject: Subject, ticket: Ticket) -> tuple[Image, Image]:
    """Path in cortical bone, and in cancellous bone of usual density."""
    scanlines = 1 if ticket.fast else 2
    outer = surface_thickness_mm([bone.outer for bone in skeleton.bones], view, scanlines)
    inner = surface_thickness_mm(
        [bone.inner for bone in skeleton.bones if bone.inner is not None], view, scanlines
    )
    inner = np.clip(inner, 0, outer)
    shell = _blended(outer - inner, view) + surface_thickness_mm(skeleton.calcium, view, scanlines)
    return shell, inner * subject.bone_density * _trabecular(view, ticket.chance("texture"))


def _blended(shell: Image, view: ConeBeam) -> Image:
    blended = np.zeros_like(shell)
    for blur_mm, share in _CORTEX_SHARES:
        blur_px = blur_mm / view.mm_per_px
        blended += share * (ndimage.gaussian_filter(shell, blur_px, truncate=3) if blur_px else shell)
    return blended


def _trabecular(view: ConeBeam, rng: np.random.Generator) -> Image:
    shape = (view.rows, view.columns)
    relative = np.ones(shape, np.float32)
    for (along_mm, across_mm), spread in _TRABECULAE:
        relative += spread * random_field(shape, (along_mm / view.mm_per_px, across_mm / view.mm_per_px), rng)
    clipped: Image = relative.clip(0.4, 1.8)
    return clipped


def _needles_mm(needles: Sequence[Needle], view: ConeBeam, scanlines: int) -> Image:
    tubes = [surface for needle in needles for surface in (needle.shaft, _inside_out(needle.bore))]
    steel = surface_thickness_mm(tubes, view, scanlines)
    hubs = surface_thickness_mm([needle.hub for needle in needles], view, scanlines=1)
    total: Image = np.maximum(steel, 0) + np.float32(HUB_DENSITY) * hubs
    return total


def _inside_out(surface: Surface) -> Surface:
    """A hollow instead of a solid: what lies inside is taken away."""
    return Surface(surface.vertices_mm, np.ascontiguousarray(surface.faces[:, ::-1]))


def _moved_edges(image: Image, pose: PatientPose) -> Image:
    """Moved by cubic interpolation: linear interpolation would blur some frames of a run and not others."""
    sharp: Image = moved(image, pose, order=3).clip(0)
    return sharp
