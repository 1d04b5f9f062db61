"""Rigid registration of attenuation images on their bone edges, robust to contrast, needles and gas.

The choice of frames and the alignment of the baseline both stand on it. A plain phase correlation is pulled
towards zero shift, locks onto the collimator and is drawn by the contrast itself; here the collimator is left
out, a band-pass keeps edges and drops the slow background, and a Cauchy weight lets what moves differently
(contrast, needles, bowel gas) drop out of the fit. A reference is prepared once and serves any number of
frames.

References:
    [1] Baker, Matthews. Lucas-Kanade 20 years on. Int J Comput Vis 2004;56:221 (Gauss-Newton with the
        gradient of the reference).
    [2] Holland, Welsch. Robust regression using iteratively reweighted least-squares. Commun Stat Theory
        Methods 1977;6:813 (Cauchy weight with the constant 2.385).
    [3] Liang, Zeger. Longitudinal data analysis using generalized linear models. Biometrika 1986;73:13
        (standard errors from clusters of residuals that depend on one another).
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from spreadscan.filters import GAUSSIAN_MAD, robust_sd
from spreadscan.values import BoolArray, Motion, value
from spreadscan.warp import rotation, shifted

CAUCHY_TUNING = 2.385
"""95 % efficiency at the normal distribution [2]."""
LEAST_EDGES = 100
"""Fewer edge pixels than these fit nothing."""
STEP_PX = 2e-3
"""The fit ends when a step moves nothing by more than this."""
CLUSTER_PX = 24
"""Width of the squares within which residuals are taken to depend on one another: beyond the band-pass."""

BETTER_MATCH = 1.1
"""A shift beyond the search is tried where its cross-correlation is larger by this."""
NOISY = 2.0
"""Noise of a pixel over the height of the edges at which the band-pass is widest."""
MOST_ELSEWHERE = 10000
"""So many pixels that are no edges tell the noise."""

_Image = NDArray[np.float32]
_Vector = NDArray[np.float64]


class RegistrationSettings(NamedTuple):
    """How images are registered.

    Attributes:
        search_px: largest shift looked for first, pixels of the images handed in. A larger one, up to a quarter
            of the image, is tried where it matches better, and taken if it fits better.
        fine_px, coarse_px: the two Gaussian widths of the band-pass, pixels of the level registered.
        noisy_fine_px: the fine one where the noise at the edges is as large as their height.
        edge_share: share of the field's pixels, those of the steepest edges, that the fit uses.
        margin_px: width of the rim of the field left out, pixels of the level registered.
        half_from_px: images whose shorter side is at least this long are registered at half resolution.
        turn_sd: a rotation is fitted where it exceeds so many of its standard deviations.
        iterations: at most so many Gauss-Newton steps.
    """

    search_px: int = 48
    fine_px: float = 1.0
    coarse_px: float = 6.0
    noisy_fine_px: float = 1.6
    edge_share: float = 0.12
    margin_px: int = 10
    half_from_px: int = 600
    turn_sd: float = 3.0
    iterations: int = 25


@value
class PreparedReference:
    """A reference image, ready for any number of frames. r, c: rows and columns of the level registered; N edges.

    Attributes:
        band: (r, c) the reference, band-passed.
        inside: (r, c) the field.
        gains: (2, r, c) what makes the fine and the coarse Gaussian of a frame means over the field.
        places: (2, N) row and column of the edge pixels, those of the steepest edges.
        values: (N,) of ``band`` at the edges.
        jacobian: (N, 3) what changes there for a pixel down, a pixel to the right, a radian.
        clusters: (N,) the square that an edge lies in.
        elsewhere: (2, M) row and column of some pixels that are no edges.
        spectrum: of the reference at half of the level, for the start.
        fine_px: width of the fine Gaussian.
        factor: pixels of the images handed in to one of the level.
        settings: how.
    """

    band: _Image
    inside: BoolArray
    gains: _Image
    places: NDArray[np.intp]
    values: _Vector
    jacobian: _Vector
    clusters: NDArray[np.intp]
    elsewhere: NDArray[np.intp]
    spectrum: NDArray[np.complex64]
    fine_px: float
    factor: int
    settings: RegistrationSettings


class _Fitted(NamedTuple):
    """Rows, columns and angle, and what is left: agreement and standard error and residual in pixels."""

    parameters: _Vector
    agreement: float
    sd_px: float
    residual_px: float


def register(
    reference: _Image,
    moving: _Image,
    field: BoolArray,
    ignore: BoolArray | None = None,
    settings: RegistrationSettings = RegistrationSettings(),  # noqa: B008 - an immutable tuple
) -> Motion:
    """Return the rigid motion from a reference image to a moving one, as ``register_to`` does.

    Args:
        reference: (R, C) attenuation.
        moving: (R, C) attenuation of the same scene, shifted and rotated.
        field: (R, C) true where both images are exposed.
        ignore: (R, C) true where the reference is known to differ, such as contrast and needles.
        settings: how.
    """
    return register_to(prepared(reference, field, ignore, settings), moving)


def prepared(
    reference: _Image,
    field: BoolArray,
    ignore: BoolArray | None = None,
    settings: RegistrationSettings = RegistrationSettings(),  # noqa: B008 - an immutable tuple
) -> PreparedReference:
    """Return a reference ready to have any number of frames registered to it.

    Args:
        reference: (R, C) attenuation.
        field: (R, C) true where it and the frames are exposed.
        ignore: (R, C) true where the frames are known to differ, such as contrast and needles.
        settings: how.
    """
    factor = 2 if min(reference.shape) >= settings.half_from_px else 1
    inside = _small(field.astype(np.float32), factor) > 0.99
    small = _small(np.ascontiguousarray(reference, dtype=np.float32), factor)
    usable = ndimage.binary_erosion(inside, iterations=settings.margin_px, border_value=False)
    if ignore is not None:
        usable &= _small(ignore.astype(np.float32), factor) < 0.01
    fine_px = _fine_px(small, inside, usable, settings)
    gains = _gains(inside, (fine_px, settings.coarse_px))
    band = _band_passed(small, inside, gains, (fine_px, settings.coarse_px))
    places, elsewhere = _edges(band, usable, settings.edge_share)
    y, x = places - (np.array(band.shape)[:, None] - 1) / 2
    down, across = _slopes_near(band, places)
    return PreparedReference(
        band=band,
        inside=inside,
        gains=gains,
        places=places,
        values=band[*places].astype(float),
        jacobian=np.stack([down, across, across * y - down * x], axis=1),
        clusters=places[0] // CLUSTER_PX * (band.shape[1] // CLUSTER_PX + 1) + places[1] // CLUSTER_PX,
        elsewhere=elsewhere,
        spectrum=np.conj(_spectrum(band)),
        fine_px=fine_px,
        factor=factor,
        settings=settings,
    )


def register_to(reference: PreparedReference, moving: _Image) -> Motion:
    """Return the rigid motion from a prepared reference to an image.

    A shift is fitted first; a rotation too, where it exceeds ``settings.turn_sd`` of its standard deviations, so that
    noise turns nothing. Wrong where fewer edges move with the bone than without it.

    Args:
        reference: of ``prepared``.
        moving: (R, C) attenuation of the same scene, shifted and rotated.

    Returns:
        The motion, with agreement 0 where fewer than 100 edge pixels can be used. Definition of the residual:
        sqrt(max(0, e² - f²)) / s with e and f the robust standard deviations of the difference at edges and
        elsewhere, and s the root-mean-square slope of the edges. Definition of ``sd_px``: the square root of the sum
        of variances of the two shifts, and of the rotation times the mean squared distance of the edges from the
        middle if it was fitted; variances H⁻¹ (Σ g gᵀ) H⁻¹ with g the sums of weight · slope · difference over
        squares of 24 pixels [3], and H = Σ weight · slope · slope', where the one slope is of the reference and the
        other of the moving image, so that noise adds nothing to it.
    """
    if reference.places.shape[1] < LEAST_EDGES:
        return Motion(rows_px=0.0, columns_px=0.0, rotation_deg=0.0, agreement=0.0, residual_px=0.0)
    settings, factor = reference.settings, reference.factor
    small = _small(np.ascontiguousarray(moving, dtype=np.float32), factor)
    widths = (reference.fine_px, settings.coarse_px)
    band = _band_passed(small, reference.inside, reference.gains, widths)
    tries = [_fitted(reference, band, start) for start in _starts(reference, band)]
    best = max(tries, key=lambda one: one.agreement)
    rows, columns, angle = best.parameters.tolist()
    return Motion(
        rows_px=rows * factor,
        columns_px=columns * factor,
        rotation_deg=float(np.degrees(angle)),
        agreement=best.agreement,
        residual_px=best.residual_px * factor,
        sd_px=best.sd_px * factor,
    )


# the fit


def _fitted(reference: PreparedReference, band: _Image, start: tuple[float, float]) -> _Fitted:
    p = _gauss_newton(reference, band, np.array([*start, 0.0]), 2)
    error = _seen(band, reference.places, p) - reference.values
    step, variance = _step(reference, error, reference.jacobian)
    free = 2
    if abs(step[2]) > reference.settings.turn_sd * np.sqrt(variance[2, 2]):
        p, free = _gauss_newton(reference, ndimage.spline_filter(band, output=np.float32), p, 3), 3
    return _judged(reference, band, p, free)


def _gauss_newton(reference: PreparedReference, band: _Image, start: _Vector, free: int) -> _Vector:
    """Fit rows and columns in an image, or with three free the angle too, in its spline coefficients."""
    p, radius = start.copy(), max(band.shape) / 2
    seen = _seen if free == 2 else _seen_in_spline
    for _ in range(reference.settings.iterations):
        error = seen(band, reference.places, p) - reference.values
        step, _ = _step(reference, error, reference.jacobian[:, :free])
        p[:free] -= step
        if np.abs(step * np.array([1, 1, radius])[:free]).max() < STEP_PX:
            break
    return p


def _step(
    reference: PreparedReference, error: _Vector, other: _Vector
) -> tuple[_Vector, NDArray[np.float64]]:
    """The step that the weighted differences ask for, and its variance [3].

    ``other``: (N, K) slopes by the K free parameters: of the reference, or of the moving image.
    """
    free = other.shape[1]
    jacobian = reference.jacobian[:, :free]
    scale = GAUSSIAN_MAD * float(np.median(np.abs(error))) + 1e-12
    weighted = jacobian / (1 + (error / (CAUCHY_TUNING * scale)) ** 2)[:, None]
    inverse = np.linalg.pinv(weighted.T @ other)
    scores = weighted * error[:, None]
    sums = np.stack([np.bincount(reference.clusters, score) for score in scores.T])
    return inverse @ scores.sum(axis=0), inverse @ (sums @ sums.T) @ inverse.T


def _judged(reference: PreparedReference, band: _Image, p: _Vector, free: int) -> _Fitted:
    """How well a motion fits: agreement at the edges, its standard error, what the edges differ beyond noise."""
    seen = _seen_turned(band, reference.places, p) if free == 3 else _seen(band, reference.places, p)
    around = _seen_turned(band, reference.elsewhere, p) if free == 3 else _seen(band, reference.elsewhere, p)
    agreement = float(np.corrcoef(seen, reference.values)[0, 1]) if seen.std() > 0 else 0.0
    error = seen - reference.values
    y, x = reference.places - (np.array(band.shape)[:, None] - 1) / 2
    down, across = _slopes_near(band, np.rint(_places_seen(reference.places, p, band.shape)).astype(int))
    other = np.stack([down, across, across * y - down * x], axis=1)[:, :free]
    _, variance = _step(reference, error, other)
    distance = float((y**2 + x**2).mean())
    sd_px = float(np.sqrt(np.diag(variance) @ np.array([1, 1, distance])[:free]))
    noise = robust_sd(around - reference.band[*reference.elsewhere])
    excess = max(0.0, robust_sd(error) ** 2 - noise**2) if around.size else 0.0
    slope = float(np.sqrt((reference.jacobian[:, :2] ** 2).sum(axis=1).mean())) + 1e-12
    return _Fitted(p, agreement, sd_px, float(np.sqrt(excess)) / slope)


def _places_seen(places: NDArray[np.intp], p: _Vector, shape: tuple[int, ...]) -> _Vector:
    """Where the moving image shows points of the reference, (2, N)."""
    centre = (np.array(shape)[:, None] - 1) / 2
    seen: _Vector = rotation(p[2]) @ (places - centre) + centre + p[:2, None]
    return seen


def _seen(band: _Image, places: NDArray[np.intp], p: _Vector) -> _Vector:
    """Values (N,) of the moving image where it shows points of the reference, for a shift without a turn."""
    whole = np.floor(p[:2]).astype(int)
    part = shifted(band, *(p[:2] - whole))
    row, column = (
        np.clip(at + n, 0, length - 1) for at, n, length in zip(places, whole, band.shape, strict=True)
    )
    seen: _Vector = part[row, column].astype(float)
    return seen


def _seen_turned(band: _Image, places: NDArray[np.intp], p: _Vector) -> _Vector:
    return _seen_in_spline(ndimage.spline_filter(band, output=np.float32), places, p)


def _seen_in_spline(coefficients: _Image, places: NDArray[np.intp], p: _Vector) -> _Vector:
    at = _places_seen(places, p, coefficients.shape)
    seen: _Vector = ndimage.map_coordinates(
        coefficients, at, order=3, prefilter=False, mode="nearest", output=np.float64
    )
    return seen


# the start


def _starts(reference: PreparedReference, band: _Image) -> list[tuple[float, float]]:
    """Whole-pixel shifts to start from, by plain cross-correlation; not normalised, so not pulled to 0."""
    shape = _padded(band.shape)
    correlation = fft.irfft2(_spectrum(band) * reference.spectrum, shape)
    far = min(band.shape) // 8
    reach = min(far, reference.settings.search_px // reference.factor // 2)
    wide = np.roll(correlation, (far, far), axis=(0, 1))[: 2 * far + 1, : 2 * far + 1]
    near = wide[far - reach : far + reach + 1, far - reach : far + reach + 1]
    starts = [_peak(near, reach)]
    if wide.max() > BETTER_MATCH * near.max():
        starts.append(_peak(wide, far))
    return starts


def _peak(correlation: NDArray[np.floating], reach: int) -> tuple[float, float]:
    row, column = np.unravel_index(np.argmax(correlation), correlation.shape)
    return 2.0 * (int(row) - reach), 2.0 * (int(column) - reach)


def _spectrum(band: _Image) -> NDArray[np.complex64]:
    spectrum: NDArray[np.complex64] = fft.rfft2(_small(band, 2), _padded(band.shape))
    return spectrum


def _padded(shape: tuple[int, ...]) -> tuple[int, int]:
    """Size of the transforms: half of the level, with room for the largest shift."""
    far = min(shape) // 8
    return fft.next_fast_len(shape[0] // 2 + far, real=True), fft.next_fast_len(shape[1] // 2 + far, real=True)


# the level registered


def _small(image: _Image, factor: int) -> _Image:
    """Means of blocks, as ``filters.shrunk``."""
    if factor == 1:
        return image
    rows, columns = (n // factor for n in image.shape)
    part = image[: rows * factor, : columns * factor]
    small: _Image = cv2.resize(part, (columns, rows), interpolation=cv2.INTER_AREA)
    return small


def _gains(inside: BoolArray, widths: tuple[float, float]) -> _Image:
    weight = inside.astype(np.float32)
    gains: _Image = np.stack([weight / np.maximum(_blurred(weight, sd), np.float32(1e-6)) for sd in widths])
    return gains


def _band_passed(image: _Image, inside: BoolArray, gains: _Image, widths: tuple[float, float]) -> _Image:
    """Difference of two Gaussians that does not see the edge of the field."""
    known = np.where(inside, image, np.float32(0))
    fine, coarse = (_blurred(known, sd) for sd in widths)
    band: _Image = fine * gains[0] - coarse * gains[1]
    return band


def _blurred(image: _Image, sd_px: float) -> _Image:
    """Gaussian blur, of wide ones at half resolution."""
    if sd_px < 4 or min(image.shape) < 64:
        return cv2.GaussianBlur(image, (0, 0), sd_px)
    rows, columns = image.shape
    small = cv2.GaussianBlur(_resized(image, (rows // 2, columns // 2), cv2.INTER_AREA), (0, 0), sd_px / 2)
    return _resized(small, image.shape, cv2.INTER_LINEAR)


def _resized(image: _Image, shape: tuple[int, ...], how: int) -> _Image:
    resized: _Image = cv2.resize(image, (shape[1], shape[0]), interpolation=how)
    return resized


def _fine_px(image: _Image, inside: BoolArray, usable: BoolArray, settings: RegistrationSettings) -> float:
    """Width of the fine Gaussian: grows with the noise of the pixels over what the edges differ from around."""
    if not usable.any():
        return settings.fine_px
    checker = cv2.filter2D(image, -1, np.array([[0.5, -0.5], [-0.5, 0.5]], np.float32))[usable]
    widths = (settings.noisy_fine_px, settings.coarse_px)
    heights = np.abs(_band_passed(image, inside, _gains(inside, widths), widths)[usable])
    height = float(np.quantile(heights, 1 - settings.edge_share))
    noise = robust_sd(checker[:: max(1, checker.size // 20000)])
    growth = min(1.0, noise / max(height, 1e-12) / NOISY)
    return settings.fine_px + growth * (settings.noisy_fine_px - settings.fine_px)


def _edges(band: _Image, usable: BoolArray, share: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Row and column of the steepest edges, (2, N), and of some of the other usable pixels, (2, M)."""
    if not usable.any():
        return np.zeros((2, 0), np.intp), np.zeros((2, 0), np.intp)
    smooth = cv2.GaussianBlur(band, (0, 0), 1.0)
    steepness = cv2.magnitude(cv2.Sobel(smooth, -1, 0, 1), cv2.Sobel(smooth, -1, 1, 0))
    steep = usable & (steepness > np.quantile(steepness[usable], 1 - share))
    elsewhere = np.stack(np.nonzero(usable & ~steep))
    return np.stack(np.nonzero(steep)), elsewhere[:, :: max(1, elsewhere.shape[1] // MOST_ELSEWHERE)]


def _slopes_near(image: _Image, places: NDArray[np.intp]) -> tuple[_Vector, _Vector]:
    """Central differences at whole pixels, down and across."""
    rows, columns = image.shape
    row, column = np.clip(places[0], 1, rows - 2), np.clip(places[1], 1, columns - 2)
    down = (image[row + 1, column] - image[row - 1, column]) / 2
    across = (image[row, column + 1] - image[row, column - 1]) / 2
    return down.astype(float), across.astype(float)
