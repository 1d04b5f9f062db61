"""Further sections of a report, in plain words, that both the page and the printed report show.

What a protocol says of a study, what it asks for, and what is said beyond single regions: each section is a
heading and its sentences.
"""

from typing import NamedTuple

from spreadscan.values import CoverageReport
from spreadscan.write.words.protocol_text import (
    CriterionLine,
    ProtocolSection,
    protocol_section,
    statement_rows,
)


class Section(NamedTuple):
    """A heading and the sentences below it, plain words without markup."""

    heading: str
    sentences: tuple[str, ...]


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


def _answer(protocol: ProtocolSection) -> Section:
    heading = f"Protocol {protocol.name}: {protocol.answer.lower()} (probability {protocol.probability})"
    title = f"{protocol.title} ({protocol.source})."
    return Section(heading, (title, *protocol.reasons, *protocol.cautions))


def _asked(protocol: ProtocolSection) -> Section:
    criteria = [_criterion(criterion) for criterion in protocol.criteria]
    quality = [
        f"{name[0].upper()}{name[1:]}{' (required)' if required else ''}: {state}; {reason}."
        for name, state, reason, required in protocol.quality
    ]
    return Section(f"What protocol {protocol.name} asks for", (*criteria, *quality))


def _criterion(criterion: CriterionLine) -> str:
    parts = "; ".join(f"{place}: {verdict} {p}" for place, verdict, p in criterion.parts)
    kind = "Asked" if criterion.required else "Reported only"
    return f"{kind}: {criterion.name}, {criterion.found}" + (f" ({parts})." if parts else ".")
