"""Time the networks for single images, cold and warm, the first beside the same layers as products of numpy.

    python -m benchmarks.speed.network_time [--mm 230]

The image is a square of that width on the network's grid. Cold is the first answer of a process: onnxruntime
imported, weights read, session made. Warm is the least of seven further answers. Times are processor seconds
of all threads, so that other work on the machine does not count.
"""

import argparse
import time
from collections.abc import Callable
from importlib import resources

import numpy as np
import onnx
from onnx import numpy_helper

from spreadscan.networks.candidate import CHANNELS, SIDE, candidate_probability
from spreadscan.networks.session import UNIT_PX
from spreadscan.networks.single_image import GRID_MM, WEIGHTS, contrast_answer


def by_matrix_products(channels: np.ndarray, weights: dict[str, np.ndarray]) -> np.ndarray:
    """Return the network's score, evaluated with numpy alone."""

    def convolved(x: np.ndarray, name: str) -> np.ndarray:
        kernel, bias = weights[f"{name}.w"], weights[f"{name}.b"]
        _, rows, columns = x.shape
        bordered = np.pad(x, ((0, 0), (1, 1), (1, 1)))
        total = np.broadcast_to(bias[:, None], (len(bias), rows * columns)).copy()
        for row in range(3):
            for column in range(3):
                part = bordered[:, row : row + rows, column : column + columns]
                total += kernel[:, :, row, column] @ part.reshape(len(x), -1)
        return np.maximum(total.reshape(len(bias), rows, columns), 0)

    x, kept = channels, []
    for level in range(4):
        x = convolved(convolved(x, f"down{level}a"), f"down{level}b")
        if level < 3:
            kept.append(x)
            x = x.reshape(len(x), x.shape[1] // 2, 2, x.shape[2] // 2, 2).max(axis=(2, 4))
    for level in (2, 1, 0):
        x = np.concatenate([x.repeat(2, axis=1).repeat(2, axis=2), kept[level]])
        x = convolved(convolved(x, f"up{level}a"), f"up{level}b")
    return np.tensordot(weights["out.w"][0, :, 0, 0], x, 1) + weights["out.b"]


def timed(answer: Callable[[], object]) -> tuple[float, float]:
    """Return the milliseconds of the first of eight answers, and the least of the others."""
    spent = []
    for _ in range(8):
        start = time.process_time()
        answer()
        spent.append(1000 * (time.process_time() - start))
    return spent[0], min(spent[1:])


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mm", type=float, default=230.0)
    side = UNIT_PX * round(parser.parse_args().mm / GRID_MM / UNIT_PX)
    channels = np.random.default_rng(1).normal(size=(3, side, side)).astype(np.float32)
    cold, warm = timed(lambda: contrast_answer(channels))
    print(f"{side} × {side} points: cold {cold:.0f} ms, warm {warm:.0f} ms")
    views = np.random.default_rng(1).normal(size=(CHANNELS, SIDE, SIDE)).astype(np.float32)
    cold, warm = timed(lambda: candidate_probability(views))
    print(f"an area: cold {cold:.0f} ms, warm {warm:.0f} ms for four answers")
    packed = resources.files("spreadscan.networks").joinpath(WEIGHTS).read_bytes()
    stored = onnx.load_from_string(packed).graph.initializer
    weights = {w.name: numpy_helper.to_array(w).astype(np.float32) for w in stored}
    start = time.process_time()
    score = by_matrix_products(channels, weights)
    spent = time.process_time() - start
    difference = np.abs(1 / (1 + np.exp(-score)) - contrast_answer(channels)).max()
    print(f"numpy {1000 * spent:.0f} ms, largest difference of the probabilities {difference:.1e}")


if __name__ == "__main__":
    main()
