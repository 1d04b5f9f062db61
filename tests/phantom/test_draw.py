import dataclasses
import math
from collections import Counter

import msgspec
import numpy as np
import pytest

from spreadscan.phantom.draw import DISTRIBUTIONS, PATTERN_SHARES, draw_scenario
from spreadscan.phantom.scenario import Scenario


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_what_is_drawn_lies_within_the_ranges_of_a_scenario_file(name):
    for seed in range(60):
        scenario = draw_scenario(name, np.random.default_rng(seed))
        assert msgspec.convert(msgspec.to_builtins(scenario), Scenario) == scenario


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_the_same_seed_draws_the_same_case(name):
    one, two, other = (draw_scenario(name, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert one == two
    assert one != other


def test_shares_of_patterns_make_one():
    assert math.isclose(sum(PATTERN_SHARES.values()), 1)


def test_patterns_come_as_often_as_stated():
    drawn = Counter(
        injection.pattern
        for seed in range(1500)
        for injection in draw_scenario("clinical", np.random.default_rng(seed)).injections
        if injection.pattern != "none"
    )
    total = sum(drawn.values())
    for pattern, share in PATTERN_SHARES.items():
        assert drawn[pattern] / total == pytest.approx(share, abs=0.025)


def test_an_old_spine_is_degenerated_and_a_young_one_less():
    def findings(name):
        subjects = [draw_scenario(name, np.random.default_rng(seed)).subject for seed in range(200)]
        return np.mean([bool(s.disc_collapse) + (s.osteophytes_mm > 0) + bool(s.slip_mm) for s in subjects])

    assert findings("degenerated") > 1.5 * findings("clinical") > 0


def test_training_images_are_small_and_single():
    for seed in range(20):
        scenario = draw_scenario("training", np.random.default_rng(seed))
        assert (scenario.setup.rows, scenario.setup.columns, scenario.study.kind) == (256, 256, "spot")


def test_runs_and_captures_are_stored_as_such_systems_do():
    for seed in range(200):
        scenario = draw_scenario("clinical", np.random.default_rng(seed))
        if scenario.study.kind == "cine":
            assert scenario.file.sop_class in ("XA", "XRF", "SC-multiframe")
        if scenario.processing.chain == "display" and scenario.file.sop_class.startswith("SC"):
            assert scenario.processing.bits == 8
        assert dataclasses.is_dataclass(scenario)


def test_runs_go_on_after_the_last_injection_and_half_of_them_are_vascular():
    drawn = [draw_scenario("runs", np.random.default_rng(seed)) for seed in range(60)]
    vascular = [sum(one.pattern == "vascular" for one in scenario.injections) for scenario in drawn]
    assert set(vascular) == {0, 1}
    assert 20 <= sum(vascular) <= 40
    for scenario in drawn:
        end_s = max((one.start_s + one.duration_s for one in scenario.injections), default=0.0)
        study = scenario.study
        assert study.kind == "cine"
        assert (study.frames - study.before) / study.frames_per_s >= end_s + 3
