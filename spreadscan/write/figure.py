"""overlay.png: the analysed frame with contrast, junctions, regions and verdicts drawn on it.

The picture stands in the middle, names and verdicts in the margins beside it so that they never cover the
anatomy, the contrast map and the key to the right. Frames of any size are shown at the same size.

matplotlib is imported when something is drawn, through its objects only: no window, no state, and no setting
of the user's matters.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spreadscan.anatomy import NERVE_AT, RegionName
from spreadscan.values import Calibration, CoverageReport, sides_of
from spreadscan.write.images import resized, tinted
from spreadscan.write.layout import (
    LINE_PX,
    PAD_PX,
    PANEL_PX,
    WIDTH_PX,
    Box,
    Label,
    Layout,
    bar_length_mm,
    labels_of,
    layout_of,
)
from spreadscan.write.palette import CONTRAST, CONTRAST_ON_WHITE, STROKES, Stroke
from spreadscan.write.rounding import probability
from spreadscan.write.words import (
    PURPOSE,
    VERDICTS,
    contrast_state,
    frame_in_words,
    plain,
    scale_in_words,
    side_in_words,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DPI = 100
_CONTOUR_PX = 400
_BACKGROUND, _INK, _FAINT_INK = "#101316", "#F2F2F2", "#B8BEC4"
_SURE, _POSSIBLE = Stroke(CONTRAST, 1.5, ()), Stroke(CONTRAST, 0.9, (1.5, 1.5))
_FIELD, _LEADER = Stroke(_INK, 0.8, (5, 4)), Stroke(_INK, 0.7, ())
_LETTERS: Mapping[RegionName, str] = MappingProxyType(
    {"common": "C", "medial": "M", "intermediate": "I", "lateral": "L"}
)
_SIGNS = "–—·×²±→≥≤…’"


class Pen(NamedTuple):
    """How a text is written; ``anchor`` is the end of the text that stands at the place."""

    size_pt: float = 9
    anchor: str = "left"
    colour: str = _INK
    bold: bool = False
    halo: bool = False


_HEADING, _WORD, _SMALL = Pen(10, bold=True), Pen(), Pen(8.5, colour=_FAINT_INK)
_ON_PICTURE, _LETTER = Pen(9, halo=True), Pen(8.5, "center", bold=True, halo=True)


def write_figure(report: CoverageReport, path: Path) -> None:
    """Write overlay.png.

    Raises:
        OSError: the file cannot be written.
    """
    path.write_bytes(overlay_png(report))


def overlay_png(report: CoverageReport) -> bytes:
    """Return overlay.png, ``WIDTH_PX`` wide: the same bytes for the same report."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from PIL import Image

    layout = layout_of(report)
    figure = Figure((WIDTH_PX / _DPI, layout.height_px / _DPI), dpi=_DPI, facecolor=_BACKGROUND)
    canvas = FigureCanvasAgg(figure)
    _draw_picture(figure, report, layout)
    _draw_margins(figure, report, layout)
    _draw_panel(figure, report, layout)
    canvas.draw()
    png = io.BytesIO()
    # noise hardly shrinks further at higher levels, which take three times as long
    Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3]).save(png, format="PNG", compress_level=3)
    return png.getvalue()


# ---------------------------------------------------------------- the picture


def _draw_picture(figure: Figure, report: CoverageReport, layout: Layout) -> None:
    axes = _add_image(figure, tinted(report, layout.picture), report.pictures.frame.shape, layout.picture)
    if report.field.shape != "whole image":
        _draw_contour(axes, report.field.inside, _FIELD)
    _draw_contour(axes, report.mask.possible, _POSSIBLE)
    _draw_contour(axes, report.mask.sure, _SURE)
    _draw_regions(axes, report)
    _draw_junctions(axes, report)
    _draw_scale_bar(axes, report, layout)


def _draw_contour(axes: Axes, mask: NDArray[np.bool_], stroke: Stroke) -> None:
    # a contour needs both sides
    if mask.any() and not mask.all() and min(mask.shape) > 1:
        rows, columns = _neighbourhood(np.any(mask, axis=1)), _neighbourhood(np.any(mask, axis=0))
        # a contour as large as the picture need not follow every pixel
        step = max(1, min(len(rows), len(columns)) // _CONTOUR_PX)
        axes.contour(
            columns[::step],
            rows[::step],
            mask[rows[0] : rows[-1] + 1 : step, columns[0] : columns[-1] + 1 : step],
            levels=[0.5],
            colors=[stroke.colour],
            linewidths=[stroke.width_pt],
            linestyles=[_line_style(stroke)],
        )


def _neighbourhood(occupied: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Indices from just before the first occupied place to just after the last: frames are mostly empty."""
    places = np.flatnonzero(occupied)
    return np.arange(max(places[0] - 1, 0), min(places[-1] + 2, len(occupied)))


def _draw_regions(axes: Axes, report: CoverageReport) -> None:
    from matplotlib.patches import Polygon

    verdicts = {(r.level, r.side, r.region): r.verdict for r in report.coverage.regions}
    placed = [(verdicts.get((r.level, r.side, r.region), "not assessed"), r) for r in report.regions.regions]
    # the surest last, so that a shared border shows the surer verdict
    for verdict, region in sorted(placed, key=lambda item: -VERDICTS.index(item[0])):
        stroke = STROKES[verdict]
        axes.add_patch(
            Polygon(
                region.outline_px[:, ::-1],
                fill=False,
                edgecolor=stroke.colour,
                linewidth=stroke.width_pt,
                linestyle=_line_style(stroke),
                joinstyle="round",
                path_effects=_halo(stroke.width_pt + 1.4),
            )
        )
        row, column = _letter_place(region.outline_px, region.course_px)
        _write(axes, column, row, _LETTERS[region.region], _LETTER)


def _letter_place(outline_px: NDArray[np.float64], course_px: NDArray[np.float64]) -> tuple[float, float]:
    """Return a place inside the region: where the course has left the division, else in the middle."""
    row, column = course_px[min(3, len(course_px) - 1)] if len(course_px) else outline_px.mean(axis=0)
    return float(row), float(column)


def _draw_junctions(axes: Axes, report: CoverageReport) -> None:
    from matplotlib.patches import Circle

    points = report.landmarks.junctions().values()
    columns, rows = [point.column for point in points], [point.row for point in points]
    axes.plot(columns, rows, "+", color=_INK, markersize=9, markeredgewidth=1.6, path_effects=_halo(3.2))
    for frame in report.regions.junctions:
        row, column = frame.origin
        axes.add_patch(
            Circle((column, row), 2 * frame.origin_sd_px, fill=False, edgecolor=_INK, linewidth=0.8)
        )


def _draw_scale_bar(axes: Axes, report: CoverageReport, layout: Layout) -> None:
    scale, length_mm = report.calibration, bar_length_mm(report)
    if length_mm is None or not isinstance(scale, Calibration):
        return
    rows_per_px = layout.rows / layout.picture.height
    left, row = 0.03 * layout.columns, layout.rows - 24 * rows_per_px
    right = left + length_mm / scale.column_mm_per_px
    axes.plot([left, right], [row] * 2, color=_INK, linewidth=3, solid_capstyle="butt", path_effects=_halo(5))
    origin = textwrap.shorten(plain(scale.origin), 96, placeholder=" …")
    _write(axes, left, row - 12 * rows_per_px, f"{length_mm} mm ({origin})", _ON_PICTURE)


# ---------------------------------------------------------------- the margins


def _draw_margins(figure: Figure, report: CoverageReport, layout: Layout) -> None:
    for image_side, side in sides_of(report.orientation.patient_left).items():
        x, anchor = _margin(layout, image_side == "image left")
        known = side in ("left", "right")
        top = layout.picture.top
        _write(figure, x, top + 14, f"patient {side}" if known else side, Pen(12, anchor, bold=True))
        if not known:
            _write(figure, x, top + 32, "patient side unknown", Pen(8, anchor, _FAINT_INK))
    for label in labels_of(report, layout):
        _draw_label(figure, label, layout)


def _margin(layout: Layout, on_left: bool) -> tuple[float, str]:
    """Return where the text of a margin stands and which of its ends stands there."""
    return (layout.picture.left - 10, "right") if on_left else (layout.picture.right + 10, "left")


def _draw_label(figure: Figure, label: Label, layout: Layout) -> None:
    x, anchor = _margin(layout, label.on_left)
    y = label.top + 8
    _write(figure, x, y, f"{label.level} ({NERVE_AT[label.level]} nerve)", Pen(10, anchor, bold=True))
    for index, row in enumerate(label.rows, 1):
        text = f"{_LETTERS[row.region]}  {row.verdict} {probability(row.probability)}".rstrip()
        _write(figure, x, y + LINE_PX * index, text, Pen(8.5, anchor, STROKES[row.verdict].colour))
    start = layout.picture.left - 6 if label.on_left else layout.picture.right + 6
    _draw_line(figure, (start, label.leader_end[0]), (y, label.leader_end[1]), _LEADER)


# ---------------------------------------------------------------- the panel


def _draw_panel(figure: Figure, report: CoverageReport, layout: Layout) -> None:
    left, y = WIDTH_PX - PAD_PX - PANEL_PX, PAD_PX + 8
    if report.pictures.difference.any() and contrast_state(report) != "not judged":
        _write(figure, left, y, "Contrast map (outline: sure contrast)", _HEADING)
        y = _draw_map(figure, report, layout, (left, y + 14)) + 24
    y = _draw_key(figure, left, y) + 14
    about = f"spreadscan {plain(report.version)} · {frame_in_words(report.source)} · {PURPOSE}"
    for statement in (scale_in_words(report), side_in_words(report.orientation), about):
        for line in textwrap.wrap(statement, 50, break_on_hyphens=False):
            _write(figure, left, y, line, _SMALL)
            y += LINE_PX
        y += 8


def _draw_map(figure: Figure, report: CoverageReport, layout: Layout, corner: tuple[int, int]) -> int:
    """Draw the contrast map, dark where the contrast is strong; return its lower edge."""
    zoom = PANEL_PX / max(layout.picture.width, layout.picture.height)
    box = Box(*corner, round(layout.picture.width * zoom), round(layout.picture.height * zoom))
    shown = np.repeat(255 - resized(report.pictures.difference, box)[..., None], 3, axis=2)
    axes = _add_image(figure, shown, report.pictures.difference.shape, box)
    _draw_contour(axes, report.mask.sure, Stroke(CONTRAST_ON_WHITE, 0.9, ()))
    return box.bottom


def _draw_key(figure: Figure, left: int, top: int) -> int:
    """Draw what lines and letters mean; return the lower edge."""
    _write(figure, left, top, "Branch regions, by verdict", _HEADING)
    lines: list[tuple[Stroke, str]] = [(stroke, verdict) for verdict, stroke in STROKES.items()]
    lines += [(_SURE, "sure contrast (tinted)"), (_POSSIBLE, "possible contrast")]
    lines += [(_FIELD, "edge of the X-ray field")]
    y = top
    for stroke, word in lines:
        y += 19
        _draw_line(figure, (left, left + 38), (y, y), stroke)
        _write(figure, left + 48, y, word, _WORD)
    for word in (
        "+ SAP–TP junction; circle: 2 SD",
        "C common zone   M medial branch",
        "I intermediate branch   L lateral branch",
    ):
        y += 19
        _write(figure, left, y, word, _WORD)
    return y + 8


# ---------------------------------------------------------------- drawing


def _add_image(figure: Figure, image: NDArray[np.uint8], shape: tuple[int, ...], box: Box) -> Axes:
    """Show an image in a box, with the coordinates of a frame of this shape, (R, C)."""
    height = figure.get_figheight() * _DPI
    axes = figure.add_axes(
        (box.left / WIDTH_PX, 1 - box.bottom / height, box.width / WIDTH_PX, box.height / height)
    )
    axes.set_axis_off()
    limits = (-0.5, shape[1] - 0.5, shape[0] - 0.5, -0.5)
    axes.imshow(image, extent=limits, aspect="auto", interpolation="nearest")
    axes.set_xlim(limits[:2])
    axes.set_ylim(limits[2:])
    axes.set_autoscale_on(False)
    return axes


def _draw_line(figure: Figure, xs: tuple[float, float], ys: tuple[float, float], stroke: Stroke) -> None:
    from matplotlib.lines import Line2D

    height = figure.get_figheight() * _DPI
    figure.add_artist(
        Line2D(
            [x / WIDTH_PX for x in xs],
            [1 - y / height for y in ys],
            color=stroke.colour,
            linewidth=stroke.width_pt,
            linestyle=_line_style(stroke),
            path_effects=_halo(stroke.width_pt + 0.9),
        )
    )


def _line_style(stroke: Stroke) -> Any:
    return (0, stroke.dashes) if stroke.dashes else "solid"


def _halo(width_pt: float) -> list[Any]:
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=width_pt, foreground="black", alpha=0.65)]


def _write(where: Any, x: float, y: float, text: str, pen: Pen) -> None:
    """Write a text into axes, at places of the frame, or onto the figure, at pixels from its top left."""
    from matplotlib.figure import Figure

    if isinstance(where, Figure):
        x, y = x / WIDTH_PX, 1 - y / (where.get_figheight() * _DPI)
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
        path_effects=_halo(2.2) if pen.halo else None,
    )


def _drawable(text: str) -> str:
    """Return the text with characters that the font of the picture may lack replaced by a question mark."""
    return "".join(c if ord(c) < 0x250 or c in _SIGNS else "?" for c in text)
