"""Rigid registration of two attenuation images on their bone edges, robust to contrast, needles and gas.

The choice of frames and the alignment of the baseline both stand on it. A plain phase correlation is pulled
towards zero shift, locks onto the collimator and is drawn by the contrast itself; here the collimator is left
out, a band-pass keeps edges and drops the slow background, and a Cauchy weight lets what moves differently
(contrast, needles, bowel gas) drop out of the fit.

References:
    [1] Baker, Matthews. Lucas-Kanade 20 years on. Int J Comput Vis 2004;56:221 (Gauss-Newton with the
        gradient of the reference).
    [2] Holland, Welsch. Robust regression using iteratively reweighted least-squares. Commun Stat Theory
        Methods 1977;6:813 (Cauchy weight with the constant 2.385).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from spreadscan.filters import GAUSSIAN_MAD, robust_sd, shrunk
from spreadscan.values import BoolArray, Motion

CAUCHY_TUNING = 2.385
"""95 % efficiency at the normal distribution [2]."""
_Image = NDArray[np.float32]
_Parameters = NDArray[np.float64]


class RegistrationSettings(NamedTuple):
    """How two images are registered.

    Attributes:
        search_px: largest shift looked for, pixels of the images handed in.
        fine_px, coarse_px: the two Gaussian widths of the band-pass, pixels of the level registered.
        edge_share: share of the field's pixels, those of the steepest edges, that the fit uses.
        margin_px: width of the rim of the field left out, pixels of the level registered.
        half_from_px: images whose shorter side is at least this long are registered at half resolution.
        iterations: at most so many Gauss-Newton steps.
    """

    search_px: int = 48
    fine_px: float = 1.0
    coarse_px: float = 6.0
    edge_share: float = 0.08
    margin_px: int = 10
    half_from_px: int = 600
    iterations: int = 25


def register(
    reference: _Image,
    moving: _Image,
    field: BoolArray,
    ignore: BoolArray | None = None,
    settings: RegistrationSettings = RegistrationSettings(),  # noqa: B008 - an immutable tuple
) -> Motion:
    """Return the rigid motion from a reference image to a moving one.

    The rotation is fitted after the shift. Wrong where the bones themselves bend, or where fewer edges move
    with the bone than without it.

    Args:
        reference: (R, C) attenuation.
        moving: (R, C) attenuation of the same scene, shifted and rotated.
        field: (R, C) true where both images are exposed.
        ignore: (R, C) true where the reference is known to differ, such as contrast and needles.
        settings: how.

    Returns:
        The motion, with agreement 0 where fewer than 100 edge pixels can be used. Definition of the residual:
        sqrt(max(0, e² - f²)) / s with e and f the robust standard deviations of the difference at edges and
        elsewhere, and s the root-mean-square slope of the edges.
    """
    factor = 2 if min(reference.shape) >= settings.half_from_px else 1
    inside = shrunk(field.astype(np.float32), factor) > 0.99
    fixed = _band_passed(shrunk(reference, factor), inside, settings)
    other = _band_passed(shrunk(moving, factor), inside, settings)
    usable = ndimage.binary_erosion(inside, iterations=settings.margin_px, border_value=False)
    if ignore is not None:
        usable &= shrunk(ignore.astype(np.float32), factor) < 0.01
    edges = _steepest(fixed, usable, settings.edge_share)
    if edges.sum() < 100:
        return Motion(rows_px=0.0, columns_px=0.0, rotation_deg=0.0, agreement=0.0, residual_px=0.0)
    start = np.array([*_coarse_shift(fixed, other, settings.search_px // factor), 0.0])
    coefficients: _Image = ndimage.spline_filter(other, order=3, output=np.float32)
    shifted = _gauss_newton(fixed, coefficients, edges, start, (2, settings.iterations))
    rigid = _gauss_newton(fixed, coefficients, edges, shifted, (3, settings.iterations))
    agreement, residual_px = _fit(fixed, coefficients, (edges, usable & ~edges), rigid)
    return Motion(
        rows_px=float(rigid[0] * factor),
        columns_px=float(rigid[1] * factor),
        rotation_deg=float(np.degrees(rigid[2])),
        agreement=agreement,
        residual_px=residual_px * factor,
    )


def reversed_motion(motion: Motion) -> Motion:
    """Return the motion from the moving image to the reference, with the same quality of fit."""
    shift = -_rotation(-np.radians(motion.rotation_deg)) @ [motion.rows_px, motion.columns_px]
    return Motion(
        rows_px=float(shift[0]),
        columns_px=float(shift[1]),
        rotation_deg=-motion.rotation_deg,
        agreement=motion.agreement,
        residual_px=motion.residual_px,
    )


def moved(image: _Image, motion: Motion, order: int = 3) -> _Image:
    """Return the moving image brought into the geometry of the reference, (R, C).

    Pixels from outside the image repeat its edge; ``moved_inside`` says which.
    """
    matrix, offset = _inverse_affine(image.shape, motion)
    result: _Image = ndimage.affine_transform(
        image, matrix, offset, order=order, mode="nearest", output=np.float32
    )
    return result


def moved_inside(inside: BoolArray, motion: Motion) -> BoolArray:
    """Return where a mask of the moving image lies in the geometry of the reference, (R, C)."""
    matrix, offset = _inverse_affine(inside.shape, motion)
    image = inside.astype(np.float32)
    lies: _Image = ndimage.affine_transform(image, matrix, offset, order=1, mode="constant", cval=0.0)
    return lies > 0.99


def _inverse_affine(
    shape: tuple[int, ...], motion: Motion
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    matrix = _rotation(np.radians(motion.rotation_deg))
    centre = (np.array(shape) - 1) / 2
    shift = np.array([motion.rows_px, motion.columns_px])
    return matrix, centre + shift - matrix @ centre


def _rotation(angle_rad: float) -> NDArray[np.float64]:
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    return np.array([[cos, -sin], [sin, cos]])


def _band_passed(image: _Image, inside: BoolArray, settings: RegistrationSettings) -> _Image:
    """Difference of two Gaussians that does not see the edge of the field."""
    weight = inside.astype(np.float32)
    known = np.where(inside, image, 0).astype(np.float32)
    fine, coarse = (
        ndimage.gaussian_filter(known, s) / np.maximum(ndimage.gaussian_filter(weight, s), 1e-6)
        for s in (settings.fine_px, settings.coarse_px)
    )
    band: _Image = (fine - coarse) * weight
    return band


def _steepest(band: _Image, usable: BoolArray, share: float) -> BoolArray:
    steepness = np.hypot(ndimage.sobel(band, 0), ndimage.sobel(band, 1))
    if not usable.any():
        return usable
    steep: BoolArray = usable & (steepness > np.quantile(steepness[usable], 1 - share))
    return steep


def _coarse_shift(fixed: _Image, moving: _Image, search: int) -> tuple[float, float]:
    """Whole-pixel shift by plain cross-correlation at half resolution; not normalised, so not pulled to 0."""
    small_fixed, small_moving = shrunk(fixed, 2), shrunk(moving, 2)
    reach = search // 2
    shape = tuple(fft.next_fast_len(n + reach, real=True) for n in small_fixed.shape)
    spectrum = fft.rfft2(small_moving, shape) * np.conj(fft.rfft2(small_fixed, shape))
    correlation = fft.irfft2(spectrum, shape)
    near = np.roll(correlation, (reach, reach), axis=(0, 1))[: 2 * reach + 1, : 2 * reach + 1]
    row, column = np.unravel_index(np.argmax(near), near.shape)
    return 2.0 * (int(row) - reach), 2.0 * (int(column) - reach)


def _gauss_newton(
    fixed: _Image, coefficients: _Image, edges: BoolArray, start: _Parameters, steps: tuple[int, int]
) -> _Parameters:
    """Fit (rows, columns, angle) at the edge pixels; the first of ``steps`` says how many of the three."""
    free, iterations = steps
    y, x = _from_centre(edges)
    down, across = _slopes(fixed, edges)
    jacobian = np.stack([down, across, across * y - down * x], axis=1)[:, :free]
    values = fixed[edges]
    p = start.astype(np.float64).copy()
    radius = max(fixed.shape) / 2
    for _ in range(iterations):
        error = _seen_at(coefficients, np.stack([y, x]), p) - values
        scale = GAUSSIAN_MAD * float(np.median(np.abs(error))) + 1e-12
        weighted = jacobian / (1 + (error / (CAUCHY_TUNING * scale)) ** 2)[:, None]
        step = np.linalg.lstsq(weighted.T @ jacobian, weighted.T @ error, rcond=None)[0]
        p[:free] -= step
        if np.abs(step * np.array([1, 1, radius])[:free]).max() < 1e-3:
            break
    return p


def _fit(
    fixed: _Image, coefficients: _Image, parts: tuple[BoolArray, BoolArray], p: _Parameters
) -> tuple[float, float]:
    """Agreement at the edges, and what the edges differ beyond the noise elsewhere, in pixels."""
    edges, elsewhere = parts
    seen = _seen_at(coefficients, _from_centre(edges), p)
    agreement = float(np.corrcoef(seen, fixed[edges])[0, 1]) if seen.std() > 0 else 0.0
    noise = robust_sd(_seen_at(coefficients, _from_centre(elsewhere), p) - fixed[elsewhere])
    excess = max(0.0, robust_sd(seen - fixed[edges]) ** 2 - noise**2) if elsewhere.any() else 0.0
    slope = np.sqrt(np.mean(np.square(_slopes(fixed, edges)).sum(axis=0))) + 1e-12
    return agreement, float(np.sqrt(excess) / slope)


def _from_centre(mask: BoolArray) -> NDArray[np.float64]:
    """Positions (2, N) of the true pixels, rows and columns, from the centre of the image."""
    centre = (np.array(mask.shape) - 1) / 2
    return np.stack(np.nonzero(mask)) - centre[:, None]


def _slopes(image: _Image, mask: BoolArray) -> NDArray[np.float64]:
    """Slopes (2, N) at the true pixels, down and across."""
    return np.stack([ndimage.correlate1d(image, [-0.5, 0, 0.5], axis)[mask] for axis in (0, 1)]).astype(float)


def _seen_at(coefficients: _Image, positions: NDArray[np.float64], p: _Parameters) -> NDArray[np.float64]:
    """Values (N,) of the moving image where it shows the given points of the reference."""
    centre = (np.array(coefficients.shape) - 1) / 2
    at = _rotation(p[2]) @ positions + (centre + p[:2])[:, None]
    seen: NDArray[np.float64] = ndimage.map_coordinates(
        coefficients, at, order=3, prefilter=False, mode="nearest", output=np.float64
    )
    return seen
