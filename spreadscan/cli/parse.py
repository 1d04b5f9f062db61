"""What the words given for options of the command line mean."""

import os
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from spreadscan.cli.options import ComparisonName, ImageSide, ProtocolAnswer
from spreadscan.errors import WrongUsage
from spreadscan.marks.formats import format_named

if TYPE_CHECKING:
    from spreadscan.marks.export import Export
    from spreadscan.settings import Settings
    from spreadscan.values import Site

_FRAMES = re.compile(r"(?P<first>[0-9]{1,9})(-(?P<last>[0-9]{1,9}))?")
_LAST_FRAME = 100_000


def check_input(source: Path) -> None:
    """Refuse a file that is missing or not DICOM, before what analyses it is imported.

    Raises:
        CannotRead: ``input-missing`` or ``input-not-dicom``.
    """
    from spreadscan.read.complaint import Complaint, refusal
    from spreadscan.read.dataset import check_begins_like_dicom

    if source.is_dir():
        return
    try:
        check_begins_like_dicom(source)
    except (Complaint, OSError) as problem:
        told = problem if isinstance(problem, Complaint) else Complaint("input-missing", "cannot be opened")
        raise refusal([told], source.name) from problem


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


def export_of(formats: Sequence[str], slicer_mm_per_px: float | None) -> "Export":
    """Return what files in these formats say beside the marks; the time is asked for only where they say it.

    Raises:
        WrongUsage: ``bad-option`` when the time is none, or 3D Slicer's spacing is needed and not known.
    """
    from spreadscan.marks.export import Export, slicer_spacing

    wanted = [format_named(name) for name in formats]
    if any(one.in_scene for one in wanted):
        slicer_spacing(slicer_mm_per_px)
    dated = any(one.dated for one in wanted)
    return Export(moment_of_writing() if dated else datetime.min, slicer_mm_per_px)


def check_not_replaced(given: Iterable[Path | None], written: Iterable[Path]) -> None:
    """Refuse to write over files that were handed in; ``None`` stands for one that was not.

    Raises:
        WrongUsage: ``bad-option``.
    """
    there = [path for path in written if path.exists()]
    for file in given:
        if file is not None and file.exists() and any(path.samefile(file) for path in there):
            raise WrongUsage(
                "bad-option",
                "would replace the file that was handed in",
                file=file.name,
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
    from spreadscan.read.protocol import sites_of

    sites = sites_of(names or ())
    if sites is None:
        advice = "name each junction once, by bone and side, such as L5-left; bones are L3, L4, L5 and S1"
        raise WrongUsage("bad-option", "names no junction, or one twice", field="--injected", advice=advice)
    return sites


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
