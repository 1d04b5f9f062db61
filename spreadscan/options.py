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


class ComparisonName(Enum):
    """What is compared with what."""

    BEFORE_AFTER = "before-after"
    LEFT_RIGHT = "left-right"
    OPERATORS = "operators"


class DistributionName(Enum):
    """A distribution of random scenarios."""

    CLINICAL = "clinical"
    DEGENERATED = "degenerated"
    RUNS = "runs"
    TRAINING = "training"
    SPOTS = "spots"


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
    Path,
    typer.Option(
        "--landmarks",
        metavar="FILE",
        help="What was marked: JSON, CSV, 3D Slicer, ImageJ, napari, DICOM SR or presentation state.",
        show_default=False,
    ),
]
LandmarkFormats = Annotated[
    list[LandmarkFormatName] | None,
    typer.Option("--as", help="Write them in this format too; may be given more than once."),
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
ReportFolder = Annotated[
    Path, typer.Argument(metavar="A", help="A result folder, or its report.json.", show_default=False)
]
AlsoReport = Annotated[
    Path | None,
    typer.Argument(metavar="[B]", help="Another one; none with --left-right.", show_default=False),
]
Comparisons = Annotated[
    ComparisonName | None,
    typer.Option(
        "--what",
        help="One patient twice, the sides of A, or two readings of one image. Default: before-after.",
    ),
]
SideBySide = Annotated[bool, typer.Option("--left-right", help="Short for --what left-right.")]
Pdf = Annotated[
    bool, typer.Option("--pdf", help="Also write report.pdf, the report on A4 paper, to read, sign and file.")
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


def chosen_comparison(
    what: ComparisonName | None, left_right: bool, second: Path | None
) -> Literal["before-after", "left-right", "operators"]:
    """Return what is to be compared; without a word on it, one patient before and after.

    Raises:
        WrongUsage: ``bad-option`` when the options contradict each other or the number of reports.
    """
    if left_right and what not in (None, ComparisonName.LEFT_RIGHT):
        raise WrongUsage(
            "bad-option", "contradicts --what", field="--left-right", advice="give one of the two options"
        )
    if left_right or what is ComparisonName.LEFT_RIGHT:
        if second is not None:
            raise WrongUsage(
                "bad-option",
                "is not used: left and right are compared within one report",
                field="B",
                advice="give one report, or compare two with --what before-after",
            )
        return "left-right"
    if second is None:
        raise WrongUsage(
            "bad-option",
            "is missing: two reports are needed",
            field="B",
            advice="give a second report, or compare the sides of one with --left-right",
        )
    return "operators" if what is ComparisonName.OPERATORS else "before-after"


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
