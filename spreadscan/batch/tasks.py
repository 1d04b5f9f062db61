"""The studies of a batch, from a folder or a list, each with a name of its own."""

import csv
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from spreadscan.errors import CannotRead
from spreadscan.read.protocol import sites_of
from spreadscan.values import Request, Site

JOURNAL = "outcomes.jsonl"
"""The journal of a results folder: one outcome a line, the last line of a study counts."""
TABLES = ("summary.csv", "failures.csv")
"""The tables of a results folder."""
LANDMARKS_NAME = "landmarks.json"
"""File in the folder of a study that holds its landmarks, unless another name is asked for."""
COLUMNS = (
    "input",
    "name",
    "baseline",
    "landmarks",
    "mask",
    "loop",
    "frame",
    "mm_per_px",
    "slicer_mm_per_px",
    "patient_left",
    "injected",
    "transitional",
)
"""The columns that a list of studies may have; ``input`` it must have."""
LONGEST_NAME_BYTES = 200
"""File systems allow 255."""
_MAGIC_AT = 128
_PATHS = ("baseline", "landmarks", "mask", "loop")
_UNFIT_IN_NAMES = re.compile(r'[\\/:*?"<>|]')


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


def find_studies(folder: Path, landmarks_name: str = LANDMARKS_NAME) -> tuple[StudyTask, ...]:
    """Return the studies of a folder: each subfolder is one, and so is each DICOM file beside them.

    Landmarks are taken from the file of the given name in a subfolder, or from ``NAME.LANDMARKS_NAME`` beside
    a file ``NAME.dcm``. Hidden entries and folders without a DICOM file are left out.

    Raises:
        CannotRead: ``input-missing``; ``input-empty`` when there is nothing to analyse.
    """
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise _missing(folder, "cannot be opened") from error
    tasks = []
    for path in entries:
        if path.name.startswith(".") or not (path.is_dir() or _looks_like_dicom(path)):
            continue
        if path.is_dir() and not any(_looks_like_dicom(file) for file in path.rglob("*")):
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

    Columns: input, name, baseline, landmarks, mask, loop (paths, relative to the list), frame (1-based),
    mm_per_px, slicer_mm_per_px, patient_left (``image left`` or ``image right``), injected (junctions by
    bone, such as ``L4-left L5-left``), transitional (``yes`` or ``no``). Empty cells are left out.

    Raises:
        CannotRead: ``input-missing``; ``list-unreadable`` when it is not such a table, or a row is wrong.
    """
    if not path.exists():
        raise _missing(path, "does not exist")
    try:
        # spreadsheets put a byte order mark before the first column's name
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            columns = reader.fieldnames or ()
            rows = [(reader.line_num, row) for row in reader]
            if any("\0" in cell for _, row in rows for cell in row.values() if isinstance(cell, str)):
                raise csv.Error("holds bytes of 0")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _bad_list(path, "", "cannot be read as CSV") from error
    if not rows or "input" not in columns:
        raise _bad_list(path, "input", "has no row or no column of this name")
    if strange := [column for column in columns if column not in COLUMNS]:
        raise _bad_list(path, strange[0], "is not a column of such a list")
    return _uniquely_named([_task(path, number, row) for number, row in rows])


def with_protocol(
    tasks: tuple[StudyTask, ...], protocol: Path | str | None, injected: tuple[Site, ...]
) -> tuple[StudyTask, ...]:
    """Return the studies, to be judged by a protocol; a study's own injected junctions go before these."""
    return tuple(
        replace(
            task,
            request=replace(task.request, protocol=protocol, injected=task.request.injected or injected),
        )
        for task in tasks
    )


def _task(path: Path, line: int, row: Mapping[str | None, str | list[str] | None]) -> StudyTask:
    if None in row:
        raise _bad_list(path, f"line {line}", "has more cells than there are columns")
    cells = {str(key): cell.strip() for key, cell in row.items() if isinstance(cell, str) and cell.strip()}
    if "input" not in cells:
        raise _bad_list(path, f"line {line}, input", "is empty")
    given = {name: path.parent / cells[name] for name in _PATHS if name in cells}
    request = Request(
        frame=_whole(path, line, cells),
        mm_per_px=_positive(path, f"line {line}, mm_per_px", cells.get("mm_per_px")),
        slicer_mm_per_px=_positive(path, f"line {line}, slicer_mm_per_px", cells.get("slicer_mm_per_px")),
        patient_left=_side(path, f"line {line}, patient_left", cells.get("patient_left")),
        injected=_injected(path, f"line {line}, injected", cells.get("injected", "")),
        transitional=_yes(path, f"line {line}, transitional", cells.get("transitional", "no")),
        baseline=given.get("baseline"),
        landmarks=given.get("landmarks"),
        mask=given.get("mask"),
        loop=given.get("loop"),
    )
    source = path.parent / cells["input"]
    return StudyTask(cells.get("name", source.name if source.is_dir() else source.stem), source, request)


def _whole(path: Path, line: int, cells: Mapping[str, str]) -> int | None:
    if "frame" not in cells:
        return None
    # int() takes signs, underscores and digits of other scripts too
    if not re.fullmatch("[0-9]{1,9}", cells["frame"]) or int(cells["frame"]) < 1:
        raise _bad_list(path, f"line {line}, frame", "is not a whole number from 1")
    return int(cells["frame"])


def _positive(path: Path, field: str, cell: str | None) -> float | None:
    try:
        number = None if cell is None else float(cell)
    except ValueError:
        number = math.nan
    if number is not None and not 0 < number < math.inf:
        raise _bad_list(path, field, "is not a number above 0")
    return number


def _yes(path: Path, field: str, cell: str) -> bool:
    if cell not in ("yes", "no"):
        raise _bad_list(path, field, "must be yes or no")
    return cell == "yes"


def _side(path: Path, field: str, cell: str | None) -> Literal["image left", "image right"] | None:
    side = None if cell is None else cell.replace("-", " ")
    if side not in (None, "image left", "image right"):
        raise _bad_list(path, field, "must be image left or image right")
    return side  # type: ignore[return-value]


def _injected(path: Path, field: str, cell: str) -> tuple[Site, ...]:
    sites = sites_of(cell.split())
    if sites is None:
        raise _bad_list(path, field, "must be junctions such as L4-left L5-left, each once")
    return sites


def _uniquely_named(tasks: list[StudyTask]) -> tuple[StudyTask, ...]:
    """Number the studies that share a name, and keep names inside the results folder.

    Capitals make no difference, as on many file systems.
    """
    # a study of such a name would take the place of the batch's own files
    taken = {name.casefold() for name in (JOURNAL, *TABLES)}
    named = []
    for task in tasks:
        plain = _file_name(task.name)
        name, count = plain, 1
        while name.casefold() in taken:
            count += 1
            name = f"{plain}-{count}"
        taken.add(name.casefold())
        named.append(replace(task, name=name))
    return tuple(named)


def _file_name(name: str) -> str:
    """The name as a folder can have it: on one line, not hidden, not elsewhere."""
    printable = "".join(char if char.isprintable() else "_" for char in _UNFIT_IN_NAMES.sub("_", name))
    # file systems count bytes; a letter that is cut in two is dropped
    short = printable.encode()[:LONGEST_NAME_BYTES].decode(errors="ignore")
    return short.lstrip(". ").rstrip(". ") or "study"


def _looks_like_dicom(path: Path) -> bool:
    try:
        if not path.is_file():  # a pipe would block
            return False
        with path.open("rb") as file:
            return file.read(_MAGIC_AT + 4)[_MAGIC_AT:] == b"DICM" or path.suffix.lower() == ".dcm"
    except OSError:
        return False


def _missing(path: Path, problem: str) -> CannotRead:
    return CannotRead("input-missing", problem, file=path.name, advice="check the path and the permissions")


def _bad_list(path: Path, field: str, problem: str) -> CannotRead:
    return CannotRead(
        "list-unreadable",
        problem,
        file=path.name,
        field=field,
        advice="give a CSV with the column input, and see 'spreadscan batch --help' for the others",
    )
