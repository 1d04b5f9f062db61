"""The list of formats: whole, light, in the right order, and all that a new one needs beside its module."""

import inspect
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from spreadscan.marks import drawn, formats, landmarks
from spreadscan.marks.export import Export
from spreadscan.marks.file import DrawnOn, opened
from spreadscan.marks.formats import FORMATS, Format, MarkModule
from spreadscan.values import Landmarks
from spreadscan.write.folder import write_report
from spreadscan.write.landmark_folder import write_landmarks
from spreadscan.write.outline_files import outline_files
from tests.marked_frames import COLUMNS, MOMENT, ROWS, marked_frame, spine
from tests.reports import make_report

MM = 0.5
WHAT = ("points", "outlines")
BOX = [[(19.5, 9.5), (19.5, 14.5), (26.5, 14.5), (26.5, 9.5)]]
TOY = '''
"""A format of five lines: the word toy, then numbers."""

from spreadscan.marks.outline import Outline
from spreadscan.marks.point import Marked, MarkedPoints, named


def read_points(file, on):
    if not (file.text or "").startswith("toy points\\n"):
        return None
    lines = [line.split() for line in file.text.splitlines()[1:]]
    return MarkedPoints([Marked(label, *named(label), row, column) for label, row, column in lines], "toy")


def read_outlines(file, on):
    if not (file.text or "").startswith("toy outlines\\n"):
        return None
    lines = [[float(part) for part in line.split()] for line in file.text.splitlines()[1:]]
    return [Outline("toy", tuple(zip(numbers[::2], numbers[1::2]))) for numbers in lines]


def write_points(marked, export):
    lines = [f"{p.label} {p.row!r} {p.column!r}\\n" for p in marked.landmarks.points]
    return ("toy points\\n" + "".join(lines)).encode()


def write_outlines(outlines, marked, export):
    lines = [" ".join(f"{r!r} {c!r}" for r, c in outline) + "\\n" for outline in outlines]
    return ("toy outlines\\n" + "".join(lines)).encode()
'''


def on(frame=None):
    return DrawnOn(ROWS, COLUMNS, frame, marked_frame().image_key, MM)


def file_of(one, what, folder):
    module, marked, export = one.loaded(), marked_frame(), Export(MOMENT, MM)
    boxes = [list(map(tuple, box)) for box in BOX]
    content = (
        module.write_points(marked, export)
        if what == "points"
        else module.write_outlines(boxes, marked, export)
    )
    (folder / "file").write_bytes(content)
    return opened(folder / "file", 2**20, "loop-unreadable")


def members(protocol):
    return {name: f for name, f in vars(protocol).items() if inspect.isfunction(f) and name[0] != "_"}


# the list


def test_names_and_files_are_told_apart():
    for field in ("name", "title", "landmark_file", "outline_file", "module"):
        told = [getattr(one, field) for one in FORMATS]
        assert len(set(told)) == len(told), field


def test_every_module_has_what_the_list_asks_for():
    asked = members(MarkModule)
    assert len(asked) == 4
    for one in FORMATS:
        for name, function in asked.items():
            wanted = list(inspect.signature(function).parameters)[1:]
            assert list(inspect.signature(getattr(one.loaded(), name)).parameters) == wanted, (one.name, name)


@pytest.mark.parametrize("what", WHAT)
def test_what_a_format_writes_it_knows_and_the_special_ones_before_it_do_not(tmp_path, what):
    """The list is gone through from its end; only general formats may take what is another's too."""
    for at, one in enumerate(FORMATS):
        file = file_of(one, what, tmp_path)
        for other in FORMATS[at + 1 :]:
            assert getattr(other.loaded(), f"read_{what}")(file, on()) is None, (one.name, other.name)
        assert getattr(one.loaded(), f"read_{what}")(file, on()), one.name


@pytest.mark.parametrize("what", WHAT)
def test_what_is_no_text_is_nobodys(tmp_path, what):
    (tmp_path / "file").write_bytes(b"\xff\xfe\x00")
    file = opened(tmp_path / "file", 99, "loop-unreadable")
    assert getattr(formats, f"{what}_in")(file, on()) is None


def test_a_sentence_lists_them_all():
    assert formats.titles("PNG") == "PNG, " + formats.titles()
    assert formats.titles().endswith(f" or {FORMATS[-1].title}")
    assert all(one.title in formats.titles() for one in FORMATS)


def modules_after(script):
    script = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r})\n{script}\nprint(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in done.stdout.split()}


def test_the_list_is_light():
    assert not modules_after("import spreadscan.marks.formats") & {"numpy", "scipy", "pydicom", "skimage"}


def test_reading_our_own_files_needs_nothing_heavy(tmp_path):
    one = FORMATS[0]
    for what, door in (("points", "landmarks.read_landmarks"), ("outlines", "drawn.read_mask")):
        path = file_of(one, what, tmp_path).path
        script = (
            "from pathlib import Path\nfrom spreadscan.marks import drawn, landmarks\n"
            "from spreadscan.marks.file import DrawnOn\n"
            f"{door}(Path({str(path)!r}), DrawnOn({ROWS}, {COLUMNS}, 7, {marked_frame().image_key!r}))"
        )
        assert not modules_after(script) & {"scipy", "skimage", "pydicom", "matplotlib"}, what


# a format more


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A format that is a module and an entry of the list, and nothing else."""
    (tmp_path / "toy_marks.py").write_text(TOY)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(
        formats, "FORMATS", (*FORMATS, Format("toy", "Toy", "landmarks.toy", "outline.toy", "toy_marks"))
    )
    yield "toy"
    sys.modules.pop("toy_marks", None)


def test_landmarks_travel_through_a_new_format(tmp_path, toy):
    _, path = write_landmarks(marked_frame(), tmp_path / "out", [toy], Export(MOMENT))
    assert path.name == "landmarks.toy"
    found = landmarks.read_landmarks(path, on())
    assert found.made_by == "toy"
    assert [(p.label, p.row, p.column) for p in found.points] == [(p.label, p.row, p.column) for p in spine()]


def test_outlines_travel_through_a_new_format(tmp_path, toy):
    report = make_report()
    frame = marked_frame(landmarks=Landmarks("none"))
    paths = write_report(report, tmp_path / "out", outline_files(report, frame, [toy], Export(MOMENT)))
    assert paths[-1].name == "outline.toy"
    sure = report.mask.sure
    assert sure.any()
    same_size = DrawnOn(*sure.shape)
    np.testing.assert_array_equal(drawn.read_loop(paths[-1], same_size), sure)
    np.testing.assert_array_equal(drawn.read_mask(paths[-1], same_size).sure, sure)


def test_the_other_formats_are_read_beside_a_new_one(tmp_path, toy):
    assert formats.titles().endswith("presentation state or Toy")
    for one in FORMATS:
        assert landmarks.read_landmarks(file_of(one, "points", tmp_path).path, on()).points
