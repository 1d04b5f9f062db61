"""One marked point as a file gives it, and what its label says."""

import re
from typing import NamedTuple

from spreadscan.anatomy import LEVELS
from spreadscan.read.complaint import Complaint

JUNCTION = "sap_tp_junction"
LONGEST_KIND = 40
MOST_POINTS = 200
"""A lumbar spine has 12 junctions; every other landmark that anybody marks fits in too."""
HALF_PX = 0.5
"""From the corner of a pixel, where some programs count from, to its centre, a whole number here."""
KIND = rf"[a-z][a-z0-9_]{{0,{LONGEST_KIND - 1}}}"
"""What the name of a kind of landmark looks like."""
_EXACT = re.compile(rf"(l[1-5]|s1)-(l|r|image left|image right):({KIND})")
_JUNCTION_WORDS = frozenset(("", "junction", "sap tp", "sap tp junction", "saptp", "saptp junction"))


class Label(NamedTuple):
    """What a label says; ``None`` where it names no level or side, or several.

    Attributes:
        level: in capitals, such as ``L4``.
        side: in small letters, as it is spelled.
        kind: of landmark; the SAP–TP junction where it names none.
    """

    level: str | None
    side: str | None
    kind: str


class Marked(NamedTuple):
    """A point as a file gives it, nothing checked.

    Attributes:
        where: what to call it in a message, such as ``line 3``.
        level, side, kind, row, column, sd_px: as found; ``None`` when absent.
        frames: the frames for which it holds, 1-based; empty when it says nothing of them.
        image_key: of the image on which it was marked; empty when it does not say.
    """

    where: str
    level: object
    side: object
    kind: object
    row: object
    column: object
    sd_px: object = None
    frames: tuple[int, ...] = ()
    image_key: str = ""


class MarkedPoints(NamedTuple):
    """The points of a file.

    Attributes:
        points: in its order, nothing checked.
        made_by: what kind of file it is, as the report says it.
    """

    points: list[Marked]
    made_by: str


def named(label: str) -> Label:
    """Return level, side and kind that a label names, such as ``L4-R`` or ``L4_junction_right``.

    A level or side that it does not name, or names twice, is ``None``. Words beside them name the kind; with
    none, or with those of the SAP–TP junction, it is the junction. After a colon, as in ``L4-R:tp_tip``, the
    kind is taken letter by letter.
    """
    exact = _EXACT.fullmatch(label.strip().lower())
    if exact is not None:
        return Label(exact[1].upper(), exact[2], exact[3])
    # "L4R" is short for "L4 R"
    words = re.findall(r"[a-z]+[0-9]?|[0-9]+", label.lower())
    levels = [word for word in words if word.upper() in LEVELS]
    rest = " ".join(word for word in words if word.upper() not in LEVELS)
    sides = re.findall(r"\b(?:image )?(?:left|right|l|r)\b", rest)
    kind = " ".join(re.sub(r"\b(?:image )?(?:left|right|l|r)\b", " ", rest).split())
    return Label(
        levels[0].upper() if len(levels) == 1 else None,
        sides[0] if len(sides) == 1 else None,
        JUNCTION if kind in _JUNCTION_WORDS else kind.replace(" ", "_"),
    )


def frame_number(found: object, field: str) -> int:
    """Return a frame as a file gives it, 1-based.

    Raises:
        Complaint: ``landmarks-unreadable`` when it is none.
    """
    try:
        number = float(found) if isinstance(found, int | float | str) and found is not True else 0.0
        if number >= 1 and number == int(number):
            return int(number)
    except (ValueError, OverflowError):
        pass
    raise unreadable_points("is no frame, which count from 1", field=field)


def unreadable_points(problem: str, *, field: str = "") -> Complaint:
    """Return the complaint about points."""
    return Complaint("landmarks-unreadable", problem, field=field)
