"""What is marked on an image: landmarks and outlines, by hand or by a search, and what that thinks of it."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from spreadscan.anatomy import Level, Side
from spreadscan.frozen import BoolArray, value
from spreadscan.values.words import PatientLeft


@value
class Landmark:
    """A point that a person marked or the machine found.

    Attributes:
        level: the bone.
        side: the patient's side, or the image's where the patient's is unknown.
        kind: ``sap_tp_junction``, or another name of a landmark that is carried through unused.
        row, column: position in pixels, 0-based, pixel centres at integers.
        sd_px: standard deviation of each coordinate; ``None`` takes the setting for its origin.
        found: whether the program found it; otherwise a person marked it.
    """

    level: Level
    side: Side
    kind: str
    row: float
    column: float
    sd_px: float | None = None
    found: bool = False

    @property
    def label(self) -> str:
        """Its name in files that have room for one, such as ``L4-R``, or ``L4-R:tp_tip`` if no junction."""
        side = {"left": "L", "right": "R"}.get(self.side, self.side)
        return f"{self.level}-{side}" + ("" if self.kind == "sap_tp_junction" else f":{self.kind}")


@value
class Landmarks:
    """The landmarks of one frame.

    Attributes:
        origin: where they come from.
        points: at most one per level, side and kind.
        frames: the frames on which they were marked, 1-based; empty where nothing says it.
        made_by: what wrote the file that they come from, in words; empty where there is none.
        covariance_px: (2P, 2P) joint covariance of the points, in their order, row before column, square
            pixels; ``None`` where the points err independently, each coordinate by its ``sd_px``.
    """

    origin: Literal["given", "detected", "corrected", "none"]
    points: tuple[Landmark, ...] = ()
    frames: tuple[int, ...] = ()
    made_by: str = ""
    covariance_px: NDArray[np.float64] | None = None

    def junctions(self) -> dict[tuple[Level, Side], Landmark]:
        """Return the SAP–TP junctions by level and side."""
        return {(p.level, p.side): p for p in self.points if p.kind == "sap_tp_junction"}


@value
class GivenMask:
    """A contrast mask that a person drew: (R, C) sure and (R, C) possible, sure being part of possible."""

    sure: BoolArray
    possible: BoolArray


@value
class ImageIdentity:
    """What a DICOM object that goes with an image repeats of it.

    It names the patient: it passes from the door in to the door out, and nothing else looks at it or shows
    it.

    Attributes:
        attributes: values by keyword, as texts; those that the image lacks are left out.
    """

    attributes: tuple[tuple[str, str], ...]

    def __repr__(self) -> str:
        """Return nothing of the patient."""
        return "ImageIdentity(...)"

    def text(self, keyword: str) -> str:
        """Return the value of an attribute; empty when the image lacks it."""
        return dict(self.attributes).get(keyword, "")


@value
class MarkedFrame:
    """A frame with the landmarks that were understood, nothing measured.

    Attributes:
        landmarks: in pixels of the frame, sides named as the patient's where these are known.
        rows, columns, frames: size of the image.
        frame: of the image, 1-based.
        patient_left: the side of the stored image on which the patient's left lies.
        side_origin: what told the side.
        image_key: of the image, as in its header.
        inverted_display: viewers show the smallest stored value brightest.
        identity: what DICOM objects that go with the image repeat of it.
        picture: (R, C) the frame for display, 0 to 255.
    """

    landmarks: Landmarks
    rows: int
    columns: int
    frames: int
    frame: int
    patient_left: PatientLeft
    side_origin: str
    image_key: str
    inverted_display: bool
    identity: ImageIdentity
    picture: NDArray[np.uint8]


@value
class View:
    """What an image seems to show, as far as a search for landmarks can tell.

    Attributes:
        answerable: probability that it is a frontal view of a lumbar spine, by the network.
        agreement: geometric mean over junctions and pedicles of the probability that their maps give to the
            places they were found at.
        level_probability: probability that the levels are named rightly, not shifted by one.
        head_up: whether the head lies at the top of the stored image.
        rotation_deg: how far the spine is turned about its long axis against the ray through it; positive
            where the spinous processes are seen to the right of the pedicles' middle on the stored image.
            ``None`` where it cannot be told.
        rotation_sd_deg: its standard deviation.
    """

    answerable: float
    agreement: float
    level_probability: float
    head_up: bool
    rotation_deg: float | None = None
    rotation_sd_deg: float | None = None


@value
class Search:
    """The outcome of a search for landmarks.

    Attributes:
        landmarks: those it stands behind; none where it stands behind none. Sides are the image's.
        view: what the image seems to show; ``None`` where it was not looked at.
        reason: why there are no landmarks; empty where there are.
        flags: codes of quality flags.
        elsewhere: whether it looks like another part of the body, or none: nothing that was learned from
            lumbar spines holds there.
    """

    landmarks: Landmarks
    view: View | None
    reason: str = ""
    flags: tuple[str, ...] = ()
    elsewhere: bool = False


@value
class RecordedLandmarks:
    """The landmarks used and where they come from."""

    origin: Literal["given", "detected", "corrected", "none"]
    points: tuple[Landmark, ...]
