"""Commands of click whose arguments and options are the parameters of their functions.

What a parameter is stands once, in its annotation: its type and, beside it, its names, limits and help.
"""

import difflib
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, NamedTuple, get_args, get_origin

import click


class Parameter(NamedTuple):
    """What is said of a parameter of a command; ``Option`` and ``Argument`` make it.

    Attributes:
        is_option: whether it is given by name.
        names: of an option; empty for the name of the parameter.
        help: one sentence or more.
        metavar: what stands for the value.
        min, max: limits of a whole number.
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


class ExplainedArgument(click.Argument):
    """An argument with a help, which those of click have from 8.5 on only."""

    def __init__(self, names: Sequence[str], help: str, **words: Any) -> None:
        super().__init__(names, **words)
        self.explanation = help


class Subcommand(click.Command):
    """A function as a command; what it returns is the exit status, ``None`` for 0."""

    def __init__(self, name: str | None, callback: Callable[..., int | None], **words: Any) -> None:
        words |= {"params": _parameters(callback), "short_help": callback.__doc__}
        super().__init__(name, callback=callback, **words)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the arguments are above the options."""
        places = [one for one in self.params if isinstance(one, ExplainedArgument)]
        if places:
            with formatter.section("Arguments"):
                formatter.write_dl([(one.human_readable_name, one.explanation) for one in places])
        super().format_options(ctx, formatter)


class Program(click.Group):
    """Subcommands, told in the order in which they were made."""

    command_class = Subcommand

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return their names, without those by which a command is called too."""
        return [name for name, command in self.commands.items() if name == command.name]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is called; of an unknown one, click names the nearest from 8.4 on only."""
        if args[0] not in self.commands:
            near = difflib.get_close_matches(args[0], self.commands, 1)
            ctx.fail(f"No such command '{args[0]}'." + (f" Did you mean '{near[0]}'?" if near else ""))
        return super().resolve_command(ctx, args)

    def run(self, arguments: Sequence[str]) -> int:
        """Do what the arguments say and return the exit status.

        Unlike ``main`` it leaves interrupts and closed pipes to the caller.

        Raises:
            click.UsageError: they cannot be understood; its ``show`` says how, and where help is.
        """
        try:
            with self.make_context(self.name, list(arguments) or ["--help"]) as context:
                return self.invoke(context) or 0
        except click.exceptions.Exit as done:
            return done.exit_code if arguments else click.UsageError.exit_code
        except click.UsageError as misused:
            misused.ctx = misused.ctx or self._called(arguments[0])
            raise

    def _called(self, name: str) -> click.Context:
        """Return where help is, which click does not say of an option without its value."""
        whole = click.Context(self, info_name=self.name)
        command = self.commands.get(name)
        return click.Context(command, whole, name) if command else whole


def _parameters(call: Callable[..., object]) -> list[click.Parameter]:
    kinds = {name: kind for name, kind in call.__annotations__.items() if name != "return"}
    values = call.__defaults__ or ()
    defaults = dict(zip(reversed(kinds), reversed(values), strict=False))
    return [_parameter(name, kind, defaults) for name, kind in kinds.items()]


def _parameter(name: str, annotated: Any, defaults: Mapping[str, Any]) -> click.Parameter:
    """Return a parameter from ``Annotated[list[Enum] | None, Option(...)]`` and the like."""
    (said,), inner = annotated.__metadata__, annotated.__origin__
    if get_origin(inner) is not list and get_args(inner):
        (inner,) = (one for one in get_args(inner) if one is not type(None))
    repeated = get_origin(inner) is list
    (kind,) = get_args(inner) if repeated else (inner,)
    words = {"type": _type(kind, said), "help": said.help, "metavar": said.metavar, "required": True}
    if name in defaults:
        default = defaults[name]
        words |= {"default": default.value if isinstance(default, Enum) else default, "required": False}

    def value(_context: click.Context, _parameter: click.Parameter, given: Any) -> object:
        if repeated:
            return [kind(one) for one in given] or None
        return None if given is None else kind(given)

    if not said.is_option:
        return ExplainedArgument([name], callback=value, **words)
    names = said.names or ("--" + name.replace("_", "-"),)
    return click.Option([name, *names], is_flag=kind is bool, multiple=repeated, callback=value, **words)


def _type(kind: type, said: Parameter) -> Any:
    if issubclass(kind, Enum):
        return click.Choice([str(one.value) for one in kind])
    return kind if said.min is None else click.IntRange(said.min, said.max)
