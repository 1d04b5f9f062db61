"""What is handed in and what the files say: requests, headers, images and their roles."""

from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from spreadscan.anatomy import Level, Side
from spreadscan.frozen import StoredArray, value
from spreadscan.values.words import Role


@value
class Request:
    """What a person hands in instead of having it worked out; ``None`` means: work it out.

    Attributes:
        baseline: file of the image from before the contrast.
        frame: frame of the contrast file to analyse, 1-based as in DICOM.
        baseline_frames: frames of the contrast file to use as baseline, 1-based.
        landmarks: file with the landmarks.
        detect: whether landmarks that are not handed in are searched for.
        mask: file with the contrast mask, in the geometry of the frame.
        loop: file with loops drawn around the contrast, in the geometry of the frame; outside there is none.
        slicer_mm_per_px: spacing at which 3D Slicer showed the image in which it was marked, > 0.
        mm_per_px: scale in the patient, millimetres per pixel, > 0.
        patient_left: the side of the stored image on which the patient's left lies.
        injected_ml: volume injected in all that the image shows, mL, > 0.
        iodine_mg_per_ml: its concentration of iodine, mgI/mL, > 0.
        protocol: the name of a protocol of the package, or a file.
        injected: junctions into which was injected, by bone; they take the place of the protocol's.
        transitional: whether the spine is known to have a transitional or a sixth lumbar vertebra.
    """

    baseline: Path | None = None
    frame: int | None = None
    baseline_frames: tuple[int, ...] | None = None
    landmarks: Path | None = None
    mask: Path | None = None
    loop: Path | None = None
    slicer_mm_per_px: float | None = None
    mm_per_px: float | None = None
    patient_left: Literal["image left", "image right"] | None = None
    injected_ml: float | None = None
    iodine_mg_per_ml: float | None = None
    detect: bool = True
    protocol: Path | str | None = None
    injected: tuple[tuple[Level, Side], ...] = ()
    transitional: bool = False

    @property
    def injected_mg(self) -> float | None:
        """Iodine injected, mg: volume times concentration; ``None`` unless both were given."""
        if self.injected_ml is None or self.iodine_mg_per_ml is None:
            return None
        return self.injected_ml * self.iodine_mg_per_ml


@value
class Dose:
    """What the iodine is estimated from.

    Attributes:
        peak_kv: tube voltage KVP (0018,0060); ``None`` when absent.
        injected_mg: iodine that the user says was injected; ``None`` when nothing was said.
    """

    peak_kv: float | None = None
    injected_mg: float | None = None


@value
class PixelFacts:
    """What the header says of the pixel values.

    Attributes:
        bits_stored: bits that carry the value, 1 to 16.
        inverted_display: the photometric interpretation is MONOCHROME1 or the presentation LUT is INVERSE.
        relationship: Pixel Intensity Relationship, or ``None`` when absent.
        sign: Pixel Intensity Relationship Sign: +1 where larger values mean more X-ray intensity, -1 where
            less, ``None`` when absent.
        lossy: whether the pixels were ever compressed with loss.
        subtracted: whether the header says that the image is already a subtraction.
        to_linear: (N,) table from stored value (counted from the smallest one) to linear intensity, from the
            Modality LUT of LOG pixels; ``None`` when there is none.
    """

    bits_stored: int
    inverted_display: bool
    relationship: Literal["LIN", "LOG", "DISP"] | None
    sign: Literal[-1, 1] | None
    lossy: bool
    subtracted: bool
    to_linear: NDArray[np.float32] | None = None


@value
class GeometryFacts:
    """What the header says of distances. Spacings are (row, column): vertical first, horizontal second.

    Attributes:
        pixel_spacing_mm: Pixel Spacing (0028,0030).
        calibration_type: Pixel Spacing Calibration Type, GEOMETRY or FIDUCIAL.
        calibration_text: Pixel Spacing Calibration Description.
        imager_spacing_mm: Imager Pixel Spacing (0018,1164): at the detector, never in the patient.
        object_spacing_mm: Object Pixel Spacing in Center of Beam (0018,9404) of enhanced objects.
        magnification: Estimated Radiographic Magnification Factor (0018,1114).
        source_to_detector_mm: Distance Source to Detector (0018,1110), the source-to-image distance.
        source_to_patient_mm: Distance Source to Patient (0018,1111).
        field_of_view_mm: Field of View Dimensions (0018,1149), the larger one, or Intensifier Size
            (0018,1162): at the detector.
        placeholder: whether a spacing of 1 mm each way was left out, since it stands for an unknown one.
    """

    pixel_spacing_mm: tuple[float, float] | None = None
    calibration_type: Literal["GEOMETRY", "FIDUCIAL"] | None = None
    calibration_text: str = ""
    imager_spacing_mm: tuple[float, float] | None = None
    object_spacing_mm: tuple[float, float] | None = None
    magnification: float | None = None
    source_to_detector_mm: float | None = None
    source_to_patient_mm: float | None = None
    field_of_view_mm: float | None = None
    placeholder: bool = False


@value
class ViewFacts:
    """What the header says of the direction of view.

    Attributes:
        patient_orientation: Patient Orientation (0020,0020): the patient's direction along a row and down a
            column, such as ("R", "F"); ``None`` when empty.
        primary_angle_deg: Positioner Primary Angle of the first frame.
        secondary_angle_deg: Positioner Secondary Angle of the first frame.
    """

    patient_orientation: tuple[str, str] | None = None
    primary_angle_deg: float | None = None
    secondary_angle_deg: float | None = None


@value
class Aperture:
    """The opening of a collimator or display shutter that the header declares, in pixels, 0-based.

    Attributes:
        kind: rectangle, circle or polygon.
        vertices: for a rectangle its four, for a polygon all corners as (row, column); empty for a circle.
        centre: for a circle its centre as (row, column).
        radius_px: for a circle its radius.
    """

    kind: Literal["rectangle", "circle", "polygon"]
    vertices: tuple[tuple[float, float], ...] = ()
    centre: tuple[float, float] | None = None
    radius_px: float | None = None


@value
class ImageHeader:
    """One DICOM image as its header describes it; its pixels are not read yet.

    Nothing in it identifies the patient: names, numbers and dates stay in the file.

    Attributes:
        path: where the file lies.
        sha256: of the whole file, lower-case hexadecimal.
        sop_class: name of the SOP class.
        modality: Modality (0008,0060).
        frames, rows, columns: size of the pixel data.
        pixels, geometry, view: what the header says of them.
        apertures: collimator and shutter openings that the header declares.
        mask_frames: 0-based frames that the Mask Subtraction Sequence names as mask.
        frame_times_s: (T) time of each frame after the first; ``None`` when unknown.
        order: sorts the images of a study by acquisition; ``None`` where the header has no time or number.
        role_hint: what the series or image description calls the image, if it does.
        patient_key, study_key: differ between patients and studies and tell nothing else.
        image_key: differs between images, by SOP Instance UID, and tells nothing else; empty without one.
        peak_kv: tube voltage KVP (0018,0060); ``None`` when absent or impossible.
    """

    path: Path
    sha256: str
    sop_class: str
    modality: str
    frames: int
    rows: int
    columns: int
    pixels: PixelFacts
    geometry: GeometryFacts
    view: ViewFacts
    apertures: tuple[Aperture, ...]
    mask_frames: tuple[int, ...]
    frame_times_s: tuple[float, ...] | None
    order: tuple[str, int] | None
    role_hint: Role | None
    patient_key: str
    study_key: str
    image_key: str = ""
    peak_kv: float | None = None


@value
class Fluorogram:
    """One DICOM image with its pixels as stored.

    Attributes:
        header: what the header says.
        stored: (T, R, C) stored values.
    """

    header: ImageHeader
    stored: StoredArray


@value
class ImageRoles:
    """Which image is which.

    Attributes:
        contrast: the image to analyse.
        baseline: the image from before the contrast, if it is a file of its own.
        reason: one sentence on how this was told.
        unused: number of images left out.
        flags: codes of quality flags.
    """

    contrast: ImageHeader
    baseline: ImageHeader | None
    reason: str
    unused: int
    flags: tuple[str, ...]
