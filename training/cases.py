"""What the networks for contrast learn from: simulated cases as they are kept, small, in a file each.

A case gives single images, with contrast and without, on a fine grid; and what changed between them, on the
grid of the network that recognises contrast among changes. Reading a case (decoding, field, attenuation,
registration) takes a hundred times as long as drawing a sample from it.
"""

import json
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spreadscan.networks.change import GRID_MM, STRENGTH_UNIT, change_input
from spreadscan.read.dicom import list_study, read_fluorogram
from spreadscan.settings import Settings
from spreadscan.stages.align import align
from spreadscan.stages.attenuate import attenuate
from spreadscan.stages.choose import choose, with_baseline_file
from spreadscan.stages.delimit import delimit
from spreadscan.stages.subtract import subtract
from spreadscan.values import AttenuationRun, FramePair, Image, ImageHeader, JudgingScale, Request

FINE_MM = 0.5
"""Single images are kept on this grid, finer than the network's, so that training can change their size."""
TONES = (0.5, 100.0)
"""Tones are kept as bytes of (tone + first) · second,"""
IODINE_STEPS = 4.0
"""iodine as bytes of quarters of the detection limit,"""
CHANNELS = (6.0, 16.0)
"""and channels as bytes of (value + first) · second."""

Bytes = NDArray[np.uint8]


class Case(NamedTuple):
    """A simulated image on the fine grid, as bytes: (R, C) each.

    Attributes:
        tone: attenuation, 0 at the first and 1 at the 99th percentile of the field.
        inside: 255 in the X-ray field.
        contrast: 255 where iodine exceeds the detection limit.
        iodine: in detection limits.
    """

    tone: Bytes
    inside: Bytes
    contrast: Bytes
    iodine: Bytes

    @property
    def empty(self) -> bool:
        """Whether there is no contrast."""
        return not self.contrast.any()

    def decoded(self) -> tuple[Image, Image, Image, Image]:
        """Return tone, field and contrast from 0 to 1, and iodine in detection limits."""
        first, second = TONES
        tone = self.tone.astype(np.float32) / np.float32(second) - np.float32(first)
        inside, contrast = (
            part.astype(np.float32) / np.float32(255) for part in (self.inside, self.contrast)
        )
        return tone, inside, contrast, self.iodine.astype(np.float32) / np.float32(IODINE_STEPS)


class Change(NamedTuple):
    """What changed between images, as bytes.

    Attributes:
        channels: (K, r, c) what the network sees, but for known and metal.
        known: (r, c) 1 where the change is known.
        metal: (r, c) share of metal.
        contrast: (r, c) share in which iodine exceeds the detection limit.
    """

    channels: Bytes
    known: Bytes
    metal: Bytes
    contrast: Bytes

    @property
    def empty(self) -> bool:
        """Whether there is no contrast."""
        return not self.contrast.any()

    def decoded(self) -> tuple[Image, Image]:
        """Return the channels, (7, r, c), and the share of contrast, (r, c)."""
        first, second = CHANNELS
        seen = self.channels.astype(np.float32) / np.float32(second) - np.float32(first)
        seen[0] /= np.float32(STRENGTH_UNIT)
        rest = [self.known.astype(np.float32), self.metal.astype(np.float32) / np.float32(255)]
        return np.stack([*seen, *rest]), self.contrast.astype(np.float32) / np.float32(255)


class Kept(NamedTuple):
    """All that one case gives; no change where there is no baseline."""

    images: tuple[Case, ...]
    change: Change | None


class _Truth(NamedTuple):
    facts: Mapping[str, object]
    mask: NDArray[np.bool_]
    iodine: Image


def keep_case(folder: Path, file: Path) -> None:
    """Read a case and write what is kept of it."""
    kept = read_case(folder)
    parts = {
        f"{name}{n}": part for n, case in enumerate(kept.images) for name, part in case._asdict().items()
    }
    if kept.change is not None:
        parts |= {f"change_{name}": part for name, part in kept.change._asdict().items()}
    unfinished = file.with_name(f"unfinished-{os.getpid()}.npz")
    np.savez_compressed(unfinished, **parts)
    unfinished.replace(file)


def load_kept(file: Path) -> Kept:
    """Return what is kept of a case."""
    with np.load(file, allow_pickle=False) as stored:
        images = tuple(
            Case(*(stored[f"{name}{n}"] for name in Case._fields)) for n in (0, 1) if f"tone{n}" in stored
        )
        if "change_known" not in stored:
            return Kept(images, None)
        return Kept(images, Change(*(stored[f"change_{name}"] for name in Change._fields)))


def load_folder(folder: Path) -> list[Kept]:
    """Return all cases that are kept in a folder."""
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(load_kept, sorted(folder.glob("*.npz"))))


def read_case(folder: Path) -> Kept:
    """Read a case: its evaluated image, its baseline as an image without contrast, and what changed."""
    truth = _read_truth(folder)
    headers = list_study(folder)
    header = next(h for h in headers if h.path.name == truth.facts["eval_file"])
    scout = next((h for h in headers if h is not header), None)
    scale = JudgingScale(float(str(truth.facts["px_mm_spine_plane"])), "truth")
    frame = int(str(truth.facts["eval_frame"]))
    run = _run(header, scale)
    images = [_image(run, frame, truth, scale)]
    before = run if scout is None else _run(scout, scale)
    pair = choose(run, scale, Request(frame=frame + 1), Settings().choose)
    if scout is not None and not pair.baseline_frames:
        pair = with_baseline_file(pair, len(before.stored), Settings().choose)
    if not pair.baseline_frames:
        return Kept(tuple(images), None)
    nothing = truth._replace(mask=np.zeros_like(truth.mask), iodine=np.zeros_like(truth.iodine))
    images.append(_image(before, pair.baseline_frames[0], nothing, scale))
    return Kept(tuple(images), _change(run, before, pair, (truth, scale)))


def _run(header: ImageHeader, scale: JudgingScale) -> AttenuationRun:
    fluorogram, settings = read_fluorogram(header), Settings()
    field = delimit(fluorogram, scale, settings.delimit)
    return attenuate(fluorogram, field, scale, settings.attenuate)


def _read_truth(folder: Path) -> _Truth:
    facts = json.loads((folder / "truth.json").read_text())
    with np.load(folder / "truth.npz") as stored:
        shape = tuple(int(n) for n in stored["shape"])
        mask = np.unpackbits(stored["mask_det"])[: shape[0] * shape[1]].reshape(shape).astype(bool)
        iodine = stored[f"iodine_f{facts['eval_frame']}"].astype(np.float32) / facts["detect_thr_mg_cm2"]
    return _Truth(facts, mask, iodine)


def _image(run: AttenuationRun, frame: int, truth: _Truth, scale: JudgingScale) -> Case:
    image, inside = run.frame(frame), run.field.inside
    low, high = np.percentile(image[inside], [1, 99])
    tone = (np.where(inside, image, low) - low) / max(high - low, 1e-9)
    zoom = scale.mm_per_px / FINE_MM
    smooth = ndimage.gaussian_filter(tone, max(0.0, 0.5 / zoom - 0.5))
    first, second = TONES
    return Case(
        tone=_bytes((_zoomed(smooth, zoom) + first) * second),
        inside=_bytes(255 * _zoomed(inside, zoom)),
        contrast=_bytes(255 * _zoomed(truth.mask, zoom)),
        iodine=_bytes(IODINE_STEPS * _zoomed(truth.iodine, zoom)),
    )


def _change(
    run: AttenuationRun, before: AttenuationRun, pair: FramePair, rest: tuple[_Truth, JudgingScale]
) -> Change | None:
    truth, scale = rest
    aligned = align(run, before, pair)
    if "baseline-unusable" in aligned.flags:
        return None
    contrast = subtract(aligned, scale, Settings().subtract)
    zoom = scale.mm_per_px / GRID_MM
    whole = (slice(0, truth.mask.shape[0]), slice(0, truth.mask.shape[1]))
    seen = change_input(aligned, contrast, whole, zoom)
    rows, columns = seen.shape[1:]
    share = cv2.resize(truth.mask.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA)
    first, second = CHANNELS
    kept = seen[:-2].copy()
    kept[0] *= STRENGTH_UNIT
    return Change(
        channels=_bytes((kept + first) * second),
        known=seen[-2].astype(np.uint8),
        metal=_bytes(255 * seen[-1]),
        contrast=_bytes(255 * share),
    )


def _zoomed(image: NDArray[np.generic], zoom: float) -> Image:
    return np.asarray(ndimage.zoom(image.astype(np.float32), zoom, order=1), np.float32)


def _bytes(image: NDArray[np.floating]) -> Bytes:
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)
