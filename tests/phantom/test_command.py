"""``spreadscan simulate`` as a user meets it."""

import json

import pytest

from spreadscan.cli.options import DistributionName
from spreadscan.phantom.draw import DISTRIBUTIONS
from spreadscan.phantom.scenario_file import ready_scenarios

TINY = "[setup]\nrows = 96\ncolumns = 96\n[[injections]]\nlevel = 'L4'\nside = 'left'\n"


@pytest.fixture
def scenario(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(TINY, encoding="utf-8")
    return path


def test_a_scenario_becomes_cases(say, scenario, tmp_path):
    out = tmp_path / "out"
    said = say("simulate", scenario, "--cases", 2, "--seed", 9, "--fast", "-o", out, "--jobs", 1)
    assert said.status == 0
    assert "2 cases in" in said.out
    for name in ("001", "002"):
        truth = json.loads((out / name / "truth.json").read_text(encoding="utf-8"))
        assert truth["subject"] == "mine"
        assert truth["rows"] == 96
    again = say("simulate", scenario, "--cases", 2, "--seed", 9, "--fast", "-o", out, "--jobs", 1)
    assert "2 of them there before" in again.out


def test_without_a_scenario_one_is_drawn_into_the_working_directory(say, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert say("simulate", "--draw", "training", "--fast", "--jobs", 1, "-q") == (0, "", "")
    assert (tmp_path / "simulated" / "001" / "truth.npz").is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["simulated"]


def test_ready_scenarios_are_listed(say):
    assert say("simulate", "--list").out.split() == list(ready_scenarios())


def test_the_command_offers_every_distribution():
    assert {name.value for name in DistributionName} == set(DISTRIBUTIONS)


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["nosuch"], 3, "neither a ready scenario"),
        (["kimura-bilateral-l5-5m"], 3, "did you mean kimura-bilateral-l5-5ml"),
        (["--cases", "0"], 2, "--cases"),
        (["--draw", "nosuch"], 2, "--draw"),
        (["--seed", "-1"], 2, "--seed"),
        (["nothing", "--anatomy", "nosuch"], 3, "bones.npz"),
    ],
)
def test_what_cannot_be_done_is_said_and_leaves_nothing(say, tmp_path, monkeypatch, arguments, status, said):
    monkeypatch.chdir(tmp_path)
    result = say("simulate", *arguments, "--jobs", 1)
    assert result.status == status
    assert said in result.err
    assert list(tmp_path.iterdir()) == []


def test_a_scenario_that_no_file_can_hold_is_refused(say, scenario, tmp_path):
    scenario.write_text(TINY + "[file]\ntransfer_syntax = 'jpeg-baseline'\n", encoding="utf-8")
    said = say("simulate", scenario, "-o", tmp_path / "out", "--jobs", 1)
    assert said.status == 2
    assert "jpeg-baseline" in said.err
    assert not (tmp_path / "out").exists()


def test_results_of_something_else_are_kept(say, scenario, tmp_path):
    out = tmp_path / "out"
    (out / "001").mkdir(parents=True)
    (out / "001" / "thesis.txt").write_text("years of work", encoding="utf-8")
    said = say("simulate", scenario, "-o", out, "--jobs", 1)
    assert said.status == 2
    assert (out / "001" / "thesis.txt").read_text(encoding="utf-8") == "years of work"
