"""The command line: each subcommand is one library call.

Everything heavy is imported inside the subcommand that needs it, so that ``--help`` answers at once.
"""

import re
import sys
from enum import Enum
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from spreadscan import __version__
from spreadscan.errors import SpreadscanError, WrongUsage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spreadscan.batch import Outcome
    from spreadscan.settings import Settings

app = typer.Typer(
    name="spreadscan",
    help="Measure which lumbar dorsal-ramus branch regions injected contrast reached, from DICOM fluoroscopy."
    "\n\nFor research and audit. Not a medical device.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)


_FRAMES = re.compile(r"(?P<first>[0-9]{1,9})(-(?P<last>[0-9]{1,9}))?")
_LAST_FRAME = 100_000
_INTERRUPTED = 130


class ImageSide(Enum):
    """A side of the stored image."""

    LEFT = "image-left"
    RIGHT = "image-right"


_Input = Annotated[
    Path,
    typer.Argument(metavar="INPUT", help="One DICOM file, or the folder of one study.", show_default=False),
]
_Output = Annotated[
    Path | None,
    typer.Option(
        "-o", "--output", metavar="DIR", help="Where to write. Default: INPUT's name + '-spreadscan' here."
    ),
]
_SettingsFile = Annotated[
    Path | None,
    typer.Option("--settings", metavar="FILE", help="TOML with settings that differ from the defaults."),
]
_Landmarks = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="SAP–TP junctions: landmarks.json, CSV or 3D Slicer .mrk.json."),
]
_Baseline = Annotated[
    Path | None, typer.Option(metavar="FILE", help="The image from before the contrast. Default: worked out.")
]
_Frame = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, help="Frame to describe, from 1. Default: the one with most contrast."),
]
_BaselineFrames = Annotated[
    str | None,
    typer.Option(
        metavar="LIST", help="Frames of INPUT before the contrast, such as 1-4 or 1,2,5. Default: worked out."
    ),
]
_Mask = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="PNG with the contrast drawn by hand: 0, 128 possible, 255 sure."),
]
_Scale = Annotated[
    float | None, typer.Option("--mm-per-px", metavar="X", help="Millimetres of the patient per pixel.")
]
_SlicerScale = Annotated[
    float | None,
    typer.Option(
        "--slicer-mm-per-px",
        metavar="X",
        help="Spacing at which 3D Slicer showed the image (1 if it had none).",
    ),
]
_PatientLeft = Annotated[
    ImageSide | None,
    typer.Option(help="Side of the image on which the patient's left lies, if the file lacks it."),
]
_Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Print nothing but errors.")]


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        typer.echo(f"spreadscan {__version__}")
        raise typer.Exit


_ANALYSE_EXAMPLES = (
    "Examples:\n\n"
    "`spreadscan analyse RUN.dcm --landmarks landmarks.json -o result`\n\n"
    "`spreadscan analyse STUDY/ --baseline scout.dcm --patient-left image-left`\n\n"
    "`spreadscan analyse SPOT.dcm --mm-per-px 0.21`\n\n"
    "Exit status: 0 analysed, 2 wrong usage, 3 the input cannot be analysed."
)


@app.command(epilog=_ANALYSE_EXAMPLES)
def analyse(
    source: _Input,
    output: _Output = None,
    landmarks: _Landmarks = None,
    baseline: _Baseline = None,
    frame: _Frame = None,
    baseline_frames: _BaselineFrames = None,
    mask: _Mask = None,
    mm_per_px: _Scale = None,
    slicer_mm_per_px: _SlicerScale = None,
    patient_left: _PatientLeft = None,
    settings: _SettingsFile = None,
    quiet: _Quiet = False,
) -> None:
    """Analyse one study: writes report.json, coverage.csv, overlay.png, mask.png and report.html."""
    from spreadscan.pipeline import analyse as analyse_study
    from spreadscan.values import Request
    from spreadscan.write import summary, write_report

    request = Request(
        baseline=baseline,
        frame=frame,
        baseline_frames=_frame_list(baseline_frames),
        landmarks=landmarks,
        mask=mask,
        slicer_mm_per_px=slicer_mm_per_px,
        mm_per_px=mm_per_px,
        patient_left=_side(patient_left),
    )
    report = analyse_study(source, request, _settings(settings))
    written = write_report(report, output or _default_output(source))
    if not quiet:
        typer.echo(summary(report))
        typer.echo("Written:\n" + "\n".join(f"  {path}" for path in written))


app.command(name="analyze", hidden=True, epilog=_ANALYSE_EXAMPLES)(analyse)


@app.command(
    epilog="Examples:\n\n"
    "`spreadscan batch STUDIES/ -o results`\n\n"
    "`spreadscan batch studies.csv -o results --jobs 4`\n\n"
    "Each subfolder of a folder is one study, and so is each DICOM file beside them. A list is a CSV with the"
    " column input and, if wanted, name, baseline, landmarks, mask, frame, mm_per_px, slicer_mm_per_px and"
    " patient_left; its paths are relative to it.\n\n"
    "Exit status: 0 the batch ran to its end (failures.csv names the studies without a result), 2 wrong"
    " usage, 3 there is nothing to analyse or nowhere to write."
)
def batch(
    source: Annotated[
        Path,
        typer.Argument(metavar="FOLDER|LIST", help="Folder of studies, or a CSV list.", show_default=False),
    ],
    output: _Output = None,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", metavar="N", min=1, help="Studies at a time. Default: one per CPU."),
    ] = None,
    landmarks_name: Annotated[
        str, typer.Option(metavar="NAME", help="File in a study's folder that holds its landmarks.")
    ] = "landmarks.json",
    settings: _SettingsFile = None,
    quiet: _Quiet = False,
) -> None:
    """Analyse many studies; goes on where an earlier run stopped, and no bad file ends it."""
    import os
    from functools import partial

    from spreadscan.batch import analyse_all, process_pool, write_tables
    from spreadscan.tasks import find_studies, read_list

    used = _settings(settings)
    tasks = find_studies(source, landmarks_name) if source.is_dir() else read_list(source)
    results = output or _default_output(source)
    _check_apart(results, source)
    pool = partial(process_pool, min(jobs or os.cpu_count() or 1, len(tasks)))
    outcomes = list(_followed(analyse_all(tasks, results, used, pool), len(tasks), quiet))
    written = write_tables(outcomes, results)
    failed = sum(outcome.status == "failed" for outcome in outcomes)
    if not quiet:
        typer.echo(f"{len(outcomes) - failed} of {len(outcomes)} studies analysed, {failed} failed.")
        typer.echo("Written:\n" + "\n".join(f"  {path}" for path in written))


@app.command(epilog="Example:\n\n`spreadscan info RUN.dcm`")
def info(source: _Input) -> None:
    """Say what a file or study is, without analysing it: frames, scale, side, roles, and what is missing."""
    from spreadscan.information import describe

    typer.echo(describe(source))


def main() -> None:
    """Run the command line; every failure is one sentence on stderr and an exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a code page without arrows or accents must not lose a result
            stream.reconfigure(errors="replace")
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command line with the given arguments and return its exit status."""
    try:
        # depending on its version the command-line library returns a status for an interrupt, or raises
        status = int(app(arguments, prog_name="spreadscan", standalone_mode=False) or 0)
        return _interrupted() if status == _INTERRUPTED else status
    except SpreadscanError as error:
        return _refused(str(error), error.exit_status)
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted()
    except SystemExit:
        # the reader of the output closed it early, such as head; what was to be written was written before
        return 0
    except Exception as error:
        # usage errors of the command-line library show themselves; their class depends on its version
        show = getattr(error, "show", None)
        if callable(show):
            show()
            return int(getattr(error, "exit_code", 2))
        problem = f"unexpected failure ({type(error).__name__}: {error})"
        return _refused(f"{problem}; please report it, with the output of 'spreadscan info' [unexpected]", 3)


def _interrupted() -> int:
    return _refused("interrupted; no half-written result is left", _INTERRUPTED)


def _refused(sentence: str, status: int) -> int:
    """Print one line, whatever a file is called."""
    printable = "".join(char if char.isprintable() else "?" for char in " ".join(sentence.splitlines()))
    typer.echo(f"spreadscan: {printable}", err=True)
    return status


def _followed(outcomes: "Iterator[Outcome]", total: int, quiet: bool) -> "Iterator[Outcome]":
    """Show progress on stderr: a bar on a terminal, else a line for each study."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True, quiet=quiet)
    if sys.stderr.isatty():
        yield from track(outcomes, "Analysing", total=total, console=console, transient=True)
        return
    for count, outcome in enumerate(outcomes, start=1):
        said = "analysed" if outcome.status == "analysed" else outcome.problem
        console.print(
            f"[{count}/{total}] {outcome.name}: {said}", markup=False, highlight=False, soft_wrap=True
        )
        yield outcome


def _settings(path: Path | None) -> "Settings":
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


def _side(side: ImageSide | None) -> Literal["image left", "image right"] | None:
    if side is None:
        return None
    return "image left" if side is ImageSide.LEFT else "image right"


def _default_output(source: Path) -> Path:
    """A folder in the working directory, named after the input."""
    named = source.resolve()
    return Path(f"{named.name if named.is_dir() else named.stem}-spreadscan")


def _check_apart(results: Path, source: Path) -> None:
    if results.resolve() == source.resolve():
        raise WrongUsage(
            "bad-option",
            "is the folder of the studies itself",
            field="--output",
            advice="choose another folder, so that results and images stay apart",
        )


def _frame_list(text: str | None) -> tuple[int, ...] | None:
    """Frames of a list such as ``1-4`` or ``1,2,5``."""
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
