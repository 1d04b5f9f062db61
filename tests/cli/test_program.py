"""Options read from the parameters of functions: what they become, and how what is wrong is told."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import click
import pytest

from spreadscan.cli.program import Argument, Option, Program


class Colour(Enum):
    RED = "red"
    DARK_BLUE = "dark-blue"


@pytest.fixture
def calls():
    return []


@pytest.fixture
def program(calls):
    @click.group("paint", cls=Program, context_settings={"show_default": True})
    @click.version_option("1.2", message="%(prog)s %(version)s")
    def made():
        """Paint walls."""

    @made.command(epilog="\b\nExample:\n  paint wall house --colour red")
    def wall(
        house: Annotated[Path, Argument(metavar="HOUSE", help="Which.")],
        street: Annotated[str | None, Argument(metavar="[STREET]", help="Where.")] = None,
        colour: Annotated[Colour, Option(help="Which 100% colour.")] = Colour.RED,
        more: Annotated[list[Colour] | None, Option("--also", help="Others.")] = None,
        coats: Annotated[int | None, Option("-n", "--coats", metavar="N", min=1, max=9, help="All.")] = 1,
        litres: Annotated[float | None, Option(metavar="X", help="How much.")] = None,
        gloss: Annotated[bool, Option(help="Shining.")] = False,
    ) -> int:
        """Paint a wall."""
        calls.append((house, street, colour, more, coats, litres, gloss))
        return 4

    made.add_command(wall, "mur")
    return made


def test_what_is_not_given_has_its_default(program, calls):
    assert program.run(["wall", "h"]) == 4
    assert calls == [(Path("h"), None, Colour.RED, None, 1, None, False)]


def test_words_become_values(program, calls):
    words = "mur --litres=-2.5 h --also red -n 9 --colour dark-blue s --also dark-blue --gloss"
    assert program.run(words.split()) == 4
    assert calls == [(Path("h"), "s", Colour.DARK_BLUE, [Colour.RED, Colour.DARK_BLUE], 9, -2.5, True)]


def test_after_two_dashes_everything_is_a_place(program, calls):
    assert program.run(["wall", "--", "-n"]) == 4
    assert calls[0][0] == Path("-n")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("wal h", "No such command 'wal'. Did you mean 'wall'?"),
        ("roof", "No such command 'roof'."),
        ("--nonsense", "--nonsense"),
        ("wall", "HOUSE"),
        ("wall a b c", "c"),
        ("wall h --glos", "--glos"),
        ("wall h -n 0", "'-n' / '--coats': 0 is not in the range 1<=x<=9"),
        ("wall h -n 10", "10 is not in the range 1<=x<=9"),
        ("wall h -n 1.5", "'1.5' is not a valid int"),
        ("wall h --litres wide", "'wide' is not a valid float"),
        ("wall h --colour green", "'green' is not one of 'red', 'dark-blue'"),
        ("wall h --colour RED", "'RED' is not one of 'red', 'dark-blue'"),
        ("wall h --also", "--also"),
        ("wall h --gloss=1", "--gloss"),
        ("--version=1", "--version"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_done(program, calls, words, problem, capsys):
    with pytest.raises(click.UsageError) as told:
        program.run(words.split())
    told.value.show()
    said = capsys.readouterr()
    assert said.out == ""
    assert problem in said.err
    assert said.err.startswith("Usage: paint ")
    assert said.err.count("Error: ") == 1
    assert "--help' for help." in said.err
    assert (told.value.exit_code, calls) == (2, [])


def test_help_says_everything_and_needs_nothing_else(program, calls, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    assert program.run(["wall", "--help", "-n", "0"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Usage: paint wall [OPTIONS] HOUSE [STREET]\n")
    unbroken = " ".join(said.split())
    for part in ("Paint a wall.", "HOUSE Which.", "[STREET] Where."):
        assert part in unbroken
    assert "-n, --coats N All. [default: 1; 1<=x<=9]" in unbroken
    assert "--colour [red|dark-blue] Which 100% colour. [default: red]" in unbroken
    assert "--gloss Shining. --help" in unbroken
    assert "\n  Example:\n    paint wall house --colour red\n" in said
    assert max(map(len, said.splitlines())) <= 60
    assert calls == []


def test_the_overview_leaves_hidden_commands_out(program, capsys):
    assert program.run(["--help"]) == 0
    assert program.run([]) == 2
    said = capsys.readouterr().out
    assert said.count("  wall ") == 2
    assert "mur" not in said
    assert program.run(["--version"]) == 0
    assert capsys.readouterr().out == "paint 1.2\n"
