"""Judge what the coverage of single regions says of branches, rami, joints, levels, sides and the spread.

Every statement is counted in the draws of the coverage, so that what hangs together stays together: the two
nerves of a joint, both sides. How each is counted, worded and changed stands in ``rules``.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from spreadscan.anatomy import ASSESSED_LEVELS, JOINTS, LEVELS, NERVE_AT, REGIONS, Level, RegionName, Side
from spreadscan.judgement.evidence import Event, Evidence, Key
from spreadscan.judgement.rules import SHORT_PROCESS, holding, levels_above, rule
from spreadscan.judgement.verdicts import worded
from spreadscan.values import Site, Statement, Verdict

INTERVAL = (5, 50, 95)
"""Percentiles of the difference between the sides."""
_AS_REGION: tuple[tuple[str, RegionName], ...] = (
    ("common zone", "common"),
    ("medial branch", "medial"),
    ("intermediate branch", "intermediate"),
    ("lateral branch", "lateral"),
)
_MERGED = "intermediate or lateral branch"


class StatementSubject(NamedTuple):
    """What a statement is about, and where.

    Attributes:
        about: name of a counting rule.
        keys: the regions that it is counted from.
        level, side, region, joint: where; ``None`` where that does not apply.
    """

    about: str
    keys: tuple[Key, ...]
    level: Level | None = None
    side: Side | None = None
    region: RegionName | None = None
    joint: str | None = None


def judge(evidence: Evidence, injected: tuple[Site, ...] = ()) -> tuple[Statement, ...]:
    """Return what is said of a study.

    Statements stand in the order branches, rami, junctions and levels of each site, then S1, joints, sides,
    symmetry, and the cranial reach from each injected junction. A compound that no part not assessed could
    change is stated all the same, with the bound that decides it.

    Args:
        evidence: the draws and tags of the regions.
        injected: junctions into which was injected, for the cranial reach.
    """
    sites = [(level, side) for level in ASSESSED_LEVELS for side in evidence.sides]
    return (
        *(s for site in sites for s in _at_junction(evidence, site)),
        *(s for side in evidence.sides for s in _at_s1(evidence, side)),
        *(_joint(evidence, number, side) for number in range(len(JOINTS)) for side in evidence.sides),
        *(_side(evidence, side) for side in evidence.sides),
        *_symmetry(evidence),
        *(s for site in injected for s in _reach(evidence, site)),
    )


def _at_junction(evidence: Evidence, site: Site) -> list[Statement]:
    """The statements on one junction: its regions, merged where they are not told apart, and compounds."""
    level, side = site
    merged = SHORT_PROCESS in {r.name for r in holding(evidence.tags_of(_keys(site)), "merge")}
    made = [
        _state(
            evidence,
            StatementSubject(about, ((*site, region),), level, side, region),
            evidence.event((*site, region)),
        )
        for about, region in _AS_REGION
        if not (merged and region in ("intermediate", "lateral"))
    ]
    for about in ((_MERGED,) if merged else ()) + ("ramus", "junction", "level"):
        keys = _keys(site, about)
        made.append(
            _state(evidence, StatementSubject(about, keys, level, side), _counted(evidence, site, about))
        )
    return made


def _at_s1(evidence: Evidence, side: Side) -> list[Statement]:
    """The statement on the L5 ramus, where the S1 junction was looked at."""
    key: Key = ("S1", side, "ramus")
    if key not in evidence.tags:
        return []
    return [_state(evidence, StatementSubject("L5 ramus at S1", (key,), "S1", side), evidence.event(key))]


def _joint(evidence: Evidence, number: int, side: Side) -> Statement:
    joint = JOINTS[number]
    sites: list[Site] = [(joint.upper_level, side), (joint.lower_level, side)]
    keys = tuple(key for site in sites for key in _keys(site, "junction"))
    both = evidence.all_of(_counted(evidence, site, "junction") for site in sites)
    return _state(evidence, StatementSubject("joint", keys, None, side, None, joint.name), both)


def _side(evidence: Evidence, side: Side) -> Statement:
    sites: list[Site] = [(level, side) for level in ASSESSED_LEVELS]
    keys = tuple(key for site in sites for key in _keys(site))
    touched = evidence.any_of(_counted(evidence, site, "level") for site in sites)
    return _state(evidence, StatementSubject("side", keys, None, side), touched)


def _symmetry(evidence: Evidence) -> list[Statement]:
    """Whether both sides reach the same levels, counted over the levels assessed on both."""
    if len(evidence.sides) != 2:
        return []
    one, other = evidence.sides
    keys = tuple(key for level in ASSESSED_LEVELS for side in evidence.sides for key in _keys((level, side)))
    pairs = [
        tuple(_counted(evidence, (level, side), "junction") for side in (one, other))
        for level in ASSESSED_LEVELS
    ]
    alike = [(left & right) | (~left & ~right) for left, right in pairs]
    # two sides on which nothing was reached would be alike too
    each = [evidence.any_of(pair[number] for pair in pairs) for number in (0, 1)]
    subject = StatementSubject("symmetry", keys)
    return [_state(evidence, subject, evidence.all_of([*alike, *each]), _difference(evidence))]


def _difference(evidence: Evidence) -> tuple[float, float, float] | None:
    """Regions reached on the first side less those on the other, among those assessed on both."""
    one, other = evidence.sides
    places = [(level, region) for level in ASSESSED_LEVELS for region in REGIONS]
    both = [
        (evidence.events[level, one, region], evidence.events[level, other, region])
        for level, region in places
        if (level, one, region) in evidence.events and (level, other, region) in evidence.events
    ]
    if not both:
        return None
    counts = np.sum([left.low.astype(int) - right.low for left, right in both], axis=0)
    low, middle, high = np.percentile(counts, INTERVAL)
    return float(low), float(middle), float(high)


def _reach(evidence: Evidence, injected: Site) -> list[Statement]:
    """Whether the spread came up to each bone above the injected one, on its side."""
    level, side = injected
    above: list[Level] = [bone for bone in levels_above(level) if bone in ASSESSED_LEVELS]
    made = []
    for number, bone in enumerate(above):
        sites: list[Site] = [(one, side) for one in above[number:]]
        keys = tuple(key for site in sites for key in _keys(site, "junction"))
        came = evidence.any_of(_counted(evidence, site, "junction") for site in sites)
        made.append(_state(evidence, StatementSubject("cranial reach", keys, bone, side), came))
    return made


def _keys(site: Site, about: str = "level") -> tuple[Key, ...]:
    """The regions that a counting rule looks at, at one junction; all of them for a level."""
    names = {name for group in rule(about, "count").when for name in group}
    return tuple((*site, region) for region in REGIONS if region in names)


def _counted(evidence: Evidence, site: Site, about: str) -> Event:
    """A counting rule at one junction: any of its alternatives, all regions of which are reached."""
    groups = rule(about, "count").when
    return evidence.any_of(
        evidence.all_of(evidence.event((*site, name)) for name in group)  # type: ignore[arg-type]
        for group in groups
    )


def _state(
    evidence: Evidence,
    subject: StatementSubject,
    event: Event,
    difference: tuple[float, float, float] | None = None,
) -> Statement:
    """Put an event into words, by the rules whose tags hold for its regions."""
    tags = evidence.tags_of(subject.keys)
    low, high = evidence.bounds(event)
    verdict = worded(low, high, tags).verdict
    unknown = [key for key in subject.keys if key not in evidence.events]
    bones = tuple(level for level in LEVELS if level in {key[0] for key in subject.keys})
    return Statement(
        about=subject.about,
        level=subject.level,
        side=subject.side,
        region=subject.region,
        joint=subject.joint,
        bones=bones,
        nerves=tuple(NERVE_AT[bone] for bone in bones),
        probability=low if low == high and verdict != "not assessed" else None,
        low=low,
        high=high,
        verdict=verdict,
        reason=_reason(evidence, unknown) if verdict == "not assessed" else "",
        rules=_rules(verdict, tags),
        difference=difference,
    )


def _rules(verdict: Verdict, tags: Iterable[str]) -> tuple[str, ...]:
    """Names of the rules that bear on a statement; refusing ones first, where it is not assessed."""
    refusing = ("not assessed",) if verdict == "not assessed" else ()
    effects = (*refusing, "at most probable", "merge", "caveat")
    return tuple(one.name for effect in effects for one in holding(tags, effect))


def _reason(evidence: Evidence, unknown: Iterable[Key]) -> str:
    """Why parts were not assessed: each reason once."""
    reasons = [evidence.reasons.get(key, "the junction is not marked") for key in unknown]
    return "; ".join(dict.fromkeys(reasons)) or "its parts do not decide it"
