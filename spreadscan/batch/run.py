"""Analyse many studies: a stream of outcomes, resumable, in executors of any kind.

A result is a folder per study, and a line per outcome in ``outcomes.jsonl``, written the moment it is known:
a run that is cut off loses nothing but the studies under way, and the next run goes on where it stopped.
"""

import hashlib
import json
import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, fields
from functools import partial
from pathlib import Path
from typing import Literal

import spreadscan
from spreadscan.batch.tasks import JOURNAL, TABLES, StudyTask
from spreadscan.errors import CannotWrite, SpreadscanError
from spreadscan.settings import Settings
from spreadscan.threads import work_alone

HALF_WRITTEN = ".spreadscan-*"
"""Hidden folders in which results are written before they are moved to their place."""
_LOST = "the process that analysed this study ended without a word (out of memory?)"


@dataclass(frozen=True)
class Outcome:
    """What came of one study.

    Attributes:
        name: of the study.
        key: changes when its files, the request, the settings or the program change; empty when unknown.
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


def analyse_all(
    tasks: Iterable[StudyTask], results: Path, settings: Settings, make_executor: Callable[[], Executor]
) -> Iterator[Outcome]:
    """Yield the outcome of each study as it becomes known, those of an earlier run first.

    A study whose key is in the journal with a result is not analysed again. No failure of a study ends the
    batch: when a process dies, the studies that it takes down with it are tried again in ever smaller groups,
    and the one whose process dies when it is alone has failed. When the caller stops, so do the studies that
    have not begun.

    Args:
        tasks: the studies.
        results: folder of the results, made if needed.
        settings: of the stages.
        make_executor: makes an executor, such as ``process_pool``; with processes, one bad file cannot end
            the batch.

    Raises:
        CannotWrite: ``output-unwritable`` when the folder or its journal cannot be written.
    """
    _prepare(results)
    before = {outcome.name: outcome for outcome in read_journal(results)}
    new = []
    for task in tasks:
        done = before.get(task.name)
        # failures are tried again: what was wrong may have been mended
        if done is not None and _still_valid(done, task, results, settings):
            yield done
        else:
            new.append(task)
    work = partial(analyse_one, results=results, settings=settings)
    try:
        for outcome in _outcomes(new, work, make_executor):
            _enter(outcome, results)
            yield outcome
    finally:
        _sweep(results)


def process_pool(workers: int) -> Executor:
    """Return a pool of processes that finish the study they are at when the terminal interrupts the batch.

    Where there are several, each works with one thread: there is a process for each core already.
    """
    # spawned, not forked: a fork copies locks that threads of this process hold
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(workers > 1,))


def analyse_one(task: StudyTask, results: Path, settings: Settings) -> Outcome:
    """Analyse one study, write its report and return the outcome; any failure is an outcome too."""
    from spreadscan.pipeline import analyse
    from spreadscan.write.batch_tables import summary_row
    from spreadscan.write.folder import write_report

    key = _key_or_none(task, settings)
    try:
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
    given = {field.name: getattr(task.request, field.name) for field in fields(task.request)}
    for name, value in given.items():
        text.update(os.fsencode(f" {name}={value.name if isinstance(value, Path) else value}"))
    for path in [task.path, *(value for value in given.values() if isinstance(value, Path))]:
        # sorted: the order of a folder depends on the file system
        for file in sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]:
            # not the whole path: a study that was moved gives the same result
            text.update(os.fsencode(file.name))
            if file.is_file():
                with file.open("rb") as stream:
                    text.update(hashlib.file_digest(stream, "sha256").digest())
    return text.hexdigest()[:32]


def write_tables(outcomes: Iterable[Outcome], results: Path) -> tuple[Path, ...]:
    """Write ``TABLES``, the studies by name, and return their paths.

    Raises:
        CannotWrite: ``output-unwritable``.
    """
    from spreadscan.write.batch_tables import write_failures, write_summary

    by_name = sorted(outcomes, key=lambda outcome: outcome.name)
    summary, failures = (results / name for name in TABLES)
    write_summary(({"study": o.name, **(o.row or {})} for o in by_name if o.status == "analysed"), summary)
    write_failures(
        ({"study": o.name, "slug": o.slug, "problem": o.problem} for o in by_name if o.status == "failed"),
        failures,
    )
    return summary, failures


def read_journal(results: Path) -> tuple[Outcome, ...]:
    """Return the last outcome of each study in the journal; a line cut off by a crash is passed over."""
    journal = results / JOURNAL
    found: dict[str, Outcome] = {}
    if not journal.is_file():
        return ()
    for line in journal.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            outcome = Outcome(**json.loads(line))
            # a study that was analysed again stands in the journal twice: the later line counts
            found[outcome.name] = outcome
        except (ValueError, TypeError):
            continue
    return tuple(found.values())


def _outcomes(
    tasks: Sequence[StudyTask], work: Callable[[StudyTask], Outcome], make_executor: Callable[[], Executor]
) -> Iterator[Outcome]:
    """Outcomes of all tasks; those that an executor takes down with it again, in groups of half the size."""
    if not tasks:
        return
    lost: list[StudyTask] = []
    executor = make_executor()
    try:
        waiting: dict[Future[Outcome], StudyTask] = {}
        for task in tasks:
            try:
                waiting[executor.submit(work, task)] = task
            except BrokenExecutor:
                lost.append(task)
        for future in as_completed(waiting):
            outcome = _outcome_of(future, waiting[future])
            if outcome is None:
                lost.append(waiting[future])
            else:
                yield outcome
    finally:
        executor.shutdown(cancel_futures=True)
    # alone in an executor, so that no other study can have brought it down
    if lost and len(tasks) == 1:
        yield Outcome(lost[0].name, "", "failed", "unexpected", _LOST)
        return
    middle = (len(lost) + 1) // 2
    yield from _outcomes(lost[:middle], work, make_executor)
    yield from _outcomes(lost[middle:], work, make_executor)


def _outcome_of(future: Future[Outcome], task: StudyTask) -> Outcome | None:
    """What came of a study; ``None`` when its executor broke, whoever was at fault."""
    try:
        return future.result()
    except BrokenExecutor:
        return None
    except Exception as error:
        return Outcome(task.name, "", "failed", "unexpected", f"unexpected failure: {type(error).__name__}")


def _begin(among_others: bool) -> None:
    """Begin the life of a process of the pool."""
    # the terminal interrupts all processes of the group at once; the parent alone ends the batch
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if among_others:
        work_alone()


def _enter(outcome: Outcome, results: Path) -> None:
    try:
        with (results / JOURNAL).open("a", encoding="utf-8") as journal:
            journal.write(json.dumps(asdict(outcome)) + "\n")
    except OSError as error:
        raise _unwritable(JOURNAL, f"cannot be written ({error.strerror or error})") from error


def _still_valid(done: Outcome, task: StudyTask, results: Path, settings: Settings) -> bool:
    if done.status != "analysed" or not (results / task.name / "report.json").is_file():
        return False
    return done.key != "" and done.key == _key_or_none(task, settings)


def _key_or_none(task: StudyTask, settings: Settings) -> str:
    """The key, empty when a file cannot be read: whoever analyses the study will say what is wrong."""
    try:
        return key_of(task, settings)
    except OSError:
        return ""


def _prepare(results: Path) -> None:
    """Make the folder; clear away what a crash left half written, and end the journal's last line."""
    journal = results / JOURNAL
    try:
        results.mkdir(parents=True, exist_ok=True)
        _sweep(results)
        # a new line put behind one that was cut off would be lost with it
        if journal.exists() and not journal.read_bytes().endswith(b"\n"):
            with journal.open("ab") as file:
                file.write(b"\n")
    except OSError as error:
        name = Path(str(error.filename)).name
        raise _unwritable(name, f"cannot be made or written ({error.strerror or error})") from error


def _sweep(results: Path) -> None:
    """Remove the hidden folders in which a process that died was writing."""
    for left in (*results.glob(HALF_WRITTEN), *results.glob(f"*/{HALF_WRITTEN}")):
        shutil.rmtree(left, ignore_errors=True)


def _unwritable(name: str, problem: str) -> CannotWrite:
    return CannotWrite(
        "output-unwritable",
        problem,
        file=name,
        advice="check that the folder may be written to and the disk has room, or choose another with -o",
    )
