"""Measure accuracy on a folder of simulated cases with truth.

    python benchmarks/accuracy.py CASES [--jobs 2] [--no-landmarks]

Each case is a folder with DICOM files, truth.json and truth.npz. A case is analysed blind: of the truth it is
told the frame that is scored, the side where the file lacks it, and the junctions in view. Truth is iodine
above the case's detection limit. Dice is over the field; "near" is within 30 mm of a junction. A region is
exposed if ``spreadscan.stages.cover`` says so of the true mask with the true junctions.
"""

import argparse
import json
import shutil
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spreadscan.anatomy import ASSESSED_LEVELS
from spreadscan.errors import SpreadscanError
from spreadscan.pipeline import analyse
from spreadscan.settings import CoverSettings
from spreadscan.stages.cover import Scene, cover
from spreadscan.stages.place import place
from spreadscan.stages.segment import from_given
from spreadscan.values import GivenMask, Landmark, Landmarks, Orientation, Request

Mask = NDArray[np.bool_]


class Region(NamedTuple):
    """Found and true coverage of one region."""

    fraction: float | None
    probability: float | None
    true_fraction: float
    exposed: bool


class Score(NamedTuple):
    """What came of one case."""

    name: str
    mode: str
    failure: str
    dice: float
    dice_near: float
    false_mm2: float
    regions: tuple[Region, ...]


def score_case(case: Path, with_landmarks: bool) -> Score:
    """Analyse a case blind and compare it with its truth."""
    truth = json.loads((case / "truth.json").read_text())
    mask, field = _truth_masks(case)
    true_points = _junctions(truth)
    given = Landmarks("given", tuple(p for p in true_points.points if _in_view(truth, p)))
    failed = partial(
        Score, case.name, truth["config"]["mode"], dice=0.0, dice_near=0.0, false_mm2=0.0, regions=()
    )
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "study"
        study.mkdir()
        for file in case.glob("*.dcm"):
            shutil.copy(file, study)
        try:
            report = analyse(study, _request(truth, given if with_landmarks else None, Path(folder)))
        except SpreadscanError as error:
            return failed(failure=str(error))
    sure = report.mask.sure & field
    mm = truth["px_mm_spine_plane"]
    near = _near(true_points, mask.shape, 30 / mm)
    true_regions = place(true_points, Orientation("image left", "truth", True, True), CoverSettings())
    scene = Scene(from_given(GivenMask(mask, mask)), field, np.zeros_like(mask), "")
    exact = CoverSettings(draws=1, given_sd_reference_mm=1e-9)
    found = {(row.level, row.side, row.region): row for row in report.coverage.regions}
    regions = tuple(
        Region(row.fraction, row.probability, true.fraction, true.probability >= 0.5)
        for true in cover(true_regions, scene, exact).regions
        if true.fraction is not None and true.probability is not None
        for row in [found[true.level, true.side, true.region]]
    )
    return Score(
        case.name,
        truth["config"]["mode"],
        "",
        _dice(sure, mask),
        _dice(sure & near, mask & near),
        float((sure & ~mask).sum() * mm**2),
        regions,
    )


def _truth_masks(case: Path) -> tuple[Mask, Mask]:
    with np.load(case / "truth.npz") as stored:
        shape = tuple(int(n) for n in stored["shape"])
        mask, field = (
            np.unpackbits(stored[name])[: shape[0] * shape[1]].reshape(shape).astype(bool)
            for name in ("mask_det", "field")
        )
    return mask & field, field


def _junctions(truth: dict) -> Landmarks:
    sides = {"L": "left", "R": "right"}
    points = []
    for name, (column, row) in truth["landmarks_px"].items():
        kind, level, side = (*name.split("_"), "")[:3]
        if kind == "junction" and level in ASSESSED_LEVELS:
            points.append(Landmark(level, sides[side], "sap_tp_junction", row, column))
    return Landmarks("given", tuple(points))


def _in_view(truth: dict, point: Landmark) -> bool:
    return bool(truth["landmarks_in_view"].get(f"junction_{point.level}_{point.side[0].upper()}"))


def _request(truth: dict, landmarks: Landmarks | None, folder: Path) -> Request:
    file = None
    if landmarks is not None and landmarks.points:
        file = folder / "landmarks.json"
        points = [
            {"level": p.level, "side": p.side, "kind": p.kind, "row": p.row, "column": p.column}
            for p in landmarks.points
        ]
        record = {"schema": "spreadscan.landmarks", "schema_version": 1, "points": points}
        file.write_text(json.dumps(record))
    side = None
    if "noorient" in truth["quality_flags"]:
        side = "image left" if truth["image_left_is_patient"] == "L" else "image right"
    return Request(frame=truth["eval_frame"] + 1, landmarks=file, patient_left=side)


def _near(points: Landmarks, shape: tuple[int, ...], radius_px: float) -> Mask:
    row, column = np.ogrid[: shape[0], : shape[1]]
    near = np.zeros(shape, bool)
    for point in points.points:
        near |= (row - point.row) ** 2 + (column - point.column) ** 2 <= radius_px**2
    return near


def _dice(found: Mask, true: Mask) -> float:
    total = found.sum() + true.sum()
    return float("nan") if total == 0 or not true.any() else float(2 * (found & true).sum() / total)


def print_scores(scores: list[Score]) -> None:
    """Print the figures of a folder of cases."""
    for score in scores:
        said = (
            f"FAILED {score.failure}"
            if score.failure
            else f"Dice {score.dice:.3f} near {score.dice_near:.3f}"
        )
        print(f"{score.name} {score.mode} {said}, false contrast {score.false_mm2:.0f} mm2")
    print(f"\ncases {len(scores)}, analysed {sum(not score.failure for score in scores)}")
    for mode in ("cine", "pair", "spot"):
        here = [score for score in scores if score.mode == mode]
        if here:
            _print_mode(mode, here)
    _print_regions("all regions", [region for score in scores for region in score.regions], reliability=True)


def _print_mode(mode: str, scores: list[Score]) -> None:
    dice, near = (np.array([getattr(s, name) for s in scores]) for name in ("dice", "dice_near"))
    known = ~np.isnan(dice)
    median, tenth = np.percentile(dice[known], [50, 10])
    print(
        f"{mode}: {len(scores)} cases, {known.sum()} with contrast, median Dice {median:.3f}"
        f" (10th percentile {tenth:.3f}), near junctions {np.nanmedian(near):.3f}"
    )
    _print_regions(f"  {mode} regions", [region for score in scores for region in score.regions])


def _print_regions(title: str, regions: list[Region], reliability: bool = False) -> None:
    answered = [(r.probability, r.exposed) for r in regions if r.probability is not None]
    errors = [abs(r.fraction - r.true_fraction) for r in regions if r.fraction is not None]
    if not answered:
        print(f"{title}: {len(regions)}, none answered")
        return
    p, exposed = np.array(answered, float).T
    agreement, brier = ((p >= 0.5) == (exposed > 0)).mean(), np.mean((p - exposed) ** 2)
    print(
        f"{title}: {len(regions)}, answered {len(answered)}, agreement {agreement:.3f},"
        f" mean error of the fraction {np.mean(errors):.3f}, Brier score {brier:.3f}"
    )
    if reliability:
        for low, high in ((0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.01)):
            here = (p >= low) & (p < high)
            if here.any():
                print(
                    f"  probability {low} to {min(high, 1)}: {here.sum()} regions, mean {p[here].mean():.2f},"
                    f" exposed {exposed[here].mean():.2f}"
                )


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--no-landmarks", action="store_true")
    options = parser.parse_args()
    cases = sorted(path.parent for path in options.cases.glob("*/truth.npz"))
    with ProcessPoolExecutor(options.jobs) as pool:
        print_scores(list(pool.map(partial(score_case, with_landmarks=not options.no_landmarks), cases)))


if __name__ == "__main__":
    main()
