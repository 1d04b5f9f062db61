"""The glossary: every noun that passes between the stages, in order of appearance.

``inputs``: what is handed in and what the files say. ``marks``: landmarks and outlines, and a search for
them. ``findings``: what the stages find on the way to the contrast. ``contrast``: the contrast itself.
``regions``: where the branch regions lie. ``course``: how the contrast came and went. ``protocol``: what a
protocol asks for and what is said. ``report``: what is reported. ``record``: the parts of a report read back.
``comparison``: what two reports differ in. ``words``: what several drawers have in common. No drawer opens
another; a whole report is made from all of them, so it stands here. ``spreadscan.frozen`` says how a value is
made.

Shapes in letters: T frames, R rows, C columns, N points. Arrays are (row, column), 0-based, and pixel centres
lie at integers. Units stand in names: ``_px``, ``_mm``, ``_reference_mm``, ``_s``, ``_deg``; attenuation is
the natural logarithm of intensity where the unit says ``ln``. Left and right are the patient's. A level is a
bone, a nerve is a nerve. Unknown is a value, never 0, 1 or a default. ``docs/conventions.md`` gives the
frames and signs in full.
"""

from spreadscan.frozen import BoolArray, FloatArray, Image, StoredArray, Vector, value
from spreadscan.settings import Settings
from spreadscan.values.comparison import (
    Agreement,
    Comparison,
    FractionDifference,
    Interval,
    JointDifference,
    MeasureDifference,
    PointDistance,
    RegionDifference,
    ReportIdentity,
    What,
)
from spreadscan.values.contrast import (
    Component,
    ContrastMap,
    ContrastSummary,
    Iodine,
    Kinds,
    SideExtent,
    SpreadMask,
)
from spreadscan.values.course import Passage, TimeCourse, TimeCurve, TimeCurves, Uptake
from spreadscan.values.findings import (
    AlignedPair,
    AttenuationRun,
    Calibration,
    FramePair,
    JudgingScale,
    Motion,
    Orientation,
    Uncalibrated,
    XrayField,
    sides_of,
)
from spreadscan.values.inputs import (
    Aperture,
    Dose,
    Fluorogram,
    GeometryFacts,
    ImageHeader,
    ImageRoles,
    PixelFacts,
    Request,
    ViewFacts,
)
from spreadscan.values.marks import (
    GivenMask,
    ImageIdentity,
    Landmark,
    Landmarks,
    MarkedFrame,
    RecordedLandmarks,
    Search,
    View,
)
from spreadscan.values.protocol import (
    Answer,
    Criterion,
    CriterionFinding,
    Judgement,
    Protocol,
    ProtocolOutcome,
    QualityFinding,
    QualityState,
    Site,
    Statement,
    ZoneReach,
)
from spreadscan.values.record import RecordedContrast, RecordedOutline, RecordedScale, RecordedStatement
from spreadscan.values.regions import BranchRegion, BranchRegions, JunctionFrame, SacralZone, SacralZones
from spreadscan.values.report import (
    Coverage,
    JointCoverage,
    Pictures,
    RegionCoverage,
    Source,
    SourceFile,
    Step,
)
from spreadscan.values.words import (
    AttenuationUnit,
    Cause,
    Kind,
    Method,
    PatientLeft,
    Role,
    SignalUnit,
    Verdict,
    ZoneName,
)

__all__ = [
    "Agreement",
    "AlignedPair",
    "Answer",
    "Aperture",
    "AttenuationRun",
    "AttenuationUnit",
    "BoolArray",
    "BranchRegion",
    "BranchRegions",
    "Calibration",
    "Cause",
    "Comparison",
    "Component",
    "ContrastMap",
    "ContrastSummary",
    "Coverage",
    "CoverageReport",
    "Criterion",
    "CriterionFinding",
    "Dose",
    "FloatArray",
    "Fluorogram",
    "FractionDifference",
    "FramePair",
    "GeometryFacts",
    "GivenMask",
    "Image",
    "ImageHeader",
    "ImageIdentity",
    "ImageRoles",
    "Interval",
    "Iodine",
    "JointCoverage",
    "JointDifference",
    "Judgement",
    "JudgingScale",
    "JunctionFrame",
    "Kind",
    "Kinds",
    "Landmark",
    "Landmarks",
    "MarkedFrame",
    "MeasureDifference",
    "Method",
    "Motion",
    "Orientation",
    "Passage",
    "PatientLeft",
    "Pictures",
    "PixelFacts",
    "PointDistance",
    "Protocol",
    "ProtocolOutcome",
    "QualityFinding",
    "QualityState",
    "RecordedContrast",
    "RecordedLandmarks",
    "RecordedOutline",
    "RecordedScale",
    "RecordedStatement",
    "RegionCoverage",
    "RegionDifference",
    "ReportIdentity",
    "ReportRecord",
    "Request",
    "Role",
    "SacralZone",
    "SacralZones",
    "Search",
    "SideExtent",
    "SignalUnit",
    "Site",
    "Source",
    "SourceFile",
    "SpreadMask",
    "Statement",
    "Step",
    "StoredArray",
    "TimeCourse",
    "TimeCurve",
    "TimeCurves",
    "Uncalibrated",
    "Uptake",
    "Vector",
    "Verdict",
    "View",
    "ViewFacts",
    "What",
    "XrayField",
    "ZoneName",
    "ZoneReach",
    "sides_of",
    "value",
]


@value
class CoverageReport:
    """The whole result: all that a writer needs and nothing else.

    Attributes:
        source: what was analysed.
        calibration: the scale, or why there is none.
        orientation: which side is which.
        landmarks: the landmarks used.
        contrast: the contrast as a whole.
        uptake: whether it ran off in vessels.
        curves: how it came and went; ``None`` for a still image.
        iodine: how much iodine it holds.
        coverage: regions and joints.
        regions: where the regions lie.
        mask: where the contrast is.
        field: where the beam was.
        pictures: for drawing.
        flags: codes of all quality flags, in the order of the registry.
        settings_fingerprint: of the settings used.
        steps: what was done, in order.
        version: of the program.
        search: what the search for landmarks found; ``None`` where there was none.
        judgement: what is said beyond the coverage of single regions, and of the protocol.
        loop: (R, C) inside the loops that a person drew around the contrast; ``None`` where there are none.
        settings: in force, so that what is said of a limit is what was used.
    """

    source: Source
    calibration: Calibration | Uncalibrated
    orientation: Orientation
    landmarks: Landmarks
    contrast: ContrastSummary
    uptake: Uptake
    curves: TimeCurves | None
    iodine: Iodine
    coverage: Coverage
    regions: BranchRegions
    mask: SpreadMask
    field: XrayField
    pictures: Pictures
    flags: tuple[str, ...]
    settings_fingerprint: str
    steps: tuple[Step, ...]
    version: str
    search: Search | None = None
    judgement: Judgement = Judgement()
    loop: BoolArray | None = None
    settings: Settings = Settings()


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
