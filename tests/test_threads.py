"""Threads: how many, in what order, and that nothing computed depends on them."""

import json
import threading
import tracemalloc

import cv2
import numpy as np
import pytest

from spreadscan.batch.run import process_pool
from spreadscan.pipeline import analyse
from spreadscan.settings import CoverSettings, Settings
from spreadscan.threads import MOST_THREADS, VARIABLE, side_by_side, thread_count, work_alone
from spreadscan.values import Request
from spreadscan.write.record import to_record
from tests.conftest import SMALL_HEADER, landmarks, small_image
from tests.dicom_files import write_xa

QUICK = Settings(cover=CoverSettings(draws=50))


@pytest.mark.parametrize(("asked", "count"), [("1", 1), ("3", 3), ("0", 1), ("999", MOST_THREADS)])
def test_the_environment_says_how_many(monkeypatch, asked, count):
    monkeypatch.setenv(VARIABLE, asked)
    assert thread_count() == count


@pytest.mark.parametrize("asked", ["", "-2", "two", "1.5"])
def test_what_is_no_number_of_threads_is_passed_over(monkeypatch, asked):
    monkeypatch.delenv(VARIABLE, raising=False)
    usual = thread_count()
    assert 1 <= usual <= MOST_THREADS
    monkeypatch.setenv(VARIABLE, asked)
    assert thread_count() == usual


@pytest.mark.parametrize("threads", ["1", "2", "5"])
def test_results_come_in_the_order_of_the_items(monkeypatch, threads):
    monkeypatch.setenv(VARIABLE, threads)
    assert list(side_by_side(lambda n: n * n, range(20))) == [n * n for n in range(20)]
    assert list(side_by_side(lambda n: n, [])) == []


def test_stages_use_one_thread_unless_told_otherwise(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert set(side_by_side(lambda _: threading.get_ident(), range(6))) == {threading.get_ident()}


def test_few_long_calls_use_a_thread_for_each_core_unless_told_otherwise(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    both = threading.Barrier(min(2, thread_count()), timeout=20)
    assert sorted(side_by_side(lambda _: both.wait(), range(both.parties), long=True)) == [
        *range(both.parties)
    ]
    monkeypatch.setenv(VARIABLE, "1")
    assert set(side_by_side(lambda _: threading.get_ident(), range(6), long=True)) == {threading.get_ident()}


def test_items_are_worked_on_side_by_side(monkeypatch):
    monkeypatch.setenv(VARIABLE, "2")
    both = threading.Barrier(2, timeout=20)
    # neither gets past the barrier unless the other is there too
    assert sorted(side_by_side(lambda _: both.wait(), range(2))) == [0, 1]


@pytest.mark.parametrize("threads", ["1", "2"])
def test_the_first_failure_comes_out(monkeypatch, threads):
    monkeypatch.setenv(VARIABLE, threads)

    def work(n):
        if n >= 2:
            raise ValueError(n)

    with pytest.raises(ValueError, match="2"):
        side_by_side(work, range(5))


def in_one_process_of_many():
    return thread_count(), cv2.getNumThreads()


def test_processes_of_a_batch_work_with_one_thread_each():
    with process_pool(2) as pool:
        assert pool.submit(in_one_process_of_many).result() == (1, 1)


def test_working_alone_is_undone_by_nobody_else(monkeypatch):
    before = cv2.getNumThreads()
    monkeypatch.setenv(VARIABLE, "2")
    try:
        work_alone()
        assert in_one_process_of_many() == (1, 1)
    finally:
        cv2.setNumThreads(before)


def write_growing_run(folder, frames):
    """A run of the small spine, contrast in its second half, and its landmarks."""
    images = [
        np.roll(small_image(n >= frames // 2, n), (n % 3 - 1, n % 2), axis=(0, 1)) for n in range(frames)
    ]
    run = write_xa(folder / f"run{frames}.dcm", np.stack(images), **SMALL_HEADER, FrameTime=100)
    marked = folder / "landmarks.json"
    marked.write_text(json.dumps(landmarks()), encoding="utf-8")
    return run, marked


def test_the_result_is_the_same_with_any_number_of_threads_and_every_time(tmp_path, monkeypatch):
    run, marked = write_growing_run(tmp_path, 12)
    before, reports = cv2.getNumThreads(), []
    try:
        for threads in (1, 2, 2, 4):
            monkeypatch.setenv(VARIABLE, str(threads))
            cv2.setNumThreads(threads)
            reports.append(analyse(run, Request(landmarks=marked), QUICK))
    finally:
        cv2.setNumThreads(before)
    first = reports[0]
    assert first.mask.found
    for other in reports[1:]:
        assert to_record(other) == to_record(first)
        for name in ("sure", "possible", "strength"):
            np.testing.assert_array_equal(getattr(other.mask, name), getattr(first.mask, name))
        np.testing.assert_array_equal(other.pictures.difference, first.pictures.difference)


def peak_beyond_the_run(folder, frames):
    """Largest size of all arrays during an analysis, less the run as stored."""
    run, marked = write_growing_run(folder, frames)
    request = Request(landmarks=marked, baseline_frames=(1, 2, 3))
    analyse(run, request, QUICK)
    tracemalloc.start()
    try:
        analyse(run, request, QUICK)
        return tracemalloc.get_traced_memory()[1] - frames * small_image(False).nbytes
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_copies_of_the_run(tmp_path):
    few, many = (peak_beyond_the_run(tmp_path, frames) for frames in (20, 120))
    more = 100 * small_image(False).nbytes
    # one more copy of the run would be all of it, a run of float32 twice as much
    assert many - few < 0.25 * more
