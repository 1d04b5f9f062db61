"""The solid parts of the left lower ribs, in the frame of their vertebra; sizes are assumptions."""

import numpy as np
from scipy.interpolate import CubicSpline

from spreadscan.phantom.bones.solids import Part, Tube


def rib_parts(length: float) -> list[Part]:
    """Return the parts of a rib from the head beside the body of its vertebra to its free end.

    Args:
        length: 1 for the twelfth rib, about 1.6 for the eleventh.
    """
    head = np.array([20.0, 4.0, 6.0])
    course = np.array([[0, 0, 0], [14, 10, -4], [40, 11, -20], [70, -2, -42], [92, -26, -61]])
    curve = CubicSpline(np.linspace(0, 1, 5), head + course * length)
    thick = CubicSpline(np.linspace(0, 1, 5), [(3.6, 3.4), (4.6, 3.2), (5.4, 3.0), (4.8, 2.8), (2.4, 2.2)])
    share = np.linspace(0, 1, 15)
    nodes = tuple((float(x), float(y), float(z)) for x, y, z in curve(share))
    radii = tuple((float(a), float(b)) for a, b in thick(share))
    return [Part(Tube(nodes, radii, (0.0, 0.3, 1.0)))]
