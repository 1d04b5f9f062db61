"""The protocol's answer and the statements beyond single regions, in words.

``protocol_section`` and ``statement_rows`` hold all words that the terminal shows of them, and
``further_sections`` the same as headings and sentences for the page and the printed report; each text is free
of control characters.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from spreadscan.anatomy import NERVE_AT
from spreadscan.judgement.rules import RULES
from spreadscan.values import (
    CoverageReport,
    CriterionFinding,
    ProtocolOutcome,
    Statement,
    Verdict,
)
from spreadscan.write.words.report import joined, plain
from spreadscan.write.words.rounding import probability

SHOWN_ABOUT = ("ramus", "intermediate or lateral branch", "L5 ramus at S1", "symmetry", "cranial reach")
"""Statements that the terminal and the page show; the others repeat regions and joints, or follow."""

ANSWER_IN_WORDS: Mapping[str, str] = MappingProxyType(
    {"met": "Met", "not met": "Not met", "cannot say": "Cannot say"}
)


class CriterionLine(NamedTuple):
    """A criterion: what was asked, the answer in words, and what was found at each junction."""

    name: str
    required: bool
    found: str
    parts: tuple[tuple[str, Verdict, str], ...]


class ProtocolSection(NamedTuple):
    """All that is said of a protocol.

    Attributes:
        name, title, source: of the protocol.
        answer: ``Met``, ``Not met`` or ``Cannot say``.
        probability: in words.
        reasons: why, one sentence each.
        criteria: what was asked and found.
        quality: name, state, reason, whether it is required.
        cautions: what a reader must know, one sentence each.
    """

    name: str
    title: str
    source: str
    answer: str
    probability: str
    reasons: tuple[str, ...]
    criteria: tuple[CriterionLine, ...]
    quality: tuple[tuple[str, str, str, bool], ...]
    cautions: tuple[str, ...]


class StatementRow(NamedTuple):
    """A statement: what it says and where, its verdict and probability, and a remark."""

    what: str
    verdict: Verdict
    probability: str
    remark: str


class Section(NamedTuple):
    """A heading and the sentences below it, plain words without markup."""

    heading: str
    sentences: tuple[str, ...]


def protocol_section(report: CoverageReport) -> ProtocolSection | None:
    """Return what is said of the protocol; ``None`` without one."""
    outcome = report.judgement.outcome
    if outcome is None:
        return None
    protocol = outcome.protocol
    return ProtocolSection(
        name=plain(protocol.name),
        title=plain(protocol.title),
        source=plain(protocol.source),
        answer=ANSWER_IN_WORDS[outcome.answer],
        probability=bounds_in_words(outcome.low, outcome.high),
        reasons=tuple(plain(reason) for reason in outcome.reasons),
        criteria=tuple(_criterion(found) for found in outcome.criteria),
        quality=tuple((q.name, q.state, q.reason, q.required) for q in outcome.quality),
        cautions=_cautions(outcome, report),
    )


def statement_rows(report: CoverageReport) -> tuple[StatementRow, ...]:
    """Return the statements of ``SHOWN_ABOUT`` that were assessed."""
    return tuple(
        StatementRow(
            statement_in_words(statement),
            statement.verdict,
            bounds_in_words(statement.low, statement.high),
            _difference(statement),
        )
        for statement in report.judgement.statements
        if statement.about in SHOWN_ABOUT and statement.verdict != "not assessed"
    )


def further_sections(report: CoverageReport) -> tuple[Section, ...]:
    """Return the sections that stand between the finding and the tables, in order; empty without any."""
    protocol = protocol_section(report)
    rows = statement_rows(report)
    found = [] if protocol is None else [_answer(protocol), _asked(protocol)]
    if rows:
        lines = (
            f"{r.what[0].upper()}{r.what[1:]}: {r.verdict} {r.probability}"
            + (f" ({r.remark})" if r.remark else "")
            for r in rows
        )
        heading = "Rami and spread, counted in the same draws as the regions"
        found.append(Section(heading, tuple(f"{line}." for line in lines)))
    return tuple(found)


def statement_in_words(statement: Statement) -> str:
    """Return what a statement is about, by bone and nerve: ``L3 ramus at bone L4, left``."""
    about, level, side = statement.about, statement.level, statement.side
    where = "" if level is None else f"{level} {side} ({NERVE_AT[level]} nerve)"
    nerves = joined([f"{NERVE_AT[bone]} nerve at {bone}" for bone in statement.bones])
    phrases = {
        "ramus": "" if level is None else f"{NERVE_AT[level]} dorsal ramus at bone {level}, {side}",
        "L5 ramus at S1": f"L5 dorsal ramus at the S1 articular process, {side}",
        "junction": f"junction of {where}",
        "level": f"any region of {where}",
        "criterion": where,
        "side": f"any region on the {side} side",
        "joint": f"nerves of the {statement.joint} facet joint, {side} ({nerves})",
        "symmetry": "the same levels on both sides",
        "cranial reach": f"spread up to {where} or higher",
    }
    return phrases.get(about, f"{about} at {where}")


def bounds_in_words(low: float, high: float) -> str:
    """Return a probability, or both ends where a part was not assessed: ``0.09 to 0.79``."""
    if low == high:
        return probability(low)
    return f"{probability(low)} to {probability(high)}"


def _criterion(found: CriterionFinding) -> CriterionLine:
    criterion = found.criterion
    return CriterionLine(
        name=plain(criterion.name),
        required=criterion.required,
        found=f"probability {bounds_in_words(found.low, found.high)}",
        parts=tuple(
            (statement_in_words(part), part.verdict, bounds_in_words(part.low, part.high))
            for part in found.parts
        ),
    )


def _cautions(outcome: ProtocolOutcome, report: CoverageReport) -> tuple[str, ...]:
    """What the rules that hold say, and the notes of the protocol; what is a reason already is left out."""
    told = ("caveat", "at most probable")
    rules = [r for r in RULES if r.name in outcome.rules and r.effect in told]
    says = [r.said(report.settings) for r in rules]
    every = [*says, *(plain(note) for note in outcome.protocol.notes)]
    return tuple(text for text in dict.fromkeys(every) if text not in outcome.reasons)


def _difference(statement: Statement) -> str:
    if statement.difference is None:
        return ""
    low, middle, high = (f"{number:+.0f}" if round(number) else "0" for number in statement.difference)
    return f"regions reached, left less right: {middle} [{low} to {high}]"


def _answer(protocol: ProtocolSection) -> Section:
    heading = f"Protocol {protocol.name}: {protocol.answer.lower()} (probability {protocol.probability})"
    title = f"{protocol.title} ({protocol.source})."
    return Section(heading, (title, *protocol.reasons, *protocol.cautions))


def _asked(protocol: ProtocolSection) -> Section:
    criteria = [_asked_criterion(criterion) for criterion in protocol.criteria]
    quality = [
        f"{name[0].upper()}{name[1:]}{' (required)' if required else ''}: {state}; {reason}."
        for name, state, reason, required in protocol.quality
    ]
    return Section(f"What protocol {protocol.name} asks for", (*criteria, *quality))


def _asked_criterion(criterion: CriterionLine) -> str:
    parts = "; ".join(f"{place}: {verdict} {p}" for place, verdict, p in criterion.parts)
    kind = "Asked" if criterion.required else "Reported only"
    return f"{kind}: {criterion.name}, {criterion.found}" + (f" ({parts})." if parts else ".")
