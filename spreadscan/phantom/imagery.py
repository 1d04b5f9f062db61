"""From a scene to stored images: expose every frame, filter, process."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from spreadscan.frozen import Image, Vector, value
from spreadscan.phantom.chance import Ticket
from spreadscan.phantom.imaging.collimator import opening
from spreadscan.phantom.imaging.detector import Acquisition, Scale, acquisition, expose, recursive
from spreadscan.phantom.imaging.distortion import distort, distorted
from spreadscan.phantom.imaging.lettering import lettering
from spreadscan.phantom.imaging.processing import Pixels, Tones, Viewport, to_pixels
from spreadscan.phantom.imaging.transmission import transmission
from spreadscan.phantom.motion import PatientPose, moved, placed
from spreadscan.phantom.scenario import Beam, Detector, Scenario
from spreadscan.phantom.scene import SimulatedScene, maps_in
from spreadscan.phantom.values import PathMaps


@value
class Shot:
    """One frame to be taken.

    Attributes:
        pose: of the patient.
        iodine_mg_cm2: (R, C) iodine at rest.
        needles: whether the needles are in place.
    """

    pose: PatientPose
    iodine_mg_cm2: Image
    needles: bool = True


@dataclass(frozen=True)
class Room:
    """What the images of a study share.

    Attributes:
        scenario: the whole case.
        scene: what stands in the beam.
        acquisition: beam, detector and field.
    """

    scenario: Scenario
    scene: SimulatedScene
    acquisition: Acquisition


@value
class Exposures:
    """What the detector gives of some shots.

    Attributes:
        signals: (R, C) of each.
        gain: of the first, or the one that was kept.
    """

    signals: tuple[Image, ...]
    gain: float


def prepare(scenario: Scenario, scene: SimulatedScene, ticket: Ticket) -> Room:
    """Return tube, detector and collimator, ready for the first image."""
    view = scene.view
    scale = Scale(view.mm_per_px, scenario.setup.source_to_image_mm / scenario.setup.source_to_isocentre_mm)
    shape = (view.rows, view.columns)
    beam = _along_the_image(scenario.beam, scenario.setup.head_up)
    field = opening(scenario.collimator, shape)
    return Room(
        scenario, scene, acquisition(beam, scenario.detector, scale, field, ticket.chance("detector"))
    )


def take(shots: Sequence[Shot], room: Room, rng: np.random.Generator, gain: float | None = None) -> Exposures:
    """Return what the detector gives of each shot.

    Args:
        shots: in order of time.
        room: tube, detector, scene.
        rng: noise.
        gain: of an earlier image of the study, kept unless exposure is automatic.
    """
    signals: list[Image] = []
    for shot in shots:
        maps = _as_shown(
            maps_in(room.scene, shot.pose, shot.iodine_mg_cm2, shot.needles), room.scenario.detector
        )
        kept = None if room.scenario.processing.automatic else gain
        exposure = expose(transmission(maps, room.scenario.beam), room.acquisition, rng, kept)
        gain = exposure.gain if gain is None else gain
        signals.append(exposure.signal)
    if gain is None:
        raise ValueError("there is no shot to take")
    return Exposures(recursive(signals, room.scenario.detector.recursive), gain)


def develop(signals: Sequence[Image], room: Room, tones: Tones | None = None) -> Pixels:
    """Return the stored pixels of detector signals."""
    scenario = room.scenario
    left = scenario.setup.patient_left == "image-left"
    viewport = Viewport(
        opening=room.acquisition.opening,
        mm_per_px=room.acquisition.scale.mm_per_px,
        fill=scenario.collimator.fill,
        lettering=lettering(scenario.processing, scenario.beam.peak_kv, "L" if left else "R"),
    )
    return to_pixels(signals, viewport, scenario.processing, tones)


def shown_map(image: Image, pose: PatientPose, detector: Detector) -> Image:
    """Return a map at rest, (R, C), as an image of this pose shows it."""
    return distort(moved(image, pose), detector)


def shown_points(points_px: Vector, pose: PatientPose, room: Room) -> Vector:
    """Return where an image of this pose shows points at rest, (row, column), (N, 2)."""
    shape = (room.scene.view.rows, room.scene.view.columns)
    return distorted(placed(points_px, pose, shape), room.scenario.detector, shape)


def _as_shown(maps: PathMaps, detector: Detector) -> PathMaps:
    """Maps as an image intensifier bends them; the bending of the image is the bending of what it shows."""
    if not detector.pincushion:
        return maps
    soft, cortical, cancellous, steel, iodine = distort(
        np.stack([maps.soft_mm, maps.cortical_mm, maps.cancellous_mm, maps.steel_mm, maps.iodine_mg_cm2]),
        detector,
    )
    return PathMaps(soft, cortical, cancellous, steel, iodine)


def _along_the_image(beam: Beam, head_up: bool) -> Beam:
    """The heel effect runs from head to foot of the patient, wherever the head is in the image."""
    return beam if head_up else replace(beam, heel=-beam.heel)
