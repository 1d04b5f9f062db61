"""Probe zones that are no branch region: whether the L5 ramus was reached at S1.

The S1 articular process has no reference size of its own: its zone is scaled by the levels above and lies
along the axis there. Every draw moves the junction, the nerve and the threshold by their uncertainties: the
threshold together with that of the branch regions, so that statements on both agree.
"""

import numpy as np
from numpy.typing import NDArray

from spreadscan.anatomy import COURSE_SD_MM, SACRAL_COURSE_MM
from spreadscan.settings import CoverSettings
from spreadscan.uncertainty.picture_doubt import PictureDoubt, in_part_shared
from spreadscan.values import (
    BoolArray,
    BranchRegions,
    JunctionFrame,
    Landmark,
    Landmarks,
    SpreadMask,
    ZoneReach,
)

STEP_MM = 0.1
"""Distance of the points along the course, reference millimetres."""
_SEED = 2000
"""Tells these draws from those of the branch regions."""

_Points = NDArray[np.float64]


def probe(
    landmarks: Landmarks,
    regions: BranchRegions,
    mask: SpreadMask,
    seen: tuple[BoolArray, BoolArray, str],
    rest: tuple[PictureDoubt, CoverSettings],
) -> tuple[ZoneReach, ...]:
    """Return whether the L5 dorsal ramus was reached at each S1 junction that is marked.

    Reached in a draw: at least ``least_exposed_mm`` reference millimetres of the course down the groove lie
    in contrast. Threshold and picture are off in the same draws as those of the branch regions; the junction
    and the nerve are off by themselves.

    Args:
        landmarks: with S1 junctions, or without.
        regions: junction frames of the levels above, for scale and axis.
        mask: where the contrast is.
        seen: (R, C) where contrast could be judged, (R, C) where metal hides it, and why nothing can be
            assessed, empty when it can.
        rest: what may be wrong with the picture; draws, seed, uncertainty of a marked junction, least share
            of the course that is visible.

    Returns:
        One for each S1 junction; flags ``region-outside-field``, ``region-under-metal``.
    """
    points = [p for p in landmarks.points if (p.level, p.kind) == ("S1", "sap_tp_junction")]
    return tuple(_probe(point, regions, mask, seen, rest) for point in points)


def _probe(
    point: Landmark,
    regions: BranchRegions,
    mask: SpreadMask,
    seen: tuple[BoolArray, BoolArray, str],
    rest: tuple[PictureDoubt, CoverSettings],
) -> ZoneReach:
    (judged, metal, refusal), (doubt, settings) = seen, rest
    above = [frame for frame in regions.junctions if frame.side == point.side]
    if refusal or not above:
        return ZoneReach("S1", point.side, None, refusal or regions.reason or "no level above is marked")
    frame = _frame(point, above[-1], settings)
    course = _along(frame)
    in_field, visible = _share(course, judged | metal), _share(course, judged & ~metal)
    if in_field < settings.least_visible:
        return ZoneReach("S1", point.side, None, "outside the X-ray field", ("region-outside-field",))
    if visible < settings.least_visible:
        return ZoneReach("S1", point.side, None, "under metal", ("region-under-metal",))
    rng = np.random.default_rng([settings.seed, _SEED, int(point.side.endswith("right"))])
    sd_px = np.hypot(frame.origin_sd_px, COURSE_SD_MM * frame.px_per_reference_mm)
    shifts = sd_px * rng.normal(size=(settings.draws, 1, 2))
    own = rng.normal(size=settings.draws).astype(np.float32)
    off = in_part_shared(doubt.contrast, own, settings.shared_doubt)
    thresholds = doubt.limit * np.exp(mask.limit_relative_sd * off)
    strength = _values(course[None] + shifts, mask.strength)
    exposed_mm = (strength >= thresholds[:, None]).sum(axis=1) * STEP_MM
    reached = (exposed_mm >= settings.least_exposed_mm) & ~doubt.false | doubt.missed
    return ZoneReach("S1", point.side, reached, "", frame.flags)


def _frame(point: Landmark, above: JunctionFrame, settings: CoverSettings) -> JunctionFrame:
    """The frame of an S1 junction: axis and scale of the lowest level marked above it on its side."""
    scale = above.px_per_reference_mm
    return JunctionFrame(
        level="S1",
        side=point.side,
        origin=(point.row, point.column),
        lateral=above.lateral,
        cranial=above.cranial,
        px_per_reference_mm=scale,
        origin_sd_px=settings.given_sd_reference_mm * scale if point.sd_px is None else point.sd_px,
        flags=above.flags,
    )


def _along(frame: JunctionFrame) -> _Points:
    """Points at equal steps down the groove, (N, 2)."""
    start, end = np.array(SACRAL_COURSE_MM)
    count = round(float(np.hypot(*(end - start))) / STEP_MM)
    places = (np.arange(count)[:, None] + 0.5) / count
    return frame.to_px(start + places * (end - start))


def _share(points: _Points, area: BoolArray) -> float:
    return float(_values(points, area.astype(np.float32)).mean())


def _values(points: _Points, image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Values of the nearest pixels, (...,); outside the image they are 0."""
    place = np.rint(points).astype(np.intp)
    row, column = place[..., 0], place[..., 1]
    inside = (row >= 0) & (row < image.shape[0]) & (column >= 0) & (column < image.shape[1])
    found: NDArray[np.float32] = image[row.clip(0, image.shape[0] - 1), column.clip(0, image.shape[1] - 1)]
    return np.where(inside, found, np.float32(0))
