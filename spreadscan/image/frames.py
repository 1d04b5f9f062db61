"""Frames of a run as stages look at them: as means of blocks, and as what is averaged.

A frame at full size is looked up in the curve only where every pixel of it is wanted as attenuation: that
takes ten times as long as reading its stored values.
"""

from typing import NamedTuple

import cv2
import numpy as np

from spreadscan.image.warp import shifted_by_pixels
from spreadscan.values import AttenuationRun, Image

STRAIGHT = 1e-5
"""A curve that leaves a straight line by less than this share of its range is one."""
LEAST_INTENSITY = 1e-6
"""Share of the largest intensity below which there is no logarithm."""


class Averaged(NamedTuple):
    """What of a run is averaged over frames: the mean of logarithms is biased at low counts.

    Attributes:
        run: the run.
        curve: (N,) intensity of each stored value where attenuation is a logarithm, else attenuation.
        line: its slope and offset where it is a straight line, so that stored values can be averaged.
    """

    run: AttenuationRun
    curve: Image
    line: tuple[float, float] | None

    def frame(self, index: int) -> Image:
        """Return what is averaged of a frame, (R, C)."""
        stored = self.run.stored[index]
        if self.line is not None:
            values: Image = stored.astype(np.float32)
            return values
        looked_up: Image = self.curve.take(stored.astype(np.intp) - self.run.lowest)
        return looked_up

    def add_to(self, total: Image, index: int, rows: int, columns: int) -> None:
        """Add what is averaged of a frame, shifted by whole pixels, to a sum of frames, (R, C), in place."""
        # stored values are added as they are: looking them up, or converting them first, takes longer
        unsigned = self.line is not None and self.run.stored.dtype in (np.uint8, np.uint16)
        frame = self.run.stored[index] if unsigned else self.frame(index)
        cv2.accumulate(shifted_by_pixels(frame, rows, columns), total)

    def attenuation(self, mean: Image) -> Image:
        """Return the attenuation that a mean of such frames stands for, (R, C)."""
        if self.line is not None:
            mean = mean * np.float32(self.line[0]) + np.float32(self.line[1])
        if self.run.unit != "ln":
            return mean
        least = max(float(self.curve.min()), LEAST_INTENSITY * float(self.curve.max()))
        logarithm: Image = np.negative(cv2.log(np.maximum(mean, np.float32(least))))
        return logarithm


def averaged(run: AttenuationRun) -> Averaged:
    """Return what of a run is averaged over frames: intensities where attenuation is a logarithm."""
    curve = np.exp(-run.curve) if run.unit == "ln" else run.curve
    # the first value of linear pixels is lifted off zero
    slope = (float(curve[-1]) - float(curve[1])) / max(1, len(curve) - 2)
    offset = float(curve[1]) - slope
    away = np.abs(curve[1:] - (slope * np.arange(1, len(curve)) + offset))
    straight = away.max() <= STRAIGHT * float(np.ptp(curve)) and slope != 0
    return Averaged(run, curve, (slope, offset - slope * run.lowest) if straight else None)


def on_grid(run: AttenuationRun, index: int, factor: int) -> Image:
    """Return a frame on a coarse grid, (r, c): the attenuation of the mean stored value of each block.

    Definition: the curve, linear between whole values, at the mean over ``factor`` × ``factor`` pixels. Of
    linear pixels that is the logarithm of the mean intensity.
    """
    if factor == 1:
        return run.frame(index)
    value = _block_means(run, index, factor)
    if run.lowest:
        value -= np.float32(run.lowest)
    below = value.astype(np.intp)
    # the largest stored value has none above it; whatever stands there weighs nothing
    low, high = run.curve.take(below), run.curve.take(below + 1, mode="clip")
    value -= below
    attenuation: Image = low + value * (high - low)
    return attenuation


def _block_means(run: AttenuationRun, index: int, factor: int) -> Image:
    """What ``shrunk`` returns, straight from stored values: most of its time goes into their conversion.

    Rows are added as they are stored where no sum can run over, then columns. All sums are of whole numbers.
    """
    stored = run.stored[index]
    rows, columns = (length // factor for length in stored.shape)
    blocks = stored[: rows * factor].reshape(rows, factor, -1)
    largest = max(abs(run.lowest), abs(run.lowest + len(run.curve) - 1))
    narrow = factor * largest <= np.iinfo(stored.dtype).max
    added = np.add.reduce(blocks, axis=1, dtype=stored.dtype if narrow else np.float32)
    wide = added[:, : columns * factor].astype(np.float32)
    total: Image = wide[:, ::factor] + wide[:, 1::factor]
    for column in range(2, factor):
        total += wide[:, column::factor]
    total *= np.float32(1 / factor**2)
    return total
