"""A program with subcommands: each is a function whose parameters say what its options are.

Only the parser of the command that is called is made, with the standard library: a start of a command-line
package takes longer than the answer to ``--help`` may.
"""

import argparse
import difflib
import shutil
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, NamedTuple, NoReturn, get_args, get_origin

_MOST_COLUMNS = 100


class Parameter(NamedTuple):
    """What is said of a parameter of a command; ``Option`` and ``Argument`` make it.

    Attributes:
        is_option: whether it is given by name.
        names: of an option; empty for the name of the parameter.
        help: one sentence or more.
        metavar: what stands for the value.
        min, max: limits of a number.
    """

    is_option: bool
    names: tuple[str, ...]
    help: str
    metavar: str | None = None
    min: int | None = None
    max: int | None = None


def Option(  # noqa: N802
    *names: str, help: str, metavar: str | None = None, min: int | None = None, max: int | None = None
) -> Parameter:
    """Return what stands beside the type of an option in ``Annotated``."""
    return Parameter(True, names, help, metavar, min, max)


def Argument(*, help: str, metavar: str) -> Parameter:  # noqa: N802
    """Return an argument, which is given by its place."""
    return Parameter(False, (), help, metavar)


class Misused(Exception):
    """The command line is wrong; the text says how, and where help is."""


class Given(NamedTuple):
    """A parameter of a command with its name, type and default.

    Attributes:
        name: in the function.
        type: of one value.
        repeated: whether several may be given.
        required: whether it has no default.
        default: else.
        said: what is said of it.
    """

    name: str
    type: type
    repeated: bool
    required: bool
    default: object
    said: Parameter

    @property
    def names(self) -> tuple[str, ...]:
        """Names on the command line."""
        return self.said.names or ("--" + self.name.replace("_", "-"),)

    @property
    def metavar(self) -> str:
        """What stands for a value."""
        if self.said.metavar:
            return self.said.metavar
        return "|".join(_values(self.type)) if issubclass(self.type, Enum) else self.type.__name__.upper()


class Command(NamedTuple):
    """A subcommand.

    Attributes:
        name: on the command line.
        call: does it; what it returns is the exit status, ``None`` for 0.
        epilog: what stands under its help.
        hidden: whether the help of the program leaves it out.
    """

    name: str
    call: Callable[..., int | None]
    epilog: str
    hidden: bool = False

    @property
    def help(self) -> str:
        """What it does, in a sentence."""
        return (self.call.__doc__ or "").strip()

    @property
    def params(self) -> tuple[Given, ...]:
        """Its parameters in order."""
        types = {name: kind for name, kind in self.call.__annotations__.items() if name != "return"}
        values = self.call.__defaults__ or ()
        defaults = dict(zip(reversed(types), reversed(values), strict=False))
        return tuple(_given(name, kind, defaults) for name, kind in types.items())


class Program:
    """Subcommands under one name."""

    def __init__(self, name: str, help: str, version: str) -> None:
        self.name, self.help, self.version = name, help, version
        self.commands: Mapping[str, Command] = {}

    def command(
        self, name: str | None = None, *, epilog: str = "", hidden: bool = False
    ) -> Callable[[Callable[..., int | None]], Callable[..., int | None]]:
        """Return a decorator that makes a function a subcommand, by its own name if it gets none."""

        def add(call: Callable[..., int | None]) -> Callable[..., int | None]:
            """Make it a subcommand and return it as it is."""
            made = Command(name or call.__name__, call, epilog, hidden)
            self.commands = {**self.commands, made.name: made}
            return call

        return add

    def run(self, arguments: Sequence[str]) -> int:
        """Do what the arguments say and return the exit status.

        Raises:
            Misused: they cannot be understood.
        """
        first = arguments[0] if arguments else ""
        if first in ("", "--help", "--version"):
            print(f"{self.name} {self.version}" if first == "--version" else self.overview())
            return 0 if first else 2
        if first not in self.commands:
            near = difflib.get_close_matches(first, self.commands, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise Misused(_misused(f"{self.name} COMMAND", self.name, f"no such command: {first}{hint}"))
        command = self.commands[first]
        parser = _parser(self.name, command)
        # asked for help, nothing else need be right
        if "--help" in arguments:
            print(parser.format_help(), end="")
            return 0
        words = list(arguments[1:])
        # options may stand between arguments; of what follows "--" nothing is one
        given = vars(parser.parse_args(words) if "--" in words else parser.parse_intermixed_args(words))
        del given["help"]
        return command.call(**given) or 0

    def overview(self) -> str:
        """Return the help of the whole."""
        rows = [(command.name, command.help) for command in self.commands.values() if not command.hidden]
        rows = [
            ("Commands:", ""),
            *rows,
            ("", ""),
            ("Options:", ""),
            ("--version", "Print the version and exit."),
        ]
        rows += [("--help", "Show this message; also after a command.")]
        table = "\n".join(_row(term, words) for term, words in rows)
        return f"Usage: {self.name} COMMAND ...\n\n{_wrapped(self.help)}\n\n{table}"


class _Parser(argparse.ArgumentParser):
    """A parser that raises ``Misused``."""

    def error(self, message: str) -> NoReturn:
        raise Misused(_misused(str(self.usage), self.prog, message))

    def format_help(self) -> str:
        """Return usage, what the command does, its options, and examples."""
        options = [action for action in self._actions if action.option_strings]
        places = [action for action in self._actions if not action.option_strings]
        rows = [("Arguments:", ""), *map(_explained, places), ("", "")] if places else []
        rows += [("Options:", ""), *map(_explained, options)]
        parts = [f"Usage: {self.usage}", _wrapped(self.description or "")]
        parts += ["\n".join(_row(term, words) for term, words in rows), _wrapped(self.epilog or "")]
        return "\n\n".join(part for part in parts if part) + "\n"


def _parser(program: str, command: Command) -> _Parser:
    places = [given for given in command.params if not given.said.is_option]
    usage = " ".join([f"{program} {command.name}", "[OPTIONS]", *(given.metavar for given in places)])
    parser = _Parser(
        f"{program} {command.name}",
        usage,
        description=command.help,
        epilog=command.epilog,
        add_help=False,
        allow_abbrev=False,
    )
    for given in command.params:
        _add(parser, given)
    parser.add_argument("--help", action="store_true", help="Show this message.")
    return parser


def _add(parser: _Parser, given: Given) -> None:
    words: dict[str, Any] = {"help": given.said.help, "default": given.default}
    if given.type is bool:
        parser.add_argument(*given.names, dest=given.name, action="store_true", **words)
        return
    words |= {"metavar": given.metavar, "type": _reader(given)}
    if not given.said.is_option:
        parser.add_argument(given.name, nargs=None if given.required else "?", **words)
        return
    if given.default is not None:
        shown = given.default.value if isinstance(given.default, Enum) else given.default
        words["help"] += f" [default: {shown}]"
    action = "append" if given.repeated else "store"
    parser.add_argument(*given.names, dest=given.name, action=action, required=given.required, **words)


def _given(name: str, kind: Any, defaults: Mapping[str, object]) -> Given:
    """Return a parameter from ``Annotated[list[Enum] | None, Option(...)]`` and the like."""
    (said,) = kind.__metadata__
    inner = kind.__origin__
    if get_origin(inner) is not list and get_args(inner):
        (inner,) = (one for one in get_args(inner) if one is not type(None))
    repeated = get_origin(inner) is list
    (one,) = get_args(inner) if repeated else (inner,)
    return Given(name, one, repeated, name not in defaults, defaults.get(name), said)


def _reader(given: Given) -> Callable[[str], object]:
    """Return what makes a value of a word."""

    def read(word: str) -> object:
        if issubclass(given.type, Enum):
            if word not in _values(given.type):
                raise argparse.ArgumentTypeError(f"'{word}' is none of {', '.join(_values(given.type))}")
            return given.type(word)
        try:
            value: Any = given.type(word)  # type: ignore[call-arg]
        except ValueError as error:
            noun = {int: "whole number", float: "number"}.get(given.type, "value")
            raise argparse.ArgumentTypeError(f"'{word}' is no {noun}") from error
        low, high = given.said.min, given.said.max
        if (low is not None and value < low) or (high is not None and value > high):
            limits = f"at least {low}" if high is None else f"from {low} to {high}"
            raise argparse.ArgumentTypeError(f"{word} is out of range: it must be {limits}")
        return value

    return read


def _values(kind: type[Enum]) -> list[str]:
    return [str(one.value) for one in kind]


def _explained(action: argparse.Action) -> tuple[str, str]:
    names = ", ".join(action.option_strings)
    value = "" if action.nargs == 0 else str(action.metavar)
    return f"{names} {value}".strip(), str(action.help)


def _misused(usage: str, program: str, problem: str) -> str:
    return f"Usage: {usage}\nTry '{program} --help' for help.\n\nError: {problem}"


def _columns() -> int:
    return min(shutil.get_terminal_size().columns, _MOST_COLUMNS)


def _row(term: str, words: str) -> str:
    """Return a line of a table, its words beside the term or, where that is long, below it."""
    if not words:
        return term
    indent = 24
    lines = textwrap.wrap(" ".join(words.split()), max(20, _columns() - indent), break_on_hyphens=False)
    head = f"  {term}"
    beside = (
        f"{head:<{indent - 2}}  {lines[0]}" if len(head) < indent - 1 else f"{head}\n{' ' * indent}{lines[0]}"
    )
    return "\n".join([beside, *(" " * indent + line for line in lines[1:])])


def _wrapped(text: str) -> str:
    """Return paragraphs at the width of the terminal; examples, between backquotes, stay on one line."""
    return "\n".join(_paragraphs(text)).strip("\n")


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        if paragraph.startswith("`"):
            yield "  " + paragraph.strip("`")
        else:
            if not paragraph.startswith("Example"):
                yield ""
            yield textwrap.fill(" ".join(paragraph.split()), _columns())
