"""The order of work: what is looked at first, what a person may hand in, what is refused, what is flagged."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spreadscan import pipeline
from spreadscan.anatomy import REGIONS
from spreadscan.errors import CannotMeasure, CannotRead, SpreadscanError, WrongUsage
from spreadscan.flags import FLAGS
from spreadscan.pipeline import analyse
from spreadscan.settings import CoverSettings, Settings
from spreadscan.values import Calibration, ContrastMap, Landmarks, Request, Search, Uncalibrated
from spreadscan.write.record import to_record
from tests.conftest import SMALL_HEADER, landmarks, small_image
from tests.dicom_files import write_xa

QUICK = Settings(cover=CoverSettings(draws=100))


@pytest.fixture
def marked(study):
    return Request(landmarks=study / "landmarks.json")


def verdicts(report):
    return {(row.level, row.side, row.region): row.verdict for row in report.coverage.regions}


def run_of(path, frames, **attributes):
    """A run of the small spine; each frame with contrast or without."""
    images = [np.roll(small_image(contrast, seed), seed % 2, axis=0) for seed, contrast in enumerate(frames)]
    return write_xa(path, np.stack(images), **{**SMALL_HEADER, "FrameTime": 500, **attributes})


def cannot_judge(image, run, scale, settings):
    """Stands for the network, whose weights are a file of their own."""
    nothing = np.zeros(image.shape, np.float32)
    return ContrastMap(
        signal=nothing, noise_sd=nothing, limit=nothing + 1, valid=run.field.inside,
        metal=np.zeros(image.shape, bool), method="single image", unit="odds", limit_relative_sd=0.6,
        judgeable=False, flags=("no-baseline", "vascular-not-assessable"),
    )  # fmt: skip


# a study with a baseline


def test_contrast_is_found_where_it_is(study, marked):
    report = analyse(study, marked, QUICK)
    found = verdicts(report)
    assert [
        p for p, verdict in found.items() if verdict in ("shown", "probable") and p[:2] != ("L4", "left")
    ] == []
    assert found["L4", "left", "medial"] == "shown"
    assert report.contrast.found
    assert len(report.contrast.components) == 1
    assert report.contrast.components[0].nearest_junction == ("L4", "left")
    # an ellipse of 6 by 7 pixels of 1 mm
    assert report.contrast.area_mm2 == pytest.approx(np.pi * 6 * 7, rel=0.15)


def test_the_parts_of_a_report_describe_one_frame(study, marked):
    report = analyse(study, marked, QUICK)
    size = (report.source.rows, report.source.columns)
    assert size == (128, 128)
    assert report.mask.sure.shape == report.field.inside.shape == report.pictures.frame.shape == size
    assert [(file.role, len(file.sha256)) for file in report.source.files] == [
        ("contrast", 64),
        ("baseline", 64),
    ]
    assert (report.source.frame, report.source.baseline_frames) == (1, (1,))
    assert len(report.regions.regions) == len(report.coverage.regions) == 24
    assert {region.region for region in report.regions.regions} == set(REGIONS)


def test_the_same_input_gives_the_same_report(study, marked):
    first, second = (analyse(study, marked, QUICK) for _ in range(2))
    assert json.dumps(to_record(first)) == json.dumps(to_record(second))
    assert (first.mask.sure == second.mask.sure).all()
    assert (first.pictures.frame == second.pictures.frame).all()


def test_where_the_files_lie_makes_no_difference(study, marked, tmp_path):
    moved = study.rename(tmp_path / "elsewhere")
    (moved / "post.dcm").rename(moved / "a.dcm")
    (moved / "scout.dcm").rename(moved / "b.dcm")
    there = analyse(moved, Request(landmarks=moved / "landmarks.json"), QUICK)
    for name in ("b.dcm", "a.dcm"):
        (moved / name).rename(tmp_path / name)
    request = Request(landmarks=moved / "landmarks.json", baseline=tmp_path / "b.dcm")
    apart = analyse(tmp_path / "a.dcm", request, QUICK)
    records = [{**to_record(report), "steps": None} for report in (there, apart)]
    assert records[0] == records[1]
    assert str(tmp_path) not in json.dumps(records)


def test_nothing_of_the_patient_is_in_the_report(study, marked):
    text = json.dumps(to_record(analyse(study, marked, QUICK)))
    assert not any(word in text for word in ("Secret", "SECRET", "post.dcm", "scout.dcm", "1.2.826"))


def test_without_landmarks_contrast_is_measured_and_no_region_judged(study):
    report = analyse(study)
    assert report.contrast.found
    assert report.landmarks.origin == "none"
    assert set(verdicts(report).values()) <= {"not assessed"}
    assert "landmarks-missing" in report.flags
    assert report.contrast.sides == ()


def test_flags_come_in_the_order_of_the_registry(study):
    flags = analyse(study).flags
    assert len(flags) > 1
    assert list(flags) == [code for code in FLAGS if code in flags]


def test_settings_reach_the_stages_and_the_report(study, marked):
    small = analyse(study, marked, QUICK)
    assert small.settings_fingerprint == QUICK.fingerprint != Settings().fingerprint
    picky = replace(QUICK, segment=replace(QUICK.segment, least_area_mm2=500.0))
    assert not analyse(study, marked, picky).contrast.found


# what a person hands in


def test_a_scale_that_is_given_counts(study, marked):
    given = analyse(study, Request(landmarks=marked.landmarks, mm_per_px=0.5), QUICK)
    assert isinstance(given.calibration, Calibration)
    assert given.calibration.mm_per_px == 0.5
    assert given.contrast.area_mm2 == pytest.approx(0.25 * given.contrast.area_px)


def test_a_mask_that_is_given_is_taken_as_it_is(study, marked, tmp_path):
    drawn = np.zeros((128, 128), np.uint8)
    drawn[84:100, 80:100] = 255
    drawn[60:64, 10:14] = 128
    Image.fromarray(drawn).save(tmp_path / "mask.png")
    report = analyse(study, Request(landmarks=marked.landmarks, mask=tmp_path / "mask.png"), QUICK)
    assert report.mask.origin == "given"
    assert (report.mask.sure == (drawn == 255)).all()
    assert (report.mask.possible == (drawn > 0)).all()
    assert verdicts(report)["L5", "right", "medial"] == "shown"
    assert verdicts(report)["L4", "left", "medial"] == "not shown"


def test_a_mask_lets_an_image_be_judged_that_cannot_judge_itself(study, marked, tmp_path, monkeypatch):
    monkeypatch.setattr(pipeline, "estimate", cannot_judge)
    alone = analyse(study / "post.dcm", marked, QUICK)
    assert set(verdicts(alone).values()) == {"not assessed"}
    assert {"no-baseline", "cannot-judge"} <= set(alone.flags)
    assert (alone.contrast.found, alone.source.baseline_frames) == (False, ())
    drawn = np.full((128, 128), 255, np.uint8)
    Image.fromarray(drawn).save(tmp_path / "mask.png")
    given = analyse(
        study / "post.dcm", Request(landmarks=marked.landmarks, mask=tmp_path / "mask.png"), QUICK
    )
    assert set(verdicts(given).values()) == {"shown"}
    assert "cannot-judge" not in given.flags


def loop_file(folder, loops):
    path = folder / "loop.json"
    path.write_text(json.dumps({"schema": "spreadscan.loop", "schema_version": 1, "loops": loops}))
    return path


def test_a_loop_keeps_contrast_inside(study, marked, tmp_path):
    plain = analyse(study, marked, QUICK)
    columns = np.nonzero(plain.mask.sure)[1]
    middle = float(np.median(columns))
    loop = loop_file(tmp_path, [[[0, 0], [0, middle], [127, middle], [127, 0]]])
    report = analyse(study, Request(landmarks=marked.landmarks, loop=loop), QUICK)
    inside = np.arange(128)[None] <= middle
    assert report.mask.sure.any()
    assert not (report.mask.possible & ~inside).any()
    # away from the loop's edge the baseline tells as much as without a loop
    assert (report.mask.sure == plain.mask.sure)[:, : int(middle) - 3].all()
    assert {step.stage for step in report.steps if step.by_person} == {"landmarks", "contrast"}
    assert any("a person drew" in step.outcome for step in report.steps)


def test_a_loop_lets_an_image_be_judged_that_cannot_judge_itself(study, marked, tmp_path, monkeypatch):
    monkeypatch.setattr(pipeline, "estimate", cannot_judge)
    loop = loop_file(tmp_path, [[[20, 20], [20, 100], [100, 100], [100, 20]]])
    report = analyse(study / "post.dcm", Request(landmarks=marked.landmarks, loop=loop), QUICK)
    assert "cannot-judge" not in report.flags
    assert "no-baseline" in report.flags
    assert set(verdicts(report).values()) != {"not assessed"}


def test_a_loop_and_a_mask_contradict_each_other(study, marked, tmp_path):
    with pytest.raises(WrongUsage, match=r"--loop: cannot go together with --mask.*\[bad-option\]"):
        analyse(study, Request(mask=tmp_path / "mask.png", loop=tmp_path / "loop.json"), QUICK)


def test_the_steps_say_what_a_person_gave(study, marked):
    def by_person(request):
        return {step.stage for step in analyse(study, request, QUICK).steps if step.by_person}

    assert by_person(Request()) == set()
    assert by_person(marked) == {"landmarks"}
    assert by_person(Request(mm_per_px=1.0, patient_left="image left", frame=1)) == {
        "calibration",
        "orientation",
        "frames",
    }


# runs and their baseline


def test_the_baseline_of_a_run_is_its_beginning(tmp_path):
    run = run_of(tmp_path / "run.dcm", [False, False, False, True, True])
    report = analyse(run, None, QUICK)
    assert report.source.baseline_frames == (1, 2, 3)
    assert report.source.frame == 5
    assert [file.role for file in report.source.files] == ["contrast"]
    assert report.contrast.components[0].centroid_column == pytest.approx(39, abs=1.5)


def test_a_run_in_which_nothing_changes_is_not_judged(tmp_path, marked):
    report = analyse(run_of(tmp_path / "run.dcm", [True] * 4), marked, QUICK)
    assert not report.contrast.found
    assert "no-change-in-run" in report.flags
    assert set(verdicts(report).values()) == {"not assessed"}
    assert {row.reason for row in report.coverage.regions} == {"nothing changed during the run"}


def test_contrast_from_the_first_frame_on_shows_against_a_scout(study, marked):
    (study / "post.dcm").unlink()
    run_of(study / "run.dcm", [True] * 4, SeriesDescription="contrast")
    report = analyse(study, marked, QUICK)
    assert [file.role for file in report.source.files] == ["contrast", "baseline"]
    assert verdicts(report)["L4", "left", "medial"] == "shown"
    assert "no-change-in-run" not in report.flags


def test_a_scout_beside_a_run_with_a_baseline_of_its_own_is_told_as_unused(study, marked):
    (study / "post.dcm").unlink()
    run_of(study / "run.dcm", [False, False, False, True, True], SeriesDescription="contrast")
    report = analyse(study, marked, QUICK)
    assert [file.role for file in report.source.files] == ["contrast"]
    assert report.source.baseline_frames == (1, 2, 3)
    assert "images-unused" in report.flags


def test_a_baseline_that_does_not_fit_is_not_used(study, marked, monkeypatch):
    """An unrelated picture cannot be brought into register: what remains is the single image."""
    monkeypatch.setattr(pipeline, "estimate", cannot_judge)
    noise = np.random.default_rng(7).integers(100, 3000, (32, 32)).repeat(4, 0).repeat(4, 1)
    write_xa(study / "scout.dcm", noise.astype(np.uint16), SeriesDescription="scout", **SMALL_HEADER)
    report = analyse(study, marked, QUICK)
    assert {"baseline-unusable", "no-baseline"} <= set(report.flags)
    assert report.source.baseline_frames == ()
    assert [file.role for file in report.source.files] == ["contrast"]
    assert set(verdicts(report).values()) == {"not assessed"}


# views and scales


def test_an_oblique_view_is_not_judged(study, marked):
    for name in ("scout", "post"):
        write_xa(study / f"{name}.dcm", small_image(name == "post"), SeriesDescription=name,
                 **{**SMALL_HEADER, "PositionerPrimaryAngle": 30})  # fmt: skip
    report = analyse(study, marked, QUICK)
    assert report.contrast.found
    assert "view-oblique" in report.flags
    assert {row.reason for row in report.coverage.regions} == {"the view is not frontal"}


def test_a_spine_that_its_landmarks_show_turned_is_not_judged(study, marked, monkeypatch):
    turned = Search(Landmarks("corrected"), None, "", ("landmarks-completed", "view-oblique"))

    def seek_turned(landmarks, *_):
        return replace(turned, landmarks=landmarks)

    monkeypatch.setattr(pipeline, "seek", seek_turned)
    report = analyse(study, marked, QUICK)
    assert "view-oblique" in report.flags
    assert {row.reason for row in report.coverage.regions} == {"the view is not frontal"}


def test_a_transitional_spine_that_a_person_told_of_has_no_level_shown(study, marked):
    usual = analyse(study, marked, QUICK)
    told = analyse(study, replace(marked, transitional=True), QUICK)
    assert "transitional-vertebra" not in usual.flags
    assert "transitional-vertebra" in told.flags
    assert "shown" in {statement.verdict for statement in usual.judgement.statements}
    assert "shown" not in {statement.verdict for statement in told.judgement.statements if statement.level}
    assert verdicts(told) == {
        place: "probable" if verdict == "shown" else verdict for place, verdict in verdicts(usual).items()
    }


def test_without_a_spacing_there_is_no_millimetre_and_the_same_verdict(study, marked):
    measured = verdicts(analyse(study, marked, QUICK))
    for name in ("scout", "post"):
        header = {k: v for k, v in SMALL_HEADER.items() if k.startswith(("Bits", "Pixel", "Patient"))}
        write_xa(study / f"{name}.dcm", small_image(name == "post"), SeriesDescription=name, **header)
    report = analyse(study, marked, QUICK)
    assert isinstance(report.calibration, Uncalibrated)
    contrast = report.contrast
    assert (contrast.area_mm2, contrast.possible_area_mm2, contrast.height_mm, contrast.width_mm) == (
        None,
    ) * 4
    assert [(side.cranio_caudal_mm, side.medio_lateral_mm) for side in contrast.sides] == [(None, None)]
    assert verdicts(report) == measured


def test_without_a_side_sides_are_those_of_the_image(study):
    header = {k: v for k, v in SMALL_HEADER.items() if k != "PatientOrientation"}
    for name in ("scout", "post"):
        write_xa(study / f"{name}.dcm", small_image(name == "post"), SeriesDescription=name, **header)
    found = landmarks()
    for point in found["points"]:
        point["side"] = f"image {point['side']}"
    (study / "landmarks.json").write_text(json.dumps(found))
    report = analyse(study, Request(landmarks=study / "landmarks.json"), QUICK)
    assert report.orientation.patient_left == "unknown"
    assert "side-unknown" in report.flags
    assert {row.side for row in report.coverage.regions} == {"image left", "image right"}
    assert verdicts(report)["L4", "image left", "medial"] == "shown"
    told = Request(landmarks=study / "landmarks.json", patient_left="image right")
    assert verdicts(analyse(study, told, QUICK))["L4", "right", "medial"] == "shown"


@pytest.mark.parametrize(
    ("mm_per_px", "fits"), [(0.01, False), (0.079, True), (0.078, False), (15.6, True), (15.7, False)]
)
def test_an_image_is_as_large_as_a_part_of_a_patient(small_study, monkeypatch, mm_per_px, fits):
    class LookedAtPixels(Exception):
        """The headers were accepted."""

    def look(*_):
        raise LookedAtPixels

    monkeypatch.setattr(pipeline, "read_fluorogram", look)
    with pytest.raises(LookedAtPixels if fits else WrongUsage, match=None if fits else "--mm-per-px"):
        analyse(small_study, Request(mm_per_px=mm_per_px))


# what is checked before a pixel is read


@pytest.mark.parametrize(
    ("request_of", "kind", "slug"),
    [
        (lambda s: Request(frame=2), CannotMeasure, "frame-out-of-range"),
        (lambda s: Request(frame=0), CannotMeasure, "frame-out-of-range"),
        (lambda s: Request(frame=-1), CannotMeasure, "frame-out-of-range"),
        (lambda s: Request(baseline_frames=(1,)), CannotMeasure, "baseline-mismatch"),
        (lambda s: Request(baseline_frames=(0,)), CannotMeasure, "frame-out-of-range"),
        (lambda s: Request(baseline=s / "scout.dcm", baseline_frames=(1,)), WrongUsage, "bad-option"),
        (lambda s: Request(baseline=s), CannotRead, "input-ambiguous"),
        (lambda s: Request(mm_per_px=float("nan")), WrongUsage, "bad-option"),
        (lambda s: Request(mm_per_px=-1.0), WrongUsage, "bad-option"),
        (lambda s: Request(slicer_mm_per_px=0.0), WrongUsage, "bad-option"),
        (lambda s: Request(mask=s / "landmarks.json"), CannotRead, "mask-unreadable"),
        (lambda s: Request(loop=s / "landmarks.json"), CannotRead, "loop-unreadable"),
        (lambda s: Request(landmarks=s / "post.dcm"), CannotRead, "landmarks-unreadable"),
        (lambda s: Request(patient_left="image right"), CannotMeasure, "orientation-contradiction"),
    ],
)
def test_what_is_handed_in_is_checked_before_a_pixel_is_read(study, monkeypatch, request_of, kind, slug):
    monkeypatch.setattr(pipeline, "read_fluorogram", lambda header: pytest.fail("pixels were read"))
    with pytest.raises(SpreadscanError, match=rf"\[{slug}\]$") as caught:
        analyse(study, request_of(study))
    assert type(caught.value) is kind
    assert caught.value.field or caught.value.file


def test_no_empty_list_of_baseline_frames_passes_for_none(study):
    """An empty list is none at all: it names no frame."""
    assert analyse(study, Request(baseline_frames=()), QUICK).contrast.found


def test_the_path_may_be_a_file_or_a_folder(study):
    folder = analyse(study, None, QUICK)
    file = analyse(Path(study / "post.dcm"), Request(baseline=study / "scout.dcm"), QUICK)
    assert (folder.mask.sure == file.mask.sure).all()
