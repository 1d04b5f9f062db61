"""The whole search on simulated images, and on what is no spine."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from spreadscan.detect.find import Picture, seek
from spreadscan.read.dicom import list_study, read_fluorogram
from spreadscan.settings import Settings
from spreadscan.stages.attenuate import attenuate
from spreadscan.stages.calibrate import calibrate, judging_scale
from spreadscan.stages.delimit import delimit
from spreadscan.values import Landmark, Landmarks, Orientation

SAMPLES = Path(__file__).parents[2] / "dicom_samples"
SETTINGS = Settings()
UNKNOWN = Orientation("unknown", "unknown", None, True)
NONE = Landmarks("none")
SITES = [(level, f"image {side}") for level in ("L3", "L4", "L5") for side in ("left", "right")]
FOUND_IN = "kimura_bilateral_l5_5ml"


@cache
def picture_of(name: str) -> Picture:
    header = list_study(SAMPLES / name)[-1]
    scale = judging_scale(calibrate(header, None, SETTINGS.calibrate), header, None, SETTINGS.calibrate)
    fluorogram = read_fluorogram(header)
    field = delimit(fluorogram, scale, SETTINGS.delimit)
    run = attenuate(fluorogram, field, scale, SETTINGS.attenuate)
    return Picture(run.frame(len(run.stored) - 1), field.inside)


def truth_of(name: str) -> dict[tuple[str, str], np.ndarray]:
    """By the sides of the image: the patient's left is where its junctions lie."""
    points = json.loads((SAMPLES / name / "landmarks.json").read_text())["points"]
    at = {(p["level"], p["side"]): np.array([p["row"], p["column"]]) for p in points}
    left_first = at["L4", "left"][1] < at["L4", "right"][1]
    names = (
        {"left": "image left", "right": "image right"}
        if left_first
        else {"left": "image right", "right": "image left"}
    )
    return {(level, names[side]): place for (level, side), place in at.items()}


def junctions(search) -> dict[tuple[str, str], np.ndarray]:
    return {key: np.array([p.row, p.column]) for key, p in search.landmarks.junctions().items()}


def px_per_mm(truth) -> float:
    return np.hypot(*(truth["L4", "image left"] - truth["L4", "image right"])) / 50.8


def worst_mm(search, truth) -> float:
    found = junctions(search)
    return max(np.hypot(*(found[site] - truth[site])) for site in SITES) / px_per_mm(truth)


def test_the_junctions_of_a_sample_are_found():
    search, truth = seek(NONE, UNKNOWN, picture_of(FOUND_IN), SETTINGS), truth_of(FOUND_IN)
    assert search.reason == ""
    assert search.landmarks.origin == "detected"
    assert "landmarks-detected" in search.flags
    assert set(SITES) <= set(junctions(search))
    assert worst_mm(search, truth) < 8
    assert search.view.head_up
    assert all(p.found and p.sd_px > 0 for p in search.landmarks.points)


def test_every_point_has_its_place_in_the_joint_covariance():
    landmarks = seek(NONE, UNKNOWN, picture_of(FOUND_IN), SETTINGS).landmarks
    covariance, count = landmarks.covariance_px, len(landmarks.points)
    assert covariance.shape == (2 * count, 2 * count)
    assert covariance == pytest.approx(covariance.T)
    assert np.linalg.eigvalsh(covariance).min() > 0
    for n, point in enumerate(landmarks.points):
        block = covariance[2 * n : 2 * n + 2, 2 * n : 2 * n + 2]
        assert np.sqrt(np.trace(block) / 2) == pytest.approx(point.sd_px)


def test_a_picture_turned_by_half_a_turn_gives_the_turned_points():
    image, inside = picture_of(FOUND_IN)
    upright = seek(NONE, UNKNOWN, Picture(image, inside), SETTINGS)
    turned = seek(NONE, UNKNOWN, Picture(image[::-1, ::-1], inside[::-1, ::-1]), SETTINGS)
    assert not turned.view.head_up
    other = {"image left": "image right", "image right": "image left"}
    size = np.array(image.shape)
    for (level, side), place in junctions(upright).items():
        assert junctions(turned)[level, other[side]] == pytest.approx(size - 1 - place, abs=1e-3)


def test_where_the_head_lies_is_believed():
    feet_up = replace(UNKNOWN, head_at_top=False)
    search = seek(NONE, feet_up, picture_of(FOUND_IN), SETTINGS)
    assert search.reason or not search.view.head_up


@pytest.mark.parametrize("given", [("L3", "L5"), ("L4", "L5"), ("L3", "L4")])
def test_two_given_junctions_stay_and_the_others_come(given):
    truth = truth_of(FOUND_IN)
    points = tuple(
        Landmark(level, "image left", "sap_tp_junction", *(float(x) for x in truth[level, "image left"]))
        for level in given
    )
    search = seek(Landmarks("given", points), UNKNOWN, picture_of(FOUND_IN), SETTINGS)
    assert search.landmarks.origin == "corrected"
    assert "landmarks-completed" in search.flags
    kept = search.landmarks.junctions()
    for point in points:
        assert (kept[point.level, point.side].row, kept[point.level, point.side].column) == (
            point.row,
            point.column,
        )
        assert not kept[point.level, point.side].found
    assert set(SITES) <= set(kept)
    assert worst_mm(search, truth) < 8


def test_the_patients_sides_of_two_points_are_told_apart_by_the_image():
    """Both points are the patient's left, and nothing says where that is: the spine beside them does."""
    truth = truth_of(FOUND_IN)
    points = tuple(
        Landmark(level, "left", "sap_tp_junction", *(float(x) for x in truth[level, "image right"]))
        for level in ("L3", "L5")
    )
    search = seek(Landmarks("given", points), UNKNOWN, picture_of(FOUND_IN), SETTINGS)
    middle = np.mean(list(truth.values()), axis=0)[1]
    others = [p for p in search.landmarks.junctions().values() if p.found and p.level in ("L3", "L4", "L5")]
    # one on the side of the two, three on the other
    assert sorted(p.column > middle for p in others) == [False, False, False, True]


def test_six_given_junctions_leave_nothing_to_search_for():
    truth = truth_of(FOUND_IN)
    points = tuple(Landmark(*site, "sap_tp_junction", *(float(x) for x in truth[site])) for site in SITES)
    given = Landmarks("given", points)
    search = seek(given, UNKNOWN, picture_of(FOUND_IN), SETTINGS)
    assert search.landmarks is given
    assert search.view is None


def test_one_given_junction_does_not_say_where_the_others_lie():
    given = Landmarks("given", (Landmark("L4", "image left", "sap_tp_junction", 100.0, 100.0),))
    assert seek(given, UNKNOWN, picture_of(FOUND_IN), SETTINGS).landmarks is given


def noise() -> np.ndarray:
    return np.random.default_rng(1).normal(0, 1, (300, 300)).astype(np.float32)


def shades() -> np.ndarray:
    y, x = np.mgrid[:300, :300] / 300
    return (np.sin(3 * x) + y**2).astype(np.float32)


def stripes() -> np.ndarray:
    y, _ = np.mgrid[:300, :300]
    return (np.sin(y / 8) > 0).astype(np.float32)


@pytest.mark.parametrize("image", [noise(), shades(), stripes(), np.zeros((300, 300), np.float32)])
def test_what_is_no_spine_is_refused_with_a_reason(image):
    search = seek(NONE, UNKNOWN, Picture(image, np.ones(image.shape, bool)), SETTINGS)
    assert search.reason
    assert search.landmarks.points == ()
    assert search.landmarks.origin == "none"
    assert "landmarks-not-found" in search.flags


def test_a_spine_on_its_side_is_refused():
    image, inside = picture_of(FOUND_IN)
    search = seek(NONE, UNKNOWN, Picture(np.rot90(image).copy(), np.rot90(inside).copy()), SETTINGS)
    assert search.reason


def test_the_same_picture_gives_the_same_bytes():
    first = seek(NONE, UNKNOWN, picture_of(FOUND_IN), SETTINGS).landmarks
    second = seek(NONE, UNKNOWN, picture_of(FOUND_IN), SETTINGS).landmarks
    assert first.covariance_px.tobytes() == second.covariance_px.tobytes()
    assert [(p.row, p.column) for p in first.points] == [(p.row, p.column) for p in second.points]


def test_a_marked_point_keeps_its_own_error_free_of_the_others():
    truth = truth_of(FOUND_IN)
    places = [[float(x) for x in truth[level, "image left"]] for level in ("L3", "L5")]
    points = tuple(
        Landmark(level, "image left", "sap_tp_junction", *place, 2.5)
        for level, place in zip(("L3", "L5"), places, strict=True)
    )
    landmarks = seek(Landmarks("given", points), UNKNOWN, picture_of(FOUND_IN), SETTINGS).landmarks
    marked = [n for n, point in enumerate(landmarks.points) if not point.found]
    assert len(marked) == 2
    for n in marked:
        rows = landmarks.covariance_px[2 * n : 2 * n + 2]
        assert rows[:, 2 * n : 2 * n + 2] == pytest.approx(2.5**2 * np.eye(2))
        assert np.count_nonzero(rows) == 2
