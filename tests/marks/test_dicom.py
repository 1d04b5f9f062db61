"""Points of structured reports and presentation states: on this image, half a pixel off its corner."""

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spreadscan.errors import CannotRead
from spreadscan.marks import dicom_sr
from spreadscan.marks.file import DrawnOn
from spreadscan.marks.landmarks import read_landmarks
from spreadscan.read.identity import image_key
from tests.dicom_files import item
from tests.dicom_marks import (
    IMAGE_UID,
    OTHER_UID,
    SEGMENTATION,
    SR,
    SR_3D,
    STATE,
    XA_STATE,
    annotation,
    code,
    content,
    finding,
    graphic,
    group,
    image,
    point,
    references,
    report,
    saved,
    site,
    state,
    text,
    tracking,
)

ROWS, COLUMNS = 300, 400
LEFT, RIGHT, L4, L5 = "7771000", "24028007", "11994002", "49668003"
KEY = image_key(IMAGE_UID)


@pytest.fixture
def read(tmp_path):
    def read_object(dataset, sop_class=SR, key=KEY):
        path = saved(tmp_path / "marks.dcm", dataset, sop_class)
        return read_landmarks(path, DrawnOn(ROWS, COLUMNS, image_key=key))

    return read_object


def places(landmarks):
    return {landmark.label: (landmark.row, landmark.column) for landmark in landmarks.points}


def refused(read, match, dataset, sop_class=SR, slug="landmarks-unreadable"):
    with pytest.raises(CannotRead, match=rf"^marks\.dcm: .*{match}.*\[{slug}\]") as error:
        read(dataset, sop_class)
    assert "ecret" not in str(error.value), "a message names no patient"
    assert IMAGE_UID not in str(error.value)


# structured reports


def test_the_first_pixel_of_a_report_has_its_centre_at_a_half(read):
    found = read(report(group(tracking("L4-L"), point(0.5, 0.5)), group(tracking("L4-R"), point(21, 3.25))))
    assert places(found) == {"L4-L": (0, 0), "L4-R": (2.75, 20.5)}
    assert (found.made_by, found.frames) == ("DICOM Comprehensive SR", ())


@pytest.mark.parametrize(
    "named",
    [
        (tracking("L4 right"),),
        (finding("L4_junction_right"),),
        (tracking("Cornerstone3DTools@^0.1.0:Probe"), finding("L4-R")),
        (tracking("L4-R"), finding("a landmark"), site(L4, RIGHT)),
    ],
)
def test_a_point_is_named_by_its_group(read, named):
    assert places(read(report(group(*named, point(10.5, 20.5))))) == {"L4-R": (20, 10)}


def test_a_point_is_named_by_its_own_concept(read):
    own = point(10.5, 20.5, ConceptNameCodeSequence=code("1", "L4-R:tp_tip", "99X"))
    found = read(report(group(own), group(tracking("L4-R"), point(9, 9))))
    assert places(found) == {"L4-R:tp_tip": (20, 10), "L4-R": (8.5, 8.5)}


def test_a_point_below_a_number_belongs_to_the_group(read):
    number = content("NUM", point(10.5, 20.5, RelationshipType="INFERRED FROM"))
    assert places(read(report(group(tracking("L4-R"), number)))) == {"L4-R": (20, 10)}


def test_an_image_may_be_named_elsewhere_in_the_report(read):
    by_reference = content("", RelationshipType="SELECTED FROM", ReferencedContentItemIdentifier=[1, 1, 1, 1])
    first = group(image(frames=3, RelationshipType="CONTAINS"))
    found = read(report(first, group(tracking("L4-R"), point(10.5, 20.5, by_reference))))
    assert (places(found), found.frames) == ({"L4-R": (20, 10)}, (3,))


def test_an_arrow_of_ohif_points_with_its_first_place(read):
    arrow = point(10.5, 20.5, GraphicData=[10.5, 20.5, 60, 70], RelationshipType="INFERRED FROM")
    named = (tracking("Cornerstone3DTools@^0.1.0:ArrowAnnotate"), finding("L4-R"))
    assert places(read(report(group(*named, content("NUM", arrow))))) == {"L4-R": (20, 10)}


def test_outlines_are_left_aside(read):
    outline = point(1, 1, GraphicType="POLYLINE", GraphicData=[1, 1, 2, 2, 3, 1])
    found = read(report(group(tracking("contrast"), outline), group(tracking("L4-R"), point(10.5, 20.5))))
    assert places(found) == {"L4-R": (20, 10)}


def test_frames_come_from_the_reference(read):
    one = group(tracking("L4-L"), point(10, 20, image(frames=[3, 4])))
    other = group(tracking("L4-R"), point(90, 20, image(frames=[4, 5])))
    assert read(report(one, other)).frames == (4,)
    away = group(tracking("L5-R"), point(90, 90, image(frames=7)))
    refused(read, "different frames", report(one, other, away), slug="landmarks-elsewhere")


def test_a_report_of_another_image_is_refused(read):
    away = report(group(tracking("L4-R"), point(10, 20, image(OTHER_UID))))
    refused(read, "content item 1.1.1.2: was marked on another image", away, slug="landmarks-elsewhere")
    assert places(read(away, key=None))


@pytest.mark.parametrize(
    ("groups", "match"),
    [
        ((group(tracking("L4-R")),), "ContentSequence .*: holds no point"),
        ((group(tracking("L4-R"), point(1, 2, content("TEXT"))),), "does not name the one image"),
        ((group(tracking("L4-R"), point(1, 2, image(), image())),), "does not name the one image"),
        ((group(tracking("L4-R"), point(1, 2, image(""))),), "does not name the one image"),
        ((group(tracking("L4-R"), point(1, 2, image(frames=0))),), "is no frame, which count from 1"),
        ((group(tracking("L4-R"), point(float("nan"), 2)),), r"GraphicData \(0070,0022\): is not one pair"),
        ((group(tracking("L4-R"), point(1, 2, GraphicData=[1, 2, 3])),), "is not one pair"),
        ((group(tracking("L4-R"), point(1, 2, GraphicType="MULTIPOINT", GraphicData=[1, 2, 3, 4])),),
         "is not one pair"),
        ((group(tracking("L4-R"), point(1, 2, PixelOriginInterpretation="VOLUME")),), "is not FRAME"),
        ((group(tracking("L4-R"), content("SCOORD3D", GraphicType="POINT")),), "is a point in space"),
        ((group(point(1, 2)),), "content item 1.1.1.1, level: is none of"),
        ((group(tracking("L4"), point(1, 2)),), "content item 1.1.1.2, side: is none of|level: is none of"),
        ((group(tracking("L4-R"), finding("L5-R"), point(1, 2)),), "names or a finding site that contradict"),
        ((group(tracking("L4-R"), site(L5), point(1, 2)),), "names or a finding site that contradict"),
        ((group(tracking("L4-R"), site(L4, LEFT), point(1, 2)),), "names or a finding site that contradict"),
        ((group(tracking("L4-R"), point(1, 2), point(3, 4)),), "L4 right: is there twice"),
        ((group(tracking("L4-R"), point(1, 2, content("", RelationshipType="SELECTED FROM",
          ReferencedContentItemIdentifier=[1, 9]))),), "refers to a content item that is not there"),
    ],
)  # fmt: skip
def test_reports_that_are_refused(read, groups, match):
    refused(read, match, report(*groups))


def test_a_point_beyond_the_image(read):
    """The right edge of the last pixel is inside, and what lies beyond it is not."""
    edge = report(group(tracking("L4-R"), point(COLUMNS, ROWS)))
    assert places(read(edge)) == {"L4-R": (ROWS - 0.5, COLUMNS - 0.5)}
    beyond = report(group(tracking("L4-R"), point(COLUMNS + 0.25, ROWS)))
    refused(read, "L4 right: lies at row", beyond, slug="landmarks-outside")


def test_too_deep_and_too_many(read, monkeypatch):
    deep = point(1, 2)
    for _ in range(30):
        deep = group(deep)
    refused(read, "or too deep ones", report(deep))
    assert dicom_sr.MOST_ITEMS == 20_000
    monkeypatch.setattr(dicom_sr, "MOST_ITEMS", 200)
    refused(read, "has more than 200 items below it", report(group(*(content("TEXT") for _ in range(201)))))
    assert places(read(report(group(*(content("TEXT") for _ in range(150)), tracking("L4-R"), point(1, 2)))))


def test_other_objects_are_refused(read):
    refused(read, "is a DICOM object that is neither", report(group()), SEGMENTATION)
    assert places(read(report(group(tracking("L4-R"), point(1, 2))), SR_3D))


def test_a_deflated_report_is_refused(tmp_path):
    path = saved(tmp_path / "marks.dcm", report(group(tracking("L4-R"), point(1, 2))))
    content = path.read_bytes().replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.1.99")
    path.write_bytes(content)
    with pytest.raises(CannotRead, match=r"is a deflated DICOM object.*\[landmarks-unreadable\]"):
        read_landmarks(path, DrawnOn(ROWS, COLUMNS))


# presentation states


def test_the_first_pixel_of_a_state_has_its_centre_at_a_half(read):
    found = read(
        state(
            annotation([graphic(0.5, 0.5)], [text("L4-L")]),
            annotation([graphic(21, 3.25)], [text("L4-R", (21, 3.25))]),
            annotation([], [text("L5-R", (31, 90))]),
        ),
        STATE,
    )
    assert places(found) == {"L4-L": (0, 0), "L4-R": (2.75, 20.5), "L5-R": (89.5, 30.5)}
    assert found.made_by == "DICOM grayscale presentation state"


def test_several_points_of_an_annotation_are_named_by_the_texts_at_their_places(read):
    marks = annotation([graphic(10, 20), graphic(90, 21)], [text("L4-R", (90, 21)), text("L4-L", (10, 20))])
    assert places(read(state(marks), XA_STATE)) == {"L4-L": (19.5, 9.5), "L4-R": (20.5, 89.5)}


@pytest.mark.parametrize(
    ("first", "last", "place", "expected"),
    [
        # the whole image of 400 x 300: its middle is the corner between pixels 199 and 200, 149 and 150
        ([1, 1], [400, 300], (0.5, 0.5), (149.5, 199.5)),
        ([1, 1], [400, 300], (0, 0), (-0.5, -0.5)),
        ([1, 1], [400, 300], (1, 1), (299.5, 399.5)),
        # a part that begins at row 50, column 100 (0-based) and is 100 wide, 200 high
        ([101, 51], [200, 250], (0.25, 0.5), (149.5, 124.5)),
    ],
)
def test_display_units_are_shares_of_the_displayed_area(read, first, last, place, expected):
    area = item(DisplayedAreaTopLeftHandCorner=first, DisplayedAreaBottomRightHandCorner=last)
    marks = annotation([graphic(*place, units="DISPLAY")], [text("L4-R", place, "DISPLAY")])
    (found,) = read(state(marks, DisplayedAreaSelectionSequence=[area]), STATE).points
    assert (found.row, found.column) == pytest.approx(expected, abs=1e-4)


def test_drawings_and_captions_are_left_aside(read):
    drawing = annotation([graphic(5, 5, kind="POLYLINE")], [text("patient prone")])
    marks = annotation([graphic(10, 20)], [text("L4-R")])
    assert places(read(state(drawing, marks), STATE)) == {"L4-R": (19.5, 9.5)}


def test_annotations_of_other_images_are_left_aside(read):
    away = annotation([graphic(1, 2)], [text("L5-R")], ReferencedImageSequence=references(OTHER_UID))
    mine = annotation([graphic(10, 20)], [text("L4-R")], ReferencedImageSequence=references(frames=[2, 3]))
    both = [*references(OTHER_UID), *references()]
    found = read(state(away, mine, images=both), STATE)
    assert (places(found), found.frames) == ({"L4-R": (19.5, 9.5)}, (2, 3))
    refused(read, "puts no annotation on this image", state(away, images=both), STATE, "landmarks-elsewhere")
    alone = state(annotation([graphic(10, 20)], [text("L4-R")]), images=references(OTHER_UID))
    refused(read, "puts no annotation on this image", alone, STATE, "landmarks-elsewhere")


AREA = {"DisplayedAreaTopLeftHandCorner": [1, 1], "DisplayedAreaBottomRightHandCorner": [400, 300]}


@pytest.mark.parametrize(
    ("marks", "more", "match"),
    [
        (annotation([graphic(1, 2)]), {}, "annotation 1, point 1: has no text that names it"),
        (annotation([graphic(1, 2), graphic(3, 4)], [text("L4-R")]), {}, "has no text that names it"),
        (annotation([], [text("L4-R")]), {}, "text 1: names a level and is anchored nowhere"),
        (annotation([], [text("here", (1, 2))]), {}, "annotation 1, text 1, level"),
        (annotation([graphic(float("nan"), 2)], [text("L4-R")]), {}, r"GraphicData .*: is not one pair"),
        (annotation([graphic(1, 2, units="MATRIX")], [text("L4-R")]), {}, "units that cannot be mapped"),
        (annotation([graphic(0, 0, units="DISPLAY")], [text("L4-R")]), {}, "whose corners are not known"),
        (annotation([graphic(0, 0, units="DISPLAY")], [text("L4-R")]), {**AREA, "ImageRotation": 90},
         "that is turned or flipped"),
        (annotation([graphic(0, 0, units="DISPLAY")], [text("L4-R")]), {**AREA, "ImageHorizontalFlip": "Y"},
         "that is turned or flipped"),
        (annotation([graphic(1, 2, kind="POLYLINE")]), {}, "holds no point on this image"),
        (annotation([graphic(n, n) for n in range(201)], [text("L4-R", (n, n)) for n in range(201)]), {},
         "holds more than 200 points"),
    ],
)  # fmt: skip
def test_states_that_are_refused(read, marks, more, match):
    corners = {key: more.pop(key) for key in AREA if key in more} if (more := dict(more)) else {}
    areas = {"DisplayedAreaSelectionSequence": [item(**corners)]} if corners else {}
    refused(read, match, state(marks, **more, **areas), STATE)


def test_pixel_units_do_not_depend_on_how_the_state_turns_the_image(read):
    marks = annotation([graphic(10, 20)], [text("L4-R")])
    assert places(read(state(marks, ImageRotation=90, ImageHorizontalFlip="Y"), STATE)) == {
        "L4-R": (19.5, 9.5)
    }


# whatever the bytes


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_damaged_objects_are_understood_or_refused(tmp_path, data):
    kinds = {
        SR: report(group(tracking("L4-L"), site(L4, LEFT), point(10, 20, image(frames=2)))),
        STATE: state(annotation([graphic(10, 20)], [text("L4-R", (10, 20))])),
    }
    sop_class = data.draw(st.sampled_from(sorted(kinds)))
    path = saved(tmp_path / "marks.dcm", kinds[sop_class], sop_class)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(0, 6))):
        content[data.draw(st.integers(128, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(content[: data.draw(st.integers(132, len(content)))]))
    with contextlib.suppress(CannotRead):
        found = read_landmarks(path, DrawnOn(ROWS, COLUMNS, image_key=KEY))
        assert found.junctions()
