import numpy as np
import pytest

from spreadscan.image.filters import dilated
from spreadscan.image.lines import GROW, LENGTH_MM, SEED, find_lines, line_strength
from spreadscan.values import JudgingScale
from tests.images import SCALE, Blob, Needle, digest, noisy, rectangle, scene, whole


def crossing(angle_deg, length_px=30.0, amount=0.8, middle=(47.5, 47.5)):
    """Return a needle through a point; 0 degrees lies along a row."""
    down, across = np.sin(np.radians(angle_deg)), np.cos(np.radians(angle_deg))
    reach = np.array([down, across]) * length_px / 2
    return Needle(tuple(np.array(middle) - reach), tuple(np.array(middle) + reach), amount)


def drawn(needle):
    return scene(needles=[needle]) - scene() > 0.25 * needle.amount


@pytest.mark.parametrize("angle_deg", range(0, 180, 15))
def test_a_needle_is_found_at_any_angle_and_little_beside_it(angle_deg):
    needle = crossing(angle_deg)
    found = find_lines(noisy(scene(needles=[needle]), 1), whole(), SCALE)
    assert found[drawn(needle)].all()
    assert not (found & ~dilated(drawn(needle), 4)).any()


@pytest.mark.parametrize(
    "image",
    [
        scene(),
        noisy(scene(), 1),
        noisy(scene(), 1, 0.1),
        noisy(scene(blobs=[Blob(40, 30, 0.5)]), 1),
        noisy(scene(blobs=[Blob(40, 30, 2.0, 8)]), 1),
        noisy(scene(needles=[crossing(30, amount=0.03)]), 1),
        np.ones((96, 96), np.float32),
    ],
    ids=["bone", "noise", "much noise", "contrast", "much contrast", "faint line", "flat"],
)
def test_what_is_no_strong_line_is_not_found(image):
    assert not find_lines(image, whole(), SCALE).any()


def test_all_of_two_crossing_needles_is_found():
    needles = [crossing(20), crossing(110)]
    found = find_lines(noisy(scene(needles=needles), 1), whole(), SCALE)
    assert found[drawn(needles[0]) | drawn(needles[1])].all()


def test_a_needle_outside_the_field_is_not_found():
    field = rectangle(0, 0, 96, 44)
    assert not find_lines(noisy(scene(needles=[crossing(90)]), 1), field, SCALE).any()


def test_a_needle_is_found_up_to_near_the_edge_of_the_field_and_not_beyond_it():
    field = rectangle(10, 10, 86, 86)
    found = find_lines(noisy(scene(needles=[crossing(0, 96)]), 1), field, SCALE)
    columns = np.nonzero(found.any(axis=0))[0]
    assert not (found & ~field).any()
    # a rim of three times the width of the line's filter is not judged
    assert (columns.min(), columns.max()) == (12, 83)


def test_the_edge_of_the_field_itself_is_no_line():
    field = rectangle(10, 10, 86, 86)
    image = np.where(field, noisy(scene(), 1), np.float32(4))
    assert not find_lines(image, field, SCALE).any()


def test_the_same_needle_on_a_finer_grid_is_found_in_the_same_place():
    coarse = noisy(scene(needles=[crossing(40)]), 1)
    fine = np.kron(coarse, np.ones((4, 4), np.float32))
    found = find_lines(fine, whole(fine.shape), JudgingScale(0.25, "finer"))
    here = find_lines(coarse, whole(), SCALE)
    shrunk = found.reshape(96, 4, 96, 4).mean(axis=(1, 3)) > 0.5
    assert shrunk[drawn(crossing(40))].all()
    assert not (shrunk & ~dilated(here, 2)).any()


@pytest.mark.parametrize("field", [rectangle(0, 0, 0, 0), rectangle(40, 40, 49, 50)], ids=["none", "tiny"])
def test_no_field_no_line(field):
    image = scene(needles=[crossing(0)])
    assert not find_lines(image, field, SCALE).any()
    assert not line_strength(image, field, 1.0).any()


def test_the_strength_is_counted_in_90th_percentiles_of_the_field():
    strength = line_strength(noisy(scene(needles=[crossing(0)]), 1), whole(), 1.0)
    judged = strength[2:-2, 2:-2]
    assert np.percentile(judged, 90) == pytest.approx(1, abs=1e-5)
    assert judged[44:48, 45].max() > SEED > GROW
    # the rim, three times the width of the filter, is not judged
    assert not strength[:2].any()


def test_the_strength_grows_with_the_length_of_the_line():
    found = [
        line_strength(noisy(scene(needles=[crossing(0, length)]), 1), whole(), 1.0).max()
        for length in (2, 5, LENGTH_MM, 20)
    ]
    assert found == sorted(found)


def test_a_gain_and_an_offset_change_nothing():
    image = noisy(scene(needles=[crossing(40)]), 1)
    plain = find_lines(image, whole(), SCALE)
    assert (find_lines(3 * image + np.float32(2), whole(), SCALE) != plain).sum() <= 2


def test_a_mirrored_image_has_mirrored_lines():
    image = noisy(scene(needles=[crossing(40)]), 1)
    plain = find_lines(image, whole(), SCALE)
    assert (find_lines(image[:, ::-1], whole(), SCALE)[:, ::-1] != plain).sum() <= 2


def test_finding_leaves_the_image_alone_and_is_the_same_twice():
    image, field = noisy(scene(needles=[crossing(40)]), 1), whole()
    before = digest((image, field))
    assert digest(find_lines(image, field, SCALE)) == digest(find_lines(image, field, SCALE))
    assert digest((image, field)) == before
