"""Depict: the frame, the contrast map and a strip of the run as grey pictures for display."""

import numpy as np
from numpy.typing import NDArray

from spreadscan.image.filters import sampled, shrunk
from spreadscan.values import AttenuationRun, ContrastMap, Pictures

SHOWN_PERCENTILES = (0.5, 99.8)
"""Percentiles of the values that are drawn black and white."""
STRIP_FRAMES, STRIP_PX = 6, 220
"""How many frames of a run the strip holds beside the analysed one, and about how large each is."""


def depict(run: AttenuationRun, frame: int, contrast: ContrastMap) -> Pictures:
    """Return the pictures of a report: the frame, bone and contrast dark, and the contrast map.

    Args:
        run: the frames.
        frame: the analysed one, 0-based.
        contrast: found in it.
    """
    image, inside = run.frame(frame), run.field.inside
    strongest = float(np.percentile(sampled(contrast.signal[inside]), 99.9))
    low, high = (float(p) for p in np.percentile(sampled(image[inside]), SHOWN_PERCENTILES))
    frames = strip_frames(len(run.stored), frame)
    factor = max(1, min(max(image.shape) // STRIP_PX, *image.shape))
    strip = (image if index == frame else run.frame(index) for index in frames)
    small = [~grey(shrunk(one, factor), low, high) for one in strip]
    return Pictures(
        frame=~grey(image, low, high),
        difference=grey(contrast.signal, 0.0, strongest),
        strip=np.stack(small) if small else np.zeros((0, 0, 0), np.uint8),
        strip_frames=frames,
    )


def strip_frames(count: int, described: int) -> tuple[int, ...]:
    """Return the 0-based frames of the strip: evenly spaced, first and last, and the described one.

    Args:
        count: frames of the run; a still image has no strip.
        described: the analysed frame, 0-based.
    """
    if count < 2:
        return ()
    evenly = [round(n * (count - 1) / (STRIP_FRAMES - 1)) for n in range(STRIP_FRAMES)]
    return tuple(sorted({*evenly, described}))


def depict_stored(stored: NDArray[np.float32], inverted: bool) -> NDArray[np.uint8]:
    """Return stored pixels as a viewer shows them, (R, C), the smallest white if ``inverted``."""
    picture = grey(stored, *(float(p) for p in np.percentile(stored, SHOWN_PERCENTILES)))
    return 255 - picture if inverted else picture


def grey(image: NDArray[np.float32], low: float, high: float) -> NDArray[np.uint8]:
    """Return an image in 8 bits: ``low`` and below 0, ``high`` and above 255."""
    scaled = (image - np.float32(low)) * np.float32(255 / max(high - low, 1e-9))
    result: NDArray[np.uint8] = np.rint(np.clip(scaled, 0, 255, out=scaled), out=scaled).astype(np.uint8)
    return result
