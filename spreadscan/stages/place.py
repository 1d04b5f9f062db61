"""Place the branch regions: a local frame at each SAP–TP junction, and the template scaled into it.

Sizes are in reference millimetres of the level, taken from the distance between its two junctions, so that
coverage needs no spacing from the file.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from spreadscan.anatomy import (
    ASSESSED_LEVELS,
    LEVELS,
    REFERENCE,
    REGIONS,
    Level,
    Side,
    branch_course_mm,
    region_polygon_mm,
)
from spreadscan.settings import CoverSettings
from spreadscan.values import (
    BranchRegion,
    BranchRegions,
    JunctionFrame,
    Landmark,
    Landmarks,
    Orientation,
    sides_of,
)

_Vector = NDArray[np.float64]
_Junctions = Mapping[tuple[Level, Side], Landmark]


def place(landmarks: Landmarks, orientation: Orientation, settings: CoverSettings) -> BranchRegions:
    """Return the branch regions of every known junction of L3, L4 and L5.

    Definition of a frame: origin at the junction; y (cranial) from the midpoint of the next lower level known
    to that of the next higher one, a level at the end of the chain standing in for its missing neighbour; x
    (lateral) perpendicular to y, away from the midline; pixels per reference millimetre
    |left - right| / (2 · jx) of the level, or the median of the other levels where one junction is missing.

    Args:
        landmarks: with the patient's sides, or the image's where those are unknown.
        orientation: tells which sides there are, and up where only one level is known.
        settings: standard deviation of a junction without one of its own.

    Returns:
        The regions; none without a level of which both junctions are known. Flags: ``landmarks-missing``,
        ``scale-from-other-level``, ``axis-assumed``.
    """
    sides = sorted(sides_of(orientation.patient_left).values())
    sites: list[tuple[Level, Side]] = [(level, side) for level in ASSESSED_LEVELS for side in sides]
    junctions = landmarks.junctions()
    scales = px_per_reference_mm(landmarks)
    if not scales:
        reason = "no landmarks" if not junctions else "no level has both junctions marked"
        return BranchRegions((), (), tuple(sites), reason, ("landmarks-missing",))
    midpoints = _midpoints(junctions)
    frames = tuple(
        _frame(junctions, (level, side), midpoints, (scales, orientation, settings))
        for level, side in sites
        if (level, side) in junctions
    )
    regions = tuple(region for frame in frames for region in _regions(frame))
    missing = tuple(site for site in sites if site not in junctions)
    flags = {flag for frame in frames for flag in frame.flags} | ({"landmarks-missing"} if missing else set())
    return BranchRegions(frames, regions, missing, "", tuple(sorted(flags)))


def px_per_reference_mm(landmarks: Landmarks) -> dict[Level, float]:
    """Return pixels per reference millimetre of each assessed level with both junctions known."""
    junctions = landmarks.junctions()
    return {
        level: float(np.hypot(*(_at(pair[0]) - _at(pair[1])))) / (2 * REFERENCE[level].junction_x_mm)
        for level in ASSESSED_LEVELS
        if (pair := _pair(junctions, level)) is not None
    }


def _frame(
    junctions: _Junctions,
    site: tuple[Level, Side],
    midpoints: Mapping[Level, _Vector],
    rest: tuple[Mapping[Level, float], Orientation, CoverSettings],
) -> JunctionFrame:
    (level, side), (scales, orientation, settings) = site, rest
    point = junctions[site]
    cranial, assumed = _cranial(level, midpoints, orientation)
    lateral = np.array([cranial[1], -cranial[0]])
    if (_at(point) - _midline_near(level, midpoints)) @ lateral < 0:
        lateral = -lateral
    scale = scales.get(level, float(np.median(list(scales.values()))))
    flags = (("axis-assumed",) if assumed else ()) + (() if level in scales else ("scale-from-other-level",))
    return JunctionFrame(
        level=level,
        side=side,
        origin=(point.row, point.column),
        lateral=(float(lateral[0]), float(lateral[1])),
        cranial=(float(cranial[0]), float(cranial[1])),
        px_per_reference_mm=scale,
        origin_sd_px=settings.given_sd_reference_mm * scale if point.sd_px is None else point.sd_px,
        flags=flags,
    )


def _cranial(
    level: Level, midpoints: Mapping[Level, _Vector], orientation: Orientation
) -> tuple[_Vector, bool]:
    """Unit vector (rows, columns) towards the head, and whether it had to be assumed."""
    known = [name for name in LEVELS if name in midpoints]
    if len(known) < 2:
        return np.array([1.0 if orientation.head_at_top is False else -1.0, 0.0]), True
    place_in_chain = LEVELS.index(level)
    above = [name for name in known if LEVELS.index(name) < place_in_chain]
    below = [name for name in known if LEVELS.index(name) > place_in_chain]
    own = [level] if level in midpoints else []
    upper = (above or own or below)[-1 if above else 0]
    lower = (below or own or above)[0 if below or own else -1]
    if upper == lower:  # a level with one junction beyond the end of the chain
        upper, lower = known[0], known[-1]
    along = midpoints[upper] - midpoints[lower]
    return along / np.hypot(*along), False


def _midline_near(level: Level, midpoints: Mapping[Level, _Vector]) -> _Vector:
    """A point of the midline: the level's own midpoint, or that of the nearest level."""
    nearest = min(midpoints, key=lambda name: abs(LEVELS.index(name) - LEVELS.index(level)))
    return midpoints[nearest]


def _midpoints(junctions: _Junctions) -> dict[Level, _Vector]:
    pairs = {level: _pair(junctions, level) for level in LEVELS}
    return {level: (_at(pair[0]) + _at(pair[1])) / 2 for level, pair in pairs.items() if pair is not None}


def _pair(junctions: _Junctions, level: Level) -> tuple[Landmark, Landmark] | None:
    points = [point for (name, _), point in junctions.items() if name == level]
    return (points[0], points[1]) if len(points) == 2 else None


def _at(point: Landmark) -> _Vector:
    return np.array([point.row, point.column])


def _regions(frame: JunctionFrame) -> list[BranchRegion]:
    return [
        BranchRegion(
            level=frame.level,
            side=frame.side,
            region=name,
            outline_px=frame.to_px(np.array(region_polygon_mm(frame.level, name))),
            course_px=(
                np.empty((0, 2))
                if name == "common"
                else frame.to_px(np.array(branch_course_mm(frame.level, name)))
            ),
        )
        for name in REGIONS
    ]
