"""Find contrast that runs off in vessels: thin, branching, early, and gone while depots stay.

A place is a candidate where contrast came and went, or where it is thinner than a depot. A candidate is
described by a few measures that each mean something, and a logistic model weighs them. Its coefficients
stand in ``WEIGHTS`` with the command that fitted them.

References:
    [1] Lee CJ et al. Intravascular injection in lumbar medial branch block: a prospective evaluation of 1433
        injections. Anesth Analg 2008;106:1274 (live fluoroscopy 6.1 %; a spot image shows 59 % of these).
    [2] Shpilfoygel et al. Med Phys 1999;26:862 (flow from time curves is biased and scatters: only the class
        of a curve is used here).
"""

from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Literal, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from spreadscan.image.filters import as_bytes, dilated, distance_to, eroded
from spreadscan.settings import UptakeSettings
from spreadscan.values import BoolArray, BranchRegions, Image, JudgingScale, Passage, TimeCourse, Uptake

WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "constant": -3.9,
        "washed": 3.08,
        "thinness": 0.2,
        "unsteady": -1.95,
        "signal": 2.05,
        "apart": -5.61,
    }
)
"""Of the logistic model, fitted by ``make kinds CASES=DIR FIT=1`` to runs of two simulators."""

_State = Literal["seen", "not seen", "not assessable"]


NEVER_NEAR_MM = 30.0
"""Distances from where contrast was injected are told up to here."""


class Measures(NamedTuple):
    """What describes a candidate.

    Attributes:
        washed: share of its peak attenuation that is gone at the end of the run, 0 to 1.
        thinness: logarithm of the length of its middle line over its mean width.
        unsteady: total variation of its mean curve beyond one rise and one fall, over its peak, up to 2.
        signal: logarithm of its peak over the noise.
        apart: distance from contrast that stays and from the junctions, as a share of 30 mm, up to 1.
    """

    washed: float
    thinness: float
    unsteady: float
    signal: float
    apart: float


class Maps(NamedTuple):
    """What the time course says at each place, (r, c).

    Attributes:
        peak: largest attenuation of two successive frames on average.
        last: attenuation of the last two frames on average.
        ever: where there was contrast at any time.
        anchors: where contrast stays, and the junctions: where injections began.
        px_per_mm: of the grid.
    """

    peak: Image
    last: Image
    ever: BoolArray
    anchors: BoolArray
    px_per_mm: float


class _Adequacy(NamedTuple):
    """Whether a run could have shown run-off, and what it is like or what it lacks."""

    enough: bool
    told: str


def find_uptake(
    course: TimeCourse | None,
    regions: BranchRegions,
    times_s: tuple[float, ...] | None,
    scale: JudgingScale,
    settings: UptakeSettings,
) -> Uptake:
    """Return whether contrast ran off in vessels.

    A run that shows none could have shown one only if its times are known and it is fast and long enough: at
    least ``settings.least_frames_per_s``, and ``settings.least_after_s`` after nine tenths of the contrast
    have come.

    Args:
        course: the time course; ``None`` for a still image.
        regions: the junctions, near which injections begin.
        times_s: time of each frame of the run; ``None`` when unknown.
        scale: sizes the filters.
        settings: how.

    Returns:
        The finding. Definition of the confidence: 1 / (1 + exp(-w · m)), w ``WEIGHTS`` and m a 1 and
        the ``Measures``.
    """
    if course is None or not np.isfinite(course.noise_sd) or not course.noise_sd > 0:
        reason = (
            "there is no run with frames from before the contrast"
            if course is None
            else "the run shows no field to judge"
        )
        return Uptake("not assessable", reason, False, (), np.zeros((0, 0), bool))
    found = maps(course, regions, scale, settings)
    labels = candidates(found, course.noise_sd, settings)
    passages, where = [], np.zeros(labels.shape, bool)
    for n in range(1, int(labels.max()) + 1):
        here = labels == n
        # most depots are no vessel however thin they are, and how thin they are is the dearest to tell
        if _confidence(_thinnest(course, found, here)) < settings.least_confidence:
            continue
        described = measures(course, found, here)
        confidence = _confidence(described)
        if confidence >= settings.least_confidence:
            where |= here
            passages.append(_passage(course, here, described.washed, confidence))
    passages.sort(key=lambda p: (-p.confidence, p.centroid_row, p.centroid_column))
    adequacy = _adequacy(course, found, times_s, settings)
    state: _State = "seen" if passages else "not seen" if adequacy.enough else "not assessable"
    return Uptake(state, adequacy.told, adequacy.enough, tuple(passages), where)


def maps(course: TimeCourse, regions: BranchRegions, scale: JudgingScale, settings: UptakeSettings) -> Maps:
    """Return what the time course says at each place."""
    px_per_mm = scale.px(1.0) / course.factor
    # the mean of two frames: a peak of single frames is in part a peak of their noise
    last = (course.added[-2] + course.added[-1]) / 2
    peak = last.copy()
    for earlier, later in pairwise(course.added):
        np.maximum(peak, (earlier + later) / 2, out=peak)
    # of the mean of two frames
    noise = course.noise_sd / np.sqrt(2)
    weak, strong = (course.valid & (peak > k * noise) for k in (settings.grow_sd, settings.seed_sd))
    count, labels = cv2.connectedComponents(as_bytes(weak), connectivity=8)
    keep = np.bincount(labels.ravel(), minlength=count) >= settings.least_area_mm2 * px_per_mm**2
    keep &= np.bincount(labels[strong], minlength=count) > 0
    keep[0] = False
    # contrast that stays, and junctions: what lies apart from both was carried there
    anchors = course.valid & (last > settings.seed_sd * noise)
    for frame in regions.junctions:
        row, column = (round(place / course.factor) for place in frame.origin)
        if 0 <= row < peak.shape[0] and 0 <= column < peak.shape[1]:
            anchors[row, column] = True
    return Maps(peak, last, keep[labels], anchors, px_per_mm)


def candidates(found: Maps, noise: float, settings: UptakeSettings) -> NDArray[np.int32]:
    """Return labels of the places that may be vessels: contrast that is gone, or thin, (r, c)."""
    fell = found.peak - found.last
    gone = found.ever & (fell > settings.grow_sd * noise) & (fell > settings.gone_share * found.peak)
    # thin: what a disc of the width of a depot does not fit into
    reach = settings.widest_mm / 2 * found.px_per_mm
    thick = dilated(eroded(found.ever, reach, frame_is_edge=False), reach * 1.1)
    count, labels = cv2.connectedComponents(as_bytes(gone | (found.ever & ~thick)), connectivity=8)
    keep = np.bincount(labels.ravel(), minlength=count) >= settings.least_area_mm2 * found.px_per_mm**2
    strong = found.peak > settings.seed_sd * noise / np.sqrt(2)
    keep &= np.bincount(labels[strong], minlength=count) > 0
    keep[0] = False
    numbered: NDArray[np.int32] = (np.cumsum(keep) * keep)[labels].astype(np.int32)
    return numbered


def measures(course: TimeCourse, found: Maps, here: BoolArray) -> Measures:
    """Return what describes a candidate; ``here`` is (r, c)."""
    return _thinnest(course, found, here)._replace(thinness=_thinness(here))


def _thinnest(course: TimeCourse, found: Maps, here: BoolArray) -> Measures:
    """What describes a candidate, as thin as one of its area can be: a line of single pixels."""
    area = float(here.sum())
    peak = float(found.peak[here].mean())
    curve = course.added[:, here].mean(axis=1)
    top = max(float(curve.max()), 1e-9)
    # a curve that rises once and falls once travels 2 · top - first - last: the rest is unsteady
    excess = float(np.abs(np.diff(curve)).sum() - (2 * top - curve[0] - curve[-1])) / top
    return Measures(
        washed=float(np.clip(1 - np.maximum(found.last[here], 0).mean() / max(peak, 1e-9), 0, 1)),
        thinness=float(np.log(area)),
        unsteady=min(2.0, excess),
        signal=float(np.log(max(peak / course.noise_sd, 1e-9))),
        apart=float(min(1.0, _distance_px(here, found.anchors) / (NEVER_NEAR_MM * found.px_per_mm))),
    )


def _thinness(here: BoolArray) -> float:
    # imported here: few runs hold anything that could be a vessel, and this takes as long as reading a run
    from skimage.morphology import skeletonize

    length = max(1.0, float(skeletonize(here).sum()))
    return float(np.log(length**2 / here.sum()))


def _distance_px(here: BoolArray, anchors: BoolArray) -> float:
    """Distance of a place to the nearest anchor; infinite without one."""
    if not anchors.any():
        return float("inf")
    # squares of distances between pixels are whole numbers: single precision tells which
    return float(np.sqrt(np.rint(np.square(distance_to(anchors)[here].min(), dtype=np.float64))))


def _all_contrast(course: TimeCourse, found: Maps) -> int:
    """Index of the first followed frame that shows nine tenths of the most contrast: little came later."""
    amount = np.array([one[found.ever].sum() for one in course.added])
    return int(np.argmax(amount >= 0.9 * float(amount.max())))


def _confidence(described: Measures) -> float:
    odds = WEIGHTS["constant"] + sum(WEIGHTS[name] * m for name, m in described._asdict().items())
    return float(1 / (1 + np.exp(-odds)))


def _passage(course: TimeCourse, here: BoolArray, washed: float, confidence: float) -> Passage:
    curve = course.added[:, here].mean(axis=1)
    rows, columns = np.nonzero(here)
    # the centre of a block, counted from the centre of its first pixel
    middle = (course.factor - 1) / 2
    return Passage(
        area_px=int(here.sum()) * course.factor**2,
        centroid_row=float(rows.mean()) * course.factor + middle,
        centroid_column=float(columns.mean()) * course.factor + middle,
        first_frame=course.frames[int(np.argmax(curve >= curve.max() / 2))],
        peak_frame=course.frames[int(np.argmax(curve))],
        washed=washed,
        confidence=confidence,
    )


def _adequacy(
    course: TimeCourse, found: Maps, times_s: tuple[float, ...] | None, settings: UptakeSettings
) -> _Adequacy:
    if not found.ever.any():
        return _Adequacy(False, "no contrast came during the run")
    if times_s is None:
        return _Adequacy(False, "the times of its frames are unknown")
    after_s = times_s[-1] - times_s[course.frames[_all_contrast(course, found)]]
    rate = (len(times_s) - 1) / max(times_s[-1] - times_s[0], 1e-9)
    told = f"{rate:.3g} frames per second, {after_s:.2g} s after the contrast had come"
    if rate < settings.least_frames_per_s:
        return _Adequacy(False, f"the run is too slow: {told}")
    if after_s < settings.least_after_s:
        return _Adequacy(False, f"the run ends too early: {told}")
    return _Adequacy(True, told)
