"""Areas of a single image that may be contrast, as a second network sees them: near and in the whole.

The first network (``single_image.contrast_answer``) judges every place by what lies about it. The second one
judges an area as a whole, with the three answers of the first one and with the anatomy of both sides.
``training/candidate/train.py`` trains it; ``docs/single-image-model.md`` is its model card too.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from spreadscan.frozen import BoolArray, Image
from spreadscan.networks.grid import log_odds, mirrored, upside_down
from spreadscan.networks.session import outputs
from spreadscan.settings import EstimateSettings

WEIGHTS = "candidate.onnx"
SIDE = 64
"""Points along the sides of both views."""
COARSE = 3
"""Points of the wide view are so many times as far apart as those of the near one."""
CHANNELS, NEAR_CHANNELS = 9, 5
"""Channels of both views, and those of the near one, which come first."""
SCORE_UNIT = 4.0
"""Scores (logits) of the first network are given in this unit, so that all channels are of one size."""


class Candidates(NamedTuple):
    """Connected areas above a limit.

    Attributes:
        labels: (r, c) the number of the area, 0 outside all.
        numbers: of those that are looked at.
    """

    labels: NDArray[np.int32]
    numbers: tuple[int, ...]


def candidates_of(answers: Image, inside: BoolArray, settings: EstimateSettings) -> Candidates:
    """Return the connected areas of the field where the first network sees contrast.

    Args:
        answers: (K, r, c) its scores.
        inside: (r, c) the field.
        settings: ``limit_probability`` bounds an area; of those that reach ``asked_probability`` somewhere
            the second network is asked.
    """
    score = np.where(inside, answers.mean(0), -np.inf)
    above = score > _log_odds(settings.limit_probability)
    _, labels = cv2.connectedComponents(above.astype(np.uint8), connectivity=4)
    asked = np.unique(labels[above & (score > _log_odds(settings.asked_probability))])
    return Candidates(np.asarray(labels, np.int32), tuple(int(number) for number in asked))


def _log_odds(probability: float) -> float:
    return math.log(probability / (1 - probability))


def candidate_views(channels: Image, answers: Image, found: Candidates) -> Image:
    """Return what the second network sees of each candidate, (N, 9, 64, 64).

    Near, with points as on the first network's grid: attenuation freed of a wide and of a narrow background,
    mean and spread of the scores, the area. With its surroundings, points three times as far apart: the first
    of these, the field, the mean of the scores, the area. The centre is that of the area.

    Args:
        channels: (3, r, c) what the first network saw.
        answers: (K, r, c) its scores.
        found: the candidates.
    """
    score = np.clip(answers.mean(0), -8, 8) / np.float32(SCORE_UNIT)
    spread = np.clip(answers.std(0), 0, 8) / np.float32(SCORE_UNIT)
    wide, narrow, field = channels
    score = score * field
    near = [wide, narrow, score, spread * field]
    far = [_coarser(image) for image in (wide, field, score)]
    views = []
    for number in found.numbers:
        area = (found.labels == number).astype(np.float32)
        row, column = (float(places.mean()) for places in np.nonzero(area))
        centre = (row, column)
        # blocks and pixels share their corners, not their middles
        coarse = ((row + 0.5) / COARSE - 0.5, (column + 0.5) / COARSE - 0.5)
        views.append([*_cut((*near, area), centre), *_cut((*far, _coarser(area)), coarse)])
    return np.asarray(views, np.float32).reshape(-1, CHANNELS, SIDE, SIDE)


def candidate_probability(views: Image) -> float:
    """Return the probability that an area is contrast, in [0, 1], from its two views, (9, 64, 64).

    Definition: of four answers of the network, to the near and the wide view of ``candidate_views`` as they
    are, mirrored, upside down and both, the probability whose odds are the geometric mean of theirs.
    """
    seen = [views, mirrored(views), upside_down(views), upside_down(mirrored(views))]
    scores = [log_odds(_answer(np.ascontiguousarray(turned))) for turned in seen]
    return float(1 / (1 + np.exp(-np.mean(scores))))


def _answer(views: Image) -> Image:
    parts = {"near": views[None, :NEAR_CHANNELS], "wide": views[None, NEAR_CHANNELS:]}
    found: Image = outputs(WEIGHTS, ("probability",), parts)[0][0, 0]
    return found


def _coarser(image: Image) -> Image:
    """The mean over blocks; what is left over at the far edges counts with zeros."""
    rows, columns = image.shape
    padded = np.pad(image, ((0, -rows % COARSE), (0, -columns % COARSE)))
    size = (padded.shape[1] // COARSE, padded.shape[0] // COARSE)
    return np.asarray(cv2.resize(padded, size, interpolation=cv2.INTER_AREA), np.float32)


def _cut(images: Sequence[Image], centre: tuple[float, float]) -> list[Image]:
    """The parts of images about a place, zeros beyond their edges."""
    first = [round(at) - SIDE // 2 for at in centre]
    parts = []
    for image in images:
        part = np.zeros((SIDE, SIDE), np.float32)
        inside = [slice(max(0, f), max(0, min(n, f + SIDE))) for f, n in zip(first, image.shape, strict=True)]
        there = [slice(i.start - f, max(i.start, i.stop) - f) for i, f in zip(inside, first, strict=True)]
        part[there[0], there[1]] = image[inside[0], inside[1]]
        parts.append(part)
    return parts
