"""Outlines of every program enclose the pixels that they were drawn around, or are refused."""

import contextlib
import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from skimage.draw import polygon2mask

from spreadscan.errors import CannotRead
from spreadscan.marks import inside
from spreadscan.marks.drawn import read_loop, read_mask
from spreadscan.marks.file import DrawnOn
from spreadscan.marks.inside import enclosed
from spreadscan.marks.outline import MOST_CORNERS, MOST_OUTLINES, smoothed
from spreadscan.read.identity import image_key
from tests.dicom_files import item
from tests.dicom_marks import (
    IMAGE_UID,
    OTHER_UID,
    SEGMENTATION,
    SR,
    SR_3D,
    STATE,
    annotation,
    content,
    graphic,
    group,
    image,
    point,
    references,
    report,
    saved,
    state,
    text,
)
from tests.marks.test_imagej_rois import roi

ROWS, COLUMNS = 50, 60
MM = 0.25
ON = DrawnOn(ROWS, COLUMNS, image_key=image_key(IMAGE_UID), slicer_mm_per_px=MM)
EDGES = ((19.5, 9.5), (19.5, 14.5), (26.5, 14.5), (26.5, 9.5))
"""Around the pixels in rows 20 to 26, columns 10 to 14."""


@pytest.fixture
def read(tmp_path):
    def write_and_read(content, on=ON):
        path = tmp_path / "loop"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_loop(path, on)

    return write_and_read


@pytest.fixture
def read_object(tmp_path):
    def save_and_read(dataset, sop_class=SR, on=ON):
        return read_loop(saved(tmp_path / "loop", dataset, sop_class), on)

    return save_and_read


def rectangle():
    expected = np.zeros((ROWS, COLUMNS), bool)
    expected[20:27, 10:15] = True
    return expected


def napari(*shapes, axes=2):
    """A layer as napari 0.5 saves it: type and corners of each shape."""
    lines = ["index,shape-type,vertex-index," + ",".join(f"axis-{n}" for n in range(axes))]
    for n, (kind, corners) in enumerate(shapes):
        lines += [f"{n},{kind},{at},{','.join(map(str, corner))}" for at, corner in enumerate(corners)]
    return "\n".join(lines) + "\n"


def curve(*places, **changed):
    """A closed curve as 3D Slicer saves it, by rows and columns."""
    points = [{"position": [c * MM, r * MM, 0.0], "positionStatus": "defined"} for r, c in places]
    markup = {"type": "ClosedCurve", "coordinateSystem": "LPS", "controlPoints": points, **changed}
    return json.dumps({"markups": [markup]})


def scoord(kind, *xy, **attributes):
    return content("SCOORD", image(), GraphicType=kind, GraphicData=list(xy), **attributes)


def drawn(kind, *xy, units="PIXEL"):
    return item(
        GraphicAnnotationUnits=units,
        GraphicDimensions=2,
        NumberOfGraphicPoints=len(xy) // 2,
        GraphicData=list(xy),
        GraphicType=kind,
    )


CORNERS_XY = (10, 20, 15, 20, 15, 27, 10, 27, 10, 20)
"""The same rectangle where whole numbers are corners of pixels, column first, closed."""

# the half pixel of each


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"schema": "spreadscan.loop", "schema_version": 1, "loops": [EDGES]}),
        "loop,row,column\n" + "".join(f"a,{r},{c}\n" for r, c in EDGES),
        "column;row;loop\n" + "".join(f"{c};{r};a\n".replace(".", ",") for r, c in EDGES),
        napari(("polygon", EDGES)),
        napari(("rectangle", EDGES)),
        napari(("rectangle", EDGES[::-1])),
    ],
)
def test_centres_of_pixels_are_whole_numbers_in_texts(read, text):
    np.testing.assert_array_equal(read(text), rectangle())


@pytest.mark.parametrize(
    ("dataset", "sop_class"),
    [
        (report(group(scoord("POLYLINE", *CORNERS_XY))), SR),
        (report(group(scoord("POLYLINE", *CORNERS_XY))), SR_3D),
        (state(annotation([drawn("POLYLINE", *CORNERS_XY)])), STATE),
    ],
)
def test_corners_of_pixels_are_whole_numbers_in_dicom(read_object, dataset, sop_class):
    np.testing.assert_array_equal(read_object(dataset, sop_class), rectangle())


def test_corners_of_pixels_are_whole_numbers_in_areas_of_imagej(read):
    xy = zip(CORNERS_XY[:8:2], CORNERS_XY[1:8:2], strict=True)
    np.testing.assert_array_equal(read(roi(*xy, kind=0)), rectangle())


def test_shares_of_a_displayed_area_are_mapped(read_object):
    xy = [at / (COLUMNS, ROWS)[n % 2] for n, at in enumerate(CORNERS_XY)]
    whole = item(DisplayedAreaTopLeftHandCorner=[1, 1], DisplayedAreaBottomRightHandCorner=[COLUMNS, ROWS])
    found = read_object(
        state(annotation([drawn("POLYLINE", *xy, units="DISPLAY")]), DisplayedAreaSelectionSequence=[whole]),
        STATE,
    )
    np.testing.assert_array_equal(found, rectangle())


def disc(row, column, half_rows, half_columns, turned=0.0):
    rows, columns = np.mgrid[:ROWS, :COLUMNS]
    down, along = rows - row, columns - column
    up = down * np.cos(turned) - along * np.sin(turned)
    across = down * np.sin(turned) + along * np.cos(turned)
    return (up / half_rows) ** 2 + (across / half_columns) ** 2 <= 1


@pytest.mark.parametrize(
    ("dataset", "sop_class"),
    [
        (report(group(scoord("ELLIPSE", 20.25, 25.5, 40.75, 25.5, 30.5, 19.25, 30.5, 31.75))), SR),
        (state(annotation([drawn("ELLIPSE", 30.5, 19.25, 30.5, 31.75, 20.25, 25.5, 40.75, 25.5)])), STATE),
    ],
)
def test_an_ellipse_of_dicom_has_the_axes_that_it_gives(read_object, dataset, sop_class):
    np.testing.assert_array_equal(read_object(dataset, sop_class), disc(25, 30, 6.25, 10.25))


@pytest.mark.parametrize(
    ("dataset", "sop_class"),
    [
        (report(group(scoord("CIRCLE", 30.5, 25.5, 30.5, 33.75))), SR),
        (state(annotation([drawn("CIRCLE", 30.5, 25.5, 22.25, 25.5)])), STATE),
    ],
)
def test_a_circle_of_dicom_has_its_centre_and_a_place_on_it(read_object, dataset, sop_class):
    np.testing.assert_array_equal(read_object(dataset, sop_class), disc(25, 30, 8.25, 8.25))


def test_an_ellipse_of_napari_fills_its_box(read):
    box = ((18.75, 19.75), (18.75, 40.25), (31.25, 40.25), (31.25, 19.75))
    np.testing.assert_array_equal(read(napari(("ellipse", box))), disc(25, 30, 6.25, 10.25))


def test_an_ellipse_of_napari_may_be_turned(read):
    turn, centre = np.deg2rad(30), np.array([25.0, 30.0])
    up = 6.3 * np.array([np.cos(turn), -np.sin(turn)])
    across = 12.1 * np.array([np.sin(turn), np.cos(turn)])
    box = [centre - up - across, centre - up + across, centre + up + across, centre + up - across]
    np.testing.assert_array_equal(read(napari(("ellipse", box))), disc(25, 30, 6.3, 12.1, turn))


# the smooth curve of 3D Slicer

BY_VTK = (
    ((30.319, 45.35), (13.404, 40.311), (20.346, 26.231), (75.036, 28.041), (48.519, 98.074)),
    {3: (25.60422809, 37.16903027), 27: (63.37679455, 17.67294764), 45: (36.80920455, 78.84811364)},
)
"""Control points, and some of the 50 places on the closed vtkCardinalSpline through them of VTK 9.7.2."""


def test_the_smooth_curve_is_that_of_vtk():
    points, places = BY_VTK
    found = smoothed(np.array(points))
    assert found.shape == (50, 2)
    for at, place in places.items():
        assert found[at] == pytest.approx(place, abs=1e-8)


def test_a_curve_of_slicer_bulges_between_its_control_points(read):
    """Through four places at ±8 the curve passes ±0.6875 · 8 = ±5.5 between them, a straight line ±4."""
    found = read(curve((17, 30), (25, 38), (33, 30), (25, 22)))
    assert found[20, 25]
    assert found[30, 35]
    assert not found[19, 24]
    assert not found[31, 36]
    np.testing.assert_array_equal(found[:, 22:39], found[:, 22:39][:, ::-1])


@pytest.mark.parametrize("system", ["LPS", "RAS"])
def test_axes_of_slicer(read, system):
    sign = 1 if system == "LPS" else -1
    places = [(sign * r, sign * c) for r, c in ((17, 30), (25, 38), (33, 30), (25, 22))]
    found = read(curve(*places, coordinateSystem=system))
    np.testing.assert_array_equal(found, read(curve((17, 30), (25, 38), (33, 30), (25, 22))))


def test_a_smooth_curve_may_swing_out_of_the_image(read):
    assert read(curve((0, 0), (0, 59), (49, 59), (49, 0)))[0].all()


# which pixels


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(-1, 39), st.integers(-1, 59)), min_size=3, max_size=12))
def test_what_a_polygon_encloses_is_what_another_program_says(corners):
    """And a centre on a line is inside, which that one does not always say."""
    places = np.array(corners) / 2
    found = enclosed([places], (20, 30))
    centres = np.stack(np.mgrid[:20, :30], axis=-1)
    ends = np.roll(places, -1, axis=0)
    # on a line is what is no further from its ends together than these are from each other
    apart = [np.linalg.norm(centres - place, axis=-1) for place in (*places, *ends)]
    detours = np.array(apart[: len(places)]) + np.array(apart[len(places) :])
    on_line = (detours - np.linalg.norm(ends - places, axis=-1)[:, None, None] < 1e-9).any(axis=0)
    np.testing.assert_array_equal(found, polygon2mask((20, 30), places) & ~on_line | on_line)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(-1, 39), st.integers(-1, 59)), min_size=3, max_size=12))
def test_lines_that_are_worked_on_piece_by_piece_enclose_the_same(corners):
    places, shape = np.array(corners) / 2, (20, 30)
    whole = enclosed([places, places + 0.25], shape)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(inside, "_AT_ONCE", 7)
        np.testing.assert_array_equal(enclosed([places, places + 0.25], shape), whole)


def test_several_outlines_are_joined(read):
    other = [(r + 10, c + 20) for r, c in EDGES]
    both = read(napari(("polygon", EDGES), ("rectangle", other)))
    np.testing.assert_array_equal(both, read(napari(("polygon", EDGES))) | read(napari(("polygon", other))))


def test_vertices_of_napari_are_taken_in_their_order(read):
    head, *lines = napari(("polygon", EDGES)).splitlines()
    np.testing.assert_array_equal(read("\n".join([head, *lines[::-1]])), rectangle())


def test_points_texts_and_rulers_are_left_aside(read_object):
    outline = scoord("POLYLINE", *CORNERS_XY)
    ruler = scoord("POLYLINE", 1, 1, 9, 9)
    np.testing.assert_array_equal(read_object(report(group(point(3, 3), ruler, outline))), rectangle())
    marks = annotation([graphic(3, 3), drawn("POLYLINE", *CORNERS_XY)], [text("contrast", (3, 3))])
    np.testing.assert_array_equal(read_object(state(marks), STATE), rectangle())


def test_annotations_of_other_images_are_left_aside(read_object):
    mine = annotation([drawn("POLYLINE", *CORNERS_XY)], ReferencedImageSequence=references())
    other = annotation([drawn("CIRCLE", 40, 40, 45, 40)], ReferencedImageSequence=references(OTHER_UID))
    np.testing.assert_array_equal(read_object(state(mine, other), STATE), rectangle())


def test_outlines_are_a_mask_too(tmp_path):
    path = tmp_path / "mask"
    path.write_text(napari(("polygon", EDGES)))
    found = read_mask(path, ON)
    np.testing.assert_array_equal(found.sure, rectangle())
    np.testing.assert_array_equal(found.possible, rectangle())
    path.write_text(napari(("path", EDGES)))
    with pytest.raises(CannotRead, match=r"^mask: shape 1: is a path.*\[mask-unreadable\]"):
        read_mask(path, ON)
    path.write_text(napari(("polygon", [(0, 0), (0, 9), (60, 9)])))
    with pytest.raises(CannotRead, match=r"lies at row 60.*\[mask-unreadable\]"):
        read_mask(path, ON)


# frames and images


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (napari(("polygon", [(2, r, c) for r, c in EDGES]), axes=3), "shape 1"),
        (
            json.dumps(
                {"schema": "spreadscan.loop", "schema_version": 1, "image": {"frame": 3}, "loops": [EDGES]}
            ),
            "loop 1",
        ),
    ],
)
def test_outlines_of_a_frame_need_that_frame(read, text, field):
    np.testing.assert_array_equal(read(text, ON._replace(frame=3)), rectangle())
    for frame in (None, 2):
        with pytest.raises(CannotRead, match=rf"{field}: was drawn on frame 3.*pass --frame 3"):
            read(text, ON._replace(frame=frame))


def test_outlines_of_dicom_need_their_frame_and_image(read_object):
    drawn_on_3 = content("SCOORD", image(frames=3), GraphicType="POLYLINE", GraphicData=list(CORNERS_XY))
    np.testing.assert_array_equal(
        read_object(report(group(drawn_on_3)), on=ON._replace(frame=3)), rectangle()
    )
    with pytest.raises(CannotRead, match=r"was drawn on frame 3.*\[loop-unreadable\]"):
        read_object(report(group(drawn_on_3)))
    elsewhere = content("SCOORD", image(OTHER_UID), GraphicType="POLYLINE", GraphicData=list(CORNERS_XY))
    with pytest.raises(CannotRead, match=r"content item 1\.1\.1\.1: was drawn on another image"):
        read_object(report(group(elsewhere)))
    there = annotation([drawn("POLYLINE", *CORNERS_XY)], ReferencedImageSequence=references(OTHER_UID))
    with pytest.raises(CannotRead, match=r"puts no annotation on this image.*\[loop-unreadable\]"):
        read_object(state(there), STATE)


# refused


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("loop,row\na,1\n", "line 1: has no column column"),
        ("loop,row,column,row\na,1,2,3\n", "line 1: names the column row twice"),
        ("loop,row,column\na,1\n", "line 2: has 2 cells, the header 3"),
        ("loop,row,column\na,1,x\n", "line 2: holds a cell that is not a finite number"),
        ("loop,row,column\na,1,nan\n", "line 2: holds a cell that is not a finite number"),
        ("loop,row,column\na,1_0,2\n", "line 2: holds a cell that is not a finite number"),
        ("loop,row,column\n", "holds 0 outlines"),
        ('loop,row,column\n"', "is not a table"),
        (napari(("line", EDGES[:2])), "shape 1: is a line, which encloses nothing; draw a polygon"),
        (napari(("path", EDGES)), "shape 1: is a path, which encloses nothing"),
        (napari(("blob", EDGES)), "shape 1: is of an unknown type"),
        (napari(("ellipse", EDGES[:3])), "shape 1: has 3 corners, not the 4 of its box"),
        (napari(("polygon", EDGES[:2])), "shape 1: is not a list of at least three points"),
        (napari(("polygon", EDGES)).replace("0,polygon,2", "0,polygon,1"), "missing, doubled or of several"),
        (napari(("polygon", EDGES)).replace("0,polygon,2", "0,ellipse,2"), "missing, doubled or of several"),
        (napari(("polygon", EDGES)).replace("0,polygon,3", "0,polygon,5"), "missing, doubled or of several"),
        (napari(("polygon", [(n, *place) for n, place in enumerate(EDGES)]), axes=3), "several frames"),
        (napari(("polygon", [(0.5, *place) for place in EDGES]), axes=3), "axis-0: is no frame"),
        (napari(("polygon", [(0, 0, *place) for place in EDGES]), axes=4), "line 1: has 4 axes"),
        ("index,vertex-index,axis-0,axis-1\n0,0,1,2\n", "has no column loop or row or column"),
        (curve(*EDGES, type="Curve"), "markup 1, type: is not a closed curve of 3D Slicer; draw the outline"),
        (curve(*EDGES, type="Fiducial"), "is not a closed curve"),
        (curve(*EDGES, coordinateSystem="XYZ"), "coordinateSystem: is neither LPS nor RAS"),
        (curve(*EDGES, coordinateUnits="um"), "coordinateUnits: is not mm"),
        (curve(*EDGES, controlPoints=[{"position": [1, 2]}]), "control point 1: has no position"),
        (curve(*EDGES[:2]), "markup 1: is not a list of at least three points"),
        ('{"markups": []}', "holds 0 outlines"),
        ('{"markups": [7]}', "markup 1, type: is not a closed curve"),
        ("{", "is neither a table nor valid JSON"),
        ('{"schema": "spreadscan.loop", "schema_version": 1, "image": 3, "loops": [[[1, 2]]]}', "no frame"),
        ("loop,row,column\n" + "a,1,2\n" * (MOST_CORNERS + 1), "50001 corners, not 1 to 1000 outlines"),
        (
            "loop,row,column\n" + "".join(f"{n},1,2\n" for n in range(MOST_OUTLINES + 1)),
            "holds 1001 outlines",
        ),
    ],
)
def test_texts_that_hold_no_outline(read, text, match):
    with pytest.raises(CannotRead, match=rf"^loop: .*{match}.*\[loop-unreadable\]"):
        read(text)


def test_slicer_needs_its_spacing(read):
    with pytest.raises(CannotRead, match=r"millimetres of 3D Slicer.*--slicer-mm-per-px \[loop-unreadable\]"):
        read(curve(*EDGES), ON._replace(slicer_mm_per_px=None))


@pytest.mark.parametrize(
    ("dataset", "sop_class", "match"),
    [
        (
            report(group(scoord("POLYLINE", 1, 1, 9, 1, 9, 9))),
            SR,
            "is a line that does not close; close every",
        ),
        (report(group(scoord("POLYLINE", 1, 1, 9))), SR, "is not a list of pairs"),
        (report(group(scoord("CIRCLE", 1, 1))), SR, "is a graphic with another number of points"),
        (report(group(scoord("ELLIPSE", 1, 1, 9, 9))), SR, "is a graphic with another number of points"),
        (report(group(scoord("POLYGON", *CORNERS_XY))), SR, "is a graphic whose course is not known"),
        (report(group(point(3, 3))), SR, "holds no closed outline on this image"),
        (
            report(group(content("SCOORD3D", GraphicType="POLYGON", GraphicData=[1, 2, 3]))),
            SR_3D,
            "is an outline in space",
        ),
        (
            report(group(scoord("POLYLINE", *CORNERS_XY, PixelOriginInterpretation="VOLUME"))),
            SR,
            "is not FRAME",
        ),
        (
            report(group(content("SCOORD", GraphicType="CIRCLE", GraphicData=[20, 20, 25, 20]))),
            SR,
            "does not name the one image",
        ),
        (state(annotation([drawn("INTERPOLATED", *CORNERS_XY)])), STATE, "whose course is not known"),
        (state(annotation([drawn("POLYLINE", *CORNERS_XY, units="MATRIX")])), STATE, "cannot be mapped"),
        (state(annotation([graphic(3, 3)])), STATE, "holds no closed outline on this image"),
        (state(), STATE, "holds no closed outline on this image"),
        (state(), SEGMENTATION, "neither a structured report nor a presentation state"),
    ],
)
def test_objects_that_hold_no_outline(read_object, dataset, sop_class, match):
    with pytest.raises(CannotRead, match=rf"^loop: .*{match}.*\[loop-unreadable\]") as error:
        read_object(dataset, sop_class)
    assert "ecret" not in str(error.value), "a message names no patient"
    assert IMAGE_UID not in str(error.value)


VALID = (curve(*EDGES), napari(("ellipse", EDGES)), "loop,row,column\n1,3,4\n1,3,9\n1,9,4\n")


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_the_bytes_they_are_understood_or_refused(tmp_path, data):
    content = bytearray(data.draw(st.sampled_from(VALID)).encode())
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "loop"
    path.write_bytes(bytes(content[: data.draw(st.integers(0, len(content)))]))
    with contextlib.suppress(CannotRead):
        assert read_loop(path, ON).shape == (ROWS, COLUMNS)
