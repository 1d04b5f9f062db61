"""What files of marks say beside the marks."""

from datetime import datetime
from typing import NamedTuple

from spreadscan.errors import WrongUsage


class Export(NamedTuple):
    """What files of marks say beside the marks.

    Attributes:
        moment: when DICOM objects say that they were made.
        slicer_mm_per_px: spacing at which 3D Slicer shows the image; ``None`` when it is not known.
    """

    moment: datetime
    slicer_mm_per_px: float | None = None


def slicer_spacing(mm_per_px: float | None) -> float:
    """Return the spacing at which 3D Slicer shows the image.

    Raises:
        WrongUsage: ``bad-option`` when it is not known.
    """
    if mm_per_px is None:
        raise WrongUsage(
            "bad-option",
            "is needed, since markups of 3D Slicer are millimetres",
            field="--slicer-mm-per-px",
            advice="give the spacing that Slicer's volume information says, 1 where the image has none",
        )
    return mm_per_px
