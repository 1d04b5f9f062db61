"""Further sections of a report, in plain words, that both the page and the printed report show.

This is the place for what a protocol says of a study: each section is a heading and its sentences.
"""

from typing import NamedTuple

from spreadscan.values import CoverageReport


class Section(NamedTuple):
    """A heading and the sentences below it, plain words without markup."""

    heading: str
    sentences: tuple[str, ...]


def further_sections(report: CoverageReport) -> tuple[Section, ...]:  # noqa: ARG001
    """Return the sections that stand between the finding and the tables, in order; empty without any."""
    return ()
