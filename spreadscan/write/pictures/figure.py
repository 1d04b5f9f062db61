"""overlay.png: the analysed frame with contrast, junctions, regions and verdicts drawn on it.

The picture stands in the middle, names and verdicts in the margins beside it so that they never cover the
anatomy, the contrast map and the key to the right. Frames of any size are shown at the same size.

matplotlib is imported when something is drawn, through its objects only: no window, no state, and no setting
of the user's matters.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spreadscan.anatomy import NERVE_AT, RegionName
from spreadscan.values import Calibration, CoverageReport, sides_of
from spreadscan.write.pictures.drawing import (
    FAINT_INK,
    INK,
    Pen,
    add_image,
    draw_line,
    empty_figure,
    halo,
    line_style,
    png_of,
    write_text,
)
from spreadscan.write.pictures.images import resized, tinted
from spreadscan.write.pictures.layout import (
    LINE_PX,
    PAD_PX,
    PANEL_PX,
    WIDTH_PX,
    Box,
    Label,
    Layout,
    bar_length_mm,
    ellipse_of,
    labels_of,
    layout_of,
)
from spreadscan.write.pictures.palette import CONTRAST, CONTRAST_ON_WHITE, STROKES, Stroke
from spreadscan.write.words.report import (
    PURPOSE,
    VERDICTS,
    contrast_state,
    frame_in_words,
    plain,
    scale_in_words,
    side_in_words,
)
from spreadscan.write.words.rounding import probability

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_CONTOUR_PX = 400
_PAGE_PX, _NAMES_PX = 700, 76
_SURE, _POSSIBLE = Stroke(CONTRAST, 1.5, ()), Stroke(CONTRAST, 0.9, (1.5, 1.5))
_GIVEN, _DETECTED = Stroke(INK, 0.8, ()), Stroke(INK, 0.8, (2, 1.5))
_FIELD, _LEADER = Stroke(INK, 0.8, (5, 4)), Stroke(INK, 0.7, ())
_LOOP = Stroke(INK, 1.3, (1, 1.2))
_LETTERS: Mapping[RegionName, str] = MappingProxyType(
    {"common": "C", "medial": "M", "intermediate": "I", "lateral": "L"}
)


_HEADING, _WORD, _SMALL = Pen(10, bold=True), Pen(), Pen(8.5, colour=FAINT_INK)
_ON_PICTURE, _LETTER = Pen(9, halo=True), Pen(8.5, "center", bold=True, halo=True)


def write_figure(report: CoverageReport, path: Path) -> None:
    """Write overlay.png.

    Raises:
        OSError: the file cannot be written.
    """
    path.write_bytes(overlay_png(report))


def overlay_png(report: CoverageReport) -> bytes:
    """Return overlay.png, ``WIDTH_PX`` wide: the same bytes for the same report."""
    layout = layout_of(report)
    figure = empty_figure(layout.height_px)
    _draw_picture(figure, report, layout)
    _draw_margins(figure, report, layout)
    _draw_panel(figure, report, layout)
    return png_of(figure)


def annotated_png(report: CoverageReport) -> bytes:
    """Return the frame with all that is drawn on it and the names of its junctions beside it, as PNG."""
    wide = layout_of(report)
    zoom = min(1.0, _PAGE_PX / wide.picture.width)
    size = (round(wide.picture.width * zoom), round(wide.picture.height * zoom))
    layout = wide._replace(height_px=size[1] + 2 * PAD_PX, picture=Box(_NAMES_PX, PAD_PX, *size))
    figure = empty_figure(layout.height_px, size[0] + 2 * _NAMES_PX)
    _draw_picture(figure, report, layout)
    for image_side, side in sides_of(report.orientation.patient_left).items():
        x, anchor = _margin(layout, image_side == "image left")
        for n, word in enumerate(("patient", side) if side in ("left", "right") else (side, "side unknown")):
            write_text(figure, x, PAD_PX + 12 + 17 * n, word, Pen(10.5, anchor, bold=True))
    for label in labels_of(report, layout):
        x, anchor = _margin(layout, label.on_left)
        y = _row_px(report, layout, label)
        write_text(figure, x, y - 8, label.level, Pen(12, anchor, bold=True))
        write_text(figure, x, y + 9, f"{NERVE_AT[label.level]} nerve", Pen(8.5, anchor))
        if _is_detected(report):
            write_text(figure, x, y + 23, "detected", Pen(8, anchor, FAINT_INK))
    return png_of(figure)


def _row_px(report: CoverageReport, layout: Layout, label: Label) -> float:
    point = report.landmarks.junctions()[label.level, label.side]
    return layout.to_figure(point.row, point.column)[1]


# ---------------------------------------------------------------- the picture


def _draw_picture(figure: Figure, report: CoverageReport, layout: Layout) -> None:
    axes = add_image(figure, tinted(report, layout.picture), report.pictures.frame.shape, layout.picture)
    if report.field.shape != "whole image":
        _draw_contour(axes, report.field.inside, _FIELD)
    if report.loop is not None:
        _draw_contour(axes, report.loop, _LOOP)
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
            linestyles=[line_style(stroke)],
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
                linestyle=line_style(stroke),
                joinstyle="round",
                path_effects=halo(stroke.width_pt + 1.4),
            )
        )
        row, column = _letter_place(region.outline_px, region.course_px)
        write_text(axes, column, row, _LETTERS[region.region], _LETTER)


def _letter_place(outline_px: NDArray[np.float64], course_px: NDArray[np.float64]) -> tuple[float, float]:
    """Return a place inside the region: where the course has left the division, else in the middle."""
    row, column = course_px[min(3, len(course_px) - 1)] if len(course_px) else outline_px.mean(axis=0)
    return float(row), float(column)


def _draw_junctions(axes: Axes, report: CoverageReport) -> None:
    from matplotlib.patches import Ellipse

    points = report.landmarks.junctions().values()
    columns, rows = [point.column for point in points], [point.row for point in points]
    axes.plot(columns, rows, "+", color=INK, markersize=9, markeredgewidth=1.6, path_effects=halo(3.2))
    for point in points:
        found = ellipse_of(report, point.level, point.side)
        if found is not None:
            size = (found.long_px, found.short_px)
            centre = (found.column, found.row)
            style = {"edgecolor": INK, "linestyle": line_style(_DETECTED if _is_detected(report) else _GIVEN)}
            axes.add_patch(Ellipse(centre, *size, angle=found.angle_deg, fill=False, linewidth=0.8, **style))


def _is_detected(report: CoverageReport) -> bool:
    return report.landmarks.origin == "detected"


def _draw_scale_bar(axes: Axes, report: CoverageReport, layout: Layout) -> None:
    scale, length_mm = report.calibration, bar_length_mm(report)
    if length_mm is None or not isinstance(scale, Calibration):
        return
    rows_per_px = layout.rows / layout.picture.height
    left, row = 0.03 * layout.columns, layout.rows - 24 * rows_per_px
    right = left + length_mm / scale.column_mm_per_px
    axes.plot([left, right], [row] * 2, color=INK, linewidth=3, solid_capstyle="butt", path_effects=halo(5))
    origin = textwrap.shorten(plain(scale.origin), 96, placeholder=" …")
    write_text(axes, left, row - 12 * rows_per_px, f"{length_mm} mm ({origin})", _ON_PICTURE)


# ---------------------------------------------------------------- the margins


def _draw_margins(figure: Figure, report: CoverageReport, layout: Layout) -> None:
    for image_side, side in sides_of(report.orientation.patient_left).items():
        x, anchor = _margin(layout, image_side == "image left")
        known = side in ("left", "right")
        top = layout.picture.top
        write_text(figure, x, top + 14, f"patient {side}" if known else side, Pen(12, anchor, bold=True))
        if not known:
            write_text(figure, x, top + 32, "patient side unknown", Pen(8, anchor, FAINT_INK))
    for label in labels_of(report, layout):
        _draw_label(figure, label, layout)


def _margin(layout: Layout, on_left: bool) -> tuple[float, str]:
    """Return where the text of a margin stands and which of its ends stands there."""
    return (layout.picture.left - 10, "right") if on_left else (layout.picture.right + 10, "left")


def _draw_label(figure: Figure, label: Label, layout: Layout) -> None:
    x, anchor = _margin(layout, label.on_left)
    y = label.top + 8
    write_text(figure, x, y, f"{label.level} ({NERVE_AT[label.level]} nerve)", Pen(10, anchor, bold=True))
    for index, row in enumerate(label.rows, 1):
        text = f"{_LETTERS[row.region]}  {row.verdict} {probability(row.probability)}".rstrip()
        write_text(figure, x, y + LINE_PX * index, text, Pen(8.5, anchor, STROKES[row.verdict].colour))
    start = layout.picture.left - 6 if label.on_left else layout.picture.right + 6
    draw_line(figure, (start, label.leader_end[0]), (y, label.leader_end[1]), _LEADER)


# ---------------------------------------------------------------- the panel


def _draw_panel(figure: Figure, report: CoverageReport, layout: Layout) -> None:
    left, y = WIDTH_PX - PAD_PX - PANEL_PX, PAD_PX + 8
    if report.pictures.difference.any() and contrast_state(report) != "not judged":
        write_text(figure, left, y, "Contrast map (outline: sure contrast)", _HEADING)
        y = _draw_map(figure, report, layout, (left, y + 14)) + 24
    y = _draw_key(figure, report, (left, y)) + 14
    about = f"spreadscan {plain(report.version)} · {frame_in_words(report.source)} · {PURPOSE}"
    for statement in (scale_in_words(report), side_in_words(report.orientation), about):
        for line in textwrap.wrap(statement, 50, break_on_hyphens=False):
            write_text(figure, left, y, line, _SMALL)
            y += LINE_PX
        y += 8


def _draw_map(figure: Figure, report: CoverageReport, layout: Layout, corner: tuple[int, int]) -> int:
    """Draw the contrast map, dark where the contrast is strong; return its lower edge."""
    zoom = PANEL_PX / max(layout.picture.width, layout.picture.height)
    box = Box(*corner, round(layout.picture.width * zoom), round(layout.picture.height * zoom))
    shown = np.repeat(255 - resized(report.pictures.difference, box)[..., None], 3, axis=2)
    axes = add_image(figure, shown, report.pictures.difference.shape, box)
    _draw_contour(axes, report.mask.sure, Stroke(CONTRAST_ON_WHITE, 0.9, ()))
    return box.bottom


def _draw_key(figure: Figure, report: CoverageReport, corner: tuple[int, int]) -> int:
    """Draw what lines and letters mean; return the lower edge."""
    left, top = corner
    write_text(figure, left, top, "Branch regions, by verdict", _HEADING)
    lines: list[tuple[Stroke, str]] = [(stroke, verdict) for verdict, stroke in STROKES.items()]
    lines += [(_SURE, "sure contrast (tinted)"), (_POSSIBLE, "possible contrast")]
    lines += [(_FIELD, "edge of the X-ray field")]
    lines += [] if report.loop is None else [(_LOOP, "loop that a person drew")]
    y = top
    for stroke, word in lines:
        y += 19
        draw_line(figure, (left, left + 38), (y, y), stroke)
        write_text(figure, left + 48, y, word, _WORD)
    for word in (
        "+ SAP–TP junction, " + ("detected; dashed: 2 SD" if _is_detected(report) else "circle: 2 SD"),
        "C common zone   M medial branch",
        "I intermediate branch   L lateral branch",
    ):
        y += 19
        write_text(figure, left, y, word, _WORD)
    return y + 8
