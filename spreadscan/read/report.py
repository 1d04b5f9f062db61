"""The door for a report of spreadscan: report.json, read back strictly.

What is not there, has another type, lies out of range or contradicts itself is refused; further keys are left
alone, as a later version of the same schema may add some.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from spreadscan.anatomy import NERVE_AT
from spreadscan.read.complaint import Complaint, refusal
from spreadscan.read.opening import first_bytes
from spreadscan.values import RegionCoverage, ReportRecord, Verdict

SCHEMA_NAME, SCHEMA_VERSION = "spreadscan.report", 1
LARGEST_BYTES = 50_000_000
"""Of a report; a larger file is something else."""
_FROM: tuple[tuple[float, Verdict], ...] = (
    (0.8, "shown"),
    (0.5, "probable"),
    (0.2, "indeterminate"),
    (0, "not shown"),
)
"""The least probability of each verdict."""
_PATIENT, _IMAGE = frozenset(("left", "right")), frozenset(("image left", "image right"))


def read_report(path: Path) -> ReportRecord:
    """Return a report from report.json, or from the result folder that holds one.

    Raises:
        CannotRead: ``input-missing``; ``report-unreadable`` when it is no report of spreadscan or contradicts
            itself; ``report-version`` when it has another version of the schema.
    """
    file = path / "report.json" if path.is_dir() else path
    # the folder tells which of two reports.json is meant
    name = f"{path.name}/report.json" if path.is_dir() else path.name
    try:
        return _record(first_bytes(file, LARGEST_BYTES + 1))
    except Complaint as complaint:
        raise refusal([complaint], name) from complaint


def _record(content: bytes) -> ReportRecord:
    if len(content) > LARGEST_BYTES:
        raise Complaint("report-unreadable", "is too large for a report")
    try:
        given = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Complaint("report-unreadable", "is not JSON") from error
    _check_schema(given)
    for row in given["coverage"] if isinstance(given.get("coverage"), list) else ():
        if isinstance(row, dict):
            row["cause"] = row.pop("cause_of_doubt", None)
    try:
        record = msgspec.convert(given, ReportRecord)
    except msgspec.ValidationError as error:
        problem, _, place = str(error).partition(" - at ")
        field = place.strip("`").removeprefix("$.")
        raise Complaint(
            "report-unreadable", f"does not hold what a report holds ({problem})", field=field
        ) from error
    for field, problem in _contradictions(record):
        raise Complaint("report-unreadable", problem, field=field)
    return record


def _check_schema(given: Any) -> None:
    if not isinstance(given, dict) or given.get("schema") != SCHEMA_NAME:
        raise Complaint("report-unreadable", "is not a report of spreadscan", field="schema")
    version = given.get("schema_version")
    if version != SCHEMA_VERSION or isinstance(version, bool):
        raise Complaint(
            "report-version",
            f"has version {version!r:.20} of the schema, not {SCHEMA_VERSION}",
            field="schema_version",
        )


def _contradictions(record: ReportRecord) -> Iterator[tuple[str, str]]:
    """Return what cannot be, field and problem."""
    if [file.role for file in record.source.files].count("contrast") != 1:
        yield "source.files", "does not name one file with contrast"
    keys = [(row.level, row.side, row.region) for row in record.coverage]
    if len(set(keys)) < len(keys):
        yield "coverage", "holds a region twice"
    sides = {row.side for row in record.coverage}
    allowed = _IMAGE if record.orientation.patient_left == "unknown" else _PATIENT
    if not sides <= allowed:
        yield "coverage.side", "does not fit the side that the report gives to the image"
    for number, row in enumerate(record.coverage):
        problem = _wrong(row)
        if problem:
            yield f"coverage[{number}]", problem
    joints = [(joint.joint, joint.side) for joint in record.joints]
    if len(set(joints)) < len(joints):
        yield "joints", "holds a joint twice"
    for number, joint in enumerate(record.joints):
        if _verdict(joint.probability) != joint.verdict:
            yield f"joints[{number}]", "has a verdict that its probability does not give"


def _wrong(row: RegionCoverage) -> str:
    """Return what is wrong with a row; empty when nothing is."""
    shares = (row.fraction, row.fraction_low, row.fraction_high)
    known = [number for number in (*shares, row.probability) if number is not None]
    if any(not 0 <= number <= 1 for number in known):
        return "holds a share below 0 or above 1"
    if row.nerve != NERVE_AT[row.level]:
        return "names a nerve that does not cross the bone"
    if len({number is None for number in shares}) > 1:
        return "gives a fraction without its interval"
    low, high = row.fraction_low, row.fraction_high
    if low is not None and high is not None and low > high:
        return "has an interval whose ends are swapped"
    if _verdict(row.probability) != row.verdict:
        return "has a verdict that its probability does not give"
    return ""


def _verdict(probability: float | None) -> Verdict:
    if probability is None:
        return "not assessed"
    return next((verdict for least, verdict in _FROM if probability >= least), "not assessed")
