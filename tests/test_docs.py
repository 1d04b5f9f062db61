"""The pages: every message is explained; every link, file, option and command that they name exists."""

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


def test_pages_that_sources_refer_to_exist():
    """Docstrings, comments and messages that name a page."""
    sources = [
        path for room in ("spreadscan", "benchmarks", "training") for path in (ROOT / room).rglob("*.py")
    ]
    named = {(path.name, n) for path in sources for n in re.findall(r"docs/[\w./-]+\.\w+", path.read_text())}
    assert named
    assert [one for one in named if not (ROOT / one[1]).is_file()] == []


def paths_of_the_project():
    """Files and folders, each by every end of its path: ``spreadscan/image/lines.py``, ``image/lines.py``."""
    for room in ("spreadscan", "benchmarks", "training", "tests", "docs", "notebooks", "dicom_samples"):
        for path in [ROOT / room, *(ROOT / room).rglob("*")]:
            parts = path.relative_to(ROOT).parts
            if "__pycache__" not in parts:
                end = "/" if path.is_dir() else ""
                yield from ("/".join(parts[start:]) + end for start in range(len(parts)))


THERE = frozenset(paths_of_the_project())
PAGES_AND_NOTEBOOKS = [*PAGES, *sorted((ROOT / "notebooks").glob("*.ipynb"))]


def name_of(page):
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES_AND_NOTEBOOKS, ids=name_of)
def test_files_and_rooms_that_a_page_names_exist(page):
    words = re.findall(r"`([\w./-]+)`", page.read_text(encoding="utf-8"))
    named = [word for word in words if re.fullmatch(r"[\w./-]*\.(?:py|onnx|ipynb|j2)|[\w./-]+/", word)]
    assert [word for word in named if word not in THERE] == []


@pytest.mark.parametrize("page", [*PAGES_AND_NOTEBOOKS, ROOT / "Makefile"], ids=name_of)
def test_modules_that_are_run_exist(page):
    """What stands after ``python -m``, in a sentence or a recipe."""
    modules = re.findall(
        r"python\s+-m\s+((?:benchmarks|training|spreadscan)[\w.]*)", page.read_text(encoding="utf-8")
    )
    files = [ROOT / module.rstrip(".").replace(".", "/") for module in modules]
    assert [
        file
        for file in files
        if not file.with_suffix(".py").is_file() and not (file / "__main__.py").is_file()
    ] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_targets_of_make_that_are_shown_exist(page):
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    text = page.read_text(encoding="utf-8")
    shown = re.findall(r"`make ([a-z][\w-]*)", text) + re.findall(
        r"^ {4}make ([a-z][\w-]*)", text, re.MULTILINE
    )
    assert [target for target in shown if target not in targets] == []


def test_every_target_of_make_is_explained():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    listed = set(re.findall(r'^\t@echo "make ([\w-]+)', text, re.MULTILINE))
    phony = set(re.search(r"^\.PHONY: ((?:.*\\\n)*.*)", text, re.MULTILINE)[1].replace("\\", "").split())
    assert phony - listed == {"help", "setup", "format"}
    assert listed <= phony


def test_the_readme_is_read_in_three_minutes():
    """Words of its sentences and tables, without code and addresses; first the command of a new machine."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    prose = re.sub(r"^ {4}.*$|`[^`]*`|\]\([^)]*\)", "", text, flags=re.MULTILINE)
    assert len(re.findall(r"[A-Za-z][\w’'–-]*", prose)) <= 700
    assert len(text.splitlines()) <= 120
    assert text.splitlines()[2].split()[:2] == ["make", "demo"]


def test_every_page_is_reached_from_the_readme():
    linked = set(re.findall(r"\]\(docs/([\w-]+\.md)\)", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert {page.name for page in (ROOT / "docs").glob("*.md")} <= linked | {"settings.md"}


def test_every_picture_is_shown():
    pictures = {path.name for path in (ROOT / "docs").iterdir() if path.suffix in (".jpg", ".png")}
    shown = {
        Path(n).name
        for p in PAGES
        for n in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", p.read_text(encoding="utf-8"))
    }
    assert pictures == shown & pictures
    assert pictures


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_that_are_shown_exist(page):
    for name, rest in re.findall(r"spreadscan (\w+)((?:[^`\n]|\\\n)*)", page.read_text(encoding="utf-8")):
        if name not in COMMANDS:
            continue
        known = {option for parameter in COMMANDS[name].params for option in parameter.opts} | {"--help"}
        assert set(re.findall(r"(?<![\w-])(--[a-z][\w-]*|-[a-z])(?![\w-])", rest)) <= known, f"{name}{rest}"
