"""Progress of long work, on stderr: a bar on a terminal, lines elsewhere."""

import sys
from collections.abc import Iterator
from typing import TypeVar

from spreadscan.batch import Outcome

_T = TypeVar("_T")


def shown(made: Iterator[_T], total: int, quiet: bool) -> Iterator[_T]:
    """Yield what is made, with a progress bar on stderr if that is a terminal."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True, quiet=quiet or not sys.stderr.isatty())
    yield from track(made, "Simulating", total=total, console=console, transient=True)


def followed(outcomes: Iterator[Outcome], total: int, quiet: bool) -> Iterator[Outcome]:
    """Yield outcomes, with progress on stderr: a bar on a terminal, else a line for each study."""
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
