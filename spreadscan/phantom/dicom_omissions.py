"""What poor headers leave out.

An attribute of type 2 stays, empty; the others go, with the functional groups that held nothing else.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from spreadscan.phantom.dicom_syntax import Attributes
from spreadscan.phantom.scenario import FileStyle

LEFT_OUT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "orientation": ("PatientOrientation", "PatientOrientationInFrameSequence"),
        "spacing": (
            "ImagerPixelSpacing",
            "PixelSpacing",
            "PixelSpacingCalibrationType",
            "PixelSpacingCalibrationDescription",
            "ProjectionPixelCalibrationSequence",
        ),
        # what a spacing in the patient was worked out from is not known either
        "geometry": (
            "DistanceSourceToDetector",
            "DistanceSourceToPatient",
            "EstimatedRadiographicMagnificationFactor",
            "PixelSpacing",
            "PixelSpacingCalibrationType",
            "PixelSpacingCalibrationDescription",
            "ProjectionPixelCalibrationSequence",
            "XRayGeometrySequence",
        ),
        "angles": ("PositionerPrimaryAngle", "PositionerSecondaryAngle", "PositionerPositionSequence"),
        "frame-time": (
            "FrameIncrementPointer",
            "FrameTime",
            "FrameTimeVector",
            "FrameReferenceDateTime",
            "FrameAcquisitionDateTime",
        ),
        "window": ("WindowCenter", "WindowWidth", "FrameVOILUTSequence"),
        "relationship": (
            "PixelIntensityRelationship",
            "PixelIntensityRelationshipSign",
            "ModalityLUTSequence",
            "PixelIntensityRelationshipLUTSequence",
        ),
        "patient-position": ("PatientPosition",),
    }
)
"""Keywords of what each member of ``FileStyle.lacks`` leaves out."""


def leave_out(attributes: Attributes, style: FileStyle) -> Attributes:
    """Return the attributes without what the header lacks.

    Args:
        attributes: of the whole image.
        style: says what is lacking.
    """
    names = {name for member in style.lacks for name in LEFT_OUT[member]}
    kept = _without(attributes, names)
    if "orientation" in style.lacks and "PatientOrientation" in attributes:
        kept["PatientOrientation"] = ""  # type 2C of General Image
    if "angles" in style.lacks and style.sop_class == "XA":
        kept |= {"PositionerPrimaryAngle": "", "PositionerSecondaryAngle": ""}  # type 2 of XA Positioner
    return kept


def _without(attributes: Attributes, names: set[str]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for keyword, value in attributes.items():
        if keyword in names:
            continue
        is_sequence = isinstance(value, list) and value and isinstance(value[0], Mapping)
        kept[keyword] = [_without(item, names) for item in value] if is_sequence else value
    return kept
