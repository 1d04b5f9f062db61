"""How strongly materials attenuate X-rays between 15 and 125 keV: tables and what is read off them.

Tables: J. H. Hubbell and S. M. Seltzer, *Tables of X-Ray Mass Attenuation Coefficients*, NISTIR 5632
(https://www.nist.gov/pml/x-ray-mass-attenuation-coefficients), coherent scattering included. A second source,
the tables of W. T. Elam, B. D. Ravel and J. R. Sieber, Radiat. Phys. Chem. 63 (2002) 121 as XrayDB 4.5 holds
them, agrees within 0.3 % at every keV from 15 to 125 (tungsten: 0.7 %).
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

Energies = NDArray[np.float64]
_Point = tuple[float, float]
_Branch = tuple[_Point, ...]

MASS_ATTENUATION: Mapping[str, tuple[_Branch, ...]] = MappingProxyType(
    {
        "water": (
            ((10, 5.329), (15, 1.673), (20, 0.8096), (30, 0.3756), (40, 0.2683), (50, 0.2269), (60, 0.2059),
             (80, 0.1837), (100, 0.1707), (150, 0.1505)),
        ),
        "adipose": (
            ((10, 3.268), (15, 1.083), (20, 0.5677), (30, 0.3063), (40, 0.2396), (50, 0.2123), (60, 0.1974),
             (80, 0.1800), (100, 0.1688), (150, 0.1500)),
        ),
        "cortical bone": (
            ((10, 28.51), (15, 9.032), (20, 4.001), (30, 1.331), (40, 0.6655), (50, 0.4242), (60, 0.3148),
             (80, 0.2229), (100, 0.1855), (150, 0.1480)),
        ),
        "iodine": (
            ((10, 162.6), (15, 55.12), (20, 25.43), (30, 8.561), (33.1694, 6.553)),
            ((33.1694, 35.82), (40, 22.10), (50, 12.32), (60, 7.579), (80, 3.510), (100, 1.942),
             (150, 0.6978)),
        ),
        "iron": (
            ((10, 170.6), (15, 57.08), (20, 25.68), (30, 8.176), (40, 3.629), (50, 1.958), (60, 1.205),
             (80, 0.5952), (100, 0.3717), (150, 0.1964)),
        ),
        "aluminium": (
            ((10, 26.23), (15, 7.955), (20, 3.441), (30, 1.128), (40, 0.5685), (50, 0.3681), (60, 0.2778),
             (80, 0.2018), (100, 0.1704), (150, 0.1378)),
        ),
        "copper": (
            ((10, 215.9), (15, 74.05), (20, 33.79), (30, 10.92), (40, 4.862), (50, 2.613), (60, 1.593),
             (80, 0.7630), (100, 0.4584), (150, 0.2217)),
        ),
        # its value at 34.55 keV is left out: it lies above that of the edge at 33.17 keV
        "caesium iodide": (
            ((10, 171.1), (15, 58.15), (20, 26.86), (30, 9.045), (33.1694, 6.923)),
            ((33.1694, 21.22), (35.9846, 17.19)),
            ((35.9846, 30.27), (40, 22.97), (50, 12.87), (60, 7.921), (80, 3.677), (100, 2.035),
             (150, 0.7290)),
        ),
        "tungsten": (
            ((15, 138.9), (20, 65.73), (30, 22.73), (40, 10.67), (50, 5.949), (60, 3.713), (69.525, 2.552)),
            ((69.525, 11.23), (80, 7.810), (100, 4.438), (150, 1.581)),
        ),
    }
)  # fmt: skip
"""Mass attenuation coefficients, (keV, cm²/g), in branches that end at K edges; bone and fat: ICRU-44."""

DENSITY_G_CM3: Mapping[str, float] = MappingProxyType(
    {
        "water": 1.0,
        "adipose": 0.95,
        "cortical bone": 1.92,
        "iron": 7.874,
        "aluminium": 2.699,
        "copper": 8.96,
        "caesium iodide": 4.51,
    }
)
"""Densities as those tables give them; steel 316 differs from iron by 2 % both ways (nickel up, chromium
down)."""

CANCELLOUS_BONE_SHARE = 0.14
"""Share of bone tissue in the volume of cancellous bone of usual density: an assumption, set so that its
excess over water at 55 keV is that of 140 mg/cm³ of hydroxyapatite, the density that CT finds in lumbar
bodies of middle age."""

CANCELLOUS_FAT_SHARE = 0.5
"""Share of fat in its marrow, the rest counted as water: about half in lumbar marrow of middle age
(assumption)."""


def mass_attenuation(material: str, energies_kev: Energies) -> Energies:
    """Return mass attenuation coefficients, (E,), cm²/g: cubic splines through log μ/ρ over log energy.

    Args:
        material: a key of ``MASS_ATTENUATION``.
        energies_kev: (E,), 15 to 125; at an edge the branch above it counts.
    """
    result = np.empty(len(energies_kev))
    branches = MASS_ATTENUATION[material]
    for number, branch in enumerate(branches):
        points = np.log(np.array(branch))
        above = energies_kev >= branch[0][0] if number else np.full(len(energies_kev), True)
        values = np.log(energies_kev[above])
        if len(branch) < 4:
            result[above] = np.exp(np.interp(values, points[:, 0], points[:, 1]))
        else:
            result[above] = np.exp(CubicSpline(points[:, 0], points[:, 1])(values))
    return result


def linear_attenuation(material: str, energies_kev: Energies) -> Energies:
    """Return attenuation coefficients, (E,), per mm: mass attenuation times density / 10."""
    return mass_attenuation(material, energies_kev) * DENSITY_G_CM3[material] / 10


def path_attenuation(energies_kev: Energies) -> NDArray[np.float64]:
    """Return what a unit of each path map adds to the exponent, (5, E), in the order of ``PathMaps``.

    Soft tissue, cortical and cancellous bone and steel per mm, iodine per mg/cm². Soft tissue is water; bone
    counts what it attenuates beyond the water that the map of soft tissue already holds in its place.
    """
    water = linear_attenuation("water", energies_kev)
    fat = linear_attenuation("adipose", energies_kev)
    cortical = linear_attenuation("cortical bone", energies_kev)
    marrow = CANCELLOUS_FAT_SHARE * fat + (1 - CANCELLOUS_FAT_SHARE) * water
    cancellous = CANCELLOUS_BONE_SHARE * cortical + (1 - CANCELLOUS_BONE_SHARE) * marrow
    return np.stack(
        [
            water,
            cortical - water,
            cancellous - water,
            linear_attenuation("iron", energies_kev),
            mass_attenuation("iodine", energies_kev) / 1000,
        ]
    )
