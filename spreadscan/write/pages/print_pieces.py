"""The pieces of the printed report: paragraphs, tables, pictures, headings; lengths are points.

reportlab is imported when something is made.
"""

import io
from collections.abc import Iterable, Sequence
from html import escape
from types import MappingProxyType
from typing import Any

from spreadscan.write.pages.print_shapes import BOLD, INK, PLAIN, SOFT, empty_box
from spreadscan.write.pictures.drawing import font_file
from spreadscan.write.words.report import plain

MM = 72 / 25.4
"""Points to a millimetre."""
WIDTH = (210 - 28) * MM
"""Of what is printed on A4."""
_STYLES = MappingProxyType(
    {
        "title": (15, 18, BOLD, INK, 0),
        "head": (7.5, 10, PLAIN, SOFT, 6),
        "lead": (11, 14.5, PLAIN, INK, 3),
        "text": (8.4, 11.4, PLAIN, INK, 3),
        "soft": (8, 10.8, PLAIN, SOFT, 3),
        "small": (6.8, 9, PLAIN, SOFT, 2),
        "section": (10.5, 13, BOLD, INK, 3),
        "cell": (6.6, 8.2, PLAIN, INK, 0),
        "quiet": (6.6, 8.2, PLAIN, SOFT, 0),
    }
)
"""Size, leading, font, colour and space after of each kind of text, points."""

Story = list[Any]
"""What is printed, piece by piece."""


def register_fonts() -> None:
    """Make the fonts of the pictures known; they are put into the file as far as they are used."""
    from reportlab.pdfbase.pdfmetrics import getRegisteredFontNames, registerFont, registerFontFamily
    from reportlab.pdfbase.ttfonts import TTFont

    if PLAIN in getRegisteredFontNames():
        return
    for name, bold in ((PLAIN, False), (BOLD, True)):
        registerFont(TTFont(name, str(font_file(bold))))
    registerFontFamily(PLAIN, normal=PLAIN, bold=BOLD, italic=PLAIN, boldItalic=BOLD)


def section(heading: str, body: Story) -> Story:
    """Return a heading with what follows it; the first piece stays with the heading."""
    return [together([gap(9), text(heading, "section"), rule(), *body[:1]]), *body[1:]]


def escaped(words: str) -> str:
    """Return words that hold no markup; quotation marks stay as they are."""
    return escape(words, quote=False)


def text(words: str, style: str) -> Any:
    """Return a paragraph of plain words."""
    return marked(escaped(plain(words)), style)


def marked(markup: str, style: str) -> Any:
    """Return a paragraph of text with markup, everything of the report in it escaped."""
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph

    register_fonts()
    size, leading, font, colour, after = _STYLES[style]
    looks = ParagraphStyle(
        style,
        fontName=font,
        fontSize=size,
        leading=leading,
        textColor=colour,
        spaceAfter=after,
        splitLongWords=1,
    )
    return Paragraph(markup, looks)


def picture(png: bytes, width: float) -> Any:
    """Return a picture as wide as ``width``, or smaller where it would outgrow the page."""
    from reportlab.lib.utils import ImageReader
    from reportlab.platypus import Image

    across, down = ImageReader(io.BytesIO(png)).getSize()
    zoom = min(width / across, 170 * MM / down)
    shown = Image(io.BytesIO(png), across * zoom, down * zoom, hAlign="LEFT")
    shown.spaceAfter = 3
    return shown


def table(
    rows: Sequence[Sequence[Any]],
    widths: Sequence[float],
    lines: Sequence[Any] = (),
    pad: float = 0,
    top: float = 0,
) -> Any:
    """Return a table; ``pad`` is the space above and below each row, ``top`` that above the table."""
    from reportlab.platypus import Table

    everywhere = (0, 0), (-1, -1)
    looks: list[tuple[Any, ...]] = [("VALIGN", *everywhere, "TOP"), ("LEFTPADDING", *everywhere, 0)]
    looks += [("RIGHTPADDING", *everywhere, 3), ("TOPPADDING", *everywhere, pad)]
    # empty cells would be as high as the usual letters
    looks += [("BOTTOMPADDING", *everywhere, pad), ("FONTSIZE", *everywhere, 4), ("LEADING", *everywhere, 4)]
    return Table(rows, widths, style=[*looks, *lines], hAlign="LEFT", spaceBefore=top)


def pairs(items: Iterable[tuple[str, str]], style: str) -> Any:
    """Return terms with what is said of each, below one another."""
    rows = [[text(term, "quiet"), text(words, style)] for term, words in items]
    return table(rows, [36 * MM, WIDTH - 36 * MM], pad=1)


def bullets(sentences: Iterable[str]) -> Any:
    """Return sentences as a list."""
    return table([[text("•", "text"), text(words, "text")] for words in sentences], [4 * MM, WIDTH - 4 * MM])


def boxes(sentences: Iterable[str]) -> Any:
    """Return sentences with a box to tick before each."""
    rows = [[empty_box(), text(words, "text")] for words in sentences]
    return table(rows, [5 * MM, WIDTH - 5 * MM], pad=1)


def rule() -> Any:
    """Return a line across the page."""
    from reportlab.platypus import HRFlowable

    return HRFlowable(width="100%", thickness=0.6, color=INK, spaceBefore=1, spaceAfter=4)


def gap(height: float) -> Any:
    """Return free space."""
    from reportlab.platypus import Spacer

    return Spacer(1, height)


def together(pieces: Story) -> Any:
    """Return pieces that stay on one page."""
    from reportlab.platypus import KeepTogether

    return KeepTogether(pieces)
