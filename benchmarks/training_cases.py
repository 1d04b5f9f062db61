"""Simulated cases as the training of the single-image network keeps them: on one fine grid, read once.

Reading a case (decoding, field, attenuation) takes a hundred times as long as drawing a sample from it, so
what was read is kept in a folder, a file per case.
"""

import hashlib
import json
import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spreadscan.read.dicom import list_study, read_fluorogram
from spreadscan.settings import Settings
from spreadscan.stages.attenuate import attenuate
from spreadscan.stages.delimit import delimit
from spreadscan.values import JudgingScale

FINE_MM = 0.5
"""Cases are kept on this grid, finer than the network's, so that training can change their size."""

Image = NDArray[np.float32]


class Case(NamedTuple):
    """A simulated image on the fine grid.

    Attributes:
        name: of the folder it came from.
        image: (R, C) attenuation, 0 at the first and 1 at the 99th percentile of the field.
        inside: (R, C) 1 in the X-ray field.
        contrast: (R, C) 1 where iodine exceeds the detection limit.
        iodine: (R, C) iodine in detection limits.
    """

    name: str
    image: Image
    inside: Image
    contrast: Image
    iodine: Image

    @property
    def empty(self) -> bool:
        """Whether there is no contrast."""
        return not self.contrast.any()


def load_cases(folders: list[Path], kept: Path, jobs: int) -> list[Case]:
    """Return the cases of all folders, from what is kept of them where something is."""
    kept.mkdir(parents=True, exist_ok=True)
    found = sorted(path.parent for folder in folders for path in folder.glob("*/truth.npz"))
    with ProcessPoolExecutor(jobs) as pool:
        return list(pool.map(partial(load_case, kept=kept), found))


def load_case(folder: Path, kept: Path) -> Case:
    """Return a case, read from its files or from what is kept of it."""
    file = kept / f"{hashlib.sha256((folder / 'truth.json').read_bytes()).hexdigest()[:20]}.npz"
    if not file.exists():
        case = read_case(folder)
        parts = {name: getattr(case, name).astype(np.float16) for name in Case._fields[1:]}
        unfinished = file.with_name(f"{file.stem}-{os.getpid()}.npz")
        np.savez(unfinished, **parts)
        unfinished.replace(file)
    with np.load(file, allow_pickle=False) as stored:
        return Case(str(folder), *(stored[name].astype(np.float32) for name in Case._fields[1:]))


def read_case(folder: Path) -> Case:
    """Read a case: its evaluated frame, its field, its iodine and where that exceeds the detection limit."""
    truth = json.loads((folder / "truth.json").read_text())
    header = next(h for h in list_study(folder) if h.path.name == truth["eval_file"])
    scale = JudgingScale(truth["px_mm_spine_plane"], "truth")
    fluorogram, settings = read_fluorogram(header), Settings()
    field = delimit(fluorogram, scale, settings.delimit)
    image = attenuate(fluorogram, field, scale, settings.attenuate).frame(truth["eval_frame"])
    with np.load(folder / "truth.npz") as stored:
        shape = tuple(int(n) for n in stored["shape"])
        mask = np.unpackbits(stored["mask_det"])[: shape[0] * shape[1]].reshape(shape)
        iodine = stored[f"iodine_f{truth['eval_frame']}"].astype(np.float32) / truth["detect_thr_mg_cm2"]
    low, high = np.percentile(image[field.inside], [1, 99])
    tone = (np.where(field.inside, image, low) - low) / max(high - low, 1e-9)
    zoom = scale.mm_per_px / FINE_MM
    smooth = ndimage.gaussian_filter(tone, max(0.0, 0.5 / zoom - 0.5))
    parts = (
        ndimage.zoom(part.astype(np.float32), zoom, order=1) for part in (smooth, field.inside, mask, iodine)
    )
    return Case(folder.name, *parts)
