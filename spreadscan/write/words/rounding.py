"""Numbers in words and decimals, honestly: 0 and 1 appear only where they are exactly true.

Shares are rounded to the nearest step but never onto 0 or 1; probabilities are cut, not rounded, so that a
printed one never passes the border of a verdict that it did not reach.
"""

import math
from typing import overload

INTERVAL_IN_WORDS = "90 % interval"
"""What stands in brackets after a fraction: the central 90 % under the stated uncertainties."""


@overload
def decimals(number: float, places: int) -> float | None: ...
@overload
def decimals(number: None, places: int) -> None: ...
def decimals(number: float | None, places: int) -> float | None:
    """Return a number rounded to so many decimal places; ``None`` for unknown, infinite or not a number."""
    if number is None or not math.isfinite(number):
        return None
    # + 0.0 turns a negative zero into zero
    return round(float(number), places) + 0.0


def share(number: float | None, places: int = 4) -> float | None:
    """Return a share of 0 to 1 rounded to the nearest step, but 0 and 1 only where exactly so."""
    rounded = decimals(number, places)
    if rounded is None or number is None:
        return None
    step = 10.0**-places
    if rounded == 0 and number > 0:
        return step
    if rounded == 1 and number < 1:
        return round(1 - step, places)
    return rounded


def cut(number: float | None, places: int = 4) -> float | None:
    """Return a probability cut to so many decimal places; never 0 unless exactly so.

    Cutting cannot reach 1 from below, and a probability of 0.7996 stays below a border of 0.8.
    """
    if number is None or not math.isfinite(number):
        return None
    # the inner rounding forgives the last bits of a binary fraction: 0.29 x 100 is 28.999999999999996
    kept = math.floor(round(float(number) * 10**places, 6)) / 10**places
    # the forgiving may have lifted a number just below 1 onto it
    if kept >= 1 and number < 1:
        return round(1 - 10.0**-places, places)
    return 10.0**-places if kept == 0 and number > 0 else kept


def percent(fraction: float) -> str:
    """Return a fraction in percent: ``64 %``, ``<1 %``, ``>99 %``; ``0 %`` and ``100 %`` only when exact."""
    return f"{_whole_percent(fraction)} %"


def fraction_with_interval(fraction: float | None, low: float | None, high: float | None) -> str:
    """Return a fraction with its interval, ``64 % [51–75]``; empty unless all three are known."""
    if fraction is None or low is None or high is None:
        return ""
    return f"{percent(fraction)} [{_whole_percent(low)}–{_whole_percent(high)}]"


def points(difference: float) -> str:
    """Return a difference of fractions in percentage points with its sign: ``+12``; ``0`` only when exact."""
    whole = round(100 * abs(difference))
    size = "<1" if whole == 0 and difference != 0 else str(whole)
    return size if difference == 0 else f"{'+' if difference > 0 else '−'}{size}"


def points_with_interval(difference: float | None, interval: tuple[float, float] | None) -> str:
    """Return a difference of fractions with its interval, ``+12 [+3 to +21]``; empty if unknown."""
    if difference is None or interval is None:
        return ""
    return f"{points(difference)} [{points(interval[0])} to {points(interval[1])}]"


def signed(number: float | None, places: int) -> str:
    """Return a difference with its sign, rounded to so many places; empty if unknown."""
    if number is None:
        return ""
    shown = f"{abs(number):.{places}f}"
    if float(shown) == 0 and number != 0:
        shown = f"<{10.0**-places:.{places}f}"
    return shown if number == 0 else f"{'+' if number > 0 else '−'}{shown}"


def probability(number: float | None) -> str:
    """Return a probability cut to two decimals; ``<0.01`` and ``>0.99`` near the ends; empty if unknown."""
    if number is None:
        return ""
    if 0 < number < 0.01:
        return "<0.01"
    if 0.99 < number < 1:
        return ">0.99"
    return f"{cut(number, 2):.2f}"


def millimetres(length_mm: float) -> str:
    """Return a length without its unit: one decimal below 10 mm, none above; ``0`` only when exact."""
    if length_mm < 0.05:
        return "<0.1" if length_mm > 0 else "0"
    return f"{length_mm:.1f}" if round(length_mm, 1) < 10 else f"{length_mm:.0f}"


def _whole_percent(fraction: float) -> str:
    if fraction in (0, 1):
        return str(round(100 * fraction))
    nearest = round(100 * fraction)
    if nearest <= 0:
        return "<1"
    return ">99" if nearest >= 100 else str(nearest)
