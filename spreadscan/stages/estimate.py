"""Estimate contrast on an image without a baseline."""

import numpy as np
from numpy.typing import NDArray

from spreadscan.settings import EstimateSettings
from spreadscan.values import AttenuationRun, ContrastMap, JudgingScale


def estimate(
    image: NDArray[np.float32], run: AttenuationRun, scale: JudgingScale, settings: EstimateSettings
) -> ContrastMap:
    raise NotImplementedError
