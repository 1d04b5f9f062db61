import io
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from spreadscan.values import Calibration, Landmark, Uncalibrated, XrayField
from spreadscan.write.pictures.figure import overlay_png
from spreadscan.write.pictures.layout import WIDTH_PX, bar_length_mm, labels_of, layout_of
from tests.reports import (
    SIZE_PX,
    make_report,
    report_that_cannot_judge,
    report_without_landmarks,
    uncalibrated_report,
)

SURE_PX, POSSIBLE_PX, FREE_PX = (110, 80), (110, 62), (120, 128)
"""Places in the frame of ``make_report`` that no line crosses, as (row, column)."""


def pixels_of(png):
    with Image.open(io.BytesIO(png)) as image:
        assert image.mode == "RGB"
        return np.asarray(image).astype(int)


@pytest.fixture(scope="module")
def report():
    return make_report()


@pytest.fixture(scope="module")
def png(report):
    return overlay_png(report)


def blueness(pixels, layout, place):
    x, y = layout.to_figure(*place)
    red, _, blue = pixels[round(y), round(x)]
    return blue - red


def test_contrast_is_tinted_the_more_the_surer(report, png):
    pixels, layout = pixels_of(png), layout_of(report)
    sure, possible, free = (blueness(pixels, layout, place) for place in (SURE_PX, POSSIBLE_PX, FREE_PX))
    assert report.mask.sure[SURE_PX]
    assert report.mask.possible[POSSIBLE_PX]
    assert not report.mask.sure[POSSIBLE_PX]
    assert free == 0
    assert sure > possible + 10 > 20


def test_the_frame_lies_where_the_layout_says(report, png):
    pixels, layout = pixels_of(png), layout_of(report)
    assert pixels.shape == (layout.height_px, WIDTH_PX, 3)
    x, y = layout.to_figure(*FREE_PX)
    assert pixels[round(y), round(x), 0] == pytest.approx(report.pictures.frame[FREE_PX], abs=2)


@pytest.mark.parametrize("size_px", [320, 1024])
def test_small_and_large_frames_are_shown_at_the_same_size(size_px):
    layout = layout_of(make_report(size_px))
    assert layout.picture[2:] == layout_of(make_report()).picture[2:]
    assert layout.height_px == layout_of(make_report()).height_px


def test_the_same_report_gives_the_same_bytes(report, png):
    assert overlay_png(report) == png


@pytest.mark.parametrize("build", [uncalibrated_report, report_without_landmarks, report_that_cannot_judge])
def test_a_picture_is_drawn_of_every_kind_of_report(build):
    assert pixels_of(overlay_png(build())).std() > 10


def test_hostile_texts_and_odd_fields_are_drawn_without_warning(report):
    odd = replace(
        report,
        calibration=Calibration(0.5, 0.6, "$\\frac{1}{$ 鏡 \x00 " + 30 * "very long ", 0.1),
        field=XrayField(np.ones((SIZE_PX, SIZE_PX), dtype=bool), "", "rectangle"),
        version="$x$",
    )
    assert overlay_png(odd) != b""


def test_pixels_that_are_not_square_keep_the_shape_of_the_patient(report):
    oblong = layout_of(replace(report, calibration=Calibration(0.4, 0.8, "x", 0.1)))
    assert oblong.picture.width == pytest.approx(2 * oblong.picture.height, abs=1)


def test_labels_stand_on_the_side_of_their_junction_and_never_on_one_another(report):
    layout = layout_of(report)
    crowded = [
        Landmark(level, side, "sap_tp_junction", 250.0 + n, column)
        for side, column in (("left", 60.0), ("right", 190.0))
        for n, level in enumerate(("L2", "L3", "L4", "L5", "S1"))
    ]
    labels = labels_of(replace(report, landmarks=replace(report.landmarks, points=tuple(crowded))), layout)
    assert {(label.side, label.on_left) for label in labels} == {("left", True), ("right", False)}
    for side in (True, False):
        tops = [(label.top, label.height_px) for label in labels if label.on_left == side]
        assert all(a + height <= b for (a, height), (b, _) in pairwise(tops))
        assert tops[-1][0] + tops[-1][1] <= layout.height_px


@pytest.mark.parametrize(
    ("mm_per_px", "length"), [(0.5, 20), (0.1, 5), (2.0, 100), (1e-4, None), (100.0, 100)]
)
def test_the_scale_bar_is_a_round_length_of_at_most_a_fifth(mm_per_px, length, report):
    assert bar_length_mm(replace(report, calibration=Calibration(mm_per_px, mm_per_px, "x", 0.1))) == length


def test_without_a_scale_there_is_no_scale_bar(report):
    assert bar_length_mm(replace(report, calibration=Uncalibrated("unknown"))) is None


def test_importing_the_writers_loads_no_drawing_and_drawing_needs_no_window():
    code = (
        "import sys, spreadscan.write.folder\n"
        "heavy = {'matplotlib', 'jinja2', 'PIL', 'skimage', 'scipy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "from tests.reports import make_report\n"
        "from spreadscan.write.pictures.figure import overlay_png\n"
        "overlay_png(make_report())\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
