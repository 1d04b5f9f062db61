"""mask.png, as large as the stored frame and turned like it; and the frame with its contrast tinted."""

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spreadscan.values import CoverageReport, SpreadMask
from spreadscan.write.pictures.layout import Box
from spreadscan.write.pictures.palette import CONTRAST

NONE, POSSIBLE, SURE = 0, 128, 255
"""Gray levels of mask.png."""
_SURE_TINT, _POSSIBLE_TINT = 0.42, 0.18


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


def tinted(report: CoverageReport, box: Box) -> NDArray[np.uint8]:
    """Return the frame at the size of the box, the contrast in it tinted."""
    gray = resized(report.pictures.frame, box).astype(np.float32)
    sure = resized(report.mask.sure.astype(np.uint8) * 255, box).astype(np.float32) / 255
    possible = resized(report.mask.possible.astype(np.uint8) * 255, box).astype(np.float32) / 255
    tint = np.maximum(_SURE_TINT * sure, _POSSIBLE_TINT * possible)[..., None]
    colour = np.array([int(CONTRAST[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.float32)
    tinted: NDArray[np.float32] = gray[..., None] * (1 - tint) + colour * tint
    return np.rint(tinted).astype(np.uint8)


def resized(image: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    """Return a gray image, (R, C), at the size of the box."""
    from PIL import Image

    return np.asarray(Image.fromarray(image).resize((box.width, box.height), Image.Resampling.BICUBIC))


def grey_png(image: NDArray[np.uint8], width_px: int, stretch: float = 1.0) -> bytes:
    """Return a gray image, (R, C), as PNG, no wider than ``width_px``; rows are stretched by ``stretch``."""
    from PIL import Image

    zoom = min(1.0, width_px / image.shape[1])
    box = Box(0, 0, max(1, round(image.shape[1] * zoom)), max(1, round(image.shape[0] * zoom * stretch)))
    png = io.BytesIO()
    Image.fromarray(resized(image, box)).save(png, format="PNG")
    return png.getvalue()
