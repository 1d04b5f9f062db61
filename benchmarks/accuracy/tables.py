"""Figures of many scores: by situation, of the probabilities, of empty cases, and against earlier scores."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.accuracy.cases import Situation
from benchmarks.accuracy.scores import Region, Score

BINS = 10
"""Classes of probability of the expected calibration error."""
MOST_FALSE_MM2 = 5.0
"""False contrast above this area on a case without contrast is one too many."""
CHANGED_DICE, CHANGED_MM2 = 0.005, 1.0
"""A case has changed if its Dice or its false contrast moved by more than this."""
MODES = ("cine", "pair", "spot")
_GROUPS: tuple[tuple[str, Callable[[Situation], Sequence[str]]], ...] = (
    ("mode", lambda about: [about.mode]),
    ("quanta per mm²", lambda about: [_band(about.quanta_per_mm2, (1000, 2000, 4000, 8000))]),
    ("mgI/mL", lambda about: [_band(about.iodine_mg_per_ml, (80, 170, 250))] if about.patterns else []),
    ("injected", lambda about: about.patterns),
    ("pixels", lambda about: [about.pixels]),
)


@dataclass(frozen=True)
class Figures:
    """The figures of a group of cases; NaN where there is nothing to take them from.

    Attributes:
        cases, failures: how many, and how many of them could not be analysed.
        with_contrast: how many hold true contrast; Dice is over these, failures count as 0.
        dice, dice_p10, dice_near: median, 10th percentile, and median near the junctions.
        false_mm2: median area of false contrast in cases with contrast.
        regions, answered: regions in the field, and how many were answered.
        agreement: share of the answered where probability ≥ 0.5 says what the truth says.
        fraction_error: mean absolute error of the fraction.
        inside: share of the true fractions within the 90 % interval.
        brier: mean squared error of the probability.
        ece: expected calibration error: mean over the regions of |mean probability - share exposed| of their
            class of ten.
    """

    cases: int
    failures: int
    with_contrast: int
    dice: float
    dice_p10: float
    dice_near: float
    false_mm2: float
    regions: int
    answered: int
    agreement: float
    fraction_error: float
    inside: float
    brier: float
    ece: float


def figures(scores: Sequence[Score]) -> Figures:
    """Return the figures of a group of scores."""
    shown = [score for score in scores if score.dice is not None]
    dices = [score.dice for score in shown]
    near = [score.dice_near for score in shown if score.dice_near is not None]
    regions = [region for score in scores for region in score.regions]
    given = [r for r in regions if r.probability is not None and r.fraction is not None]
    p, exposed = (np.array([getattr(r, name) for r in given], float) for name in ("probability", "exposed"))
    found, true = (
        np.array([getattr(r, name) for r in given], float) for name in ("fraction", "true_fraction")
    )
    return Figures(
        cases=len(scores),
        failures=sum(bool(score.failure) for score in scores),
        with_contrast=len(shown),
        dice=_percentile(dices, 50),
        dice_p10=_percentile(dices, 10),
        dice_near=_percentile(near, 50),
        false_mm2=_percentile([score.false_mm2 for score in shown if not score.failure], 50),
        regions=len(regions),
        answered=len(given),
        agreement=_mean((p >= 0.5) == (exposed > 0)),
        fraction_error=_mean(np.abs(found - true)),
        inside=_mean(np.array([_is_inside(region) for region in given], float)),
        brier=_mean((p - exposed) ** 2),
        ece=calibration_error(p, exposed),
    )


def calibration_error(p: np.ndarray, exposed: np.ndarray) -> float:
    """Return the expected calibration error over ten classes of probability."""
    classes = np.minimum((p * BINS).astype(int), BINS - 1)
    gaps = [abs(float((p - exposed)[classes == k].sum())) for k in range(BINS)]
    return sum(gaps) / len(p) if len(p) else float("nan")


def report(scores: Sequence[Score]) -> Iterator[str]:
    """The lines of the whole report: every case, tables by situation, probabilities, empty cases."""
    for score in scores:
        yield case_line(score)
    yield ""
    yield f"cases {len(scores)}, analysed {sum(not score.failure for score in scores)}"
    for title, kinds in _GROUPS:
        groups = _grouped(scores, kinds)
        yield from ("", *table(title, groups))
    yield from ("", *table("all", {"all": list(scores)}), "", *reliability(scores), "", *empty_cases(scores))


def case_line(score: Score) -> str:
    """One case in one line."""
    about = f"{score.name} {score.situation.mode}"
    if score.failure:
        return f"{about} FAILED {score.failure}"
    if score.dice is None:
        return f"{about} no contrast, false contrast {score.false_mm2:.1f} mm²"
    near = "" if score.dice_near is None else f" near {score.dice_near:.3f}"
    return (
        f"{about} Dice {score.dice:.3f}{near}, false {score.false_mm2:.0f} missed {score.missed_mm2:.0f} mm²"
    )


def table(title: str, groups: dict[str, list[Score]]) -> Iterator[str]:
    """A table with one row of figures per group."""
    yield (
        f"{title:<16} cases failed |    Dice    10%   near  false | regions answered agree  error"
        "  in 90%  Brier    ECE"
    )
    for name, scores in groups.items():
        f = figures(scores)
        yield (
            f"{name:<16} {f.cases:5d} {f.failures:6d} | {f.dice:7.3f} {f.dice_p10:6.3f} {f.dice_near:6.3f}"
            f" {f.false_mm2:6.1f} | {f.regions:7d} {f.answered:8d} {f.agreement:5.3f} {f.fraction_error:6.3f}"
            f" {f.inside:7.3f} {f.brier:6.3f} {f.ece:6.3f}"
        )


def reliability(scores: Sequence[Score]) -> Iterator[str]:
    """Probabilities against truth, in the classes of the verdicts."""
    regions = [r for score in scores for r in score.regions if r.probability is not None]
    p, exposed = (np.array([getattr(r, name) for r in regions], float) for name in ("probability", "exposed"))
    for low, high in ((0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.01)):
        here = (p >= low) & (p < high)
        if here.any():
            yield (
                f"probability {low} to {min(high, 1)}: {here.sum()} regions, mean {p[here].mean():.2f},"
                f" exposed {exposed[here].mean():.2f}"
            )


def empty_cases(scores: Sequence[Score]) -> Iterator[str]:
    """False contrast where there is none, mode by mode."""
    for mode in MODES:
        here = [score for score in scores if score.empty and score.situation.mode == mode]
        if here:
            areas = [score.false_mm2 for score in here]
            yield (
                f"{mode} without contrast: {len(here)} cases, {sum(bool(s.failure) for s in here)} failed,"
                f" largest false contrast {max(areas):.1f} mm², above {MOST_FALSE_MM2:g} mm²:"
                f" {sum(area > MOST_FALSE_MM2 for area in areas)}"
            )


def comparison(before: Sequence[Score], after: Sequence[Score]) -> Iterator[str]:
    """What changed against earlier scores: cases, largest change first, then the figures of each mode."""
    old = {score.name: score for score in before}
    both = [(old[score.name], score) for score in after if score.name in old]
    changed = sorted((pair for pair in both if _has_changed(*pair)), key=lambda pair: -_size_of_change(*pair))
    yield f"against earlier scores: {len(both)} cases in both, {len(changed)} changed"
    for earlier, later in changed:
        yield f"  {case_line(earlier)}  ->  {case_line(later).split(' ', 2)[2]}"
    missing = sorted(old.keys() - {score.name for score in after})
    if missing:
        yield f"  no longer there: {', '.join(missing)}"
    for mode in MODES:
        pairs = [pair for pair in both if pair[1].situation.mode == mode]
        if pairs:
            groups = {f"{mode} before": [a for a, _ in pairs], f"{mode} now": [b for _, b in pairs]}
            yield from table(mode, groups)


def _has_changed(before: Score, after: Score) -> bool:
    if bool(before.failure) != bool(after.failure):
        return True
    dice = abs((before.dice or 0) - (after.dice or 0)) > CHANGED_DICE
    return dice or abs(before.false_mm2 - after.false_mm2) > CHANGED_MM2


def _size_of_change(before: Score, after: Score) -> float:
    return abs((before.dice or 0) - (after.dice or 0)) + 1e-6 * abs(before.false_mm2 - after.false_mm2)


def _grouped(scores: Sequence[Score], kinds: Callable[[Situation], Sequence[str]]) -> dict[str, list[Score]]:
    """Scores by kind, in the order of the kinds' names; a score belongs to every kind that it names."""
    groups: dict[str, list[Score]] = {}
    for score in scores:
        for kind in kinds(score.situation):
            groups.setdefault(kind, []).append(score)
    return dict(sorted(groups.items(), key=lambda item: _order(item[0])))


def _order(name: str) -> tuple[float, str]:
    digits = name.removeprefix("below ").removeprefix("from ").split(" ")[0]
    return (float(digits) - name.startswith("below"), name) if digits.isdigit() else (0.0, name)


def _band(number: float, borders: Sequence[float]) -> str:
    """The band between borders that a number lies in."""
    if number < borders[0]:
        return f"below {borders[0]:g}"
    low = max(border for border in borders if border <= number)
    higher = [border for border in borders if border > number]
    return f"{low:g} to {higher[0]:g}" if higher else f"from {low:g}"


def _is_inside(region: Region) -> bool:
    if region.low is None or region.high is None:
        return False
    return region.low - 1e-9 <= region.true_fraction <= region.high + 1e-9


def _percentile(numbers: Sequence[float | None], percent: float) -> float:
    known = [number for number in numbers if number is not None]
    return float(np.percentile(known, percent)) if known else float("nan")


def _mean(numbers: np.ndarray) -> float:
    return float(np.mean(numbers)) if len(numbers) else float("nan")
