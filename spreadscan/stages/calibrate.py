"""Find the scale in the patient, and say which rung of the ladder it came from.

The rungs, best first: the user; Pixel Spacing calibrated on a fiducial; Pixel Spacing calibrated by geometry;
Object Pixel Spacing in Center of Beam; Pixel Spacing that differs from Imager Pixel Spacing; Imager Pixel
Spacing divided by the Estimated Radiographic Magnification Factor; the same divided by source-to-image over
source-to-patient distance. Imager Pixel Spacing alone lies at the detector and is never taken for millimetres
of the patient.

References:
    [1] DICOM PS3.3, 10.7.1 Pixel Spacing Calibration macro, and C.8.7.5 XA Positioner module.
    [2] DICOM PS3.17, annex FFF.1.3 (geometry of projection X-ray).
"""

from spreadscan.settings import CalibrateSettings
from spreadscan.values import Calibration, GeometryFacts, ImageHeader, JudgingScale, Uncalibrated

ALIKE = 0.005
"""Two spacings or magnifications that differ by less than this fraction count as equal."""

_Spacing = tuple[float, float]


def calibrate(
    header: ImageHeader, given_mm_per_px: float | None, settings: CalibrateSettings
) -> Calibration | Uncalibrated:
    """Return the scale in the patient.

    Args:
        header: of the image to be measured.
        given_mm_per_px: what the user measured, if anything.
        settings: uncertainties of the rungs.

    Returns:
        The scale with its rung, or why there is none. Flags: ``scale-assumed-depth``,
        ``scale-detector-plane``, ``uncalibrated``.
    """
    if given_mm_per_px is not None:
        spacing = (given_mm_per_px, given_mm_per_px)
        return Calibration(*spacing, origin="given by the user", relative_uncertainty=settings.user)
    facts = header.geometry
    return (
        _from_calibrated_spacing(facts, settings)
        or _from_beam_centre(facts, settings)
        or _from_corrected_spacing(facts, settings)
        or _from_imager_spacing(facts, settings)
        or _without(facts)
    )


def judging_scale(
    calibration: Calibration | Uncalibrated,
    header: ImageHeader,
    px_per_reference_mm: float | None,
    settings: CalibrateSettings,
) -> JudgingScale:
    """Return the approximate scale that sizes the filters, from the best source there is.

    Args:
        calibration: the scale in the patient, if known.
        header: of the image to be measured.
        px_per_reference_mm: the scale of the junctions, if some are marked.
        settings: what is assumed when nothing is known.
    """
    if isinstance(calibration, Calibration):
        return JudgingScale(calibration.mm_per_px, "the calibration")
    if px_per_reference_mm is not None:
        return JudgingScale(1 / px_per_reference_mm, "the distance of the junctions")
    spacing = header.geometry.imager_spacing_mm or header.geometry.pixel_spacing_mm
    if spacing is not None:
        return JudgingScale(
            (spacing[0] * spacing[1]) ** 0.5 / settings.assumed_magnification,
            "the detector's spacing and an assumed magnification",
        )
    width_px = max(header.rows, header.columns)
    field_mm = header.geometry.field_of_view_mm
    if field_mm is not None:
        return JudgingScale(
            field_mm / settings.assumed_magnification / width_px,
            "the field of view at the detector and an assumed magnification",
        )
    return JudgingScale(settings.assumed_field_width_mm / width_px, "an assumed width of the image")


def _from_calibrated_spacing(facts: GeometryFacts, settings: CalibrateSettings) -> Calibration | None:
    spacing = facts.pixel_spacing_mm
    if spacing is None:
        return None
    note = f" ({facts.calibration_text})" if facts.calibration_text else ""
    if facts.calibration_type == "FIDUCIAL":
        return Calibration(*spacing, f"Pixel Spacing, calibrated on a fiducial{note}", settings.fiducial)
    if facts.calibration_type == "GEOMETRY":
        flags = ("scale-assumed-depth",)
        return Calibration(*spacing, f"Pixel Spacing, from geometry{note}", settings.geometry, flags)
    return None


def _from_beam_centre(facts: GeometryFacts, settings: CalibrateSettings) -> Calibration | None:
    if facts.object_spacing_mm is None:
        return None
    origin = "Object Pixel Spacing in Center of Beam"
    return Calibration(*facts.object_spacing_mm, origin, settings.beam_centre, ("scale-assumed-depth",))


def _from_corrected_spacing(facts: GeometryFacts, settings: CalibrateSettings) -> Calibration | None:
    spacing, imager = facts.pixel_spacing_mm, facts.imager_spacing_mm
    if spacing is None or imager is None or _alike(spacing, imager):
        return None
    origin = "Pixel Spacing, corrected by the system for magnification"
    return Calibration(*spacing, origin, settings.corrected, ("scale-assumed-depth",))


def _from_imager_spacing(facts: GeometryFacts, settings: CalibrateSettings) -> Calibration | None:
    imager = facts.imager_spacing_mm
    if imager is None:
        return None
    flags = ("scale-assumed-depth",)
    # a factor of 1 is no magnification, which no patient before a detector has
    if facts.magnification is not None and facts.magnification > 1 + ALIKE:
        origin = "Imager Pixel Spacing / Estimated Radiographic Magnification Factor"
        return Calibration(*_divided(imager, facts.magnification), origin, settings.magnification, flags)
    detector, patient = facts.source_to_detector_mm, facts.source_to_patient_mm
    # equal distances magnify nothing: they would turn the detector's spacing into the patient's
    if detector is not None and patient is not None and detector > patient * (1 + ALIKE):
        origin = "Imager Pixel Spacing / (source-to-image distance / source-to-patient distance)"
        return Calibration(*_divided(imager, detector / patient), origin, settings.distances, flags)
    return None


def _without(facts: GeometryFacts) -> Uncalibrated:
    if facts.imager_spacing_mm is not None:
        return Uncalibrated(
            "the spacing is known at the detector only", ("uncalibrated", "scale-detector-plane")
        )
    if facts.pixel_spacing_mm is not None:
        reason = "Pixel Spacing does not say whether it lies at the detector or in the patient"
        return Uncalibrated(reason, ("uncalibrated",))
    if facts.placeholder:
        return Uncalibrated("a spacing of 1 mm each way only stands for an unknown one", ("uncalibrated",))
    return Uncalibrated("the file holds no spacing", ("uncalibrated",))


def _alike(first: _Spacing, second: _Spacing) -> bool:
    return all(abs(a - b) <= ALIKE * b for a, b in zip(first, second, strict=True))


def _divided(spacing: _Spacing, factor: float) -> _Spacing:
    return spacing[0] / factor, spacing[1] / factor
