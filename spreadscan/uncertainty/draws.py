"""Random draws that depend on nothing but the seed and what they are for.

Each purpose has a stream of its own, so that one more source of doubt changes no other, and what is drawn
never depends on the order or number of threads. Draws come in antithetic pairs: the second half is the first
with all signs turned, so that their mean is exactly 0 and what is counted in them is less noisy.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

LANDMARK: Final = 1
IMAGE: Final = 2
JUNCTION: Final = 3
COURSE: Final = 4
PERSON: Final = 5
"""Purposes of streams."""


def normal_draws(key: tuple[int, ...], draws: int, numbers: int) -> NDArray[np.float64]:
    """Return (draws, numbers) standard normal numbers in antithetic pairs; ``key`` names the stream."""
    half = np.random.default_rng(list(key)).normal(size=((draws + 1) // 2, numbers))
    return np.concatenate([half, -half])[:draws]


def root_of(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
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
    variances, directions = np.linalg.eigh((covariance + covariance.T) / 2)
    if variances.min(initial=0.0) < -1e-6 * largest:
        raise ValueError("has a negative variance in some direction")
    root: NDArray[np.float64] = directions * np.sqrt(np.maximum(variances, 0))
    return root
