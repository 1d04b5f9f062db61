"""Filters that respect the edge of the X-ray field, and robust spread: what several stages look through.

OpenCV does the work: its filters are one pass over float32 or uint8, ten to a hundred times as fast as those
of scipy, and release the interpreter, so that frames can be looked at side by side. Their results do not
depend on the number of threads.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from spreadscan.frozen import BoolArray, Image, Vector
from spreadscan.threads import side_by_side

GAUSSIAN_MAD = 1.4826
"""Ratio of standard deviation to median absolute deviation of a normal distribution."""
MOST_SORTED = 2**16
"""So many values are sorted for a median; more are counted in bins."""
BINS = 2**16
LARGE_PX = 2**19
"""An image of so many pixels is worth the start of a second thread."""
SMALL_DISC_PX = 8.0
"""Up to this distance a disc is laid over every pixel; beyond it distances are measured, which costs the same
for all."""


def smoothed_inside(image: Image, inside: BoolArray, sigma_px: float) -> Image:
    """Return the Gaussian mean over the inside pixels only, (R, C), defined wherever some lie within reach.

    Definition: G(image · inside) / G(inside) with a Gaussian G of width ``sigma_px``, cut at 3 widths; beyond
    the frame the image is mirrored.
    """
    blurred = partial(gaussian, sigma_px=sigma_px)
    if inside.all():
        return blurred(image)
    parts = (only_inside(image, inside), inside.astype(np.float32))
    total, weight = side_by_side(blurred, parts) if image.size >= LARGE_PX else map(blurred, parts)
    mean: Image = np.divide(total, np.maximum(weight, np.float32(1e-4), out=weight), out=total)
    return mean


def share_inside(inside: BoolArray, sigma_px: float) -> Image:
    """Return by what ``smoothed_inside`` divides, (R, C): for many images of one field it is made once."""
    share = gaussian(inside.astype(np.float32), sigma_px)
    return np.maximum(share, np.float32(1e-4), out=share)


def smoothed_by(image: Image, inside: BoolArray, sigma_px: float, share: Image) -> Image:
    """Return ``smoothed_inside`` with its ``share_inside`` made before, (R, C)."""
    total = gaussian(only_inside(image, inside), sigma_px)
    mean: Image = np.divide(total, share, out=total)
    return mean


def background_inside(image: Image, inside: BoolArray, sigma_px: float) -> Image:
    """Return ``smoothed_inside`` for a wide Gaussian, computed on a coarse grid and interpolated, (R, C)."""
    return backgrounds_inside((image,), inside, sigma_px)[0]


def backgrounds_inside(images: Sequence[Image], inside: BoolArray, sigma_px: float) -> list[Image]:
    """Return ``background_inside`` of several images of one field, each (R, C)."""
    factor = max(1, int(sigma_px // 4))
    if factor == 1:
        return [smoothed_inside(image, inside, sigma_px) for image in images]
    shape = (inside.shape[0], inside.shape[1])
    share = gaussian(shrunk(inside.astype(np.float32), factor), sigma_px / factor, 4.0)
    share = np.maximum(share, np.float32(1e-4), out=share)
    totals = [gaussian(shrunk(only_inside(one, inside), factor), sigma_px / factor, 4.0) for one in images]
    return [enlarged(np.divide(total, share, out=total), shape, factor) for total in totals]


def only_inside(image: Image, inside: BoolArray) -> Image:
    """Return the image with 0 outside, (R, C); what stands there, even if not a number, is not seen."""
    cut: Image = cv2.copyTo(image.astype(np.float32, copy=False), as_bytes(inside))
    return cut


def gaussian(image: Image, sigma_px: float, reach_sd: float = 3.0) -> Image:
    """Return the Gaussian mean, (R, C); beyond the frame the image is mirrored.

    Args:
        image: (R, C).
        sigma_px: its width; 0 leaves the image as it is.
        reach_sd: the Gaussian is cut at so many widths.
    """
    # the size is given: OpenCV would choose it by the type of the pixels
    radius = int(reach_sd * sigma_px + 0.5)
    if radius == 0:
        return image.copy()
    size = 2 * radius + 1
    smooth: Image = cv2.GaussianBlur(
        image, (size, size), sigma_px, sigmaY=sigma_px, borderType=cv2.BORDER_REFLECT
    )
    return smooth


def second_derivatives(image: Image, sigma_px: float) -> tuple[Image, Image, Image]:
    """Return the second derivatives down, across and mixed, each (R, C), of the Gaussian mean.

    The Gaussian is cut at 4 widths; beyond the frame the image is mirrored.
    """
    radius = int(4 * sigma_px + 0.5)
    x = np.arange(-radius, radius + 1)
    plain = np.exp(-0.5 * (x / sigma_px) ** 2)
    plain /= plain.sum()
    # filters correlate: the odd kernel is turned so that a rising image has a positive slope
    slope, curve = plain * x / sigma_px**2, plain * (x**2 / sigma_px**4 - 1 / sigma_px**2)
    down, across, mixed = (
        cv2.sepFilter2D(image, cv2.CV_32F, horizontal, vertical, borderType=cv2.BORDER_REFLECT)
        for vertical, horizontal in ((curve, plain), (plain, curve), (slope, slope))
    )
    return down, across, mixed


def shrunk(image: Image, factor: int) -> Image:
    """Return the means of blocks of ``factor`` × ``factor`` pixels; a rest at the far edges is left out."""
    if factor == 1:
        return image
    rows, columns = (n // factor for n in image.shape)
    if rows == 0 or columns == 0:
        return np.zeros((rows, columns), np.float32)
    whole = image[: rows * factor, : columns * factor].astype(np.float32, copy=False)
    means: Image = cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA)
    return means


def enlarged(coarse: Image, shape: tuple[int, int], factor: int) -> Image:
    """Return the inverse of ``shrunk`` by linear interpolation: centres of blocks stay where they were."""
    rows, columns = (n * factor for n in coarse.shape)
    fine: Image = cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_LINEAR)
    rest = (max(0, shape[0] - rows), max(0, shape[1] - columns))
    if any(rest):
        fine = cv2.copyMakeBorder(fine, 0, rest[0], 0, rest[1], cv2.BORDER_REPLICATE)
    return fine[: shape[0], : shape[1]]


def robust_sd(values: NDArray[np.floating]) -> float:
    """Return the standard deviation of a normal distribution with this median absolute deviation."""
    return middle_and_sd(values)[1]


def middle_and_sd(values: NDArray[np.floating]) -> tuple[float, float]:
    """Return the median and ``robust_sd``; of no value, what is no number."""
    middle = median(values)
    return middle, GAUSSIAN_MAD * median(np.abs(values - values.dtype.type(middle)))


def median(values: NDArray[np.floating]) -> float:
    """Return the median; of no value, what is no number.

    Of more than ``MOST_SORTED`` values it is read from a histogram, linear within a bin: four times as fast,
    and wrong by less than 1/65,536 of their range.
    """
    if values.size == 0:
        return float("nan")
    flat = values.reshape(1, -1)
    high = float(flat.max())
    # what is no number makes the largest value none: it is not sorted but left to numpy below
    if flat.size <= MOST_SORTED and high == high:
        return _middle(flat[0])
    low = float(flat.min())
    if not 0 < high - low < float("inf"):
        return float(np.median(flat))
    # the upper bound of a histogram is exclusive: the largest value would fall out of the count
    top = float(np.nextafter(np.float32(high), np.float32("inf")))
    counts = cv2.calcHist([flat.astype(np.float32, copy=False)], [0], None, [BINS], [low, top]).ravel()
    # counts are single precision, in which large sums are no whole numbers any more
    reached = np.cumsum(counts, dtype=np.float64)
    place = int(np.searchsorted(reached, flat.size / 2))
    within = (flat.size / 2 - (reached[place] - counts[place])) / counts[place]
    return low + (place + float(within)) * (top - low) / BINS


def _middle(values: NDArray[np.floating]) -> float:
    """The median of some numbers, without what numpy's own looks for first."""
    half = len(values) // 2
    parted = np.partition(values, half)
    if len(values) % 2:
        return float(parted[half])
    # one place is found in half of the time of two
    return float((parted[:half].max() + parted[half]) / 2)


def product_sum(one: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    """Return the sum of the products of two series, in one thread: more would only wait for each other."""
    return float(np.einsum("i,i", one, other))


def tone(image: NDArray[np.floating], reference: NDArray[np.floating]) -> float:
    """Return the factor that brings a reference to an image by least squares; both are series, (N,)."""
    return product_sum(image, reference) / max(product_sum(reference, reference), 1e-12)


def sampled(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return every n-th of many values, (N,), so that about ``MOST_SORTED`` are left."""
    flat = values.reshape(-1)
    return flat[:: max(1, flat.size // MOST_SORTED)]


def some_places(mask: BoolArray, most: int = MOST_SORTED) -> NDArray[np.intp]:
    """Return where a mask is true, as places in the flat image, (N,): every n-th.

    About ``most`` are left, fewer than twice as many; ``take`` fetches what stands there.
    """
    places: NDArray[np.intp] = np.flatnonzero(mask)
    return places[:: max(1, places.size // most)]


def disc(radius_px: float) -> BoolArray:
    """Return a round structuring element of at least one pixel."""
    reach = max(0, int(np.floor(radius_px)))
    square = np.square(np.arange(-reach, reach + 1))
    # rounding must not drop the pixels that lie just at the radius
    inside: BoolArray = square[:, None] + square <= max(radius_px, 0) ** 2 + 1e-9
    return inside


def eroded(mask: BoolArray, distance_px: float, *, frame_is_edge: bool) -> BoolArray:
    """Return the mask without what lies within a distance of its edge.

    Args:
        mask: (R, C).
        distance_px: how much to take away.
        frame_is_edge: whether the image's own frame counts as an edge of the mask.
    """
    if not frame_is_edge:
        return ~dilated(~mask, distance_px)
    # one row beyond is enough: whatever lies further out is further away
    beyond = np.pad(~mask, 1, constant_values=True)
    return ~dilated(beyond, distance_px)[1:-1, 1:-1]


def dilated(mask: BoolArray, distance_px: float) -> BoolArray:
    """Return the mask with all that lies within a distance of it."""
    if not mask.any():
        return mask
    if distance_px <= SMALL_DISC_PX:
        return _morphed(mask, disc(distance_px), 1, cv2.dilate)
    near: BoolArray = distance_to(mask) <= distance_px
    return near


def opened(mask: BoolArray, shape: BoolArray, times: int = 1) -> BoolArray:
    """Return what of the mask the shape can reach, moved about inside it; it never leaves the frame.

    Args:
        mask: (R, C).
        shape: (r, c) of odd sides, point symmetric, such as a ``disc``.
        times: the mask is eroded and then dilated so many times.
    """
    return _morphed(_morphed(mask, shape, times, cv2.erode), shape, times, cv2.dilate)


def _morphed(mask: BoolArray, shape: BoolArray, times: int, step: Callable[..., Any]) -> BoolArray:
    border: Mapping[str, Any] = {"borderType": cv2.BORDER_CONSTANT, "borderValue": 0}
    changed: BoolArray = step(as_bytes(mask), as_bytes(shape), iterations=times, **border).view(bool)
    return changed


def grey_opened(image: Image, size_px: int) -> Image:
    """Return the image without what is narrower than a square of this side, (R, C).

    Definition: the largest of the smallest values in all squares that hold the pixel, within the frame.
    """
    square = np.ones((size_px, size_px), np.uint8)
    # a square of even side lies off its centre: the second pass takes it back
    first, back = (size_px // 2,) * 2, ((size_px - 1) // 2,) * 2
    low = cv2.erode(image, square, anchor=first)
    high: Image = cv2.dilate(low, square, anchor=back)
    return high


def convex_hull(area: BoolArray) -> BoolArray:
    """Return the pixels that the smallest convex polygon around the centres of an area touches, (R, C)."""
    outlines, _ = cv2.findContours(as_bytes(area), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    hull = np.zeros(area.shape, np.uint8)
    cv2.fillConvexPoly(hull, cv2.convexHull(np.concatenate(outlines)), 1)
    inside: BoolArray = hull.view(bool)
    return inside


def box_about(mask: BoolArray, margin_px: float) -> tuple[slice, slice]:
    """Return the rows and columns of a mask that is not empty with a margin, at most those of the image.

    What lies within ``margin_px`` of a place of the mask is the same in the box as in the whole image.
    """
    left, top, width, height = cv2.boundingRect(as_bytes(mask))
    margin = int(np.ceil(margin_px)) + 1
    down = slice(max(0, top - margin), top + height + margin)
    return down, slice(max(0, left - margin), left + width + margin)


def distance_to(mask: BoolArray) -> Image:
    """Return the distance of each pixel to the nearest one of the mask (not an empty one), (R, C), px."""
    distance: Image = cv2.distanceTransform(as_bytes(~mask), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return distance


def as_bytes(mask: BoolArray) -> NDArray[np.uint8]:
    """Return a mask as 0 and 1 for the functions of OpenCV, without copying it."""
    return mask.view(np.uint8)


def from_middle(places: NDArray[np.intp], shape: tuple[int, ...]) -> Vector:
    """Return how far places (2, N) lie from the middle of an image, rows and columns, (2, N)."""
    away: Vector = places - (np.array(shape)[:, None] - 1) / 2
    return away
