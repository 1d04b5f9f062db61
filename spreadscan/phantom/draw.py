"""Scenarios at random, from named distributions.

The shares and ranges are those of clinical use where one is known (gauge, volume, concentration, kilovolts)
and wide guesses elsewhere; ``docs/simulator.md`` lists them.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import ceil
from types import MappingProxyType
from typing import Any

import numpy as np

from spreadscan.phantom.draw_changes import something_changed
from spreadscan.phantom.draw_images import (
    draw_beam,
    draw_collimator,
    draw_detector,
    draw_file,
    draw_motion,
    draw_processing,
    draw_setup,
    draw_study,
    fitting_processing,
)
from spreadscan.phantom.draw_patient import between, draw_subject, draw_tissue
from spreadscan.phantom.draw_views import view_of_something
from spreadscan.phantom.scenario import FileStyle, Injection, Scenario, Study

SITES = tuple((level, side) for level in ("L3", "L4", "L5") for side in ("left", "right"))
PATTERN_SHARES: Mapping[str, float] = MappingProxyType(
    {
        "target": 0.64,
        "lateral": 0.06,
        "medial": 0.05,
        "facet": 0.04,
        "epidural": 0.03,
        "foraminal": 0.04,
        "vascular": 0.05,
        "superficial": 0.03,
        "cranial": 0.03,
        "needle-track": 0.03,
    }
)
"""How often an injection goes where. In practice 6 to 8 % run into vessels (Lee 2008, Dreyfuss 1997), 10 to
16 % into foramen or epidural space (Greher 2004, Dreyfuss 1997); the rest is a guess by which each is met."""

AFTER_S = 3.0
"""So long a run of ``runs`` goes on after the last injection: contrast in vessels has time to clear."""
VASCULAR_RUNS = 0.5
"""Share of the runs of ``runs`` in which one injection goes into a vein: as many as not."""

RUNS_AMONG_CHANGES = 0.25

_Draw = Callable[[np.random.Generator], Scenario]


def draw_scenario(distribution: str, rng: np.random.Generator) -> Scenario:
    """Return a scenario drawn from one of ``DISTRIBUTIONS``.

    Raises:
        KeyError: there is no distribution of that name.
    """
    return DISTRIBUTIONS[distribution](rng)


def clinical(rng: np.random.Generator) -> Scenario:
    """A study as it may come from a department: any system, any patient, mostly sound anatomy."""
    return _clinical(rng, str(rng.choice(["spot", "pair", "cine"])))


def runs(rng: np.random.Generator) -> Scenario:
    """A run that goes on for 3 s after the last injection; in half of them one goes into a vein."""
    scenario = _clinical(rng, "cine")
    injections = [
        replace(one, pattern="target") if one.pattern == "vascular" else one for one in scenario.injections
    ]
    injected = [n for n, one in enumerate(injections) if one.pattern != "none"]
    if injected and rng.random() < VASCULAR_RUNS:
        chosen = injected[int(rng.integers(len(injected)))]
        injections[chosen] = replace(
            injections[chosen],
            pattern="vascular",
            volume_ml=between(rng, 0.2, 0.5),
            iodine_mg_per_ml=max(180.0, injections[chosen].iodine_mg_per_ml),
        )
    rate = float(rng.choice([2.0, 3.0, 4.0]))
    end_s = max((one.start_s + one.duration_s for one in injections), default=2.0) + AFTER_S
    frames = scenario.study.before + ceil(rate * end_s)
    study = replace(scenario.study, frames=frames, frames_per_s=rate)
    return replace(scenario, name="runs", study=study, injections=tuple(injections))


def _clinical(rng: np.random.Generator, kind: str) -> Scenario:
    processing = draw_processing(rng)
    file = draw_file(rng, kind, processing)
    size = int(rng.choice([320, 384, 448])) if kind == "cine" else int(rng.choice([512, 640, 768]))
    processing = fitting_processing(processing, file, kind, rng)
    return Scenario(
        name=f"clinical-{kind}",
        subject=draw_subject(rng, degeneration=0.3),
        setup=draw_setup(rng, size),
        beam=draw_beam(rng),
        detector=draw_detector(rng, kind),
        collimator=draw_collimator(rng, processing),
        processing=processing,
        file=file,
        study=draw_study(rng, kind),
        motion=draw_motion(rng),
        tissue=draw_tissue(rng),
        injections=_injections(rng, kind),
    )


def degenerated(rng: np.random.Generator) -> Scenario:
    """As ``clinical``, but every spine is old: collapsed discs, osteophytes, large facets, scoliosis."""
    scenario = clinical(rng)
    return replace(
        scenario, name=f"degenerated-{scenario.study.kind}", subject=draw_subject(rng, degeneration=1.0)
    )


def training(rng: np.random.Generator) -> Scenario:
    """Single images of 256 × 256 pixels with any look, for training: contrast and needles in most of them."""
    scenario = clinical(rng)
    processing = replace(draw_processing(rng), burned_in="none")
    return replace(
        scenario,
        name="training",
        subject=draw_subject(rng, degeneration=float(rng.uniform(0, 1))),
        setup=draw_setup(rng, 256),
        detector=draw_detector(rng, "cine" if rng.random() < 0.3 else "spot"),
        collimator=draw_collimator(rng, processing),
        processing=processing,
        file=FileStyle("XA"),
        study=Study("spot"),
    )


def spots(rng: np.random.Generator) -> Scenario:
    """Single images at full size, spines of any age; needles without contrast in every fifth and more.

    What the network for single images learns from: it has to learn what is no contrast as well.
    """
    scenario = clinical(rng)
    processing = draw_processing(rng)
    file = draw_file(rng, "spot", processing)
    processing = fitting_processing(processing, file, "spot", rng)
    injections = _injections(rng, "spot")
    if rng.random() < 0.2:
        nothing: dict[str, Any] = {"pattern": "none", "volume_ml": 0.0, "iodine_mg_per_ml": 0.0}
        injections = tuple(replace(injection, **nothing) for injection in injections)
    return replace(
        scenario,
        name="spots",
        subject=draw_subject(rng, degeneration=float(rng.uniform(0, 1))),
        setup=draw_setup(rng, int(rng.choice([448, 512, 640]))),
        detector=draw_detector(rng, "cine" if rng.random() < 0.2 else "spot"),
        collimator=draw_collimator(rng, processing),
        processing=processing,
        file=file,
        study=Study("spot"),
        injections=injections,
    )


def changes(rng: np.random.Generator) -> Scenario:
    """Pairs and short runs of any spine, in which more moves than in ``clinical``; half without contrast.

    What the network that recognises contrast among changes learns from.
    """
    scenario = _clinical(rng, "cine" if rng.random() < RUNS_AMONG_CHANGES else "pair")
    subject = draw_subject(rng, degeneration=float(rng.uniform(0, 1)))
    return something_changed(replace(scenario, subject=subject), rng)


def views(rng: np.random.Generator) -> Scenario:
    """As ``training``, seen from anywhere: frontal at any field, oblique, lateral, hip, thoracolumbar."""
    return view_of_something(training(rng), rng)


DISTRIBUTIONS: Mapping[str, _Draw] = MappingProxyType(
    {
        "clinical": clinical,
        "degenerated": degenerated,
        "runs": runs,
        "training": training,
        "spots": spots,
        "changes": changes,
        "views": views,
    }
)
"""The distributions by name."""


# ---------------------------------------------------------------- the injections


def _injections(rng: np.random.Generator, kind: str) -> tuple[Injection, ...]:
    """Injections at one to six sites; no contrast in 8 %, and of these needles only in most."""
    chance = rng.random()
    if chance < 0.03:
        return ()
    gauge = int(rng.choice([20, 21, 22, 22, 23, 25]))
    common: dict[str, Any] = {"gauge": gauge, "needle_length_mm": float(rng.choice([60, 88, 88, 120]))}
    if chance < 0.08:
        return tuple(Injection(*site, "none", 0.0, 0.0, **common) for site in _sites(rng, 3))
    sites = _sites(rng, int(rng.choice([1, 2, 3, 4, 6], p=[0.15, 0.2, 0.25, 0.15, 0.25])))
    agent = float(rng.choice([48, 60, 100, 150, 180, 240, 300]))
    large = rng.random() < 0.15
    sequential = kind == "cine" and rng.random() < 0.4
    if rng.random() < 0.15:
        common["gauge"] = None
    return tuple(
        _injection(rng, site, agent, large, {**common, "start_s": 1.5 * number if sequential else 0.0})
        for number, site in enumerate(sites)
    )


def _injection(
    rng: np.random.Generator, site: tuple[Any, Any], agent: float, large: bool, common: Mapping[str, Any]
) -> Injection:
    pattern: Any = rng.choice(list(PATTERN_SHARES), p=list(PATTERN_SHARES.values())).item()
    volume = {"epidural": between(rng, 1.2, 2.2), "vascular": between(rng, 0.2, 0.5)}.get(
        pattern, between(rng, 0.25, 1.2)
    )
    if large and pattern == "target":
        volume = between(rng, 2, 6)
    concentration = 300.0 if pattern == "vascular" else agent
    return Injection(*site, pattern, volume, concentration, duration_s=between(rng, 1.0, 3.0), **common)


def _sites(rng: np.random.Generator, count: int) -> list[tuple[Any, Any]]:
    if count == 3:
        side = str(rng.choice(["left", "right"]))
        return [site for site in SITES if site[1] == side]
    return [SITES[i] for i in sorted(rng.choice(len(SITES), count, replace=False))]
