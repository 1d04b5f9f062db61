"""The small networks, a door to onnxruntime: contrast from bone, contrast from what moved, and landmarks.

U-Nets [1], and one of convolutions only, in ONNX files of the package. ``training/single_image/train.py``,
``train_candidates.py``, ``train_changes.py`` and ``train_landmarks.py`` train them;
``docs/single-image-model.md``, ``docs/change-model.md`` and ``docs/landmarks.md`` are their model cards.

References:
    [1] Ronneberger, Fischer, Brox. U-Net. MICCAI 2015, LNCS 9351:234.
"""

from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

WEIGHTS = "single_image.onnx"
CANDIDATE_WEIGHTS = "candidate.onnx"
CHANGE_WEIGHTS = "change.onnx"
LANDMARK_WEIGHTS = "landmarks.onnx"
LEAST = np.float32(1e-6)
"""Probabilities are kept this far from 0 and 1, so that their odds are finite."""
NEAR_CHANNELS = 5
"""Channels of the near view of a candidate."""
UNIT_PX = 8
"""Sides of the input are padded to a multiple of this: the network halves them three times."""

_Array = NDArray[np.float32]


def contrast_scores(channels: _Array) -> _Array:
    """Return three answers for each pixel of (3, R, C) input channels, (3, R, C), as logarithms of odds.

    Definition: the network's answers on the image as it is, mirrored and upside down. The probability that
    counts is the one whose odds are the geometric mean of theirs, the mean of the scores. What is contrast is
    so in a mirror as well; of what is none the network is seldom convinced three times.
    """
    answers = [
        turned(contrast_answer(np.ascontiguousarray(turned(channels))))
        for turned in (_as_it_is, _mirrored, _upside_down)
    ]
    return _log_odds(np.stack(answers))


def contrast_answer(channels: _Array) -> _Array:
    """Return the network's answer for each pixel of (3, R, C) input channels, (R, C), in [0, 1].

    Definition: the logistic function of its score, beyond whose input lies a border of zeros.
    """
    return _probability(WEIGHTS, channels)


def _as_it_is(image: _Array) -> _Array:
    return image


def _mirrored(image: _Array) -> _Array:
    return image[..., ::-1]


def _upside_down(image: _Array) -> _Array:
    return image[..., ::-1, :]


def candidate_probability(views: _Array) -> float:
    """Return the probability that an area is contrast, in [0, 1], from its two views, (9, 64, 64).

    Definition: of four answers of the second network, to the near and the wide view of
    ``candidate.candidate_views`` as they are, mirrored, upside down and both, the probability whose odds are
    the geometric mean of theirs.
    """
    seen = [views, _mirrored(views), _upside_down(views), _upside_down(_mirrored(views))]
    scores = [_log_odds(_candidate_answer(np.ascontiguousarray(turned))) for turned in seen]
    return float(1 / (1 + np.exp(-np.mean(scores))))


def _candidate_answer(views: _Array) -> _Array:
    parts = {"near": views[None, :NEAR_CHANNELS], "wide": views[None, NEAR_CHANNELS:]}
    (probability,) = _session(CANDIDATE_WEIGHTS).run(["probability"], parts)
    answer: _Array = probability[0, 0]
    return answer


def _log_odds(probability: _Array) -> _Array:
    bounded = np.clip(probability, LEAST, 1 - LEAST)
    found: _Array = np.log(bounded / (1 - bounded)).astype(np.float32)
    return found


def change_probability(channels: _Array) -> _Array:
    """Return the probability that what changed is contrast, (R, C), from (7, R, C) channels, in [0, 1].

    Definition: as for ``contrast_answer``.
    """
    return _probability(CHANGE_WEIGHTS, channels)


def _probability(weights: str, channels: _Array) -> _Array:
    rows, columns = channels.shape[1:]
    padding = ((0, 0), (0, -rows % UNIT_PX), (0, -columns % UNIT_PX))
    padded = np.pad(channels.astype(np.float32, copy=False), padding)
    (probability,) = _session(weights).run(["probability"], {"channels": padded[None]})
    found: _Array = np.ascontiguousarray(probability[0, 0, :rows, :columns])
    return found


def landmark_answer(channels: _Array) -> tuple[_Array, _Array]:
    """Return what the landmark network says of (3, S, S) channels.

    Returns:
        For each landmark (K, M·M + 1) the probabilities of the cells of its map and, last, of its absence;
        and (1,) the logit of a frontal lumbar view.
    """
    where, view = _session(LANDMARK_WEIGHTS).run(["where", "view"], {"channels": channels[None]})
    return where[0], view[0]


@lru_cache(maxsize=4)
def _session(weights: str) -> "InferenceSession":
    return session_of(resources.files("spreadscan.networks").joinpath(weights).read_bytes())


def session_of(model: bytes) -> "InferenceSession":
    """Return a session for an ONNX model, on one thread: sums are then taken in one order on every machine.

    onnxruntime is imported here, so that only images without a baseline wait for it.
    """
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # no telling of what the machine lacks
    return InferenceSession(model, options, providers=["CPUExecutionProvider"])
