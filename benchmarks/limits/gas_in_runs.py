"""How much is lost beside faint areas of runs, where there is contrast and where there is none.

    python -m benchmarks.limits.gas_in_runs CASES [CASES ...] [--jobs 2]

Each case is a folder with DICOM files, truth.json and truth.npz; the scale is that of the file. Of its runs
are taken the areas above the limit of at least 5 mm² that are as faint as gas; contrast is what holds it in
truth over a tenth, or more. Printed is what broad losses within ``gas_mm`` amount to over what the area
gained, 0 where nothing broad was lost: ``gas_share_run`` was chosen on this.
"""

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from spreadscan.image.false_contrast import faint_beside_losses, without_partners, without_strips
from spreadscan.image.filters import as_bytes
from spreadscan.read.dicom import list_study, read_fluorogram
from spreadscan.settings import Settings
from spreadscan.stages.align import align
from spreadscan.stages.attenuate import attenuate
from spreadscan.stages.calibrate import calibrate, judging_scale
from spreadscan.stages.choose import choose
from spreadscan.stages.delimit import delimit
from spreadscan.stages.subtract import subtract
from spreadscan.values import Request

LEAST_MM2 = 5.0
TRUE_SHARE = 0.1


class Beside(NamedTuple):
    """A faint area of a run: of which case, whether it is contrast, and what is lost over what it gained."""

    case: str
    contrast: bool
    lost_share: float


def faint_areas(case: Path) -> list[Beside]:
    """Return the faint areas of a run; of anything else none."""
    truth = json.loads((case / "truth.json").read_text())
    header = next(h for h in list_study(case) if h.path.name == truth["eval_file"])
    if header.frames < 3:
        return []
    settings = Settings()
    calibration = calibrate(header, None, settings.calibrate)
    scale = judging_scale(calibration, header, None, settings.calibrate)
    fluorogram = read_fluorogram(header)
    run = attenuate(fluorogram, delimit(fluorogram, scale, settings.delimit), scale, settings.attenuate)
    pair = choose(run, scale, Request(frame=truth["eval_frame"] + 1), settings.choose)
    if not pair.baseline_frames:
        return []
    contrast = subtract(align(run, run, pair), scale, settings.subtract)
    strength = np.where(contrast.valid, contrast.signal / contrast.limit, 0)
    strength = without_partners(without_strips(strength, contrast.valid, scale), scale, settings.segment)
    with np.load(case / "truth.npz") as stored:
        shape = tuple(int(n) for n in stored["shape"])
        true = np.unpackbits(stored["mask_det"])[: shape[0] * shape[1]].reshape(shape) > 0
    beside = list(faint_beside_losses(strength, scale, settings.segment))
    count, labels = cv2.connectedComponents(as_bytes(strength > 1), connectivity=8)
    found = []
    for number in range(1, count):
        area = labels == number
        large = area.sum() * scale.mm_per_px**2 >= LEAST_MM2 and strength[area].max() >= settings.segment.seed
        if not large or float(np.median(strength[area])) >= settings.segment.gas_strength:
            continue
        shares = [one.lost_share for one in beside if (one.area & area).any()]
        found.append(Beside(case.name, bool(true[area].mean() >= TRUE_SHARE), max(shares, default=0.0)))
    return found


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", type=Path, nargs="+")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    cases = [path.parent for folder in options.cases for path in sorted(folder.glob("*/truth.npz"))]
    with ProcessPoolExecutor(options.jobs) as pool:
        areas = [area for found in pool.map(faint_areas, cases) for area in found]
    for contrast in (True, False):
        shares = sorted((a.lost_share for a in areas if a.contrast == contrast), reverse=True)
        highest = ", ".join(f"{share:.2f}" for share in shares if share > 0)
        zero = sum(share == 0 for share in shares)
        print(
            f"{'contrast' if contrast else 'no contrast'}: {len(shares)} faint areas, nothing lost beside"
            f" {zero}; lost over gained beside the others: {highest or '-'}"
        )


if __name__ == "__main__":
    main()
