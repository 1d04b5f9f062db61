"""Tell what merely moved between two images from what came: gas, tissue, the edge of the field.

What comes to one place leaves another; contrast leaves nothing. Near by the two lie side by side, as at the
edge of a bone. Gas may move by centimetres, but it is faint beside contrast, and the same gas makes gain and
loss.
"""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import cv2
import numpy as np

from spreadscan.image.filters import as_bytes, box_about, convex_hull, dilated, distance_to, eroded, gaussian
from spreadscan.settings import SegmentSettings
from spreadscan.threads import side_by_side
from spreadscan.values import BoolArray, ContrastMap, Image, JudgingScale

LOSS_MM = 0.8
"""Losses are seen through a Gaussian of this width: that of the edges of gas, not of noise."""
FAINT_LOSS, CLEAR_LOSS = 0.5, 0.8
"""A loss is an area beyond the first share of the limit that reaches the second."""
LEAST_LOSS_MM2, LEAST_LOSS_RADIUS_MM = 8.0, 0.8
"""Smaller or thinner losses are needles, the edges of bone, or noise."""
LEAST_APART = 1.4
"""From this noise of the difference on, in that of a frame, one image is compared with one, as in a pair (the
square root of 2); runs average more. In a run gas has seconds to move and nobody moves a needle; between two
images there are minutes."""
CLEAR_STRENGTH, CLEAR_MM2 = 5.0, 120.0
"""An area away from metal whose median exceeds the first, and that is larger than the second, is contrast
whatever it looks like: gas that moved is fainter (in simulated pairs up to 4 limits), one hub with the blur
of its edge is smaller (up to 114 mm²)."""
TOUCHING_MM = 2.5
"""A hub whose shaft was found, and the bends of a wire, lie within this distance of it."""
STRIP_MM = 1.2
"""What moved at the edge of the field is no wider than this."""

NEAR_EDGE_MM, BAND_RADIUS_MM = 5.0, 1.0
"""A band nowhere further than the first from the edge of the field, and nowhere broader than this radius each
way, is the edge itself that moved, or the anatomy that came in with it."""


class FaintArea(NamedTuple):
    """A faint area above the limit: (R, C) where, and what is lost near it over what it gained."""

    area: BoolArray
    lost_share: float


def without_partners(strength: Image, scale: JudgingScale, settings: SegmentSettings) -> Image:
    """Return the strength without areas beside which much was lost, (R, C).

    Definition: gains and losses beyond the limit are averaged over ``settings.partner_mm``. A place is
    suspect where the loss is at least ``settings.partner_share`` of the gain; an area above the limit is left
    out if more than half of its strength lies in suspect places.

    Args:
        strength: (R, C) signal over limit.
        scale: sizes the filters.
        settings: how.
    """
    lost = np.where(strength < -1, -strength, 0).astype(np.float32)
    gained = np.where(strength > 1, strength, 0).astype(np.float32)
    if not lost.any() or not gained.any():
        return strength
    width = max(1.0, scale.px(settings.partner_mm))
    losses, gains = side_by_side(partial(gaussian, sigma_px=width), (lost, gained))
    suspect = losses >= settings.partner_share * gains
    count, labels = cv2.connectedComponents(as_bytes(gained > 0), connectivity=8)
    places = np.nonzero(labels)
    whole, part = (np.bincount(labels[places], (gained * of)[places], count) for of in (1, suspect))
    moved = part > whole / 2
    kept: Image = np.where(moved[labels], 0, strength).astype(np.float32)
    return kept


def without_strips(strength: Image, valid: BoolArray, scale: JudgingScale) -> Image:
    """Return the strength without what lies along the edge of the field only, (R, C).

    Definition: of the pixels above the limit within ``STRIP_MM`` of the edge, those stay that lie within
    twice that distance of one above it further inside.
    """
    inside = eroded(valid, scale.px(STRIP_MM), frame_is_edge=False)
    above = strength > 1
    strip = above & ~inside
    if not strip.any():
        return strength
    behind = dilated(above & inside, 2 * scale.px(STRIP_MM))
    # contrast that runs out of the field is no strip: it goes on further inside
    kept: Image = np.where(strip & ~behind, 0, strength).astype(np.float32)
    return kept


def like_gas(strength: Image, share: float, scale: JudgingScale, settings: SegmentSettings) -> BoolArray:
    """Return areas above the limit that gas which moved may have made, (R, C).

    Definition: the median of the strength is below ``settings.gas_strength``, and the losses within
    ``settings.gas_mm`` amount to at least a share of what was gained.

    Args:
        strength: (R, C) signal over limit.
        share: what is lost over what is gained, from which an area may be gas.
        scale: sizes the filters.
        settings: how.
    """
    gas = np.zeros(strength.shape, bool)
    for faint in faint_beside_losses(strength, scale, settings):
        if faint.lost_share >= share:
            gas |= faint.area
    return gas


def faint_beside_losses(
    strength: Image, scale: JudgingScale, settings: SegmentSettings
) -> Iterator[FaintArea]:
    """Yield the faint areas above the limit and what is lost beside each; none where nothing broad was lost.

    Args:
        strength: (R, C) signal over limit.
        scale: sizes the filters.
        settings: how faint, and how far a loss may be.
    """
    above = strength > 1
    lost = _losses(strength, scale)
    if not lost.any() or not above.any():
        return
    loss = np.where(lost, np.maximum(-strength, 0), 0)
    count, labels = cv2.connectedComponents(as_bytes(above), connectivity=8)
    for number in range(1, count):
        area = labels == number
        values = strength[area]
        if float(np.median(values)) < settings.gas_strength:
            near = loss[distance_to(area) <= scale.px(settings.gas_mm)].sum()
            yield FaintArea(area, float(near / values.sum()))


def not_recognised(
    strength: Image, contrast: ContrastMap, scale: JudgingScale, settings: SegmentSettings
) -> BoolArray:
    """Return areas above the limit that were not recognised as contrast, (R, C).

    Definition: the mean of ``contrast.recognised`` over the area is below ``settings.least_recognised``;
    below ``settings.least_recognised_faint`` where the median of the strength is below
    ``settings.gas_strength``; below ``settings.least_recognised_metal`` where metal that came lies within
    ``TOUCHING_MM``. Away from such metal, what is clear beyond gas and larger than a hub is left as it is.

    Args:
        strength: (R, C) signal over limit.
        contrast: with metal that came, and the probability that what changed is contrast, or ``None`` where
            nothing was asked.
        scale: sizes the filters.
        settings: how.
    """
    above = strength > 1
    unknown = np.zeros(strength.shape, bool)
    if contrast.recognised is None or not above.any():
        return unknown
    count, labels = cv2.connectedComponents(as_bytes(above), connectivity=8)
    at_metal = set(np.unique(labels[dilated(contrast.metal, scale.px(TOUCHING_MM))]))
    for number in range(1, count):
        area = labels == number
        middle, size_mm2 = float(np.median(strength[area])), area.sum() * scale.mm_per_px**2
        # not at metal: two hubs side by side are larger than the largest one
        if number not in at_metal and middle > CLEAR_STRENGTH and size_mm2 > CLEAR_MM2:
            continue
        least = settings.least_recognised
        if middle < settings.gas_strength:
            least = max(least, settings.least_recognised_faint)
        if number in at_metal:
            least = max(least, settings.least_recognised_metal)
        if float(contrast.recognised[area].mean()) < least:
            unknown |= area
    return unknown


def faint_at_edge(
    strength: Image, valid: BoolArray, scale: JudgingScale, settings: SegmentSettings
) -> BoolArray:
    """Return faint areas above the limit that reach the edge of the field, (R, C): they go on outside.

    Definition: the median of the strength is below ``settings.edge_strength``, and the area comes within
    ``STRIP_MM`` of the edge of the convex hull of what is judged: of the field, not of a needle in it. The
    frame of the image is no such edge.

    Args:
        strength: (R, C) signal over limit.
        valid: (R, C) where contrast is judged.
        scale: sizes the filters.
        settings: how.
    """
    above = strength > 1
    if not above.any():
        return above
    box = box_about(above, scale.px(STRIP_MM))
    part, values = above[box], strength[box]
    edge = part & ~eroded(convex_hull(valid)[box], scale.px(STRIP_MM), frame_is_edge=False)
    found = np.zeros_like(above)
    if not edge.any():
        return found
    count, labels = cv2.connectedComponents(as_bytes(part), connectivity=8)
    faint = np.zeros(count, bool)
    for number in np.unique(labels[edge]):
        faint[number] = float(np.median(values[labels == number])) < settings.edge_strength
    faint[0] = False
    found[box] = faint[labels]
    return found


def bands_at_edge(strength: Image, valid: BoolArray, scale: JudgingScale) -> BoolArray:
    """Return narrow areas above the limit that run along the edge of the field, (R, C).

    Definition: all of the area lies within ``NEAR_EDGE_MM`` of the edge of the convex hull of what is judged,
    and no point of it is further than ``BAND_RADIUS_MM`` from its border. The frame of the image is no such
    edge.

    Args:
        strength: (R, C) signal over limit.
        valid: (R, C) where contrast is judged.
        scale: sizes the filters.
    """
    above = strength > 1
    if not above.any():
        return above
    box = box_about(above, scale.px(NEAR_EDGE_MM))
    part = above[box]
    inner = eroded(convex_hull(valid)[box], scale.px(NEAR_EDGE_MM), frame_is_edge=False)
    broad = eroded(part, scale.px(BAND_RADIUS_MM), frame_is_edge=False)
    count, labels = cv2.connectedComponents(as_bytes(part), connectivity=8)
    band = np.ones(count, bool)
    band[labels[part & (inner | broad)]] = False
    band[0] = False
    found = np.zeros_like(above)
    found[box] = band[labels]
    return found


def _losses(strength: Image, scale: JudgingScale) -> BoolArray:
    """Where something broad was lost."""
    smooth = gaussian(strength, max(0.5, scale.px(LOSS_MM)))
    faint = smooth < -FAINT_LOSS
    if not faint.any():
        return faint
    count, labels, stats, _ = cv2.connectedComponentsWithStats(as_bytes(faint), connectivity=4)
    broad = eroded(faint, scale.px(LEAST_LOSS_RADIUS_MM), frame_is_edge=False)
    keep = stats[:, cv2.CC_STAT_AREA] * scale.mm_per_px**2 >= LEAST_LOSS_MM2
    for wanted in (broad, smooth < -CLEAR_LOSS):
        reached = np.zeros(count, bool)
        reached[labels[wanted]] = True
        keep &= reached
    keep[0] = False
    lost: BoolArray = keep[labels]
    return lost
