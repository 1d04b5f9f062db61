"""Studies with a baseline in which more moved than contrast: gas, needles that came, another position.

Half of them hold no contrast. Shares and ranges are wide guesses, wider than those of ``clinical``: what is
to be told from contrast has to be met often.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from spreadscan.phantom.draw_patient import between
from spreadscan.phantom.scenario import FileStyle, Injection, PatientMotion, Scenario

WITHOUT_CONTRAST = 0.5
"""Share of the studies in which nothing is injected,"""
WITHOUT_NEEDLES = 0.15
"""and of these the share without needles."""
VASCULAR = 0.3
"""Share of the studies with contrast in which one injection goes into a vein: thin as needles are."""
SIZES_PX = (384, 448, 512)


def something_changed(scenario: Scenario, rng: np.random.Generator) -> Scenario:
    """Return a scenario of a pair or run in which more moved, stored plainly.

    Args:
        scenario: whose patient, beam, detector and injections are kept.
        rng: of the draw.
    """
    size = int(rng.choice(SIZES_PX))
    return replace(
        scenario,
        name=f"changes-{scenario.study.kind}",
        setup=replace(scenario.setup, rows=size, columns=size),
        detector=replace(scenario.detector, quanta_per_mm2=_quanta(rng)),
        file=FileStyle("XA", "explicit-little"),
        study=replace(
            scenario.study,
            frames=int(rng.integers(5, 9)),
            before=int(rng.integers(2, 4)),
            scout_needles=bool(rng.random() < 0.6),
        ),
        motion=_motion(scenario.motion, rng),
        tissue=replace(scenario.tissue, gas=int(rng.integers(0, 13))),
        injections=_injections(scenario.injections, rng),
    )


def _injections(injections: tuple[Injection, ...], rng: np.random.Generator) -> tuple[Injection, ...]:
    if rng.random() < WITHOUT_CONTRAST:
        nothing: dict[str, Any] = {"pattern": "none", "volume_ml": 0.0, "iodine_mg_per_ml": 0.0}
        needles = tuple(replace(injection, **nothing) for injection in injections)
        return () if rng.random() < WITHOUT_NEEDLES else needles
    if not injections or rng.random() >= VASCULAR:
        return injections
    vein: dict[str, Any] = {"pattern": "vascular", "volume_ml": between(rng, 0.2, 0.5)}
    chosen = int(rng.integers(len(injections)))
    return tuple(replace(one, **vein) if n == chosen else one for n, one in enumerate(injections))


def _quanta(rng: np.random.Generator) -> float:
    return round(float(np.exp(rng.uniform(np.log(500), np.log(15000)))), 1)


def _motion(motion: PatientMotion, rng: np.random.Generator) -> PatientMotion:
    """Gas moves by up to a centimetre, and the patient lies elsewhere in every fourth study."""
    elsewhere = rng.random() < 0.25
    jump = (round(float(rng.normal(0, 8)), 2), round(float(rng.normal(0, 8)), 2))
    limited = (float(np.clip(jump[0], -25, 25)), float(np.clip(jump[1], -25, 25)))
    return replace(motion, gas_px=between(rng, 0, 20), jump_px=limited if elsewhere else motion.jump_px)
