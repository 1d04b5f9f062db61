"""report.pdf: the report on A4 paper, to be read, signed and filed; the same bytes for the same report.

It says what the page says (``content``), with the same pictures. reportlab is imported when it is written.
"""

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from spreadscan.values import CoverageReport
from spreadscan.write.pages.print_pieces import (
    MM,
    WIDTH,
    Story,
    boxes,
    bullets,
    escaped,
    gap,
    marked,
    pairs,
    picture,
    register_fonts,
    rule,
    section,
    table,
    text,
    together,
)
from spreadscan.write.pages.print_shapes import (
    INK,
    LINE,
    PLAIN,
    SOFT,
    mark,
    printed_curves,
    printed_map,
    swatch,
)
from spreadscan.write.pictures.images import Prints
from spreadscan.write.pictures.region_map import region_map
from spreadscan.write.words.content import Content, content
from spreadscan.write.words.course import COLOURS, drawing
from spreadscan.write.words.report import plain

PDF = "report.pdf"
"""Its name in a result folder."""
_MARGIN = 14 * MM
_LEFT, _GAP = 93 * MM, 4 * MM
_FRAME_PT = 6.0
"""What reportlab leaves free inside the margins."""


def write_pdf(report: CoverageReport, prints: Prints, path: Path) -> None:
    """Write report.pdf with its pictures in it.

    Raises:
        OSError: the file cannot be written.
    """
    path.write_bytes(to_pdf(report, prints))


def to_pdf(report: CoverageReport, prints: Prints) -> bytes:
    """Return the report as PDF."""
    said = content(report)
    # how many pages there are is known when they are made
    draft = _built(said, _story(report, said, prints), 0)
    return _built(said, _story(report, said, prints), draft.pages).content


class _Document(NamedTuple):
    """A PDF and its number of pages."""

    content: bytes
    pages: int


def _built(said: Content, story: Story, pages: int) -> _Document:
    """Return the document; ``pages`` is what the foot of each page says."""
    from reportlab.platypus import SimpleDocTemplate

    register_fonts()
    paper = io.BytesIO()
    document = SimpleDocTemplate(
        paper,
        pagesize=(210 * MM, 297 * MM),
        leftMargin=_MARGIN - _FRAME_PT,
        rightMargin=_MARGIN - _FRAME_PT,
        topMargin=12 * MM,
        bottomMargin=15 * MM,
        title=said.title,
        author="",
        subject=said.purpose,
        creator=plain(dict(said.provenance)["Program"]),
        lang="en",
        invariant=1,
    )

    def foot(canvas: Any, page: Any) -> None:
        """Write the foot of a page: purpose, program, settings, number."""
        canvas.setFont(PLAIN, 6.5)
        canvas.setFillColor(SOFT)
        about = dict(said.provenance)
        words = f"{said.purpose} {plain(about['Program'])}, settings {plain(about['Settings'])}"
        canvas.drawString(_MARGIN, 9 * MM, words[:150])
        canvas.drawRightString(_MARGIN + WIDTH, 9 * MM, f"page {page.page} of {pages}")

    with _compact_images():
        document.build(story, onFirstPage=foot, onLaterPages=foot)
    return _Document(paper.getvalue(), int(document.page))


@contextmanager
def _compact_images() -> Iterator[None]:
    """Keep reportlab from writing pictures as letters: a quarter larger, and most of the time it takes."""
    from reportlab import rl_config

    usual = rl_config.useA85
    rl_config.useA85 = 0
    try:
        yield
    finally:
        rl_config.useA85 = usual


def _story(report: CoverageReport, said: Content, prints: Prints) -> Story:
    """Return all that is printed, in order."""
    story = [text(said.title, "title"), text(f"{said.subtitle} · {said.purpose}", "head"), rule()]
    story += [text(sentence, "lead") for sentence in said.finding]
    story += [text(sentence, "soft") for sentence in said.caution]
    story += [_spread(report, said, prints)]
    story += [text(f"Not assessed: {where}: {reason}.", "soft") for where, reason in said.unassessed]
    story += [gap(4), together([pairs(said.definitions, "small")])] if said.columns else []
    for more in said.further:
        story += section(more.heading, [text(words, "text") for words in more.sentences])
    story += section("Image and contrast", _pictures(report, said, prints))
    story += section("Quality flags", list(_flags(said)))
    if said.confirm:
        story += section("For a person to confirm", [boxes(said.confirm)])
    story += section("What was given, and what was assumed", _given(said))
    story += section("What one projection cannot tell", [bullets(said.limits)])
    story += section("Contrast, scale and side", [pairs(said.facts, "cell")])
    if said.points:
        story += section("Landmarks", [_landmarks(said)])
    references = [f"{n}. {work}" for n, work in enumerate(said.methods.references, 1)]
    story += section("Methods, for a paper", [text(said.methods.paragraph, "text")])
    story += [text(work, "small") for work in references]
    story += section("Steps and provenance", _provenance(said))
    return [*story, _signature(), text(said.foot, "small")]


def _spread(report: CoverageReport, said: Content, prints: Prints) -> Any:
    """Return the picture and the map to the left, the numbers and the joints to the right."""
    shown = region_map(report)
    caption = "The analysed frame. Blue: contrast."
    if said.points:
        caption += (
            " Outlines: branch regions (C common zone, M medial, I intermediate, L lateral branch)."
            " +: SAP–TP junction, two standard deviations about it."
        )
    if not said.columns:
        return table([[picture(prints.annotated, 130 * MM)], [text(caption, "small")]], [WIDTH])
    left = [picture(prints.annotated, _LEFT), text(caption, "small")]
    if shown is not None:
        left += [gap(2), printed_map(shown, _LEFT)]
        left.append(text("Regions as the reference anatomy has them; sides as in the image.", "small"))
    right = [_numbers(said), gap(5), *_joints(said), gap(3), _key(said)]
    return table([[left, right]], [_LEFT + _GAP, WIDTH - _LEFT - _GAP], top=4)


def _numbers(said: Content) -> Any:
    rows: list[list[Any]]
    lines: list[tuple[Any, ...]]
    rows, lines = (
        [["", *(text(word, "small") for word in ("Region", "Verdict", f"Area [{said.interval[:4]}]", "mm"))]],
        [],
    )
    for name, junctions in said.columns:
        rows.append([text(name.upper(), "small"), "", "", "", ""])
        lines.append(("SPAN", (0, len(rows) - 1), (-1, len(rows) - 1)))
        for junction in junctions:
            heading = (
                f"<b>{escaped(plain(junction.place))} junction</b> · {escaped(junction.nerve)} dorsal ramus"
            )
            rows.append([marked(heading, "cell"), "", "", "", ""])
            lines += [("SPAN", (0, len(rows) - 1), (-1, len(rows) - 1))]
            lines += [("LINEABOVE", (0, len(rows) - 1), (-1, len(rows) - 1), 0.4, LINE)]
            lines += [("TOPPADDING", (0, len(rows) - 1), (-1, len(rows) - 1), 2.4)]
            for cell in junction.cells:
                quiet = cell.verdict in ("not shown", "not assessed")
                style = "quiet" if quiet else "cell"
                verdict = cell.verdict if quiet else f"<b>{cell.verdict}</b>"
                doubt = f"<br/>doubt: {escaped(cell.doubt)}" if cell.doubt else ""
                words = marked(f"{verdict} {escaped(cell.probability)}{doubt}", style)
                numbers = [text(cell.fraction, style), text(cell.course, style)]
                rows.append([mark(cell.verdict), text(cell.region, style), words, *numbers])
    widths = [3.6 * MM, 27.5 * MM, 25 * MM, 21.5 * MM]
    rest = WIDTH - _LEFT - _GAP - sum(widths)
    return table(rows, [*widths, rest], lines, pad=0.9)


def _joints(said: Content) -> Iterable[Any]:
    yield text("Facet joints: common zone or medial branch reached at both nerves.", "small")
    rows = [
        [
            mark(joint.verdict),
            marked(f"<b>{escaped(joint.name)}</b>", "cell"),
            marked(f"<b>{joint.verdict}</b> {escaped(joint.probability)}", "cell"),
            text(joint.nerves, "quiet"),
        ]
        for joint in said.joints
    ]
    if rows:
        widths = [3.6 * MM, 15.5 * MM, 24 * MM]
        yield table(rows, [*widths, WIDTH - _LEFT - _GAP - sum(widths)], pad=1.0)


def _key(said: Content) -> Any:
    rows = [[mark(verdict), text(f"{verdict}: {meaning}", "quiet")] for verdict, meaning in said.verdicts]
    return table(rows, [3.4 * MM, WIDTH - _LEFT - _GAP - 3.4 * MM], pad=0.6)


def _pictures(report: CoverageReport, said: Content, prints: Prints) -> Story:
    half = (WIDTH - _GAP) / 2
    cells = [[picture(prints.native, half - _GAP), text("The frame as it is.", "small")]]
    if prints.difference is not None:
        words = "Contrast map: what the contrast adds, dark where it is strong."
        cells.append([picture(prints.difference, half - _GAP), text(words, "small")])
    story = [table([cells], [half + _GAP / 2] * len(cells))]
    if prints.strip:
        wide = WIDTH / max(6, len(prints.strip))
        strip = [
            [picture(png, wide - 5), text(words, "small")]
            for png, words in zip(prints.strip, said.strip, strict=True)
        ]
        story += [gap(4), table([strip], [wide] * len(strip))]
    curves = drawing(report)
    if curves is not None:
        words = "Mean attenuation of each area beyond the baseline. Dashed: the described frame."
        story += [gap(4), printed_curves(curves, 130 * MM), text(words, "small")]
    rows = [
        [swatch(COLOURS[n % len(COLOURS)]) if curves else "", text(term, "quiet"), text(words, "cell")]
        for n, (term, words) in enumerate(said.components)
    ]
    if said.more_components:
        rows.append(["", text("Smaller areas", "quiet"), text(f"{said.more_components} more", "cell")])
    rows.append(["", text("Uptake into vessels", "quiet"), text(said.uptake, "cell")])
    widths = [4 * MM, 32 * MM]
    return [
        *story,
        gap(3),
        table(rows, [*widths, WIDTH - sum(widths)], pad=1),
        text(said.kinds_in_words, "small"),
    ]


def _flags(said: Content) -> Iterable[Any]:
    if not said.flags:
        yield text("None.", "text")
    for flag in said.flags:
        where = f"<br/>Concerns: {escaped(flag.where)}." if flag.where else ""
        code = f'<font color="{SOFT}">{escaped(flag.code)}</font>'
        yield marked(f"<b>{escaped(flag.message)}</b> {code}{where}<br/>{escaped(flag.advice)}", "text")


def _given(said: Content) -> Story:
    given = " ".join(said.given)
    opening = f"Given by a person: {given}" if given else "No result was handed in by a person."
    return [
        text(opening, "text"),
        *([text("Assumed:", "text"), bullets(said.assumed)] if said.assumed else []),
    ]


def _landmarks(said: Content) -> Any:
    head = ("Bone and side", "Nerve", "Row", "Column", "SD")
    rows = [[text(word, style) for word in line] for line, style in _lines(head, said.points)]
    return table(rows, [WIDTH / 5] * 5, pad=1)


def _lines(head: Sequence[str], body: Iterable[Sequence[str]]) -> Iterable[tuple[Sequence[str], str]]:
    yield head, "small"
    for line in body:
        yield line, "cell"


def _provenance(said: Content) -> Story:
    steps = [
        text(f"{n}. {outcome} ({stage}{', by a person' if by_person else ''})", "small")
        for n, (outcome, stage, by_person) in enumerate(said.steps, 1)
    ]
    return [*steps, gap(3), pairs(said.provenance, "small")]


def _signature() -> Any:
    words = ("Checked by", "Date", "Contrast and landmarks as marked: yes / no")
    rows = [
        ["", "", "", "", ""],
        [text(words[0], "small"), "", text(words[1], "small"), "", text(words[2], "small")],
    ]
    third, between = (WIDTH - 16 * MM) / 3, 8 * MM
    lines: list[tuple[Any, ...]]
    lines = [("LINEABOVE", (column, 1), (column, 1), 0.7, INK) for column in (0, 2, 4)]
    lines += [("TOPPADDING", (0, 1), (-1, 1), 2.5)]
    return together([gap(22), table(rows, [third, between, third, between, third], lines)])
