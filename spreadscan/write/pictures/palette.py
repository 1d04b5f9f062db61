"""Colours and lines of the verdicts and of the contrast, the same in the picture and on the page.

The colours are those of Okabe and Ito (Color Universal Design, 2008), which readers with any colour vision
can tell apart, the green a little lighter; each verdict has a line of its own besides, so that none rests on
colour alone.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from spreadscan.values import Verdict


class Stroke(NamedTuple):
    """How a line is drawn.

    Attributes:
        colour: on the dark picture.
        width_pt: width in points.
        dashes: lengths of line and gap in points; empty for a solid line.
    """

    colour: str
    width_pt: float
    dashes: tuple[float, ...]


STROKES: Mapping[Verdict, Stroke] = MappingProxyType(
    {
        "shown": Stroke("#00B184", 2.4, ()),
        "probable": Stroke("#F0E442", 2.0, (7, 2)),
        "indeterminate": Stroke("#E69F00", 1.8, (3, 2)),
        "not shown": Stroke("#FFFFFF", 1.0, ()),
        "not assessed": Stroke("#A8A8A8", 1.2, (1, 2.5)),
    }
)
CONTRAST = "#56B4E9"
CONTRAST_ON_WHITE = "#0072B2"


class Fill(NamedTuple):
    """How an area is filled on white paper: ground, marks on it, and the letter over both.

    Attributes:
        ground: colour of the ground.
        pattern: what is laid over it, so that a black-and-white print tells the verdicts apart.
        letter: colour of the letter.
        dashed: whether the outline is dashed.
    """

    ground: str
    pattern: Literal["none", "lines", "dots"]
    letter: str
    dashed: bool = False


FILLS: Mapping[Verdict, Fill] = MappingProxyType(
    {
        "shown": Fill("#00785A", "none", "#FFFFFF"),
        "probable": Fill("#F0E442", "lines", "#16202A"),
        "indeterminate": Fill("#F3C67A", "dots", "#16202A"),
        "not shown": Fill("#FFFFFF", "none", "#16202A"),
        "not assessed": Fill("#E4E7EA", "none", "#55616D", dashed=True),
    }
)
