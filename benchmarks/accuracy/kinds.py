"""Measure kinds of contrast, the vascular flag of runs and the iodine on simulated cases with truth.

    python -m benchmarks.accuracy.kinds CASES [CASES ...] [--jobs 2] [--fit]

Cases are analysed blind as by ``accuracy.py``. An area of contrast belongs to the injection that at least
six tenths of its iodine come from; smaller areas than 20 mm² are left out. A run is vascular if at least a
tenth of an injection into a vein is in by its last frame. ``--fit`` prints the coefficients of the logistic
model of ``spreadscan.stages.uptake`` fitted to these cases; a candidate is a vessel if at least four
tenths of it hold iodine that went into a vein.
"""

import argparse
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from skimage.measure import label

from benchmarks.accuracy.cases import find_cases, lay_out, read_case
from spreadscan.errors import SpreadscanError
from spreadscan.image.filters import shrunk
from spreadscan.pipeline import analyse, look_at
from spreadscan.settings import Settings
from spreadscan.stages.follow import follow
from spreadscan.stages.place import place
from spreadscan.stages.uptake import Measures, candidates, maps, measures
from spreadscan.study_facts import look_up
from spreadscan.values import CoverageReport

KIND_OF = {
    "target": "depot",
    "cranial": "depot",
    "lateral": "too_lateral",
    "medial": "too_medial",
    "facet": "over_facet",
    "foraminal": "medial_track",
    "epidural": "medial_track",
    "vascular": "vascular",
    "needle-track": "along_needle",
    "superficial": "depot",
}
"""What an injection of each type should look like. Superficial contrast projects as a depot does."""
KINDS = ("depot", "too_lateral", "too_medial", "over_facet", "medial_track", "vascular", "along_needle")
LEAST_MM2 = 20.0
LEAST_SHARE = 0.6
BEGUN = 0.1
RIDGE = 1.0


class Run(NamedTuple):
    """Whether a run was vascular, what was said of it, and whether it could have shown run-off."""

    vascular: bool
    state: str
    adequate: bool
    confidence: float


class Case(NamedTuple):
    """What came of one case: its areas as (type, kind), its run, and the iodine (low, best, high, true)."""

    name: str
    failure: str
    areas: tuple[tuple[str, str], ...] = ()
    run: Run | None = None
    iodine: tuple[float, float, float, float] | None = None


def score_case(case: Path) -> Case:
    """Analyse a case blind and compare it with its truth."""
    known_case = read_case(case)
    truth = known_case.truth
    with tempfile.TemporaryDirectory() as folder:
        study, request = lay_out(known_case, Path(folder), with_landmarks=True)
        try:
            report = analyse(study, request)
        except SpreadscanError as error:
            return Case(case.name, str(error))
    return Case(case.name, "", _areas(report, case, truth), _run(report, truth), _iodine(report, truth))


def _areas(report: CoverageReport, case: Path, truth: dict) -> tuple[tuple[str, str], ...]:
    labels = label(report.mask.sure, connectivity=2)
    least = LEAST_MM2 / truth["px_mm_spine_plane"] ** 2
    kinds = {(c.area_px, round(c.centroid_row, 3)): c.kind for c in report.contrast.components}
    found = []
    with np.load(case / "truth.npz") as stored:
        sites = {k[5:]: stored[k].astype(np.float32) for k in stored.files if k.startswith("site_")}
    for n in range(1, labels.max() + 1):
        here = labels == n
        parts = {truth["sites"][k]["type"]: float(iodine[here].sum()) for k, iodine in sites.items()}
        total = sum(float(iodine[here].sum()) for iodine in sites.values())
        main = max(parts, key=lambda k: parts[k], default="")
        if here.sum() >= least and total > 0 and parts[main] >= LEAST_SHARE * total:
            key = (int(here.sum()), round(float(np.nonzero(here)[0].mean()), 3))
            found.append((main, kinds.get(key, "?")))
    return tuple(found)


def _is_vascular(truth: dict) -> bool:
    """Whether an injection into a vein has begun; the other simulator fills its veins at once."""
    sites = [name for name, site in truth["sites"].items() if site["type"] == "vascular"]
    at_once = "study" not in truth["config"]
    return any(
        frame.get("on", 0) > 0 if at_once else frame.get(name, 0) >= BEGUN
        for name in sites
        for frame in truth["filling"]
    )


def _run(report: CoverageReport, truth: dict) -> Run | None:
    if truth["n_frames"] == 1:
        return None
    surest = max((passage.confidence for passage in report.uptake.passages), default=0.0)
    return Run(_is_vascular(truth), report.uptake.state, report.uptake.adequate, surest)


def _iodine(report: CoverageReport, truth: dict) -> tuple[float, float, float, float] | None:
    true = sum(site.get("iodine_mg_projected", 0) for site in truth["sites"].values())
    mass = report.iodine.mass_mg
    return None if mass is None or true < 1 else (*mass, float(true))


def print_cases(cases: list[Case]) -> None:
    """Print the figures of all cases."""
    for case in cases:
        if case.failure:
            print(f"{case.name} FAILED {case.failure}")
    _print_kinds([area for case in cases for area in case.areas])
    _print_runs([case.run for case in cases if case.run is not None])
    _print_iodine([case.iodine for case in cases if case.iodine is not None])


def _print_kinds(areas: list[tuple[str, str]]) -> None:
    columns = (*KINDS, "unclassified")
    print("areas of contrast: injected as (rows), looks like (columns)")
    print(" " * 14 + "".join(f"{kind[:12]:>14}" for kind in columns))
    for kind in KIND_OF:
        row = [sum(area == (kind, column) for area in areas) for column in columns]
        print(f"{kind:<14}" + "".join(f"{n:>14}" for n in row))
    for kind in KINDS:
        said = [KIND_OF[true] == kind for true, found in areas if found == kind]
        were = [found == kind for true, found in areas if KIND_OF[true] == kind]
        right = f"{np.mean(said):.2f}" if said else "-"
        met = f"{np.mean(were):.2f}" if were else "-"
        print(f"{kind}: said {len(said)} times, right {right}; of {len(were)} that were, {met} said so")


def _print_runs(runs: list[Run]) -> None:
    for title, here in (
        ("all runs", runs),
        ("runs fast and long enough", [run for run in runs if run.adequate]),
    ):
        yes, no = ([run.state == "seen" for run in here if run.vascular == v] for v in (True, False))
        if yes and no:
            print(
                f"vascular flag, {title}: {len(yes)} vascular, sensitivity {np.mean(yes):.3f};"
                f" {len(no)} others, specificity {1 - np.mean(no):.3f}"
            )
    for low, high in ((0.0, 0.2), (0.2, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.01)):
        here = [run.vascular for run in runs if low <= run.confidence < high]
        if here:
            print(f"  surest passage {low} to {min(high, 1)}: {len(here)} runs, vascular {np.mean(here):.2f}")


def _print_iodine(masses: list[tuple[float, float, float, float]]) -> None:
    if masses:
        low, best, high, true = np.array(masses).T
        within = np.mean((low <= true) & (true <= high))
        print(
            f"iodine: {len(masses)} cases with a mass, best over true {np.median(best / true):.2f} (median),"
            f" truth within the interval in {within:.2f}"
        )


def described(case: Path) -> list[tuple[Measures, bool]]:
    """Return the candidates of a run with whether each is a vessel."""
    known_case = read_case(case)
    truth, settings = known_case.truth, Settings()
    with tempfile.TemporaryDirectory() as folder:
        study, request = lay_out(known_case, Path(folder), with_landmarks=True)
        known = look_up(study, request, settings)
        seen = look_at(known, request, settings)
    known = seen.known
    course = follow(seen.run, seen.pair, seen.mask, known.scale, settings.follow)
    if course is None or not course.noise_sd > 0:
        return []
    regions = place(known.landmarks, known.orientation, settings.cover)
    found = maps(course, regions, known.scale, settings.uptake)
    labels = candidates(found, course.noise_sd, settings.uptake)
    vessels = shrunk(_vessels(case, truth), course.factor)
    return [
        (measures(course, found, labels == n), bool((vessels[labels == n] > 1).mean() >= 0.4))
        for n in range(1, labels.max() + 1)
    ]


def _vessels(case: Path, truth: dict) -> NDArray[np.float32]:
    """Iodine in veins, mgI/cm²: that of the injections into them, or what has gone by the last frame."""
    names = [name for name, site in truth["sites"].items() if site["type"] == "vascular"]
    with np.load(case / "truth.npz") as stored:
        nothing = np.zeros(tuple(int(n) for n in stored["shape"]), np.float32)
        if not names or not _is_vascular(truth):
            return nothing
        if "study" in truth["config"]:
            return sum(
                (stored[f"site_{n}"].astype(np.float32) for n in names if f"site_{n}" in stored), nothing
            )
        last = stored[f"iodine_f{truth['n_frames'] - 1}"].astype(np.float32)
        frames = [stored[k].astype(np.float32) for k in stored.files if k.startswith("iodine_f")]
    gone: NDArray[np.float32] = np.max([np.maximum(frame - last - 5, 0) for frame in frames], axis=0)
    return gone


def print_fit(candidates_found: list[tuple[Measures, bool]]) -> None:
    """Print the coefficients of a ridge logistic regression on standardised measures."""
    x = np.array([one for one, _ in candidates_found])
    y = np.array([vessel for _, vessel in candidates_found], float)
    middle, spread = x.mean(axis=0), x.std(axis=0)
    z = np.column_stack([np.ones(len(x)), (x - middle) / spread])
    weights, penalty = np.zeros(z.shape[1]), RIDGE * np.diag([0.0, *np.ones(x.shape[1])])
    for _ in range(50):
        p = 1 / (1 + np.exp(-z @ weights))
        slope = z.T @ (y - p) - penalty @ weights
        weights += np.linalg.solve((z * (p * (1 - p))[:, None]).T @ z + penalty, slope)
    scaled = weights[1:] / spread
    print(f"{len(y)} candidates, {y.sum():.0f} vessels")
    print(f"constant: {weights[0] - scaled @ middle:.3f}")
    for name, weight in zip(Measures._fields, scaled, strict=True):
        print(f"{name}: {weight:.3f}")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", type=Path, nargs="+")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args()
    cases = [case for folder in options.cases for case in find_cases(folder)]
    with ProcessPoolExecutor(options.jobs) as pool:
        if options.fit:
            print_fit([one for found in pool.map(described, cases) for one in found])
        else:
            print_cases(list(pool.map(score_case, cases)))


if __name__ == "__main__":
    main()
