"""Options read from the parameters of functions: what they become, and how what is wrong is told."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import pytest

from spreadscan.cli.program import Argument, Misused, Option, Program


class Colour(Enum):
    RED = "red"
    DARK_BLUE = "dark-blue"


@pytest.fixture
def calls():
    return []


@pytest.fixture
def program(calls):
    made = Program("paint", "Paint walls.", "1.2")

    @made.command(epilog="Example:\n\n`paint wall house --colour red`")
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

    made.command("mur", hidden=True)(wall)
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
        ("wal h", "no such command: wal; did you mean wall?"),
        ("wall", "HOUSE"),
        ("wall a b c", "c"),
        ("wall h --glos", "--glos"),
        ("wall h -n 0", "it must be from 1 to 9"),
        ("wall h -n 10", "it must be from 1 to 9"),
        ("wall h -n 1.5", "'1.5' is no whole number"),
        ("wall h --litres wide", "'wide' is no number"),
        ("wall h --colour green", "'green' is none of red, dark-blue"),
        ("wall h --also", "--also"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_done(program, calls, words, problem):
    with pytest.raises(Misused) as told:
        program.run(words.split())
    assert problem in str(told.value)
    assert str(told.value).startswith("Usage: paint ")
    assert "--help' for help." in str(told.value)
    assert calls == []


def test_help_says_everything_and_needs_nothing_else(program, calls, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    assert program.run(["wall", "--help", "-n", "0"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Usage: paint wall [OPTIONS] HOUSE [STREET]\n")
    for part in ("Paint a wall.", "-n, --coats N", "All. [default: 1]", "red|dark-blue", "100% colour"):
        assert part in said
    assert "\n  paint wall house --colour red\n" in said
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
