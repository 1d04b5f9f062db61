"""Spines of known shape, and maps that show them as the network would."""

import numpy as np

from spreadscan.detect.maps import CELL, CHANNELS, LandmarkMaps
from spreadscan.detect.picture import SIDE
from spreadscan.detect.shape import Pose, spine_shape

POSE = Pose(0.9, 0.06, np.array([90.0, 97.0]))
"""0.9 points per reference millimetre, turned by 4 degrees, L4 near the middle."""


def laid_mean(pose: Pose = POSE) -> np.ndarray:
    return pose.laid(spine_shape().mean)


def blots(points: np.ndarray, height: float = 1.0, sd_cells: float = 1.0) -> np.ndarray:
    """Maps with one Gaussian blot each, of this probability in all; none for points outside."""
    side = SIDE // CELL
    grid = np.arange(side)
    maps = np.zeros((len(points), side, side), np.float32)
    for k, (row, column) in enumerate((points + 0.5) / CELL - 0.5):
        down = np.exp(-((grid - row) ** 2) / (2 * sd_cells**2))
        across = np.exp(-((grid - column) ** 2) / (2 * sd_cells**2))
        one = np.outer(down, across)
        inside = -0.5 <= row < side - 0.5 and -0.5 <= column < side - 0.5
        maps[k] = height * one / one.sum() if inside else 0
    return maps


def shifted_levels(points: np.ndarray, levels: int) -> np.ndarray:
    """For each landmark the place of its like some levels lower; its own place where there is none."""
    order = ("L2", "L3", "L4", "L5", "S1")
    moved = points.copy()
    for k, name in enumerate(CHANNELS):
        kind, level, side = name.split("_")
        place = order.index(level) + levels
        other = f"{kind}_{order[place]}_{side}" if 0 <= place < len(order) else name
        if other in CHANNELS:
            moved[k] = points[CHANNELS.index(other)]
        elif kind == "pedicle" and level == "L5":  # the sacrum has none: as far below as L4 lies above
            moved[k] = 2 * points[k] - points[CHANNELS.index(f"pedicle_L4_{side}")]
    return moved


def maps_of(points: np.ndarray, answerable: float = 0.98) -> LandmarkMaps:
    return LandmarkMaps(blots(points), answerable)


def channel(kind: str, level: str, side: str) -> int:
    """The number of a landmark; ``kind`` is junction, pedicle or tptip, ``side`` the image's."""
    return CHANNELS.index(f"{kind}_{level}_{side}")
