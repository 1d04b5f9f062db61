"""The transfer syntaxes that can be decoded, and the SOP classes that hold X-ray projection images."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

Codec = Literal["native", "rle", "jpeg", "jpeg-ls", "jpeg 2000"]


class Encoding(NamedTuple):
    """How a transfer syntax stores pixels.

    Attributes:
        codec: what decodes a frame; ``native`` for uncompressed ones.
        lossy: whether it always, never (``False``) or possibly (``None``) loses information.
    """

    codec: Codec
    lossy: bool | None = False


IMPLICIT_LITTLE = "1.2.840.10008.1.2"
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
EXPLICIT_BIG = "1.2.840.10008.1.2.2"

LOSSY_JPEG = Encoding("jpeg", lossy=True)
ENCODINGS: Mapping[str, Encoding] = MappingProxyType(
    {
        IMPLICIT_LITTLE: Encoding("native"),
        EXPLICIT_LITTLE: Encoding("native"),
        DEFLATED: Encoding("native"),
        EXPLICIT_BIG: Encoding("native"),
        "1.2.840.10008.1.2.5": Encoding("rle"),
        "1.2.840.10008.1.2.4.50": LOSSY_JPEG,  # baseline, 8 bit
        "1.2.840.10008.1.2.4.51": LOSSY_JPEG,  # extended, 8 or 12 bit
        "1.2.840.10008.1.2.4.57": Encoding("jpeg"),  # lossless, process 14
        "1.2.840.10008.1.2.4.70": Encoding("jpeg"),  # lossless, process 14, first-order prediction
        "1.2.840.10008.1.2.4.80": Encoding("jpeg-ls"),
        "1.2.840.10008.1.2.4.81": Encoding("jpeg-ls", lossy=None),  # near-lossless
        "1.2.840.10008.1.2.4.90": Encoding("jpeg 2000"),
        "1.2.840.10008.1.2.4.91": Encoding("jpeg 2000", lossy=None),
        "1.2.840.10008.1.2.4.201": Encoding("jpeg 2000"),  # high throughput
        "1.2.840.10008.1.2.4.202": Encoding("jpeg 2000"),
        "1.2.840.10008.1.2.4.203": Encoding("jpeg 2000", lossy=None),
    }
)

_STORAGE = "1.2.840.10008.5.1.4.1.1."
XRAY_CLASSES: Mapping[str, str] = MappingProxyType(
    {
        _STORAGE + "12.1": "X-Ray Angiographic Image Storage",
        _STORAGE + "12.1.1": "Enhanced XA Image Storage",
        _STORAGE + "12.2": "X-Ray Radiofluoroscopic Image Storage",
        _STORAGE + "12.2.1": "Enhanced XRF Image Storage",
        _STORAGE + "1.1": "Digital X-Ray Image Storage - For Presentation",
        _STORAGE + "1.1.1": "Digital X-Ray Image Storage - For Processing",
        _STORAGE + "1": "Computed Radiography Image Storage",
        # C-arms with an analogue output arrive as captures, whatever their Modality says
        _STORAGE + "7": "Secondary Capture Image Storage",
        _STORAGE + "7.2": "Multi-frame Grayscale Byte Secondary Capture Image Storage",
        _STORAGE + "7.3": "Multi-frame Grayscale Word Secondary Capture Image Storage",
        _STORAGE + "7.4": "Multi-frame True Color Secondary Capture Image Storage",
    }
)
"""SOP classes of X-ray projection images, by UID."""
