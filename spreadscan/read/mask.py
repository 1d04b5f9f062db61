"""The door for a contrast mask that a person drew."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spreadscan.read.complaint import Complaint, refusal
from spreadscan.values import GivenMask

POSSIBLE, SURE = 128, 255
_MODES = ("1", "L", "P", "LA", "RGB", "RGBA")


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
        levels = _levels(path, rows, columns)
        found = set(np.unique(levels).tolist())
        if found <= {0, 1}:
            return GivenMask(sure=levels == 1, possible=levels == 1)
        if not found <= {0, POSSIBLE, SURE}:
            strange = ", ".join(str(level) for level in sorted(found - {0, POSSIBLE, SURE})[:4])
            raise Complaint("mask-unreadable", f"holds values other than 0, {POSSIBLE} and {SURE}: {strange}")
        return GivenMask(sure=levels == SURE, possible=levels >= POSSIBLE)
    except Complaint as complaint:
        raise refusal([complaint], path.name) from complaint


def _levels(path: Path, rows: int, columns: int) -> NDArray[np.uint8]:
    from PIL import Image

    try:
        if not path.is_file():
            raise Complaint("input-missing", "is not a file" if path.exists() else "does not exist")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's about large images: the size is checked below
            with Image.open(path, formats=("PNG",)) as image:
                # before any pixel is read: a few bytes can declare an image that fills the memory
                if image.size != (columns, rows):
                    size = f"{image.size[1]} × {image.size[0]}"
                    raise Complaint("mask-unreadable", f"is {size} pixels, the frame {rows} × {columns}")
                if image.mode not in _MODES:
                    raise Complaint("mask-unreadable", f"is not an 8-bit image but of mode {image.mode}")
                image.verify()  # Pillow reads a damaged file as far as it goes
            with Image.open(path, formats=("PNG",)) as image:
                return _gray(image)
    except Complaint:
        raise
    except Exception as error:  # what Pillow may raise on damaged bytes has no common base
        slug = "input-missing" if isinstance(error, PermissionError) else "mask-unreadable"
        raise Complaint(slug, "cannot be read as a PNG") from error


def _gray(image: Any) -> NDArray[np.uint8]:
    if image.mode in ("1", "L"):
        gray: NDArray[np.uint8] = np.asarray(image.convert("L"))
        return gray
    colour = np.asarray(image.convert("RGBA"))
    if np.ptp(colour[..., :3], axis=-1).any():
        raise Complaint("mask-unreadable", "is coloured")
    if (colour[..., 3] != 255).any():
        raise Complaint("mask-unreadable", "has transparent pixels")
    return np.ascontiguousarray(colour[..., 0])
