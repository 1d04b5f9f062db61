"""How the contrast came and went: the time-attenuation curves as data, and a drawing for the page."""

from typing import Any, NamedTuple

import numpy as np

from spreadscan.anatomy import NERVE_AT
from spreadscan.values import CoverageReport, TimeCurve
from spreadscan.write.words.rounding import decimals

WIDTH_PX, HEIGHT_PX = 640, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 630, 10, 158
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#8A6D00", "#56606A")
"""Of the curves, told apart by readers with any colour vision (Okabe and Ito), dark enough on white."""


class CurveLine(NamedTuple):
    """A curve to draw: its points as SVG has them, its colour, and the number of its area."""

    points: str
    colour: str
    number: int


class Drawing(NamedTuple):
    """What the page draws: lines within a frame, and the words along its axes."""

    width_px: int
    height_px: int
    frame: tuple[int, int, int, int]
    lines: tuple[CurveLine, ...]
    ticks: tuple[tuple[float, str], ...]
    top: str
    zero_px: float
    x_label: str
    y_label: str
    described_px: float


def time_courses(report: CoverageReport) -> dict[str, Any] | None:
    """Return the time courses for report.json, frames 1-based; ``None`` for a still image."""
    curves = report.curves
    if curves is None:
        return None
    return {
        "frames": [int(frame) + 1 for frame in curves.frames],
        "times_s": None if curves.times_s is None else [decimals(t, 3) for t in curves.times_s],
        "unit": curves.unit,
        "curves": [_curve(curve) for curve in curves.curves],
    }


def _curve(curve: TimeCurve) -> dict[str, Any]:
    return {
        "component": curve.component,
        "level": curve.level,
        "nerve": None if curve.level is None else NERVE_AT[curve.level],
        "side": curve.side,
        "region": curve.region,
        "attenuation": [decimals(float(number), 5) for number in curve.added],
    }


def drawing(report: CoverageReport) -> Drawing | None:
    """Return the curves of the areas of contrast as a drawing; ``None`` where there is nothing to draw."""
    curves = report.curves
    shown = [] if curves is None else [c for c in curves.curves if c.component and np.isfinite(c.added).all()]
    if curves is None or not shown:
        return None
    timed = curves.times_s is not None
    across = np.array(curves.times_s if curves.times_s is not None else curves.frames, float)
    across = across if timed else across + 1
    top = max(1e-6, *(float(c.added.max()) for c in shown))
    low = min(0.0, *(float(c.added.min()) for c in shown))
    x = _LEFT + (across - across[0]) / max(across[-1] - across[0], 1e-9) * (_RIGHT - _LEFT)
    lines = [
        CurveLine(
            " ".join(f"{a:.1f},{_height(float(b), low, top):.1f}" for a, b in zip(x, c.added, strict=True)),
            COLOURS[(number - 1) % len(COLOURS)],
            number,
        )
        for c in shown
        if (number := c.component) is not None
    ]
    every = sorted({0, len(x) // 4, len(x) // 2, 3 * len(x) // 4, len(x) - 1})
    described = curves.frames.index(report.source.frame - 1) if _has(report) else len(x) - 1
    return Drawing(
        WIDTH_PX,
        HEIGHT_PX,
        (_LEFT, _TOP, _RIGHT - _LEFT, _BOTTOM - _TOP),
        tuple(lines),
        tuple((float(x[n]), f"{across[n]:.1f}" if timed else f"{across[n]:.0f}") for n in every),
        f"{top:.2g}",
        _height(0.0, low, top),
        "seconds from the first frame" if timed else "frame",
        "ln" if curves.unit == "ln" else "of range",
        float(x[described]),
    )


def _has(report: CoverageReport) -> bool:
    return report.curves is not None and report.source.frame - 1 in report.curves.frames


def _height(number: float, low: float, top: float) -> float:
    return _BOTTOM - (number - low) / max(top - low, 1e-9) * (_BOTTOM - _TOP)
