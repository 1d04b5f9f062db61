"""The last map, the same for all bones: size, and a smooth random warp."""

import numpy as np

from spreadscan.frozen import Vector, value
from spreadscan.phantom.bones.growth import Waves, draw_waves

WARP_MM = 0.9
"""Standard deviation of the warp along each axis at variation 1; an assumption."""


@value
class Warp:
    """A scale and three smooth displacements.

    Attributes:
        waves: of x, y and z.
        amplitude_mm: of the displacement.
        size: scale, applied last.
    """

    waves: tuple[Waves, ...]
    amplitude_mm: float
    size: float

    def __call__(self, points_mm: Vector) -> Vector:
        """Warped points (N, 3)."""
        if self.amplitude_mm == 0:
            return points_mm * self.size
        shift = np.stack([wave(points_mm) for wave in self.waves], axis=1)
        warped: Vector = (points_mm + self.amplitude_mm * shift) * self.size
        return warped


def draw_warp(rng: np.random.Generator, variation: float, size: float) -> Warp:
    """Draw a warp that changes slowly, so that bones do not run into one another."""
    return Warp(tuple(draw_waves(rng, (60.0, 160.0), 4) for _ in range(3)), WARP_MM * variation, size)
