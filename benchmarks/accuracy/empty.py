"""Make studies without contrast and measure what is marked on them all the same.

    python -m benchmarks.accuracy.empty [--kind spot|pair|cine] [--cases 100] [--seed 1]
        [--jobs 2] [--folder DIR]

Studies are drawn as ``spreadscan simulate`` draws clinical ones, nothing is injected: needles in place in
four of five, no instrument in the fifth. Without ``--kind`` all three kinds are made. With ``--folder``
another simulator's cases are measured instead: those of its folder whose truth holds no contrast. What is
marked is false, whatever it is: its area is that of all sure contrast in the field.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from spreadscan.errors import SpreadscanError
from spreadscan.phantom.chance import Ticket
from spreadscan.phantom.draw import draw_scenario
from spreadscan.phantom.scenario import Scenario
from spreadscan.phantom.series import Order, make_case
from spreadscan.pipeline import analyse
from spreadscan.values import Request

KINDS = ("spot", "pair", "cine")
MOST_MM2 = 5.0
"""More than this is too much."""


class Found(NamedTuple):
    """What was marked on a study: sure contrast in mm², whether it was judged at all, what failed."""

    name: str
    kind: str
    area_mm2: float
    judged: bool
    failure: str = ""


def empty_scenario(kind: str, ticket: Ticket) -> Scenario:
    """Return a clinical scenario of a kind in which nothing is injected."""
    rng = np.random.default_rng([ticket.seed, ticket.case, KINDS.index(kind)])
    scenario = draw_scenario("clinical", rng)
    while scenario.study.kind != kind or not scenario.injections:
        scenario = draw_scenario("clinical", rng)
    none = {"pattern": "none", "volume_ml": 0.0, "iodine_mg_per_ml": 0.0}
    needles = tuple(replace(injection, **none) for injection in scenario.injections)
    return replace(scenario, name=f"empty-{kind}", injections=needles if ticket.case % 5 else ())


def measure_made(order: Order) -> Found:
    """Make a study and measure what is marked on it."""
    with tempfile.TemporaryDirectory() as folder:
        make_case(order, Path(folder))
        return measure(Path(folder) / order.name)


def measure(case: Path) -> Found:
    """Measure what is marked on a study, told the frame and the side where the file lacks it."""
    truth = json.loads((case / "truth.json").read_text())
    side = None
    if "noorient" in truth["quality_flags"]:
        side = "image left" if truth["image_left_is_patient"] == "L" else "image right"
    failed = partial(Found, case.name, truth["config"]["mode"])
    with tempfile.TemporaryDirectory() as folder:
        for file in case.glob("*.dcm"):
            (Path(folder) / file.name).write_bytes(file.read_bytes())
        try:
            report = analyse(Path(folder), Request(frame=truth["eval_frame"] + 1, patient_left=side))
        except SpreadscanError as error:
            return failed(0.0, False, str(error))
    area = float((report.mask.sure & report.field.inside).sum()) * truth["px_mm_spine_plane"] ** 2
    return failed(area, "cannot-judge" not in report.flags)


def is_empty(case: Path) -> bool:
    """Whether the truth of a case holds no contrast."""
    with np.load(case / "truth.npz") as stored:
        return not stored["mask_det"].any()


def found_on(options: argparse.Namespace) -> Iterator[Found]:
    """Yield what was found, study by study."""
    with ProcessPoolExecutor(options.jobs) as pool:
        if options.folder is not None:
            cases = sorted(path.parent for path in options.folder.glob("*/truth.npz"))
            yield from pool.map(measure, filter(is_empty, cases))
            return
        for kind in [options.kind] if options.kind else KINDS:
            tickets = [Ticket(options.seed, number) for number in range(1, options.cases + 1)]
            orders = [Order(ticket, empty_scenario(kind, ticket)) for ticket in tickets]
            yield from pool.map(measure_made, orders)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kind", choices=KINDS)
    parser.add_argument("--cases", type=int, default=100, help="of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--folder", type=Path)
    every = []
    for found in found_on(parser.parse_args()):
        every.append(found)
        said = f"FAILED {found.failure}" if found.failure else "" if found.judged else "cannot judge"
        print(f"{found.kind} {found.name} {found.area_mm2:.1f} mm2 {said}".rstrip(), flush=True)
    for kind in sorted({found.kind for found in every}):
        here = [found for found in every if found.kind == kind]
        areas = [found.area_mm2 for found in here]
        print(
            f"{kind}: {len(here)} studies without contrast, {sum(a > MOST_MM2 for a in areas)} with more than"
            f" {MOST_MM2:.0f} mm2 marked, largest {max(areas):.1f} mm2, nothing marked on"
            f" {sum(a == 0 for a in areas)}, {sum(bool(f.failure) for f in here)} failed"
        )


if __name__ == "__main__":
    main()
