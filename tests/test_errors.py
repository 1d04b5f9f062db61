"""The refusals: one sentence with slug, file and field, the same after a trip to another process."""

import ast
import pickle
import re
from pathlib import Path
from typing import get_args

import pytest

from spreadscan.errors import SLUGS, CannotMeasure, CannotRead, CannotWrite, SpreadscanError, WrongUsage
from spreadscan.flags import FLAGS
from spreadscan.phantom.dicom_syntax import LACKING
from spreadscan.phantom.scenario import Pattern, SopClass, TransferSyntax
from spreadscan.phantom.scenario_file import IMPLANTS
from spreadscan.read.complaint import ADVICE, Complaint, refusal

PACKAGE = Path(__file__).parents[1] / "spreadscan"
KINDS = (CannotRead, CannotMeasure, CannotWrite, WrongUsage)
RESERVED = {
    # for the rooms that will need optional packages; until then nothing is optional
    "extra-missing"
}
SCENARIO_NAMES = {
    *(name for kind in (Pattern, SopClass, TransferSyntax) for name in get_args(kind)),
    *(*LACKING, *IMPLANTS, "text-and-side"),
}
OTHER_NAMES = {
    "image-left",
    "image-right",
    "not-met",
    "cannot-say",
    "before-after",
    "left-right",
    "jpeg-ls",
    "postero-anterior",
    "shape-type",
    "vertex-index",
} | SCENARIO_NAMES
"""What looks like a code and is something else: values of options and scenarios, a codec, a view, columns."""


def constants():
    """Texts in the sources of the package that are no docstrings, also parts of f-strings, with the place."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.name in ("errors.py", "flags.py"):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        texts = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in texts:
                yield node.value, f"{path.relative_to(PACKAGE)}:{node.lineno}"


def docstrings():
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node):
                yield ast.get_docstring(node), f"{path.relative_to(PACKAGE)}:{getattr(node, 'name', '')}"


def test_every_code_in_the_sources_is_registered():
    registered = {*SLUGS, *FLAGS} | OTHER_NAMES
    looks = re.compile(r"[a-z]+(-[a-z]+)+")
    strange = [
        (text, place) for text, place in constants() if looks.fullmatch(text) and text not in registered
    ]
    assert strange == []


def test_every_registered_code_is_used():
    used = {text for text, _ in constants()}
    used |= {found[1] for text, _ in constants() if (found := re.search(r"\[([a-z-]+)\]$", text))}
    unused = {code for code in (*SLUGS, *FLAGS) if code not in used}
    assert unused == RESERVED


def test_codes_that_docstrings_promise_are_registered():
    """After ``Raises:`` stand slugs, after ``Flags:`` codes of flags."""
    checked = 0
    for text, place in docstrings():
        for title, registry in (("Raises:", SLUGS), ("Flags?:", FLAGS)):
            for part in re.findall(rf"{title}((?:.|\n(?! *\w+:\n))*?)(?:\.\s|\n\n|$)", text):
                for code in re.findall(r"``([a-z]+(?:-[a-z]+)+)``", part):
                    checked += 1
                    assert code in registry, f"{place}: {code}"
    assert checked > 60


def test_every_complaint_of_the_doors_has_advice():
    assert set(ADVICE) <= set(SLUGS)
    assert all(advice and not advice.endswith(".") for advice in ADVICE.values())


def test_slugs_are_names_and_explained_in_a_sentence():
    assert [slug for slug in SLUGS if not re.fullmatch(r"[a-z]+(-[a-z]+)*", slug)] == []
    assert [slug for slug, text in SLUGS.items() if not text.endswith(".")] == []
    assert set(SLUGS) & set(FLAGS) == set(), "a name means one thing"


def test_the_registry_cannot_be_changed():
    with pytest.raises(TypeError):
        SLUGS["new"] = "x"  # type: ignore[index]


def test_an_unregistered_slug_is_a_mistake():
    with pytest.raises(ValueError, match="not a registered slug"):
        CannotRead("no-such-slug", "problem", advice="advice")
    with pytest.raises(KeyError):
        Complaint("no-such-slug", "problem")


@pytest.mark.parametrize(
    ("file", "field", "said"),
    [
        ("a.dcm", "Rows (0028,0010)", "a.dcm: Rows (0028,0010): is 0; export it again [bad-geometry]"),
        ("a.dcm", "", "a.dcm: is 0; export it again [bad-geometry]"),
        ("", "--frame", "--frame: is 0; export it again [bad-geometry]"),
        ("", "", "is 0; export it again [bad-geometry]"),
    ],
)
def test_a_refusal_is_one_sentence(file, field, said):
    error = CannotRead("bad-geometry", "is 0", advice="export it again", file=file, field=field)
    assert str(error) == said


@pytest.mark.parametrize("kind", KINDS)
def test_a_refusal_survives_pickling(kind):
    error = kind("bad-option", "is wrong", advice="change it", file="a.dcm", field="--frame")
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert vars(copy) == vars(error)
    assert str(copy) == str(error)


def test_the_kind_tells_the_exit_status():
    assert {kind: kind.exit_status for kind in KINDS} == {
        CannotRead: 3,
        CannotMeasure: 3,
        CannotWrite: 3,
        WrongUsage: 2,
    }
    assert all(issubclass(kind, SpreadscanError) for kind in KINDS)


def test_one_refusal_names_all_complaints():
    error = refusal(
        [Complaint("bad-geometry", "is 0", field="Rows"), Complaint("bad-header", "is -1", field="Spacing")],
        "a.dcm",
    )
    assert (error.slug, error.file, error.field) == ("bad-geometry", "a.dcm", "Rows")
    assert str(error).count("\n") == 0
    assert "also Spacing is -1" in str(error)


def test_many_complaints_are_counted():
    error = refusal([Complaint("bad-header", f"is {n}") for n in range(9)], "a.dcm")
    assert "is 3" in str(error)
    assert "is 4" not in str(error)
    assert "and 5 more" in str(error)
