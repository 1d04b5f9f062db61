"""The result folder: all files of a report or none, and never half of one."""

import errno
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from types import MappingProxyType

from spreadscan.errors import CannotWrite
from spreadscan.values import CoverageReport
from spreadscan.write.pages.page import write_page
from spreadscan.write.pages.printed import PDF, write_pdf
from spreadscan.write.pictures.figure import overlay_png
from spreadscan.write.pictures.images import write_mask
from spreadscan.write.pictures.prints import prints_of
from spreadscan.write.record import write_record
from spreadscan.write.table import write_table

FILES = ("report.json", "coverage.csv", "overlay.png", "mask.png", "report.html")
"""The files of every report, in the order in which they are returned."""
ON_REQUEST = (PDF,)
"""Files of a report that are written when they are asked for."""

Writer = Callable[[Path], None]
"""Writes one file to a path; whatever else it needs it carries with it."""


def write_report(
    report: CoverageReport,
    folder: Path,
    more: Mapping[str, bytes] = MappingProxyType({}),
    also: Iterable[str] = (),
) -> tuple[Path, ...]:
    """Write ``FILES`` into a folder, which is made if needed; earlier results in it are replaced.

    Everything is first written beside its place and moved in when it is complete: after a failure the folder
    is as before. Other files in the folder are left alone.

    Args:
        report: the result.
        folder: where to write.
        more: further files by name, each its content, to be moved in with the others.
        also: those of ``ON_REQUEST`` that are written too.

    Returns:
        The paths of the files written, those of ``more`` and ``also`` last.

    Raises:
        CannotWrite: ``output-unwritable``: the folder cannot be made or a file cannot be written.
    """
    own = (*FILES, *also)
    names = (*FILES, *more, *also)
    with _replacing(names, folder) as staged:
        writers = _writers(report)
        for name in own:
            writers[name](staged / name)
        for name, content in more.items():
            (staged / name).write_bytes(content)
    return tuple(folder / name for name in names)


def write_files(contents: Mapping[str, bytes], folder: Path) -> tuple[Path, ...]:
    """Write files by name into a folder, all or none, as ``write_report`` does.

    Raises:
        CannotWrite: ``output-unwritable``: the folder cannot be made or a file cannot be written.
    """
    with _replacing(tuple(contents), folder) as staged:
        for name, content in contents.items():
            (staged / name).write_bytes(content)
    return tuple(folder / name for name in contents)


@contextmanager
def _replacing(names: tuple[str, ...], folder: Path) -> Iterator[Path]:
    """Make a room to write files in; what is complete at its end is moved into the folder."""
    with _explained(folder, names), _rooms(folder) as (staged, kept):
        yield staged
        for name in names:
            if not (staged / name).is_file():
                raise FileNotFoundError(errno.ENOENT, "a file was not written", name)
        if folder.exists():
            _replace_files(names, staged, folder, kept)
        else:
            staged.rename(folder)


def _writers(report: CoverageReport) -> Mapping[str, Writer]:
    """Return what writes each file of ``FILES`` and ``ON_REQUEST``: a new output is a line here."""
    # most of both drawings is spent in functions that let other threads work
    with ThreadPoolExecutor(1) as beside:
        drawing = beside.submit(overlay_png, report)
        prints = prints_of(report)
    overlay = drawing.result()
    return {
        "report.json": partial(write_record, report),
        "coverage.csv": partial(write_table, report),
        "overlay.png": partial(_write_bytes, overlay),
        "mask.png": partial(write_mask, report),
        "report.html": partial(write_page, report, prints),
        PDF: partial(write_pdf, report, prints),
    }


def _write_bytes(content: bytes, path: Path) -> None:
    path.write_bytes(content)


@contextmanager
def _explained(folder: Path, names: tuple[str, ...]) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        name = Path(str(error.filename)).name
        raise CannotWrite(
            "output-unwritable",
            f"the result cannot be written to '{folder}' ({error.strerror or error})",
            advice="check that the folder may be written to and the disk has room, or choose another folder",
            file=name if name in names else folder.name,
        ) from error


@contextmanager
def _rooms(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Make two rooms on the file system of the folder: one to write in, one to keep replaced files in."""
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "a file of this name is in the way", folder.name)
    missing = [parent for parent in folder.absolute().parents if not parent.exists()]
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        # inside an existing folder, which may be a mount point of its own
        home = folder if folder.is_dir() else folder.parent
        with _hidden_folder(home) as hidden:
            # not the hidden folder itself, which nobody else may read
            staged, kept = hidden / "new", hidden / "old"
            staged.mkdir()
            kept.mkdir()
            yield staged, kept
    except BaseException:
        for parent in missing:
            with suppress(OSError):
                parent.rmdir()
        raise


@contextmanager
def _hidden_folder(home: Path) -> Iterator[Path]:
    """Make a folder that goes away; after a failure what is kept in ``old`` stays, where anything is left."""
    hidden = Path(tempfile.mkdtemp(prefix=".spreadscan-", dir=home))
    try:
        yield hidden
    except BaseException:
        shutil.rmtree(hidden / "new", ignore_errors=True)
        for empty in (hidden / "old", hidden):
            with suppress(OSError):
                empty.rmdir()
        raise
    shutil.rmtree(hidden, ignore_errors=True)


def _replace_files(names: tuple[str, ...], staged: Path, folder: Path, kept: Path) -> None:
    """Move the new files in; when one cannot be moved, put everything back."""
    for name in names:
        if (folder / name).is_dir():
            raise IsADirectoryError(errno.EISDIR, "a folder of this name is in the way", name)
    moved: list[str] = []
    try:
        for name in names:
            if (folder / name).exists():
                (folder / name).replace(kept / name)
            moved.append(name)
            (staged / name).replace(folder / name)
    except BaseException:
        for name in moved:
            (folder / name).unlink(missing_ok=True)
        for old in kept.iterdir():
            old.replace(folder / old.name)
        raise
