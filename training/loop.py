"""Train a network for a time, on samples that are drawn in processes beside it."""

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

STEP = 2e-3
"""Step of the optimiser; a quarter of it when training goes on from other weights."""
AVERAGED = 0.995
"""Share of the running mean of the weights that each step keeps: that mean is what is written."""
LOOKED_AT = 500
"""After so many steps the weights are written and looked at."""

_Array = NDArray[np.float32]
_Truth = NDArray[np.float32] | np.float32
Batch = tuple[torch.Tensor, torch.Tensor]
Draw = Callable[[np.random.Generator], tuple[_Array, _Truth]]


class Lesson(NamedTuple):
    """How a network is trained.

    Attributes:
        draw: draws a sample: what the network sees, and what is true.
        loss: of a network on a batch.
        validate: says in words how good a network is.
        write: writes a network to a file.
        options: of the command line.
        log: where progress is printed.
    """

    draw: Draw
    loss: Callable[[nn.Module, Batch], torch.Tensor]
    validate: Callable[[nn.Module], str]
    write: Callable[[nn.Module, Path], None]
    options: argparse.Namespace
    log: TextIO


class _Stream(IterableDataset[tuple[_Array, _Truth]]):
    """Samples without end, others in every process."""

    def __init__(self, draw: Draw, seed: int) -> None:
        super().__init__()
        self.draw, self.seed = draw, seed

    def __iter__(self) -> Iterator[tuple[_Array, _Truth]]:
        worker = get_worker_info()
        cv2.setNumThreads(1)  # there is a process for every core
        rng = np.random.default_rng([self.seed, 0 if worker is None else worker.id])
        while True:
            yield self.draw(rng)


def add_options(parser: argparse.ArgumentParser, out: Path) -> None:
    """Add what all training has in common to a command line."""
    parser.add_argument("--minutes", type=float, default=40)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=Path, help="weights to go on from")
    parser.add_argument("--out", type=Path, default=out)
    parser.add_argument("--log", type=Path, help="where progress is written; printed if not given")
    parser.add_argument("--jobs", type=int, default=2)


def train(network: nn.Module, lesson: Lesson) -> nn.Module:
    """Train for a time, on a GPU where there is one; the step falls as a cosine.

    Returns:
        The running mean of the weights, which is written on the way.
    """
    options = lesson.options
    device = "cuda" if torch.cuda.is_available() else "cpu"
    network = network.to(device, memory_format=torch.channels_last)
    mean = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(AVERAGED), use_buffers=True
    )
    first = STEP / (1 if options.start is None else 4)
    optimiser = torch.optim.AdamW(network.parameters(), lr=first, weight_decay=1e-4)
    loader = DataLoader(_Stream(lesson.draw, options.seed), options.batch, num_workers=options.jobs)
    start, losses = time.monotonic(), []
    for number, (x, y) in enumerate(loader, start=1):
        spent = (time.monotonic() - start) / (60 * options.minutes)
        if spent >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = first * min(1, number / 100) * 0.5 * (1 + np.cos(np.pi * spent)) + 1e-6
        seen = x.to(device, memory_format=torch.channels_last, non_blocking=True)
        loss = lesson.loss(network, (seen, y.to(device, non_blocking=True)))
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        mean.update_parameters(network)
        losses.append(loss.detach())
        if number % LOOKED_AT == 0:
            found = lesson.validate(mean.module.eval())
            mean_loss = float(torch.stack(losses[-LOOKED_AT:]).mean())
            line = f"step {number}, {100 * spent:.0f} % of time, loss {mean_loss:.4f}{found}"
            print(line, file=lesson.log, flush=True)
            lesson.write(mean.module.eval(), options.out)
    trained: nn.Module = mean.module.eval()
    lesson.write(trained, options.out)
    print(f"written: {options.out} ({options.out.stat().st_size / 1000:.0f} kB)", file=lesson.log, flush=True)
    return trained


def scores_of(network: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Return the scores of a batch; on a GPU computed in bfloat16, which few processors do fast."""
    with torch.autocast(x.device.type, torch.bfloat16, enabled=x.device.type == "cuda"):
        scores = network(x)
    return scores.float()


def score_of(network: nn.Module, channels: _Array) -> _Array:
    """Return the score of one image of any size, (r, c)."""
    rows, columns = channels.shape[1:]
    padded = np.pad(channels, ((0, 0), (0, -rows % 8), (0, -columns % 8)))
    device = next(network.parameters()).device
    with torch.no_grad():
        score = network(torch.from_numpy(padded[None]).to(device))[0].cpu().numpy()
    found: _Array = score[:rows, :columns]
    return found
