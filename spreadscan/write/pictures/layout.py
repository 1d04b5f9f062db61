"""Where everything stands in overlay.png: plain numbers, in pixels of the figure from its top left corner."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spreadscan.anatomy import REGIONS, Level, Side
from spreadscan.values import Calibration, CoverageReport, Landmark, RegionCoverage, Site

WIDTH_PX = 1480
PAD_PX, MARGIN_PX, PANEL_PX = 16, 140, 300
LINE_PX = 15

_PICTURE_PX = (WIDTH_PX - 4 * PAD_PX - 2 * MARGIN_PX - PANEL_PX, 1000)
_LEAST_HEIGHT_PX = 820
_SIDE_MARK_PX = 64
_BETWEEN_LABELS_PX = 12
_BAR_LENGTHS_MM = (100, 50, 20, 10, 5, 2, 1)


class Box(NamedTuple):
    """A rectangle."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """Its right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """Its lower edge."""
        return self.top + self.height


class Margin(NamedTuple):
    """Where the texts beside the frame stand: x of their inner ends, and which of their ends that is."""

    x: float
    anchor: str


class Layout(NamedTuple):
    """Where the frame lies, and how high the figure is."""

    height_px: int
    picture: Box
    rows: int
    columns: int

    def to_figure(self, row: float, column: float) -> tuple[float, float]:
        """Return (x, y) in the figure of a place in the frame."""
        return (
            self.picture.left + (column + 0.5) / self.columns * self.picture.width,
            self.picture.top + (row + 0.5) / self.rows * self.picture.height,
        )

    def margin(self, on_left: bool) -> Margin:
        """Return where the texts of a margin stand."""
        return Margin(self.picture.left - 10, "right") if on_left else Margin(self.picture.right + 10, "left")


class JunctionLabel(NamedTuple):
    """What stands in a margin about one junction, and where.

    Attributes:
        level, side: of the junction.
        rows: coverage of its regions; empty for a junction without any.
        on_left: whether it stands in the left margin.
        top: where it begins.
        leader_end: (x, y) where the line from it to its regions ends.
    """

    level: Level
    side: Side
    rows: tuple[RegionCoverage, ...]
    on_left: bool
    top: float
    leader_end: tuple[float, float]

    @property
    def height_px(self) -> int:
        """Height with the gap below it."""
        return LINE_PX * (1 + len(self.rows)) + _BETWEEN_LABELS_PX


class Ellipse(NamedTuple):
    """An ellipse in the frame.

    Attributes:
        row, column: its centre, pixels.
        long_px, short_px: its whole axes.
        angle_deg: of the long axis, from the column axis towards the row axis.
    """

    row: float
    column: float
    long_px: float
    short_px: float
    angle_deg: float

    def outline(self) -> NDArray[np.float64]:
        """Return places along it, (N, 2) as row and column, the last the first again."""
        around, turn = np.linspace(0, 2 * np.pi, 73), np.radians(self.angle_deg)
        along, across = self.long_px / 2 * np.cos(around), self.short_px / 2 * np.sin(around)
        columns = self.column + along * np.cos(turn) - across * np.sin(turn)
        rows = self.row + along * np.sin(turn) + across * np.cos(turn)
        return np.stack([rows, columns], axis=1)


def layout_of(report: CoverageReport) -> Layout:
    """Return where the frame lies; it keeps the shape that it has in the patient."""
    scale, rows, columns = report.calibration, report.source.rows, report.source.columns
    stretch = scale.row_mm_per_px / scale.column_mm_per_px if isinstance(scale, Calibration) else 1.0
    zoom = min(_PICTURE_PX[0] / columns, _PICTURE_PX[1] / (rows * stretch))
    width, height = max(1, round(columns * zoom)), max(1, round(rows * stretch * zoom))
    figure_height = max(_LEAST_HEIGHT_PX, height + 2 * PAD_PX)
    left = PAD_PX + MARGIN_PX + (_PICTURE_PX[0] - width) // 2
    return Layout(figure_height, Box(left, (figure_height - height) // 2, width, height), rows, columns)


def labels_of(report: CoverageReport, layout: Layout) -> tuple[JunctionLabel, ...]:
    """Return the labels of all known junctions, beside them where there is room, never on one another."""
    points = sorted(report.landmarks.junctions().values(), key=lambda point: (point.row, point.column))
    middle = _midline_column(points, layout.columns)
    rows: dict[Site, list[RegionCoverage]] = {}
    for row in sorted(report.coverage.regions, key=lambda row: REGIONS.index(row.region)):
        rows.setdefault((row.level, row.side), []).append(row)
    labels = []
    for point in points:
        place = (point.level, point.side)
        _, y = layout.to_figure(point.row, point.column)
        end = _leader_end(report, layout, point, point.column < middle)
        label = JunctionLabel(*place, tuple(rows.get(place, ())), point.column < middle, y, end)
        labels.append(label._replace(top=y - 0.4 * label.height_px))
    both = ([label for label in labels if label.on_left], [label for label in labels if not label.on_left])
    return tuple(label for side in both for label in _pushed_apart(side, layout))


def ellipse_of(report: CoverageReport, level: Level, side: Side) -> Ellipse | None:
    """Return where a junction may lie: two standard deviations about it, from its joint covariance if known.

    ``None`` where the junction is not known or nothing is said of how well.
    """
    marks = report.landmarks
    point = marks.junctions().get((level, side))
    sd_px = {(f.level, f.side): f.origin_sd_px for f in report.regions.junctions}.get((level, side))
    if point is None or (sd_px is None and marks.covariance_px is None):
        return None
    if marks.covariance_px is None:
        return Ellipse(point.row, point.column, 4 * float(sd_px or 0), 4 * float(sd_px or 0), 0.0)
    first = 2 * marks.points.index(point)
    squares, axes = np.linalg.eigh(marks.covariance_px[first : first + 2, first : first + 2])
    short, long = 4 * np.sqrt(np.maximum(squares, 0))
    # from the column axis, on which pictures measure angles, towards the row axis
    angle = np.degrees(np.arctan2(axes[0, 1], axes[1, 1]))
    return Ellipse(point.row, point.column, float(long), float(short), float(angle))


def bar_length_mm(report: CoverageReport) -> int | None:
    """Return the length of the scale bar, a fifth of the width or less; ``None`` without a scale."""
    scale = report.calibration
    if not isinstance(scale, Calibration):
        return None
    longest_mm = 0.2 * report.source.columns * scale.column_mm_per_px
    return next((length for length in _BAR_LENGTHS_MM if length <= longest_mm), None)


def _midline_column(points: list[Landmark], columns: int) -> float:
    """Return a column between the two sides: where both are known, the middle of the points."""
    sides = {point.side: [o.column for o in points if o.side == point.side] for point in points}
    if len(sides) == 2:
        return float(np.mean([np.mean(side) for side in sides.values()]))
    return columns / 2


def _leader_end(
    report: CoverageReport, layout: Layout, point: Landmark, on_left: bool
) -> tuple[float, float]:
    """Return the corner of the regions to which a line from the margin crosses none of them."""
    x, y = layout.to_figure(point.row, point.column)
    edge = layout.picture.left if on_left else layout.picture.right
    corners = [
        layout.to_figure(row, column)
        for region in report.regions.regions
        if (region.level, region.side) == (point.level, point.side)
        for row, column in region.outline_px.tolist()
    ]
    x, y = min(corners, default=(x, y), key=lambda corner: abs(corner[1] - y) + abs(corner[0] - edge))
    box = layout.picture
    return min(max(x, box.left), box.right), min(max(y, box.top), box.bottom)


def _pushed_apart(labels: list[JunctionLabel], layout: Layout) -> list[JunctionLabel]:
    """Return the labels of one margin, moved down and then up until none covers another."""
    free, last = layout.picture.top + _SIDE_MARK_PX, layout.height_px - PAD_PX
    tops = pushed_apart([(label.top, label.height_px) for label in labels], free, last)
    return [label._replace(top=top) for label, top in zip(labels, tops, strict=True)]


def pushed_apart(spans: Sequence[tuple[float, float]], first: float, last: float) -> list[float]:
    """Return where texts begin that would cover one another, moved down and then up until none does.

    Args:
        spans: where each would begin, and its height; in order.
        first: where the first may begin.
        last: where the last must end.
    """
    tops: list[float] = []
    for top, height in spans:
        tops.append(max(top, first))
        first = tops[-1] + height
    for index in reversed(range(len(spans))):
        tops[index] = min(tops[index], last - spans[index][1])
        last = tops[index]
    return tops
