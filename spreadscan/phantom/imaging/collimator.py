"""The opening of the collimator."""

import numpy as np

from spreadscan.frozen import Image
from spreadscan.phantom.scenario import Collimator

PENUMBRA_PX = 2.5
"""Width over which the edge of the opening goes from dark to open: a pixel or two at half depth
(assumption)."""


def opening(collimator: Collimator, shape: tuple[int, int]) -> Image:
    """Return the transmission of the collimator, (R, C), 0 behind it to 1 in the opening.

    The opening is centred in the image. A circle has the smaller of width and height as its diameter, an
    octagon has corners cut off at 45°, regular where it is as wide as high. The edge is a smooth step of
    ``PENUMBRA_PX``.
    """
    rows, columns = shape
    y = (np.arange(rows, dtype=np.float32) - (rows - 1) / 2)[:, None]
    x = (np.arange(columns, dtype=np.float32) - (columns - 1) / 2)[None, :]
    half_width, half_height = collimator.width * columns / 2, collimator.height * rows / 2
    if collimator.shape == "none":
        return np.ones(shape, dtype=np.float32)
    if collimator.shape == "circle":
        beyond = np.hypot(x, y) - min(half_width, half_height)
    else:
        if collimator.shape == "rectangle":
            turn = np.deg2rad(collimator.turn_deg)
            x, y = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
        beyond = np.maximum(np.abs(x) - half_width, np.abs(y) - half_height)
        if collimator.shape == "octagon":
            corner = (np.abs(x) + np.abs(y) - (half_width + half_height) / np.sqrt(2)) / np.sqrt(2)
            beyond = np.maximum(beyond, corner)
    step = np.clip(0.5 - beyond / PENUMBRA_PX, 0, 1)
    edge: Image = (step * step * (3 - 2 * step)).astype(np.float32)
    return edge
