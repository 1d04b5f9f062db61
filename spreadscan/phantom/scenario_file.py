"""Scenario files: TOML with one table per noun of ``scenario``, checked at the door; ready ones by name."""

import tomllib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from types import NoneType
from typing import get_args, get_type_hints

import msgspec

from spreadscan.errors import CannotRead
from spreadscan.phantom.dicom_syntax import LACKING
from spreadscan.phantom.scenario import Injection, Scenario

LARGEST_BYTES = 1_000_000
"""A scenario is a page of text; a larger file is something else."""
LEVELS = ("L1", "L2", "L3", "L4", "L5", "L6", "S1")
DISCS = ("L1/2", "L2/3", "L3/4", "L4/5", "L5/S1", "L5/6", "L6/S1")
IMPLANTS = ("clips", "screws-L4", "screws-L5", "cage-L4/5", "cage-L5/S1")
_SITES = tuple(f"{level}_{side}" for level in LEVELS for side in "LR")
_READY = files("spreadscan.phantom") / "scenarios"


def ready_scenarios() -> tuple[str, ...]:
    """Return the names of the scenarios that come with the package."""
    return tuple(
        sorted(item.name.removesuffix(".toml") for item in _READY.iterdir() if item.name.endswith(".toml"))
    )


def read_scenario(name_or_file: str | Path) -> Scenario:
    """Return a ready scenario by its name, or one from a TOML file.

    Raises:
        CannotRead: ``scenario-unreadable`` when there is no such scenario or file, or when it does not hold
            what ``scenario_from_toml`` takes.
    """
    name = str(name_or_file)
    if name in ready_scenarios():
        return scenario_from_toml((_READY / f"{name}.toml").read_text(encoding="utf-8"), name)
    path = Path(name_or_file)
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise _unreadable(path.name, "", "is too large for a scenario")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        close = get_close_matches(name, ready_scenarios(), n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise _unreadable(path.name, "", f"is neither a ready scenario nor a readable file{hint}") from error
    except UnicodeDecodeError as error:
        raise _unreadable(path.name, "", "is not a text in UTF-8") from error
    return scenario_from_toml(text, path.name)


def scenario_from_toml(text: str, name: str = "scenario") -> Scenario:
    """Return the scenario that a TOML text describes; what it leaves out has its usual value.

    Args:
        text: tables ``[subject]``, ``[setup]`` and so on, and ``[[injections]]`` any number of times.
        name: of the file, for messages.

    Raises:
        CannotRead: ``scenario-unreadable`` when the text is not TOML, names something unknown, or gives a
            value of another type or outside its range.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(name, "", f"is not TOML ({error})") from error
    _refuse_unknown(tables, Scenario, (name, ""))
    try:
        given = _without_none({"name": name.removesuffix(".toml"), **tables}, Scenario)
        scenario = msgspec.convert(given, Scenario)
    except msgspec.ValidationError as error:
        problem, _, place = str(error).partition(" - at ")
        raise _unreadable(name, place.strip("`$."), problem[0].lower() + problem[1:]) from error
    _refuse_impossible(scenario, name)
    return scenario


# ---------------------------------------------------------------- checks


def _refuse_unknown(table: Mapping[str, object], kind: type, where: tuple[str, str]) -> None:
    """Refuse keys that no noun knows: a misspelt one would silently have its usual value."""
    known = {f.name: hint for f, hint in zip(fields(kind), _hints(kind), strict=True)}
    name, above = where
    for key, item in table.items():
        place = f"{above}.{key}".strip(".")
        if key not in known:
            close = get_close_matches(key, known, n=1)
            raise _unreadable(
                name,
                place,
                f"is unknown; {f'did you mean {close[0]}?' if close else 'known: ' + ', '.join(known)}",
            )
        inner = known[key]
        if isinstance(item, dict) and isinstance(inner, type) and is_dataclass(inner):
            _refuse_unknown(item, inner, (name, place))
        for number, part in enumerate(item if key == "injections" and isinstance(item, list) else ()):
            if isinstance(part, dict):
                _refuse_unknown(part, Injection, (name, f"{place}[{number + 1}]"))


def _without_none(table: Mapping[str, object], kind: type) -> dict[str, object]:
    """Put nothing where a value that may be left away is given as ``"none"``: TOML has no word for it."""
    hints = {f.name: hint for f, hint in zip(fields(kind), _hints(kind), strict=True)}
    result: dict[str, object] = {}
    for key, item in table.items():
        hint = hints[key]
        if item == "none" and NoneType in get_args(hint):
            result[key] = None
        elif isinstance(item, dict) and isinstance(hint, type) and is_dataclass(hint):
            result[key] = _without_none(item, hint)
        elif key == "injections" and isinstance(item, list):
            result[key] = [
                _without_none(part, Injection) if isinstance(part, dict) else part for part in item
            ]
        else:
            result[key] = item
    return result


def _hints(kind: type) -> list[object]:
    hints = get_type_hints(kind)
    return [hints[f.name] for f in fields(kind)]


def _refuse_impossible(scenario: Scenario, name: str) -> None:
    """Refuse what each value alone does not show."""
    subject, study = scenario.subject, scenario.study
    listed = (
        ("subject.disc_collapse", subject.disc_collapse, DISCS),
        ("subject.wedging_deg", subject.wedging_deg, LEVELS[:-1]),
        ("subject.slip_mm", subject.slip_mm, LEVELS[:-1]),
        ("subject.process_scale", subject.process_scale, _SITES),
        ("subject.facet_hypertrophy_mm", subject.facet_hypertrophy_mm, _SITES),
        ("subject.implants", subject.implants, IMPLANTS),
        ("setup.centre", scenario.setup.centre, ("L2", "L3", "L4", "L5", "S1")),
        ("file.lacks", scenario.file.lacks, LACKING),
    )
    for place, given, allowed in listed:
        for key in given:
            if key not in allowed:
                raise _unreadable(
                    name, place, f"names '{key[:40]}', but only {', '.join(allowed)} are possible"
                )
    if not scenario.setup.centre:
        raise _unreadable(name, "setup.centre", "names no level")
    if scenario.setup.source_to_isocentre_mm > scenario.setup.source_to_image_mm - 100:
        raise _unreadable(
            name, "setup.source_to_isocentre_mm", "leaves no room for the patient before the detector"
        )
    if study.kind == "cine" and study.before >= study.frames:
        raise _unreadable(name, "study.before", "must be less than study.frames")
    sites = [(injection.level, injection.side) for injection in scenario.injections]
    for number, injection in enumerate(scenario.injections, 1):
        if sites.index(sites[number - 1]) < number - 1:
            raise _unreadable(name, f"injections[{number}]", "goes to a junction that has one already")
        if injection.pattern != "none" and not injection.volume_ml * injection.iodine_mg_per_ml > 0:
            place = f"injections[{number}]"
            raise _unreadable(name, place, "has no iodine; give volume and concentration, or pattern 'none'")


def _unreadable(name: str, place: str, problem: str) -> CannotRead:
    return CannotRead(
        "scenario-unreadable",
        problem,
        file=name,
        field=place,
        advice="docs/simulator.md lists what a scenario may hold, spreadscan simulate --list the ready ones",
    )
