"""How lines, pictures and texts are drawn, the same in every picture: plain numbers, pixels of the figure.

matplotlib is imported when something is drawn, through its objects only: no window, no state, and no setting
of the user's matters.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spreadscan.write.pictures.layout import WIDTH_PX, Box
from spreadscan.write.pictures.palette import Stroke

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI = 100
BACKGROUND, INK, FAINT_INK = "#101316", "#F2F2F2", "#B8BEC4"
_SIGNS = "–—·×²±→≥≤…’"


class Pen(NamedTuple):
    """How a text is written; ``anchor`` is the end of the text that stands at the place."""

    size_pt: float = 9
    anchor: str = "left"
    colour: str = INK
    bold: bool = False
    halo: bool = False


def empty_figure(height_px: int, width_px: int = WIDTH_PX) -> Figure:
    """Return an empty figure."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure((width_px / DPI, height_px / DPI), dpi=DPI, facecolor=BACKGROUND)
    FigureCanvasAgg(figure)
    return figure


def png_of(figure: Figure) -> bytes:
    """Return a figure as PNG: the same bytes for the same drawing."""
    from PIL import Image

    canvas: Any = figure.canvas
    canvas.draw()
    png = io.BytesIO()
    # noise hardly shrinks further at higher levels, which take three times as long
    Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3]).save(png, format="PNG", compress_level=3)
    return png.getvalue()


def add_image(figure: Figure, image: NDArray[np.uint8], shape: tuple[int, ...], box: Box) -> Axes:
    """Show an image in a box, with the coordinates of a frame of this shape, (R, C)."""
    width, height = _size_px(figure)
    axes = figure.add_axes(
        (box.left / width, 1 - box.bottom / height, box.width / width, box.height / height)
    )
    axes.set_axis_off()
    limits = (-0.5, shape[1] - 0.5, shape[0] - 0.5, -0.5)
    axes.imshow(image, extent=limits, aspect="auto", interpolation="nearest")
    axes.set_xlim(limits[:2])
    axes.set_ylim(limits[2:])
    axes.set_autoscale_on(False)
    return axes


def draw_line(figure: Figure, xs: tuple[float, float], ys: tuple[float, float], stroke: Stroke) -> None:
    """Draw a line on the figure, at pixels from its top left."""
    from matplotlib.lines import Line2D

    width, height = _size_px(figure)
    figure.add_artist(
        Line2D(
            [x / width for x in xs],
            [1 - y / height for y in ys],
            color=stroke.colour,
            linewidth=stroke.width_pt,
            linestyle=line_style(stroke),
            path_effects=halo(stroke.width_pt + 0.9),
        )
    )


def line_style(stroke: Stroke) -> Any:
    """Return the style of a line as matplotlib wants it."""
    return (0, stroke.dashes) if stroke.dashes else "solid"


def halo(width_pt: float) -> list[Any]:
    """Return the dark rim that sets lines and letters off the picture."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=width_pt, foreground="black", alpha=0.65)]


def write_text(where: Any, x: float, y: float, text: str, pen: Pen) -> None:
    """Write a text into axes, at places of the frame, or onto the figure, at pixels from its top left."""
    from matplotlib.figure import Figure

    if isinstance(where, Figure):
        width, height = _size_px(where)
        x, y = x / width, 1 - y / height
    where.text(
        x,
        y,
        _drawable(text),
        fontsize=pen.size_pt,
        fontfamily="DejaVu Sans",
        fontweight="bold" if pen.bold else "normal",
        color=pen.colour,
        ha=pen.anchor,
        va="center",
        parse_math=False,
        clip_on=True,
        path_effects=halo(2.2) if pen.halo else None,
    )


def font_file(bold: bool) -> Path:
    """Return the font of the pictures as a TrueType file, for what is printed beside them."""
    import matplotlib

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name


def _size_px(figure: Figure) -> tuple[float, float]:
    return figure.get_figwidth() * DPI, figure.get_figheight() * DPI


def _drawable(text: str) -> str:
    """Return the text with characters that the font of the picture may lack replaced by a question mark."""
    return "".join(c if ord(c) < 0x250 or c in _SIGNS else "?" for c in text)
