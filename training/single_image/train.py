"""Train the network that tells contrast from bone on a single image, from kept cases.

    python -m training.single_image.train KEPT [KEPT ...] --minutes 40 [--validate KEPT ...]
        [--start FILE.onnx] [--out FILE.onnx] [--log FILE] [--batch 8] [--jobs 2]

``training/images.py`` keeps the cases; their images with contrast and without are what is learned
from. Folders of cases are drawn from in proportion to the square root of their numbers of images. With
``--start`` the training goes on from the weights of a file. Needs PyTorch (the CPU build will do; a GPU is
used where there is one) beside spreadscan: ``pip install -e .[train]``. What is drawn and the starting
weights follow from ``--seed``; the result also depends on the time given and the machine.
"""

import argparse
import sys
from functools import partial
from pathlib import Path

import numpy as np
import torch
from scipy import ndimage
from torch import nn
from torch.nn import functional

from spreadscan.networks.single_image import GRID_MM, WEIGHTS, network_input
from training.cases import FINE_MM, Case, Image, load_folder
from training.loop import Batch, Lesson, add_options, score_of, scores_of, train
from training.single_image.samples import draw_sample
from training.unet import UNet, with_weights, write_unet

WIDTHS = (24, 48, 96, 144)
"""Channels of the levels."""
EMPTY_SHARE = 0.35
"""Share of the samples that are taken from images without contrast, the others from those with it: the tip of
a needle is no evidence. With three samples in four without contrast it learns badly where contrast ends."""
EMPTY_PX = 20.0
"""Added to both sides of the Dice ratio, in points: marks on a sample without contrast cost from there on."""


class Shelf:
    """The images of each folder, those without contrast apart, to draw samples from."""

    def __init__(self, folders: list[list[Case]]) -> None:
        self.full = [[case for case in images if not case.empty] or images for images in folders]
        self.empty = [[case for case in images if case.empty] or images for images in folders]
        self.every = [case for images in folders for case in images]
        share = np.array([len(images) ** 0.5 for images in folders])
        self.share = share / share.sum()

    def draw(self, rng: np.random.Generator) -> tuple[Image, Image]:
        """Return a sample: what the network sees, and where there is contrast."""
        while True:
            number = int(rng.choice(len(self.full), p=self.share))
            images = (self.empty if rng.random() < EMPTY_SHARE else self.full)[number]
            sample = draw_sample(images[rng.integers(len(images))], self.every, rng)
            if sample is not None:
                return sample.channels, sample.contrast


def loss_of(network: nn.Module, batch: Batch) -> torch.Tensor:
    """Cross-entropy inside the field and half of one minus each sample's soft Dice."""
    x, y = batch
    score, weight = scores_of(network, x), x[:, 2]
    entropy = functional.binary_cross_entropy_with_logits(score, y, reduction="none")
    p = torch.sigmoid(score) * weight
    both, sizes = (p * y).sum((1, 2)), p.sum((1, 2)) + (y * weight).sum((1, 2))
    dice = (2 * both + EMPTY_PX) / (sizes + EMPTY_PX)
    return (entropy * weight).sum() / weight.sum() + 0.5 * (1 - dice).mean()


def validate(network: nn.Module, images: list[Case]) -> str:
    """Return in words the Dice at probability 0.4 and the area marked surely where there is no contrast."""
    if not images:
        return ""
    dices, areas = [], []
    for case in images:
        tone, inside, contrast, _ = case.decoded()
        seen = network_input(tone, inside > 0.95, FINE_MM / GRID_MM)
        score = np.where(seen.inside, score_of(network, seen.channels), -9)
        true = ndimage.zoom(contrast, np.array(seen.inside.shape) / contrast.shape, order=1) > 0.5
        true &= seen.inside
        if true.any():
            marked = score > np.log(0.4 / 0.6)
            dices.append(2 * (marked & true).sum() / (marked.sum() + true.sum()))
        else:
            areas.append((score > np.log(0.97 / 0.03)).sum() * GRID_MM**2)
    low, middle = np.percentile(dices, [10, 50]) if dices else (np.nan, np.nan)
    convinced = np.mean(np.array(areas) > 4) if areas else np.nan
    return (
        f", validation: Dice {middle:.3f}, 10th percentile {low:.3f},"
        f" {convinced:.3f} of {len(areas)} empty ones convince"
    )


def images_of(folder: Path) -> list[Case]:
    """Return the images of all cases that are kept in a folder."""
    return [image for kept in load_folder(folder) for image in kept.images]


def main() -> None:
    """Run the training from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", type=Path, nargs="+")
    parser.add_argument("--validate", type=Path, nargs="*", default=[])
    add_options(parser, Path(__file__).parents[2] / "spreadscan" / "networks" / WEIGHTS)
    options = parser.parse_args()
    folders = [images_of(folder) for folder in options.cases]
    validation = [image for folder in options.validate for image in images_of(folder)]
    log = sys.stdout if options.log is None else options.log.open("w", encoding="utf-8")
    print(f"{[len(f) for f in folders]} images, {len(validation)} to validate on", file=log, flush=True)
    torch.manual_seed(options.seed)
    network = UNet(3, WIDTHS, normalised=options.start is None)
    if options.start is not None:
        network = with_weights(network, options.start)
    judged = partial(validate, images=validation)
    train(network, Lesson(Shelf(folders).draw, loss_of, judged, write_unet, options, log))


if __name__ == "__main__":
    main()
