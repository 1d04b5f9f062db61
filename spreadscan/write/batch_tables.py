"""summary.csv and failures.csv of a batch: one row per study, for spreadsheets and statistics."""

import csv
import io
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from spreadscan.anatomy import JOINTS
from spreadscan.errors import CannotWrite
from spreadscan.values import Calibration, CoverageReport
from spreadscan.write.words.rounding import cut, decimals

SUMMARY_COLUMNS = (
    "study",
    "contrast_found",
    "method",
    "area_px",
    "area_mm2",
    "possible_area_px",
    "branches_shown",
    "branches_probable",
    "branches_indeterminate",
    "branches_not_shown",
    "branches_not_assessed",
    *(f"joint_{joint.name.replace('/', '_')}_{side}" for joint in JOINTS for side in ("left", "right")),
    "protocol",
    "protocol_answer",
    "protocol_probability_low",
    "protocol_probability_high",
    "frame",
    "baseline_frames",
    "patient_left",
    "mm_per_px",
    "mm_relative_uncertainty",
    "landmarks_origin",
    "flags",
    "settings_fingerprint",
    "spreadscan_version",
)
FAILURE_COLUMNS = ("study", "slug", "problem")


def summary_row(report: CoverageReport) -> dict[str, str]:
    """Return the row of a study in summary.csv, without its name; what is unknown is empty, never 0.

    ``branches_*`` count the medial, intermediate and lateral regions of all levels and sides by verdict;
    ``joint_*`` is the verdict on a facet joint, its probability in brackets. The two probabilities of a
    protocol differ where a part of it was not assessed.
    """
    verdicts = [row.verdict for row in report.coverage.regions if row.region != "common"]
    scale = report.calibration if isinstance(report.calibration, Calibration) else None
    judged = "cannot-judge" not in report.flags
    joints = {
        f"joint_{j.joint.replace('/', '_')}_{j.side}": _joint(j.verdict, j.probability)
        for j in report.coverage.joints
        if j.side in ("left", "right")
    }
    return {
        "contrast_found": str(report.contrast.found).lower() if judged else "",
        "method": report.contrast.method,
        "area_px": str(report.contrast.area_px) if judged else "",
        "area_mm2": _number(decimals(report.contrast.area_mm2, 1)) if judged else "",
        "possible_area_px": str(report.contrast.possible_area_px) if judged else "",
        **{
            f"branches_{verdict.replace(' ', '_')}": str(verdicts.count(verdict))
            for verdict in ("shown", "probable", "indeterminate", "not shown", "not assessed")
        },
        **joints,
        **_protocol(report),
        "frame": str(report.source.frame),
        "baseline_frames": str(len(report.source.baseline_frames)),
        "patient_left": report.orientation.patient_left,
        "mm_per_px": _number(decimals(scale.mm_per_px, 6)) if scale else "",
        "mm_relative_uncertainty": _number(scale.relative_uncertainty) if scale else "",
        "landmarks_origin": report.landmarks.origin,
        "flags": ";".join(report.flags),
        "settings_fingerprint": report.settings_fingerprint,
        "spreadscan_version": report.version,
    }


def write_summary(rows: Iterable[Mapping[str, str]], path: Path) -> None:
    """Write summary.csv: one row per analysed study, each with its name under ``study``.

    Raises:
        CannotWrite: ``output-unwritable``.
    """
    _write(path, SUMMARY_COLUMNS, rows)


def write_failures(rows: Iterable[Mapping[str, str]], path: Path) -> None:
    """Write failures.csv: one row per study without a result, with slug and problem.

    Raises:
        CannotWrite: ``output-unwritable``.
    """
    _write(path, FAILURE_COLUMNS, rows)


def _write(path: Path, columns: tuple[str, ...], rows: Iterable[Mapping[str, str]]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _safe(value) for key, value in row.items()} for row in rows)
    try:
        # a hidden folder beside the table, on the same file system, goes away whatever happens
        with tempfile.TemporaryDirectory(prefix=".spreadscan-", dir=path.parent) as hidden:
            staged = Path(hidden, path.name)
            staged.write_bytes(text.getvalue().encode("utf-8", "replace"))
            staged.replace(path)
    except OSError as error:
        raise CannotWrite(
            "output-unwritable",
            f"cannot be written ({error.strerror or error})",
            file=path.name,
            advice="check that the folder may be written to and the disk has room",
        ) from error


def _protocol(report: CoverageReport) -> dict[str, str]:
    outcome = report.judgement.outcome
    if outcome is None:
        return {}
    return {
        "protocol": outcome.protocol.name,
        "protocol_answer": outcome.answer,
        "protocol_probability_low": _number(cut(outcome.low)),
        "protocol_probability_high": _number(cut(outcome.high)),
    }


def _joint(verdict: str, probability: float | None) -> str:
    return verdict if probability is None else f"{verdict} ({_number(cut(probability))})"


def _number(number: float | None) -> str:
    return "" if number is None else f"{number:.6f}".rstrip("0").rstrip(".")


def _safe(text: str) -> str:
    """Keep a text on its line, and a spreadsheet from taking it for a formula."""
    line = "".join(char if char.isprintable() else " " for char in text).strip()
    return f"'{line}" if line.startswith(("=", "+", "-", "@")) else line
