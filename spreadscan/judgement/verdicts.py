"""Verdicts as a person is told them: by the rules of wording, as in the statements of the report.

``report.json`` and ``coverage.csv`` hold the probability of a region in words, and the rules beside it. Where
a rule keeps a part from being shown, such as a missing scout, a person reads *probable*, wherever it stands.
"""

from dataclasses import replace

from spreadscan.judgement.rules import RULES, Rule
from spreadscan.values import CoverageReport, Statement, Verdict

_KEEPING: tuple[Rule, ...] = tuple(rule for rule in RULES if rule.effect == "at most probable")


def as_worded(report: CoverageReport) -> CoverageReport:
    """Return the report with no region or joint *shown* of which a rule says that it is at most probable."""
    said = report.judgement.statements
    sites = {(s.level, s.side) for s in said if s.about == "level" and _kept_by(s)}
    joints = {(s.joint, s.side) for s in said if s.about == "joint" and _kept_by(s)}
    if not sites and not joints:
        return report
    coverage = replace(
        report.coverage,
        regions=tuple(
            replace(row, verdict=_at_most_probable(row.verdict)) if (row.level, row.side) in sites else row
            for row in report.coverage.regions
        ),
        joints=tuple(
            replace(row, verdict=_at_most_probable(row.verdict)) if (row.joint, row.side) in joints else row
            for row in report.coverage.joints
        ),
    )
    return replace(report, coverage=coverage)


def why_not_shown(report: CoverageReport) -> tuple[str, ...]:
    """Return what the rules say that keep something from being shown, a sentence each."""
    names = {name for statement in report.judgement.statements for name in _kept_by(statement)}
    return tuple(rule.said(report.settings) for rule in _KEEPING if rule.name in names)


def _kept_by(statement: Statement) -> tuple[str, ...]:
    keeping = {rule.name for rule in _KEEPING}
    return tuple(name for name in statement.rules if name in keeping)


def _at_most_probable(verdict: Verdict) -> Verdict:
    return "probable" if verdict == "shown" else verdict
