"""The terminal summary: what was found, how surely, and what else a reader must know, in plain text."""

import textwrap

from spreadscan.anatomy import REGIONS
from spreadscan.values import CoverageReport, RegionCoverage
from spreadscan.write.words.kinds import components_in_words, iodine_in_words, uptake_in_words
from spreadscan.write.words.protocol_text import CriterionLine, protocol_section, statement_rows
from spreadscan.write.words.report import (
    PURPOSE,
    JunctionFinding,
    contrast_in_words,
    contrast_state,
    extent_in_words,
    findings,
    flag_places,
    frame_in_words,
    given_by_person,
    joint_nerves,
    landmarks_in_words,
    method_in_words,
    not_assessed,
    plain,
    raised_flags,
    scale_in_words,
    side_in_words,
)
from spreadscan.write.words.rounding import (
    INTERVAL_IN_WORDS,
    fraction_with_interval,
    millimetres,
    probability,
)

WIDTH = 100
_PLACE_WIDTH, _CELL_WIDTH = 17, 20
_LABEL_WIDTH = 12
_LARGEST_COMPONENTS = 6


def summary(report: CoverageReport) -> str:
    """Return the summary, lines of at most 100 characters, ending with a line feed.

    A coverage cell is the verdict with its probability and, below, the share of the region in sure contrast
    with its 90 % interval.
    """
    answers = (_protocol(report), _coverage(report), _joints(report), _statements(report))
    blocks = (_head(report), *answers, _facts(report), _flags(report), _limits())
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _head(report: CoverageReport) -> list[str]:
    size = f"{report.source.columns} × {report.source.rows} px"
    return [f"spreadscan {plain(report.version)} · {frame_in_words(report.source)} · {size}", PURPOSE]


def _coverage(report: CoverageReport) -> list[str]:
    lines = [] if contrast_state(report) == "found" else [contrast_in_words(report)]
    assessed = [j for j in findings(report) if any(r.verdict != "not assessed" for r in j.rows)]
    if assessed:
        lines += [""] if lines else []
        lines += _grid(assessed)
    else:
        lines.append("No branch region was assessed.")
    for where, reason in not_assessed(report):
        lines += _wrapped(f"Not assessed: {where}: {reason}.", indent=2)
    return lines


def _grid(junctions: list[JunctionFinding]) -> list[str]:
    rule = "-" * WIDTH
    return [
        _line("Bone and side", ["common zone", "medial branch", "intermediate", "lateral branch"]),
        rule,
        *(line for junction in junctions for line in _junction(junction)),
        rule,
        *_wrapped(f"Verdict and probability; share of the area in contrast [{INTERVAL_IN_WORDS}]."),
    ]


def _junction(junction: JunctionFinding) -> list[str]:
    rows = {row.region: row for row in junction.rows}
    verdicts = [_verdict(rows[region]) if region in rows else "" for region in REGIONS]
    shares = [_share(rows[region]) if region in rows else "" for region in REGIONS]
    return [_line(junction.place, verdicts), _line(f"  ({junction.nerve} nerve)", shares)]


def _verdict(row: RegionCoverage) -> str:
    return f"{row.verdict} {probability(row.probability)}".rstrip()


def _share(row: RegionCoverage) -> str:
    return fraction_with_interval(row.fraction, row.fraction_low, row.fraction_high)


def _line(place: str, cells: list[str]) -> str:
    return (place.ljust(_PLACE_WIDTH) + "".join(cell.ljust(_CELL_WIDTH) for cell in cells)).rstrip()


def _joints(report: CoverageReport) -> list[str]:
    joints = [joint for joint in report.coverage.joints if joint.verdict != "not assessed"]
    if not joints:
        return []
    lines = ["Facet joints: common zone or medial branch reached at both nerves"]
    for joint in joints:
        verdict = f"{joint.verdict} {probability(joint.probability)}"
        lines.append(f"  {f'{joint.joint} {joint.side}':<18}{verdict:<20}{joint_nerves(joint)}")
    return lines


def _statements(report: CoverageReport) -> list[str]:
    rows = statement_rows(report)
    lines = ["Rami and spread, counted in the same draws"] if rows else []
    for row in rows:
        remark = f" ({row.remark})" if row.remark else ""
        lines += _wrapped(f"{row.what}: {row.verdict} {row.probability}{remark}", indent=2)
    return lines


def _protocol(report: CoverageReport) -> list[str]:
    section = protocol_section(report)
    if section is None:
        return []
    lines = _wrapped(f"Protocol {section.name}: {section.answer.upper()} (probability {section.probability})")
    for reason in section.reasons:
        lines += _wrapped(reason, indent=2)
    for criterion in section.criteria:
        lines += _criterion(criterion)
    for name, state, reason, required in section.quality:
        needed = ", required" if required else ""
        lines += _wrapped(f"Image quality{needed}: {name}: {state}: {reason}.", indent=2)
    for caution in section.cautions:
        lines += _wrapped(f"Note: {caution}", indent=2)
    return lines


def _criterion(criterion: CriterionLine) -> list[str]:
    kind = "Asked" if criterion.required else "Reported only"
    lines = _wrapped(f"{kind}: {criterion.name}: {criterion.found}.", indent=2)
    for place, verdict, probability_in_words in criterion.parts:
        lines += _wrapped(f"{place}: {verdict} {probability_in_words}", indent=4)
    return lines


def _facts(report: CoverageReport) -> list[str]:
    contrast = report.contrast
    lines = _fact("Contrast", contrast_in_words(report)) if contrast.found else []
    lines += _fact("Method", method_in_words(report))
    if contrast.found and contrast.height_mm is not None and contrast.width_mm is not None:
        size = f"{millimetres(contrast.height_mm)} mm high and {millimetres(contrast.width_mm)} mm wide"
        lines += _fact("Size", f"{size}, along the axes of the image.")
    for term, what in components_in_words(report, _LARGEST_COMPONENTS):
        lines += _fact(term, f"{what}.")
    lines += _fact("Vessels", uptake_in_words(report))
    if contrast.found:
        lines += _fact("Iodine", iodine_in_words(report))
    for extent in contrast.sides:
        lines += _fact("Extent", f"{extent.side}: {extent_in_words(extent)}")
    lines += _fact("Scale", scale_in_words(report))
    lines += _fact("Side", side_in_words(report.orientation))
    lines += _fact("Landmarks", landmarks_in_words(report))
    for outcome in given_by_person(report):
        lines += _fact("By a person", outcome)
    return lines


def _flags(report: CoverageReport) -> list[str]:
    flags = raised_flags(report)
    lines = ["Quality flags: none"] if not flags else ["Quality flags"]
    for flag in flags:
        where = flag_places(report, flag)
        lines += _wrapped(f"{flag.code}: {flag.message}{f' ({where})' if where else ''}", indent=2)
        lines += _wrapped(f"→ {flag.advice}", indent=4)
    return lines


def _limits() -> list[str]:
    return _wrapped(
        "Limits: one projection has no depth; contrast is not local anaesthetic; the number and the course of"
        " the branches vary; the regions are a proposal from cadaver data. report.html gives them in full."
    )


def _fact(label: str, text: str) -> list[str]:
    head = label.ljust(_LABEL_WIDTH)
    return textwrap.wrap(
        text, WIDTH, initial_indent=head, subsequent_indent=" " * _LABEL_WIDTH, break_on_hyphens=False
    )


def _wrapped(text: str, indent: int = 0) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 2 * bool(indent)),
        break_on_hyphens=False,
    )
