"""Describe the contrast as a whole: areas, extents, components, and how far it reaches on each side."""

import cv2
import numpy as np
from numpy.typing import NDArray

from spreadscan.anatomy import LEVELS, Side
from spreadscan.image.filters import as_bytes, median
from spreadscan.values import (
    BoolArray,
    BranchRegions,
    Calibration,
    ContrastMap,
    ContrastSummary,
    JunctionFrame,
    SideExtent,
    SpreadMask,
    Uncalibrated,
)

_Scale = Calibration | Uncalibrated


def summarise(
    mask: SpreadMask,
    contrast: ContrastMap,
    regions: BranchRegions,
    calibration: _Scale,
    fixed_ln: float,
) -> ContrastSummary:
    """Return areas and extents of the contrast.

    Definition: area_mm2 = area_px · row_mm_per_px · column_mm_per_px; heights and widths are those of the
    smallest upright rectangle that holds the sure contrast. The contrast of a side is what lies nearest to a
    junction of it; its extent is measured along and across the axis of the spine at the middle one of them.

    Args:
        mask: where the contrast is.
        contrast: its map, for the detection limit.
        regions: the junction frames.
        calibration: millimetres are given only with one.
        fixed_ln: a second, fixed threshold for linear pixels, ln.

    Returns:
        The summary, without the connected areas: ``classify`` finds those.
    """
    fixed = fixed_ln if contrast.unit == "ln" and mask.origin == "measured" else None
    above = None if fixed is None else int((mask.possible & (contrast.signal >= fixed)).sum())
    row_mm, column_mm, mean_mm = _mm_per_px(calibration)
    area, possible = int(mask.sure.sum()), int(mask.possible.sum())
    height, width = _box(mask.sure)
    pixel_mm2 = None if mean_mm is None else mean_mm**2
    limits = contrast.limit[contrast.valid] if contrast.method == "baseline" else np.empty(0, np.float32)
    return ContrastSummary(
        found=mask.found,
        method=contrast.method,
        area_px=area,
        possible_area_px=possible,
        area_mm2=_times(area, pixel_mm2),
        possible_area_mm2=_times(possible, pixel_mm2),
        height_px=height,
        width_px=width,
        height_mm=_times(height, row_mm),
        width_mm=_times(width, column_mm),
        detection_limit=median(limits) if limits.size else None,
        unit=contrast.unit,
        components=(),
        sides=_sides(mask.sure, regions, calibration),
        fixed_limit=fixed,
        fixed_area_px=above,
        fixed_area_mm2=None if above is None else _times(above, pixel_mm2),
    )


def _mm_per_px(calibration: _Scale) -> tuple[float | None, float | None, float | None]:
    """Height, width and mean size of a pixel in the patient; unknown without a calibration."""
    if isinstance(calibration, Uncalibrated):
        return None, None, None
    return calibration.row_mm_per_px, calibration.column_mm_per_px, calibration.mm_per_px


def _times(count: float, unit: float | None) -> float | None:
    return None if unit is None else count * unit


def _box(area: BoolArray) -> tuple[int, int]:
    _, _, width, height = cv2.boundingRect(as_bytes(area))
    return height, width


def _sides(sure: BoolArray, regions: BranchRegions, calibration: _Scale) -> tuple[SideExtent, ...]:
    """Extent of the contrast on each side of the midline; sides without contrast are left out."""
    left, top, width, height = cv2.boundingRect(as_bytes(sure))
    if not regions.junctions or not width:
        return ()
    here = np.argwhere(sure[top : top + height, left : left + width])
    points = (here + np.array([top, left])).astype(float)
    nearest = _nearest_frames(points, regions.junctions)
    extents = []
    for side in sorted({frame.side for frame in regions.junctions}):
        frames = tuple(frame for frame in regions.junctions if frame.side == side)
        here = np.array([frame.side == side for frame in regions.junctions])[nearest]
        if here.any():
            extents.append(_extent(side, points[here], frames, calibration))
    return tuple(extents)


def _nearest_frames(points: NDArray[np.float64], frames: tuple[JunctionFrame, ...]) -> NDArray[np.intp]:
    origins = np.array([frame.origin for frame in frames])
    distances = np.hypot(*(points[:, None] - origins[None]).transpose(2, 0, 1))
    nearest: NDArray[np.intp] = np.argmin(distances, axis=1)
    return nearest


def _extent(
    side: Side, points: NDArray[np.float64], frames: tuple[JunctionFrame, ...], calibration: _Scale
) -> SideExtent:
    middle = frames[len(frames) // 2]
    scale = float(np.median([frame.px_per_reference_mm for frame in frames]))
    along = (points - middle.origin) @ np.array(middle.cranial)
    across = (points - middle.origin) @ np.array(middle.lateral)
    reached = {
        frame.level
        for frame in frames
        if along.min() <= (np.array(frame.origin) - middle.origin) @ np.array(middle.cranial) <= along.max()
    }
    _, _, mean_mm = _mm_per_px(calibration)
    length_px, breadth_px = float(np.ptp(along)) + 1, float(np.ptp(across)) + 1
    return SideExtent(
        side=side,
        levels=tuple(level for level in LEVELS if level in reached),
        cranio_caudal_reference_mm=length_px / scale,
        medio_lateral_reference_mm=breadth_px / scale,
        cranio_caudal_mm=_times(length_px, mean_mm),
        medio_lateral_mm=_times(breadth_px, mean_mm),
    )
