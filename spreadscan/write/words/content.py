"""What a report for a person says, and in which order: the page and the printed report show the same.

Words and printed numbers only; how they look is the business of ``page`` and ``printed``.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from spreadscan.anatomy import NERVE_AT
from spreadscan.judgement.rules import why_not_shown
from spreadscan.values import CoverageReport, RegionCoverage, Verdict, sides_of
from spreadscan.write.words.kinds import (
    KINDS_IN_WORDS,
    components_in_words,
    iodine_in_words,
    limit_in_words,
    uptake_in_words,
)
from spreadscan.write.words.methods import Methods, methods
from spreadscan.write.words.protocol_text import Section, further_sections
from spreadscan.write.words.report import (
    COMMON_IN_WORDS,
    FRACTION_IN_WORDS,
    LIMITS,
    PURPOSE,
    REFERENCE_MM_IN_WORDS,
    REGION_IN_WORDS,
    VERDICTS,
    JunctionFinding,
    contrast_in_words,
    contrast_state,
    extent_in_words,
    findings,
    flag_places,
    frame_in_words,
    frame_numbers,
    given_by_person,
    joint_nerves,
    landmarks_in_words,
    method_in_words,
    not_assessed,
    place_order,
    probability_in_words,
    raised_flags,
    scale_in_words,
    side_in_words,
)
from spreadscan.write.words.rounding import (
    INTERVAL_IN_WORDS,
    decimals,
    fraction_with_interval,
    millimetres,
    probability,
)
from spreadscan.write.words.statement import (
    CANNOT_PROVE,
    DETECTED,
    KIMURA,
    assumed,
    finding_in_words,
    like_kimura,
    to_confirm,
)
from spreadscan.write.words.verdicts import VERDICT_IN_WORDS

TITLE = "Contrast coverage of the lumbar dorsal rami"
FOOT = "Nothing of the patient's record is in this report, unless it is burned into the image."
LARGEST_COMPONENTS = 6
_CAUSE_IN_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "landmark": "where the junction lies",
        "contrast": "what counts as contrast",
        "registration": "motion between the images",
        "anatomy": "where the branch runs",
    }
)


class Cell(NamedTuple):
    """One region: verdict and printed numbers, empty where unknown; what most of the doubt comes from."""

    region: str
    verdict: Verdict
    probability: str
    fraction: str
    course: str
    doubt: str


class Junction(NamedTuple):
    """One junction: bone and side, the nerve that crosses it, and its regions."""

    place: str
    nerve: str
    cells: tuple[Cell, ...]


class Flagged(NamedTuple):
    """A quality flag: what was seen, what to do, which regions it concerns, and its code."""

    message: str
    advice: str
    where: str
    code: str


class Joint(NamedTuple):
    """A facet joint on one side: name, its nerves with their bones, verdict and printed probability."""

    name: str
    nerves: str
    verdict: Verdict
    probability: str


class Content(NamedTuple):
    """The whole of a report for a person.

    Attributes:
        title, subtitle, purpose: the head.
        finding, caution: in sentences; what they cannot prove and how the literature compares.
        columns: the junctions of either side, as they lie in the image, under the name of the side.
        unassessed: where and why regions were not assessed.
        joints: facet joints.
        interval, verdicts, definitions: what the printed words and numbers mean.
        further: sections of a protocol.
        flags, assumed, given, confirm: what to know, what was assumed, given by and asked of a person.
        facts: contrast, scale and side.
        components, more_components, uptake, kinds_in_words: what the contrast looks like.
        strip: captions of the frames of a run.
        points: the landmarks: place, nerve, row, column, standard deviation.
        steps: what was done, and whether by a person.
        methods: a paragraph for a paper.
        limits, provenance, foot: what one projection cannot tell; where the report comes from.
    """

    title: str
    subtitle: str
    purpose: str
    finding: tuple[str, ...]
    caution: tuple[str, ...]
    columns: tuple[tuple[str, tuple[Junction, ...]], ...]
    unassessed: tuple[tuple[str, str], ...]
    joints: tuple[Joint, ...]
    interval: str
    verdicts: tuple[tuple[Verdict, str], ...]
    definitions: tuple[tuple[str, str], ...]
    further: tuple[Section, ...]
    flags: tuple[Flagged, ...]
    assumed: tuple[str, ...]
    given: tuple[str, ...]
    confirm: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    components: tuple[tuple[str, str], ...]
    more_components: int
    uptake: str
    kinds_in_words: str
    strip: tuple[str, ...]
    points: tuple[tuple[str, str, str, str, str], ...]
    steps: tuple[tuple[str, str, bool], ...]
    methods: Methods
    limits: tuple[str, ...]
    provenance: tuple[tuple[str, str], ...]
    foot: str


def content(report: CoverageReport) -> Content:
    """Return all that the report says, in its order."""
    columns = _columns(report)
    return Content(
        title=TITLE,
        subtitle=f"One frontal fluoroscopic projection · {frame_in_words(report.source)}"
        f" · spreadscan {report.version}",
        purpose=PURPOSE,
        finding=_finding(report, assessed=bool(columns)),
        caution=_caution(report, assessed=bool(columns)),
        columns=columns,
        unassessed=not_assessed(report),
        joints=_joints(report) if columns else (),
        interval=INTERVAL_IN_WORDS,
        verdicts=tuple((verdict, VERDICT_IN_WORDS[verdict]) for verdict in VERDICTS),
        definitions=(("Probability", probability_in_words(report)), *_DEFINITIONS),
        further=further_sections(report),
        flags=tuple(
            Flagged(flag.message, flag.advice, flag_places(report, flag), flag.code)
            for flag in raised_flags(report)
        ),
        assumed=assumed(report),
        given=given_by_person(report),
        confirm=to_confirm(report),
        facts=_facts(report),
        components=components_in_words(report, LARGEST_COMPONENTS),
        more_components=max(0, len(report.contrast.components) - LARGEST_COMPONENTS),
        uptake=uptake_in_words(report),
        kinds_in_words=KINDS_IN_WORDS,
        strip=strip_in_words(report),
        points=_points(report),
        steps=tuple((step.outcome, step.stage, step.by_person) for step in report.steps),
        methods=methods(report),
        limits=LIMITS,
        provenance=_provenance(report),
        foot=f"{PURPOSE} {FOOT}",
    )


_DEFINITIONS = (
    ("Percent", FRACTION_IN_WORDS),
    ("Course", f"Length of the branch's nominal course in sure contrast. {REFERENCE_MM_IN_WORDS}"),
    ("Common zone", COMMON_IN_WORDS),
)


def _finding(report: CoverageReport, assessed: bool) -> tuple[str, ...]:
    if assessed:
        return finding_in_words(report)
    return (contrast_in_words(report), "No branch region was assessed.")


def _caution(report: CoverageReport, assessed: bool) -> tuple[str, ...]:
    detected = (DETECTED,) if assessed and report.landmarks.origin == "detected" else ()
    if not assessed or contrast_state(report) != "found":
        return detected
    return (*detected, *why_not_shown(report), CANNOT_PROVE, *((KIMURA,) if like_kimura(report) else ()))


def _columns(report: CoverageReport) -> tuple[tuple[str, tuple[Junction, ...]], ...]:
    """Return the junctions in two columns that lie as in the image: side in words, from cranial."""
    columns = []
    for image_side, side in sorted(sides_of(report.orientation.patient_left).items()):
        known = side in ("left", "right")
        name = f"Patient {side} ({image_side})" if known else f"{side} (patient side unknown)"
        here = tuple(_junction(j) for j in findings(report) if j.side == side and _is_assessed(j))
        if here:
            columns.append((name[0].upper() + name[1:], here))
    return tuple(columns)


def _is_assessed(junction: JunctionFinding) -> bool:
    return any(row.verdict != "not assessed" for row in junction.rows)


def _junction(one: JunctionFinding) -> Junction:
    return Junction(one.place, one.nerve, tuple(_cell(row) for row in one.rows))


def _cell(row: RegionCoverage) -> Cell:
    return Cell(
        REGION_IN_WORDS[row.region],
        row.verdict,
        probability(row.probability),
        fraction_with_interval(row.fraction, row.fraction_low, row.fraction_high),
        "" if row.course_mm is None else millimetres(row.course_mm),
        _doubt(row),
    )


def _doubt(row: RegionCoverage) -> str:
    """Return what most of the doubt comes from, where there is doubt and the report says whence."""
    in_doubt = row.verdict_by_probability in ("probable", "indeterminate")
    return _CAUSE_IN_WORDS.get(row.cause or "", "") if in_doubt else ""


def _joints(report: CoverageReport) -> tuple[Joint, ...]:
    return tuple(
        Joint(f"{j.joint} {j.side}", joint_nerves(j), j.verdict, probability(j.probability))
        for j in report.coverage.joints
    )


def strip_in_words(report: CoverageReport) -> tuple[str, ...]:
    """Return the captions of the strip: number of the frame, and before, filling, described or after."""
    source = report.source
    own = not any(file.role == "baseline" for file in source.files)
    last_before = max(source.baseline_frames, default=0) if own else 0
    captions = []
    for index in report.pictures.strip_frames:
        number = index + 1
        if number == source.frame:
            word = "described"
        elif number > source.frame:
            word = "after"
        else:
            word = "before" if number <= last_before else "filling" if last_before else "earlier"
        captions.append(f"{number} · {word}")
    return tuple(captions)


def _points(report: CoverageReport) -> tuple[tuple[str, str, str, str, str], ...]:
    return tuple(
        (
            f"{p.level} {p.side}",
            NERVE_AT[p.level],
            f"{p.row:.1f}",
            f"{p.column:.1f}",
            "assumed" if p.sd_px is None else f"{p.sd_px:.1f} px",
        )
        for p in sorted(report.landmarks.junctions().values(), key=lambda p: place_order(p.level, p.side))
    )


def _provenance(report: CoverageReport) -> tuple[tuple[str, str], ...]:
    source = report.source
    return (
        ("Program", f"spreadscan {report.version}"),
        ("Settings", report.settings_fingerprint),
        ("Frame", f"{source.frame} of {source.frames}, {source.columns} columns × {source.rows} rows"),
        ("Baseline frames", frame_numbers(source.baseline_frames) or "none"),
        *((f"{f.role} file".capitalize(), f"{f.sop_class}, SHA-256 {f.sha256}") for f in source.files),
    )


def _facts(report: CoverageReport) -> tuple[tuple[str, str], ...]:
    contrast = report.contrast
    facts = [("Contrast", contrast_in_words(report)), ("Method", method_in_words(report))]
    if contrast.found:
        facts.append(
            ("Area in pixels", f"{contrast.area_px} px sure, {contrast.possible_area_px} px with possible")
        )
    if contrast.found and contrast.height_mm is not None and contrast.width_mm is not None:
        size = f"{millimetres(contrast.height_mm)} mm high, {millimetres(contrast.width_mm)} mm wide"
        facts.append(("Size in the image", f"{size} in the patient"))
    facts += _limits_of_detection(report)
    if contrast.found:
        facts.append(("Iodine", iodine_in_words(report)))
    facts += [(f"Extent {extent.side}", extent_in_words(extent)) for extent in contrast.sides]
    return (
        *facts,
        ("Scale", scale_in_words(report)),
        ("Side", side_in_words(report.orientation)),
        ("Landmarks", landmarks_in_words(report)),
    )


def _limits_of_detection(report: CoverageReport) -> list[tuple[str, str]]:
    contrast, facts = report.contrast, []
    limit = decimals(contrast.detection_limit, 4)
    if limit is not None:
        unit = "ln of intensity" if contrast.unit == "ln" else "of the range of the file"
        facts.append(("Detection limit", f"{limit:g} ({unit}), median over the field"))
    if contrast.fixed_limit is not None and contrast.fixed_area_px is not None:
        size = f"{contrast.fixed_area_px} px" + (
            "" if contrast.fixed_area_mm2 is None else f", {contrast.fixed_area_mm2:.0f} mm²"
        )
        facts.append(("Area above a fixed limit", f"{size} above {contrast.fixed_limit:g} ln"))
    if limit_in_words(report):
        facts.append(("Detection limit as iodine", limit_in_words(report)))
    return facts
