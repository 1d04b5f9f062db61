"""The order of work: from a scenario to a case, and from a case to files. The only place that knows it."""

from collections.abc import Sequence
from math import log
from pathlib import Path
from typing import NamedTuple

import numpy as np

from spreadscan.frozen import Image, value
from spreadscan.phantom.bones.skeleton import make_skeleton
from spreadscan.phantom.chance import Ticket
from spreadscan.phantom.dicom_file import write_dicom
from spreadscan.phantom.dicom_header import FileFacts
from spreadscan.phantom.dicom_opening import declared_opening
from spreadscan.phantom.dicom_syntax import check_file
from spreadscan.phantom.filling import Filling, fillings
from spreadscan.phantom.imagery import Room, Shot, develop, prepare, shown_map, shown_points, take
from spreadscan.phantom.imaging.detector import OPEN
from spreadscan.phantom.imaging.processing import Tones
from spreadscan.phantom.imaging.transmission import transmission
from spreadscan.phantom.motion import PatientPose, poses
from spreadscan.phantom.scenario import Scenario
from spreadscan.phantom.scene import build_scene, iodine_of, total
from spreadscan.phantom.spread.compartment import deposits
from spreadscan.phantom.spread.plan import plan_spreads
from spreadscan.phantom.truth import NeedleTruth, SiteTruth, Truth, site_name
from spreadscan.phantom.truth_files import write_truth
from spreadscan.phantom.truth_measures import (
    detection_threshold_mg_cm2,
    evaluated_frame,
    extent,
    kept_frames,
    local_frame,
)
from spreadscan.phantom.values import PathMaps, Skeleton, StoredImages

TYPICAL_CORTEX_MM = 4.0
"""Cortical bone that a ray through the junction region passes, for the effective attenuation of iodine."""
CONSOLE_ERROR_MM = 12.0
"""Standard deviation of the source-to-patient distance that consoles record against the true one (A)."""


@value
class Case:
    """A simulated case.

    Attributes:
        files: the images of each DICOM file, in order of time.
        facts: what their headers say.
        truth: of the last file.
    """

    files: tuple[StoredImages, ...]
    facts: FileFacts
    truth: Truth


@value
class _Taken:
    """What has been at rest, and where it lay in the images of the last file."""

    room: Room
    run: tuple[tuple[Filling, ...], ...]
    places: tuple[PatientPose, ...]
    rest: tuple[tuple[Image, ...], ...]
    scout: PatientPose | None


class _Films(NamedTuple):
    """The images of each file, and the tones of the last."""

    files: tuple[StoredImages, ...]
    tones: Tones


def simulate(scenario: Scenario, ticket: Ticket, skeleton: Skeleton | None = None) -> Case:
    """Return a case: its images and its truth.

    Args:
        scenario: what is asked for.
        ticket: the draw of everything that the scenario leaves open.
        skeleton: bones to use instead of the built-in ones.

    Raises:
        WrongUsage: ``bad-option`` when the file cannot hold the pixels asked for.
    """
    check_file(scenario)
    if skeleton is None:
        skeleton = make_skeleton(scenario.subject, ticket.chance("bones"), ticket.fast)
    spreads = plan_spreads(skeleton, scenario, ticket)
    room = prepare(scenario, build_scene(skeleton, scenario, spreads, ticket), ticket)
    places = poses(scenario.study, scenario.motion, ticket.chance("motion"))
    scout, places = (places[0], places[1:]) if scenario.study.kind == "pair" else (None, places)
    run = fillings(scenario)
    taken = _Taken(room, run, places, tuple(iodine_of(room.scene, state) for state in run), scout)
    films = _images(taken, ticket)
    return Case(films.files, _facts(room, films.tones, ticket), _truth(taken, ticket))


def write_case(case: Case, folder: Path) -> None:
    """Write the DICOM files, ``truth.json``, ``truth.npz`` and ``landmarks.json`` of a case.

    Args:
        case: what to write.
        folder: an existing folder.

    Raises:
        CannotWrite: ``output-unwritable``.
    """
    for images, name in zip(case.files, case.truth.files, strict=True):
        write_dicom(images, case.facts, folder / name)
    write_truth(case.truth, folder)


# ---------------------------------------------------------------- images


def _images(taken: _Taken, ticket: Ticket) -> _Films:
    room, rng = taken.room, ticket.chance("detector", 1)
    files, gain, tones = [], None, None
    if taken.scout is not None:
        nothing = total((), room.scene.view)
        scout = Shot(taken.scout, nothing, room.scenario.study.scout_needles)
        exposed = take([scout], room, rng)
        developed = develop(exposed.signals, room)
        gain, tones = exposed.gain, developed.tones
        files.append(StoredImages(developed.pixels, "Pre-contrast", 1))
    shots = [
        Shot(pose, total(maps, room.scene.view)) for pose, maps in zip(taken.places, taken.rest, strict=True)
    ]
    developed = develop(take(shots, room, rng, gain).signals, room, tones)
    description = "Fluoro run" if room.scenario.study.kind == "cine" else "Post-contrast"
    files.append(StoredImages(developed.pixels, description, len(files) + 1))
    return _Films(tuple(files), developed.tones)


def _facts(room: Room, tones: Tones, ticket: Ticket) -> FileFacts:
    """What the console records: the angles as they are, the distance to the patient only nearly."""
    scenario = room.scenario
    setup, study = scenario.setup, scenario.study
    error_mm = float(ticket.chance("console").normal(0, CONSOLE_ERROR_MM))
    run = study.kind == "cine"
    return FileFacts(
        scenario=scenario,
        pitch_mm=room.scene.view.pitch_mm,
        source_to_patient_mm=round(setup.source_to_isocentre_mm + error_mm),
        primary_deg=setup.primary_deg,
        secondary_deg=setup.secondary_deg,
        frame_times_s=tuple(frame / study.frames_per_s for frame in range(study.frames)) if run else (0.0,),
        opening=declared_opening(scenario.collimator, setup.rows, setup.columns),
        frames_before=study.before if run else 0,
        case=ticket.case,
        seed=ticket.seed,
        log_span=_log_span(scenario, tones),
    )


def _log_span(scenario: Scenario, tones: Tones) -> float | None:
    """What leads from stored values back to intensity; a new one for every image is in no header."""
    logarithmic = scenario.processing.chain == "logarithmic" and not scenario.processing.automatic
    return tones.high - tones.low if logarithmic else None


# ---------------------------------------------------------------- truth


def _truth(taken: _Taken, ticket: Ticket) -> Truth:
    room, scene, scenario = taken.room, taken.room.scene, taken.room.scenario
    amounts = [float(total(maps, scene.view).sum()) for maps in taken.rest]
    frame = evaluated_frame(amounts)
    shown = {
        f: _shown(total(taken.rest[f], scene.view), taken, f) for f in kept_frames(frame, scenario.study)
    }
    effective = _iodine_attenuation(scenario)
    names = tuple(scene.skeleton.landmarks_mm)
    points = np.stack([scene.skeleton.landmarks_mm[name] for name in names])
    at_rest = scene.view.project(points)
    tracks = np.stack([shown_points(at_rest, pose, room) for pose in taken.places], axis=1)
    depths = scene.view.depth_mm(points) / scene.view.source_to_image_mm * scene.view.pitch_mm
    return Truth(
        scenario=scenario,
        case=ticket.case,
        seed=ticket.seed,
        files=("im_0001.dcm",) if taken.scout is None else ("im_0001.dcm", "im_0002.dcm"),
        evaluated_frame=frame,
        iodine_mg_cm2=shown,
        field=room.acquisition.opening > OPEN,
        steel_mm=_shown(scene.needle_mm, taken, frame),
        sites=_sites(taken, frame),
        needles=_needles(taken, frame),
        landmarks_px=dict(zip(names, tracks, strict=True)),
        landmark_mm_per_px={name: float(mm) for name, mm in zip(names, depths, strict=True)},
        poses=taken.places,
        scout_pose=taken.scout,
        filling=_filling_record(scenario, taken.run),
        attenuation_cm2_per_mg=effective,
        detection_mg_cm2=detection_threshold_mg_cm2(scenario.detector, effective),
        pitch_mm=scene.view.pitch_mm,
    )


def _shown(image: Image, taken: _Taken, frame: int) -> Image:
    return shown_map(image, taken.places[frame], taken.room.scenario.detector)


def _sites(taken: _Taken, frame: int) -> tuple[SiteTruth, ...]:
    scene = taken.room.scene
    sites = []
    for number, injection in enumerate(taken.room.scenario.injections):
        around = local_frame(scene.skeleton.landmarks_mm, injection.level, injection.side[0].upper())
        state, spread = taken.run[frame][number], scene.spreads[number]
        sites.append(
            SiteTruth(
                injection=injection,
                tip_mm=around.coordinates_mm(spread.tip_mm)[0],
                extent=extent(deposits(spread, state.fraction, state.wash), around),
                iodine_mg_cm2=_shown(taken.rest[frame][number], taken, frame),
            )
        )
    return tuple(sites)


def _needles(taken: _Taken, frame: int) -> tuple[NeedleTruth, ...]:
    scene, injections = taken.room.scene, taken.room.scenario.injections
    found = []
    for number, _ in scene.needles:
        tip = scene.view.project(scene.spreads[number].tip_mm)
        row, column = shown_points(tip, taken.places[frame], taken.room)[0]
        injection = injections[number]
        found.append(NeedleTruth(site_name(injection), (float(row), float(column)), injection.gauge or 0))
    return tuple(found)


def _filling_record(scenario: Scenario, run: Sequence[Sequence[Filling]]) -> tuple[dict[str, float], ...]:
    """Share of each injection that is in, by site, and ``on``: whether any is."""
    names = [site_name(injection) for injection in scenario.injections]
    record = []
    for states in run:
        shares = {name: state.fraction for name, state in zip(names, states, strict=True)}
        record.append({**shares, "on": float(any(shares.values()))})
    return tuple(record)


def _iodine_attenuation(scenario: Scenario) -> float:
    """Effective attenuation of iodine in cm²/mg: ln of the signal without over that with 1 mg/cm²."""
    tissue = np.full((1, 2), scenario.tissue.thickness_mm, np.float32)
    cortex, nothing = np.full_like(tissue, TYPICAL_CORTEX_MM), np.zeros_like(tissue)
    iodine = np.array([[0, 1]], np.float32)
    without, with_iodine = transmission(PathMaps(tissue, cortex, nothing, nothing, iodine), scenario.beam)[0]
    return log(without / with_iodine)
