"""The truth of a simulated case: what was made, and where it lies in the evaluated frame.

Positions are (row, column), 0-based, pixel centres at integers. The evaluated file is the last of the study,
the evaluated frame one of its frames.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from spreadscan.frozen import BoolArray, Image, Vector, value
from spreadscan.phantom.motion import PatientPose
from spreadscan.phantom.scenario import Injection, Scenario
from spreadscan.phantom.truth_measures import Extent, in_view


@value
class SiteTruth:
    """What became of one injection.

    Attributes:
        injection: as asked for.
        tip_mm: (3,) of the needle: lateral, dorsal and cranial of the junction.
        extent: of the iodine in the frame of the junction; ``None`` where there is none.
        iodine_mg_cm2: (R, C) areal density of its iodine in the evaluated frame, if there is any.
    """

    injection: Injection
    tip_mm: Vector
    extent: Extent | None = None
    iodine_mg_cm2: Image | None = None


@dataclass(frozen=True)
class NeedleTruth:
    """A needle in the evaluated frame.

    Attributes:
        site: junction that it aims at, such as ``L4_L``.
        tip_px: (row, column).
        gauge: of it.
    """

    site: str
    tip_px: tuple[float, float]
    gauge: int


@value
class Truth:
    """The truth of a case. T frames of the evaluated file, (R, C) its size.

    Attributes:
        scenario: what was asked for.
        case: its number.
        seed: of its randomness.
        files: names of the DICOM files, the evaluated one last.
        evaluated_frame: 0-based.
        iodine_mg_cm2: (R, C) areal density of iodine by frame, of the evaluated one at least.
        field: (R, C) where the collimator lets X-rays through.
        steel_mm: (R, C) steel along the ray in the evaluated frame.
        sites: the injections, with what became of them.
        needles: those in the evaluated frame.
        landmarks_px: (T, 2) position (row, column) in each frame by name.
        landmark_mm_per_px: width of a pixel at the depth of each landmark.
        poses: (T) where the patient lies in each frame.
        scout_pose: and in the scout, if there is one.
        filling: (T) share of each injection that is in, by site.
        attenuation_cm2_per_mg: effective attenuation of iodine behind the patient.
        detection_mg_cm2: iodine that stands out of the noise.
        pitch_mm: spacing of the pixels at the detector.
    """

    scenario: Scenario
    case: int
    seed: int
    files: tuple[str, ...]
    evaluated_frame: int
    iodine_mg_cm2: Mapping[int, Image]
    field: BoolArray
    steel_mm: Image
    sites: tuple[SiteTruth, ...]
    needles: tuple[NeedleTruth, ...]
    landmarks_px: Mapping[str, Vector]
    landmark_mm_per_px: Mapping[str, float]
    poses: tuple[PatientPose, ...]
    scout_pose: PatientPose | None
    filling: tuple[Mapping[str, float], ...]
    attenuation_cm2_per_mg: float
    detection_mg_cm2: float
    pitch_mm: float

    @property
    def landmarks_in_view(self) -> dict[str, bool]:
        """Whether each landmark lies within the exposed field of the evaluated frame."""
        frame = self.evaluated_frame
        return {name: in_view(places[frame], self.field) for name, places in self.landmarks_px.items()}


def site_name(injection: Injection) -> str:
    """Return the junction that an injection aims at, such as ``L4_L``."""
    return f"{injection.level}_{injection.side[0].upper()}"
