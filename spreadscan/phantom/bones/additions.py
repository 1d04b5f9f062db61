"""What else absorbs near the bones: implants of metal, and calcified plaques of the aorta.

They are placed by landmarks alone, so that they suit bones of any origin. All sizes are those of common
products or assumptions.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from spreadscan.frozen import Vector
from spreadscan.phantom.bones.rods import plaque, rod
from spreadscan.phantom.values import Surface

Landmarks = Mapping[str, Vector]

SCREW_MM = (45.0, 3.1, 2.5)
"""Length of a pedicle screw, radius over its threads and between them (6.2 mm screw)."""
HEAD_MM = (12.0, 5.5)
"""Length and radius of its head."""
ROD_RADIUS_MM = 2.75
PIN_MM = (8.0, 0.7)
"""Length and radius of the tantalum markers of a cage of plastic."""
MOST_PLAQUES = 45
AORTA_RADIUS_MM, ILIAC_RADIUS_MM = 8.5, 5.0


class _Body(NamedTuple):
    """A vertebral body: its middle, its axes (unit vectors) and half its width."""

    middle: Vector
    left: Vector
    back: Vector
    up: Vector
    half_width: float


def implants(names: Sequence[str], landmarks: Landmarks, rng: np.random.Generator) -> tuple[Surface, ...]:
    """Return the metal: ``clips``, ``screws-L4``, ``screws-L5``, ``cage-L4/5``, ``cage-L5/S1``.

    Screws of both levels are joined by rods. Of a cage only its markers absorb.
    """
    found: list[Surface] = []
    levels = [name.removeprefix("screws-") for name in names if name.startswith("screws-")]
    heads = {(level, side): _screw_axis(level, side, landmarks) for level in sorted(levels) for side in "LR"}
    for tip, seat in heads.values():
        found += _screw(tip, seat)
    for side in "LR":
        if ("L4", side) in heads and ("L5", side) in heads:
            found.append(_between(_head(*heads["L4", side]), _head(*heads["L5", side])))
    if "cage-L4/5" in names:
        found += _cage("L4", "L5", landmarks)
    if "cage-L5/S1" in names:
        found += _cage("L5", None, landmarks)
    if "clips" in names:
        found += _clips(landmarks, rng)
    return tuple(found)


def calcified_aorta(amount: float, landmarks: Landmarks, rng: np.random.Generator) -> tuple[Surface, ...]:
    """Return plaques on the wall of the aorta and, below L4, of both common iliac arteries.

    Args:
        amount: 0 none to 1 heavy.
        landmarks: of the bones.
        rng: draws place, outline and thickness of each.
    """
    count = round(MOST_PLAQUES * amount)
    if count == 0:
        return ()
    arteries = _arteries(landmarks)
    found = []
    for _ in range(count):
        which, place = rng.integers(0, 8), rng.uniform()
        if which < 6:
            # most plaques lie near the bifurcation
            found.append(_plaque_on(arteries.aorta, AORTA_RADIUS_MM, place**0.6, rng))
        else:
            found.append(_plaque_on(arteries.iliacs[which - 6], ILIAC_RADIUS_MM, place, rng))
    return tuple(found)


def body_marks(level: str) -> set[str]:
    """Return the names of the landmarks by which things are placed at a level."""
    corners = {f"body_{level}_{mark}" for mark in ("supL", "supR", "infL", "infR")}
    return corners | {f"pedicle_{level}_L", f"pedicle_{level}_R"}


def _body(level: str, landmarks: Landmarks) -> _Body:
    corners = {mark: landmarks[f"body_{level}_{mark}"] for mark in ("supL", "supR", "infL", "infR")}
    upper, lower = (corners["supL"] + corners["supR"]) / 2, (corners["infL"] + corners["infR"]) / 2
    up = _unit(upper - lower)
    across = landmarks[f"pedicle_{level}_L"] - landmarks[f"pedicle_{level}_R"]
    left = _unit(across - up * (across @ up))
    back = np.cross(up, left)
    back = back if back[1] > 0 else -back
    half = float(np.linalg.norm(corners["supL"] - corners["supR"]) / 2)
    pedicles = (landmarks[f"pedicle_{level}_L"] + landmarks[f"pedicle_{level}_R"]) / 2
    # the depth of a body is about 0.7 of its width; pedicles lie about 3 mm behind it
    middle = (upper + lower) / 2
    middle = middle + back * ((pedicles - middle) @ back - 3 - 0.7 * half)
    return _Body(middle, left, back, up, half)


def _screw_axis(level: str, side: str, landmarks: Landmarks) -> tuple[Vector, Vector]:
    """Tip of a screw in the body and the seat of its head behind the pedicle."""
    body, pedicle = _body(level, landmarks), landmarks[f"pedicle_{level}_{side}"]
    outwards = body.left * (1 if side == "L" else -1)
    towards = _unit(body.middle + 0.45 * body.half_width * outwards + 2 * body.up - pedicle)
    seat = pedicle - 17 * towards
    return seat + SCREW_MM[0] * towards, seat


def _screw(tip: Vector, seat: Vector) -> list[Surface]:
    axis, turns = _unit(seat - tip), round(SCREW_MM[0] / 1.25)
    share = np.linspace(0, 1, turns)
    threads = np.where(np.arange(turns) % 2 == 0, SCREW_MM[1], SCREW_MM[2]) * np.clip(0.45 + 4 * share, 0, 1)
    shaft = rod(tip + share[:, None] * (seat - tip), threads)
    return [shaft, rod(np.stack([seat, seat + HEAD_MM[0] * axis]), (HEAD_MM[1],) * 2, 16)]


def _head(tip: Vector, seat: Vector) -> Vector:
    """The middle of a screw's head."""
    middle: Vector = seat + HEAD_MM[0] * 0.55 * _unit(seat - tip)
    return middle


def _between(upper: Vector, lower: Vector) -> Surface:
    """The rod from head to head, without what lies inside them."""
    axis = _unit(lower - upper)
    ends = upper + HEAD_MM[1] * axis, lower - HEAD_MM[1] * axis
    return rod(np.linspace(*ends, 8), (ROD_RADIUS_MM,) * 8)


def _cage(upper: str, lower: str | None, landmarks: Landmarks) -> list[Surface]:
    """Four upright markers at the corners of a cage in the middle of the disc."""
    above = _body(upper, landmarks)
    floor = (landmarks[f"body_{upper}_infL"] + landmarks[f"body_{upper}_infR"]) / 2
    if lower is None:
        middle = floor - 7 * above.up
    else:
        middle = (floor + (landmarks[f"body_{lower}_supL"] + landmarks[f"body_{lower}_supR"]) / 2) / 2
    middle = middle + above.back * ((above.middle - middle) @ above.back)
    found = []
    for across, deep in ((-11, -6), (11, -6), (-11, 8), (11, 8)):
        at = middle + across * above.left + deep * above.back
        ends = at - PIN_MM[0] / 2 * above.up, at + PIN_MM[0] / 2 * above.up
        found.append(rod(np.stack(ends), (PIN_MM[1],) * 2, 10))
    return found


def _clips(landmarks: Landmarks, rng: np.random.Generator) -> list[Surface]:
    """Three to six surgical clips right and before L2, as after a cholecystectomy."""
    body = _body("L2", landmarks)
    centre = body.middle - 38 * body.left - 45 * body.back
    found = []
    for _ in range(int(rng.integers(3, 7))):
        turn, _ = np.linalg.qr(rng.standard_normal((3, 3)))
        bow = np.array([[-1.2, 0, 0], [-1.2, 7, 0], [-0.6, 8, 0], [0.6, 8, 0], [1.2, 7, 0], [1.2, 0, 0]])
        at = centre + rng.normal(0, [9, 8, 9])
        found.append(rod(at + bow @ turn.T, (0.45,) * len(bow), 8))
    return found


class _Arteries(NamedTuple):
    """Courses (K, 3) of the aorta and of the left and right common iliac artery."""

    aorta: Vector
    iliacs: tuple[Vector, Vector]


def _arteries(landmarks: Landmarks) -> _Arteries:
    """Courses of the arteries: left before the bodies, dividing below the lower plate of L4."""
    levels = [level for level in ("L1", "L2", "L3", "L4") if body_marks(level) <= set(landmarks)]
    bodies = [_body(level, landmarks) for level in levels]
    depth = [0.7 * body.half_width + AORTA_RADIUS_MM + 4 for body in bodies]
    aorta = [body.middle - far * body.back + 9 * body.left for body, far in zip(bodies, depth, strict=True)]
    fork = aorta[-1] - 12 * bodies[-1].up - 4 * bodies[-1].left
    ends = [landmarks[f"junction_S1_{side}"] - 42 * bodies[-1].back - 22 * bodies[-1].up for side in "LR"]
    left, right = (np.linspace(fork, end, 12) for end in ends)
    course = np.stack([*aorta, fork])
    known, fine = np.linspace(0, 1, len(course)), np.linspace(0, 1, 30)
    smooth = np.stack([np.interp(fine, known, course[:, axis]) for axis in range(3)], axis=1)
    return _Arteries(smooth, (left, right))


def _plaque_on(course: Vector, radius_mm: float, place: float, rng: np.random.Generator) -> Surface:
    """An irregular patch on the wall of a vessel, thickest in the middle."""
    at = np.array([np.interp(place, np.linspace(0, 1, len(course)), course[:, axis]) for axis in range(3)])
    along = _unit(course[-1] - course[0])
    side = _unit(np.cross(along, [0.0, 1.0, 0.3]))
    ahead = np.cross(side, along)
    angle, half = rng.uniform(0, 2 * np.pi), rng.uniform([1.2, 1.5], [4.5, 8.0])
    thick, phase = rng.uniform(0.5, 1.8), rng.uniform(0, 2 * np.pi, 3)
    turn = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    outline = 1 + 0.22 * np.sin(2 * turn + phase[0]) + 0.18 * np.sin(3 * turn + phase[1])
    reach = np.array([0.2, 0.5, 0.8, 1.0])[:, None] * outline
    theta = angle + reach * half[0] * np.cos(turn) / radius_mm
    up = reach * half[1] * np.sin(turn)
    height = thick * np.array([1.0, 0.85, 0.5, 0.0])[:, None] * (1 + 0.3 * np.sin(turn + phase[2]))

    def wall(distance: Vector) -> Vector:
        around = np.cos(theta)[..., None] * side + np.sin(theta)[..., None] * ahead
        surface: Vector = at + distance[..., None] * around + up[..., None] * along
        return surface

    return plaque(wall(radius_mm + height), wall(np.full_like(theta, radius_mm))[:-1])


def _unit(direction: Vector) -> Vector:
    unit: Vector = direction / np.linalg.norm(direction)
    return unit
