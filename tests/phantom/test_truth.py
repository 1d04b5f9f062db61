"""The truth of a case: hand-made truths first, then the files that say it."""

import importlib.util
import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from spreadscan.errors import CannotWrite
from spreadscan.marks.file import DrawnOn
from spreadscan.marks.landmarks import read_landmarks
from spreadscan.phantom.motion import PatientPose, placed
from spreadscan.phantom.scenario import Detector, FileStyle, Injection, Processing, Scenario, Setup, Study
from spreadscan.phantom.truth import NeedleTruth, SiteTruth, Truth, site_name
from spreadscan.phantom.truth_files import write_truth
from spreadscan.phantom.truth_measures import (
    detection_threshold_mg_cm2,
    evaluated_frame,
    extent,
    in_view,
    kept_frames,
    local_frame,
)
from spreadscan.phantom.truth_record import landmarks_record, truth_record
from spreadscan.phantom.values import Deposit

ROOT = Path(__file__).parents[2]
SCORE = ROOT.parent / "shared" / "score.py"
SAMPLE = ROOT.parent / "shared" / "devset" / "004"
ROWS, COLUMNS, FRAMES = 60, 90, 3
ROWS_OF = {"L3": 12.0, "L4": 27.0, "L5": 42.0, "S1": 55.0}


def landmarks_mm() -> dict[str, np.ndarray]:
    """Junctions 50 mm apart, a level every 37 mm, the spine leaning to the left by 5 mm per level."""
    points = {}
    for step, level in enumerate(("L3", "L4", "L5", "S1")):
        for side, x in (("L", 25.0), ("R", -25.0)):
            points[f"junction_{level}_{side}"] = np.array([x - 5.0 * step, 3.0, -37.0 * step])
    return points


def shifted(place: np.ndarray, *by: float) -> np.ndarray:
    return place + np.array(by)


def truth(**changes: object) -> Truth:
    """Three frames; a blob at L4 left on image left, half a mg/cm² more in each frame."""
    injections = (Injection("L4", "left", volume_ml=0.5), Injection("L5", "right", "none", 0, 0))
    y, x = np.mgrid[:ROWS, :COLUMNS]
    blob = np.where((y - 27) ** 2 + (x - 25) ** 2 < 36, 30.0, 0.0).astype(np.float32)
    field = np.ones((ROWS, COLUMNS), bool)
    field[:, 70:] = False
    places = {
        f"junction_{level}_{side}": np.array([[row + f, column] for f in range(FRAMES)])
        for level, row in ROWS_OF.items()
        for side, column in (("L", 20.0), ("R", 68.0 if level != "L5" else 72.0))
    }
    values: dict[str, object] = {
        "scenario": Scenario(
            "hand-made",
            study=Study("cine", FRAMES, 1),
            injections=injections,
            file=FileStyle(lacks=("orientation", "spacing"), names_mask=True),
        ),
        "case": 3,
        "seed": 5,
        "files": ("im_0001.dcm",),
        "evaluated_frame": 2,
        "iodine_mg_cm2": {1: blob / 3 + 0.1, 2: blob},
        "field": field,
        "steel_mm": np.where(x == 40, 0.7, 0).astype(np.float32),
        "sites": (
            SiteTruth(injections[0], np.array([1.0, 2.0, -0.01]), None, blob),
            SiteTruth(injections[1], np.zeros(3)),
        ),
        "needles": (NeedleTruth("L4_L", (26.5, 40.25), 22),),
        "landmarks_px": places,
        "landmark_mm_per_px": {name: 1.25 if name.endswith("L") else 1.35 for name in places},
        "poses": tuple(PatientPose(rows_px=float(f), rotation_deg=0.1 * f) for f in range(FRAMES)),
        "scout_pose": None,
        "filling": tuple({"L4_L": f / 2} for f in range(FRAMES)),
        "attenuation_cm2_per_mg": 0.00904320009,
        "detection_mg_cm2": 8.0,
        "pitch_mm": 0.45,
    }
    return Truth(**{**values, **changes})  # type: ignore[arg-type]


def written(folder: Path, made: Truth | None = None) -> tuple[dict, dict[str, np.ndarray]]:
    folder.mkdir(exist_ok=True)
    write_truth(made or truth(), folder)
    with np.load(folder / "truth.npz") as arrays:
        return json.loads((folder / "truth.json").read_text(encoding="utf-8")), dict(arrays)


def bits(packed: np.ndarray) -> np.ndarray:
    return np.unpackbits(packed)[: ROWS * COLUMNS].reshape(ROWS, COLUMNS).astype(bool)


# what can be seen


def test_threshold_by_hand():
    """900 quanta: noise of 1 in 30; μ 0.01 behind half scatter and no glare: contrast 0.005 per mg/cm²."""
    detector = Detector(quanta_per_mm2=900, scatter_fraction=0.5, electronic_noise=0, glare=0)
    assert detection_threshold_mg_cm2(detector, 0.01) == pytest.approx(3 * (1 / 30) / 0.005)


def test_threshold_follows_the_physics():
    base = Detector()
    threshold = detection_threshold_mg_cm2(base, 0.01)
    more = replace(base, quanta_per_mm2=4 * base.quanta_per_mm2)
    assert detection_threshold_mg_cm2(more, 0.01) == pytest.approx(threshold / 2)
    assert detection_threshold_mg_cm2(base, 0.02) == pytest.approx(threshold / 2)
    for worse in ({"scatter_fraction": 0.6}, {"glare": 0.2}, {"electronic_noise": 0.5}):
        assert detection_threshold_mg_cm2(replace(base, **worse), 0.01) > threshold


@pytest.mark.parametrize(
    ("iodine", "frame"),
    [([0, 1, 2, 2], 3), ([0, 1, 5, 2], 2), ([0, 0, 0], 2), ([7], 0), ([0, 1000, 995, 980], 2)],
)
def test_evaluated_frame_has_the_most_iodine_and_is_late(iodine, frame):
    assert evaluated_frame(iodine) == frame


def test_kept_frames():
    assert kept_frames(0, Study("spot")) == (0,)
    assert kept_frames(0, Study("pair")) == (0,)
    # 10 after the contrast, which comes with frame 4: a third of it is frame 7, 42 % less one also
    assert kept_frames(13, Study("cine", 14, 4)) == (7, 13)
    for frames in range(1, 20):
        for before in range(frames + 1):
            kept = kept_frames(frames // 2, Study("cine", frames, before))
            assert {frames // 2, frames - 1} <= set(kept) <= set(range(frames))


@pytest.mark.parametrize(
    ("place", "seen"),
    [((0, 0), True), ((-0.4, 0.4), True), ((-0.6, 0), False), ((59.4, 69.4), True), ((10, 69.6), False),
     ((59.6, 3), False), ((5, 200), False)],
)  # fmt: skip
def test_in_view(place, seen):
    assert in_view(np.array(place), truth().field) is seen


# where it lies


@pytest.mark.parametrize("side", ["L", "R"])
@pytest.mark.parametrize("level", ["L3", "L4", "L5", "S1"])
def test_the_local_frame(level, side):
    frame = local_frame(landmarks_mm(), level, side)
    axes = np.stack([frame.lateral, frame.dorsal, frame.cranial])
    assert axes @ axes.T == pytest.approx(np.eye(3), abs=1e-12)
    assert frame.lateral == pytest.approx([1 if side == "L" else -1, 0, 0])
    assert frame.dorsal == pytest.approx([0, 1, 0])
    assert frame.cranial == pytest.approx([0, 0, 1])  # the lean is sideways, and cranial is at right angles
    assert frame.coordinates_mm(shifted(frame.origin_mm, 2, 3, 4))[0] == pytest.approx(
        [2 if side == "L" else -2, 3, 4]
    )


def test_the_local_frame_leans_with_the_spine():
    """The spine runs backwards by 10 mm in 37 mm: so do cranial and, at right angles, dorsal."""
    points = {name: shifted(place, 0, -10 / 37 * place[2], 0) for name, place in landmarks_mm().items()}
    frame = local_frame(points, "L4", "R")
    assert frame.cranial == pytest.approx(np.array([0, -10, 37]) / np.hypot(10, 37))
    assert frame.dorsal == pytest.approx(np.array([0, 37, 10]) / np.hypot(10, 37))


def test_the_extent_of_a_box_by_hand():
    frame = local_frame(landmarks_mm(), "L4", "L")
    full = np.full((11, 5, 21), 100, np.float32)
    box = Deposit(full, shifted(frame.origin_mm, -5, 1, -10), 1.0)
    found = extent([box], frame)
    assert found is not None
    assert found.centroid_mm == pytest.approx([0, 3, 0])
    assert found.low_mm == pytest.approx([-5, 1, -10])
    assert found.high_mm == pytest.approx([5, 5, 10])


def test_the_centroid_weighs_iodine_and_the_extent_counts_voxels():
    frame = local_frame(landmarks_mm(), "L4", "R")
    mg = np.zeros((3, 1, 1), np.float32)
    mg[:, 0, 0] = (300, 0, 100)
    found = extent([Deposit(mg, frame.origin_mm - [2.0, 0, 0], 2.0)], frame)
    assert found is not None
    # at -2 and +2 mm in the world, which are +2 and -2 lateral on the right
    assert found.centroid_mm[0] == pytest.approx(1.0)
    assert found.low_mm[0] == pytest.approx(-2, abs=0.1)
    assert found.high_mm[0] == pytest.approx(2, abs=0.1)


def test_a_coarse_deposit_weighs_by_volume():
    frame = local_frame(landmarks_mm(), "L4", "L")
    one = np.full((1, 1, 1), 50, np.float32)
    fine, coarse = Deposit(one, frame.origin_mm, 1.0), Deposit(one, shifted(frame.origin_mm, 9, 0, 0), 2.0)
    found = extent([fine, coarse], frame)
    assert found is not None
    assert found.centroid_mm == pytest.approx([8, 0, 0])


def test_a_trace_has_no_extent():
    frame = local_frame(landmarks_mm(), "L4", "L")
    assert extent([Deposit(np.full((2, 2, 2), 2.9, np.float32), frame.origin_mm, 1.0)], frame) is None
    assert extent([], frame) is None


# the files


def test_masks_and_maps(tmp_path):
    record, arrays = written(tmp_path)
    made = truth()
    iodine = made.iodine_mg_cm2[2]
    assert tuple(arrays["shape"]) == (ROWS, COLUMNS)
    assert np.array_equal(arrays["iodine_f2"], iodine.astype(np.float16))
    assert arrays["iodine_f1"].dtype == np.float16
    assert abs(arrays["iodine_f1"] - made.iodine_mg_cm2[1]).max() <= 0.125
    for name, threshold in (("mask_2", 2), ("mask_20", 20), ("mask_det", record["detect_thr_mg_cm2"])):
        assert np.array_equal(bits(arrays[name]), iodine >= threshold)
    assert np.array_equal(bits(arrays["field"]), made.field)
    assert np.array_equal(bits(arrays["needle"]), made.steel_mm > 0.12)
    assert "site_L4_L" in arrays
    assert "site_L5_R" not in arrays


def test_positions_are_column_row(tmp_path):
    record, _ = written(tmp_path)
    assert record["landmarks_px"]["junction_L4_L"] == [20.0, 29.0]
    assert record["landmarks_px_per_frame"][0]["junction_L4_L"] == [20.0, 27.0]
    assert record["needles"] == [{"site": "L4_L", "tip_px": [40.25, 26.5], "gauge": 22}]
    assert record["motion_dx_dy_rotdeg"] == [[0, 0, 0], [0, 1, 0.1], [0, 2, 0.2]]
    assert record["landmarks_in_view"]["junction_L4_R"] is True
    assert record["landmarks_in_view"]["junction_L5_R"] is False


def test_motion_means_what_it_says():
    """Right and down, and a turn about the middle that takes columns to rows: x' = x cos θ - y sin θ."""
    pose = PatientPose(rows_px=2.0, columns_px=3.0, rotation_deg=30.0)
    middle = np.array([(ROWS - 1) / 2, (COLUMNS - 1) / 2])
    (found,) = placed(shifted(middle, 0, 10), pose, (ROWS, COLUMNS))
    right, down, turn = truth_record(truth(poses=(pose,) * FRAMES))["motion_dx_dy_rotdeg"][0]
    x, y = 10 * np.cos(np.radians(turn)), 10 * np.sin(np.radians(turn))
    assert found - middle == pytest.approx([y + down, x + right])


def test_injections(tmp_path):
    record, _ = written(tmp_path)
    assert record["intended"]["L4_L"] == {"type": "target", "ml": 0.5, "conc": 240}
    assert record["intended"]["L3_R"] == {"type": "untreated"}
    assert len(record["intended"]) == 6
    assert record["needle_only_sites"] == ["L5_R"]
    assert record["sites"]["L5_R"]["type"] == "needle_only"
    site = record["sites"]["L4_L"]
    assert site["tip_rel_mm"] == [1.0, 2.0, 0.0]
    iodine = truth().sites[0].iodine_mg_cm2
    assert iodine is not None
    assert site["iodine_mg_projected"] == pytest.approx(iodine.sum() * 0.125**2, abs=0.06)
    assert record["scenario_type"] == ["none", "target", "untreated"]


@pytest.mark.parametrize("contrast_is", ["dark", "bright"])
@pytest.mark.parametrize("inverted", [False, True])
def test_polarity(contrast_is, inverted):
    asked = replace(truth().scenario, processing=Processing(contrast_is=contrast_is, inverted=inverted))
    record = truth_record(truth(scenario=asked))
    assert record["displayed_contrast_is"] == contrast_is
    assert record["stored_contrast_is"] == ("low" if (contrast_is == "dark") != inverted else "high")


def test_what_the_scenario_says(tmp_path):
    record, _ = written(tmp_path)
    assert record["quality_flags"] == ["noorient", "nospacing", "mask"]
    assert record["config"]["mode"] == "cine"
    assert record["config"]["seed"] == record["config"]["id"] + 2 == 5
    assert record["config"]["setup"]["source_to_image_mm"] == record["SID_mm"] == 1000
    assert record["config"]["injections"][0]["level"] == "L4"
    assert record["px_mm_spine_plane"] == 1.3
    assert record["image_left_is_patient"] == "L"
    turned = replace(truth().scenario, setup=Setup(patient_left="image-right", head_up=False))
    record = truth_record(truth(scenario=turned))
    assert (record["image_left_is_patient"], record["image_top_is"]) == ("R", "feet")


def test_landmarks_can_be_read(tmp_path):
    written(tmp_path)
    found = read_landmarks(tmp_path / "landmarks.json", DrawnOn(ROWS, COLUMNS)).junctions()
    assert set(found) == {("L3", "left"), ("L3", "right"), ("L4", "left"), ("L4", "right"), ("L5", "left")}
    assert (found["L4", "left"].row, found["L4", "left"].column) == (29.0, 20.0)
    assert landmarks_record(truth())["schema"] == "spreadscan.landmarks"


def test_one_frame_has_no_course():
    asked = replace(truth().scenario, study=Study("spot"))
    record = truth_record(
        truth(scenario=asked, poses=(PatientPose(),), evaluated_frame=0, iodine_mg_cm2={0: 0})
    )
    assert record["landmarks_px_per_frame"] is None
    assert record["n_frames"] == 1


def test_files_are_the_same_at_every_run(tmp_path):
    for folder in ("one", "two"):
        written(tmp_path / folder)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_numbers_are_short_and_keys_sorted(tmp_path):
    written(tmp_path)
    text = (tmp_path / "truth.json").read_text(encoding="utf-8")
    record = json.loads(text)
    assert list(record) == sorted(record)
    assert record["mu_eff_cm2_per_mg"] == 0.0090432
    assert "-0.0" not in text


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CannotWrite):
        write_truth(truth(), tmp_path / "none")


def test_site_names():
    assert site_name(Injection("L3", "right")) == "L3_R"


# what others read of it


@pytest.mark.skipif(not SAMPLE.is_dir(), reason="no sample of the format is there")
def test_the_format_is_that_of_the_sample(tmp_path):
    record, arrays = written(tmp_path)
    sample = json.loads((SAMPLE / "truth.json").read_text(encoding="utf-8"))
    assert set(sample) == set(record)
    for name in ("view", "landmarks_in_view", "intended"):
        assert type(sample[name]) is type(record[name])
    assert set(sample["sites"]["L3_L"]) >= set(record["sites"]["L4_L"])
    assert set(sample["needles"][0]) == set(record["needles"][0])
    with np.load(SAMPLE / "truth.npz") as others:
        kinds = {name.rstrip("0123456789"): others[name].dtype for name in others if name[:5] != "site_"}
    assert kinds == {n.rstrip("0123456789"): a.dtype for n, a in arrays.items() if n[:5] != "site_"}


def score_module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("score", SCORE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(not SCORE.is_file(), reason="the score is not there")
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_score_reads_it(tmp_path):
    written(tmp_path)
    score = score_module()
    record, shape, mask, field, points, seen = score.truth_of(str(tmp_path))
    assert shape == (ROWS, COLUMNS)
    assert np.array_equal(mask, (truth().iodine_mg_cm2[2] >= 8) & truth().field)
    assert np.array_equal(field, truth().field)
    assert points["L4", "left"] == [20.0, 29.0]
    assert seen["L5", "right"] is False
    scored = score.score_case(str(tmp_path), str(tmp_path / "none"))
    assert (scored["mode"], scored["subject"], scored["empty"]) == ("cine", "hand-made", False)
    assert record["eval_frame"] + 1 == 3
