"""Progress on stderr, while many studies are analysed or made."""

import sys
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

_Made = TypeVar("_Made")
"""Whatever was made: it is counted, not looked at."""


class _Analysed(Protocol):
    """What is said of a study while others go on."""

    @property
    def name(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def problem(self) -> str: ...


_Outcome = TypeVar("_Outcome", bound=_Analysed)


def simulating(made: "Iterator[_Made]", total: int, quiet: bool) -> "Iterator[_Made]":
    """Show a progress bar on stderr if that is a terminal."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True, quiet=quiet or not sys.stderr.isatty())
    yield from track(made, "Simulating", total=total, console=console, transient=True)


def analysing(outcomes: "Iterator[_Outcome]", total: int, quiet: bool) -> "Iterator[_Outcome]":
    """Show progress on stderr: a bar on a terminal, else a line for each study."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True, quiet=quiet)
    if sys.stderr.isatty():
        yield from track(outcomes, "Analysing", total=total, console=console, transient=True)
        return
    for count, outcome in enumerate(outcomes, start=1):
        said = "analysed" if outcome.status == "analysed" else outcome.problem
        console.print(
            f"[{count}/{total}] {outcome.name}: {said}", markup=False, highlight=False, soft_wrap=True
        )
        yield outcome
