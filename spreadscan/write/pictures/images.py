"""mask.png, as large as the stored frame and turned like it; and the frame with its contrast tinted."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spreadscan.values import CoverageReport, SpreadMask
from spreadscan.write.pictures.layout import Box
from spreadscan.write.pictures.palette import CONTRAST

NONE, POSSIBLE, SURE = 0, 128, 255
"""Gray levels of mask.png."""
PNG_LEVEL = 1
"""How hard pictures are compressed, of 9."""
_SURE_TINT, _POSSIBLE_TINT = 0.42, 0.18


class Prints(NamedTuple):
    """Pictures as PNG.

    Attributes:
        annotated: the frame with contrast, junctions and regions drawn on it.
        native: the frame as it is.
        difference: what the contrast adds, dark where it is strong; ``None`` where it could not be judged.
        strip: a few frames of a run, in order.
    """

    annotated: bytes
    native: bytes
    difference: bytes | None
    strip: tuple[bytes, ...]


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
    path.write_bytes(png_of(to_gray(report.mask)))


def tinted(report: CoverageReport, box: Box) -> NDArray[np.uint8]:
    """Return the frame at the size of the box, the contrast in it tinted."""
    gray = resized(report.pictures.frame, box)
    colour: NDArray[np.uint8] = np.repeat(gray[..., None], 3, axis=2)
    sure = resized(report.mask.sure.astype(np.uint8) * 255, box)
    possible = resized(report.mask.possible.astype(np.uint8) * 255, box)
    # contrast covers little of a frame
    rows, columns = np.nonzero(sure | possible)
    tint = np.maximum(_SURE_TINT * sure[rows, columns], _POSSIBLE_TINT * possible[rows, columns]) / 255
    ground = gray[rows, columns][:, None].astype(np.float32)
    blue = np.array([int(CONTRAST[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.float32)
    colour[rows, columns] = np.rint(ground + tint[:, None] * (blue - ground)).astype(np.uint8)
    return colour


def resized(image: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    """Return a gray image, (R, C), at the size of the box."""
    import cv2

    shrinks = box.width * box.height < image.size
    # means of areas keep noise from becoming a pattern; between pixels a curve is smoother than they are
    manner = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, (box.width, box.height), interpolation=manner))


def grey_png(image: NDArray[np.uint8], width_px: int, stretch: float = 1.0) -> bytes:
    """Return a gray image, (R, C), as PNG, no wider than ``width_px``; rows are stretched by ``stretch``."""
    zoom = min(1.0, width_px / image.shape[1])
    box = Box(0, 0, max(1, round(image.shape[1] * zoom)), max(1, round(image.shape[0] * zoom * stretch)))
    return png_of(resized(image, box))


def png_of(image: NDArray[np.uint8]) -> bytes:
    """Return a picture, gray (R, C) or colour (R, C, 3), as PNG: the same bytes for the same picture."""
    import cv2

    # OpenCV writes colours as blue, green, red
    stored = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    # noise hardly shrinks further at higher levels, which take several times as long
    done, png = cv2.imencode(".png", stored, [cv2.IMWRITE_PNG_COMPRESSION, PNG_LEVEL])
    if not done:
        raise ValueError("OpenCV cannot make a PNG of this picture")
    return bytes(png)
