"""Enhanced XA and XRF: what stays the same in a run and what each frame has, in functional groups.

References:
    [1] DICOM PS3.3, A.47 and A.48 (Enhanced XA and XRF IODs), C.7.6.16 (Multi-frame Functional Groups) and
        C.8.19 (Enhanced XA/XRF modules and macros).
    [2] DICOM PS3.3, C.7.6.4b Enhanced Contrast/Bolus; PS3.16, CID 12 and 13 (agents, ingredients).
    [3] DICOM PS3.17, FFF.1.3 (object pixel spacing and beam angle).
"""

import datetime
from math import acos, cos, degrees, radians
from typing import Any

from spreadscan.phantom.dicom_header import (
    LUMBAR_SPINE,
    FileFacts,
    coded,
    contrast_attributes,
    linear_table,
    mask_attributes,
    uid,
)
from spreadscan.phantom.dicom_opening import opening_attributes, whole_image
from spreadscan.phantom.dicom_syntax import Attributes
from spreadscan.phantom.values import StoredImages

PULSE_MS = 10.0
"""Width of a pulse: nominal, as the simulation knows quanta and not the load of the tube."""
TUBE_MA = 20.0
"""Tube current: nominal too."""
_IMAGE_TYPE = ("ORIGINAL", "PRIMARY", "FLUOROSCOPY", "NONE")
_ELSEWHERE = ("PatientOrientation", "WindowCenter", "WindowWidth", "AcquisitionDate", "AcquisitionTime")
"""What classic images have at the top and enhanced ones in functional groups or in another form."""


def enhanced_attributes(shared: Attributes, images: StoredImages, about: FileFacts) -> Attributes:
    """Return all attributes of an enhanced image.

    Args:
        shared: those that images of every SOP class have; what belongs into functional groups is moved there.
        images: (T, R, C) stored values.
        about: what the file says beside them.
    """
    frames = images.pixels.shape[0]
    return {
        **{keyword: value for keyword, value in shared.items() if keyword not in _ELSEWHERE},
        "ImageType": list(_IMAGE_TYPE),
        "PlanesInAcquisition": "SINGLE PLANE",
        "PlaneIdentification": "MONOPLANE",
        "ContentQualification": "RESEARCH",
        "PresentationLUTShape": "INVERSE" if about.scenario.processing.inverted else "IDENTITY",
        "AcquisitionContextSequence": [],
        "NumberOfFrames": frames,
        **_acquisition(images, about),
        **_receptor(images, about),
        **_contrast(about),
        **_mask(frames, about),
        "SharedFunctionalGroupsSequence": [{**_same_in_all(shared, about), **_view_of_all(images, about)}],
        "PerFrameFunctionalGroupsSequence": [_frame(index, images, about) for index in range(frames)],
    }


def _acquisition(images: StoredImages, about: FileFacts) -> Attributes:
    frames = images.pixels.shape[0]
    return {
        "AcquisitionDateTime": f"{about.acquired(images.instance):%Y%m%d%H%M%S}",
        "KVP": round(about.scenario.beam.peak_kv, 1),
        "RadiationSetting": "SC" if frames > 1 else "GR",
        "RadiationMode": "PULSED",
        "AveragePulseWidth": PULSE_MS,
        "XRayTubeCurrentInmA": TUBE_MA,
        "ExposureTimeInms": frames * PULSE_MS,
        "AcquisitionDuration": round(1000 * (about.frame_times_s[-1] - about.frame_times_s[0]) + PULSE_MS, 3),
        "PositionerType": "CARM",
        "CArmPositionerTabletopRelationship": "NO",
        "DistanceReceptorPlaneToDetectorHousing": "",
        "AcquiredImageAreaDoseProduct": "",
    }


def _receptor(images: StoredImages, about: FileFacts) -> Attributes:
    """An image intensifier where the image has its distortion, else a flat panel."""
    height, width = _size_mm(images, about)
    if about.scenario.detector.pincushion > 0:
        return {
            "XRayReceptorType": "IMG_INTENSIFIER",
            "IntensifierSize": width,
            "IntensifierActiveShape": "ROUND",
            "IntensifierActiveDimensions": [width],
        }
    return {
        "XRayReceptorType": "DIGITAL_DETECTOR",
        "DetectorType": "SCINTILLATOR",
        "PhysicalDetectorSize": [height, width],
    }


def _contrast(about: FileFacts) -> Attributes:
    classic = contrast_attributes(about)
    if not classic:
        return {}
    agent = {
        **coded("109218004", "Iohexol"),
        "ContrastBolusAgentNumber": 1,
        # CID 11 has no route for a needle at a nerve
        "ContrastBolusAdministrationRouteSequence": [coded("34206005", "Subcutaneous route")],
        "ContrastBolusIngredientCodeSequence": [coded("44588005", "Iodine")],
        "ContrastBolusVolume": classic["ContrastBolusVolume"],
        "ContrastBolusIngredientConcentration": classic["ContrastBolusIngredientConcentration"],
    }
    return {"ContrastBolusAgentSequence": [agent]}


def _mask(frames: int, about: FileFacts) -> Attributes:
    classic = mask_attributes(frames, about)
    if not classic:
        return {}
    items = [{**item, "SubtractionItemID": 1} for item in classic["MaskSubtractionSequence"]]
    return {**classic, "MaskSubtractionSequence": items}


def _same_in_all(shared: Attributes, about: FileFacts) -> Attributes:
    processing = about.scenario.processing
    relationship = {"linear": "LIN", "logarithmic": "LOG", "display": "OTHER"}[processing.chain]
    sharpened = processing.chain == "display" and processing.edge_gain > 0
    distorted = about.scenario.detector.pincushion
    pitch = round(about.pitch_mm, 6)
    properties = {
        "FrameType": list(_IMAGE_TYPE),
        "PixelIntensityRelationship": relationship,
        "PixelIntensityRelationshipSign": 1 if about.stored_rises else -1,
        "ImagerPixelSpacing": [pitch, pitch],
        "GeometricalProperties": "NON_UNIFORM" if distorted else "UNIFORM",
        "GeometricMaximumDistortion": round(100 * distorted, 2) if distorted else None,
        "ImageProcessingApplied": "HIGH_PASS_FILTER" if sharpened else "NONE",
    }
    groups: dict[str, Any] = {
        "FrameAnatomySequence": [{"FrameLaterality": "U", "AnatomicRegionSequence": [coded(*LUMBAR_SPINE)]}],
        "FrameVOILUTSequence": [{name: shared[name] for name in ("WindowCenter", "WindowWidth")}],
        "FramePixelDataPropertiesSequence": [properties],
        "PatientOrientationInFrameSequence": [{"PatientOrientation": shared["PatientOrientation"]}],
    }
    if relationship == "LOG" and about.log_span is not None:
        table = {**linear_table(about), "LUTFunction": "TO_LINEAR"}
        groups["PixelIntensityRelationshipLUTSequence"] = [table]
    return groups


def _view_of_all(images: StoredImages, about: FileFacts) -> Attributes:
    setup = about.scenario.setup
    primary, secondary = round(about.primary_deg, 1), round(about.secondary_deg, 1)
    beam = degrees(acos(min(1.0, abs(cos(radians(primary))) * abs(cos(radians(secondary))))))  # [3]
    spacing = round(about.pitch_mm / about.magnification, 6)
    # the spine is at the isocentre, half the patient's thickness from the table
    half = round(about.scenario.tissue.thickness_mm / 2, 1)
    calibration = {
        "DistanceObjectToTableTop": half,
        "ObjectPixelSpacingInCenterOfBeam": [spacing, spacing],
        "TableHeight": half,
        "BeamAngle": round(beam, 2),
    }
    position = {"PositionerPrimaryAngle": primary, "PositionerSecondaryAngle": secondary}
    geometry = {
        "DistanceSourceToIsocenter": round(about.source_to_patient_mm, 1),
        "DistanceSourceToDetector": round(setup.source_to_image_mm, 1),
    }
    groups: dict[str, Any] = {
        "ProjectionPixelCalibrationSequence": [calibration],
        "PositionerPositionSequence": [position],
        "XRayGeometrySequence": [geometry],
        "TablePositionSequence": [_table(about)],
        "FieldOfViewSequence": [_field_of_view(images, about)],
        "FrameDetectorParametersSequence": [{"DetectorActiveTime": PULSE_MS}],
    }
    opening = about.opening or whole_image(*images.pixels.shape[1:])
    groups["CollimatorShapeSequence"] = [opening_attributes(opening, "Collimator")]
    fill = about.scenario.collimator.fill
    if about.opening is not None and fill is not None:
        shown = {"ShutterPresentationValue": round(65535 * fill)}
        groups["FrameDisplayShutterSequence"] = [{**opening_attributes(opening, "Shutter"), **shown}]
    return groups


def _table(about: FileFacts) -> Attributes:
    """The table stands at its zero; only its turn is known."""
    return {
        "TableTopVerticalPosition": 0.0,
        "TableTopLongitudinalPosition": 0.0,
        "TableTopLateralPosition": 0.0,
        "TableHorizontalRotationAngle": round(about.scenario.setup.table_deg, 2),
        "TableHeadTiltAngle": 0.0,
        "TableCradleTiltAngle": 0.0,
    }


def _field_of_view(images: StoredImages, about: FileFacts) -> Attributes:
    return {
        "FieldOfViewShape": "RECTANGLE",
        "FieldOfViewDimensionsInFloat": list(_size_mm(images, about)),
        "FieldOfViewOrigin": [0.0, 0.0],
        "FieldOfViewRotation": "0",
        "FieldOfViewHorizontalFlip": "NO",
    }


def _size_mm(images: StoredImages, about: FileFacts) -> tuple[float, float]:
    """Height and width of the image at the detector."""
    _, rows, columns = images.pixels.shape
    return round(about.pitch_mm * rows, 2), round(about.pitch_mm * columns, 2)


def _frame(index: int, images: StoredImages, about: FileFacts) -> Attributes:
    begun = about.acquired(images.instance) + datetime.timedelta(seconds=about.frame_times_s[index])
    content = {
        "FrameAcquisitionNumber": index + 1,
        "FrameReferenceDateTime": f"{begun:%Y%m%d%H%M%S.%f}",
        "FrameAcquisitionDateTime": f"{begun:%Y%m%d%H%M%S.%f}",
        "FrameAcquisitionDuration": PULSE_MS,
    }
    event = uid("irradiation", about.seed, about.case, about.series, images.instance)
    groups: dict[str, Any] = {
        "FrameContentSequence": [content],
        "IrradiationEventIdentificationSequence": [{"IrradiationEventUID": event}],
    }
    if contrast_attributes(about):
        given = about.scenario.study.kind != "cine" or index >= about.frames_before
        usage = {
            "ContrastBolusAgentNumber": 1,
            "ContrastBolusAgentAdministered": "YES" if given else "NO",
            "ContrastBolusAgentDetected": "",
        }
        groups["ContrastBolusUsageSequence"] = [usage]
    if mask_attributes(len(about.frame_times_s), about):
        shift = {"SubtractionItemID": 1, "MaskSubPixelShift": [0.0, 0.0]}
        groups["FramePixelShiftSequence"] = [shift]
    return groups
