"""The shape of lumbar spines as frontal views show them: a mean, how it varies, and where it is laid.

A point distribution model [1] of the landmarks in ``CHANNELS``: all coordinates together are normal, with a
free position, size and turn. What is known of some points then says where the others lie, by the formula for
the conditional normal distribution. ``training/landmarks/fit_shape.py`` fits it on simulated spines.

References:
    [1] Cootes, Taylor, Cooper, Graham. Active shape models. Comput Vis Image Underst 1995;61:38.
"""

from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spreadscan.frozen import Vector

FILE = "spine_shape.npz"
FREE_POINTS = 400.0
"""Standard deviation of the position before anything is seen, in points: nowhere in particular."""
FREE_SIZE = 1.0
"""The same of size and turn, as a share of the size at which the model is laid."""
EXTRA_REFERENCE_MM = 0.7
"""Standard deviation added to each coordinate: spines vary beyond those that were simulated (assumption)."""

Matrix = NDArray[np.float64]


class SpineShape(NamedTuple):
    """A spine of reference size: origin between the junctions of L4, row down, column right.

    Attributes:
        mean: (K, 2) reference millimetres.
        covariance: (2K, 2K) row and column interleaved, square reference millimetres.
        per_degree: (K, 2) how far a degree of rotation about the long axis moves each point, reference
            millimetres; positive degrees move the spinous processes to the right.
        unturned: (2K, 2K) covariance of spines that are not turned, square reference millimetres.
    """

    mean: Vector
    covariance: Matrix
    per_degree: Vector
    unturned: Matrix


class Pose(NamedTuple):
    """Where a shape is laid: x = offset + [[a, -b], [b, a]] · shape, as (row, column)."""

    a: float
    b: float
    offset: Vector

    @property
    def scale(self) -> float:
        """Units of the image per reference millimetre."""
        return float(np.hypot(self.a, self.b))

    @property
    def matrix(self) -> Matrix:
        """The (2, 2) matrix."""
        return np.array([[self.a, -self.b], [self.b, self.a]])

    def laid(self, points: Vector) -> Vector:
        """Return (K, 2) points in the image of (K, 2) points of the model."""
        result: Vector = points @ self.matrix.T + self.offset
        return result


class Belief(NamedTuple):
    """Where the landmarks of one spine lie.

    Attributes:
        points: (K, 2).
        covariance: (2K, 2K), row and column interleaved.
    """

    points: Vector
    covariance: Matrix

    def covariance_of(self, k: int) -> Matrix:
        """Return the (2, 2) covariance of one landmark."""
        return self.covariance[2 * k : 2 * k + 2, 2 * k : 2 * k + 2]


class Sighting(NamedTuple):
    """One landmark as it was seen or marked: its number, (2,) place, (2, 2) covariance."""

    k: int
    at: Vector
    covariance: Matrix


class Stacked(NamedTuple):
    """Several sightings as one normal vector.

    Attributes:
        rows: (2N,) which coordinates of the shape they are of, row and column interleaved.
        seen: (2N,) their values.
        noise: (2N, 2N) their covariance.
    """

    rows: NDArray[np.intp]
    seen: Vector
    noise: Matrix


@lru_cache(maxsize=1)
def spine_shape() -> SpineShape:
    """Return the shape model of the package."""
    path = resources.files("spreadscan.detect").joinpath(FILE)
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        names = ("mean", "covariance", "per_degree", "unturned")
        return SpineShape(*(stored[name].astype(np.float64) for name in names))


def pose_through(shape: SpineShape, numbers: list[int], places: Vector) -> Pose:
    """Return the pose that lays landmarks of the mean shape nearest to (N, 2) places, in least squares.

    At least two different landmarks are needed.
    """
    model = shape.mean[numbers]
    middle, at = model.mean(0), places.mean(0)
    m, p = model - middle, places - at
    size = float((m * m).sum())
    a = float((m * p).sum()) / size
    b = float((m[:, 0] * p[:, 1] - m[:, 1] * p[:, 0]).sum()) / size
    pose = Pose(a, b, np.zeros(2))
    return pose._replace(offset=at - pose.matrix @ middle)


def believe(shape: SpineShape, pose: Pose, sightings: Sequence[Sighting]) -> Belief:
    """Return where all landmarks lie, given what was seen of some.

    Definition: x ~ N(m, P) with m the mean shape at the pose and P its covariance there plus that of free
    position, size and turn; sightings y = H x + e with e ~ N(0, C); then x | y has mean
    m + P Hᵀ (H P Hᵀ + C)⁻¹ (y - H m) and covariance P - P Hᵀ (H P Hᵀ + C)⁻¹ H P.

    Args:
        shape: the model.
        pose: about which position, size and turn are linear.
        sightings: in units of the image.
    """
    prior = pose.laid(shape.mean).ravel()
    covariance = laid_covariance(shape, pose, shape.covariance)
    rows, seen, noise = stacked(sightings)
    cross = covariance[:, rows]
    gain = np.linalg.solve(cross[rows] + noise, cross.T).T
    after = covariance - gain @ cross.T
    # a covariance is symmetric; the difference of two is so but for rounding
    return Belief((prior + gain @ (seen - prior[rows])).reshape(-1, 2), (after + after.T) / 2)


def stacked(sightings: Sequence[Sighting]) -> Stacked:
    """Return sightings as one normal vector; those of different landmarks do not depend on each other."""
    rows = np.array([2 * s.k + i for s in sightings for i in (0, 1)], np.intp)
    noise = np.zeros((len(rows), len(rows)))
    for n, s in enumerate(sightings):
        noise[2 * n : 2 * n + 2, 2 * n : 2 * n + 2] = s.covariance
    return Stacked(rows, np.array([s.at for s in sightings]).ravel(), noise)


def laid_covariance(shape: SpineShape, pose: Pose, covariance: Matrix) -> Matrix:
    """Return a (2K, 2K) covariance of the shape as it is laid at a pose; place, size and turn are free."""
    count = len(shape.mean)
    turn = np.kron(np.eye(count), pose.matrix)
    extra = (EXTRA_REFERENCE_MM * pose.scale) ** 2 * np.eye(2 * count)
    laid = turn @ covariance @ turn.T + extra
    m = shape.mean
    free = np.zeros((2 * count, 4))
    free[0::2, 0], free[1::2, 1] = FREE_POINTS, FREE_POINTS
    # the pose's turn is left out: size and turn are equally free, and turned by any angle they span the same
    free[0::2, 2], free[1::2, 2] = m[:, 0], m[:, 1]
    free[0::2, 3], free[1::2, 3] = -m[:, 1], m[:, 0]
    free[:, 2:] *= FREE_SIZE * pose.scale
    result: Matrix = laid + free @ free.T
    return result
