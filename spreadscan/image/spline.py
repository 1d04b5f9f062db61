"""Values between the pixels of an image by cubic B-splines [1], as scipy has them to the last digits.

A process that registers two images would wait a third of a second for the import of scipy alone.

[1] Unser, Aldroubi, Eden. B-spline signal processing: part II. IEEE Trans Signal Process 1993;41:834.
"""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from spreadscan.frozen import Image, Vector

POLE = 3.0**0.5 - 2.0
"""Of the recursion that makes coefficients of values [1]; 6 is its gain."""


def spline_coefficients(image: Image) -> Image:
    """Return the coefficients of the spline through all pixels, (R, C), of an image mirrored at its edges."""
    for axis in (0, 1):
        lines = np.moveaxis(image, axis, 0).astype(np.float64)
        image = np.moveaxis(_filtered(lines).astype(np.float32), 0, axis)
    return np.ascontiguousarray(image)


def spline_values(coefficients: Image, places: Vector) -> Vector:
    """Return the values of a spline at places, (N,).

    Args:
        coefficients: (R, C) of the spline.
        places: (2, N) rows and columns; beyond the edges their coefficients go on.
    """
    before, weights = [], []
    for at, size in zip(places, coefficients.shape, strict=True):
        whole = np.floor(at)
        before.append([np.clip(whole.astype(np.intp) + step, 0, size - 1) for step in (-1, 0, 1, 2)])
        weights.append(_weights(at - whole))
    flat, columns = coefficients.ravel(), coefficients.shape[1]
    values = np.zeros(places.shape[1])
    for down, across in product(range(4), range(4)):
        taken = flat.take(before[0][down] * columns + before[1][across])
        values += taken * weights[0][down] * weights[1][across]
    return values


def _weights(t: Vector) -> NDArray[np.float64]:
    """Of the four coefficients about a place, so far behind the second of them, (4, N)."""
    left = 1 - t
    middle = (t * t * (t - 2) * 3 + 4) / 6
    next_to = (left * left * (left - 2) * 3 + 4) / 6
    first = left * left * left / 6
    # the last is what the others leave: together they are 1, and a flat image stays flat
    return np.stack([first, middle, next_to, 1 - first - middle - next_to])


def _filtered(lines: Vector) -> Vector:
    """The coefficients along the first axis, by a recursion down and one up."""
    count = len(lines)
    if count < 2:
        return lines
    c = lines * 6
    # mirrored at both edges the line goes on without end: a geometric series, closed by 1 - far²
    far = POLE ** (count - 1)
    powers = POLE ** np.arange(1, count - 1)
    mirrored = c[1:-1] + far * c[-2:0:-1]
    c[0] = (c[0] + far * c[-1] + np.tensordot(powers, mirrored, 1)) / (1 - far * far)
    for row in range(1, count):
        c[row] += POLE * c[row - 1]
    c[-1] = (POLE * c[-2] + c[-1]) * POLE / (POLE * POLE - 1)
    for row in range(count - 2, -1, -1):
        c[row] = POLE * (c[row + 1] - c[row])
    return c
