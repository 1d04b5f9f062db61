"""What can be written: SOP classes and transfer syntaxes, and which of them go together.

References:
    [1] DICOM PS3.4, B.5 Standard SOP Classes; PS3.6, annex A (UIDs).
    [2] DICOM PS3.5, 8.2 Native or encapsulated format encoding.
    [3] DICOM PS3.3, A.8.3 to A.8.5 (multi-frame secondary capture), C.8.19.2 Enhanced XA/XRF Image module.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from spreadscan.errors import WrongUsage
from spreadscan.phantom.scenario import FileStyle, Processing, Scenario, SopClass, TransferSyntax

Attributes = Mapping[str, Any]
"""What a header says, by keyword; the items of a sequence are attributes in turn."""
LACKING = (
    "orientation",
    "spacing",
    "geometry",
    "angles",
    "frame-time",
    "window",
    "relationship",
    "patient-position",
)
"""What a poor header can leave out."""


class Syntax(NamedTuple):
    """A transfer syntax.

    Attributes:
        uid: its UID.
        compressed: whether frames are compressed and encapsulated.
        method: the Lossy Image Compression Method; empty where nothing is lost.
        bits: Bits Stored that it can carry [2].
        colour: Photometric Interpretation that RGB takes in it; empty where colour is not written.
    """

    uid: str
    compressed: bool = True
    method: str = ""
    bits: tuple[int, ...] = tuple(range(8, 17))
    colour: str = ""


_JPEG = "1.2.840.10008.1.2.4."
SYNTAXES: Mapping[TransferSyntax, Syntax] = MappingProxyType(
    {
        "implicit-little": Syntax("1.2.840.10008.1.2", compressed=False, colour="RGB"),
        "explicit-little": Syntax("1.2.840.10008.1.2.1", compressed=False, colour="RGB"),
        "explicit-big": Syntax("1.2.840.10008.1.2.2", compressed=False, colour="RGB"),
        "deflated": Syntax("1.2.840.10008.1.2.1.99", compressed=False, colour="RGB"),
        "rle": Syntax("1.2.840.10008.1.2.5", colour="RGB"),
        "jpeg-baseline": Syntax(_JPEG + "50", method="ISO_10918_1", bits=(8,), colour="YBR_FULL_422"),
        "jpeg-extended": Syntax(_JPEG + "51", method="ISO_10918_1", bits=(8, 12)),
        "jpeg-lossless-57": Syntax(_JPEG + "57"),
        "jpeg-lossless": Syntax(_JPEG + "70"),
        "jpeg-ls": Syntax(_JPEG + "80"),
        "jpeg-ls-near": Syntax(_JPEG + "81", method="ISO_14495_1"),
        "jpeg-2000-lossless": Syntax(_JPEG + "90", colour="YBR_RCT"),
        "jpeg-2000": Syntax(_JPEG + "91", method="ISO_15444_1", colour="YBR_ICT"),
        "htj2k-lossless": Syntax(_JPEG + "201"),
        "htj2k": Syntax(_JPEG + "203", method="ISO_15444_15"),
    }
)
"""Transfer syntaxes by their names in a scenario."""

_STORAGE = "1.2.840.10008.5.1.4.1.1."
_SOP_CLASSES: Mapping[SopClass, str] = MappingProxyType(
    {
        "XA": _STORAGE + "12.1",
        "XA-enhanced": _STORAGE + "12.1.1",
        "XRF": _STORAGE + "12.2",
        "XRF-enhanced": _STORAGE + "12.2.1",
        "DX": _STORAGE + "1.1",
        "CR": _STORAGE + "1",
        "SC": _STORAGE + "7",
    }
)
_CAPTURE_BYTE, _CAPTURE_WORD, _CAPTURE_COLOUR = (_STORAGE + end for end in ("7.2", "7.3", "7.4"))


@dataclass(frozen=True)
class _Problem:
    """What cannot be written, and what to choose."""

    field: str
    problem: str
    advice: str


def sop_class_uid(scenario: Scenario) -> str:
    """Return the SOP class UID: multi-frame captures have one each for bytes, words and colour."""
    style = scenario.file.sop_class
    if style == "SC-multiframe":
        return _CAPTURE_BYTE if scenario.processing.bits == 8 else _CAPTURE_WORD
    if style == "SC-rgb":
        return _CAPTURE_COLOUR if scenario.study.kind == "cine" else _SOP_CLASSES["SC"]
    return _SOP_CLASSES[style]


def check_file(scenario: Scenario) -> None:
    """Refuse a file that cannot exist, before anything is computed.

    Args:
        scenario: the whole case; kind of study, processing and file are looked at.

    Raises:
        WrongUsage: ``bad-option``; the first thing that is wrong, with what to choose instead.
    """
    for found in _problems(scenario):
        raise WrongUsage("bad-option", found.problem, advice=found.advice, field=found.field)


def _problems(scenario: Scenario) -> Iterator[_Problem]:
    style, processing = scenario.file, scenario.processing
    unknown = sorted(set(style.lacks) - set(LACKING))
    if unknown:
        yield _Problem("file.lacks", f"has {unknown[0]}", f"choose among {', '.join(LACKING)}")
    if not 8 <= processing.bits <= 16:
        yield _Problem("processing.bits", f"is {processing.bits}", "choose 8 to 16")
    yield from _syntax_problems(style, processing.bits)
    yield from _class_problems(style, processing)
    if scenario.study.kind == "cine" and style.sop_class in ("DX", "CR", "SC"):
        advice = "choose XA, XRF or their enhanced classes, SC-multiframe or SC-rgb"
        yield _Problem("file.sop_class", f"is {style.sop_class}, which holds one frame, for a run", advice)
    if style.names_mask and (scenario.study.kind != "cine" or scenario.study.before < 1):
        yield _Problem(
            "file.names_mask",
            "names a mask where no frame comes before the contrast",
            "choose a cine run with frames before the contrast, or leave names_mask out",
        )


def _syntax_problems(style: FileStyle, bits: int) -> Iterator[_Problem]:
    syntax = SYNTAXES[style.transfer_syntax]
    if bits not in syntax.bits:
        able = " or ".join(map(str, syntax.bits))
        advice = f"set processing.bits to {able}, or choose jpeg-lossless, jpeg-ls or jpeg-2000"
        yield _Problem("file.transfer_syntax", f"{style.transfer_syntax} cannot carry {bits} bits", advice)
    if style.sop_class == "SC-rgb" and not syntax.colour:
        able = ", ".join(name for name, one in SYNTAXES.items() if one.colour)
        problem = f"{style.transfer_syntax} is not written in colour"
        yield _Problem("file.transfer_syntax", problem, f"choose one of {able}, or another sop_class")


def _class_problems(style: FileStyle, processing: Processing) -> Iterator[_Problem]:
    if style.sop_class == "SC-rgb" and processing.bits != 8:
        problem = f"is {processing.bits}, where a capture in colour has 8"
        yield _Problem("processing.bits", problem, "set it to 8, or choose SC or SC-multiframe")
    if style.sop_class == "SC-rgb" and processing.inverted:
        problem = "stores a capture in colour as MONOCHROME1"
        yield _Problem("processing.inverted", problem, "set it to false, or choose SC or SC-multiframe")
    if style.sop_class.endswith("enhanced") and processing.burned_in != "none":
        problem = f"burns text into {style.sop_class}, where DICOM forbids it"
        yield _Problem("processing.burned_in", problem, "set it to none, or choose XA, XRF or SC")
