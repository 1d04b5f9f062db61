"""A first idea of where the spine lies: the pose of the mean shape that most of the maps agree with.

Two landmarks of a map's peaks fix a pose; every pair proposes one, and every map votes for it with the
probability it gives to the neighbourhood of the proposed point [1].

References:
    [1] Fischler, Bolles. Random sample consensus. Commun ACM 1981;24:381.
"""

from itertools import combinations
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from spreadscan.detect.maps import CELL, CHANNELS
from spreadscan.detect.shape import Pose, SpineShape, pose_through
from spreadscan.frozen import Vector

PEAKS = 2
"""Peaks of each map that propose poses."""
LEAST_PEAK = 0.03
"""Probability about a peak from which it proposes anything."""
REACH_CELLS = 2.5
"""Standard deviation of the neighbourhood of a point, in cells."""
FLOOR = 0.02
"""Probability that a map is wrong altogether, so that no single one decides."""
SMALLEST, LARGEST = 0.45, 3.0
"""Points per reference millimetre that an image of a lumbar spine can have: fields of 64 to 430 mm."""
MOST_TURN_DEG = 35.0
"""A spine is not turned further within the image."""
VOTERS = tuple(k for k, name in enumerate(CHANNELS) if name.startswith(("junction", "pedicle")))
"""Junctions and pedicles vote; the others vary too much."""


class Proposal(NamedTuple):
    """A pose and its score: mean over the voters of ln of the probability they give it."""

    pose: Pose
    score: float


class Neighbourhoods(NamedTuple):
    """(K, M, M) for each landmark the probability that it lies about a cell, by a Gaussian of unit height."""

    about: NDArray[np.float32]

    def at(self, points: Vector, numbers: tuple[int, ...]) -> Vector:
        """Return the probability about each of (N, 2) points for the landmarks of these numbers, (N,)."""
        cells = np.rint((points + 0.5) / CELL - 0.5).astype(int)
        side = self.about.shape[1]
        inside = ((cells >= 0) & (cells < side)).all(1)
        row, column = np.clip(cells, 0, side - 1).T
        found: Vector = np.where(inside, self.about[list(numbers), row, column], 0.0).astype(np.float64)
        return found


def neighbourhoods(where: NDArray[np.float32]) -> Neighbourhoods:
    """Return the maps smoothed by a Gaussian whose peak is 1."""
    height = 2 * np.pi * REACH_CELLS**2
    smooth = [cv2.GaussianBlur(one, (0, 0), REACH_CELLS) * np.float32(height) for one in where]
    # what lies beyond the border is mirrored, so that a blot beside it counts more than once
    return Neighbourhoods(np.minimum(np.stack(smooth), 1))


def propose(near: Neighbourhoods, shape: SpineShape) -> Proposal | None:
    """Return the pose with most votes; ``None`` where no two peaks propose one."""
    peaks = [(k, place) for k in VOTERS for place in _peaks(near.about[k])]
    best: Proposal | None = None
    for (k, first), (other, second) in combinations(peaks, 2):
        # between points that lie close together an error of one cell changes size and turn by much
        if k == other or np.hypot(*(shape.mean[k] - shape.mean[other])) < 20:
            continue
        pose = pose_through(shape, [k, other], np.stack([first, second]))
        if not possible(pose):
            continue
        score = score_of(near, pose.laid(shape.mean))
        if best is None or score > best.score:
            best = Proposal(pose, score)
    return best


def possible(pose: Pose) -> bool:
    """Whether a spine can be so large and so turned."""
    turn = np.degrees(np.arctan2(pose.b, pose.a))
    return bool(SMALLEST <= pose.scale <= LARGEST and abs(turn) <= MOST_TURN_DEG)


def score_of(near: Neighbourhoods, points: Vector) -> float:
    """Return the mean over the voters of ln(FLOOR + (1 - FLOOR) · probability about the point)."""
    found = near.at(points[list(VOTERS)], VOTERS)
    return float(np.log(FLOOR + (1 - FLOOR) * found).mean())


def _peaks(about: NDArray[np.float32]) -> list[Vector]:
    """Places of the highest local maxima, in points."""
    left = about.copy()
    places = []
    for _ in range(PEAKS):
        row, column = np.unravel_index(int(left.argmax()), left.shape)
        if left[row, column] < LEAST_PEAK:
            break
        places.append((np.array([row, column]) + 0.5) * CELL - 0.5)
        # else the flank of the highest peak would be the second one
        r0, c0 = max(0, int(row) - 6), max(0, int(column) - 6)
        left[r0 : row + 7, c0 : column + 7] = 0
    return places
