"""An image as the small networks see it: on a grid, freed of its background, in units of its own spread."""

import numpy as np

from spreadscan.image.filters import background_inside, robust_sd
from spreadscan.values import BoolArray, Image

LIMITS = (-6.0, 9.0)
"""Images are cut at these multiples of their robust standard deviation."""


def normal(image: Image, field: BoolArray, width_px: float) -> Image:
    """Return an image freed of its background, in robust standard deviations, 0 outside the field, (R, C).

    Args:
        image: (R, C).
        field: (R, C) where it is known.
        width_px: of the Gaussian that is the background.
    """
    flat = image - background_inside(image, field, width_px)
    spread = robust_sd(flat[field]) if field.any() else 1.0
    if not spread > 1e-6 * float(np.abs(image).max()):  # flat but for rounding
        return np.zeros(image.shape, np.float32)
    return np.where(field, np.clip(flat / spread, *LIMITS), 0).astype(np.float32)
