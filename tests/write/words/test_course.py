"""Time courses as data and as a drawing."""

from dataclasses import replace

import numpy as np
import pytest

from spreadscan.values import TimeCurves
from spreadscan.write.words.course import drawing, time_courses
from tests.reports import make_report, report_that_cannot_judge, report_without_contrast


def test_frames_are_counted_from_one_and_what_is_not_in_view_is_null():
    record = time_courses(make_report())
    assert record["frames"] == [1, 3, 5, 7, 9, 11]
    assert record["times_s"] == [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]
    first, _, region = record["curves"]
    assert (first["component"], first["level"], first["attenuation"][3]) == (1, None, 0.11)
    assert (region["component"], region["level"], region["nerve"]) == (None, "L4", "L3")
    assert region["attenuation"][-1] is None


def test_a_still_image_has_neither():
    assert time_courses(report_that_cannot_judge()) is None
    assert drawing(report_that_cannot_judge()) is None


def test_a_run_without_contrast_has_no_drawing():
    assert drawing(report_without_contrast()) is None


def test_the_drawing_by_hand():
    drawn = drawing(make_report())
    left, top, width, height = drawn.frame
    assert [line.number for line in drawn.lines] == [1, 2]
    points = [tuple(map(float, p.split(","))) for p in drawn.lines[0].points.split()]
    assert points[0] == (left, top + height)
    assert points[-1] == (left + width, top)
    # frame 11 is the last that was followed
    assert drawn.described_px == left + width
    assert drawn.ticks[-1] == (left + width, "2.5")
    assert (drawn.top, drawn.y_label, drawn.x_label) == ("0.17", "ln", "seconds from the first frame")


def test_without_times_frames_stand_along_the_axis():
    report = make_report()
    drawn = drawing(replace(report, curves=replace(report.curves, times_s=None)))
    assert (drawn.x_label, drawn.ticks[0][1], drawn.ticks[-1][1]) == ("frame", "1", "11")


@pytest.mark.parametrize("curve", [np.zeros(6), np.full(6, -0.1)])
def test_a_flat_curve_is_drawn_too(curve):
    report = make_report()
    flat = tuple(replace(c, added=curve) for c in report.curves.curves[:1])
    told = TimeCurves(report.curves.frames, None, "relative", flat)
    drawn = drawing(replace(report, curves=told))
    assert drawn.y_label == "of range"
    assert "nan" not in drawn.lines[0].points
