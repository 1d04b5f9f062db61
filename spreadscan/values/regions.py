"""Where the branch regions lie: the frames of the junctions and the regions placed in them."""

from dataclasses import field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from spreadscan.anatomy import Level, RegionName, Side
from spreadscan.frozen import FloatArray, value


@value
class JunctionFrame:
    """The local frame of an SAP–TP junction.

    Attributes:
        level, side: of the junction.
        origin: (row, column) of the junction in pixels.
        lateral: unit vector (rows, columns) away from the midline.
        cranial: unit vector (rows, columns) towards the head.
        px_per_reference_mm: pixels per reference millimetre of this level.
        origin_sd_px: standard deviation of each coordinate of the junction.
        flags: codes of quality flags.
    """

    level: Level
    side: Side
    origin: tuple[float, float]
    lateral: tuple[float, float]
    cranial: tuple[float, float]
    px_per_reference_mm: float
    origin_sd_px: float
    flags: tuple[str, ...] = ()

    def to_px(self, points_mm: FloatArray) -> NDArray[np.float64]:
        """Return (N, 2) pixels (row, column) of (N, 2) points (x lateral, y cranial) in reference mm."""
        axes = np.array([self.lateral, self.cranial])
        placed: NDArray[np.float64] = np.asarray(self.origin) + self.px_per_reference_mm * (points_mm @ axes)
        return placed

    def to_mm(self, points_px: FloatArray) -> NDArray[np.float64]:
        """Return (N, 2) points (x lateral, y cranial) in reference mm of (N, 2) pixels (row, column)."""
        axes = np.array([self.lateral, self.cranial])
        local: NDArray[np.float64] = (points_px - np.asarray(self.origin)) @ axes.T / self.px_per_reference_mm
        return local


@value
class BranchRegion:
    """One branch region of a junction, placed in the image.

    Attributes:
        level, side, region: which one.
        outline_px: (N, 2) corners (row, column).
        course_px: (N, 2) nominal course of the branch; no points for the common zone.
    """

    level: Level
    side: Side
    region: RegionName
    outline_px: NDArray[np.float64]
    course_px: NDArray[np.float64]


@value
class BranchRegions:
    """The branch regions of all junctions.

    Attributes:
        junctions: the local frames, in order of level and side.
        regions: the placed regions, four for each junction.
        missing: junctions that were not known.
        reason: why regions are missing altogether; empty when some are placed.
        flags: codes of quality flags.
        drawn: (J, D, 3, 2) the frame of each junction in each draw, derived anew from junctions moved by
            their uncertainty: the origin, then the steps (rows, columns) of one reference millimetre
            laterally and cranially, in pixels. No draws where the junctions are taken as exact.
    """

    junctions: tuple[JunctionFrame, ...]
    regions: tuple[BranchRegion, ...]
    missing: tuple[tuple[Level, Side], ...]
    reason: str
    flags: tuple[str, ...] = ()
    drawn: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0, 3, 2), np.float32))


@value
class SacralZone:
    """The zone of the L5 dorsal ramus at an S1 junction, placed in the image.

    Attributes:
        level, side, region: which one.
        outline_px: (N, 2) corners (row, column).
        course_px: (N, 2) nominal course of the ramus.
    """

    level: Level
    side: Side
    region: Literal["ramus"]
    outline_px: NDArray[np.float64]
    course_px: NDArray[np.float64]


@value
class SacralZones:
    """The zones of all S1 junctions that are marked.

    Attributes:
        junctions: the local frames, in order of side.
        zones: the placed zones, one for each junction.
        missing: marked junctions beside which nothing tells axis and scale.
        reason: why they are missing; empty when none is.
        drawn: (J, D, 3, 2) as of ``BranchRegions``.
    """

    junctions: tuple[JunctionFrame, ...]
    zones: tuple[SacralZone, ...]
    missing: tuple[tuple[Level, Side], ...]
    reason: str
    drawn: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0, 3, 2), np.float32))
