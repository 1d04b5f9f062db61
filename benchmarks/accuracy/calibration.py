"""Measure how well the probabilities of coverage are calibrated, on simulated cases with truth.

    python -m benchmarks.accuracy.calibration CASES [CASES ...] [--page FILE.md] [--picture FILE.png] [--fit]

Cases are analysed blind as by ``accuracy.py``; then the coverage is counted again with the junctions marked
wrongly, by each of the error models of ``ERRORS``, while the program assumes that of its settings. Told
are, for each set of cases, with a baseline and without: Brier score, expected calibration error, agreement,
and how often the 90 % interval of the fraction holds the true one. ``--looked DIR`` keeps what was seen of
each case, so that another run need not look again; ``--fit`` prints the settings that fit the cases best.
"""

import argparse
import pickle
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np

from benchmarks.accuracy.calibration_page import Answer, Figures, draw, figures_of, page
from benchmarks.accuracy.cases import Case, find_cases, lay_out, read_case
from benchmarks.accuracy.scores import true_regions
from spreadscan.errors import SpreadscanError
from spreadscan.judgement.refusal import refusal_of
from spreadscan.pipeline import look_at
from spreadscan.settings import CoverSettings, Settings
from spreadscan.stages.cover import Scene, cover
from spreadscan.stages.place import place, px_per_reference_mm
from spreadscan.study_facts import look_up
from spreadscan.threads import work_alone
from spreadscan.values import Landmarks, Orientation

ERRORS = {
    "exact": "no error at all",
    "assumed": "normal, 1 reference mm each way, as the program assumes",
    "double": "normal, 2 reference mm each way",
    "heavy": "Student's t of 3 degrees of freedom with a standard deviation of 1.5 reference mm each way",
}
"""How the junctions are marked wrongly."""
EDGES_MM = (0.15, 0.3, 0.6, 1.0, 1.5)
EVENTS = (0.0, 0.005, 0.01, 0.02, 0.04, 0.06, 0.1, 0.15)
"""What ``--fit`` tries."""
FIT_DRAWS = 400


@dataclass(frozen=True)
class Looked:
    """What the analysis saw of a case, and the true fraction and exposure by level, side and region."""

    name: str
    scene: Scene
    landmarks: Landmarks
    orientation: Orientation
    true: dict[tuple[str, str, str], tuple[float, bool]]


def main() -> None:
    """Look, count and write."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("cases", type=Path, nargs="+")
    parser.add_argument("--page", type=Path)
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--looked", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args()
    folders = [(folder.name, case) for folder in options.cases for case in find_cases(folder)]
    with ProcessPoolExecutor(options.jobs, initializer=work_alone) as pool:
        if options.fit:
            fit(list(pool.map(partial(tried, kept=options.looked), folders)))
            return
        found = list(pool.map(partial(answered, kept=options.looked), folders))
    answers = [answer for case in found for answer in case]
    text = page(answers, ERRORS, [folder.name for folder in options.cases])
    print(text)
    if options.page:
        options.page.write_text(text, encoding="utf-8")
    if options.picture:
        draw(answers, ERRORS, options.picture)


def look(case: Case) -> Looked | None:
    """Return what the analysis sees of a case; ``None`` where it cannot be analysed."""
    settings = Settings()
    with tempfile.TemporaryDirectory() as scratch:
        study, request = lay_out(case, Path(scratch), with_landmarks=True)
        try:
            seen = look_at(look_up(study, request, settings), request, settings)
        except SpreadscanError:
            return None
    alone = seen.contrast.method == "single image"
    known = seen.known
    refusal = refusal_of(known.search, known.orientation, seen.mask, seen.contrast, seen.pair)
    scene = Scene(seen.mask, seen.contrast.valid, seen.contrast.metal, refusal.reason, alone)
    return Looked(case.name, scene, known.landmarks, known.orientation, true_regions(case))


def looked_at(folder: tuple[str, Path], kept: Path | None) -> Looked | None:
    """Return what was seen of a case, from an earlier run where it was kept."""
    file = None if kept is None else kept / f"{folder[0]}_{folder[1].name}.pickle"
    if file is not None and file.exists():
        found: Looked | None = pickle.loads(file.read_bytes())
        return found
    found = look(read_case(folder[1]))
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(pickle.dumps(found))
    return found


def answered(folder: tuple[str, Path], kept: Path | None) -> list[Answer]:
    """Return the answers on a case under every error model; none where it cannot be analysed."""
    seen = looked_at(folder, kept)
    if seen is None:
        return []
    return [answer for error in ERRORS for answer in answers_of(seen, folder[0], error, CoverSettings())]


def answers_of(seen: Looked, cases: str, error: str, settings: CoverSettings) -> list[Answer]:
    """Return an answer for each region that the truth can judge and the program answered."""
    marked = misplaced(seen.landmarks, error, seed=sum(map(ord, cases + seen.name)))
    found = cover(place(marked, seen.orientation, settings), seen.scene, settings)
    rows = {(row.level, row.side, row.region): row for row in found.regions}
    return [
        Answer(
            cases=cases,
            single_image=seen.scene.single_image,
            error=error,
            probability=row.probability,
            varied=row.varied_probability or 0.0,
            fractions=(row.fraction_low or 0.0, row.fraction_high or 0.0),
            true_fraction=fraction,
            exposed=exposed,
        )
        for key, (fraction, exposed) in seen.true.items()
        if (row := rows.get(key)) is not None and row.probability is not None  # type: ignore[call-overload]
    ]


def misplaced(landmarks: Landmarks, error: str, seed: int) -> Landmarks:
    """Return the landmarks with each point off by an error of the model."""
    rng = np.random.default_rng([seed, list(ERRORS).index(error)])
    shape = (len(landmarks.points), 2)
    errors_mm = {
        "exact": np.zeros(shape),
        "assumed": rng.normal(size=shape),
        "double": 2 * rng.normal(size=shape),
        "heavy": 1.5 / np.sqrt(3) * rng.standard_t(3, size=shape),
    }[error]
    scales = px_per_reference_mm(landmarks)
    usual = float(np.median(list(scales.values()))) if scales else 1.0
    points = []
    for point, (down, right) in zip(landmarks.points, errors_mm, strict=True):
        scale = scales.get(point.level, usual)
        points.append(replace(point, row=point.row + scale * down, column=point.column + scale * right))
    return replace(landmarks, points=tuple(points))


def tried(folder: tuple[str, Path], kept: Path | None) -> dict[float, list[Answer]]:
    """Return the answers under the assumed error for each standard deviation of the edge, events left out."""
    seen = looked_at(folder, kept)
    sharp = CoverSettings(
        draws=FIT_DRAWS, baseline_missed=0, baseline_false=0, single_missed=0, single_false=0
    )
    return {
        edge: answers_of(
            seen, folder[0], "assumed", replace(sharp, baseline_edge_mm=edge, single_edge_mm=edge)
        )
        for edge in EDGES_MM
        if seen is not None
    }


def fit(cases: list[dict[float, list[Answer]]]) -> None:
    """Print, for each method and edge, how often the picture must be wrong for the least log score.

    A probability p of the draws becomes p (1 - false) + (1 - p) missed. Of edges with like log scores the one
    whose intervals hold nearest to 90 % of the true fractions is to be taken.
    """
    print("method        edge mm  log score  missed  false  brier  ece    held")
    for single, edge in product((False, True), EDGES_MM):
        answers = [a for case in cases for a in case.get(edge, []) if a.single_image == single]
        if not answers:
            continue
        best: tuple[float, float, float, Figures] | None = None
        for missed, false in product(EVENTS, EVENTS):
            told = [
                replace(a, probability=a.probability * (1 - false) + (1 - a.probability) * missed)
                for a in answers
            ]
            found = figures_of(told)
            if best is None or found.log_score < best[0]:
                best = (found.log_score, missed, false, found)
        assert best is not None
        score, missed, false, found = best
        name = "single image" if single else "baseline"
        print(
            f"{name:13} {edge:7.2f}  {score:9.4f}  {missed:6.3f}  {false:5.3f}  {found.brier:.4f} "
            f"{found.calibration_error:.3f}  {found.held:.3f}"
        )


if __name__ == "__main__":
    main()
