"""The small networks that tell contrast from bone on a single image, evaluated with numpy alone.

U-Nets of four levels, small enough for matrix products of numpy to evaluate them in a fraction of a second:
no deep-learning package has to be installed to use them. ``benchmarks/train_single_image.py`` trains them;
``docs/single-image-model.md`` is their model card.

References:
    [1] Ronneberger, Fischer, Brox. U-Net. MICCAI 2015, LNCS 9351:234.
"""

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

WEIGHTS = "single_image_weights.npz"
LEVELS = 4
"""Levels of resolution; sides of the input are padded to a multiple of 2 ** (LEVELS - 1)."""

_Array = NDArray[np.float32]


def contrast_probability(channels: _Array) -> _Array:
    """Return the probability of contrast for each pixel, (R, C), from (3, R, C) input channels.

    Definition: the logistic function of the mean score of the networks. Each learned from another renderer;
    together they depend less on the looks of either.
    """
    unit = 2 ** (LEVELS - 1)
    rows, columns = channels.shape[1:]
    padded = np.pad(channels, ((0, 0), (0, -rows % unit), (0, -columns % unit)))
    score: _Array = np.mean([_forward(padded, weights) for weights in _networks()], axis=0)
    return (1 / (1 + np.exp(-score[:rows, :columns]))).astype(np.float32)


def _forward(x: _Array, weights: Mapping[str, _Array]) -> _Array:
    kept = []
    for level in range(LEVELS):
        x = _block(x, f"down{level}", weights)
        if level < LEVELS - 1:
            kept.append(x)
            x = _halved(x)
    for level in reversed(range(LEVELS - 1)):
        x = _block(np.concatenate([_doubled(x), kept[level]]), f"up{level}", weights)
    score: _Array = np.tensordot(weights["out.w"], x, 1) + weights["out.b"]
    return score


def _block(x: _Array, name: str, weights: Mapping[str, _Array]) -> _Array:
    for part in "ab":
        x = np.maximum(_convolved(x, weights[f"{name}{part}.w"], weights[f"{name}{part}.b"]), 0)
    return x


def _convolved(x: _Array, kernel: _Array, bias: _Array) -> _Array:
    """Convolution by 3 × 3 kernels (out, in, 3, 3) with a border of zeros."""
    _, rows, columns = x.shape
    bordered = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    total = np.broadcast_to(bias[:, None], (len(bias), rows * columns)).copy()
    for row in range(3):
        for column in range(3):
            part = bordered[:, row : row + rows, column : column + columns]
            total += kernel[:, :, row, column] @ part.reshape(len(x), -1)
    return total.reshape(len(bias), rows, columns)


def _halved(x: _Array) -> _Array:
    channels, rows, columns = x.shape
    largest: _Array = x.reshape(channels, rows // 2, 2, columns // 2, 2).max(axis=(2, 4))
    return largest


def _doubled(x: _Array) -> _Array:
    return x.repeat(2, axis=1).repeat(2, axis=2)


@lru_cache(maxsize=1)
def _networks() -> tuple[Mapping[str, _Array], ...]:
    """The weights of each network, read once: constants, not state. In the file a network's number leads."""
    packed = resources.files("spreadscan").joinpath(WEIGHTS).read_bytes()
    with np.load(BytesIO(packed), allow_pickle=False) as stored:
        every = {name: stored[name].astype(np.float32) for name in stored.files}
    numbers = sorted({name.partition(".")[0] for name in every})
    return tuple(
        {name.partition(".")[2]: array for name, array in every.items() if name.startswith(f"{number}.")}
        for number in numbers
    )
