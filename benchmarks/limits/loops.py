"""Measure what a loop around the contrast is worth on a single image; fit the weights of its evidence.

    python -m benchmarks.limits.loops CASES [CASES ...] [--fit] [--seed 1] [--jobs 2]

Each case is a folder with DICOM files, truth.json and truth.npz; its evaluated frame is taken as a single
image, whatever else there is. A loop is drawn 2.5 to 3.5 mm outside the true contrast, as far out as a smooth
field of chance says; to fit, a tight or loose one of 1 to 5.5 mm with as much play. Printed are the Dice of
the loop itself, of the image without a loop and of the image with it, over the field. ``--fit`` prints the
weights of ``spreadscan.stages.confine`` that a logistic regression finds on these cases.
"""

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, optimize

from spreadscan.read.dicom import list_study, read_fluorogram
from spreadscan.settings import Settings
from spreadscan.stages.attenuate import attenuate
from spreadscan.stages.confine import confine, loop_evidence
from spreadscan.stages.delimit import delimit
from spreadscan.stages.estimate import estimate
from spreadscan.stages.segment import segment
from spreadscan.values import ContrastMap, JudgingScale

NEAREST_MM = (2.5, 2.5)
FITTED_MM = (1.0, 4.5)
"""How near to the contrast the loop comes, drawn for each case; elsewhere it is up to ``PLAY_MM`` further."""
PLAY_MM = 1.0
SAMPLED = 4000
"""At most so many pixels of a case are fitted."""
PENALTY = 1e-3

Mask = NDArray[np.bool_]


class Looped(NamedTuple):
    """A case with a loop: its estimate, image, scale, truth and loop."""

    contrast: ContrastMap
    image: NDArray[np.float32]
    scale: JudgingScale
    true: Mask
    loop: Mask


def looped(case: Path, seed: int, nearest_mm: tuple[float, float]) -> Looped | None:
    """Return a case with a loop around its contrast, or ``None`` where it has none."""
    truth = json.loads((case / "truth.json").read_text())
    header = next(h for h in list_study(case) if h.path.name == truth["eval_file"])
    scale, settings = JudgingScale(truth["px_mm_spine_plane"], "truth"), Settings()
    with np.load(case / "truth.npz") as stored:
        shape = tuple(int(n) for n in stored["shape"])
        mask, field = (
            np.unpackbits(stored[name])[: shape[0] * shape[1]].reshape(shape).astype(bool)
            for name in ("mask_det", "field")
        )
    true = mask & field
    if not true.any():
        return None
    fluorogram = read_fluorogram(header)
    run = attenuate(fluorogram, delimit(fluorogram, scale, settings.delimit), scale, settings.attenuate)
    image = run.frame(truth["eval_frame"])
    contrast = estimate(image, run, scale, settings.estimate)
    return Looped(contrast, image, scale, true, drawn_loop(true, scale, (case.name, seed), nearest_mm))


def drawn_loop(
    true: Mask, scale: JudgingScale, chance: tuple[str, int], nearest_mm: tuple[float, float]
) -> Mask:
    """Return where a loop that a person might draw lies: outside the contrast by a distance that varies."""
    rng = np.random.default_rng([*chance[0].encode(), chance[1]])
    wave = ndimage.gaussian_filter(rng.normal(size=true.shape), scale.px(8.0))
    rank = (wave - wave.min()) / np.ptp(wave)
    nearest = rng.uniform(*nearest_mm)
    outside_mm = ndimage.distance_transform_edt(~true) / scale.px(1.0)
    return outside_mm <= nearest + PLAY_MM * rank


def dices(case: Path, seed: int) -> tuple[float, float, float] | None:
    """Return the Dice of the loop, of the image alone and of the image with the loop."""
    found = looped(case, seed, NEAREST_MM)
    if found is None:
        return None
    contrast, image, scale, true, loop = found
    settings = Settings().segment
    alone = segment(contrast, scale, settings).sure
    inside = segment(confine(contrast, image, loop, scale), scale, settings).sure
    return _dice(loop, true), _dice(alone, true), _dice(inside, true)


def _dice(found: Mask, true: Mask) -> float:
    return float(2 * (found & true).sum() / (found.sum() + true.sum()))


def evidence(case: Path, seed: int) -> NDArray[np.float64] | None:
    """Return evidence and truth of some pixels inside the loop, (4, N)."""
    found = looped(case, seed, FITTED_MM)
    if found is None:
        return None
    contrast, image, scale, true, loop = found
    inside = loop & contrast.valid
    seen = loop_evidence(contrast.signal, image, inside, scale)
    columns = np.concatenate([seen[:, inside], true[inside][None]]).astype(float)
    chosen = np.random.default_rng(seed).permutation(columns.shape[1])[:SAMPLED]
    return columns[:, chosen]


def fitted(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return constant and weights of the logistic regression with the least penalised cross-entropy."""
    x, y = np.vstack([np.ones(columns.shape[1]), columns[:-1]]), columns[-1]

    def loss(w: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        score = w @ x
        entropy = np.mean(np.logaddexp(0, score) - y * score) + PENALTY * w[1:] @ w[1:]
        gradient = x @ (1 / (1 + np.exp(-score)) - y) / len(y)
        gradient[1:] += 2 * PENALTY * w[1:]
        return float(entropy), gradient

    return np.asarray(optimize.minimize(loss, np.zeros(len(x)), jac=True).x)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", type=Path, nargs="+")
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    cases = sorted(path.parent for folder in options.cases for path in folder.glob("*/truth.npz"))
    with ProcessPoolExecutor(options.jobs) as pool:
        if options.fit:
            parts = [
                part for part in pool.map(partial(evidence, seed=options.seed), cases) if part is not None
            ]
            weights = fitted(np.concatenate(parts, axis=1))
            print(
                f"{len(parts)} cases: constant, network, depth, beyond rim: {np.round(weights, 3).tolist()}"
            )
            return
        scores = [score for score in pool.map(partial(dices, seed=options.seed), cases) if score is not None]
    print(f"{len(scores)} single images with contrast")
    for name, values in zip(("loop itself", "without a loop", "with it"), np.array(scores).T, strict=True):
        low, middle = np.percentile(values, [10, 50])
        print(f"{name}: median Dice {middle:.3f}, 10th percentile {low:.3f}, mean {values.mean():.3f}")


if __name__ == "__main__":
    main()
