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

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spreadscan.bandpass import Band, band, checkered, noise_of_edges, steepest
from spreadscan.correlation import likely_shifts, spectrum_of
from spreadscan.filters import GAUSSIAN_MAD, robust_sd, shrunk
from spreadscan.values import BoolArray, Motion, value
from spreadscan.warp import from_middle, places_seen, shifted

CAUCHY_TUNING = 2.385
"""95 % efficiency at the normal distribution [2]."""
LEAST_EDGES = 100
"""Fewer edge pixels than these fit nothing."""
STEP_PX = 2e-3
"""The fit ends when a step moves nothing by more than this."""
EVERY = 5
"""Only every fifth edge is looked at until a step moves nothing by more than ``NEAR_PX``."""
NEAR_PX = 0.05
CLUSTER_PX = 24
"""Width of the squares within which residuals are taken to depend on one another: beyond the band-pass."""

NOISY = 2.0
"""Noise of a pixel over the height of the edges at which the fine Gaussian is widest."""
MOST_ELSEWHERE = 10000
"""So many pixels that are no edges tell the noise."""
MOST_FOR_SCALE = 8000
"""So many edges tell the scale of the differences."""

_Image = NDArray[np.float32]
_Vector = NDArray[np.float64]


class RegistrationSettings(NamedTuple):
    """How images are registered.

    Attributes:
        search_px: largest shift looked for first, pixels of the images handed in. A larger one, up to a
            quarter of the image, is tried where it matches better, and taken if it fits better.
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
    """A reference image, ready for any number of frames.

    r, c are rows and columns of the level registered, N its edges, M other places.

    Attributes:
        image: (r, c) the reference, band-passed.
        passing: the band-pass.
        places: (2, N) row and column of the edge pixels, those of the steepest edges.
        values: (N,) of ``image`` at the edges.
        jacobian: (N, 3) what changes there for a pixel down, a pixel to the right, a radian.
        clusters: (N,) the square that an edge lies in.
        elsewhere: (2, M) row and column of some pixels that are no edges.
        noisier: noise at the edges over noise elsewhere.
        spectrum: of the reference at half of the level, for the start.
        factor: pixels of the images handed in to one of the level.
        settings: how.
    """

    image: _Image
    passing: Band
    places: NDArray[np.intp]
    values: _Vector
    jacobian: _Vector
    clusters: NDArray[np.intp]
    elsewhere: NDArray[np.intp]
    noisier: float
    spectrum: NDArray[np.complex64]
    factor: int
    settings: RegistrationSettings


class _Moving(NamedTuple):
    """A band-passed frame, and its spline coefficients if it is to be turned."""

    image: _Image
    spline: _Image | None

    @property
    def free(self) -> int:
        """How many parameters are fitted."""
        return 2 if self.spline is None else 3


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
    inside = shrunk(field.astype(np.float32), factor) > 0.99
    small = shrunk(np.ascontiguousarray(reference, dtype=np.float32), factor)
    usable = ndimage.binary_erosion(inside, iterations=settings.margin_px, border_value=False)
    if ignore is not None:
        usable &= shrunk(ignore.astype(np.float32), factor) < 0.01
    smooth = band(inside, settings.noisy_fine_px, settings.coarse_px)
    growth = min(1.0, noise_of_edges(small, usable, smooth, settings.edge_share) / NOISY)
    fine_px = settings.fine_px + growth * (settings.noisy_fine_px - settings.fine_px)
    passing = band(inside, fine_px, settings.coarse_px)
    image = passing.passed(small)
    steep = steepest(image, usable, settings.edge_share)
    places, elsewhere = np.stack(np.nonzero(steep)), np.stack(np.nonzero(usable & ~steep))
    return PreparedReference(
        image=image,
        passing=passing,
        places=places,
        values=image[*places].astype(float),
        jacobian=_jacobian(image, places, places),
        clusters=_squares(places),
        elsewhere=elsewhere[:, :: max(1, elsewhere.shape[1] // MOST_ELSEWHERE)],
        noisier=_ratio(checkered(small), steep, usable & ~steep),
        spectrum=spectrum_of(image),
        factor=factor,
        settings=settings,
    )


def _squares(places: NDArray[np.intp]) -> NDArray[np.intp]:
    """The square that each place lies in, counted from the first row and column that any lies in."""
    row, column = (at - at.min(initial=at.max(initial=0)) for at in places)
    across = column.max(initial=0) // CLUSTER_PX + 1
    squares: NDArray[np.intp] = row // CLUSTER_PX * across + column // CLUSTER_PX
    return squares


def _ratio(image: _Image, part: BoolArray, other: BoolArray) -> float:
    """Spread of an image in one part over that in another, 1 where there is none to compare."""
    if not (part.any() and other.any()):
        return 1.0
    return robust_sd(image[part]) / max(robust_sd(image[other]), 1e-12)


def register_to(reference: PreparedReference, moving: _Image) -> Motion:
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
        return Motion(rows_px=0.0, columns_px=0.0, rotation_deg=0.0, agreement=0.0, residual_px=0.0)
    factor = reference.factor
    small = shrunk(np.ascontiguousarray(moving, dtype=np.float32), factor)
    image = reference.passing.passed(small)
    starts = likely_shifts(reference.spectrum, image, reference.settings.search_px // factor)
    tries = [_fitted(reference, image, start) for start in starts]
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


def _fitted(reference: PreparedReference, image: _Image, start: tuple[float, float]) -> _Fitted:
    moving = _Moving(image, None)
    p = _gauss_newton(reference, moving, np.array([*start, 0.0]))
    error = _seen(moving, reference.places, p) - reference.values
    step, variance = _step_and_variance(reference, error, reference.jacobian)
    if abs(step[2]) > reference.settings.turn_sd * np.sqrt(variance[2, 2]):
        moving = _Moving(image, ndimage.spline_filter(image, output=np.float32))
        p = _gauss_newton(reference, moving, p)
    return _judged(reference, moving, p)


def _gauss_newton(reference: PreparedReference, moving: _Moving, start: _Vector) -> _Vector:
    """Fit rows and columns, and the angle too if the moving image is ready to be turned."""
    p = start.copy()
    reach = np.array([1.0, 1.0, max(moving.image.shape) / 2])[: moving.free]
    every = EVERY if reference.values.size > EVERY * LEAST_EDGES else 1
    for _ in range(reference.settings.iterations):
        some = slice(None, None, every)
        jacobian = reference.jacobian[some, : moving.free]
        error = _seen(moving, reference.places[:, some], p) - reference.values[some]
        weighted = _weighted(jacobian, error)
        step = np.linalg.lstsq(weighted.T @ jacobian, weighted.T @ error, rcond=None)[0]
        p[: moving.free] -= step
        largest = np.abs(step * reach).max()
        if every == 1 and largest < STEP_PX:
            break
        if largest < NEAR_PX:
            every = 1
    return p


def _weighted(jacobian: _Vector, error: _Vector) -> _Vector:
    """Slopes times the Cauchy weights of the differences."""
    some = error[:: max(1, len(error) // MOST_FOR_SCALE)]
    scale = GAUSSIAN_MAD * float(np.median(np.abs(some))) + 1e-12
    weights = 1 / (1 + np.square(error / (CAUCHY_TUNING * scale)))
    return jacobian * weights[:, None]


def _step_and_variance(
    reference: PreparedReference, error: _Vector, other: _Vector
) -> tuple[_Vector, NDArray[np.float64]]:
    """The step that the weighted differences ask for, and its variance by what that step leaves [3].

    ``other``: (N, K) slopes by the K parameters, of the reference or of the moving image.
    """
    jacobian = reference.jacobian[:, : other.shape[1]]
    weighted = _weighted(jacobian, error)
    inverse = np.linalg.pinv(weighted.T @ other)
    step = inverse @ (weighted.T @ error)
    scores = weighted * (error - jacobian @ step)[:, None]
    sums = np.stack([np.bincount(reference.clusters, score) for score in scores.T])
    return step, inverse @ (sums @ sums.T) @ inverse.T


def _judged(reference: PreparedReference, moving: _Moving, p: _Vector) -> _Fitted:
    """How well a motion fits: agreement at the edges, standard error, difference beyond noise."""
    shape = moving.image.shape
    everywhere = _seen(moving, np.hstack([reference.places, reference.elsewhere]), p)
    seen, around = np.split(everywhere, [reference.values.size])
    agreement = float(np.corrcoef(seen, reference.values)[0, 1]) if seen.std() > 0 else 0.0
    error = seen - reference.values
    nearest = np.rint(places_seen(reference.places, p, shape)).astype(np.intp)
    other = _jacobian(moving.image, reference.places, nearest)[:, : moving.free]
    _, variance = _step_and_variance(reference, error, other)
    y, x = from_middle(reference.places, shape)
    lever = np.array([1.0, 1.0, float((y**2 + x**2).mean())])[: moving.free]
    noise = reference.noisier * robust_sd(around - reference.image[*reference.elsewhere])
    excess = max(0.0, robust_sd(error) ** 2 - noise**2) if around.size else 0.0
    slope = float(np.sqrt(np.square(reference.jacobian[:, :2]).sum(axis=1).mean())) + 1e-12
    return _Fitted(p, agreement, float(np.sqrt(np.diag(variance) @ lever)), float(np.sqrt(excess)) / slope)


def _seen(moving: _Moving, places: NDArray[np.intp], p: _Vector) -> _Vector:
    """Values (N,) of the moving image where it shows points of the reference."""
    shape = moving.image.shape
    if moving.spline is not None:
        at = places_seen(places, p, shape)
        seen: _Vector = ndimage.map_coordinates(
            moving.spline, at, order=3, prefilter=False, mode="nearest", output=np.float64
        )
        return seen
    whole = np.floor(p[:2]).astype(int)
    part = shifted(moving.image, *(p[:2] - whole).tolist())
    row, column = (np.clip(at + n, 0, most - 1) for at, n, most in zip(places, whole, shape, strict=True))
    found: _Vector = part[row, column].astype(float)
    return found


def _jacobian(image: _Image, places: NDArray[np.intp], near: NDArray[np.intp]) -> _Vector:
    """What changes for a pixel down, a pixel right, a radian, (N, 3): central differences near places."""
    row, column = (np.clip(at, 1, length - 2) for at, length in zip(near, image.shape, strict=True))
    down = (image[row + 1, column] - image[row - 1, column]) / 2
    across = (image[row, column + 1] - image[row, column - 1]) / 2
    y, x = from_middle(places, image.shape)
    return np.stack([down, across, across * y - down * x], axis=1).astype(float)
