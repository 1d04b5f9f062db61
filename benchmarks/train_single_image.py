"""Train the network that tells contrast from bone on a single image, from folders of simulated cases.

    python benchmarks/train_single_image.py CASES [CASES ...] --minutes 40 [--validate CASES ...]
        [--start FILE.onnx] [--out FILE.onnx] [--kept FOLDER] [--log FILE]

Each case is a folder with DICOM files, truth.json and truth.npz; its ``mask_det`` is what the network learns.
Folders of cases are drawn from in proportion to the square root of their numbers of cases. With ``--start``
the training goes on from the weights of a file. Needs PyTorch (the CPU build will do) beside spreadscan:
``pip install -e .[train]``. The order of the samples and the starting weights follow from ``--seed``; the
result also depends on the time given and the machine.
"""

import argparse
import queue
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, TextIO

import numpy as np
import onnx
import torch
from network_file import LEVELS, write_network
from numpy.typing import NDArray
from scipy import ndimage
from torch import nn
from torch.nn import functional
from training_cases import FINE_MM, Case, load_cases
from training_samples import draw_sample

from spreadscan.network import WEIGHTS
from spreadscan.stages.estimate import GRID_MM, network_input

WIDTHS = (24, 48, 96, 144)
"""Channels of the levels."""
BATCH = 6
STEP = 2e-3
"""Step of the optimiser; a quarter of it when training goes on from other weights."""
AVERAGED = 0.99
"""Share of the running mean of the weights that each step keeps: that mean is what is written."""
EMPTY_SHARE = 0.15
"""Share of the samples that are taken from images without contrast: the tip of a needle is no evidence."""
EMPTY_PX = 20.0
"""Added to both sides of the Dice ratio, in points: marks on a sample without contrast cost from there on."""


class UNet(nn.Module):
    """A U-Net of four levels, with batch normalisation where it starts from random weights."""

    def __init__(self, normalised: bool) -> None:
        super().__init__()
        inputs = (3, *WIDTHS[:-1])
        self.down = nn.ModuleList(_block(i, o, normalised) for i, o in zip(inputs, WIDTHS, strict=True))
        self.up = nn.ModuleList(
            _block(WIDTHS[k + 1] + WIDTHS[k], WIDTHS[k], normalised) for k in range(LEVELS - 1)
        )
        self.out = nn.Conv2d(WIDTHS[0], 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the score of contrast, (N, R, C)."""
        kept = []
        for level, block in enumerate(self.down):
            x = block(x)
            if level < LEVELS - 1:
                kept.append(x)
                x = functional.max_pool2d(x, 2)
        for level in reversed(range(LEVELS - 1)):
            doubled = functional.interpolate(x, scale_factor=2, mode="nearest")
            x = self.up[level](torch.cat([doubled, kept[level]], 1))
        score: torch.Tensor = self.out(x)[:, 0]
        return score

    def convolutions(self) -> dict[str, tuple[nn.Conv2d, nn.Module | None]]:
        """Return each convolution by its name in the file, and the normalisation behind it."""
        blocks = {f"down{k}": block for k, block in enumerate(self.down)}
        blocks |= {f"up{k}": block for k, block in enumerate(self.up)}
        found: dict[str, tuple[nn.Conv2d, nn.Module | None]] = {"out": (self.out, None)}
        for name, block in blocks.items():
            layers = list(block)
            places = [i for i, layer in enumerate(layers) if isinstance(layer, nn.Conv2d)]
            for part, place in zip("ab", places, strict=True):
                behind = layers[place + 1]
                found[name + part] = (
                    layers[place],
                    behind if isinstance(behind, nn.BatchNorm2d) else None,
                )
        return found


def _block(inputs: int, outputs: int, normalised: bool) -> nn.Sequential:
    layers: list[nn.Module] = []
    for channels in (inputs, outputs):
        layers.append(nn.Conv2d(channels, outputs, 3, padding=1))
        layers += [nn.BatchNorm2d(outputs)] if normalised else []
        layers.append(nn.ReLU())
    return nn.Sequential(*layers)


class Lesson(NamedTuple):
    """What is learned from, and how.

    Attributes:
        groups: the cases of each folder.
        validation: cases that are looked at only.
        minutes: how long.
        seed: of all that is random.
        log: where progress is printed.
        out: where the weights are written, every hundred steps and at the end.
    """

    groups: list[list[Case]]
    validation: list[Case]
    minutes: float
    seed: int
    log: TextIO
    out: Path


def stream(groups: list[list[Case]], seed: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield batches without end; samples are drawn in a thread beside the training."""
    waiting: queue.Queue[tuple[NDArray[np.float32], NDArray[np.float32]]] = queue.Queue(4 * BATCH)
    share = np.array([len(group) ** 0.5 for group in groups])
    every = [case for group in groups for case in group]

    def fill() -> None:
        rng = np.random.default_rng(seed)
        while True:
            group = groups[rng.choice(len(groups), p=share / share.sum())]
            if rng.random() < EMPTY_SHARE:
                group = [case for case in group if case.empty] or group
            sample = draw_sample(group[rng.integers(len(group))], every, rng)
            if sample is not None:
                waiting.put(sample)

    threading.Thread(target=fill, daemon=True).start()
    while True:
        samples = [waiting.get() for _ in range(BATCH)]
        yield tuple(torch.from_numpy(np.stack(part)) for part in zip(*samples, strict=True))  # type: ignore[misc]


def train(network: UNet, step: float, lesson: Lesson) -> UNet:
    """Train for a time; the step falls as a cosine; return the running mean of the weights."""
    network = network.to(memory_format=torch.channels_last)
    mean = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(AVERAGED), use_buffers=True
    )
    optimiser = torch.optim.AdamW(network.parameters(), lr=step, weight_decay=1e-4)
    start, losses = time.monotonic(), []
    for number, (x, y) in enumerate(stream(lesson.groups, lesson.seed), start=1):
        spent = (time.monotonic() - start) / (60 * lesson.minutes)
        if spent >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = step * min(1, number / 50) * 0.5 * (1 + np.cos(np.pi * spent)) + 1e-6
        loss = _loss(network, x.to(memory_format=torch.channels_last), y)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        mean.update_parameters(network)
        losses.append(loss.item())
        if number % 100 == 0:
            found = validate(mean.module, lesson.validation) if number % 400 == 0 else ""
            line = f"step {number}, {100 * spent:.0f} % of time, loss {np.mean(losses[-100:]):.3f}{found}"
            print(line, file=lesson.log, flush=True)
            write_network(weights_of(mean.module), lesson.out)
    trained: UNet = mean.module.eval()
    return trained


def _loss(network: UNet, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Cross-entropy inside the field and half of one minus each sample's soft Dice."""
    with torch.autocast("cpu", torch.bfloat16):
        score = network(x)
    score, weight = score.float(), x[:, 2]
    entropy = functional.binary_cross_entropy_with_logits(score, y, reduction="none")
    p = torch.sigmoid(score) * weight
    both, sizes = (p * y).sum((1, 2)), p.sum((1, 2)) + (y * weight).sum((1, 2))
    dice = (2 * both + EMPTY_PX) / (sizes + EMPTY_PX)
    return (entropy * weight).sum() / weight.sum() + 0.5 * (1 - dice).mean()


def validate(network: nn.Module, cases: list[Case]) -> str:
    """Return in words the Dice at probability 0.5 and the area marked where there is no contrast."""
    if not cases:
        return ""
    network.eval()
    dices, areas = [], []
    for case in cases:
        seen = network_input(case.image, case.inside > 0.95, FINE_MM / GRID_MM)
        padded = np.pad(seen.channels, ((0, 0), *((0, -n % 8) for n in seen.inside.shape)))
        with torch.no_grad():
            score = network(torch.from_numpy(padded[None]))[0].numpy()
        marked = (score[: seen.inside.shape[0], : seen.inside.shape[1]] > 0) & seen.inside
        true = ndimage.zoom(case.contrast, np.array(seen.inside.shape) / case.contrast.shape, order=1) > 0.5
        true &= seen.inside
        if true.any():
            dices.append(2 * (marked & true).sum() / (marked.sum() + true.sum()))
        else:
            areas.append(marked.sum() * GRID_MM**2)
    network.train()
    dice, area = np.percentile(dices, [10, 50]), np.array(areas)
    empty = f", {np.mean(area > 5):.2f} of {len(area)} empty above 5 mm²" if len(area) else ""
    return f", validation: Dice {dice[1]:.3f}, 10th percentile {dice[0]:.3f}{empty}"


def with_weights(network: UNet, file: Path) -> UNet:
    """Return the network with the weights of a file."""
    stored = {w.name: onnx.numpy_helper.to_array(w) for w in onnx.load(file).graph.initializer}
    with torch.no_grad():
        for name, (convolution, _) in network.convolutions().items():
            convolution.weight.copy_(torch.from_numpy(stored[f"{name}.w"].astype(np.float32)))
            convolution.bias.copy_(torch.from_numpy(stored[f"{name}.b"].astype(np.float32)))
    return network


def weights_of(network: UNet) -> Mapping[str, NDArray[np.float32]]:
    """Return the weights by name, batch normalisation folded in."""
    weights = {}
    for name, (convolution, norm) in network.convolutions().items():
        w, b = convolution.weight, convolution.bias
        if norm is not None:
            gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            w, b = w * gain[:, None, None, None], (b - norm.running_mean) * gain + norm.bias
        weights[f"{name}.w"], weights[f"{name}.b"] = w.detach().numpy(), b.detach().numpy()
    return weights


def main() -> None:
    """Run the training from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", type=Path, nargs="+")
    parser.add_argument("--validate", type=Path, nargs="*", default=[])
    parser.add_argument("--minutes", type=float, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=Path, help="weights to go on from")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "spreadscan" / WEIGHTS)
    parser.add_argument("--kept", type=Path, default=Path("training-cases"), help="where read cases are kept")
    parser.add_argument("--log", type=Path, help="where progress is written; printed if not given")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    groups = [load_cases([folder], options.kept, options.jobs) for folder in options.cases]
    validation = load_cases(options.validate, options.kept, options.jobs)
    log = sys.stdout if options.log is None else options.log.open("w", encoding="utf-8")
    print(f"{[len(g) for g in groups]} cases, {len(validation)} to validate on", file=log, flush=True)
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.jobs)
    network = UNet(normalised=options.start is None)
    if options.start is not None:
        network = with_weights(network, options.start)
    step = STEP / (1 if options.start is None else 4)
    lesson = Lesson(groups, validation, options.minutes, options.seed, log, options.out)
    trained = train(network, step, lesson)
    write_network(weights_of(trained), options.out)
    print(f"written: {options.out} ({options.out.stat().st_size / 1000:.0f} kB)", file=log)


if __name__ == "__main__":
    main()
