"""The table of rules: complete, sourced, the same on its page, and all of it used."""

import re
from pathlib import Path

import pytest

from benchmarks.sheets.rule_table import TITLES, rule_table
from spreadscan.anatomy import REGIONS
from spreadscan.flags import FLAGS
from spreadscan.judgement.rules import (
    ALWAYS,
    DRAWN,
    NO_ANGLES,
    NOT_CHECKED,
    NOT_MARKED,
    OF_DETECTION,
    QUALITIES,
    RULES,
    SHORT_PROCESS,
    TURN_MEASURED,
    holding,
    in_words,
    levels_above,
    rule,
)  # fmt: skip
from spreadscan.settings import Settings, settings_from_toml

ROOT = Path(__file__).parents[2]
FACTS = {ALWAYS, DRAWN, NO_ANGLES, NOT_CHECKED, NOT_MARKED, SHORT_PROCESS, TURN_MEASURED}
BY_TAGS = ("not assessed", "at most probable", "merge", "lift", "caveat", "quality")


def test_the_page_holds_the_table_as_it_is():
    page = (ROOT / "docs" / "verdicts.md").read_text(encoding="utf-8")
    assert page.endswith(rule_table())


def test_every_effect_has_its_part_of_the_page():
    assert {one.effect for one in RULES} == set(TITLES)


def test_a_rule_says_something_and_has_a_source():
    assert [one.name for one in RULES if not one.says or not one.source] == []
    assert [one.name for one in RULES if "|" in one.name + one.says + one.source] == []


def test_names_are_unique_but_for_the_states_of_quality():
    names = [(one.name, one.effect) for one in RULES if one.effect != "quality"]
    assert len(set(names)) == len(names)


def test_conditions_name_flags_of_the_registry_facts_or_regions():
    for one in RULES:
        named = {name for group in one.when for name in group}
        if one.effect in BY_TAGS:
            assert named <= FACTS | set(FLAGS), one.name
            assert named, one.name
    assert set(OF_DETECTION) <= set(FLAGS)


def test_junction_rules_count_regions():
    for about in ("common zone", "medial branch", "ramus", "junction", "level"):
        assert {name for group in rule(about, "count").when for name in group} <= set(REGIONS)


def test_an_unknown_tag_changes_nothing():
    tags = {"some-code-of-the-future", "another fact"}
    assert all(holding(tags, effect) == () for effect in BY_TAGS)


def test_every_quality_ends_with_what_always_holds():
    for name in QUALITIES:
        states = [one for one in RULES if (one.name, one.effect) == (name, "quality")]
        assert states[-1].when == ((ALWAYS,),)
        assert states[-1].state == "fulfilled"


@pytest.mark.parametrize(
    ("verdict", "probabilities"),
    [
        ("not shown", (0, 0.1, 0.1999)),
        ("indeterminate", (0.2, 0.4999)),
        ("probable", (0.5, 0.7999)),
        ("shown", (0.8, 1)),
    ],
)
def test_a_probability_in_words(verdict, probabilities):
    assert {in_words(probability) for probability in probabilities} == {verdict}


def test_a_conjunction_needs_all_of_its_names():
    assert rule("ramus", "count").when == (("common",), ("medial", "intermediate", "lateral"))


def test_a_rule_that_is_not_there():
    with pytest.raises(KeyError):
        rule("ramus", "caveat")


def test_levels_above():
    assert levels_above("L5") == ("L4", "L3", "L2", "L1")
    assert levels_above("L1") == ()


def test_every_counting_rule_is_used():
    code = "".join(
        (ROOT / "spreadscan" / "judgement" / name).read_text(encoding="utf-8")
        for name in ("statements.py", "protocol.py")
    )
    for one in RULES:
        if one.effect == "count":
            assert re.search(rf'"{re.escape(one.name)}"', code), one.name


SAID_BY_DEFAULT = {
    ("medial branch", "count"): "at least 5 reference mm",
    ("L5 ramus at S1", "count"): "at least 5 reference mm",
    ("common zone", "count"): "at least 50 %",
    ("outside the field", "not assessed"): "more than 20 %",
    ("view turned", "at most probable"): "Turned by 5 to 10 degrees or tilted by 12 to 20,",
    ("not a frontal view", "not assessed"): "more than 10 degrees or tilted by more than 20,",
    (SHORT_PROCESS, "merge"): "below 12 reference mm",
    ("shown", "word"): "at least 0.8.",
}


@pytest.mark.parametrize("named", SAID_BY_DEFAULT)
def test_rules_print_the_numbers_by_default(named):
    assert SAID_BY_DEFAULT[named] in rule(*named).said(Settings())


@pytest.mark.parametrize(
    ("toml", "named", "says"),
    [
        ("[cover]\nleast_exposed_mm = 7.5\n", ("medial branch", "count"), "at least 7.5 reference mm"),
        ("[cover]\nleast_exposed_share = 0.25\n", ("common zone", "count"), "at least 25 %"),
        ("[cover]\nleast_visible = 0.7\n", ("under metal", "not assessed"), "more than 30 %"),
        ("[orient]\nwarn_tilt_deg = 8\n", ("view turned", "at most probable"), "tilted by 8 to 20"),
    ],
)
def test_rules_print_the_settings_in_force(toml, named, says):
    assert says in rule(*named).said(settings_from_toml(toml))


def test_no_rule_copies_a_number_of_the_settings():
    """What a setting or a constant holds stands in a rule as a name in braces."""
    told = [one for one in RULES if re.search(r"\d", re.sub(r"L\d|S1|\{\w+\}", "", one.says))]
    assert [(one.name, one.says) for one in told if "90 % interval" not in one.says] == []
    assert not any(set("{}") & set(one.said(Settings())) for one in RULES)
