"""The ladder of scales, rung by rung, and that a spacing at the detector never becomes a millimetre."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spreadscan.settings import CalibrateSettings
from spreadscan.stages.calibrate import calibrate, judging_scale
from spreadscan.values import Calibration, GeometryFacts, Uncalibrated
from tests.images import CALIBRATION, header

SETTINGS = CalibrateSettings()
DEPTH = ("scale-assumed-depth",)

EVERYTHING = {
    "pixel_spacing_mm": (0.31, 0.30),
    "calibration_type": "FIDUCIAL",
    "calibration_text": "10 mm ball",
    "imager_spacing_mm": (0.42, 0.40),
    "object_spacing_mm": (0.33, 0.32),
    "magnification": 1.25,
    "source_to_detector_mm": 1000.0,
    "source_to_patient_mm": 800.0,
}
BY_GEOMETRY = {**EVERYTHING, "calibration_type": "GEOMETRY", "calibration_text": ""}
AT_BEAM_CENTRE = {**EVERYTHING, "calibration_type": None}
CORRECTED = {**AT_BEAM_CENTRE, "object_spacing_mm": None}
MAGNIFIED = {**CORRECTED, "pixel_spacing_mm": None}
BY_DISTANCES = {**MAGNIFIED, "magnification": None}
AT_DETECTOR = {**BY_DISTANCES, "source_to_patient_mm": None}

# best first; each rung leaves out what the better ones stand on
LADDER = [
    ("user", EVERYTHING, 0.5, (0.5, 0.5), "given by the user", 0.02, ()),
    (
        "fiducial", EVERYTHING, None, (0.31, 0.30),
        "Pixel Spacing, calibrated on a fiducial (10 mm ball)", 0.03, (),
    ),
    ("geometry", BY_GEOMETRY, None, (0.31, 0.30), "Pixel Spacing, from geometry", 0.08, DEPTH),
    (
        "beam centre", AT_BEAM_CENTRE, None, (0.33, 0.32),
        "Object Pixel Spacing in Center of Beam", 0.08, DEPTH,
    ),
    (
        "corrected", CORRECTED, None, (0.31, 0.30),
        "Pixel Spacing, corrected by the system for magnification", 0.10, DEPTH,
    ),
    (
        "magnification", MAGNIFIED, None, (0.42 / 1.25, 0.40 / 1.25),
        "Imager Pixel Spacing / Estimated Radiographic Magnification Factor", 0.08, DEPTH,
    ),
    (
        "distances", BY_DISTANCES, None, (0.42 * 0.8, 0.40 * 0.8),
        "Imager Pixel Spacing / (source-to-image distance / source-to-patient distance)", 0.08, DEPTH,
    ),
]  # fmt: skip


def calibrated(facts, given_mm_per_px=None, settings=SETTINGS):
    return calibrate(header(geometry=GeometryFacts(**facts)), given_mm_per_px, settings)


@pytest.mark.parametrize(
    ("facts", "given", "spacing", "origin", "uncertainty", "flags"),
    [rung[1:] for rung in LADDER],
    ids=[rung[0] for rung in LADDER],
)
def test_every_rung_of_the_ladder(facts, given, spacing, origin, uncertainty, flags):
    found = calibrated(facts, given)
    assert isinstance(found, Calibration)
    assert (found.row_mm_per_px, found.column_mm_per_px) == pytest.approx(spacing, rel=1e-12)
    assert (found.origin, found.relative_uncertainty, found.flags) == (origin, uncertainty, flags)


def test_the_better_rung_is_used_where_two_could_be():
    origins = [calibrated(facts, given).origin for _, facts, given, *_ in LADDER]
    assert len(set(origins)) == len(LADDER)


@pytest.mark.parametrize(
    ("facts", "reason", "flags"),
    [
        ({}, "the file holds no spacing", ("uncalibrated",)),
        (
            {"placeholder": True, "magnification": 1.6},
            "a spacing of 1 mm each way only stands for an unknown one",
            ("uncalibrated",),
        ),
        (
            AT_DETECTOR,
            "the spacing is known at the detector only",
            ("uncalibrated", "scale-detector-plane"),
        ),
        (
            {"pixel_spacing_mm": (0.3, 0.3)},
            "Pixel Spacing does not say whether it lies at the detector or in the patient",
            ("uncalibrated",),
        ),
        # a copy of the detector's spacing under another name is no scale in the patient
        (
            {"pixel_spacing_mm": (0.4, 0.4), "imager_spacing_mm": (0.4, 0.4)},
            "the spacing is known at the detector only",
            ("uncalibrated", "scale-detector-plane"),
        ),
        (
            {"pixel_spacing_mm": (0.3999, 0.4), "imager_spacing_mm": (0.4, 0.4)},
            "the spacing is known at the detector only",
            ("uncalibrated", "scale-detector-plane"),
        ),
        # a magnification of 1 says that nothing was estimated, and the patient lies before the detector
        (
            {"imager_spacing_mm": (0.4, 0.4), "magnification": 1.0},
            "the spacing is known at the detector only",
            ("uncalibrated", "scale-detector-plane"),
        ),
        (
            {
                "imager_spacing_mm": (0.4, 0.4),
                "source_to_detector_mm": 900.0,
                "source_to_patient_mm": 1000.0,
            },
            "the spacing is known at the detector only",
            ("uncalibrated", "scale-detector-plane"),
        ),
        ({"magnification": 1.3}, "the file holds no spacing", ("uncalibrated",)),
    ],
)
def test_what_gives_no_scale(facts, reason, flags):
    found = calibrated(facts)
    assert isinstance(found, Uncalibrated)
    assert (found.reason, found.flags) == (reason, flags)


spacings = st.tuples(st.floats(0.05, 2), st.floats(0.05, 2))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(spacings, st.none() | st.floats(500, 1500), st.sampled_from([None, 1.0]))
def test_imager_pixel_spacing_alone_never_gives_a_millimetre(spacing, detector_mm, magnification):
    found = calibrated(
        {
            "imager_spacing_mm": spacing,
            "source_to_detector_mm": detector_mm,
            "magnification": magnification,
        }
    )
    assert isinstance(found, Uncalibrated)
    assert "scale-detector-plane" in found.flags


@settings(max_examples=20, deadline=None, derandomize=True)
@given(spacings, st.floats(1.01, 2))
def test_the_patient_is_never_larger_than_its_shadow(spacing, magnification):
    found = calibrated({"imager_spacing_mm": spacing, "magnification": magnification})
    assert found.row_mm_per_px == pytest.approx(spacing[0] / magnification)
    assert found.mm_per_px == pytest.approx((spacing[0] * spacing[1]) ** 0.5 / magnification)
    assert found.mm_per_px < max(spacing)


def test_a_millimetre_by_the_user_stands_above_all_the_file_says():
    assert calibrated(EVERYTHING, 0.77).mm_per_px == pytest.approx(0.77)


def test_the_uncertainties_come_from_the_settings():
    names = ("user", "fiducial", "geometry", "beam_centre", "corrected", "magnification", "distances")
    changed = CalibrateSettings(**{name: 0.2 + n / 100 for n, name in enumerate(names)})
    found = [calibrated(facts, given, changed).relative_uncertainty for _, facts, given, *_ in LADDER]
    assert found == [getattr(changed, name) for name in names]


# the scale that only sizes filters


@pytest.mark.parametrize(
    ("calibration", "facts", "px_per_reference_mm", "mm_per_px", "origin"),
    [
        (CALIBRATION, EVERYTHING, 4.0, 1.0, "the calibration"),
        (Uncalibrated("none"), EVERYTHING, 4.0, 0.25, "the distance of the junctions"),
        (
            Uncalibrated("none"),
            {"imager_spacing_mm": (0.28, 0.28), "pixel_spacing_mm": (9.0, 9.0), "field_of_view_mm": 280.0},
            None,
            0.2,
            "the detector's spacing and an assumed magnification",
        ),
        (
            Uncalibrated("none"),
            {"pixel_spacing_mm": (0.7, 0.7)},
            None,
            0.5,
            "the detector's spacing and an assumed magnification",
        ),
        (
            Uncalibrated("none"),
            {"field_of_view_mm": 280.0},
            None,
            0.5,
            "the field of view at the detector and an assumed magnification",
        ),
        (Uncalibrated("none"), {}, None, 200 / 400, "an assumed width of the image"),
    ],
)
def test_the_scale_of_filters_has_a_ladder_too(calibration, facts, px_per_reference_mm, mm_per_px, origin):
    image = header(geometry=GeometryFacts(**facts), rows=300, columns=400)
    found = judging_scale(calibration, image, px_per_reference_mm, SETTINGS)
    assert (found.mm_per_px, found.origin) == (pytest.approx(mm_per_px), origin)
    assert found.px(10) == pytest.approx(10 / mm_per_px)
