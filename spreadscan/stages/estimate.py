"""Estimate contrast on an image without a baseline."""

import numpy as np
from numpy.typing import NDArray

from spreadscan.settings import EstimateSettings
from spreadscan.values import AttenuationRun, ContrastMap, JudgingScale


def estimate(
    image: NDArray[np.float32], run: AttenuationRun, scale: JudgingScale, settings: EstimateSettings
) -> ContrastMap:
    """Say that nothing can be judged."""
    nothing = np.zeros(image.shape, np.float32)
    return ContrastMap(
        nothing,
        nothing,
        nothing + 1,
        run.field.inside,
        nothing > 0,
        "single image",
        run.unit,
        settings.limit_relative_sd,
        False,
    )
