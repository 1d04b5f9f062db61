"""How well the landmarks are found, on images whose truth is known.

    python -m benchmarks.accuracy.landmark_accuracy CASES [CASES ...]

CASES are folders of simulated cases with truth, or of ``landmark_images.py``. Printed for each: how many
frontal views with the junctions of L4, L5 and the sacrum in the field are answered, and how many images that
show nothing of the kind; the errors of the junctions of L3 to L5; the answers that are shifted by a level;
the share of true points in the stated 90 % ellipses; the error of the rotation of the spine, against the ray
through L4; the same with two junctions given, marked with an error of 1 mm. Errors are in millimetres of
the patient's plane. These are simulation figures.
"""

import argparse
import zlib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spreadscan.detect.find import Hints, Picture, find_landmarks
from spreadscan.settings import Settings
from spreadscan.values import Landmark, Landmarks, Search
from training.landmarks.images import Kept, every_case, read_case, read_kept

LEVELS = ("L3", "L4", "L5")
FRONTAL_DEG = 10.0
"""Up to this rotation a view is a true frontal one here."""
ELLIPSE_90 = 4.605
"""90th percentile of the chi-square distribution with two degrees of freedom."""
CLICK_MM = 1.0
"""Standard deviation of each coordinate of a given junction."""
WARN_DEG = 5.0
"""From this rotation a view is called turned."""
SHIFTED_MM = 15.0
"""All junctions off by more along the spine, the same way: the levels are shifted."""


class Result(NamedTuple):
    """What came of one image: errors (N, 2) mm, and whether each lies in its ellipse."""

    kept: Kept
    search: Search
    errors: NDArray[np.float64]
    held: NDArray[np.bool_]


def true_junctions(kept: Kept) -> dict[tuple[str, str], NDArray[np.float64]]:
    """Return the true junctions of L3 to S1 by level and side of the stored image, those in the field."""
    found = {}
    for name, at, seen in zip(kept.names, kept.points, kept.visible, strict=True):
        kind, level, side = name.split("_")
        if kind == "junction" and seen:
            stored = side if kept.head_up else {"left": "right", "right": "left"}[side]
            found[level, f"image {stored}"] = at
    return found


def should_answer(kept: Kept) -> bool:
    """Whether it is a frontal view with the junctions of L4 and L5 and of the sacrum in the field."""
    seen = true_junctions(kept)
    whole = all(
        (level, f"image {side}") in seen for level in ("L4", "L5", "S1") for side in ("left", "right")
    )
    return whole and abs(kept.primary_deg) <= FRONTAL_DEG and not any("_L6_" in n for n in kept.names)


def may_answer(kept: Kept) -> bool:
    """Whether an answer can be right: a nearly frontal view with at least four junctions in the field."""
    seen = true_junctions(kept)
    count = sum((level, f"image {side}") in seen for level in LEVELS for side in ("left", "right"))
    return count >= 4 and abs(kept.primary_deg) <= FRONTAL_DEG + 2


def searched(kept: Kept, marked: Landmarks, settings: Settings) -> Result:
    """Return what a search finds in an image."""
    inside = kept.square > -0.9
    hints = Hints(kept.head_up if marked.points else None, (marked,))
    search = find_landmarks(Picture(np.maximum(kept.square, 0), inside), hints, settings)
    truth, given = true_junctions(kept), {(p.level, p.side) for p in marked.points}
    errors, held = [], []
    for number, p in enumerate(search.landmarks.points):
        key = (p.level, p.side)
        if p.kind != "sap_tp_junction" or p.level not in LEVELS or key not in truth or key in given:
            continue
        off = np.array([p.row, p.column]) - truth[key]
        block = search.landmarks.covariance_px[2 * number : 2 * number + 2, 2 * number : 2 * number + 2]
        errors.append(off * kept.mm)
        held.append(bool(off @ np.linalg.solve(block, off) <= ELLIPSE_90))
    return Result(kept, search, np.array(errors).reshape(-1, 2), np.array(held, bool))


def two_given(kept: Kept, rng: np.random.Generator) -> Landmarks | None:
    """Return two junctions of different levels as a person would mark them; ``None`` where there are none."""
    truth = {key: at for key, at in true_junctions(kept).items() if key[0] in LEVELS}
    pairs = [(a, b) for a in truth for b in truth if LEVELS.index(a[0]) < LEVELS.index(b[0])]
    if not pairs:
        return None
    pair = pairs[rng.integers(len(pairs))]
    points = []
    for key in pair:
        row, column = truth[key] + rng.normal(0, CLICK_MM, 2) / kept.mm
        points.append(Landmark(*key, "sap_tp_junction", float(row), float(column), CLICK_MM / kept.mm))  # type: ignore[arg-type]
    return Landmarks("given", tuple(points))


def _both(path: Path) -> tuple[Result, Result | None]:
    kept, settings = read_case(path) if path.is_dir() else read_kept(path), Settings()
    alone = searched(kept, Landmarks("none"), settings)
    given = (
        two_given(kept, np.random.default_rng(zlib.crc32(kept.name.encode()))) if may_answer(kept) else None
    )
    return alone, None if given is None else searched(kept, given, settings)


def shifted(result: Result) -> bool:
    """Whether the levels are named wrongly: all junctions off the same way along the spine."""
    rows = result.errors[:, 0]
    return len(rows) > 0 and bool(
        (np.abs(rows) > SHIFTED_MM).mean() > 0.5 and abs(np.sign(rows).mean()) > 0.5
    )


def table(name: str, results: Sequence[tuple[Result, Result | None]]) -> str:
    """Return the figures of a folder."""
    alone = [r for r, _ in results]
    due = [r for r in alone if should_answer(r.kept)]
    wrong = [r for r in alone if not may_answer(r.kept)]
    answered = [r for r in due if not r.search.reason]
    every = [r for r in alone if not r.search.reason and len(r.errors)]
    lines = [f"{name}: {len(alone)} images"]
    lines.append(
        f"  frontal views with L4 to the sacrum in the field: {len(answered)} of {len(due)} answered"
    )
    lines.append(f"  images to refuse: {sum(not r.search.reason for r in wrong)} of {len(wrong)} answered")
    if every:
        gaps = np.concatenate([np.hypot(*r.errors.T) for r in every])
        held = np.concatenate([r.held for r in every])
        lines.append(
            f"  {len(gaps)} junctions: median error {np.median(gaps):.2f} mm,"
            f" 90 % {np.percentile(gaps, 90):.2f} mm; in their 90 % ellipse {held.mean():.3f}"
        )
        six = [r for r in every if any("_L6_" in name for name in r.kept.names)]
        five = [r for r in every if not any("_L6_" in name for name in r.kept.names)]
        lines.append(f"  levels shifted: {sum(map(shifted, five))} of {len(five)} answers")
        if six:
            lines.append(f"  with six lumbar vertebrae: {sum(map(shifted, six))} of {len(six)}")
    lines += _rotations(due)
    given = [r for _, r in results if r is not None and len(r.errors)]
    if given:
        gaps = np.concatenate([np.hypot(*r.errors.T) for r in given])
        held = np.concatenate([r.held for r in given])
        lines.append(
            f"  two junctions given, {len(gaps)} others: median error {np.median(gaps):.2f} mm,"
            f" 90 % {np.percentile(gaps, 90):.2f} mm; in their 90 % ellipse {held.mean():.3f}"
        )
    return "\n".join(lines)


def _rotations(due: Sequence[Result]) -> list[str]:
    """How well the rotation is told on true frontal views."""
    told = [(v, r.kept) for r in due if (v := r.search.view) is not None and v.rotation_deg is not None]
    if not told:
        return []
    truth = np.array([kept.seen_deg if kept.head_up else -kept.seen_deg for _, kept in told])
    found = np.array([v.rotation_deg for v, _ in told], float)
    stated = float(np.sqrt(np.mean([(v.rotation_sd_deg or 0.0) ** 2 for v, _ in told])))
    off, warned, turned = found - truth, np.abs(found) > WARN_DEG, np.abs(truth) > WARN_DEG
    return [
        f"  rotation told on {len(told)} of {len(due)}: root mean square error {np.sqrt(np.mean(off**2)):.1f}"
        f" degrees, stated {stated:.1f}",
        f"  turned by more than {WARN_DEG:.0f} degrees: {(warned & turned).sum()} of {turned.sum()} warned of"
        f" and {(warned & ~turned).sum()} of {(~turned).sum()} others",
    ]


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", type=Path, nargs="+")
    parser.add_argument("--most", type=int, default=400, help="images of each folder")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    with ProcessPoolExecutor(options.jobs) as pool:
        for folder in options.cases:
            found = [*sorted(folder.glob("*.npz")), *every_case([folder])][: options.most]
            print(table(folder.name, list(pool.map(_both, found, chunksize=4))), flush=True)


if __name__ == "__main__":
    main()
