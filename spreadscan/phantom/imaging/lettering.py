"""Text that the system burns into the image: drawn with the font that Pillow carries."""

from dataclasses import dataclass

import numpy as np
from PIL import Image as Picture
from PIL import ImageDraw, ImageFont

from spreadscan.frozen import Image
from spreadscan.phantom.scenario import Processing

SMALLEST_PX, ROWS_PER_LINE = 7, 42
"""Text is as high as the image over ``ROWS_PER_LINE``, but no smaller than can be read."""

MARKER_LINES = 2.2
"""Height of a side marker in lines of text."""


@dataclass(frozen=True)
class Lettering:
    """What is written where.

    Attributes:
        lines: from the top-left corner down.
        corner: in the top-right corner.
        marker: beside the left edge at half height, larger: the side of the patient that lies there, or
            nothing.
    """

    lines: tuple[str, ...]
    corner: str
    marker: str = ""


def lettering(processing: Processing, peak_kv: float, image_left: str) -> Lettering | None:
    """Return what a system with this processing writes, if anything.

    Args:
        processing: its ``burned_in`` says what.
        peak_kv: is written.
        image_left: letter of the patient's side on the left of the image, ``L`` or ``R``.
    """
    if processing.burned_in == "none":
        return None
    marker = image_left if processing.burned_in == "text-and-side" else ""
    return Lettering(("SIMULATED 0001234", f"{peak_kv:.0f} kV  2.1 mA"), "LIH  F 1/1", marker)


def ink(text: Lettering, shape: tuple[int, int]) -> Image:
    """Return how much of each pixel the letters cover, (R, C), 0 to 1; all of them lie within the image.

    Text too wide for the image is drawn smaller.
    """
    rows, columns = shape
    canvas = Picture.new("L", (columns, rows), 0)
    draw = ImageDraw.Draw(canvas)
    size = max(SMALLEST_PX, round(rows / ROWS_PER_LINE))
    margin = size / 2
    widest = max(ImageFont.load_default(size).getlength(f"{text.lines[0]}  {text.corner}"), 1)
    size = max(1, int(size * min(1, (columns - 2 * margin) / widest)))
    font = ImageFont.load_default(size)
    for number, line in enumerate(text.lines):
        draw.text((margin, margin + 1.2 * size * number), line, fill=255, font=font)
    draw.text((columns - margin, margin), text.corner, fill=255, font=font, anchor="ra")
    if text.marker:
        large = ImageFont.load_default(round(MARKER_LINES * size))
        draw.text((margin, rows / 2), text.marker, fill=255, font=large, anchor="lm")
    covered: Image = np.asarray(canvas, dtype=np.float32) / np.float32(255)
    return covered
