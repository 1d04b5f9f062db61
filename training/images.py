"""Simulate what the networks for contrast learn from, and keep it small.

    python -m training.images FOLDER --cases 1500 --seed 3001 [--draw changes] [--jobs 2]
    python -m training.images FOLDER --from CASES [CASES ...]

The first form simulates cases as ``simulate --draw changes`` does, with coarse bones and contrast, and keeps
nothing of them but what training sees; the second takes cases that lie in folders, such as those of another
simulator. What is kept already is not made again.
"""

import argparse
import os
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from spreadscan.errors import SpreadscanError
from training.cases import keep_case


def draw_and_keep(number: int, seed: int, draw: str, folder: Path) -> None:
    """Simulate a case and keep it."""
    from spreadscan.phantom.chance import Ticket
    from spreadscan.phantom.draw import draw_scenario
    from spreadscan.phantom.simulate import simulate, write_case

    file = folder / f"{draw}-{seed}-{number:05d}.npz"
    if file.exists():
        return
    ticket = Ticket(seed, number, fast=True)
    scenario = draw_scenario(draw, ticket.chance("scenario"))
    with tempfile.TemporaryDirectory() as made:
        write_case(simulate(scenario, ticket), Path(made))
        _kept(Path(made), file)


def keep_made(case: Path, folder: Path) -> None:
    """Keep a case that was made elsewhere."""
    file = folder / f"{case.parent.name}-{case.name}.npz"
    if not file.exists():
        _kept(case, file)


def _kept(case: Path, file: Path) -> None:
    try:
        keep_case(case, file)
    except SpreadscanError as error:
        print(f"{file.stem}: left out, {error}", flush=True)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cases", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=3001)
    parser.add_argument("--draw", default="changes")
    parser.add_argument("--from", dest="cases_in", type=Path, nargs="*")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    options.folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(options.jobs) as pool:
        if options.cases_in:
            cases = sorted(path.parent for folder in options.cases_in for path in folder.glob("*/truth.npz"))
            list(pool.map(partial(keep_made, folder=options.folder), cases))
            return
        work = partial(draw_and_keep, seed=options.seed, draw=options.draw, folder=options.folder)
        for number, _ in enumerate(pool.map(work, range(1, options.cases + 1)), start=1):
            if number % 100 == 0:
                print(f"{number} of {options.cases}", flush=True)


if __name__ == "__main__":
    main()
