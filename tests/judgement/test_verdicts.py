"""What a person reads keeps to the rules of wording; what programs read keeps the probability in words."""

from dataclasses import replace

import pytest

from spreadscan.judgement.rules import RULES
from spreadscan.judgement.statements import judge
from spreadscan.judgement.verdicts import as_worded, why_not_shown
from spreadscan.values import Judgement
from spreadscan.write.record import to_record
from spreadscan.write.words.content import content
from spreadscan.write.words.statement import finding_in_words
from spreadscan.write.words.text import summary
from tests.evidence_cases import everywhere, make_evidence
from tests.reports import make_report

KEEPING = [rule for rule in RULES if rule.effect == "at most probable"]


def report_with(*flags):
    evidence = make_evidence(everywhere("L4 common", "L5 common"), flags=flags)
    return replace(make_report(), judgement=Judgement(judge(evidence)))


@pytest.mark.parametrize("rule", KEEPING, ids=[rule.name for rule in KEEPING])
def test_nothing_is_shown_where_a_rule_forbids_it(rule):
    report = report_with(*rule.when[0])
    told = as_worded(report)
    verdicts = {row.verdict for row in (*told.coverage.regions, *told.coverage.joints)}
    assert "shown" in {row.verdict for row in report.coverage.regions}
    assert "shown" not in verdicts
    assert why_not_shown(report) == (rule.said(report.settings),)
    assert not any("Contrast is shown" in sentence for sentence in finding_in_words(told))
    assert rule.said(report.settings) in content(told).caution
    for before, after in zip(report.coverage.regions, told.coverage.regions, strict=True):
        assert vars(after) == {**vars(before), "verdict": after.verdict}
        assert after.verdict == ("probable" if before.verdict == "shown" else before.verdict)


def test_without_such_a_rule_the_report_is_what_it_was():
    report = report_with("near-limit")
    assert as_worded(report) is report
    assert why_not_shown(report) == ()


def test_programs_read_the_probability_in_words_all_the_same():
    report = report_with("no-baseline")
    assert "shown" in {row["verdict"] for row in to_record(report)["coverage"]}
    lines = summary(report).splitlines()
    assert not any(" shown " in f" {line} " and "not shown" not in line and "0.9" in line for line in lines)
