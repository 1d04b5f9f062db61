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

from spreadscan.phantom.draw_patient import between, draw_subject, draw_tissue
from spreadscan.phantom.draw_views import view_of_something
from spreadscan.phantom.scenario import (
    Beam,
    Collimator,
    Detector,
    FileStyle,
    Injection,
    Motion,
    Processing,
    Scenario,
    Setup,
    Study,
)

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
    processing = _processing(rng)
    file = _file(rng, kind, processing)
    size = int(rng.choice([320, 384, 448])) if kind == "cine" else int(rng.choice([512, 640, 768]))
    processing = _fitting(processing, file, kind, rng)
    return Scenario(
        name=f"clinical-{kind}",
        subject=draw_subject(rng, degeneration=0.3),
        setup=_setup(rng, size),
        beam=_beam(rng),
        detector=_detector(rng, kind),
        collimator=_collimator(rng, processing),
        processing=processing,
        file=file,
        study=_study(rng, kind),
        motion=_motion(rng),
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
    processing = replace(_processing(rng), burned_in="none")
    return replace(
        scenario,
        name="training",
        subject=draw_subject(rng, degeneration=float(rng.uniform(0, 1))),
        setup=_setup(rng, 256),
        detector=_detector(rng, "cine" if rng.random() < 0.3 else "spot"),
        collimator=_collimator(rng, processing),
        processing=processing,
        file=FileStyle("XA"),
        study=Study("spot"),
    )


def spots(rng: np.random.Generator) -> Scenario:
    """Single images at full size, spines of any age; needles without contrast in every fifth and more.

    What the network for single images learns from: it has to learn what is no contrast as well.
    """
    scenario = clinical(rng)
    processing = _processing(rng)
    file = _file(rng, "spot", processing)
    processing = _fitting(processing, file, "spot", rng)
    injections = _injections(rng, "spot")
    if rng.random() < 0.2:
        nothing: dict[str, Any] = {"pattern": "none", "volume_ml": 0.0, "iodine_mg_per_ml": 0.0}
        injections = tuple(replace(injection, **nothing) for injection in injections)
    return replace(
        scenario,
        name="spots",
        subject=draw_subject(rng, degeneration=float(rng.uniform(0, 1))),
        setup=_setup(rng, int(rng.choice([448, 512, 640]))),
        detector=_detector(rng, "cine" if rng.random() < 0.2 else "spot"),
        collimator=_collimator(rng, processing),
        processing=processing,
        file=file,
        study=Study("spot"),
        injections=injections,
    )


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
        _injection(rng, site, (agent, large), {**common, "start_s": 1.5 * number if sequential else 0.0})
        for number, site in enumerate(sites)
    )


def _injection(
    rng: np.random.Generator, site: tuple[Any, Any], what: tuple[float, bool], common: Mapping[str, Any]
) -> Injection:
    agent, large = what
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


# ---------------------------------------------------------------- the images


def _setup(rng: np.random.Generator, size: int) -> Setup:
    centre = (("L4",), ("L4", "L5"), ("L3", "L4", "L5"))[int(rng.integers(3))]
    return Setup(
        primary_deg=round(float(np.clip(rng.normal(0, 3.5), -9, 9)), 1),
        secondary_deg=round(float(np.clip(rng.normal(1, 5), -12, 14)), 1),
        table_deg=round(float(rng.normal(0, 3)), 1),
        source_to_image_mm=float(rng.choice([980, 1000, 1050, 1100])),
        source_to_isocentre_mm=round(between(rng, 650, 750), 0),
        field_mm=float(rng.choice([200, 215, 230, 250, 300], p=[0.15, 0.25, 0.3, 0.2, 0.1])),
        rows=size,
        columns=size,
        centre=centre,
        offset_mm=(round(float(rng.normal(0, 6)), 1), 0.0, round(float(rng.normal(-2, 5)), 1)),
        patient_left="image-right" if rng.random() < 0.2 else "image-left",
        head_up=bool(rng.random() >= 0.03),
    )


def _beam(rng: np.random.Generator) -> Beam:
    return Beam(
        peak_kv=float(rng.integers(66, 96)),
        copper_mm=float(rng.choice([0.0, 0.1, 0.2, 0.3])),
        focal_spot_mm=float(rng.choice([0.3, 0.6, 1.0])),
        heel=between(rng, -0.1, 0.1),
    )


def _detector(rng: np.random.Generator, kind: str) -> Detector:
    low, high = (500, 3000) if kind == "cine" else (1500, 15000)
    return Detector(
        quanta_per_mm2=round(float(np.exp(rng.uniform(np.log(low), np.log(high)))), 1),
        scatter_fraction=between(rng, 0.2, 0.5),
        blur_px=between(rng, 0.4, 0.9),
        electronic_noise=between(rng, 0.03, 0.15),
        glare=float(rng.choice([0.0, 0.03, 0.06, 0.1])),
        vignetting=between(rng, 0.03, 0.18),
        pincushion=between(rng, 0.02, 0.06) if rng.random() < 0.15 else 0.0,
        recursive=between(rng, 0.2, 0.6) if kind == "cine" and rng.random() < 0.3 else 0.0,
    )


def _collimator(rng: np.random.Generator, processing: Processing) -> Collimator:
    fill = None if processing.chain == "linear" or rng.random() < 0.33 else 0.0
    shape: Any = rng.choice(["circle", "rectangle", "none", "octagon"]).item()
    low = 0.96 if shape == "circle" else 0.84
    turn = round(float(rng.normal(0, 2)), 1)
    return Collimator(shape, between(rng, low, 0.99), between(rng, low, 0.99), turn, fill)


def _processing(rng: np.random.Generator) -> Processing:
    chain: Any = rng.choice(["display", "logarithmic", "linear"], p=[0.55, 0.35, 0.1]).item()
    return Processing(
        chain=chain,
        bits=int(rng.choice([8, 10, 12, 16] if chain == "display" else [10, 12, 16])),
        contrast_is="bright" if chain == "display" and rng.random() < 0.1 else "dark",
        inverted=bool(rng.random() < 0.15),
        flattening=between(rng, 0.2, 0.6),
        edge_gain=between(rng, 0.2, 1.1),
        edge_sigma_px=between(rng, 1.0, 2.2),
        sigmoid=bool(rng.random() < 0.4),
        median=bool(rng.random() < 0.15),
        headroom=between(rng, 0.05, 0.3),
        automatic=bool(rng.random() < 0.1),
        burned_in="text" if rng.random() < 0.12 else "none",
    )


def _file(rng: np.random.Generator, kind: str, processing: Processing) -> FileStyle:
    sop: Any = rng.choice(["XA", "XRF", "DX", "SC"], p=[0.5, 0.2, 0.15, 0.15]).item()
    if kind == "cine":
        sop = {"DX": "XA", "SC": "SC-multiframe"}.get(sop, sop)
    elif sop == "DX" and processing.chain == "display":
        sop = "CR" if rng.random() < 0.3 else "DX"
    lacks = [
        name
        for name, share in (("orientation", 0.25), ("spacing", 0.2), ("geometry", 0.15), ("angles", 0.2))
        if rng.random() < share
    ]
    syntaxes = ("explicit-little", "implicit-little", "rle", "jpeg-lossless", "jpeg-ls", "jpeg-2000-lossless")
    syntax: Any = rng.choice(syntaxes).item()
    names_mask = bool(kind == "cine" and rng.random() < 0.3)
    return FileStyle(sop, syntax, tuple(lacks), bool(rng.random() < 0.3), names_mask)


def _fitting(processing: Processing, file: FileStyle, kind: str, rng: np.random.Generator) -> Processing:
    """Runs and captures for display are stored in 8 bits; captures are often lettered."""
    capture = file.sop_class.startswith("SC")
    if processing.chain == "display" and (kind == "cine" or capture):
        processing = replace(processing, bits=8)
    if capture and rng.random() < 0.6:
        processing = replace(processing, burned_in="text")
    return processing


def _study(rng: np.random.Generator, kind: Any) -> Study:
    return Study(
        kind=kind,
        frames=int(rng.integers(8, 18)),
        before=int(rng.integers(2, 5)),
        frames_per_s=float(rng.choice([2.0, 3.0, 4.0, 7.5])),
        scout_needles=bool(rng.random() < 0.85),
    )


def _motion(rng: np.random.Generator) -> Motion:
    return Motion(
        breathing_px=between(rng, 0.5, 3),
        breaths_per_s=between(rng, 0.2, 0.35),
        jump_px=(round(float(rng.normal(0, 3)), 2), round(float(rng.normal(0, 3)), 2))
        if rng.random() < 0.1
        else (0.0, 0.0),
        drift_px=between(rng, 0, 0.8),
        gas_px=between(rng, 0, 4),
    )
