"""How areas of change are recognised as contrast, on kept cases that the network has not learned from.

    python -m benchmarks.limits.recognised KEPT [KEPT ...]

``training/images.py`` keeps the cases. Told apart are areas above the limit of at least 5 mm² that
reach the seed: contrast is what holds it in truth over three tenths, or more. Printed is the share whose mean
probability lies below each of some limits, for areas at metal that came, for others as faint as gas, and for
the rest.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from spreadscan.image.false_contrast import TOUCHING_MM
from spreadscan.networks.change import GRID_MM, STRENGTH_UNIT, change_probability
from spreadscan.settings import SegmentSettings
from training.cases import Change, load_folder

LIMITS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7)
LEAST_MM2 = 5.0
TRUE_SHARE = 0.3
"""An area over so much of which there is contrast in truth is contrast."""


class Area(NamedTuple):
    """One area of change: whether it is contrast, where it is, and its mean probability."""

    contrast: bool
    where: str
    probability: float


def areas_of(change: Change) -> list[Area]:
    """Return the areas of a change that reach the seed."""
    channels, contrast = change.decoded()
    strength, settings = channels[0] * STRENGTH_UNIT, SegmentSettings()
    probability = change_probability(channels)
    labels, count = ndimage.label(strength > 1)
    near = ndimage.distance_transform_edt(channels[6] < 0.3) * GRID_MM <= TOUCHING_MM
    if not (channels[6] >= 0.3).any():
        near[:] = False
    found = []
    for number in range(1, count + 1):
        area = labels == number
        if area.sum() * GRID_MM**2 < LEAST_MM2 or strength[area].max() < settings.seed:
            continue
        faint = float(np.median(strength[area])) < settings.gas_strength
        where = "at metal" if near[area].any() else "faint" if faint else "clear"
        is_contrast = float(contrast[area].mean()) > TRUE_SHARE
        found.append(Area(is_contrast, where, float(probability[area].mean())))
    return found


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kept", type=Path, nargs="+")
    cases = [kept for folder in parser.parse_args().kept for kept in load_folder(folder)]
    areas = [area for kept in cases if kept.change is not None for area in areas_of(kept.change)]
    print(f"{len(cases)} cases; share with a mean probability below {', '.join(map(str, LIMITS))}")
    for where in ("at metal", "faint", "clear"):
        for is_contrast in (True, False):
            here = [a.probability for a in areas if a.where == where and a.contrast == is_contrast]
            shares = "  ".join(f"{np.mean(np.array(here) < limit):.3f}" for limit in LIMITS) if here else ""
            print(f"{where:8} {'contrast' if is_contrast else 'other':8} {len(here):4} areas  {shares}")


if __name__ == "__main__":
    main()
