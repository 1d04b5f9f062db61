"""The glossary: every noun that passes between the stages, in order of appearance.

``inputs``: what is handed in and what the files say. ``findings``: what the stages find. ``regions``: where
the branch regions lie. ``report``: what is reported. ``frozen``: how a value is made.

Shapes in letters: T frames, R rows, C columns, N points. Arrays are (row, column), 0-based, and pixel centres
lie at integers. Units stand in names: ``_px``, ``_mm``, ``_reference_mm``, ``_s``, ``_deg``; attenuation is
the natural logarithm of intensity where the unit says ``ln``. Left and right are the patient's. A level is a
bone, a nerve is a nerve. Unknown is a value, never 0, 1 or a default. ``docs/conventions.md`` gives the
frames and signs in full.
"""

from spreadscan.values.findings import (
    AlignedPair,
    AttenuationRun,
    Calibration,
    Component,
    ContrastMap,
    FramePair,
    ImageRoles,
    JudgingScale,
    Motion,
    Orientation,
    SpreadMask,
    Uncalibrated,
    XrayField,
    sides_of,
)
from spreadscan.values.frozen import (
    AttenuationUnit,
    BoolArray,
    FloatArray,
    Method,
    PatientLeft,
    Role,
    SignalUnit,
    StoredArray,
    Verdict,
    value,
)
from spreadscan.values.inputs import (
    Aperture,
    Fluorogram,
    GeometryFacts,
    GivenMask,
    ImageHeader,
    ImageIdentity,
    Landmark,
    Landmarks,
    MarkedFrame,
    PixelFacts,
    Request,
    ViewFacts,
)
from spreadscan.values.regions import BranchRegion, BranchRegions, JunctionFrame
from spreadscan.values.report import (
    ContrastSummary,
    Coverage,
    CoverageReport,
    JointCoverage,
    Pictures,
    RegionCoverage,
    SideExtent,
    Source,
    SourceFile,
    Step,
)

__all__ = [
    "AlignedPair",
    "Aperture",
    "AttenuationRun",
    "AttenuationUnit",
    "BoolArray",
    "BranchRegion",
    "BranchRegions",
    "Calibration",
    "Component",
    "ContrastMap",
    "ContrastSummary",
    "Coverage",
    "CoverageReport",
    "FloatArray",
    "Fluorogram",
    "FramePair",
    "GeometryFacts",
    "GivenMask",
    "ImageHeader",
    "ImageIdentity",
    "ImageRoles",
    "JointCoverage",
    "JudgingScale",
    "JunctionFrame",
    "Landmark",
    "Landmarks",
    "MarkedFrame",
    "Method",
    "Motion",
    "Orientation",
    "PatientLeft",
    "Pictures",
    "PixelFacts",
    "RegionCoverage",
    "Request",
    "Role",
    "SideExtent",
    "SignalUnit",
    "Source",
    "SourceFile",
    "SpreadMask",
    "Step",
    "StoredArray",
    "Uncalibrated",
    "Verdict",
    "ViewFacts",
    "XrayField",
    "sides_of",
    "value",
]
