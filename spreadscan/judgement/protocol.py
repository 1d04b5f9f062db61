"""Decide whether a study met its protocol: met, not met, or cannot say, with the reasons.

All required criteria are counted together, in the same draws. What was not assessed counts once as reached
and once as not; the answer is given where both agree. How image quality and the rules for wording bear on it
stands in ``rules``.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from spreadscan.anatomy import ASSESSED_LEVELS, NERVE_AT, Side
from spreadscan.judgement.evidence import Event, Evidence, Key
from spreadscan.judgement.rules import holding, rule
from spreadscan.judgement.verdicts import worded
from spreadscan.settings import Settings
from spreadscan.values import (
    Answer,
    Criterion,
    CriterionFinding,
    Judgement,
    Protocol,
    ProtocolOutcome,
    QualityFinding,
    Site,
    Statement,
)

_ON_IMAGE: Mapping[str, Side] = MappingProxyType({"left": "image left", "right": "image right"})


class _Asked(NamedTuple):
    """A criterion with the junctions that it asks for, ``None`` where those are not told."""

    criterion: Criterion
    sites: tuple[Site, ...] | None


class _Reasoned(NamedTuple):
    """The answer, and why, a sentence each."""

    answer: Answer
    reasons: tuple[str, ...]


class _Counted(NamedTuple):
    finding: CriterionFinding
    event: Event
    keys: tuple[Key, ...]


def decide(
    protocol: Protocol | None,
    statements: tuple[Statement, ...],
    evidence: Evidence,
    settings: Settings | None = None,
) -> Judgement:
    """Return the judgement of a study: what was stated, and whether it met its protocol.

    Met when the probability of all required criteria together is at least ``met_from`` whatever was not
    assessed, not met when it is at most ``not_met_to`` whatever was not assessed, else cannot say. A required
    image-quality criterion that is not fulfilled makes it cannot say, and so does, for met, a rule that keeps
    a part from being shown.

    Args:
        protocol: what is asked for, with the injected junctions; ``None`` asks for nothing.
        statements: passed on.
        evidence: the draws and tags of the regions.
        settings: in force, which the rules name; the defaults where there are none.
    """
    outcome = None if protocol is None else _outcome(protocol, evidence, settings or Settings())
    return Judgement(statements, outcome)


def _outcome(protocol: Protocol, evidence: Evidence, settings: Settings) -> ProtocolOutcome:
    counted = [_count(_Asked(one, _sites(one, protocol, evidence)), evidence) for one in protocol.criteria]
    required = [one for one in counted if one.finding.criterion.required]
    # not a product of probabilities: the criteria share landmarks, scale and threshold, and so their errors
    together = evidence.all_of(one.event for one in required)
    low, high = evidence.bounds(together)
    tags = evidence.tags_of(key for one in required for key in one.keys)
    quality = _quality(protocol, tags, settings)
    answer, reasons = _answer(protocol, (low, high), quality, tags, settings)
    if answer == "cannot say" and low != high:
        reasons += _unknown(required)
    return ProtocolOutcome(
        protocol=protocol,
        answer=answer,
        probability=low if low == high else None,
        low=low,
        high=high,
        criteria=tuple(one.finding for one in counted),
        quality=quality,
        reasons=reasons,
        rules=tuple(r.name for effect in ("at most probable", "caveat") for r in holding(tags, effect)),
    )


def _unknown(counted: Iterable[_Counted]) -> tuple[str, ...]:
    """What is not known of criteria, one sentence for each junction."""
    said = []
    for one in counted:
        if not one.keys:
            said.append("Which junctions were injected is not said: pass --injected.")
        parts = [part for part in one.finding.parts if part.verdict == "not assessed"]
        said += [f"{part.level} {part.side} ({part.nerves[0]} nerve): {part.reason}." for part in parts]
    return tuple(dict.fromkeys(said))


def _sites(criterion: Criterion, protocol: Protocol, evidence: Evidence) -> tuple[Site, ...] | None:
    """The junctions that a criterion asks for; ``None`` where the injected ones, not told, decide that."""
    if criterion.at == "listed" and criterion.sides:
        sites: tuple[Site, ...] = tuple((lv, side) for lv in criterion.levels for side in criterion.sides)
    elif not protocol.injected:
        return None
    elif criterion.at == "listed":
        sides = tuple(dict.fromkeys(side for _, side in protocol.injected))
        sites = tuple((level, side) for level in criterion.levels for side in sides)
    elif criterion.at == "injected":
        sites = protocol.injected
    else:
        # where the patient's side is unknown the sides of the image stand for no side
        named: tuple[Side, ...] = ("left", "right")
        every = [(level, side) for level in ASSESSED_LEVELS for side in named]
        sites = tuple(site for site in every if site not in protocol.injected)
    return _where_sides_are_unknown(sites, evidence)


def _where_sides_are_unknown(sites: tuple[Site, ...], evidence: Evidence) -> tuple[Site, ...]:
    """The same junctions by sides of the image, if what is asked for is the same on both sides."""
    other = {"left": "right", "right": "left"}
    alike = all((level, other.get(side, side)) in sites for level, side in sites)
    if not alike or "image left" not in evidence.sides:
        return sites
    return tuple((level, _ON_IMAGE.get(side, side)) for level, side in sites)


def _count(asked: _Asked, evidence: Evidence) -> _Counted:
    """Count a criterion: reached at every junction, or spared at all of them."""
    criterion, sites = asked
    if sites is None:
        unknown = evidence.unknown()
        low, high = evidence.bounds(unknown)
        return _Counted(CriterionFinding(criterion, None, low, high, ()), unknown, ())
    keys = {site: tuple((*site, region) for region in criterion.regions) for site in sites}
    events = {site: _reached(criterion, keys[site], evidence) for site in sites}
    if criterion.expect == "reached":
        event = evidence.all_of(events.values())
    else:
        event = ~evidence.any_of(events.values())
    low, high = evidence.bounds(event)
    parts = tuple(_part(site, keys[site], events[site], evidence) for site in sites)
    finding = CriterionFinding(criterion, low if low == high else None, low, high, parts)
    return _Counted(finding, event, tuple(key for site in sites for key in keys[site]))


def _reached(criterion: Criterion, keys: Sequence[Key], evidence: Evidence) -> Event:
    events = [evidence.event(key) for key in keys]
    return evidence.all_of(events) if criterion.need == "all" else evidence.any_of(events)


def _part(site: Site, keys: tuple[Key, ...], event: Event, evidence: Evidence) -> Statement:
    """What was found at one junction, in the words of the rules."""
    level, side = site
    tags = evidence.tags_of(keys)
    low, high = evidence.bounds(event)
    verdict = worded(low, high, tags).verdict
    reasons = [
        evidence.reasons.get(key, "the junction is not known") for key in keys if key not in evidence.events
    ]
    return Statement(
        about="criterion",
        level=level,
        side=side,
        region=None,
        joint=None,
        bones=(level,),
        nerves=(NERVE_AT[level],),
        probability=low if low == high else None,
        low=low,
        high=high,
        verdict=verdict,
        reason="; ".join(dict.fromkeys(reasons)) if verdict == "not assessed" else "",
        rules=tuple(r.name for r in holding(tags, "at most probable")),
    )


def _quality(protocol: Protocol, tags: Iterable[str], settings: Settings) -> tuple[QualityFinding, ...]:
    """Look at each image-quality criterion of the protocol; the first rule that holds says what it is."""
    holds = holding(tags, "quality")
    found = []
    for required, names in ((True, protocol.quality_required), (False, protocol.quality_reported)):
        for name in names:
            first = next(r for r in holds if r.name == name)
            found.append(QualityFinding(name, first.state, first.said(settings), required))
    return tuple(found)


def _answer(
    protocol: Protocol,
    bounds: tuple[float, float],
    quality: Iterable[QualityFinding],
    tags: Iterable[str],
    settings: Settings,
) -> _Reasoned:
    """The answer and why, by the answering rules."""
    low, high = bounds
    missing = [q for q in quality if q.required and q.state == "not fulfilled"]
    if missing:
        return _Reasoned(
            "cannot say", tuple(f"Required and not fulfilled: {q.name}: {q.reason}." for q in missing)
        )
    if low >= protocol.met_from:
        kept = holding(tags, "at most probable")
        if kept:
            return _Reasoned("cannot say", tuple(r.said(settings) for r in kept))
        said = f"All required criteria together have a probability of at least {protocol.met_from:g}."
        return _Reasoned("met", (said,))
    if high <= protocol.not_met_to:
        said = f"All required criteria together have a probability of at most {protocol.not_met_to:g}."
        return _Reasoned("not met", (said, rule("thin contrast", "answer").said(settings)))
    if low == high:
        between = f"between {protocol.not_met_to:g} and {protocol.met_from:g}"
        return _Reasoned(
            "cannot say", (f"The probability of all required criteria together lies {between}.",)
        )
    return _Reasoned("cannot say", ("What was not assessed could change the answer.",))
