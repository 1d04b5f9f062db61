"""The outline of the contrast: it encloses its pixels and no others, in every format, whatever its shape."""

import json
import zipfile
from dataclasses import replace
from datetime import datetime
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from spreadscan.errors import WrongUsage
from spreadscan.marks.dicom_object import closed_graphic
from spreadscan.marks.inside import enclosed
from spreadscan.marks.loop import read_loop
from spreadscan.marks.mask import read_mask
from spreadscan.marks.outline import DrawnOn, smoothed
from spreadscan.marks.trace import outlines_of
from spreadscan.write import FILES, OUTLINE_FILES, Drawing, outline_writers, write_report
from tests.reports import make_report, report_without_contrast

OBJECTS = ("sr", "gsps")
FORMATS = tuple(name for name in OUTLINE_FILES if name not in OBJECTS)
MOMENT = datetime(2020, 1, 2, 3, 4, 5)
MM = 0.37
RING = np.array([list(row) for row in ("#####", "#...#", "#.#.#", "#...#", "####.")]) == "#"


def masks():
    shapes = st.tuples(st.integers(1, 14), st.integers(1, 14))
    return shapes.flatmap(lambda shape: arrays(bool, shape))


def drawing(spacing=MM):
    def nobody(report):
        raise AssertionError("only DICOM objects say whose image it is")

    return Drawing(nobody, lambda: MOMENT, spacing)


def report_of(sure, frames=1, frame=1):
    report = make_report()
    mask = replace(report.mask, sure=sure, possible=sure)
    source = replace(report.source, rows=sure.shape[0], columns=sure.shape[1], frames=frames, frame=frame)
    return replace(report, mask=mask, source=source)


def written(report, name, folder):
    outline_writers([name], drawing())[OUTLINE_FILES[name]](report, folder / OUTLINE_FILES[name])
    return folder / OUTLINE_FILES[name]


# the law


@settings(max_examples=100, deadline=None, derandomize=True)
@given(masks())
def test_an_outline_encloses_its_pixels_and_no_others(mask):
    fine, coarse = outlines_of(mask, coarse=False), outlines_of(mask)
    np.testing.assert_array_equal(enclosed(fine, mask.shape), mask)
    np.testing.assert_array_equal(enclosed(coarse, mask.shape), mask)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(masks())
def test_a_smooth_curve_through_a_fine_outline_encloses_the_same(mask):
    fine = outlines_of(mask, coarse=False)
    last = np.array(mask.shape) - 0.5
    curves = [np.clip(smoothed(polygon), -0.5, last) for polygon in fine]
    np.testing.assert_array_equal(enclosed(curves, mask.shape), mask)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(masks())
def test_every_part_whose_pixels_share_edges_is_one_outline(mask):
    labels, count = ndimage.label(mask)
    found = outlines_of(mask)
    assert len(found) == count
    for polygon in found:
        inside = labels[enclosed([polygon], mask.shape)]
        assert len(np.unique(inside)) == 1


def test_fine_outlines_go_on_by_no_more_than_a_pixel():
    for polygon in outlines_of(RING, coarse=False):
        steps = np.linalg.norm(polygon - np.roll(polygon, -1, axis=0), axis=1)
        assert steps.max() <= 1


# by hand


def test_one_pixel():
    (found,) = outlines_of(np.array([[False, False], [False, True]]))
    assert found.tolist() == [[0.5, 1.0], [1.0, 1.5], [1.5, 1.0], [1.0, 0.5]]


def test_a_hole_is_joined_by_a_cut_to_the_left():
    """Between the upper rows, from the hole to the edge of the region and back."""
    mask = np.ones((3, 4), bool)
    mask[1, 2] = False
    (found,) = outlines_of(mask, coarse=False)
    cut = [[0.5, 0.0], [0.5, 1.0]]
    assert all(found.tolist().count(place) == 2 for place in cut)
    np.testing.assert_array_equal(enclosed([found], mask.shape), mask)


def test_what_lies_in_a_hole_is_another_outline():
    ring, dot = outlines_of(RING)
    assert enclosed([dot], RING.shape).sum() == 1
    assert enclosed([ring], RING.shape).sum() == RING.sum() - 1


def test_a_large_region_has_few_corners():
    rows, columns = np.mgrid[:300, :300]
    disc = (rows - 150) ** 2 + (columns - 150) ** 2 < 120**2
    (found,) = outlines_of(disc)
    assert len(found) < 0.5 * len(outlines_of(disc, coarse=False)[0])


# the formats


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=15, deadline=None, derandomize=True)
@given(mask=masks())
def test_read_back_it_encloses_the_same_pixels(tmp_path_factory, name, mask):
    path = written(report_of(mask), name, tmp_path_factory.mktemp("out"))
    on = DrawnOn(*mask.shape, slicer_mm_per_px=MM)
    if mask.any():
        np.testing.assert_array_equal(read_mask(path, on).sure, mask)
    if mask.sum() >= 4:
        np.testing.assert_array_equal(read_loop(path, on), mask)


@pytest.mark.parametrize("name", FORMATS)
def test_the_frame_of_a_run_comes_back(tmp_path, name):
    path = written(report_of(RING, frames=12, frame=7), name, tmp_path)
    on = DrawnOn(*RING.shape, 7, slicer_mm_per_px=MM)
    np.testing.assert_array_equal(read_mask(path, on).sure, RING)
    if name not in ("csv", "slicer"):
        with pytest.raises(Exception, match="was drawn on frame 7"):
            read_mask(path, on._replace(frame=None))


@pytest.mark.parametrize("name", FORMATS)
def test_it_is_written_beside_the_report_and_the_same_each_time(tmp_path, name):
    report = make_report()
    outlines = {
        file: partial(write, report) for file, write in outline_writers([name, name], drawing()).items()
    }
    for folder in ("one", "other"):
        paths = write_report(report, tmp_path / folder, outlines)
        assert [path.name for path in paths] == [*FILES, OUTLINE_FILES[name]]
    one, other = ((tmp_path / folder / OUTLINE_FILES[name]).read_bytes() for folder in ("one", "other"))
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
        outline_writers(["slicer"], drawing(None))
    assert list(outline_writers(["json"], drawing(None))) == ["outline.json"]


# DICOM objects


def test_dicom_counts_from_the_corner_of_the_first_pixel():
    """The pixel in row 2, column 3 reaches from 3 to 4 across and from 2 to 3 down."""
    sure = np.zeros((6, 8), bool)
    sure[2, 3] = True
    (outline,) = outlines_of(sure)
    graphic = np.array(closed_graphic([(float(r), float(c)) for r, c in outline])).reshape(-1, 2)
    assert graphic[:, 0].min() >= 3
    assert graphic[:, 0].max() <= 4
    assert graphic[:, 1].min() >= 2
    assert graphic[:, 1].max() <= 3
    np.testing.assert_array_equal(graphic[0], graphic[-1])


def test_the_time_of_dicom_objects_is_asked_for_only_where_there_are_some():
    def no_time():
        raise AssertionError("no object is made")

    timeless = drawing()._replace(moment=no_time)
    assert outline_writers(FORMATS, timeless)
    with pytest.raises(AssertionError, match="no object"):
        outline_writers(["sr"], timeless)
