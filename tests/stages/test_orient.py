"""The side of the patient's left from every combination of sources, and when a view is not frontal."""

import pytest

from spreadscan.errors import CannotMeasure
from spreadscan.settings import OrientSettings
from spreadscan.stages.orient import (
    left_from_landmarks,
    left_from_orientation,
    orient,
    with_patient_sides,
)
from spreadscan.values import Landmarks, Orientation, ViewFacts, sides_of
from tests.images import LEFT_ON_LEFT, LEFT_ON_RIGHT, SIDE_UNKNOWN, header, junction

SETTINGS = OrientSettings()
SIDES = {"-": None, "L": "image left", "R": "image right"}
FILES = {"-": None, "L": ("R", "F"), "R": ("L", "F")}
NONE = Landmarks("none")


def marked(left_column, right_column, level="L4"):
    return Landmarks(
        "given", (junction(level, "left", 50, left_column), junction(level, "right", 51, right_column))
    )


MARKS = {"-": NONE, "L": marked(20, 70), "R": marked(70, 20)}

# on which side of the image the file, the user and the landmarks put the patient's left; what comes of it
COMBINATIONS = """
    file user marks  outcome
    -    -    -      unknown from unknown
    -    -    L      image left from landmarks
    -    -    R      image right from landmarks
    -    L    -      image left from user
    -    L    L      image left from user
    -    L    R      landmarks-mirrored
    -    R    -      image right from user
    -    R    L      landmarks-mirrored
    -    R    R      image right from user
    L    -    -      image left from patient orientation
    L    -    L      image left from patient orientation
    L    -    R      landmarks-mirrored
    L    L    -      image left from user
    L    L    L      image left from user
    L    L    R      landmarks-mirrored
    L    R    -      orientation-contradiction
    L    R    L      orientation-contradiction
    L    R    R      orientation-contradiction
    R    -    -      image right from patient orientation
    R    -    L      landmarks-mirrored
    R    -    R      image right from patient orientation
    R    L    -      orientation-contradiction
    R    L    L      orientation-contradiction
    R    L    R      orientation-contradiction
    R    R    -      image right from user
    R    R    L      landmarks-mirrored
    R    R    R      image right from user
"""
ROWS = [tuple(line.split(maxsplit=3)) for line in COMBINATIONS.strip().splitlines()[1:]]


def oriented(file=None, user=None, landmarks=NONE, **view):
    return orient(header(view=ViewFacts(patient_orientation=file, **view)), user, landmarks, SETTINGS)


@pytest.mark.parametrize(("file", "user", "marks", "outcome"), ROWS)
def test_every_combination_of_sources(file, user, marks, outcome):
    if " from " not in outcome:
        with pytest.raises(CannotMeasure) as refused:
            oriented(FILES[file], SIDES[user], MARKS[marks])
        assert refused.value.slug == outcome
        assert refused.value.file == "image.dcm"
        return
    found = oriented(FILES[file], SIDES[user], MARKS[marks])
    side, origin = outcome.split(" from ")
    assert (found.patient_left, found.origin) == (side, origin)
    assert found.flags == (("side-unknown",) if side == "unknown" else ())


def test_the_table_is_complete():
    assert len({row[:3] for row in ROWS}) == len(ROWS) == 27


@pytest.mark.parametrize(
    ("file", "user", "marks", "words"),
    [
        ("L", "R", "-", "the file says that the patient's left is on image left, the user says image right"),
        ("-", "L", "R", "the landmarks put the patient's left on image right, the user says image left"),
        ("R", "-", "L", "on image left, Patient Orientation \\(0020,0020\\) says image right"),
    ],
)
def test_a_refusal_says_who_says_what(file, user, marks, words):
    with pytest.raises(CannotMeasure, match=words):
        oriented(FILES[file], SIDES[user], MARKS[marks])


# Patient Orientation


@pytest.mark.parametrize(
    ("orientation", "left", "head_at_top", "frontal"),
    [
        (None, None, None, True),
        # a radiograph as usually shown: columns count towards the patient's left
        (("L", "F"), "image right", True, True),
        # prone, seen from behind: columns count towards the patient's right
        (("R", "F"), "image left", True, True),
        (("L", "H"), "image right", False, True),
        (("R", "H"), "image left", False, True),
        # the first letter is the main direction
        (("RF", "FL"), "image left", True, True),
        (("LP", "F"), "image right", True, True),
        # lateral views
        (("A", "F"), None, True, False),
        (("P", "F"), None, True, False),
        (("PL", "F"), None, True, False),
        (("P", "H"), None, False, False),
        # on its side
        (("F", "R"), None, None, False),
        (("H", "L"), None, None, False),
        # from above or below
        (("L", "P"), "image right", None, False),
        (("R", "A"), "image left", None, False),
        (("A", "L"), None, None, False),
    ],
)
def test_patient_orientation(orientation, left, head_at_top, frontal):
    found = oriented(orientation)
    assert left_from_orientation(ViewFacts(patient_orientation=orientation)) == left
    assert (found.head_at_top, found.frontal) == (head_at_top, frontal)
    assert ("view-oblique" in found.flags) is not frontal
    assert ("side-unknown" in found.flags) is (left is None)


# angles of the positioner


@pytest.mark.parametrize(
    ("primary", "secondary", "flags"),
    [
        (None, None, ()),
        (0, 0, ()),
        (5, 12, ()),
        (5.1, 0, ("view-rotated",)),
        (-5.1, None, ("view-rotated",)),
        (None, 12.1, ("view-rotated",)),
        (10, 20, ("view-rotated",)),
        (10.1, 0, ("view-oblique",)),
        (0, 20.1, ("view-oblique",)),
        (0, -20.1, ("view-oblique",)),
        (90, 0, ("view-oblique",)),
        # from behind, and a full turn
        (180, 0, ()),
        (-180, 0, ()),
        (176, 0, ()),
        (-174, 0, ("view-rotated",)),
        (169, 0, ("view-oblique",)),
        (360, 0, ()),
    ],
)
def test_the_angles_at_which_a_view_is_rotated_or_oblique(primary, secondary, flags):
    found = oriented(FILES["L"], primary_angle_deg=primary, secondary_angle_deg=secondary)
    assert found.flags == flags
    assert found.frontal is ("view-oblique" not in flags)


def test_an_oblique_view_of_unknown_side_says_both():
    assert oriented(primary_angle_deg=30).flags == ("side-unknown", "view-oblique")


def test_the_limits_come_from_the_settings():
    strict = OrientSettings(1, 2, 3, 4)
    view = header(view=ViewFacts(primary_angle_deg=1.5, secondary_angle_deg=3.5))
    assert orient(view, None, NONE, strict).flags == ("side-unknown", "view-rotated")
    view = header(view=ViewFacts(primary_angle_deg=0, secondary_angle_deg=4.5))
    assert not orient(view, None, NONE, strict).frontal


# landmarks


@pytest.mark.parametrize(
    ("points", "left"),
    [
        ([], None),
        ([("L4", "left", 20), ("L4", "right", 70)], "image left"),
        ([("L4", "left", 70), ("L4", "right", 20)], "image right"),
        # one side only says nothing, wherever it lies
        ([("L3", "left", 10), ("L4", "left", 12)], None),
        ([("L3", "right", 90)], None),
        # a level with both junctions counts before those that have one
        ([("L3", "left", 60), ("L4", "left", 20), ("L4", "right", 50)], "image left"),
        # no level has both: the sides' means are compared
        ([("L3", "left", 20), ("L4", "right", 70)], "image left"),
        ([("L3", "right", 20), ("L5", "right", 40), ("L4", "left", 70)], "image right"),
        # points of the image's sides do not know the patient's
        ([("L4", "image left", 20), ("L4", "image right", 70)], None),
        # one above the other: the columns do not tell the side
        ([("L4", "left", 50), ("L4", "right", 50)], None),
        ([("L3", "left", 50), ("L4", "right", 50)], None),
    ],
)
def test_the_side_that_landmarks_tell(points, left):
    marks = Landmarks("given", tuple(junction(level, side, 40, column) for level, side, column in points))
    assert left_from_landmarks(marks) == left


@pytest.mark.parametrize(
    ("orientation", "side", "named"),
    [
        (LEFT_ON_LEFT, "image left", "left"),
        (LEFT_ON_LEFT, "image right", "right"),
        (LEFT_ON_RIGHT, "image left", "right"),
        (LEFT_ON_RIGHT, "image right", "left"),
        (SIDE_UNKNOWN, "image left", "image left"),
        (SIDE_UNKNOWN, "image right", "image right"),
        (LEFT_ON_RIGHT, "left", "left"),
        (SIDE_UNKNOWN, "right", "right"),
    ],
)
def test_the_image_s_sides_are_named_as_the_patient_s_where_these_are_known(orientation, side, named):
    marks = Landmarks("given", (junction("L4", side, 40, 20, 1.5),))
    (point,) = with_patient_sides(marks, orientation).points
    assert point.side == named
    assert (point.level, point.row, point.column, point.sd_px) == ("L4", 40, 20, 1.5)
    assert marks.points[0].side == side


@pytest.mark.parametrize("left", ["image left", "image right"])
def test_a_side_has_one_name(left):
    names = sides_of(left)
    assert sorted(names) == ["image left", "image right"]
    assert names[left] == "left"
    assert sorted(names.values()) == ["left", "right"]


def test_orientation_is_a_value():
    found = oriented(FILES["L"])
    assert isinstance(found, Orientation)
    with pytest.raises(AttributeError):
        found.patient_left = "image right"
