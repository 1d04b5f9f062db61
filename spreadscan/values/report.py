"""What is reported: coverage of regions and joints, extents, and the report that the writers receive."""

from dataclasses import field

import numpy as np
from numpy.typing import NDArray

from spreadscan.anatomy import Level, RegionName, Side
from spreadscan.values.course import TimeCurves, Uptake
from spreadscan.values.findings import (
    Calibration,
    Component,
    Orientation,
    SpreadMask,
    Uncalibrated,
    XrayField,
)
from spreadscan.values.frozen import BoolArray, Cause, Method, Role, SignalUnit, Verdict, value
from spreadscan.values.inputs import Landmarks
from spreadscan.values.protocol import Judgement
from spreadscan.values.regions import BranchRegions
from spreadscan.values.search import Search


@value
class RegionCoverage:
    """How much of a branch region the contrast reached, and how surely.

    Attributes:
        level, side, nerve, region: which one; the level is the bone, the nerve the ramus that crosses it.
        fraction: area of the region in sure contrast divided by the area of the region, 0 to 1.
        fraction_low, fraction_high: central 90 % of that fraction under the stated uncertainties.
        course_mm: length of the branch's nominal course in sure contrast, reference millimetres; ``None``
            for the common zone.
        probability: share of draws in which at least ``EXPOSED_COURSE_MM`` of the course (for the common
            zone: ``EXPOSED_COMMON_FRACTION`` of its area) lies in contrast.
        verdict: the probability in words, at most *probable* where a rule keeps it from being shown.
        reason: why it was not assessed; empty when it was.
        flags: codes of quality flags.
        cause: what most of the doubt comes from: where the junctions lie (``landmark``), what counts as
            contrast (``contrast``), motion between the images (``registration``) or, where the probability
            itself leaves no doubt, how courses vary between people (``anatomy``); ``None`` where nothing is
            in doubt or nothing was assessed.
        varied_probability: the probability that the branch of a person taken at random was reached, whose
            course varies about the nominal one; ``None`` when not assessed.
        verdict_by_probability: what the probability alone would say.
        verdict_rules: names of the rules by which the verdict says less than that.
    """

    level: Level
    side: Side
    nerve: str
    region: RegionName
    fraction: float | None
    fraction_low: float | None
    fraction_high: float | None
    course_mm: float | None
    probability: float | None
    verdict: Verdict
    reason: str = ""
    flags: tuple[str, ...] = ()
    cause: Cause | None = None
    varied_probability: float | None = None
    verdict_by_probability: Verdict = "not assessed"
    verdict_rules: tuple[str, ...] = ()


@value
class JointCoverage:
    """Whether both nerves of a facet joint were reached on one side.

    Attributes:
        joint, side: which one.
        upper_nerve, lower_nerve: its two dorsal rami.
        probability: share of draws in which the common or medial region is exposed at both junctions.
        verdict: the probability in words, at most *probable* where a rule keeps it from being shown.
        verdict_by_probability: what the probability alone would say.
        verdict_rules: names of the rules by which the verdict says less than that.
    """

    joint: str
    side: Side
    upper_nerve: str
    lower_nerve: str
    probability: float | None
    verdict: Verdict
    verdict_by_probability: Verdict = "not assessed"
    verdict_rules: tuple[str, ...] = ()


@value
class Coverage:
    """Coverage of all regions and joints, from the same draws.

    Attributes:
        regions: one row per level, side and region.
        joints: one row per joint and side.
        reached: (N, D) for each row of ``regions`` and each draw whether the branch or zone was exposed;
            all false where the region was not assessed. Statements on several regions at once are counted
            in these draws.
    """

    regions: tuple[RegionCoverage, ...]
    joints: tuple[JointCoverage, ...]
    reached: BoolArray = field(default_factory=lambda: np.zeros((0, 0), bool))

    def probability_of(self, happened: BoolArray) -> float:
        """Return the probability of what happened in some of the draws, (D,): their share."""
        return float(happened.mean())


@value
class SideExtent:
    """How far the contrast of one side extends.

    Attributes:
        side: the side of the midline.
        levels: bones whose junction lies within the cranio-caudal extent of the sure contrast.
        cranio_caudal_reference_mm, medio_lateral_reference_mm: extent along and across the spine, in
            reference millimetres.
        cranio_caudal_mm, medio_lateral_mm: the same in the patient; ``None`` without a calibration.
    """

    side: Side
    levels: tuple[Level, ...]
    cranio_caudal_reference_mm: float
    medio_lateral_reference_mm: float
    cranio_caudal_mm: float | None
    medio_lateral_mm: float | None


@value
class Iodine:
    """What can be said of the iodine. Intervals are (low, best, high).

    Attributes:
        reason: why there is no mass; empty when there is one.
        detection_limit_mg_cm2: the layer that just counts as contrast; ``None`` when unknown.
        mass_mg: iodine in the image.
        injected_mg: as the user says.
        recovered: mass over what was injected.
        flags: codes of quality flags.
    """

    reason: str
    detection_limit_mg_cm2: tuple[float, float, float] | None
    mass_mg: tuple[float, float, float] | None
    injected_mg: float | None
    recovered: tuple[float, float, float] | None
    flags: tuple[str, ...] = ()


@value
class ContrastSummary:
    """The contrast of the whole image.

    Attributes:
        found: whether there is sure contrast.
        method: with a baseline, or from a single image.
        area_px, possible_area_px: area of the sure and of the possible contrast.
        area_mm2, possible_area_mm2: the same in the patient; ``None`` without a calibration.
        height_px, width_px: extent of the sure contrast in rows and columns.
        height_mm, width_mm: the same in the patient.
        detection_limit: median over the field of the least attenuation that counts as contrast; ``None`` for
            a single image.
        unit: of the contrast map.
        components: connected areas, the largest first.
        sides: extent per side; empty without landmarks.
        fixed_limit: a second threshold, the same for every image; ``None`` where pixels are not linear.
        fixed_area_px, fixed_area_mm2: area of the contrast above it.
    """

    found: bool
    method: Method
    area_px: int
    possible_area_px: int
    area_mm2: float | None
    possible_area_mm2: float | None
    height_px: int
    width_px: int
    height_mm: float | None
    width_mm: float | None
    detection_limit: float | None
    unit: SignalUnit
    components: tuple[Component, ...]
    sides: tuple[SideExtent, ...]
    fixed_limit: float | None = None
    fixed_area_px: int | None = None
    fixed_area_mm2: float | None = None


@value
class SourceFile:
    """A file that was read: its hash, role and SOP class; names stay out, as they may tell patients."""

    sha256: str
    role: Role
    sop_class: str


@value
class Source:
    """What was analysed.

    Attributes:
        files: the files, contrast first.
        rows, columns: size of the frame.
        frames: number of frames of the contrast file.
        frame: analysed frame of the contrast file, 1-based.
        baseline_frames: frames of the baseline file (or, without one, of the contrast file), 1-based.
    """

    files: tuple[SourceFile, ...]
    rows: int
    columns: int
    frames: int
    frame: int
    baseline_frames: tuple[int, ...]


@value
class Step:
    """One step of the analysis in words.

    Attributes:
        stage: its name.
        outcome: one sentence.
        by_person: whether a person gave the outcome.
    """

    stage: str
    outcome: str
    by_person: bool = False


@value
class Pictures:
    """What the pictures of a report are drawn from.

    Attributes:
        frame: (R, C) the analysed frame for display, 0 black to 255 white, bone and contrast dark.
        difference: (R, C) the contrast map for display, 0 none to 255 strongest; all 0 without one.
        strip: (S, r, c) a few frames of a run, small, drawn as ``frame`` is; none for a still image.
        strip_frames: 0-based frames of the strip, in order.
    """

    frame: NDArray[np.uint8]
    difference: NDArray[np.uint8]
    strip: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((0, 0, 0), np.uint8))
    strip_frames: tuple[int, ...] = ()


@value
class CoverageReport:
    """The whole result: all that a writer needs and nothing else.

    Attributes:
        source: what was analysed.
        calibration: the scale, or why there is none.
        orientation: which side is which.
        landmarks: the landmarks used.
        contrast: the contrast as a whole.
        uptake: whether it ran off in vessels.
        curves: how it came and went; ``None`` for a still image.
        iodine: how much iodine it holds.
        coverage: regions and joints.
        regions: where the regions lie.
        mask: where the contrast is.
        field: where the beam was.
        pictures: for drawing.
        flags: codes of all quality flags, in the order of the registry.
        settings_fingerprint: of the settings used.
        steps: what was done, in order.
        version: of the program.
        search: what the search for landmarks found; ``None`` where there was none.
        judgement: what is said beyond the coverage of single regions, and of the protocol.
        loop: (R, C) inside the loops that a person drew around the contrast; ``None`` where there are none.
    """

    source: Source
    calibration: Calibration | Uncalibrated
    orientation: Orientation
    landmarks: Landmarks
    contrast: ContrastSummary
    uptake: Uptake
    curves: TimeCurves | None
    iodine: Iodine
    coverage: Coverage
    regions: BranchRegions
    mask: SpreadMask
    field: XrayField
    pictures: Pictures
    flags: tuple[str, ...]
    settings_fingerprint: str
    steps: tuple[Step, ...]
    version: str
    search: Search | None = None
    judgement: Judgement = Judgement()
    loop: BoolArray | None = None
