"""From a scenario to files: the whole way, on small images."""

import json
from dataclasses import replace

import numpy as np
import pytest

from spreadscan.errors import WrongUsage
from spreadscan.phantom.chance import Ticket
from spreadscan.phantom.scenario import (
    Collimator,
    Detector,
    FileStyle,
    Injection,
    PatientMotion,
    Processing,
    Scenario,
    Setup,
    Study,
    Subject,
    Tissue,
)
from spreadscan.phantom.simulate import simulate, write_case
from spreadscan.pipeline import analyse
from spreadscan.read.dicom import list_study, read_fluorogram
from spreadscan.values import Request

TICKET = Ticket(seed=5, case=3, fast=True)
SMALL = Scenario(
    name="small",
    subject=Subject(variation=0.5),
    setup=Setup(rows=160, columns=160, centre=("L4",)),
    detector=Detector(quanta_per_mm2=50000, scatter_fraction=0, glare=0, electronic_noise=0),
    collimator=Collimator("none"),
    processing=Processing(chain="linear", bits=16),
    study=Study("pair"),
    tissue=Tissue(gas=2),
    injections=(Injection("L4", "left", volume_ml=0.6), Injection("L5", "right", volume_ml=0.5)),
)
STILL = PatientMotion(breathing_px=0, drift_px=0, gas_px=0)


@pytest.fixture(scope="module")
def pair():
    return simulate(SMALL, TICKET)


def test_the_same_ticket_makes_the_same_bytes(tmp_path, pair):
    for name, case in (("one", pair), ("two", simulate(SMALL, TICKET))):
        (tmp_path / name).mkdir()
        write_case(case, tmp_path / name)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == ["im_0001.dcm", "im_0002.dcm", "landmarks.json", "truth.json", "truth.npz"]
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_another_case_is_another_patient(pair):
    other = simulate(SMALL, replace(TICKET, case=4))
    assert not np.array_equal(other.files[0].pixels, pair.files[0].pixels)
    assert not np.allclose(
        other.truth.landmarks_px["junction_L4_L"], pair.truth.landmarks_px["junction_L4_L"], atol=0.01
    )


def test_what_was_injected_is_in_the_image(pair):
    """Iodine of each map, over the area of a pixel at the depth of its junction, is what was injected."""
    for site in pair.truth.sites:
        name = f"junction_{site.injection.level}_{site.injection.side[0].upper()}"
        area_cm2 = (pair.truth.landmark_mm_per_px[name] / 10) ** 2
        injected_mg = site.injection.volume_ml * site.injection.iodine_mg_per_ml
        assert site.iodine_mg_cm2.sum() * area_cm2 == pytest.approx(injected_mg, rel=0.03)


def test_iodine_darkens_as_it_attenuates():
    without = replace(SMALL, motion=STILL, study=Study("spot"))
    nothing = tuple(replace(i, iodine_mg_per_ml=1e-6) for i in SMALL.injections)
    seen = simulate(without, TICKET)
    unseen = simulate(replace(without, injections=nothing), TICKET)
    iodine = seen.truth.iodine_mg_cm2[0]
    ratio = np.log(seen.files[0].pixels[0] / unseen.files[0].pixels[0].astype(float))
    # exposure is kept in the median of the field, and tones are set by the image: compare with the rest
    attenuation = np.median(ratio[iodine == 0]) - ratio
    much = iodine > 20
    assert much.sum() > 50
    slope = attenuation[much].sum() / iodine[much].sum()
    assert slope == pytest.approx(seen.truth.attenuation_cm2_per_mg, rel=0.15)
    assert np.abs(attenuation[iodine < 0.01]).mean() < 0.02


def test_the_scout_is_from_before_the_contrast(pair):
    scout, image = (images.pixels[0].astype(float) for images in pair.files)
    dark = pair.truth.iodine_mg_cm2[0] > 20
    change = np.log(image / scout)
    assert np.median(change[dark]) < np.median(change[~dark]) - 0.1


def test_sides_and_head_are_where_the_setting_says():
    spot = replace(SMALL, study=Study("spot"), injections=())
    for left, up in (("image-left", True), ("image-right", True), ("image-left", False)):
        case = simulate(replace(spot, setup=replace(SMALL.setup, patient_left=left, head_up=up)), TICKET)
        place = {name: track[0] for name, track in case.truth.landmarks_px.items()}
        assert (place["junction_L4_L"][1] < place["junction_L4_R"][1]) == (left == "image-left")
        assert (place["junction_L3_L"][0] < place["junction_L5_L"][0]) == up


def test_bone_lies_where_the_landmarks_say(pair):
    """Pedicles are denser than the soft tissue beside the spine at their height."""
    image = np.log(pair.files[0].pixels[0].astype(float))
    places = [pair.truth.landmarks_px[f"pedicle_{lv}_{s}"][0] for lv in ("L3", "L4") for s in "LR"]
    at = [image[round(r) - 2 : round(r) + 3, round(c) - 2 : round(c) + 3].mean() for r, c in places]
    beside = [image[round(r), [4, -5]].mean() for r, _ in places]
    assert np.mean(at) < np.mean(beside) - 0.1


def test_a_run_fills_and_its_truth_follows_the_motion():
    run = replace(
        SMALL,
        study=Study("cine", frames=8, before=3, frames_per_s=2),
        motion=PatientMotion(breathing_px=3),
        file=FileStyle("XA", "rle"),
    )
    case = simulate(run, TICKET)
    (images,) = case.files
    truth = case.truth
    assert images.pixels.shape == (8, 160, 160)
    assert [filling["on"] for filling in truth.filling] == [0, 0, 0, 1, 1, 1, 1, 1]
    assert truth.evaluated_frame == 7
    track = truth.landmarks_px["junction_L4_L"]
    shifts = np.array([[pose.rows_px, pose.columns_px] for pose in truth.poses])
    assert np.ptp(shifts[:, 0]) > 1
    assert track - track[0] == pytest.approx(shifts - shifts[0], abs=0.4)


def test_nothing_injected_is_nothing_found(tmp_path):
    needles = (Injection("L4", "left", "none", 0, 0), Injection("L5", "left", "none", 0, 0))
    write_case(simulate(replace(SMALL, injections=needles), TICKET), tmp_path)
    truth = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    with np.load(tmp_path / "truth.npz") as stored:
        assert not stored["mask_2"].any()
        assert stored["needle"].any()
    assert truth["needle_only_sites"] == ["L4_L", "L5_L"]
    assert len(truth["needles"]) == 2


def test_needles_can_be_withdrawn():
    withdrawn = tuple(replace(i, gauge=None) for i in SMALL.injections)
    case = simulate(replace(SMALL, injections=withdrawn), TICKET)
    assert not case.truth.steel_mm.any()
    assert case.truth.needles == ()


def test_a_recorded_distance_is_near_the_true_one_but_not_it(pair):
    error = pair.facts.source_to_patient_mm - SMALL.setup.source_to_isocentre_mm
    assert 0 < abs(error) < 60


def test_distortion_moves_truth_and_image_alike():
    bent = replace(SMALL, study=Study("spot"), detector=replace(SMALL.detector, pincushion=0.1))
    case, straight = simulate(bent, TICKET), simulate(replace(SMALL, study=Study("spot")), TICKET)
    for name in ("junction_L4_L", "junction_L5_R"):
        number = 0 if "L4" in name else 1
        row, column = np.mgrid[:160, :160]
        offsets = []
        for one in (case, straight):
            iodine = one.truth.sites[number].iodine_mg_cm2.astype(float)
            centre = np.array([(iodine * row).sum(), (iodine * column).sum()]) / iodine.sum()
            offsets.append(centre - one.truth.landmarks_px[name][0])
        assert offsets[0] == pytest.approx(offsets[1], abs=1.0)
    moved = case.truth.landmarks_px["junction_L5_R"][0] - straight.truth.landmarks_px["junction_L5_R"][0]
    assert np.hypot(*moved) > 0.5


def test_a_file_that_cannot_hold_the_pixels_is_refused_before_anything_is_made():
    with pytest.raises(WrongUsage, match="bad-option"):
        simulate(replace(SMALL, file=FileStyle("XA", "jpeg-baseline")), TICKET)


def test_a_simulated_pair_is_read_and_measured(tmp_path, pair):
    write_case(pair, tmp_path)
    truth = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    for header in list_study(tmp_path):
        assert read_fluorogram(header).stored.shape == (1, 160, 160)
    report = analyse(tmp_path, Request(landmarks=tmp_path / "landmarks.json"))
    with np.load(tmp_path / "truth.npz") as stored:
        true = np.unpackbits(stored["mask_5"])[: 160 * 160].reshape(160, 160).astype(bool)
    found = report.mask.sure
    assert 2 * (found & true).sum() / (found.sum() + true.sum()) > 0.8
    scale = report.calibration.mm_per_px
    assert scale == pytest.approx(truth["px_mm_spine_plane"], rel=0.08)
