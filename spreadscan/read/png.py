"""Grey levels of a PNG that a person drew in the geometry of a frame; nothing hostile gets past here."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spreadscan.read.complaint import Complaint

_MODES = ("1", "L", "P", "LA", "RGB", "RGBA")


def grey_levels(path: Path, shape: tuple[int, int], slug: str) -> NDArray[np.uint8]:
    """Return the grey levels of a PNG, (R, C).

    Grey stored as colour is understood, colour and half-transparent pixels are not.

    Args:
        path: the file.
        shape: rows and columns of the frame.
        slug: of the complaint about a file that cannot be used.

    Raises:
        Complaint: ``input-missing``, or ``slug`` when it is no such PNG or has another size.
    """
    from PIL import Image

    rows, columns = shape
    try:
        if not path.is_file():
            raise Complaint("input-missing", "is not a file" if path.exists() else "does not exist")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's about large images: the size is checked below
            with Image.open(path, formats=("PNG",)) as image:
                # before any pixel is read: a few bytes can declare an image that fills the memory
                if image.size != (columns, rows):
                    size = f"{image.size[1]} × {image.size[0]}"
                    raise Complaint(slug, f"is {size} pixels, the frame {rows} × {columns}")
                if image.mode not in _MODES:
                    raise Complaint(slug, f"is not an 8-bit image but of mode {image.mode}")
                image.verify()  # Pillow reads a damaged file as far as it goes
            with Image.open(path, formats=("PNG",)) as image:
                return _grey(image, slug)
    except Complaint:
        raise
    except Exception as error:  # what Pillow may raise on damaged bytes has no common base
        slug = "input-missing" if isinstance(error, PermissionError) else slug
        raise Complaint(slug, "cannot be read as a PNG") from error


def _grey(image: Any, slug: str) -> NDArray[np.uint8]:
    if image.mode in ("1", "L"):
        grey: NDArray[np.uint8] = np.asarray(image.convert("L"))
        return grey
    colour = np.asarray(image.convert("RGBA"))
    if np.ptp(colour[..., :3], axis=-1).any():
        raise Complaint(slug, "is coloured")
    if (colour[..., 3] != 255).any():
        raise Complaint(slug, "has transparent pixels")
    return np.ascontiguousarray(colour[..., 0])
