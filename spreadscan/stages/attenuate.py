"""Turn stored values into attenuation: larger where less X-ray arrives.

Two questions are answered. How is intensity coded: linear pixels get a logarithm, logarithmic ones are taken
as they are (or by way of the linear table in the file), display values are taken as relative. And is matter
stored dark or bright: the header may say so; otherwise the image shows it, since needles and cortical edges
are lines of high attenuation on either kind of image.

References:
    [1] DICOM PS3.3, C.8.7.1.1.2 Pixel Intensity Relationship (LIN, LOG, DISP) and C.8.11.3 (sign).
"""

from typing import Literal, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from spreadscan.image.filters import (
    background_inside,
    dilated,
    disc,
    eroded,
    only_inside,
    opened,
    second_derivatives,
    shrunk,
)
from spreadscan.settings import AttenuateSettings
from spreadscan.values import (
    AttenuationRun,
    BoolArray,
    Fluorogram,
    Image,
    JudgingScale,
    PixelFacts,
    XrayField,
)

GRID_MM = 0.4
"""Lines are looked for on a grid of about this width."""
SATURATED_SHARE = 0.01
"""Share of the field at an end of the range from which the image counts as saturated."""

_Polarity = Literal["dark", "bright"]


class _FoundPolarity(NamedTuple):
    """Whether matter is stored dark or bright, and the flags that say how that was found."""

    matter: _Polarity
    flags: tuple[str, ...]


def attenuate(
    fluorogram: Fluorogram, field: XrayField, scale: JudgingScale, settings: AttenuateSettings
) -> AttenuationRun:
    """Return an image or run as attenuation.

    Definition: for linear pixels -ln(v / v_max) with v the linear intensity, at least half a grey level; for
    logarithmic pixels with a table to linear the same by way of the table; otherwise the stored value as a
    fraction of its range, turned so that more attenuation is larger.

    Args:
        fluorogram: the image or run.
        field: where it was exposed.
        scale: sizes the lines that tell the polarity.
        settings: how.

    Returns:
        The run; the stored values are shared, not copied. Flags: ``polarity-from-image``,
        ``polarity-assumed``, ``display-pixels``, ``saturated``, ``lossy-compressed``, ``already-subtracted``.
    """
    facts = fluorogram.header.pixels
    polarity, flags = _polarity(fluorogram, field, scale, settings)
    lowest, count = _lowest(fluorogram), 2**facts.bits_stored
    values = np.arange(count, dtype=np.float64)
    linear = _linear(facts, values, polarity)
    if linear is not None:
        # half a step stands for a stored 0, which has no logarithm
        curve = -np.log(np.maximum(linear, 0.5) / linear.max())
    else:
        curve = (values if polarity == "bright" else values[::-1]) / (count - 1)
        flags += ("display-pixels",) if facts.relationship != "LOG" else ()
    if _saturated(fluorogram, field):
        flags += ("saturated",)
    flags += ("lossy-compressed",) if facts.lossy else ()
    flags += ("already-subtracted",) if facts.subtracted else ()
    return AttenuationRun(
        stored=fluorogram.stored,
        curve=curve.astype(np.float32),
        lowest=lowest,
        field=field,
        unit="relative" if linear is None else "ln",
        polarity=polarity,
        flags=flags,
    )


def _linear(
    facts: PixelFacts, values: NDArray[np.float64], polarity: _Polarity
) -> NDArray[np.float64] | None:
    """Intensity of each stored value, counted from the lowest; ``None`` for display values."""
    if facts.relationship == "LIN":
        return values if polarity == "dark" else values[::-1].copy()
    if facts.relationship == "LOG" and facts.to_linear is not None and len(facts.to_linear) == len(values):
        return np.asarray(facts.to_linear, dtype=np.float64)
    return None


def _polarity(
    fluorogram: Fluorogram, field: XrayField, scale: JudgingScale, settings: AttenuateSettings
) -> _FoundPolarity:
    facts = fluorogram.header.pixels
    # the sign tells how values relate to X-ray intensity, however they are displayed
    if facts.sign is not None:
        return _FoundPolarity("dark" if facts.sign > 0 else "bright", ())
    usual: _Polarity = "bright" if facts.inverted_display else "dark"
    evidence = line_evidence(fluorogram.stored[len(fluorogram.stored) // 2], field.inside, scale, settings)
    if abs(evidence) < settings.least_evidence:
        return _FoundPolarity(usual, ("polarity-assumed",))
    seen: _Polarity = "dark" if evidence > 0 else "bright"
    return _FoundPolarity(seen, () if seen == usual else ("polarity-from-image",))


def line_evidence(
    stored: NDArray[np.integer], inside: BoolArray, scale: JudgingScale, settings: AttenuateSettings
) -> float:
    """Return how much darker lines stand out than brighter ones; positive when matter is stored dark.

    Definition: mean over the 99, 99.5 and 99.9 percentiles of ln(q(dark) / q(bright)), where dark and bright
    are the positive parts of the principal second derivatives at the width of the lines, of an image
    normalised to its local mean and standard deviation; saturated parts are left out.
    """
    factor = max(1, int(GRID_MM / scale.mm_per_px))
    image = cv2.medianBlur(shrunk(stored.astype(np.float32), factor), 3)
    # a block that the edge of the field cuts would show a line of its own
    field = shrunk(inside.astype(np.float32), factor) > 0.99
    if not field.any():
        return 0.0
    px = scale.px(1.0) / factor
    normal = _locally_normal(image, field, px)
    width = max(1.0, settings.line_width_mm * px)
    larger, smaller = _principal_curvatures(only_inside(normal, field), width)
    judged = eroded(field, 4 * width + 3, frame_is_edge=True) & ~dilated(_clipped(image, field), 3 * px)
    if judged.sum() < 1000:
        return 0.0
    dark, bright = np.maximum(larger[judged], 0), np.maximum(-smaller[judged], 0)
    # needles and cortical edges are few: they show in the tails only
    levels = (99, 99.5, 99.9)
    ratio = np.maximum(np.percentile(dark, levels), 1e-9) / np.maximum(np.percentile(bright, levels), 1e-9)
    return float(np.mean(np.log(ratio)))


def _locally_normal(image: Image, field: BoolArray, px_per_mm: float) -> Image:
    deviation = image - background_inside(image, field, 3 * px_per_mm)
    spread = np.sqrt(background_inside(deviation**2, field, 5 * px_per_mm))
    # in flat parts noise would be blown up to the size of lines
    floor = 0.3 * float(np.median(spread[field])) + 1e-6
    return (deviation / np.maximum(spread, floor)).astype(np.float32)


def _clipped(image: Image, field: BoolArray) -> BoolArray:
    """Patches at either end of the range, where edges are cut off."""
    low, high = np.percentile(image[field], [0.1, 99.9])
    near = 0.01 * (high - low)
    return opened((image >= high - near) | (image <= low + near), disc(1), times=2)


def _principal_curvatures(image: Image, sigma_px: float) -> tuple[Image, Image]:
    down, across, mixed = second_derivatives(image, sigma_px)
    mean = (down + across) * np.float32(0.5)
    root: Image = np.hypot((down - across) * np.float32(0.5), mixed)
    return mean + root, mean - root


def _saturated(fluorogram: Fluorogram, field: XrayField) -> bool:
    values = fluorogram.stored[len(fluorogram.stored) // 2][field.inside]
    lowest = _lowest(fluorogram)
    ends = (values == lowest) | (values == lowest + 2**fluorogram.header.pixels.bits_stored - 1)
    return bool(ends.mean() > SATURATED_SHARE)


def _lowest(fluorogram: Fluorogram) -> int:
    """The smallest value that the file can hold."""
    signed = np.iinfo(fluorogram.stored.dtype).min < 0
    return -(2 ** (fluorogram.header.pixels.bits_stored - 1)) if signed else 0
