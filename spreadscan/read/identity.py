"""Whose an image is, and which image of which study: as keys that tell nothing else, and as DICOM repeats it.

A DICOM object that goes with an image must repeat whose it is. This is the only door through which a
patient's name passes, and it leads to DICOM objects of the same patient alone.
"""

import hashlib
from pathlib import Path

from spreadscan.read.attributes import Attributes
from spreadscan.read.complaint import Complaint, refusal
from spreadscan.read.dataset import open_dicom, quiet
from spreadscan.values import ImageIdentity

KEY_LENGTH = 16
"""Hexadecimal digits: of a million images two share a key with a probability of 3 in 10⁸."""
_SALT = "spreadscan"
REPEATED = (
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "PatientName",
    "PatientID",
    "IssuerOfPatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "StudyDescription",
    "AccessionNumber",
    "ReferringPhysicianName",
    "PhotometricInterpretation",
    "WindowCenter",
    "WindowWidth",
)
"""Attributes of the patient, the study and the image; of several values the first."""


def key_of(kind: str, first: str, second: str = "") -> str:
    """Return a key of texts of a kind; empty where the first is."""
    if not first:
        return ""
    text = f"{_SALT}\0{kind}\0{first}\0{second}"
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:KEY_LENGTH]


def image_key(instance_uid: str) -> str:
    """Return the key of an image by its SOP Instance UID; empty for one without."""
    return key_of("image", instance_uid)


def read_identity(path: Path) -> ImageIdentity:
    """Return what identifies an image and its patient, as far as the file tells.

    Raises:
        CannotRead: ``input-missing``, ``input-not-dicom`` or ``file-damaged``.
    """
    try:
        with quiet(), open_dicom(path) as opened:
            attributes = Attributes((opened.dataset,), [])
            found = ((keyword, attributes.text(keyword)) for keyword in REPEATED)
            return ImageIdentity(tuple((keyword, text) for keyword, text in found if text))
    except Complaint as complaint:
        raise refusal([complaint], path.name) from complaint
