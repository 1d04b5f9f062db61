"""Train the network that finds the landmarks, from simulated images kept by ``landmark_images.py``.

    python -m training.landmarks.train IMAGES --minutes 60 [--validate IMAGES]
        [--start FILE.pt] [--out FILE.onnx] [--log FILE]

The order of the samples and the starting weights follow from ``--seed``; the result also depends on the time
given and the machine. Needs PyTorch (the CPU build will do; a GPU is used where there is one) beside
spreadscan: ``pip install -e .[train]``.
"""

import argparse
import queue
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from spreadscan.detect.maps import CELL
from spreadscan.detect.picture import SIDE
from training.landmarks.images import KEPT_SIDE, Kept, read_kept
from training.landmarks.network import Finder, write_finder
from training.landmarks.samples import Sample, draw_sample, mirrored, whole_sample

BATCH = 8
STEP = 2e-3
STEP_ONWARDS = 1.2e-3
"""The same when training goes on from a checkpoint."""
AVERAGED = 0.995
"""Share of the running mean of the weights that each step keeps: that mean is what is written."""
SOFT_CELLS = 1.0
"""Standard deviation of the target around the true point, in cells."""


class Lesson(NamedTuple):
    """What is learned from, and how."""

    images: list[Kept]
    validation: list[Kept]
    minutes: float
    seed: int
    jobs: int
    log: TextIO
    out: Path
    step: float = STEP


def load(folder: Path) -> list[Kept]:
    """Return the kept images of a folder; with a sixth lumbar vertebra the names are nobody's guess."""
    every = [read_kept(file) for file in sorted(folder.glob("*.npz"))]
    return [kept for kept in every if not any("_L6_" in name for name in kept.names)]


def stream(lesson: Lesson) -> Iterator[tuple[torch.Tensor, ...]]:
    """Yield batches without end; samples are drawn in threads beside the training."""
    waiting: queue.Queue[Sample] = queue.Queue(6 * BATCH)
    every = lesson.images + [mirrored(kept) for kept in lesson.images]

    def fill(number: int) -> None:
        rng = np.random.default_rng([lesson.seed, number])
        while True:
            waiting.put(draw_sample(every, rng))

    for number in range(lesson.jobs):
        threading.Thread(target=fill, args=(number,), daemon=True).start()
    while True:
        samples = [waiting.get() for _ in range(BATCH)]
        yield tuple(
            torch.from_numpy(np.stack(part).astype(np.float32)) for part in zip(*samples, strict=True)
        )


def targets(points: torch.Tensor) -> torch.Tensor:
    """Return (N, K, M·M + 1) probabilities: a Gaussian around each point, or the last entry if absent."""
    side = SIDE // CELL
    at = (points + 0.5) / CELL - 0.5
    grid = torch.arange(side, dtype=torch.float32, device=points.device)
    present = torch.isfinite(points[..., 0])
    row, column = torch.nan_to_num(at[..., 0]), torch.nan_to_num(at[..., 1])
    down = torch.exp(-((grid - row[..., None]) ** 2) / (2 * SOFT_CELLS**2))
    across = torch.exp(-((grid - column[..., None]) ** 2) / (2 * SOFT_CELLS**2))
    down = down / down.sum(-1, keepdim=True).clamp_min(1e-9)
    across = across / across.sum(-1, keepdim=True).clamp_min(1e-9)
    where = (down[..., :, None] * across[..., None, :]).flatten(2) * present[..., None]
    return torch.cat([where, (~present).float()[..., None]], -1)


def loss_of(network: nn.Module, batch: tuple[torch.Tensor, ...]) -> torch.Tensor:
    """Cross-entropy of the maps, and of the kind of view."""
    x, points, weighed, answerable = batch
    scores, view = network(x)
    entropy = -(targets(points) * functional.log_softmax(scores, -1)).sum(-1)
    maps = (entropy.mean(1) * weighed).sum() / weighed.sum().clamp_min(1)
    kinds = functional.binary_cross_entropy_with_logits(view[:, 0], answerable)
    return maps + 2 * kinds


def train(network: Finder, lesson: Lesson) -> Finder:
    """Train for a time; the step falls as a cosine; return the running mean of the weights."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    network = network.to(device, memory_format=torch.channels_last)
    mean = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(AVERAGED), use_buffers=True
    )
    optimiser = torch.optim.AdamW(network.parameters(), lr=STEP, weight_decay=1e-4)
    start, losses = time.monotonic(), []
    for number, batch in enumerate(stream(lesson), start=1):
        spent = (time.monotonic() - start) / (60 * lesson.minutes)
        if spent >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = lesson.step * min(1, number / 100) * 0.5 * (1 + np.cos(np.pi * spent)) + 1e-6
        x = batch[0].to(device, memory_format=torch.channels_last)
        loss = loss_of(network, (x, *(part.to(device) for part in batch[1:])))
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimiser.step()
        mean.update_parameters(network)
        losses.append(loss.item())
        if number % 200 == 0:
            found = validate(mean.module, lesson.validation) if number % 600 == 0 else ""
            line = f"step {number}, {100 * spent:.0f} % of time, loss {np.mean(losses[-200:]):.3f}{found}"
            print(line, file=lesson.log, flush=True)
            if number % 600 == 0:
                write_finder(mean.module, lesson.out)
    trained: Finder = mean.module.eval()
    return trained


def validate(network: nn.Module, images: list[Kept]) -> str:
    """Return in words how far the most probable cells lie from the true junctions of L3 to L5."""
    if not images:
        return ""
    network.eval()
    errors, kinds = [], []
    for kept in images:
        if not kept.head_up:
            continue
        sample = whole_sample(kept)
        with torch.no_grad():
            device = next(network.parameters()).device
            scores, view = network(torch.from_numpy(sample.channels[None]).to(device))
        best = scores[0, :, :-1].argmax(-1).cpu().numpy()
        side = SIDE // CELL
        at = (np.stack([best // side, best % side], 1) + 0.5) * CELL - 0.5
        gap = np.hypot(*(at - sample.points).T)[2:8] * kept.mm * KEPT_SIDE / SIDE
        errors += gap[np.isfinite(gap)].tolist()
        kinds.append(float(torch.sigmoid(view[0, 0])))
    network.train()
    low, middle, high = np.percentile(errors, [50, 90, 95])
    return (
        f", validation mm: median {low:.2f}, 90 % {middle:.2f}, 95 % {high:.1f};"
        f" answerable median {np.median(kinds):.2f}, lowest decile {np.percentile(kinds, 10):.2f}"
    )


def main() -> None:
    """Run the training from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("images", type=Path)
    parser.add_argument("--validate", type=Path)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=Path, help="a checkpoint to go on from")
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parents[2] / "spreadscan/networks/landmarks.onnx"
    )
    parser.add_argument("--log", type=Path, help="where progress is written; printed if not given")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    log = sys.stdout if options.log is None else options.log.open("w", encoding="utf-8")
    images = load(options.images)
    validation = load(options.validate) if options.validate else []
    print(f"{len(images)} images, {len(validation)} to validate on", file=log, flush=True)
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.jobs)
    network = Finder()
    if options.start is not None:
        network.load_state_dict(torch.load(options.start, weights_only=True))
    step = STEP if options.start is None else STEP_ONWARDS
    lesson = Lesson(images, validation, options.minutes, options.seed, options.jobs, log, options.out, step)
    trained = train(network, lesson)
    torch.save(trained.state_dict(), options.out.with_suffix(".pt"))
    write_finder(trained, options.out)
    print(f"written: {options.out} ({options.out.stat().st_size / 1000:.0f} kB)", file=log, flush=True)


if __name__ == "__main__":
    main()
