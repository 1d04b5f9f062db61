"""The one verdict: what stands on a row is what every statement and sentence says of it."""

from dataclasses import replace

import numpy as np
import pytest

from spreadscan.anatomy import ASSESSED_LEVELS, JOINTS, NERVE_AT, REGIONS
from spreadscan.judgement.rules import RULES, in_words, why_not_shown
from spreadscan.judgement.statements import judge
from spreadscan.judgement.verdicts import with_verdicts, worded
from spreadscan.values import JointCoverage, Judgement
from spreadscan.write.record import to_record
from spreadscan.write.words.content import content
from spreadscan.write.words.report import VERDICTS, findings
from spreadscan.write.words.statement import finding_in_words, reached
from tests.evidence_cases import everywhere, make_evidence
from tests.reports import make_report

KEEPING = [rule for rule in RULES if rule.effect == "at most probable"]


def judged(reached=None, flags=()):
    """A report whose rows carry the probability of four draws and the verdict on it."""
    evidence = make_evidence(reached, flags=flags)
    rows = tuple(
        row if row.probability is None else replace(row, probability=float(drawn.mean()))
        for row, drawn in zip(evidence.coverage.regions, evidence.coverage.reached, strict=True)
    )
    joints = tuple(
        JointCoverage(
            joint.name,
            side,
            NERVE_AT[joint.upper_level],
            NERVE_AT[joint.lower_level],
            None,
            "not assessed",
        )
        for joint in JOINTS
        for side in ("left", "right")
    )
    evidence = replace(evidence, coverage=replace(evidence.coverage, regions=rows, joints=joints))
    said = judge(evidence)
    coverage = with_verdicts(evidence, said)
    return replace(make_report(), coverage=coverage, judgement=Judgement(said))


@pytest.mark.parametrize("rule", KEEPING, ids=[rule.name for rule in KEEPING])
def test_nothing_is_shown_where_a_rule_forbids_it_and_the_row_names_the_rule(rule):
    plain, kept = (judged(everywhere("L4 common", "L5 common"), flags) for flags in ((), rule.when[0]))
    assert "shown" not in {row.verdict for row in (*kept.coverage.regions, *kept.coverage.joints)}
    assert why_not_shown(kept) == (rule.said(kept.settings),)
    assert why_not_shown(plain) == ()
    assert not any("Contrast is shown" in sentence for sentence in finding_in_words(kept))
    assert rule.said(kept.settings) in content(kept).caution
    both = zip(plain.coverage.regions, kept.coverage.regions, strict=True)
    both = [*both, *zip(plain.coverage.joints, kept.coverage.joints, strict=True)]
    assert "shown" in {before.verdict for before, _ in both}
    for before, after in both:
        capped = before.verdict == "shown"
        assert (before.verdict_rules, after.verdict_by_probability) == ((), before.verdict)
        assert (after.verdict, after.verdict_rules) == (
            ("probable", (rule.name,)) if capped else (before.verdict, ())
        )


def test_the_record_says_both_words_and_the_rule_between_them():
    record = to_record(judged(everywhere("L4 common", "L5 common"), ("no-baseline",)))
    row = next(row for row in record["coverage"] if (row["level"], row["region"]) == ("L4", "common"))
    assert (row["verdict"], row["verdict_by_probability"]) == ("probable", "shown")
    assert row["verdict_rules"] == ["single image"]


def test_a_joint_has_the_word_of_its_statement_where_the_part_not_assessed_changes_nothing():
    places = everywhere("L3 common", "L4 medial") | everywhere("L4 common", draws=None)
    joint = next(one for one in judged(places).coverage.joints if one.joint == "L3/4")
    assert (joint.verdict, joint.probability) == ("shown", 1.0)


@pytest.mark.parametrize(
    ("low", "high", "tags", "verdict"),
    [
        (0.8, 1.0, (), "shown"),
        (0.79, 0.81, (), "not assessed"),
        (0.8, 1.0, ("no-baseline",), "probable"),
        (0.6, 0.9, ("no-baseline",), "not assessed"),
        (0.3, 0.3, ("no-baseline",), "indeterminate"),
        (0.0, 0.1, ("view-rotated",), "not shown"),
    ],
)
def test_bounds_are_worded(low, high, tags, verdict):
    assert worded(low, high, tags).verdict == verdict


@pytest.mark.parametrize("seed", range(40))
def test_rows_statements_and_headline_never_disagree(seed):
    chance = np.random.default_rng(seed)
    draws = {
        f"{level} {side} {region}": None if chance.random() < 0.15 else tuple(chance.integers(0, 2, 4))
        for level in ASSESSED_LEVELS
        for side in ("left", "right")
        for region in REGIONS
    }
    codes = ("no-baseline", "view-rotated", "level-uncertain", "view-oblique", "near-limit", "cannot-judge")
    report = judged(draws, tuple(code for code in codes if chance.random() < 0.25))
    said = report.judgement.statements
    of_regions = {(s.level, s.side, s.region): s.verdict for s in said if s.region}
    assert of_regions == {(r.level, r.side, r.region): r.verdict for r in report.coverage.regions}
    of_joints = {(s.joint, s.side): (s.verdict, s.probability) for s in said if s.joint}
    assert of_joints == {(j.joint, j.side): (j.verdict, j.probability) for j in report.coverage.joints}
    for row in report.coverage.regions:
        assert (row.probability is None) == (row.verdict == "not assessed")
        assert row.probability is None or row.verdict_by_probability == in_words(row.probability)
    for junction in findings(report):
        words = [row.verdict for row in junction.rows if row.region in ("common", "medial")]
        assert reached(junction) == min(words, key=VERDICTS.index)
    shown = any("Contrast is shown" in sentence for sentence in finding_in_words(report))
    assert shown == any(
        row.verdict == "shown" and row.region in ("common", "medial") for row in report.coverage.regions
    )
