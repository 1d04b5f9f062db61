"""What the words of a header call an image: baseline or contrast, or already a subtraction."""

import re
from collections.abc import Iterator

from spreadscan.read.attributes import Attributes
from spreadscan.values import Role

_BASELINE = frozenset(
    (
        "pre",
        "scout",
        "mask",
        "native",
        "nativ",
        "baseline",
        "plain",
        "unenhanced",
        "precontrast",
        "noncontrast",
    )
)
_CONTRAST = frozenset(("post", "contrast", "postcontrast", "opacified", "enhanced"))
_BEFORE = frozenset(("pre", "before", "without", "no", "non"))
_AFTER = frozenset(("post", "after", "with"))
_AGENT = frozenset(("contrast", "injection", "injected", "dye", "medium", "agent"))
_ELSEWHERE = frozenset(("op", "operative", "operation", "surgery", "surgical", "anterior", "posterior"))
"""After "pre" or "post" these speak of something other than the contrast."""

_SUBTRACTED = re.compile(r"(?<![a-z])(?P<denied>(un|non|not)[ -]?)?subtract(ed|ion)?(?![a-z])")
_SUBTRACTION_CODE = "113062"  # DCM, Pixel by pixel subtraction
_LOSSY_CODE = "113040"  # DCM, Lossy Compression


def role_hint(attributes: Attributes) -> Role | None:
    """Return what the image or its series is called; ``None`` when it is not said, or not clearly.

    Image Comments and Series Description count together, and only where they do not disagree; Protocol Name,
    which often names the procedure rather than the image, counts where neither says anything.
    """
    for keywords in (("ImageComments", "SeriesDescription"), ("ProtocolName",)):
        said = {role for keyword in keywords for role in _roles_in(attributes.text(keyword))}
        if said:
            return said.pop() if len(said) == 1 else None
    return None


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


def _roles_in(text: str) -> Iterator[Role]:
    words = re.findall(r"[a-z]+", text.lower())
    index = 0
    while index < len(words):
        word, following = words[index], words[index + 1] if index + 1 < len(words) else ""
        paired = following in _AGENT and word in _BEFORE | _AFTER
        if paired:
            yield "baseline" if word in _BEFORE else "contrast"
        elif word in ("pre", "post") and following in _ELSEWHERE:
            paired = True
        elif word in _BASELINE:
            yield "baseline"
        elif word in _CONTRAST:
            yield "contrast"
        index += 2 if paired else 1
