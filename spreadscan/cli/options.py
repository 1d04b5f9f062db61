"""What options and arguments the command line has; ``meanings`` says what the words for them mean."""

from enum import Enum
from pathlib import Path
from typing import Annotated

from spreadscan.cli.program import Argument, Option
from spreadscan.marks.formats import FORMATS, titles


class ImageSide(Enum):
    """A side of the stored image."""

    LEFT = "image-left"
    RIGHT = "image-right"


# its members are the list of formats, which mypy cannot see
MarkFormatName = Enum("MarkFormatName", {one.name.upper(): one.name for one in FORMATS})  # type: ignore[misc]
"""A format in which landmarks and outlines are written."""


class ProtocolAnswer(Enum):
    """An answer to a protocol that can be taken for a failure."""

    NOT_MET = "not-met"
    CANNOT_SAY = "cannot-say"


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
    CHANGES = "changes"
    VIEWS = "views"


Input = Annotated[
    Path,
    Argument(metavar="INPUT", help="One DICOM file, or the folder of one study."),
]
Output = Annotated[
    Path | None,
    Option(
        "-o", "--output", metavar="DIR", help="Where to write. Default: INPUT's name + '-spreadscan' here."
    ),
]
SettingsFile = Annotated[
    Path | None,
    Option("--settings", metavar="FILE", help="TOML with settings that differ from the defaults."),
]
LandmarksFile = Annotated[
    Path | None,
    Option(
        metavar="FILE",
        help=f"SAP–TP junctions: {titles()}.",
    ),
]
LandmarksToShow = Annotated[
    Path | None,
    Option(
        "--landmarks",
        metavar="FILE",
        help=f"What was marked: {titles()}. Default: the program searches.",
    ),
]
Completion = Annotated[
    bool, Option("--complete", help="Place the junctions that were not marked; two marked are enough.")
]
LandmarkFormats = Annotated[
    list[MarkFormatName] | None,
    Option("--as", help="Write them in this format too; may be given more than once."),
]
NoDetection = Annotated[bool, Option("--no-detect", help="Use the landmarks given and search for no others.")]
Transitional = Annotated[
    bool,
    Option(
        "--transitional",
        help="The spine is known to have a transitional or a sixth lumbar vertebra: nothing that names a"
        " level is called shown.",
    ),
]
BaselineFile = Annotated[
    Path | None, Option(metavar="FILE", help="The image from before the contrast. Default: worked out.")
]
FrameNumber = Annotated[
    int | None,
    Option(metavar="N", min=1, help="Frame to describe, from 1. Default: the one with most contrast."),
]
BaselineFrames = Annotated[
    str | None,
    Option(
        metavar="LIST", help="Frames of INPUT before the contrast, such as 1-4 or 1,2,5. Default: worked out."
    ),
]
MaskFile = Annotated[
    Path | None,
    Option(
        metavar="FILE",
        help="The contrast drawn by hand: PNG with 0, 128 possible, 255 sure, or outlines as for --loop.",
    ),
]
LoopFile = Annotated[
    Path | None,
    Option(
        metavar="FILE",
        help=f"Loops around the contrast, outside there is none: {titles('PNG')}.",
    ),
]
Outlines = Annotated[
    list[MarkFormatName] | None,
    Option(
        "--outline",
        help="Also write the outline of the sure contrast, to correct it and pass it with --mask or --loop;"
        " may be given more than once.",
    ),
]
Scale = Annotated[
    float | None, Option("--mm-per-px", metavar="X", help="Millimetres of the patient per pixel.")
]
SlicerScale = Annotated[
    float | None,
    Option(
        "--slicer-mm-per-px",
        metavar="X",
        help="Spacing at which 3D Slicer showed the image (1 if it had none).",
    ),
]
PatientLeft = Annotated[
    ImageSide | None,
    Option(help="Side of the image on which the patient's left lies, if the file lacks it."),
]
InjectedVolume = Annotated[
    float | None,
    Option("--injected-ml", metavar="X", help="Volume injected in all that the image shows, mL."),
]
IodineConcentration = Annotated[
    float | None,
    Option("--iodine-mg-per-ml", metavar="Y", help="Its iodine as injected, mgI/mL (after mixing)."),
]
Studies = Annotated[
    Path,
    Argument(metavar="FOLDER|LIST", help="Folder of studies, or a CSV list."),
]
LandmarksName = Annotated[
    str, Option(metavar="NAME", help="File in a study's folder that holds its landmarks.")
]
Jobs = Annotated[
    int | None, Option("--jobs", metavar="N", min=1, help="How many at a time. Default: one per CPU.")
]
ScenarioName = Annotated[
    str | None,
    Argument(
        metavar="[SCENARIO]",
        help="A ready scenario by name (see --list) or a TOML file. Default: drawn at random.",
    ),
]
SimulatedOutput = Annotated[
    Path | None,
    Option("-o", "--output", metavar="DIR", help="Where to write. Default: simulated here."),
]
ListScenarios = Annotated[bool, Option("--list", help="Print the ready scenarios and exit.")]
Draw = Annotated[
    DistributionName, Option("--draw", help="Where random scenarios are drawn from, if none is given.")
]
Anatomy = Annotated[
    Path | None,
    Option(metavar="DIR", help="Meshes to use instead of the built-in anatomy; see docs/simulator.md."),
]
ProtocolName = Annotated[
    str | None,
    Option(
        "--protocol",
        metavar="NAME|FILE",
        help="Say whether the study met a protocol: a ready one (see 'spreadscan protocols') or a TOML file.",
    ),
]
ProtocolToShow = Annotated[
    str | None,
    Argument(metavar="[NAME|FILE]", help="The protocol to print. Default: list the ready ones."),
]
Injected = Annotated[
    list[str] | None,
    Option(
        "--injected",
        metavar="JUNCTION",
        help="Junction into which was injected, by bone, such as L5-left; may be given more than once.",
    ),
]
FailOn = Annotated[
    list[ProtocolAnswer] | None,
    Option("--fail-on", help="Exit with status 1 if the protocol has this answer; may be repeated."),
]
ReportFolder = Annotated[Path, Argument(metavar="A", help="A result folder, or its report.json.")]
AlsoReport = Annotated[
    Path | None,
    Argument(metavar="[B]", help="Another one; none with --left-right."),
]
Comparisons = Annotated[
    ComparisonName | None,
    Option(
        "--what",
        help="One patient twice, the sides of A, or two readings of one image. Default: before-after.",
    ),
]
SideBySide = Annotated[bool, Option("--left-right", help="Short for --what left-right.")]
Pdf = Annotated[
    bool, Option("--pdf", help="Also write report.pdf, the report on A4 paper, to read, sign and file.")
]
Quiet = Annotated[bool, Option("-q", "--quiet", help="Print nothing but errors.")]
