"""The settings: TOML in, fingerprint out, and nothing that is misspelt passes."""

import pickle
import subprocess
import sys
from dataclasses import FrozenInstanceError, fields, replace
from pathlib import Path

import pytest

from benchmarks.sheets.settings_page import settings_page
from spreadscan.cli.commands import run
from spreadscan.errors import CannotRead
from spreadscan.settings import Settings, settings_from_toml, settings_toml

STAGES = {f.name: getattr(Settings(), f.name) for f in fields(Settings)}
ALL = [(stage, f.name, getattr(group, f.name)) for stage, group in STAGES.items() for f in fields(group)]


def other(number):
    return number + 1 if isinstance(number, int) else number * 0.75


def test_an_empty_text_gives_the_defaults():
    assert settings_from_toml("") == Settings()
    assert settings_from_toml("# nothing\n[cover]\n") == Settings()


def test_only_what_is_named_changes():
    changed = settings_from_toml("[segment]\nleast_area_mm2 = 4.5\n[cover]\ndraws = 50\n")
    assert (changed.segment.least_area_mm2, changed.cover.draws) == (4.5, 50)
    assert replace(changed, segment=Settings().segment, cover=Settings().cover) == Settings()
    assert replace(changed.segment, least_area_mm2=2.0) == Settings().segment


def test_every_setting_can_be_given_and_changes_the_fingerprint():
    for stage, name, default in ALL:
        changed = settings_from_toml(f"[{stage}]\n{name} = {other(default)}\n")
        given, same = getattr(getattr(changed, stage), name), f"[{stage}]\n{name} = {default}\n"
        assert (given, type(given)) == (other(default), type(default)), f"{stage}.{name}"
        assert changed.fingerprint != Settings().fingerprint, f"{stage}.{name}"
        assert settings_from_toml(same).fingerprint == Settings().fingerprint, f"{stage}.{name}"


def test_fingerprints_differ_between_settings():
    found = {settings_from_toml(f"[{stage}]\n{name} = {other(n)}\n").fingerprint for stage, name, n in ALL}
    assert len(found) == len(ALL)


def test_a_whole_number_does_for_a_fraction():
    changed = settings_from_toml("[segment]\nleast_area_mm2 = 4\n")
    assert changed == settings_from_toml("[segment]\nleast_area_mm2 = 4.0\n")
    assert changed.fingerprint == settings_from_toml("[segment]\nleast_area_mm2 = 4.0\n").fingerprint


def test_the_fingerprint_is_the_same_in_another_process():
    script = "from spreadscan.settings import Settings; print(Settings().fingerprint)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == Settings().fingerprint
    assert len(Settings().fingerprint) == 16
    assert pickle.loads(pickle.dumps(Settings())) == Settings()


@pytest.mark.parametrize(
    ("text", "field", "problem"),
    [
        ("nonsense", "", "is not TOML"),
        ("[segment\n", "", "is not TOML"),
        ("[segmentation]\nseed = 1.0\n", "segmentation", "is not a stage; stages are delimit"),
        ("segment = 3\n", "segment", "is not a stage"),
        ("[[segment]]\nseed = 1.0\n", "segment", "is not a stage"),
        ("[segment]\nleast_area = 4.0\n", "segment.least_area", "is not a setting"),
        ("[segment]\n__doc__ = 4.0\n", "segment.__doc__", "is not a setting"),
        ("[segment]\nseed = 'high'\n", "segment.seed", "must be a number"),
        ("[segment]\nseed = true\n", "segment.seed", "must be a number"),
        ("[segment]\nseed = [1.0]\n", "segment.seed", "must be a number"),
        ("[cover]\ndraws = 500.5\n", "cover.draws", "must be a whole number"),
        ("[cover]\ndraws = 0\n", "cover.draws", "must be above 0"),
        ("[segment]\nseed = -1.0\n", "segment.seed", "must be above 0"),
        ("[delimit]\nrim_mm = -2.0\n", "delimit.rim_mm", "must be above 0"),
        ("[estimate]\nlimit_probability = 1.5\n", "estimate.limit_probability", "above 0 and at most 1"),
        ("[cover]\nsingle_missed = -0.1\n", "cover.single_missed", "at least 0 and at most 1"),
        ("[orient]\nrefuse_tilt_deg = 200\n", "orient.refuse_tilt_deg", "above 0 and at most 90"),
        ("[detect]\nwarn_rotation_deg = 5.0\n", "detect.warn_rotation_deg", "is not a setting"),
        ("[segment]\nseed = nan\n", "segment.seed", "must be"),
        ("[segment]\nseed = inf\n", "segment.seed", "must be"),
    ],
)
def test_bad_settings_are_refused_with_their_name(text, field, problem):
    with pytest.raises(CannotRead) as caught:
        settings_from_toml(text, "my.toml")
    assert (caught.value.slug, caught.value.file, caught.value.field) == (
        "settings-unreadable",
        "my.toml",
        field,
    )
    assert problem in caught.value.problem
    assert "\n" not in str(caught.value)


def test_settings_are_frozen():
    with pytest.raises(FrozenInstanceError):
        Settings().segment.seed = 3.0  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        Settings().segment = None  # type: ignore[misc,assignment]


def test_every_setting_is_a_number_with_its_unit_and_origin():
    for one in Settings().entries():
        about = one.explained
        assert isinstance(one.value, (int, float)), one.name
        assert about.allows(one.default), one.name
        assert about.unit, one.name
        assert len(about.origin) > 8, one.name
        assert about.does[0].isupper(), one.name
        assert about.does.endswith("."), one.name
        assert len(about.does.split()) > 3, one.name
        assert not set("|\n") & set(about.does + about.origin + about.unit), one.name


@pytest.mark.parametrize("suffix", ["_mm", "_deg", "_per_s", "_sd", "_mm2", "_ln"])
def test_units_in_names_are_those_that_are_stated(suffix):
    words = {"_mm": "mm", "_deg": "degrees", "_per_s": "per s", "_sd": "", "_mm2": "mm²", "_ln": "ln"}
    named = [one for one in Settings().entries() if one.name.endswith(suffix)]
    assert named
    assert [one.name for one in named if words[suffix] not in one.explained.unit] == []


def test_each_meaning_is_a_setting_once():
    """A limit that several stages use stands in one of their groups."""
    names = [one.name for one in Settings().entries()]
    assert names.count("given_sd_reference_mm") == names.count("refuse_rotation_deg") == 1
    assert names.count("least_exposed_mm") == 1


def test_zero_is_a_probability_but_no_width():
    assert settings_from_toml("[cover]\nsingle_missed = 0\n").cover.single_missed == 0.0
    with pytest.raises(CannotRead):
        settings_from_toml("[cover]\nsingle_edge_mm = 0\n")


# as a file


def test_what_is_printed_is_taken_back_unchanged():
    assert settings_from_toml(settings_toml(Settings())) == Settings()


def test_odd_values_come_back_to_the_last_digit():
    odd = settings_from_toml("[delimit]\nrim_mm = 0.1234567890123456\n[calibrate]\nuser = 1e-9\n")
    again = settings_from_toml(settings_toml(odd))
    assert (again, again.fingerprint) == (odd, odd.fingerprint)


def test_only_what_was_changed_is_marked():
    text = settings_toml(settings_from_toml("[cover]\ndraws = 50\n"))
    assert [line for line in text.splitlines() if "CHANGED" in line] == [
        "draws = 50  # CHANGED, the default is 2000"
    ]
    assert "CHANGED" not in settings_toml(Settings())


def test_the_command_prints_the_settings_in_force(tmp_path, capsys):
    assert run(["settings"]) == 0
    assert settings_from_toml(capsys.readouterr().out).fingerprint == Settings().fingerprint
    file = tmp_path / "mine.toml"
    file.write_text("[segment]\nleast_area_mm2 = 4\n", encoding="utf-8")
    assert run(["settings", "--settings", str(file)]) == 0
    printed = capsys.readouterr().out
    assert "least_area_mm2 = 4.0  # CHANGED, the default is 2.0" in printed
    assert settings_from_toml(printed) == settings_from_toml(file.read_text(encoding="utf-8"))


def test_the_command_refuses_what_means_nothing(tmp_path, capsys):
    file = tmp_path / "mine.toml"
    file.write_text("[cover]\nleast_visible = 80\n", encoding="utf-8")
    assert run(["settings", "--settings", str(file)]) == 3
    said = capsys.readouterr().err
    assert "settings-unreadable" in said
    assert "mine.toml" in said
    assert "cover.least_visible" in said
    assert "at most 1" in said


def test_the_page_is_made_from_the_settings():
    page = Path(__file__).parents[1] / "docs" / "settings.md"
    assert page.read_text(encoding="utf-8") == settings_page()
