"""Lines of the vertebral canal: the epidural bands and the spinal nerves in their foramina."""

import numpy as np

from spreadscan.frozen import Vector
from spreadscan.phantom.spread.spine import JunctionAxes, SpineLines


def pedicle_above_mm(spine: SpineLines, frame: JunctionAxes) -> Vector:
    """Return the centre of the pedicle above a junction's own: its nerve leaves above the junction."""
    z_mm = spine.pedicles.points_mm[:, 2]
    own = int(np.argmin(np.abs(z_mm - frame.origin_mm[2])))
    if own + 1 < len(z_mm):
        return np.asarray(spine.pedicles.points_mm[own + 1])
    return np.asarray(spine.pedicles.points_mm[own] + 35 * frame.scale * frame.cranial)


def nerve_line(pedicle_mm: Vector, frame: JunctionAxes, rng: np.random.Generator) -> Vector:
    """Return the line of the spinal nerve below a pedicle.

    It leaves the lateral recess under the pedicle, passes the foramen and runs downwards, outwards and
    forwards through psoas.

    Args:
        pedicle_mm: centre of the pedicle.
        frame: lateral, dorsal and cranial at the level.
        rng: source of its variation.

    Returns:
        (N, 3) world points from the canal outwards.
    """
    # lateral, dorsal and cranial of the centre of the pedicle, for a person of reference size
    recess, foramen = ((-9.0, 2.0, 2.0), (-6.5, 0.5, -5.0)), ((0.0, -1.0, -11.0), (7.0, -5.0, -18.0))
    psoas = ((13.0, -9.0, -27.0), (17.0, -12.0, -36.0))
    offsets = np.array((*recess, *foramen, *psoas))
    offsets = offsets + np.cumsum(rng.normal(0, 0.7, offsets.shape), axis=0)
    ways = [frame.direction(*offset) for offset in offsets]
    return np.asarray(pedicle_mm + frame.scale * np.array(ways))


def epidural_band(spine: SpineLines, frame: JunctionAxes, share: float, rng: np.random.Generator) -> Vector:
    """Return the line of an epidural band along the canal.

    It keeps to the inner side of the pedicles and bulges towards the foramina between them.

    Args:
        spine: lines through the landmarks.
        frame: of the level; the band runs two levels down and three up.
        share: where it lies between the middle (0) and the pedicles (1); negative: on the other side.
        rng: source of its variation.

    Returns:
        (N, 3) world points from the feet to the head.
    """
    z_mm = frame.origin_mm[2] + np.arange(-75.0, 111.0, 3.0)
    middle, pedicle = spine.middles.at_mm(z_mm), spine.pedicles.at_mm(z_mm)
    spacing_mm = float(np.diff(spine.pedicles.points_mm[:, 2]).mean())
    at_pedicle = (z_mm - spine.pedicles.points_mm[0, 2]) / spacing_mm
    bulge = 0.09 * (1 - np.cos(2 * np.pi * at_pedicle))
    wander = np.cumsum(rng.normal(0, 0.25, (len(z_mm), 2)), axis=0)
    # a canal is half as wide as from pedicle to pedicle: its edge lies at about 0.55 of the way
    line = middle + (0.52 + bulge)[:, None] * share * (pedicle - middle)
    line[:, :2] += wander
    # the dorsal epidural space lies 5 to 9 mm behind the middle of the pedicles
    line[:, 1] += rng.uniform(2.0, 8.0) * frame.scale
    return np.asarray(line)


def epidural_lines(spine: SpineLines, frame: JunctionAxes, rng: np.random.Generator) -> tuple[Vector, ...]:
    """Return the lines that epidural injectate follows: bands along the canal, nerves that leave it.

    Three in four stay on their side (Yoo, Acta Radiol 2020: unilateral 73.7 %).
    """
    bands = [epidural_band(spine, frame, 1.0, rng)]
    if rng.random() < 0.4:
        bands.append(epidural_band(spine, frame, 0.3, rng))
    if rng.random() < 0.26:
        other = epidural_band(spine, frame, -0.9, rng)
        at = int(rng.integers(20, 40))
        bands += [other, np.stack((bands[0][at], other[at + 1]))]
    start = pedicle_above_mm(spine, frame)
    leaves = [p for p in spine.pedicles.points_mm if np.allclose(p, start) or rng.random() < 0.4]
    return (*bands, *(nerve_line(np.asarray(p), frame, rng)[: 3 + int(rng.integers(0, 2))] for p in leaves))
