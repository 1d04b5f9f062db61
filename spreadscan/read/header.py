"""Turn the header of a DICOM image into facts that say nothing of who the patient is."""

import re
from pathlib import Path

from spreadscan.read.apertures import apertures
from spreadscan.read.attributes import Attributes, with_functional_groups
from spreadscan.read.complaint import Complaint, refusal
from spreadscan.read.dataset import OpenDicom
from spreadscan.read.derivation import says_lossy, says_subtracted
from spreadscan.read.encodings import XRAY_CLASSES
from spreadscan.read.geometry import geometry_facts, view_facts
from spreadscan.read.identity import image_key, key_of
from spreadscan.read.layout import pixel_layout
from spreadscan.read.pixelfacts import pixel_facts
from spreadscan.read.stored import PixelLayout
from spreadscan.read.timing import acquisition_order, frame_times_s, mask_frames
from spreadscan.read.wording import role_hint
from spreadscan.values import ImageHeader

LEAST_KV, MOST_KV = 20.0, 200.0
"""Tube voltages of diagnostic X-ray tubes, kVp."""


def image_header(opened: OpenDicom, path: Path, sha256: str) -> ImageHeader:
    """Return what the header of an X-ray image says.

    Args:
        opened: the image, of one of ``XRAY_CLASSES``.
        path: where it lies.
        sha256: of the file.

    Raises:
        CannotRead: ``no-pixel-data``, ``no-frames``, ``bad-geometry``, ``bad-header``, ``colour-image`` or
            ``transfer-syntax``; one refusal names all that is wrong.
    """
    complaints: list[Complaint] = []
    own = Attributes((opened.dataset,), complaints)
    if opened.pixels is None:
        own.complain("no-pixel-data", "PixelData", "is missing")
    layout = pixel_layout(own, opened.transfer_syntax)
    header = _described(opened, layout, path, sha256, complaints) if layout is not None else None
    if header is None or complaints:
        raise refusal(complaints, path.name)
    return header


def checked_layout(opened: OpenDicom) -> PixelLayout:
    """Return the layout of the pixels of an image whose header was read before.

    Raises:
        Complaint: ``file-damaged`` when it is no longer as it was.
    """
    layout = pixel_layout(Attributes((opened.dataset,), []), opened.transfer_syntax)
    if layout is None:
        raise Complaint("file-damaged", "has changed since its header was read")
    return layout


def _described(
    opened: OpenDicom, layout: PixelLayout, path: Path, sha256: str, complaints: list[Complaint]
) -> ImageHeader:
    attributes = with_functional_groups(opened.dataset, complaints)
    modality = attributes.text("Modality")
    return ImageHeader(
        path=path,
        sha256=sha256,
        sop_class=XRAY_CLASSES[opened.sop_class],
        modality=modality if re.fullmatch("[A-Z]{1,16}", modality) else "",
        frames=layout.frames,
        rows=layout.rows,
        columns=layout.columns,
        pixels=pixel_facts(attributes, layout, says_lossy(attributes), says_subtracted(attributes)),
        geometry=geometry_facts(attributes),
        view=view_facts(attributes),
        apertures=apertures(attributes),
        mask_frames=mask_frames(attributes, layout.frames),
        frame_times_s=frame_times_s(attributes, layout.frames),
        order=acquisition_order(attributes),
        role_hint=role_hint(attributes),
        patient_key=_patient_key(attributes),
        study_key=key_of("study", attributes.text("StudyInstanceUID")),
        image_key=image_key(attributes.text("SOPInstanceUID")),
        peak_kv=_peak_kv(attributes),
    )


def _peak_kv(attributes: Attributes) -> float | None:
    """Tube voltage; unknown where it is absent or not one of an X-ray tube."""
    number = next(iter(attributes.numbers("KVP", slug=None)), 0.0)
    return number if LEAST_KV <= number <= MOST_KV else None


def _patient_key(attributes: Attributes) -> str:
    """By number and who issued it; by name and birth date where there is no number; empty for nobody."""
    number = attributes.text("PatientID")
    if number:
        return key_of("number", number, attributes.text("IssuerOfPatientID"))
    return key_of(
        "name", attributes.text("PatientName").upper().strip("^ "), attributes.text("PatientBirthDate")
    )
