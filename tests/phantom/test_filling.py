import math
from dataclasses import replace

import pytest

from spreadscan.phantom.filling import WASHOUT_S, fillings
from spreadscan.phantom.scenario import Injection, Scenario, Study

ONE = Injection("L4", "left", start_s=0, duration_s=2)
TWO = Injection("L5", "left", start_s=1, duration_s=2)


def test_a_spot_is_taken_when_all_is_injected():
    ((first, second),) = fillings(Scenario(injections=(ONE, TWO)))
    assert (first.fraction, second.fraction) == (1, 1)
    assert first.wash == pytest.approx(math.exp(-1.3 / WASHOUT_S))
    assert second.wash == pytest.approx(math.exp(-0.3 / WASHOUT_S))


def test_a_run_fills_at_an_even_rate_after_its_baseline():
    study = Study("cine", frames=8, before=2, frames_per_s=2)
    run = fillings(Scenario(study=study, injections=(ONE, TWO)))
    assert [first.fraction for first, _ in run] == [0, 0, 0.25, 0.5, 0.75, 1, 1, 1]
    assert [second.fraction for _, second in run] == [0, 0, 0, 0, 0.25, 0.5, 0.75, 1]
    assert [first.wash for first, _ in run][:6] == [1] * 6
    assert run[6][0].wash == pytest.approx(math.exp(-0.5))


def test_without_injections_there_is_nothing_to_fill():
    assert fillings(Scenario()) == ((),)
    assert len(fillings(replace(Scenario(), study=Study("cine", frames=5, before=1)))) == 5
