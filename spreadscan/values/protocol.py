"""What a study protocol asks for, and what is said of a study: statements, and the protocol's outcome."""

from typing import Literal

from spreadscan.anatomy import Level, RegionName, Side
from spreadscan.frozen import BoolArray, value
from spreadscan.values.words import Cause, Verdict, ZoneName

Answer = Literal["met", "not met", "cannot say"]
QualityState = Literal["fulfilled", "not fulfilled", "unknown"]
Site = tuple[Level, Side]


@value
class ZoneReach:
    """Whether contrast reached a zone that is not a branch region: the L5 ramus at S1.

    Attributes:
        level, side: the bone and the side.
        reached: (D,) for each draw; ``None`` where it was not assessed.
        reason: why it was not; empty when it was.
        flags: codes of quality flags.
        cause: what most of the doubt comes from, as of a branch region.
        varied_probability: that the ramus of a person taken at random was reached; ``None`` when not
            assessed.
    """

    level: Level
    side: Side
    reached: BoolArray | None
    reason: str = ""
    flags: tuple[str, ...] = ()
    cause: Cause | None = None
    varied_probability: float | None = None


@value
class Criterion:
    """One thing that a protocol asks for.

    Attributes:
        name: in words.
        at: ``listed`` junctions (levels on sides), the ``injected`` ones, or all ``other`` assessed ones.
        levels: bones, where junctions are listed.
        sides: the patient's; empty stands for the sides of the injected junctions.
        regions: that count.
        need: whether ``any`` of the regions suffices at a junction, or ``all`` are needed.
        expect: at every junction the regions are ``reached``, or none of the junctions is: ``spared``.
        required: whether the protocol can be met without it.
    """

    name: str
    at: Literal["listed", "injected", "other"]
    levels: tuple[Level, ...]
    sides: tuple[Literal["left", "right"], ...]
    regions: tuple[ZoneName, ...]
    need: Literal["any", "all"]
    expect: Literal["reached", "spared"]
    required: bool


@value
class Protocol:
    """A study protocol: what must have been reached, and how sure that must be.

    Attributes:
        name, title, source: what it is called, in words, and the work that it follows.
        injected: junctions into which was injected, by bone; empty where the user must say it.
        met_from: met if all required criteria together have at least this probability.
        not_met_to: not met if they have at most this one.
        criteria: what is asked for.
        quality_required, quality_reported: image-quality criteria without which nothing is said, and those
            that are only reported.
        notes: what its reader must know, one sentence each.
    """

    name: str
    title: str
    source: str
    injected: tuple[Site, ...]
    met_from: float
    not_met_to: float
    criteria: tuple[Criterion, ...]
    quality_required: tuple[str, ...]
    quality_reported: tuple[str, ...]
    notes: tuple[str, ...]


@value
class Statement:
    """Something said of one or several regions.

    Attributes:
        about: what it is about: the name of a counting rule.
        level, side, region, joint: where; ``None`` where that does not apply.
        bones, nerves: all bones and the nerves that cross them.
        probability: share of draws in which it is so; ``None`` where a part was not assessed.
        low, high: the probability if no part that was not assessed, or if every one, had been reached.
        verdict: the probability in words, after all rules.
        reason: why it was not assessed; empty when it was.
        rules: names of the rules that changed the wording.
        difference: regions reached on the left less those on the right, (5 %, median, 95 %); symmetry only.
    """

    about: str
    level: Level | None
    side: Side | None
    region: RegionName | None
    joint: str | None
    bones: tuple[Level, ...]
    nerves: tuple[str, ...]
    probability: float | None
    low: float
    high: float
    verdict: Verdict
    reason: str = ""
    rules: tuple[str, ...] = ()
    difference: tuple[float, float, float] | None = None


@value
class CriterionFinding:
    """What was found of a criterion.

    Attributes:
        criterion: what was asked for.
        probability, low, high: as of a statement.
        parts: what was found at each junction, as reached, also where it should be spared.
    """

    criterion: Criterion
    probability: float | None
    low: float
    high: float
    parts: tuple[Statement, ...]


@value
class QualityFinding:
    """Whether the images fulfil a criterion of quality.

    Attributes:
        name: of the criterion.
        state: fulfilled, not fulfilled or unknown.
        reason: one clause on why.
        required: whether the protocol's answer depends on it.
    """

    name: str
    state: QualityState
    reason: str
    required: bool


@value
class ProtocolOutcome:
    """Whether a study met its protocol.

    Attributes:
        protocol: the protocol, its injected junctions as the user gave them.
        answer: met, not met, or cannot say.
        probability, low, high: of all required criteria together, as of a statement.
        criteria: what was found of each.
        quality: the image-quality criteria.
        reasons: why the answer is what it is, one sentence each.
        rules: names of the rules that changed the wording.
    """

    protocol: Protocol
    answer: Answer
    probability: float | None
    low: float
    high: float
    criteria: tuple[CriterionFinding, ...]
    quality: tuple[QualityFinding, ...]
    reasons: tuple[str, ...]
    rules: tuple[str, ...]


@value
class Judgement:
    """What is said beyond the coverage of single regions.

    Attributes:
        statements: on branches, rami, junctions, levels, sides, joints, symmetry and cranial reach.
        outcome: of the protocol; ``None`` without one.
    """

    statements: tuple[Statement, ...] = ()
    outcome: ProtocolOutcome | None = None
