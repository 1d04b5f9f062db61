"""How the contrast came and went: what a run tells that a still image does not."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from spreadscan.anatomy import Level, RegionName, Side
from spreadscan.frozen import BoolArray, value
from spreadscan.values.words import AttenuationUnit


@value
class TimeCourse:
    """Attenuation by contrast over a run, on a coarse grid in the geometry of the described frame.

    Attributes:
        frames: (T) 0-based frames that were followed.
        baseline_frames: those of them that are baseline.
        factor: pixels of the image to one of the grid, along each axis.
        added: (T, r, c) attenuation beyond the baseline, 0 where it is not known.
        valid: (r, c) where every frame shows the field.
        noise_sd: standard deviation of ``added`` in one frame where there is no contrast.
        unit: of ``added``.
    """

    frames: tuple[int, ...]
    baseline_frames: tuple[int, ...]
    factor: int
    added: NDArray[np.float32]
    valid: BoolArray
    noise_sd: float
    unit: AttenuationUnit


@value
class Passage:
    """Contrast that looks as if it ran off in a vessel.

    Attributes:
        area_px: its area in pixels of the image.
        centroid_row, centroid_column: its centre of area, pixels of the described frame.
        first_frame, peak_frame: 0-based frames in which it reaches half of its peak, and its peak.
        washed: share of its peak attenuation that is gone at the end of the run, 0 to 1.
        confidence: that it is a vessel, 0 to 1; calibrated on simulated runs as far as they go.
    """

    area_px: int
    centroid_row: float
    centroid_column: float
    first_frame: int
    peak_frame: int
    washed: float
    confidence: float


@value
class Uptake:
    """Whether contrast ran off in vessels.

    Attributes:
        state: ``seen``, ``not seen`` in a run that could have shown it, or ``not assessable``.
        reason: what the run is like, or what it lacks to show run-off; one clause.
        adequate: whether the run is fast and long enough to show run-off.
        passages: what looks like it, the surest first.
        where: (r, c) the vessels on the grid of the time course; empty without one.
    """

    state: Literal["seen", "not seen", "not assessable"]
    reason: str
    adequate: bool
    passages: tuple[Passage, ...]
    where: BoolArray


@value
class TimeCurve:
    """A time-attenuation curve.

    Attributes:
        component: number of the component, from 1, largest first; ``None`` for a region.
        level, side, region: the branch region; ``None`` for a component.
        added: (T) mean attenuation beyond the baseline; not a number where it is not known.
    """

    component: int | None
    level: Level | None
    side: Side | None
    region: RegionName | None
    added: NDArray[np.float64]


@value
class TimeCurves:
    """The time-attenuation curves of a run.

    Attributes:
        frames: (T) 0-based frames.
        times_s: (T) time of each after the first frame of the run; ``None`` when unknown.
        unit: of the curves.
        curves: of components, then of regions.
    """

    frames: tuple[int, ...]
    times_s: tuple[float, ...] | None
    unit: AttenuationUnit
    curves: tuple[TimeCurve, ...]
