"""What a DICOM object that goes with an image must repeat of it: whose it is, and which image of which study.

This is the only door through which a patient's name passes, and it leads to DICOM objects of the same patient
alone.
"""

from pathlib import Path

from spreadscan.read.attributes import Attributes
from spreadscan.read.complaint import Complaint, refusal
from spreadscan.read.dataset import open_dicom, quiet
from spreadscan.values import ImageIdentity

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
