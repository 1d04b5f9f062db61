"""What is reported: coverage of regions and joints, what was analysed, how, and the pictures of it."""

from dataclasses import field

import numpy as np
from numpy.typing import NDArray

from spreadscan.anatomy import Level, RegionName, Side
from spreadscan.frozen import BoolArray, value
from spreadscan.values.words import Cause, Role, Verdict


@value
class RegionCoverage:
    """How much of a branch region the contrast reached, and how surely.

    Attributes:
        level, side, nerve, region: which one; the level is the bone, the nerve the ramus that crosses it.
        fraction: area of the region in sure contrast divided by the area of the region, 0 to 1.
        fraction_low, fraction_high: central 90 % of that fraction under the stated uncertainties.
        course_mm: length of the branch's nominal course in sure contrast, reference millimetres; ``None``
            for the common zone.
        probability: share of draws in which at least ``cover.least_exposed_mm`` of the course (for the common
            zone: ``cover.least_exposed_share`` of its area) lies in contrast.
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
