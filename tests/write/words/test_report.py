from dataclasses import replace

import pytest

from spreadscan.anatomy import REGIONS
from spreadscan.flags import FLAGS
from spreadscan.settings import settings_from_toml
from spreadscan.values import Calibration, Coverage, Orientation
from spreadscan.write.words import report as words
from spreadscan.write.words.methods import methods
from tests.reports import (
    make_report,
    report_that_cannot_judge,
    report_without_contrast,
    report_without_landmarks,
    uncalibrated_report,
)


@pytest.mark.parametrize(
    ("items", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_joined(items, text):
    assert words.joined(items) == text


@pytest.mark.parametrize(
    ("regions", "text"),
    [
        ([], ""),
        (["common"], "common zone"),
        (["medial"], "medial branch"),
        (["common", "medial"], "common zone and medial branch"),
        (["medial", "lateral"], "medial and lateral branches"),
        (list(REGIONS), "common zone, medial, intermediate and lateral branches"),
    ],
)
def test_regions_in_words(regions, text):
    assert words.regions_in_words(regions) == text


@pytest.mark.parametrize(
    ("frames", "text"), [((), ""), ((3,), "3"), ((1, 2, 3, 5), "1–3, 5"), ((7, 2, 1), "1–2, 7")]
)
def test_frame_numbers(frames, text):
    assert words.frame_numbers(frames) == text


def test_plain_leaves_nothing_that_steers_a_terminal():
    assert words.plain("a\x1b[31m\tb\r\n\u202ec\x00") == "a [31m b c"


def test_findings_are_sorted_and_name_the_nerve():
    report = make_report()
    upside_down = replace(
        report, coverage=Coverage(report.coverage.regions[::-1], report.coverage.joints[::-1])
    )
    found = words.findings(upside_down)
    assert [(f.place, f.nerve) for f in found] == [
        ("L3 left", "L2"),
        ("L3 right", "L2"),
        ("L4 left", "L3"),
        ("L4 right", "L3"),
        ("L5 left", "L4"),
        ("L5 right", "L4"),
    ]
    assert [row.region for row in found[0].rows] == list(REGIONS)
    assert (
        words.regions_in_words(["common", "medial", "intermediate"])
        == "common zone, medial and intermediate branches"
    )


@pytest.mark.parametrize(
    ("report", "state", "text"),
    [
        (make_report(), "found", "Contrast was found: 1590 mm² sure, 2050 mm² with what is only possible."),
        (
            uncalibrated_report(),
            "found",
            "Contrast was found: 6358 px sure, 8198 px with what is only possible.",
        ),
        (report_without_contrast(), "none", "No contrast was found above the detection limit."),
        (report_that_cannot_judge(), "not judged", "Contrast cannot be judged on this image."),
    ],
)
def test_contrast_in_words(report, state, text):
    assert words.contrast_state(report) == state
    assert words.contrast_in_words(report) == text


def test_a_person_who_draws_no_contrast_has_judged():
    report = report_that_cannot_judge()
    assert words.contrast_state(replace(report, mask=replace(report.mask, origin="given"))) == "none"


def test_every_millimetre_has_the_origin_of_its_scale():
    assert "origin: SID/SOD" in words.scale_in_words(make_report())
    assert "No scale in the patient is known" in words.scale_in_words(uncalibrated_report())
    oblong = make_report(calibration=Calibration(0.5, 0.6, "given", 0.1))
    assert "0.500 mm (row) × 0.600 mm (column)" in words.scale_in_words(oblong)


@pytest.mark.parametrize(
    ("patient_left", "origin", "text"),
    [
        ("image left", "user", "stated by a person"),
        ("image right", "landmarks", "as the sides of the landmarks tell"),
        ("image left", "something new", "something new"),
    ],
)
def test_side_in_words(patient_left, origin, text):
    said = words.side_in_words(Orientation(patient_left, origin, True, True))
    assert said == f"The patient's left is on {patient_left}, {text}."


def test_an_image_that_stands_on_its_head_is_said():
    said = words.side_in_words(Orientation("image left", "user", False, True))
    assert said.endswith("The head lies towards the bottom of the image.")


def test_an_unknown_side_is_said():
    assert words.side_in_words(uncalibrated_report().orientation).startswith("Unknown")


def test_landmarks_say_who_placed_them_and_which_are_missing():
    report = make_report()
    missing = replace(report.regions, missing=(("L3", "right"),))
    detected = replace(report.landmarks, origin="detected")
    assert words.landmarks_in_words(replace(report, landmarks=detected, regions=missing)) == (
        "6 SAP–TP junctions, detected by the program, not checked by a person. Not known: L3 right."
    )
    assert words.landmarks_in_words(report_without_landmarks()) == "No SAP–TP junction is known."


def test_the_method_is_said():
    report = make_report()
    assert words.method_in_words(report) == (
        "By the difference from the baseline (frames 1–3, 5 of the baseline file)."
    )
    own = replace(report, source=replace(report.source, files=report.source.files[:1], baseline_frames=(4,)))
    assert words.method_in_words(own) == "By the difference from the baseline (frame 4 of the same file)."
    given = replace(report, mask=replace(report.mask, origin="given"))
    assert words.method_in_words(given) == "Drawn by a person."
    assert words.method_in_words(report_that_cannot_judge()) == "From the single image, without a baseline."


def test_places_with_the_same_reason_are_drawn_together():
    report = make_report()
    hidden = {"verdict": "not assessed", "probability": None, "reason": "under metal"}
    rows = [
        replace(row, **hidden, flags=("region-under-metal",))
        if (row.side, row.region) == ("left", "lateral") or (row.level, row.side) == ("L5", "right")
        else row
        for row in report.coverage.regions
    ]
    partly = replace(report, coverage=Coverage(tuple(rows), report.coverage.joints))
    where = "L3 left (lateral branch), L4 left (lateral branch), L5 left (lateral branch) and L5 right"
    assert words.not_assessed(partly) == ((where, "under metal"),)
    assert words.flag_places(partly, FLAGS["region-under-metal"]) == where
    assert words.flag_places(partly, FLAGS["baseline-short"]) == ""
    assert words.not_assessed(report_without_landmarks()) == (("all regions", "no landmarks were given"),)
    assert words.not_assessed(report) == ()


def test_joints_and_extents_name_bone_and_nerve():
    report = make_report()
    assert words.joint_nerves(report.coverage.joints[2]) == "L3 nerve at L4 and L4 nerve at L5"
    left, right = report.contrast.sides
    assert words.extent_in_words(right) == (
        "L4 (L3 nerve) and L5 (L4 nerve); cranio-caudal × medio-lateral 50 × 20 reference mm"
        " (49 × 20 mm in the patient)"
    )
    assert words.extent_in_words(replace(left, levels=(), cranio_caudal_mm=None)) == (
        "beside no known junction; cranio-caudal × medio-lateral 89 × 32 reference mm"
    )
    assert words.component_place(report.contrast.components[0]) == "L4 left (L3 nerve)"
    assert words.component_place(report.contrast.components[-1]) == ""


def test_what_the_probability_means_is_said_with_the_settings_in_force():
    report = make_report()
    assert "at least 5 reference mm" in words.probability_in_words(report)
    assert "at least 50 % of its area" in words.probability_in_words(report)
    used = settings_from_toml("[cover]\nleast_exposed_mm = 7.5\nleast_exposed_share = 0.3\n")
    told = replace(report, settings=used)
    assert "at least 7.5 reference mm" in words.probability_in_words(told)
    assert "at least 30 % of its area" in words.probability_in_words(told)
    assert "at least 7.5 reference mm" in methods(told).paragraph
