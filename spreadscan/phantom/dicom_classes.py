"""What the SOP classes add to the header: angiography, fluoroscopy, radiography, captures.

References:
    [1] DICOM PS3.3, C.8.7.1 to C.8.7.6 (X-Ray Image, Acquisition, Collimator, Positioner), C.8.11.1 to
        C.8.11.5 (DX), C.8.1 (CR), C.8.6.1 to C.8.6.3 (secondary capture), C.7.6.5 (Cine), C.7.6.6
        (Multi-frame), C.7.6.10 (Mask), C.7.6.11 (Display Shutter), C.11.1 (Modality LUT).
"""

from itertools import pairwise
from typing import Any

from spreadscan.phantom.dicom_header import (
    LUMBAR_SPINE,
    MODEL,
    FileFacts,
    coded,
    contrast_attributes,
    linear_table,
    mask_attributes,
)
from spreadscan.phantom.dicom_opening import opening_attributes
from spreadscan.phantom.dicom_syntax import Attributes
from spreadscan.phantom.values import StoredImages

_FRAME_TIME, _FRAME_TIME_VECTOR = 0x00181063, 0x00181065
_UNSCALED = (("RescaleIntercept", 0), ("RescaleSlope", 1), ("RescaleType", "US"))


def class_attributes(images: StoredImages, about: FileFacts) -> Attributes:
    """Return what the SOP class of a scenario, other than the enhanced ones, adds to the header."""
    style = about.scenario.file.sop_class
    frames = {**frame_attributes(images, about), **contrast_attributes(about)}
    if style in ("XA", "XRF"):
        return {**frames, **_fluoroscopy(images, about), **_distances(about), **_openings(about)}
    if style == "DX":
        return {**frames, **_digital(about), **_distances(about), **_openings(about)}
    if style == "CR":
        return {**frames, **_computed(about)}
    return {**frames, **_capture(about)}


def frame_attributes(images: StoredImages, about: FileFacts) -> Attributes:
    """Return how many frames there are, when they were taken, and which of them make a mask."""
    count = images.pixels.shape[0]
    if count == 1:
        multi = about.scenario.file.sop_class == "SC-multiframe"
        return {"NumberOfFrames": 1} if multi else {}
    steps_ms = [1000 * (later - earlier) for earlier, later in pairwise(about.frame_times_s)]
    rate = round(1000 / max(min(steps_ms), 1.0))
    attributes: dict[str, Any] = {
        "NumberOfFrames": count,
        "CineRate": max(1, rate),
        "RecommendedDisplayFrameRate": max(1, rate),
    }
    if max(steps_ms) - min(steps_ms) < 0.01:
        attributes |= {"FrameIncrementPointer": _FRAME_TIME, "FrameTime": round(steps_ms[0], 4)}
    else:
        vector = [0.0, *(round(step, 4) for step in steps_ms)]
        attributes |= {"FrameIncrementPointer": _FRAME_TIME_VECTOR, "FrameTimeVector": vector}
    return {**attributes, **mask_attributes(count, about)}


def _fluoroscopy(images: StoredImages, about: FileFacts) -> Attributes:
    chain = about.scenario.processing.chain
    attributes: dict[str, Any] = {
        "ImageType": ["ORIGINAL", "PRIMARY", "SINGLE PLANE"],
        "PixelIntensityRelationship": {"linear": "LIN", "logarithmic": "LOG", "display": "DISP"}[chain],
        # SC: low dose, GR: diagnostic quality
        "RadiationSetting": "SC" if images.pixels.shape[0] > 1 else "GR",
        **_tube(about),
        "PositionerPrimaryAngle": round(about.primary_deg, 1),
        "PositionerSecondaryAngle": round(about.secondary_deg, 1),
    }
    if images.pixels.shape[0] > 1 and about.scenario.file.sop_class == "XA":
        attributes["PositionerMotion"] = "STATIC"
    if chain == "logarithmic" and about.log_span is not None:
        item = {**linear_table(about), "ModalityLUTType": "US"}
        attributes["ModalityLUTSequence"] = [item]
    elif chain == "logarithmic":
        attributes |= dict(_UNSCALED)
    return attributes


def _digital(about: FileFacts) -> Attributes:
    inverted = about.scenario.processing.inverted
    return {
        "ImageType": ["ORIGINAL", "PRIMARY", ""],
        "PresentationIntentType": "FOR PRESENTATION",
        # DX knows LIN and LOG only: what is ready for display is called LOG
        "PixelIntensityRelationship": "LIN" if about.scenario.processing.chain == "linear" else "LOG",
        "PixelIntensityRelationshipSign": 1 if about.stored_rises else -1,
        "PresentationLUTShape": "INVERSE" if inverted else "IDENTITY",
        **dict(_UNSCALED),
        **_tube(about),
        "ImageLaterality": "U",
        "AnatomicRegionSequence": [coded(*LUMBAR_SPINE)],
        "ViewPosition": "PA",
        "ViewCodeSequence": [{**coded("272479007", "postero-anterior"), "ViewModifierCodeSequence": []}],
        "AcquisitionContextSequence": [],
        "DetectorType": "SCINTILLATOR",
        "PositionerType": "NONE",
        "PositionerPrimaryAngle": round(about.primary_deg, 1),
        "PositionerSecondaryAngle": round(about.secondary_deg, 1),
    }


def _computed(about: FileFacts) -> Attributes:
    """Computed radiography knows neither a collimator nor a magnification factor."""
    known = {**_distances(about), **_openings(about)}
    del known["EstimatedRadiographicMagnificationFactor"]
    kept = {keyword: value for keyword, value in known.items() if "Collimator" not in keyword}
    return {**kept, **_tube(about), "ImageType": ["ORIGINAL", "PRIMARY"], "ViewPosition": "PA"}


def _capture(about: FileFacts) -> Attributes:
    """What a frame grabber on the video output writes; a pair of spacings where somebody calibrated it."""
    spacing = round(about.pitch_mm / about.magnification, 5)
    attributes: dict[str, Any] = {
        "ImageType": ["DERIVED", "SECONDARY"],
        "ConversionType": "DV",
        "SecondaryCaptureDeviceManufacturer": MODEL,
        "PixelSpacing": [spacing, spacing],
        "PixelSpacingCalibrationType": "GEOMETRY",
        "PixelSpacingCalibrationDescription": "at the isocentre",
    }
    if about.scenario.file.sop_class == "SC-multiframe" and not about.scenario.processing.inverted:
        attributes |= {"PresentationLUTShape": "IDENTITY", **dict(_UNSCALED)}
    return attributes


def _tube(about: FileFacts) -> Attributes:
    """Dose is not recorded: the simulation knows quanta, not the tube's load."""
    return {
        "KVP": round(about.scenario.beam.peak_kv, 1),
        "XRayTubeCurrent": "",
        "ExposureTime": "",
        "Exposure": "",
    }


def _distances(about: FileFacts) -> Attributes:
    pitch = round(about.pitch_mm, 6)
    return {
        "DistanceSourceToDetector": round(about.scenario.setup.source_to_image_mm, 1),
        "DistanceSourceToPatient": round(about.source_to_patient_mm, 1),
        "EstimatedRadiographicMagnificationFactor": round(about.magnification, 4),
        "ImagerPixelSpacing": [pitch, pitch],
    }


def _openings(about: FileFacts) -> Attributes:
    """The collimator, and the electronic shutter that covers what lies beside it."""
    if about.opening is None:
        return {}
    fill = about.scenario.collimator.fill
    collimator = opening_attributes(about.opening, "Collimator")
    if fill is None:
        return collimator
    shutter = opening_attributes(about.opening, "Shutter")
    return {**collimator, **shutter, "ShutterPresentationValue": round(65535 * fill)}
