"""Agreement of two operators: Cohen's kappa of their verdicts with its interval, distances of their marks.

[1] Cohen J. A coefficient of agreement for nominal scales. Educ Psychol Meas 1960;20:37.
[2] Fleiss JL, Cohen J, Everitt BS. Large sample standard errors of kappa and weighted kappa. Psychol Bull
    1969;72:323.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spreadscan.anatomy import Level, Side, region_polygon_mm
from spreadscan.values import Agreement, PointDistance, RegionCoverage, ReportRecord, Verdict

VERDICT_ORDER: tuple[Verdict, ...] = ("not shown", "indeterminate", "probable", "shown")
"""Verdicts that say something, in order."""
Z90 = 1.6449
"""Standard deviations from the middle of a normal distribution to the ends of its central 90 %."""


class Kappa(NamedTuple):
    """Kappa, at most 1, with the ends of its 90 % interval and its standard error."""

    kappa: float
    low: float
    high: float
    standard_error: float


def kappa(table: NDArray[np.int64], linear: bool = False) -> Kappa | None:
    """Return Cohen's kappa of a table of counts, (K, K): first reader down, second across.

    κ = (p_o - p_e) / (1 - p_e) [1], where p_o is the weighted agreement and p_e that expected from the
    margins. The standard error is that for large samples [2], the interval κ ± 1.645 of it, ends cut at -1
    and 1. It takes the judgements to be independent of one another.

    Args:
        table: counts, categories in order.
        linear: whether near misses count in part, 1 - |i - j| / (K - 1); otherwise agreement is all or none.

    Returns:
        ``None`` where kappa is not defined: nothing was judged, or both readers used one and the same
        category only.
    """
    count, size = int(table.sum()), len(table)
    if count == 0:
        return None
    apart = np.abs(np.subtract.outer(np.arange(size), np.arange(size)))
    weights = 1 - apart / max(size - 1, 1) if linear else (apart == 0).astype(float)
    shares = table / count
    down, across = shares.sum(axis=1), shares.sum(axis=0)
    expected = float(down @ weights @ across)
    if expected >= 1 - 1e-12:
        return None
    value = (float((weights * shares).sum()) - expected) / (1 - expected)
    # mean weights of a row and a column in [2]: each is averaged over the other reader's margin
    margins = np.add.outer(weights @ across, down @ weights)
    spread = float((shares * (weights - margins * (1 - value)) ** 2).sum())
    variance = (spread - (value - expected * (1 - value)) ** 2) / (count * (1 - expected) ** 2)
    # where all judgements agree rounding may leave a variance just below 0
    error = math.sqrt(max(variance, 0.0))
    return Kappa(value, max(-1.0, value - Z90 * error), min(1.0, value + Z90 * error), error)


def cross_table(pairs: Sequence[tuple[str, str]], categories: Sequence[str]) -> NDArray[np.int64]:
    """Return the counts, (K, K), of pairs of judgements in these categories."""
    table = np.zeros((len(categories), len(categories)), np.int64)
    for first, second in pairs:
        table[categories.index(first), categories.index(second)] += 1
    return table


def agreement_of(pairs: Sequence[tuple[RegionCoverage, RegionCoverage]]) -> Agreement:
    """Return how far two operators agree in the verdicts of the regions that both have."""
    both = [(a.verdict, b.verdict) for a, b in pairs if "not assessed" not in (a.verdict, b.verdict)]
    one_sided = sum((a.verdict == "not assessed") != (b.verdict == "not assessed") for a, b in pairs)
    table = cross_table(both, VERDICT_ORDER)
    plain, weighted = kappa(table), kappa(table, linear=True)
    apart = [abs(VERDICT_ORDER.index(a) - VERDICT_ORDER.index(b)) for a, b in both]
    reason = "no region was assessed by both" if not both else "both gave one and the same verdict throughout"
    return Agreement(
        compared=len(both),
        agreed=apart.count(0),
        within_one=apart.count(0) + apart.count(1),
        one_sided=one_sided,
        kappa=None if plain is None else plain.kappa,
        kappa_interval=None if plain is None else (plain.low, plain.high),
        weighted=None if weighted is None else weighted.kappa,
        weighted_interval=None if weighted is None else (weighted.low, weighted.high),
        reason=reason if plain is None else "",
    )


def point_distances(first: ReportRecord, second: ReportRecord) -> Iterator[PointDistance]:
    """Return how far apart the junctions lie that both operators marked, second less first.

    A reference millimetre of the level is the mean of the two readings' own.
    """
    theirs = {(p.level, p.side): p for p in second.landmarks.points if p.kind == "sap_tp_junction"}
    for point in first.landmarks.points:
        other = theirs.get((point.level, point.side))
        if point.kind != "sap_tp_junction" or other is None:
            continue
        rows, columns = other.row - point.row, other.column - point.column
        scales = [px_per_reference_mm(record, point.level, point.side) for record in (first, second)]
        known = [scale for scale in scales if scale is not None]
        px = math.hypot(rows, columns)
        reference_mm = px / (sum(known) / len(known)) if len(known) == 2 else None
        yield PointDistance(point.level, point.side, rows, columns, px, reference_mm)


def px_per_reference_mm(record: ReportRecord, level: Level, side: Side) -> float | None:
    """Return pixels per reference mm of a junction: the girth of its common zone in pixels over that in mm.

    ``None`` where the report holds no outline of it.
    """
    for outline in record.regions:
        if (outline.level, outline.side, outline.region) == (level, side, "common"):
            scale = _girth(outline.outline_px) / _girth(region_polygon_mm(level, "common"))
            return scale if scale > 0 else None
    return None


def _girth(corners: Sequence[tuple[float, float]]) -> float:
    return sum(math.dist(a, b) for a, b in zip(corners, [*corners[1:], *corners[:1]], strict=True))
