"""What is wrong with something handed in, collected so that one refusal can name it all."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from spreadscan.errors import CannotRead

ADVICE: Mapping[str, str] = MappingProxyType(
    {
        "input-missing": "check the path and the permission to read it",
        "input-empty": "pass a DICOM file, or a folder that holds the images of one study",
        "input-not-dicom": "pass a DICOM file",
        "input-ambiguous": "pass the folder of one study, or the image itself",
        "two-patients": "pass a folder that holds the images of one patient and one study",
        "two-studies": "pass a folder that holds the images of one study",
        "wrong-modality": "pass a fluoroscopic, angiographic, radiographic or secondary-capture image",
        "file-damaged": "copy or export the image again",
        "no-pixel-data": "export the image with its pixels",
        "no-frames": "export the image with its frames",
        "bad-geometry": "export the image again, without changing its size or depth",
        "bad-header": "correct or remove the attribute",
        "transfer-syntax": "export the image uncompressed, or as JPEG Lossless, JPEG-LS, JPEG 2000 or RLE",
        "colour-image": "export the image in grayscale, not as a colour screenshot",
        "landmarks-unreadable": "write the landmarks as docs/landmarks.md describes",
        "landmarks-elsewhere": "mark the landmarks on the image and frame that is analysed",
        "landmarks-outside": "mark the landmarks on this very image, counting pixels from 0 at the top left",
        "landmarks-mirrored": "check left and right of each landmark: they are the patient's",
        "landmarks-implausible": "check level and position of each landmark",
        "protocol-unreadable": "write the protocol as docs/protocols.md describes",
        "mask-unreadable": "save the mask as an 8-bit grayscale PNG of the frame's size: 0, 128 and 255,"
        " or as outlines",
        "loop-unreadable": "write the loop as docs/landmarks.md describes, or as a PNG of the frame's size",
        "report-unreadable": "give the folder or the report.json that 'spreadscan analyse' wrote, unchanged",
        "report-version": "analyse the study again with this version of spreadscan",
        "loop-outside": "draw the loop on this very image, counting pixels from 0 at the top left",
    }
)
"""What to do about each slug where nothing better is known."""

NAMED_AT_MOST = 3
"""How many further complaints one sentence can carry and still be read."""


class Complaint(Exception):
    """One thing that is wrong: raised where nothing else can be checked any more, else collected.

    Attributes:
        slug, problem, field, advice: as of ``SpreadscanError``.
    """

    def __init__(self, slug: str, problem: str, *, field: str = "", advice: str = "") -> None:
        super().__init__(slug, problem)
        self.slug, self.problem, self.field = slug, problem, field
        self.advice = advice or ADVICE[slug]

    def about(self, slug: str) -> "Complaint":
        """Return the same complaint about another kind of file: readers of points serve outlines too."""
        advice = "" if self.advice == ADVICE[self.slug] else self.advice
        return Complaint(slug, self.problem, field=self.field, advice=advice)


def refusal(complaints: Iterable[Complaint], file: str) -> CannotRead:
    """Return the refusal that names all complaints: the first in full, the others briefly.

    Args:
        complaints: at least one, the gravest first.
        file: name of the file without its folder.
    """
    first, *others = complaints
    problem = first.problem
    for other in others[:NAMED_AT_MOST]:
        problem += f"; also {other.field + ' ' if other.field else ''}{other.problem}"
    if len(others) > NAMED_AT_MOST:
        problem += f"; and {len(others) - NAMED_AT_MOST} more"
    return CannotRead(first.slug, problem, advice=first.advice, file=file, field=first.field)
