"""Every measured number of the skeleton, with its source, for an adult of mixed sex.

References:
    [1] Panjabi et al. Spine 1992;17:299 (dimensions of lumbar vertebrae), rounded as a reference model.
    [2] Cook, Baker. Int J Spine Surg 2021;15:1072 (L5, 196 CT: anterior height 30.3, posterior 26.3 mm, canal
        width 28.2 mm, pedicle 16.1 x 12.9 mm).
    [3] Li Bing et al. 2003 (transverse processes, 20 CT); Suck et al. J Korean Neurosurg Soc 1975 (500
        films: horizontal at L1 to L3, slightly upward at L4 and L5).
    [4] BritSpine 2010 (facet angle to the sagittal plane, 200 MRI: 35.9, 43.2, 49.4 degrees at L3/4, L4/5,
        L5/S1).
    [5] Masharawi et al. Eur Spine J 2010;19:768 (interfacet width over body width 0.67 to 0.76, 240
        skeletons); Panjabi et al. Spine 1993;18:1298 (facets 12 to 16 mm wide, 15 to 18 mm high).
    [6] Lumbar discs on 106 MRI (7.9 mm at L1/2 to 12.0 mm at L4/5); Shao et al. 2002 (discs grow 0.05 to
        0.09 mm per year of age).
    [7] Fausone et al. 2022 (left-right difference of transverse processes 4 +- 3 mm, 16 cadavers).
    [8] Chakraverty et al. J Anat 2007 (crests at L4 or L4/5 in 87 % of 75 prone fluoroscopies).
    Numbers without one are assumptions: general anatomy, no measurement.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class LevelForm(NamedTuple):
    """Reference dimensions of a lumbar vertebra.

    Attributes:
        body_width_mm: mean of both end-plates [1].
        body_depth_mm: mean of both end-plates [1].
        body_height_mm: between the middles of the end-plates [1].
        wedge_deg: how much the body is higher in front: at L5 from heights 30.3 and 26.3 mm [2].
        canal_width_mm: interpedicular distance [1, 2].
        pedicle_width_mm: of the frontal oval [1, 2].
        pedicle_height_mm: of the frontal oval [1, 2].
        pedicle_above_mm: centre of the pedicle above the middle of the body; an assumption.
        junction_x_mm: SAP–TP junction from the midline: half the canal and 1.0 (L1 to L3), 0.95 (L4), 0.85
            (L5) of the pedicle's width [1].
        junction_above_mm: junction above the centre of the pedicle; an assumption.
        junction_back_mm: junction behind the posterior wall; farther in front at L5, whose process springs
            from the whole pedicle; an assumption.
        process_span_mm: between the tips of the transverse processes [1, 3].
        process_height_mm: height of the root of the transverse process [3].
        process_rise_mm: tip of the transverse process above the middle of its root [3].
        process_back_mm: tip of it behind its root; an assumption.
        facet_x_mm: middle of the upper facet joint from the midline: about 0.35 body widths [5].
        facet_angle_deg: upper facet joint against the sagittal plane [4], L1/2 and above by extrapolation.
        spinous_back_mm: tip of the spinous process behind the posterior wall; an assumption.
        spinous_height_mm: height of it; an assumption.
    """

    body_width_mm: float
    body_depth_mm: float
    body_height_mm: float
    wedge_deg: float
    canal_width_mm: float
    pedicle_width_mm: float
    pedicle_height_mm: float
    pedicle_above_mm: float
    junction_x_mm: float
    junction_above_mm: float
    junction_back_mm: float
    process_span_mm: float
    process_height_mm: float
    process_rise_mm: float
    process_back_mm: float
    facet_x_mm: float
    facet_angle_deg: float
    spinous_back_mm: float
    spinous_height_mm: float


class DiscForm(NamedTuple):
    """Reference dimensions of a disc.

    Attributes:
        height_mm: between the middles of the end-plates, about as projected in the frontal view [6].
        angle_deg: how much it is higher in front: lying prone, about 40 degrees of lordosis in all; an
            assumption.
    """

    height_mm: float
    angle_deg: float


VERTEBRAE: Mapping[str, LevelForm] = MappingProxyType(
    {
        "T11": LevelForm(
            38, 29, 23.0, -2.0, 21.0, 8.5, 15.5, 4.5, 18.5, 1, 13.5, 50, 9, 2, 10, 12.0, 60, 44, 16
        ),
        "T12": LevelForm(
            40, 30, 24.0, -2.0, 22.0, 8.5, 15.5, 4.5, 19.5, 1, 13.5, 48, 9, 0, 9, 13.0, 50, 47, 18
        ),
        "L1": LevelForm(
            42, 31, 25.0, -1.0, 23.7, 8.6, 15.5, 5.0, 20.5, 2, 13.5, 73, 9, -1, 8, 14.0, 24, 50, 22
        ),
        "L2": LevelForm(
            44, 32, 25.5, 0.0, 23.8, 8.8, 15.0, 5.2, 20.7, 3, 13.5, 82, 10, -1, 8, 14.5, 27, 52, 23
        ),
        "L3": LevelForm(
            46, 33, 26.0, 0.5, 24.3, 10.3, 14.7, 5.4, 22.5, 4, 13.5, 91, 10, 0, 8, 15.3, 31, 53, 23
        ),
        "L4": LevelForm(
            48, 34, 26.0, 2.0, 25.4, 13.4, 14.9, 3.8, 25.4, 5, 13.0, 88, 10, 3, 5, 17.2, 36, 51, 20
        ),
        "L5": LevelForm(
            49, 34, 26.0, 7.0, 27.8, 17.5, 14.5, 1.4, 28.8, 6, 11.5, 95, 14, 6, 3, 20.0, 43, 43, 14
        ),
    }
)
"""Thoracic vertebrae are assumptions, but for their continuing the row."""
DISCS: Mapping[str, DiscForm] = MappingProxyType(
    {
        "T11": DiscForm(6.0, 0.0),
        "T12": DiscForm(7.0, 1.5),
        "L1": DiscForm(8.5, 3.0),
        "L2": DiscForm(10.0, 4.0),
        "L3": DiscForm(11.5, 4.5),
        "L4": DiscForm(12.5, 6.5),
        "L5": DiscForm(11.5, 14.0),
    }
)
"""By the vertebra above."""
UPPER_HOLLOW_MM, LOWER_HOLLOW_MM = 0.8, 1.8
"""How deep the middle of the upper and the lower end-plate of a body lies below its rim; an assumption."""
JOINT_GAP_MM = 2.2
"""Between subchondral plates: two cartilages of about 1 mm; an assumption."""
