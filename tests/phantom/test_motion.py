import numpy as np
import pytest
from scipy import ndimage

from spreadscan.phantom.motion import PatientPose, moved, placed, poses, soft_pose
from spreadscan.phantom.scenario import PatientMotion, Study


def blob(place, shape=(61, 71)):
    row, column = np.mgrid[: shape[0], : shape[1]]
    return np.exp(-((row - place[0]) ** 2 + (column - place[1]) ** 2) / 18).astype(np.float32)


@pytest.mark.parametrize("pose", [PatientPose(3.2, -4.5), PatientPose(0, 0, 9), PatientPose(2, 1, -6)])
def test_points_move_with_the_image(pose):
    image = moved(blob((22, 40)), pose)
    expected = placed(np.array([22.0, 40.0]), pose, image.shape)[0]
    assert ndimage.center_of_mass(image) == pytest.approx(expected, abs=0.05)


def test_positive_shifts_go_down_and_right():
    assert placed(np.array([10.0, 10.0]), PatientPose(2, 3), (50, 50))[0] == pytest.approx([12, 13])


def test_a_turn_keeps_distances():
    two = placed(np.array([[5.0, 9.0], [40.0, 22.0]]), PatientPose(1, 2, 17), (64, 64))
    assert np.hypot(*(two[1] - two[0])) == pytest.approx(np.hypot(35, 13))


def test_a_spot_does_not_move_and_the_image_of_a_pair_lies_at_rest():
    rng = np.random.default_rng(0)
    assert poses(Study("spot"), PatientMotion(), rng) == (PatientPose(),)
    scout, image = poses(Study("pair"), PatientMotion(), rng)
    assert image == PatientPose()
    assert scout != PatientPose()


def test_a_run_breathes_as_far_as_asked():
    run = poses(
        Study("cine", frames=60, frames_per_s=4), PatientMotion(4, 0.25, drift_px=0), np.random.default_rng(1)
    )
    rows = np.array([pose.rows_px for pose in run])
    assert len(run) == 60
    assert np.ptp(rows) == pytest.approx(2 * 4 * 0.8, rel=0.15)
    # 0.25 breaths a second at 4 images a second: back after 16 images
    assert rows[16:32] == pytest.approx(rows[:16], abs=1.2)


def test_nothing_moves_if_nothing_is_asked_for():
    still = PatientMotion(breathing_px=0, drift_px=0, gas_px=0)
    for kind in ("pair", "cine"):
        assert all(pose == PatientPose() for pose in poses(Study(kind), still, np.random.default_rng(4)))


def test_a_jump_comes_once_and_stays():
    motion = PatientMotion(breathing_px=0, drift_px=0, gas_px=0, jump_px=(7, -3))
    run = poses(Study("cine", frames=12, before=3), motion, np.random.default_rng(2))
    rows = [pose.rows_px for pose in run]
    assert set(rows) == {0, 7}
    assert rows == sorted(rows)
    scout, _ = poses(Study("pair"), motion, np.random.default_rng(2))
    assert (scout.rows_px, scout.columns_px) == (-7, 3)


def test_gas_moves_beyond_the_tissue():
    pose = PatientPose(10, 20, 3, gas_rows_px=5, gas_columns_px=-4)
    assert soft_pose(pose, gas=False) == PatientPose(3, 6)
    assert soft_pose(pose, gas=True) == PatientPose(8, 2)
