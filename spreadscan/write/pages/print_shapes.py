"""What the printed report draws: marks of verdicts, the region map and the curves, as vector graphics.

reportlab is imported when something is drawn. Lengths are points unless named otherwise.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from spreadscan.values import Verdict
from spreadscan.write.pictures.palette import FILLS, Fill
from spreadscan.write.pictures.region_map import HEIGHT_MM, WIDTH_MM, Point, RegionMap
from spreadscan.write.words.course import Drawing

PLAIN, BOLD = "Spread", "SpreadBold"
"""Names under which the fonts are known."""
INK, SOFT, LINE, BONE = "#16202A", "#55616D", "#D5DBE0", "#EEF0F2"
_MARK_PT = 5.6


class _Letters(NamedTuple):
    """Size, font and colour of a text."""

    size_pt: float
    font: str
    colour: str


def mark(verdict: Verdict) -> Any:
    """Return the small square of a verdict."""
    drawing = _drawing(_MARK_PT, _MARK_PT)
    corners = ((0.3, 0.3), (_MARK_PT - 0.3, 0.3), (_MARK_PT - 0.3, _MARK_PT - 0.3), (0.3, _MARK_PT - 0.3))
    _fill(drawing, corners, FILLS[verdict], 1.8)
    return drawing


def printed_map(shown: RegionMap, width: float) -> Any:
    """Return the region map, ``width`` wide."""
    zoom = width / WIDTH_MM
    height = HEIGHT_MM * zoom
    drawing = _drawing(width, height)

    def on_paper(points: Sequence[Point]) -> tuple[Point, ...]:
        """Return points of the map on paper, where y goes up."""
        return tuple((x * zoom, height - y * zoom) for x, y in points)

    for bone in shown.bones:
        drawing.add(_polygon(on_paper(bone), BONE, LINE, 0.5))
    for shape in shown.shapes:
        fill = FILLS[shape.verdict]
        _fill(drawing, on_paper(shape.corners), fill, 2.6)
        ((x, y),) = on_paper((shape.at,))
        if fill.pattern != "none":
            drawing.add(_disc((x, y), 3.6, "#FFFFFF"))
        drawing.add(_text((x, y - 1.9), shape.letter, _Letters(5.4, BOLD, fill.letter), "middle"))
    for name in shown.names:
        ((x, y),) = on_paper((name.at,))
        drawing.add(_text((x, y), name.bone, _Letters(6.8, BOLD, INK), name.anchor))
        drawing.add(_text((x, y - 7.5), name.nerve, _Letters(6, PLAIN, SOFT), name.anchor))
    for x, words, anchor in ((2.0, shown.heads[0], "start"), (width - 2, shown.heads[1], "end")):
        drawing.add(_text((x, height - 8), words, _Letters(7.2, BOLD, INK), anchor))
    return drawing


def printed_curves(shown: Drawing, width: float) -> Any:
    """Return the time-attenuation curves, ``width`` wide."""
    from reportlab.graphics.shapes import Line, PolyLine, Rect
    from reportlab.lib.colors import HexColor

    zoom = width / shown.width_px
    height = shown.height_px * zoom
    drawing = _drawing(width, height)
    left, top, wide, high = (edge * zoom for edge in shown.frame)
    drawing.add(Rect(left, height - top - high, wide, high, fillColor=None, strokeColor=HexColor(LINE)))
    zero, described = height - shown.zero_px * zoom, shown.described_px * zoom
    grey = {"strokeColor": HexColor("#8A949D"), "strokeWidth": 0.6}
    drawing.add(Line(left, zero, left + wide, zero, **grey))
    drawing.add(Line(described, height - top, described, height - top - high, strokeDashArray=[2, 2], **grey))
    for line in shown.lines:
        pairs = [pair.split(",") for pair in line.points.split()]
        points = [v for x, y in pairs for v in (float(x) * zoom, height - float(y) * zoom)]
        drawing.add(PolyLine(points, strokeColor=HexColor(line.colour), strokeWidth=1.3))
    small = _Letters(6.2, PLAIN, SOFT)
    for x, words in shown.ticks:
        drawing.add(_text((x * zoom, height - top - high - 8), words, small, "middle"))
    drawing.add(_text((left + wide / 2, 0.5), shown.x_label, small, "middle"))
    for y, words in ((height - top - 5, shown.top), (height - top - 13, shown.y_label), (zero - 2, "0")):
        drawing.add(_text((left - 4, y), words, small, "end"))
    return drawing


def swatch(colour: str) -> Any:
    """Return a small square of one colour."""
    drawing = _drawing(_MARK_PT, _MARK_PT)
    corners = ((0.0, 0.0), (_MARK_PT, 0.0), (_MARK_PT, _MARK_PT), (0.0, _MARK_PT))
    drawing.add(_polygon(corners, colour, colour, 0))
    return drawing


def empty_box() -> Any:
    """Return a box to tick."""
    drawing = _drawing(_MARK_PT + 1.4, _MARK_PT + 1.4)
    size = _MARK_PT + 1.0
    drawing.add(_polygon(((0.4, 0.4), (size, 0.4), (size, size), (0.4, size)), "#FFFFFF", INK, 0.8))
    return drawing


def _drawing(width: float, height: float) -> Any:
    from reportlab.graphics.shapes import Drawing as Sheet

    return Sheet(width, height)


def _fill(drawing: Any, corners: Sequence[Point], fill: Fill, spacing: float) -> None:
    """Draw an area with its pattern: lines or dots inside the outline only, the outline last."""
    from reportlab.graphics.shapes import Group, Line, Path
    from reportlab.lib.colors import HexColor

    drawing.add(_polygon(corners, fill.ground, None, 0))
    if fill.pattern != "none":
        clip = Path(isClipPath=1, fillColor=None, strokeColor=None)
        clip.moveTo(*corners[0])
        for corner in corners[1:]:
            clip.lineTo(*corner)
        clip.closePath()
        (left, right), (low, high) = ((min(v), max(v)) for v in zip(*corners, strict=True))
        inside = Group(clip)
        if fill.pattern == "lines":
            offset = left - (high - low)
            while offset < right:
                ink = {"strokeColor": HexColor(INK), "strokeWidth": 0.28 * spacing}
                inside.add(Line(offset, low, offset + high - low, high, **ink))
                offset += 1.4142 * spacing
        else:
            across, up = int((right - left) / spacing) + 1, int((high - low) / spacing) + 1
            for n in range(across * up):
                at = (left + (n % across + 0.4) * spacing, low + (n // across + 0.4) * spacing)
                inside.add(_disc(at, 0.2 * spacing, INK))
        drawing.add(inside)
    drawing.add(_polygon(corners, None, INK, 0.5, fill.dashed))


def _polygon(
    corners: Sequence[Point], ground: str | None, edge: str | None, width: float, dashed: bool = False
) -> Any:
    from reportlab.graphics.shapes import Polygon
    from reportlab.lib.colors import HexColor

    return Polygon(
        [v for corner in corners for v in corner],
        fillColor=None if ground is None else HexColor(ground),
        strokeColor=None if edge is None else HexColor(edge),
        strokeWidth=width,
        strokeDashArray=[1, 1] if dashed else None,
        strokeLineJoin=1,
    )


def _disc(centre: Point, radius: float, colour: str) -> Any:
    from reportlab.graphics.shapes import Circle
    from reportlab.lib.colors import HexColor

    return Circle(*centre, radius, fillColor=HexColor(colour), strokeColor=None)


def _text(at: Point, words: str, letters: _Letters, anchor: str) -> Any:
    """Return a text; ``anchor`` is the end of it that stands at the place."""
    from reportlab.graphics.shapes import String
    from reportlab.lib.colors import HexColor

    style: dict[str, Any] = {"fontSize": letters.size_pt, "fontName": letters.font, "textAnchor": anchor}
    style |= {"fillColor": HexColor(letters.colour)}
    return String(*at, words, **style)
