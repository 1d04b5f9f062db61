"""What a subject's bones are to be: sizes drawn round the reference, and the degeneration asked for."""

from dataclasses import dataclass, replace

import numpy as np

from spreadscan.frozen import Vector
from spreadscan.phantom.bones.morphometry import DISCS, VERTEBRAE, LevelForm
from spreadscan.phantom.bones.posture import Wedge
from spreadscan.phantom.scenario import Subject

MALE, FEMALE = 1.04, 0.95
"""Linear size against the mixed reference, from L5 of men and women [Cook, Baker 2021]."""
SIZE_SD = 0.045
WIDTH_SD, DEPTH_SD, HEIGHT_SD = 0.065, 0.06, 0.055
"""Together with the size 8 % and 7 % between subjects; depth is an assumption."""
CANAL_SD_MM, PEDICLE_WIDTH_SD_MM, PEDICLE_HEIGHT_SD_MM = 2.5, 2.0, 1.5
PROCESS_LENGTH_SD_MM, PROCESS_SIDE_SD_MM = 3.0, 2.5
"""Length of the transverse process 3 to 4 mm; left against right 4 ± 3 mm [Fausone et al. 2022]: a normal
difference with a standard deviation of 5 mm has this mean and this standard deviation."""
PROCESS_HEIGHT_SD_MM, JUNCTION_RISE_SD_MM = 1.8, 1.2
DISC_SD_MM, DISC_ANGLE_SD_DEG = 1.6, 1.5
SPINOUS_TURN_SD_MM, FACET_TURN_SD_DEG, RISE_SD_MM, BACK_SD_MM = 1.8, 4.0, 2.0, 2.0
DISC_GROWTH_MM_PER_YEAR = (0.055, 0.055, 0.055, 0.057, 0.053, 0.060, 0.084)
"""Growth of the discs T11 to L5 with age, mean of men and women [Shao et al. 2002]; T11 and T12 assumed."""
REFERENCE_AGE_YEARS = 55.0
FRACTIONAL_SHARE = 0.35
"""Share of a scoliosis that the lowest disc leans back, so that the head stands over the sacrum."""
ROTATION_PER_COBB = 0.35
"""Axial rotation of the apex per degree of Cobb angle, bodies to the convex side; an assumption."""

Sides = tuple[float, float]
"""Left, right."""


@dataclass(frozen=True)
class VertebraShape:
    """How a vertebra differs from its reference form.

    Attributes:
        width: ratio of the body's width.
        depth: ratio of its depth.
        height: ratio of its height.
        wedge_deg: how much it is higher on the left.
        canal_mm: added to the interpedicular distance.
        pedicle_width_mm: added to the width of the pedicles.
        pedicle_height: ratio of their height.
        process_mm: added to the length of the transverse processes, after which ``process`` multiplies it.
        process: ratio of their length.
        process_height: ratio of the height of their roots.
        rise_mm: added height of their tips.
        back_mm: how much farther back their tips lie.
        junction_rise_mm: how much farther up the transverse process springs.
        facet_turn_deg: turn of the superior facet towards the frontal plane.
        spinous_turn_mm: how far the tip of the spinous process leans to the left.
        spinous: ratio of its length.
    """

    width: float = 1.0
    depth: float = 1.0
    height: float = 1.0
    wedge_deg: float = 0.0
    canal_mm: float = 0.0
    pedicle_width_mm: float = 0.0
    pedicle_height: float = 1.0
    process_mm: Sides = (0.0, 0.0)
    process: Sides = (1.0, 1.0)
    process_height: Sides = (1.0, 1.0)
    rise_mm: Sides = (0.0, 0.0)
    back_mm: Sides = (0.0, 0.0)
    junction_rise_mm: float = 0.0
    facet_turn_deg: Sides = (0.0, 0.0)
    spinous_turn_mm: float = 0.0
    spinous: float = 1.0


@dataclass(frozen=True)
class Build:
    """The whole column before it is made.

    Attributes:
        names: vertebrae from the head down.
        forms: the reference form of each.
        shapes: how each differs from it.
        bodies: each body as a piece of the column.
        discs: the disc below each of them.
        pelvis: ratios of width, depth and height of sacrum and hip bones.
        size: scale of the whole skeleton.
    """

    names: tuple[str, ...]
    forms: tuple[str, ...]
    shapes: tuple[VertebraShape, ...]
    bodies: tuple[Wedge, ...]
    discs: tuple[Wedge, ...]
    pelvis: tuple[float, float, float]
    size: float


def draw_build(subject: Subject, rng: np.random.Generator) -> Build:
    """Draw the sizes of a subject's bones: half of each variance is the person's, half the level's."""
    names, forms = _levels(subject.lumbar_bodies)
    person = subject.variation * _normal(rng, 24)
    shapes = tuple(
        _asked(_drawn(VERTEBRAE[form], person, subject.variation * _normal(rng, 24)), name, subject)
        for name, form in zip(names, forms, strict=True)
    )
    bodies = tuple(
        Wedge(
            height_mm=VERTEBRAE[form].body_height_mm * shape.height,
            sagittal_deg=VERTEBRAE[form].wedge_deg,
            lateral_deg=shape.wedge_deg,
            depth_mm=VERTEBRAE[form].body_depth_mm * shape.depth,
        )
        for form, shape in zip(forms, shapes, strict=True)
    )
    discs = _discs(names, forms, subject, rng)
    pelvis = 1 + 0.04 * subject.variation * _normal(rng, 3)
    ratios = (float(pelvis[0]), float(pelvis[1]), float(pelvis[2]))
    return Build(names, forms, shapes, bodies, discs, ratios, size_of(subject, float(person[0])))


def size_of(subject: Subject, deviation: float) -> float:
    """Return the scale of a skeleton: as asked, by sex, and ``deviation`` standard deviations beside it."""
    sex = {"male": MALE, "female": FEMALE, None: 1.0}[subject.sex]
    return subject.size * sex * (1 + SIZE_SD * deviation)


def disc_name(names: tuple[str, ...], index: int) -> str:
    """Return the name of the disc below a vertebra: ``L4/5``, ``L5/S1``, ``T12/L1``."""
    if index + 1 == len(names):
        return f"{names[index]}/S1"
    upper, lower = names[index], names[index + 1]
    return f"{upper}/{lower[1:] if upper[0] == lower[0] else lower}"


def _levels(lumbar_bodies: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names and forms; of six lumbar vertebrae the last one looks as L5 does, the fifth as L4."""
    usual = tuple(VERTEBRAE)
    if lumbar_bodies == 5:
        return usual, usual
    return (*usual, "L6"), (*usual[:-1], "L4", "L5")


def _normal(rng: np.random.Generator, count: int) -> Vector:
    """Standard normal numbers, none beyond 2.3."""
    drawn: Vector = np.clip(rng.standard_normal(count), -2.3, 2.3)
    return drawn


def _drawn(form: LevelForm, person: Vector, level: Vector) -> VertebraShape:
    """A shape at random: of each quantity half the variance is the person's."""
    u = np.sqrt(0.5) * (person + level)
    process = PROCESS_LENGTH_SD_MM * u[6]
    # sides differ level by level
    left, right = PROCESS_SIDE_SD_MM * level[7], PROCESS_SIDE_SD_MM * level[8]

    def sides(scale: float, both: int, one: int) -> Sides:
        mean, difference = 0.9 * u[both], 0.4 * level[one]
        return float(scale * (mean + difference)), float(scale * (mean - difference))

    high = sides(PROCESS_HEIGHT_SD_MM / form.process_height_mm, 9, 10)
    return VertebraShape(
        width=float(1 + WIDTH_SD * u[1]),
        depth=float(1 + DEPTH_SD * u[2]),
        height=float(1 + HEIGHT_SD * u[3]),
        canal_mm=float(CANAL_SD_MM * u[4]),
        pedicle_width_mm=float(PEDICLE_WIDTH_SD_MM * np.clip(u[5], -1.8, 2.3)),
        pedicle_height=float(1 + PEDICLE_HEIGHT_SD_MM / form.pedicle_height_mm * u[11]),
        process_mm=(float(process + left), float(process + right)),
        process_height=(1 + high[0], 1 + high[1]),
        rise_mm=sides(RISE_SD_MM, 12, 13),
        back_mm=sides(BACK_SD_MM, 14, 15),
        junction_rise_mm=float(JUNCTION_RISE_SD_MM * u[16]),
        facet_turn_deg=sides(FACET_TURN_SD_DEG, 17, 18),
        spinous_turn_mm=float(SPINOUS_TURN_SD_MM * level[19]),
        spinous=float(1 + 0.08 * u[20]),
    )


def _asked(shape: VertebraShape, name: str, subject: Subject) -> VertebraShape:
    """What the scenario asks for at this level."""
    scale = subject.process_scale
    return replace(
        shape,
        process=(scale.get(f"{name}_L", 1.0), scale.get(f"{name}_R", 1.0)),
        wedge_deg=subject.wedging_deg.get(name, 0.0),
    )


def _discs(
    names: tuple[str, ...], forms: tuple[str, ...], subject: Subject, rng: np.random.Generator
) -> tuple[Wedge, ...]:
    """Discs by age, collapse, slip and scoliosis."""
    drawn = subject.variation * _normal(rng, 4 * len(names) + 2)
    lean, rotation = _scoliosis(names, subject.scoliosis_deg)
    discs = []
    for i, (name, form) in enumerate(zip(names, forms, strict=True)):
        own = drawn[4 * i : 4 * i + 4]
        growth = DISC_GROWTH_MM_PER_YEAR[min(i, 6)] * (subject.age_years - REFERENCE_AGE_YEARS)
        height = max(DISCS[form].height_mm + growth + DISC_SD_MM * own[0], 5.0)
        lost = subject.disc_collapse.get(disc_name(names, i), 0.0)
        angle = DISCS[form].angle_deg * (1 + 0.15 * drawn[-1]) + DISC_ANGLE_SD_DEG * own[1]
        discs.append(
            Wedge(
                height_mm=float(max(height * (1 - lost), 1.0)),
                sagittal_deg=float(angle * (1 - 0.5 * lost)),
                lateral_deg=float(lean[i] + 0.5 * own[2]),
                axial_deg=float(rotation[i] + 0.5 * own[3]),
                forward_mm=float(subject.slip_mm.get(name, 0.0)),
            )
        )
    return tuple(discs)


def _scoliosis(names: tuple[str, ...], cobb_deg: float) -> tuple[Vector, Vector]:
    """Lateral lean and axial turn of each disc: L1 leans against L5 by the Cobb angle.

    Convex to the left is a lean to the right at L1: higher on the left between L1 and L5, less below.
    """
    lowest = len(names) - 1
    lean = np.zeros(len(names))
    first = names.index("L1")
    lean[first:lowest] = cobb_deg / (lowest - first)
    lean[lowest] = -FRACTIONAL_SHARE * cobb_deg
    # turned most at the apex, half as much at L1, not at the sacrum
    turned = np.interp(np.arange(len(names) + 1), [first, first + 1.5, lowest, lowest + 1], [0.5, 1, 0.2, 0])
    rotation = ROTATION_PER_COBB * cobb_deg * -np.diff(turned)
    return lean, rotation
