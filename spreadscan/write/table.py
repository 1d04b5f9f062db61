"""coverage.csv: one row per level, side and region, for spreadsheets and statistics.

RFC 4180 with line feeds, UTF-8, units in the column names. What is unknown is an empty cell, never 0. Rows of
several studies can be joined: each carries its scale, the hash of its contrast file and the settings.
"""

import csv
import io
from pathlib import Path

from spreadscan.values import Calibration, CoverageReport, RegionCoverage
from spreadscan.write.words.report import findings
from spreadscan.write.words.rounding import cut, decimals, share

COLUMNS = (
    "level",
    "nerve",
    "side",
    "region",
    "verdict",
    "verdict_by_probability",
    "verdict_rules",
    "probability",
    "fraction",
    "fraction_low",
    "fraction_high",
    "course_reference_mm",
    "cause_of_doubt",
    "varied_probability",
    "reason",
    "flags",
    "landmarks_origin",
    "mm_per_px",
    "calibration_origin",
    "frame",
    "contrast_sha256",
    "settings_fingerprint",
    "spreadscan_version",
)


def write_table(report: CoverageReport, path: Path) -> None:
    """Write coverage.csv.

    Raises:
        OSError: the file cannot be written.
    """
    path.write_bytes(to_csv(report).encode("utf-8", "replace"))


def to_csv(report: CoverageReport) -> str:
    """Return the coverage as text in CSV, a header and one row per level, side and region.

    ``fraction``, ``fraction_low``, ``fraction_high`` (central 90 %), ``probability`` and
    ``varied_probability`` are of 0 to 1, ``course_reference_mm`` in reference millimetres of the level,
    ``frame`` is 1-based, flags are joined by semicolons. A text that a spreadsheet would take for a formula
    begins with an apostrophe.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    shared = _shared_cells(report)
    writer.writerows(_cells(row) + shared for junction in findings(report) for row in junction.rows)
    return text.getvalue()


def _cells(row: RegionCoverage) -> tuple[str, ...]:
    return (
        row.level,
        row.nerve,
        row.side,
        row.region,
        row.verdict,
        row.verdict_by_probability,
        ";".join(row.verdict_rules),
        _number(cut(row.probability)),
        _number(share(row.fraction)),
        _number(share(row.fraction_low)),
        _number(share(row.fraction_high)),
        _number(decimals(row.course_mm, 2)),
        row.cause or "",
        _number(cut(row.varied_probability)),
        _text(row.reason),
        ";".join(row.flags),
    )


def _shared_cells(report: CoverageReport) -> tuple[str, ...]:
    scale = report.calibration if isinstance(report.calibration, Calibration) else None
    contrast_files = [f.sha256 for f in report.source.files if f.role == "contrast"]
    return (
        report.landmarks.origin,
        _number(decimals(scale.mm_per_px, 6)) if scale else "",
        _text(scale.origin) if scale else "",
        str(report.source.frame),
        contrast_files[0] if contrast_files else "",
        _text(report.settings_fingerprint),
        report.version,
    )


def _number(number: float | None) -> str:
    return "" if number is None else f"{number:.6f}".rstrip("0").rstrip(".")


def _text(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
