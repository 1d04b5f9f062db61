"""Measure what the simulator makes of bones and injections, beside what is known of them.

    python -m benchmarks.accuracy.spread [--draws 96]

Coarse bones and grids, another subject for every fourth draw.
"""

import argparse

import numpy as np

from spreadscan.phantom.bones.skeleton import make_skeleton
from spreadscan.phantom.scenario import Injection, Subject
from spreadscan.phantom.spread.compartment import deposits
from spreadscan.phantom.spread.plan import plan_spread
from spreadscan.phantom.values import Skeleton

SEEN_MG_CM2 = 2.0
"""Iodine that a good pair of images shows."""
NEAR_MM = 5.0
"""Contrast this near a junction, in the frontal view, has reached it."""


def main() -> None:
    """Run all measurements and print them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=96)
    draws = parser.parse_args().draws
    subjects = [
        make_skeleton(Subject(), np.random.default_rng([1, n]), coarse=True) for n in range(-(-draws // 4))
    ]
    print_spacing(subjects)
    reached = [reaches_l4(subjects[n // 4], np.random.default_rng([2, n])) for n in range(draws)]
    print(
        f"5 mL of 48 mgI/mL at L5: {sum(reached)} of {draws} draws have {SEEN_MG_CM2:g} mgI/cm² within"
        f" {NEAR_MM:g} mm of the L4 junction of the same side"
    )
    radii = [radius_mm(subjects[n // 4], np.random.default_rng([3, n])) for n in range(draws)]
    low, middle, high = np.percentile(radii, [10, 50, 90])
    print(
        f"0.5 mL at L4: 95 % of the iodine lies within {middle:.1f} mm of the junction in the frontal view"
        f" (median of {draws} draws; 10th to 90th percentile {low:.1f} to {high:.1f} mm)"
    )


def print_spacing(subjects: list[Skeleton]) -> None:
    """Print how far the junctions of neighbouring levels lie apart, along the line between them."""
    for upper, lower in (("L3", "L4"), ("L4", "L5")):
        apart = [
            np.linalg.norm(s.landmarks_mm[f"junction_{upper}_{d}"] - s.landmarks_mm[f"junction_{lower}_{d}"])
            for s in subjects
            for d in "LR"
        ]
        print(
            f"junctions {upper} to {lower}: {np.mean(apart):.1f} mm apart (standard deviation"
            f" {np.std(apart):.1f}, {len(subjects)} subjects)"
        )


def frontal(
    skeleton: Skeleton, injection: Injection, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return (x, z) of every voxel column of an injection in mm, and its iodine in mg."""
    places, amounts = [], []
    for deposit in deposits(plan_spread(skeleton, injection, rng, coarse=True), 1.0, 1.0):
        columns = deposit.mg_per_ml.sum(axis=1) * deposit.step_mm**3 / 1000
        index = np.argwhere(columns > 0)
        places.append(deposit.origin_mm[[0, 2]] + index * deposit.step_mm)
        amounts.append(columns[tuple(index.T)])
    return np.concatenate(places), np.concatenate(amounts)


def reaches_l4(skeleton: Skeleton, rng: np.random.Generator) -> bool:
    """Whether 5 mL at the left L5 junction come to that of L4."""
    places, amounts = frontal(skeleton, Injection("L5", "left", volume_ml=5, iodine_mg_per_ml=48), rng)
    near = np.hypot(*(places - skeleton.landmarks_mm["junction_L4_L"][[0, 2]]).T) < NEAR_MM
    # a column is 1.4 mm wide
    return bool((amounts[near] / 0.14**2 > SEEN_MG_CM2).any())


def radius_mm(skeleton: Skeleton, rng: np.random.Generator) -> float:
    """Radius round the junction that holds 95 % of the iodine of 0.5 mL."""
    places, amounts = frontal(skeleton, Injection("L4", "left", volume_ml=0.5), rng)
    distance = np.hypot(*(places - skeleton.landmarks_mm["junction_L4_L"][[0, 2]]).T)
    order = np.argsort(distance)
    within = np.cumsum(amounts[order]) / amounts.sum()
    return float(distance[order][np.searchsorted(within, 0.95)])


if __name__ == "__main__":
    main()
