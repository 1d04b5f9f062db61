"""report.json: the whole result as plain data, the same bytes at every run.

``report.schema.json`` describes every key with its unit. ``schema_version`` is raised when a key changes its
meaning or goes away, not when one is added. Version 1: ``verdict`` of regions and joints was what the
probability alone says. Version 2: it is what the rules of wording make of it, the word of every other output;
what the probability alone says is ``verdict_by_probability``.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spreadscan.anatomy import JOINTS, NERVE_AT, REGIONS
from spreadscan.values import (
    BranchRegion,
    Calibration,
    Component,
    CoverageReport,
    Iodine,
    JointCoverage,
    Landmark,
    RegionCoverage,
    Search,
    SideExtent,
    Site,
    Source,
    Uncalibrated,
    Uptake,
)
from spreadscan.write.judgement_record import protocol_record, statement_record
from spreadscan.write.words.course import time_courses
from spreadscan.write.words.report import LIMITS, contrast_state, place_order, raised_flags
from spreadscan.write.words.rounding import cut, decimals, share

SCHEMA_NAME = "spreadscan.report"
SCHEMA_VERSION = 2


def write_record(report: CoverageReport, path: Path) -> None:
    """Write report.json: UTF-8, indented, no clock in it, never ``NaN``.

    Raises:
        OSError: the file cannot be written.
    """
    text = json.dumps(to_record(report), ensure_ascii=False, allow_nan=False, indent=1)
    # a lone surrogate, as a wrongly decoded header can hold, has no UTF-8
    path.write_bytes((text + "\n").encode("utf-8", "replace"))


def to_record(report: CoverageReport) -> dict[str, Any]:
    """Return the report as plain data in the order of the schema.

    Positions in pixels have 2 decimals, lengths in mm 2, areas in mm² 1, shares and probabilities 4; a share
    is 0 or 1 only when it is exactly so. What is unknown, infinite or not a number is ``None``.
    """
    return {
        "schema": SCHEMA_NAME,
        "schema_version": SCHEMA_VERSION,
        "spreadscan_version": report.version,
        "source": _source(report.source),
        "calibration": _calibration(report.calibration),
        "orientation": {
            "patient_left": report.orientation.patient_left,
            "origin": report.orientation.origin,
            "head_at_top": report.orientation.head_at_top,
            "frontal": report.orientation.frontal,
        },
        "landmarks": {
            "origin": report.landmarks.origin,
            "points": [_point(p) for p in _in_order(report.landmarks.points)],
            "search": _search(report.search),
        },
        "contrast": _contrast(report),
        "uptake": _uptake(report.uptake),
        "iodine": _iodine(report.iodine),
        "time_courses": time_courses(report),
        "coverage": [_coverage(row) for row in sorted(report.coverage.regions, key=_region_order)],
        "joints": [_joint(joint) for joint in report.coverage.joints],
        "statements": [statement_record(statement) for statement in report.judgement.statements],
        "protocol": protocol_record(report.judgement.outcome),
        "levels": [_extent(extent) for extent in report.contrast.sides],
        "regions": [_region(region) for region in sorted(report.regions.regions, key=_region_order)],
        "field": {"origin": report.field.origin, "shape": report.field.shape},
        "flags": [
            {"code": flag.code, "message": flag.message, "advice": flag.advice}
            for flag in raised_flags(report)
        ],
        "settings_fingerprint": report.settings_fingerprint,
        "steps": [
            {"stage": step.stage, "outcome": step.outcome, "by_person": step.by_person}
            for step in report.steps
        ],
        "limits": list(LIMITS),
    }


def _source(source: Source) -> dict[str, Any]:
    return {
        "files": [{"sha256": f.sha256, "role": f.role, "sop_class": f.sop_class} for f in source.files],
        "rows": int(source.rows),
        "columns": int(source.columns),
        "frames": int(source.frames),
        "frame": int(source.frame),
        "baseline_frames": [int(frame) for frame in source.baseline_frames],
    }


def _calibration(calibration: Calibration | Uncalibrated) -> dict[str, Any]:
    scale = calibration if isinstance(calibration, Calibration) else None
    return {
        "mm_per_px": decimals(scale.mm_per_px, 6) if scale else None,
        "row_mm_per_px": decimals(scale.row_mm_per_px, 6) if scale else None,
        "column_mm_per_px": decimals(scale.column_mm_per_px, 6) if scale else None,
        "origin": scale.origin if scale else "none",
        "relative_uncertainty": decimals(scale.relative_uncertainty, 4) if scale else None,
        "reason": calibration.reason if isinstance(calibration, Uncalibrated) else "",
    }


def _point(point: Landmark) -> dict[str, Any]:
    return {
        "level": point.level,
        "side": point.side,
        "nerve": NERVE_AT[point.level],
        "kind": point.kind,
        "row": decimals(point.row, 2),
        "column": decimals(point.column, 2),
        "sd_px": decimals(point.sd_px, 2),
        "found": point.found,
    }


def _search(search: Search | None) -> dict[str, Any] | None:
    if search is None or (search.view is None and not search.reason):
        return None
    view = search.view
    return {
        "reason": search.reason or None,
        "frontal_lumbar_probability": decimals(view.answerable, 3) if view else None,
        "level_probability": decimals(view.level_probability, 3) if view else None,
        "agreement": decimals(view.agreement, 3) if view else None,
        "head_up": view.head_up if view else None,
        "rotation_deg": decimals(view.rotation_deg, 1) if view else None,
        "rotation_sd_deg": decimals(view.rotation_sd_deg, 1) if view else None,
    }


def _contrast(report: CoverageReport) -> dict[str, Any]:
    contrast = report.contrast
    # an area of 0 would claim that there is none
    judged = contrast_state(report) != "not judged"
    return {
        "found": bool(contrast.found),
        "judged": judged,
        "method": contrast.method,
        "origin": report.mask.origin,
        "area_px": int(contrast.area_px) if judged else None,
        "possible_area_px": int(contrast.possible_area_px) if judged else None,
        "area_mm2": decimals(contrast.area_mm2, 1) if judged else None,
        "possible_area_mm2": decimals(contrast.possible_area_mm2, 1) if judged else None,
        "fixed_limit": decimals(contrast.fixed_limit, 5),
        "fixed_area_px": contrast.fixed_area_px if judged else None,
        "fixed_area_mm2": decimals(contrast.fixed_area_mm2, 1) if judged else None,
        "detection_limit": decimals(contrast.detection_limit, 5),
        "unit": contrast.unit,
        "extent": {
            "height_px": int(contrast.height_px) if judged else None,
            "width_px": int(contrast.width_px) if judged else None,
            "height_mm": decimals(contrast.height_mm, 2) if judged else None,
            "width_mm": decimals(contrast.width_mm, 2) if judged else None,
        },
        "components": [_component(component) for component in contrast.components],
    }


def _component(component: Component) -> dict[str, Any]:
    return {
        "area_px": int(component.area_px),
        "centroid_row": decimals(component.centroid_row, 2),
        "centroid_column": decimals(component.centroid_column, 2),
        "nearest_junction": _junction(component.nearest_junction),
        "kind": component.kind,
        "kind_confidence": cut(component.kind_confidence),
        "kind_settled_by": component.kind_settled_by,
    }


def _uptake(uptake: Uptake) -> dict[str, Any]:
    return {
        "state": uptake.state,
        "reason": uptake.reason,
        "adequate": bool(uptake.adequate),
        "passages": [
            {
                "area_px": int(passage.area_px),
                "centroid_row": decimals(passage.centroid_row, 2),
                "centroid_column": decimals(passage.centroid_column, 2),
                "first_frame": int(passage.first_frame) + 1,
                "peak_frame": int(passage.peak_frame) + 1,
                "washed": share(passage.washed),
                "confidence": cut(passage.confidence),
            }
            for passage in uptake.passages
        ],
    }


def _iodine(iodine: Iodine) -> dict[str, Any]:
    return {
        "reason": iodine.reason,
        "detection_limit_mg_cm2": _interval(iodine.detection_limit_mg_cm2),
        "mass_mg": _interval(iodine.mass_mg),
        "injected_mg": decimals(iodine.injected_mg, 3),
        "recovered_fraction": _interval(iodine.recovered),
    }


def _interval(interval: tuple[float, float, float] | None) -> dict[str, float | None] | None:
    if interval is None:
        return None
    return dict(zip(("low", "best", "high"), (decimals(one, 3) for one in interval), strict=True))


def _junction(junction: Site | None) -> dict[str, str] | None:
    if junction is None:
        return None
    level, side = junction
    return {"level": level, "side": side, "nerve": NERVE_AT[level]}


def _coverage(row: RegionCoverage) -> dict[str, Any]:
    return {
        "level": row.level,
        "side": row.side,
        "nerve": row.nerve,
        "region": row.region,
        "fraction": share(row.fraction),
        "fraction_low": share(row.fraction_low),
        "fraction_high": share(row.fraction_high),
        "course_mm": decimals(row.course_mm, 2),
        "probability": cut(row.probability),
        "verdict": row.verdict,
        "verdict_by_probability": row.verdict_by_probability,
        "verdict_rules": list(row.verdict_rules),
        "reason": row.reason,
        "flags": list(row.flags),
        "cause_of_doubt": row.cause,
        "varied_probability": cut(row.varied_probability),
    }


def _joint(joint: JointCoverage) -> dict[str, Any]:
    bones = {j.name: (j.upper_level, j.lower_level) for j in JOINTS}
    upper_level, lower_level = bones[joint.joint]
    return {
        "joint": joint.joint,
        "side": joint.side,
        "upper_level": upper_level,
        "upper_nerve": joint.upper_nerve,
        "lower_level": lower_level,
        "lower_nerve": joint.lower_nerve,
        "verdict": joint.verdict,
        "verdict_by_probability": joint.verdict_by_probability,
        "verdict_rules": list(joint.verdict_rules),
        "probability": cut(joint.probability),
    }


def _extent(extent: SideExtent) -> dict[str, Any]:
    return {
        "side": extent.side,
        "levels": list(extent.levels),
        "nerves": [NERVE_AT[level] for level in extent.levels],
        "cranio_caudal_reference_mm": decimals(extent.cranio_caudal_reference_mm, 2),
        "medio_lateral_reference_mm": decimals(extent.medio_lateral_reference_mm, 2),
        "cranio_caudal_mm": decimals(extent.cranio_caudal_mm, 2),
        "medio_lateral_mm": decimals(extent.medio_lateral_mm, 2),
    }


def _region(region: BranchRegion) -> dict[str, Any]:
    return {
        "level": region.level,
        "side": region.side,
        "nerve": NERVE_AT[region.level],
        "region": region.region,
        "outline_px": _points(region.outline_px),
        "course_px": _points(region.course_px),
    }


def _points(points: NDArray[np.float64]) -> list[list[float | None]]:
    return [[decimals(row, 2), decimals(column, 2)] for row, column in points.tolist()]


def _in_order(points: Iterable[Landmark]) -> list[Landmark]:
    """Landmarks by place, those of one place by kind."""
    return sorted(sorted(points, key=lambda p: p.kind), key=lambda p: place_order(p.level, p.side))


def _region_order(row: RegionCoverage | BranchRegion) -> tuple[int, int, int]:
    return *place_order(row.level, row.side), REGIONS.index(row.region)
