"""Train the network that judges areas of a single image as a whole.

    python -m training.candidate.train POOL [POOL ...] --minutes 25 [--validate POOL ...]
        [--out FILE.onnx] [--log FILE] [--batch 64] [--jobs 1]

``training/candidate/samples.py`` draws the areas of the pools. Half of the samples are contrast, and every
pool is drawn from as often. Needs PyTorch as ``train_single_image.py`` does.
"""

import argparse
import sys
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from spreadscan.networks.candidate import WEIGHTS
from training.candidate.network import Judge, write_judge
from training.candidate.samples import STEPS, Pool, load_pool
from training.cases import Image
from training.loop import Batch, Lesson, add_options, train

NO_CONTRAST, CONTRAST = 0.05, 0.35
"""An area is contrast the more, the more of it is: not up to the first share, fully from the second on."""
SHIFTS_POINTS = (4, 2)
"""The near and the wide view are shifted by up to so many points."""
GAIN_SD, SCORE_SD, NOISE_SD = 0.15, 0.12, 0.25
"""Spreads of what is changed: gains of the images, the score as a whole, and noise on three in ten."""
BLIND = 0.15
"""Share of the samples without scores: the images must speak for themselves."""
_IMAGES, _SCORES = ((0, 1, 5), (2, 3, 7))
_FIELD, _NEAR = 6, 5


class Shelf:
    """The areas of each pool, those without contrast apart, to draw samples from."""

    def __init__(self, pools: list[Pool]) -> None:
        self.pools = pools
        self.truths = [
            np.clip((pool.share - NO_CONTRAST) / (CONTRAST - NO_CONTRAST), 0, 1).astype(np.float32)
            for pool in pools
        ]
        self.kinds = [(np.flatnonzero(t > 0.5), np.flatnonzero(t <= 0.5)) for t in self.truths]

    def draw(self, rng: np.random.Generator) -> tuple[Image, np.float32]:
        """Return a sample: the views of an area, changed at random, and how far it is contrast."""
        number = rng.integers(len(self.pools))
        wanted = self.kinds[number][rng.integers(2)]
        area = wanted[rng.integers(len(wanted))]
        views = self.pools[number].views[area].astype(np.float32) / np.float32(STEPS)
        return _varied(views, rng), self.truths[number][area]


def _varied(views: Image, rng: np.random.Generator) -> Image:
    """Mirrored, shifted, with other gains, scores and noise."""
    across, down = rng.choice([-1, 1], 2)
    views = np.ascontiguousarray(views[:, ::down, ::across])
    for part, most in zip((slice(_NEAR), slice(_NEAR, None)), SHIFTS_POINTS, strict=True):
        views[part] = np.roll(views[part], rng.integers(-most, most + 1, 2), (1, 2))
    views[list(_IMAGES)] *= np.exp(rng.normal(0, GAIN_SD, (len(_IMAGES), 1, 1))).astype(np.float32)
    shift = np.float32(rng.normal(0, SCORE_SD))
    views[2] += shift
    views[7] += shift * (views[_FIELD] > 0.5)
    if rng.random() < BLIND:
        views[list(_SCORES)] = 0
    if rng.random() < 0.3:
        views[:2] += rng.normal(0, NOISE_SD, views[:2].shape).astype(np.float32)
    return views


def loss_of(network: nn.Module, batch: Batch) -> torch.Tensor:
    """Cross-entropy."""
    views, truth = batch
    return functional.binary_cross_entropy_with_logits(network(views), truth)


def validate(network: nn.Module, pools: list[Pool]) -> str:
    """Return in words how far areas with and without contrast are apart."""
    if not pools:
        return ""
    views = np.concatenate([pool.views for pool in pools])
    share = np.concatenate([pool.share for pool in pools])
    with torch.no_grad():
        parts = np.array_split(views, max(1, len(views) // 256))
        seen = [torch.from_numpy(part.astype(np.float32) / np.float32(STEPS)) for part in parts]
        score = torch.cat([network(part) for part in seen]).numpy()
    yes, no = score[share > CONTRAST], score[share < NO_CONTRAST]
    apart = (yes[:, None] > no).mean()
    lost = [(yes <= np.quantile(no, 1 - passed)).mean() for passed in (0, 0.02, 0.1)]
    return (
        f", validation: {len(yes)} areas of contrast, {len(no)} others, in order {apart:.4f}; of contrast are"
        f" lost {lost[0]:.3f} where no other passes, {lost[1]:.3f} and {lost[2]:.3f} where 2 and 10 % do"
    )


def main() -> None:
    """Run the training from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pools", type=Path, nargs="+")
    parser.add_argument("--validate", type=Path, nargs="*", default=[])
    add_options(parser, Path(__file__).parents[2] / "spreadscan" / "networks" / WEIGHTS)
    parser.set_defaults(batch=64, jobs=1)
    options = parser.parse_args()
    pools = [load_pool(folder) for folder in options.pools]
    validation = [load_pool(folder) for folder in options.validate]
    log = sys.stdout if options.log is None else options.log.open("w", encoding="utf-8")
    print(f"{[len(pool.share) for pool in pools]} areas", file=log, flush=True)
    torch.manual_seed(options.seed)
    judged = partial(validate, pools=validation)
    train(Judge(), Lesson(Shelf(pools).draw, loss_of, judged, write_judge, options, log))


if __name__ == "__main__":
    main()
