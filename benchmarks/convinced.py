"""What it costs to ask for more before a single image is judged, on kept cases.

    python benchmarks/convinced.py KEPT [KEPT ...]

``benchmarks/training_images.py`` keeps the cases; their images with contrast and without are judged as
``estimate`` does, on the network's grid, for some values of ``convinced_probability``.
"""

import argparse
from pathlib import Path

import numpy as np
from scipy import ndimage
from training_cases import FINE_MM, Case, load_folder

from spreadscan.network import contrast_probability
from spreadscan.settings import EstimateSettings
from spreadscan.stages.estimate import GRID_MM, network_input

CONVINCED = (0.95, 0.97, 0.98, 0.99)
MOST_MM2 = 5.0


def judged(case: Case) -> list[tuple[bool, float, float]]:
    """Return for each value whether there is contrast, the Dice, and the area marked in mm²."""
    tone, inside, contrast, _ = case.decoded()
    seen = network_input(tone, inside > 0.95, FINE_MM / GRID_MM)
    probability = np.where(seen.inside, contrast_probability(seen.channels), 0)
    true = ndimage.zoom(contrast, np.array(seen.inside.shape) / contrast.shape, order=1) > 0.5
    true &= seen.inside
    settings, found = EstimateSettings(), []
    labels, count = ndimage.label(probability > settings.limit_probability)
    for least in CONVINCED:
        sure = np.bincount(labels[probability > least], minlength=count + 1) * GRID_MM**2
        enough = sure >= settings.convinced_area_mm2
        enough[0] = False
        marked = enough[labels]
        dice = 2 * (marked & true).sum() / max(1, marked.sum() + true.sum())
        found.append((bool(true.any()), float(dice), float(marked.sum() * GRID_MM**2)))
    return found


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kept", type=Path, nargs="+")
    images = [i for folder in parser.parse_args().kept for kept in load_folder(folder) for i in kept.images]
    results = [judged(image) for image in images]
    for number, least in enumerate(CONVINCED):
        here = [result[number] for result in results]
        dices = [dice for full, dice, _ in here if full]
        unjudged = sum(area == 0 for full, _, area in here if full)
        empty = [area > MOST_MM2 for full, _, area in here if not full]
        print(
            f"{least}: median Dice {np.median(dices):.3f} on {len(dices)} images with contrast,"
            f" {unjudged} not judged; more than {MOST_MM2:.0f} mm2 on {sum(empty)} of {len(empty)} without"
        )


if __name__ == "__main__":
    main()
