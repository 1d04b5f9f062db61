"""mask.png: the contrast mask as an image of the size and orientation of the stored frame."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spreadscan.values import CoverageReport, SpreadMask

NONE, POSSIBLE, SURE = 0, 128, 255
"""Gray levels of mask.png."""


def to_gray(mask: SpreadMask) -> NDArray[np.uint8]:
    """Return (R, C) gray levels: 0 no contrast, 128 possible, 255 sure."""
    gray = np.full(mask.sure.shape, NONE, dtype=np.uint8)
    gray[mask.possible] = POSSIBLE
    gray[mask.sure] = SURE
    return gray


def write_mask(report: CoverageReport, path: Path) -> None:
    """Write mask.png, 8-bit grayscale without metadata.

    Raises:
        OSError: the file cannot be written.
    """
    from PIL import Image

    Image.fromarray(to_gray(report.mask)).save(path, format="PNG")
