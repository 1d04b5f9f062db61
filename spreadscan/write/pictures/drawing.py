"""How lines, pictures and texts are drawn, the same in every picture: plain numbers, pixels of the picture.

A picture is an array, (rows, columns, 3), that is painted on. Lines are covered at ``_FINER`` times the
resolution and averaged, so that their edges are smooth; what leaves the array is cut off. No setting of the
user's matters. OpenCV and Pillow are imported when something is drawn.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spreadscan.values import BoolArray, Landmark
from spreadscan.write.pictures.layout import WIDTH_PX, Box
from spreadscan.write.pictures.palette import Stroke

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

Picture = NDArray[np.uint8]
"""(rows, columns, 3): red, green, blue."""
Path2D = NDArray[np.float64]
"""(N, 2): x and y of corners, pixels from the top left corner of the first pixel."""

PX_PER_PT = 100 / 72
BACKGROUND, INK, FAINT_INK = "#101316", "#F2F2F2", "#B8BEC4"
_SIGNS = "–—·×²±→≥≤…’"
_FINER, _SHIFT = 4, 4
_MIDDLE_OF_LETTERS = 0.262
"""Of the size: how far the baseline lies below the middle between the tops of l and the foot of p."""


class Pen(NamedTuple):
    """How a text is written; ``anchor`` is the end of the text that stands at the place."""

    size_pt: float = 9
    anchor: str = "left"
    colour: str = INK
    bold: bool = False
    halo: bool = False


class Paint(NamedTuple):
    """A colour, and how much of what is below it it hides, 0 to 1."""

    colour: str
    opacity: float = 1.0


_RIM = Paint("#000000", 0.65)


class Panel(NamedTuple):
    """A frame as it is shown in a picture.

    Attributes:
        pixels: that part of the picture: what is drawn on it is cut off at its edges.
        rows, columns: of the frame.
    """

    pixels: Picture
    rows: int
    columns: int

    def path(self, places: NDArray[np.float64]) -> Path2D:
        """Return where places of the frame, (N, 2) as row and column, lie on the panel."""
        height, width = self.pixels.shape[:2]
        scale = np.array([width / self.columns, height / self.rows])
        return np.asarray((places[:, ::-1] + 0.5) * scale, dtype=np.float64)


def empty_picture(height_px: int, width_px: int = WIDTH_PX) -> Picture:
    """Return a picture with nothing on it."""
    return np.full((height_px, width_px, 3), _rgb(BACKGROUND), dtype=np.uint8)


def add_image(picture: Picture, image: Picture, shape: tuple[int, ...], box: Box) -> Panel:
    """Show an image, as large as the box, in a box of the picture; ``shape`` is that of its frame, (R, C)."""
    pixels = picture[box.top : box.bottom, box.left : box.right]
    pixels[:] = image
    return Panel(pixels, shape[0], shape[1])


def draw_path(picture: Picture, path: Path2D, stroke: Stroke, rim_pt: float = 0.0) -> None:
    """Draw a line through corners; around it a dark rim that sets it off, so wide with the line."""
    width_px = stroke.width_pt * PX_PER_PT
    pieces = list(_pieces(path, [length * width_px for length in stroke.dashes], width_px))
    if rim_pt:
        _lay(picture, pieces, rim_pt * PX_PER_PT, _RIM)
    _lay(picture, pieces, width_px, Paint(stroke.colour))


def draw_cross(panel: Panel, point: Landmark, stroke: Stroke, arm_pt: float) -> None:
    """Draw a cross with a rim; ``arm_pt`` is from its middle to its ends."""
    (middle,) = panel.path(np.array([[point.row, point.column]]))
    arms = [np.stack([middle - arm, middle + arm]) for arm in np.eye(2) * arm_pt * PX_PER_PT]
    width_px = stroke.width_pt * PX_PER_PT
    pieces = [piece for arm in arms for piece in _pieces(arm, (), width_px)]
    # the rim of both first, so that neither arm is cut by that of the other
    _lay(panel.pixels, pieces, 2 * width_px, _RIM)
    _lay(panel.pixels, pieces, width_px, Paint(stroke.colour))


def closed(path: Path2D) -> Path2D:
    """Return a path that ends where it began."""
    return np.concatenate([path, path[:1]])


def contours(mask: BoolArray) -> list[NDArray[np.float64]]:
    """Return the borders of a mask, (R, C): each closed, (N, 2), row and column halfway to what is outside.

    A mask that is empty or full has none.
    """
    import cv2

    if mask.all() or not mask.any():
        return []
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    part = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    corner = np.array([rows[0], columns[0]])
    # the edges of pixels get places of their own: pixel n lies at 2 n + 1 of the finer grid
    finer = np.zeros((2 * part.shape[0] + 1, 2 * part.shape[1] + 1), dtype=np.uint8)
    finer[1::2, 1::2] = part
    finer = cv2.dilate(finer, np.ones((3, 3), np.uint8))
    found, _ = cv2.findContours(finer, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    borders = []
    for border in found:
        places = border[:, 0, ::-1].astype(np.float64)
        # corners of pixels are left out: from the middle of an edge straight to that of the next
        middles = places[places.sum(axis=1) % 2 == 1] / 2 - 0.5 + corner
        borders.append(closed(middles))
    return borders


def write_text(picture: Picture, place: tuple[float, float], text: str, pen: Pen) -> None:
    """Write a text on a line; ``place`` is x of its anchor and y of its middle."""
    import cv2

    font = _font(pen.size_pt * PX_PER_PT, pen.bold)
    words = _drawable(text)
    width = font.getlength(words)
    start = place[0] - {"left": 0.0, "center": width / 2, "right": width}[pen.anchor]
    base = place[1] + _MIDDLE_OF_LETTERS * pen.size_pt * PX_PER_PT
    drawn, (left, top) = font.getmask2(words, mode="L", anchor="ls")
    if 0 in drawn.size:
        return
    letters = np.array(drawn, dtype=np.uint8).reshape(drawn.size[::-1])
    x, y = round(start) + left, round(base) + top
    if pen.halo:
        around = cv2.GaussianBlur(cv2.dilate(np.pad(letters, 3), np.ones((3, 3), np.uint8)), (3, 3), 0)
        _blend(picture, around, (x - 3, y - 3), Paint("#000000", 0.8))
    _blend(picture, letters, (x, y), Paint(pen.colour))


def font_file(bold: bool) -> Path:
    """Return the font of the pictures as a TrueType file, for what is printed beside them."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return Path(__file__).with_name("fonts") / name


def _pieces(path: Path2D, dashes: Sequence[float], width_px: float) -> Iterator[Path2D]:
    """Return the parts of a path that are drawn, shorter at their ends by what round ends add."""
    steps = np.hypot(*np.diff(path, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    on, off = dashes or (along[-1], 1.0)
    is_ring = not dashes and np.array_equal(path[0], path[-1])
    cap = 0.0 if is_ring else min(width_px, on) / 2
    firsts = np.arange(0.0, along[-1], on + off) + cap
    lasts = np.maximum(firsts, np.minimum(firsts - cap + on, along[-1]) - cap)
    starts, ends = (np.stack([np.interp(at, along, axis) for axis in path.T], 1) for at in (firsts, lasts))
    after, before = np.searchsorted(along, firsts, "right"), np.searchsorted(along, lasts, "left")
    for number in range(len(firsts)):
        between = path[after[number] : before[number]]
        yield np.concatenate([starts[number : number + 1], between, ends[number : number + 1]])


def _lay(picture: Picture, pieces: Sequence[Path2D], width_px: float, paint: Paint) -> None:
    """Cover pieces of lines with paint."""
    import cv2

    if not pieces:
        return
    corners = np.concatenate(pieces)
    limits = np.array(picture.shape[1::-1])
    low = np.clip(np.floor(corners.min(axis=0) - width_px), 0, limits).astype(int)
    high = np.clip(np.ceil(corners.max(axis=0) + width_px), 0, limits).astype(int)
    width, height = (high - low).tolist()
    if width <= 0 or height <= 0:
        return
    cover = np.zeros((height * _FINER, width * _FINER), dtype=np.uint8)
    # OpenCV counts from the middle of the first pixel, in steps of 1 / 2 ** _SHIFT
    lines = [
        np.rint(((piece - low) * _FINER - 0.5) * 2**_SHIFT).astype(np.int32)[:, None] for piece in pieces
    ]
    # of an even thickness OpenCV covers one more, of an odd one two more
    thick = max(1, 2 * round((width_px * _FINER - 1) / 2))
    cv2.polylines(cover, lines, False, 255, thick, cv2.LINE_8, _SHIFT)
    cover = cv2.resize(cover, (width, height), interpolation=cv2.INTER_AREA)
    _blend(picture, cover, (int(low[0]), int(low[1])), paint)


def _blend(picture: Picture, cover: NDArray[np.uint8], corner: tuple[int, int], paint: Paint) -> None:
    """Lay paint on a picture where it is covered, 0 to 255, with the corner of the cover at x and y."""
    (x, y), (height, width) = corner, cover.shape
    left, top = max(x, 0), max(y, 0)
    right, bottom = min(x + width, picture.shape[1]), min(y + height, picture.shape[0])
    if right <= left or bottom <= top:
        return
    part = picture[top:bottom, left:right]
    cover = cover[top - y : bottom - y, left - x : right - x]
    rows, columns = np.nonzero(cover)
    share = (cover[rows, columns].astype(np.float32) * (paint.opacity / 255))[:, None]
    below = part[rows, columns].astype(np.float32)
    part[rows, columns] = np.rint(below + share * (np.array(_rgb(paint.colour)) - below)).astype(np.uint8)


def _font(size_px: float, bold: bool) -> "FreeTypeFont":
    from PIL import ImageFont

    return ImageFont.truetype(str(font_file(bold)), size_px, layout_engine=ImageFont.Layout.BASIC)


def _rgb(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue of a colour such as #F2F2F2."""
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue


def _drawable(text: str) -> str:
    """Return the text with characters that the font of the picture may lack replaced by a question mark."""
    return "".join(c if (c.isprintable() and ord(c) < 0x250) or c in _SIGNS else "?" for c in text)
