"""Patients at random: their age, their spines and what lies about them."""

import numpy as np

from spreadscan.phantom.scenario import Subject, Tissue


def draw_subject(rng: np.random.Generator, degeneration: float) -> Subject:
    """A person; each finding of degeneration is met with this probability, scaled by how common it is."""

    def met(share: float) -> bool:
        """Whether a finding of this share is met."""
        return bool(rng.random() < share * degeneration)

    age = float(rng.uniform(25, 75) + 12 * degeneration)
    sites = [f"{level}_{side}" for level in ("L3", "L4", "L5") for side in "LR"]
    collapse = {disc: between(rng, 0.2, 0.8) for disc in ("L2/3", "L3/4", "L4/5", "L5/S1") if met(0.5)}
    facets = {site: between(rng, 0.5, 4) for site in sites if met(0.5)}
    slip = {str(rng.choice(["L4", "L5"])): between(rng, 2, 8)} if met(0.2) else {}
    wedging = {level: between(rng, -8, 8) for level in ("L2", "L3", "L4") if met(0.2)}
    scoliosis = float(rng.normal(0, 3)) + (
        float(rng.choice([-1, 1])) * between(rng, 8, 30) if met(0.4) else 0
    )
    return Subject(
        sex="female" if rng.random() < 0.5 else "male",
        age_years=round(age, 1),
        size=between(rng, 0.92, 1.08),
        bone_density=round(float(np.clip(rng.normal(1.15 - 0.006 * (age - 40), 0.15), 0.35, 1.4)), 3),
        cortex=between(rng, 0.8, 1.2),
        lumbar_bodies=6 if met(0.1) else 5,
        transitional=rng.choice(["left", "right", "both"]).item() if met(0.25) else "none",
        disc_collapse=collapse,
        wedging_deg=wedging,
        scoliosis_deg=round(float(np.clip(scoliosis, -40, 40)), 2),
        slip_mm=slip,
        facet_hypertrophy_mm=facets,
        osteophytes_mm=between(rng, 1, 7) if met(0.7) else 0.0,
        aortic_calcification=between(rng, 0.2, 1) if met(0.4) else 0.0,
        implants=_implants(rng) if met(0.15) else (),
    )


def _implants(rng: np.random.Generator) -> tuple[str, ...]:
    every = (("clips",), ("screws-L4", "screws-L5"), ("screws-L5", "cage-L5/S1"), ("cage-L4/5",))
    return every[int(rng.integers(len(every)))]


def draw_tissue(rng: np.random.Generator) -> Tissue:
    """Thickness, gas, texture and wires on the skin."""
    return Tissue(
        thickness_mm=between(rng, 170, 270),
        gas=int(rng.integers(0, 8)),
        texture=between(rng, 0.6, 1.4),
        wires=int(rng.integers(1, 3)) if rng.random() < 0.15 else 0,
    )


def between(rng: np.random.Generator, low: float, high: float) -> float:
    """A number between two, to three decimals, as scenarios are written."""
    return round(float(rng.uniform(low, high)), 3)
