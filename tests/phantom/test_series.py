"""Many cases: complete or not at all, made once, the same whoever makes them."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from spreadscan.errors import CannotRead, CannotWrite, WrongUsage
from spreadscan.phantom import simulate as simulation
from spreadscan.phantom.chance import Ticket
from spreadscan.phantom.scenario import Injection, Scenario, Setup, Study
from spreadscan.phantom.series import Made, Order, make_case, make_cases

TINY = Scenario(
    name="tiny", setup=Setup(rows=96, columns=96), study=Study("spot"), injections=(Injection("L4", "left"),)
)


def order(case, scenario=TINY):
    return Order(Ticket(7, case, fast=True), scenario)


def pool():
    return ThreadPoolExecutor(1)


def files(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_cases_lie_in_folders_of_their_own(tmp_path):
    made = list(make_cases([order(1), order(2)], tmp_path, pool))
    assert sorted(made, key=lambda m: m.name) == [Made("001", True), Made("002", True)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["001", "002"]
    truth = json.loads((tmp_path / "002" / "truth.json").read_text(encoding="utf-8"))
    assert truth["case"] == 2
    assert truth["config"]["seed"] == 7


def test_what_is_there_is_not_made_again(tmp_path):
    list(make_cases([order(1)], tmp_path, pool))
    before = files(tmp_path)
    made = {m.name: m.new for m in make_cases([order(1), order(2)], tmp_path, pool)}
    assert made == {"001": False, "002": True}
    assert {name: data for name, data in files(tmp_path).items() if name.startswith("001")} == before


def test_a_case_does_not_depend_on_the_others(tmp_path):
    list(make_cases([order(1), order(2)], tmp_path / "both", pool))
    make_case(order(2), tmp_path / "one")
    both, one = files(tmp_path / "both"), files(tmp_path / "one")
    assert one == {name: data for name, data in both.items() if name.startswith("002")}


@pytest.mark.parametrize("change", ["scenario", "seed", "something else"])
def test_something_else_in_the_way_is_kept(tmp_path, change):
    list(make_cases([order(1)], tmp_path, pool))
    wanted = order(1)
    if change == "scenario":
        wanted = order(1, replace(TINY, study=Study("pair")))
    elif change == "seed":
        wanted = replace(wanted, ticket=Ticket(8, 1, fast=True))
    else:
        (tmp_path / "001" / "made_from.json").unlink()
    before = files(tmp_path)
    with pytest.raises(WrongUsage, match="something else"):
        list(make_cases([wanted], tmp_path, pool))
    assert files(tmp_path) == before


def test_nothing_half_written_is_left(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(simulation, "write_truth", fail)
    with pytest.raises(CannotWrite, match="No space left"):
        list(make_cases([order(1)], tmp_path / "out", pool))
    assert files(tmp_path) == {}
    assert not (tmp_path / "out" / "001").exists()


def test_an_anatomy_that_is_none_is_refused(tmp_path):
    (tmp_path / "bones.npz").write_bytes(b"nothing")
    with pytest.raises(CannotRead):
        make_case(replace(order(1), anatomy=tmp_path), tmp_path / "out")
    assert not (tmp_path / "out").exists()
