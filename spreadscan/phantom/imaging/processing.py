"""From detector signal to stored pixels: the chains of image processing and the tones of the stored image."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spreadscan.frozen import Image, value
from spreadscan.phantom.imaging.blur import broad_blur, narrow_blur
from spreadscan.phantom.imaging.lettering import Lettering, ink
from spreadscan.phantom.scenario import Processing

Codes = NDArray[np.uint8] | NDArray[np.uint16]

OPEN = 0.9
"""Opening of the collimator above which a pixel sets the tones; an electronic shutter covers all that is
less."""

FLATTENING_MM = 12.0
"""Standard deviation of the mean that counts as slow differences of brightness (assumption)."""

LOCAL_CONTRAST_SHARE, LOCAL_CONTRAST_WIDTHS = 0.4, 4.0
"""Strength of local contrast over that of edge enhancement, and its width over the width of that
(assumption)."""

LIMIT = 0.3
"""Difference (ln) beyond which detail is enhanced less and less, so that metal gets no glaring rim
(assumption)."""

DARK_PERCENT, BRIGHT_PERCENT, BRIGHT_MARGIN = 0.15, 99.8, 0.06
"""Percentiles of the field that span the tones, and what is kept free beyond the bright one (assumption)."""

LINEAR_PERCENT, LINEAR_MARGIN = 99.95, 0.12
"""The same for linear pixels, whose scale starts at 0."""

FLOOR_PERCENT, FLOOR_SHARE = 0.01, 0.3
"""Signals below this share of that percentile are raised to it before the logarithm."""

SIGMOID_SLOPE = 5.0
"""Steepness of the S-shaped tone curve: slope in the middle 1.47 (assumption)."""

MEDIAN_NETWORK = (
    (1, 2), (4, 5), (7, 8), (0, 1), (3, 4), (6, 7), (1, 2), (4, 5), (7, 8), (0, 3), (5, 8), (4, 7), (3, 6),
    (1, 4), (2, 5), (4, 7), (4, 2), (6, 4), (4, 2),
)  # fmt: skip
"""Pairs to put in order, one after the other: then the median of nine stands in place 4."""


@dataclass(frozen=True)
class Tones:
    """The fixed numbers of a transform from signal to grey.

    Attributes:
        floor: smallest signal told from less.
        level: ln signal in the median of the field.
        low, high: what becomes 0 and 1: signal in the linear chain, else ln signal after its filters.
    """

    floor: float
    level: float
    low: float
    high: float


@value
class Pixels:
    """Stored pixels.

    Attributes:
        pixels: (T, R, C) unsigned.
        tones: of the first frame.
    """

    pixels: Codes
    tones: Tones


@value
class Viewport:
    """What frames the picture.

    Attributes:
        opening: (R, C) transmission of the collimator.
        mm_per_px: size of a pixel in the isocentre plane.
        fill: grey as displayed of an electronic shutter, 0 black to 1 white; ``None`` for none.
        lettering: text to burn in, if any.
    """

    opening: Image
    mm_per_px: float
    fill: float | None = 0.0
    lettering: Lettering | None = None


class _Toned(NamedTuple):
    """A frame after the filters of its chain, (R, C), and the tones to show it with."""

    image: Image
    tones: Tones


def to_pixels(
    signals: Sequence[Image], viewport: Viewport, processing: Processing, tones: Tones | None = None
) -> Pixels:
    """Return frames as they are stored.

    Args:
        signals: detector signal of each frame, (R, C).
        viewport: collimator, shutter and text.
        processing: the chain, its strengths, and how greys are stored.
        tones: those of another image of the same series, kept unless the processing is automatic; without
            them the first frame sets the tones of all, or every frame its own.
    """
    shape = (len(signals), *viewport.opening.shape)
    pixels: Codes = np.empty(shape, np.uint8) if processing.bits == 8 else np.empty(shape, np.uint16)
    first, kept = None, tones
    for number, signal in enumerate(signals):
        filtered, kept = _toned(signal, viewport, processing, None if processing.automatic else kept)
        first = first or kept
        grey = (filtered - np.float32(kept.low)) / np.float32(kept.high - kept.low)
        pixels[number] = _stored(grey, viewport, processing)
    if first is None:
        raise ValueError("there is no frame to store")
    return Pixels(pixels, first)


def _toned(signal: Image, viewport: Viewport, processing: Processing, tones: Tones | None) -> _Toned:
    """A frame after the filters of its chain, and the tones to show it with: those given, else its own."""
    inside = viewport.opening > OPEN
    if processing.chain == "linear":
        if tones is None:
            high = float(np.percentile(signal[inside], LINEAR_PERCENT)) * (1 + LINEAR_MARGIN)
            tones = Tones(0, 0, 0, high)
        return _Toned(signal, tones)
    floor = (
        FLOOR_SHARE * float(np.percentile(signal[inside], FLOOR_PERCENT)) if tones is None else tones.floor
    )
    # behind metal the percentile may be 0, and read-out noise makes signals negative
    floor = max(floor, 1e-3)
    logarithm: Image = np.log(np.maximum(signal, np.float32(floor)))
    level = float(np.median(logarithm[inside])) if tones is None else tones.level
    if processing.chain == "display":
        logarithm = enhanced(logarithm - np.float32(level), viewport, processing) + np.float32(level)
    if tones is None:
        dark, bright = np.percentile(logarithm[inside], [DARK_PERCENT, BRIGHT_PERCENT]).tolist()
        high = bright + BRIGHT_MARGIN * (bright - dark)
        tones = Tones(floor, level, high - (high - dark) / (1 - processing.headroom), high)
    return _Toned(logarithm, tones)


def enhanced(image: Image, viewport: Viewport, processing: Processing) -> Image:
    """Return ln signal, relative to its level, after the filters of the display chain, (R, C).

    A share of slow differences is taken out (dynamic-range compression), then detail is enhanced in two
    bands: v + g · f(v − G₁v) + 0.4 g · f(G₁v − G₂v) with Gaussians G of the edge's width and four times it,
    and f(d) = d / √(1 + (d / 0.3)²). Behind an electronic shutter the slow differences continue the image, so
    that no rim appears along it.
    """
    inside = (viewport.opening > OPEN).astype(np.float32)
    if processing.median:
        image = median_of_nine(image)
    sigma_px = FLATTENING_MM / viewport.mm_per_px
    # the mean of the field alone: without the weight it would fall towards the collimator
    weight = np.maximum(broad_blur(inside, sigma_px), np.float32(1e-3))
    slow: Image = (broad_blur(image * inside, sigma_px) / weight).astype(np.float32, copy=False)
    share = np.float32(processing.flattening)
    if viewport.fill is None:
        flat: Image = image - share * slow * viewport.opening
    else:
        flat = np.where(inside > 0, image, slow).astype(np.float32, copy=False) - share * slow
    fine = narrow_blur(flat, processing.edge_sigma_px)
    coarse = narrow_blur(flat, LOCAL_CONTRAST_WIDTHS * processing.edge_sigma_px)
    detail = _limited(flat - fine) + np.float32(LOCAL_CONTRAST_SHARE) * _limited(fine - coarse)
    enhanced_image: Image = (flat + np.float32(processing.edge_gain) * detail).astype(np.float32, copy=False)
    return enhanced_image


def _limited(difference: Image) -> Image:
    """Differences that grow less and less beyond ``LIMIT``."""
    limited: Image = difference / np.sqrt(1 + (difference / np.float32(LIMIT)) ** 2)
    return limited


def median_of_nine(image: Image) -> Image:
    """Return the median of each pixel's 3 × 3 neighbourhood, (R, C); the edge repeats."""
    rows, columns = image.shape
    around = np.pad(image, 1, mode="edge")
    nine = [around[i : i + rows, j : j + columns] for i in range(3) for j in range(3)]
    for one, other in MEDIAN_NETWORK:
        nine[one], nine[other] = np.minimum(nine[one], nine[other]), np.maximum(nine[one], nine[other])
    return nine[4]


def _stored(grey: Image, viewport: Viewport, processing: Processing) -> Image:
    """Codes of a frame whose grey runs from 0 (little signal) to 1: tone curve, polarity, shutter, text."""
    shown = np.clip(grey, 0, 1)
    if processing.chain == "display" and processing.sigmoid:
        # a logistic curve ends short of 0 and 1: stretched, so that both ends stay in use
        end = 1 / (1 + np.exp(SIGMOID_SLOPE / 2))
        shown = (1 / (1 + np.exp(-SIGMOID_SLOPE * (shown - 0.5))) - end) / (1 - 2 * end)
    if processing.contrast_is == "bright":
        shown = 1 - shown
    if viewport.fill is not None:
        shown = np.where(viewport.opening > OPEN, shown, np.float32(viewport.fill))
    if viewport.lettering is not None:
        letters = ink(viewport.lettering, (shown.shape[0], shown.shape[1]))
        shown += letters * ((viewport.fill or 0) < 0.6) - letters * shown
    if processing.inverted:
        shown = 1 - shown
    largest = 2**processing.bits - 1
    codes: Image = np.rint(shown * np.float32(largest)).clip(0, largest)
    return codes
