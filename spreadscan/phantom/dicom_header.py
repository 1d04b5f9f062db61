"""The header that all simulated images share: patient, study, series, equipment, image and pixels.

Attributes go by keyword; the items of a sequence are attributes in turn. Nobody's name, number or date is in
them: every file says in several places that it is simulated.

References:
    [1] DICOM PS3.3, C.7.1.1 Patient, C.7.2.1 General Study, C.7.3.1 General Series, C.7.5.1 and C.7.5.2
        General Equipment, C.7.6.1 General Image, C.7.6.3 Image Pixel, C.7.6.4 Contrast/Bolus, C.12.1 SOP
        Common.
    [2] DICOM PS3.3, C.7.6.1.1.1 Patient Orientation.
"""

import datetime
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spreadscan import __version__
from spreadscan.phantom.dicom_syntax import SYNTAXES, Attributes, sop_class_uid
from spreadscan.phantom.scenario import Scenario, Setup
from spreadscan.phantom.values import StoredImages
from spreadscan.values import Aperture

MODEL = "spreadscan simulator"
UID_ROOT = "1.2.826.0.1.3680043.8.498."
"""The root under which pydicom lets anybody make UIDs; hashes follow it."""
FIRST_CASE = datetime.datetime(2024, 1, 15, 8)
"""Fixed, so that files are the same whenever they are written."""
MINUTES_PER_CASE = 10
CASES_PER_DAY = 60
SECONDS_PER_IMAGE = 30


LUMBAR_SPINE = ("122496007", "Lumbar spine")


LONGEST_LIST = 2**14
"""Entries of a table that are written as a list of words: more would not fit the length of one."""


@dataclass(frozen=True)
class FileFacts:
    """What a file says beside its pixels.

    Attributes:
        scenario: the whole case.
        pitch_mm: spacing of the stored pixels at the detector.
        source_to_patient_mm: distance as the console records it, which need not be true.
        primary_deg, secondary_deg: positioner angles as the console records them.
        frame_times_s: (T) of each frame after the first.
        opening: of the collimator; ``None`` where it opens wider than the image.
        frames_before: frames before the contrast.
        case: number of the case, from 1.
        seed: of the case; with the case and the instance it makes the UIDs.
        series: Series Number.
        log_span: of a logarithmic chain, the natural logarithm of the ratio of the intensities at the ends
            of the stored range; ``None`` leaves out the table that leads back to intensities.
    """

    scenario: Scenario
    pitch_mm: float
    source_to_patient_mm: float
    primary_deg: float
    secondary_deg: float
    frame_times_s: tuple[float, ...]
    opening: Aperture | None
    frames_before: int
    case: int
    seed: int
    series: int = 1
    log_span: float | None = None

    @property
    def magnification(self) -> float:
        """Source-to-image over recorded source-to-patient distance."""
        return self.scenario.setup.source_to_image_mm / self.source_to_patient_mm

    @property
    def stored_rises(self) -> bool:
        """Whether larger stored values mean more X-ray intensity."""
        processing = self.scenario.processing
        return (processing.contrast_is == "dark") != processing.inverted

    def acquired(self, instance: int) -> datetime.datetime:
        """When an image was taken, by its instance number; times of day come again after 60 cases."""
        minutes = MINUTES_PER_CASE * (self.case % CASES_PER_DAY)
        return FIRST_CASE + datetime.timedelta(minutes=minutes, seconds=SECONDS_PER_IMAGE * (instance - 1))


def uid(*sources: object) -> str:
    """Return a UID that depends on nothing but what it is made from.

    Args:
        sources: what it belongs to: its kind, the seed, the case and so on.
    """
    from pydicom.uid import generate_uid

    return str(generate_uid(prefix=UID_ROOT, entropy_srcs=["/".join(map(str, (MODEL, *sources)))]))


def shared_attributes(images: StoredImages, about: FileFacts) -> Attributes:
    """Return the attributes that images of every SOP class have, without the pixel data."""
    return {
        **_patient(about),
        **_study(about),
        **_series(images, about),
        **_equipment(),
        **_image(images, about),
        **_pixels(images, about),
    }


def patient_orientation(setup: Setup) -> tuple[str, str]:
    """Return the patient's directions along a row and down a column [2], each as its main letter.

    With the detector behind the back (primary angle 0) and the patient's left on image left, rows run to the
    patient's right. The detector turns by the primary angle towards the patient's left, and rows turn with
    it: after a quarter turn they run to the back. Tilt and turn of the table leave the main letters.
    """
    turn = math.radians(setup.primary_deg)
    across, backwards = -math.cos(turn), math.sin(turn)
    if setup.patient_left == "image-right":
        across, backwards = -across, -backwards
    sideways, forwards = "L" if across > 0 else "R", "P" if backwards > 0 else "A"
    row = sideways if abs(across) >= abs(backwards) else forwards
    return row, "F" if setup.head_up else "H"


def contrast_attributes(about: FileFacts) -> Attributes:
    """Return the Contrast/Bolus module; empty where no contrast is named or none was injected."""
    given = [one for one in about.scenario.injections if one.volume_ml * one.iodine_mg_per_ml > 0]
    if not about.scenario.file.names_contrast or not given:
        return {}
    strength = max(one.iodine_mg_per_ml for one in given)
    return {
        "ContrastBolusAgent": f"Iohexol {strength:g}",
        "ContrastBolusVolume": round(sum(one.volume_ml for one in given), 2),
        "ContrastBolusIngredient": "IODINE",
        "ContrastBolusIngredientConcentration": round(strength, 1),
    }


def coded(value: str, meaning: str) -> Attributes:
    """Return a concept of SNOMED CT as the attributes of a code."""
    return {"CodeValue": value, "CodingSchemeDesignator": "SCT", "CodeMeaning": meaning}


def mask_attributes(frames: int, about: FileFacts) -> Attributes:
    """Return the Mask module of a run, the average of the frames before the contrast; empty if none."""
    if not about.scenario.file.names_mask or not 1 <= about.frames_before < frames:
        return {}
    item = {
        "MaskOperation": "AVG_SUB",
        "MaskFrameNumbers": list(range(1, about.frames_before + 1)),
        "ApplicableFrameRange": [about.frames_before + 1, frames],
    }
    return {"MaskSubtractionSequence": [item], "RecommendedViewingMode": "NAT"}


def linear_table(about: FileFacts) -> Attributes:
    """Return the item of a look-up table from stored values of a logarithmic chain to X-ray intensity.

    Entry for stored value s of n bits: 65535 exp(-span (1 - s / (2^n - 1))), mirrored where larger stored
    values mean less intensity.
    """
    count = 2**about.scenario.processing.bits
    share = np.arange(count) / (count - 1)
    depth = (1 - share) if about.stored_rises else share
    table = np.round(65535 * np.exp(-(about.log_span or 0.0) * depth)).astype(np.uint16)
    return {
        "LUTDescriptor": [count % 2**16, 0, 16],
        "LUTData": _words(table, about),
    }


def _words(table: NDArray[np.uint16], about: FileFacts) -> list[int] | bytes:
    if len(table) <= LONGEST_LIST:
        listed: list[int] = table.tolist()
        return listed
    big = about.scenario.file.transfer_syntax == "explicit-big"
    return table.astype(">u2" if big else "<u2").tobytes()


def _patient(about: FileFacts) -> Attributes:
    subject = about.scenario.subject
    return {
        "PatientName": f"Simulated^Case {about.case:03d}",
        "PatientID": f"SIM-{about.case:03d}",
        "PatientBirthDate": "",
        "PatientSex": {"male": "M", "female": "F", None: ""}[subject.sex],
        "PatientAge": f"{round(subject.age_years):03d}Y",
        "QualityControlSubject": "YES",
        "PatientComments": "Simulated, not a person",
    }


def _study(about: FileFacts) -> Attributes:
    begun = about.acquired(1)
    return {
        "StudyInstanceUID": uid("study", about.seed, about.case),
        "StudyDate": f"{begun:%Y%m%d}",
        "StudyTime": f"{begun:%H%M%S}",
        "ReferringPhysicianName": "",
        "StudyID": str(about.case),
        "AccessionNumber": "",
        "StudyDescription": "Lumbar injection, simulated",
    }


def _series(images: StoredImages, about: FileFacts) -> Attributes:
    style = about.scenario.file.sop_class
    # captures of a C-arm carry its modality
    modality = {"XRF": "RF", "XRF-enhanced": "RF", "DX": "DX", "CR": "CR"}.get(style, "XA")
    return {
        "Modality": modality,
        "SeriesInstanceUID": uid("series", about.seed, about.case, about.series),
        "SeriesNumber": about.series,
        "SeriesDescription": images.description,
        "BodyPartExamined": "LSPINE",
        # head first, prone: as for any injection from behind
        "PatientPosition": "HFP",
    }


def _equipment() -> Attributes:
    return {
        "Manufacturer": MODEL,
        "ManufacturerModelName": MODEL,
        "DeviceSerialNumber": "0",
        "SoftwareVersions": __version__,
        "InstitutionName": "Simulated",
    }


def _image(images: StoredImages, about: FileFacts) -> Attributes:
    taken = about.acquired(images.instance)
    day, time = f"{taken:%Y%m%d}", f"{taken:%H%M%S}"
    burned_in = about.scenario.processing.burned_in != "none"
    return {
        "SpecificCharacterSet": "ISO_IR 100",
        "SOPClassUID": sop_class_uid(about.scenario),
        "SOPInstanceUID": uid("image", about.seed, about.case, about.series, images.instance),
        "InstanceNumber": images.instance,
        "AcquisitionNumber": images.instance,
        "AcquisitionDate": day,
        "AcquisitionTime": time,
        "ContentDate": day,
        "ContentTime": time,
        "PatientOrientation": list(patient_orientation(about.scenario.setup)),
        "BurnedInAnnotation": "YES" if burned_in else "NO",
        "ImageComments": "Simulated image of nobody",
        "LossyImageCompression": "00",
    }


def _pixels(images: StoredImages, about: FileFacts) -> Attributes:
    processing, style = about.scenario.processing, about.scenario.file
    colour = style.sop_class == "SC-rgb"
    gray = "MONOCHROME1" if processing.inverted else "MONOCHROME2"
    full_range = 2**processing.bits
    attributes: dict[str, Any] = {
        "SamplesPerPixel": 3 if colour else 1,
        "PhotometricInterpretation": SYNTAXES[style.transfer_syntax].colour if colour else gray,
        "Rows": images.pixels.shape[1],
        "Columns": images.pixels.shape[2],
        "BitsAllocated": 8 if processing.bits == 8 else 16,
        "BitsStored": processing.bits,
        "HighBit": processing.bits - 1,
        "PixelRepresentation": 0,
    }
    if colour:
        return {**attributes, "PlanarConfiguration": 0}
    return {**attributes, "WindowCenter": full_range // 2, "WindowWidth": full_range}
