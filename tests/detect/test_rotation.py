"""How far a spine is turned: laws of the estimate, and what follows from it."""

import numpy as np
import pytest

from spreadscan.detect.confidence import Confidence, judge_view, turned_flags
from spreadscan.detect.fit import fit_shape
from spreadscan.detect.maps import CHANNELS
from spreadscan.detect.rotation import Rotation, rotation_of
from spreadscan.detect.shape import Pose, Sighting, spine_shape
from spreadscan.settings import Settings
from tests.detect.spines import POSE, laid_mean, maps_of

SHAPE, SETTINGS = spine_shape(), Settings()
SPINOUS = [k for k, name in enumerate(CHANNELS) if name.startswith("spinous")]
REST = [k for k in range(len(CHANNELS)) if k not in SPINOUS]


def turned_spine(degrees: float, pose: Pose = POSE) -> np.ndarray:
    return pose.laid(SHAPE.mean + degrees * SHAPE.per_degree)


def sightings(points: np.ndarray, numbers=None, sd: float = 0.5) -> tuple[Sighting, ...]:
    numbers = range(len(CHANNELS)) if numbers is None else numbers
    return tuple(Sighting(k, points[k], sd**2 * np.eye(2)) for k in numbers)


@pytest.mark.parametrize("degrees", [-14.0, -5.0, 0.0, 3.0, 11.0])
@pytest.mark.parametrize("pose", [POSE, Pose(1.6, -0.4, np.array([40.0, 150.0]))])
def test_a_spine_moved_as_a_rotation_moves_it_is_turned_by_that(degrees, pose):
    found = rotation_of(SHAPE, pose, sightings(turned_spine(degrees, pose)))
    assert found.degrees == pytest.approx(degrees, abs=1e-6)


def test_spinous_processes_to_the_right_are_positive():
    points = laid_mean(Pose(1.0, 0.0, np.array([96.0, 96.0])))
    points[SPINOUS, 1] += 4.0
    assert rotation_of(SHAPE, Pose(1.0, 0.0, np.array([96.0, 96.0])), sightings(points)).degrees > 3


def test_the_mirrored_spine_is_turned_the_other_way():
    pose = Pose(1.0, 0.0, np.array([96.0, 96.0]))
    points = turned_spine(8.0, pose)
    swap = {"left": "right", "right": "left", "middle": "middle"}
    other = [CHANNELS.index(f"{n.rsplit('_', 1)[0]}_{swap[n.rsplit('_', 1)[1]]}") for n in CHANNELS]
    mirrored = points[other] * [1, -1] + [0, 192]
    assert rotation_of(SHAPE, pose, sightings(mirrored)).degrees == pytest.approx(-8.0, abs=0.3)


def test_shifting_and_turning_the_picture_turns_no_spine():
    here = rotation_of(SHAPE, POSE, sightings(turned_spine(6.0)))
    moved = Pose(POSE.a * 1.02, POSE.b + 0.01, POSE.offset + np.array([3.0, -2.0]))
    there = rotation_of(SHAPE, POSE, sightings(turned_spine(6.0, moved)))
    assert there.degrees == pytest.approx(here.degrees, abs=0.3)


def test_without_spinous_processes_it_is_known_less_well():
    points = turned_spine(4.0)
    every, rest = (rotation_of(SHAPE, POSE, sightings(points, n, 1.5)) for n in (None, REST))
    assert rest.sd_degrees > 1.3 * every.sd_degrees
    assert rotation_of(SHAPE, POSE, ()) is None


def test_the_stated_error_is_that_of_spines_that_vary_so():
    rng = np.random.default_rng(4)
    root = np.linalg.cholesky(SHAPE.unturned + 1e-6 * np.eye(2 * len(CHANNELS)))
    off = []
    for _ in range(300):
        degrees = rng.uniform(-10, 10)
        own = (root @ rng.normal(size=2 * len(CHANNELS))).reshape(-1, 2)
        points = POSE.laid(SHAPE.mean + own + degrees * SHAPE.per_degree)
        found = rotation_of(SHAPE, POSE, sightings(points + rng.normal(0, 0.8, points.shape), None, 0.8))
        off.append((found.degrees - degrees) / found.sd_degrees)
    # the model allows for a little more variation than was simulated
    assert 0.7 < np.std(off) < 1.1
    assert abs(np.mean(off)) < 0.2


@pytest.mark.parametrize(
    ("degrees", "sd", "flags"),
    [
        (4.9, 2.0, ()),
        (5.1, 2.0, ("view-rotated",)),
        (-9.9, 2.0, ("view-rotated",)),
        (-10.1, 2.0, ("view-oblique",)),
        (25.0, 4.1, ()),
    ],
)
def test_what_follows_from_it(degrees, sd, flags):
    assert turned_flags(Rotation(degrees, sd), SETTINGS) == flags


def test_nothing_follows_where_it_is_not_known():
    assert turned_flags(None, SETTINGS) == ()


def confidence(rotation: Rotation | None) -> Confidence:
    maps = maps_of(laid_mean())
    fit = fit_shape(maps.where, SHAPE, POSE)
    return Confidence(maps, fit, -0.1, 0.99, True, rotation)


def test_a_spine_turned_too_far_is_refused_with_its_angle():
    judged = judge_view(confidence(Rotation(-12.4, 2.0)), False, SETTINGS)
    assert judged.reason == "the spine is turned by about 12 degrees"
    assert judged.flags == ("landmarks-not-found", "view-oblique")


def test_marked_landmarks_are_kept_and_the_view_is_called_oblique_all_the_same():
    judged = judge_view(confidence(Rotation(12.4, 2.0)), True, SETTINGS)
    assert judged == ("", ("landmarks-completed", "view-oblique"))


def test_a_spine_turned_somewhat_is_answered_with_a_warning():
    assert judge_view(confidence(Rotation(7.0, 2.0)), False, SETTINGS).flags == (
        "landmarks-detected",
        "view-rotated",
    )
