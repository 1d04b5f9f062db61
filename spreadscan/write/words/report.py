"""What the report says, in words: the sentences that the terminal, the page and the picture share.

Every place is named by bone *and* nerve, every millimetre by the origin of its scale, and every side by how
it is known. Nothing here decides anything: it reads the report.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Literal, NamedTuple

from spreadscan.anatomy import (
    LEVELS,
    NERVE_AT,
    REGIONS,
    Level,
    RegionName,
    Side,
)
from spreadscan.flags import FLAGS, Flag
from spreadscan.values import (
    Calibration,
    Component,
    CoverageReport,
    JointCoverage,
    Orientation,
    RegionCoverage,
    SideExtent,
    Source,
    Verdict,
)
from spreadscan.write.words.rounding import INTERVAL_IN_WORDS, millimetres

VERDICTS: tuple[Verdict, ...] = ("shown", "probable", "indeterminate", "not shown", "not assessed")
"""From the surest to the unknown."""

REGION_IN_WORDS: Mapping[RegionName, str] = MappingProxyType(
    {
        "common": "common zone",
        "medial": "medial branch",
        "intermediate": "intermediate branch",
        "lateral": "lateral branch",
    }
)

PURPOSE = "For research and audit. Not a medical device."

FRACTION_IN_WORDS = (
    f"The share of the region's area that lies in sure contrast, with its {INTERVAL_IN_WORDS} in brackets."
    " 0 % and 100 % are printed only when exactly true."
)
REFERENCE_MM_IN_WORDS = (
    "A reference millimetre is a millimetre of an adult spine of reference size, scaled by the distance of"
    " the level's two junctions; it needs no scale of the image."
)
COMMON_IN_WORDS = (
    "Close to the junction the branches form one bundle a few millimetres wide: contrast in the common zone"
    " reaches the ramus before it divides and cannot be attributed to one branch."
)

LIMITS: tuple[str, ...] = (
    "One projection has no depth: contrast in superficial muscle, psoas, the foramen or the epidural space"
    " projects onto the same regions.",
    "Contrast is not local anaesthetic: volume, diffusion and timing differ, and contact with a nerve is not"
    " a block of it.",
    "The number of branches varies: two, three or four leave a dorsal ramus.",
    "The regions are a proposal. They rest on cadaver data of at most 24 sides, none measured in the frontal"
    " view and none in degenerated spines.",
    "A hypertrophic superior articular process or an ossified mamillo-accessory ligament displaces the course"
    " of the nerve.",
    "Levels are named as the landmarks name them: a transitional vertebra shifts every name by one.",
)
"""What no single frontal image can tell; printed in every report."""

_SIDES: tuple[Side, ...] = ("left", "right", "image left", "image right")
_ORIGIN_OF_SIDE = MappingProxyType(
    {
        "user": "stated by a person",
        "patient orientation": "as Patient Orientation in the file states",
        "landmarks": "as the sides of the landmarks tell",
    }
)
_ORIGIN_OF_LANDMARKS = MappingProxyType(
    {
        "given": "given by a person",
        "detected": "detected by the program, not checked by a person",
        "corrected": "given by a person in part, the others placed by the program",
        "none": "none",
    }
)


class JunctionFinding(NamedTuple):
    """What was found at one SAP–TP junction: the rows of its regions in the order of the anatomy."""

    level: Level
    side: Side
    nerve: str
    rows: tuple[RegionCoverage, ...]

    @property
    def place(self) -> str:
        """Bone and side."""
        return f"{self.level} {self.side}"


def probability_in_words(report: CoverageReport) -> str:
    """Return what the probability of a region means, with the limits that were used."""
    cover = report.settings.cover
    return (
        f"The probability that at least {cover.least_exposed_mm:g} reference mm of the branch's nominal"
        f" course (in the common zone: at least {100 * cover.least_exposed_share:g} % of its area) lie in"
        " contrast, given how well the junctions and the threshold are known. It is cut, not rounded, to"
        " two decimals."
    )


def plain(text: str) -> str:
    """Return a text on one line without control characters, which could steer a terminal."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def joined(words: Sequence[str]) -> str:
    """Return words as an enumeration: ``a, b and c``."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def regions_in_words(regions: Sequence[RegionName]) -> str:
    """Return regions as an enumeration: ``common zone, medial and intermediate branches``."""
    branches = [region for region in regions if region != "common"]
    named = joined(branches) + (" branches" if len(branches) > 1 else " branch")
    parts = ["common zone"] * ("common" in regions) + [named] * bool(branches)
    return (", " if len(branches) > 1 else " and ").join(parts)


def frame_in_words(source: Source) -> str:
    """Return which frame was analysed."""
    if source.frames > 1:
        return f"frame {source.frame} of {source.frames}"
    return "one image and its scout" if any(f.role == "baseline" for f in source.files) else "single image"


def frame_numbers(frames: Iterable[int]) -> str:
    """Return frame numbers with runs drawn together: ``1–4, 7``."""
    runs: list[list[int]] = []
    for frame in sorted(frames):
        if runs and frame == runs[-1][1] + 1:
            runs[-1][1] = frame
        else:
            runs.append([frame, frame])
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in runs)


def place_order(level: Level, side: Side) -> tuple[int, int]:
    """Return a key that sorts places from cranial to caudal and left before right."""
    return LEVELS.index(level), _SIDES.index(side)


def findings(report: CoverageReport) -> tuple[JunctionFinding, ...]:
    """Return the findings by junction, from cranial to caudal and left before right."""
    rows: dict[tuple[Level, Side], list[RegionCoverage]] = {}
    for row in report.coverage.regions:
        rows.setdefault((row.level, row.side), []).append(row)
    return tuple(
        JunctionFinding(
            level, side, found[0].nerve, tuple(sorted(found, key=lambda r: REGIONS.index(r.region)))
        )
        for (level, side), found in sorted(rows.items(), key=lambda item: place_order(*item[0]))
    )


def not_assessed(report: CoverageReport) -> tuple[tuple[str, str], ...]:
    """Return where and why regions were not assessed, places with the same reason drawn together."""
    rows: dict[str, list[RegionCoverage]] = {}
    for row in report.coverage.regions:
        if row.verdict == "not assessed":
            rows.setdefault(plain(row.reason).rstrip(".") or "no reason given", []).append(row)
    return tuple((places_in_words(report, of_reason), reason) for reason, of_reason in rows.items())


def places_in_words(report: CoverageReport, rows: Sequence[RegionCoverage]) -> str:
    """Return where rows of the coverage lie: ``L3 left and L4 right (lateral branch)``; ``all regions``."""
    if len(rows) == len(report.coverage.regions):
        return "all regions"
    places = []
    for junction in findings(report):
        here = [row for row in junction.rows if row in rows]
        regions = regions_in_words([row.region for row in here])
        if here:
            whole = len(here) == len(junction.rows)
            places.append(junction.place if whole else f"{junction.place} ({regions})")
    return joined(places)


def contrast_state(report: CoverageReport) -> Literal["found", "none", "not judged"]:
    """Return whether contrast was found, was not, or could not be judged at all."""
    if report.contrast.found:
        return "found"
    # a person who draws no contrast has judged
    judged = "cannot-judge" not in report.flags or report.mask.origin == "given"
    return "none" if judged else "not judged"


def contrast_in_words(report: CoverageReport) -> str:
    """Return one sentence on the contrast as a whole, with the areas in mm² where there is a scale."""
    state, contrast = contrast_state(report), report.contrast
    if state == "not judged":
        return "Contrast cannot be judged on this image."
    if state == "none":
        return "No contrast was found above the detection limit."
    sure, possible = f"{contrast.area_px} px", f"{contrast.possible_area_px} px"
    if contrast.area_mm2 is not None and contrast.possible_area_mm2 is not None:
        sure, possible = f"{contrast.area_mm2:.0f} mm²", f"{contrast.possible_area_mm2:.0f} mm²"
    return f"Contrast was found: {sure} sure, {possible} with what is only possible."


def method_in_words(report: CoverageReport) -> str:
    """Return how the contrast was found."""
    if report.mask.origin == "given":
        return "Drawn by a person."
    if report.contrast.method == "single image":
        return "From the single image, without a baseline."
    frames = report.source.baseline_frames
    noun = "frame" if len(frames) == 1 else "frames"
    of_file = (
        "the baseline file" if any(f.role == "baseline" for f in report.source.files) else "the same file"
    )
    return f"By the difference from the baseline ({noun} {frame_numbers(frames)} of {of_file})."


def scale_in_words(report: CoverageReport) -> str:
    """Return the scale with its origin and uncertainty, or why there is none."""
    scale = report.calibration
    if not isinstance(scale, Calibration):
        reason = plain(scale.reason).rstrip(".")
        return f"No scale in the patient is known ({reason}), so no millimetre of it is given."
    size = f"{scale.mm_per_px:.3f} mm per pixel"
    if abs(scale.row_mm_per_px - scale.column_mm_per_px) > 0.0005:
        size = f"{scale.row_mm_per_px:.3f} mm (row) × {scale.column_mm_per_px:.3f} mm (column) per pixel"
    return (
        f"{size} in the patient (origin: {plain(scale.origin)}); standard deviation"
        f" {100 * scale.relative_uncertainty:.2g} % of every length and"
        f" {200 * scale.relative_uncertainty:.2g} % of every area."
    )


def side_in_words(orientation: Orientation) -> str:
    """Return which side of the image is the patient's left and how that is known."""
    if orientation.patient_left == "unknown":
        return "Unknown which side of the image is the patient's left; sides are those of the image."
    origin = _ORIGIN_OF_SIDE.get(orientation.origin, plain(orientation.origin))
    upside_down = (
        " The head lies towards the bottom of the image." if orientation.head_at_top is False else ""
    )
    return f"The patient's left is on {orientation.patient_left}, {origin}.{upside_down}"


def landmarks_in_words(report: CoverageReport) -> str:
    """Return how many junctions are known, from where, and which are missing."""
    count = len(report.landmarks.junctions())
    if not count:
        return "No SAP–TP junction is known."
    noun = "junction" if count == 1 else "junctions"
    text = f"{count} SAP–TP {noun}, {_ORIGIN_OF_LANDMARKS[report.landmarks.origin]}."
    missing = joined([f"{level} {side}" for level, side in report.regions.missing])
    return f"{text} Not known: {missing}." if missing else text


def extent_in_words(extent: SideExtent) -> str:
    """Return how far the contrast of one side reaches, in levels, reference mm and, with a scale, mm."""
    bones = joined([f"{level} ({NERVE_AT[level]} nerve)" for level in extent.levels])
    along, across = extent.cranio_caudal_reference_mm, extent.medio_lateral_reference_mm
    size = f"{millimetres(along)} × {millimetres(across)} reference mm"
    if extent.cranio_caudal_mm is not None and extent.medio_lateral_mm is not None:
        size += (
            f" ({millimetres(extent.cranio_caudal_mm)} × {millimetres(extent.medio_lateral_mm)} mm in the"
            " patient)"
        )
    return f"{bones or 'beside no known junction'}; cranio-caudal × medio-lateral {size}"


def joint_nerves(joint: JointCoverage) -> str:
    """Return the two nerves of a facet joint with the bones on which they are assessed."""
    bone_of = {nerve: level for level, nerve in NERVE_AT.items()}
    return joined([f"{nerve} nerve at {bone_of[nerve]}" for nerve in (joint.upper_nerve, joint.lower_nerve)])


def component_place(component: Component) -> str:
    """Return the junction nearest to an area of contrast; empty when none is known."""
    if component.nearest_junction is None:
        return ""
    level, side = component.nearest_junction
    return f"{level} {side} ({NERVE_AT[level]} nerve)"


def raised_flags(report: CoverageReport) -> tuple[Flag, ...]:
    """Return the quality flags of the report with message and advice, in the order of the report."""
    return tuple(FLAGS[code] for code in report.flags)


def flag_places(report: CoverageReport, flag: Flag) -> str:
    """Return the regions that a flag concerns; empty when it concerns the whole image."""
    return places_in_words(report, [row for row in report.coverage.regions if flag.code in row.flags])


def given_by_person(report: CoverageReport) -> tuple[str, ...]:
    """Return the outcomes that a person handed in instead of having them worked out."""
    return tuple(plain(step.outcome) for step in report.steps if step.by_person)
