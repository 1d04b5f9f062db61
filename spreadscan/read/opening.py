"""The first look into a file that a person hands in: it must be there; no more is read than asked for."""

from pathlib import Path

from spreadscan.read.complaint import Complaint


def first_bytes(path: Path, most: int) -> bytes:
    """Return at most so many bytes from the beginning of a file.

    Raises:
        Complaint: ``input-missing`` when it does not exist, is not a file, or cannot be opened.
    """
    try:
        if not path.is_file():
            raise Complaint("input-missing", "is not a file" if path.exists() else "does not exist")
        with path.open("rb") as file:
            return file.read(most)
    except OSError as error:
        raise Complaint("input-missing", "cannot be opened") from error
