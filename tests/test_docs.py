"""The pages: every message is explained, every link leads somewhere, every option that is shown exists."""

import re
from pathlib import Path

import pytest

from spreadscan.cli.commands import app
from spreadscan.errors import SLUGS
from spreadscan.flags import FLAGS

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "dicom_samples").glob("*.md")])
MESSAGES = (ROOT / "docs" / "messages.md").read_text(encoding="utf-8")
COMMANDS = app.commands


def explained():
    """Headings of the page of messages with the text below each."""
    parts = re.split(r"^### `([^`]+)`\n", MESSAGES, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def test_every_message_is_explained_once():
    codes = [code for code, _ in explained()]
    assert sorted(codes) == sorted((*SLUGS, *FLAGS))


def test_every_explanation_says_something():
    short = [code for code, text in explained() if len(re.sub(r"^#.*", "", text, flags=re.M).split()) < 8]
    assert short == []


def test_refusals_and_flags_stand_under_their_own_title():
    refusals, flags = MESSAGES.index("## Refusals"), MESSAGES.index("## Flags")
    for code in (*SLUGS, *FLAGS):
        place = MESSAGES.index(f"### `{code}`")
        assert (refusals < place < flags) if code in SLUGS else place > flags


def anchor(heading):
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, part = target.partition("#")
        linked = (page.parent / name).resolve() if name else page
        assert linked.exists(), target
        if part and linked.suffix == ".md":
            headings = re.findall(r"^#+ (.*)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
            assert part in map(anchor, headings), target


def test_files_that_sources_refer_to_exist():
    """Docstrings, comments and messages that name a page."""
    for path in (ROOT / "spreadscan").rglob("*.py"):
        for name in re.findall(r"docs/[\w./-]+\.md", path.read_text(encoding="utf-8")):
            assert (ROOT / name).is_file(), f"{path.name} refers to {name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_that_are_shown_exist(page):
    for name, rest in re.findall(r"spreadscan (\w+)((?:[^`\n]|\\\n)*)", page.read_text(encoding="utf-8")):
        if name not in COMMANDS:
            continue
        known = {option for parameter in COMMANDS[name].params for option in parameter.names} | {"--help"}
        assert set(re.findall(r"(?<![\w-])(--[a-z][\w-]*|-[a-z])(?![\w-])", rest)) <= known, f"{name}{rest}"
