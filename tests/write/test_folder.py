import errno
import json
from pathlib import Path

import pytest

from spreadscan.errors import CannotWrite
from spreadscan.write import folder
from spreadscan.write.folder import FILES, write_report
from spreadscan.write.pictures.images import Prints
from tests.reports import make_report


@pytest.fixture(autouse=True)
def _quick_picture(monkeypatch):
    """The drawing has tests of its own."""
    monkeypatch.setattr(folder, "overlay_png", lambda report: b"a picture")
    monkeypatch.setattr(folder, "prints_of", lambda report: Prints(b"a", b"b", b"c", ()))


def tree(path):
    return {p.relative_to(path).as_posix(): p.read_bytes() for p in path.rglob("*") if p.is_file()}


def no_space(*_):
    raise OSError(errno.ENOSPC, "No space left on device", "report.html")


def test_all_files_are_written_into_a_new_folder(tmp_path):
    target = tmp_path / "a" / "b"
    written = write_report(make_report(), target)
    assert written == tuple(target / name for name in FILES)
    assert all(path.stat().st_size for path in written)
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["b"]
    assert (target.stat().st_mode & 0o777) == ((tmp_path / "a").stat().st_mode & 0o777)


def test_earlier_results_are_replaced_and_other_files_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "report.json").write_text("old")
    write_report(make_report(), tmp_path)
    assert set(tree(tmp_path)) == {*FILES, "notes.txt"}
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["schema"] == "spreadscan.report"


def test_a_rerun_gives_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        write_report(make_report(), tmp_path / name)
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


def test_further_files_come_with_the_others(tmp_path):
    written = write_report(make_report(), tmp_path / "r", {"more.txt": b"x"})
    assert written[-1] == tmp_path / "r" / "more.txt"
    assert written[-1].read_text() == "x"


def test_a_promised_file_that_is_missing_is_a_failure(tmp_path, monkeypatch):
    monkeypatch.setattr(folder, "write_mask", lambda report, path: None)
    with pytest.raises(CannotWrite, match=r"was not written.*output-unwritable"):
        write_report(make_report(), tmp_path / "r")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "writer", ["write_record", "write_table", "write_mask", "overlay_png", "prints_of", "write_page"]
)
def test_when_a_writer_fails_nothing_new_remains(writer, tmp_path, monkeypatch):
    monkeypatch.setattr(folder, writer, no_space)
    with pytest.raises(CannotWrite) as caught:
        write_report(make_report(), tmp_path / "deep" / "er")
    assert list(tmp_path.iterdir()) == []
    assert caught.value.slug == "output-unwritable"
    assert caught.value.advice
    assert str(caught.value).startswith("report.html: the result cannot be written to")
    assert "No space left on device" in str(caught.value)


@pytest.mark.parametrize("failing", range(2 * len(FILES)))
def test_when_a_move_fails_the_older_result_is_intact(failing, tmp_path, monkeypatch):
    for name in (*FILES, "notes.txt"):
        (tmp_path / name).write_text(f"old {name}")
    before = tree(tmp_path)
    moves, move = [], Path.replace

    def replace(self, target):
        moves.append(target)
        if len(moves) == failing + 1:
            no_space()
        return move(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(CannotWrite):
        write_report(make_report(), tmp_path)
    assert tree(tmp_path) == before
    assert {p.name for p in tmp_path.iterdir()} == set(before)


def test_what_cannot_be_put_back_is_kept(tmp_path, monkeypatch):
    for name in FILES:
        (tmp_path / name).write_text(f"old {name}")
    moves, move = [], Path.replace

    def replace(self, target):
        moves.append(target)
        if len(moves) >= 4:
            no_space()
        return move(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(CannotWrite):
        write_report(make_report(), tmp_path)
    assert sorted(tree(tmp_path).values()) == sorted(f"old {name}".encode() for name in FILES)


def test_a_mistake_in_the_program_is_not_disguised_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(folder, "write_page", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_report(make_report(), tmp_path / "r")
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_is_refused_and_kept(tmp_path):
    (tmp_path / "taken").write_text("mine")
    for target in (tmp_path / "taken", tmp_path / "taken" / "below"):
        with pytest.raises(CannotWrite):
            write_report(make_report(), target)
    assert (tmp_path / "taken").read_text() == "mine"
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]


def test_a_folder_in_the_way_of_a_file_is_refused_and_kept(tmp_path):
    (tmp_path / "mask.png").mkdir()
    with pytest.raises(CannotWrite, match=r"^mask\.png: .*a folder of this name is in the way"):
        write_report(make_report(), tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["mask.png"]
