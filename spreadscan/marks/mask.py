"""The door for a contrast mask that a person drew."""

from pathlib import Path

import numpy as np

from spreadscan.marks.loop import PNG_MAGIC, read_outlines
from spreadscan.marks.outline import DrawnOn
from spreadscan.read.complaint import Complaint, refusal
from spreadscan.read.opening import first_bytes
from spreadscan.read.png import grey_levels
from spreadscan.values import GivenMask

POSSIBLE, SURE = 128, 255
_OF_LOOPS = ("loop-unreadable", "loop-outside")


def read_mask(path: Path, on: DrawnOn) -> GivenMask:
    """Return the contrast mask of a PNG in the geometry of the frame, or of outlines.

    In a PNG 0 is no contrast, 128 possible and 255 sure contrast, as ``mask.png`` has it. A mask of 0 and
    255, or of 0 and 1, has sure contrast only. Gray stored as colour is understood, colour and
    half-transparent pixels are not. A mask without contrast is a finding too. What outlines enclose is sure
    contrast, in all the files that ``read_outlines`` understands.

    Args:
        path: the file.
        on: the frame.

    Returns:
        The mask, (R, C).

    Raises:
        CannotRead: ``input-missing``; ``mask-unreadable`` when it is no such file, has another size or other
            values, or was drawn on another image or frame.
    """
    try:
        if first_bytes(path, len(PNG_MAGIC)) != PNG_MAGIC:
            drawn = read_outlines(path, on)
            return GivenMask(sure=drawn, possible=drawn)
        levels = grey_levels(path, (on.rows, on.columns), "mask-unreadable")
        found = set(np.unique(levels).tolist())
        if found <= {0, 1}:
            return GivenMask(sure=levels == 1, possible=levels == 1)
        if not found <= {0, POSSIBLE, SURE}:
            strange = ", ".join(str(level) for level in sorted(found - {0, POSSIBLE, SURE})[:4])
            raise Complaint("mask-unreadable", f"holds values other than 0, {POSSIBLE} and {SURE}: {strange}")
        return GivenMask(sure=levels == SURE, possible=levels >= POSSIBLE)
    except Complaint as complaint:
        complaint = complaint.about("mask-unreadable") if complaint.slug in _OF_LOOPS else complaint
        raise refusal([complaint], path.name) from complaint
