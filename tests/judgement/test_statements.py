"""What is said of several regions at once: truth tables first, then what changes the words."""

from dataclasses import replace

import pytest

from spreadscan.judgement.statements import judge
from tests.evidence_cases import ALL, NONE, everywhere, make_evidence, sacral, with_tips


def found(evidence, about, injected=(), **where):
    """The one statement of a kind at a place."""
    fits = [
        s
        for s in judge(evidence, injected)
        if s.about == about and all(getattr(s, name) == item for name, item in where.items())
    ]
    assert len(fits) == 1
    return fits[0]


def at_l4(**regions):
    return {f"L4 left {region}": ALL if reached else NONE for region, reached in regions.items()}


@pytest.mark.parametrize(
    ("regions", "ramus", "junction", "level"),
    [
        ({}, 0, 0, 0),
        ({"common": 1}, 1, 1, 1),
        ({"medial": 1}, 0, 1, 1),
        ({"intermediate": 1}, 0, 0, 1),
        ({"lateral": 1}, 0, 0, 1),
        ({"medial": 1, "intermediate": 1}, 0, 1, 1),
        ({"intermediate": 1, "lateral": 1}, 0, 0, 1),
        ({"medial": 1, "intermediate": 1, "lateral": 1}, 1, 1, 1),
        ({"common": 1, "medial": 1, "intermediate": 1, "lateral": 1}, 1, 1, 1),
    ],
)
def test_compounds_of_one_junction(regions, ramus, junction, level):
    evidence = make_evidence(at_l4(**regions))
    for about, expected in (("ramus", ramus), ("junction", junction), ("level", level)):
        assert found(evidence, about, level="L4", side="left").probability == expected
        assert found(evidence, about, level="L4", side="right").probability == 0


def test_compounds_are_counted_in_the_same_draws():
    """Half of the draws reach one branch and half the other: all three are never reached together."""
    half = {"L4 left medial": (1, 1, 0, 0), "L4 left intermediate": (0, 0, 1, 1), "L4 left lateral": ALL}
    assert found(make_evidence(half), "ramus", level="L4", side="left").probability == 0
    both = {"L4 left common": (1, 1, 0, 0), "L5 left medial": (1, 1, 0, 0)}
    assert found(make_evidence(both), "joint", joint="L4/5", side="left").probability == 0.5
    apart = {"L4 left common": (1, 1, 0, 0), "L5 left medial": (0, 0, 1, 1)}
    assert found(make_evidence(apart), "joint", joint="L4/5", side="left").probability == 0


def test_statements_name_bone_and_nerve():
    statements = judge(make_evidence(zones=(sacral(ALL),)), (("L5", "left"),))
    assert all(len(s.bones) == len(s.nerves) >= 1 for s in statements)
    assert found(make_evidence(), "ramus", level="L4", side="left").nerves == ("L3",)
    joint = found(make_evidence(), "joint", joint="L4/5", side="right")
    assert (joint.bones, joint.nerves) == (("L4", "L5"), ("L3", "L4"))


@pytest.mark.parametrize(
    ("common", "medial", "verdict", "probability"),
    [
        (ALL, None, "shown", 1), (NONE, None, "not assessed", None), (None, NONE, "not assessed", None),
        (None, ALL, "shown", 1), (None, None, "not assessed", None),
        ((1, 1, 1, 0), None, "not assessed", None),
    ],
)  # fmt: skip
def test_a_part_that_was_not_assessed_counts_only_where_it_could_change_the_verdict(
    common, medial, verdict, probability
):
    evidence = make_evidence({"L4 left common": common, "L4 left medial": medial})
    said = found(evidence, "junction", level="L4", side="left")
    assert (said.verdict, said.probability) == (verdict, probability)
    assert bool(said.reason) == (verdict == "not assessed")


def test_the_reason_is_that_of_the_unknown_part():
    evidence = make_evidence({"L4 left medial": None})
    assert found(evidence, "medial branch", level="L4", side="left").reason == "outside the X-ray field"


@pytest.mark.parametrize(
    ("reached", "symmetric"),
    [
        (everywhere("L4 common", "L5 medial"), 1),
        ({}, 0),
        ({"L4 left common": ALL}, 0),
        ({"L4 left common": ALL, "L4 right medial": ALL}, 1),
        ({"L4 left common": ALL, "L5 right common": ALL}, 0),
    ],
)
def test_symmetry_is_the_same_levels_on_both_sides(reached, symmetric):
    assert found(make_evidence(reached), "symmetry").probability == symmetric


def test_the_difference_counts_regions_left_less_right_assessed_on_both():
    reached = {"L4 left common": ALL, "L4 left medial": ALL, "L5 right lateral": ALL}
    assert found(make_evidence(reached), "symmetry").difference == (1, 1, 1)
    reached["L4 right medial"] = None
    assert found(make_evidence(reached), "symmetry").difference == (0, 0, 0)


def test_mirroring_turns_the_difference_round_and_leaves_symmetry():
    reached = {"L3 left common": (1, 0, 1, 1), "L4 left medial": ALL, "L4 right lateral": (0, 0, 1, 1)}
    other = {
        place.replace("left", "?").replace("right", "left").replace("?", "right"): drawn
        for place, drawn in reached.items()
    }
    one, mirrored = (found(make_evidence(r), "symmetry") for r in (reached, other))
    assert one.probability == mirrored.probability
    assert one.difference == pytest.approx(tuple(-n for n in mirrored.difference[::-1]))


@pytest.mark.parametrize(
    ("reached", "to_l4", "to_l3"),
    [
        ({}, 0, 0), ({"L5 left common": ALL}, 0, 0), ({"L4 left common": ALL}, 1, 0),
        ({"L3 left medial": ALL}, 1, 1), ({"L4 right common": ALL}, 0, 0),
        ({"L4 left lateral": ALL}, 0, 0),
    ],
)  # fmt: skip
def test_cranial_reach_from_the_injected_bone(reached, to_l4, to_l3):
    evidence, injected = make_evidence(reached), (("L5", "left"),)
    assert found(evidence, "cranial reach", injected, level="L4").probability == to_l4
    assert found(evidence, "cranial reach", injected, level="L3").probability == to_l3


def test_no_injected_junction_no_reach():
    assert not [s for s in judge(make_evidence()) if s.about == "cranial reach"]
    assert not [s for s in judge(make_evidence(), (("L3", "left"),)) if s.about == "cranial reach"]


def test_a_reach_up_is_never_surer_farther_up():
    drawn = {"L4 left common": (1, 1, 0, 0), "L3 left medial": (0, 1, 1, 0)}
    evidence, injected = make_evidence(drawn), (("L5", "left"),)
    low, high = (found(evidence, "cranial reach", injected, level=b).probability for b in ("L3", "L4"))
    assert (low, high) == (0.5, 0.75)


def test_a_short_process_merges_intermediate_and_lateral():
    short = make_evidence({"L4 left lateral": ALL}, landmarks=with_tips(10))
    names = {s.about for s in judge(short) if s.level == "L4"}
    assert "intermediate or lateral branch" in names
    assert not names & {"intermediate branch", "lateral branch"}
    merged = found(short, "intermediate or lateral branch", level="L4", side="left")
    assert merged.probability == 1
    assert "short transverse process" in merged.rules
    usual = {s.about for s in judge(make_evidence(landmarks=with_tips(18)))}
    assert "intermediate or lateral branch" not in usual


@pytest.mark.parametrize("code", ["view-rotated", "no-baseline", "level-uncertain", "transitional-vertebra"])
def test_some_flags_keep_statements_from_being_shown(code):
    everything = everywhere(*(f"{b} {r}" for b in ("L4", "L5") for r in ("common", "medial")))
    statements = judge(make_evidence(everything, flags=(code,)))
    assert not [s for s in statements if s.verdict == "shown"]
    assert (
        found(make_evidence(everything, flags=(code,)), "joint", joint="L4/5", side="left").verdict
        == "probable"
    )


def test_other_flags_and_unknown_codes_leave_verdicts_alone():
    reached = everywhere("L4 common")
    plain = [s.verdict for s in judge(make_evidence(reached))]
    codes = ("uncalibrated", "lossy-compressed", "a-code-of-the-future", "near-limit")
    assert [s.verdict for s in judge(make_evidence(reached, flags=codes))] == plain


def test_every_statement_says_that_one_projection_proves_nothing():
    assert all("one projection" in s.rules for s in judge(make_evidence(everywhere("L4 common"))))


def test_s1_is_said_of_only_where_it_was_looked_at():
    assert not [s for s in judge(make_evidence()) if s.level == "S1"]
    said = found(make_evidence(zones=(sacral((1, 1, 1, 0)),)), "L5 ramus at S1", side="left")
    assert (said.probability, said.verdict, said.nerves) == (0.75, "probable", ("L5",))
    assert found(make_evidence(zones=(sacral(None),)), "L5 ramus at S1").reason == "under metal"


def test_sides_of_the_image_are_sides_too():
    evidence = make_evidence({"L4 image left common": ALL}, sides=("image left", "image right"))
    assert found(evidence, "ramus", level="L4", side="image left").probability == 1


def test_a_coverage_without_draws_says_nothing():
    evidence = make_evidence()
    bare = replace(
        evidence, coverage=replace(evidence.coverage, reached=evidence.coverage.reached[:0, :0]), events={}
    )
    assert {s.verdict for s in judge(bare)} == {"not assessed"}
