"""One marked point as a file gives it, and the landmark that it means."""

import math
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from spreadscan.anatomy import LEVELS, Level, Side
from spreadscan.read.complaint import Complaint
from spreadscan.values import Landmark

JUNCTION = "sap_tp_junction"
LONGEST_KIND = 40
MOST_POINTS = 200
"""A lumbar spine has 12 junctions; every other landmark that anybody marks fits in too."""
_SIDES: Mapping[str, Side] = MappingProxyType(
    {
        "l": "left",
        "left": "left",
        "r": "right",
        "right": "right",
        "image left": "image left",
        "image right": "image right",
    }
)
_EXACT = re.compile(rf"(l[1-5]|s1)-(l|r|image left|image right):([a-z][a-z0-9_]{{0,{LONGEST_KIND - 1}}})")
_JUNCTION_WORDS = frozenset(("", "junction", "sap tp", "sap tp junction", "saptp", "saptp junction"))


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


def landmark_of(marked: Marked, complaints: list[Complaint]) -> Landmark | None:
    """Return the landmark that a point means; ``None`` when it means none, which is complained about."""
    already = len(complaints)
    level, side, kind = _level(marked, complaints), _side(marked, complaints), _kind(marked, complaints)
    row = _number(marked, "row", complaints)
    column = _number(marked, "column", complaints)
    sd_px = None if marked.sd_px in (None, "") else _number(marked, "sd_px", complaints)
    if sd_px is not None and sd_px <= 0:
        complaints.append(_unreadable(marked, "sd_px", "is not positive"))
    if level is None or side is None or row is None or column is None or len(complaints) > already:
        return None
    return Landmark(level, side, kind, row, column, sd_px)


def named(label: str) -> tuple[str | None, str | None, str]:
    """Return level, side and kind that a label names, such as ``L4-R`` or ``L4_junction_right``.

    A level or side that it does not name, or names twice, is ``None``. Words beside them name the kind; with
    none, or with those of the SAP–TP junction, it is the junction. After a colon, as in ``L4-R:tp_tip``, the
    kind is taken letter by letter.
    """
    exact = _EXACT.fullmatch(label.strip().lower())
    if exact is not None:
        return exact[1].upper(), exact[2], exact[3]
    # "L4R" is short for "L4 R"
    words = re.findall(r"[a-z]+[0-9]?|[0-9]+", label.lower())
    levels = [word for word in words if word.upper() in LEVELS]
    rest = " ".join(word for word in words if word.upper() not in LEVELS)
    sides = re.findall(r"\b(?:image )?(?:left|right|l|r)\b", rest)
    kind = " ".join(re.sub(r"\b(?:image )?(?:left|right|l|r)\b", " ", rest).split())
    return (
        levels[0].upper() if len(levels) == 1 else None,
        sides[0] if len(sides) == 1 else None,
        JUNCTION if kind in _JUNCTION_WORDS else kind.replace(" ", "_"),
    )


def _level(marked: Marked, complaints: list[Complaint]) -> Level | None:
    wanted = marked.level.strip().upper() if isinstance(marked.level, str) else None
    for level in LEVELS:
        if level == wanted:
            return level
    complaints.append(_unreadable(marked, "level", f"is none of {', '.join(LEVELS)}"))
    return None


def _side(marked: Marked, complaints: list[Complaint]) -> Side | None:
    wanted = re.sub(r"[\s_-]+", " ", marked.side.strip().lower()) if isinstance(marked.side, str) else ""
    side = _SIDES.get(wanted)
    if side is None:
        complaints.append(_unreadable(marked, "side", "is none of left, right, image left, image right"))
    return side


def _kind(marked: Marked, complaints: list[Complaint]) -> str:
    if marked.kind in (None, ""):
        return JUNCTION
    kind = marked.kind.strip().lower() if isinstance(marked.kind, str) else ""
    if not re.fullmatch(rf"[a-z][a-z0-9_]{{0,{LONGEST_KIND - 1}}}", kind):
        complaints.append(_unreadable(marked, "kind", "is not a name of small letters, digits and _"))
    return kind


def _number(marked: Marked, name: str, complaints: list[Complaint]) -> float | None:
    found = getattr(marked, name)
    number = None
    if found in (None, ""):
        problem = "is missing"
    elif isinstance(found, bool) or not isinstance(found, int | float | str) or "_" in str(found):
        problem = "is not a number"  # Python would read 1_0 as 10
    else:
        try:
            number = float(found)
        except (ValueError, OverflowError):
            problem = "is not a number"
        else:
            problem = "" if math.isfinite(number) else "is not a finite number"
    if problem:
        complaints.append(_unreadable(marked, name, problem))
        return None
    return number


def _unreadable(marked: Marked, name: str, problem: str) -> Complaint:
    return Complaint("landmarks-unreadable", problem, field=f"{marked.where}, {name}")
