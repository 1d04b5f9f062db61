"""Measure accuracy on a folder of simulated cases with truth.

    python -m benchmarks.accuracy.run CASES [--jobs 2] [--only NAME ...] [--no-landmarks]
                                  [--json FILE] [--csv FILE] [--against FILE]

Each case is a folder with DICOM files, truth.json and truth.npz. A case is analysed blind: of the truth it is
told the frame that is scored, the side where the file lacks it, and the junctions in view. Truth is iodine
above the case's detection limit. Dice is over the field; "near" is within 30 mm of a junction. A region is
exposed if ``spreadscan.stages.cover`` says so of the true mask with the true junctions. A case that cannot be
analysed counts as Dice 0 and its regions as not answered.

``--json`` keeps the scores; ``--against`` such a file says which cases changed since, and by how much.
"""

import argparse
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from benchmarks.accuracy.cases import find_cases
from benchmarks.accuracy.scores import Score, read_json, score_case, write_csv, write_json
from benchmarks.accuracy.tables import comparison, report


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; return the exit status."""
    options = _parser().parse_args(arguments)
    before = None if options.against is None else read_json(options.against)
    folders = [case for case in find_cases(options.cases) if not options.only or case.name in options.only]
    if not folders:
        print(f"{options.cases} holds no cases with truth.npz", file=sys.stderr)
        return 2
    scores = list(_scored(folders, options.jobs, not options.no_landmarks))
    for line in report(scores):
        print(line)
    if options.json is not None:
        write_json(scores, options.json)
    if options.csv is not None:
        write_csv(scores, options.csv)
    if before is not None:
        print()
        for line in comparison(before, scores):
            print(line)
    return 0


def _scored(folders: list[Path], jobs: int, with_landmarks: bool) -> Iterator[Score]:
    """The scores in order, with progress on stderr."""
    score = partial(score_case, with_landmarks=with_landmarks)
    with ExitStack() as stack:
        scores: Iterator[Score] = map(score, folders)
        if jobs > 1:
            pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"))
            scores = stack.enter_context(pool).map(score, folders)
        for number, result in enumerate(scores, 1):
            print(f"{number} of {len(folders)}", end="\r", file=sys.stderr, flush=True)
            yield result
    print(file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracy.run",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("cases", type=Path, metavar="CASES")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", nargs="*", metavar="NAME", help="score only these cases")
    parser.add_argument("--no-landmarks", action="store_true")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the scores here")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write a row per case here")
    parser.add_argument("--against", type=Path, metavar="FILE", help="compare with scores kept by --json")
    return parser


if __name__ == "__main__":
    sys.exit(main())
