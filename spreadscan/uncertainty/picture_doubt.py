"""What may be wrong with the picture as a whole, draw by draw: common to everything that is laid over it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spreadscan.settings import CoverSettings
from spreadscan.uncertainty.draws import IMAGE, normal_draws
from spreadscan.values import BoolArray, SpreadMask

_Numbers = NDArray[np.float32]


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
    contrast: _Numbers
    registration: _Numbers
    missed: BoolArray
    false: BoolArray


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
    order = np.random.default_rng([settings.seed, IMAGE, 0]).permutation(settings.draws)
    chance = (order + 0.5) / settings.draws
    return PictureDoubt(edge, limit, normal[:, 0], normal[:, 1], chance < missed, chance >= 1 - false)


def in_part_shared(common: _Numbers, own: _Numbers, share: float) -> _Numbers:
    """Return standard normal numbers, (D,), of whose variance a share is common to the whole image."""
    mixed: _Numbers = (np.sqrt(share) * common + np.sqrt(1 - share) * own).astype(np.float32)
    return mixed
