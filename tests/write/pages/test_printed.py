"""report.pdf: the same bytes, the words of the page, every kind of report, hostile texts."""

import re
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest

from spreadscan.anatomy import REGIONS
from spreadscan.stages.depict import strip_frames
from spreadscan.values import Step
from spreadscan.write.pages import printed
from spreadscan.write.pages.printed import write_pdf
from spreadscan.write.pictures.prints import prints_of
from spreadscan.write.pictures.region_map import HEIGHT_MM, WIDTH_MM, region_map
from tests import reports


def to_pdf(report):
    return printed.to_pdf(report, prints_of(report))


BUILDERS = [
    reports.make_report,
    reports.uncalibrated_report,
    reports.report_without_landmarks,
    reports.report_without_contrast,
    reports.report_that_cannot_judge,
]


def words(pdf, tmp_path):
    """Return the text of a PDF, as poppler reads it."""
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("pdftotext is not installed")
    path = tmp_path / "x.pdf"
    path.write_bytes(pdf)
    done = subprocess.run([reader, str(path), "-"], capture_output=True, check=True)
    return " ".join(done.stdout.decode("utf-8").split())


def test_the_same_report_gives_the_same_bytes(tmp_path):
    one = to_pdf(reports.make_report())
    report = reports.make_report()
    write_pdf(report, prints_of(report), tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").read_bytes() == one
    assert one.startswith(b"%PDF-")
    # no clock: the date is the fixed one of an invariant file
    assert set(re.findall(rb"D:(\d{4})", one)) <= {b"2000"}


def test_the_pages_say_what_the_page_says(tmp_path):
    text = words(to_pdf(reports.make_report()), tmp_path)
    for part in (
        "Contrast is shown over the L3 and L4 junctions on the left",
        "cannot prove that a nerve was reached",
        ">99 % [93–100]",
        "For a person to confirm",
        "What one projection cannot tell",
        "Methods, for a paper",
        "Checked by",
        "3f0d9c2b7a41",
        "page 1 of 4",
        "page 4 of 4",
    ):
        assert part in text


@pytest.mark.parametrize("build", BUILDERS)
def test_every_kind_of_report_can_be_printed(build):
    pdf = to_pdf(build())
    assert pdf.rstrip().endswith(b"%%EOF")


def test_hostile_texts_stay_texts(tmp_path):
    hostile = "</para><b>x & <img src='/etc/passwd'/> \x1b[31m" + "W" * 400
    report = reports.make_report()
    row = replace(report.coverage.regions[0], verdict="not assessed", probability=None, reason=hostile)
    told = replace(
        report,
        steps=(Step(hostile, hostile, by_person=True),),
        coverage=replace(report.coverage, regions=(row, *report.coverage.regions[1:])),
        settings_fingerprint=hostile,
        version=hostile,
    )
    assert "etc/passwd" in words(to_pdf(told), tmp_path)


# the map


def test_the_map_shows_every_region_once_inside_its_borders():
    report = reports.make_report()
    shown = region_map(report)
    assert len(shown.shapes) == 24
    assert len({shape.name for shape in shown.shapes}) == 24
    for shape in shown.shapes:
        xs, ys = zip(*shape.corners, strict=True)
        assert 0 < min(xs) < max(xs) < WIDTH_MM
        assert 0 < min(ys) < max(ys) < HEIGHT_MM
    verdicts = [row.verdict for row in report.coverage.regions]
    assert sorted(shape.verdict for shape in shown.shapes) == sorted(verdicts)


@pytest.mark.parametrize(("left", "heads"), [("image left", ("patient left", "patient right")),
                                             ("image right", ("patient right", "patient left")),
                                             ("unknown", ("image left", "image right"))])  # fmt: skip
def test_the_sides_of_the_map_are_those_of_the_image(left, heads):
    report = reports.uncalibrated_report() if left == "unknown" else reports.make_report()
    shown = region_map(replace(report, orientation=replace(report.orientation, patient_left=left)))
    assert shown.heads == heads
    half = [shape for shape in shown.shapes if shape.at[0] < WIDTH_MM / 2]
    assert len(half) == 3 * len(REGIONS)
    side = heads[0].removeprefix("patient ")
    assert all(side in shape.name for shape in half)


def test_there_is_no_map_without_a_region():
    assert region_map(reports.report_without_landmarks()) is None


# the strip


@pytest.mark.parametrize("count", [1, 2, 3, 7, 60, 400])
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_the_strip_holds_first_last_and_described_frames(count, share):
    described = round(share * (count - 1))
    frames = strip_frames(count, described)
    if count == 1:
        assert frames == ()
        return
    assert {0, count - 1, described} <= set(frames)
    assert list(frames) == sorted(set(frames))
    assert len(frames) <= 7
    assert np.diff(frames).max() <= count / 5 + 1
