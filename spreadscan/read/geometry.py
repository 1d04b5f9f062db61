"""What the header says of distances and of the direction of view."""

from typing import Literal

from spreadscan.read.attributes import Attributes
from spreadscan.values import GeometryFacts, ViewFacts

PLACEHOLDER_MM = (1.0, 1.0)
"""GDCM's image writer puts Imager Pixel Spacing 1\\1 where there was none (seen of version 3.2.6), and no
fluoroscope has pixels of just a millimetre at the detector."""
FIELDS_MM = (80.0, 600.0)
"""Fields of view outside of these are no fluoroscope's: intensifiers have 100 to 400 mm, flat detectors up to
430."""
LONGEST_NOTE = 64
"""Characters of a calibration description: the most that DICOM allows."""
_Spacing = tuple[float, float]


def geometry_facts(attributes: Attributes) -> GeometryFacts:
    """Return what the header says of distances.

    A spacing, distance or factor that is no positive number is complained about as ``bad-header``, but only
    if the scale would rest on it: Imager Pixel Spacing, magnification and distances do not count where a
    Pixel Spacing with a Calibration Type or an Object Pixel Spacing stands above them. Distances and factors
    of 0 are absent ones: consoles write 0 for unknown. An Imager Pixel Spacing of exactly 1 mm each way, and
    such a Pixel Spacing without a Calibration Type, is left out as a placeholder.
    """
    kind = attributes.text("PixelSpacingCalibrationType").upper()
    note = "".join(c for c in attributes.text("PixelSpacingCalibrationDescription") if c.isprintable())
    calibration_type: Literal["GEOMETRY", "FIDUCIAL"] | None = (
        "GEOMETRY" if kind == "GEOMETRY" else "FIDUCIAL" if kind == "FIDUCIAL" else None
    )
    pixel = _spacing(attributes, "PixelSpacing", needed=True)
    in_beam = _spacing(attributes, "ObjectPixelSpacingInCenterOfBeam", needed=True)
    needed = in_beam is None and (pixel is None or calibration_type is None)
    imager = _spacing(attributes, "ImagerPixelSpacing", needed=needed)
    no_pixel = pixel == PLACEHOLDER_MM and calibration_type is None
    no_imager = imager == PLACEHOLDER_MM
    return GeometryFacts(
        pixel_spacing_mm=None if no_pixel else pixel,
        calibration_type=calibration_type,
        calibration_text=note[:LONGEST_NOTE],
        imager_spacing_mm=None if no_imager else imager,
        object_spacing_mm=in_beam,
        magnification=_positive(attributes, "EstimatedRadiographicMagnificationFactor", needed=needed),
        source_to_detector_mm=_positive(attributes, "DistanceSourceToDetector", needed=needed),
        source_to_patient_mm=_positive(attributes, "DistanceSourceToPatient", needed=needed),
        field_of_view_mm=_field_of_view(attributes),
        placeholder=no_pixel or no_imager,
    )


def view_facts(attributes: Attributes) -> ViewFacts:
    """Return what the header says of the direction of view.

    A Patient Orientation that is not made of the letters of PS3.3 C.7.6.1.1.1 says nothing and is left out;
    one that puts rows and columns along the same direction of the patient is ``bad-header``.
    """
    return ViewFacts(
        patient_orientation=_orientation(attributes),
        primary_angle_deg=_angle(attributes, "PositionerPrimaryAngle"),
        secondary_angle_deg=_angle(attributes, "PositionerSecondaryAngle"),
    )


def _spacing(attributes: Attributes, keyword: str, *, needed: bool) -> _Spacing | None:
    """Row spacing, then column spacing, as DICOM orders them."""
    already = len(attributes.complaints)
    numbers = attributes.numbers(keyword, slug="bad-header" if needed else None)
    if len(numbers) == 2 and min(numbers) > 0:
        return numbers[0], numbers[1]
    if needed and numbers and len(attributes.complaints) == already:
        problem = f"is {_listed(numbers)} mm, where two positive spacings belong"
        attributes.complain("bad-header", keyword, problem)
    return None


def _field_of_view(attributes: Attributes) -> float | None:
    """The larger dimension of the field of view at the detector, if it says something believable."""
    low, high = FIELDS_MM
    for keyword in ("FieldOfViewDimensions", "IntensifierSize"):
        largest = max(attributes.numbers(keyword, slug=None), default=0.0)
        if low <= largest <= high:
            return largest
    return None


def _positive(attributes: Attributes, keyword: str, *, needed: bool) -> float | None:
    number = next(iter(attributes.numbers(keyword, slug="bad-header" if needed else None)), 0.0)
    if number > 0:
        return number
    if number < 0 and needed:
        attributes.complain("bad-header", keyword, f"is {number:g}, which must be positive")
    return None


def _angle(attributes: Attributes, keyword: str) -> float | None:
    angle = attributes.number(keyword)
    if angle is not None and abs(angle) > 360:
        attributes.complain("bad-header", keyword, f"is {angle:g}, beyond a full turn")
        return None
    return angle


def _orientation(attributes: Attributes) -> tuple[str, str] | None:
    values = tuple(value.upper() for value in attributes.texts("PatientOrientation"))
    if len(values) != 2 or not all(1 <= len(v) <= 3 and set(v) <= set("APLRHF") for v in values):
        return None
    along = {frozenset("LR"), frozenset("AP"), frozenset("HF")}
    # the first letter is the main direction, those after it only say that it is oblique
    if any(values[0][0] in axis and values[1][0] in axis for axis in along):
        problem = "puts rows and columns along the same direction of the patient"
        attributes.complain("bad-header", "PatientOrientation", problem)
        return None
    return values[0], values[1]


def _listed(numbers: tuple[float, ...]) -> str:
    return " and ".join(f"{number:g}" for number in numbers[:4])
