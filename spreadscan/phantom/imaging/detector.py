"""From the primary beam to the signal of the detector: field, scatter, quanta, blur and noise."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spreadscan.frozen import Image, value
from spreadscan.phantom.imaging.blur import broad_blur, narrow_blur
from spreadscan.phantom.scenario import Beam, Detector

SCATTER_MM = ((12.0, 0.25), (38.0, 0.75))
"""Standard deviations in the isocentre plane and shares of the two parts of the spread of scatter. A Gaussian
fits the measured spread (J. M. Boone, B. A. Arnold and J. A. Seibert, Med. Phys. 13 (1986) 254); the widths
are an assumption."""

GLARE_MM = 25.0
"""Standard deviation of veiling glare in the isocentre plane (assumption)."""

PIXEL_PATTERN, COLUMN_PATTERN = 0.004, 0.0015
"""Standard deviations of what flat-field correction leaves of the gains of pixels and of read-out columns
(assumption)."""

OPEN = 0.9
"""Opening above which a pixel counts as inside the field."""


@dataclass(frozen=True)
class Scale:
    """How large things appear.

    Attributes:
        mm_per_px: size of a pixel in the isocentre plane.
        magnification: source-to-image over source-to-isocentre distance.
    """

    mm_per_px: float
    magnification: float


@value
class Acquisition:
    """What stays the same from frame to frame.

    Attributes:
        beam: the tube.
        detector: the detector.
        scale: size of the pixels.
        opening: (R, C) transmission of the collimator.
        fluence: (R, C) open beam that reaches the detector: opening, heel and vignetting; 1 in the middle.
        pattern: (R, C) fixed pattern of the detector's gain, about 1.
    """

    beam: Beam
    detector: Detector
    scale: Scale
    opening: Image
    fluence: Image
    pattern: Image


@value
class Exposure:
    """One frame as the detector gives it.

    Attributes:
        signal: (R, C) detected quanta per pixel, noise included.
        gain: quanta per pixel where the primary of the open beam is 1.
    """

    signal: Image
    gain: float


def acquisition(
    beam: Beam, detector: Detector, scale: Scale, opening: Image, rng: np.random.Generator
) -> Acquisition:
    """Return what all frames of a run share; its fixed pattern is drawn from ``rng``.

    Brightness rises linearly by the heel's share from row 0, taken as the head end, to the last (a beam of
    negative heel for an image that stands on its head), and falls with the square of the distance from the
    centre to 1 − vignetting in the corners.
    """
    rows, columns = opening.shape
    y = np.linspace(-1, 1, rows, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, columns, dtype=np.float32)[None, :]
    heel = 1 + beam.heel * y / 2
    fluence = opening * (heel * (1 - detector.vignetting * (x * x + y * y) / 2)).astype(np.float32)
    pattern = PIXEL_PATTERN * rng.standard_normal((rows, columns), dtype=np.float32)
    pattern += COLUMN_PATTERN * rng.standard_normal((1, columns), dtype=np.float32)
    return Acquisition(beam, detector, scale, opening, fluence, 1 + pattern)


def expose(
    transmission: Image, acquisition: Acquisition, rng: np.random.Generator, gain: float | None = None
) -> Exposure:
    """Return one frame.

    Quanta are Poisson-distributed round gain · (primary + scatter). The detector blurs them, spreads a share
    of the signal as veiling glare, adds the noise of its read-out and multiplies by its fixed pattern.

    Args:
        transmission: (R, C) primary signal relative to the open beam.
        acquisition: beam, detector and field.
        rng: draws the noise.
        gain: that of another frame; without it the dose is that of the detector: ``quanta_per_mm2`` in the
            median of the field.
    """
    detector, scale = acquisition.detector, acquisition.scale
    beam = irradiation(transmission, acquisition)
    dose = detector.quanta_per_mm2 * scale.mm_per_px**2
    if gain is None:
        gain = dose / float(np.median(beam[acquisition.opening > OPEN]))
    # quanta come before the blur: noise is blurred as the picture is, that of the read-out is not
    signal = rng.poisson(beam * np.float32(gain)).astype(np.float32)
    signal = narrow_blur(signal, detector.blur_px)
    if detector.glare:
        spread = broad_blur(signal, GLARE_MM / scale.mm_per_px)
        signal = (1 - detector.glare) * signal + detector.glare * spread
    if detector.electronic_noise:
        read_out = np.float32(detector.electronic_noise * np.sqrt(dose))
        signal = signal + read_out * rng.standard_normal(signal.shape, dtype=np.float32)
    return Exposure(signal * acquisition.pattern, gain)


def irradiation(transmission: Image, acquisition: Acquisition) -> Image:
    """Return primary and scatter before noise, (R, C), relative to the open primary beam.

    Scatter is the primary under a broad kernel, scaled so that it is ``scatter_fraction`` of all radiation
    that the image receives. It reaches behind the collimator too.
    """
    primary = focal_blur(transmission * acquisition.fluence, acquisition)
    fraction = acquisition.detector.scatter_fraction
    if not fraction:
        return primary
    mm_per_px = acquisition.scale.mm_per_px
    spread = np.zeros_like(primary)
    for width_mm, share in SCATTER_MM:
        spread += np.float32(share) * broad_blur(primary, width_mm / mm_per_px)
    # S = P f / (1 − f) is what makes S / (S + P) the fraction f
    total = primary.sum(dtype=np.float64) * fraction / (1 - fraction)
    both: Image = primary + spread * np.float32(total / spread.sum(dtype=np.float64))
    return both


def focal_blur(primary: Image, acquisition: Acquisition) -> Image:
    """Return the primary as a focal spot of finite width casts it, (R, C).

    A spot of width f blurs the isocentre plane by f (m − 1) / m at magnification m; a uniform spot of that
    width has the standard deviation of the width over √12.
    """
    scale = acquisition.scale
    width_mm = acquisition.beam.focal_spot_mm * (scale.magnification - 1) / scale.magnification
    return narrow_blur(primary, width_mm / scale.mm_per_px / np.sqrt(12))


def recursive(signals: Sequence[Image], weight: float) -> tuple[Image, ...]:
    """Return frames under a recursive filter, as many: y₀ = x₀, yₜ = w yₜ₋₁ + (1 − w) xₜ.

    Noise settles at √((1 − w) / (1 + w)) of that of a single frame.
    """
    filtered = [signals[0]]
    for signal in signals[1:]:
        filtered.append(np.float32(weight) * filtered[-1] + np.float32(1 - weight) * signal)
    return tuple(filtered)
