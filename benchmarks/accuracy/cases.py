"""Simulated cases as a benchmark meets them: their truth, their situation, and what an analysis may be told.

A case is a folder with DICOM files, truth.json and truth.npz; those of ``spreadscan simulate`` and of other
simulators that write the same format are understood.
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spreadscan.anatomy import ASSESSED_LEVELS
from spreadscan.values import Landmark, Landmarks, Request

Mask = NDArray[np.bool_]
Record = dict[str, Any]

CHAINS = {"lin": "linear", "log": "logarithmic", "disp": "display"}
"""Short names of the pixel chains that truth files may use."""
UNUSED = ("none", "needle_only", "untreated")
"""Kinds of sites into which nothing was injected."""


@dataclass(frozen=True)
class Situation:
    """What a case is like, for tables of figures by situation.

    Attributes:
        mode: ``cine``, ``pair`` or ``spot``.
        quanta_per_mm2: detected quanta per mm² of the isocentre plane in one frame.
        iodine_mg_per_ml: the strongest contrast injected; 0 where there was none.
        patterns: what was injected, each kind once.
        pixels: chain of processing: ``linear``, ``logarithmic`` or ``display``.
        needles: number of needles in the patient.
    """

    mode: str
    quanta_per_mm2: float
    iodine_mg_per_ml: float
    patterns: tuple[str, ...]
    pixels: str
    needles: int


@dataclass(frozen=True)
class Case:
    """A case with its truth.

    Attributes:
        folder: of the case.
        truth: what truth.json holds.
        mask: (R, C) iodine above the case's limit of detection, within the field.
        field: (R, C) the exposed field.
        landmarks: the true SAP–TP junctions, in view or not.
    """

    folder: Path
    truth: Record
    mask: Mask
    field: Mask
    landmarks: Landmarks

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.folder.name

    @property
    def mm_per_px(self) -> float:
        """True size of a pixel at the depth of the junctions."""
        return float(self.truth["px_mm_spine_plane"])


def find_cases(folder: Path) -> list[Path]:
    """Return the folders of the cases within a folder, in order of name."""
    return sorted(path.parent for path in folder.glob("*/truth.npz"))


def read_case(folder: Path) -> Case:
    """Return a case with its truth."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    with np.load(folder / "truth.npz") as stored:
        shape = tuple(int(n) for n in stored["shape"])
        mask, field = (
            np.unpackbits(stored[name])[: shape[0] * shape[1]].reshape(shape).astype(bool)
            for name in ("mask_det", "field")
        )
    return Case(folder, truth, mask & field, field, _junctions(truth))


def situation(truth: Record) -> Situation:
    """Return the situation that truth.json describes."""
    config = truth["config"]
    used = [
        site for site in truth["intended"].values() if site["type"] not in UNUSED and site.get("ml", 0) > 0
    ]
    return Situation(
        mode=config["mode"],
        quanta_per_mm2=_quanta_per_mm2(truth),
        iodine_mg_per_ml=max((float(site["conc"]) for site in used), default=0.0),
        patterns=tuple(sorted({site["type"] for site in used})),
        pixels=config["processing"]["chain"] if "processing" in config else CHAINS[config["disp"]],
        needles=len(truth["needles"]),
    )


def lay_out(case: Case, folder: Path, with_landmarks: bool) -> tuple[Path, Request]:
    """Copy the DICOM files of a case out of sight of its truth; return the study and what may be told of it.

    Told are the frame that is scored, the side where the files lack it, and the junctions in view.

    Args:
        case: the case.
        folder: an empty folder for the copies.
        with_landmarks: whether the true junctions are handed in.
    """
    study = folder / "study"
    study.mkdir()
    for file in sorted(case.folder.glob("*.dcm")):
        shutil.copy(file, study)
    seen = [point for point in case.landmarks.points if _in_view(case.truth, point)]
    file_of_landmarks = _write_landmarks(seen, folder) if with_landmarks and seen else None
    side = None
    if "noorient" in case.truth["quality_flags"]:
        side = "image left" if case.truth["image_left_is_patient"] == "L" else "image right"
    frame = int(case.truth["eval_frame"]) + 1
    return study, Request(frame=frame, landmarks=file_of_landmarks, patient_left=side)


def _quanta_per_mm2(truth: Record) -> float:
    """Quanta in 1 mm² of the isocentre plane; some truths give them per pixel."""
    config = truth["config"]
    if "detector" in config:
        return float(config["detector"]["quanta_per_mm2"])
    pixel_mm = truth["detector_pitch_mm"] * truth["SOD_iso_mm"] / truth["SID_mm"]
    return float(config["quanta"] / pixel_mm**2)


def _junctions(truth: Record) -> Landmarks:
    sides = {"L": "left", "R": "right"}
    points = []
    for name, (column, row) in truth["landmarks_px"].items():
        kind, level, side = (*name.split("_"), "")[:3]
        if kind == "junction" and level in ASSESSED_LEVELS:
            points.append(Landmark(level, sides[side], "sap_tp_junction", row, column))
    return Landmarks("given", tuple(points))


def _in_view(truth: Record, point: Landmark) -> bool:
    return bool(truth["landmarks_in_view"].get(f"junction_{point.level}_{point.side[0].upper()}"))


def _write_landmarks(points: list[Landmark], folder: Path) -> Path:
    record = {
        "schema": "spreadscan.landmarks",
        "schema_version": 1,
        "points": [
            {"level": p.level, "side": p.side, "kind": p.kind, "row": p.row, "column": p.column}
            for p in points
        ],
    }
    file = folder / "landmarks.json"
    file.write_text(json.dumps(record), encoding="utf-8")
    return file
