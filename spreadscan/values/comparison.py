"""What two reports, or the two sides of one, differ in. A difference is always second less first."""

from typing import Literal

from spreadscan.anatomy import Level, RegionName, Side
from spreadscan.frozen import value
from spreadscan.values.words import Verdict

What = Literal["before-after", "left-right", "operators"]
Interval = tuple[float, float]


@value
class FractionDifference:
    """How much larger the second fraction is, and the central 90 % interval of that, within -1 to 1."""

    difference: float
    interval: Interval


@value
class RegionDifference:
    """A branch region in both.

    Attributes:
        level, nerve, side, region: which one; no side where left is compared with right.
        verdicts, probabilities, fractions: in the first and in the second; ``None`` where not assessed.
        intervals: the reported 90 % intervals of the fractions.
        fraction, fraction_interval: difference of the fractions, -1 to 1, and its 90 % interval; ``None``
            unless both were assessed.
        probability: difference of the probabilities, -1 to 1.
        change: of the verdict, in words.
    """

    level: Level
    nerve: str
    side: Side | None
    region: RegionName
    verdicts: tuple[Verdict, Verdict]
    probabilities: tuple[float | None, float | None]
    fractions: tuple[float | None, float | None]
    intervals: tuple[Interval | None, Interval | None]
    fraction: float | None
    fraction_interval: Interval | None
    probability: float | None
    change: str

    @property
    def distinct(self) -> bool | None:
        """Whether the interval of the difference leaves out 0; ``None`` where there is none."""
        if self.fraction_interval is None:
            return None
        low, high = self.fraction_interval
        return low > 0 or high < 0


@value
class JointDifference:
    """A facet joint in both, as ``RegionDifference``."""

    joint: str
    side: Side | None
    upper_nerve: str
    lower_nerve: str
    verdicts: tuple[Verdict, Verdict]
    probabilities: tuple[float | None, float | None]
    probability: float | None
    change: str


@value
class MeasureDifference:
    """An extent or an area in both.

    Attributes:
        name: what it is, in words.
        side: of the extent; ``None`` of an area, or where left is compared with right.
        unit: of all numbers.
        values: in the first and in the second; ``None`` where unknown.
        difference: second less first; ``None`` unless both are known.
        interval: 90 % interval of the difference from the uncertainty of the scales alone; ``None`` where
            the unit does not rest on them or none is known.
    """

    name: str
    side: Side | None
    unit: Literal["reference mm", "mm", "mm²", "px"]
    values: tuple[float | None, float | None]
    difference: float | None
    interval: Interval | None


@value
class Agreement:
    """How far two operators agree in the verdicts of the regions that both have.

    Attributes:
        compared: regions assessed by both.
        agreed: of them with the same verdict.
        within_one: of them with the same or a neighbouring verdict.
        one_sided: regions assessed by one of them only.
        kappa, kappa_interval: Cohen's kappa and its 90 % interval; ``None`` where it is not defined.
        weighted, weighted_interval: the same with linear weights.
        reason: why there is no kappa; empty when there is one.
    """

    compared: int
    agreed: int
    within_one: int
    one_sided: int
    kappa: float | None
    kappa_interval: Interval | None
    weighted: float | None
    weighted_interval: Interval | None
    reason: str


@value
class PointDistance:
    """How far apart two operators marked a junction; ``reference_mm`` is ``None`` without its outline."""

    level: Level
    side: Side
    rows_px: float
    columns_px: float
    px: float
    reference_mm: float | None


@value
class ReportIdentity:
    """Which report it is: hash of the contrast file, frame, settings and version."""

    sha256: str
    frame: int
    settings_fingerprint: str
    spreadscan_version: str


@value
class Comparison:
    """The whole comparison.

    Attributes:
        what: which comparison.
        names: of the first and the second, in words.
        first, second: which reports were compared.
        assumption: what the intervals rest on, one or two sentences.
        notes: what else a reader must know.
        regions, joints, measures: differences.
        agreement, points: of operators only; ``None`` and empty otherwise.
    """

    what: What
    names: tuple[str, str]
    first: ReportIdentity
    second: ReportIdentity
    assumption: str
    notes: tuple[str, ...]
    regions: tuple[RegionDifference, ...]
    joints: tuple[JointDifference, ...]
    measures: tuple[MeasureDifference, ...]
    agreement: Agreement | None
    points: tuple[PointDistance, ...]
