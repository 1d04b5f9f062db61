"""The spectrum of the tube, and what the detector makes of each photon energy.

Bremsstrahlung of a tungsten anode: Kramers' law with a correction in E/U, filtered by the tungsten above the
depth of production,

    N(E) ∝ (U − E) / E · (1 + b E/U + c (E/U)²) · exp(−μ/ρ_W(E) · d · U/100 · (1 − (E/U)²)),

and the K lines grow as U (U/69.525 − 1)^n. Constants fitted to the spectra of SpekPy 2.5 (G. Poludniowski et
al., Med. Phys. 48 (2021) 3630, doi 10.1002/mp.14945; 12° anode) behind 3 mm Al and 0.2 mm Cu, 50 to 125 kV:
mean energies agree within 0.2 keV before and behind 200 mm of water.
"""

import numpy as np

from spreadscan.frozen import value
from spreadscan.phantom.imaging.attenuation import (
    Energies,
    linear_attenuation,
    mass_attenuation,
)
from spreadscan.phantom.scenario import Beam

LOWEST_KEV, HIGHEST_KEV = 15, 125
"""The range of the tables; what a filtered tube emits below it does not pass a patient."""

SHAPE_LINEAR, SHAPE_SQUARE = -1.320, 1.155
"""b and c of the module's formula: fitted."""

ANODE_G_CM2 = 0.02223
"""d: tungsten that bremsstrahlung of a 100 kV tube passes on its way out: fitted."""

K_EDGE_KEV = 69.525
"""Tungsten's K edge (NISTIR 5632)."""

LINE_STRENGTH, LINE_EXPONENT = 0.0530, 1.409
"""Photons of all K lines over those that the module's formula gives in 1 keV, and n: fitted."""

LINES_KEV = ((57.98, 0.29), (59.32, 0.50), (67.24, 0.17), (69.07, 0.04))
"""Kα2, Kα1, Kβ1 and Kβ2 of tungsten with their shares (X-ray Data Booklet, table 1-2, shares rounded)."""

SCINTILLATOR_MM = 0.6
"""Thickness of caesium iodide: usual for fluoroscopy (assumption)."""

SCINTILLATOR_PACKING = 0.8
"""Share of its volume that the needles of caesium iodide fill (assumption)."""


@value
class Spectrum:
    """Photons by energy.

    Attributes:
        energies_kev: (E,) middles of 1 keV steps.
        weights: (E,) their share in the signal of the open beam; adds up to 1.
    """

    energies_kev: Energies
    weights: Energies


def photons(beam: Beam) -> Energies:
    """Return photons per keV behind the filters, (E,), arbitrary scale, for each keV of the tables' range."""
    energies = _energies()
    share = energies / beam.peak_kv
    shape = 1 + SHAPE_LINEAR * share + SHAPE_SQUARE * share**2
    emitted = np.clip(beam.peak_kv - energies, 0, None) / energies * shape
    depth_g_cm2 = ANODE_G_CM2 * beam.peak_kv / 100 * np.clip(1 - share**2, 0, None)
    emitted *= np.exp(-mass_attenuation("tungsten", energies) * depth_g_cm2)
    # electrons of less energy cannot free one of the K shell
    if beam.peak_kv > K_EDGE_KEV:
        strength = LINE_STRENGTH * beam.peak_kv * (beam.peak_kv / K_EDGE_KEV - 1) ** LINE_EXPONENT
        for line_kev, line_share in LINES_KEV:
            emitted[round(line_kev) - LOWEST_KEV] += strength * line_share
    filters = beam.aluminium_mm * linear_attenuation("aluminium", energies)
    filters += beam.copper_mm * linear_attenuation("copper", energies)
    return emitted * np.exp(-filters)


def _energies() -> Energies:
    return np.arange(LOWEST_KEV, HIGHEST_KEV + 1, dtype=np.float64)


def absorbed(energies_kev: Energies) -> Energies:
    """Return the share of photons that caesium iodide absorbs, (E,): 1 − exp(−μ · thickness · packing)."""
    path_mm = SCINTILLATOR_MM * SCINTILLATOR_PACKING
    # 1 − exp loses its digits where little is absorbed
    return -np.expm1(-linear_attenuation("caesium iodide", energies_kev) * path_mm)


def detected(beam: Beam) -> Spectrum:
    """Return the open beam as an energy-integrating detector of caesium iodide sees it.

    Each photon counts with its energy: weights ∝ photons · absorbed share · energy.
    """
    energies = _energies()
    weights = photons(beam) * absorbed(energies) * energies
    return Spectrum(energies, weights / weights.sum())
