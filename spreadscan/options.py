"""What options and arguments of the command line are, and what the words given for them mean."""

import os
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from spreadscan.errors import WrongUsage

if TYPE_CHECKING:
    from spreadscan.settings import Settings
    from spreadscan.values import Site

_FRAMES = re.compile(r"(?P<first>[0-9]{1,9})(-(?P<last>[0-9]{1,9}))?")
_LAST_FRAME = 100_000


class ImageSide(Enum):
    """A side of the stored image."""

    LEFT = "image-left"
    RIGHT = "image-right"


class LandmarkFormatName(Enum):
    """A format in which landmarks are written."""

    JSON = "json"
    CSV = "csv"
    SLICER = "slicer"
    IMAGEJ = "imagej"
    NAPARI = "napari"
    SR = "sr"
    GSPS = "gsps"


class ProtocolAnswer(Enum):
    """An answer to a protocol that can be taken for a failure."""

    NOT_MET = "not-met"
    CANNOT_SAY = "cannot-say"


class DistributionName(Enum):
    """A distribution of random scenarios."""

    CLINICAL = "clinical"
    DEGENERATED = "degenerated"
    RUNS = "runs"
    TRAINING = "training"
    SPOTS = "spots"
    VIEWS = "views"


Input = Annotated[
    Path,
    typer.Argument(metavar="INPUT", help="One DICOM file, or the folder of one study.", show_default=False),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "-o", "--output", metavar="DIR", help="Where to write. Default: INPUT's name + '-spreadscan' here."
    ),
]
SettingsFile = Annotated[
    Path | None,
    typer.Option("--settings", metavar="FILE", help="TOML with settings that differ from the defaults."),
]
LandmarksFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="SAP–TP junctions: JSON, CSV, 3D Slicer, ImageJ, napari, DICOM SR or presentation state.",
    ),
]
LandmarksToShow = Annotated[
    Path | None,
    typer.Option(
        "--landmarks",
        metavar="FILE",
        help="What was marked: JSON, CSV, 3D Slicer, ImageJ, napari, DICOM SR or presentation state."
        " Default: the program searches.",
        show_default=False,
    ),
]
Completion = Annotated[
    bool, typer.Option("--complete", help="Place the junctions that were not marked; two marked are enough.")
]
LandmarkFormats = Annotated[
    list[LandmarkFormatName] | None,
    typer.Option("--as", help="Write them in this format too; may be given more than once."),
]
NoDetection = Annotated[
    bool, typer.Option("--no-detect", help="Use the landmarks given and search for no others.")
]
BaselineFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="The image from before the contrast. Default: worked out.")
]
FrameNumber = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, help="Frame to describe, from 1. Default: the one with most contrast."),
]
BaselineFrames = Annotated[
    str | None,
    typer.Option(
        metavar="LIST", help="Frames of INPUT before the contrast, such as 1-4 or 1,2,5. Default: worked out."
    ),
]
MaskFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="PNG with the contrast drawn by hand: 0, 128 possible, 255 sure."),
]
LoopFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Loops around the contrast: JSON, PNG or ImageJ. Outside there is none."
    ),
]
Scale = Annotated[
    float | None, typer.Option("--mm-per-px", metavar="X", help="Millimetres of the patient per pixel.")
]
SlicerScale = Annotated[
    float | None,
    typer.Option(
        "--slicer-mm-per-px",
        metavar="X",
        help="Spacing at which 3D Slicer showed the image (1 if it had none).",
    ),
]
PatientLeft = Annotated[
    ImageSide | None,
    typer.Option(help="Side of the image on which the patient's left lies, if the file lacks it."),
]
InjectedVolume = Annotated[
    float | None,
    typer.Option("--injected-ml", metavar="X", help="Volume injected in all that the image shows, mL."),
]
IodineConcentration = Annotated[
    float | None,
    typer.Option("--iodine-mg-per-ml", metavar="Y", help="Its iodine as injected, mgI/mL (after mixing)."),
]
Jobs = Annotated[
    int | None, typer.Option("--jobs", metavar="N", min=1, help="How many at a time. Default: one per CPU.")
]
ScenarioName = Annotated[
    str | None,
    typer.Argument(
        metavar="[SCENARIO]",
        help="A ready scenario by name (see --list) or a TOML file. Default: drawn at random.",
        show_default=False,
    ),
]
Draw = Annotated[
    DistributionName, typer.Option("--draw", help="Where random scenarios are drawn from, if none is given.")
]
Anatomy = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Meshes to use instead of the built-in anatomy; see docs/simulator.md."),
]
ProtocolName = Annotated[
    str | None,
    typer.Option(
        "--protocol",
        metavar="NAME|FILE",
        help="Say whether the study met a protocol: a ready one (see 'spreadscan protocols') or a TOML file.",
    ),
]
ProtocolToShow = Annotated[
    str | None,
    typer.Argument(
        metavar="[NAME|FILE]", help="The protocol to print. Default: list the ready ones.", show_default=False
    ),
]
Injected = Annotated[
    list[str] | None,
    typer.Option(
        "--injected",
        metavar="JUNCTION",
        help="Junction into which was injected, by bone, such as L5-left; may be given more than once.",
    ),
]
FailOn = Annotated[
    list[ProtocolAnswer] | None,
    typer.Option("--fail-on", help="Exit with status 1 if the protocol has this answer; may be repeated."),
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Print nothing but errors.")]


def settings_from(path: Path | None) -> "Settings":
    """Return the settings of a file, or the defaults.

    Raises:
        CannotRead: ``settings-unreadable``.
    """
    from spreadscan.errors import CannotRead
    from spreadscan.settings import Settings, settings_from_toml

    if path is None:
        return Settings()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CannotRead(
            "settings-unreadable", "cannot be read", file=path.name, advice="give a TOML file"
        ) from error
    return settings_from_toml(text, path.name)


def side_of_image(side: ImageSide | None) -> Literal["image left", "image right"] | None:
    """Return a side as the report words it."""
    if side is None:
        return None
    return "image left" if side is ImageSide.LEFT else "image right"


def moment_of_writing() -> datetime:
    """Return the time that written objects bear: SOURCE_DATE_EPOCH where it is set, else now.

    Raises:
        WrongUsage: ``bad-option``.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given is None:
        return datetime.now().replace(microsecond=0)
    try:
        return datetime.fromtimestamp(int(given), UTC).replace(tzinfo=None)
    except (ValueError, OverflowError, OSError) as error:
        advice = "give seconds since 1970, or unset it"
        raise WrongUsage("bad-option", "is no time", field="SOURCE_DATE_EPOCH", advice=advice) from error


def check_not_replaced(given: Path, written: Iterable[Path]) -> None:
    """Refuse to write over the file that was handed in.

    Raises:
        WrongUsage: ``bad-option``.
    """
    if any(path.exists() and path.samefile(given) for path in written if given.exists()):
        raise WrongUsage(
            "bad-option",
            "would replace the landmarks that were handed in",
            file=given.name,
            field="--output",
            advice="choose another folder",
        )


def default_output(source: Path) -> Path:
    """Return a folder in the working directory, named after the input."""
    named = source.resolve()
    return Path(f"{named.name if named.is_dir() else named.stem}-spreadscan")


def check_apart(results: Path, source: Path) -> None:
    """Refuse to write results among the images.

    Raises:
        WrongUsage: ``bad-option``.
    """
    if results.resolve() == source.resolve():
        raise WrongUsage(
            "bad-option",
            "is the folder of the studies itself",
            field="--output",
            advice="choose another folder, so that results and images stay apart",
        )


def protocol_of(name: str | None) -> Path | str | None:
    """Return a protocol as a request holds it, checked: a ready one by its name, anything else as a path.

    Raises:
        CannotRead: ``protocol-unreadable`` or ``input-missing``.
    """
    from spreadscan.read.protocol import read_protocol, shipped_protocols

    if name is None:
        return None
    read_protocol(name)
    return name if name in shipped_protocols() else Path(name)


def injected_sites(names: list[str] | None) -> "tuple[Site, ...]":
    """Return the junctions that names such as ``L5-left`` stand for.

    Raises:
        WrongUsage: ``bad-option``.
    """
    from spreadscan.read.protocol import site_of

    sites = [site_of(name) for name in names or ()]
    known = tuple(dict.fromkeys(site for site in sites if site is not None))
    if len(known) < len(sites):
        advice = "name each junction once, by bone and side, such as L5-left; bones are L3, L4, L5 and S1"
        raise WrongUsage("bad-option", "names no junction, or one twice", field="--injected", advice=advice)
    return known


def failing_answers(fail_on: list[ProtocolAnswer] | None, protocol: str | None) -> tuple[str, ...]:
    """Return the answers that are failures, as reports word them.

    Raises:
        WrongUsage: ``bad-option`` without a protocol.
    """
    if fail_on and protocol is None:
        advice = "name the protocol with --protocol, or leave --fail-on out"
        raise WrongUsage("bad-option", "needs a protocol", field="--fail-on", advice=advice)
    return tuple(answer.value.replace("-", " ") for answer in fail_on or ())


def frame_list(text: str | None) -> tuple[int, ...] | None:
    """Return the frames of a list such as ``1-4`` or ``1,2,5``.

    Raises:
        WrongUsage: ``frame-out-of-range``.
    """
    if text is None:
        return None
    parts = [_FRAMES.fullmatch(part.strip()) for part in text.split(",")]
    spans = [(int(part["first"]), int(part["last"] or part["first"])) for part in parts if part]
    if len(spans) < len(parts) or any(not 1 <= first <= last <= _LAST_FRAME for first, last in spans):
        raise WrongUsage(
            "frame-out-of-range",
            f"'{text}' is no list of frames",
            field="--baseline-frames",
            advice="write 1-4 or 1,2,5",
        )
    return tuple(sorted({frame for first, last in spans for frame in range(first, last + 1)}))
