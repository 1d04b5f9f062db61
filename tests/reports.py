"""Hand-made reports for all tests: no stage has to run to have one.

``make_report()`` is a realistic bilateral case on a small synthetic frame. The numbers of the coverage are
written by hand in ``SHARES``, so that a test can say what must be printed; they fit the drawn contrast only
roughly. Everything is the same at every call.
"""

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spreadscan.anatomy import (
    ASSESSED_LEVELS,
    JOINTS,
    JUNCTION_SPACING_MM,
    NERVE_AT,
    REFERENCE,
    REGIONS,
    Level,
    RegionName,
    Side,
    branch_course_mm,
    region_polygon_mm,
)
from spreadscan.judgement.rules import in_words
from spreadscan.values import (
    BranchRegion,
    BranchRegions,
    Calibration,
    Component,
    ContrastSummary,
    Coverage,
    CoverageReport,
    Iodine,
    JointCoverage,
    JunctionFrame,
    Landmark,
    Landmarks,
    Orientation,
    Passage,
    Pictures,
    RegionCoverage,
    SideExtent,
    Source,
    SourceFile,
    SpreadMask,
    Step,
    TimeCurve,
    TimeCurves,
    Uncalibrated,
    Uptake,
    XrayField,
)

SIZE_PX = 256
MM_PER_PX = 0.5
MIDLINE_COLUMN = 128.0
L3_ROW = 62.0


class Share(NamedTuple):
    """Fraction, its interval, course in reference mm and probability of one region."""

    fraction: float
    low: float
    high: float
    course_mm: float | None
    probability: float


SHARES: dict[tuple[Level, str, RegionName], Share] = {
    ("L3", "left", "common"): Share(0.6431, 0.5123, 0.7502, None, 0.931),
    ("L3", "left", "medial"): Share(0.4418, 0.3011, 0.5733, 6.21, 0.7968),
    ("L3", "left", "intermediate"): Share(0.1502, 0.0444, 0.2610, 2.84, 0.2149),
    ("L3", "left", "lateral"): Share(0.0021, 0.0, 0.0403, 0.0, 0.0042),
    ("L3", "right", "common"): Share(0.0, 0.0, 0.0, None, 0.0),
    ("L3", "right", "medial"): Share(0.0, 0.0, 0.0, 0.0, 0.0),
    ("L3", "right", "intermediate"): Share(0.0, 0.0, 0.0, 0.0, 0.0),
    ("L3", "right", "lateral"): Share(0.0, 0.0, 0.0, 0.0, 0.0),
    ("L4", "left", "common"): Share(1.0, 0.9967, 1.0, None, 1.0),
    ("L4", "left", "medial"): Share(0.9996, 0.9312, 1.0, 15.63, 0.9991),
    ("L4", "left", "intermediate"): Share(0.6104, 0.4815, 0.7207, 10.42, 0.8712),
    ("L4", "left", "lateral"): Share(0.2203, 0.1117, 0.3502, 3.97, 0.3527),
    ("L4", "right", "common"): Share(0.5312, 0.3706, 0.6811, None, 0.6123),
    ("L4", "right", "medial"): Share(0.3127, 0.1822, 0.4519, 4.88, 0.5214),
    ("L4", "right", "intermediate"): Share(0.0604, 0.0, 0.1433, 0.61, 0.0713),
    ("L4", "right", "lateral"): Share(0.0, 0.0, 0.0124, 0.0, 0.0012),
    ("L5", "left", "common"): Share(0.8814, 0.7609, 0.9618, None, 0.9847),
    ("L5", "left", "medial"): Share(0.7405, 0.6133, 0.8402, 14.21, 0.9914),
    ("L5", "left", "intermediate"): Share(0.5517, 0.4302, 0.6604, 11.05, 0.9208),
    ("L5", "left", "lateral"): Share(0.3109, 0.2018, 0.4227, 8.34, 0.8126),
    ("L5", "right", "common"): Share(0.9203, 0.8111, 0.9902, None, 0.9938),
    ("L5", "right", "medial"): Share(0.8022, 0.6804, 0.8917, 16.02, 0.9967),
    ("L5", "right", "intermediate"): Share(0.4711, 0.3508, 0.5913, 9.47, 0.8803),
    ("L5", "right", "lateral"): Share(0.1204, 0.0417, 0.2206, 2.55, 0.2931),
}
JOINT_PROBABILITIES = {
    ("L3/4", "left"): 0.9287,
    ("L3/4", "right"): 0.0,
    ("L4/5", "left"): 0.9806,
    ("L4/5", "right"): 0.6109,
}


def make_report(size_px: int = SIZE_PX, **changes: Any) -> CoverageReport:
    """Return a bilateral case, contrast at five of six junctions, with fields of the report replaced."""
    zoom = size_px / SIZE_PX
    regions = place_regions(zoom)
    report = CoverageReport(
        source=make_source(size_px),
        calibration=Calibration(
            MM_PER_PX / zoom, MM_PER_PX / zoom, "SID/SOD", 0.05, ("scale-assumed-depth",)
        ),
        orientation=Orientation("image left", "patient orientation", True, True),
        landmarks=make_landmarks(regions.junctions),
        contrast=make_contrast(zoom),
        uptake=make_uptake(),
        curves=make_curves(),
        iodine=Iodine("", (1.1, 2.4, 4.5), (120.0, 212.0, 430.0), 240.0, (0.5, 0.8833, 1.7917)),
        coverage=make_coverage(),
        regions=regions,
        mask=make_mask(size_px),
        field=XrayField(_disc(size_px, (128, 128), (121, 121)), "found in the image", "circle"),
        pictures=make_pictures(size_px),
        flags=("scale-assumed-depth", "view-rotated"),
        settings_fingerprint="3f0d9c2b7a41",
        steps=make_steps(),
        version="0.1.0",
    )
    return replace(report, **changes)


def uncalibrated_report() -> CoverageReport:
    """Return the same case without a scale and without a known side."""
    report = make_report()
    sides: dict[str, Side] = {"left": "image left", "right": "image right"}
    contrast = replace(
        report.contrast,
        area_mm2=None,
        possible_area_mm2=None,
        height_mm=None,
        width_mm=None,
        components=tuple(
            replace(c, nearest_junction=c.nearest_junction and (c.nearest_junction[0], image_side))
            for c in report.contrast.components
            for image_side in [sides[c.nearest_junction[1]] if c.nearest_junction else None]
        ),
        sides=tuple(
            replace(e, side=sides[e.side], cranio_caudal_mm=None, medio_lateral_mm=None)
            for e in report.contrast.sides
        ),
    )  # fmt: skip
    return replace(
        report,
        calibration=Uncalibrated("the file gives a spacing only at the detector", ("uncalibrated",)),
        orientation=Orientation("unknown", "unknown", None, True, ("side-unknown",)),
        landmarks=replace(report.landmarks, points=_on_sides(report.landmarks.points, sides)),
        contrast=contrast,
        iodine=Iodine("there is no scale in the patient", (1.1, 2.4, 4.5), None, None, None),
        coverage=Coverage(
            _on_sides(report.coverage.regions, sides), _on_sides(report.coverage.joints, sides)
        ),
        regions=replace(
            report.regions,
            junctions=_on_sides(report.regions.junctions, sides),
            regions=_on_sides(report.regions.regions, sides),
        ),
        flags=("uncalibrated", "side-unknown"),
    )


def report_without_landmarks() -> CoverageReport:
    """Return the same case without any landmark: contrast is measured, no region is assessed."""
    reason = "no landmarks were given"
    report = make_report()
    return replace(
        report,
        landmarks=Landmarks("none"),
        contrast=replace(
            report.contrast,
            components=tuple(
                replace(
                    c, nearest_junction=None, kind="unclassified", kind_confidence=None, kind_settled_by=""
                )
                for c in report.contrast.components
            ),
            sides=(),
        ),
        coverage=unassessed_coverage(reason),
        regions=BranchRegions(
            (), (), tuple((level, side) for level, side in _places()), reason, ("landmarks-missing",)
        ),
        flags=("landmarks-missing",),
        steps=tuple(step for step in report.steps if not step.by_person),
    )


def report_without_contrast() -> CoverageReport:
    """Return the same case before the injection: nothing is found and every region is judged not shown."""
    report = make_report()
    nothing = np.zeros((SIZE_PX, SIZE_PX), dtype=bool)
    rows = tuple(
        replace(
            row, fraction=0.0, fraction_low=0.0, fraction_high=0.0, probability=0.0, verdict="not shown",
            verdict_by_probability="not shown", course_mm=None if row.course_mm is None else 0.0,
        )
        for row in report.coverage.regions
    )  # fmt: skip
    joints = tuple(
        replace(joint, probability=0.0, verdict="not shown", verdict_by_probability="not shown")
        for joint in report.coverage.joints
    )
    return replace(
        report,
        contrast=_no_contrast(report.contrast),
        uptake=Uptake("not assessable", "no contrast came during the run", False, (), np.zeros((8, 8), bool)),
        curves=TimeCurves((0, 2, 4), (0.0, 0.5, 1.0), "ln", ()),
        iodine=Iodine("no contrast was found", (1.1, 2.4, 4.5), None, None, None),
        coverage=Coverage(rows, joints),
        mask=SpreadMask(nothing, nothing.copy(), np.zeros(nothing.shape, np.float32), 0.2, "measured"),
        pictures=replace(report.pictures, difference=np.zeros(nothing.shape, np.uint8)),
        flags=("no-contrast",),
    )


def report_that_cannot_judge() -> CoverageReport:
    """Return a single image without a baseline on which contrast cannot be told from bone."""
    reason = "contrast cannot be judged on this image"
    report = report_without_contrast()
    return replace(
        report,
        source=replace(report.source, files=report.source.files[:1], frames=1, frame=1, baseline_frames=()),
        contrast=replace(report.contrast, method="single image", unit="relative", detection_limit=None),
        uptake=replace(report.uptake, reason="there is no run with frames from before the contrast"),
        curves=None,
        iodine=Iodine("there is no baseline", None, None, None, None),
        coverage=unassessed_coverage(reason),
        flags=("no-baseline", "cannot-judge"),
    )


def make_source(size_px: int = SIZE_PX) -> Source:
    """Return a run of twelve frames with a baseline file."""
    return Source(
        files=(
            SourceFile("a1" * 32, "contrast", "X-Ray Angiographic Image Storage"),
            SourceFile("b2" * 32, "baseline", "X-Ray Angiographic Image Storage"),
        ),
        rows=size_px,
        columns=size_px,
        frames=12,
        frame=11,
        baseline_frames=(1, 2, 3, 5),
    )


def make_steps() -> tuple[Step, ...]:
    """Return the steps of the case; a person gave the landmarks."""
    return (
        Step("roles", "The file with contrast was told from the baseline by the order of acquisition."),
        Step("calibrate", "0.500 mm per pixel from the distances of source, patient and detector."),
        Step("landmarks", "Six SAP–TP junctions were given in a file.", by_person=True),
        Step("align", "Four baseline frames were moved by at most 1.2 px; 0.3 px is left."),
        Step("segment", "Four areas lie above the detection limit of 0.018."),
        Step("cover", "24 regions were assessed with 400 draws."),
    )


def make_coverage() -> Coverage:
    """Return the coverage of ``SHARES``."""
    rows = [
        RegionCoverage(level, side, NERVE_AT[level], region, *share, said, verdict_by_probability=said)
        for level, side in _places()
        for region in REGIONS
        for share in [SHARES[level, side, region]]
        for said in [in_words(share.probability)]
    ]
    joints = [
        JointCoverage(
            joint.name, side, NERVE_AT[joint.upper_level], NERVE_AT[joint.lower_level], p, said, said
        )
        for joint in JOINTS
        for side in _sides()
        for p in [JOINT_PROBABILITIES[joint.name, side]]
        for said in [in_words(p)]
    ]
    return Coverage(tuple(rows), tuple(joints))


def unassessed_coverage(reason: str) -> Coverage:
    """Return a coverage in which nothing was assessed."""
    made = make_coverage()
    rows = tuple(
        replace(
            row, fraction=None, fraction_low=None, fraction_high=None, course_mm=None, probability=None,
            verdict="not assessed", verdict_by_probability="not assessed", reason=reason,
        )
        for row in made.regions
    )  # fmt: skip
    return Coverage(
        rows,
        tuple(
            replace(joint, probability=None, verdict="not assessed", verdict_by_probability="not assessed")
            for joint in made.joints
        ),
    )


KINDS = (
    ("depot", 0.85, "a lateral view, for its depth"),
    ("over_facet", 0.8, "a lateral or an ipsilateral oblique view"),
    ("vascular", 0.91, "the live run, or digital subtraction"),
    ("unclassified", None, ""),
)


def make_contrast(zoom: float = 1.0) -> ContrastSummary:
    """Return the contrast as a whole, roughly that of ``make_mask``."""
    areas = (
        (2789, 98.0, 80.0, ("L4", "left")),
        (2003, 188.0, 66.0, ("L5", "left")),
        (1245, 199.0, 185.0, ("L5", "right")),
        (321, 131.0, 176.0, None),
    )
    return ContrastSummary(
        found=True,
        method="baseline",
        area_px=round(6358 * zoom**2),
        possible_area_px=round(8198 * zoom**2),
        area_mm2=1589.5,
        possible_area_mm2=2049.5,
        height_px=round(177 * zoom),
        width_px=round(169 * zoom),
        height_mm=88.5,
        width_mm=84.5,
        detection_limit=0.0182,
        unit="ln",
        components=tuple(
            Component(round(n * zoom**2), row * zoom, column * zoom, near, *kind)  # type: ignore[arg-type]
            for (n, row, column, near), kind in zip(areas, KINDS, strict=True)
        ),
        sides=(
            SideExtent("left", ("L3", "L4", "L5"), 88.6, 31.5, 87.0, 31.0),
            SideExtent("right", ("L4", "L5"), 50.1, 20.3, 49.0, 20.0),
        ),
    )


def make_uptake() -> Uptake:
    """Return a vessel beside the depots that came and went."""
    passage = Passage(84, 120.5, 60.25, 4, 5, 0.83, 0.912)
    return Uptake(
        "seen", "4 frames per second, 1 s after the contrast had come", False, (passage,), np.eye(8) > 0
    )


def make_curves() -> TimeCurves:
    """Return the curves of two areas and a region over six frames."""
    rise = np.array([0.0, 0.002, 0.05, 0.11, 0.16, 0.17])
    here = TimeCurve(None, "L4", "left", "common", np.array([0.0, 0.001, 0.04, 0.1, 0.12, np.nan]))
    two = tuple(TimeCurve(n, None, None, None, rise / n) for n in (1, 2))
    return TimeCurves((0, 2, 4, 6, 8, 10), (0.0, 0.5, 1.0, 1.5, 2.0, 2.5), "ln", (*two, here))


def place_regions(zoom: float = 1.0) -> BranchRegions:
    """Return all regions placed round junctions of reference size."""
    frames = tuple(_junction(level, side, zoom) for level, side in _places())
    regions = [
        BranchRegion(frame.level, frame.side, region, outline, course)
        for frame in frames
        for region in REGIONS
        for outline, course in [_placed(frame, region)]
    ]
    return BranchRegions(frames, tuple(regions), (), "")


def make_landmarks(frames: tuple[JunctionFrame, ...]) -> Landmarks:
    """Return given landmarks at the origins of the frames."""
    return Landmarks(
        "given",
        tuple(Landmark(f.level, f.side, "sap_tp_junction", *f.origin, f.origin_sd_px) for f in frames),
    )


def make_mask(size_px: int = SIZE_PX) -> SpreadMask:
    """Return three areas of contrast, each with a rim that is only possible."""
    shapes = (((98, 80), (52, 17)), ((188, 66), (32, 20)), ((199, 185), (24, 17)), ((131, 176), (13, 8)))
    sure = np.zeros((size_px, size_px), dtype=bool)
    possible = sure.copy()
    for centre, radii in shapes:
        sure |= _disc(size_px, centre, radii)
        possible |= _disc(size_px, centre, (radii[0] + 3, radii[1] + 3))
    strength = np.where(sure, 2.0, np.where(possible, 0.8, 0.0)).astype(np.float32)
    return SpreadMask(sure, possible, strength, 0.2, "measured")


def make_pictures(size_px: int = SIZE_PX) -> Pictures:
    """Return a drawn spine: bodies, pedicles and transverse processes, and contrast, all dark on bright."""
    frame = np.full((size_px, size_px), 205.0)
    for level in ASSESSED_LEVELS:
        row, half = _row_of(level), 2 * REFERENCE[level].junction_x_mm
        frame -= 34 * _disc(size_px, (row + 10, MIDLINE_COLUMN), (26, half - 4))
        frame -= 22 * _disc(size_px, (row + 8, MIDLINE_COLUMN), (7, half + 36))
        for column in (MIDLINE_COLUMN - half + 10, MIDLINE_COLUMN + half - 10):
            frame -= 30 * _disc(size_px, (row + 10, column), (14, 9))
    mask = make_mask(size_px)
    frame -= 30 * mask.possible + 30 * mask.sure
    frame[~_disc(size_px, (128, 128), (124, 124))] = 12
    return Pictures(
        np.clip(frame, 0, 255).astype(np.uint8), (110 * mask.sure + 90 * mask.possible).astype(np.uint8)
    )


def _no_contrast(contrast: ContrastSummary) -> ContrastSummary:
    return replace(
        contrast,
        found=False,
        area_px=0,
        possible_area_px=0,
        area_mm2=0.0,
        possible_area_mm2=0.0,
        height_px=0,
        width_px=0,
        height_mm=0.0,
        width_mm=0.0,
        components=(),
        sides=(),
    )


def _sides() -> tuple[Side, Side]:
    return ("left", "right")


def _places() -> list[tuple[Level, Side]]:
    return [(level, side) for level in ASSESSED_LEVELS for side in _sides()]


def _row_of(level: Level) -> float:
    below = {"L3": 0.0, "L4": JUNCTION_SPACING_MM["L3", "L4"]}
    below["L5"] = below["L4"] + JUNCTION_SPACING_MM["L4", "L5"]
    return L3_ROW + below[level] / MM_PER_PX


def _junction(level: Level, side: Side, zoom: float) -> JunctionFrame:
    outward = -1.0 if side == "left" else 1.0
    column = MIDLINE_COLUMN + outward * REFERENCE[level].junction_x_mm / MM_PER_PX
    return JunctionFrame(
        level=level,
        side=side,
        origin=(_row_of(level) * zoom, column * zoom),
        lateral=(0.0, outward),
        cranial=(-1.0, 0.0),
        px_per_reference_mm=zoom / MM_PER_PX,
        origin_sd_px=1.5 * zoom / MM_PER_PX,
    )


def _placed(frame: JunctionFrame, region: RegionName) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    outline = frame.to_px(np.array(region_polygon_mm(frame.level, region), dtype=float))
    if region == "common":
        return outline, np.zeros((0, 2))
    return outline, frame.to_px(np.array(branch_course_mm(frame.level, region), dtype=float))


def _disc(size_px: int, centre: tuple[float, float], radii: tuple[float, float]) -> NDArray[np.bool_]:
    """Return an ellipse, given in pixels of a frame of ``SIZE_PX``."""
    rows, columns = np.mgrid[:size_px, :size_px] * (SIZE_PX / size_px)
    inside: NDArray[np.bool_] = ((rows - centre[0]) / radii[0]) ** 2 + (
        (columns - centre[1]) / radii[1]
    ) ** 2 <= 1
    return inside


def _on_sides(items: tuple[Any, ...], sides: dict[str, Side]) -> tuple[Any, ...]:
    return tuple(replace(item, side=sides[item.side]) for item in items)
