"""The edges of a reference image, ready for any number of frames to be registered to them.

The steepest edges of the band-passed image are taken, off the rim of the field; where they lie, how they
change with a motion, and how much noisier they are than the rest.
"""

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from spreadscan.frozen import BoolArray, Image, Vector, value
from spreadscan.image.bandpass import Band, band, checkered, noise_of_edges, steepest
from spreadscan.image.correlation import spectrum_of
from spreadscan.image.filters import as_bytes, disc, from_middle, robust_sd, shrunk, some_places

CLUSTER_PX = 24
"""Width of the squares within which residuals are taken to depend on one another: beyond the band-pass."""
NOISY = 2.0
"""Noise of a pixel over the height of the edges at which the fine Gaussian is widest."""
MOST_ELSEWHERE = 10000
"""So many pixels that are no edges tell the noise."""


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

    image: Image
    passing: Band
    places: NDArray[np.intp]
    values: Vector
    jacobian: Vector
    clusters: NDArray[np.intp]
    elsewhere: NDArray[np.intp]
    noisier: float
    spectrum: NDArray[np.complex64]
    factor: int
    settings: RegistrationSettings


def prepared(
    reference: Image,
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
    # blocks that are only partly exposed are out: the rim of the collimator would be an edge
    inside = shrunk(field.astype(np.float32), factor) > 0.99
    small = shrunk(np.ascontiguousarray(reference, dtype=np.float32), factor)
    usable = _without_rim(inside, settings.margin_px)
    if ignore is not None:
        usable &= shrunk(ignore.astype(np.float32), factor) < 0.01
    # noise is judged through the wide filter: through the narrow one the noise itself would count as edges
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
        jacobian=slopes(image, places, places),
        clusters=_squares(places),
        elsewhere=elsewhere[:, :: max(1, elsewhere.shape[1] // MOST_ELSEWHERE)],
        noisier=_ratio(checkered(small), steep, usable & ~steep),
        spectrum=spectrum_of(image),
        factor=factor,
        settings=settings,
    )


def _without_rim(inside: BoolArray, margin_px: int) -> BoolArray:
    """The field without what a number of steps to a neighbour leads out of."""
    how: dict[str, Any] = {"borderType": cv2.BORDER_CONSTANT, "borderValue": 0, "iterations": margin_px}
    inner: BoolArray = cv2.erode(as_bytes(inside), as_bytes(disc(1)), **how).view(bool)
    return inner


def _squares(places: NDArray[np.intp]) -> NDArray[np.intp]:
    """The square that each place lies in, counted from the first row and column that any lies in."""
    row, column = (at - at.min(initial=at.max(initial=0)) for at in places)
    across = column.max(initial=0) // CLUSTER_PX + 1
    squares: NDArray[np.intp] = row // CLUSTER_PX * across + column // CLUSTER_PX
    return squares


def _ratio(image: Image, part: BoolArray, other: BoolArray) -> float:
    """Spread of an image in one part over that in another, 1 where there is none to compare."""
    if not (part.any() and other.any()):
        return 1.0
    here, there = (robust_sd(image.take(some_places(places))) for places in (part, other))
    return here / max(there, 1e-12)


def slopes(image: Image, places: NDArray[np.intp], near: NDArray[np.intp]) -> Vector:
    """Return what changes for a pixel down, a pixel right, a radian, (N, 3): differences near places."""
    row, column = (np.clip(at, 1, length - 2) for at, length in zip(near, image.shape, strict=True))
    down = (image[row + 1, column] - image[row - 1, column]) / 2
    across = (image[row, column + 1] - image[row, column - 1]) / 2
    y, x = from_middle(places, image.shape)
    return np.stack([down, across, across * y - down * x], axis=1).astype(float)
