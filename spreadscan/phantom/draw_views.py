"""Single images of whatever may be put before a search for landmarks: what it should find, and what not.

Frontal views of any field, centred anywhere between L2 and the sacrum; obliques, laterals, the hip, the
thoracolumbar junction. Shares and ranges are wide guesses: a search that knows only ideal views is lost on
others, and one that has never seen a hip finds a spine in it.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from spreadscan.phantom.draw_patient import between
from spreadscan.phantom.scenario import Collimator, Scenario, Setup

VIEW_SHARES: Mapping[str, float] = MappingProxyType(
    {"frontal": 0.66, "oblique": 0.14, "lateral": 0.06, "hip": 0.07, "thoracolumbar": 0.07}
)
"""How often each view is drawn."""
WITHOUT_CONTRAST = 0.5
"""Share of the images without injection."""
MOST_INJECTIONS = 3
"""So many injections of the others are kept; more cost time and teach little about bones."""


def view_of_something(scenario: Scenario, rng: np.random.Generator) -> Scenario:
    """Return a scenario of one image, looked at from elsewhere.

    Args:
        scenario: whose patient, tissue and detector are kept.
        rng: of the draw.
    """
    view = str(rng.choice(list(VIEW_SHARES), p=list(VIEW_SHARES.values())))
    injections = scenario.injections[:MOST_INJECTIONS]
    return replace(
        scenario,
        name=f"views-{view}",
        setup=_setup(view, scenario.setup, rng),
        collimator=_collimator(scenario.collimator, rng),
        injections=() if rng.random() < WITHOUT_CONTRAST else injections,
    )


def _setup(view: str, setup: Setup, rng: np.random.Generator) -> Setup:
    frontal = replace(
        setup,
        primary_deg=_clipped(rng, 0, 4, 10),
        secondary_deg=_clipped(rng, 1, 6, 16),
        table_deg=_clipped(rng, 0, 4, 15),
        field_mm=between(rng, 190, 400),
        centre=(str(rng.choice(["L3", "L4", "L5"])), str(rng.choice(["L4", "L5"]))),
        offset_mm=(_clipped(rng, 0, 12, 40), 0.0, _clipped(rng, 0, 18, 60)),
    )
    if view == "oblique":
        return replace(frontal, primary_deg=_either(rng, 13, 60))
    if view == "lateral":
        return replace(frontal, primary_deg=_either(rng, 70, 100))
    if view == "hip":
        return replace(
            frontal, offset_mm=(_either(rng, 70, 130), 0.0, -between(rng, 60, 160)), centre=("L5", "L5")
        )
    if view == "thoracolumbar":
        return replace(frontal, offset_mm=(0.0, 0.0, between(rng, 70, 120)), centre=("L3", "L3"))
    return frontal


def _collimator(collimator: Collimator, rng: np.random.Generator) -> Collimator:
    if rng.random() < 0.4:
        return replace(collimator, shape="none")
    return collimator


def _clipped(rng: np.random.Generator, mean: float, sd: float, most: float) -> float:
    return round(float(np.clip(rng.normal(mean, sd), -most, most)), 1)


def _either(rng: np.random.Generator, low: float, high: float) -> float:
    """A number between two, of either sign."""
    return round(float(rng.choice([-1, 1])) * between(rng, low, high), 1)
