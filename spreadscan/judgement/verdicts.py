"""The one verdict on each region and joint: its probability in words, kept down where a rule says so.

Decided here, once. Every output says the word that stands on the row; beside it stand what the probability
alone would say, and the rules that made the difference.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from spreadscan.judgement.evidence import Evidence, Key
from spreadscan.judgement.rules import KEEPING, holding, in_words
from spreadscan.values import Coverage, JointCoverage, RegionCoverage, Statement, Verdict


class Worded(NamedTuple):
    """A verdict, and the names of the rules that keep it from being *shown*, whatever the probability."""

    verdict: Verdict
    kept_by: tuple[str, ...]


def worded(low: float, high: float, tags: Iterable[str]) -> Worded:
    """Return the verdict on which the bounds of a probability agree, at most *probable* where a rule says so.

    Args:
        low: the probability if nothing that was not assessed was reached.
        high: if all of it was.
        tags: flags and facts of the regions that it is counted from.
    """
    verdict = in_words(low)
    if verdict != in_words(high):
        return Worded("not assessed", ())
    kept_by = tuple(one.name for one in holding(tags, "at most probable"))
    return Worded(at_most_probable(verdict) if kept_by else verdict, kept_by)


def at_most_probable(verdict: Verdict) -> Verdict:
    """Return *probable* for *shown*, every other verdict as it is."""
    return "probable" if verdict == "shown" else verdict


def with_verdicts(evidence: Evidence, statements: Iterable[Statement]) -> Coverage:
    """Return the coverage of the evidence with the one verdict on each row.

    A region's is counted in its own draws. A joint's is that of the statement on it, which stands also where
    a part was not assessed that could not change it; its probability is unknown there.
    """
    of_joints = {(one.joint, one.side): one for one in statements if one.about == "joint"}
    return replace(
        evidence.coverage,
        regions=tuple(_region(row, evidence) for row in evidence.coverage.regions),
        joints=tuple(_joint(row, of_joints[row.joint, row.side]) for row in evidence.coverage.joints),
    )


def _region(row: RegionCoverage, evidence: Evidence) -> RegionCoverage:
    key: Key = (row.level, row.side, row.region)
    if row.probability is None:
        return row
    if key not in evidence.events:
        return _refused(row, evidence.reasons[key])
    alone = in_words(row.probability)
    said = worded(row.probability, row.probability, evidence.tags_of([key]))
    return replace(row, verdict=said.verdict, verdict_by_probability=alone, verdict_rules=_made(said, alone))


def _refused(row: RegionCoverage, reason: str) -> RegionCoverage:
    """A region that a rule keeps from being assessed, whatever was measured there."""
    return replace(
        row,
        fraction=None,
        fraction_low=None,
        fraction_high=None,
        course_mm=None,
        probability=None,
        verdict="not assessed",
        verdict_by_probability="not assessed",
        reason=reason,
        cause=None,
        varied_probability=None,
    )


def _joint(row: JointCoverage, said: Statement) -> JointCoverage:
    known = said.verdict != "not assessed"
    # either bound would do: where there is a verdict both are of one word
    alone = in_words(said.low) if known else said.verdict
    return replace(
        row,
        probability=said.probability,
        verdict=said.verdict,
        verdict_by_probability=alone,
        verdict_rules=_made(Worded(said.verdict, tuple(r for r in said.rules if r in KEEPING)), alone),
    )


def _made(said: Worded, alone: Verdict) -> tuple[str, ...]:
    """The rules, where they made a difference."""
    return said.kept_by if said.verdict != alone else ()
