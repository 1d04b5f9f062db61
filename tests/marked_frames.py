"""Frames with landmarks, for the tests of what is written of them."""

from datetime import datetime
from typing import Any

import numpy as np

from spreadscan.anatomy import LEVELS
from spreadscan.read.identity import image_key
from spreadscan.values import ImageIdentity, Landmark, Landmarks, MarkedFrame

ROWS, COLUMNS = 300, 400
MOMENT = datetime(2026, 3, 4, 5, 6, 7)
IMAGE_UID = "1.2.826.0.1.3680043.8.498.1"
IDENTITY = {
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.12.1",
    "SOPInstanceUID": IMAGE_UID,
    "StudyInstanceUID": "1.2.826.0.1.3680043.8.498.2",
    "SeriesInstanceUID": "1.2.826.0.1.3680043.8.498.3",
    "PatientName": "Müller^Ärzte",
    "PatientID": "SECRET-1",
    "PatientBirthDate": "19500101",
    "PatientSex": "F",
    "StudyDate": "20260102",
    "StudyTime": "101112",
    "StudyID": "S1",
    "AccessionNumber": "A1",
    "PhotometricInterpretation": "MONOCHROME2",
    "WindowCenter": "1000",
    "WindowWidth": "800.5",
}


def spine() -> tuple[Landmark, ...]:
    """Junctions of three levels, at places that no format holds but by its own rule, and two other points."""
    points = [
        Landmark(level, side, "sap_tp_junction", 60.125 + 70 * n + shift, column + 0.3 * n)  # type: ignore[arg-type]
        for n, level in enumerate(LEVELS[2:5])
        for side, column, shift in (("left", 150.25, 0.0), ("right", 250.7, 1.5))
    ]
    other = [
        Landmark("L4", "left", "tp_tip", 128.0, 110.0),
        Landmark("S1", "right", "left_l4_2b", 0.0, 399.5),
    ]
    return (*points, *other)


def marked_frame(points: tuple[Landmark, ...] | None = None, **changes: Any) -> MarkedFrame:
    """A frame of 300 × 400 pixels with a spine marked on it."""
    values: dict[str, Any] = {
        "landmarks": Landmarks("given", spine() if points is None else points, (), "table"),
        "rows": ROWS,
        "columns": COLUMNS,
        "frames": 12,
        "frame": 7,
        "patient_left": "image left",
        "side_origin": "patient orientation",
        "image_key": image_key(IMAGE_UID),
        "inverted_display": False,
        "identity": ImageIdentity(tuple(IDENTITY.items())),
        "picture": np.tile(np.linspace(0, 255, COLUMNS).astype(np.uint8), (ROWS, 1)),
    }
    return MarkedFrame(**{**values, **changes})


def identified(**changes: str) -> ImageIdentity:
    """The identity of the image with some attributes changed; an empty text takes one out."""
    return ImageIdentity(tuple((k, v) for k, v in {**IDENTITY, **changes}.items() if v))
