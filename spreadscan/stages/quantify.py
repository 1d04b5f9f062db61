"""Estimate iodine: the detection limit in mgI/cm², the mass in the image, and how much of the dose it is.

Only linear pixels, or logarithmic ones with their table, allow it, with the tube voltage in the header and a
scale in the patient. Everything else gets no milligram but a reason.

Model: a layer of m mgI/cm² takes ΔL = k · m / (1 + SPR) off the logarithm of the signal, with k for the
primary beam and SPR the scatter-to-primary ratio. SPR is not known without a beam stop: 0.5 to 2 are met, so
the interval is wide (Shanahan 2000 calls densitometry without scatter correction grossly inaccurate). The
model is linear; at ΔL 0.2 behind an SPR of 1 it understates the layer by about a tenth.

References:
    [1] k: 0.0109, 0.0090, 0.0073 per mgI/cm² at 70, 80, 90 kVp behind 20, 20, 25 cm of water, 3 mm Al and
        0.2 mm Cu, caesium iodide, from Elam's coefficients (xraydb); across filters and patients ± 20 %.
    [2] Shanahan, University of Canberra 2000; Love, Kruger, Med Phys 1987;14:178 (scatter in densitometry).
"""

import numpy as np

from spreadscan.image.filters import dilated
from spreadscan.settings import QuantifySettings
from spreadscan.values import (
    Calibration,
    ContrastMap,
    Dose,
    Iodine,
    SpreadMask,
    Uncalibrated,
)

PEAK_KV = (70.0, 80.0, 90.0)
LN_PER_MG_CM2 = (0.0109, 0.0090, 0.0073)
"""Attenuation of the primary beam by 1 mgI/cm² at each of ``PEAK_KV`` [1]; never extrapolated."""
FRINGE_MM = 2.0
"""Iodine is summed up to here beyond what may be contrast: the smoothing carries it over the edge."""
MM2_PER_CM2 = 100.0


def quantify(
    contrast: ContrastMap,
    mask: SpreadMask,
    calibration: Calibration | Uncalibrated,
    dose: Dose,
    settings: QuantifySettings,
) -> Iodine:
    """Return what can be said of the iodine.

    Definition: mass = ∫ ΔL dA · (1 + SPR) / k over what may be contrast and 2 mm around it; low, best and
    high with the least, the geometric mean and the largest SPR, the ends widened by the uncertainty of k and
    of the scale. Recovered fraction: mass over the injected one.

    Args:
        contrast: the contrast map.
        mask: where the contrast is.
        calibration: a mass needs one.
        dose: tube voltage, and what the user says was injected.
        settings: how much scatter is met.

    Returns:
        The estimate, or why there is none. Flags: ``dose-mismatch`` where 1 lies outside the interval of the
        recovered fraction, ``no-iodine-mass`` where a dose was given in vain.
    """
    reason = _refusal(contrast, mask, calibration, dose)
    layer = None if dose.peak_kv is None or contrast.unit != "ln" else _ln_per_mg_cm2(dose.peak_kv)
    limit = None if layer is None else _median_limit(contrast, layer)
    if reason or layer is None or isinstance(calibration, Uncalibrated):
        flags = ("no-iodine-mass",) if dose.injected_mg is not None else ()
        return Iodine(reason, _interval(limit, settings, 0.0), None, dose.injected_mg, None, flags)
    near = contrast.valid & dilated(mask.possible, FRINGE_MM / calibration.mm_per_px)
    pixel_cm2 = calibration.mm_per_px**2 / MM2_PER_CM2
    # summed in double: single precision loses digits over so many pixels
    mass = float(contrast.signal[near].sum(dtype=np.float64)) * pixel_cm2 / layer
    # noise may sum to less than nothing, and iodine cannot
    interval = _interval(max(mass, 0.0), settings, calibration.relative_uncertainty)
    if interval is None or dose.injected_mg is None:
        return Iodine("", _interval(limit, settings, 0.0), interval, dose.injected_mg, None)
    low, best, high = (one / dose.injected_mg for one in interval)
    flags = () if low <= 1 <= high else ("dose-mismatch",)
    return Iodine("", _interval(limit, settings, 0.0), interval, dose.injected_mg, (low, best, high), flags)


def _median_limit(contrast: ContrastMap, layer: float) -> float | None:
    """The detection limit, mgI/cm², by the attenuation of 1 mgI/cm²."""
    limits = contrast.limit[contrast.valid & np.isfinite(contrast.limit)]
    return float(np.median(limits)) / layer if limits.size else None


def _refusal(
    contrast: ContrastMap, mask: SpreadMask, calibration: Calibration | Uncalibrated, dose: Dose
) -> str:
    """Why there is no mass; empty when there is one."""
    if contrast.method != "baseline":
        return "there is no baseline"
    if contrast.unit != "ln":
        return "the pixels have no known relation to X-ray intensity"
    if dose.peak_kv is None:
        return "the header gives no tube voltage"
    if _ln_per_mg_cm2(dose.peak_kv) is None:
        return f"{dose.peak_kv:g} kVp lies outside {PEAK_KV[0]:g} to {PEAK_KV[-1]:g}"
    if isinstance(calibration, Uncalibrated):
        return "there is no scale in the patient"
    return "" if mask.found else "no contrast was found"


def _ln_per_mg_cm2(peak_kv: float) -> float | None:
    if not PEAK_KV[0] <= peak_kv <= PEAK_KV[-1]:
        return None
    return float(np.interp(peak_kv, PEAK_KV, LN_PER_MG_CM2))


def _interval(
    primary: float | None, settings: QuantifySettings, scale_sd: float
) -> tuple[float, float, float] | None:
    """Low, best and high of an amount that the primary beam alone would give."""
    if primary is None:
        return None
    least, most = 1 + settings.least_scatter, 1 + settings.most_scatter
    # an area goes with the square of the scale
    off = 1 + float(np.hypot(settings.layer_uncertainty, 2 * 1.645 * scale_sd))
    # 1.645 standard deviations each way make the scale's part a 90 % interval
    return primary * least / off, primary * float(np.sqrt(least * most)), primary * most * off
