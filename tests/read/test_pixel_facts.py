"""What the header says of pixel values: relation to intensity, loss, subtraction, modality LUT."""

import numpy as np
import pytest

from spreadscan.errors import CannotRead
from tests.dicom_files import enhanced, item


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
        np.zeros((1, 6, 8), np.int16), ModalityLUTSequence=lut([10, 20, 40], -1), **attributes
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


def test_enhanced_lut_that_is_a_functional_group_itself(header):
    table = item(LUTDescriptor=[2, 0, 16], LUTData=b"\1\0\2\0", LUTFunction="TO_LINEAR")
    log = item(PixelIntensityRelationship="LOG")
    group = {"FramePixelDataPropertiesSequence": log, "PixelIntensityRelationshipLUTSequence": table}
    found = header(sop_class="Enhanced XA", BitsStored=2, **enhanced(group))
    assert found.pixels.to_linear.tolist() == [1, 2, 2, 2]
