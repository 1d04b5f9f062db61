"""The parts of a report as it is read back from report.json: as much as two reports are compared by."""

from typing import Literal

from spreadscan.anatomy import Level, RegionName, Side
from spreadscan.frozen import value
from spreadscan.values.words import Method, Verdict


@value
class RecordedScale:
    """The scale in the patient: size of a pixel, its relative standard deviation, and where it comes from.

    Attributes:
        mm_per_px, relative_uncertainty: ``None`` without a scale.
        origin: ``none`` without one.
    """

    mm_per_px: float | None
    relative_uncertainty: float | None
    origin: str


@value
class RecordedContrast:
    """The contrast as a whole; areas are ``None`` where it could not be judged or has no scale."""

    found: bool
    judged: bool
    method: Method
    origin: Literal["measured", "given"]
    area_px: int | None
    area_mm2: float | None


@value
class RecordedOutline:
    """The outline of a region, pixels (row, column)."""

    level: Level
    side: Side
    region: RegionName
    outline_px: tuple[tuple[float, float], ...]


@value
class RecordedStatement:
    """A statement: what it is about and where, its verdict and probability, and the rules that bear on it."""

    about: str
    level: Level | None
    side: Side | None
    joint: str | None
    verdict: Verdict
    probability: float | None
    rules: tuple[str, ...]
