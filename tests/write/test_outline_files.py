"""The outline of the contrast as files: whatever the format, read back it encloses the same pixels."""

import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from spreadscan.errors import WrongUsage
from spreadscan.marks.drawn import read_loop, read_mask
from spreadscan.marks.export import Export
from spreadscan.marks.file import DrawnOn
from spreadscan.marks.formats import FORMATS as ALL
from spreadscan.marks.formats import format_named
from spreadscan.values import Landmarks
from spreadscan.write.folder import FILES, write_report
from spreadscan.write.outline_files import outline_files
from tests.marked_frames import MOMENT, marked_frame
from tests.reports import make_report, report_without_contrast

FORMATS = tuple(one.name for one in ALL)
MM = 0.37
RING = np.array([list(row) for row in ("#####", "#...#", "#.#.#", "#...#", "####.")]) == "#"
NOT_FRAMED = ("csv", "slicer")
"""Formats that say nothing of frames."""


def masks():
    shapes = st.tuples(st.integers(1, 14), st.integers(1, 14))
    return shapes.flatmap(lambda shape: arrays(bool, shape))


def report_of(sure, frames=1, frame=1):
    report = make_report()
    mask = replace(report.mask, sure=sure, possible=sure)
    source = replace(report.source, rows=sure.shape[0], columns=sure.shape[1], frames=frames, frame=frame)
    return replace(report, mask=mask, source=source)


def frame_of(report):
    source = report.source
    rows, columns = source.rows, source.columns
    size = {"rows": rows, "columns": columns, "frames": source.frames, "frame": source.frame}
    return marked_frame(landmarks=Landmarks("none"), picture=np.zeros((rows, columns), np.uint8), **size)


def files_of(report, names, spacing=MM):
    return outline_files(report, frame_of(report), names, Export(MOMENT, spacing))


def written(report, name, folder):
    ((file, content),) = files_of(report, [name]).items()
    (folder / file).write_bytes(content)
    return folder / file


def drawn_on(report, frame=None):
    return DrawnOn(*report.mask.sure.shape, frame, frame_of(report).image_key, MM)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=15, deadline=None, derandomize=True)
@given(mask=masks())
def test_read_back_it_encloses_the_same_pixels(tmp_path_factory, name, mask):
    path = written(report_of(mask), name, tmp_path_factory.mktemp("out"))
    on = drawn_on(report_of(mask))
    if mask.any():
        np.testing.assert_array_equal(read_mask(path, on).sure, mask)
    if mask.sum() >= 4:
        np.testing.assert_array_equal(read_loop(path, on), mask)


@pytest.mark.parametrize("name", FORMATS)
def test_the_frame_of_a_run_comes_back(tmp_path, name):
    report = report_of(RING, frames=12, frame=7)
    path, on = written(report, name, tmp_path), drawn_on(report, 7)
    np.testing.assert_array_equal(read_mask(path, on).sure, RING)
    if name not in NOT_FRAMED:
        with pytest.raises(Exception, match="was drawn on frame 7"):
            read_mask(path, on._replace(frame=None))


@pytest.mark.parametrize("name", FORMATS)
def test_it_is_written_beside_the_report_and_the_same_each_time(tmp_path, name):
    report = make_report()
    file = format_named(name).outline_file
    for folder in ("one", "other"):
        paths = write_report(report, tmp_path / folder, files_of(report, [name, name]))
        assert [path.name for path in paths] == [*FILES, file]
    one, other = ((tmp_path / folder / file).read_bytes() for folder in ("one", "other"))
    assert one == other


def test_without_contrast_there_is_no_outline(tmp_path):
    report = report_without_contrast()
    paths = {name: written(report, name, tmp_path) for name in FORMATS}
    assert json.loads(paths["json"].read_text())["loops"] == []
    assert json.loads(paths["slicer"].read_text())["markups"] == []
    assert paths["csv"].read_text() == "loop,row,column\n"
    assert paths["napari"].read_text() == "index,shape-type,vertex-index,axis-0,axis-1,axis-2\n"
    assert zipfile.ZipFile(paths["imagej"]).namelist() == []


def test_slicer_needs_its_spacing():
    with pytest.raises(WrongUsage, match=r"--slicer-mm-per-px: is needed.*\[bad-option\]"):
        files_of(make_report(), ["json", "slicer"], None)
    assert list(files_of(make_report(), ["json"], None)) == ["outline.json"]
