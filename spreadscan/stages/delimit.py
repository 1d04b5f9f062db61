"""Find the X-ray field: the part of the image that collimator and shutter left open.

It comes first, since everything that compares brightness or looks for motion is misled by the still edge of a
collimator. Fields are convex, which tells them from dark anatomy at the edge of the image.
"""

from typing import Literal, NamedTuple

import cv2
import numpy as np

from spreadscan.errors import CannotMeasure
from spreadscan.image.filters import as_bytes, convex_hull, disc, enlarged, eroded, gaussian, opened, shrunk
from spreadscan.settings import DelimitSettings
from spreadscan.threads import side_by_side
from spreadscan.values import Aperture, BoolArray, Fluorogram, Image, JudgingScale, XrayField

GRID_PX = 192
"""The field is found on a grid of about this many pixels along the longer side."""
LEAST_SOLIDITY = 0.93
"""Least share of its convex hull that an exposed area fills."""
SAME_SHARE = 0.001
"""Areas whose shares of the image differ by less are looked at once."""
RIM_GRID_SHARE = 0.2
"""The rim is drawn on a grid of at most this share of its width."""
LEAST_AGREEMENT = 0.85
"""Share of the field seen that a declared opening must leave for both to be used."""


class _Candidate(NamedTuple):
    step: float
    inside: BoolArray


class _Opening(NamedTuple):
    """What collimator and shutter left open, (R, C), and how that is known."""

    inside: BoolArray
    origin: str


def delimit(fluorogram: Fluorogram, scale: JudgingScale, settings: DelimitSettings) -> XrayField:
    """Return the X-ray field of an image or run.

    The opening seen in the image is used; an opening declared in the header narrows it further if the two
    agree, and stands in for it if none is seen.

    Args:
        fluorogram: the image; of a run, the mean of three frames is looked at.
        scale: sizes the rim that is left out.
        settings: how.

    Returns:
        The field without its rim; the frame of the image has no rim.

    Raises:
        CannotMeasure: ``flat-image`` when all pixels are alike; ``empty-field`` when nothing is left.
    """
    shape = (fluorogram.header.rows, fluorogram.header.columns)
    image = _typical(fluorogram)
    low, high = np.percentile(image, [0.5, 99.5])
    if not high > low:
        raise CannotMeasure(
            "flat-image",
            "all pixels have nearly the same value",
            file=fluorogram.header.path.name,
            field="PixelData (7FE0,0010)",
            advice="check that the right image was exported",
        )
    seen = _seen((np.clip(image, low, high) - low) / (high - low), settings.least_step)
    opening = None if seen is None else _full_size(seen, shape)
    declared = _declared(fluorogram.header.apertures, shape)
    inside, origin = _combined(opening, declared, shape)
    rim_px = scale.px(settings.rim_mm) + _grid_factor(*shape)
    field = _without_rim(inside, rim_px)
    if _share(field) < 0.02:
        raise CannotMeasure(
            "empty-field",
            "no exposed field larger than 2 % of the image was found",
            file=fluorogram.header.path.name,
            field="PixelData (7FE0,0010)",
            advice="check the image and the collimator or shutter attributes in its header",
        )
    return XrayField(inside=field, origin=origin, shape=_shape_of(inside))


def _typical(fluorogram: Fluorogram) -> Image:
    """Mean of the first, middle and last frame on the grid."""
    frames = fluorogram.stored[sorted({0, len(fluorogram.stored) // 2, len(fluorogram.stored) - 1})]
    factor = _grid_factor(frames.shape[1], frames.shape[2])
    images = [shrunk(frame.astype(np.float32), factor) for frame in frames]
    typical: Image = cv2.medianBlur(np.mean(images, axis=0, dtype=np.float32), 3)
    return typical


def _grid_factor(rows: int, columns: int) -> int:
    return max(1, round(max(rows, columns) / GRID_PX))


def _seen(image: Image, least_step: float) -> BoolArray | None:
    """The convex area with the sharpest edge, whether what lies outside is dark or bright."""
    sides = side_by_side(_candidates, (image, 1 - image))
    best = max(
        (candidate for side in sides for candidate in side),
        key=lambda candidate: candidate.step,
        default=None,
    )
    return best.inside if best is not None and best.step >= least_step else None


def _candidates(image: Image) -> list[_Candidate]:
    """Convex areas above each of a series of thresholds, with the step across their edge."""
    rows, columns = image.shape
    # the middle quarter: beyond it collimator and shutter would pull the median
    middle = float(np.median(image[rows // 4 : -(rows // 4) or None, columns // 4 : -(columns // 4) or None]))
    found: list[_Candidate] = []
    share, counted = 0.0, -1.0
    for threshold in np.linspace(0.02, 0.9, 23) * middle:
        above = image > threshold
        # at a sharp edge many thresholds give the same area
        here = _share(above)
        if abs(here - counted) < SAME_SHARE / 2:
            continue
        counted = here
        area = _largest(_opened(above))
        here = _share(area)
        if not 0.05 < here < 0.995 or abs(here - share) < SAME_SHARE:
            continue
        share = here
        hull = convex_hull(area)
        if np.count_nonzero(area) >= LEAST_SOLIDITY * np.count_nonzero(hull):
            found.append(_Candidate(_step_across(image, hull), hull))
    return found


def _share(area: BoolArray) -> float:
    """The share of an image that an area takes up."""
    return np.count_nonzero(area) / area.size


def _opened(area: BoolArray) -> BoolArray:
    """The area without what is narrower than five points; it goes on beyond the frame of the image."""
    wide: BoolArray = cv2.copyMakeBorder(as_bytes(area), 2, 2, 2, 2, cv2.BORDER_REPLICATE).view(bool)
    return opened(wide, disc(1), times=2)[2:-2, 2:-2]


def _largest(area: BoolArray) -> BoolArray:
    """The largest connected area, its holes filled."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(as_bytes(area), connectivity=4)
    if count == 1:
        return area
    largest = labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    # what can be reached from beyond the frame is no hole
    around = cv2.copyMakeBorder(as_bytes(largest), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    cv2.floodFill(around, None, (0, 0), 1)
    filled: BoolArray = largest | (around[1:-1, 1:-1] == 0)
    return filled


def _step_across(image: Image, hull: BoolArray) -> float:
    """20th percentile, along the edge, of the mean just inside minus the mean just outside."""
    edge = hull & ~eroded(hull, 1, frame_is_edge=False)
    # along the frame of the image nothing lies outside to compare with
    edge[:3] = edge[-3:] = edge[:, :3] = edge[:, -3:] = False
    if np.count_nonzero(edge) < 30:
        return 0.0
    inner, outer = (_mean_of(image, part) for part in (hull, ~hull))
    # a low percentile: the edge must be sharp all along, not only on one side
    return float(np.percentile((inner - outer)[edge], 20))


def _mean_of(image: Image, part: BoolArray) -> Image:
    """Mean over 7 × 7 points of those in a part."""
    share = part.astype(np.float32)
    total, weight = (cv2.blur(a, (7, 7), borderType=cv2.BORDER_REFLECT) for a in (image * share, share))
    # where no point of the part is near, 0 over a small weight instead of 0 over 0
    mean: Image = total / np.maximum(weight, np.float32(1e-3))
    return mean


def _full_size(coarse: BoolArray, shape: tuple[int, int]) -> BoolArray:
    factor = _grid_factor(*shape)
    # smoothed so that the steps of the grid do not show
    smooth = gaussian(coarse.astype(np.float32), 1.0)
    return enlarged(smooth, shape, factor) > 0.5


def _declared(apertures: tuple[Aperture, ...], shape: tuple[int, int]) -> BoolArray | None:
    """The intersection of all openings that the header declares."""
    openings = [_drawn(aperture, shape) for aperture in apertures]
    return np.logical_and.reduce(openings) if openings else None


def _drawn(aperture: Aperture, shape: tuple[int, int]) -> BoolArray:
    if aperture.centre is not None and aperture.radius_px is not None:
        row, column = np.ogrid[: shape[0], : shape[1]]
        circle: BoolArray = (row - aperture.centre[0]) ** 2 + (column - aperture.centre[1]) ** 2 <= (
            aperture.radius_px**2
        )
        return circle
    # imported here, so that only the few files that declare a polygon wait for it
    from skimage.draw import polygon2mask

    drawn: BoolArray = polygon2mask(shape, np.array(aperture.vertices))
    return drawn


def _combined(seen: BoolArray | None, declared: BoolArray | None, shape: tuple[int, int]) -> _Opening:
    if seen is not None and declared is not None:
        both = seen & declared
        if np.count_nonzero(both) >= LEAST_AGREEMENT * np.count_nonzero(seen):
            return _Opening(both, "edge seen in the image, and the opening that the header declares")
        return _Opening(
            seen, "edge seen in the image; the header declares another opening, which was not used"
        )
    if seen is not None:
        return _Opening(seen, "edge seen in the image")
    if declared is not None and declared.any():
        return _Opening(declared, "opening that the header declares")
    return _Opening(np.ones(shape, dtype=bool), "no edge seen and none declared")


def _without_rim(inside: BoolArray, rim_px: float) -> BoolArray:
    """The field without its rim, to half a pixel of a grid that is wide only where the rim is."""
    factor = max(1, int(rim_px * RIM_GRID_SHARE))
    coarse = shrunk(inside.astype(np.float32), factor) > 0.5
    inner = eroded(coarse, rim_px / factor, frame_is_edge=False).astype(np.float32)
    return inside & (enlarged(inner, (inside.shape[0], inside.shape[1]), factor) > 0.5)


def _shape_of(inside: BoolArray) -> Literal["whole image", "rectangle", "circle", "free"]:
    if inside.all():
        return "whole image"
    rows, columns = np.nonzero(inside.any(1))[0], np.nonzero(inside.any(0))[0]
    height, width = np.ptp(rows) + 1.0, np.ptp(columns) + 1.0
    filled = np.count_nonzero(inside) / (height * width)
    if filled > 0.95:
        return "rectangle"
    if abs(filled - np.pi / 4) < 0.02 and 0.95 < height / width < 1.05:
        return "circle"
    return "free"
