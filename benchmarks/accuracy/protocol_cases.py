"""How each shipped protocol is answered on simulated studies on either side of its line.

    python -m benchmarks.accuracy.protocol_cases FOLDER [--seed S] [--jobs N]

Makes the studies into FOLDER where they are not there yet (384 × 384 pixels, scout and contrast image, coarse
bones), analyses each with junctions marked as a reader would (true places, off by 1 reference mm), and
compares the answer with the truth: the true mask on the true junctions. A truth is *close* where the
uncertainty of junctions and threshold alone, with the true mask, leaves the answer open: there cannot say is
right.
"""

import argparse
import json
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.accuracy.cases import Case, read_case
from benchmarks.accuracy.scores import true_exposure
from spreadscan.anatomy import ASSESSED_LEVELS, REFERENCE, SACRAL_COURSE_MM
from spreadscan.judgement.evidence import gather
from spreadscan.judgement.protocol import decide
from spreadscan.phantom.chance import Ticket
from spreadscan.phantom.scenario_file import scenario_from_toml
from spreadscan.phantom.series import Order, make_case
from spreadscan.pipeline import analyse
from spreadscan.read.protocol import read_protocol
from spreadscan.settings import CoverSettings
from spreadscan.stages.cover import Scene, cover, cover_zones
from spreadscan.stages.place import place, place_sacral
from spreadscan.stages.segment import from_given
from spreadscan.values import (
    Criterion,
    GivenMask,
    Landmark,
    Landmarks,
    Orientation,
    Protocol,
    ProtocolOutcome,
    Request,
    Site,
    ViewFacts,
)

SEED = 2020
_VIEW = ViewFacts(primary_angle_deg=0.0)
READER_SD_MM = 1.0
"""Standard deviation of each coordinate that the imitated reader marks, reference mm."""
_LOOK = """
[setup]
rows = 384
columns = 384
field_mm = 240.0
centre = [{centre}]
[detector]
quanta_per_mm2 = 6000.0
[study]
kind = "pair"
[subject]
age_years = {age}
"""


class Recipe(NamedTuple):
    """A study to be made.

    Attributes:
        pool: which studies it belongs to; protocols share pools.
        injections: level, side, pattern, volume in mL, concentration in mgI/mL.
    """

    pool: str
    injections: tuple[tuple[str, str, str, float, float], ...]


class Verdict(NamedTuple):
    """How one protocol was answered on one study."""

    protocol: str
    study: str
    answer: str
    probability: tuple[float, float]
    true: bool
    close: bool


def recipes() -> list[Recipe]:
    """Return the studies of all pools, in order."""
    more = [_both(ml, ml) for ml in (7.0, 8.0, 8.0, 9.0, 9.0, 10.0)]
    return [*_bilateral(), *_blocks(), *_sacral(), *more]


def _bilateral() -> Iterator[Recipe]:
    """5 mL and more at L5 on both sides, or too little, or too little on one of them."""
    enough = [(v, v) for v in (5, 5, 5, 5, 5, 6, 6, 6, 7, 7, 8, 8, 9, 9)]
    little = [(v, v) for v in (3, 3, 2, 2, 1.5, 1, 1, 0.5)] + [(6, 1), (7, 1.5), (1, 6), (1.5, 7)]
    for left, right in enough + little:
        yield _both(float(left), float(right))


def _both(left_ml: float, right_ml: float) -> Recipe:
    sides = (("left", left_ml), ("right", right_ml))
    return Recipe("bilateral", tuple(("L5", side, "target", ml, 48.0) for side, ml in sides))


def _blocks() -> Iterator[Recipe]:
    """0.3 to 0.5 mL at L4 and L5 on the left, or beside them, or so much that it spreads to neighbours."""
    for ml in (0.3, 0.3, 0.4, 0.4, 0.4, 0.4, 0.5, 0.5, 0.5, 0.5, 0.3, 0.4):
        yield Recipe("block", (_block("L4", "target", ml), _block("L5", "target", ml)))
    for pattern in ("lateral", "medial", "lateral", "medial"):
        yield Recipe("block", (_block("L4", "target", 0.4), _block("L5", pattern, 0.4)))
    for pattern in ("lateral", "medial"):
        yield Recipe("block", (_block("L4", pattern, 0.4), _block("L5", pattern, 0.4)))
    for ml in (5.0, 6.0, 7.0):
        yield Recipe("block", (_block("L4", "target", ml), _block("L5", "target", 0.4)))
    for level in ("L4", "L5", "L4"):
        yield Recipe("block", (_block(level, "target", 0.4),))


def _sacral() -> Iterator[Recipe]:
    """0.3 to 0.6 mL in the groove at S1 on the left, or beside it, or at L5."""
    for ml in (0.3, 0.4, 0.4, 0.5, 0.5, 0.5, 0.5, 0.6, 0.6, 0.6, 0.6, 0.5):
        yield Recipe("sacral", (_block("S1", "target", ml),))
    for pattern in ("lateral", "medial", "lateral", "medial", "lateral", "cranial"):
        yield Recipe("sacral", (_block("S1", pattern, 0.4),))
    for ml in (0.3, 0.4, 0.5, 0.5, 0.4, 0.3):
        yield Recipe("sacral", (_block("L5", "target", ml),))


def _block(level: str, pattern: str, ml: float) -> tuple[str, str, str, float, float]:
    return level, "left", pattern, ml, 240.0


JUDGED: tuple[tuple[str, str, tuple[tuple[Site, ...], ...]], ...] = (
    ("kimura-2020", "bilateral", ((("L5", "left"), ("L5", "right")),)),
    ("miyakoshi-2007", "bilateral", ((("L5", "left"),), (("L5", "right"),))),
    ("mbb-diagnostic", "block", ((("L4", "left"), ("L5", "left")),)),
    ("l5-dorsal-ramus", "sacral", ((("S1", "left"),),)),
)
"""Protocol, pool, and the injected junctions with which it is asked; twice where each side is asked alone."""


def make(numbered: tuple[int, Recipe], folder: Path, seed: int) -> str:
    """Make a study where it is not there yet; return its name."""
    number, recipe = numbered
    centre = '"L5", "S1"' if recipe.pool == "sacral" else '"L4"'
    text = _LOOK.format(centre=centre, age=30 + 7 * (number % 7))
    for level, side, pattern, ml, mg in recipe.injections:
        text += f'[[injections]]\nlevel = "{level}"\nside = "{side}"\npattern = "{pattern}"\n'
        text += f"volume_ml = {ml}\niodine_mg_per_ml = {mg}\ngauge = 22\n"
    order = Order(Ticket(seed, number, fast=True), scenario_from_toml(text, f"{recipe.pool}.toml"))
    if not (folder / order.name).exists():
        make_case(order, folder)
    return order.name


def judge_study(numbered: tuple[int, Recipe], folder: Path, seed: int) -> list[Verdict]:
    """Analyse a study and answer every protocol that its pool is for."""
    number, recipe = numbered
    case = read_case(folder / f"{number:03d}")
    asked = [
        read_protocol(name, injected)
        for name, pool, choices in JUDGED
        if pool == recipe.pool
        for injected in choices
    ]
    points = _junctions(case)
    with tempfile.TemporaryDirectory() as scratch:
        study = Path(scratch, "study")
        study.mkdir()
        for file in sorted(case.folder.glob("*.dcm")):
            shutil.copy(file, study)
        marked = _marked(points, np.random.default_rng([seed, number]), Path(scratch))
        report = analyse(study, Request(landmarks=marked, protocol=asked[0].name, injected=asked[0].injected))
    # what else is asked needs no second analysis: no zone of S1 is among it
    evidence = gather(
        report.coverage, (), (report.landmarks, report.regions, report.mask), report.flags, (_VIEW, None)
    )
    outcomes = [report.judgement.outcome]
    outcomes += [decide(protocol, (), evidence).outcome for protocol in asked[1:]]
    return [
        _verdict(case, points, protocol, outcome)
        for protocol, outcome in zip(asked, outcomes, strict=True)
        if outcome is not None
    ]


def _verdict(case: Case, points: Landmarks, protocol: Protocol, found: ProtocolOutcome) -> Verdict:
    truth = {**true_exposure(case), **_sacral_exposure(case, points)}
    exact = decide(protocol, (), _evidence_of_truth(case, points)).outcome
    assert exact is not None
    return Verdict(
        protocol.name,
        case.name,
        found.answer,
        (found.low, found.high),
        all(holds(one, protocol, truth) for one in protocol.criteria if one.required),
        exact.answer == "cannot say",
    )


def holds(criterion: Criterion, protocol: Protocol, truth: dict[str, bool]) -> bool:
    """Whether a criterion is true: worked out here once more, from the definitions alone."""
    sides = criterion.sides or tuple(dict.fromkeys(side for _, side in protocol.injected))
    sites = {
        "listed": [(level, side) for level in criterion.levels for side in sides],
        "injected": list(protocol.injected),
        "other": [
            (level, side)
            for level in ASSESSED_LEVELS
            for side in ("left", "right")
            if (level, side) not in protocol.injected
        ],
    }[criterion.at]
    count = any if criterion.need == "any" else all
    reached = [count(truth[f"{level} {side} {name}"] for name in criterion.regions) for level, side in sites]
    return all(reached) if criterion.expect == "reached" else not any(reached)


def _sacral_exposure(case: Case, points: Landmarks) -> dict[str, bool]:
    """Whether 5 reference mm of the true L5 ramus at S1 lie in true contrast; axis and scale of L5."""
    junctions = points.junctions()
    if ("S1", "left") not in junctions:
        return {}
    l4, l5, s1 = (
        {s: np.array([junctions[b, s].row, junctions[b, s].column]) for s in ("left", "right")}
        for b in ("L4", "L5", "S1")
    )
    cranial = sum(l4.values()) - sum(s1.values())
    cranial = cranial / np.hypot(*cranial)
    scale = np.hypot(*(l5["left"] - l5["right"])) / (2 * REFERENCE["L5"].junction_x_mm)
    found = {}
    for side in ("left", "right"):
        lateral = np.array([cranial[1], -cranial[0]])
        lateral = lateral if (s1[side] - sum(s1.values()) / 2) @ lateral > 0 else -lateral
        (x, top), (_, bottom) = SACRAL_COURSE_MM
        along = np.arange(bottom, top, 0.1) + 0.05
        place = np.rint(s1[side] + scale * (x * lateral + along[:, None] * cranial)).astype(int)
        inside = (place >= 0).all(1) & (place < case.mask.shape).all(1)
        found[f"S1 {side} ramus"] = bool(
            case.mask[tuple(place[inside].T)].sum() * 0.1 >= CoverSettings().least_exposed_mm
        )
    return found


def _evidence_of_truth(case: Case, points: Landmarks):  # type: ignore[no-untyped-def]
    """The evidence with the true mask and junctions, and the usual uncertainty of both."""
    settings = CoverSettings(given_sd_reference_mm=READER_SD_MM)
    orientation = Orientation("image left", "truth", True, True)
    regions = place(points, orientation, settings)
    mask = from_given(GivenMask(case.mask, case.mask))
    nothing = np.zeros_like(case.mask)
    scene = Scene(mask, case.field, nothing, "")
    coverage = cover(regions, scene, settings)
    zones = cover_zones(place_sacral(points, orientation, settings), scene, settings)
    return gather(coverage, zones, (points, regions, mask), (), (_VIEW, None))


def _junctions(case: Case) -> Landmarks:
    """The true junctions of L3 to S1 that are in view."""
    sides = {"L": "left", "R": "right"}
    points = []
    for name, (column, row) in case.truth["landmarks_px"].items():
        kind, level, side = (*name.split("_"), "", "")[:3]
        seen = case.truth["landmarks_in_view"].get(name)
        if kind == "junction" and level in (*ASSESSED_LEVELS, "S1") and seen:
            points.append(Landmark(level, sides[side], "sap_tp_junction", row, column))
    return Landmarks("given", tuple(points))


def _marked(points: Landmarks, rng: np.random.Generator, folder: Path) -> Path:
    """Write the junctions as a reader would mark them."""
    at = points.junctions()
    l5 = np.hypot(
        at["L5", "left"].row - at["L5", "right"].row, at["L5", "left"].column - at["L5", "right"].column
    )
    sd_px = READER_SD_MM * l5 / (2 * REFERENCE["L5"].junction_x_mm)
    record = {"schema": "spreadscan.landmarks", "schema_version": 1, "points": []}
    for point in points.points:
        row, column = np.array([point.row, point.column]) + rng.normal(0, sd_px, 2)
        record["points"].append({"level": point.level, "side": point.side, "row": row, "column": column})
    file = folder / "landmarks.json"
    file.write_text(json.dumps(record), encoding="utf-8")
    return file


def table(verdicts: list[Verdict]) -> str:
    """Return a Markdown table: for each protocol and side of its line how the studies were answered."""
    lines = [
        "| protocol | truth | studies | right | wrong | cannot say | of these close to the line |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, _, _ in JUDGED:
        for true, word, other in ((True, "met", "not met"), (False, "not met", "met")):
            mine = [v for v in verdicts if v.protocol == name and v.true == true]
            open_ones = [v for v in mine if v.answer == "cannot say"]
            counts = (
                sum(v.answer == word for v in mine),
                sum(v.answer == other for v in mine),
                len(open_ones),
                sum(v.close for v in open_ones),
            )
            lines.append(f"| `{name}` | {word} | {len(mine)} | " + " | ".join(map(str, counts)) + " |")
    return "\n".join(lines)


def main() -> None:
    """Make what is missing, judge everything, print the table and the studies answered wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--seed", type=int, default=SEED, help="other patients and injections by the same recipes"
    )
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    numbered = list(enumerate(recipes(), 1))
    with ProcessPoolExecutor(arguments.jobs) as pool:
        which = {"folder": arguments.folder, "seed": arguments.seed}
        list(pool.map(partial(make, **which), numbered))
        verdicts = [v for some in pool.map(partial(judge_study, **which), numbered) for v in some]
    print(table(verdicts))
    for v in verdicts:
        if (v.answer == "met") != v.true:
            low, high = v.probability
            note = ", close to the line" if v.close else ""
            truly = "met" if v.true else "not met"
            print(f"{v.protocol} {v.study}: {v.answer} ({low:.2f} to {high:.2f}), truly {truly}{note}")


if __name__ == "__main__":
    main()
