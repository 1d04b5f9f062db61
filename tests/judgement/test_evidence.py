"""Events of which a part is unknown, by truth table, and what is gathered from a study."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from spreadscan.judgement.evidence import Event, short_processes
from spreadscan.judgement.rules import ALWAYS, NO_ANGLES, NOT_CHECKED, NOT_MARKED, TURN_MEASURED
from spreadscan.values import View
from tests.evidence_cases import ALL, NONE, REGIONS_PLACED, make_evidence, sacral, with_tips
from tests.reports import make_landmarks, make_mask

FALSE, UNKNOWN, TRUE = (0, 0), (0, 1), (1, 1)


def event(state):
    low, high = state
    return Event(np.array([low], bool), np.array([high], bool))


def state(one):
    return int(one.low[0]), int(one.high[0])


@pytest.mark.parametrize(
    ("one", "other", "both", "either"),
    [
        (FALSE, FALSE, FALSE, FALSE), (FALSE, TRUE, FALSE, TRUE), (TRUE, TRUE, TRUE, TRUE),
        (FALSE, UNKNOWN, FALSE, UNKNOWN), (TRUE, UNKNOWN, UNKNOWN, TRUE),
        (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    ],
)  # fmt: skip
def test_and_and_or_of_what_is_partly_unknown(one, other, both, either):
    for a, b in ((one, other), (other, one)):
        assert state(event(a) & event(b)) == both
        assert state(event(a) | event(b)) == either


@pytest.mark.parametrize(("one", "inverse"), [(FALSE, TRUE), (TRUE, FALSE), (UNKNOWN, UNKNOWN)])
def test_not(one, inverse):
    assert state(~event(one)) == inverse


def test_the_laws_of_de_morgan_hold_also_for_unknowns():
    for a, b in product((FALSE, UNKNOWN, TRUE), repeat=2):
        assert state(~(event(a) & event(b))) == state(~event(a) | ~event(b))
        assert state(~(event(a) | event(b))) == state(~event(a) & ~event(b))


def test_all_and_any_of_nothing():
    evidence = make_evidence()
    assert evidence.bounds(evidence.all_of([])) == (1, 1)
    assert evidence.bounds(evidence.any_of([])) == (0, 0)


def test_probabilities_are_shares_of_draws_and_unknown_spans_all():
    evidence = make_evidence({"L4 left common": (1, 1, 0, 1), "L4 left medial": None})
    assert evidence.bounds(evidence.event(("L4", "left", "common"))) == (0.75, 0.75)
    assert evidence.bounds(evidence.event(("L4", "left", "medial"))) == (0, 1)
    assert evidence.bounds(evidence.event(("S1", "left", "ramus"))) == (0, 1)


def test_flags_of_regions_are_tags_of_those_regions_only():
    flags = ("region-under-metal", "view-rotated")
    evidence = make_evidence(flags=flags, row_flags={"L3 right lateral": ("region-under-metal",)})
    assert "region-under-metal" in evidence.tags_of([("L3", "right", "lateral")])
    assert "region-under-metal" not in evidence.tags_of([("L3", "right", "medial")])
    assert {"view-rotated", ALWAYS} <= evidence.tags_of([("L3", "right", "medial")])


def test_facts_become_tags():
    assert NO_ANGLES in make_evidence(angle_deg=None).study_tags
    assert NO_ANGLES not in make_evidence().study_tags
    told, untold = View(0.9, 0.5, 0.99, True, 3.0, 2.0), View(0.9, 0.5, 0.99, True)
    assert TURN_MEASURED in make_evidence(seen=told).study_tags
    assert TURN_MEASURED not in make_evidence(seen=untold).study_tags | make_evidence().study_tags
    detected = make_landmarks(REGIONS_PLACED.junctions)
    assert NOT_CHECKED in make_evidence(landmarks=replace(detected, origin="detected")).study_tags
    assert NOT_MARKED in make_evidence(landmarks=replace(detected, points=())).tags[("L4", "left", "medial")]
    assert NOT_MARKED in make_evidence().tags_of([("S1", "left", "ramus")])
    assert NOT_MARKED not in make_evidence(zones=(sacral(ALL),)).tags_of([("S1", "left", "ramus")])


@pytest.mark.parametrize("code", ["view-oblique", "cannot-judge", "no-change-in-run"])
def test_a_rule_that_forbids_it_leaves_nothing_assessed(code):
    evidence = make_evidence({"L4 left common": ALL}, flags=(code,), zones=(sacral(ALL),))
    assert not evidence.events
    assert evidence.reasons["L4", "left", "common"]


def test_a_region_of_which_a_rule_forbids_it_is_unknown_and_the_others_are_not():
    row_flags = {"L4 left common": ("region-under-metal",)}
    evidence = make_evidence({"L4 left common": ALL}, row_flags=row_flags)
    assert evidence.reasons == {("L4", "left", "common"): "under metal"}
    assert ("L4", "left", "medial") in evidence.events


def test_what_a_person_drew_needs_no_scout():
    flags = ("no-baseline", "view-rotated")
    assert "no-baseline" in make_evidence(flags=flags).study_tags
    drawn = make_evidence(flags=flags, mask=replace(make_mask(), origin="given")).study_tags
    assert "no-baseline" not in drawn
    assert "view-rotated" in drawn


@pytest.mark.parametrize(("length_mm", "short"), [(11.5, 6), (12.5, 0)])
def test_short_processes_are_told_by_their_tips(length_mm, short):
    assert len(short_processes(with_tips(length_mm), REGIONS_PLACED)) == short


def test_without_tips_no_process_is_short():
    assert short_processes(make_landmarks(REGIONS_PLACED.junctions), REGIONS_PLACED) == frozenset()


def test_a_zone_that_was_not_assessed_is_unknown():
    evidence = make_evidence(zones=(sacral(None),))
    assert evidence.bounds(evidence.event(("S1", "left", "ramus"))) == (0, 1)
    assert evidence.reasons["S1", "left", "ramus"] == "under metal"
    assert make_evidence(zones=(sacral(NONE),)).bounds(
        make_evidence(zones=(sacral(NONE),)).event(("S1", "left", "ramus"))
    ) == (0, 0)
