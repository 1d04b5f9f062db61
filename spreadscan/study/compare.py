"""Compare: one patient before and after, left with right, one image as two operators read it.

Intervals of differences come from the two reported 90 % intervals by squaring and adding [1, 2], which takes
the two to be independent:

    low  = d - sqrt((f2 - low2)² + (high1 - f1)²)
    high = d + sqrt((high2 - f2)² + (f1 - low1)²)      with d = f2 - f1

    [1] Newcombe RG. Interval estimation for the difference between independent proportions. Stat Med
        1998;17:873.
    [2] Zou GY, Donner A. Construction of confidence limits about effect measures. Stat Med 2008;27:1693.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from spreadscan.anatomy import Side
from spreadscan.errors import CannotMeasure
from spreadscan.study.agreement import VERDICT_ORDER, Z90, agreement_of, point_distances
from spreadscan.values import (
    Comparison,
    FractionDifference,
    Interval,
    JointCoverage,
    JointDifference,
    MeasureDifference,
    RegionCoverage,
    RegionDifference,
    ReportIdentity,
    ReportRecord,
    SideExtent,
    Verdict,
    What,
)

_NAMES: Mapping[What, tuple[str, str]] = MappingProxyType(
    {
        "before-after": ("before", "after"),
        "left-right": ("left", "right"),
        "operators": ("first operator", "second operator"),
    }
)
_ASSUMPTIONS: Mapping[What, str] = MappingProxyType(
    {
        "before-after": "The errors of the two images are taken to be independent of one another. What both"
        " share, such as the patient's anatomy and one reader's habit, makes the intervals too wide rather"
        " than too narrow.",
        "left-right": "The errors of the two sides are taken to be independent of one another. They share the"
        " image, its threshold and its scale, which makes the intervals too wide rather than too narrow.",
        "operators": "The errors of the two readings are taken to be independent of one another. They share"
        " the errors of one image, which makes the intervals too wide rather than too narrow: a difference"
        " that stands out does so in spite of it.",
    }
)

_T = TypeVar("_T")


def compare_reports(first: ReportRecord, second: ReportRecord, what: What) -> Comparison:
    """Return what two reports differ in: ``before-after`` or ``operators``.

    Raises:
        CannotMeasure: ``reports-mismatch`` when operators did not read the same frame of the same image, or
            before and after are the same one; ``sides-unknown`` when sides cannot be matched.
    """
    _check_images(first, second, what)
    _check_sides(first, second, what)
    regions = _matched(_rows(first), _rows(second))
    joints = _matched(_joints(first), _joints(second))
    sides = _matched(_extents(first), _extents(second))
    operators = what == "operators"
    return Comparison(
        what=what,
        names=_NAMES[what],
        first=_compared(first),
        second=_compared(second),
        assumption=_ASSUMPTIONS[what],
        notes=tuple(_notes(first, second, what)),
        regions=tuple(_region(a, b, a.side) for a, b in regions),
        joints=tuple(_joint(a, b, a.side) for a, b in joints),
        measures=(
            *_areas(first, second, what),
            *_extents_of(sides, _scales(first, second, what), sided=True),
        ),
        agreement=agreement_of(regions) if operators else None,
        points=tuple(point_distances(first, second)) if operators else (),
    )


def compare_sides(record: ReportRecord) -> Comparison:
    """Return what the right side differs from the left in, within one report.

    Raises:
        CannotMeasure: ``sides-unknown`` when the report does not know the patient's sides;
            ``reports-mismatch`` when it holds one side only.
    """
    if record.orientation.patient_left == "unknown":
        raise _sides_unknown("the report does not know the patient's sides")
    left, right = ({k[1:]: v for k, v in _rows(record).items() if k[0] == s} for s in ("left", "right"))
    if not set(left) & set(right):
        raise CannotMeasure(
            "reports-mismatch",
            "the report holds no region of both sides",
            advice="mark the junctions of both sides and analyse again",
        )
    joints = [{k[1:]: v for k, v in _joints(record).items() if k[0] == s} for s in ("left", "right")]
    sides = [[extent for extent in record.levels if extent.side == s] for s in ("left", "right")]
    scale = record.calibration.relative_uncertainty
    pairs = list(zip(*sides, strict=False))
    return Comparison(
        what="left-right",
        names=_NAMES["left-right"],
        first=_compared(record),
        second=_compared(record),
        assumption=_ASSUMPTIONS["left-right"],
        notes=(),
        regions=tuple(_region(a, b, None) for a, b in _matched(left, right)),
        joints=tuple(_joint(a, b, None) for a, b in _matched(joints[0], joints[1])),
        measures=tuple(_extents_of(pairs, _Scales(scale, scale, one=True), sided=False)),
        agreement=None,
        points=(),
    )


def fraction_difference(first: RegionCoverage, second: RegionCoverage) -> FractionDifference | None:
    """Return the difference of two fractions with its 90 % interval; ``None`` if one is unknown.

    A fraction outside its own interval counts as lying at that end of it.
    """
    one, two = _shares(first), _shares(second)
    if one is None or two is None:
        return None
    (low_1, f_1, high_1), (low_2, f_2, high_2) = one, two
    difference = f_2 - f_1
    below = math.hypot(max(0.0, f_2 - low_2), max(0.0, high_1 - f_1))
    above = math.hypot(max(0.0, high_2 - f_2), max(0.0, f_1 - low_1))
    return FractionDifference(difference, (max(-1.0, difference - below), min(1.0, difference + above)))


def change_of(first: Verdict, second: Verdict) -> str:
    """Return the change of a verdict in words."""
    if "not assessed" in (first, second):
        return "not assessed in either" if first == second else f"cannot be compared: {first}, then {second}"
    if first == second:
        return f"the same: {first}"
    steps = VERDICT_ORDER.index(second) - VERDICT_ORDER.index(first)
    return f"{'up' if steps > 0 else 'down'}: {first} to {second}"


# ---------------------------------------------------------------- what may be compared


def _check_images(first: ReportRecord, second: ReportRecord, what: What) -> None:
    one, two = _compared(first), _compared(second)
    same = (one.sha256, one.frame) == (two.sha256, two.frame)
    if what == "operators" and one.sha256 != two.sha256:
        raise CannotMeasure(
            "reports-mismatch",
            "the reports describe different images, and operators are compared on one image",
            advice="analyse one image with the marks of both, or compare with --what before-after",
        )
    if what == "operators" and not same:
        raise CannotMeasure(
            "reports-mismatch",
            f"the reports describe different frames ({one.frame} and {two.frame}) of the image",
            advice="analyse both with the same --frame",
        )
    if what == "before-after" and same:
        raise CannotMeasure(
            "reports-mismatch",
            "both reports describe the same frame of the same image",
            advice="give the report of another image or frame, or compare with --what operators",
        )


def _check_sides(first: ReportRecord, second: ReportRecord, what: What) -> None:
    known = [record.orientation.patient_left != "unknown" for record in (first, second)]
    if known[0] != known[1]:
        raise _sides_unknown(
            f"the {_NAMES[what][known.index(False)]} report does not know the patient's sides"
        )
    # two images may be turned differently; one image is turned as it is
    if what == "before-after" and not known[0]:
        raise _sides_unknown("neither report knows the patient's sides")
    if what == "operators" and first.orientation.patient_left != second.orientation.patient_left:
        raise CannotMeasure(
            "reports-mismatch",
            "the reports give the patient's left to different sides of one image",
            advice="find out which is right, and analyse the other again",
        )


def _sides_unknown(problem: str) -> CannotMeasure:
    return CannotMeasure("sides-unknown", problem, advice="analyse again with --patient-left")


def _notes(first: ReportRecord, second: ReportRecord, what: What) -> Iterator[str]:
    if what == "before-after":
        yield "That both reports are of one patient is not known to the program: it is taken at your word."
    if first.settings_fingerprint != second.settings_fingerprint:
        yield "The reports were made with different settings; a difference may come from them."
    if first.spreadscan_version != second.spreadscan_version:
        yield "The reports were made by different versions of spreadscan; a difference may come from them."
    if first.contrast.method != second.contrast.method:
        yield "One report had an image from before the contrast, the other had none."
    lonely = set(_rows(first)) ^ set(_rows(second))
    if lonely:
        yield f"{len(lonely)} regions are in one of the reports only and were left out."


# ---------------------------------------------------------------- the differences


def _rows(record: ReportRecord) -> dict[tuple[str, ...], RegionCoverage]:
    return {(row.side, row.level, row.region): row for row in record.coverage}


def _joints(record: ReportRecord) -> dict[tuple[str, ...], JointCoverage]:
    return {(joint.side, joint.joint): joint for joint in record.joints}


def _extents(record: ReportRecord) -> dict[tuple[str, ...], SideExtent]:
    return {(extent.side,): extent for extent in record.levels}


def _matched(
    first: Mapping[tuple[str, ...], _T], second: Mapping[tuple[str, ...], _T]
) -> list[tuple[_T, _T]]:
    return [(item, second[key]) for key, item in first.items() if key in second]


def _compared(record: ReportRecord) -> ReportIdentity:
    sha256 = next(file.sha256 for file in record.source.files if file.role == "contrast")
    return ReportIdentity(sha256, record.source.frame, record.settings_fingerprint, record.spreadscan_version)


def _shares(row: RegionCoverage) -> tuple[float, float, float] | None:
    low, fraction, high = row.fraction_low, row.fraction, row.fraction_high
    if low is None or fraction is None or high is None or row.verdict == "not assessed":
        return None
    return low, fraction, high


def _interval(row: RegionCoverage) -> Interval | None:
    shares = _shares(row)
    return None if shares is None else (shares[0], shares[2])


def _less(second: float | None, first: float | None) -> float | None:
    return None if first is None or second is None else second - first


def _region(first: RegionCoverage, second: RegionCoverage, side: Side | None) -> RegionDifference:
    found = fraction_difference(first, second)
    return RegionDifference(
        level=first.level,
        nerve=first.nerve,
        side=side,
        region=first.region,
        verdicts=(first.verdict, second.verdict),
        probabilities=(first.probability, second.probability),
        fractions=(first.fraction, second.fraction),
        intervals=(_interval(first), _interval(second)),
        fraction=None if found is None else found.difference,
        fraction_interval=None if found is None else found.interval,
        probability=_less(second.probability, first.probability),
        change=change_of(first.verdict, second.verdict),
    )


def _joint(first: JointCoverage, second: JointCoverage, side: Side | None) -> JointDifference:
    return JointDifference(
        joint=first.joint,
        side=side,
        upper_nerve=first.upper_nerve,
        lower_nerve=first.lower_nerve,
        verdicts=(first.verdict, second.verdict),
        probabilities=(first.probability, second.probability),
        probability=_less(second.probability, first.probability),
        change=change_of(first.verdict, second.verdict),
    )


class _Scales(NamedTuple):
    """Relative standard deviations of the two scales, and whether it is one scale, with one error."""

    first: float | None
    second: float | None
    one: bool

    def interval(self, values: tuple[float, float], power: int) -> Interval | None:
        """Return the 90 % interval of second less first from the scales alone; ``power`` is 2 for areas."""
        if self.first is None or self.second is None:
            return None
        difference = values[1] - values[0]
        # one scale stretches both alike, two err apart
        apart = math.hypot(power * self.first * values[0], power * self.second * values[1])
        half = Z90 * (power * self.first * abs(difference) if self.one else apart)
        return difference - half, difference + half


def _areas(first: ReportRecord, second: ReportRecord, what: What) -> Iterator[MeasureDifference]:
    one, two = first.contrast, second.contrast
    # pixels of two images need not be of one size
    if what == "operators":
        pixels = (_number(one.area_px), _number(two.area_px))
        yield MeasureDifference(
            "area of sure contrast", None, "px", pixels, _less(pixels[1], pixels[0]), None
        )
    areas = _both(one.area_mm2, two.area_mm2)
    if areas is not None:
        interval = _scales(first, second, what).interval(areas, 2)
        yield MeasureDifference("area of sure contrast", None, "mm²", areas, areas[1] - areas[0], interval)


def _extents_of(
    pairs: Sequence[tuple[SideExtent, SideExtent]], scales: _Scales, sided: bool
) -> Iterator[MeasureDifference]:
    for one, two in pairs:
        side = one.side if sided else None
        along = (one.cranio_caudal_reference_mm, two.cranio_caudal_reference_mm)
        across = (one.medio_lateral_reference_mm, two.medio_lateral_reference_mm)
        lengths = _both(one.cranio_caudal_mm, two.cranio_caudal_mm)
        widths = _both(one.medio_lateral_mm, two.medio_lateral_mm)
        for name, relative, real in (
            ("cranio-caudal extent", along, lengths),
            ("medio-lateral extent", across, widths),
        ):
            yield MeasureDifference(name, side, "reference mm", relative, relative[1] - relative[0], None)
            if real is not None:
                interval = scales.interval(real, 1)
                yield MeasureDifference(name, side, "mm", real, real[1] - real[0], interval)


def _scales(first: ReportRecord, second: ReportRecord, what: What) -> _Scales:
    one, two = first.calibration, second.calibration
    same = what == "operators" and one.mm_per_px == two.mm_per_px
    return _Scales(one.relative_uncertainty, two.relative_uncertainty, same)


def _both(first: float | None, second: float | None) -> tuple[float, float] | None:
    return None if first is None or second is None else (first, second)


def _number(count: int | None) -> float | None:
    return None if count is None else float(count)
