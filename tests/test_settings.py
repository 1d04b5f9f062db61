"""The settings: TOML in, fingerprint out, and nothing that is misspelt passes."""

import pickle
import subprocess
import sys
from dataclasses import FrozenInstanceError, asdict, fields, replace

import pytest

from spreadscan.errors import CannotRead
from spreadscan.settings import Settings, settings_from_toml

STAGES = {f.name: getattr(Settings(), f.name) for f in fields(Settings)}
ALL = [(stage, f.name, getattr(group, f.name)) for stage, group in STAGES.items() for f in fields(group)]


def other(number):
    return number + 1 if isinstance(number, int) else number * 1.5


def test_an_empty_text_gives_the_defaults():
    assert settings_from_toml("") == Settings()
    assert settings_from_toml("# nothing\n[cover]\n") == Settings()


def test_only_what_is_named_changes():
    changed = settings_from_toml("[segment]\nleast_area_mm2 = 4.5\n[cover]\ndraws = 50\n")
    assert (changed.segment.least_area_mm2, changed.cover.draws) == (4.5, 50)
    assert replace(changed, segment=Settings().segment, cover=Settings().cover) == Settings()
    assert replace(changed.segment, least_area_mm2=2.0) == Settings().segment


@pytest.mark.parametrize(("stage", "name", "default"), ALL, ids=[f"{s}.{n}" for s, n, _ in ALL])
def test_every_setting_can_be_given_and_changes_the_fingerprint(stage, name, default):
    changed = settings_from_toml(f"[{stage}]\n{name} = {other(default)}\n")
    assert getattr(getattr(changed, stage), name) == other(default)
    assert type(getattr(getattr(changed, stage), name)) is type(default)
    assert changed.fingerprint != Settings().fingerprint
    assert settings_from_toml(f"[{stage}]\n{name} = {default}\n").fingerprint == Settings().fingerprint


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


def test_every_setting_is_a_number_with_its_unit_explained():
    for group in STAGES.values():
        assert all(isinstance(number, (int, float)) and number > 0 for number in asdict(group).values())
