"""Every rule by which statements are counted, worded, changed and decided, each with its source: one table.

A rule is data. ``when`` is a disjunction of conjunctions: alternatives, each a group of names that must all
hold. For counting rules the names are regions of one junction; for the others they are *tags*: codes of
quality flags, or facts in words. A code that is not in the table changes nothing. ``docs/verdicts.md`` shows
the table; a test keeps the two in step.

What a rule says holds the numbers in force: those of the settings, and the constants here. A number is a
constant where it defines the method, so that a word in two reports always means the same.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from spreadscan.anatomy import LEVELS, Level
from spreadscan.settings import Settings
from spreadscan.values import CoverageReport, QualityState, Verdict

Names = tuple[tuple[str, ...], ...]
Effect = Literal[
    "count", "word", "not assessed", "at most probable", "merge", "lift", "caveat", "quality", "answer"
]

ALWAYS = "always"
NOT_MARKED = "junction not known"
NOT_CHECKED = "junctions found by the program, not checked by a person"
NO_ANGLES = "no beam angles in the header"
TURN_MEASURED = "rotation of the spine measured"
SHORT_PROCESS = "short transverse process"
DRAWN = "contrast drawn by a person"
OF_DETECTION = ("no-baseline", "baseline-unusable", "cannot-judge", "no-change-in-run", "near-limit")
"""Flags on how well contrast was told from bone."""

SHOWN_FROM, PROBABLE_FROM, INDETERMINATE_FROM = 0.8, 0.5, 0.2
"""Least probabilities of the verdicts; below the last it is *not shown*. Conventions of this project, fixed
in its contract: no settings, since *shown* must mean the same in every report."""
MET_FROM, NOT_MET_TO = SHOWN_FROM, INDETERMINATE_FROM
"""Probabilities of all required criteria of a protocol together, from which it is met and up to which it is
not; a protocol may set others, and prints them."""
SHORT_PROCESS_MM = 12.0
"""Reference mm from the SAP–TP junction to the tip of the transverse process, below which intermediate and
lateral branch are not told apart. In a calculation with 12 mm (nerves off by 1.5 mm, landmarks by 1.5 mm) as
much of the intermediate branch's course lay in neighbouring regions as in its own (.36 and .36, against .53
and .24 with 18.6 mm). The limit is a proposal."""

_ANATOMY = "Bogduk, Wilson, Tynan 1982; Bogduk and Long 1979"
_OWN = "convention of this project"


class Rule(NamedTuple):
    """One rule.

    Attributes:
        name: what it is called in reports.
        effect: what it does.
        when: alternatives of names that must all hold.
        says: in one sentence; numbers in force stand in braces, by the names of ``numbers_in_force``.
        source: where it comes from.
        number: its number, if it has one.
        state: what becomes of a criterion of quality.
    """

    name: str
    effect: Effect
    when: Names
    says: str
    source: str
    number: float | None = None
    state: QualityState = "fulfilled"

    def said(self, settings: Settings) -> str:
        """Return what it says, with the numbers in force."""
        return self.says.format_map(numbers_in_force(settings))


def numbers_in_force(settings: Settings) -> dict[str, str]:
    """Return the numbers that rules name, as they are printed: settings, and constants of the method."""
    cover, orient = settings.cover, settings.orient
    numbers = {
        "exposed_mm": cover.least_exposed_mm,
        "exposed_percent": 100 * cover.least_exposed_share,
        "unseen_percent": 100 * (1 - cover.least_visible),
        "warn_rotation_deg": orient.warn_rotation_deg,
        "refuse_rotation_deg": orient.refuse_rotation_deg,
        "warn_tilt_deg": orient.warn_tilt_deg,
        "refuse_tilt_deg": orient.refuse_tilt_deg,
        "short_process_mm": SHORT_PROCESS_MM,
        "shown_from": SHOWN_FROM,
        "probable_from": PROBABLE_FROM,
        "indeterminate_from": INDETERMINATE_FROM,
    }
    return {name: f"{number:g}" for name, number in numbers.items()}


def _any(*names: str) -> Names:
    """Alternatives of one name each."""
    return tuple((name,) for name in names)


_ALL_BRANCHES = ("medial", "intermediate", "lateral")

RULES: tuple[Rule, ...] = (
    # how statements are counted: regions of one junction and side, in each draw
    Rule(
        "common zone", "count", _any("common"),
        "The common zone is reached when at least {exposed_percent} % of its area lies in contrast.",
        "division within 3.6 mm + 2 SD above the process: Shuang 2015; the share: " + _OWN,
    ),
    Rule(
        "medial branch", "count", _any("medial"),
        "A branch is reached when at least {exposed_mm} reference mm of its course lie in contrast.",
        "contrast incorporated at least 5 mm of the perceived course of the target nerve (cervical,"
        " descriptive): Barnsley and Bogduk, Reg Anesth 1993;18:343; a critical length must be exposed:"
        " Nakamura 2003",
    ),
    Rule("intermediate branch", "count", _any("intermediate"), "As the medial branch.", "the same"),
    Rule("lateral branch", "count", _any("lateral"), "As the medial branch.", "the same"),
    Rule(
        "intermediate or lateral branch", "count", _any("intermediate", "lateral"),
        "Where the transverse process is short the two are one statement: either of them is reached.",
        "calculation in docs/verdicts.md",
    ),
    Rule(
        "ramus", "count", (("common",), _ALL_BRANCHES),
        "The ramus is reached when its common zone is, before it divides, or when all three branches are."
        " One or two branches say nothing of the others.",
        "contrast in the common zone cannot be attributed to one branch: Tran 2024; " + _ANATOMY,
    ),
    Rule(
        "junction", "count", _any("common", "medial"),
        "The junction is reached when the common zone or the medial branch is.",
        "Kimura 2020: contrast over the SAP–TP junction",
    ),
    Rule(
        "level", "count", _any("common", *_ALL_BRANCHES),
        "A level is touched on a side when any of its regions is reached.",
        "levels touched is what published series count: Hong 2023",
    ),
    Rule(
        "L5 ramus at S1", "count", _any("ramus"),
        "The L5 ramus is reached when at least {exposed_mm} reference mm of its course, in the groove between"
        " the S1 articular process and the ala, lie in contrast. It has no common zone and no lateral branch"
        " there.",
        "Bogduk and Long 1979; Bogduk, Wilson, Tynan 1982; the zone: a proposal, docs/verdicts.md",
    ),
    # statements on several junctions, in the same draws
    Rule(
        "joint", "count", _any("junction at both bones of the joint"),
        "A facet joint's nerves are reached when both junctions of the same side are.",
        _ANATOMY,
    ),
    Rule("side", "count", _any("level, of any bone of the side"), "A side is touched when a level is.", _OWN),
    Rule(
        "symmetry", "count", _any("junctions reached on the left are those reached on the right"),
        "The spread is symmetric when at least one junction is reached on each side and the levels reached"
        " are the same; the difference counts regions, left less right, with its 90 % interval.",
        "Kimura 2020 reports both sides alike; the definition: " + _OWN,
    ),
    Rule(
        "cranial reach", "count", _any("junction at or above a bone, on the side of the injection"),
        "The spread came up to a bone when its junction, or one above it, is reached on the side of the"
        " injection.",
        "Miyakoshi 2007, Kimura 2020: from L5 up to L4; the definition: " + _OWN,
    ),
    # how probabilities are worded
    Rule("shown", "word", (), "Probability of at least {shown_from}.", _OWN, SHOWN_FROM),
    Rule("probable", "word", (), "Probability of at least {probable_from}.", _OWN, PROBABLE_FROM),
    Rule(
        "indeterminate", "word", (), "Probability of at least {indeterminate_from}.", _OWN, INDETERMINATE_FROM
    ),
    Rule("not shown", "word", (), "Less. Never “not covered”: what is not seen may be there.", _OWN, 0.0),
    # what cannot be assessed
    Rule(
        "outside the field", "not assessed", _any("region-outside-field"),
        "A region of which more than {unseen_percent} % lies outside the X-ray field is not assessed.", _OWN,
    ),
    Rule(
        "under metal", "not assessed", _any("region-under-metal"),
        "A region of which more than {unseen_percent} % lies under metal is not assessed.", _OWN,
    ),
    Rule("junction unknown", "not assessed", _any(NOT_MARKED), "Without a junction there is no region.",
         _OWN),
    Rule(
        "not a frontal view", "not assessed", _any("view-oblique"),
        "Turned by more than {refuse_rotation_deg} degrees or tilted by more than {refuse_tilt_deg}, regions"
        " are not assessed.",
        "parallax 2 mm for 10 degrees, calculated from the depth of the mamillo-accessory notch",
    ),
    Rule(
        "contrast not judged", "not assessed", _any("cannot-judge", "no-change-in-run"),
        "Where contrast cannot be judged no region is assessed.", _OWN,
    ),
    # what keeps a statement from being shown
    Rule(
        "view turned", "at most probable", _any("view-rotated"),
        "Turned by {warn_rotation_deg} to {refuse_rotation_deg} degrees or tilted by {warn_tilt_deg} to"
        " {refuse_tilt_deg}, nothing is shown, at most probable.",
        "parallax about 1 mm for 5 degrees; L5 needs 11 to 14 degrees of tilt: Pain Pract 2015;15:393",
    ),
    Rule(
        "single image", "at most probable", _any("no-baseline", "baseline-unusable"),
        "Without a scout nothing is shown, at most probable.",
        "dilute contrast attenuates like cortical bone (0.46 and 0.47 per cm at 55 keV, calculated)",
    ),
    Rule(
        "level uncertain", "at most probable", _any("level-uncertain"),
        "Where the level is uncertain no statement that names a bone is shown.",
        "numbering was wrong in 14.1 % on lumbar images alone: Tokgoz 2014",
    ),
    Rule(
        "transitional vertebra", "at most probable", _any("transitional-vertebra"),
        "A transitional vertebra shifts names and branches; no statement that names a bone is shown.",
        "18.1 % of 4636 people: Radiology 2012; Kimura 2020 excluded them",
    ),
    # what merges
    Rule(
        SHORT_PROCESS, "merge", _any(SHORT_PROCESS),
        "With a transverse process below {short_process_mm} reference mm intermediate and lateral branch"
        " are one statement.",
        "calculation in docs/verdicts.md", SHORT_PROCESS_MM,
    ),
    # what a person settles
    Rule(
        "contrast drawn", "lift", _any(DRAWN),
        "Where a person drew the contrast, flags on how it was told from bone change nothing.", _OWN,
    ),
    # what a reader is told beside
    Rule(
        "one projection", "caveat", _any(ALWAYS),
        "One projection has no depth: it cannot prove that the contrast lies at the nerve.",
        "experts told epidural from other spread on frontal views with κ 0.15: Sagir 2025",
    ),
    Rule(
        "junctions not checked", "caveat", _any(NOT_CHECKED),
        "The junctions were found by the program and no person has checked them.",
        "an error of 3 mm raises what falls into wrong regions 1.6 to 1.9-fold (calculated)",
    ),
    Rule(
        "side unknown", "caveat", _any("side-unknown"),
        "Sides are those of the image: the patient's left and right are not known.", _OWN,
    ),
    Rule(
        "motion left", "caveat", _any("motion-residual", "moved-far"),
        "The patient moved between scout and image: false contrast may lie along bone edges.", _OWN,
    ),
    Rule(
        "near the limit", "caveat", _any("near-limit"),
        "Most of the contrast lies near the detection limit: what is not shown may be there.", _OWN,
    ),
    Rule(
        "contrast cut", "caveat", _any("contrast-cut"),
        "The contrast goes on beyond the X-ray field: how far it spread is unknown.", _OWN,
    ),
    Rule(
        "contrast in a vessel", "caveat", _any("vascular-pattern"),
        "Some contrast ran off in a vessel: less than was injected stayed.",
        "6.1 % of lumbar medial branch blocks: Lee 2008",
    ),
    Rule(
        "track along the root or the canal", "caveat", _any("medial-track"),
        "Some contrast looks foraminal or epidural, which projects onto the same regions.",
        "10 % epidural, 14 % foraminal with 1 mL: Greher 2004",
    ),
    # the criteria of image quality that a protocol can name; what is not said otherwise is fulfilled
    Rule(
        "true AP", "quality", _any("view-rotated", "view-oblique"),
        "the beam was off the frontal view", "Waring and Maus 2025", state="not fulfilled",
    ),
    Rule(
        "true AP", "quality", _any(NO_ANGLES),
        "the header holds no beam angles", "Waring and Maus 2025", state="unknown",
    ),
    Rule(
        "true AP", "quality", _any(TURN_MEASURED),
        "the beam angles of the header are frontal, and the spinous processes lie near the middle of the"
        " pedicles; end-plates were not checked", "Waring and Maus 2025",
    ),
    Rule(
        "true AP", "quality", _any(ALWAYS),
        "the beam angles of the header are frontal; end-plates and spinous processes were not checked",
        "Waring and Maus 2025",
    ),
    Rule(
        "scout and contrast image", "quality", _any("no-baseline", "baseline-unusable"),
        "there is no image from before the contrast that could be used", _OWN, state="not fulfilled",
    ),
    Rule(
        "scout and contrast image", "quality", _any(DRAWN),
        "the contrast was drawn by a person", _OWN, state="unknown",
    ),
    Rule(
        "scout and contrast image", "quality", _any(ALWAYS),
        "the contrast was told from bone by an image from before it", _OWN,
    ),
    Rule(
        "regions in the field", "quality", _any("region-outside-field"),
        "a region that the protocol asks for lies outside the X-ray field", _OWN, state="not fulfilled",
    ),
    Rule(
        "regions in the field", "quality", _any(NOT_MARKED),
        "a junction that the protocol asks for is not known", _OWN, state="unknown",
    ),
    Rule(
        "regions in the field", "quality", _any(ALWAYS),
        "the X-ray field holds every region that the protocol asks for", _OWN,
    ),
    Rule(
        "level known", "quality", _any("level-uncertain", "transitional-vertebra"),
        "which vertebra is which is uncertain", "Tokgoz 2014", state="not fulfilled",
    ),
    Rule(
        "level known", "quality", _any(NOT_MARKED),
        "no person has named the levels",
        "Etheridge 2020: 3 of 5 failures were wrong levels", state="unknown",
    ),
    Rule(
        "level known", "quality", _any(NOT_CHECKED),
        "the program told the levels by the sacrum; no person has checked them", _OWN,
    ),
    Rule(
        "level known", "quality", _any(ALWAYS),
        "a person named the levels; the image does not prove them", "Etheridge 2020",
    ),
    Rule(
        "side known", "quality", _any("side-unknown"),
        "nothing tells the patient's left from the right", _OWN, state="not fulfilled",
    ),
    Rule("side known", "quality", _any(ALWAYS), "the patient's left and right are known", _OWN),
    # how a protocol is answered
    Rule(
        "met", "answer", (),
        "All required criteria together have at least this probability, in the same draws (the protocol may"
        " set another).", _OWN, MET_FROM,
    ),
    Rule("not met", "answer", (), "They have at most this one.", _OWN, NOT_MET_TO),
    Rule(
        "parts not assessed", "answer", (),
        "A part that was not assessed counts as reached and as not reached; only what both agree on is said.",
        _OWN,
    ),
    Rule(
        "thin contrast", "answer", (),
        "Not met is no proof of absence: contrast thinner than the detection limit is not seen.",
        "simulated studies of dilute contrast, docs/protocols.md",
    ),
    Rule(
        "quality missing", "answer", (),
        "A required image-quality criterion that is not fulfilled: cannot say.", _OWN,
    ),
    Rule(
        "nothing shown", "answer", (),
        "Where a rule keeps a part from being shown, met becomes cannot say.", _OWN,
    ),
)  # fmt: skip
"""All rules, in the order in which they are looked at."""

QUALITIES: tuple[str, ...] = tuple(dict.fromkeys(rule.name for rule in RULES if rule.effect == "quality"))
"""The image-quality criteria that a protocol can name."""
KEEPING = frozenset(rule.name for rule in RULES if rule.effect == "at most probable")
"""Names of the rules that keep something from being shown."""


def rule(name: str, effect: Effect) -> Rule:
    """Return the first rule of a name with an effect.

    Raises:
        KeyError: there is none.
    """
    for one in RULES:
        if (one.name, one.effect) == (name, effect):
            return one
    raise KeyError(f"no rule '{name}' that does '{effect}'")


def holding(tags: Iterable[str], effect: Effect) -> tuple[Rule, ...]:
    """Return the rules with an effect of which an alternative holds: all its names are among the tags."""
    known = set(tags)
    return tuple(r for r in RULES if r.effect == effect and any(known >= set(group) for group in r.when))


def why_not_shown(report: CoverageReport) -> tuple[str, ...]:
    """Return what the rules say that keep something of a report from being shown, a sentence each."""
    names = {name for statement in report.judgement.statements for name in statement.rules}
    return tuple(
        one.said(report.settings)
        for one in RULES
        if one.name in KEEPING & names and one.effect == "at most probable"
    )


def in_words(probability: float) -> Verdict:
    """Return the verdict for a probability, by the wording rules."""
    for one in RULES:
        if one.effect == "word" and one.number is not None and probability >= one.number:
            return one.name  # type: ignore[return-value]
    return "not shown"


def levels_above(level: Level) -> tuple[Level, ...]:
    """Return the bones cranial of a bone, the farthest one last."""
    return LEVELS[: LEVELS.index(level)][::-1]
