"""Train the network that recognises contrast among changes, from kept cases.

    python -m training.change.train KEPT [KEPT ...] --minutes 30 [--validate KEPT ...]
        [--start FILE.onnx] [--out FILE.onnx] [--log FILE] [--batch 16] [--jobs 2]

``training/images.py`` keeps the cases. Folders of cases are drawn from in proportion to the square
root of their numbers of cases. Needs PyTorch as ``train_single_image.py`` does.
"""

import argparse
import sys
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import torch
from scipy import ndimage
from torch import nn
from torch.nn import functional

from spreadscan.networks.change import CHANNELS, GRID_MM, STRENGTH_UNIT, WEIGHTS
from training.cases import Change, Image, load_folder
from training.looks import needle
from training.loop import Batch, Lesson, add_options, score_of, scores_of, train
from training.unet import UNet, with_weights, write_unet

WIDTHS = (12, 24, 48, 96)
"""Channels of the levels: few, so that runs are measured no slower than they are taken."""
CROP = 144
"""Side of a sample in points of the grid."""
EMPTY_SHARE = 0.45
"""Share of the samples that are taken from cases without contrast."""
LIGHTER_BEFORE = 0.12
"""Share of the samples in which it was the baseline that differed: gas that went, of the shape of a depot."""
SOFTENED = 0.25
"""Share of the samples with contrast that is made soft: simulated depots have sharp edges, and soft ones must
not be taken for gas for that."""
SOFT_MM = (1.0, 4.0)
NEEDLES_PAINTED = 0.12
"""Share of the samples into which a needle is painted that came between the images."""
DEPOTS_PAINTED = 0.12
"""Share of the samples into which a plain, compact depot is painted,"""
DEPOT_RADII_MM = (4.5, 11.0)
"""larger than any hub: what is compact and dense must not be taken for one for that."""
CHANGED = 0.7
"""Where the change exceeds this share of the limit, for better or worse, a point counts fully,"""
ELSEWHERE = 0.1
"""and elsewhere by this weight: nothing is asked there."""


class Shelf:
    """The changes of each folder, those without contrast apart, to draw samples from."""

    def __init__(self, folders: list[list[Change]]) -> None:
        self.folders = folders
        self.empty = [[change for change in changes if change.empty] or changes for changes in folders]
        share = np.array([len(changes) ** 0.5 for changes in folders])
        self.share = share / share.sum()

    def draw(self, rng: np.random.Generator) -> tuple[Image, Image]:
        """Return a sample: what the network sees, and where there is contrast."""
        number = int(rng.choice(len(self.folders), p=self.share))
        changes = (self.empty if rng.random() < EMPTY_SHARE else self.folders)[number]
        change = changes[rng.integers(len(changes))]
        channels, contrast = change.decoded()
        if change.empty and rng.random() < 0.4:
            # what came becomes what went: without contrast both are alike
            channels = np.concatenate([-channels[:1], channels[3:5], channels[1:3], channels[5:]])
        elif rng.random() < LIGHTER_BEFORE:
            # as if something of the shape of the contrast, lighter than tissue, had been there before
            channels = np.concatenate(
                [channels[:1], channels[3:5], 2 * channels[3:5] - channels[1:3], channels[5:]]
            )
            contrast = np.zeros_like(contrast)
        channels, contrast = _cut(channels, contrast, rng)
        if contrast.any() and rng.random() < SOFTENED:
            contrast = _soften(channels, contrast, rng)
        if rng.random() < NEEDLES_PAINTED:
            _paint_needle(channels, rng)
        if rng.random() < DEPOTS_PAINTED:
            contrast = np.maximum(contrast, _paint_depot(channels, rng))
        return _varied(channels, contrast, rng)


def _cut(channels: Image, contrast: Image, rng: np.random.Generator) -> tuple[Image, Image]:
    """A part, mirrored, turned and resized."""
    angle, zoom = np.radians(rng.normal(0, 8)), np.exp(rng.normal(0, 0.1))
    turn = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.diag(rng.choice([-1, 1], 2))
    size = np.array(contrast.shape)
    marked = np.argwhere((channels[0] > 0.5) if rng.random() < 0.6 else (channels[5] > 0.5))
    centre = marked[rng.integers(len(marked))] if len(marked) else size / 2
    centre = centre + rng.normal(0, 20, 2)
    y, x = np.mgrid[:CROP, :CROP].astype(np.float32) - np.float32(CROP / 2)
    row = (matrix[0, 0] * y + matrix[0, 1] * x + centre[0]).astype(np.float32)
    column = (matrix[1, 0] * y + matrix[1, 1] * x + centre[1]).astype(np.float32)
    parts = [cv2.remap(image, column, row, cv2.INTER_LINEAR) for image in (*channels, contrast)]
    return np.stack(parts[:-1]), np.asarray(parts[-1], np.float32)


def _soften(channels: Image, contrast: Image, rng: np.random.Generator) -> Image:
    """Blur the contrast, not the noise, in the change and in the image; return where contrast is then."""
    width = rng.uniform(*SOFT_MM) / GRID_MM
    there = contrast > 0.3
    for image, before in ((0, None), (1, 3), (2, 4)):
        came = channels[image] if before is None else channels[image] - channels[before]
        sharp = np.where(there, came, 0).astype(np.float32)
        channels[image] += cv2.GaussianBlur(sharp, (0, 0), width) - sharp
    soft = cv2.GaussianBlur(there.astype(np.float32), (0, 0), width)
    return np.asarray((soft > 0.3) & (channels[0] * STRENGTH_UNIT > 0.8), np.float32)


def _paint_depot(channels: Image, rng: np.random.Generator) -> Image:
    """Add an ellipse with a bent edge to the image and to the change; return where it is."""
    y, x = np.mgrid[:CROP, :CROP].astype(np.float32) - rng.uniform(0.25, 0.75, (2, 1, 1)) * CROP
    across, along = rng.uniform(*DEPOT_RADII_MM, 2) / GRID_MM
    angle, turn = np.arctan2(y, x), rng.uniform(0, 2 * np.pi)
    radius = np.hypot(
        x * np.cos(turn) + y * np.sin(turn), (y * np.cos(turn) - x * np.sin(turn)) * along / across
    )
    edge = along * (1 + rng.uniform(0, 0.2) * np.sin(rng.integers(2, 5) * angle + turn))
    known = channels[5] > 0.5
    there = cv2.GaussianBlur((radius < edge).astype(np.float32), (0, 0), rng.uniform(0.4, 2.0)) * known
    came = np.exp(rng.uniform(np.log(2), np.log(10)))
    channels[0] += came / STRENGTH_UNIT * there
    channels[1:3] += came * np.exp(rng.uniform(np.log(0.2), np.log(1.2))) * there
    return np.asarray(there > 0.5, np.float32)


def _paint_needle(channels: Image, rng: np.random.Generator) -> None:
    """Add a needle with its hub to the image, and to the change: it came between the images."""
    shape = needle(rng, CROP)
    shape = cv2.GaussianBlur(shape, (0, 0), rng.uniform(0.3, 0.8)) * (channels[5] > 0.5)
    came = np.exp(rng.uniform(np.log(1), np.log(10)))
    channels[0] += came / STRENGTH_UNIT * shape
    channels[1:3] += came * np.exp(rng.uniform(np.log(0.2), np.log(1.2))) * shape


def _varied(channels: Image, contrast: Image, rng: np.random.Generator) -> tuple[Image, Image]:
    """Other gains and more noise; a shutter over a part at times."""
    known = (channels[5] > 0.5).astype(np.float32)
    channels[5] = known
    if rng.random() < 0.25:
        y, x = np.mgrid[:CROP, :CROP].astype(np.float32) / CROP - 0.5
        angle = rng.uniform(0, 2 * np.pi)
        open_there = (x * np.cos(angle) + y * np.sin(angle) < rng.uniform(0.05, 0.5)).astype(np.float32)
        channels *= open_there
        known, contrast = known * open_there, contrast * open_there
    channels[0] *= np.exp(rng.normal(0, 0.12))
    for number in range(1, 5):
        channels[number] *= np.exp(rng.normal(0, 0.15))
        if rng.random() < 0.3:
            noise = rng.normal(0, rng.uniform(0, 0.4), channels[number].shape)
            channels[number] += (noise * known).astype(np.float32)
    return channels.astype(np.float32), (contrast * known).astype(np.float32)


def loss_of(network: nn.Module, batch: Batch) -> torch.Tensor:
    """Cross-entropy where the change is known, most where there is one."""
    x, y = batch
    weight = x[:, 5] * torch.where(x[:, 0].abs() > CHANGED / STRENGTH_UNIT, 1.0, ELSEWHERE)
    entropy = functional.binary_cross_entropy_with_logits(scores_of(network, x), y, reduction="none")
    return (entropy * weight).sum() / weight.sum().clamp_min(1)


def validate(network: nn.Module, changes: list[Change]) -> str:
    """Return in words how areas above the limit are recognised: by the mean of the probability over each."""
    true, false = [], []
    for change in changes:
        channels, contrast = change.decoded()
        p = 1 / (1 + np.exp(-score_of(network, channels)))
        labels, count = ndimage.label(channels[0] * STRENGTH_UNIT > 1)
        for number in range(1, count + 1):
            area = labels == number
            if area.sum() * GRID_MM**2 < 5:
                continue
            (true if contrast[area].mean() > 0.3 else false).append(float(p[area].mean()))
    if not true or not false:
        return ""
    words = []
    for areas in (true, false):
        passed = (f"{np.mean(np.array(areas) > least):.3f}" for least in (0.2, 0.3, 0.5))
        words.append(f"{', '.join(passed)} of {len(areas)}")
    return f", above 0.2, 0.3, 0.5: areas of contrast {words[0]}, others {words[1]}"


def changes_of(folder: Path) -> list[Change]:
    """Return the changes of all cases that are kept in a folder."""
    return [kept.change for kept in load_folder(folder) if kept.change is not None]


def main() -> None:
    """Run the training from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", type=Path, nargs="+")
    parser.add_argument("--validate", type=Path, nargs="*", default=[])
    add_options(parser, Path(__file__).parents[2] / "spreadscan" / "networks" / WEIGHTS)
    options = parser.parse_args()
    folders = [changes_of(folder) for folder in options.cases]
    validation = [change for folder in options.validate for change in changes_of(folder)]
    log = sys.stdout if options.log is None else options.log.open("w", encoding="utf-8")
    print(f"{[len(f) for f in folders]} changes, {len(validation)} to validate on", file=log, flush=True)
    torch.manual_seed(options.seed)
    network = UNet(CHANNELS, WIDTHS, normalised=options.start is None)
    if options.start is not None:
        network = with_weights(network, options.start)
    judged = partial(validate, changes=validation)
    train(network, Lesson(Shelf(folders).draw, loss_of, judged, write_unet, options, log))


if __name__ == "__main__":
    main()
