"""Laws that hold through all stages: on the cartoon, from stored pixels to the coverage."""

import pickle
from dataclasses import fields, is_dataclass, replace
from functools import cache

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from spreadscan.settings import CoverSettings, Settings
from spreadscan.values import Landmarks, PixelFacts
from tests.images import (
    Blob,
    Needle,
    cartoon_landmarks,
    chain,
    collimated,
    digest,
    fluorogram,
    linear_pixels,
    motion,
    noisy,
    rectangle,
    scene,
)

QUICK = Settings(cover=CoverSettings(draws=100))
# each example is a whole study: one that fails is shown as it is
FEW = settings(
    max_examples=5, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.reuse, Phase.generate)
)
DEPOTS = (Blob(41, 25, 0.35, 6), Blob(66, 71, 0.2, 5))
NEEDLES = (Needle((30, 5), (38, 22), 0.5, 0.9),)
"""Broad enough for its pixels, so that interpolation leaves nothing of it."""
OPENING = rectangle(6, 6, 90, 90)
LIN = PixelFacts(16, False, "LIN", 1, False, False)
LOG = PixelFacts(16, False, "LOG", -1, False, False)


@cache
def attenuations(amount=1.0, moved=(1.3, -2.1)):
    """Return the contrast image and its baseline, which the patient moved after."""
    depots = [blob._replace(amount=blob.amount * amount) for blob in DEPOTS]
    contrast = noisy(scene(blobs=depots, needles=NEEDLES), 1)
    baseline = noisy(scene(motion(*moved), needles=NEEDLES), 2)
    return collimated(contrast, OPENING), collimated(baseline, OPENING)


@cache
def pixels(amount=1.0):
    """Return both images as linear pixels, small enough to be multiplied by ten."""
    return tuple(linear_pixels([image], full=12000) for image in attenuations(amount))


def measured(contrast, baseline, landmarks=None, facts=LIN):
    landmarks = cartoon_landmarks() if landmarks is None else landmarks
    images = (fluorogram(stored, pixels=facts) for stored in (contrast, baseline))
    return chain(next(images), landmarks, next(images), settings=QUICK)


@cache
def plain():
    return measured(*pixels())


def rows(made):
    return {(row.level, row.side, row.region): row for row in made.coverage.regions}


def assert_alike(made, other, *, pixels_off=0):
    """Compare masks to a number of pixels, and coverage."""
    assert (made.mask.sure != other.mask.sure).sum() <= pixels_off
    assert (made.mask.possible != other.mask.possible).sum() <= pixels_off
    for key, row in rows(other).items():
        here = rows(made)[key]
        assert here.reason == row.reason
        if row.fraction is not None:
            assert here.fraction == pytest.approx(row.fraction, abs=0.05 if pixels_off else 1e-9)
            assert here.probability == pytest.approx(row.probability, abs=0.06)


def test_the_cartoon_is_worth_comparing():
    made = plain()
    found = {key for key, row in rows(made).items() if row.verdict == "shown"}
    # the needle stands still while the patient moves: it hides what lies under it in either image
    assert sum(row.fraction is not None for row in rows(made).values()) >= 12
    assert ("L4", "left", "common") in found
    assert ("L5", "right", "common") in found
    assert ("L3", "right", "common") not in found
    assert made.mask.sure.sum() > 250
    assert made.aligned.motions[0].rows_px == pytest.approx(1.3, abs=0.1)
    assert made.aligned.flags == made.contrast.flags == ()


# exposure


@FEW
@given(st.integers(2, 5), st.integers(1, 5))
def test_a_gain_of_linear_pixels_changes_nothing(gain, baseline_gain):
    contrast, baseline = pixels()
    assert_alike(measured(contrast * gain, baseline * baseline_gain), plain(), pixels_off=2)


@cache
def logarithmic():
    return tuple(np.rint(4000 * image[None]).astype(np.uint16) for image in attenuations())


@FEW
@given(st.integers(1, 40000), st.integers(0, 40000))
def test_an_offset_of_logarithmic_pixels_changes_nothing(offset, baseline_offset):
    contrast, baseline = logarithmic()
    without = measured(contrast, baseline, facts=LOG)
    made = measured(contrast + np.uint16(offset), baseline + np.uint16(baseline_offset), facts=LOG)
    assert without.mask.sure.sum() > 250
    assert_alike(made, without, pixels_off=2)


def test_matter_stored_bright_is_the_same_matter():
    contrast, baseline = pixels()
    bright = replace(LIN, sign=-1)
    # block means are taken of stored values: 65535 less a mean is rounded another way
    assert_alike(measured(65535 - contrast, 65535 - baseline, facts=bright), plain(), pixels_off=2)


def test_linear_and_logarithmic_pixels_show_the_same():
    made, other = measured(*logarithmic(), facts=LOG), plain()
    both = made.mask.sure & other.mask.sure
    assert both.sum() > 0.95 * max(made.mask.sure.sum(), other.mask.sure.sum())


# place


@FEW
@given(st.integers(-1, 3), st.integers(-2, 4))
def test_shifting_everything_shifts_everything(down, right):
    # on a larger canvas of collimator; by multiples of the coarsest grid
    down, right = 6 * down, 6 * right

    def framed(stored, rows=0, columns=0):
        shadow = stored.min()
        canvas = np.pad(stored, ((0, 0), (12, 24), (12, 24)), constant_values=shadow)
        return np.roll(canvas, (rows, columns), axis=(1, 2))

    def placed(rows=12, columns=12):
        points = (replace(p, row=p.row + rows, column=p.column + columns) for p in cartoon_landmarks().points)
        return Landmarks("given", tuple(points))

    contrast, baseline = pixels()
    here = measured(framed(contrast), framed(baseline), placed())
    there = measured(
        framed(contrast, down, right), framed(baseline, down, right), placed(12 + down, 12 + right)
    )
    for name in ("sure", "possible"):
        moved = np.roll(getattr(here.mask, name), (down, right), axis=(0, 1))
        assert (getattr(there.mask, name) != moved).sum() <= 2
    np.testing.assert_array_equal(
        there.run.field.inside, np.roll(here.run.field.inside, (down, right), axis=(0, 1))
    )
    assert [digest(frame.lateral) for frame in there.regions.junctions] == [
        digest(frame.lateral) for frame in here.regions.junctions
    ]
    for key, row in rows(here).items():
        assert rows(there)[key].reason == row.reason
        if row.fraction is None:
            continue
        assert rows(there)[key].fraction == pytest.approx(row.fraction, abs=0.03)
        assert rows(there)[key].probability == pytest.approx(row.probability, abs=0.03)


def test_mirroring_everything_and_swapping_the_sides_mirrors_everything():
    contrast, baseline = (stored[:, :, ::-1] for stored in pixels())
    other = {"left": "right", "right": "left"}
    points = (replace(p, side=other[p.side], column=95 - p.column) for p in cartoon_landmarks().points)
    made, expected = measured(contrast, baseline, Landmarks("given", tuple(points))), plain()
    assert made.orientation.patient_left == "image left"
    np.testing.assert_array_equal(made.run.field.inside[:, ::-1], expected.run.field.inside)
    assert (made.mask.sure[:, ::-1] != expected.mask.sure).sum() <= 3
    assert (made.mask.possible[:, ::-1] != expected.mask.possible).sum() <= 3
    frames = {(frame.level, frame.side): frame for frame in made.regions.junctions}
    for frame in expected.regions.junctions:
        mirrored = frames[frame.level, other[frame.side]]
        assert mirrored.origin == pytest.approx((frame.origin[0], 95 - frame.origin[1]))
        assert mirrored.lateral == pytest.approx((frame.lateral[0], -frame.lateral[1]), abs=1e-9)
        assert mirrored.cranial == pytest.approx((frame.cranial[0], -frame.cranial[1]), abs=1e-9)
    for (level, side, region), row in rows(expected).items():
        mirrored = rows(made)[level, other[side], region]
        assert mirrored.reason == row.reason
        if row.fraction is None:
            continue
        assert mirrored.fraction == pytest.approx(row.fraction, abs=0.05)
        # a hundred other draws: four standard errors
        assert mirrored.probability == pytest.approx(row.probability, abs=0.2)
    left, right = expected.summary.sides
    assert [side.cranio_caudal_mm for side in made.summary.sides] == pytest.approx(
        [right.cranio_caudal_mm, left.cranio_caudal_mm], abs=1.5
    )


# contrast


def test_more_contrast_never_covers_less():
    before = None
    for amount in (0.0, 0.15, 0.3, 0.45, 0.6, 0.8, 1.0):
        made = measured(*pixels(amount))
        if before is not None:
            assert made.mask.sure.sum() >= before.mask.sure.sum()
            # the noise is that of the same image, so what was covered stays so, but for a pixel at the rim
            assert (before.mask.sure & ~made.mask.sure).sum() <= 3
            for key, row in rows(before).items():
                if row.fraction is not None:
                    assert rows(made)[key].fraction >= row.fraction - 0.03
                    assert rows(made)[key].probability >= row.probability - 0.03
        before = made


@FEW
@given(st.integers(3, 999), st.floats(-3, 3), st.floats(-3, 3))
def test_without_contrast_none_is_found(seed, rows_px, columns_px):
    contrast = collimated(noisy(scene(needles=NEEDLES), seed), OPENING)
    baseline = collimated(noisy(scene(motion(rows_px, columns_px), needles=NEEDLES), seed + 1000), OPENING)
    made = measured(*(linear_pixels([image]) for image in (contrast, baseline)))
    assert not made.mask.possible.any()
    assert made.mask.flags == ("no-contrast",)
    assert {row.fraction for row in made.coverage.regions} == {0.0, None}


def test_a_needle_that_was_put_in_is_no_contrast():
    contrast = collimated(noisy(scene(needles=[Needle((70, 80), (50, 60))]), 1), OPENING)
    baseline = collimated(noisy(scene(motion(1, 1)), 2), OPENING)
    made = measured(*(linear_pixels([image]) for image in (contrast, baseline)))
    assert made.contrast.metal.any()
    assert not made.mask.sure.any()


def test_contrast_under_a_needle_that_was_put_in_is_found_beside_it_only():
    needle = Needle((36, 84), (41, 27))
    contrast = collimated(noisy(scene(blobs=DEPOTS[:1], needles=[needle]), 1), OPENING)
    baseline = collimated(noisy(scene(), 2), OPENING)
    made = measured(*(linear_pixels([image]) for image in (contrast, baseline)))
    shaft = scene(needles=[needle]) - scene() > 0.3
    far = np.hypot(*(np.mgrid[:96, :96] - np.array([41, 25])[:, None, None])) > 14
    assert not (made.mask.sure & shaft & far & made.run.field.inside).any()
    assert made.mask.sure[44, 28]


# values


@cache
def a_run():
    """Return what the stages make of a short run with a growing depot and a moving patient."""
    images = [
        noisy(
            scene(
                motion(0.4 * k, -0.5 * k), [b._replace(amount=b.amount * max(0, k - 2) / 3) for b in DEPOTS]
            ),
            k,
        )
        for k in range(6)
    ]
    return fluorogram(linear_pixels([collimated(image, OPENING) for image in images]))


@pytest.mark.parametrize("baseline", [True, False], ids=["pair", "run"])
def test_every_stage_is_the_same_twice_to_the_last_bit(baseline):
    study = (
        (fluorogram(pixels()[0]), cartoon_landmarks(), fluorogram(pixels()[1]))
        if baseline
        else (a_run(), cartoon_landmarks())
    )
    before = digest(study)
    first, second = (chain(*study, settings=QUICK) for _ in range(2))
    for name in first._fields:
        assert digest(getattr(first, name)) == digest(getattr(second, name)), name
    assert digest(study) == before


def arrays_in(item, path=""):
    if isinstance(item, np.ndarray):
        yield path, item
    elif is_dataclass(item):
        for field in fields(item):
            yield from arrays_in(getattr(item, field.name), f"{path}.{field.name}")
    elif isinstance(item, tuple):
        for number, part in enumerate(item):
            yield from arrays_in(part, f"{path}[{number}]")


def test_every_array_of_every_value_is_read_only_and_stays_so_when_sent_away():
    for made in (plain(), pickle.loads(pickle.dumps(plain()))):
        found = list(arrays_in(made))
        assert len(found) > 30
        assert [path for path, array in found if array.flags.writeable] == []
    assert digest(pickle.loads(pickle.dumps(plain()))) == digest(plain())
