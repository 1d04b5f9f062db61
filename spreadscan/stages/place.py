"""Place the branch regions: a local frame at each SAP–TP junction, and the template scaled into it.

Sizes are in reference millimetres of the level, taken from the distance between its two junctions, so that
coverage needs no spacing from the file. The same rule places the frames once where the junctions were marked,
and once in every draw where their uncertainty moves them to: axes and scale move with the junctions.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from spreadscan.anatomy import (
    ASSESSED_LEVELS,
    LEVELS,
    REFERENCE,
    REGIONS,
    SACRAL_COURSE_MM,
    SACRAL_ZONE_MM,
    Level,
    Side,
    branch_course_mm,
    region_polygon_mm,
)
from spreadscan.errors import CannotRead
from spreadscan.settings import CoverSettings
from spreadscan.uncertainty.draws import LANDMARK, normal_draws, root_of
from spreadscan.values import (
    BranchRegion,
    BranchRegions,
    Image,
    JunctionFrame,
    Landmark,
    Landmarks,
    Orientation,
    SacralZone,
    SacralZones,
    Vector,
    sides_of,
)

_Site = tuple[Level, Side]
_Junctions = Mapping[_Site, Vector]
"""Places (D, 2) of each junction, row and column: one where it was marked, or one per draw."""


class _Spine(NamedTuple):
    """The known junctions, and what follows from them: midpoints (D, 2) and scales (D,) of the levels."""

    junctions: _Junctions
    midpoints: Mapping[Level, Vector]
    scales: Mapping[Level, Vector]


class _Axis(NamedTuple):
    """Unit vectors (D, 2) towards the head, rows and columns, and whether they had to be assumed."""

    cranial: Vector
    assumed: bool


class _JunctionFrames(NamedTuple):
    """The frame of one junction: origin, unit vectors (D, 2), and pixels per reference millimetre (D,)."""

    origin: Vector
    lateral: Vector
    cranial: Vector
    scale: Vector
    assumed_axis: bool
    own_scale: bool


def place(landmarks: Landmarks, orientation: Orientation, settings: CoverSettings) -> BranchRegions:
    """Return the branch regions of every known junction of L3, L4 and L5.

    Definition of a frame: origin at the junction; y (cranial) from the midpoint of the next lower level known
    to that of the next higher one, a level at the end of the chain standing in for its missing neighbour; x
    (lateral) perpendicular to y, away from the midline; pixels per reference millimetre
    |left - right| / (2 · jx) of the level, or the median of the other levels where one junction is missing.

    Args:
        landmarks: with the patient's sides, or the image's where those are unknown.
        orientation: tells which sides there are, and up where only one level is known.
        settings: draws, seed, and the standard deviation of a junction without one of its own.

    Returns:
        The regions; none without a level of which both junctions are known. Flags: ``landmarks-missing``,
        ``scale-from-other-level``, ``axis-assumed``.

    Raises:
        CannotRead: ``landmarks-unreadable`` when the covariance of the landmarks is none, or not theirs.
    """
    sides = sorted(sides_of(orientation.patient_left).values())
    sites: list[_Site] = [(level, side) for level in ASSESSED_LEVELS for side in sides]
    points = landmarks.junctions()
    scales = px_per_reference_mm(landmarks)
    if not scales:
        reason = "no landmarks" if not points else "no level has both junctions marked"
        return BranchRegions((), (), tuple(sites), reason, ("landmarks-missing",))
    known = [site for site in sites if site in points]
    marked = {site: np.array([[point.row, point.column]]) for site, point in points.items()}
    here, drawn = _spine(marked), _spine(_moved(landmarks, marked, scales, settings))
    frames = tuple(
        _junction(site, _frames(here, site, orientation), _sd_px(points[site], scales, settings))
        for site in known
    )
    moved = [_steps(_frames(drawn, site, orientation)) for site in known]
    regions = tuple(region for frame in frames for region in _regions(frame))
    missing = tuple(site for site in sites if site not in points)
    flags = {flag for frame in frames for flag in frame.flags} | ({"landmarks-missing"} if missing else set())
    return BranchRegions(frames, regions, missing, "", tuple(sorted(flags)), np.stack(moved))


def place_sacral(landmarks: Landmarks, orientation: Orientation, settings: CoverSettings) -> SacralZones:
    """Return the zone of the L5 dorsal ramus in the sacral groove at every S1 junction that is marked.

    The S1 articular process has no reference size of its own: axis and scale of its frame are those of the
    lowest assessed level with a junction on its side, in every draw too. S1 itself moves in the draws in
    which the junctions above move.

    Args:
        landmarks: with S1 junctions, or without.
        orientation: as in ``place``.
        settings: as in ``place``.

    Returns:
        One frame and one zone for each S1 junction, in order of side; those beside which no level is known
        are ``missing``.

    Raises:
        CannotRead: as ``place`` does.
    """
    points = landmarks.junctions()
    sacral: list[_Site] = sorted(site for site in points if site[0] == "S1")
    scales = px_per_reference_mm(landmarks)
    above = {site: _above(site, points) for site in sacral} if scales else {}
    known = [site for site in sacral if above.get(site) is not None]
    missing = tuple(site for site in sacral if site not in known)
    reason = "no level above is marked" if scales else "no level has both junctions marked"
    if not known:
        return SacralZones((), (), missing, reason if missing else "")
    marked = {site: np.array([[point.row, point.column]]) for site, point in points.items()}
    here, drawn = _spine(marked), _spine(_moved(landmarks, marked, scales, settings))

    def frames(spine: _Spine, site: _Site) -> _JunctionFrames:
        """Return the frames of the level above, laid at S1."""
        return _frames(spine, above[site] or site, orientation)._replace(origin=spine.junctions[site])

    junctions = tuple(
        _junction(site, frames(here, site), _sd_px(points[site], scales, settings)) for site in known
    )
    moved = np.stack([_steps(frames(drawn, site)) for site in known])
    zones = tuple(_sacral_zone(frame) for frame in junctions)
    return SacralZones(junctions, zones, missing, reason if missing else "", moved)


def _above(site: _Site, points: Mapping[_Site, Landmark]) -> _Site | None:
    """The lowest assessed junction known on the side of one of S1."""
    return next(((level, site[1]) for level in reversed(ASSESSED_LEVELS) if (level, site[1]) in points), None)


def px_per_reference_mm(landmarks: Landmarks) -> dict[Level, float]:
    """Return pixels per reference millimetre of each assessed level with both junctions known."""
    places = {site: np.array([[p.row, p.column]]) for site, p in landmarks.junctions().items()}
    return {level: float(scale[0]) for level, scale in _scales(places).items()}


def _sd_px(point: Landmark, scales: Mapping[Level, float], settings: CoverSettings) -> float:
    if point.sd_px is not None:
        return point.sd_px
    return settings.given_sd_reference_mm * scales.get(point.level, float(np.median(list(scales.values()))))


def _moved(
    landmarks: Landmarks, marked: _Junctions, scales: Mapping[Level, float], settings: CoverSettings
) -> dict[_Site, Vector]:
    """Where the junctions lie in each draw: by their joint covariance, or each coordinate by itself."""
    if landmarks.covariance_px is None:
        # what is drawn of a junction does not depend on points that are carried through unused
        points = [point for point in landmarks.points if point.kind == "sap_tp_junction"]
        root = np.diag(np.repeat([_sd_px(point, scales, settings) for point in points], 2))
    else:
        points = list(landmarks.points)
        root = _root(landmarks.covariance_px, len(points))
    normal = normal_draws((settings.seed, LANDMARK), settings.draws, 2 * len(points))
    shifts = (normal @ root.T).reshape(settings.draws, len(points), 2)
    return {
        (point.level, point.side): marked[point.level, point.side] + shifts[:, number]
        for number, point in enumerate(points)
        if point.kind == "sap_tp_junction"
    }


def _root(covariance_px: Vector, count: int) -> Vector:
    problem = f"is of shape {covariance_px.shape}, not ({2 * count}, {2 * count})"
    if covariance_px.shape == (2 * count, 2 * count):
        try:
            return root_of(covariance_px)
        except ValueError as error:
            problem = str(error)
    raise CannotRead(
        "landmarks-unreadable",
        f"the joint covariance {problem}",
        field="covariance_px",
        advice="leave it out to let each point err by itself",
    )


def _spine(junctions: _Junctions) -> _Spine:
    return _Spine(junctions, _midpoints(junctions), _scales(junctions))


def _frames(spine: _Spine, site: _Site, orientation: Orientation) -> _JunctionFrames:
    level, _ = site
    junctions, midpoints, scales = spine
    cranial, assumed = _cranial(level, midpoints, orientation)
    lateral = np.stack([cranial[:, 1], -cranial[:, 0]], axis=1)
    away = junctions[site] - _midline_near(level, midpoints)
    # away from the midline, not by the side's name: the patient's left may lie on either side of an image
    lateral = np.where(np.sum(away * lateral, axis=1, keepdims=True) < 0, -lateral, lateral)
    scale = scales.get(level)
    own = scale is not None
    if scale is None:
        # in every draw anew: the error of the borrowed scale is that of the junctions it comes from
        scale = np.median(np.stack(list(scales.values())), axis=0)
    return _JunctionFrames(junctions[site], lateral, cranial, scale, assumed, own)


def _junction(site: _Site, frames: _JunctionFrames, sd_px: float) -> JunctionFrame:
    flags = (("axis-assumed",) if frames.assumed_axis else ()) + (
        () if frames.own_scale else ("scale-from-other-level",)
    )
    (row, column), (down, right), (up, across) = (
        (float(first), float(second))
        for first, second in (frames.origin[0], frames.lateral[0], frames.cranial[0])
    )
    return JunctionFrame(
        level=site[0],
        side=site[1],
        origin=(row, column),
        lateral=(down, right),
        cranial=(up, across),
        px_per_reference_mm=float(frames.scale[0]),
        origin_sd_px=sd_px,
        flags=flags,
    )


def _steps(frames: _JunctionFrames) -> Image:
    """Origin and steps of one reference millimetre laterally and cranially, (D, 3, 2)."""
    scale = frames.scale[:, None]
    steps = (frames.origin, frames.lateral * scale, frames.cranial * scale)
    return np.stack(steps, axis=1).astype(np.float32)


def _cranial(level: Level, midpoints: Mapping[Level, Vector], orientation: Orientation) -> _Axis:
    known = [name for name in LEVELS if name in midpoints]
    if len(known) < 2:
        up = np.array([1.0 if orientation.head_at_top is False else -1.0, 0.0])
        return _Axis(np.broadcast_to(up, midpoints[known[0]].shape), True)
    place_in_chain = LEVELS.index(level)
    above = [name for name in known if LEVELS.index(name) < place_in_chain]
    below = [name for name in known if LEVELS.index(name) > place_in_chain]
    own = [level] if level in midpoints else []
    upper = (above or own or below)[-1 if above else 0]
    lower = (below or own or above)[0 if below or own else -1]
    if upper == lower:  # a level with one junction beyond the end of the chain
        upper, lower = known[0], known[-1]
    along = midpoints[upper] - midpoints[lower]
    return _Axis(along / np.hypot(*along.T)[:, None], False)


def _midline_near(level: Level, midpoints: Mapping[Level, Vector]) -> Vector:
    """A point of the midline: the level's own midpoint, or that of the nearest level."""
    nearest = min(midpoints, key=lambda name: abs(LEVELS.index(name) - LEVELS.index(level)))
    return midpoints[nearest]


def _scales(junctions: _Junctions) -> dict[Level, Vector]:
    """Pixels per reference millimetre of each assessed level with both junctions known, (D,)."""
    return {
        level: np.hypot(*(pair[0] - pair[1]).T) / (2 * REFERENCE[level].junction_x_mm)
        for level in ASSESSED_LEVELS
        if (pair := _pair(junctions, level)) is not None
    }


def _midpoints(junctions: _Junctions) -> dict[Level, Vector]:
    pairs = {level: _pair(junctions, level) for level in LEVELS}
    return {level: (pair[0] + pair[1]) / 2 for level, pair in pairs.items() if pair is not None}


def _pair(junctions: _Junctions, level: Level) -> tuple[Vector, Vector] | None:
    places = [place for (name, _), place in junctions.items() if name == level]
    return (places[0], places[1]) if len(places) == 2 else None


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


def _sacral_zone(frame: JunctionFrame) -> SacralZone:
    outline, course = (frame.to_px(np.array(points)) for points in (SACRAL_ZONE_MM, SACRAL_COURSE_MM))
    return SacralZone(frame.level, frame.side, "ramus", outline, course)
