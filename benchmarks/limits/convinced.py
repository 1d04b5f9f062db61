"""What it costs to ask for more before an area of a single image counts, on kept cases.

    python -m benchmarks.limits.convinced KEPT [KEPT ...]

``training/images.py`` keeps the cases; their images with contrast and without are judged as
``estimate`` does, on the network's grid, for some values of ``convinced_probability``. For comparison the
first network judges alone: an area counts if its probability exceeds a value over 4 mm² within it.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.special import expit

from spreadscan.networks.candidate import candidate_probability, candidate_views, candidates_of
from spreadscan.networks.single_image import GRID_MM, contrast_scores, network_input
from spreadscan.settings import EstimateSettings
from training.cases import FINE_MM, Case, load_folder

CONVINCED = (0.5, 0.7, 0.8, 0.85, 0.9, 0.95)
ALONE = (0.97, 0.98, 0.99)
ALONE_MM2 = 4.0
MOST_MM2 = 5.0


class Judged(NamedTuple):
    """One image judged in one way: whether there is contrast, the Dice, the area marked in mm²."""

    by: str
    full: bool
    dice: float
    area_mm2: float


def judged(case: Case) -> Iterator[Judged]:
    """Yield how an image is judged in every way."""
    tone, inside, contrast, _ = case.decoded()
    seen = network_input(tone, inside > 0.95, FINE_MM / GRID_MM)
    true = ndimage.zoom(contrast, np.array(seen.inside.shape) / contrast.shape, order=1) > 0.5
    true &= seen.inside
    scores = contrast_scores(seen.channels)
    found = candidates_of(scores, seen.inside, EstimateSettings())
    views = candidate_views(seen.channels, scores, found)
    taken = dict(zip(found.numbers, map(candidate_probability, views), strict=True))
    for least in CONVINCED:
        numbers = [number for number, probability in taken.items() if probability > least]
        yield _judged(f"both, {least}", np.isin(found.labels, numbers), true)
    probability = expit(scores.mean(0))
    for least in ALONE:
        sure = np.bincount(found.labels[probability > least], minlength=found.labels.max() + 1)
        numbers = np.flatnonzero(sure * GRID_MM**2 >= ALONE_MM2)
        yield _judged(f"alone, {least}", np.isin(found.labels, numbers[numbers > 0]), true)


def _judged(by: str, marked: NDArray[np.bool_], true: NDArray[np.bool_]) -> Judged:
    dice = 2 * (marked & true).sum() / max(1, marked.sum() + true.sum())
    return Judged(by, bool(true.any()), float(dice), float(marked.sum() * GRID_MM**2))


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kept", type=Path, nargs="+")
    images = [i for folder in parser.parse_args().kept for kept in load_folder(folder) for i in kept.images]
    results = [result for image in images for result in judged(image)]
    for by in dict.fromkeys(result.by for result in results):
        here = [result for result in results if result.by == by]
        dices = [result.dice for result in here if result.full]
        unjudged = sum(result.area_mm2 == 0 for result in here if result.full)
        empty = [result.area_mm2 > MOST_MM2 for result in here if not result.full]
        print(
            f"{by}: median Dice {np.median(dices):.3f} on {len(dices)} images with contrast,"
            f" {unjudged} not judged; more than {MOST_MM2:.0f} mm2 on {sum(empty)} of {len(empty)} without"
        )


if __name__ == "__main__":
    main()
