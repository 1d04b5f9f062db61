"""The story of an analysis in words: one sentence per step, and what a person gave."""

from dataclasses import replace
from pathlib import Path

import pytest

from spreadscan.stages.narrate import Story, narrate
from spreadscan.values import (
    Calibration,
    ImageRoles,
    JudgingScale,
    Landmark,
    Landmarks,
    Request,
    Search,
    Uncalibrated,
    View,
)
from tests.images import (
    CALIBRATION,
    LEFT_ON_LEFT,
    SIDE_UNKNOWN,
    attenuation_run,
    contrast_map,
    frame_pair,
    header,
    scene,
    spread_mask,
    whole,
)

SECRET = header(path=Path("SMITH_JOHN/19620412.dcm"), patient_key="SMITH", study_key="1.2.3")
RUN = attenuation_run([scene()])


def story(**changes):
    plain = Story(
        request=Request(),
        roles=ImageRoles(SECRET, None, "the only image", 0, ()),
        orientation=replace(LEFT_ON_LEFT, origin="patient orientation"),
        calibration=CALIBRATION,
        scale=JudgingScale(1.0, "the calibration"),
        search=None,
        run=RUN,
        pair=frame_pair(7, (0, 1, 2), contrast_frames=(5, 6, 7)),
        contrast=contrast_map([[0.0]]),
        mask=spread_mask(whole((1, 1))),
    )
    return plain._replace(**changes)


def told(stage, **changes):
    step = next(step for step in narrate(story(**changes)) if step.stage == stage)
    return step.outcome, step.by_person


def test_the_steps_stand_in_the_order_of_work():
    steps = narrate(story())
    assert [step.stage for step in steps] == [
        "images", "field", "calibration", "orientation", "attenuation", "frames", "contrast", "landmarks",
    ]  # fmt: skip
    for step in steps:
        assert step.outcome.endswith(".")
        assert "  " not in step.outcome


def test_nothing_identifies_the_patient():
    steps = narrate(story(request=Request(landmarks=Path("SMITH.json"), baseline=Path("SMITH.dcm"))))
    assert not any(word in step.outcome for step in steps for word in ("SMITH", "19620412", "1.2.3"))


BASELINE = ImageRoles(SECRET, header(), "the names of the series", 0, ())
OF_ITS_OWN = frame_pair(0, (0,), baseline_is_run=False, reason="a file of its own")


@pytest.mark.parametrize(
    ("changes", "outcome", "by_person"),
    [
        ({}, "Images: contrast, told by the only image.", False),
        (
            {"roles": BASELINE, "pair": OF_ITS_OWN},
            "Images: contrast and baseline, told by the names of the series.",
            False,
        ),
        (
            {"roles": replace(BASELINE, unused=2), "pair": OF_ITS_OWN},
            "Images: contrast and baseline, told by the names of the series; 2 more not used.",
            False,
        ),
        # a run that has frames of its own before the contrast does not need it
        (
            {"roles": BASELINE},
            "Images: contrast, told by the names of the series; the baseline was not used.",
            False,
        ),
        # and one that cannot be registered does not serve
        (
            {"roles": replace(BASELINE, unused=1), "pair": frame_pair(0, (), baseline_is_run=False)},
            "Images: contrast, told by the names of the series; the baseline was not used; 1 more not used.",
            False,
        ),
        (
            {
                "request": Request(baseline=Path("a.dcm")),
                "roles": replace(BASELINE, reason="the baseline that the user named"),
                "pair": OF_ITS_OWN,
            },
            "Images: contrast and baseline, told by the baseline that the user named.",
            True,
        ),
    ],
)
def test_images(changes, outcome, by_person):
    assert told("images", **changes) == (outcome, by_person)


@pytest.mark.parametrize(
    ("changes", "outcome", "by_person"),
    [
        (
            {"calibration": Calibration(0.3004, 0.3004, "Pixel Spacing, from geometry", 0.08)},
            "Scale 0.3004 mm per pixel ± 8 % from: Pixel Spacing, from geometry."
            " Filters were sized by the calibration.",
            False,
        ),
        (
            {
                "calibration": Uncalibrated("the file holds no spacing"),
                "scale": JudgingScale(0.4, "the distance of the junctions"),
            },
            "No scale in the patient: the file holds no spacing."
            " Filters were sized by the distance of the junctions.",
            False,
        ),
        (
            {
                "calibration": Calibration(0.5, 0.5, "given by the user", 0.02),
                "request": Request(mm_per_px=0.5),
            },
            "Scale 0.5 mm per pixel ± 2 % from: given by the user. Filters were sized by the calibration.",
            True,
        ),
    ],
)
def test_calibration(changes, outcome, by_person):
    assert told("calibration", **changes) == (outcome, by_person)


@pytest.mark.parametrize(
    ("orientation", "outcome", "by_person"),
    [
        (SIDE_UNKNOWN, "The patient's side is unknown; sides are those of the image.", False),
        (LEFT_ON_LEFT, "The patient's left is on image left, told by: user.", True),
        (
            replace(LEFT_ON_LEFT, origin="landmarks"),
            "The patient's left is on image left, told by: landmarks.",
            True,
        ),
        (
            replace(LEFT_ON_LEFT, origin="patient orientation"),
            "The patient's left is on image left, told by: patient orientation.",
            False,
        ),
    ],
)
def test_orientation(orientation, outcome, by_person):
    assert told("orientation", orientation=orientation) == (outcome, by_person)


@pytest.mark.parametrize(
    ("unit", "polarity", "outcome"),
    [
        ("ln", "dark", "Attenuation: natural logarithm of intensity; matter is stored dark."),
        ("relative", "bright", "Attenuation: display values, relative; matter is stored bright."),
    ],
)
def test_attenuation(unit, polarity, outcome):
    assert told("attenuation", run=replace(RUN, unit=unit, polarity=polarity)) == (outcome, False)


@pytest.mark.parametrize(
    ("changes", "outcome", "by_person"),
    [
        (
            {},
            "Frame 8 is described, averaged over 3 frames with as much contrast;"
            " baseline of 3 frames: by hand.",
            False,
        ),
        ({"pair": frame_pair(0, ())}, "Frame 1 is described.", False),
        (
            {"pair": OF_ITS_OWN},
            "Frame 1 is described; baseline of 1 frame: a file of its own.",
            False,
        ),
        ({"pair": frame_pair(4, ()), "request": Request(frame=5)}, "Frame 5 is described.", True),
        (
            {"pair": frame_pair(4, (1,)), "request": Request(baseline_frames=(2,))},
            "Frame 5 is described; baseline of 1 frame: by hand.",
            True,
        ),
    ],
)
def test_frames(changes, outcome, by_person):
    assert told("frames", **changes) == (outcome, by_person)


@pytest.mark.parametrize(
    ("changes", "outcome", "by_person"),
    [
        ({}, "Contrast by log subtraction of the registered baseline.", False),
        (
            {"contrast": contrast_map([[0.0]], unit="relative")},
            "Contrast by subtraction of the registered baseline.",
            False,
        ),
        (
            {"contrast": contrast_map([[0.0]], unit="odds", method="single image")},
            "Contrast estimated from a single image.",
            False,
        ),
        (
            {"contrast": contrast_map([[0.0]], unit="odds", method="single image", judgeable=False)},
            "Contrast estimated from a single image, which it does not allow.",
            False,
        ),
        (
            {"mask": replace(spread_mask(whole((1, 1))), origin="given")},
            "The contrast mask was given.",
            True,
        ),
    ],
)
def test_contrast(changes, outcome, by_person):
    assert told("contrast", **changes) == (outcome, by_person)


def test_landmarks():
    assert told("landmarks") == ("No landmarks: no branch region is assessed.", False)
    given = Request(landmarks=Path("marks.json"))
    assert told("landmarks", request=given) == ("The SAP–TP junctions were given.", True)
    refused = Search(Landmarks("none"), None, "no spine stands out")
    assert told("landmarks", search=refused) == (
        "Landmarks were searched for, not found: no spine stands out.", False,
    )  # fmt: skip
    points = tuple(
        Landmark("L4", side, "sap_tp_junction", 1.0, 2.0, 1.0, found=True) for side in ("left", "right")
    )
    view = View(0.9, 0.5, 0.98, True)
    found = Search(Landmarks("detected", points), view)
    untold = " How far the spine is turned could not be told."
    assert told("landmarks", search=found) == (
        f"2 landmarks were found by the program; no person has checked them.{untold}", False,
    )  # fmt: skip
    both = Search(Landmarks("corrected", (replace(points[0], found=False), points[1])), view)
    assert told("landmarks", request=given, search=both) == (
        f"1 landmarks were found by the program, guided by those that were given.{untold}", True,
    )  # fmt: skip
    for degrees, side in ((3.6, "image right"), (-3.6, "image left")):
        turned = replace(found, view=replace(view, rotation_deg=degrees, rotation_sd_deg=2.2))
        assert told("landmarks", search=turned)[0].endswith(
            f" The spine is turned by 4 ± 2 degrees, its spinous processes to {side}."
        )
