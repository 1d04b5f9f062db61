"""overlay.png: the analysed frame with contrast, junctions, regions and verdicts drawn on it.

The picture stands in the middle, names and verdicts in the margins beside it so that they never cover the
anatomy, the contrast map and the key to the right. Frames of any size are shown at the same size.
"""

import textwrap
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from spreadscan.anatomy import NERVE_AT, RegionName
from spreadscan.values import Calibration, CoverageReport, sides_of
from spreadscan.write.pictures.drawing import (
    FAINT_INK,
    INK,
    Panel,
    Pen,
    Picture,
    add_image,
    closed,
    contours,
    draw_cross,
    draw_path,
    empty_picture,
    write_text,
)
from spreadscan.write.pictures.images import png_of, resized, tinted
from spreadscan.write.pictures.layout import (
    LINE_PX,
    PAD_PX,
    PANEL_PX,
    WIDTH_PX,
    Box,
    JunctionLabel,
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

_PAGE_PX, _NAMES_PX = 700, 76
_SURE, _POSSIBLE = Stroke(CONTRAST, 1.5, ()), Stroke(CONTRAST, 0.9, (1.5, 1.5))
_GIVEN, _DETECTED = Stroke(INK, 0.8, ()), Stroke(INK, 0.8, (2, 1.5))
_FIELD, _LEADER = Stroke(INK, 0.8, (5, 4)), Stroke(INK, 0.7, ())
_LOOP = Stroke(INK, 1.3, (1, 1.2))
_CROSS, _BAR = Stroke(INK, 1.6, ()), Stroke(INK, 3, ())
_LETTERS: Mapping[RegionName, str] = MappingProxyType(
    {"common": "C", "medial": "M", "intermediate": "I", "lateral": "L"}
)


_HEADING, _WORD, _SMALL = Pen(10, bold=True), Pen(), Pen(8.5, colour=FAINT_INK)
_ON_PICTURE, _LETTER = Pen(9, halo=True), Pen(8.5, "center", bold=True, halo=True)


def overlay_png(report: CoverageReport) -> bytes:
    """Return overlay.png, ``WIDTH_PX`` wide: the same bytes for the same report."""
    layout = layout_of(report)
    picture = empty_picture(layout.height_px)
    _draw_frame(picture, report, layout)
    _draw_margins(picture, report, layout)
    _draw_panel(picture, report, layout)
    return png_of(picture)


def annotated_png(report: CoverageReport) -> bytes:
    """Return the frame with all that is drawn on it and the names of its junctions beside it, as PNG."""
    wide = layout_of(report)
    zoom = min(1.0, _PAGE_PX / wide.picture.width)
    size = (round(wide.picture.width * zoom), round(wide.picture.height * zoom))
    layout = wide._replace(height_px=size[1] + 2 * PAD_PX, picture=Box(_NAMES_PX, PAD_PX, *size))
    picture = empty_picture(layout.height_px, size[0] + 2 * _NAMES_PX)
    _draw_frame(picture, report, layout)
    for image_side, side in sides_of(report.orientation.patient_left).items():
        margin = layout.margin(image_side == "image left")
        for n, word in enumerate(("patient", side) if side in ("left", "right") else (side, "side unknown")):
            write_text(picture, (margin.x, PAD_PX + 12 + 17 * n), word, Pen(10.5, margin.anchor, bold=True))
    for label in labels_of(report, layout):
        x, anchor = layout.margin(label.on_left)
        y = _row_px(report, layout, label)
        write_text(picture, (x, y - 8), label.level, Pen(12, anchor, bold=True))
        write_text(picture, (x, y + 9), f"{NERVE_AT[label.level]} nerve", Pen(8.5, anchor))
        if _is_detected(report):
            write_text(picture, (x, y + 23), "detected", Pen(8, anchor, FAINT_INK))
    return png_of(picture)


def _row_px(report: CoverageReport, layout: Layout, label: JunctionLabel) -> float:
    point = report.landmarks.junctions()[label.level, label.side]
    return layout.to_figure(point.row, point.column)[1]


# ---------------------------------------------------------------- the picture


def _draw_frame(picture: Picture, report: CoverageReport, layout: Layout) -> None:
    panel = add_image(picture, tinted(report, layout.picture), report.pictures.frame.shape, layout.picture)
    if report.field.shape != "whole image":
        _draw_contours(panel, report.field.inside, _FIELD)
    if report.loop is not None:
        _draw_contours(panel, report.loop, _LOOP)
    _draw_contours(panel, report.mask.possible, _POSSIBLE)
    _draw_contours(panel, report.mask.sure, _SURE)
    _draw_regions(panel, report)
    _draw_junctions(panel, report)
    _draw_scale_bar(panel, report)


def _draw_contours(panel: Panel, mask: NDArray[np.bool_], stroke: Stroke) -> None:
    for border in contours(mask):
        draw_path(panel.pixels, panel.path(border), stroke)


def _draw_regions(panel: Panel, report: CoverageReport) -> None:
    verdicts = {(r.level, r.side, r.region): r.verdict for r in report.coverage.regions}
    placed = [(verdicts.get((r.level, r.side, r.region), "not assessed"), r) for r in report.regions.regions]
    # the surest last, so that a shared border shows the surer verdict
    for verdict, region in sorted(placed, key=lambda item: -VERDICTS.index(item[0])):
        stroke = STROKES[verdict]
        draw_path(panel.pixels, closed(panel.path(region.outline_px)), stroke, stroke.width_pt + 1.4)
        (place,) = panel.path(_letter_place(region.outline_px, region.course_px)[None])
        write_text(panel.pixels, (place[0], place[1]), _LETTERS[region.region], _LETTER)


def _letter_place(outline_px: NDArray[np.float64], course_px: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a place inside the region: where the course has left the division, else in the middle."""
    place = course_px[min(3, len(course_px) - 1)] if len(course_px) else outline_px.mean(axis=0)
    return np.asarray(place, dtype=np.float64)


def _draw_junctions(panel: Panel, report: CoverageReport) -> None:
    edge = _DETECTED if _is_detected(report) else _GIVEN
    for point in report.landmarks.junctions().values():
        found = ellipse_of(report, point.level, point.side)
        if found is not None:
            draw_path(panel.pixels, panel.path(found.outline()), edge)
    for point in report.landmarks.junctions().values():
        draw_cross(panel, point, _CROSS, 4.5)


def _is_detected(report: CoverageReport) -> bool:
    return report.landmarks.origin == "detected"


def _draw_scale_bar(panel: Panel, report: CoverageReport) -> None:
    scale, length_mm = report.calibration, bar_length_mm(report)
    if length_mm is None or not isinstance(scale, Calibration):
        return
    height_px, width_px = panel.pixels.shape[:2]
    left, y = 0.03 * width_px, height_px - 24.0
    right = left + length_mm / scale.column_mm_per_px * width_px / panel.columns
    draw_path(panel.pixels, np.array([(left, y), (right, y)]), _BAR, 5)
    origin = textwrap.shorten(plain(scale.origin), 96, placeholder=" …")
    write_text(panel.pixels, (left, y - 12), f"{length_mm} mm ({origin})", _ON_PICTURE)


# ---------------------------------------------------------------- the margins


def _draw_margins(picture: Picture, report: CoverageReport, layout: Layout) -> None:
    for image_side, side in sides_of(report.orientation.patient_left).items():
        x, anchor = layout.margin(image_side == "image left")
        known = side in ("left", "right")
        top = layout.picture.top
        write_text(picture, (x, top + 14), f"patient {side}" if known else side, Pen(12, anchor, bold=True))
        if not known:
            write_text(picture, (x, top + 32), "patient side unknown", Pen(8, anchor, FAINT_INK))
    for label in labels_of(report, layout):
        _draw_label(picture, label, layout)


def _draw_label(picture: Picture, label: JunctionLabel, layout: Layout) -> None:
    x, anchor = layout.margin(label.on_left)
    y = label.top + 8
    name = f"{label.level} ({NERVE_AT[label.level]} nerve)"
    write_text(picture, (x, y), name, Pen(10, anchor, bold=True))
    for index, row in enumerate(label.rows, 1):
        text = f"{_LETTERS[row.region]}  {row.verdict} {probability(row.probability)}".rstrip()
        pen = Pen(8.5, anchor, STROKES[row.verdict].colour)
        write_text(picture, (x, y + LINE_PX * index), text, pen)
    start = layout.picture.left - 6 if label.on_left else layout.picture.right + 6
    draw_path(picture, np.array([(start, y), label.leader_end]), _LEADER, _LEADER.width_pt + 0.9)


# ---------------------------------------------------------------- the panel


def _draw_panel(picture: Picture, report: CoverageReport, layout: Layout) -> None:
    left, y = WIDTH_PX - PAD_PX - PANEL_PX, PAD_PX + 8
    if report.pictures.difference.any() and contrast_state(report) != "not judged":
        write_text(picture, (left, y), "Contrast map (outline: sure contrast)", _HEADING)
        y = _draw_map(picture, report, layout, (left, y + 14)) + 24
    y = _draw_key(picture, report, (left, y)) + 14
    about = f"spreadscan {plain(report.version)} · {frame_in_words(report.source)} · {PURPOSE}"
    for statement in (scale_in_words(report), side_in_words(report.orientation), about):
        for line in textwrap.wrap(statement, 50, break_on_hyphens=False):
            write_text(picture, (left, y), line, _SMALL)
            y += LINE_PX
        y += 8


def _draw_map(picture: Picture, report: CoverageReport, layout: Layout, corner: tuple[int, int]) -> int:
    """Draw the contrast map, dark where the contrast is strong; return its lower edge."""
    zoom = PANEL_PX / max(layout.picture.width, layout.picture.height)
    box = Box(*corner, round(layout.picture.width * zoom), round(layout.picture.height * zoom))
    shown = np.repeat(255 - resized(report.pictures.difference, box)[..., None], 3, axis=2)
    panel = add_image(picture, shown, report.pictures.difference.shape, box)
    _draw_contours(panel, report.mask.sure, Stroke(CONTRAST_ON_WHITE, 0.9, ()))
    return box.bottom


def _draw_key(picture: Picture, report: CoverageReport, corner: tuple[int, int]) -> int:
    """Draw what lines and letters mean; return the lower edge."""
    left, top = corner
    write_text(picture, (left, top), "Branch regions, by verdict", _HEADING)
    lines: list[tuple[Stroke, str]] = [(stroke, verdict) for verdict, stroke in STROKES.items()]
    lines += [(_SURE, "sure contrast (tinted)"), (_POSSIBLE, "possible contrast")]
    lines += [(_FIELD, "edge of the X-ray field")]
    lines += [] if report.loop is None else [(_LOOP, "loop that a person drew")]
    y = top
    for stroke, word in lines:
        y += 19
        draw_path(picture, np.array([(left, y), (left + 38, y)]), stroke, stroke.width_pt + 0.9)
        write_text(picture, (left + 48, y), word, _WORD)
    for word in (
        "+ SAP–TP junction, " + ("detected; dashed: 2 SD" if _is_detected(report) else "circle: 2 SD"),
        "C common zone   M medial branch",
        "I intermediate branch   L lateral branch",
    ):
        y += 19
        write_text(picture, (left, y), word, _WORD)
    return y + 8
