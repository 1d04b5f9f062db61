"""How hard it is for injectate to advance through the tissue beside a spine.

All of this is a model, not a measurement: injectate forms a pool at the needle and dissects from there along
what gives way. It keeps to bone, runs in the cleft between multifidus and longissimus and over the transverse
processes, along muscle fibres more easily than across, and hardly through joint capsules or forwards through
the intertransverse ligaments. Its parameters are set so that volumes reach what was seen in patients and
cadavers (Kimura 2020 and Miyakoshi, Joint Bone Spine 2007;74:270: 5 mL from L5 to L4; Wahezi, PM&R
2018;10:616: 0.25 to 0.5 mL stay near).
"""

from dataclasses import dataclass

import numpy as np

from spreadscan.frozen import FloatArray, Vector, value
from spreadscan.phantom.spread.grid import Grid, Labels, Voxels
from spreadscan.phantom.spread.noise import Texture, drawn_texture, laid
from spreadscan.phantom.spread.occupancy import between_solids, distance_mm
from spreadscan.phantom.spread.spine import SpineLines

_CAPSULE = 12.0
"""Resistance of joint spaces closed by their capsules, over that of the planes at bone."""
_PROCESS_MM = 4.0
"""From the line of junctions and tips to the dorsal surface of a transverse process."""
_DRIFT_MM = 20.0
"""Beyond about this distance along the spine injectate goes to one end rather than to the other."""
_POOL_MM = 14.0
"""Within about this distance from the needle pressure opens the tissue evenly."""


@dataclass(frozen=True)
class Medium:
    """What distinguishes one injection's surroundings from another's.

    Attributes:
        hug_mm: distance from bone at which advancing is twice as hard as at bone; infinite: bone does not
            matter.
        muscle: resistance within muscle over that at bone.
        planes: by how much fascial planes ease the advance.
        cleft_slope: how far the cleft between multifidus and longissimus runs laterally for each millimetre
            to the back.
        ventral: resistance in front of the intertransverse ligaments, over that behind them.
        ease: resistance along the spine over that across it.
        cranial: natural logarithm of the resistance towards the feet over that towards the head.
        rough: strength of irregularities 6 and 2 mm in size and of fibres, as of a logarithm.
        slope: how far muscle fibres run laterally and to the back for each millimetre to the head.
        porosity: share of tissue that injectate takes.
        feather: width of the edge as a share of the way from the tip.
    """

    hug_mm: float
    muscle: float
    planes: float
    cleft_slope: float
    ventral: float
    ease: float
    cranial: float
    rough: tuple[float, float, float]
    slope: tuple[float, float]
    porosity: float
    feather: float


def drawn_medium(rng: np.random.Generator) -> Medium:
    """Return the tissue round a junction as it differs from person to person."""
    return Medium(
        hug_mm=rng.uniform(1.6, 3.2),
        muscle=rng.uniform(8, 20),
        planes=rng.uniform(3.0, 9.0),
        # the cleft meets the skin about 3 cm from the midline, the junctions lie 2 to 3 cm from it
        cleft_slope=rng.normal(0.1, 0.12),
        ventral=rng.uniform(2.5, 6.0),
        ease=rng.uniform(0.48, 0.68),
        cranial=rng.normal(1.1, 0.4),
        rough=(rng.uniform(0.5, 0.8), rng.uniform(0.5, 0.75), 0.45),
        # multifidus: from mamillary processes up and in to spinous processes
        slope=(rng.normal(-0.2, 0.12), rng.normal(0.1, 0.06)),
        porosity=rng.uniform(0.5, 0.85),
        feather=rng.uniform(0.12, 0.4),
    )


@value
class Textures:
    """The irregularities of the tissue round one injection.

    Attributes:
        lobules: 6 mm in size.
        grains: 2 mm in size.
        bundles: of muscle fibres.
        streaks: of fibres, for how much injectate they take.
        specks: 1 mm in size, as well.
    """

    lobules: Texture
    grains: Texture
    bundles: Texture
    streaks: Texture
    specks: Texture


def drawn_textures(grid: Grid, medium: Medium, rng: np.random.Generator) -> Textures:
    """Return the irregularities for a grid and what may lie beyond it."""
    return Textures(
        lobules=drawn_texture(grid, (6.0, 6.0, 6.0), rng),
        grains=drawn_texture(grid, (2.2, 2.2, 2.2), rng),
        # bundles of fibres: 1 mm across, many times as long
        bundles=drawn_texture(grid, (0.9, 0.9, 6.0), rng, medium.slope),
        streaks=drawn_texture(grid, (0.9, 0.9, 6.0), rng, medium.slope),
        specks=drawn_texture(grid, (0.8, 0.8, 0.8), rng),
    )


@value
class Surroundings:
    """What stands round an injection.

    Attributes:
        tip_mm: tip of the needle, the centre of a voxel.
        grid: where.
        labels: (X, Y, Z) which solid.
        spine: the lines that tell muscles and ligaments.
        textures: irregularities of the tissue.
    """

    tip_mm: Vector
    grid: Grid
    labels: Labels
    spine: SpineLines
    textures: Textures


def muscle_resistance(around: Surroundings, medium: Medium) -> Voxels:
    """Return how hard it is to advance through each voxel beside the spine, negative in bone."""
    grid = around.grid
    solid = around.labels > 0
    lobules = laid(around.textures.lobules, grid, around.tip_mm)
    outside = _outside_pool(around)
    far = distance_mm(solid, grid.step_mm)
    tissue = np.log1p(np.minimum((far / np.float32(medium.hug_mm)) ** 2, np.float32(medium.muscle - 1)))
    tissue += _planes(around, medium, lobules)
    tissue += np.float32(medium.rough[0]) * lobules
    # a pool is even as a whole, its edge is not
    tissue *= outside
    tissue += _grains_and_fibres(around, medium)
    tissue += _ligaments(around, medium)
    tissue -= (0.5 * medium.cranial * np.tanh((grid.axes_mm[2] - around.tip_mm[2]) / _DRIFT_MM)).astype(
        np.float32
    )
    resistance: Voxels = np.exp(tissue)
    resistance[between_solids(around.labels, 1.4, grid.step_mm)] *= np.float32(_CAPSULE)
    resistance[solid] = -1
    return resistance


def irregularity(around: Surroundings, medium: Medium) -> Voxels:
    """Return irregularities of resistance of mean logarithm 0: lobules, grains, and bundles of fibres."""
    lobules = laid(around.textures.lobules, around.grid, around.tip_mm)
    return np.asarray(np.exp(np.float32(medium.rough[0]) * lobules + _grains_and_fibres(around, medium)))


def capacity(around: Surroundings, grid: Grid, medium: Medium) -> Voxels:
    """Return the share of each voxel that injectate takes: streaky along the fibres, 0.1 to 1 of it.

    Args:
        around: the textures.
        grid: where.
        medium: the tissue.
    """
    streaks = laid(around.textures.streaks, grid, around.tip_mm)
    specks = laid(around.textures.specks, grid, around.tip_mm)
    return np.clip(medium.porosity * (1 + 0.3 * streaks + 0.12 * specks), 0.1, 1.0).astype(np.float32)


def _grains_and_fibres(around: Surroundings, medium: Medium) -> Voxels:
    """Return the logarithm of the finer irregularities."""
    grains = laid(around.textures.grains, around.grid, around.tip_mm)
    bundles = laid(around.textures.bundles, around.grid, around.tip_mm)
    return np.asarray(np.float32(medium.rough[1]) * grains + np.float32(medium.rough[2]) * bundles)


def _outside_pool(around: Surroundings) -> Voxels:
    """Return 0.2 at the needle, 1 far from it: how much of the tissue's differences counts."""
    squares = [
        ((axis - tip) / _POOL_MM) ** 2 for axis, tip in zip(around.grid.axes_mm, around.tip_mm, strict=True)
    ]
    near = [np.exp(-square).astype(np.float32) for square in squares]
    return np.asarray(1 - 0.8 * near[0] * near[1] * near[2])


def _planes(around: Surroundings, medium: Medium, lobules: Voxels) -> Voxels:
    """Return the logarithm of what cleft, gutter and the plane over the processes ease."""
    lateral, behind = _beside_junctions(around)
    # undulating, as fasciae do
    cleft = lateral - 3 - medium.cleft_slope * behind + np.float32(1.2) * lobules
    over_process = _near(behind - _PROCESS_MM + np.float32(0.8) * lobules, 1.3) * _rising(lateral / 2)
    # the gutter between articular processes and longissimus, from junction to junction
    gutter = _near(lateral - 1 + lobules, 4.0) * _near(behind - 4 + lobules, 4.0)
    eased = np.maximum(_near(cleft, 1.1) * _rising(behind / 2), np.float32(0.6) * over_process)
    eased = np.maximum(eased, np.float32(0.6) * gutter)
    return np.asarray(-np.log1p(np.float32(medium.planes) * eased))


def _ligaments(around: Surroundings, medium: Medium) -> Voxels:
    """Return the logarithm of what the intertransverse ligaments hinder."""
    _, behind = _beside_junctions(around)
    return np.asarray(np.log1p(np.float32(medium.ventral - 1) * _rising(-(behind + 3))))


def _beside_junctions(around: Surroundings) -> tuple[Voxels, Voxels]:
    """Return how far voxels lie lateral to the line of junctions, and behind that and the line of tips."""
    x_mm, y_mm, z_mm = around.grid.axes_mm
    junction, tip = (line.at_mm(z_mm) for line in (around.spine.junctions, around.spine.tips))
    lateral = x_mm - junction[..., 0]
    way = np.clip(lateral / np.maximum(tip[..., 0] - junction[..., 0], 5.0), 0, 1.2)
    behind = y_mm - junction[..., 1] - way * (tip[..., 1] - junction[..., 1])
    return lateral.astype(np.float32), behind.astype(np.float32)


def _near(distance: FloatArray, width: float) -> Voxels:
    """Return 1 in a plane and less away from it."""
    return np.asarray(np.exp(-((distance / np.float32(width)) ** 2)), dtype=np.float32)


def _rising(x: FloatArray) -> Voxels:
    """Return 0 far below zero, 1 far above."""
    return np.asarray(0.5 + 0.5 * np.tanh(x), dtype=np.float32)
