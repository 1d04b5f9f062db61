"""The rules of the house, read from the sources: who imports whom, how large a room is, what it holds."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "spreadscan"
PATHS = sorted(PACKAGE.rglob("*.py"))
MODULES = {".".join(path.relative_to(PACKAGE).with_suffix("").parts): path for path in PATHS}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

LOWEST = {"errors", "flags", "anatomy"}
DOORS = {"read", "write"}
LOOKED_THROUGH = {"image", "uncertainty", "networks", "judgement"}
BELOW_STAGES = LOWEST | {"values", "settings", "threads"} | LOOKED_THROUGH
BELOW_PIPELINE = BELOW_STAGES | DOORS | {"marks", "stages", "detect", "checks"}
MAP = {
    "errors": set(),
    "flags": set(),
    "anatomy": set(),
    # how a value is made: what the nouns of the measuring and those of the simulator have in common
    "frozen": set(),
    "values": {"anatomy", "frozen", "settings"},
    "settings": {"errors"},
    "threads": set(),
    # what several stages look through
    "image": {"frozen", "values", "settings", "threads"},
    # what coverage is counted from: draws, doubt of pixels and picture, points laid over them, what they say
    "uncertainty": {"frozen", "values", "anatomy", "settings"},
    # what is said and by which rules, and what it is counted from
    "judgement": {"anatomy", "flags", "values", "settings"},
    # what the networks see, and the door to them
    "networks": {"frozen", "values", "settings", "image", "threads"},
    "read": LOWEST | {"values", "threads", "judgement"},
    # what a person marked, in the files of many programs, in and out
    "marks": LOWEST | {"values", "read"},
    "write": LOWEST | {"values", "marks", "judgement"},
    "stages": BELOW_STAGES,
    "detect": BELOW_STAGES | {"frozen"},
    "checks": {"errors", "values"},
    # two reports, or two readers, against one another: nothing here looks at an image
    "study": {"errors", "anatomy", "values"},
    "phantom": LOWEST | {"frozen", "values"},
    "information": BELOW_PIPELINE,
    "study_facts": BELOW_PIPELINE,
    "pipeline": BELOW_PIPELINE | {"study_facts"},
    "batch": BELOW_PIPELINE | {"pipeline"},
    "cli": BELOW_PIPELINE | {"batch", "information", "phantom", "pipeline", "study", "study_facts"},
    "__main__": {"cli"},
    "__init__": set(),
}
"""Room to the rooms that it may import from; a room that is not here has no place on the map yet."""
BOTTOM_OF_VALUES = {"words"}
"""What the drawers of the nouns stand on; no drawer opens another one, only the whole opens them all."""
ONLY_IN = {
    "pydicom": r"read\.\w+|marks\.dicom\w*|phantom\.dicom_\w+",
    "imagecodecs": r"read\.\w+|phantom\.dicom_\w+",
    "msgspec": r"read\.report|phantom\.scenario\w*",
    # it takes longer to import than to draw all pictures of a report
    "matplotlib": r"(?!)",
    "jinja2": r"write\.pages\.page",
    "reportlab": r"write\.pages\.(printed|print_pieces|print_shapes)",
    "click": r"cli\.(commands|program)",
    # it brings pydantic, whose import takes half of what the answer to --help may
    "typer": r"(?!)",
    "rich": r"cli\.progress",
    "onnxruntime": r"networks\.session",
    "torch": r"(?!)",
}
"""Packages that one door or room keeps to itself."""
ENTRY = "cli.commands"
"""The command line; ``__main__`` does nothing but call it."""
LONGEST_CHAIN = 10
LONGEST_CHAIN_OF_VALUES = 3
LONGEST_MODULE = 350
TABLES = {"settings", "flags", "judgement.rules", "cli.options"}
"""Rooms that hold a table, which is not cut because of its size alone."""
LONGEST_BODY = 40
MOST_PARAMETERS = 5
MORE_PARAMETERS = {
    # what pickle calls: it takes what the exception holds, and only pickle calls it
    "errors._rebuild"
}
SHARED_ARRAYS = {
    "NDArray[np.float32]": "Image",
    "NDArray[np.float64]": "Vector",
    "NDArray[np.bool_]": "BoolArray",
}
"""What ``frozen`` calls the arrays that many rooms handle."""
MOST_MIXED_RETURNS = 1
MIXED_NOT_YET: set[str] = set()
DOUBLE_NOT_YET: set[str] = set()
ALIAS_NOT_YET: set[str] = set()
VAGUE = {"utils", "util", "core", "common", "helpers", "helper", "base", "manager", "misc", "tools"}


class Function(NamedTuple):
    """A function of the package: its full name, its syntax, and the class it belongs to."""

    name: str
    node: ast.FunctionDef
    owner: ast.ClassDef | None

    @property
    def public(self) -> bool:
        return not any(part.startswith("_") and not part.startswith("__") for part in self.name.split("."))

    @property
    def is_overload(self) -> bool:
        return any(ast.unparse(decorator) == "overload" for decorator in self.node.decorator_list)

    @property
    def is_command(self) -> bool:
        """Whether it is a subcommand: its parameters are the options of the command line."""
        return any(
            ast.unparse(d).startswith(("app.command", "app.callback")) for d in self.node.decorator_list
        )

    @property
    def parameters(self) -> list[str]:
        a = self.node.args
        names = [arg.arg for arg in (*a.posonlyargs, *a.args, *a.kwonlyargs)]
        names += [arg.arg for arg in (a.vararg, a.kwarg) if arg is not None]
        bound = self.owner is not None and "staticmethod" not in map(ast.unparse, self.node.decorator_list)
        return names[1:] if bound else names


@cache
def source(module: str) -> str:
    return MODULES[module].read_text(encoding="utf-8")


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(source(module))


@cache
def nodes(module: str) -> tuple[ast.AST, ...]:
    """All that stands in a module, at any depth."""
    return tuple(ast.walk(tree(module)))


def room(module: str) -> str:
    return module.split(".")[0]


@cache
def functions() -> tuple[Function, ...]:
    def inside(node: ast.AST, name: str, owner: ast.ClassDef | None) -> Iterator[Function]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef):
                yield Function(f"{name}.{child.name}", child, owner)
                yield from inside(child, f"{name}.{child.name}", None)
            elif isinstance(child, ast.ClassDef):
                yield from inside(child, f"{name}.{child.name}", child)
            else:
                yield from inside(child, name, owner)

    return tuple(function for module in MODULES for function in inside(tree(module), module, None))


def classes() -> Iterator[tuple[str, ast.ClassDef]]:
    for module in MODULES:
        for node in nodes(module):
            if isinstance(node, ast.ClassDef):
                yield f"{module}.{node.name}", node


@cache
def imported(module: str) -> tuple[tuple[str, int], ...]:
    """Full names of what a module imports anywhere in it, also inside functions, with the line."""
    return tuple(_imported(module))


def _imported(module: str) -> Iterator[tuple[str, int]]:
    for node in nodes(module):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno}: a relative import"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}".removeprefix("spreadscan.")
                is_module = inner in MODULES or f"{inner}.__init__" in MODULES
                yield (f"{node.module}.{alias.name}" if is_module else str(node.module)), node.lineno


def own_imports(module: str) -> Iterator[tuple[str, int]]:
    """Modules of the package that a module imports, without the package's name and its version number."""
    for name, line in imported(module):
        if name.startswith("spreadscan."):
            yield name.removeprefix("spreadscan."), line


def rooms_imported(module: str) -> set[str]:
    return {room(name) for name, _ in own_imports(module)} - {room(module)}


# who imports whom


def test_every_room_is_on_the_map():
    assert {room(module) for module in MODULES} == set(MAP)


def test_imports_follow_the_map():
    wrong = [
        f"{module}, line {line}: {name}; {room(module)} may import from {sorted(MAP[room(module)])} only"
        for module in MODULES
        for name, line in own_imports(module)
        if room(name) not in MAP[room(module)] | {room(module)}
    ]
    assert wrong == []


def test_the_map_has_no_way_back():
    """The map itself could be wrong: no room reaches itself over others."""

    def above(name: str, seen: tuple[str, ...]) -> None:
        assert name not in seen, " -> ".join((*seen, name))
        for below in MAP[name]:
            above(below, (*seen, name))

    for name in MAP:
        above(name, ())


def test_no_stage_imports_a_stage():
    stages = [module for module in MODULES if module.startswith("stages.")]
    assert len(stages) > 10
    assert not [m for m in stages for name, _ in own_imports(m) if room(name) == "stages"]


def test_the_order_of_work_stands_in_one_file():
    """Only the pipeline joins stages; what is known beforehand is what headers tell, and no pixel."""
    users = {m: {n for n, _ in own_imports(m) if room(n) == "stages"} for m in MODULES}
    assert {module for module, stages in users.items() if stages} == {
        "pipeline",
        "information",
        "study_facts",
    }
    assert users["information"] <= {"stages.assign", "stages.calibrate", "stages.orient"}
    assert users["study_facts"] <= {"stages.assign", "stages.calibrate", "stages.orient", "stages.place"}


def test_a_door_knows_neither_stages_nor_settings_nor_the_other_door():
    for door in DOORS:
        others = {name for m in MODULES if room(m) == door for name in rooms_imported(m)}
        assert others, door
        assert not others & (DOORS | {"stages", "pipeline", "settings", "batch", "cli"}), door


def test_no_drawer_of_values_opens_another():
    """Whoever needs one noun pays for a chain of three modules, whichever noun it is."""
    wrong = []
    for module in MODULES:
        if room(module) == "values" and module != "values.__init__":
            inner = {n.removeprefix("values.") for n, _ in own_imports(module) if room(n) == "values"}
            wrong += [f"{module}: {name}" for name in inner - BOTTOM_OF_VALUES]
    assert wrong == []


def test_values_are_imported_as_a_whole():
    """Stages and doors know the glossary, not its drawers."""
    for module in MODULES:
        if room(module) != "values":
            assert not [name for name, _ in own_imports(module) if name.startswith("values.")], module


@cache
def links(module: str) -> tuple[str, ...]:
    """The modules that a module imports; the package's own file, which holds its version only, left out."""
    names = {name if name in MODULES else f"{name}.__init__" for name, _ in own_imports(module)}
    return tuple(sorted(names - {module}))


def test_modules_import_one_another_in_no_circle():
    def follow(module: str, seen: tuple[str, ...]) -> None:
        assert module not in seen, " -> ".join((*seen, module))
        if module not in sound:
            for other in links(module):
                follow(other, (*seen, module))
            sound.add(module)

    sound: set[str] = set()
    for module in MODULES:
        follow(module, ())


def test_chains_of_imports_are_short():
    """From the command line to the last module, imports inside functions and for types only included."""

    @cache
    def chain(module: str) -> tuple[str, ...]:
        below = max(map(chain, links(module)), key=len, default=())
        return (module, *below)

    assert set(links("__main__")) == {ENTRY}
    assert len(chain(ENTRY)) <= LONGEST_CHAIN, " > ".join(chain(ENTRY))
    assert len(chain("values.__init__")) <= LONGEST_CHAIN_OF_VALUES, " > ".join(chain("values.__init__"))


def test_packages_stay_where_they_belong():
    users = [(name.split(".")[0], m) for m in MODULES for name, _ in imported(m)]
    wrong = [f"{m}: {p}" for p, m in users if p in ONLY_IN and not re.fullmatch(ONLY_IN[p], m)]
    assert wrong == []
    assert set(ONLY_IN) - {package for package, _ in users} == {
        p for p, rooms in ONLY_IN.items() if rooms == "(?!)"
    }


def test_nothing_that_measures_imports_a_simulation():
    measuring = [m for m in MODULES if room(m) not in ("phantom", "cli")]
    assert not [m for m in measuring for name, _ in imported(m) if "phantom" in name or "simulat" in name]


def test_only_declared_packages_are_imported():
    names = {re.split(r"[<>=\[ ]", line)[0].lower() for line in PROJECT["project"]["dependencies"]}
    called = {"pillow": "pil", "scikit-image": "skimage", "opencv-python-headless": "cv2"}
    declared = {called.get(name, name) for name in names}
    used = {name.split(".")[0] for m in MODULES for name, _ in imported(m)} - set(sys.stdlib_module_names)
    assert {name.lower() for name in used} - {"spreadscan"} == declared


# importing


def silent(script: str, folder: Path) -> str:
    """Run a script in an empty folder that is the home too; what it prints, if it left no file there."""
    script = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n" + script
    surroundings = {"HOME": str(folder), "XDG_CACHE_HOME": str(folder), "PATH": "", "MPLCONFIGDIR": ""}
    done = subprocess.run(
        [sys.executable, "-B", "-c", script],
        cwd=folder, env=surroundings, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert list(folder.iterdir()) == []
    return done.stdout


def test_importing_the_package_does_nothing(tmp_path):
    script = (
        "import logging, warnings\n"
        "state = lambda: (logging.root.level, list(logging.root.handlers), list(logging.root.filters),\n"
        "    list(warnings.filters), warnings.showwarning, sys.excepthook, sys.stdout)\n"
        "before, modules = state(), set(sys.modules)\n"
        "import spreadscan\n"
        "assert state() == before\n"
        "print(sorted(set(sys.modules) - modules))\n"
    )
    assert silent(script, tmp_path) == "['spreadscan']\n"


def test_importing_any_module_writes_nothing_and_sets_up_no_logging(tmp_path):
    names = [f"spreadscan.{module}".removesuffix(".__init__") for module in MODULES]
    script = (
        "import importlib, logging\n"
        f"for name in {[name for name in names if not name.endswith('__main__')]!r}:\n"
        "    importlib.import_module(name)\n"
        "assert not logging.root.handlers and logging.root.level == logging.WARNING\n"
        "print([n for n in ('matplotlib', 'imagecodecs', 'pydicom', 'jinja2') if n in sys.modules])\n"
    )
    # what only one door needs is imported when the door is opened
    assert silent(script, tmp_path) == "[]\n"


HEAVY = (
    "cv2", "imagecodecs", "jinja2", "matplotlib", "msgspec", "numpy", "onnxruntime", "PIL", "pydicom",
    "reportlab", "rich", "scipy", "skimage",
)  # fmt: skip
"""Packages of which neither help nor a refusal needs one."""


def test_help_needs_nothing_heavy(tmp_path):
    script = (
        "from spreadscan.cli.commands import app, run\n"
        "assert run(['--help']) == 0\n"
        "assert not any(run([name, '--help']) for name in app.commands)\n"
        f"print(len(app.commands), [n for n in {HEAVY} if n in sys.modules])\n"
    )
    assert silent(script, tmp_path).splitlines()[-1] == "9 []"


def test_a_refusal_needs_nothing_heavy(tmp_path):
    script = (
        "import io, sys\n"
        "from spreadscan.cli.commands import run\n"
        "sys.stderr = io.StringIO()\n"
        f"assert run(['analyse', 'missing.dcm']) == run(['info', {str(ROOT / 'README.md')!r}]) == 3\n"
        "assert 'input-missing' in sys.stderr.getvalue() and 'input-not-dicom' in sys.stderr.getvalue()\n"
        "sys.stderr = sys.__stderr__\n"
        f"print([n for n in {HEAVY} if n in sys.modules])\n"
    )
    assert silent(script, tmp_path).endswith("[]\n")


# the size of rooms


def test_modules_are_small():
    lengths = {module: len(source(module).splitlines()) for module in MODULES}
    assert {m: n for m, n in lengths.items() if n > LONGEST_MODULE and m not in TABLES} == {}


def body_lines(function: ast.FunctionDef) -> int:
    """Lines of a function after its signature and docstring."""
    has_text = ast.get_docstring(function) is not None
    body = function.body[1:] if has_text else function.body
    return 0 if not body else int(function.end_lineno or 0) - body[0].lineno + 1


def test_functions_are_short():
    lengths = {f"{f.name}": body_lines(f.node) for f in functions()}
    assert {name: n for name, n in lengths.items() if n > LONGEST_BODY} == {}
    assert sorted(lengths.values())[len(lengths) // 2] < 12


def test_functions_take_few_parameters():
    many = {f.name for f in functions() if len(f.parameters) > MOST_PARAMETERS and not f.is_command}
    assert many == MORE_PARAMETERS


def is_mixed(annotation: ast.expr | None) -> bool:
    """Whether a type is, or can be, a tuple of things that are not all of one written type."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return is_mixed(ast.parse(annotation.value, mode="eval").body)
    if isinstance(annotation, ast.BinOp):
        return is_mixed(annotation.left) or is_mixed(annotation.right)
    if not isinstance(annotation, ast.Subscript) or ast.unparse(annotation.value) != "tuple":
        return False
    parts = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
    return "..." not in map(ast.unparse, parts) and len({ast.unparse(part) for part in parts}) > 1


@pytest.mark.parametrize(
    ("written", "mixed"),
    [("tuple[int, str]", True), ("tuple[A, B | None] | None", True), ("'tuple[A, B]'", True),
     ("tuple[int, int]", False), ("tuple[int, ...]", False), ("tuple[int]", False), ("int | str", False),
     ("dict[str, tuple[int, str]]", False)],
)  # fmt: skip
def test_what_counts_as_a_tuple_of_different_things(written, mixed):
    assert is_mixed(ast.parse(written, mode="eval").body) is mixed


def test_no_parameter_is_a_tuple_of_different_things():
    """What belongs together has a name; what does not is handed in one by one."""
    found = set()
    for function in functions():
        a = function.node.args
        arguments = (*a.posonlyargs, *a.args, *a.kwonlyargs)
        found |= {f"{function.name}: {arg.arg}" for arg in arguments if is_mixed(arg.annotation)}
    assert found <= MIXED_NOT_YET, sorted(found - MIXED_NOT_YET)


def test_few_functions_return_a_tuple_of_different_things():
    found = [function.name for function in functions() if is_mixed(function.node.returns)]
    assert len(found) <= MOST_MIXED_RETURNS, found


def test_one_class_name_is_one_thing():
    places: dict[str, list[str]] = {}
    for name, node in classes():
        places.setdefault(node.name.lstrip("_"), []).append(name)
    doubles = {name: where for name, where in places.items() if len(where) > 1 and name not in DOUBLE_NOT_YET}
    assert doubles == {}


def test_one_name_of_an_array_stands_in_one_place():
    """What ``frozen`` declares is imported from there, not declared again under a private name."""
    places: dict[str, list[str]] = {}
    for module in MODULES:
        for node in tree(module).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("NDArray["):
                name = ast.unparse(node.targets[0])
                again = SHARED_ARRAYS.get(ast.unparse(node.value)) if name.startswith("_") else None
                places.setdefault(again or name.lstrip("_"), []).append(f"{module}.{name}")
    doubles = {name: set(where) - ALIAS_NOT_YET for name, where in places.items() if len(where) > 1}
    assert {name: where for name, where in doubles.items() if len(where) > 1} == {}


def test_names_say_what_is_inside():
    parts = {part for path in PATHS for part in path.relative_to(ROOT).with_suffix("").parts}
    assert not parts & VAGUE


# state


def is_mutable(node: ast.expr | None) -> bool:
    if isinstance(node, (ast.Dict, ast.List, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)):
        return True
    if isinstance(node, ast.Tuple):
        return any(is_mutable(element) for element in node.elts)
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func)
        return name in {"dict", "list", "set", "bytearray", "defaultdict", "Counter", "deque"} or (
            name.startswith("np.") and name not in {"np.dtype", "np.float32", "np.float64"}
        )
    return False


def test_nothing_of_a_module_or_class_can_change():
    found = []
    for module in MODULES:
        for scope in nodes(module):
            if not isinstance(scope, (ast.Module, ast.ClassDef)):
                continue
            for node in scope.body:
                if isinstance(node, (ast.Assign, ast.AnnAssign)) and is_mutable(node.value):
                    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                    found += [f"{module}: {ast.unparse(t)}" for t in targets if ast.unparse(t) != "__all__"]
    assert found == []


def test_nothing_is_declared_global():
    found = [(m, node.lineno) for m in MODULES for node in nodes(m) if isinstance(node, ast.Global)]
    assert found == []


@pytest.mark.parametrize(
    ("code", "mutable"),
    [("x = {}", True), ("x: A = [1]", True), ("x = (1, [2])", True), ("x = np.zeros(3)", True),
     ("x = set()", True), ("x = (1, 2)", False), ("x = MappingProxyType({})", False), ("x = 1", False)],
)  # fmt: skip
def test_what_counts_as_state(code, mutable):
    assert is_mutable(ast.parse(code).body[0].value) is mutable  # type: ignore[attr-defined]


# texts


def test_every_module_class_and_function_says_what_it_is():
    silent_ones = [module for module in MODULES if not ast.get_docstring(tree(module))]
    silent_ones += [
        name for name, node in classes() if not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    silent_ones += [
        f.name
        for f in functions()
        if f.public
        and not f.node.name.startswith("__")
        and not ast.get_docstring(f.node)
        and not f.is_overload
        # what a class of the standard library documents
        and not (f.owner is not None and any(ast.unparse(b).startswith("io.") for b in f.owner.bases))
    ]
    assert silent_ones == []


def section(text: str, title: str) -> str:
    found = re.search(rf"^{title}:\n((?:[ ]+.*\n|\n)+)", text + "\n", re.MULTILINE)
    return found[1] if found else ""


def named(text: str) -> list[str]:
    """Names that a section explains, one entry for each indented line ``name: ...`` or ``a, b: ...``."""
    indent = re.search(r"^( +)\S", text, re.MULTILINE)
    if indent is None:
        return []
    entries = re.findall(rf"^{indent[1]}([*\w]+(?:, [*\w]+)*):", text, re.MULTILINE)
    return [name.strip("*") for entry in entries for name in entry.split(", ")]


def test_arguments_that_a_docstring_explains_are_those_of_the_function():
    checked = 0
    for function in functions():
        explained = named(section(ast.get_docstring(function.node) or "", "Args"))
        if explained:
            checked += 1
            assert explained == function.parameters, function.name
    assert checked > 20


def test_attributes_that_a_docstring_explains_are_those_of_the_class():
    checked = 0
    for name, node in classes():
        explained = named(section(ast.get_docstring(node) or "", "Attributes"))
        fields = [ast.unparse(n.target) for n in node.body if isinstance(n, ast.AnnAssign)]
        if explained and fields and not any(ast.unparse(base) == "Exception" for base in node.bases):
            checked += 1
            assert sorted(explained) == sorted(f for f in fields if not f.startswith("_")), name
    assert checked > 20


def test_the_package_and_its_pages_stand_alone():
    pages = [*PATHS, *PACKAGE.rglob("*.j2"), *PACKAGE.rglob("*.json"), ROOT / "pyproject.toml"]
    pages += [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", *(ROOT / "dicom_samples").glob("*.md")]
    for page in pages:
        if page.is_file():
            text = page.read_text(encoding="utf-8")
            assert "../shared" not in text, page
            assert "/work/" not in text, page


# what is declared


@pytest.mark.parametrize(("name", "target"), PROJECT["project"]["scripts"].items())
def test_console_scripts_load_and_help(name, target):
    assert callable(EntryPoint(name, target, "console_scripts").load())
    module, function = target.split(":")
    script = f"import sys; sys.argv = [{name!r}, '--help']; from {module} import {function}; {function}()"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={"PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Usage: {name}" in done.stdout


def test_declared_data_are_there():
    patterns = PROJECT["tool"]["setuptools"]["package-data"]["spreadscan"]
    assert [pattern for pattern in patterns if not list(PACKAGE.glob(pattern))] == []


def test_every_data_file_of_the_package_is_declared():
    patterns = PROJECT["tool"]["setuptools"]["package-data"]["spreadscan"]
    declared = {path for pattern in patterns for path in PACKAGE.glob(pattern)}
    files = {p for p in PACKAGE.rglob("*") if p.is_file() and p.suffix not in (".py", ".pyc")}
    assert files == declared


def test_commands_that_the_pages_name_exist():
    """What measures and trains is run as a module: each that a page or the Makefile names can be run."""
    pages = [ROOT / "README.md", ROOT / "Makefile", *(ROOT / "docs").rglob("*.md")]
    wrong, count = [], 0
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for name in re.findall(r"python -m ((?:benchmarks|training)(?:\.\w+)*)", text):
            count += 1
            path = ROOT.joinpath(*name.split(".")).with_suffix(".py")
            if not path.is_file() or '__name__ == "__main__"' not in path.read_text(encoding="utf-8"):
                wrong.append(f"{page.relative_to(ROOT)}: {name}")
    assert wrong == []
    assert count > 20


def test_public_names_exist():
    import importlib

    for module in MODULES:
        loaded = importlib.import_module(f"spreadscan.{module}".removesuffix(".__init__"))
        names = getattr(loaded, "__all__", ())
        assert len(set(names)) == len(names), module
        assert [name for name in names if not hasattr(loaded, name)] == [], module
