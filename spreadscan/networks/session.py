"""The door to onnxruntime: one session for each weights file, padded inputs, the same bytes on any machine.

References:
    [1] Ronneberger, Fischer, Brox. U-Net. MICCAI 2015, LNCS 9351:234.
"""

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

from spreadscan.frozen import Image
from spreadscan.threads import thread_count

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

UNIT_PX = 8
"""Sides of the input of a U-Net [1] are padded to a multiple of this: it halves them three times."""


def probability_map(weights: str, channels: Image) -> Image:
    """Return what a U-Net answers for each pixel of (K, R, C) input channels, (R, C), in [0, 1].

    Definition: the logistic function of its score, beyond whose input lies a border of zeros.

    Args:
        weights: name of its file in this package.
        channels: what it sees.
    """
    rows, columns = channels.shape[1:]
    padding = ((0, 0), (0, -rows % UNIT_PX), (0, -columns % UNIT_PX))
    padded = np.pad(channels.astype(np.float32, copy=False), padding)
    probability = outputs(weights, ("probability",), {"channels": padded[None]})[0]
    found: Image = np.ascontiguousarray(probability[0, 0, :rows, :columns])
    return found


def outputs(weights: str, wanted: tuple[str, ...], seen: Mapping[str, Image]) -> list[Image]:
    """Return the outputs that are wanted of a network, in their order.

    Args:
        weights: name of its file in this package.
        wanted: names of the outputs.
        seen: its inputs by name.
    """
    found: list[Image] = _session(weights).run(list(wanted), dict(seen))
    return found


@lru_cache(maxsize=4)
def _session(weights: str) -> "InferenceSession":
    return session_of(resources.files("spreadscan.networks").joinpath(weights).read_bytes(), thread_count())


def session_of(model: bytes, threads: int = 1) -> "InferenceSession":
    """Return a session for an ONNX model; its answers do not depend on the number of threads.

    Threads share the places of an output among themselves; the sum for each place is taken by one of them, in
    one order (tested). onnxruntime is imported here, so that only images without a baseline wait for it.

    Args:
        model: the file.
        threads: of one convolution.
    """
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    # a thread that has nothing to do would else keep its core busy until the next layer
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3  # no telling of what the machine lacks
    return InferenceSession(model, options, providers=["CPUExecutionProvider"])
