"""The finding in sentences: over which junctions the contrast lies, what was assumed, what to confirm.

A junction counts as reached where its common zone or its medial branch does, as for a facet joint.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from spreadscan.anatomy import ASSESSED_LEVELS, NERVE_AT, Level, Side
from spreadscan.flags import FLAGS
from spreadscan.judgement.rules import rule
from spreadscan.values import CoverageReport, Verdict
from spreadscan.write.words.report import (
    VERDICTS,
    JunctionFinding,
    contrast_in_words,
    contrast_state,
    findings,
    joined,
    place_order,
)

CANNOT_PROVE = (
    "One frontal projection cannot prove that a nerve was reached: it has no depth, and contrast in front of"
    " or behind a junction projects onto the same place. Contrast is not anaesthetic."
)
KIMURA = (
    "The same finding, contrast over the junctions of L4 and L5 on both sides after 5 mL at L5 on each side,"
    " was reported by Kimura et al. (2020), who imaged the spread in one patient only; Miyakoshi et al."
    " (2007) saw L3 and L4 branches reached on CT in 14 patients after 5 mL."
)
DETECTED = (
    "The junctions were detected by the program and checked by nobody; every figure below hangs on them. What"
    " to confirm is listed further down."
)
ASSUMED_ALWAYS = (
    "The branches run as in the reference anatomy; its size is taken from the distance of the two junctions"
    " of a level.",
)
_ASSUMING = (
    "scale-assumed-depth",
    "polarity-assumed",
    "polarity-from-image",
    "roles-assumed",
    "axis-assumed",
    "scale-from-other-level",
    "no-baseline",
)
"""Flags that tell an assumption."""
_OPENING: Mapping[Verdict, str] = MappingProxyType(
    {
        "shown": "Contrast is shown over",
        "probable": "Contrast is probable over",
        "indeterminate": "It is indeterminate over",
        "not shown": "It is not shown over",
    }
)


def reached(junction: JunctionFinding) -> Verdict:
    """Return the surer verdict of the common zone and the medial branch of a junction."""
    counted = {name for group in rule("junction", "count").when for name in group}
    verdicts = [row.verdict for row in junction.rows if row.region in counted]
    return min(verdicts, key=VERDICTS.index, default="not assessed")


def finding_in_words(report: CoverageReport) -> tuple[str, ...]:
    """Return the finding, a sentence for each verdict that occurs, the surest first.

    Bone and nerve are named: ``over the L4 and L5 junctions on both sides, where the L3 and L4 medial
    branches run``. Without a region that was assessed it is the sentence on the contrast alone.
    """
    of_verdict: dict[Verdict, list[JunctionFinding]] = {}
    for junction in findings(report):
        of_verdict.setdefault(reached(junction), []).append(junction)
    sentences = [
        f"{_OPENING[verdict]} {_places(of_verdict[verdict], verdict)}."
        for verdict in VERDICTS
        if verdict in of_verdict and verdict in _OPENING
    ]
    if contrast_state(report) != "found" or not sentences:
        return (contrast_in_words(report),)
    return tuple(sentences)


def like_kimura(report: CoverageReport) -> bool:
    """Return whether contrast is shown at the junctions of L4 and L5 on both sides."""
    shown = {(j.level, j.side) for j in findings(report) if reached(j) == "shown"}
    sides = {side for _, side in shown}
    return len(sides) == 2 and all((level, side) in shown for level in ("L4", "L5") for side in sides)


def _places(junctions: Sequence[JunctionFinding], verdict: Verdict) -> str:
    """Return junctions in words, levels with the same sides drawn together."""
    sides: dict[Level, tuple[Side, ...]] = {}
    for level in ASSESSED_LEVELS:
        here = sorted((j.side for j in junctions if j.level == level), key=lambda s: place_order(level, s))
        if here:
            sides[level] = tuple(here)
    groups: dict[tuple[Side, ...], list[Level]] = {}
    for level, of_level in sides.items():
        groups.setdefault(of_level, []).append(level)
    both = "on either side" if verdict == "not shown" else "on both sides"
    return "; over ".join(
        _group(levels, both if len(of_group) == 2 else f"on {_side(of_group[0])}")
        for of_group, levels in groups.items()
    )


def _group(levels: Sequence[Level], where: str) -> str:
    nerves, many = joined([NERVE_AT[level] for level in levels]), len(levels) > 1
    bones = f"the {joined(levels)} junction{'s' if many else ''}"
    branches = f"the {nerves} medial branch{'es run' if many else ' runs'}"
    return f"{bones} {where}, where {branches}"


def _side(side: Side) -> str:
    return f"the {side}" if side in ("left", "right") else side


def assumed(report: CoverageReport) -> tuple[str, ...]:
    """Return what the result rests on without having been seen in this image."""
    sd_px = [frame.origin_sd_px for frame in report.regions.junctions]
    known: tuple[str, ...] = ()
    if sd_px:
        low, high = min(sd_px), max(sd_px)
        size = f"{low:.1f}" if high - low < 0.05 else f"{low:.1f} to {high:.1f}"
        known = (f"The junctions are known to a standard deviation of {size} px along each axis.",)
    levels = ("Levels are named as the landmarks name them.",) if report.landmarks.points else ()
    flagged = tuple(FLAGS[code].message for code in _ASSUMING if code in report.flags)
    return (*(ASSUMED_ALWAYS if sd_px else ()), *known, *levels, *flagged)


def to_confirm(report: CoverageReport) -> tuple[str, ...]:
    """Return what a person should confirm before relying on the report."""
    asked = []
    if report.landmarks.origin == "detected":
        asked += [
            "The junctions were detected by the program and checked by nobody: look at each + and the dashed"
            " ellipse about it (two standard deviations) on the picture. Where one is off, mark it and"
            " analyse again with --landmarks.",
            "The levels were counted by the program: count them yourself, and look for a transitional"
            " vertebra.",
        ]
        asked += [
            f"{point.level} {point.side} junction ({NERVE_AT[point.level]} medial branch):"
            f" row {point.row:.0f}, column {point.column:.0f}"
            + ("" if point.sd_px is None else f", standard deviation {point.sd_px:.1f} px")
            + "."
            for point in sorted(
                report.landmarks.junctions().values(), key=lambda p: place_order(p.level, p.side)
            )
        ]
    elif report.landmarks.points:
        asked.append(
            "That the junctions lie where they were marked, and that the levels are counted rightly."
        )
    if contrast_state(report) == "found":
        asked.append("That what is tinted blue is contrast, and that no contrast was missed.")
    if report.orientation.patient_left == "unknown":
        asked.append("Which side of the image is the patient's left.")
    elif report.landmarks.points or contrast_state(report) == "found":
        asked.append(f"That the patient's left is on {report.orientation.patient_left}.")
    return tuple(asked)
