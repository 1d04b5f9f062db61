"""Random draws that depend on nothing but the seed and what they are for.

Each purpose has a stream of its own, so that one more source of doubt changes no other, and what is drawn
never depends on the order or number of threads. Draws come in antithetic pairs: the second half is the first
with all signs turned, so that their mean is exactly 0 and what is counted in them is less noisy.
"""

from typing import Final, NamedTuple

import numpy as np

from spreadscan.frozen import BoolArray, Image, Vector
from spreadscan.settings import CoverSettings
from spreadscan.values import SpreadMask

LANDMARK: Final = 1
IMAGE: Final = 2
JUNCTION: Final = 3
COURSE: Final = 4
PERSON: Final = 5
"""Purposes of streams."""


class PictureDoubt(NamedTuple):
    """How far a picture may be off.

    Attributes:
        edge_mm: standard deviation of the place of the edge of contrast, reference millimetres.
        limit: strength at which contrast is taken to end.
        contrast, registration: (D,) standard normal numbers: by how much the threshold is off, and by how
            much what motion leaves.
        missed, false: (D,) in which draws contrast is taken to lie everywhere, and nowhere.
    """

    edge_mm: float
    limit: float
    contrast: Image
    registration: Image
    missed: BoolArray
    false: BoolArray


def normal_draws(key: tuple[int, ...], draws: int, numbers: int) -> Vector:
    """Return (draws, numbers) standard normal numbers in antithetic pairs; ``key`` names the stream."""
    # antithetic: of an even number of draws the mean is 0
    half = np.random.default_rng(list(key)).normal(size=((draws + 1) // 2, numbers))
    return np.concatenate([half, -half])[:draws]


def root_of(covariance: Vector) -> Vector:
    """Return a matrix A with A Aᵀ = covariance, (N, N); a covariance may be singular.

    Raises:
        ValueError: it is not square, not symmetric, not finite or has a negative variance in some direction.
    """
    if covariance.ndim != 2 or covariance.shape[0] != covariance.shape[1]:
        raise ValueError(f"is of shape {covariance.shape}, not square")
    if not np.isfinite(covariance).all():
        raise ValueError("holds numbers that are not finite")
    largest = float(np.abs(covariance).max(initial=0.0))
    if not np.allclose(covariance, covariance.T, atol=1e-6 * largest):
        raise ValueError("is not symmetric")
    # not Cholesky, which fails on the singular covariances that are allowed
    variances, directions = np.linalg.eigh((covariance + covariance.T) / 2)
    if variances.min(initial=0.0) < -1e-6 * largest:
        raise ValueError("has a negative variance in some direction")
    root: Vector = directions * np.sqrt(np.maximum(variances, 0))
    return root


def doubt_about(mask: SpreadMask, single_image: bool, settings: CoverSettings) -> PictureDoubt:
    """Return how far a picture may be off: the same draws for the same seed, whatever is laid over it.

    Args:
        mask: one that a person drew is taken at its word.
        single_image: whether it was estimated without a baseline.
        settings: draws, seed and uncertainties.
    """
    edge, missed, false = settings.baseline_edge_mm, settings.baseline_missed, settings.baseline_false
    limit = settings.baseline_limit
    if single_image:
        edge, missed, false = settings.single_edge_mm, settings.single_missed, settings.single_false
        limit = 1.0
    if mask.origin == "given":
        edge = missed = false = 0.0
        limit = 1.0
    normal = normal_draws((settings.seed, IMAGE), settings.draws, 2).astype(np.float32)
    # evenly spread chances, shuffled: the share of wrong pictures is as asked, not as it happens to fall
    order = np.random.default_rng([settings.seed, IMAGE, 0]).permutation(settings.draws)
    chance = (order + 0.5) / settings.draws
    return PictureDoubt(edge, limit, normal[:, 0], normal[:, 1], chance < missed, chance >= 1 - false)


def in_part_shared(common: Image, own: Image, share: float) -> Image:
    """Return standard normal numbers, (D,), of whose variance a share is common to the whole image."""
    # roots, so that the variances add up to 1 whatever the share
    mixed: Image = (np.sqrt(share) * common + np.sqrt(1 - share) * own).astype(np.float32)
    return mixed
