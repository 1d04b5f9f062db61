"""Count in every draw whether a region is reached: branch regions and the zone at S1 alike.

The only Monte Carlo: junctions and picture are off in each draw as their streams say, so that whatever is
counted here can be counted together.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import NamedTuple

import numpy as np

from spreadscan.anatomy import ASSESSED_LEVELS, Level, Side
from spreadscan.frozen import BoolArray, Image, Vector
from spreadscan.settings import CoverSettings
from spreadscan.uncertainty.draws import JUNCTION, PictureDoubt, doubt_about, in_part_shared, normal_draws
from spreadscan.uncertainty.edge import fields_of
from spreadscan.uncertainty.exposure import Doubts, Target, in_doubt, leading_cause, reached, target_of
from spreadscan.uncertainty.sampling import (
    SUREST,
    Field,
    Frames,
    bounds_of,
    frames_of,
    share_near_edge,
    shares_under,
    values_under,
)
from spreadscan.uncertainty.variation import varied
from spreadscan.values import BranchRegion, Cause, JunctionFrame, SacralZone, SpreadMask

THINNED = 4
"""The cause of doubt and the variation between people are found in one of so many draws."""
VARIATION_MM = 10.0
"""A varied course leaves the nominal region by less than that."""
COUNTED_LEVELS: tuple[Level, ...] = (*ASSESSED_LEVELS, "S1")
"""Levels whose junctions have streams of draws, in the order of these."""

_Site = tuple[Level, Side]
_Placed = BranchRegion | SacralZone


class PictureDraws(NamedTuple):
    """What all junctions of an image share in the draws.

    Attributes:
        field: how far the edge of contrast may be off.
        motion: share of the doubt of the threshold that motion between the images brings.
        doubt: what may be wrong with the picture as a whole.
    """

    field: Field
    motion: Field | None
    doubt: PictureDoubt


class JunctionDraws(NamedTuple):
    """A junction in the draws.

    Attributes:
        frame, number: where it was marked, and its place among all.
        drawn, few, marked: its frame in each draw, in one of ``THINNED``, and where it was marked.
        thinned: (d, 3, 2) origin and steps of the frame in one of ``THINNED`` draws.
        contrast: (D,) standard normal numbers of its own.
    """

    frame: JunctionFrame
    number: int
    drawn: Frames
    few: Frames
    marked: Frames
    thinned: Image
    contrast: Image


class RegionDraws(NamedTuple):
    """What the draws say of a region.

    Attributes:
        fractions, reached: (D,) share of its area in contrast, and whether it is reached.
        varied: share of draws in which it is reached in a person taken at random.
        cause: of the doubt.
    """

    fractions: Vector
    reached: BoolArray
    varied: float
    cause: Cause | None


def junction_draws(
    junctions: Iterable[JunctionFrame], drawn_frames: Image, settings: CoverSettings
) -> dict[_Site, JunctionDraws]:
    """Return the draws of each junction; one that was drawn in no draw stays where it is in all of them.

    Args:
        junctions: where they were marked.
        drawn_frames: (J, D, 3, 2) their frames in each draw, or none.
        settings: draws and seed.

    Raises:
        ValueError: they were drawn another number of times.
    """
    if len(drawn_frames) and drawn_frames.shape[1] not in (1, settings.draws):
        raise ValueError(f"the junctions have {drawn_frames.shape[1]} draws, not {settings.draws}")
    found = {}
    for order, frame in enumerate(junctions):
        # by level and side, not by order: a junction draws the same whatever else is marked
        number = 2 * COUNTED_LEVELS.index(frame.level) + int(frame.side.endswith("right"))
        steps = frame.px_per_reference_mm * np.array([frame.lateral, frame.cranial])
        marked = np.concatenate([[frame.origin], steps])[None].astype(np.float32)
        drawn = drawn_frames[order] if len(drawn_frames) else marked
        some = np.broadcast_to(drawn, (settings.draws, 3, 2))[::THINNED]
        own = normal_draws((settings.seed, JUNCTION, number), settings.draws, 1)[:, 0].astype(np.float32)
        every, few, here = frames_of(drawn), frames_of(drawn[::THINNED]), frames_of(marked)
        found[frame.level, frame.side] = JunctionDraws(frame, number, every, few, here, some, own)
    return found


def picture_draws(
    junctions: Mapping[_Site, JunctionDraws],
    placed: Iterable[_Placed],
    mask: SpreadMask,
    single_image: bool,
    settings: CoverSettings,
) -> PictureDraws | None:
    """Return what the junctions of an image share in the draws; ``None`` without any.

    Args:
        junctions: with their draws.
        placed: the regions at them: the field holds them in every draw.
        mask: the contrast.
        single_image: whether it was estimated without a baseline.
        settings: draws, seed and uncertainties.
    """
    if not junctions:
        return None
    doubt = doubt_about(mask, single_image, settings)
    # one scale for the image: junctions share one field of doubt
    edge_px = doubt.edge_mm * float(np.median([j.frame.px_per_reference_mm for j in junctions.values()]))
    box = _box(junctions, placed, mask, SUREST * edge_px + 2)
    return PictureDraws(*fields_of(mask, box, edge_px, doubt.limit), doubt)


def region_draws(
    region: _Placed, junction: JunctionDraws, picture: PictureDraws, settings: CoverSettings
) -> RegionDraws:
    """Return what the draws say of a region.

    Args:
        region: placed in the image.
        junction: its own, with its draws.
        picture: what it is counted on.
        settings: seed, and the share of doubt that junctions have in common.
    """
    target = target_of(region, junction.frame, settings)
    doubts = _doubts(picture, junction, target, settings)
    shares = shares_under(picture.field, target.parts, junction.drawn, doubts.numbers)
    found = reached(shares[-1], doubts, target.least)
    few = doubts.thinned(THINNED)
    others = varied(junction.thinned, region.level, region.region, (settings.seed, junction.number))
    of_others = shares_under(picture.field, target.parts[-1:], frames_of(others), few.numbers)
    probability = float(reached(of_others[0], few, target.least).mean())
    cause: Cause | None = "anatomy" if in_doubt(probability) else None
    if in_doubt(float(found[::THINNED].mean())):
        under = partial(values_under, picture.field, target.parts[-1])
        cause = leading_cause(under(junction.few), under(junction.marked), few, target.least)
    return RegionDraws(shares[0], found, probability, cause)


def _box(
    junctions: Mapping[_Site, JunctionDraws],
    placed: Iterable[_Placed],
    mask: SpreadMask,
    margin_px: float,
) -> tuple[slice, slice]:
    """The part of the image where there is contrast and a region comes in some draw, and a margin."""
    low, high = np.full(2, np.inf), np.full(2, -np.inf)
    for region in placed:
        junction = junctions[region.level, region.side]
        corners = junction.frame.to_mm(np.concatenate([region.outline_px, region.course_px]))
        # room for the branches of other people, which are counted on the same field
        wider = np.stack([corners.min(axis=0) - VARIATION_MM, corners.max(axis=0) + VARIATION_MM])
        least, most = bounds_of(wider, junction.drawn)
        low, high = np.minimum(low, least), np.maximum(high, most)
    parts = []
    for axis, size in enumerate(mask.strength.shape):
        at = np.nonzero((mask.strength > 0).any(axis=1 - axis))[0]
        first, last = (at[0], at[-1]) if len(at) else (0, 0)
        start = min(max(0, int(max(low[axis], first) - margin_px)), size - 1)
        end = min(size, int(min(high[axis], last) + margin_px) + 2)
        parts.append(slice(start, max(start + 1, end)))
    return parts[0], parts[1]


def _doubts(
    picture: PictureDraws, junction: JunctionDraws, target: Target, settings: CoverSettings
) -> Doubts:
    """What is off in each draw at one target: its own share of the doubt is motion's."""
    mixed = in_part_shared(picture.doubt.contrast, junction.contrast, settings.shared_doubt)
    by_motion = 0.0
    if picture.motion is not None:
        by_motion = share_near_edge(picture.field, picture.motion, target.parts[-1], junction.marked)
    contrast, registration = (
        # roots, as variances add: both parts together have variance 1
        (np.sqrt(share) * numbers).astype(np.float32)
        for share, numbers in ((1 - by_motion, mixed), (by_motion, picture.doubt.registration))
    )
    return Doubts(contrast, registration, picture.doubt.missed, picture.doubt.false)
