"""Chance, in streams that do not depend on each other: more noise in one place changes nothing elsewhere."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

Purpose = Literal[
    "scenario", "bones", "tissue", "texture", "spread", "needles", "motion", "detector", "console"
]


@dataclass(frozen=True)
class Ticket:
    """Which case of which set.

    Attributes:
        seed: of the set.
        case: number of the case, from 1.
        fast: coarse bones and contrast, for training images.
    """

    seed: int
    case: int = 1
    fast: bool = False

    def chance(self, purpose: Purpose, number: int = 0) -> np.random.Generator:
        """Return the random numbers of one purpose."""
        return stream(self.seed, self.case, purpose, number)


def stream(seed: int, case: int, purpose: Purpose, number: int = 0) -> np.random.Generator:
    """Return the random numbers of one purpose of one case, the same whenever it is asked for.

    Args:
        seed: of the whole set of cases.
        case: number of the case.
        purpose: what they are for.
        number: of the thing among its like, such as an injection.
    """
    return np.random.default_rng([seed, case, get_args(Purpose).index(purpose), number])
