"""Draw the simulated images that the search for landmarks is trained and judged on, and keep them small.

    python -m training.landmarks.images FOLDER --cases 4000 --seed 1 [--jobs 2]
    python -m training.landmarks.images FOLDER --from CASES [CASES ...]

The first form simulates images of ``simulate --draw views --fast`` (every seed has other bones); the second
takes cases that lie in folders, such as those of another simulator. Each image is read as ``analyse`` reads
it, and kept as the search sees it: on a square of 256 points, with the true points beside it.
"""

import argparse
import json
import os
import tempfile
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spreadscan.detect.picture import seen_square
from spreadscan.read.dicom import list_study, read_fluorogram
from spreadscan.settings import Settings
from spreadscan.stages.attenuate import attenuate
from spreadscan.stages.delimit import delimit
from spreadscan.values import JudgingScale

KEPT_SIDE = 256
"""Points along each side of what is kept: finer than the search looks, so that training can zoom in."""
KINDS = ("junction", "pedicle", "tptip", "spinous", "crest")
"""Kinds of landmarks in ``truth.json`` that are kept."""


class Kept(NamedTuple):
    """An image as the search sees it, and its truth.

    Attributes:
        name: of the case.
        square: (256, 256) tone, 0 to 1; -1 outside the field.
        names: of the points, such as ``junction_L4_left``; left and right are the image's, head up.
        points: (N, 2) row and column in points of the square.
        visible: (N,) whether the point lies in the field.
        mm: millimetres of the patient per point.
        primary_deg: rotation about the patient's long axis as the head-up picture shows it: with the sides of
            the picture exchanged it changes its sign.
        parallax_deg: angle of the ray through L4 against the central one: a spine beside it is seen from the
            side.
        secondary_deg: tilt towards the head.
        head_up: whether the head lies at the top.
        view: what was drawn, such as ``frontal``.
    """

    name: str
    square: NDArray[np.float32]
    names: tuple[str, ...]
    points: NDArray[np.float64]
    visible: NDArray[np.bool_]
    mm: float
    primary_deg: float
    parallax_deg: float
    secondary_deg: float
    head_up: bool
    view: str

    @property
    def seen_deg(self) -> float:
        """Rotation of L4 against the ray through it."""
        return self.primary_deg - self.parallax_deg


def read_kept(file: Path) -> Kept:
    """Return what is kept of an image."""
    with np.load(file, allow_pickle=False) as stored:
        square = np.where(stored["inside"], stored["tone"].astype(np.float32) / 255, np.float32(-1))
        facts = json.loads(str(stored["facts"]))
        return Kept(
            name=facts["name"],
            square=square,
            names=tuple(facts["names"]),
            points=stored["points"],
            visible=stored["visible"],
            mm=facts["mm"],
            primary_deg=facts["primary_deg"],
            parallax_deg=facts["parallax_deg"],
            secondary_deg=facts["secondary_deg"],
            head_up=facts["head_up"],
            view=facts["view"],
        )


def read_case(case: Path) -> Kept:
    """Return the image of a case at full size, tone as attenuation is, and its truth in pixels."""
    truth = json.loads((case / "truth.json").read_text())
    header = next(h for h in list_study(case) if h.path.name == truth["eval_file"])
    fluorogram, settings = read_fluorogram(header), Settings()
    scale = JudgingScale(truth["px_mm_spine_plane"], "truth")
    field = delimit(fluorogram, scale, settings.delimit)
    image = attenuate(fluorogram, field, scale, settings.attenuate).frame(truth["eval_frame"])
    lifted = image - image[field.inside].min() if field.inside.any() else image
    names, points, visible = _points(truth)
    return Kept(
        name=f"{case.parent.name}/{case.name}",
        square=np.where(field.inside, lifted, np.float32(-1)).astype(np.float32),
        names=tuple(names),
        points=points,
        visible=visible,
        mm=truth["px_mm_spine_plane"],
        primary_deg=truth["view"]["rot_axial_deg"] * (1 if _left_is_left(truth) else -1),
        parallax_deg=_parallax_deg(truth),
        secondary_deg=truth["view"]["rot_craniocaudal_deg"],
        head_up=truth["image_top_is"] == "head",
        view=str(truth["subject"]).rsplit("-", maxsplit=1)[-1],
    )


def keep_case(case: Path, folder: Path) -> None:
    """Read a case and keep its image as the search sees it."""
    read = read_case(case)
    square = seen_square(read.square, read.square > -0.9, KEPT_SIDE)
    facts = {
        "name": read.name,
        "names": read.names,
        "mm": read.mm * square.px_per_point,
        "primary_deg": read.primary_deg,
        "parallax_deg": read.parallax_deg,
        "secondary_deg": read.secondary_deg,
        "head_up": read.head_up,
        "view": read.view,
    }
    tone = np.rint(np.clip(square.tone, 0, 1) * 255).astype(np.uint8)
    target = folder / f"{case.parent.name}-{case.name}.npz"
    unfinished = target.with_name(f"unfinished-{os.getpid()}.npz")
    np.savez_compressed(
        unfinished,
        tone=tone,
        inside=square.inside,
        points=square.to_square(read.points),
        visible=read.visible,
        facts=json.dumps(facts),
    )
    unfinished.replace(target)


def _points(truth: dict) -> tuple[list[str], NDArray[np.float64], NDArray[np.bool_]]:
    """Names by the sides of the image as the head-up picture has them, (row, column), and visibility."""
    left_is_left = _left_is_left(truth)
    names, points, visible = [], [], []
    for name, (column, row) in truth["landmarks_px"].items():
        kind, *rest = name.split("_")
        if kind not in KINDS:
            continue
        level, side = rest
        where = "middle" if side == "M" else "left" if (side == "L") == left_is_left else "right"
        names.append(f"{kind}_{level}_{where}")
        points.append((row, column))
        visible.append(bool(truth["landmarks_in_view"][name]))
    return names, np.array(points, float), np.array(visible)


def _parallax_deg(truth: dict) -> float:
    """Angle of the ray through the middle of L4 against the central one, across the head-up picture."""
    sides = [truth["landmarks_px"].get(f"junction_L4_{side}") for side in "LR"]
    if None in sides:
        return 0.0
    off_px = np.mean([place[0] for place in sides]) - (truth["cols"] - 1) / 2
    angle = float(np.degrees(np.arctan(off_px * truth["detector_pitch_mm"] / truth["SID_mm"])))
    return angle if truth["image_top_is"] == "head" else -angle


def _left_is_left(truth: dict) -> bool:
    """Whether the patient's left lies on the left of the head-up picture."""
    return (truth["image_left_is_patient"] == "L") == (truth["image_top_is"] == "head")


def draw_and_keep(number: int, seed: int, folder: Path) -> None:
    """Simulate one image and keep it."""
    from spreadscan.phantom.chance import Ticket
    from spreadscan.phantom.draw import draw_scenario
    from spreadscan.phantom.simulate import simulate, write_case

    if (folder / f"{seed}-{number:05d}.npz").exists():
        return
    ticket = Ticket(seed, number, fast=True)
    scenario = draw_scenario("views", ticket.chance("scenario"))
    shelf = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=shelf) as made:
        case = Path(made) / str(seed) / f"{number:05d}"
        case.mkdir(parents=True)
        write_case(simulate(scenario, ticket), case)
        try:
            keep_case(case, folder)
        except Exception as error:
            print(f"{seed}-{number:05d}: {error}", flush=True)


def every_case(folders: Iterable[Path]) -> list[Path]:
    """Return the folders of all cases in some folders."""
    return sorted(path.parent for folder in folders for path in folder.glob("*/truth.json"))


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cases", type=int, default=4000)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--from", dest="cases_in", type=Path, nargs="*")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(options.jobs) as pool:
        if options.cases_in:
            list(pool.map(partial(keep_case, folder=options.folder), every_case(options.cases_in)))
            return
        numbers = range(options.first, options.first + options.cases)
        work = partial(draw_and_keep, seed=options.seed, folder=options.folder)
        for done, _ in enumerate(pool.map(work, numbers, chunksize=4), start=1):
            if done % 100 == 0:
                print(f"{done} of {options.cases}", flush=True)


if __name__ == "__main__":
    main()
