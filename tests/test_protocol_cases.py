"""The benchmark of protocols: its own reading of criteria agrees with the program's, and its table counts."""

from itertools import product

import numpy as np
import pytest

from benchmarks.accuracy.protocol_cases import JUDGED, Verdict, holds, recipes, table
from spreadscan.anatomy import ASSESSED_LEVELS, REGIONS
from spreadscan.judgement.protocol import decide
from spreadscan.read.protocol import read_protocol, shipped_protocols
from tests.evidence_cases import make_evidence, sacral


def test_every_shipped_protocol_is_judged_on_its_own_pool():
    assert {name for name, _, _ in JUDGED} == set(shipped_protocols())
    assert {pool for _, pool, _ in JUDGED} == {recipe.pool for recipe in recipes()}


@pytest.mark.parametrize(("name", "injected"), [(name, c) for name, _, choices in JUDGED for c in choices])
def test_both_readings_of_a_protocol_agree_on_what_is_certain(name, injected):
    protocol = read_protocol(name, injected)
    rng = np.random.default_rng(3)
    places = [f"{b} {s} {r}" for b, s, r in product(ASSESSED_LEVELS, ("left", "right"), REGIONS)]
    seen = set()
    for share in (0.02, 0.1, 0.9, 1.0) * 5:
        truth = {place: bool(rng.random() < share) for place in places}
        truth |= {f"S1 {side} ramus": bool(rng.random() < 0.5) for side in ("left", "right")}
        if rng.random() < 0.5:  # targets reached, the others mostly not
            truth |= {f"{level} {side} common": True for level, side in injected if level != "S1"}
        reached = {place: (int(truth[place]),) * 4 for place in places}
        zones = tuple(sacral((int(truth[f"S1 {side} ramus"]),) * 4, side) for side in ("left", "right"))
        outcome = decide(protocol, (), make_evidence(reached, zones=zones)).outcome
        expected = all(holds(one, protocol, truth) for one in protocol.criteria if one.required)
        seen.add(expected)
        assert outcome is not None
        assert outcome.answer == ("met" if expected else "not met")
    assert seen == {True, False}


def test_the_table_counts():
    verdicts = [
        Verdict("kimura-2020", "001", "met", (1, 1), True, False),
        Verdict("kimura-2020", "002", "cannot say", (0.5, 0.5), True, True),
        Verdict("kimura-2020", "003", "met", (1, 1), False, False),
    ]
    lines = table(verdicts).splitlines()
    assert lines[2] == "| `kimura-2020` | met | 2 | 1 | 0 | 1 | 1 |"
    assert lines[3] == "| `kimura-2020` | not met | 1 | 0 | 1 | 0 | 0 |"
