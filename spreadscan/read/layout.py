"""How the pixels of a DICOM image are laid out, checked before anything is allocated."""

from typing import NamedTuple

from spreadscan.read.attributes import Attributes
from spreadscan.read.encodings import ENCODINGS, EXPLICIT_BIG, Encoding
from spreadscan.read.stored import PixelLayout

LARGEST_SIDE_PX = 8192
"""The largest X-ray detectors have below 5000 pixels a side."""
MOST_FRAMES = 4096
"""More than two minutes at 30 frames per second."""
LARGEST_RUN_BYTES = 4 * 2**30
"""What a workstation can hold beside its other work."""

_GRAY = ("MONOCHROME1", "MONOCHROME2")
_COLOUR = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT")


class _Colour(NamedTuple):
    """Samples of a pixel, and what they mean: the Photometric Interpretation."""

    samples: int
    photometric: str


class _Bits(NamedTuple):
    """How a sample lies in its word, as of ``PixelLayout``."""

    allocated: int
    stored: int
    high: int
    signed: bool


def pixel_layout(attributes: Attributes, transfer_syntax: str) -> PixelLayout | None:
    """Return the layout of the pixels; ``None`` when it is impossible, which is then complained about.

    Args:
        attributes: of the image object itself, without functional groups.
        transfer_syntax: its UID.
    """
    already = len(attributes.complaints)
    encoding = ENCODINGS.get(transfer_syntax)
    if encoding is None:
        problem = "names an encoding that cannot be decoded"
        attributes.complain("transfer-syntax", "TransferSyntaxUID", problem)
        encoding = Encoding("native")
    rows, columns = (_side(attributes, keyword) for keyword in ("Rows", "Columns"))
    frames = _frames(attributes)
    samples, photometric = _colour(attributes)
    bits = _bits(attributes, samples)
    planar = attributes.integers("PlanarConfiguration", slug=None)[:1] == (1,)
    layout = PixelLayout(
        encoding, transfer_syntax == EXPLICIT_BIG, frames, rows, columns, samples, *bits, photometric, planar
    )
    if len(attributes.complaints) == already and layout.frame_bytes * frames > LARGEST_RUN_BYTES:
        problem = f"makes {layout.frame_bytes * frames / 2**30:.0f} GiB of pixels, more than can be read"
        attributes.complain("bad-geometry", "NumberOfFrames", problem)
    return layout if len(attributes.complaints) == already else None


def _side(attributes: Attributes, keyword: str) -> int:
    side = _integer(attributes, keyword)
    if side is not None and not 1 <= side <= LARGEST_SIDE_PX:
        attributes.complain("bad-geometry", keyword, f"is {side}, outside 1 to {LARGEST_SIDE_PX}")
    return side or 0


def _frames(attributes: Attributes) -> int:
    """Number of frames; an image that does not count its frames has one."""
    frames = _integer(attributes, "NumberOfFrames", absent=1)
    if frames is not None and frames < 1:
        attributes.complain("no-frames", "NumberOfFrames", f"is {frames}")
    elif frames is not None and frames > MOST_FRAMES:
        attributes.complain("bad-geometry", "NumberOfFrames", f"is {frames}, more than {MOST_FRAMES}")
    return frames or 0


def _colour(attributes: Attributes) -> _Colour:
    samples = _integer(attributes, "SamplesPerPixel", absent=1)
    photometric = attributes.text("PhotometricInterpretation").upper()
    if photometric == "PALETTE COLOR":
        attributes.complain("colour-image", "PhotometricInterpretation", "is a colour palette")
    elif photometric not in (*_GRAY, *_COLOUR):
        problem = "is missing" if not photometric else "is not one that can be read"
        attributes.complain("bad-header", "PhotometricInterpretation", problem)
    elif samples is not None and samples != (1 if photometric in _GRAY else 3):
        attributes.complain("bad-geometry", "SamplesPerPixel", f"is {samples}, which {photometric} is not")
    return _Colour(samples or 1, photometric)


def _bits(attributes: Attributes, samples: int) -> _Bits:
    allocated = _integer(attributes, "BitsAllocated")
    stored = _integer(attributes, "BitsStored")
    signed = _integer(attributes, "PixelRepresentation")
    if allocated is None or stored is None or signed is None:
        return _Bits(16, 16, 15, False)
    high = _integer(attributes, "HighBit", absent=stored - 1)
    if allocated not in ((8, 16) if samples == 1 else (8,)):
        attributes.complain("bad-geometry", "BitsAllocated", f"is {allocated}")
    elif not 1 <= stored <= allocated:
        attributes.complain("bad-geometry", "BitsStored", f"is {stored} of {allocated} allocated")
    elif high is not None and not stored - 1 <= high < allocated:
        attributes.complain("bad-geometry", "HighBit", f"is {high}, with {stored} bits stored of {allocated}")
    if signed not in (0, 1):
        attributes.complain("bad-geometry", "PixelRepresentation", f"is {signed}, neither 0 nor 1")
    return _Bits(allocated, stored, stored - 1 if high is None else high, signed == 1)


def _integer(attributes: Attributes, keyword: str, *, absent: int | None = None) -> int | None:
    """A whole number; without a value for absence, its absence is a complaint too."""
    already = len(attributes.complaints)
    found = attributes.integers(keyword)
    if found:
        return found[0]
    if absent is None and len(attributes.complaints) == already:
        attributes.complain("bad-geometry", keyword, "is missing")
    return absent if len(attributes.complaints) == already else None
