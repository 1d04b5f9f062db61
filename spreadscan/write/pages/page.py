"""report.html: one self-contained page for a person, on a screen, a phone or A4 paper.

It needs no script and loads nothing: styles are inline and the pictures are inside. Every text is escaped, so
nothing that a file says can become markup.
"""

import base64
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from spreadscan.values import CoverageReport
from spreadscan.write.pictures.images import Prints
from spreadscan.write.pictures.palette import FILLS
from spreadscan.write.pictures.region_map import HEIGHT_MM, WIDTH_MM, region_map
from spreadscan.write.words.content import content
from spreadscan.write.words.course import COLOURS, drawing

if TYPE_CHECKING:
    from jinja2 import Template

TEMPLATE = "report.html.j2"


def write_page(report: CoverageReport, prints: Prints, path: Path) -> None:
    """Write report.html with its pictures in it.

    Raises:
        OSError: the file cannot be written.
    """
    path.write_bytes(to_html(report, prints).encode("utf-8", "replace"))


def to_html(report: CoverageReport, prints: Prints) -> str:
    """Return the page as text."""
    said = content(report)
    return rendered(
        TEMPLATE,
        {
            **said._asdict(),
            "picture": _inside(prints.annotated),
            "native": _inside(prints.native),
            "difference": "" if prints.difference is None else _inside(prints.difference),
            "frames": [(_inside(png), words) for png, words in zip(prints.strip, said.strip, strict=True)],
            "map": region_map(report),
            "map_size": (WIDTH_MM, HEIGHT_MM),
            "fills": FILLS,
            "colour_of": lambda number: COLOURS[(number - 1) % len(COLOURS)],
            "drawing": drawing(report),
        },
    )


def rendered(template: str, words: dict[str, object]) -> str:
    """Return a page from a template of this folder, every text in it escaped."""
    return template_of(template).render(words)


@cache
def template_of(name: str) -> "Template":
    """Return a template of this folder, compiled, which takes longer than to fill it in."""
    from jinja2 import DictLoader, Environment, StrictUndefined

    folder = resources.files("spreadscan.write.pages")
    names = (name, "style.css.j2")
    environment = Environment(
        loader=DictLoader({name: folder.joinpath(name).read_text(encoding="utf-8") for name in names}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def _inside(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")
