"""Train the network that tells contrast from bone on a single image, from a folder of simulated cases.

    python benchmarks/train_single_image.py CASES [CASES ...] --minutes 40 [--validate CASES]
        [--out FILE] [--beside FILE]

Each case is a folder with DICOM files, truth.json and truth.npz; its ``mask_det`` is what the network learns.
Needs PyTorch (the CPU build will do) beside spreadscan: ``pip install -e .[train]``. The order of the samples
and the starting weights follow from ``--seed``; the result also depends on the time given and the machine.
"""

import argparse
import json
import queue
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import nn
from torch.nn import functional

from spreadscan.network import LEVELS, WEIGHTS
from spreadscan.read.dicom import list_study, read_fluorogram
from spreadscan.settings import Settings
from spreadscan.stages.attenuate import attenuate
from spreadscan.stages.delimit import delimit
from spreadscan.stages.estimate import GRID_MM, network_input
from spreadscan.values import JudgingScale

FINE_MM = 0.5
"""Cases are kept on this grid, finer than the network's, so that training can change their size."""
CROP = 192
WIDTHS = (12, 24, 48, 72)


class Case(NamedTuple):
    """A simulated image on the fine grid: attenuation, field, truth."""

    name: str
    image: NDArray[np.float32]
    inside: NDArray[np.bool_]
    contrast: NDArray[np.float32]


class UNet(nn.Module):
    """The network of ``spreadscan.network`` with batch normalisation, which is folded in on export."""

    def __init__(self) -> None:
        super().__init__()
        inputs = (3, *WIDTHS[:-1])
        self.down = nn.ModuleList(_block(i, o) for i, o in zip(inputs, WIDTHS, strict=True))
        self.up = nn.ModuleList(_block(WIDTHS[k + 1] + WIDTHS[k], WIDTHS[k]) for k in range(LEVELS - 1))
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


def _block(inputs: int, outputs: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for channels in (inputs, outputs):
        layers += [nn.Conv2d(channels, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()]
    return nn.Sequential(*layers)


def load_case(folder: Path) -> Case:
    """Read a case: its evaluated frame, its field and where its iodine exceeds the detection limit."""
    truth = json.loads((folder / "truth.json").read_text())
    header = next(h for h in list_study(folder) if h.path.name == truth["eval_file"])
    scale = JudgingScale(truth["px_mm_spine_plane"], "truth")
    fluorogram, settings = read_fluorogram(header), Settings()
    field = delimit(fluorogram, scale, settings.delimit)
    image = attenuate(fluorogram, field, scale, settings.attenuate).frame(truth["eval_frame"])
    with np.load(folder / "truth.npz") as stored:
        shape = tuple(int(n) for n in stored["shape"])
        mask = np.unpackbits(stored["mask_det"])[: shape[0] * shape[1]].reshape(shape)
    zoom = scale.mm_per_px / FINE_MM
    filled = np.where(field.inside, image, np.median(image[field.inside]))
    smooth = ndimage.gaussian_filter(filled, max(0.0, 0.5 / zoom - 0.5))
    image, inside, contrast = (
        ndimage.zoom(part.astype(np.float32), zoom, order=1) for part in (smooth, field.inside, mask)
    )
    return Case(folder.name, image, inside > 0.9, contrast)


def draw_sample(
    case: Case, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
    """Return input channels and truth of a random part: turned, resized, flipped, its tones changed."""
    zoom = FINE_MM / GRID_MM * np.exp(rng.normal(0, 0.12))
    angle = np.radians(rng.normal(0, 6))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.diag(rng.choice([-1, 1], 2)) / zoom
    spare = np.maximum(np.array(case.image.shape) - 0.8 * CROP / zoom, 0)
    centre = np.array(case.image.shape) / 2 + rng.uniform(-0.5, 0.5, 2) * spare
    offset = centre - matrix @ (np.array([CROP, CROP]) / 2)

    def cut(image: NDArray[np.float32]) -> NDArray[np.float32]:
        return ndimage.affine_transform(image, matrix, offset, (CROP, CROP), order=1, mode="constant")

    inside = cut(case.inside.astype(np.float32)) > 0.95
    if inside.sum() < 2000:
        return None
    image = cut(case.image)
    low, high = np.percentile(image[inside], [1, 99])
    tone = (image - low) / max(high - low, 1e-9)
    tone = np.where(tone > 0, np.abs(tone) ** np.exp(rng.normal(0, 0.25)), tone)
    if rng.random() < 0.4:
        tone = with_instruments(tone, rng)
    if rng.random() < 0.15:
        tone = with_direct_exposure(tone, rng)
    if rng.random() < 0.5:
        tone = tone + rng.normal(0, rng.uniform(0, 0.04), tone.shape)
    if rng.random() < 0.3:
        tone = ndimage.gaussian_filter(tone, rng.uniform(0, 0.8))
    return network_input(tone.astype(np.float32), inside, 1.0).channels, cut(case.contrast)


def with_instruments(tone: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Add one to three rods, plates or discs of metal: dark, sharp, and no contrast."""
    for _ in range(rng.integers(1, 4)):
        row, column = rng.uniform(0, CROP, 2)
        angle, size = rng.uniform(0, np.pi), rng.uniform(8, 60)
        y, x = np.mgrid[:CROP, :CROP] - np.array([row, column])[:, None, None]
        along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
        kind = rng.integers(3)
        if kind == 0:
            metal = (np.abs(along) < 2 * size) & (
                np.abs(across + rng.normal(0, 2e-3) * along**2) < rng.uniform(1, 7)
            )
        elif kind == 1:
            metal = np.abs(along) + np.abs(across) * rng.uniform(0.5, 2) + 0.5 * np.abs(along - across) < size
        else:
            radius = np.hypot(along, across)
            metal = (radius < size / 3) & (radius > rng.choice([0, size / 5]))
        soft = ndimage.gaussian_filter(metal.astype(np.float32), rng.uniform(0.3, 1))
        tone = tone + soft * rng.uniform(0.4, 2)
    return np.minimum(tone, rng.uniform(1.1, 1.8))


def with_direct_exposure(tone: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Blank a side of the image beyond a curved border, as where the beam misses the body."""
    y, x = np.mgrid[:CROP, :CROP] / CROP - 0.5
    angle = rng.uniform(0, 2 * np.pi)
    depth = (
        x * np.cos(angle)
        + y * np.sin(angle)
        + rng.uniform(-0.5, 0.5) * (y * np.cos(angle) - x * np.sin(angle)) ** 2
    )
    beyond = ndimage.gaussian_filter(
        (depth > rng.uniform(0.15, 0.45)).astype(np.float32), rng.uniform(0.5, 4)
    )
    return np.maximum(tone * (1 - beyond) - beyond, -1)


def stream(cases: list[Case], seed: int, batch: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield batches without end; samples are drawn in a thread beside the training."""
    waiting: queue.Queue[tuple[NDArray[np.float32], NDArray[np.float32]]] = queue.Queue(4 * batch)

    def fill() -> None:
        rng = np.random.default_rng(seed)
        while True:
            sample = draw_sample(cases[rng.integers(len(cases))], rng)
            if sample is not None:
                waiting.put(sample)

    threading.Thread(target=fill, daemon=True).start()
    while True:
        samples = [waiting.get() for _ in range(batch)]
        yield tuple(torch.from_numpy(np.stack(part)) for part in zip(*samples, strict=True))  # type: ignore[misc]


def train(cases: list[Case], minutes: float, seed: int, validation: list[Case]) -> UNet:
    """Train for a time: cross-entropy and soft Dice inside the field, the step falling as a cosine."""
    torch.manual_seed(seed)
    network, batch = UNet(), 6
    optimiser = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=1e-4)
    start, losses = time.monotonic(), []
    for step, (x, y) in enumerate(stream(cases, seed, batch), start=1):
        spent = (time.monotonic() - start) / (60 * minutes)
        if spent >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = 2e-3 * min(1, step / 100) * 0.5 * (1 + np.cos(np.pi * spent)) + 1e-6
        score, weight = network(x), x[:, 2]
        entropy = functional.binary_cross_entropy_with_logits(score, y, reduction="none")
        p = torch.sigmoid(score) * weight
        dice = (2 * (p * y).sum() + 1) / (p.sum() + (y * weight).sum() + 1)
        loss = (entropy * weight).sum() / weight.sum() + 0.5 * (1 - dice)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
        if step % 200 == 0:
            found = f", Dice at 0.5 on validation {validate(network, validation):.3f}" if validation else ""
            print(
                f"step {step}, {100 * spent:.0f} % of time, loss {np.mean(losses[-200:]):.3f}{found}",
                flush=True,
            )
    return network.eval()


def validate(network: UNet, cases: list[Case]) -> float:
    """Return the median Dice over whole images with contrast at probability 0.5."""
    network.eval()
    scores = []
    for case in cases:
        seen = network_input(case.image, case.inside, FINE_MM / GRID_MM)
        padded = np.pad(seen.channels, ((0, 0), *((0, -n % 8) for n in seen.inside.shape)))
        with torch.no_grad():
            score = network(torch.from_numpy(padded[None]))[0].numpy()
        marked = (score[: seen.inside.shape[0], : seen.inside.shape[1]] > 0) & seen.inside
        true = ndimage.zoom(case.contrast, np.array(seen.inside.shape) / case.contrast.shape, order=1) > 0.5
        if true.any():
            scores.append(2 * (marked & true).sum() / (marked.sum() + true.sum()))
    network.train()
    return float(np.median(scores))


def export(network: UNet, path: Path, beside: Path | None) -> None:
    """Write the weights for ``spreadscan.network``, batch normalisation folded in, in half precision.

    Networks of the file ``beside`` are kept, the new one takes the next number.
    """
    weights, kept = {}, {}
    if beside is not None:
        with np.load(beside, allow_pickle=False) as stored:
            kept = {name: stored[name] for name in stored.files}
    number = len({name.partition(".")[0] for name in kept})
    blocks = {f"down{k}": block for k, block in enumerate(network.down)}
    blocks |= {f"up{k}": block for k, block in enumerate(network.up)}
    for name, block in blocks.items():
        for part, first in zip("ab", (0, 3), strict=True):
            convolution, norm = block[first], block[first + 1]
            gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            weights[f"{name}{part}.w"] = convolution.weight * gain[:, None, None, None]
            weights[f"{name}{part}.b"] = (convolution.bias - norm.running_mean) * gain + norm.bias
    weights["out.w"], weights["out.b"] = network.out.weight[0, :, 0, 0], network.out.bias[0]
    new = {f"{number}.{name}": w.detach().numpy().astype(np.float16) for name, w in weights.items()}
    np.savez_compressed(path, **kept, **new)


def main() -> None:
    """Run the training from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", type=Path, nargs="+")
    parser.add_argument("--validate", type=Path, nargs="*", default=[])
    parser.add_argument("--minutes", type=float, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "spreadscan" / WEIGHTS)
    parser.add_argument("--beside", type=Path, help="weights of networks to keep beside the new one")
    options = parser.parse_args()
    with ProcessPoolExecutor(2) as pool:
        cases, validation = (
            list(
                pool.map(
                    load_case, sorted(p.parent for folder in folders for p in folder.glob("*/truth.npz"))
                )
            )
            for folders in (options.cases, options.validate)
        )
    print(f"{len(cases)} cases to learn from, {len(validation)} to validate on", flush=True)
    export(train(cases, options.minutes, options.seed, validation), options.out, options.beside)
    print(f"written: {options.out} ({options.out.stat().st_size / 1000:.0f} kB)")


if __name__ == "__main__":
    main()
