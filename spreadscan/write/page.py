"""report.html: one self-contained page for a person, on a screen, a phone or A4 paper.

It needs no script and loads nothing: styles are inline and the picture is inside. Every text is escaped, so
nothing that a file says can become markup.
"""

import base64
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from spreadscan.anatomy import NERVE_AT, REGIONS
from spreadscan.values import CoverageReport, RegionCoverage, Verdict, sides_of
from spreadscan.write.course import COLOURS, drawing
from spreadscan.write.kinds import (
    KINDS_IN_WORDS,
    components_in_words,
    iodine_in_words,
    limit_in_words,
    uptake_in_words,
)
from spreadscan.write.palette import STROKES
from spreadscan.write.protocol_text import protocol_section, statement_rows
from spreadscan.write.rounding import (
    INTERVAL_IN_WORDS,
    decimals,
    fraction_with_interval,
    millimetres,
    probability,
)
from spreadscan.write.words import (
    COMMON_IN_WORDS,
    FRACTION_IN_WORDS,
    LIMITS,
    PROBABILITY_IN_WORDS,
    PURPOSE,
    REFERENCE_MM_IN_WORDS,
    REGION_IN_WORDS,
    VERDICT_IN_WORDS,
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
    raised_flags,
    scale_in_words,
    side_in_words,
)

_LARGEST_COMPONENTS = 6


class Cell(NamedTuple):
    """One region in the table: the verdict and the printed numbers, empty where unknown."""

    region: str
    verdict: Verdict
    probability: str
    fraction: str
    course: str


class Line(NamedTuple):
    """One junction in the headline: the regions in words by verdict, the surest first."""

    place: str
    nerve: str
    groups: tuple[tuple[Verdict, str], ...]


class Row(NamedTuple):
    """One junction in the table."""

    place: str
    nerve: str
    cells: tuple[Cell, ...]


def write_page(report: CoverageReport, path: Path, overlay: bytes) -> None:
    """Write report.html with the picture ``overlay`` (PNG) in it.

    Raises:
        OSError: the file cannot be written.
    """
    path.write_bytes(to_html(report, overlay).encode("utf-8", "replace"))


def to_html(report: CoverageReport, overlay: bytes) -> str:
    """Return the page as text; ``overlay`` is the picture as PNG."""
    from jinja2 import Environment, StrictUndefined

    template = resources.files("spreadscan.write").joinpath("report.html.j2").read_text(encoding="utf-8")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(template).render(
        colour_of=lambda number: COLOURS[(number - 1) % len(COLOURS)],
        picture=base64.b64encode(overlay).decode("ascii"),
        colours={verdict.replace(" ", "-"): stroke.colour for verdict, stroke in STROKES.items()},
        **_finding(report),
        **_tables(report),
        **_background(report),
    )


def _finding(report: CoverageReport) -> dict[str, object]:
    return {
        "version": report.version,
        "purpose": PURPOSE,
        "frame": frame_in_words(report.source),
        "found": contrast_state(report) == "found",
        "contrast": contrast_in_words(report),
        "columns": _headline(report),
        "unassessed": not_assessed(report),
        "protocol": protocol_section(report),
        "statements": statement_rows(report),
    }


def _headline(report: CoverageReport) -> list[tuple[str, list[Line]]]:
    """Return the findings in two columns that lie as in the image: side in words, junctions from cranial."""
    columns = []
    for image_side, side in sorted(sides_of(report.orientation.patient_left).items()):
        lines = [_headline_of(j) for j in findings(report) if j.side == side and _is_assessed(j)]
        name = (
            f"Patient {side} ({image_side})"
            if side in ("left", "right")
            else f"{side} (patient side unknown)"
        )
        if lines:
            columns.append((name[0].upper() + name[1:], lines))
    return columns


def _is_assessed(junction: JunctionFinding) -> bool:
    return any(row.verdict != "not assessed" for row in junction.rows)


def _headline_of(junction: JunctionFinding) -> Line:
    groups = [(verdict, junction.with_verdict(verdict)) for verdict in VERDICTS]
    return Line(junction.place, junction.nerve, tuple((v, regions) for v, regions in groups if regions))


def _tables(report: CoverageReport) -> dict[str, object]:
    return {
        "regions": [REGION_IN_WORDS[region] for region in REGIONS],
        "rows": [Row(j.place, j.nerve, tuple(_cell(row) for row in j.rows)) for j in findings(report)],
        "joints": [
            (f"{j.joint} {j.side}", joint_nerves(j), j.verdict, probability(j.probability))
            for j in report.coverage.joints
        ],
        "interval": INTERVAL_IN_WORDS,
        "verdicts": [(verdict, VERDICT_IN_WORDS[verdict]) for verdict in VERDICTS],
        "definitions": (
            ("Probability", PROBABILITY_IN_WORDS),
            ("Percent", FRACTION_IN_WORDS),
            (
                "Reference mm",
                f"Length of the branch's nominal course in sure contrast. {REFERENCE_MM_IN_WORDS}",
            ),
            ("Common zone", COMMON_IN_WORDS),
        ),
        "flags": [(flag, flag_places(report, flag)) for flag in raised_flags(report)],
    }


def _cell(row: RegionCoverage) -> Cell:
    return Cell(
        REGION_IN_WORDS[row.region],
        row.verdict,
        probability(row.probability),
        fraction_with_interval(row.fraction, row.fraction_low, row.fraction_high),
        "" if row.course_mm is None else f"{millimetres(row.course_mm)} reference mm",
    )


def _background(report: CoverageReport) -> dict[str, object]:
    source = report.source
    return {
        "facts": _facts(report),
        "given": given_by_person(report),
        "components": components_in_words(report, _LARGEST_COMPONENTS),
        "kinds_in_words": KINDS_IN_WORDS,
        "uptake": uptake_in_words(report),
        "drawing": drawing(report),
        "more_components": max(0, len(report.contrast.components) - _LARGEST_COMPONENTS),
        "points": [
            (f"{p.level} {p.side}", NERVE_AT[p.level], p.row, p.column, p.sd_px)
            for p in sorted(report.landmarks.junctions().values(), key=lambda p: place_order(p.level, p.side))
        ],
        "steps": report.steps,
        "limits": LIMITS,
        "provenance": (
            ("Program", f"spreadscan {report.version}"),
            ("Settings", report.settings_fingerprint),
            ("Frame", f"{source.frame} of {source.frames}, {source.columns} columns × {source.rows} rows"),
            ("Baseline frames", frame_numbers(source.baseline_frames) or "none"),
            *((f"{f.role} file".capitalize(), f"{f.sop_class}, SHA-256 {f.sha256}") for f in source.files),
        ),
    }


def _facts(report: CoverageReport) -> list[tuple[str, str]]:
    contrast = report.contrast
    facts = [("Contrast", contrast_in_words(report)), ("Method", method_in_words(report))]
    if contrast.found:
        facts.append(
            ("Area in pixels", f"{contrast.area_px} px sure, {contrast.possible_area_px} px with possible")
        )
    if contrast.found and contrast.height_mm is not None and contrast.width_mm is not None:
        size = f"{millimetres(contrast.height_mm)} mm high, {millimetres(contrast.width_mm)} mm wide"
        facts.append(("Size in the image", f"{size} in the patient"))
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
    if contrast.found:
        facts.append(("Iodine", iodine_in_words(report)))
    facts += [(f"Extent {extent.side}", extent_in_words(extent)) for extent in contrast.sides]
    return [
        *facts,
        ("Scale", scale_in_words(report)),
        ("Side", side_in_words(report.orientation)),
        ("Landmarks", landmarks_in_words(report)),
    ]
