"""What ``truth.json`` and ``landmarks.json`` say. Positions in ``truth.json`` are [column, row]."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from spreadscan.anatomy import ASSESSED_LEVELS
from spreadscan.frozen import Vector
from spreadscan.phantom.motion import PatientPose
from spreadscan.phantom.truth import SiteTruth, Truth, site_name

THRESHOLDS_MG_CM2 = (2, 5, 10, 20)
"""Areal densities of iodine of which masks are kept beside that of what can be seen."""
SITES = tuple(f"{level}_{side}" for level in ASSESSED_LEVELS for side in "LR")
DIGITS = 6
"""Significant digits of a number that has no rounding of its own."""
_CONVENTION = (
    "pixel = [column, row], 0-based, pixel centres at integers, in the stored pixel matrix;"
    " *_L and *_R are the patient's sides"
)
_FLAGS: tuple[tuple[str, str], ...] = (
    ("orientation", "noorient"),
    ("spacing", "nospacing"),
    ("geometry", "nogeom"),
    ("angles", "noangle"),
    ("frame-time", "noframetime"),
    ("window", "nowindow"),
    ("relationship", "norelationship"),
    ("patient-position", "noposition"),
)


def truth_record(truth: Truth) -> dict[str, Any]:
    """Return what ``truth.json`` holds."""
    record = {
        **_identity(truth),
        **_injections(truth),
        **_positions(truth),
        **_course(truth),
        **_geometry(truth),
        **_seen(truth),
        "needles": [
            {"site": n.site, "tip_px": _column_row(n.tip_px), "gauge": n.gauge} for n in truth.needles
        ],
        "config": {
            **_plain(truth.scenario),
            "id": truth.case,
            "seed": truth.seed,
            "mode": truth.scenario.study.kind,
            "kvp": truth.scenario.beam.peak_kv,
        },
    }
    rounded: dict[str, Any] = _plain(record)
    return rounded


def landmarks_record(truth: Truth) -> dict[str, Any]:
    """Return what ``landmarks.json`` holds: the assessed junctions in view of the evaluated frame."""
    seen = truth.landmarks_in_view
    points = []
    for site in SITES:
        name = f"junction_{site}"
        if seen.get(name):
            row, column = truth.landmarks_px[name][truth.evaluated_frame]
            points.append(
                {
                    "level": site[:-2],
                    "side": {"L": "left", "R": "right"}[site[-1]],
                    "kind": "sap_tp_junction",
                    "row": _decimals(row, 2),
                    "column": _decimals(column, 2),
                }
            )
    return {"schema": "spreadscan.landmarks", "schema_version": 1, "points": points}


def _identity(truth: Truth) -> dict[str, Any]:
    style, rows_columns = truth.scenario.file, truth.field.shape
    flags = [short for long, short in _FLAGS if long in style.lacks]
    flags += ["mask"] * style.names_mask + ["contrast"] * style.names_contrast
    return {
        "case": truth.case,
        "files": list(truth.files),
        "eval_file": truth.files[-1],
        "rows": rows_columns[0],
        "cols": rows_columns[1],
        "n_frames": len(truth.poses),
        "eval_frame": truth.evaluated_frame,
        "iodine_frames": sorted(truth.iodine_mg_cm2),
        "convention": _CONVENTION,
        "subject": truth.scenario.name,
        "borrowed_bones": [],
        "mirrored": False,
        "quality_flags": flags,
    }


def _injections(truth: Truth) -> dict[str, Any]:
    asked = {
        site_name(one): {"type": one.pattern, "ml": one.volume_ml, "conc": one.iodine_mg_per_ml}
        for one in truth.scenario.injections
    }
    intended = {site: asked.get(site, {"type": "untreated"}) for site in SITES}
    return {
        "intended": intended,
        "scenario_type": sorted({one["type"] for one in intended.values()}),
        "needle_only_sites": sorted(site for site, one in asked.items() if one["type"] == "none"),
        "sites": {site_name(site.injection): _site(site, truth) for site in truth.sites},
    }


def _site(site: SiteTruth, truth: Truth) -> dict[str, Any]:
    asked = site.injection
    record: dict[str, Any] = {
        "type": "needle_only" if asked.pattern == "none" else asked.pattern,
        "volume_ml": asked.volume_ml,
        "conc_mgI_ml": asked.iodine_mg_per_ml,
        "tip_rel_mm": _rounded(site.tip_mm, 1),
    }
    if site.extent is not None:
        record["centroid_mm"] = _rounded(site.extent.centroid_mm, 1)
        record["p02_mm"] = _rounded(site.extent.low_mm, 1)
        record["p98_mm"] = _rounded(site.extent.high_mm, 1)
    if site.iodine_mg_cm2 is not None:
        cm_per_px = truth.landmark_mm_per_px[f"junction_{site_name(asked)}"] / 10
        total_mg = float(site.iodine_mg_cm2.sum(dtype=np.float64)) * cm_per_px**2
        record["iodine_mg_projected"] = round(total_mg, 1)
    return record


def _positions(truth: Truth) -> dict[str, Any]:
    frame, count = truth.evaluated_frame, len(truth.poses)
    junctions = {k: v for k, v in truth.landmarks_px.items() if k.startswith("junction")}
    per_frame = [{k: _column_row(v[f]) for k, v in junctions.items()} for f in range(count)]
    return {
        "landmarks_px": {k: _column_row(v[frame]) for k, v in truth.landmarks_px.items()},
        "landmarks_in_view": truth.landmarks_in_view,
        "landmarks_px_per_frame": per_frame if count > 1 else None,
    }


def _course(truth: Truth) -> dict[str, Any]:
    return {
        "motion_dx_dy_rotdeg": [_motion(pose) for pose in truth.poses],
        "scout_motion": None if truth.scout_pose is None else _motion(truth.scout_pose),
        "filling": [dict(shares) for shares in truth.filling],
    }


def _geometry(truth: Truth) -> dict[str, Any]:
    setup, widths = truth.scenario.setup, truth.landmark_mm_per_px
    lumbar = [width for name, width in widths.items() if name.startswith("junction_L")]
    left_on_left, head_up = setup.patient_left == "image-left", setup.head_up
    return {
        "px_mm_at_landmark": {name: round(float(width), 5) for name, width in widths.items()},
        "px_mm_spine_plane": round(float(np.mean(lumbar)), 5),
        "detector_pitch_mm": truth.pitch_mm,
        "SID_mm": setup.source_to_image_mm,
        "SOD_iso_mm": setup.source_to_isocentre_mm,
        "view": {
            "rot_axial_deg": setup.primary_deg,
            "rot_lateral_tilt_deg": setup.table_deg,
            "rot_craniocaudal_deg": setup.secondary_deg,
            "note": "how the C-arm and the table are turned relative to the patient",
        },
        "image_left_is_patient": "L" if left_on_left else "R",
        "image_top_is": "head" if head_up else "feet",
    }


def _seen(truth: Truth) -> dict[str, Any]:
    processing = truth.scenario.processing
    dark = (processing.contrast_is == "dark") != processing.inverted
    return {
        "stored_contrast_is": "low" if dark else "high",
        "displayed_contrast_is": processing.contrast_is,
        "detect_thr_mg_cm2": round(truth.detection_mg_cm2, 3),
        "mu_eff_cm2_per_mg": truth.attenuation_cm2_per_mg,
        "thresholds_mg_cm2": list(THRESHOLDS_MG_CM2),
    }


def _column_row(position_px: Vector | tuple[float, float]) -> list[float]:
    row, column = position_px
    return [_decimals(column, 2), _decimals(row, 2)]


def _motion(pose: PatientPose) -> list[float]:
    """Right, down and turn, as ``Pose`` defines them."""
    return [_decimals(n, 3) for n in (pose.columns_px, pose.rows_px, pose.rotation_deg)]


def _rounded(numbers: Vector | Sequence[float], places: int) -> list[float]:
    return [_decimals(number, places) for number in numbers]


def _decimals(number: float, places: int) -> float:
    return round(float(number), places) + 0.0  # no negative zero


def _plain(item: Any) -> Any:
    """A value as JSON knows it."""
    if is_dataclass(item):
        return {field.name: _plain(getattr(item, field.name)) for field in fields(item)}
    if isinstance(item, Mapping):
        return {str(name): _plain(inner) for name, inner in item.items()}
    if isinstance(item, list | tuple):
        return [_plain(inner) for inner in item]
    if isinstance(item, bool | str | int) or item is None:
        return item
    return float(f"{float(item):.{DIGITS}g}")
