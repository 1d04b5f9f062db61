"""How courses of branches vary between people: the frame of a junction, as if the person were another.

Everything is a linear change of the local frame, so that a varied course is the nominal one in a varied
frame: its size changes (all branches of a junction together), it is shifted (each branch by itself), and it
fans out: it is sheared about the division of the ramus so that its lower end moves sideways. ``anatomy``
holds the standard deviations.
"""

import numpy as np
from numpy.typing import NDArray

from spreadscan.anatomy import (
    BRANCHES,
    COURSE_FAN_SD,
    COURSE_SCALE_SD,
    COURSE_SHIFT_SD_MM,
    DIVISION_MM,
    LOWER_END_HEIGHTS,
    REFERENCE,
    REGIONS,
    Level,
)
from spreadscan.uncertainty.draws import COURSE, PERSON, normal_draws
from spreadscan.values import ZoneName

NUMBERS = 3
"""Standard normal numbers that a branch needs for itself: two of its shift, one of its fan."""
_ZONES: tuple[ZoneName, ...] = (*REGIONS, "ramus")


def varied(
    frames: NDArray[np.float32], level: Level, region: ZoneName, key: tuple[int, ...]
) -> NDArray[np.float32]:
    """Return the frames of a junction, (D, 3, 2), with the course of a branch another person's.

    Args:
        frames: (D, 3, 2) origin and steps of one reference millimetre laterally and cranially, pixels.
        level: of the bone.
        region: the branch, or a zone of the undivided ramus, which does not fan out: the common one or S1's.
        key: seed and number of the junction; its branches share the size of the person.
    """
    draws = len(frames)
    seed, *site = key
    size = normal_draws((seed, PERSON, *site), draws, 1)[:, 0]
    own = normal_draws((seed, COURSE, *site, _ZONES.index(region)), draws, NUMBERS)
    scale = np.exp(COURSE_SCALE_SD * size)
    across, up = COURSE_SHIFT_SD_MM * own[:, :2].T
    fan = np.zeros(draws)
    if region in BRANCHES:
        process_mm, root_mm = REFERENCE[level][1:]
        # sideways per millimetre of depth below the division
        fan = COURSE_FAN_SD * process_mm / (DIVISION_MM[1] + LOWER_END_HEIGHTS * root_mm) * own[:, 2]
    origin, lateral, cranial = frames.transpose(1, 0, 2)
    # the fan turns about the division, not about the junction
    sideways = scale * fan * DIVISION_MM[1] + across
    changed = (
        origin + sideways[:, None] * lateral + up[:, None] * cranial,
        scale[:, None] * lateral,
        scale[:, None] * (cranial - fan[:, None] * lateral),
    )
    return np.stack(changed, axis=1).astype(np.float32)
