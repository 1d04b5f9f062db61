"""Smooth random fields: the small structure of tissue that no shape describes."""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from spreadscan.frozen import Image

_FINEST_SIGMA = 2.0


def random_field(shape: Sequence[int], sigma: Sequence[float], rng: np.random.Generator) -> Image:
    """Return Gaussian noise blurred to a correlation length, of mean 0 and standard deviation 1.

    Definition: white noise smoothed by a Gaussian of ``sigma`` along each axis, made on a grid as coarse as
    that allows and interpolated linearly.

    Args:
        shape: of the field, any number of axes.
        sigma: standard deviation of the blur along each axis, in elements.
        rng: the only source of chance.
    """
    coarser = [max(1, int(s / _FINEST_SIGMA)) for s in sigma]
    small = [-(-size // step) + 2 for size, step in zip(shape, coarser, strict=True)]
    noise = rng.standard_normal(small, dtype=np.float32)
    blurred = ndimage.gaussian_filter(
        noise, [s / step for s, step in zip(sigma, coarser, strict=True)], mode="wrap", truncate=3
    )
    for axis, (size, step) in enumerate(zip(shape, coarser, strict=True)):
        blurred = _stretched(blurred, axis, step, size)
    spread = float(blurred.std())
    field: Image = (blurred - float(blurred.mean())) / (spread if spread > 0 else 1.0)
    return field


def _stretched(field: Image, axis: int, step: int, size: int) -> Image:
    """Interpolate linearly along one axis to ``step`` times as many elements, and cut to ``size``."""
    if step == 1:
        return np.take(field, np.arange(size), axis=axis)
    place = np.arange(size) / step
    low = place.astype(np.intp)
    part = (place - low).astype(np.float32).reshape([-1 if a == axis else 1 for a in range(field.ndim)])
    stretched: Image = np.take(field, low, axis) * (1 - part) + np.take(field, low + 1, axis) * part
    return stretched
