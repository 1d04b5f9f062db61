"""The exceptions: every refusal has a slug, names the file and the field, and says what to do.

``docs/messages.md`` explains each slug; a test keeps the two in step.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

SLUGS: Mapping[str, str] = MappingProxyType(
    {
        # what was handed in
        "input-missing": "The file or folder does not exist or cannot be opened.",
        "input-empty": "The folder holds no DICOM image.",
        "input-not-dicom": "The file is not DICOM.",
        "input-ambiguous": "The folder holds images whose roles cannot be told apart.",
        "two-patients": "The images belong to more than one patient.",
        "two-studies": "The images belong to more than one study.",
        "wrong-modality": "The object is not an X-ray projection image.",
        "file-damaged": "The DICOM file is truncated or its pixel data cannot be decoded.",
        "no-pixel-data": "The object holds no pixel data.",
        "no-frames": "The object declares no frame.",
        "bad-geometry": "Rows, columns, frames or bits are impossible or beyond the limits.",
        "bad-header": "A header value that the measurement needs contradicts itself.",
        "transfer-syntax": "The pixel encoding is not one that can be decoded.",
        "colour-image": "The image is in true colour, not grayscale.",
        # what the user said
        "frame-out-of-range": "The frame asked for does not exist in the file.",
        "baseline-mismatch": "The baseline cannot serve the contrast image.",
        "landmarks-unreadable": "The landmark file cannot be understood.",
        "landmarks-elsewhere": "The landmarks were marked on another image or frame.",
        "landmarks-outside": "A landmark lies outside the image.",
        "landmarks-mirrored": "The landmarks' sides contradict each other, the file or the user.",
        "no-landmarks": "No landmarks were handed in, and none were found.",
        "landmarks-implausible": "The landmarks cannot belong to one lumbar spine.",
        "mask-unreadable": "The mask file cannot be understood or does not fit the frame.",
        "loop-unreadable": "The file with the loop cannot be understood or does not fit the frame.",
        "loop-outside": "A loop leaves the image.",
        "orientation-contradiction": "The side given contradicts the side that the file states.",
        "protocol-unreadable": "The protocol cannot be understood.",
        "settings-unreadable": "The settings file cannot be understood.",
        "scenario-unreadable": "The scenario to simulate cannot be understood.",
        "anatomy-unreadable": "The folder of meshes to simulate with cannot be understood.",
        "list-unreadable": "The list of studies cannot be understood.",
        "report-unreadable": "The file is no report of spreadscan, or contradicts itself.",
        "report-version": "The report has another version of the schema.",
        "reports-mismatch": "The reports cannot be compared in this way.",
        "sides-unknown": "Sides cannot be compared that are not known.",
        "bad-option": "An option has a value that cannot be used.",
        # what the images allow
        "empty-field": "No exposed X-ray field can be found in the image.",
        "flat-image": "The image holds no usable signal.",
        # the surroundings
        "output-unwritable": "The result cannot be written.",
        "extra-missing": "An optional package is needed and not installed.",
        "unexpected": "Something failed that should not; no result was written.",
    }
)


class SpreadscanError(Exception):
    """A refusal in one sentence: what is wrong, where, and what to do.

    Attributes:
        slug: the fixed name of the message, a key of ``SLUGS``.
        problem: what is wrong, without the file and the field.
        advice: what the reader should do next.
        file: the name of the file it is about, without its folder; empty when none is.
        field: the DICOM attribute, column or option it is about; empty when none is.
    """

    exit_status: ClassVar[int] = 3

    def __init__(self, slug: str, problem: str, *, advice: str, file: str = "", field: str = "") -> None:
        if slug not in SLUGS:
            raise ValueError(f"'{slug}' is not a registered slug")
        self.slug, self.problem, self.advice, self.file, self.field = slug, problem, advice, file, field
        super().__init__(slug, problem, advice, file, field)

    def __str__(self) -> str:
        where = ": ".join(part for part in (self.file, self.field) if part)
        return f"{where + ': ' if where else ''}{self.problem}; {self.advice} [{self.slug}]"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.slug, self.problem, self.advice, self.file, self.field)


class CannotRead(SpreadscanError):
    """Something handed in cannot be read or contradicts itself: raised at the doors in."""


class CannotMeasure(SpreadscanError):
    """The images are readable but do not allow the measurement: raised by a stage."""


class CannotWrite(SpreadscanError):
    """A result cannot be written: raised at the doors out."""


class WrongUsage(SpreadscanError):
    """Options that cannot go together or a value out of range; exit status 2."""

    exit_status: ClassVar[int] = 2


def _rebuild(
    kind: type[SpreadscanError], slug: str, problem: str, advice: str, file: str, field: str
) -> SpreadscanError:
    return kind(slug, problem, advice=advice, file=file, field=field)
