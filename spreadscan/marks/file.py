"""A file with marks as it lies there, before any program's format is looked for in it; and its image."""

import json
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from spreadscan.read.complaint import Complaint
from spreadscan.read.opening import first_bytes


class DrawnOn(NamedTuple):
    """The frame that marks must have been made on.

    Attributes:
        rows, columns: its size.
        frame: its number, 1-based, if it is known before anything is measured.
        image_key: of its image, as in the header; ``None`` when it does not matter.
        slicer_mm_per_px: spacing at which 3D Slicer showed the image, > 0: 1 where the image has none, else
            what Slicer's volume information says; ``None`` refuses its files rather than inventing a scale.
    """

    rows: int
    columns: int
    frame: int | None = None
    image_key: str | None = None
    slicer_mm_per_px: float | None = None


class MarkFile(NamedTuple):
    """A file with marks.

    Attributes:
        path: of the file.
        content: all of its bytes.
        text: what they are in UTF-8; ``None`` when they are none.
    """

    path: Path
    content: bytes
    text: str | None

    @property
    def is_json(self) -> bool:
        """Whether it begins as JSON does."""
        return self.text is not None and self.text.lstrip()[:1] in ("{", "[")

    @property
    def record(self) -> Any:
        """What the JSON says; ``None`` when it is none that is valid."""
        try:
            return json.loads(self.text) if self.text is not None and self.is_json else None
        except (ValueError, RecursionError):
            return None

    @property
    def strict_record(self) -> Any:
        """What the JSON says; ``None`` when it is none, and NaN or Infinity make it none."""
        try:
            strict = json.loads(self.text or "", parse_constant=_not_a_number)
        except (ValueError, RecursionError):
            return None
        return strict


def opened(path: Path, most: int, slug: str) -> MarkFile:
    """Return a file with marks.

    Args:
        path: the file.
        most: how many bytes it may have.
        slug: of the complaint about a larger one.

    Raises:
        Complaint: ``input-missing``, or ``slug``.
    """
    content = first_bytes(path, most + 1)
    if len(content) > most:
        raise Complaint(slug, f"is larger than {most // 2**20} MiB")
    try:
        return MarkFile(path, content, content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return MarkFile(path, content, None)


def _not_a_number(text: str) -> NoReturn:
    raise ValueError(text)
