"""What headers and people say of a study, looked up before a pixel is looked at, and the frame they mean."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spreadscan.checks import check_frames, check_marked, check_options, check_scale, only_image
from spreadscan.marks.drawn import read_loop, read_mask
from spreadscan.marks.file import DrawnOn
from spreadscan.marks.landmarks import read_landmarks
from spreadscan.read.dicom import list_study
from spreadscan.read.identity import read_identity
from spreadscan.read.protocol import read_protocol
from spreadscan.settings import Settings
from spreadscan.stages.assign import assign
from spreadscan.stages.calibrate import calibrate, judging_scale
from spreadscan.stages.orient import orient, with_patient_sides
from spreadscan.stages.place import px_per_reference_mm
from spreadscan.values import (
    BoolArray,
    Calibration,
    GivenMask,
    ImageRoles,
    JudgingScale,
    Landmarks,
    MarkedFrame,
    Orientation,
    Protocol,
    Request,
    Search,
    Uncalibrated,
)


class StudyFacts(NamedTuple):
    """What is known before anything is measured.

    Attributes:
        roles: which image is which.
        mask: contrast that a person drew.
        loop: (R, C) loops that a person drew around it.
        landmarks: those that were handed in, later also those that were found.
        orientation: which side is which.
        calibration: the scale, or why there is none.
        scale: by which filters are sized.
        protocol: that the study is judged by.
        search: what a search for landmarks found; ``None`` where there was none.
    """

    roles: ImageRoles
    mask: GivenMask | None
    loop: BoolArray | None
    landmarks: Landmarks
    orientation: Orientation
    calibration: Calibration | Uncalibrated
    scale: JudgingScale
    protocol: Protocol | None
    search: Search | None = None


def look_up(path: Path, request: Request, settings: Settings) -> StudyFacts:
    """Return what headers and people say of a study.

    Args:
        path: a DICOM file, or a folder with the images of one study.
        request: what a person hands in.
        settings: of the stages.

    Raises:
        SpreadscanError: with a slug of ``errors.SLUGS`` when something cannot be read or contradicts itself.
    """
    check_options(request)
    protocol = None if request.protocol is None else read_protocol(request.protocol, request.injected)
    headers = list_study(path)
    roles = assign(
        headers,
        None if request.baseline is None else only_image(list_study(request.baseline), request.baseline),
    )
    header = roles.contrast
    check_frames(request, header)
    frame = 1 if header.frames == 1 else request.frame
    on = DrawnOn(header.rows, header.columns, frame, header.image_key, request.slicer_mm_per_px)
    mask = None if request.mask is None else read_mask(request.mask, on)
    loop = None if request.loop is None else read_loop(request.loop, on)
    landmarks = Landmarks("none")
    if request.landmarks is not None:
        landmarks = read_landmarks(request.landmarks, on)
        check_marked(landmarks, header, request.frame)
    orientation = orient(header, request.patient_left, landmarks, settings.orient)
    # only now: the landmarks themselves may have told which side is which
    landmarks = with_patient_sides(landmarks, orientation)
    calibration = calibrate(header, request.mm_per_px, settings.calibrate)
    scale = judging_scale(calibration, header, level_size_px(landmarks), settings.calibrate)
    # before a pixel is read: filters of an impossible size may fill the memory
    check_scale(scale, header, request)
    return StudyFacts(roles, mask, loop, landmarks, orientation, calibration, scale, protocol)


def level_size_px(landmarks: Landmarks) -> float | None:
    """Return pixels per reference millimetre by the levels that have both junctions; ``None`` without any."""
    levels = px_per_reference_mm(landmarks).values()
    return float(np.median(list(levels))) if levels else None


def marked_frame(known: StudyFacts, frame: int, picture: NDArray[np.uint8]) -> MarkedFrame:
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


def unmarked_frame(known: StudyFacts, frame: int) -> MarkedFrame:
    """Return a frame of a study without landmarks, and blank: for files of what else lies on it.

    Args:
        known: of the study.
        frame: of its contrast image, 1-based.
    """
    header = known.roles.contrast
    blank = np.zeros((header.rows, header.columns), np.uint8)
    return marked_frame(known._replace(landmarks=Landmarks("none")), frame, blank)
