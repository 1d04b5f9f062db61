"""comparison.json and comparison.csv: what two reports differ in, as data (``docs/compare.md``).

``comparison.schema.json`` describes every key of comparison.json with its unit. ``schema_version`` is raised
when a key changes its meaning or goes away.
"""

import csv
import io
import json
from typing import Any

from spreadscan.anatomy import NERVE_AT
from spreadscan.values import (
    Comparison,
    JointDifference,
    MeasureDifference,
    PointDistance,
    RegionDifference,
)
from spreadscan.write.words.rounding import decimals

SCHEMA_NAME, SCHEMA_VERSION = "spreadscan.comparison", 1
COLUMNS = (
    "comparison",
    "level",
    "nerve",
    "side",
    "region",
    "first_verdict",
    "second_verdict",
    "first_probability",
    "second_probability",
    "probability_difference",
    "first_fraction",
    "first_fraction_low",
    "first_fraction_high",
    "second_fraction",
    "second_fraction_low",
    "second_fraction_high",
    "fraction_difference",
    "fraction_difference_low",
    "fraction_difference_high",
    "verdict_change",
    "first_contrast_sha256",
    "second_contrast_sha256",
)
FORMULA = (
    "Differences of the area in contrast are in percentage points. Their 90 % intervals come from the two"
    " reported ones, squared and added (Newcombe 1998; Zou and Donner 2008): below the difference"
    " √((f₂ − low₂)² + (high₁ − f₁)²), above it √((high₂ − f₂)² + (f₁ − low₁)²)."
)


def comparison_json(comparison: Comparison) -> str:
    """Return comparison.json: indented, no clock in it, never ``NaN``."""
    return json.dumps(comparison_record(comparison), ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def comparison_record(comparison: Comparison) -> dict[str, Any]:
    """Return the comparison as plain data; fractions and probabilities have 4 decimals, pixels and mm 2.

    Differences are second less first: of fractions and probabilities -1 to 1. What is unknown is ``None``.
    """
    agreement = comparison.agreement
    return {
        "schema": SCHEMA_NAME,
        "schema_version": SCHEMA_VERSION,
        "what": comparison.what,
        "first": {"name": comparison.names[0], **vars(comparison.first)},
        "second": {"name": comparison.names[1], **vars(comparison.second)},
        "assumption": comparison.assumption,
        "formula": FORMULA,
        "notes": list(comparison.notes),
        "regions": [_region(row) for row in comparison.regions],
        "joints": [_joint(joint) for joint in comparison.joints],
        "measures": [_measure(measure) for measure in comparison.measures],
        "agreement": None if agreement is None else {k: _plain(v) for k, v in vars(agreement).items()},
        "points": [_point(point) for point in comparison.points],
    }


def _region(row: RegionDifference) -> dict[str, Any]:
    return {
        "level": row.level,
        "nerve": row.nerve,
        "side": row.side,
        "region": row.region,
        "verdicts": list(row.verdicts),
        "probabilities": _plain(row.probabilities),
        "fractions": _plain(row.fractions),
        "fraction_intervals": _plain(row.intervals),
        "fraction_difference": _plain(row.fraction),
        "fraction_difference_interval": _plain(row.fraction_interval),
        "distinct": row.distinct,
        "probability_difference": _plain(row.probability),
        "change": row.change,
    }


def _joint(joint: JointDifference) -> dict[str, Any]:
    return {
        "joint": joint.joint,
        "side": joint.side,
        "upper_nerve": joint.upper_nerve,
        "lower_nerve": joint.lower_nerve,
        "verdicts": list(joint.verdicts),
        "probabilities": _plain(joint.probabilities),
        "probability_difference": _plain(joint.probability),
        "change": joint.change,
    }


def _measure(measure: MeasureDifference) -> dict[str, Any]:
    return {
        "name": measure.name,
        "side": measure.side,
        "unit": measure.unit,
        "values": _plain(measure.values, 2),
        "difference": _plain(measure.difference, 2),
        "interval": _plain(measure.interval, 2),
    }


def _point(point: PointDistance) -> dict[str, Any]:
    return {
        "level": point.level,
        "side": point.side,
        "nerve": NERVE_AT[point.level],
        "rows_px": _plain(point.rows_px, 2),
        "columns_px": _plain(point.columns_px, 2),
        "px": _plain(point.px, 2),
        "reference_mm": _plain(point.reference_mm, 2),
    }


def _plain(item: Any, places: int = 4) -> Any:
    """Return numbers rounded, alone or in a row; everything else as it is."""
    if isinstance(item, tuple):
        return [_plain(one, places) for one in item]
    return decimals(item, places) if isinstance(item, float) else item


def comparison_csv(comparison: Comparison) -> str:
    """Return one row per region, first and second side by side; unknown cells are empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in comparison.regions:
        nothing = (None, None)
        numbers = (
            *(*row.probabilities, row.probability),
            *(row.fractions[0], *(row.intervals[0] or nothing)),
            *(row.fractions[1], *(row.intervals[1] or nothing)),
            *(row.fraction, *(row.fraction_interval or nothing)),
        )
        which = (comparison.what, row.level, row.nerve, row.side or "", row.region, *row.verdicts)
        cells = ("" if number is None else decimals(number, 4) for number in numbers)
        writer.writerow((*which, *cells, row.change, comparison.first.sha256, comparison.second.sha256))
    return text.getvalue()
