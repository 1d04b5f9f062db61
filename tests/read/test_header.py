"""What the header says becomes facts: order of spacings, calibration, view, apertures, times, names."""

import numpy as np
import pytest

from spreadscan.errors import CannotRead
from spreadscan.read.dicom import list_study
from tests.dicom_files import SOP_CLASSES, enhanced, item, write_dicom, write_xa

IMAGE = np.zeros((1, 6, 8), np.uint16)


@pytest.fixture
def header(tmp_path):
    def read(stored=IMAGE, sop_class="XA", transfer_syntax="explicit", **attributes):
        path = write_dicom(tmp_path / "a.dcm", stored, sop_class, transfer_syntax, **attributes)
        return list_study(path)[0]

    return read


def run(frames):
    return np.zeros((frames, 6, 8), np.uint16)


@pytest.mark.parametrize(
    "sop_class",
    [
        "XA",
        "XRF",
        "Enhanced XA",
        "Enhanced XRF",
        "DX",
        "DX processing",
        "CR",
        "SC",
        "SC byte",
        "SC word",
        "SC colour",
    ],
)
def test_every_xray_class_is_read_whatever_its_modality(header, sop_class):
    found = header(sop_class=sop_class, Modality="US")
    assert (found.frames, found.rows, found.columns) == (1, 6, 8)
    assert found.modality == "US"
    assert "Image Storage" in found.sop_class


@pytest.mark.parametrize("transfer_syntax", ["implicit", "deflated", "big endian", "jpeg-ls"])
def test_facts_do_not_depend_on_the_transfer_syntax(header, transfer_syntax):
    attributes = {"ImagerPixelSpacing": [0.3, 0.2], "FrameTime": 33, "PatientOrientation": ["R", "F"]}
    plain = header(run(3), **attributes)
    other = header(run(3), transfer_syntax=transfer_syntax, **attributes)
    assert (other.geometry.imager_spacing_mm, other.view.patient_orientation, other.frame_times_s) == (
        plain.geometry.imager_spacing_mm,
        plain.view.patient_orientation,
        plain.frame_times_s,
    )


def test_a_bare_header_leaves_everything_unknown(header):
    found = header()
    assert found.geometry.pixel_spacing_mm is found.geometry.imager_spacing_mm is None
    assert found.geometry.magnification is found.geometry.source_to_detector_mm is None
    assert found.view.patient_orientation is found.view.primary_angle_deg is None
    assert (found.apertures, found.mask_frames, found.frame_times_s) == ((), (), None)
    assert (found.order, found.role_hint) == (None, None)
    assert found.pixels.relationship is found.pixels.sign is found.pixels.to_linear is None
    assert not any((found.pixels.inverted_display, found.pixels.lossy, found.pixels.subtracted))


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
    found = header(run(3), "Enhanced XA", **groups)
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


# frames


@pytest.mark.parametrize(
    ("attributes", "times"),
    [
        ({"FrameTime": 500}, (0, 0.5, 1)),
        ({"FrameTimeVector": [0, 100, 300]}, (0, 0.1, 0.4)),
        ({"FrameTimeVector": [0, 100, 300], "FrameTime": 50}, (0, 0.1, 0.4)),
        (
            {"FrameTimeVector": [0, 100, 300], "FrameTime": 50, "FrameIncrementPointer": 0x00181063},
            (0, 0.05, 0.1),
        ),
        ({"FrameTimeVector": [0, 100]}, None),
        ({"FrameTimeVector": [0, 100, -50]}, None),
        ({"FrameTime": 0}, None),
        ({"CineRate": 15}, None),
    ],
)
def test_frame_times(header, attributes, times):
    assert header(run(3), **attributes).frame_times_s == (None if times is None else pytest.approx(times))


def test_mask_frames_are_counted_from_zero(header):
    sequence = [
        item(MaskOperation="NONE", MaskFrameNumbers=[3]),
        item(MaskOperation="AVG_SUB", MaskFrameNumbers=[99]),
        item(MaskOperation="AVG_SUB", MaskFrameNumbers=[2, 1, 40]),
    ]
    assert header(run(5), MaskSubtractionSequence=sequence).mask_frames == (0, 1)


def test_mask_frame_zero_does_not_exist(header):
    sequence = [item(MaskOperation="AVG_SUB", MaskFrameNumbers=0)]
    assert header(run(5), MaskSubtractionSequence=sequence).mask_frames == ()


# names


@pytest.mark.parametrize(
    ("said", "role"),
    [
        ("Pre-contrast", "baseline"),
        ("PRE", "baseline"),
        ("Scout L4", "baseline"),
        ("precontrast", "baseline"),
        ("without contrast", "baseline"),
        ("non-contrast", "baseline"),
        ("before injection", "baseline"),
        ("Mask", "baseline"),
        ("native", "baseline"),
        ("baseline_1", "baseline"),
        ("Post-contrast", "contrast"),
        ("post", "contrast"),
        ("after injection", "contrast"),
        ("CONTRAST run", "contrast"),
        ("with contrast", "contrast"),
        ("Pre and post contrast", None),
        ("Fluoro run", None),
        ("L-spine pre-op", None),
        ("presentation", None),
        ("unenhanced", "baseline"),
        ("", None),
    ],
)
@pytest.mark.parametrize("keyword", ["SeriesDescription", "ImageComments", "ProtocolName"])
def test_role_hint(header, keyword, said, role):
    assert header(**{keyword: said}).role_hint == role


def test_role_hints_that_disagree_are_none(header):
    assert header(SeriesDescription="pre", ImageComments="post contrast").role_hint is None
    assert header(SeriesDescription="pre", ProtocolName="Contrast study").role_hint == "baseline"


@pytest.mark.parametrize(
    ("attributes", "subtracted"),
    [
        ({"ImageType": ["DERIVED", "PRIMARY", "SUBTRACTION"]}, True),
        ({"ImageType": ["DERIVED", "PRIMARY", "SINGLE PLANE", "DSA"]}, True),
        ({"DerivationDescription": "Subtracted from frame 1"}, True),
        ({"DerivationDescription": "unsubtracted"}, False),
        ({"DerivationDescription": "not subtracted"}, False),
        ({"DerivationCodeSequence": [item(CodeValue="113062", CodingSchemeDesignator="DCM")]}, True),
        ({"DerivationCodeSequence": [item(CodeValue="113062", CodingSchemeDesignator="99X")]}, False),
        ({"ImageType": ["ORIGINAL", "PRIMARY"]}, False),
        ({"RecommendedViewingMode": "SUB"}, False),
    ],
)
def test_subtracted(header, attributes, subtracted):
    assert header(**attributes).pixels.subtracted is subtracted


@pytest.mark.parametrize(
    ("attributes", "lossy"),
    [
        ({"LossyImageCompression": "01"}, True),
        ({"LossyImageCompressionRetired": "01"}, True),
        ({"LossyImageCompression": "00"}, False),
        ({"DerivationCodeSequence": [item(CodeValue="113040", CodingSchemeDesignator="DCM")]}, True),
    ],
)
def test_lossy(header, attributes, lossy):
    assert header(**attributes).pixels.lossy is lossy


def test_jpeg_2000_may_deny_its_loss(header):
    noise = np.random.default_rng(0).integers(0, 255, (1, 16, 16)).astype(np.uint8)
    assert header(noise, transfer_syntax="jpeg 2000 lossy").pixels.lossy
    assert not header(noise, transfer_syntax="jpeg 2000 lossy", LossyImageCompression="00").pixels.lossy
    assert header(noise, transfer_syntax="jpeg baseline", LossyImageCompression="00").pixels.lossy


# pixel values


@pytest.mark.parametrize("relationship", ["LIN", "LOG", "DISP", "SQRT", ""])
def test_relationship_and_sign(header, relationship):
    found = header(PixelIntensityRelationship=relationship, PixelIntensityRelationshipSign=-1).pixels
    assert found.relationship == (relationship if relationship in ("LIN", "LOG", "DISP") else None)
    assert found.sign == -1


def test_inverse_presentation_lut_inverts_the_display(header):
    assert header(PresentationLUTShape="INVERSE").pixels.inverted_display
    assert not header(PresentationLUTShape="IDENTITY").pixels.inverted_display


def lut(values, first, bits=16):
    data = np.asarray(values, "<u2").tobytes()
    return [item(LUTDescriptor=[len(values), first, bits], LUTData=data, ModalityLUTType="US")]


def test_modality_lut_of_log_pixels_covers_every_stored_value(header):
    attributes = {"BitsStored": 3, "PixelIntensityRelationship": "LOG"}
    found = header(ModalityLUTSequence=lut([10, 20, 40], 2), **attributes).pixels.to_linear
    assert found.dtype == np.float32
    assert found.tolist() == [10, 10, 10, 20, 40, 40, 40, 40]


def test_modality_lut_of_signed_pixels_begins_at_the_smallest(header):
    attributes = {"BitsStored": 3, "PixelIntensityRelationship": "LOG"}
    found = header(
        run(1).astype(np.int16), ModalityLUTSequence=lut([10, 20, 40], -1), **attributes
    ).pixels.to_linear
    assert found.tolist() == [10, 10, 10, 10, 20, 40, 40, 40]  # of -4 to 3; the first entry is of -1


def test_modality_lut_counts_for_log_pixels_only(header):
    table = lut([10, 20, 40], 2)
    assert header(ModalityLUTSequence=table, PixelIntensityRelationship="LIN").pixels.to_linear is None
    assert header(PixelIntensityRelationship="LOG", RescaleSlope=1).pixels.to_linear is None


@pytest.mark.parametrize(
    "sequence",
    [
        [item(LUTDescriptor=[5, 0, 16], LUTData=b"\1\0\2\0")],
        [item(LUTDescriptor=[2, 0], LUTData=b"\1\0\2\0")],
        [item(LUTDescriptor=[2, 0, 16])],
        lut([1, 5, 2], 0),
        lut([3, 3, 3], 0),
    ],
)
def test_modality_lut_that_does_not_fit_itself_is_refused(header, sequence):
    with pytest.raises(CannotRead, match=r"LUTData \(0028,3006\).*\[bad-header\]"):
        header(ModalityLUTSequence=sequence, PixelIntensityRelationship="LOG")


def test_enhanced_lut_to_linear(header):
    table = item(LUTDescriptor=[2, 0, 16], LUTData=b"\1\0\2\0", LUTFunction="TO_LINEAR")
    log = item(PixelIntensityRelationship="LOG", PixelIntensityRelationshipLUTSequence=[table])
    found = header(
        sop_class="Enhanced XA", BitsStored=2, **enhanced({"FramePixelDataPropertiesSequence": log})
    )
    assert found.pixels.to_linear.tolist() == [1, 2, 2, 2]


# who and when


def test_nothing_tells_who_the_patient_is(header):
    found = header(
        PatientName="Doe^Jane",
        PatientID="4711",
        PatientBirthDate="19500102",
        StudyDate="20240115",
        ContentDate="20240115",
        ContentTime="101601",
        AccessionNumber="A-1",
        InstitutionName="St. Elsewhere",
    )
    text = repr(found)
    for secret in ("Doe", "Jane", "4711", "1950", "2024", "A-1", "Elsewhere"):
        assert secret not in text


def test_patient_key_goes_by_number_then_by_name(header):
    one = header(PatientID="1", PatientName="A").patient_key
    assert one == header(PatientID="1", PatientName="B").patient_key
    assert one != header(PatientID="2", PatientName="A").patient_key
    assert one != header(PatientID="1", IssuerOfPatientID="other").patient_key
    by_name = header(PatientID="", PatientName="A").patient_key
    assert by_name not in (one, header(PatientID=None, PatientName="B").patient_key, "")
    assert header(PatientID=None, PatientName=None).patient_key == ""


@pytest.mark.parametrize(
    ("attributes", "order"),
    [
        ({"ContentTime": "101601.5"}, ("0000 101601.500000", 0)),
        ({"ContentTime": "10:16:01"}, ("0000 101601.000000", 0)),
        ({"ContentTime": "1016", "AcquisitionTime": "1015"}, ("0000 101500.000000", 0)),
        (
            {"AcquisitionDateTime": "20240116080000.1+0100", "StudyDate": "20240115"},
            ("0001 080000.100000", 0),
        ),
        (
            {"StudyDate": "20240115", "ContentDate": "20240116", "ContentTime": "0001"},
            ("0001 000100.000000", 0),
        ),
        (
            {"StudyDate": "20240115", "ContentDate": "20240114", "ContentTime": "0001"},
            ("0000 000100.000000", 0),
        ),
        ({"InstanceNumber": 7}, ("", 7)),
        ({"InstanceNumber": 7, "SeriesNumber": 2}, ("", 2 * 2**32 + 7)),
        ({"SeriesNumber": 2, "StudyTime": "101010"}, None),
        ({"ContentTime": "996199"}, None),
    ],
)
def test_order_of_acquisition(header, attributes, order):
    assert header(**attributes).order == order


def test_hash_is_of_the_whole_file(header, tmp_path):
    import hashlib

    assert header().sha256 == hashlib.sha256((tmp_path / "a.dcm").read_bytes()).hexdigest()


def replace(path, old, new):
    """Write another value of the same length into a file."""
    content = path.read_bytes()
    assert content.count(old) == 1
    path.write_bytes(content.replace(old, new.ljust(len(old))))


def test_every_class_name_is_the_one_of_the_standard():
    from pydicom.uid import UID

    from spreadscan.read.encodings import XRAY_CLASSES

    assert all(UID(uid).name == name for uid, name in XRAY_CLASSES.items())
    assert set(XRAY_CLASSES) <= set(SOP_CLASSES.values())
