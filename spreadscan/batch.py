"""Analyse many studies: a stream of outcomes, resumable, in any executor.

A result is a folder per study, and a line per outcome in ``outcomes.jsonl``, written the moment it is known:
a run that is cut off loses nothing but the studies under way, and the next run goes on where it stopped.
"""

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Literal

import spreadscan
from spreadscan.errors import CannotRead, CannotWrite, SpreadscanError
from spreadscan.settings import Settings
from spreadscan.values import Request

JOURNAL = "outcomes.jsonl"
"""The journal of a results folder: one outcome a line, the last line of a study counts."""
LANDMARKS_NAME = "landmarks.json"
"""File in the folder of a study that holds its landmarks, unless another name is asked for."""
_MAGIC_AT = 128
_PATHS = ("baseline", "landmarks", "mask")


@dataclass(frozen=True)
class StudyTask:
    """One study to be analysed.

    Attributes:
        name: of its results folder; unique within a batch.
        path: the file or folder.
        request: what a person hands in.
    """

    name: str
    path: Path
    request: Request


@dataclass(frozen=True)
class Outcome:
    """What came of one study.

    Attributes:
        name: of the study.
        key: changes when its files, the request, the settings or the program change.
        status: whether there is a result.
        slug, problem: of the refusal; empty when there is a result.
        row: what the summary table says of it.
    """

    name: str
    key: str
    status: Literal["analysed", "failed"]
    slug: str = ""
    problem: str = ""
    row: Mapping[str, str] | None = None


def find_studies(folder: Path, landmarks_name: str = LANDMARKS_NAME) -> tuple[StudyTask, ...]:
    """Return the studies of a folder: each subfolder is one, and so is each DICOM file beside them.

    Landmarks are taken from the file of the given name in a subfolder, or from ``NAME.LANDMARKS_NAME`` beside
    a file ``NAME.dcm``. Hidden entries are left out.

    Raises:
        CannotRead: ``input-empty`` when there is nothing to analyse.
    """
    tasks = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or not (path.is_dir() or _looks_like_dicom(path)):
            continue
        if path.is_dir() and not any(_looks_like_dicom(file) for file in path.rglob("*") if file.is_file()):
            continue
        beside = path / landmarks_name if path.is_dir() else path.with_name(f"{path.stem}.{landmarks_name}")
        request = Request(landmarks=beside if beside.is_file() else None)
        tasks.append(StudyTask(path.name if path.is_dir() else path.stem, path, request))
    if not tasks:
        raise CannotRead(
            "input-empty",
            "holds neither a DICOM file nor a folder with one",
            file=folder.name,
            advice="give the folder whose subfolders are the studies",
        )
    return _uniquely_named(tasks)


def read_list(path: Path) -> tuple[StudyTask, ...]:
    """Return the studies of a list: a CSV with the column ``input`` and any of the others.

    Columns: input, name, baseline, landmarks, mask (paths, relative to the list), frame (1-based), mm_per_px,
    slicer_mm_per_px, patient_left (``image left`` or ``image right``). Empty cells are left out.

    Raises:
        CannotRead: ``list-unreadable`` when it is not such a table.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _bad_list(path, "", "cannot be read as CSV") from error
    if not rows or "input" not in rows[0]:
        raise _bad_list(path, "input", "has no row or no column of this name")
    return _uniquely_named([_task(path, number, row) for number, row in enumerate(rows, start=2)])


def analyse_all(
    tasks: Iterable[StudyTask], results: Path, settings: Settings, executor: Executor
) -> Iterator[Outcome]:
    """Yield the outcome of each study as it becomes known, those of an earlier run first.

    A study whose key is in the journal with a result is not analysed again. No failure of a study ends the
    batch; what a study takes down with it (a worker process) counts as its failure.

    Args:
        tasks: the studies.
        results: folder of the results, made if needed.
        settings: of the stages.
        executor: any executor; with processes, one bad file cannot end the batch.
    """
    _make_folder(results)
    before = {outcome.name: outcome for outcome in read_journal(results)}
    waiting: dict[Future[Outcome], StudyTask] = {}
    for task in tasks:
        done = before.get(task.name)
        if done is not None and _still_valid(done, task, results, settings):
            yield done
            continue
        waiting[executor.submit(analyse_one, task, results, settings)] = task
    with (results / JOURNAL).open("a", encoding="utf-8") as journal:
        for future in as_completed(waiting):
            outcome = _outcome_of(future, waiting[future])
            journal.write(json.dumps(asdict(outcome), ensure_ascii=False) + "\n")
            journal.flush()
            yield outcome


def analyse_one(task: StudyTask, results: Path, settings: Settings) -> Outcome:
    """Analyse one study, write its report and return the outcome; any failure is an outcome too."""
    from spreadscan.pipeline import analyse
    from spreadscan.write import write_report
    from spreadscan.write.batch_tables import summary_row

    key = ""
    try:
        key = key_of(task, settings)
        report = analyse(task.path, task.request, settings)
        write_report(report, results / task.name)
        return Outcome(task.name, key, "analysed", row=summary_row(report))
    except SpreadscanError as error:
        return Outcome(task.name, key, "failed", error.slug, str(error))
    except Exception as error:
        return Outcome(task.name, key, "failed", "unexpected", f"unexpected failure: {type(error).__name__}")


def key_of(task: StudyTask, settings: Settings) -> str:
    """Return a hash of everything that the result of a study depends on."""
    text = hashlib.sha256(f"{spreadscan.__version__} {settings.fingerprint}".encode())
    for field in fields(task.request):
        given = getattr(task.request, field.name)
        text.update(f" {field.name}={given if not isinstance(given, Path) else given.name}".encode())
    given_paths = [getattr(task.request, name) for name in _PATHS]
    for path in [task.path, *(p for p in given_paths if p is not None)]:
        for file in sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]:
            text.update(file.name.encode())
            if file.is_file():
                with file.open("rb") as stream:
                    text.update(hashlib.file_digest(stream, "sha256").digest())
    return text.hexdigest()[:32]


def read_journal(results: Path) -> tuple[Outcome, ...]:
    """Return the last outcome of each study in the journal; a line cut off by a crash is passed over."""
    journal = results / JOURNAL
    found: dict[str, Outcome] = {}
    if not journal.is_file():
        return ()
    for line in journal.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            outcome = Outcome(**json.loads(line))
        except (ValueError, TypeError):
            continue
        found[outcome.name] = outcome
    return tuple(found.values())


def _still_valid(done: Outcome, task: StudyTask, results: Path, settings: Settings) -> bool:
    written = (results / task.name / "report.json").is_file()
    return done.status == "analysed" and written and done.key == key_of(task, settings)


def _make_folder(results: Path) -> None:
    try:
        results.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite(
            "output-unwritable",
            f"the folder cannot be made ({error.strerror or error})",
            file=results.name,
            advice="choose another folder with -o",
        ) from error


def _outcome_of(future: Future[Outcome], task: StudyTask) -> Outcome:
    try:
        return future.result()
    except BrokenProcessPool:
        problem = (
            "the process that analysed this study or one beside it ended without a word (out of memory?)"
        )
    except Exception as error:
        problem = f"unexpected failure: {type(error).__name__}"
    return Outcome(task.name, "", "failed", "unexpected", problem)


def _task(path: Path, number: int, row: Mapping[str, str | None]) -> StudyTask:
    cells = {key: value.strip() for key, value in row.items() if key and value and value.strip()}
    if "input" not in cells:
        raise _bad_list(path, f"row {number}, input", "is empty")
    sides: dict[str, Literal["image left", "image right"]] = {
        "image left": "image left",
        "image right": "image right",
    }
    side = cells.get("patient_left", "").replace("-", " ")
    if side and side not in sides:
        raise _bad_list(path, f"row {number}, patient_left", "must be image left or image right")
    try:
        request = Request(
            frame=int(cells["frame"]) if "frame" in cells else None,
            mm_per_px=float(cells["mm_per_px"]) if "mm_per_px" in cells else None,
            slicer_mm_per_px=float(cells["slicer_mm_per_px"]) if "slicer_mm_per_px" in cells else None,
            patient_left=sides.get(side),
            baseline=path.parent / cells["baseline"] if "baseline" in cells else None,
            landmarks=path.parent / cells["landmarks"] if "landmarks" in cells else None,
            mask=path.parent / cells["mask"] if "mask" in cells else None,
        )
    except ValueError as error:
        raise _bad_list(path, f"row {number}", "holds a frame or spacing that is not a number") from error
    source = path.parent / cells["input"]
    return StudyTask(cells.get("name", source.stem), source, request)


def _uniquely_named(tasks: list[StudyTask]) -> tuple[StudyTask, ...]:
    """Number the studies that share a name, and keep names inside the results folder."""
    seen: dict[str, int] = {}
    named = []
    for task in tasks:
        name = task.name.replace("/", "_").replace("\\", "_").lstrip(".") or "study"
        seen[name] = seen.get(name, 0) + 1
        named.append(replace(task, name=name if seen[name] == 1 else f"{name}-{seen[name]}"))
    return tuple(named)


def _looks_like_dicom(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(_MAGIC_AT + 4)[_MAGIC_AT:] == b"DICM" or path.suffix.lower() == ".dcm"
    except OSError:
        return False


def _bad_list(path: Path, field: str, problem: str) -> CannotRead:
    return CannotRead(
        "list-unreadable",
        problem,
        file=path.name,
        field=field,
        advice="give a CSV with the column input, and see 'spreadscan batch --help' for the others",
    )
