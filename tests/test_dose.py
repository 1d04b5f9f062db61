"""The injected dose at the door: volume and concentration together, and within what is ever injected."""

import pytest

from spreadscan.checks import check_options
from spreadscan.cli.commands import run
from spreadscan.errors import WrongUsage
from spreadscan.values import Request


def test_a_dose_is_volume_times_concentration():
    assert Request(injected_ml=5.0, iodine_mg_per_ml=48.0).injected_mg == 240.0
    assert Request(injected_ml=5.0).injected_mg is None
    check_options(Request(injected_ml=5.0, iodine_mg_per_ml=48.0))
    check_options(Request())


@pytest.mark.parametrize(
    ("given", "missing"),
    [({"injected_ml": 5.0}, "--iodine-mg-per-ml"), ({"iodine_mg_per_ml": 48.0}, "--injected-ml")],
)
def test_half_a_dose_is_refused(given, missing):
    with pytest.raises(WrongUsage) as caught:
        check_options(Request(**given))
    assert (caught.value.slug, caught.value.field) == ("bad-option", missing)


@pytest.mark.parametrize("volume", [0.0, -1.0, 100.1, float("nan"), float("inf")])
@pytest.mark.parametrize("concentration", [300.0, 501.0])
def test_an_impossible_dose_is_refused(volume, concentration):
    with pytest.raises(WrongUsage) as caught:
        check_options(Request(injected_ml=volume, iodine_mg_per_ml=concentration))
    assert (caught.value.slug, caught.value.field) == ("bad-option", "--injected-ml")


def test_an_impossible_concentration_is_refused():
    with pytest.raises(WrongUsage) as caught:
        check_options(Request(injected_ml=1.0, iodine_mg_per_ml=500.5))
    assert caught.value.field == "--iodine-mg-per-ml"


def test_the_command_line_says_so_with_status_2(tmp_path, capsys):
    assert run(["analyse", str(tmp_path), "--injected-ml", "5"]) == 2
    assert "--iodine-mg-per-ml" in capsys.readouterr().err
