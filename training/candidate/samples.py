"""Draw what the second network for single images learns from: areas that the first one takes for contrast.

    python -m training.candidate.samples FOLDER KEPT [KEPT ...] --samples 20000 [--seed 11] [--jobs 2]

``training/images.py`` keeps the cases. Parts of their images, half of them changed at random as
for the first network, are shown to it; each area that it takes for contrast is kept as the second one sees
it, with the share of it that is contrast. Most samples are taken from images without contrast: few areas are
found on those. Every folder of cases is drawn from as often. What is drawn already is not drawn again.
"""

import argparse
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spreadscan.networks.candidate import CHANNELS, SIDE, candidate_views, candidates_of
from spreadscan.networks.single_image import contrast_answer, contrast_scores
from spreadscan.settings import EstimateSettings
from training.cases import Case, load_folder
from training.single_image.samples import Rng, draw_plain, draw_sample

SAMPLE_SIDE = 192
"""Points along the side of a sample: wide enough for what the second network sees about an area."""
BLOCK = 200
"""Samples of a file."""
FULL_SHARE = 0.15
"""Share of the samples that are taken from images with contrast."""
PLAIN_SHARE = 0.5
"""Share of the samples that are turned, bent and resized, but look as they did."""
STEPS = 16.0
"""Views are kept as bytes of so many steps to one."""


class Pool(NamedTuple):
    """Areas: (N, 9, 64, 64) views as signed bytes, (N,) share of each that is contrast."""

    views: NDArray[np.int8]
    share: NDArray[np.float32]


def load_pool(folder: Path) -> Pool:
    """Return all areas that are kept in a folder."""
    views, shares = [], []
    for file in sorted(folder.glob("*.npz")):
        with np.load(file, allow_pickle=False) as stored:
            views.append(stored["views"])
            shares.append(stored["share"])
    return Pool(np.concatenate(views), np.concatenate(shares))


def draw_block(number: int, seed: int, folder: Path, kept: tuple[Path, ...]) -> None:
    """Draw the samples of a file and write it."""
    file = folder / f"{seed}-{number:05d}.npz"
    if file.exists():
        return
    rng = np.random.default_rng([seed, number])
    drawn = [_areas_of(_images(kept), rng) for _ in range(BLOCK)]
    views, shares = (
        np.concatenate([pool[part] for pool in drawn if len(pool.share)] or [drawn[0][part]])
        for part in (0, 1)
    )
    unfinished = file.with_suffix(".unfinished")
    with unfinished.open("wb") as stream:
        np.savez_compressed(stream, views=views, share=shares)
    unfinished.replace(file)


@lru_cache(maxsize=1)
def _images(kept: tuple[Path, ...]) -> list[list[Case]]:
    return [[image for case in load_folder(folder) for image in case.images] for folder in kept]


def _areas_of(folders: Sequence[Sequence[Case]], rng: Rng) -> Pool:
    images = folders[rng.integers(len(folders))]
    empty = rng.random() >= FULL_SHARE
    wanted = [image for image in images if image.empty == empty] or images
    image = wanted[rng.integers(len(wanted))]
    plain = rng.random() < PLAIN_SHARE
    sample = draw_plain(image, rng, SAMPLE_SIDE) if plain else draw_sample(image, images, rng, SAMPLE_SIDE)
    if sample is None:
        return _none()
    inside, settings = sample.channels[2] > 0, EstimateSettings()
    if contrast_answer(sample.channels)[inside].max() < settings.asked_probability:
        return _none()  # seldom do the other two answers say more, and most samples end here
    scores = contrast_scores(sample.channels)
    found = candidates_of(scores, inside, settings)
    if not found.numbers:
        return _none()
    views = candidate_views(sample.channels, scores, found)
    shares = [float(sample.contrast[found.labels == number].mean()) for number in found.numbers]
    return Pool(np.clip(np.rint(views * STEPS), -127, 127).astype(np.int8), np.array(shares, np.float32))


def _none() -> Pool:
    return Pool(np.zeros((0, CHANNELS, SIDE, SIDE), np.int8), np.zeros(0, np.float32))


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("kept", type=Path, nargs="+")
    parser.add_argument("--samples", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    options.folder.mkdir(parents=True, exist_ok=True)
    work = partial(draw_block, seed=options.seed, folder=options.folder, kept=tuple(options.kept))
    blocks = range(1, options.samples // BLOCK + 1)
    with ProcessPoolExecutor(options.jobs) as pool:
        for number, _ in zip(blocks, pool.map(work, blocks), strict=True):
            print(f"{number * BLOCK} of {options.samples}", flush=True)


if __name__ == "__main__":
    main()
