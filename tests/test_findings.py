"""The sheet of findings: which cases are drawn, and what is said under them."""

from dataclasses import replace

from benchmarks.accuracy.cases import Situation
from benchmarks.accuracy.scores import Score
from benchmarks.sheets.findings import caption, choose

RUN = Situation("cine", 1000.0, 240.0, ("target",), "linear", 1)
SCORE = Score("001", RUN, "", 100.0, 90.0, 5.0, 15.0, 0.9, 0.9, ())


def of_mode(mode, dices):
    about = replace(RUN, mode=mode)
    return [replace(SCORE, name=f"{mode}{n}", situation=about, dice=d) for n, d in enumerate(dices)]


def test_best_middle_and_worst_of_each_mode_are_drawn():
    scores = of_mode("spot", [0.5, 0.1, 0.9, 0.7, 0.3]) + of_mode("cine", [0.8, 0.95, 0.6])
    assert [s.name for s in choose(scores)] == ["cine1", "cine0", "cine2", "spot2", "spot0", "spot1"]


def test_failures_are_drawn_as_the_worst():
    scores = [*of_mode("pair", [0.5, 0.6]), replace(of_mode("pair", [0.0])[0], name="f", failure="no")]
    assert choose(scores)[-1].name == "f"


def test_the_largest_false_area_without_contrast_is_drawn():
    empty = [
        replace(SCORE, name=f"e{mm2}", true_mm2=0.0, dice=None, false_mm2=mm2) for mm2 in (1.0, 9.0, 3.0)
    ]
    assert [s.name for s in choose(empty)] == ["e9.0"]


def test_few_cases_are_drawn_once():
    assert [s.name for s in choose(of_mode("pair", [0.4]))] == ["pair0"]


def test_captions_tell_the_case():
    assert caption(SCORE) == "001: run, 240 mgI/mL, Dice 0.90, false 5 mm²"
    empty = replace(SCORE, situation=replace(RUN, iodine_mg_per_ml=0.0), dice=None, false_mm2=0.0)
    assert caption(empty) == "001: run, no contrast, false 0 mm²"
    assert caption(replace(SCORE, failure="no field")) == "001: run, could not be analysed"
