"""How far each injection has gone in each image: what has been injected, what the blood has carried away."""

from dataclasses import dataclass
from math import exp

from spreadscan.phantom.scenario import Injection, Scenario, Study

WASHOUT_S = 1.0
"""Time in which contrast in vessels falls to 1/e once the injection ends: lumbar veins clear within seconds;
the figure itself is an assumption."""
SPOT_DELAY_S = 0.3
"""A single image is taken this long after the last injection ends (A)."""


@dataclass(frozen=True)
class Filling:
    """How far one injection has gone.

    Attributes:
        fraction: of its volume that has been injected, 0 to 1.
        wash: share of the contrast in vessels that is still there, 0 to 1.
    """

    fraction: float
    wash: float


def fillings(scenario: Scenario) -> tuple[tuple[Filling, ...], ...]:
    """Return the filling of each injection for each image of the study's last file, by image, then injection.

    An injection goes at an even rate. Time counts from the first image with contrast of a run; a single
    image is taken shortly after the last injection.
    """
    end = max((i.start_s + i.duration_s for i in scenario.injections), default=0.0) + SPOT_DELAY_S
    return tuple(
        tuple(_filling(injection, time_s) for injection in scenario.injections)
        for time_s in _times_s(scenario.study, end)
    )


def _times_s(study: Study, end_s: float) -> tuple[float, ...]:
    if study.kind != "cine":
        return (end_s,)
    return tuple((frame - study.before + 1) / study.frames_per_s for frame in range(study.frames))


def _filling(injection: Injection, time_s: float) -> Filling:
    since = time_s - injection.start_s
    after = max(0.0, since - injection.duration_s)
    return Filling(min(max(since / injection.duration_s, 0.0), 1.0), exp(-after / WASHOUT_S))
