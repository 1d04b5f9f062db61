"""The order of work, and the only place that knows it: a study in, a coverage report out."""

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

import spreadscan
from spreadscan.checks import check_found, check_marked
from spreadscan.detect.find import Picture, looks_elsewhere, seek
from spreadscan.flags import FLAGS
from spreadscan.judgement.evidence import gather
from spreadscan.judgement.protocol import decide
from spreadscan.judgement.refusal import refusal_of
from spreadscan.judgement.statements import judge
from spreadscan.judgement.verdicts import with_verdicts
from spreadscan.read.dicom import read_fluorogram
from spreadscan.settings import CoverSettings, Settings
from spreadscan.stages.align import align
from spreadscan.stages.assign import source_of
from spreadscan.stages.attenuate import attenuate
from spreadscan.stages.calibrate import judging_scale
from spreadscan.stages.choose import choose, with_baseline_file
from spreadscan.stages.classify import Look, classify
from spreadscan.stages.confine import confine
from spreadscan.stages.cover import Scene, cover, cover_zones
from spreadscan.stages.curves import time_curves
from spreadscan.stages.delimit import delimit
from spreadscan.stages.depict import depict, depict_stored
from spreadscan.stages.estimate import estimate
from spreadscan.stages.follow import follow
from spreadscan.stages.narrate import Story, narrate
from spreadscan.stages.orient import with_patient_sides
from spreadscan.stages.place import place, place_sacral
from spreadscan.stages.quantify import quantify
from spreadscan.stages.recognise import recognise
from spreadscan.stages.segment import from_given, segment
from spreadscan.stages.subtract import subtract
from spreadscan.stages.summarise import summarise
from spreadscan.stages.uptake import find_uptake
from spreadscan.study_facts import StudyFacts, level_size_px, look_up, marked_frame
from spreadscan.values import (
    AttenuationRun,
    BranchRegions,
    ContrastMap,
    Coverage,
    CoverageReport,
    Dose,
    FramePair,
    ImageHeader,
    Iodine,
    JudgingScale,
    Kinds,
    MarkedFrame,
    Request,
    SpreadMask,
    TimeCurves,
    Uncalibrated,
    Uptake,
    ZoneReach,
)


class Measured(NamedTuple):
    """What the pixels show, and what is known by then: the landmarks that were found among it."""

    known: StudyFacts
    run: AttenuationRun
    pair: FramePair
    contrast: ContrastMap
    mask: SpreadMask


class _Seen(NamedTuple):
    """The contrast of the described frame, and the frames that it was seen in."""

    contrast: ContrastMap
    pair: FramePair


class ContrastDetails(NamedTuple):
    """What the contrast tells beside where it is."""

    kinds: Kinds
    uptake: Uptake
    curves: TimeCurves | None
    iodine: Iodine


class Reach(NamedTuple):
    """Where the regions lie, and how far contrast reached them and the zones at S1."""

    regions: BranchRegions
    coverage: Coverage
    zones: tuple[ZoneReach, ...]


def analyse(path: Path, request: Request | None = None, settings: Settings | None = None) -> CoverageReport:
    """Return the coverage report of one study.

    Args:
        path: a DICOM file, or a folder with the images of one study.
        request: what a person hands in instead of having it worked out.
        settings: of the stages; the defaults where there are none.

    Returns:
        The report; the same input gives the same report.

    Raises:
        SpreadscanError: with a slug of ``errors.SLUGS`` when the input cannot be read or measured.
    """
    request, settings = request or Request(), settings or Settings()
    return measure(look_up(path, request, settings), request, settings)


def measure(known: StudyFacts, request: Request, settings: Settings) -> CoverageReport:
    """Return the coverage report of a study that was looked up.

    Args:
        known: what headers and people say, by ``look_up`` for the same request and settings.
        request: what a person hands in.
        settings: of the stages.

    Raises:
        SpreadscanError: with a slug of ``errors.SLUGS`` when the images cannot be read or measured.
    """
    seen = look_at(known, request, settings)
    known = seen.known
    refusal = refusal_of(known.search, known.orientation, seen.mask, seen.contrast, seen.pair)
    alone = seen.contrast.method == "single image" and seen.mask.origin == "measured"
    scene = Scene(seen.mask, seen.contrast.valid, seen.contrast.metal, refusal.reason, alone)
    reach = _reach(known, scene, settings.cover)
    details = _details(seen, reach.regions, request, settings)
    told_by_person = ("transitional-vertebra",) if request.transitional else ()
    flags = _all_flags(seen, (*refusal.flags, *told_by_person, *_flags_of(reach, details)))
    fixed_ln = settings.quantify.fixed_ln
    summary = summarise(seen.mask, seen.contrast, reach.regions, known.calibration, fixed_ln)
    report = CoverageReport(
        source=source_of(known.roles, seen.pair),
        calibration=known.calibration,
        orientation=known.orientation,
        landmarks=known.landmarks,
        contrast=replace(summary, components=details.kinds.components),
        uptake=details.uptake,
        curves=details.curves,
        iodine=details.iodine,
        coverage=reach.coverage,
        regions=reach.regions,
        mask=seen.mask,
        field=seen.run.field,
        pictures=depict(seen.run, seen.pair.frame, seen.contrast),
        flags=flags,
        settings_fingerprint=settings.fingerprint,
        settings=settings,
        steps=narrate(_story(seen, request)),
        version=spreadscan.__version__,
        search=known.search,
        loop=known.loop,
    )
    return _judged(report, known, reach, request, settings)


def understand(path: Path, request: Request, settings: Settings | None = None) -> MarkedFrame:
    """Return the frame of a study with the landmarks that are handed in or found, as ``analyse`` has them.

    The frame is the one asked for, else the one that the landmarks name, else the one that would be analysed.
    Nothing is measured.

    Args:
        path: a DICOM file, or a folder with the images of one study.
        request: what a person hands in; its landmarks, frame, sides, the scale of 3D Slicer and whether to
            search count.
        settings: of the stages; the defaults where there are none.

    Raises:
        SpreadscanError: with a slug of ``errors.SLUGS`` when the input or the landmarks cannot be read, or
            when none were handed in and none are found.
    """
    settings = settings or Settings()
    known = look_up(path, request, settings)
    header = known.roles.contrast
    frame = request.frame or next(iter(known.landmarks.frames), 0)
    if request.detect or (not frame and header.frames > 1):
        run = _run(header, known.scale, settings)
        frame = frame or choose(run, known.scale, request, settings.choose).frame + 1
        known = _searched(known, run, frame - 1, settings) if request.detect else known
        check_found(known.landmarks, known.search)
    frame = frame or 1
    stored = read_fluorogram(header).stored[frame - 1].astype(np.float32)
    return marked_frame(known, frame, depict_stored(stored, header.pixels.inverted_display))


def look_at(known: StudyFacts, request: Request, settings: Settings) -> Measured:
    """Return what the pixels show.

    Args:
        known: what headers and people say.
        request: what a person hands in.
        settings: of the stages.
    """
    run = _run(known.roles.contrast, known.scale, settings)
    pair = choose(run, known.scale, request, settings.choose)
    # only now is it known which frame is described
    check_marked(known.landmarks, known.roles.contrast, pair.frame + 1)
    if request.detect and known.orientation.frontal:
        known = _searched(known, run, pair.frame, settings)
    scout = known.roles.baseline
    if scout is None or (request.baseline is None and pair.baseline_frames):
        seen = _measured(run, run, pair, known, settings)
        if scout is None or seen.mask.found or request.baseline_frames is not None:
            return seen
    # contrast that was there from the first frame of the run on shows against the scout only
    baseline_run = _run(scout, known.scale, settings)
    pair = with_baseline_file(pair, len(baseline_run.stored), settings.choose)
    return _measured(run, baseline_run, pair, known, settings)


def _searched(known: StudyFacts, run: AttenuationRun, frame: int, settings: Settings) -> StudyFacts:
    """With the landmarks that nobody marked; those that somebody marked stay where they are."""
    picture = Picture(run.frame(frame), run.field.inside)
    found = seek(known.landmarks, known.orientation, picture, settings)
    landmarks = with_patient_sides(found.landmarks, known.orientation)
    known = known._replace(landmarks=landmarks, search=found)
    if not isinstance(known.calibration, Uncalibrated):
        return known
    # without a scale in the file, the spine that was found sizes the filters better than a usual field does
    size = level_size_px(landmarks)
    scale = judging_scale(known.calibration, known.roles.contrast, size, settings.calibrate)
    return known._replace(scale=scale)


def _measured(
    run: AttenuationRun,
    baseline_run: AttenuationRun,
    pair: FramePair,
    known: StudyFacts,
    settings: Settings,
) -> Measured:
    contrast, pair = _contrast(run, baseline_run, pair, known.scale, settings)
    drawn = known.loop is not None or known.mask is not None
    if contrast.method == "single image" and not drawn and _elsewhere(known, run, pair, settings):
        contrast = replace(contrast, judgeable=False, flags=(*contrast.flags, "cannot-judge"))
    if known.loop is not None:
        contrast = confine(contrast, run.frame(pair.frame), known.loop, known.scale)
    if known.mask is not None:
        return Measured(known, run, pair, contrast, from_given(known.mask))
    faded = settings.cover.baseline_limit
    return Measured(known, run, pair, contrast, segment(contrast, known.scale, settings.segment, faded))


def _elsewhere(known: StudyFacts, run: AttenuationRun, pair: FramePair, settings: Settings) -> bool:
    """Whether it looks like another part of the body, where nothing learned from lumbar spines holds."""
    if known.search is not None and known.search.view is not None:
        return known.search.elsewhere
    picture = Picture(run.frame(pair.frame), run.field.inside)
    return looks_elsewhere(picture, known.orientation.head_at_top, settings.detect)


def _run(header: ImageHeader, scale: JudgingScale, settings: Settings) -> AttenuationRun:
    fluorogram = read_fluorogram(header)
    field = delimit(fluorogram, scale, settings.delimit)
    return attenuate(fluorogram, field, scale, settings.attenuate)


def _contrast(
    run: AttenuationRun,
    baseline_run: AttenuationRun,
    pair: FramePair,
    scale: JudgingScale,
    settings: Settings,
) -> _Seen:
    """The contrast map by subtraction, or from the single image where no baseline can serve."""
    flags: tuple[str, ...] = ()
    if pair.baseline_frames:
        aligned = align(run, baseline_run, pair)
        if "baseline-unusable" not in aligned.flags:
            contrast = recognise(aligned, subtract(aligned, scale, settings.subtract), scale)
            return _Seen(contrast, replace(pair, flags=pair.flags + aligned.flags))
        flags = aligned.flags
    alone = replace(pair, contrast_frames=(pair.frame,), baseline_frames=(), flags=flags)
    return _Seen(estimate(run.frame(pair.frame), run, scale, settings.estimate), alone)


def _details(seen: Measured, regions: BranchRegions, request: Request, settings: Settings) -> ContrastDetails:
    """The time course of a run, the kinds of contrast, and the iodine."""
    header, scale = seen.known.roles.contrast, seen.known.scale
    course = follow(seen.run, seen.pair, seen.mask, scale, settings.follow)
    uptake = find_uptake(course, regions, header.frame_times_s, scale, settings.uptake)
    look = Look(seen.run.frame(seen.pair.frame), seen.run.field.inside, scale)
    kinds = classify(seen.mask, regions, uptake, look, settings.classify)
    curves = time_curves(course, seen.mask, regions, header.frame_times_s, settings.follow.most_curves)
    dose = Dose(header.peak_kv, request.injected_mg)
    iodine = quantify(seen.contrast, seen.mask, seen.known.calibration, dose, settings.quantify)
    return ContrastDetails(kinds, uptake, curves, iodine)


def _reach(known: StudyFacts, scene: Scene, settings: CoverSettings) -> Reach:
    """The regions by the landmarks, and how far they were reached."""
    regions = place(known.landmarks, known.orientation, settings)
    sacral = place_sacral(known.landmarks, known.orientation, settings)
    if known.search is not None and known.search.reason and not regions.junctions:
        regions = replace(regions, reason=known.search.reason)
        sacral = replace(sacral, reason=known.search.reason)
    return Reach(regions, cover(regions, scene, settings), cover_zones(sacral, scene, settings))


def _flags_of(reach: Reach, details: ContrastDetails) -> tuple[str, ...]:
    by_region = (flag for row in reach.coverage.regions for flag in row.flags)
    return (*reach.regions.flags, *by_region, *details.kinds.flags, *details.iodine.flags)


def _judged(
    report: CoverageReport, known: StudyFacts, reach: Reach, request: Request, settings: Settings
) -> CoverageReport:
    """The report with its statements, the protocol's outcome, and the one verdict on each row."""
    evidence = gather(report, reach.zones, known.roles.contrast.view)
    statements = judge(evidence, known.protocol.injected if known.protocol else request.injected)
    return replace(
        report,
        coverage=with_verdicts(evidence, statements),
        judgement=decide(known.protocol, statements, evidence, settings),
    )


def _story(seen: Measured, request: Request) -> Story:
    known = seen.known
    told = (known.roles, known.orientation, known.calibration, known.scale, known.search)
    return Story(request, *told, seen.run, seen.pair, seen.contrast, seen.mask)


def _all_flags(seen: Measured, more: tuple[str, ...]) -> tuple[str, ...]:
    known = seen.known
    # a run that holds its own baseline leaves a scout image aside
    aside = known.roles.baseline is not None and seen.pair.baseline_is_run
    raised = {
        *known.roles.flags,
        *(("images-unused",) if aside else ()),
        *known.orientation.flags,
        *(known.search.flags if known.search else ()),
        *known.calibration.flags,
        *seen.run.flags,
        *seen.pair.flags,
        *seen.contrast.flags,
        *seen.mask.flags,
        *more,
    }
    return tuple(code for code in FLAGS if code in raised)
