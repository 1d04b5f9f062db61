"""Batches: a stream of outcomes that no bad file ends, that loses nothing and goes on where it stopped."""

import csv
import json
import multiprocessing
import os
import shutil
from collections import Counter
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

import spreadscan
from spreadscan import pipeline
from spreadscan.batch import run as batch
from spreadscan.batch import tasks
from spreadscan.batch.run import Outcome, analyse_all, process_pool, read_journal, write_tables
from spreadscan.batch.tasks import JOURNAL, StudyTask, find_studies, read_list
from spreadscan.errors import SLUGS, CannotMeasure, CannotRead, CannotWrite
from spreadscan.settings import CoverSettings, Settings
from spreadscan.values import Request
from spreadscan.write import folder
from spreadscan.write.batch_tables import FAILURE_COLUMNS, SUMMARY_COLUMNS, summary_row, write_failures
from spreadscan.write.folder import FILES
from tests.conftest import SAMPLES
from tests.dicom_files import write_dicom
from tests.reports import make_report, report_that_cannot_judge, report_without_landmarks, uncalibrated_report

OTHER = Settings(cover=CoverSettings(draws=7))
DEADLY = "deadly"


class Inline(Executor):
    """Runs what is submitted at once; a study called deadly breaks it, as a dying process breaks a pool."""

    def __init__(self):
        self.broken = False

    def submit(self, fn, /, *args, **kwargs):
        if self.broken:
            raise BrokenProcessPool
        future = Future()
        if any(isinstance(item, StudyTask) and DEADLY in item.name for item in args):
            self.broken = True
            future.set_exception(BrokenProcessPool("died"))
            return future
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def quick_report(path, request, settings):
    """Stands for the analysis where only what happens around it matters."""
    if DEADLY in path.name:
        os._exit(1)
    if "bad" in path.name:
        raise CannotMeasure("flat-image", "is flat", file=path.name, advice="look at it")
    return make_report(64)


def quick_files(report, place):
    """Stands for the files of a report: all of them or none, with nothing drawn in them."""
    return folder.write_files({name: report.version.encode() for name in FILES}, place)


def _become_quick():
    """Replace the analysis in a process of a pool."""
    pipeline.analyse = quick_report
    folder.write_report = quick_files


def quick_pool(workers):
    # processes that begin with everything imported, from a server that is not this process
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return ProcessPoolExecutor(workers, context, initializer=_become_quick)


@pytest.fixture
def analysed_names(monkeypatch):
    """Replace the analysis in this process; return the names of the studies that were analysed."""
    names = []

    def analyse(path, request, settings):
        names.append(path.name)
        return quick_report(path, request, settings)

    monkeypatch.setattr(pipeline, "analyse", analyse)
    monkeypatch.setattr(folder, "write_report", quick_files)
    return names


@pytest.fixture
def studies(tmp_path):
    """Return a folder of three studies whose files only look like DICOM."""
    root = tmp_path / "studies"
    for name in ("a", "b", "c"):
        (root / name).mkdir(parents=True)
        (root / name / "image.dcm").write_bytes(bytes(128) + b"DICM" + name.encode())
        (root / name / "landmarks.json").write_text("{}")
    return root


@pytest.fixture
def results(tmp_path):
    return tmp_path / "results"


def outcomes(found, results, settings=None, executor=Inline):
    """Outcomes by name: in which order they become known is chance."""
    return sorted(analyse_all(found, results, settings or Settings(), executor), key=lambda o: o.name)


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def lines(results):
    return [json.loads(line) for line in (results / JOURNAL).read_text(encoding="utf-8").splitlines()]


# the whole of it, with processes


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """Return a folder with two samples and a broken file, and the folder of the results."""
    root = tmp_path_factory.mktemp("mixed")
    for name in ("no_contrast", "pair_right_l3_l4"):
        shutil.copytree(SAMPLES / name, root / "studies" / name)
    content = (SAMPLES / "no_contrast" / "im_0001.dcm").read_bytes()
    (root / "studies" / "broken.dcm").write_bytes(content[: len(content) // 2])
    return root / "studies", root / "results"


def test_a_folder_is_analysed_and_one_bad_file_does_not_end_it(say, mixed):
    source, target = mixed
    said = say("batch", source, "-o", target, "--jobs", 2)
    assert said.status == 0
    assert said.out == (
        "2 of 3 studies analysed, 1 failed.\n"
        f"Written:\n  {target / 'summary.csv'}\n  {target / 'failures.csv'}\n"
    )
    progress = sorted(line.split(" ", 1)[1] for line in said.err.splitlines())
    assert progress[1:] == ["no_contrast: analysed", "pair_right_l3_l4: analysed"]
    assert progress[0].startswith("broken: broken.dcm: ")
    assert {path.name for path in target.iterdir()} == {
        "no_contrast", "pair_right_l3_l4", "summary.csv", "failures.csv", JOURNAL,
    }  # fmt: skip
    assert sorted(path.name for path in (target / "no_contrast").iterdir()) == sorted(FILES)


def test_tables_and_journal_say_what_came_of_each_study(mixed):
    _, target = mixed
    summary, failures = rows(target / "summary.csv"), rows(target / "failures.csv")
    assert [row["study"] for row in summary] == ["no_contrast", "pair_right_l3_l4"]
    assert [row["contrast_found"] for row in summary] == ["false", "true"]
    assert [(row["study"], row["slug"]) for row in failures] == [("broken", "file-damaged")]
    assert failures[0]["problem"].startswith("broken.dcm: ")
    found = {outcome.name: outcome for outcome in read_journal(target)}
    assert {name: outcome.status for name, outcome in found.items()} == {
        "broken": "failed", "no_contrast": "analysed", "pair_right_l3_l4": "analysed",
    }  # fmt: skip
    assert found["pair_right_l3_l4"].row["branches_shown"] == summary[1]["branches_shown"]
    assert int(summary[1]["branches_shown"]) > 0


@pytest.mark.parametrize("name", ["no_contrast", "pair_right_l3_l4"])
def test_a_batch_writes_the_same_bytes_as_a_single_run(mixed, analysed, name):
    """Another process, another order, other folders: the same result."""
    alone = analysed(name).folder
    for file in ("report.json", "coverage.csv", "mask.png", "overlay.png"):
        assert (mixed[1] / name / file).read_bytes() == (alone / file).read_bytes(), file


def test_a_second_run_analyses_only_what_failed(say, mixed):
    _, target = mixed
    before = {path: path.stat().st_mtime_ns for path in target.rglob("report.json")}
    count = len(lines(target))
    summary = (target / "summary.csv").read_bytes()
    said = say("batch", mixed[0], "-o", target, "--jobs", 2, "--quiet")
    assert said == (0, "", "")
    assert {path: path.stat().st_mtime_ns for path in target.rglob("report.json")} == before
    assert [line["name"] for line in lines(target)[count:]] == ["broken"]
    assert (target / "summary.csv").read_bytes() == summary


def test_a_process_that_dies_costs_only_its_own_study(tmp_path, results):
    """A broken pool takes down every study that was waiting in it: they are tried again."""
    names = ["a", DEADLY, "bad", "b"]
    found = tuple(StudyTask(name, tmp_path / name, Request()) for name in names)
    for task in found:
        task.path.write_bytes(b"x")
    came = {o.name: o for o in outcomes(found, results, executor=partial(quick_pool, 2))}
    assert {name: o.status for name, o in came.items()} == {
        name: "failed" if name in (DEADLY, "bad") else "analysed" for name in names
    }
    assert (came[DEADLY].slug, came["bad"].slug) == ("unexpected", "flat-image")
    assert "ended without a word" in came[DEADLY].problem
    # nothing half-written of the processes that were stopped with it
    assert sorted(path.name for path in results.iterdir()) == ["a", "b", JOURNAL]
    assert all(sorted(path.name for path in (results / n).iterdir()) == sorted(FILES) for n in "ab")
    assert Counter(line["name"] for line in lines(results)) == Counter(names)


def test_the_pool_of_the_program_works_and_closes():
    with process_pool(1) as pool:
        assert pool.submit(os.getpid).result() != os.getpid()


# what happens round the analysis


@pytest.mark.parametrize("deadly", [(0,), (19,), (7,), (3, 4), (0, 9, 19), tuple(range(20))])
def test_every_study_gets_one_outcome_whatever_dies(tmp_path, results, analysed_names, deadly):
    found = tuple(
        StudyTask(f"{DEADLY}{n}" if n in deadly else f"s{n}", tmp_path / f"s{n}", Request())
        for n in range(20)
    )
    made = []

    def executor():
        made.append(1)
        return Inline()

    came = outcomes(found, results, executor=executor)
    assert Counter(o.name for o in came) == Counter(task.name for task in found)
    assert {o.name for o in came if o.status == "failed"} == {f"{DEADLY}{n}" for n in deadly}
    assert Counter(analysed_names) == Counter(f"s{n}" for n in range(20) if n not in deadly)
    # groups halve: few executors for one culprit among many
    assert len(made) <= 1 + 2 * len(deadly) * 6


def test_outcomes_are_in_the_journal_before_they_are_told(studies, results, analysed_names):
    for count, outcome in enumerate(analyse_all(find_studies(studies), results, Settings(), Inline), start=1):
        assert lines(results)[-1]["name"] == outcome.name
        assert len(lines(results)) == count


def test_a_caller_that_stops_leaves_the_rest_undone(studies, results, analysed_names):
    closed = []

    class Slow(Inline):
        def submit(self, fn, /, *args, **kwargs):
            return super().submit(fn, *args, **kwargs) if not analysed_names else Future()

        def shutdown(self, wait=True, *, cancel_futures=False):
            closed.append(cancel_futures)

    stream = analyse_all(find_studies(studies), results, Settings(), Slow)
    assert next(stream).name == "a"
    stream.close()
    assert closed == [True]
    assert [line["name"] for line in lines(results)] == ["a"]


@pytest.mark.parametrize("error", [RuntimeError("secret"), MemoryError(), OSError(5, "secret")])
def test_what_should_not_happen_is_the_failure_of_one_study(studies, results, monkeypatch, error):
    def fail(path, *_):
        if path.name == "b":
            raise error
        return make_report(64)

    monkeypatch.setattr(pipeline, "analyse", fail)
    monkeypatch.setattr(folder, "write_report", quick_files)
    came = outcomes(find_studies(studies), results)
    assert [(o.name, o.status, o.slug) for o in came] == [
        ("a", "analysed", ""), ("b", "failed", "unexpected"), ("c", "analysed", ""),
    ]  # fmt: skip
    assert "secret" not in came[1].problem


def test_a_result_that_cannot_be_written_is_the_failure_of_one_study(studies, results, analysed_names):
    results.mkdir()
    (results / "b").write_text("mine")
    came = outcomes(find_studies(studies), results)
    assert [(o.name, o.slug) for o in came] == [("a", ""), ("b", "output-unwritable"), ("c", "")]
    assert (results / "b").read_text() == "mine"


def test_an_executor_that_cannot_carry_the_work_is_told(studies, results):
    """For example because something cannot be pickled."""

    class Refusing(Inline):
        def submit(self, fn, /, *args, **kwargs):
            future = Future()
            future.set_exception(TypeError("cannot pickle"))
            return future

    came = outcomes(find_studies(studies), results, executor=Refusing)
    assert {(o.status, o.slug, o.problem) for o in came} == {
        ("failed", "unexpected", "unexpected failure: TypeError")
    }


# going on where it stopped


def test_nothing_is_analysed_twice(studies, results, analysed_names):
    first = outcomes(find_studies(studies), results)
    again = outcomes(find_studies(studies), results)
    assert analysed_names == ["a", "b", "c"]
    assert again == first
    assert len(lines(results)) == 3


def grow(path):
    path.write_bytes(path.read_bytes() + b"x")


@pytest.mark.parametrize(
    "change",
    [
        lambda study: grow(study / "image.dcm"),
        lambda study: (study / "second.dcm").write_bytes(b"x"),
        lambda study: (study / "image.dcm").rename(study / "renamed.dcm"),
        lambda study: (study / "landmarks.json").write_text("{} "),
        lambda study: (study / "landmarks.json").unlink(),
    ],
    ids=["image", "further file", "renamed", "landmarks", "landmarks gone"],
)
def test_a_study_that_changed_is_analysed_again(studies, results, analysed_names, change):
    outcomes(find_studies(studies), results)
    change(studies / "b")
    outcomes(find_studies(studies), results)
    assert analysed_names == ["a", "b", "c", "b"]


def test_other_settings_analyse_everything_again(studies, results, analysed_names):
    outcomes(find_studies(studies), results)
    outcomes(find_studies(studies), results, OTHER)
    assert analysed_names == ["a", "b", "c"] * 2


def test_another_version_analyses_everything_again(studies, results, analysed_names, monkeypatch):
    outcomes(find_studies(studies), results)
    monkeypatch.setattr(spreadscan, "__version__", "99.0")
    outcomes(find_studies(studies), results)
    assert analysed_names == ["a", "b", "c"] * 2


@pytest.mark.parametrize(
    "change", [{"frame": 2}, {"mm_per_px": 0.3}, {"patient_left": "image left"}, {"baseline_frames": (1,)}]
)
def test_another_request_analyses_again(studies, results, analysed_names, change):
    found = find_studies(studies)
    outcomes(found, results)
    changed = replace(found[1], request=replace(found[1].request, **change))
    outcomes((found[0], changed, found[2]), results)
    assert analysed_names == ["a", "b", "c", "b"]


@pytest.mark.parametrize("part", ["baseline", "mask"])
def test_what_is_handed_in_is_part_of_the_key(studies, results, analysed_names, tmp_path, part):
    (tmp_path / "given").write_text("one")
    found = (replace(find_studies(studies)[0], request=Request(**{part: tmp_path / "given"})),)
    outcomes(found, results)
    outcomes(found, results)
    assert analysed_names == ["a"]
    (tmp_path / "given").write_text("two")
    outcomes(found, results)
    assert analysed_names == ["a", "a"]


def test_a_result_that_is_gone_is_made_again(studies, results, analysed_names):
    outcomes(find_studies(studies), results)
    (results / "b" / "report.json").unlink()
    outcomes(find_studies(studies), results)
    assert analysed_names == ["a", "b", "c", "b"]
    assert (results / "b" / "report.json").is_file()


def test_failures_are_tried_again(studies, results, analysed_names):
    (studies / "b").rename(studies / "bad")
    for _ in range(2):
        came = outcomes(find_studies(studies), results)
        assert sorted((o.name, o.slug) for o in came) == [("a", ""), ("bad", "flat-image"), ("c", "")]
    assert analysed_names == ["a", "bad", "c", "bad"]


def test_a_journal_that_was_cut_off_loses_only_its_last_line(studies, results, analysed_names):
    outcomes(find_studies(studies), results)
    journal = results / JOURNAL
    last = lines(results)[-1]["name"]
    journal.write_bytes(journal.read_bytes()[:-20])
    assert {o.name for o in read_journal(results)} == {"a", "b", "c"} - {last}
    outcomes(find_studies(studies), results)
    assert analysed_names == ["a", "b", "c", last]
    outcomes(find_studies(studies), results)
    assert analysed_names == ["a", "b", "c", last], "what was entered after the cut is read again"


def test_a_journal_with_anything_in_it_is_read_as_far_as_it_goes(results):
    results.mkdir()
    good = {"name": "a", "key": "k", "status": "analysed"}
    texts = [
        "",
        "no json",
        "null",
        "[1]",
        '{"name": "b"}',
        '{"nom": "c"}',
        '{"name": [], "key": "", "status": ""}',
    ]
    (results / JOURNAL).write_bytes("\n".join([*texts, json.dumps(good)]).encode() + b"\n\xff\xfe\n")
    assert read_journal(results) == (Outcome("a", "k", "analysed"),)
    assert read_journal(results / "nowhere") == ()


def test_the_last_line_of_a_study_counts(results):
    results.mkdir()
    both = [{"name": "a", "key": key, "status": "analysed"} for key in ("old", "new")]
    (results / JOURNAL).write_text("".join(json.dumps(line) + "\n" for line in both))
    assert read_journal(results) == (Outcome("a", "new", "analysed"),)


def test_what_a_crash_left_half_written_is_cleared_away(studies, results, analysed_names):
    for place in (results, results / "a"):
        (place / ".spreadscan-abc" / "new").mkdir(parents=True)
        (place / ".spreadscan-abc" / "new" / "report.json").write_text("half")
    (results / "a" / "notes.txt").write_text("mine")
    outcomes(find_studies(studies), results)
    assert sorted(path.name for path in results.iterdir()) == ["a", "b", "c", JOURNAL]
    assert sorted(path.name for path in (results / "a").iterdir()) == sorted((*FILES, "notes.txt"))


@pytest.mark.skipif(os.name == "nt", reason="names of POSIX")
def test_names_in_any_encoding(tmp_path, results, analysed_names):
    """A name that is no UTF-8 ends neither the study nor the batch."""
    (tmp_path / "st\udcffudies" / "na\udcffme").mkdir(parents=True)
    (tmp_path / "st\udcffudies" / "na\udcffme" / "fi\udcffle.dcm").write_bytes(b"x")
    for _ in range(2):
        came = outcomes(find_studies(tmp_path / "st\udcffudies"), results)
        assert [(o.name, o.status) for o in came] == [("na_me", "analysed")]
        write_tables(came, results)
    assert analysed_names == ["na\udcffme"]


def test_a_file_that_cannot_be_read_any_more_ends_nothing(studies, results, analysed_names, monkeypatch):
    outcomes(find_studies(studies), results)

    def unreadable(task, settings):
        raise PermissionError(13, "denied")

    monkeypatch.setattr(batch, "key_of", unreadable)
    came = outcomes(find_studies(studies), results)
    assert {o.status for o in came} == {"analysed"}
    assert analysed_names == ["a", "b", "c"] * 2


# nowhere to write


def test_a_file_in_the_way_of_the_results(studies, results, analysed_names):
    results.write_text("mine")
    with pytest.raises(CannotWrite, match=r"^results: .*\[output-unwritable\]"):
        outcomes(find_studies(studies), results)
    assert results.read_text() == "mine"


def test_a_folder_in_the_way_of_the_journal(studies, results, analysed_names):
    (results / JOURNAL).mkdir(parents=True)
    with pytest.raises(CannotWrite, match=r"^outcomes\.jsonl: .*\[output-unwritable\]"):
        outcomes(find_studies(studies), results)
    assert analysed_names == []


def test_a_journal_that_cannot_be_written_ends_the_batch(studies, results, analysed_names):
    stream = analyse_all(find_studies(studies), results, Settings(), Inline)
    next(stream)
    (results / JOURNAL).unlink()
    (results / JOURNAL).mkdir()
    with pytest.raises(CannotWrite, match=r"^outcomes\.jsonl: "):
        next(stream)


def test_a_folder_in_the_way_of_a_table_leaves_nothing_half(results):
    (results / "summary.csv").mkdir(parents=True)
    with pytest.raises(CannotWrite, match=r"^summary\.csv: .*\[output-unwritable\]"):
        write_tables([], results)
    assert [path.name for path in results.iterdir()] == ["summary.csv"]


# from the command line


def refused(said, slug, *parts, status=3):
    assert (said.status, said.out) == (status, "")
    assert said.err.count("\n") == 1
    assert said.err.endswith(f" [{slug}]\n")
    assert slug in SLUGS
    assert [part for part in parts if part not in said.err] == []


def test_a_missing_folder(say, here):
    refused(say("batch", "nowhere"), "input-missing", "nowhere: does not exist")
    assert list(here.iterdir()) == []


def test_a_folder_without_studies(say, here):
    (here / "empty").mkdir()
    (here / "notes.txt").write_text("x")
    for source in (here / "empty", here):
        refused(say("batch", source, "-o", "results"), "input-empty", f"{source.name}: ")
    assert not (here / "results").exists()


def test_a_dicom_file_is_no_list(say, here, small_study):
    refused(say("batch", small_study / "post.dcm"), "list-unreadable", "post.dcm: ", "column input")
    assert list(here.iterdir()) == []


def test_results_and_studies_stay_apart(say, here, studies):
    before = sorted(studies.rglob("*"))
    refused(say("batch", studies, "-o", studies), "bad-option", "--output: ", status=2)
    refused(say("batch", studies, "-o", studies / "a" / ".."), "bad-option", status=2)
    assert sorted(studies.rglob("*")) == before


def test_bad_settings_end_the_batch_before_it_begins(say, here, studies):
    (here / "my.toml").write_text("[cover]\nthrows = 1\n")
    refused(say("batch", studies, "--settings", "my.toml", "-o", "r"), "settings-unreadable", "cover.throws")
    assert not (here / "r").exists()


def test_results_in_a_file(say, here, studies):
    (here / "taken").write_text("mine")
    refused(say("batch", studies, "-o", "taken"), "output-unwritable", "taken: ")


def test_the_default_folder_and_another_name_for_landmarks(say, here, small_study):
    shutil.copytree(small_study, here / "studies" / "one")
    marks = here / "studies" / "one" / "landmarks.json"
    marks.rename(marks.with_name("mine.json"))
    (here / "settings.toml").write_text("[cover]\ndraws = 100\n")
    options = ["--landmarks-name", "mine.json", "--settings", "settings.toml", "--jobs", 1, "--quiet"]
    assert say("batch", "studies", *options) == (0, "", "")
    (row,) = rows(here / "studies-spreadscan" / "summary.csv")
    assert (row["study"], row["landmarks_origin"], row["branches_not_assessed"]) == ("one", "given", "0")


# the studies of a folder


def looks_like_dicom(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(128) + b"DICM")


def test_studies_are_subfolders_and_files(tmp_path):
    for name in (
        "one/a.dcm",
        "two/deep/in/it",
        "three.dcm",
        "four",
        ".hidden/a.dcm",
        ".hidden.dcm",
        "mine/no.txt",
    ):
        looks_like_dicom(tmp_path / name)
    (tmp_path / "mine" / "no.txt").write_text("no DICOM")
    (tmp_path / "five.DCM").write_text("damaged, but called DICOM")
    (tmp_path / "empty").mkdir()
    (tmp_path / "one" / "landmarks.json").write_text("{}")
    (tmp_path / "three.landmarks.json").write_text("{}")
    found = {task.name: task for task in find_studies(tmp_path)}
    assert set(found) == {"one", "two", "three", "four", "five"}
    assert found["one"].path == tmp_path / "one"
    assert found["one"].request.landmarks == tmp_path / "one" / "landmarks.json"
    assert found["three"].request.landmarks == tmp_path / "three.landmarks.json"
    assert [name for name in found if found[name].request.landmarks is None] == ["five", "four", "two"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes of POSIX")
def test_a_pipe_blocks_nothing(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    looks_like_dicom(tmp_path / "a.dcm")
    assert [task.name for task in find_studies(tmp_path)] == ["a"]


def test_links_in_a_circle_are_not_followed(tmp_path):
    looks_like_dicom(tmp_path / "one" / "a.dcm")
    (tmp_path / "one" / "loop").symlink_to(tmp_path)
    assert [task.name for task in find_studies(tmp_path)] == ["one"]


def test_a_folder_that_cannot_be_listed(tmp_path):
    with pytest.raises(CannotRead, match=r"^nowhere: .*\[input-missing\]"):
        find_studies(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("names", "unique"),
    [
        (["a", "a", "a"], ["a", "a-2", "a-3"]),
        (["a", "a-2", "a", "a"], ["a", "a-2", "a-3", "a-4"]),
        (["a-2", "a", "a"], ["a-2", "a", "a-3"]),
        (["Case", "case"], ["Case", "case-2"]),
        (["..", ".", "", "/", " ", "..."], ["study", "study-2", "study-3", "_", "study-4", "study-5"]),
        (["../../etc/passwd"], ["_.._etc_passwd"]),
        (["..\\up", "C:\\x", "a\0b", "a\nb"], ["_up", "C__x", "a_b", "a_b-2"]),
        ([".hidden", "..hidden"], ["hidden", "hidden-2"]),
        (["outcomes.jsonl", "Summary.csv", "failures.csv"],
         ["outcomes.jsonl-2", "Summary.csv-2", "failures.csv-2"]),
        (["x" * 300, "x" * 300], ["x" * 200, "x" * 200 + "-2"]),
        (["é" * 300], ["é" * 100]),
        (["Müller, A. (1)"], ["Müller, A. (1)"]),
    ],
)  # fmt: skip
def test_names_stay_inside_the_results_and_apart(tmp_path, names, unique):
    found = tasks._uniquely_named([StudyTask(name, tmp_path, Request()) for name in names])
    assert [task.name for task in found] == unique
    for task in found:
        assert (tmp_path / task.name).resolve().parent == tmp_path.resolve()
        (tmp_path / task.name).mkdir()


# the studies of a list


def listed(tmp_path, text):
    (tmp_path / "list.csv").write_text(text, encoding="utf-8")
    return read_list(tmp_path / "list.csv")


def test_a_list_names_studies_and_what_is_handed_in(tmp_path):
    (tmp_path / "folder.1").mkdir()
    found = listed(
        tmp_path,
        "\ufeffname,input,baseline,landmarks,mask,frame,mm_per_px,slicer_mm_per_px,patient_left\n"
        "first, runs/a.dcm ,scout.dcm,l.json,m.png,3,0.25,1,image-left\n"
        "\n"
        ",/abs/b.dcm,,,,,,,image right\n"
        ",folder.1,,,,,,,\n",
    )
    assert [(task.name, task.path) for task in found] == [
        ("first", tmp_path / "runs" / "a.dcm"),
        ("b", Path("/abs/b.dcm")),
        ("folder.1", tmp_path / "folder.1"),
    ]
    full = Request(
        tmp_path / "scout.dcm",
        3,
        None,
        tmp_path / "l.json",
        tmp_path / "m.png",
        slicer_mm_per_px=1.0,
        mm_per_px=0.25,
        patient_left="image left",
    )
    assert [vars(task.request) for task in found] == [
        vars(full), vars(Request(patient_left="image right")), vars(Request()),
    ]  # fmt: skip


def test_a_list_tells_of_transitional_spines(tmp_path):
    found = listed(tmp_path, "input,transitional\na.dcm,yes\nb.dcm,no\nc.dcm,\n")
    assert [task.request.transitional for task in found] == [True, False, False]


@pytest.mark.parametrize(
    ("text", "field", "problem"),
    [
        ("", "input", "no row or no column"),
        ("input\n", "input", "no row or no column"),
        ("file\na.dcm\n", "input", "no row or no column"),
        ("input;frame\na.dcm;1\n", "input", "no row or no column"),
        ("input,landmark\na.dcm,l.json\n", "landmark", "is not a column"),
        ("input,Frame\na.dcm,1\n", "Frame", "is not a column"),
        ("input,\na.dcm,1\n", "", "is not a column"),
        ("input,frame\na.dcm,1,2\n", "line 2", "more cells"),
        ("input,frame\n,1\n", "line 2, input", "is empty"),
        ("input,frame\na.dcm,1\n\nb.dcm,one\n", "line 4, frame", "is not a whole number from 1"),
        ("input,frame\na.dcm,0\n", "line 2, frame", "is not a whole number from 1"),
        ("input,frame\na.dcm,1.5\n", "line 2, frame", "is not a whole number from 1"),
        ("input,frame\na.dcm,-1\n", "line 2, frame", "is not a whole number from 1"),
        ("input,mm_per_px\na.dcm,-0.3\n", "line 2, mm_per_px", "is not a number above 0"),
        ("input,mm_per_px\na.dcm,0\n", "line 2, mm_per_px", "is not a number above 0"),
        ("input,mm_per_px\na.dcm,nan\n", "line 2, mm_per_px", "is not a number above 0"),
        ("input,mm_per_px\na.dcm,inf\n", "line 2, mm_per_px", "is not a number above 0"),
        ('input,mm_per_px\na.dcm,"0,3"\n', "line 2, mm_per_px", "is not a number above 0"),
        ("input,slicer_mm_per_px\na.dcm,x\n", "line 2, slicer_mm_per_px", "is not a number above 0"),
        ("input,patient_left\na.dcm,left\n", "line 2, patient_left", "must be image left or image right"),
        ("input,transitional\na.dcm,maybe\n", "line 2, transitional", "must be yes or no"),
        ('input\n"a.dcm\n', "", "cannot be read as CSV"),
    ],
)
def test_bad_lists_are_refused_with_line_and_column(tmp_path, text, field, problem):
    with pytest.raises(CannotRead) as caught:
        listed(tmp_path, text)
    assert (caught.value.slug, caught.value.file, caught.value.field) == (
        "list-unreadable",
        "list.csv",
        field,
    )
    assert problem in caught.value.problem


@pytest.mark.parametrize("content", [bytes(range(256)), b"input\n\xff\n", b"input\n" + bytes(200)])
def test_what_is_no_text_is_no_list(tmp_path, content):
    (tmp_path / "list.csv").write_bytes(content)
    with pytest.raises(CannotRead, match=r"\[list-unreadable\]|\[input-missing\]"):
        read_list(tmp_path / "list.csv")


def test_a_list_is_analysed(say, here, small_study):
    """What a row lacks or names wrongly is that study's failure."""
    text = (
        "input,name,landmarks,mm_per_px\n"
        f"{small_study},good,{small_study}/landmarks.json,0.5\n"
        f"{small_study},lost,nowhere.json,\n"
        "nowhere.dcm,gone,,\n"
    )
    (here / "list.csv").write_text(text)
    said = say("batch", "list.csv", "--jobs", 1)
    assert said.status == 0
    assert said.out.startswith("1 of 3 studies analysed, 2 failed.")
    (row,) = rows(here / "list-spreadscan" / "summary.csv")
    assert (row["study"], row["mm_per_px"], row["landmarks_origin"]) == ("good", "0.5", "given")
    assert [(r["study"], r["slug"]) for r in rows(here / "list-spreadscan" / "failures.csv")] == [
        ("gone", "input-missing"), ("lost", "input-missing"),
    ]  # fmt: skip


# the tables


def test_a_row_of_the_summary():
    row = summary_row(make_report())
    without_protocol = {name for name in SUMMARY_COLUMNS if not name.startswith("protocol")}
    assert set(row) | {"study"} == without_protocol
    # SHARES of tests.reports: medial, intermediate and lateral only
    assert {name: count for name, count in row.items() if name.startswith("branches")} == {
        "branches_shown": "7", "branches_probable": "2", "branches_indeterminate": "3",
        "branches_not_shown": "6", "branches_not_assessed": "0",
    }  # fmt: skip
    assert row["joint_L4_5_left"] == "shown (0.9806)"
    assert row["joint_L3_4_right"] == "not shown (0)"
    assert (row["contrast_found"], row["mm_per_px"], row["mm_relative_uncertainty"]) == (
        "true",
        "0.5",
        "0.05",
    )
    assert (row["area_mm2"], row["frame"], row["baseline_frames"]) == ("1589.5", "11", "4")
    assert row["flags"] == "scale-assumed-depth;view-rotated"


def test_what_is_unknown_is_empty():
    row = summary_row(uncalibrated_report())
    assert (row["area_mm2"], row["mm_per_px"], row["mm_relative_uncertainty"]) == ("", "", "")
    assert row["area_px"] == "6358"
    assert row["patient_left"] == "unknown"
    assert "joint_L4_5_left" not in row, "sides of the image are not the patient's"
    row = summary_row(report_that_cannot_judge())
    assert (row["contrast_found"], row["area_px"], row["possible_area_px"]) == ("", "", "")
    assert row["branches_not_assessed"] == "18"
    assert summary_row(report_without_landmarks())["joint_L4_5_left"] == "not assessed"


def test_tables_are_sorted_and_whole(results):
    results.mkdir()
    row = summary_row(make_report())
    came = [
        Outcome("b", "k", "analysed", row=row),
        Outcome("c", "", "failed", "flat-image", 'is "flat", wholly'),
        Outcome("a", "k", "analysed", row=row),
    ]
    summary, failures = write_tables(came, results)
    assert [r["study"] for r in rows(summary)] == ["a", "b"]
    assert rows(summary)[0] == dict.fromkeys(SUMMARY_COLUMNS, "") | {"study": "a", **row}
    assert rows(failures) == [{"study": "c", "slug": "flat-image", "problem": 'is "flat", wholly'}]
    assert tuple(rows(failures)[0]) == FAILURE_COLUMNS
    assert {path.name for path in results.iterdir()} == {"summary.csv", "failures.csv"}


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r\n=1"])
def test_a_name_is_never_a_formula_and_keeps_its_line(results, name):
    results.mkdir()
    write_failures([{"study": name, "slug": "unexpected", "problem": "a\rb"}], results / "failures.csv")
    (row,) = rows(results / "failures.csv")
    assert (row["study"], row["problem"]) == (f"'{name.strip()}", "a b")


def test_empty_tables_have_their_columns(results):
    results.mkdir()
    write_tables([], results)
    assert (results / "summary.csv").read_text() == ",".join(SUMMARY_COLUMNS) + "\n"
    assert (results / "failures.csv").read_text() == ",".join(FAILURE_COLUMNS) + "\n"


def test_other_objects_beside_the_images_make_no_study(tmp_path):
    """A CT in a folder of its own is a study that fails, not one that is passed over."""
    (tmp_path / "ct").mkdir()
    write_dicom(tmp_path / "ct" / "a.dcm", make_report(64).pictures.frame, "CT")
    (task,) = find_studies(tmp_path)
    with pytest.raises(CannotRead, match="wrong-modality"):
        pipeline.analyse(task.path, task.request)
