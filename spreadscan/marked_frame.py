"""The frame that landmarks and outlines are shown on, and whose image it is; nothing is measured."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spreadscan.known import Known, look_up
from spreadscan.read.identity import read_identity
from spreadscan.settings import Settings
from spreadscan.values import CoverageReport, Landmarks, MarkedFrame, Request


def marked_frame(known: Known, frame: int, picture: NDArray[np.uint8]) -> MarkedFrame:
    """Return a frame of a study with the landmarks that are known.

    Args:
        known: of the study.
        frame: of its contrast image, 1-based.
        picture: (R, C) the frame for display, 0 to 255.
    """
    header = known.roles.contrast
    return MarkedFrame(
        landmarks=known.landmarks,
        rows=header.rows,
        columns=header.columns,
        frames=header.frames,
        frame=frame,
        patient_left=known.orientation.patient_left,
        side_origin=known.orientation.origin,
        image_key=header.image_key,
        inverted_display=header.pixels.inverted_display,
        identity=read_identity(header.path),
        picture=picture,
    )


def frame_of(path: Path, request: Request, report: CoverageReport) -> MarkedFrame:
    """Return the frame that a report describes, without landmarks and blank: for files of what lies on it.

    Args:
        path: the study that was analysed.
        request: what was handed in.
        report: of the study.

    Raises:
        SpreadscanError: with a slug of ``errors.SLUGS`` when the study cannot be read any more.
    """
    known = look_up(path, request, Settings())
    blank = np.zeros((report.source.rows, report.source.columns), np.uint8)
    return replace(marked_frame(known, report.source.frame, blank), landmarks=Landmarks("none"))
