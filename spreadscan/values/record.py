"""A report as it is read back from report.json: as much of it as two reports are compared by."""

from typing import Literal

from spreadscan.anatomy import Level, RegionName, Side
from spreadscan.values.findings import Orientation
from spreadscan.values.frozen import Method, Verdict, value
from spreadscan.values.inputs import Landmark
from spreadscan.values.report import JointCoverage, RegionCoverage, SideExtent, Source


@value
class RecordedScale:
    """The scale in the patient: size of a pixel, its relative standard deviation, and where it comes from.

    Attributes:
        mm_per_px, relative_uncertainty: ``None`` without a scale.
        origin: ``none`` without one.
    """

    mm_per_px: float | None
    relative_uncertainty: float | None
    origin: str


@value
class RecordedLandmarks:
    """The landmarks used and where they come from."""

    origin: Literal["given", "detected", "corrected", "none"]
    points: tuple[Landmark, ...]


@value
class RecordedContrast:
    """The contrast as a whole; areas are ``None`` where it could not be judged or has no scale."""

    found: bool
    judged: bool
    method: Method
    origin: Literal["measured", "given"]
    area_px: int | None
    area_mm2: float | None


@value
class RecordedOutline:
    """The outline of a region, pixels (row, column)."""

    level: Level
    side: Side
    region: RegionName
    outline_px: tuple[tuple[float, float], ...]


@value
class RecordedStatement:
    """A statement: what it is about and where, its verdict and probability, and the rules that bear on it."""

    about: str
    level: Level | None
    side: Side | None
    joint: str | None
    verdict: Verdict
    probability: float | None
    rules: tuple[str, ...]


@value
class ReportRecord:
    """A report read back.

    Attributes:
        spreadscan_version, settings_fingerprint: of the program that wrote it.
        source, calibration, orientation, landmarks, contrast: as of ``CoverageReport``.
        coverage, joints, levels: regions, facet joints, and extent on either side.
        regions: where the regions lie.
        statements: what is said of several regions at once; empty in the first reports, which had none.
    """

    spreadscan_version: str
    settings_fingerprint: str
    source: Source
    calibration: RecordedScale
    orientation: Orientation
    landmarks: RecordedLandmarks
    contrast: RecordedContrast
    coverage: tuple[RegionCoverage, ...]
    joints: tuple[JointCoverage, ...]
    levels: tuple[SideExtent, ...]
    regions: tuple[RecordedOutline, ...]
    statements: tuple[RecordedStatement, ...] = ()
