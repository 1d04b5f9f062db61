"""The small network that tells contrast from bone on a single image: a door to onnxruntime.

A U-Net [1] of four levels in an ONNX file of the package. ``benchmarks/train_single_image.py`` trains it;
``docs/single-image-model.md`` is its model card.

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
UNIT_PX = 8
"""Sides of the input are padded to a multiple of this: the network halves them three times."""

_Array = NDArray[np.float32]


def contrast_probability(channels: _Array) -> _Array:
    """Return the probability of contrast for each pixel, (R, C), from (3, R, C) input channels, in [0, 1].

    Definition: the logistic function of the network's score, beyond whose input lies a border of zeros.
    """
    rows, columns = channels.shape[1:]
    padding = ((0, 0), (0, -rows % UNIT_PX), (0, -columns % UNIT_PX))
    padded = np.pad(channels.astype(np.float32, copy=False), padding)
    (probability,) = _session().run(["probability"], {"channels": padded[None]})
    found: _Array = np.ascontiguousarray(probability[0, 0, :rows, :columns])
    return found


@lru_cache(maxsize=1)
def _session() -> "InferenceSession":
    return session_of(resources.files("spreadscan").joinpath(WEIGHTS).read_bytes())


def session_of(model: bytes) -> "InferenceSession":
    """Return a session for an ONNX model, on one thread: sums are then taken in one order on every machine.

    onnxruntime is imported here, so that only images without a baseline wait for it.
    """
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # no telling of what the machine lacks
    return InferenceSession(model, options, providers=["CPUExecutionProvider"])
