"""What was done to an image before it was stored: subtraction, and compression with loss."""

import re

from spreadscan.read.attributes import Attributes

_SUBTRACTED = re.compile(r"(?<![a-z])(?P<denied>(un|non|not)[ -]?)?subtract(ed|ion)?(?![a-z])")
_SUBTRACTION_CODE = "113062"  # DCM, Pixel by pixel subtraction
_LOSSY_CODE = "113040"  # DCM, Lossy Compression


def says_subtracted(attributes: Attributes) -> bool:
    """Whether Image Type, the derivation or its code say that the image is already a subtraction."""
    described = " ".join(
        (*attributes.texts("ImageType")[2:], attributes.text("DerivationDescription"))
    ).lower()
    if any(not found["denied"] for found in _SUBTRACTED.finditer(described)):
        return True
    return "dsa" in re.findall(r"[a-z]+", described) or _derived_by(attributes, _SUBTRACTION_CODE)


def says_lossy(attributes: Attributes) -> bool | None:
    """Whether the header says that the pixels were ever compressed with loss; ``None`` if it does not say."""
    said = attributes.text("LossyImageCompression") or attributes.text("LossyImageCompressionRetired")
    if said == "01" or _derived_by(attributes, _LOSSY_CODE):
        return True
    return False if said == "00" else None


def _derived_by(attributes: Attributes, code: str) -> bool:
    items = attributes.items("DerivationCodeSequence")
    return any((i.text("CodeValue"), i.text("CodingSchemeDesignator")) == (code, "DCM") for i in items)
