"""How far an answer can be trusted: whether it shows a frontal spine, and whether the levels are right."""

from typing import NamedTuple

import numpy as np

from spreadscan.detect.consensus import FLOOR, Neighbourhoods
from spreadscan.detect.fit import Fit
from spreadscan.detect.maps import CHANNELS, LandmarkMaps
from spreadscan.detect.rotation import Rotation
from spreadscan.frozen import Vector
from spreadscan.settings import DetectSettings, Settings

NAMING = tuple(
    k
    for k, name in enumerate(CHANNELS)
    if name.startswith(("junction", "pedicle")) and name.split("_")[1] in ("L3", "L4", "L5")
)
"""Landmarks whose maps say which level is which."""
_ORDER = ("L2", "L3", "L4", "L5", "S1")


class Confidence(NamedTuple):
    """What an answer rests on.

    Attributes:
        maps: of the network.
        fit: the spine laid into them.
        score: mean over the voters of ln of the probability that their maps give to their places.
        level_probability: that the levels are named rightly.
        usual_way_up: whether the head lies at the top, or where the file says it lies.
        rotation: how far the spine is turned, where that can be told.
    """

    maps: LandmarkMaps
    fit: Fit
    score: float
    level_probability: float
    usual_way_up: bool = True
    rotation: Rotation | None = None


class Judged(NamedTuple):
    """Why there is no answer, empty where there is one, and the flags to raise."""

    reason: str
    flags: tuple[str, ...]


def level_probability(near: Neighbourhoods, fit: Fit, settings: DetectSettings | None = None) -> float:
    """Return the probability that the levels are named rightly, against being one too high or too low.

    Definition: s_h / Σ s with s_h = exp(t · Σ ln(FLOOR + (1 - FLOOR) · p)), over the landmarks of L3 to L5,
    p the probability that their maps give to the place of the same landmark h levels lower, and t a weight,
    since the maps agree too readily with each other.
    """
    weight = (settings or DetectSettings()).level_weight
    scores = []
    for shift in (-1, 0, 1):
        total = 0.0
        for k in NAMING:
            place = _place(k, shift, fit)
            p = 0.0 if place is None else float(near.at(place[None], (k,))[0])
            total += float(np.log(FLOOR + (1 - FLOOR) * p))
        scores.append(weight * total)
    likely = np.exp(np.array(scores) - max(scores))
    return float(likely[1] / likely.sum())


def _place(k: int, shift: int, fit: Fit) -> Vector | None:
    """Where the same kind of landmark lies some levels lower; ``None`` where the shape has none."""
    kind, level, side = CHANNELS[k].split("_")
    place = _ORDER.index(level) + shift
    name = f"{kind}_{_ORDER[place]}_{side}" if 0 <= place < len(_ORDER) else ""
    if name in CHANNELS:
        found: Vector = fit.belief.points[CHANNELS.index(name)]
        return found
    if kind == "pedicle" and level == "L5" and shift == 1:  # the sacrum has none: as far below L5 as L4 above
        own, above = CHANNELS.index(f"pedicle_L5_{side}"), CHANNELS.index(f"pedicle_L4_{side}")
        beyond: Vector = 2 * fit.belief.points[own] - fit.belief.points[above]
        return beyond
    return None


def judge_view(confidence: Confidence, marked: bool, settings: Settings) -> Judged:
    """Return whether to answer; landmarks that a person marked say what is seen and which level.

    A spine that is turned too far is no frontal view, whoever marked it.
    """
    none, sure = "landmarks-not-found", settings.detect
    rotation = told(confidence.rotation, sure)
    turned = turned_flags(rotation, settings)
    if marked:
        return Judged("", ("landmarks-completed", *turned))
    if rotation is not None and "view-oblique" in turned:
        return Judged(f"the spine is turned by about {abs(rotation.degrees):.0f} degrees", (none, *turned))
    answerable = confidence.maps.answerable
    least = sure.least_answerable_head_down
    if confidence.usual_way_up:
        # where rotation is measured the network need not be asked whether the view is frontal
        least = 0.0 if rotation is not None else sure.least_answerable
    trusted = trust(answerable, confidence.score) >= sure.least_trust
    if answerable < least or not (trusted or answerable >= sure.least_answerable):
        return Judged("this does not look like a frontal view of a lumbar spine", (none,))
    spine = agreement(confidence.score) >= sure.least_agreement and trusted
    if not spine or confidence.fit.strain > sure.most_strain:
        return Judged("the points that were found do not make a spine", (none,))
    if confidence.level_probability < sure.least_level_probability:
        reason = "the levels cannot be told: the sacrum is not seen well enough"
        return Judged(reason, (none, "level-uncertain"))
    return Judged("", ("landmarks-detected", *turned))


def turned_flags(rotation: Rotation | None, settings: Settings) -> tuple[str, ...]:
    """Return ``view-rotated`` or ``view-oblique`` where the spine is turned too far and that can be told."""
    rotation = told(rotation, settings.detect)
    if rotation is None:
        return ()
    degrees = abs(rotation.degrees)
    if degrees > settings.orient.refuse_rotation_deg:
        return ("view-oblique",)
    return ("view-rotated",) if degrees > settings.orient.warn_rotation_deg else ()


def told(rotation: Rotation | None, settings: DetectSettings) -> Rotation | None:
    """Return a rotation that is known well enough to be told, else ``None``."""
    known = rotation is not None and rotation.sd_degrees <= settings.most_rotation_sd_deg
    return rotation if known else None


def trust(answerable: float, score: float) -> float:
    """Return agreement · sqrt(answerable), 0 to 1: the points weigh more than what the whole looks like."""
    return agreement(score) * float(np.sqrt(answerable))


def agreement(score: float) -> float:
    """Return the geometric mean of the probabilities whose mean logarithm is the score, 0 to 1."""
    return float(np.exp(score))


def is_elsewhere(answerable: float, score: float, settings: DetectSettings) -> bool:
    """Return whether it looks like another part of the body: neither view nor maps speak for a spine."""
    return answerable < settings.elsewhere_answerable and agreement(score) < settings.least_agreement
