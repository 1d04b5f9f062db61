"""What the header says of distances, view and apertures: order of spacings, units, what is left unknown."""

import numpy as np
import pytest

from spreadscan.errors import CannotRead
from spreadscan.read.dicom import list_study
from tests.dicom_files import enhanced, item, write_xa

IMAGE = np.zeros((1, 6, 8), np.uint16)


def replace(path, old, new):
    """Write another value of the same length into a file."""
    content = path.read_bytes()
    assert content.count(old) == 1
    path.write_bytes(content.replace(old, new.ljust(len(old))))


# distances


def test_spacings_are_row_then_column(header):
    found = header(PixelSpacing=[0.4, 0.3], ImagerPixelSpacing=[0.5, 0.25]).geometry
    assert found.pixel_spacing_mm == (0.4, 0.3)
    assert found.imager_spacing_mm == (0.5, 0.25)


def test_calibration_and_distances(header):
    found = header(
        PixelSpacing=[0.4, 0.4],
        PixelSpacingCalibrationType="FIDUCIAL",
        PixelSpacingCalibrationDescription="10 mm ball",
        EstimatedRadiographicMagnificationFactor="1.35",
        DistanceSourceToDetector="1000",
        DistanceSourceToPatient="740",
    ).geometry
    assert (found.calibration_type, found.calibration_text) == ("FIDUCIAL", "10 mm ball")
    assert (found.magnification, found.source_to_detector_mm, found.source_to_patient_mm) == (1.35, 1000, 740)


def test_zero_distances_are_unknown_ones(header):
    found = header(
        DistanceSourceToDetector=0, DistanceSourceToPatient=0, EstimatedRadiographicMagnificationFactor=0
    ).geometry
    assert (found.source_to_detector_mm, found.source_to_patient_mm, found.magnification) == (None,) * 3


@pytest.mark.parametrize(
    "spacing", ["0\\0", "-0.3\\0.3", "0.3", "0.3\\0.3\\0.3", "nan\\nan", "inf\\0.3", "a\\b"]
)
def test_impossible_spacing_is_refused(tmp_path, spacing):
    path = write_xa(tmp_path / "a.dcm", IMAGE, PixelSpacing=["1.25000", "1.25000"])
    replace(path, b"1.25000\\1.25000 ", spacing.encode())
    with pytest.raises(CannotRead, match=r"PixelSpacing \(0028,0030\): .*\[bad-header\]"):
        list_study(path)


def test_imager_spacing_counts_only_where_the_scale_would_rest_on_it(tmp_path):
    path = write_xa(
        tmp_path / "a.dcm",
        IMAGE,
        ImagerPixelSpacing=["1.25000", "1.25000"],
        PixelSpacing=[0.3, 0.3],
        PixelSpacingCalibrationType="GEOMETRY",
    )
    replace(path, b"1.25000\\1.25000 ", b"-1\\-1")
    assert list_study(path)[0].geometry.imager_spacing_mm is None
    path = write_xa(tmp_path / "a.dcm", IMAGE, ImagerPixelSpacing=["1.25000", "1.25000"])
    replace(path, b"1.25000\\1.25000 ", b"-1\\-1")
    with pytest.raises(CannotRead, match=r"ImagerPixelSpacing \(0018,1164\): is -1 and -1 mm"):
        list_study(path)


@pytest.mark.parametrize(
    ("facts", "pixel", "imager", "placeholder"),
    [
        ({"ImagerPixelSpacing": [1, 1]}, None, None, True),
        ({"ImagerPixelSpacing": ["1.000", "1.0"]}, None, None, True),
        ({"PixelSpacing": [1, 1]}, None, None, True),
        ({"PixelSpacing": [1, 1], "ImagerPixelSpacing": [0.3, 0.3]}, None, (0.3, 0.3), True),
        ({"PixelSpacing": [0.3, 0.3], "ImagerPixelSpacing": [1, 1]}, (0.3, 0.3), None, True),
        ({"PixelSpacing": [1, 1], "PixelSpacingCalibrationType": "FIDUCIAL"}, (1.0, 1.0), None, False),
        ({"ImagerPixelSpacing": [1, 0.9]}, None, (1.0, 0.9), False),
        ({"ImagerPixelSpacing": [1.01, 1.01]}, None, (1.01, 1.01), False),
        ({}, None, None, False),
    ],
)
def test_a_spacing_of_one_millimetre_each_way_stands_for_an_unknown_one(
    header, facts, pixel, imager, placeholder
):
    found = header(**facts).geometry
    assert (found.pixel_spacing_mm, found.imager_spacing_mm, found.placeholder) == (
        pixel,
        imager,
        placeholder,
    )


@pytest.mark.parametrize(
    ("facts", "field_mm"),
    [
        ({"IntensifierSize": 230}, 230),
        ({"FieldOfViewDimensions": [200, 250]}, 250),
        ({"FieldOfViewDimensions": 170, "IntensifierSize": 310}, 170),
        ({"FieldOfViewDimensions": [0, 0], "IntensifierSize": 310}, 310),
        ({"IntensifierSize": 9}, None),
        ({"IntensifierSize": 4000}, None),
        ({"IntensifierSize": -230}, None),
        ({}, None),
    ],
)
def test_the_field_of_view_is_told_where_it_can_be_believed(header, facts, field_mm):
    assert header(**facts).geometry.field_of_view_mm == field_mm


def test_negative_distance_is_refused(header):
    with pytest.raises(CannotRead, match=r"DistanceSourceToDetector \(0018,1110\): is -5.*\[bad-header\]"):
        header(DistanceSourceToDetector=-5)


def test_enhanced_objects_keep_their_facts_in_functional_groups(header):
    groups = enhanced(
        {
            "XAXRFFrameCharacteristicsSequence": item(),
            "ProjectionPixelCalibrationSequence": item(ObjectPixelSpacingInCenterOfBeam=[0.2, 0.21]),
            "XRayGeometrySequence": item(DistanceSourceToDetector=1000.0, DistanceSourceToIsocenter=700.0),
            "FramePixelDataPropertiesSequence": item(
                ImagerPixelSpacing=[0.3, 0.31],
                PixelIntensityRelationship="LOG",
                PixelIntensityRelationshipSign=1,
            ),
            "FrameDisplayShutterSequence": item(
                ShutterShape="CIRCULAR", CenterOfCircularShutter=[4, 5], RadiusOfCircularShutter=3
            ),
            "PatientOrientationInFrameSequence": item(PatientOrientation=["L", "F"]),
        },
        [
            {
                "FrameContentSequence": item(FrameReferenceDateTime=f"2024011510150{s}.25"),
                "PositionerPositionSequence": item(
                    PositionerPrimaryAngle=3.0 + s, PositionerSecondaryAngle=-1.0
                ),
            }
            for s in (0, 1, 3)
        ],
    )
    found = header(np.repeat(IMAGE, 3, axis=0), "Enhanced XA", **groups)
    assert found.geometry.object_spacing_mm == pytest.approx((0.2, 0.21))
    assert found.geometry.imager_spacing_mm == (0.3, 0.31)
    assert found.geometry.source_to_detector_mm == 1000
    assert found.geometry.source_to_patient_mm is None  # the isocentre is not the patient
    assert (found.pixels.relationship, found.pixels.sign) == ("LOG", 1)
    assert found.view.patient_orientation == ("L", "F")
    assert (found.view.primary_angle_deg, found.view.secondary_angle_deg) == (3, -1)
    assert found.apertures[0].centre == (3, 4)
    assert found.frame_times_s == (0, 1, 3)


# view


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (["R", "F"], ("R", "F")),
        (["LH", "FP"], ("LH", "FP")),
        (["l", "f"], ("L", "F")),
        ("", None),
        (["", ""], None),
        ("L", None),
        (["X", "Y"], None),
        (["UNKNOWN", "F"], None),
    ],
)
def test_patient_orientation(header, written, expected):
    assert header(PatientOrientation=written).view.patient_orientation == expected


def test_orientation_that_contradicts_itself_is_refused(header):
    with pytest.raises(CannotRead, match=r"PatientOrientation \(0020,0020\).*\[bad-header\]"):
        header(PatientOrientation=["L", "R"])


def test_positioner_angles(header):
    view = header(PositionerPrimaryAngle="-32.5", PositionerSecondaryAngle="2").view
    assert (view.primary_angle_deg, view.secondary_angle_deg) == (-32.5, 2)
    with pytest.raises(CannotRead, match="beyond a full turn"):
        header(PositionerPrimaryAngle="1000")


# apertures


def test_rectangle_and_circle_combined_are_counted_from_zero(header):
    rectangle, circle = header(
        CollimatorShape=["RECTANGULAR", "CIRCULAR"],
        CollimatorLeftVerticalEdge=2,
        CollimatorRightVerticalEdge=7,
        CollimatorUpperHorizontalEdge=1,
        CollimatorLowerHorizontalEdge=5,
        CenterOfCircularCollimator=[3, 4],
        RadiusOfCircularCollimator=2,
    ).apertures
    assert rectangle.kind == "rectangle"
    assert rectangle.vertices == ((0, 1), (0, 6), (4, 6), (4, 1))
    assert (circle.kind, circle.centre, circle.radius_px) == ("circle", (2, 3), 2)


def test_collimator_comes_before_shutter(header):
    found = header(
        ShutterShape="POLYGONAL",
        VerticesOfThePolygonalShutter=[1, 1, 1, 8, 6, 4],
        CollimatorShape="CIRCULAR",
        CenterOfCircularCollimator=[3, 4],
        RadiusOfCircularCollimator=2,
    ).apertures
    assert [aperture.kind for aperture in found] == ["circle", "polygon"]
    assert found[1].vertices == ((0, 0), (0, 7), (5, 3))


@pytest.mark.parametrize(
    "attributes",
    [
        {"ShutterShape": "POLYGONAL", "VerticesOfThePolygonalShutter": [3, 3]},
        {"ShutterShape": "POLYGONAL", "VerticesOfThePolygonalShutter": [1, 1, 2, 2, 3, 3]},
        {"ShutterShape": "POLYGONAL", "VerticesOfThePolygonalShutter": [1, 1, 1, 8, 6]},
        {"ShutterShape": "CIRCULAR", "CenterOfCircularShutter": [3, 3], "RadiusOfCircularShutter": 0},
        {"ShutterShape": "CIRCULAR"},
        {"ShutterShape": "BITMAP"},
        {
            "ShutterShape": "RECTANGULAR",
            "ShutterLeftVerticalEdge": 5,
            "ShutterRightVerticalEdge": 5,
            "ShutterUpperHorizontalEdge": 1,
            "ShutterLowerHorizontalEdge": 5,
        },
    ],
)
def test_a_shape_that_encloses_nothing_is_left_out(header, attributes):
    assert header(**attributes).apertures == ()
