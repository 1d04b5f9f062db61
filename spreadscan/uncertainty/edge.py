"""How far the edge of the contrast may be off: the doubt of every pixel, in standard deviations.

The threshold may be wrong by a factor, and the edge of the mask by a distance. Of a pixel both say how many
standard deviations wrong they would have to be for the pixel to change sides; together they say

    1 / u² = 1 / t² + 1 / e²,   t = ln(strength) / s,   e = distance to the edge / b,

with the sign of t: near a straight edge of slope g that is the distance over sqrt(b² + (s / g)²), the
standard deviation of where the edge lies. A pixel is contrast in a draw if the draw's standard normal number
is at most u.
"""

from typing import NamedTuple

import cv2
import numpy as np

from spreadscan.frozen import BoolArray, Image
from spreadscan.uncertainty.sampling import SUREST, Field
from spreadscan.values import SpreadMask


class EdgeFields(NamedTuple):
    """What is known of the edge of contrast within a part of an image.

    Attributes:
        doubt: u of every pixel, -8 to 8.
        motion: share of the doubt of the threshold that motion between the images brings, 0 to 1; ``None``
            where nothing is known of motion.
    """

    doubt: Field
    motion: Field | None


class EdgeDoubt(NamedTuple):
    """Standard deviations of what may be off.

    Attributes:
        threshold_ln: of the logarithm of the threshold: one number, or (R, C).
        edge_px: of the place of the edge.
    """

    threshold_ln: float | Image
    edge_px: float


def fields_of(mask: SpreadMask, box: tuple[slice, slice], edge_px: float, limit: float = 1.0) -> EdgeFields:
    """Return the doubt within a part of the image, and the share of that of the threshold that is motion's.

    Args:
        mask: the contrast, with the uncertainty of its threshold and what motion left.
        box: the part.
        edge_px: standard deviation of the place of the edge, pixels.
        limit: strength at which contrast is taken to end.

    Returns:
        u, -8 to 8, and m² / (s² + m²), 0 to 1, with m the false strength that motion leaves and s the
        standard deviation of the logarithm of the threshold; ``None`` where nothing is known of motion.
    """
    first = (int(box[0].start), int(box[1].start))
    strength, by_threshold = mask.strength[box] / np.float32(limit), mask.limit_relative_sd
    if mask.motion_relative_sd is None:
        return EdgeFields(Field(doubt_of(strength, EdgeDoubt(by_threshold, edge_px)), *first), None)
    by_motion = np.square(mask.motion_relative_sd[box])
    variance = (by_motion + np.float32(by_threshold**2)).astype(np.float32)
    share = (by_motion / np.maximum(variance, np.float32(1e-12))).astype(np.float32)
    doubt = doubt_of(strength, EdgeDoubt(np.sqrt(variance), edge_px))
    return EdgeFields(Field(doubt, *first), Field(share, *first))


def doubt_of(strength: Image, doubt: EdgeDoubt) -> Image:
    """Return u, (R, C), -8 to 8: above 0 where strength is at least 1, and nearer to 0 the less sure.

    Args:
        strength: (R, C) signal over its limit; 0 where only a shift of the edge could bring contrast.
        doubt: standard deviations; where both are 0 every pixel is as sure as can be.
    """
    inside = strength >= 1
    # a strength of 0 has no logarithm
    by_threshold = _over(np.abs(np.log(np.maximum(strength, np.float32(1e-6)))), doubt.threshold_ln)
    by_edge = _over(_distance(inside), doubt.edge_px)
    # u = 1 / sqrt(1/t² + 1/e²): the doubts of threshold and edge add as variances do
    together = 1 / np.sqrt(1 / np.square(by_threshold) + 1 / np.square(by_edge))
    size = np.minimum(together, np.float32(SUREST))
    signed: Image = np.ascontiguousarray(np.where(inside, size, -size), np.float32)
    return signed


def _over(amount: Image, sd: float | Image) -> Image:
    """Amount over its standard deviation, never quite 0; without a standard deviation as sure as can be."""
    sure = np.float32(1e3)
    over = np.clip(amount / np.maximum(sd, np.float32(1e-9)), np.float32(1e-3), sure)
    known: Image = np.where(np.asarray(sd) > 0, over, sure).astype(np.float32)
    return known


def _distance(inside: BoolArray) -> Image:
    """Distance of each pixel's centre to the edge between pixels in and out, px."""
    # without an edge OpenCV's distances mean nothing
    if inside.all() or not inside.any():
        return np.full(inside.shape, np.inf, np.float32)
    within = cv2.distanceTransform(inside.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    beyond = cv2.distanceTransform((~inside).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    # one of the two is 0; the edge lies half a pixel before the centre of the nearest pixel across
    distance: Image = within + beyond - np.float32(0.5)
    return distance
