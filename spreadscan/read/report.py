"""The door for a report of spreadscan: report.json, read back strictly.

What is not there, has another type, lies out of range or contradicts itself is refused; further keys are left
alone, as a later version of the same schema may add some. In version 1 the verdict of a region or joint is
what its probability alone says. The rules of wording, which the statements of the same report name, are
applied to it here, so that old and new reports say the same word.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from spreadscan.anatomy import NERVE_AT
from spreadscan.judgement.rules import KEEPING, in_words
from spreadscan.judgement.verdicts import at_most_probable
from spreadscan.read.complaint import Complaint, refusal
from spreadscan.read.opening import first_bytes
from spreadscan.values import JointCoverage, RecordedStatement, RegionCoverage, ReportRecord

SCHEMA_NAME, VERSIONS = "spreadscan.report", (1, 2)
LARGEST_BYTES = 50_000_000
"""Of a report; a larger file is something else."""
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
    _rename(given)
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
    return _ruled(record) if given["schema_version"] == 1 else record


def _rename(given: dict[str, Any]) -> None:
    """Give keys the names of the values; in version 1 the verdict was what the probability alone says."""
    first = given["schema_version"] == 1
    for name in ("coverage", "joints"):
        rows = given.get(name)
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, dict):
                row["cause"] = row.pop("cause_of_doubt", None)
                alone = "verdict" if first else "verdict_by_probability"
                row["verdict_by_probability"] = row.get(alone)
                row["verdict_rules"] = [] if first else row.get("verdict_rules")


def _ruled(record: ReportRecord) -> ReportRecord:
    """A report of version 1 with its verdicts kept down by the rules that it names itself."""
    levels = {(one.level, one.side): one for one in record.statements if one.about == "level"}
    joints = {(one.joint, one.side): one for one in record.statements if one.about == "joint"}
    return replace(
        record,
        coverage=tuple(_ruled_row(row, levels.get((row.level, row.side))) for row in record.coverage),
        joints=tuple(_ruled_joint(row, joints.get((row.joint, row.side))) for row in record.joints),
    )


def _ruled_row(row: RegionCoverage, said: RecordedStatement | None) -> RegionCoverage:
    kept_by = () if said is None else tuple(name for name in said.rules if name in KEEPING)
    if not kept_by or row.verdict != "shown":
        return row
    return replace(row, verdict=at_most_probable(row.verdict), verdict_rules=kept_by)


def _ruled_joint(row: JointCoverage, said: RecordedStatement | None) -> JointCoverage:
    """What the statement on the joint says, also where a part that could not change it was not assessed."""
    if said is None:
        return row
    kept_by = tuple(name for name in said.rules if name in KEEPING) if row.verdict == "shown" else ()
    return replace(row, verdict=said.verdict, probability=said.probability, verdict_rules=kept_by)


def _check_schema(given: Any) -> None:
    if not isinstance(given, dict) or given.get("schema") != SCHEMA_NAME:
        raise Complaint("report-unreadable", "is not a report of spreadscan", field="schema")
    version = given.get("schema_version")
    if type(version) is not int or version not in VERSIONS:
        raise Complaint(
            "report-version",
            f"has version {version!r:.20} of the schema, not {' or '.join(map(str, VERSIONS))}",
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
        if not _fits(joint):
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
    if not _fits(row) or (row.probability is None) != (row.verdict == "not assessed"):
        return "has a verdict that its probability does not give"
    return ""


def _fits(row: RegionCoverage | JointCoverage) -> bool:
    """Whether the verdict is what the probability alone says, or at most *probable* by rules it names."""
    alone = row.verdict_by_probability
    by_rules = bool(row.verdict_rules) and row.verdict == at_most_probable(alone) != alone
    # of a joint that was assessed in part the probability is unknown, and its verdict may stand
    known = row.probability is None or in_words(row.probability) == alone
    return known and (row.verdict == alone or by_rules)
