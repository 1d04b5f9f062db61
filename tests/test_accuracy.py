"""The accuracy benchmark: made scores with known figures, both formats of truth, one case end to end."""

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy.cases import Situation, find_cases, lay_out, read_case, situation
from benchmarks.accuracy.run import main
from benchmarks.accuracy.scores import Region, Score, dice, read_json, score_case, write_csv, write_json
from benchmarks.accuracy.tables import calibration_error, comparison, empty_cases, figures, report

SAMPLES = Path(__file__).parents[1] / "dicom_samples"
PAIR = SAMPLES / "pair_right_l3_l4"
ABOUT = Situation("cine", 1500.0, 240.0, ("facet", "target"), "display", 2)


def region(
    probability: float | None, exposed: bool, fraction: float | None = 0.5, true: float = 0.5
) -> Region:
    """A region with an interval of a tenth either way."""
    low, high = (None, None) if fraction is None else (fraction - 0.1, fraction + 0.1)
    return Region("L4 left medial", fraction, low, high, probability, true, exposed)


def score(name: str = "001", **changes: object) -> Score:
    """A score with a Dice of 0.9."""
    plain = Score(name, ABOUT, "", 100.0, 95.0, 7.0, 12.0, 0.9, 0.95, (region(0.9, True),))
    return replace(plain, **changes)  # type: ignore[arg-type]


def empty(name: str, false_mm2: float) -> Score:
    """A score of a case without contrast."""
    about = replace(ABOUT, patterns=(), iodine_mg_per_ml=0.0)
    return score(
        name, situation=about, true_mm2=0.0, false_mm2=false_mm2, missed_mm2=0.0, dice=None, dice_near=None
    )


def test_dice_of_made_masks() -> None:
    true = np.zeros((4, 4), bool)
    true[:2] = True
    found = np.zeros((4, 4), bool)
    found[1:3] = True
    assert dice(found, true) == 0.5
    assert dice(true, true) == 1.0
    assert dice(np.zeros_like(true), true) == 0.0
    assert dice(found, np.zeros_like(true)) is None


def test_a_failure_counts_as_nothing_found() -> None:
    failed = score("002", failure="no scale", dice=0.0, dice_near=0.0, regions=(region(None, True, None),))
    both = figures([score(), failed])
    assert both.failures == 1
    assert both.with_contrast == 2
    assert both.dice == pytest.approx(0.45)
    assert (both.regions, both.answered) == (2, 1)


def test_a_case_that_cannot_be_analysed_is_a_failure(tmp_path: Path) -> None:
    case = tmp_path / "001"
    shutil.copytree(PAIR, case)
    for file in case.glob("*.dcm"):
        file.write_bytes(b"not an image")
    failed = score_case(case)
    assert failed.failure
    assert failed.dice == 0.0
    assert failed.true_mm2 > 0
    assert failed.missed_mm2 == failed.true_mm2
    assert failed.regions
    assert all(region.probability is None for region in failed.regions)


def test_figures_of_made_regions() -> None:
    regions = (
        region(0.9, True),
        region(0.9, False, fraction=0.8),
        region(0.1, False, fraction=0.45),
        region(None, True, None),
    )
    made = figures([score(regions=regions)])
    assert made.agreement == pytest.approx(2 / 3)
    assert made.brier == pytest.approx((0.01 + 0.81 + 0.01) / 3)
    assert made.fraction_error == pytest.approx((0 + 0.3 + 0.05) / 3)
    assert made.inside == pytest.approx(2 / 3)
    # class 0.9 to 1: means 0.9 against 0.5, two of three; class 0.1 to 0.2: 0.1 against 0, one of three
    assert made.ece == pytest.approx((2 * 0.4 + 0.1) / 3)


def test_calibrated_probabilities_have_no_calibration_error() -> None:
    p = np.full(1000, 0.25)
    exposed = np.arange(1000) % 4 == 0
    assert calibration_error(p, exposed.astype(float)) == pytest.approx(0, abs=1e-9)
    assert calibration_error(np.ones(3), np.ones(3)) == 0.0


def test_nothing_to_take_figures_from_is_not_a_number() -> None:
    assert np.isnan(figures([]).dice)
    assert np.isnan(figures([empty("001", 0.0)]).dice)


def test_false_contrast_of_empty_cases_is_counted() -> None:
    lines = list(empty_cases([score(), empty("002", 4.9), empty("003", 12.0)]))
    assert lines == [
        "cine without contrast: 2 cases, 0 failed, largest false contrast 12.0 mm², above 5 mm²: 1"
    ]


def test_the_report_has_a_table_per_situation() -> None:
    other = replace(ABOUT, mode="pair", quanta_per_mm2=9000.0, patterns=("vascular",), pixels="linear")
    text = "\n".join(report([score(), score("002", situation=other), empty("003", 0.0)]))
    for row in ("1000 to 2000 ", "from 8000 ", "170 to 250 ", "facet ", "vascular ", "linear ", "pair "):
        assert f"\n{row}" in text, row
    assert text.index("1000 to 2000") < text.index("from 8000")


def test_what_changed_against_earlier_scores() -> None:
    before = [score("001"), score("002"), empty("003", 0.0), score("gone")]
    after = [score("001", dice=0.7), score("002", dice=0.904), empty("003", 6.0)]
    lines = list(comparison(before, after))
    assert lines[0] == "against earlier scores: 3 cases in both, 2 changed"
    assert "001 cine Dice 0.900" in lines[1]
    assert "Dice 0.700" in lines[1]
    assert "003" in lines[2]
    assert "no longer there: gone" in lines[3]


def test_scores_survive_their_file(tmp_path: Path) -> None:
    kept = [score("001", flags=("near-limit",)), empty("002", 1.0), score("003", failure="why")]
    write_json(kept, tmp_path / "scores.json")
    assert read_json(tmp_path / "scores.json") == kept


@pytest.mark.parametrize("text", ["[]", "{}", '{"schema": "spreadscan.accuracy", "schema_version": 99}'])
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "scores.json").write_text(text)
    with pytest.raises(ValueError, match=r"scores\.json"):
        read_json(tmp_path / "scores.json")


def test_unknown_is_an_empty_cell(tmp_path: Path) -> None:
    write_csv([score("001"), empty("002", 1.25)], tmp_path / "scores.csv")
    with (tmp_path / "scores.csv").open(newline="", encoding="utf-8") as file:
        first, second = csv.DictReader(file)
    assert (first["case"], first["dice"], first["patterns"]) == ("001", "0.9", "facet target")
    assert (second["dice"], second["false_mm2"]) == ("", "1.25")


def test_both_formats_of_truth_tell_their_situation() -> None:
    rest = {"needles": [{}], "detector_pitch_mm": 0.5, "SOD_iso_mm": 700.0, "SID_mm": 1000.0}
    sites = {"L4_L": {"type": "target", "ml": 0.5, "conc": 180.0}, "L4_R": {"type": "untreated"}}
    own = {"mode": "pair", "detector": {"quanta_per_mm2": 800.0}, "processing": {"chain": "logarithmic"}}
    other = {"mode": "pair", "quanta": 98.0, "disp": "log"}
    seen = [situation({**rest, "intended": sites, "config": config}) for config in (own, other)]
    assert seen[0] == Situation("pair", 800.0, 180.0, ("target",), "logarithmic", 1)
    assert seen[1] == Situation("pair", pytest.approx(800.0), 180.0, ("target",), "logarithmic", 1)


def test_needles_without_an_injection_are_no_pattern() -> None:
    truth = json.loads((SAMPLES / "no_contrast" / "truth.json").read_text(encoding="utf-8"))
    about = situation(truth)
    assert about.patterns == ()
    assert about.iodine_mg_per_ml == 0.0


def test_the_analysis_sees_no_truth(tmp_path: Path) -> None:
    study, request = lay_out(read_case(PAIR), tmp_path, with_landmarks=True)
    assert {file.suffix for file in study.iterdir()} == {".dcm"}
    assert request.landmarks is not None
    _, blind = lay_out(read_case(PAIR), _made(tmp_path / "blind"), with_landmarks=False)
    assert blind.landmarks is None


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_one_case_from_files_to_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept, rows = tmp_path / "scores.json", tmp_path / "scores.csv"
    options = [str(SAMPLES), "--jobs", "1", "--only", PAIR.name, "--json", str(kept), "--csv", str(rows)]
    assert main(options) == 0
    (found,) = read_json(kept)
    assert found.name == PAIR.name
    assert found.situation.mode == "pair"
    assert found.dice is not None
    assert 0.8 < found.dice <= 1
    # area found = common area + false; true area = common area + missed
    assert found.found_mm2 - found.false_mm2 == pytest.approx(found.true_mm2 - found.missed_mm2)
    assert f"{PAIR.name} pair Dice {found.dice:.3f}" in capsys.readouterr().out


def test_a_folder_without_cases_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert find_cases(tmp_path) == []
    assert main([str(tmp_path)]) == 2
    assert "no cases" in capsys.readouterr().err
