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

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spreadscan.frozen import Vector
from spreadscan.image.correlation import likely_shifts
from spreadscan.image.edges import PreparedReference, RegistrationSettings, prepared, slopes
from spreadscan.image.filters import GAUSSIAN_MAD, from_middle, median, product_sum, robust_sd, shrunk
from spreadscan.image.spline import spline_coefficients, spline_values
from spreadscan.image.warp import places_seen, shifted
from spreadscan.values import BoolArray, Image, Motion

CAUCHY_TUNING = 2.385
"""95 % efficiency at the normal distribution [2]."""
LEAST_EDGES = 100
"""Fewer edge pixels than these fit nothing."""
STEP_PX = 2e-3
"""The fit ends when a step moves nothing by more than this."""
ROUGH_STEP_PX = 0.02
"""A rough fit ends with a step that moves nothing by more than this: the next one would be a tenth of it."""
EVERY = 5
"""Only every fifth edge is looked at until a step moves nothing by more than ``NEAR_PX``."""
NEAR_PX = 0.05
MOST_FOR_SCALE = 8000
"""So many edges tell the scale of the differences."""
NOTHING = Motion(rows_px=0.0, columns_px=0.0, rotation_deg=0.0, agreement=0.0, residual_px=0.0)


class _Moving(NamedTuple):
    """A band-passed frame, how far places lie from its frame, and its spline coefficients if it is turned."""

    image: Image
    margin_px: int
    spline: Image | None = None

    @property
    def free(self) -> int:
        """How many parameters are fitted."""
        return 2 if self.spline is None else 3


class _Fitted(NamedTuple):
    """Rows, columns and angle, and what is left: (N,) differences, agreement, standard error and residual."""

    parameters: Vector
    error: Vector
    agreement: float
    sd_px: float
    residual_px: float


class _Try(NamedTuple):
    """A band-passed frame, ready for the motion that was fitted to it, and the fit."""

    moving: _Moving
    fitted: _Fitted


class _Correction(NamedTuple):
    """A step of the parameters, (K,), and its variance, (K, K)."""

    step: Vector
    variance: Vector


_Judge = Callable[[PreparedReference, _Moving, _Fitted], _Fitted]


def register(
    reference: Image,
    moving: Image,
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


def register_to(reference: PreparedReference, moving: Image) -> Motion:
    """Return the rigid motion from a prepared reference to an image.

    A shift is fitted first; a rotation too where it exceeds ``settings.turn_sd`` of its standard deviations,
    so that noise turns nothing. Wrong where fewer edges move with the bone than without it.

    Args:
        reference: of ``prepared``.
        moving: (R, C) attenuation of the same scene, shifted and rotated.

    Returns:
        The motion, with agreement 0 where fewer than 100 edge pixels can be used.
        Definition of the residual: sqrt(max(0, e² - n² f²)) / s with e and f the robust standard deviations
        of the difference at edges and elsewhere, n how much noisier the edges are than the rest (bone is),
        and s the root-mean-square slope of the edges.
        Definition of ``sd_px``: the root of the sum of the variances of the two shifts, and of the rotation,
        if fitted, times the mean squared distance of the edges from the middle. The variances are
        H⁻¹ (Σ g gᵀ) H⁻¹: g sums weight · slope · difference over a square of 24 pixels [3], and H sums
        weight · slope · slope' with one slope of the reference and one of the moving image, so that noise
        adds nothing to it. Effects that all edges share, such as soft tissue that lags behind, are not in it.
    """
    if reference.places.shape[1] < LEAST_EDGES:
        return NOTHING
    return _best(reference, moving, _judged, STEP_PX)


def register_roughly(reference: PreparedReference, moving: Image) -> Motion:
    """Return the motion as ``register_to`` does, less exactly: where frames are looked through or averaged.

    Args:
        reference: of ``prepared``.
        moving: (R, C) attenuation of the same scene, shifted and rotated.

    Returns:
        The motion, off by ``ROUGH_STEP_PX`` at most beyond what noise does to it, with agreement 0 where
        fewer than 100 edge pixels can be used. Its residual is not measured: not a number. ``sd_px`` is made
        with the slopes of the reference alone in H, so that noise makes it too small by a tenth or two.
    """
    if reference.places.shape[1] < LEAST_EDGES:
        return NOTHING
    return _best(reference, moving, _glanced, ROUGH_STEP_PX)


# the fit


def _best(reference: PreparedReference, moving: Image, judge: _Judge, least_step_px: float) -> Motion:
    """The best of the fits from each likely start, in pixels of the images handed in."""
    factor = reference.factor
    image = reference.passing.passed(shrunk(np.ascontiguousarray(moving, dtype=np.float32), factor))
    starts = likely_shifts(reference.spectrum, image, reference.settings.search_px // factor)
    tries = [judge(reference, *_fitted(reference, image, start, least_step_px)) for start in starts]
    # agreement, not the residual: the residual is not measured where frames are only looked through
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


def _fitted(
    reference: PreparedReference, image: Image, start: tuple[float, float], least_step_px: float
) -> _Try:
    """The motion from a start, with the standard deviation of its shift; what remains is not judged yet."""
    moving = _Moving(image, reference.settings.margin_px)
    p = _gauss_newton(reference, moving, np.array([*start, 0.0]), least_step_px)
    error = _seen(moving, reference.places, p) - reference.values
    step, variance = _step_and_variance(reference, error, reference.jacobian)
    # splines are made only now: most frames are shifted but not turned, and a shift needs none
    if abs(step[2]) > reference.settings.turn_sd * np.sqrt(variance[2, 2]):
        moving = moving._replace(spline=spline_coefficients(image))
        p = _gauss_newton(reference, moving, p, least_step_px)
        error = _seen(moving, reference.places, p) - reference.values
    sd_px = float(np.sqrt(np.diag(variance)[: moving.free] @ _lever(reference, moving)))
    return _Try(moving, _Fitted(p, error, _agreement(reference, error), sd_px, float("nan")))


def _gauss_newton(
    reference: PreparedReference, moving: _Moving, start: Vector, least_step_px: float
) -> Vector:
    """Fit rows and columns, and the angle too if the moving image is ready to be turned."""
    p = start.copy()
    # an angle counts by how far it moves the outermost pixel, so that one limit in pixels ends the fit
    reach = np.array([1.0, 1.0, max(moving.image.shape) / 2])[: moving.free]
    # a fifth would otherwise be fewer edges than a fit may rest on
    every = EVERY if reference.values.size > EVERY * LEAST_EDGES else 1
    for _ in range(reference.settings.iterations):
        some = slice(None, None, every)
        jacobian = reference.jacobian[some, : moving.free]
        error = _seen(moving, reference.places[:, some], p) - reference.values[some]
        weighted = _weighted(jacobian, error)
        step = _solved(weighted.T @ jacobian, weighted.T @ error)
        p[: moving.free] -= step
        largest = np.abs(step * reach).max()
        # never ends on a fifth of the edges: the step that counts has seen them all
        if every == 1 and largest < least_step_px:
            break
        if largest < NEAR_PX:
            every = 1
    return p


def _solved(matrix: Vector, vector: Vector) -> Vector:
    """The smallest solution of a few equations, also where they leave it open."""
    try:
        return np.asarray(np.linalg.solve(matrix, vector), np.float64)
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.lstsq(matrix, vector, rcond=None)[0], np.float64)


def _weighted(jacobian: Vector, error: Vector) -> Vector:
    """Slopes times the Cauchy weights of the differences."""
    some = error[:: max(1, len(error) // MOST_FOR_SCALE)]
    # about zero, not about the median: an offset common to all edges is a misfit, not a new middle
    scale = GAUSSIAN_MAD * median(np.abs(some)) + 1e-12
    weights = 1 / (1 + np.square(error / (CAUCHY_TUNING * scale)))
    return jacobian * weights[:, None]


def _step_and_variance(reference: PreparedReference, error: Vector, other: Vector) -> _Correction:
    """The step that the weighted differences ask for, and its variance by what that step leaves [3].

    ``other``: (N, K) slopes by the K parameters, of the reference or of the moving image.
    """
    jacobian = reference.jacobian[:, : other.shape[1]]
    weighted = _weighted(jacobian, error)
    # not symmetric where the slopes are of two images: both sides of the variance are needed
    inverse = _inverse(weighted.T @ other)
    step = inverse @ (weighted.T @ error)
    scores = weighted * (error - jacobian @ step)[:, None]
    sums = np.stack([np.bincount(reference.clusters, score) for score in scores.T])
    return _Correction(step, inverse @ (sums @ sums.T) @ inverse.T)


def _inverse(matrix: Vector) -> NDArray[np.float64]:
    """The inverse of a small matrix, or what comes nearest to it."""
    try:
        return np.asarray(np.linalg.inv(matrix), np.float64)
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.pinv(matrix), np.float64)


def _agreement(reference: PreparedReference, error: Vector) -> float:
    """Correlation of what is seen at the edges with what the reference shows there."""
    shown = reference.values - reference.values.mean()
    seen = error + reference.values
    seen -= seen.mean()
    product = product_sum(seen, seen) * product_sum(shown, shown)
    return product_sum(seen, shown) / product**0.5 if product > 0 else 0.0


def _judged(reference: PreparedReference, moving: _Moving, fitted: _Fitted) -> _Fitted:
    """The fit with its standard error and what differs beyond noise."""
    shape, p, error = moving.image.shape, fitted.parameters, fitted.error
    around = _seen(moving, reference.elsewhere, p)
    nearest = np.rint(places_seen(reference.places, p, shape)).astype(np.intp)
    other = slopes(moving.image, reference.places, nearest)[:, : moving.free]
    _, variance = _step_and_variance(reference, error, other)
    noise = reference.noisier * robust_sd(around - reference.image[*reference.elsewhere])
    excess = max(0.0, robust_sd(error) ** 2 - noise**2) if around.size else 0.0
    slope = float(np.sqrt(np.square(reference.jacobian[:, :2]).sum(axis=1).mean())) + 1e-12
    sd_px = float(np.sqrt(np.diag(variance) @ _lever(reference, moving)))
    return fitted._replace(sd_px=sd_px, residual_px=float(np.sqrt(excess)) / slope)


def _lever(reference: PreparedReference, moving: _Moving) -> Vector:
    """By what the variances of the parameters count in that of where an edge is brought."""
    y, x = from_middle(reference.places, moving.image.shape)
    return np.array([1.0, 1.0, float((y**2 + x**2).mean())])[: moving.free]


def _glanced(*fit: Any) -> _Fitted:
    """The fit as it is."""
    found: _Fitted = fit[-1]
    return found


def _seen(moving: _Moving, places: NDArray[np.intp], p: Vector) -> Vector:
    """Values (N,) of the moving image where it shows points of the reference."""
    shape = moving.image.shape
    if moving.spline is not None:
        return spline_values(moving.spline, places_seen(places, p, shape))
    whole = np.floor(p[:2]).astype(int)
    part = shifted(moving.image, *(p[:2] - whole).tolist())
    row, column = places[0] + whole[0], places[1] + whole[1]
    if np.abs(whole).max() > moving.margin_px:
        row, column = (np.clip(at, 0, most - 1) for at, most in zip((row, column), shape, strict=True))
    found: Vector = part.ravel().take(row * shape[1] + column).astype(float)
    return found
