"""The command line: each subcommand is one library call.

Everything heavy is imported inside the subcommand that needs it, so that ``--help`` answers at once.
"""

import gc
import os
import sys
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import click

from spreadscan import __version__
from spreadscan.cli.ahead import import_ahead
from spreadscan.cli.help import ANALYSE, BATCH, COMPARE, INFO, LANDMARKS, PROTOCOLS, SETTINGS, SIMULATE
from spreadscan.cli.options import (
    AlsoReport,
    Anatomy,
    BaselineFile,
    BaselineFrames,
    Comparisons,
    Completion,
    DistributionName,
    Draw,
    FailOn,
    FrameNumber,
    Injected,
    InjectedVolume,
    Input,
    IodineConcentration,
    Jobs,
    LandmarkFormats,
    LandmarksFile,
    LandmarksName,
    LandmarksToShow,
    ListScenarios,
    LoopFile,
    MaskFile,
    NoDetection,
    Outlines,
    Output,
    PatientLeft,
    Pdf,
    ProtocolName,
    ProtocolToShow,
    Quiet,
    ReportFolder,
    Scale,
    ScenarioName,
    SettingsFile,
    SideBySide,
    SimulatedOutput,
    SlicerScale,
    Studies,
    Transitional,
)
from spreadscan.cli.parse import (
    check_apart,
    check_input,
    check_not_replaced,
    chosen_comparison,
    default_output,
    export_of,
    failing_answers,
    frame_list,
    injected_sites,
    protocol_of,
    settings_from,
    side_of_image,
)
from spreadscan.cli.program import Option, Program
from spreadscan.errors import SpreadscanError
from spreadscan.marks.formats import format_named

_INTERRUPTED = 130


@click.group("spreadscan", cls=Program, context_settings={"max_content_width": 100, "show_default": True})
@click.version_option(__version__, message="%(prog)s %(version)s")
def app() -> None:
    """Measure which lumbar dorsal-ramus branch regions injected contrast reached, from DICOM fluoroscopy.

    For research and audit. Not a medical device.
    """


@app.command(epilog=ANALYSE)
def analyse(
    source: Input,
    output: Output = None,
    landmarks: LandmarksFile = None,
    baseline: BaselineFile = None,
    frame: FrameNumber = None,
    baseline_frames: BaselineFrames = None,
    mask: MaskFile = None,
    loop: LoopFile = None,
    mm_per_px: Scale = None,
    slicer_mm_per_px: SlicerScale = None,
    patient_left: PatientLeft = None,
    injected_ml: InjectedVolume = None,
    iodine_mg_per_ml: IodineConcentration = None,
    no_detect: NoDetection = False,
    transitional: Transitional = False,
    protocol: ProtocolName = None,
    injected: Injected = None,
    fail_on: FailOn = None,
    settings: SettingsFile = None,
    outline: Outlines = None,
    pdf: Pdf = False,
    quiet: Quiet = False,
) -> int:
    """Analyse one study: writes report.json, coverage.csv, overlay.png, mask.png and report.html."""
    check_input(source)
    import_ahead()
    from spreadscan import pipeline
    from spreadscan.study_facts import look_up, unmarked_frame
    from spreadscan.values import Request
    from spreadscan.write.folder import ON_REQUEST, write_report
    from spreadscan.write.outline_files import outline_files
    from spreadscan.write.words.text import summary

    request = Request(
        baseline=baseline,
        frame=frame,
        baseline_frames=frame_list(baseline_frames),
        landmarks=landmarks,
        mask=mask,
        loop=loop,
        slicer_mm_per_px=slicer_mm_per_px,
        mm_per_px=mm_per_px,
        patient_left=side_of_image(patient_left),
        injected_ml=injected_ml,
        iodine_mg_per_ml=iodine_mg_per_ml,
        detect=not no_detect,
        protocol=protocol_of(protocol),
        injected=injected_sites(injected),
        transitional=transitional,
    )
    failures = failing_answers(fail_on, protocol)
    folder, formats = output or default_output(source), [name.value for name in outline or ()]
    export = export_of(formats, slicer_mm_per_px)
    check_not_replaced((mask, loop), [folder / format_named(name).outline_file for name in formats])
    used = settings_from(settings)
    known = look_up(source, request, used)
    report = pipeline.measure(known, request, used)
    drawn_on = unmarked_frame(known, report.source.frame) if formats else None
    outlines = {} if drawn_on is None else outline_files(report, drawn_on, formats, export)
    written = write_report(report, folder, outlines, ON_REQUEST if pdf else ())
    if not quiet:
        print("\n".join([summary(report), "Written:", *(f"  {path}" for path in written)]))
    outcome = report.judgement.outcome
    return int(outcome is not None and outcome.answer in failures)


app.add_command(analyse, "analyze")


@app.command(epilog=BATCH)
def batch(
    source: Studies,
    output: Output = None,
    jobs: Jobs = None,
    landmarks_name: LandmarksName = "landmarks.json",
    protocol: ProtocolName = None,
    injected: Injected = None,
    settings: SettingsFile = None,
    quiet: Quiet = False,
) -> None:
    """Analyse many studies; goes on where an earlier run stopped, and no bad file ends it."""
    from spreadscan.batch.run import analyse_all, process_pool, write_tables
    from spreadscan.batch.tasks import find_studies, read_list, with_protocol
    from spreadscan.cli.progress import analysing

    used = settings_from(settings)
    tasks = find_studies(source, landmarks_name) if source.is_dir() else read_list(source)
    tasks = with_protocol(tasks, protocol_of(protocol), injected_sites(injected))
    results = output or default_output(source)
    check_apart(results, source)
    pool = partial(process_pool, min(jobs or os.cpu_count() or 1, len(tasks)))
    outcomes = list(analysing(analyse_all(tasks, results, used, pool), len(tasks), quiet))
    written = write_tables(outcomes, results)
    failed = sum(outcome.status == "failed" for outcome in outcomes)
    if not quiet:
        print(f"{len(outcomes) - failed} of {len(outcomes)} studies analysed, {failed} failed.")
        print("Written:\n" + "\n".join(f"  {path}" for path in written))


@app.command(epilog=LANDMARKS)
def landmarks(
    source: Input,
    landmarks: LandmarksToShow = None,
    complete: Completion = False,
    output: Output = None,
    formats: LandmarkFormats = None,
    frame: FrameNumber = None,
    slicer_mm_per_px: SlicerScale = None,
    patient_left: PatientLeft = None,
    quiet: Quiet = False,
) -> None:
    """Find landmarks, or show what was understood of them, as picture and table, and write them to files."""
    check_input(source)
    from spreadscan.pipeline import understand
    from spreadscan.values import Request
    from spreadscan.write.landmark_folder import write_landmarks
    from spreadscan.write.words.landmark_table import landmark_table

    folder, wanted = output or default_output(source), [name.value for name in formats or ()]
    check_not_replaced([landmarks], [folder / format_named(name).landmark_file for name in wanted])
    request = Request(
        frame=frame,
        landmarks=landmarks,
        slicer_mm_per_px=slicer_mm_per_px,
        patient_left=side_of_image(patient_left),
        detect=complete or landmarks is None,
    )
    marked = understand(source, request)
    written = write_landmarks(marked, folder, wanted, export_of(wanted, slicer_mm_per_px))
    if not quiet:
        print(landmark_table(marked))
        print("Written:\n" + "\n".join(f"  {path}" for path in written))


@app.command(epilog=COMPARE)
def compare(
    first: ReportFolder,
    second: AlsoReport = None,
    what: Comparisons = None,
    left_right: SideBySide = False,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Compare two reports of one patient, of two operators, or the two sides of one report."""
    from spreadscan.read.report import read_report
    from spreadscan.study.compare import compare_reports, compare_sides
    from spreadscan.write.comparison import comparison_summary, write_comparison

    wanted = chosen_comparison(what, left_right, second)
    if wanted == "left-right":
        found = compare_sides(read_report(first))
    else:
        found = compare_reports(read_report(first), read_report(second or first), wanted)
    written = write_comparison(found, output or Path("comparison"))
    if not quiet:
        print(comparison_summary(found))
        print("Written:\n" + "\n".join(f"  {path}" for path in written))


@app.command(epilog=INFO)
def info(source: Input) -> None:
    """Say what a file or study is, without analysing it: frames, scale, side, roles, and what is missing."""
    check_input(source)
    from spreadscan.information import describe

    print(describe(source))


@app.command(epilog=PROTOCOLS)
def protocols(protocol: ProtocolToShow = None) -> None:
    """List the protocols that studies can be judged by, or print one, checked."""
    from spreadscan.read.protocol import protocol_source, read_protocol, shipped_protocols

    if protocol is None:
        named = ((name, read_protocol(name).title) for name in shipped_protocols())
        print("\n".join(f"{name:<20}{title}" for name, title in named))
        return
    print(protocol_source(protocol), end="")


@app.command(epilog=SETTINGS)
def settings(settings: SettingsFile = None) -> None:
    """Print every setting in force: value, unit, range, what it does, where the default comes from."""
    from spreadscan.settings import settings_toml

    print(settings_toml(settings_from(settings)), end="")


@app.command(epilog=SIMULATE)
def simulate(
    scenario: ScenarioName = None,
    output: SimulatedOutput = None,
    cases: Annotated[int, Option(metavar="N", min=1, max=1_000_000, help="How many.")] = 1,
    seed: Annotated[int, Option(metavar="S", min=0, max=2**63 - 1, help="Of all that is random.")] = 1,
    draw: Draw = DistributionName.CLINICAL,
    fast: Annotated[bool, Option("--fast", help="Coarser bones and contrast, for training.")] = False,
    anatomy: Anatomy = None,
    jobs: Jobs = None,
    list_scenarios: ListScenarios = False,
    quiet: Quiet = False,
) -> None:
    """Simulate fluoroscopy of injections whose truth is known, as DICOM: for tests, teaching and planning."""
    from spreadscan.batch.run import process_pool
    from spreadscan.cli.progress import simulating
    from spreadscan.phantom.chance import Ticket
    from spreadscan.phantom.scenario_file import read_scenario, ready_scenarios
    from spreadscan.phantom.series import Order, make_cases

    if list_scenarios:
        print("\n".join(ready_scenarios()))
        return
    chosen = None if scenario is None else read_scenario(scenario)
    orders = [Order(Ticket(seed, n, fast), chosen, draw.value, anatomy) for n in range(1, cases + 1)]
    folder = output or Path("simulated")
    pool = partial(process_pool, min(jobs or os.cpu_count() or 1, cases))
    made = list(simulating(make_cases(orders, folder, pool), cases, quiet))
    if not quiet:
        old = sum(not case.new for case in made)
        print(f"{len(made)} cases in {folder}" + (f", {old} of them there before" if old else ""))


def main() -> None:
    """Run the command line; every failure is one sentence on stderr and an exit status."""
    # imports make many objects and hardly a circle: looking for some every 700 takes a tenth of their time
    gc.set_threshold(50_000)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a code page without arrows or accents must not lose a result
            stream.reconfigure(errors="replace")
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command line with the given arguments and return its exit status."""
    try:
        return app.run(arguments)
    except click.UsageError as misused:
        misused.show()
        return misused.exit_code
    except SpreadscanError as error:
        return _refused(str(error), error.exit_status)
    except KeyboardInterrupt:
        return _refused("interrupted; no half-written result is left", _INTERRUPTED)
    except BrokenPipeError:
        # the reader of the output closed it early, such as head; what was to be written was written before
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        problem = f"unexpected failure ({type(error).__name__}: {error})"
        return _refused(f"{problem}; please report it, with the output of 'spreadscan info' [unexpected]", 3)


def _refused(sentence: str, status: int) -> int:
    """Print one line, whatever a file is called."""
    printable = "".join(char if char.isprintable() else "?" for char in " ".join(sentence.splitlines()))
    print(f"spreadscan: {printable}", file=sys.stderr)
    return status
