"""Find the landmarks that nobody marked, or complete those that somebody did; or say why not."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spreadscan.anatomy import ASSESSED_LEVELS, Side
from spreadscan.detect.confidence import (
    Confidence,
    agreement,
    is_elsewhere,
    judge_view,
    level_probability,
    told,
)
from spreadscan.detect.consensus import Neighbourhoods, neighbourhoods, possible, propose, score_of
from spreadscan.detect.fit import Fit, fit_shape
from spreadscan.detect.maps import CHANNELS, LandmarkMaps, read_maps
from spreadscan.detect.picture import Square, channels_of, seen_square
from spreadscan.detect.rotation import Rotation, rotation_of
from spreadscan.detect.shape import Pose, Sighting, pose_through, spine_shape
from spreadscan.frozen import Vector
from spreadscan.settings import DetectSettings, Settings
from spreadscan.values import (
    BoolArray,
    Landmark,
    Landmarks,
    Orientation,
    PatientLeft,
    Search,
    Site,
    View,
    sides_of,
)

KIND_NAMES: Mapping[str, str] = MappingProxyType(
    {"junction": "sap_tp_junction", "pedicle": "pedicle", "tptip": "tp_tip"}
)
"""What landmarks are called in files, by the names of the channels."""
HEAD_DOWN_SHARE = 0.03
"""Share of images with the head at the bottom, where nothing tells it (assumption)."""
MAPS_COUNT = 6.0
"""So many maps count as independent witnesses of which way up the spine lies (assumption)."""
GIVEN_SD_PX = 1.5
"""Standard deviation of a marked point while it places the others (assumption)."""
LEAST_SEEN = 0.3
"""Probability on the map from which a pedicle or the tip of a process counts as visible (assumption)."""


class Picture(NamedTuple):
    """What is looked at: (R, C) attenuation and (R, C) the X-ray field."""

    image: NDArray[np.float32]
    inside: BoolArray


class Hints(NamedTuple):
    """What is known beforehand.

    Attributes:
        head_up: whether the head lies at the top of the stored image; ``None`` where nothing says it.
        marked: what a person marked, by every way in which its sides may be named: those of the image.
    """

    head_up: bool | None
    marked: tuple[Landmarks, ...]


class _Way(NamedTuple):
    """One way to look at the image: upright or turned by half a turn, and with which names of the sides."""

    upright: bool
    square: Square
    maps: LandmarkMaps
    near: Neighbourhoods
    fit: Fit
    score: float
    marked: Landmarks


def seek(landmarks: Landmarks, orientation: Orientation, picture: Picture, settings: Settings) -> Search:
    """Return the landmarks that nobody marked, and those that somebody did where they were marked.

    All six junctions marked leave nothing to search for; a single landmark does not say where the others lie
    and is left alone. Sides of the outcome are the image's.

    Args:
        landmarks: what a person marked; with the patient's sides where these are known.
        orientation: which side of the image is which, and where the head lies.
        picture: what is looked at.
        settings: how sure it has to be, which views are frontal, and how well a person marks.
    """
    marked = landmarks.junctions()
    if len(landmarks.points) == 1 or all(
        sum(level == name for level, _ in marked) == 2 for name in ASSESSED_LEVELS
    ):
        return Search(landmarks, None)
    named = _image_sides(landmarks, orientation.patient_left)
    return find_landmarks(picture, Hints(orientation.head_at_top, named), settings)


def _image_sides(landmarks: Landmarks, patient_left: PatientLeft) -> tuple[Landmarks, ...]:
    """The landmarks by the sides of the image; both ways where only the patient's sides are known."""
    if any(p.side in ("left", "right") for p in landmarks.points) and patient_left == "unknown":
        ways: tuple[PatientLeft, ...] = ("image left", "image right")
    else:
        ways = (patient_left,)
    named = []
    for way in ways:
        image = {side: name for name, side in sides_of(way).items()}
        points = tuple(
            replace(p, side=image.get(p.side, p.side))  # type: ignore[arg-type]
            for p in landmarks.points
        )
        named.append(replace(landmarks, points=points))
    return tuple(named)


def find_landmarks(picture: Picture, hints: Hints, settings: Settings) -> Search:
    """Return the landmarks of a frontal view of the lumbar spine.

    Without marked landmarks it answers only where it recognises a frontal view, a spine that holds together
    and the levels; with two or more marked ones it completes them.

    Args:
        picture: what is looked at.
        hints: what is known beforehand.
        settings: how sure it has to be, which views are frontal, and how well a person marks.

    Returns:
        The landmarks, each with its standard deviation, together with their joint covariance; or none and the
        reason. Marked landmarks keep their places. Flags: ``landmarks-detected``, ``landmarks-completed``,
        ``level-uncertain``, ``landmarks-not-found``.
    """
    ways = (True, False) if hints.head_up is None else (hints.head_up,)
    tries = [t for upright in ways for marked in hints.marked if (t := _try(picture, marked, upright))]
    if not tries:
        marked = hints.marked[0]
        return Search(marked, None, "no spine stands out", ("landmarks-not-found",), not marked.points)
    best = max(tries, key=_likely)
    by_person = bool(best.marked.points)
    sure = 1.0 if by_person else level_probability(best.near, best.fit, settings.detect)
    rotation = rotation_of(spine_shape(), best.fit.pose, best.fit.sightings)
    view = _view(best, sure, rotation, settings.detect)
    usual = best.upright or hints.head_up is False
    confidence = Confidence(best.maps, best.fit, best.score, sure, usual, rotation)
    judged = judge_view(confidence, by_person, settings)
    if judged.reason:
        elsewhere = is_elsewhere(view.answerable, best.score, settings.detect)
        return Search(best.marked, view, *judged, elsewhere)
    return Search(_reported(best, settings), view, "", judged.flags)


def _view(best: _Way, sure: float, rotation: Rotation | None, settings: DetectSettings) -> View:
    rotation = told(rotation, settings)
    # half a turn of the picture exchanges its sides
    hand = 1 if best.upright else -1
    return View(
        answerable=best.maps.answerable,
        agreement=agreement(best.score),
        level_probability=sure,
        head_up=best.upright,
        rotation_deg=None if rotation is None else hand * rotation.degrees,
        rotation_sd_deg=None if rotation is None else rotation.sd_degrees,
    )


def looks_elsewhere(picture: Picture, head_up: bool | None, settings: DetectSettings) -> bool:
    """Return whether an image looks like another part of the body, whatever a person marked on it.

    Args:
        picture: what is looked at.
        head_up: whether the head lies at the top; ``None`` where nothing says it.
        settings: below which probabilities neither the view nor the maps speak for a spine.
    """
    ways = (True, False) if head_up is None else (head_up,)
    # one by one: the usual way nearly always shows a spine
    tries = (one for upright in ways if (one := _try(picture, Landmarks("none"), upright)))
    return all(is_elsewhere(one.maps.answerable, one.score, settings) for one in tries)


def _likely(one: _Way) -> float:
    """How likely this way to look at the image is: by the maps, the network's view, and what is usual."""
    usual = 1 - HEAD_DOWN_SHARE if one.upright else HEAD_DOWN_SHARE
    return float(MAPS_COUNT * one.score + np.log(one.maps.answerable + 1e-3) + np.log(usual))


def _try(picture: Picture, marked: Landmarks, upright: bool) -> _Way | None:
    image, inside = picture
    if not upright:
        image, inside = image[::-1, ::-1], inside[::-1, ::-1]
    square = seen_square(image, inside)
    maps = read_maps(channels_of(square))
    near, shape = neighbourhoods(maps.where), spine_shape()
    sightings = _sightings(marked, square, (image.shape[0], image.shape[1]), upright)
    pose = _first_pose(near, sightings)
    if pose is None or not possible(pose):
        return None
    fit = fit_shape(maps.where, shape, pose, sightings)
    return _Way(upright, square, maps, near, fit, score_of(near, fit.belief.points), marked)


def _first_pose(near: Neighbourhoods, sightings: tuple[Sighting, ...]) -> Pose | None:
    """By the marked landmarks where two differ, else by the maps."""
    shape = spine_shape()
    numbers = [s.k for s in sightings]
    # marks of one and the same landmark fix neither size nor turn, and the fit would divide by 0
    if len(numbers) >= 2 and float(np.ptp(shape.mean[numbers], axis=0).max()) > 0:
        return pose_through(shape, numbers, np.stack([s.at for s in sightings]))
    proposal = propose(near, shape)
    return None if proposal is None else proposal.pose


def _sightings(
    marked: Landmarks, square: Square, size: tuple[int, int], upright: bool
) -> tuple[Sighting, ...]:
    """Marked landmarks that the shape knows, in points of the upright picture."""
    found = []
    for point in marked.points:
        k = _number(point, upright)
        if k is None:
            continue
        at = np.array([[point.row, point.column]])
        at = at if upright else np.array(size) - 1 - at
        sd = (point.sd_px or GIVEN_SD_PX) / square.px_per_point
        found.append(Sighting(k, square.to_square(at)[0], max(sd, 0.2) ** 2 * np.eye(2)))
    return tuple(found)


def _number(point: Landmark, upright: bool) -> int | None:
    kinds = {name: kind for kind, name in KIND_NAMES.items()}
    side = {"image left": "left", "image right": "right"}.get(point.side)
    if point.kind not in kinds or side is None:
        return None
    if not upright:
        side = "right" if side == "left" else "left"
    name = f"{kinds[point.kind]}_{point.level}_{side}"
    return CHANNELS.index(name) if name in CHANNELS else None


def _reported(best: _Way, settings: Settings) -> Landmarks:
    """The points that are stood behind, by channel, then marked ones of no channel; their covariance."""
    taken = {(p.level, p.side, p.kind): p for p in best.marked.points}
    belief, pose = best.fit.belief, best.fit.pose
    places = _pixels(belief.points, best)
    kept: list[int | None] = []
    points: list[Landmark] = []
    for k, name in enumerate(CHANNELS):
        kind, level, side = name.split("_")
        if not _stood_behind(k, kind, level, best, settings.detect):
            continue
        site: Site = (level, _image_side(side, best.upright))  # type: ignore[assignment]
        key = (*site, KIND_NAMES[kind])
        if key in taken:
            points.append(taken.pop(key))
            kept.append(k)
            continue
        variance = settings.detect.inflation**2 * belief.covariance_of(k) + (
            settings.detect.least_sd_reference_mm * pose.scale
        ) ** 2 * np.eye(2)
        sd = float(np.sqrt(np.trace(variance) / 2)) * best.square.px_per_point
        row, column = (float(x) for x in places[k])
        points.append(Landmark(*site, KIND_NAMES[kind], row, column, sd, found=True))
        kept.append(k)
    points += list(taken.values())
    kept += [None] * len(taken)
    origin: Literal["corrected", "detected"] = "corrected" if best.marked.points else "detected"
    covariance = _covariance(kept, points, best, settings)
    marked = best.marked
    return Landmarks(origin, tuple(points), marked.frames, marked.made_by, covariance)


def _stood_behind(k: int, kind: str, level: str, best: _Way, settings: DetectSettings) -> bool:
    """Junctions whose place is known well enough; of the rest those that are seen, too."""
    if kind not in KIND_NAMES:
        return False
    if kind == "junction" and level not in (*ASSESSED_LEVELS, "S1"):
        return False
    sd = float(np.sqrt(np.trace(best.fit.belief.covariance_of(k)) / 2)) / best.fit.pose.scale
    if sd > settings.most_sd_reference_mm:
        return False
    if kind == "junction" and level in ASSESSED_LEVELS:
        return True
    return bool(best.fit.seen[k] >= LEAST_SEEN and level in (*ASSESSED_LEVELS, "S1"))


def _image_side(side: str, upright: bool) -> Side:
    """The side of the stored image that a channel's side lies on."""
    on_left = (side == "left") == upright
    return "image left" if on_left else "image right"


def _pixels(points: Vector, best: _Way) -> Vector:
    at = best.square.to_pixels(points)
    if best.upright:
        return at
    # the turned picture has the size of the stored one: the last pixel comes first
    rows, columns = best.square.full_size
    result: Vector = np.array([rows - 1, columns - 1]) - at
    return result


def _covariance(
    kept: list[int | None], points: list[Landmark], best: _Way, settings: Settings
) -> NDArray[np.float64]:
    """(2P, 2P) in square pixels: of the belief, widened; of marked points their own, free of the others."""
    count, px = len(points), best.square.px_per_point
    found = np.zeros((2 * count, 2 * count))
    scale = best.fit.pose.scale
    wide = settings.detect.inflation**2 * best.fit.belief.covariance * px**2
    own = (settings.detect.least_sd_reference_mm * scale * px) ** 2
    for i, a in enumerate(kept):
        for j, b in enumerate(kept):
            if a is None or b is None or not (points[i].found and points[j].found):
                continue
            block = wide[2 * a : 2 * a + 2, 2 * b : 2 * b + 2]
            found[2 * i : 2 * i + 2, 2 * j : 2 * j + 2] = block + (own * np.eye(2) if i == j else 0)
    for i, point in enumerate(points):
        # what was found has some variance always: where there is none yet the point was marked
        if not found[2 * i, 2 * i]:
            sd = settings.cover.given_sd_reference_mm * scale * px if point.sd_px is None else point.sd_px
            found[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = sd**2 * np.eye(2)
    return found
