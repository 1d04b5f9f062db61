"""Met, not met, cannot say: by truth table, by bounds, by quality and by rules."""

from dataclasses import replace

import pytest

from spreadscan.judgement.protocol import decide
from spreadscan.read.protocol import read_protocol, shipped_protocols
from tests.evidence_cases import ALL, NONE, everywhere, make_evidence, sacral

KIMURA = read_protocol("kimura-2020")
MIYAKOSHI = read_protocol("miyakoshi-2007", (("L5", "left"),))
BLOCK = read_protocol("mbb-diagnostic", (("L4", "left"), ("L5", "left")))
SACRAL = read_protocol("l5-dorsal-ramus", (("S1", "left"),))
BRANCHES = ("medial", "intermediate", "lateral")


def outcome(protocol, evidence):
    found = decide(protocol, (), evidence).outcome
    assert found is not None
    return found


def kimura(**changes):
    """Reached at all four junctions, but for the changes."""
    return {**everywhere("L4 common", "L5 common"), **changes}


def test_no_protocol_no_outcome():
    assert decide(None, (), make_evidence()).outcome is None


@pytest.mark.parametrize(
    ("drawn", "answer"),
    [(ALL, "met"), ((1, 1, 1, 0), "cannot say"), ((1, 0, 0, 0), "cannot say"), (NONE, "not met")],
)
def test_the_borders_of_the_answer(drawn, answer):
    found = outcome(KIMURA, make_evidence(kimura(**{"L4 right common": drawn})))
    assert found.answer == answer
    assert found.probability == sum(drawn) / 4


def test_a_protocol_may_set_its_own_borders():
    evidence = make_evidence(kimura(**{"L4 right common": (1, 1, 1, 0)}))
    assert outcome(replace(KIMURA, met_from=0.75), evidence).answer == "met"
    assert outcome(replace(KIMURA, met_from=0.9, not_met_to=0.75), evidence).answer == "not met"


@pytest.mark.parametrize("site", ["L4 left", "L4 right", "L5 left", "L5 right"])
def test_kimura_needs_all_four_junctions_and_takes_the_common_zone_or_the_medial_branch(site):
    assert outcome(KIMURA, make_evidence(kimura(**{f"{site} common": NONE}))).answer == "not met"
    instead = kimura(**{f"{site} common": NONE, f"{site} medial": ALL})
    assert outcome(KIMURA, make_evidence(instead)).answer == "met"
    lateral = kimura(**{f"{site} common": NONE, f"{site} lateral": ALL, f"{site} intermediate": ALL})
    assert outcome(KIMURA, make_evidence(lateral)).answer == "not met"


def test_the_criterion_is_counted_in_the_same_draws():
    """Each junction is reached in three of four draws, all four together in none."""
    drawn = [(0, 1, 1, 1), (1, 0, 1, 1), (1, 1, 0, 1), (1, 1, 1, 0)]
    places = ("L4 left common", "L4 right common", "L5 left common", "L5 right common")
    assert outcome(KIMURA, make_evidence(dict(zip(places, drawn, strict=True)))).probability == 0


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"L4 left common": None}, "cannot say"),
        ({"L4 left common": None, "L4 left medial": ALL}, "met"),
        ({"L4 left common": None, "L5 right common": NONE}, "not met"),
        ({"L4 left common": None, "L5 right common": (1, 0, 0, 0)}, "cannot say"),
    ],
)
def test_a_part_not_assessed_decides_nothing_that_others_have_not_decided(changes, answer):
    found = outcome(KIMURA, make_evidence(kimura(**changes)))
    assert found.answer == answer
    if answer == "cannot say":
        assert "L4 left (L3 nerve): outside the X-ray field." in found.reasons


def test_miyakoshi_asks_for_every_branch_of_the_l3_and_l4_nerves_on_the_injected_side():
    every = {f"{bone} left {branch}": ALL for bone in ("L4", "L5") for branch in BRANCHES}
    assert outcome(MIYAKOSHI, make_evidence(every)).answer == "met"
    nerves = {n for part in outcome(MIYAKOSHI, make_evidence(every)).criteria[0].parts for n in part.nerves}
    assert nerves == {"L3", "L4"}
    for place in every:
        assert outcome(MIYAKOSHI, make_evidence({**every, place: NONE})).answer == "not met"


def test_without_the_injected_side_miyakoshi_cannot_be_answered():
    found = outcome(read_protocol("miyakoshi-2007"), make_evidence(everywhere("L4 medial")))
    assert found.answer == "cannot say"
    assert found.reasons[-1] == "Which junctions were injected is not said: pass --injected."


def test_a_diagnostic_block_must_reach_its_targets_and_spare_the_others():
    targets = {"L4 left common": ALL, "L5 left medial": ALL}
    assert outcome(BLOCK, make_evidence(targets)).answer == "met"
    assert outcome(BLOCK, make_evidence({**targets, "L5 left medial": NONE})).answer == "not met"
    for place in ("L3 left common", "L3 right medial", "L4 right common", "L5 right medial"):
        assert outcome(BLOCK, make_evidence({**targets, place: ALL})).answer == "not met"
    # a lateral branch of a neighbour is no medial branch of it
    assert outcome(BLOCK, make_evidence({**targets, "L3 left lateral": ALL})).answer == "met"


def test_spread_to_the_other_branches_of_a_target_is_reported_and_decides_nothing():
    targets = {"L4 left common": ALL, "L5 left medial": ALL, "L4 left lateral": ALL}
    found = outcome(BLOCK, make_evidence(targets))
    assert found.answer == "met"
    specific = found.criteria[2]
    assert (specific.criterion.required, specific.probability) == (False, 0)


def test_sparing_is_unknown_where_a_neighbour_was_not_assessed():
    targets = {"L4 left common": ALL, "L5 left medial": ALL, "L3 left common": None}
    assert outcome(BLOCK, make_evidence(targets)).answer == "cannot say"


@pytest.mark.parametrize(("drawn", "answer"), [(ALL, "met"), (NONE, "not met"), (None, "cannot say")])
def test_the_l5_ramus_needs_its_zone(drawn, answer):
    assert outcome(SACRAL, make_evidence(zones=(sacral(drawn),))).answer == answer


def test_without_an_s1_junction_nothing_is_said_of_the_l5_ramus():
    found = outcome(SACRAL, make_evidence())
    assert found.answer == "cannot say"
    assert "S1 left (L5 nerve): the junction is not known." in found.reasons


@pytest.mark.parametrize("reached", [kimura(), {}])
def test_a_required_quality_that_is_not_fulfilled_answers_nothing(reached):
    found = outcome(KIMURA, make_evidence(reached, flags=("level-uncertain",)))
    assert found.answer == "cannot say"
    assert found.reasons[0].startswith("Required and not fulfilled: level known")


def test_a_quality_that_is_only_reported_answers_as_before():
    found = outcome(KIMURA, make_evidence({}, flags=("view-rotated",)))
    assert found.answer == "not met"
    assert {q.name: q.state for q in found.quality}["true AP"] == "not fulfilled"


def test_what_cannot_be_shown_cannot_be_met():
    found = outcome(KIMURA, make_evidence(kimura(), flags=("view-rotated",)))
    assert found.answer == "cannot say"
    assert "view turned" in found.rules


@pytest.mark.parametrize(
    ("flags", "angle_deg", "name", "state"),
    [
        ((), 0.0, "true AP", "fulfilled"), ((), None, "true AP", "unknown"),
        (("view-rotated",), 7.0, "true AP", "not fulfilled"),
        ((), 0.0, "scout and contrast image", "fulfilled"),
        (("no-baseline",), 0.0, "scout and contrast image", "not fulfilled"),
        ((), 0.0, "regions in the field", "fulfilled"),
        ((), 0.0, "side known", "fulfilled"), (("side-unknown",), 0.0, "side known", "not fulfilled"),
        (("transitional-vertebra",), 0.0, "level known", "not fulfilled"),
    ],
)  # fmt: skip
def test_image_quality(flags, angle_deg, name, state):
    found = outcome(KIMURA, make_evidence(kimura(), flags=flags, angle_deg=angle_deg))
    assert {q.name: q.state for q in found.quality}[name] == state


def test_the_field_is_judged_by_the_regions_asked_for():
    code = "region-outside-field"
    for place, state in (("L4 left common", "not fulfilled"), ("L3 left common", "fulfilled")):
        evidence = make_evidence(kimura(), flags=(code,), row_flags={place: (code,)})
        assert {q.name: q.state for q in outcome(KIMURA, evidence).quality}["regions in the field"] == state


def test_both_sides_can_be_answered_where_nothing_tells_them_apart():
    sides = ("image left", "image right")
    reached = {f"{bone} {side} common": ALL for bone in ("L4", "L5") for side in sides}
    found = outcome(KIMURA, make_evidence(reached, sides=sides, flags=("side-unknown",)))
    assert found.answer == "met"
    assert outcome(MIYAKOSHI, make_evidence(reached, sides=sides)).answer == "cannot say"


@pytest.mark.parametrize("name", shipped_protocols())
def test_every_answer_says_that_one_projection_proves_nothing(name):
    assert "one projection" in outcome(read_protocol(name), make_evidence(kimura())).rules


@pytest.mark.parametrize("name", shipped_protocols())
def test_more_contrast_never_turns_a_reach_into_less(name):
    """Where nothing must be spared, reaching one more region never lowers the probability."""
    protocol = read_protocol(name, (("L5", "left"), ("L5", "right")))
    asked = replace(protocol, criteria=tuple(c for c in protocol.criteria if c.expect == "reached"))
    less = make_evidence({"L4 left common": (1, 0, 1, 0)}, zones=(sacral(NONE),))
    more = make_evidence({"L4 left common": (1, 1, 1, 0), **everywhere("L5 medial")}, zones=(sacral(ALL),))
    assert outcome(asked, more).low >= outcome(asked, less).low
