"""What statements are counted from: for each region and draw whether it was reached, and its tags.

An event is three-valued. Where a region was not assessed it may have been reached or not: ``low`` is what
happened if it was not, ``high`` if it was. And, or and not keep the two apart, so that a statement is decided
exactly where no unknown part could change it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import reduce
from typing import NamedTuple

import numpy as np

from spreadscan.anatomy import REFERENCE, Level, Side
from spreadscan.judgement.rules import (
    ALWAYS,
    DRAWN,
    NO_ANGLES,
    NOT_CHECKED,
    NOT_MARKED,
    OF_DETECTION,
    SHORT_PROCESS,
    SHORT_PROCESS_MM,
    TURN_MEASURED,
    holding,
)
from spreadscan.values import (
    BoolArray,
    BranchRegions,
    Coverage,
    CoverageReport,
    JunctionFrame,
    Landmarks,
    Site,
    ViewFacts,
    ZoneName,
    ZoneReach,
    value,
)

Key = tuple[Level, Side, ZoneName]


@value
class Event:
    """What happened in each draw, (D,).

    Attributes:
        low: if nothing that was not assessed was reached.
        high: if all of it was.
    """

    low: BoolArray
    high: BoolArray

    def __and__(self, other: "Event") -> "Event":
        return Event(self.low & other.low, self.high & other.high)

    def __or__(self, other: "Event") -> "Event":
        return Event(self.low | other.low, self.high | other.high)

    def __invert__(self) -> "Event":
        # the bounds change places: what is reached at most leaves spared what is spared at least
        return Event(~self.high, ~self.low)


@value
class Evidence:
    """The draws of all regions, and what is known of each.

    Attributes:
        coverage: where the draws come from.
        events: of every region and zone that was looked at.
        reasons: why a region was not assessed.
        tags: of single regions.
        study_tags: of the whole study.
        sides: the sides that there are, left first.
    """

    coverage: Coverage
    events: Mapping[Key, Event]
    reasons: Mapping[Key, str]
    tags: Mapping[Key, frozenset[str]]
    study_tags: frozenset[str]
    sides: tuple[Side, ...]

    @property
    def draws(self) -> int:
        """Number of draws."""
        # a study without regions has no draws, and a share of none is no number
        return max(1, int(self.coverage.reached.shape[1]))

    def event(self, key: Key) -> Event:
        """Return what happened to a region; unknown where it was not looked at."""
        found = self.events.get(key)
        return self.unknown() if found is None else found

    def unknown(self) -> Event:
        """Return an event of which nothing is known."""
        return Event(np.zeros(self.draws, bool), np.ones(self.draws, bool))

    def all_of(self, events: Iterable[Event]) -> Event:
        """Return whether all happened; true for none."""
        certain = np.ones(self.draws, bool)
        return reduce(Event.__and__, events, Event(certain, certain))

    def any_of(self, events: Iterable[Event]) -> Event:
        """Return whether any happened; false for none."""
        never = np.zeros(self.draws, bool)
        return reduce(Event.__or__, events, Event(never, never))

    def tags_of(self, keys: Iterable[Key]) -> frozenset[str]:
        """Return the tags of the study and of some regions; of one not looked at, that it is not known."""
        missing = frozenset({NOT_MARKED})
        return self.study_tags.union(*(self.tags.get(key, missing) for key in keys))

    def bounds(self, event: Event) -> tuple[float, float]:
        """Return the probabilities of an event without and with what was not assessed, 0 to 1."""
        return self.coverage.probability_of(event.low), self.coverage.probability_of(event.high)


class _LookedAt(NamedTuple):
    """A region or zone with its flags, the draws in which it was reached, and why there are none."""

    key: Key
    flags: tuple[str, ...]
    reached: BoolArray | None
    reason: str


def gather(report: CoverageReport, zones: tuple[ZoneReach, ...], header: ViewFacts) -> Evidence:
    """Return the evidence of a study.

    Args:
        report: what was measured; its verdicts are not looked at.
        zones: what was found of zones beyond the branch regions.
        header: what the header says of the direction of view.
    """
    coverage = report.coverage
    looked_at = [*_regions(coverage), *_zones(zones)]
    own_flags = {flag for one in looked_at for flag in one.flags}
    study = _study_tags(report, own_flags, header)
    facts = _facts(report.landmarks, report.regions)
    tags = {one.key: frozenset({*one.flags, *facts(one.key[:2])}) for one in looked_at}
    events: dict[Key, Event] = {}
    reasons: dict[Key, str] = {}
    for one in looked_at:
        refused = holding(study | tags[one.key], "not assessed")
        if one.reached is None or refused:
            reasons[one.key] = one.reason or "".join(r.name for r in refused[:1])
        else:
            events[one.key] = Event(one.reached, one.reached)
    sides = tuple(sorted({row.side for row in coverage.regions}))
    return Evidence(coverage, events, reasons, tags, study, sides)


def _regions(coverage: Coverage) -> Iterator[_LookedAt]:
    for number, row in enumerate(coverage.regions):
        assessed = row.probability is not None and number < len(coverage.reached)
        reached = coverage.reached[number] if assessed else None
        yield _LookedAt((row.level, row.side, row.region), row.flags, reached, row.reason)


def _zones(zones: Iterable[ZoneReach]) -> Iterator[_LookedAt]:
    for zone in zones:
        yield _LookedAt((zone.level, zone.side, "ramus"), zone.flags, zone.reached, zone.reason)


def _facts(landmarks: Landmarks, regions: BranchRegions) -> Callable[[Site], frozenset[str]]:
    """What is known of a junction."""
    short, marked = short_processes(landmarks, regions), set(landmarks.junctions())

    def facts(site: Site) -> frozenset[str]:
        """Return the facts of a junction."""
        holds = {SHORT_PROCESS: site in short, NOT_MARKED: site not in marked}
        return frozenset(name for name, is_so in holds.items() if is_so)

    return facts


def _study_tags(report: CoverageReport, own_flags: set[str], header: ViewFacts) -> frozenset[str]:
    """The flags and facts of the whole study; ``own_flags`` are those of single regions."""
    seen = report.search.view if report.search else None
    # a report repeats the flags of its regions, and those of one must not weigh on all
    flags = set(report.flags) - own_flags
    facts = {
        NO_ANGLES: header.primary_angle_deg is None,
        TURN_MEASURED: seen is not None and seen.rotation_deg is not None,
        NOT_CHECKED: report.landmarks.origin == "detected",
        DRAWN: report.mask.origin == "given",
    }
    tags = {ALWAYS, *flags, *(name for name, holds in facts.items() if holds)}
    return frozenset(tags - set(OF_DETECTION) if holding(tags, "lift") else tags)


def short_processes(landmarks: Landmarks, regions: BranchRegions) -> frozenset[Site]:
    """Return the junctions whose transverse process, by its marked tip, is shorter than the limit.

    Its length is the lateral distance of the tip (kind ``tp_tip``) from the junction in reference mm.
    """
    tips = {(p.level, p.side): p for p in landmarks.points if p.kind == "tp_tip" and p.level in REFERENCE}
    return frozenset(
        (frame.level, frame.side)
        for frame in regions.junctions
        if (tip := tips.get((frame.level, frame.side))) is not None
        and _lateral_mm(frame, (tip.row, tip.column)) < SHORT_PROCESS_MM
    )


def _lateral_mm(frame: JunctionFrame, point: tuple[float, float]) -> float:
    """Distance of a point from the junction along the lateral axis, reference mm."""
    away = np.subtract(point, frame.origin)
    return float(away @ np.asarray(frame.lateral)) / frame.px_per_reference_mm
