"""A comparison for a person: comparison.html and a short text; the folder with all its files."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from spreadscan.anatomy import NERVE_AT
from spreadscan.values import (
    Comparison,
    Interval,
    MeasureDifference,
    PointDistance,
    RegionDifference,
    What,
)
from spreadscan.write.comparison_data import FORMULA, comparison_csv, comparison_json
from spreadscan.write.folder import write_files
from spreadscan.write.pages.page import rendered
from spreadscan.write.pictures.palette import FILLS
from spreadscan.write.words.report import PURPOSE, REGION_IN_WORDS
from spreadscan.write.words.rounding import (
    millimetres,
    points_with_interval,
    probability,
    signed,
)

COMPARISON_FILES = ("comparison.json", "comparison.csv", "comparison.html")
TITLES: Mapping[What, str] = MappingProxyType(
    {
        "before-after": "Before and after",
        "left-right": "Left and right",
        "operators": "Two operators on one image",
    }
)
KAPPA_IN_WORDS = (
    "Kappa after Cohen (1960), its 90 % interval after Fleiss, Cohen and Everitt (1969). The regions of one"
    " image are not independent of one another, so the interval is too narrow: it is no basis for a study."
)
_BAR_PX, _BAR_HEIGHT_PX = 150, 14


class Bar(NamedTuple):
    """A difference on an axis of -1 to 1: where its interval begins and ends, and itself, in pixels."""

    low: str
    high: str
    width: str
    middle: str


class RegionLine(NamedTuple):
    """A region in print."""

    place: str
    region: str
    first: tuple[str, str]
    second: tuple[str, str]
    difference: str
    probability: str
    change: str
    stands_out: bool
    bar: Bar | None


def write_comparison(comparison: Comparison, folder: Path) -> tuple[Path, ...]:
    """Write ``COMPARISON_FILES`` into a folder, all or none.

    Raises:
        CannotWrite: ``output-unwritable``: the folder cannot be made or a file cannot be written.
    """
    contents = (comparison_json(comparison), comparison_csv(comparison), comparison_html(comparison))
    return write_files(
        {
            name: text.encode("utf-8", "replace")
            for name, text in zip(COMPARISON_FILES, contents, strict=True)
        },
        folder,
    )


def comparison_html(comparison: Comparison) -> str:
    """Return the page: one file that loads nothing, every text escaped."""
    return rendered(
        "comparison.html.j2",
        {
            "title": TITLES[comparison.what],
            "purpose": PURPOSE,
            "comparison": comparison,
            "headline": headline(comparison),
            "lines": [_line(row) for row in comparison.regions],
            "joints": [
                (_where(j.joint, j.side), j.verdicts, [probability(p) for p in j.probabilities], j.change)
                for j in comparison.joints
            ],
            "measures": [_measure_in_words(measure) for measure in comparison.measures],
            "agreement": agreement_in_words(comparison),
            "distances": [_distance(point) for point in comparison.points],
            "formula": FORMULA,
            "kappa": KAPPA_IN_WORDS,
            "fills": FILLS,
            "bar_px": (_BAR_PX, _BAR_HEIGHT_PX),
        },
    )


def headline(comparison: Comparison) -> tuple[str, ...]:
    """Return the comparison in a few sentences: verdicts that changed, and differences that stand out."""
    rows = comparison.regions
    both = [row for row in rows if "not assessed" not in row.verdicts]
    changed = [row for row in both if row.verdicts[0] != row.verdicts[1]]
    first, second = comparison.names
    sentences = [
        f"{len(both)} regions were assessed in both ({first} and {second});"
        f" the verdict differs in {len(changed)}."
    ]
    sentences += [
        f"{_where(row.level, row.side)} {REGION_IN_WORDS[row.region]} ({row.nerve} nerve):"
        f" {row.verdicts[0]} ({first}), {row.verdicts[1]} ({second})."
        for row in changed
    ]
    apart = [row for row in both if row.distinct]
    sentences.append(
        f"The area in contrast differs by more than its uncertainty in {len(apart)} of {len(both)} regions."
    )
    return tuple(sentences)


def comparison_summary(comparison: Comparison) -> str:
    """Return the text for the terminal."""
    lines = [f"{TITLES[comparison.what]} · {PURPOSE}", *headline(comparison), ""]
    for row in comparison.regions:
        shown = points_with_interval(row.fraction, row.fraction_interval) or "–"
        lines.append(
            f"{_where(row.level, row.side):<11}{row.nerve} nerve  {row.region:<13}{shown:<22}{row.change}"
        )
    lines.append("Area in contrast: difference in percentage points [90 % interval]; change of the verdict.")
    lines += [""] + [f"Joint {_where(j.joint, j.side):<11}{j.change}" for j in comparison.joints]
    lines += ["  ".join(filter(None, _measure_in_words(measure))) for measure in comparison.measures]
    lines += [*agreement_in_words(comparison), *(": ".join(_distance(point)) for point in comparison.points)]
    return "\n".join([*lines, "", comparison.assumption, *comparison.notes])


def agreement_in_words(comparison: Comparison) -> tuple[str, ...]:
    """Return the agreement of two operators; nothing in other comparisons."""
    found = comparison.agreement
    if found is None:
        return ()
    lonely = f" {found.one_sided} were assessed by one operator only." if found.one_sided else ""
    counts = (
        f"Same verdict in {found.agreed} of {found.compared} regions, the same or a neighbouring one in"
        f" {found.within_one}.{lonely}"
    )
    if found.kappa is None or found.kappa_interval is None:
        return (counts, f"Kappa is not defined: {found.reason}.")
    plain = f"Kappa {found.kappa:.2f} {_ends(found.kappa_interval)}"
    if found.weighted is None or found.weighted_interval is None:
        return (counts, f"{plain}.")
    return counts, f"{plain}; with linear weights {found.weighted:.2f} {_ends(found.weighted_interval)}."


def _ends(interval: Interval) -> str:
    return f"[{interval[0]:.2f} to {interval[1]:.2f}]"


def _where(name: str, side: str | None) -> str:
    return f"{name} {side}" if side else name


def _line(row: RegionDifference) -> RegionLine:
    shown = [(verdict, probability(p)) for verdict, p in zip(row.verdicts, row.probabilities, strict=True)]
    return RegionLine(
        f"{_where(row.level, row.side)} ({row.nerve} nerve)",
        REGION_IN_WORDS[row.region],
        shown[0],
        shown[1],
        points_with_interval(row.fraction, row.fraction_interval),
        signed(row.probability, 2),
        row.change,
        bool(row.distinct),
        _bar(row),
    )


def _bar(row: RegionDifference) -> Bar | None:
    if row.fraction is None or row.fraction_interval is None:
        return None
    low, middle, high = (
        (1 + number) / 2 * _BAR_PX
        for number in (row.fraction_interval[0], row.fraction, row.fraction_interval[1])
    )
    return Bar(f"{low:.1f}", f"{high:.1f}", f"{max(high - low, 1):.1f}", f"{middle:.1f}")


def _measure_in_words(measure: MeasureDifference) -> tuple[str, str]:
    """Return what was measured, and both values with their difference."""
    name = f"{measure.name}{f' {measure.side}' if measure.side else ''}"
    first, second = ("unknown" if v is None else _size(v, measure.unit) for v in measure.values)
    text = f"{first} and {second} {measure.unit}"
    if measure.difference is not None:
        places = 1 if measure.unit in ("mm", "reference mm") else 0
        text += f", difference {signed(measure.difference, places)}"
        if measure.interval is not None:
            low, high = (signed(end, places) for end in measure.interval)
            text += f" [{low} to {high}, from the scale alone]"
    return name[0].upper() + name[1:], text


def _size(number: float, unit: str) -> str:
    return millimetres(number) if unit in ("mm", "reference mm") else f"{number:.0f}"


def _distance(point: PointDistance) -> tuple[str, str]:
    """Return the junction, and how far apart it was marked."""
    real = "" if point.reference_mm is None else f", {millimetres(point.reference_mm)} reference mm"
    place = f"{point.level} {point.side} junction ({NERVE_AT[point.level]} nerve)"
    return place, f"{point.px:.1f} px apart{real}"
