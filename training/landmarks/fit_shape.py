"""Fit the shape model of lumbar spines to the true points of simulated frontal views.

    python -m training.landmarks.fit_shape IMAGES [--out FILE.npz]

IMAGES is a folder of ``landmark_images.py``. Each spine is laid so that the line from the junctions of L5 to
those of L3 points up, with L4 at the origin and the mean size of L3 to L5 as in ``anatomy.REFERENCE``. What a
degree of rotation against the ray through L4 moves is the regression of the places on it.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spreadscan.anatomy import REFERENCE
from spreadscan.detect.maps import CHANNELS
from spreadscan.detect.shape import FILE
from training.landmarks.images import Kept, read_kept
from training.landmarks.samples import FRONTAL_DEG, mirrored

LEVELS = ("L3", "L4", "L5")


def laid(kept: Kept) -> NDArray[np.float64] | None:
    """Return (K, 2) points in reference millimetres, ``None`` where one is missing."""
    if not kept.head_up or abs(kept.primary_deg) > FRONTAL_DEG or any("_L6_" in n for n in kept.names):
        return None
    at = dict(zip(kept.names, kept.points, strict=True))
    if any(name not in at for name in CHANNELS):
        return None
    points = np.array([at[name] for name in CHANNELS])
    pairs = {level: (at[f"junction_{level}_left"], at[f"junction_{level}_right"]) for level in LEVELS}
    middles = {level: np.mean(pair, 0) for level, pair in pairs.items()}
    sizes = [np.hypot(*(p[1] - p[0])) / (2 * REFERENCE[level].junction_x_mm) for level, p in pairs.items()]
    up = middles["L3"] - middles["L5"]
    up = up / np.hypot(*up)
    right = np.array([-up[1], up[0]]) * -1.0
    right = np.array([up[1], -up[0]]) if right[1] < 0 else right
    moved = (points - middles["L4"]) / np.mean(sizes)
    return np.stack([-(moved @ up), moved @ right], 1)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("images", type=Path)
    out = Path(__file__).parents[2] / "spreadscan" / "detect" / FILE
    parser.add_argument("--out", type=Path, default=out)
    options = parser.parse_args()
    kept = [read_kept(file) for file in sorted(options.images.glob("*.npz"))]
    every = [(one, shape) for one in (*kept, *map(mirrored, kept)) if (shape := laid(one)) is not None]
    flat = np.array([shape for _, shape in every]).reshape(len(every), -1)
    turned = np.array([one.seen_deg for one, _ in every])
    mean, covariance = flat.mean(0), np.cov(flat.T)
    # mirrored spines make the mean rotation 0
    per_degree = (flat - mean).T @ turned / (turned @ turned)
    unturned = np.cov((flat - np.outer(turned, per_degree)).T)
    arrays = {
        "mean": mean.reshape(-1, 2),
        "covariance": covariance,
        "per_degree": per_degree.reshape(-1, 2),
        "unturned": unturned,
    }
    np.savez_compressed(options.out, **{name: array.astype(np.float32) for name, array in arrays.items()})
    print(f"{len(every)} spines, half of them mirrored, turned by {turned.std():.1f} degrees (SD)")
    print("standard deviation of the points, and what a degree moves, in reference mm:")
    sds, moves = np.sqrt(np.diag(covariance)).reshape(-1, 2), per_degree.reshape(-1, 2)
    for name, sd, move in zip(CHANNELS, sds, moves, strict=True):
        print(f"  {name:20s} rows {sd[0]:.1f}, columns {sd[1]:.1f}; {move[0]:+.2f}, {move[1]:+.2f}")
    print(f"written: {options.out}")


if __name__ == "__main__":
    main()
