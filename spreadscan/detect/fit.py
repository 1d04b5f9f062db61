"""Fit the shape of a spine to the maps: sightings near where the shape expects them, weighed by both.

Each round takes from every map what lies within reach of the point that the others expect, as a sighting
with mean and covariance; those far from what the rest expects lose weight [1]; then the shape gives every
point its place and its covariance.

References:
    [1] Huber. Robust Statistics. Wiley 1981 (weights that fall with the residual).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spreadscan.detect.maps import CELL, CHANNELS
from spreadscan.detect.shape import Belief, Pose, Sighting, SpineShape, believe, pose_through
from spreadscan.frozen import Vector

ROUNDS = 6
"""So often sightings are taken anew about the fitted points; set by hand."""
REACH_REFERENCE_MM = 9.0
"""Half-width of the neighbourhood of an expected point from which a sighting is taken."""
LEAST_MASS = 0.05
"""Probability within reach below which a landmark counts as not seen."""
SIGHTING_SD_REFERENCE_MM = 1.2
"""Standard deviation of a sighting beyond the spread of its map: readers of the same film, and simulators,
do not put a junction at the very same place."""
TOLERATED = 2.0
"""Mahalanobis distance from which a sighting loses weight."""
TARGET_CELLS = 1.0
"""Standard deviation of the blot that the maps were trained to put on a landmark, in cells."""


class Fit(NamedTuple):
    """A spine laid into an image.

    Attributes:
        belief: where the landmarks lie, in points.
        pose: the pose of the mean shape nearest to them.
        seen: (K,) probability within reach of each landmark, 0 where it was not used.
        strain: root mean square Mahalanobis distance of the sightings from what the shape made of them.
        sightings: what the belief rests on.
    """

    belief: Belief
    pose: Pose
    seen: Vector
    strain: float
    sightings: tuple[Sighting, ...] = ()


class _Glimpse(NamedTuple):
    """What a map shows near a place: the probability within reach, and its mean and covariance, in points."""

    mass: float
    sighting: Sighting


class _FitWeights(NamedTuple):
    """How sightings agree with the shape: (K,) weights of the next round, and the strain as in ``Fit``."""

    weights: Vector
    strain: float


def fit_shape(
    where: NDArray[np.float32], shape: SpineShape, pose: Pose, marked: tuple[Sighting, ...] = ()
) -> Fit:
    """Return the spine that fits the maps, starting at a pose.

    Args:
        where: (K, M, M) maps.
        shape: the model.
        pose: a first idea.
        marked: landmarks that a person marked, in points; they are kept out of the maps.
    """
    given = {s.k for s in marked}
    expected = pose.laid(shape.mean)
    seen = np.zeros(len(CHANNELS))
    belief, strain = Belief(expected, np.zeros((2 * len(CHANNELS),) * 2)), 0.0
    sightings = list(marked)
    weights = np.ones(len(CHANNELS))
    for turn in range(ROUNDS):
        # the neighbourhood is wide at first, and as wide as the shape leaves open later
        reach = REACH_REFERENCE_MM * pose.scale * (1.6 if turn == 0 else 1.0)
        sightings = list(marked)
        seen = np.zeros(len(CHANNELS))
        for k in range(len(CHANNELS)):
            if k not in given and (glimpse := _glimpse(where[k], k, expected[k], reach)):
                seen[k], one = glimpse
                extra = (SIGHTING_SD_REFERENCE_MM * pose.scale) ** 2 * np.eye(2)
                sightings.append(one._replace(covariance=(one.covariance + extra) / (seen[k] * weights[k])))
        if len(sightings) < 2:
            break
        numbers = [s.k for s in sightings]
        belief = believe(shape, pose, sightings)
        # believed twice: size and turn are linear only near the pose, which the first time may lie far off
        pose = pose_through(shape, list(range(len(CHANNELS))), belief.points)
        belief = believe(shape, pose, sightings)
        weights, strain = _agreement(belief, sightings, weights)
        expected = belief.points
        if len(numbers) == len(marked) == 2:
            break
    return Fit(belief, pose, seen, strain, tuple(sightings))


def _glimpse(one: NDArray[np.float32], k: int, expected: Vector, reach: float) -> _Glimpse | None:
    """What a map shows within reach of a place; ``None`` where that is too little."""
    middle = (expected + 0.5) / CELL - 0.5
    side, cells = len(one), reach / CELL
    low = np.clip(np.floor(middle - cells).astype(int), 0, side)
    high = np.clip(np.ceil(middle + cells).astype(int) + 1, 0, side)
    part = one[low[0] : high[0], low[1] : high[1]].astype(np.float64)
    if part.size == 0:
        return None
    row, column = np.mgrid[low[0] : high[0], low[1] : high[1]]
    far2 = ((row - middle[0]) ** 2 + (column - middle[1]) ** 2) / cells**2
    part = part * (far2 < 1)
    mass = float(part.sum())
    if mass < LEAST_MASS:
        return None
    at = np.array([(part * row).sum(), (part * column).sum()]) / mass
    d = np.stack([row - at[0], column - at[1]]).reshape(2, -1)
    # the blot that the network was taught to draw is no doubt about the place
    covariance = (d * part.ravel()) @ d.T / mass - TARGET_CELLS**2 * np.eye(2)
    values, vectors = np.linalg.eigh(covariance)
    # a map that is narrower than that blot would leave a negative variance
    covariance = (vectors * np.maximum(values, 0.1)) @ vectors.T * CELL**2
    return _Glimpse(min(mass, 1.0), Sighting(k, (at + 0.5) * CELL - 0.5, covariance))


def _agreement(belief: Belief, sightings: list[Sighting], before: Vector) -> _FitWeights:
    weights, distances = np.ones_like(before), []
    for s in sightings:
        # without the weight of the last round: a sighting must not agree because it was doubted
        own = s.covariance * before[s.k]
        off = s.at - belief.points[s.k]
        distance = float(np.sqrt(off @ np.linalg.solve(own, off)))
        # capped: one map that is wrong altogether is not a strain of the whole spine
        distances.append(min(distance, 4.0))
        weights[s.k] = min(1.0, (TOLERATED / max(distance, 1e-9)) ** 2)
    strain = float(np.sqrt(np.mean(np.square(distances)))) if distances else 0.0
    return _FitWeights(weights, strain)
