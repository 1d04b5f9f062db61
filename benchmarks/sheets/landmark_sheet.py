"""Draw what the search for landmarks makes of simulated images, failures included.

    python -m benchmarks.sheets.landmark_sheet CASES SHEET.jpg

CASES is a folder of simulated cases with truth, or of ``landmark_images.py``. Twelve answers from the best
to the worst median error in equal steps, and six refusals: the true junctions of L3 to L5 as green dots,
the found ones as circles that hold 90 % by the own estimate of the program, yellow L3, blue L4, red L5.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.landmark_accuracy import LEVELS, Result, searched, shifted, true_junctions
from spreadscan.settings import Settings
from spreadscan.values import Landmarks
from training.landmarks.images import every_case, read_case, read_kept

TILE_PX = 400
ANSWERS, REFUSALS, ACROSS = 12, 6, 6
WITHIN_90 = 2.146
"""Radius in standard deviations of each coordinate that holds nine of ten points of the plane."""
COLOURS = {"L3": (0, 220, 255), "L4": (255, 170, 0), "L5": (60, 60, 255)}

Picture = NDArray[np.uint8]


def tile(result: Result) -> Picture:
    """Return one image with its truth, what was found and what was said."""
    kept, search = result.kept, result.search
    tone = np.where(kept.square < 0, 0, kept.square)
    low, high = np.percentile(tone[kept.square > -0.9], [1, 99])
    grey = 255 * (1 - np.clip((tone - low) / max(high - low, 1e-6), 0, 1))
    grey = np.where(kept.square > -0.9, grey, 0).astype(np.uint8)
    size = (TILE_PX, TILE_PX)
    canvas = cv2.cvtColor(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), cv2.COLOR_GRAY2BGR)
    zoom = np.array(size) / kept.square.shape

    def place(point: NDArray[np.float64]) -> tuple[int, int]:
        """Where a pixel lies on the tile, sixteenths of a pixel, column first."""
        row, column = ((point + 0.5) * zoom - 0.5) * 16
        return round(float(column)), round(float(row))

    for (level, _), at in true_junctions(kept).items():
        if level in LEVELS:
            cv2.circle(canvas, place(at), 3 * 16, (0, 200, 0), -1, cv2.LINE_AA, 4)
    for point in search.landmarks.points:
        if point.kind == "sap_tp_junction" and point.level in COLOURS:
            radius = round(WITHIN_90 * (point.sd_px or 0) * float(zoom[0]) * 16)
            at = place(np.array([point.row, point.column]))
            cv2.circle(canvas, at, radius, COLOURS[point.level], 2, cv2.LINE_AA, 4)
    return _labelled(canvas, result)


def _labelled(canvas: Picture, result: Result) -> Picture:
    if result.search.reason:
        words = result.search.reason
    else:
        median = float(np.median(np.hypot(*result.errors.T))) if len(result.errors) else float("nan")
        words = f"median error {median:.1f} mm" + (", LEVELS SHIFTED" if shifted(result) else "")
    strip = np.full((34, TILE_PX, 3), 255, np.uint8)
    for line, part in enumerate(_wrapped(words, 62)):
        cv2.putText(strip, part, (4, 13 + 14 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.38, 0, 1, cv2.LINE_AA)
    return np.vstack([canvas, strip])


def _wrapped(words: str, width: int) -> list[str]:
    lines = [""]
    for word in words.split():
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines[:2]


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", type=Path)
    parser.add_argument("sheet", type=Path)
    options = parser.parse_args()
    found = [*sorted(options.cases.glob("*.npz")), *every_case([options.cases])]
    results = [
        searched(read_case(p) if p.is_dir() else read_kept(p), Landmarks("none"), Settings()) for p in found
    ]
    answers = sorted(
        (r for r in results if not r.search.reason and len(r.errors)),
        key=lambda r: float(np.median(np.hypot(*r.errors.T))),
    )
    refusals = [r for r in results if r.search.reason]
    chosen = [answers[k] for k in np.linspace(0, len(answers) - 1, ANSWERS).round().astype(int)]
    chosen += [refusals[k] for k in np.linspace(0, len(refusals) - 1, REFUSALS).round().astype(int)]
    tiles = [tile(result) for result in chosen]
    rows = [np.hstack(tiles[k : k + ACROSS]) for k in range(0, len(tiles), ACROSS)]
    cv2.imwrite(str(options.sheet), np.vstack(rows), [cv2.IMWRITE_JPEG_QUALITY, 80])
    print(f"written: {options.sheet}")


if __name__ == "__main__":
    main()
