"""The only anatomical numbers: levels, sides, nerves, joints, and the branch regions of an SAP–TP junction.

Everything is in *reference millimetres* of an adult lumbar spine in the frontal view (T, H and jx below), in
the junction's own frame: x lateral, y cranial, origin at the SAP–TP junction, where the lateral edge of the
base of the superior articular process meets the upper border of the root of the transverse process.

The polygons are a *proposal*: no published frontal-plane coordinate of the intermediate or lateral branch
exists. ``docs/method.md`` gives the evidence behind every border.

References:
    [1] Bogduk, Wilson, Tynan. The human lumbar dorsal rami. J Anat 1982;134:383.
    [2] Bogduk, Long. The anatomy of the so-called articular nerves. J Neurosurg 1979;51:172.
    [3] Shuang et al. Clinical anatomy and measurement of the medial branch of the spinal dorsal ramus.
        Medicine 2015;94:e2367 (division 3.4 to 3.6 mm above the upper border of the TP root at L3 and L4;
        12 cadavers, 24 sides).
    [4] Tran et al. Interv Pain Med 2024;3:100401 (gap between medial and lateral branches at the SAP neck;
        18 specimens).
    [5] Zhang et al. Front Cell Dev Biol 2022;10:1019309 (intermediate branch over the medial third, lateral
        branch over the middle third of the transverse process; 6 cadavers).
    [6] Li Bing et al. 2003 (transverse process length, 20 CT) and Panjabi et al. Spine 1992;17:299, combined
        as described in ``docs/method.md``.
    [7] Demondion et al. AJNR 2005;26:706 (medial branch in the mamillo-accessory canal).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

Level = Literal["L1", "L2", "L3", "L4", "L5", "S1"]
Side = Literal["left", "right", "image left", "image right"]
RegionName = Literal["common", "medial", "intermediate", "lateral"]
Point = tuple[float, float]

LEVELS: tuple[Level, ...] = ("L1", "L2", "L3", "L4", "L5", "S1")
"""Cranial to caudal. Levels are bones."""
ASSESSED_LEVELS: tuple[Level, ...] = ("L3", "L4", "L5")
REGIONS: tuple[RegionName, ...] = ("common", "medial", "intermediate", "lateral")
BRANCHES: tuple[RegionName, ...] = ("medial", "intermediate", "lateral")

NERVE_AT: Mapping[Level, str] = MappingProxyType(
    {"L1": "T12", "L2": "L1", "L3": "L2", "L4": "L3", "L5": "L4", "S1": "L5"}
)
"""The dorsal ramus whose medial branch crosses the SAP–TP junction of a bone: one number lower [1, 2]."""


class FacetJoint(NamedTuple):
    """A zygapophysial joint and the two bones at whose junctions its medial branches run [1].

    Both nerves must be reached before anything can be said of the joint.
    """

    name: str
    upper_level: Level
    lower_level: Level


JOINTS: tuple[FacetJoint, ...] = (FacetJoint("L3/4", "L3", "L4"), FacetJoint("L4/5", "L4", "L5"))
"""The joints whose two junctions are both assessed; L2/3 and L5/S1 need the junctions of L2 and S1."""


class LevelSize(NamedTuple):
    """Reference size of a level in millimetres.

    Attributes:
        junction_x_mm: distance of the SAP–TP junction from the midline: half the interpedicular distance
            plus 1.0, 0.95, 0.85 of the pedicle width at L3, L4, L5 (between-subject SD about 2 mm) [6].
        process_length_mm: T, length of the transverse process lateral to the junction (SD 3 to 4 mm) [6].
        root_height_mm: H, height of the root of the transverse process (SD about 2 mm, an assumption).
    """

    junction_x_mm: float
    process_length_mm: float
    root_height_mm: float


REFERENCE: Mapping[Level, LevelSize] = MappingProxyType(
    {
        "L3": LevelSize(22.5, 23.0, 10.0),
        "L4": LevelSize(25.4, 18.6, 10.0),
        "L5": LevelSize(28.8, 18.7, 14.0),
    }
)

JUNCTION_SPACING_MM: Mapping[tuple[Level, Level], float] = MappingProxyType(
    {("L3", "L4"): 36.5, ("L4", "L5"): 37.5}
)
"""Cranio-caudal distance between neighbouring junctions; 33 to 42 mm occur [6]."""

DIVISION_MM: Point = (0.5, 3.5)
"""Where the ramus divides [3]."""
LOWER_END_HEIGHTS = 1.7
"""The courses of intermediate and lateral branch end so many root heights below the junction."""
COURSE_SHIFT_SD_MM = 1.5
"""How far a branch of one person lies from the nominal course, each way: an assumption, of the size of the
spread of the gap between medial and lateral branch (SD 1.8 to 2.5 mm [4])."""
COURSE_FAN_SD = 0.10
"""How far the lower end of a branch lies to the side, in lengths of the process; an assumption."""
COURSE_SCALE_SD = 0.07
"""How far the size of the template is off in one person: an assumption, as bodies of vertebrae vary [6]."""


def region_polygon_mm(level: Level, region: RegionName) -> tuple[Point, ...]:
    """Return the outline of a branch region at a level, for a person of reference size.

    Args:
        level: L3, L4 or L5 (the bone).
        region: the branch region.

    Returns:
        Vertices (x, y) in reference millimetres, x lateral and y cranial of the junction, in order. The four
        regions of a junction do not overlap.
    """
    _, t, h = REFERENCE[level]
    # border of intermediate and lateral: thirds of the process [5], but never inside the medial region
    a = max(0.38 * t, 4.5)
    if region == "common":
        # mean division 3.4 to 3.6 mm above the process + 2 SD + reading error [3]; width of the bundle [4]
        return ((-3, 0), (-3, 7), (5, 7), (5, 0))
    if region == "medial":
        return _medial_outline_mm(h)
    if region == "intermediate":
        # over the medial third of the transverse process, then caudally [5]
        caudal = ((a + 0.09 * t, -1.8 * h), (3, -1.8 * h), (1.5, -1.2 * h))
        return ((3, 0), (a, 0), (a, -h), *caudal, (1, -0.75 * h), (2, -0.35 * h))
    # over the middle third, with an allowance for spread [5]
    lateral_border = ((0.85 * t, 2), (0.85 * t, -0.9 * h), (t, -1.8 * h))
    return ((5, 4), *lateral_border, (a + 0.09 * t, -1.8 * h), (a, -h), (a, 0), (5, 0))


def _medial_outline_mm(h: float) -> tuple[Point, ...]:
    """Round the lateral neck of the SAP, under the mamillo-accessory ligament, then medially [2, 4, 7]."""
    lateral_border = ((3, 0), (2, -0.35 * h), (1, -0.75 * h), (-3, -1.15 * h), (-7.5, -1.35 * h))
    medial_border = ((-9, -1.0 * h), (-5.5, -0.60 * h), (-3.5, -0.25 * h), (-3, 0))
    return (*lateral_border, *medial_border)


def branch_course_mm(level: Level, branch: RegionName) -> tuple[Point, ...]:
    """Return the nominal course of a branch at a level, for a person of reference size.

    Args:
        level: L3, L4 or L5 (the bone).
        branch: medial, intermediate or lateral.

    Returns:
        Points (x, y) in reference millimetres from the division of the ramus on, x lateral and y cranial of
        the junction.
    """
    _, t, h = REFERENCE[level]
    division = DIVISION_MM
    courses: dict[RegionName, tuple[Point, ...]] = {
        "medial": (
            division,
            (0.5, 0),
            (-0.5, -0.3 * h),
            (-2, -0.65 * h),
            (-6, -0.95 * h),
            (-8.5, -1.1 * h),
        ),
        "intermediate": (
            division,
            (0.10 * t + 1, 0),
            (0.20 * t, -0.45 * h),
            (0.28 * t, -h),
            (0.38 * t, -LOWER_END_HEIGHTS * h),
        ),
        "lateral": (
            division,
            (0.20 * t + 1, 1),
            (0.45 * t, -0.3 * h),
            (0.58 * t, -0.9 * h),
            (0.75 * t, -LOWER_END_HEIGHTS * h),
        ),
    }
    return courses[branch]


SACRAL_JUNCTION_X_MM = 23.5
"""Distance of the base of the S1 articular process, at the groove with the ala, from the midline: 22 to 25
(an assumption); no scale is taken from it."""
SACRAL_COURSE_MM: tuple[Point, ...] = ((0.5, 4), (0.5, -12))
"""The L5 dorsal ramus at S1: down the groove between the S1 articular process and the ala, undivided to the
caudal edge of the process [2]. A proposal: the middle of a zone from 3 mm medial to 4 mm lateral and from
4 mm above to 12 mm below the junction."""
SACRAL_ZONE_MM: tuple[Point, ...] = ((-3, 4), (-3, -12), (4, -12), (4, 4))
"""The zone about it, whose share in the field and off metal decides whether it is assessed."""
