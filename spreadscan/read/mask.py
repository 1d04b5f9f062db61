"""The door for a contrast mask that a person drew."""

from pathlib import Path

import numpy as np

from spreadscan.read.complaint import Complaint, refusal
from spreadscan.read.png import grey_levels
from spreadscan.values import GivenMask

POSSIBLE, SURE = 128, 255


def read_mask(path: Path, rows: int, columns: int) -> GivenMask:
    """Return the contrast mask of a PNG in the geometry of the frame.

    0 is no contrast, 128 possible and 255 sure contrast, as ``mask.png`` has it. A mask of 0 and 255, or of
    0 and 1, has sure contrast only. Gray stored as colour is understood, colour and half-transparent pixels
    are not. A mask without contrast is a finding too.

    Args:
        path: the file.
        rows: height of the frame.
        columns: width of the frame.

    Returns:
        The mask, (R, C).

    Raises:
        CannotRead: ``input-missing``; ``mask-unreadable`` when it is no such PNG, has another size or other
            values.
    """
    try:
        levels = grey_levels(path, (rows, columns), "mask-unreadable")
        found = set(np.unique(levels).tolist())
        if found <= {0, 1}:
            return GivenMask(sure=levels == 1, possible=levels == 1)
        if not found <= {0, POSSIBLE, SURE}:
            strange = ", ".join(str(level) for level in sorted(found - {0, POSSIBLE, SURE})[:4])
            raise Complaint("mask-unreadable", f"holds values other than 0, {POSSIBLE} and {SURE}: {strange}")
        return GivenMask(sure=levels == SURE, possible=levels >= POSSIBLE)
    except Complaint as complaint:
        raise refusal([complaint], path.name) from complaint
