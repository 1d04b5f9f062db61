"""The score of one simulated case: analysed blind, compared with its truth; kept as JSON and CSV."""

import csv
import json
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.accuracy.cases import Case, Mask, Situation, lay_out, read_case, situation
from spreadscan.errors import SpreadscanError
from spreadscan.pipeline import analyse
from spreadscan.settings import CoverSettings
from spreadscan.stages.cover import Scene, cover
from spreadscan.stages.place import place
from spreadscan.stages.segment import from_given
from spreadscan.values import Coverage, CoverageReport, GivenMask, Landmarks, Orientation, RegionCoverage

SCHEMA = "spreadscan.accuracy"
SCHEMA_VERSION = 1
NEAR_MM = 30.0
"""Contrast within this distance of a junction is near it."""


@dataclass(frozen=True)
class Region:
    """Found and true coverage of one region; ``None`` where the program gave no answer.

    Attributes:
        place: level, side and region.
        fraction, low, high: fraction of the region in contrast, and its 90 % interval.
        probability: that the region was exposed.
        true_fraction, exposed: the same of the true mask with the true junctions.
    """

    place: str
    fraction: float | None
    low: float | None
    high: float | None
    probability: float | None
    true_fraction: float
    exposed: bool


@dataclass(frozen=True)
class Score:
    """What came of one case.

    Attributes:
        name: of the case.
        situation: what it is like.
        failure: why it could not be analysed; empty when it could.
        true_mm2: area of true contrast in the field.
        found_mm2, false_mm2, missed_mm2: area of the sure mask, of it beyond the truth, of the truth beyond
            it.
        dice: of the sure mask in the field; 0 for a failure, ``None`` where there is no true contrast.
        dice_near: the same within ``NEAR_MM`` of a junction.
        regions: of the junctions in the field.
        flags: raised by the analysis.
    """

    name: str
    situation: Situation
    failure: str
    true_mm2: float
    found_mm2: float
    false_mm2: float
    missed_mm2: float
    dice: float | None
    dice_near: float | None
    regions: tuple[Region, ...]
    flags: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is no true contrast in the field."""
        return self.true_mm2 == 0


def score_case(folder: Path, with_landmarks: bool = True) -> Score:
    """Return the score of a case; whatever goes wrong in its analysis is a failure, not a gap."""
    case = read_case(folder)
    with tempfile.TemporaryDirectory() as scratch:
        study, request = lay_out(case, Path(scratch), with_landmarks)
        try:
            report = analyse(study, request)
        except SpreadscanError as error:
            return _score(case, None, str(error))
        except Exception as error:
            return _score(case, None, f"unexpected: {type(error).__name__}: {error}")
    return _score(case, report, "")


def _score(case: Case, report: CoverageReport | None, failure: str) -> Score:
    sure = np.zeros_like(case.mask) if report is None else report.mask.sure & case.field
    near = _near(case.landmarks, case.mask.shape, NEAR_MM / case.mm_per_px)
    mm2 = case.mm_per_px**2
    return Score(
        name=case.name,
        situation=situation(case.truth),
        failure=failure,
        true_mm2=float(case.mask.sum() * mm2),
        found_mm2=float(sure.sum() * mm2),
        false_mm2=float((sure & ~case.mask).sum() * mm2),
        missed_mm2=float((case.mask & ~sure).sum() * mm2),
        dice=dice(sure, case.mask),
        dice_near=dice(sure & near, case.mask & near),
        regions=_regions(case, None if report is None else report.coverage),
        flags=() if report is None else report.flags,
    )


def dice(found: Mask, true: Mask) -> float | None:
    """Return twice the common area over the sum of both; ``None`` where nothing is true."""
    if not true.any():
        return None
    return float(2 * (found & true).sum() / (found.sum() + true.sum()))


def _near(points: Landmarks, shape: tuple[int, ...], radius_px: float) -> Mask:
    row, column = np.ogrid[: shape[0], : shape[1]]
    near = np.zeros(shape, bool)
    for point in points.points:
        near |= (row - point.row) ** 2 + (column - point.column) ** 2 <= radius_px**2
    return near


def true_regions(case: Case) -> dict[tuple[str, str, str], tuple[float, bool]]:
    """Return the true fraction and whether it was exposed for every region that the truth can judge."""
    exact = CoverSettings(draws=1, given_sd_reference_mm=1e-9)
    placed = place(case.landmarks, Orientation("image left", "truth", True, True), exact)
    true_mask = from_given(GivenMask(case.mask, case.mask))
    scene = Scene(true_mask, case.field, np.zeros_like(case.mask), "")
    return {
        (true.level, true.side, true.region): (true.fraction, true.probability >= 0.5)
        for true in cover(placed, scene, exact).regions
        if true.fraction is not None and true.probability is not None
    }


def _regions(case: Case, found: Coverage | None) -> tuple[Region, ...]:
    """Every region that the truth can judge, beside what was found of it."""
    rows: dict[tuple[str, str, str], RegionCoverage] = (
        {} if found is None else {(row.level, row.side, row.region): row for row in found.regions}
    )
    return tuple(_region(rows.get(key), " ".join(key), true) for key, true in true_regions(case).items())


def true_exposure(case: Case) -> dict[str, bool]:
    """Return for every region that the truth can judge, as ``L4 left medial``, whether it was exposed."""
    return {region.place: region.exposed for region in _regions(case, None)}


def _region(found: RegionCoverage | None, place: str, true: tuple[float, bool]) -> Region:
    """One region, ``true`` its fraction and whether it was exposed."""
    return Region(
        place=place,
        fraction=None if found is None else found.fraction,
        low=None if found is None else found.fraction_low,
        high=None if found is None else found.fraction_high,
        probability=None if found is None else found.probability,
        true_fraction=true[0],
        exposed=true[1],
    )


def write_json(scores: list[Score], file: Path) -> None:
    """Write the scores, to be compared with later ones."""
    record = {"schema": SCHEMA, "schema_version": SCHEMA_VERSION, "cases": [asdict(s) for s in scores]}
    file.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def read_json(file: Path) -> list[Score]:
    """Return the scores of a file.

    Raises:
        ValueError: the file does not hold scores of this version.
    """
    record = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(record, dict) or record.get("schema") != SCHEMA:
        raise ValueError(f"{file.name} does not hold scores")
    if record["schema_version"] != SCHEMA_VERSION:
        raise ValueError(f"{file.name} is of version {record['schema_version']}, not {SCHEMA_VERSION}")
    return [_score_from(item) for item in record["cases"]]


def _score_from(item: dict[str, Any]) -> Score:
    about = item["situation"]
    return Score(
        **{
            **item,
            "situation": Situation(**{**about, "patterns": tuple(about["patterns"])}),
            "regions": tuple(Region(**region) for region in item["regions"]),
            "flags": tuple(item["flags"]),
        }
    )


def write_csv(scores: list[Score], file: Path) -> None:
    """Write one row per case; unknown is an empty cell."""
    rows = [_row(score) for score in scores]
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, fieldnames=list(rows[0]) if rows else ["case"])
        writer.writeheader()
        writer.writerows(rows)


def _row(score: Score) -> dict[str, Any]:
    about = score.situation
    answered = [region for region in score.regions if region.probability is not None]
    agreed = sum(((region.probability or 0) >= 0.5) == region.exposed for region in answered)
    return {
        "case": score.name,
        "mode": about.mode,
        "quanta_per_mm2": round(about.quanta_per_mm2, 1),
        "iodine_mg_per_ml": about.iodine_mg_per_ml,
        "patterns": " ".join(about.patterns),
        "pixels": about.pixels,
        "needles": about.needles,
        "failure": score.failure,
        "true_mm2": round(score.true_mm2, 2),
        "found_mm2": round(score.found_mm2, 2),
        "false_mm2": round(score.false_mm2, 2),
        "missed_mm2": round(score.missed_mm2, 2),
        "dice": "" if score.dice is None else round(score.dice, 4),
        "dice_near": "" if score.dice_near is None else round(score.dice_near, 4),
        "regions": len(score.regions),
        "regions_answered": len(answered),
        "regions_agreed": agreed,
        "flags": " ".join(score.flags),
    }
