"""docs/simulator.md lists what a scenario may hold: every name, its usual value, its range."""

import re
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import pytest

from spreadscan.phantom import scenario as nouns
from spreadscan.phantom.draw import DISTRIBUTIONS
from spreadscan.phantom.scenario_file import ready_scenarios

PAGE = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text(encoding="utf-8")
TABLES = {
    "[subject]": nouns.Subject,
    "[setup]": nouns.Setup,
    "[tissue]": nouns.Tissue,
    "[[injections]]": nouns.Injection,
    "[study]": nouns.Study,
    "[motion]": nouns.PatientMotion,
    "[beam]": nouns.Beam,
    "[detector]": nouns.Detector,
    "[collimator]": nouns.Collimator,
    "[processing]": nouns.Processing,
    "[file]": nouns.FileStyle,
}


def usual(field: Field[Any]) -> str:
    """The default as TOML has it."""
    value = field.default
    if field.default_factory is not MISSING:
        value = field.default_factory()
    if value is MISSING:
        return "required"
    if value is None:
        return "not given"
    if isinstance(value, tuple):
        return "[" + ", ".join(f'"{v}"' if isinstance(v, str) else f"{v:g}" for v in value) + "]"
    if isinstance(value, dict):
        return "{ }"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else f"{value:g}"


def allowed(hint: Any) -> str:
    """The range or the choices that a type allows; nothing where it has none."""
    if get_origin(hint) is Annotated:
        return f"{hint.__metadata__[0].ge:g} to {hint.__metadata__[0].le:g}"
    if get_origin(hint) is Literal:
        return ", ".join(f'"{v}"' if isinstance(v, str) else str(v) for v in get_args(hint))
    return next((found for part in get_args(hint) if (found := allowed(part))), "")


def rows(table: str) -> dict[str, list[str]]:
    text = PAGE.split(f"\n`{table}`\n", 1)[1].strip().split("\n\n")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[2:]]
    return {re.sub("`", "", name): rest for name, *rest in cells}


@pytest.mark.parametrize("table", TABLES)
def test_every_value_is_listed_with_its_usual_value_and_range(table):
    noun = TABLES[table]
    hints, listed = get_type_hints(noun, include_extras=True), rows(table)
    for field in fields(noun):
        default, span, meaning = listed[field.name]
        assert (default, span) == (usual(field), allowed(hints[field.name])), field.name
        assert len(meaning) > 3, field.name


@pytest.mark.parametrize("table", TABLES)
def test_nothing_else_is_listed(table):
    assert list(rows(table)) == [field.name for field in fields(TABLES[table])]


def test_every_table_of_a_scenario_is_there():
    assert {table.strip("[]") for table in TABLES} == {f.name for f in fields(nouns.Scenario)} - {"name"}


def test_ready_scenarios_and_distributions_are_named():
    for name in (*ready_scenarios(), *DISTRIBUTIONS):
        assert f"`{name}`" in PAGE
