"""What the stages find, from the scale and the field to pairs of aligned images."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from spreadscan.anatomy import Side
from spreadscan.frozen import BoolArray, StoredArray, value
from spreadscan.values.words import AttenuationUnit, PatientLeft


@value
class Calibration:
    """The scale in the patient, at the depth of the posterior lumbar spine.

    Attributes:
        row_mm_per_px: height of a pixel.
        column_mm_per_px: width of a pixel.
        origin: the rung of the ladder that it came from.
        relative_uncertainty: standard deviation as a fraction of the scale.
        flags: codes of quality flags.
    """

    row_mm_per_px: float
    column_mm_per_px: float
    origin: str
    relative_uncertainty: float
    flags: tuple[str, ...] = ()

    @property
    def mm_per_px(self) -> float:
        """Geometric mean of pixel height and width; its square is the area of a pixel in mm²."""
        return float(np.sqrt(self.row_mm_per_px * self.column_mm_per_px))


@value
class Uncalibrated:
    """No scale in the patient is known.

    Attributes:
        reason: one sentence on why.
        flags: codes of quality flags.
    """

    reason: str
    flags: tuple[str, ...] = ()


@value
class JudgingScale:
    """The approximate scale by which filters are sized; no millimetre of it is ever reported.

    Attributes:
        mm_per_px: millimetres per pixel.
        origin: where it comes from.
    """

    mm_per_px: float
    origin: str

    def px(self, mm: float) -> float:
        """Return a length in pixels."""
        return mm / self.mm_per_px


@value
class Orientation:
    """Which side of the stored image is the patient's left.

    Attributes:
        patient_left: the side, or ``unknown``.
        origin: ``user``, ``patient orientation``, ``landmarks`` or ``unknown``.
        head_at_top: whether the head lies towards the first row; ``None`` when unknown.
        frontal: whether the header allows a frontal view within the limits for regions.
        flags: codes of quality flags.
    """

    patient_left: PatientLeft
    origin: str
    head_at_top: bool | None
    frontal: bool
    flags: tuple[str, ...] = ()


@value
class XrayField:
    """The part of the image that the beam exposed.

    Attributes:
        inside: (R, C) true inside the field, a margin at its edge left out.
        origin: how it was found.
        shape: what it looks like.
    """

    inside: BoolArray
    origin: str
    shape: Literal["whole image", "rectangle", "circle", "polygon", "free"]


@value
class AttenuationRun:
    """A run of images as attenuation: larger where less X-ray arrives.

    The stored values are kept once; ``frame`` looks one frame up in the curve.

    Attributes:
        stored: (T, R, C) stored values.
        curve: (N,) attenuation of each possible stored value, counted from ``lowest``.
        lowest: the stored value that the curve begins with.
        field: where the run was exposed.
        unit: ``ln`` for the logarithm of intensity up to a constant, ``relative`` for display values, where
            1 is the whole range of the file.
        polarity: whether attenuating matter is stored dark or bright.
        flags: codes of quality flags.
    """

    stored: StoredArray
    curve: NDArray[np.float32]
    lowest: int
    field: XrayField
    unit: AttenuationUnit
    polarity: Literal["dark", "bright"]
    flags: tuple[str, ...] = ()

    def frame(self, index: int) -> NDArray[np.float32]:
        """Return the attenuation of a frame, (R, C); ``index`` is 0-based."""
        stored = self.stored[index]
        places = stored.astype(np.int32) - self.lowest if self.lowest else stored
        attenuation: NDArray[np.float32] = self.curve.take(places)
        return attenuation


@value
class Motion:
    """Rigid motion from a reference frame to another one.

    A point of the reference lies at centre + R(rotation) · (point - centre) + (rows, columns) of the other
    frame; points are (row, column) and centre is the middle of the image.

    Attributes:
        rows_px, columns_px: shift down and to the right.
        rotation_deg: rotation, positive from the row axis to the column axis.
        agreement: correlation of the two images at the bone edges once the motion is undone, -1 to 1.
        residual_px: how far the bone edges still lie apart, beyond what noise explains.
        sd_px: standard deviation of where the motion brings a bone edge; 0 of a motion that was given.
    """

    rows_px: float
    columns_px: float
    rotation_deg: float
    agreement: float
    residual_px: float
    sd_px: float = 0.0


@value
class FramePair:
    """Which frames are subtracted from which.

    Attributes:
        frame: 0-based frame of the contrast run that the results describe.
        contrast_frames: 0-based frames of the contrast run averaged into it; contains ``frame``.
        baseline_frames: 0-based frames of the baseline run; empty when there is no baseline.
        baseline_is_run: whether the baseline frames belong to the contrast run itself.
        reason: one sentence on how they were chosen.
        flags: codes of quality flags.
        motions: of every frame of the contrast run, from an early one of them to it, known to a tenth of a
            millimetre or so; agreement 0 where unknown. None where the run was not looked through.
    """

    frame: int
    contrast_frames: tuple[int, ...]
    baseline_frames: tuple[int, ...]
    baseline_is_run: bool
    reason: str
    flags: tuple[str, ...] = ()
    motions: tuple[Motion, ...] = ()


@value
class AlignedPair:
    """The contrast image and the baseline in one geometry, that of the analysed frame.

    Attributes:
        contrast: (R, C) attenuation of the analysed frame, averaged over ``FramePair.contrast_frames``.
        baseline: (R, C) attenuation of the baseline, moved into the geometry of the analysed frame.
        valid: (R, C) where both are known and nothing is burned in.
        contrast_count, baseline_count: how many frames went into each.
        motions: of every frame used, from the analysed frame to it, contrast frames first.
        unit: unit of attenuation.
        motion_sd: (R, C) standard deviation of the false difference that motion leaves, in that unit, or
            ``None`` where it is not known.
        flags: codes of quality flags.
    """

    contrast: NDArray[np.float32]
    baseline: NDArray[np.float32]
    valid: BoolArray
    contrast_count: int
    baseline_count: int
    motions: tuple[Motion, ...]
    unit: AttenuationUnit
    motion_sd: NDArray[np.float32] | None = None
    flags: tuple[str, ...] = ()


def sides_of(patient_left: PatientLeft) -> Mapping[str, Side]:
    """Return which side of the patient (or of the image, when unknown) lies on image left and image right."""
    if patient_left == "unknown":
        return {"image left": "image left", "image right": "image right"}
    other: PatientLeft = "image right" if patient_left == "image left" else "image left"
    return {patient_left: "left", other: "right"}
