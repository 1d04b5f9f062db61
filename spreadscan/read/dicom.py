"""The door for DICOM images: one file, or a folder that holds the images of one study."""

import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from spreadscan.errors import CannotRead
from spreadscan.read.complaint import Complaint, refusal
from spreadscan.read.dataset import open_dicom, quiet
from spreadscan.read.encodings import XRAY_CLASSES
from spreadscan.read.frames import read_frames
from spreadscan.read.header import checked_layout, image_header
from spreadscan.values import Fluorogram, ImageHeader

DEEPEST_FOLDER = 4
"""Levels of folders that are searched: a DICOM medium nests patient, study and series."""
MOST_FILES = 5000
"""Files of a folder that are looked at: more belong to an archive, not to a study."""


def list_study(path: Path) -> tuple[ImageHeader, ...]:
    """Return the headers of the X-ray projection images of one study; no pixel is read.

    Whether an image is one is told by its SOP class, never by its Modality: C-arms write captures under any.
    In a folder everything else is left out, and so is a second copy of a file; links to folders are not
    followed.

    Args:
        path: a DICOM file, or a folder that is searched with its subfolders.

    Returns:
        At least one header, in order of acquisition where the headers tell it (then no two have the same
        ``order``), else by file name.

    Raises:
        CannotRead: ``input-missing``, ``input-empty``, ``input-not-dicom``, ``input-ambiguous`` (too many
            files), ``wrong-modality``, ``file-damaged``, ``two-patients``, ``two-studies``; for what a header
            says ``no-pixel-data``, ``no-frames``, ``bad-geometry``, ``bad-header``, ``colour-image``,
            ``transfer-syntax``. The message names the file without its folder and quotes no patient.
    """
    with quiet():
        try:
            if not path.is_dir():
                return (_header(path),)
            return _headers_in(path)
        except OSError as error:
            raise refusal([Complaint("input-missing", "cannot be opened")], path.name) from error


def read_fluorogram(header: ImageHeader) -> Fluorogram:
    """Return an image with its stored values.

    MONOCHROME1 stays as it is stored. Bits beyond the stored ones are dropped. Colour that shows gray, with
    at most 2 % of coloured marks, becomes gray: luma, which of a gray pixel is its value.

    Args:
        header: from ``list_study``.

    Returns:
        The image, (T, R, C): uint8 up to 8 bits, uint16 above, int16 when signed.

    Raises:
        CannotRead: ``input-missing``, ``file-damaged``, ``bad-geometry`` (more pixels than declared) or
            ``colour-image``.
    """
    with quiet():
        try:
            with open_dicom(header.path) as opened:
                layout = checked_layout(opened)
                known = (header.frames, header.rows, header.columns)
                if opened.pixels is None or (layout.frames, layout.rows, layout.columns) != known:
                    raise Complaint("file-damaged", "has changed since its header was read")
                stored = read_frames(opened.stream, opened.pixels, layout)
        except Complaint as complaint:
            raise refusal([complaint], header.path.name) from complaint
        except (OSError, EOFError) as error:
            raise refusal(
                [Complaint("file-damaged", "cannot be read to its end")], header.path.name
            ) from error
    return Fluorogram(header, stored)


def _header(path: Path) -> ImageHeader:
    try:
        with open_dicom(path) as opened:
            if opened.sop_class not in XRAY_CLASSES:
                raise Complaint(
                    "wrong-modality", f"is {_kind(opened.sop_class)}", field="SOPClassUID (0008,0016)"
                )
            with path.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            return image_header(opened, path, sha256)
    except Complaint as complaint:
        raise refusal([complaint], path.name) from complaint


def _headers_in(folder: Path) -> tuple[ImageHeader, ...]:
    found: dict[str, ImageHeader] = {}
    others: Counter[str] = Counter()
    for path in _files(folder):
        try:
            header = _header(path)
        except CannotRead as refused:
            if refused.slug not in ("input-not-dicom", "wrong-modality"):
                raise
            others[refused.slug] += 1
        else:
            found.setdefault(header.sha256, header)
    if not found:
        raise refusal([_nothing(others)], folder.name)
    headers = tuple(found.values())
    _check_one_study(headers, folder)
    return _in_order(headers)


def _files(folder: Path) -> Iterator[Path]:
    """Regular files of a folder by name, those of subfolders after its own."""
    count = 0
    for here, subfolders, names in os.walk(folder, onerror=_stop):
        # os.walk goes by this very list, which file systems fill in any order
        subfolders.sort()
        if len(Path(here).relative_to(folder).parts) >= DEEPEST_FOLDER:
            subfolders.clear()
        for path in (Path(here, name) for name in sorted(names)):
            if path.is_file():
                count += 1
                if count > MOST_FILES:
                    problem = f"holds more than {MOST_FILES} files"
                    raise refusal([Complaint("input-ambiguous", problem)], folder.name)
                yield path


def _stop(error: OSError) -> None:
    raise error


def _nothing(others: Counter[str]) -> Complaint:
    if others["wrong-modality"]:
        problem = f"holds {others['wrong-modality']} DICOM objects, none of them an X-ray projection image"
        return Complaint("wrong-modality", problem)
    return Complaint("input-empty", f"holds no DICOM image among {others.total()} files")


def _kind(sop_class: str) -> str:
    from pydicom.uid import UID

    name = UID(sop_class).name if sop_class else ""
    return f"of the kind {name}" if name and name != sop_class else "of a kind that is not known"


def _check_one_study(headers: tuple[ImageHeader, ...], folder: Path) -> None:
    """An image that names no patient belongs to its study's; one that names no study belongs to none."""
    complaints = []
    patients = {header.patient_key for header in headers if header.patient_key}
    if len(patients) > 1:
        field = "PatientID (0010,0020)"
        complaints.append(Complaint("two-patients", f"holds {len(patients)} patients", field=field))
    studies = {header.study_key for header in headers}
    if len(studies) > 1:
        field = "StudyInstanceUID (0020,000D)"
        complaints.append(Complaint("two-studies", f"holds {len(studies)} studies", field=field))
    if complaints:
        raise refusal(complaints, folder.name)


def _in_order(headers: tuple[ImageHeader, ...]) -> tuple[ImageHeader, ...]:
    """In order of acquisition: by time only if all have one, else by number only if all have one."""
    orders = [header.order for header in headers]
    if all(order is not None and order[0] for order in orders):
        return tuple(sorted(headers, key=lambda header: header.order or ("", 0)))
    if all(order is not None and order[1] for order in orders):
        # times that only some images have cannot be compared, and would come before the numbers
        numbered = (replace(h, order=("", h.order[1])) for h in headers if h.order is not None)
        return tuple(sorted(numbered, key=lambda header: header.order or ("", 0)))
    return tuple(replace(header, order=None) for header in headers)
