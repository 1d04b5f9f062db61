"""Landmarks come in as a person marked them, or are refused with what is wrong."""

import json

import pytest

from spreadscan.errors import CannotRead
from spreadscan.marks.file import DrawnOn
from spreadscan.marks.landmarks import read_landmarks
from spreadscan.marks.point import named
from spreadscan.read.identity import image_key

ROWS, COLUMNS = 500, 400
SPINE = {
    ("L3", "left"): (100, 150),
    ("L3", "right"): (101, 250),
    ("L4", "left"): (200, 145),
    ("L4", "right"): (202, 255),
    ("L5", "left"): (300, 140),
    ("L5", "right"): (303, 260),
}


def points(**changed):
    spine = {**SPINE, **{tuple(key.split("_")): place for key, place in changed.items()}}
    return [
        {"level": level, "side": side, "kind": "sap_tp_junction", "row": place[0], "column": place[1]}
        for (level, side), place in spine.items()
        if place
    ]


def own(found, **other):
    return json.dumps({"schema": "spreadscan.landmarks", "schema_version": 1, "points": found, **other})


@pytest.fixture
def read(tmp_path):
    def read_text(text, name="landmarks.json", encoding="utf-8", **rest):
        (tmp_path / name).write_text(text, encoding=encoding)
        return read_landmarks(tmp_path / name, DrawnOn(ROWS, COLUMNS, **rest))

    return read_text


def places(landmarks):
    return {key: (p.row, p.column) for key, p in landmarks.junctions().items()}


# our own file


def test_own_file(read):
    found = read(own(points()))
    assert found.origin == "given"
    assert places(found) == SPINE
    assert all(point.kind == "sap_tp_junction" and point.sd_px is None for point in found.points)


def test_kind_and_sd_are_optional(read):
    (point,) = read(own([{"level": "L4", "side": "left", "row": 10, "column": 20.5, "sd_px": 1.5}])).points
    assert (point.kind, point.row, point.column, point.sd_px) == ("sap_tp_junction", 10, 20.5, 1.5)


@pytest.mark.parametrize(
    ("side", "expected"),
    [
        ("left", "left"),
        ("L", "left"),
        (" Right ", "right"),
        ("r", "right"),
        ("image left", "image left"),
        ("Image-Right", "image right"),
        ("image_left", "image left"),
    ],
)
def test_sides_in_any_spelling(read, side, expected):
    assert read(own([{"level": "l4", "side": side, "row": 1, "column": 2}])).points[0].side == expected


def test_other_kinds_are_carried_through(read):
    tip = {"level": "L4", "side": "left", "kind": "tp_tip", "row": 1, "column": 2}
    found = read(own([*points(), tip]))
    assert len(found.points) == 7
    assert len(found.junctions()) == 6


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"level": "L6"}, "point 1, level: is none of L1, L2"),
        ({"level": 4}, "point 1, level"),
        ({"side": "up"}, "point 1, side"),
        ({"side": None}, "point 1, side"),
        ({"kind": "Weird kind!"}, "point 1, kind"),
        ({"kind": 3}, "point 1, kind"),
        ({"row": None}, "point 1, row: is missing"),
        ({"row": "x"}, "point 1, row: is not a number"),
        ({"row": "1_0"}, "point 1, row: is not a number"),
        ({"row": True}, "point 1, row: is not a number"),
        ({"row": [1]}, "point 1, row: is not a number"),
        ({"column": 1e999}, "is not valid JSON"),
        ({"sd_px": 0}, "point 1, sd_px: is not positive"),
        ({"sd_px": -1}, "point 1, sd_px: is not positive"),
    ],
)
def test_points_that_are_none(read, change, match):
    wrong = {"level": "L4", "side": "left", "row": 1, "column": 2, **change}
    with pytest.raises(CannotRead, match=rf"^landmarks.json: .*{match}.*\[landmarks-unreadable\]"):
        read(own([wrong, *points()[:2]]))


def test_all_complaints_come_in_one_refusal(read):
    with pytest.raises(CannotRead, match=r"point 1, level.*also point 1, row.*also point 2, side"):
        read(own([{"level": "X", "side": "L", "column": 1}, {"level": "L4", "row": 1, "column": 1}]))


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("{", "not valid JSON"),
        ("{}", "schema: is neither"),
        ("[]", "schema: is neither"),
        ('{"schema": "other", "points": []}', "schema: is neither"),
        (own([], schema_version=2), "schema_version: is not 1"),
        (own([], schema_version=True), "schema_version: is not 1"),
        (own({}), "points: is not a list"),
        (own([1]), "points: is not a list"),
        (own([]), "no landmark of the kind sap_tp_junction"),
        (
            own([{"level": "L4", "side": "L", "kind": "tip", "row": 1, "column": 1}]),
            "no landmark of the kind",
        ),
        ('{"schema": "spreadscan.landmarks", "schema_version": 1, "points": NaN}', "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ('{"schema": ' + "9" * 5000 + "}", "not valid JSON"),
        (own(points() * 40), "240 points, more than 200"),
        (" " * (2**20 + 1), "larger than 1 MiB"),
        ("", "line 1: has no column level or side or row or column"),
    ],
)
def test_files_that_are_none(read, text, match):
    with pytest.raises(CannotRead, match=rf"{match}.*\[landmarks-unreadable\]"):
        read(text)


def test_not_a_text(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00level")
    with pytest.raises(CannotRead, match="not a text in UTF-8"):
        read_landmarks(tmp_path / "a.csv", DrawnOn(ROWS, COLUMNS))


def test_missing(tmp_path):
    with pytest.raises(CannotRead, match=r"does not exist.*\[input-missing\]"):
        read_landmarks(tmp_path / "a.json", DrawnOn(ROWS, COLUMNS))
    with pytest.raises(CannotRead, match=r"is not a file.*\[input-missing\]"):
        read_landmarks(tmp_path, DrawnOn(ROWS, COLUMNS))


# what the points say together


@pytest.mark.parametrize(
    ("place", "inside"),
    [((-0.5, 0), True), ((-0.6, 0), False), ((499.5, 399.5), True), ((499.6, 0), False), ((0, 400), False)],
)
def test_the_image_ends_half_a_pixel_beyond_its_last_centre(read, place, inside):
    text = own([{"level": "L4", "side": "left", "row": place[0], "column": place[1]}])
    if inside:
        assert read(text).points
    else:
        with pytest.raises(CannotRead, match=r"L4 left: lies at row .* of 500 rows.*\[landmarks-outside\]"):
            read(text)


def test_twice(read):
    with pytest.raises(CannotRead, match=r"L3 left: is there twice.*\[landmarks-unreadable\]"):
        read(own([*points(), points()[0]]))


def test_sides_of_patient_and_image_do_not_mix(read):
    extra = {"level": "L2", "side": "image left", "row": 10, "column": 150}
    with pytest.raises(CannotRead, match="mixes sides"):
        read(own([*points(), extra]))


@pytest.mark.parametrize("mirrored", [False, True])
def test_either_display_is_fine(read, mirrored):
    found = {key: (r, COLUMNS - c if mirrored else c) for key, (r, c) in SPINE.items()}
    text = own([{"level": a, "side": b, "row": r, "column": c} for (a, b), (r, c) in found.items()])
    assert places(read(text)) == found


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_any_turn_of_the_image_is_fine(read, turns):
    turned = {}
    for key, (r, c) in SPINE.items():
        turned[key] = [(r, c), (c, 350 - r), (350 - r, 390 - c), (390 - c, r)][turns]
    text = own([{"level": a, "side": b, "row": r, "column": c} for (a, b), (r, c) in turned.items()])
    assert places(read(text)) == turned


def test_one_level_the_other_way_round(read):
    text = own(points(L4_left=(202, 255), L4_right=(200, 145)))
    with pytest.raises(CannotRead, match=r"left and right the other way round.*\[landmarks-mirrored\]"):
        read(text)


def test_image_sides_against_the_image(read):
    text = own(
        [
            {"level": "L4", "side": f"image {s}", "row": 9, "column": c}
            for s, c in (("left", 90), ("right", 9))
        ]
    )
    with pytest.raises(CannotRead, match=r"L4: has its image-left junction.*\[landmarks-mirrored\]"):
        read(text)


def test_levels_out_of_order(read):
    text = own(points(L4_left=(301, 140), L4_right=(304, 260), L5_left=(200, 145), L5_right=(202, 255)))
    with pytest.raises(CannotRead, match=r"\[landmarks-implausible\]"):
        read(text)


def test_sides_that_run_against_each_other(read):
    text = own(points(L3_right=None, L5_left=None, L5_right=(100, 260)))
    with pytest.raises(CannotRead, match=r"runs against.*\[landmarks-implausible\]"):
        read(text)


def test_two_junctions_in_one_place(read):
    text = own(points(L4_right=(200, 145.5)))
    with pytest.raises(CannotRead, match=r"L4 left: coincides with L4 right.*\[landmarks-implausible\]"):
        read(text)


def test_a_single_junction_is_enough(read):
    assert len(read(own(points()[:1])).points) == 1


# tables


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("columns", [("row", "column"), ("row_px", "col_px"), ("ROW", " Col ")])
def test_table(read, separator, encoding, columns):
    lines = [("Level", "side", *columns), *((a, b, str(r), str(c)) for (a, b), (r, c) in SPINE.items()), ()]
    text = "\r\n".join(separator.join(line) for line in lines)
    assert places(read(text, "a.csv", encoding)) == SPINE


def test_table_with_more_columns(read):
    text = "reader,kind,level,side,row,column,sd_px\nA,sap_tp_junction,L4,L,10.5,20,2\nB,,L4,R,11,30,\n"
    left, right = read(text, "a.csv").points
    assert (left.row, left.column, left.sd_px) == (10.5, 20, 2)
    assert (right.kind, right.sd_px) == ("sap_tp_junction", None)


def test_table_of_names(read):
    text = "sop_uid,frame,landmark,row_px,col_px\n1.2,1,L4-R,10,20\n1.2,1,L4 left,11,40\n"
    assert places(read(text, "a.csv")) == {("L4", "right"): (10, 20), ("L4", "left"): (11, 40)}


def test_decimal_comma_beside_a_semicolon(read):
    assert places(read("level;side;row;column\nL4;L;10,5;20,25\n", "a.csv")) == {
        ("L4", "left"): (10.5, 20.25)
    }


def test_quoted_cells(read):
    assert places(read('"level","side","row","column"\n"L4","L","1","2"\n', "a.csv")) == {
        ("L4", "left"): (1, 2)
    }


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("level,side,row\nL4,L,1\n", "line 1: has no column column"),
        ("level,side,row,column,col_px\nL4,L,1,2,3\n", "names the column column twice"),
        ("level,side,row,column\nL4,L,1\n", "line 2: has 3 cells, the header 4"),
        ("level,side,row,column\n\nL4,L,x,1\n", "line 3, row: is not a number"),
        ("level,side,row,column\nL4,L,nan,1\n", "line 2, row: is not a finite number"),
        ("level,side,row,column\nL4,L,inf,1\n", "line 2, row: is not a finite number"),
        ("level,side,row,column\n", "holds no landmark"),
        ('level,side,row,column\n"L4,L,1,2\n', "is not a table"),
        ("landmark,row,column\nfoo,1,2\n", "line 2, level.*line 2, side"),
    ],
)
def test_tables_that_are_none(read, text, match):
    with pytest.raises(CannotRead, match=rf"{match}.*\[landmarks-unreadable\]"):
        read(text, "a.csv")


# 3D Slicer


def slicer(system, found, **other):
    control = [
        {"id": str(n), "label": label, "position": position, "positionStatus": "defined"}
        for n, (label, position) in enumerate(found.items(), 1)
    ]
    markup = {"type": "Fiducial", "coordinateSystem": system, "controlPoints": control, **other}
    return json.dumps({"@schema": "https://…/markups-schema-v1.0.3.json#", "markups": [markup]})


def test_slicer_in_lps_counts_along_columns_then_rows(read):
    text = slicer("LPS", {"L4-R": [60.0, 30.0, 0.0], "L4-L": [20.0, 31.0, 5.0]}, coordinateUnits="mm")
    expected = {("L4", "right"): (30, 60), ("L4", "left"): (31, 20)}
    assert places(read(text, "a.mrk.json", slicer_mm_per_px=1.0)) == expected
    expected = {("L4", "right"): (60, 120), ("L4", "left"): (62, 40)}
    assert places(read(text, "a.mrk.json", slicer_mm_per_px=0.5)) == expected


@pytest.mark.parametrize("system", ["RAS", 0])
def test_slicer_in_ras_runs_backwards(read, system):
    text = slicer(system, {"L4 right": [-60.0, -30.0, 0.0]})
    assert places(read(text, slicer_mm_per_px=1.0)) == {("L4", "right"): (30, 60)}


def test_slicer_without_a_spacing_is_refused(read):
    with pytest.raises(
        CannotRead,
        match=r"not known.*or give Slicer's spacing with --slicer-mm-per-px \[landmarks-unreadable\]",
    ):
        read(slicer("LPS", {"L4-R": [60.0, 30.0, 0.0]}))


def test_points_that_slicer_has_not_placed_are_left_out(read):
    content = json.loads(slicer("LPS", {"L4-R": [60.0, 30.0, 0.0], "L4-L": [0.0, 0.0, 0.0]}))
    content["markups"][0]["controlPoints"][1]["positionStatus"] = "undefined"
    assert list(places(read(json.dumps(content), slicer_mm_per_px=1.0))) == [("L4", "right")]


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (slicer("XYZ", {"L4-R": [1, 2, 3]}), "coordinateSystem: is neither LPS nor RAS"),
        (slicer(True, {"L4-R": [1, 2, 3]}), "coordinateSystem"),
        (slicer(["LPS"], {"L4-R": [1, 2, 3]}), "coordinateSystem"),
        (slicer("LPS", {"L4-R": [1, 2, 3]}, coordinateUnits="px"), "coordinateUnits: is not mm"),
        (slicer("LPS", {"L4-R": [1, 2]}), "control point 1: has no position"),
        (slicer("LPS", {"L4-R": [1, "2", 3]}), "control point 1: has no position"),
        (slicer("LPS", {"L4-R": [1, 1e300, 3]}), "control point 1: has no position"),
        (slicer("LPS", {"F-1": [1, 2, 3]}), "control point 1, level"),
        (slicer("LPS", {"L4": [1, 2, 3]}), "control point 1, side"),
        (slicer("LPS", {"L4 L5 left": [1, 2, 3]}), "control point 1, level"),
        ('{"markups": [1]}', "markups: is not a markup"),
        ('{"markups": [{"coordinateSystem": "LPS", "controlPoints": [1]}]}', "control point 1"),
    ],
)
def test_markups_that_are_none(read, text, match):
    with pytest.raises(CannotRead, match=rf"{match}.*\[landmarks-unreadable\]"):
        read(text, slicer_mm_per_px=1.0)


@pytest.mark.parametrize("spacing", [0, -1, float("nan"), float("inf")])
def test_impossible_spacing(read, spacing):
    with pytest.raises(CannotRead, match="slicer_mm_per_px"):
        read(slicer("LPS", {"L4-R": [1, 2, 3]}), slicer_mm_per_px=spacing)


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("L4-R", ("L4", "r", "sap_tp_junction")),
        ("l4 left", ("L4", "left", "sap_tp_junction")),
        ("L4_junction_right", ("L4", "right", "sap_tp_junction")),
        ("R L5", ("L5", "r", "sap_tp_junction")),
        ("L3R", ("L3", "r", "sap_tp_junction")),
        ("S1 SAP-TP left", ("S1", "left", "sap_tp_junction")),
        ("L4 image left", ("L4", "image left", "sap_tp_junction")),
        ("L4-L-TP-tip", ("L4", "l", "tp_tip")),
        ("L4 L R", ("L4", None, "sap_tp_junction")),
        ("F-1", (None, None, "f_1")),
        ("", (None, None, "sap_tp_junction")),
        ("L4-R:tp_tip", ("L4", "r", "tp_tip")),
        ("S1-image left:left_l4_2b", ("S1", "image left", "left_l4_2b")),
        ("L4-R: TP tip", ("L4", "r", "tp_tip")),
        ("L4-R:Weird-kind", ("L4", "r", "weird_kind")),
    ],
)
def test_labels(label, expected):
    assert named(label) == expected


# napari


@pytest.mark.parametrize("index", [True, False])
def test_napari_counts_rows_then_columns(read, index):
    lines = ["axis-0,axis-1,label", "30.5,60.25,L4-R", "31,20,L4 left"]
    text = "\n".join(f"{n - 1 if n else 'index'},{line}" if index else line for n, line in enumerate(lines))
    found = read(text, "Points.csv")
    assert places(found) == {("L4", "right"): (30.5, 60.25), ("L4", "left"): (31, 20)}
    assert (found.made_by, found.frames) == ("napari points", ())


def test_napari_of_a_run_counts_frames_from_0_first(read):
    text = "index,axis-0,axis-1,axis-2,level,side,kind,sd_px,confidence,column,frame\n"
    text += "0.0,11.0,30,60,L4,R,,1.5,0.9,7,x\n1.0,12.000000000000002e0,31,20,L4,L,,,,,\n"
    with pytest.raises(CannotRead, match=r"different frames.*\[landmarks-elsewhere\]"):
        read(text, "a.csv")
    found = read(text.replace("1.0,12.000000000000002e0", "1.0,11.000000000000002"), "a.csv")
    assert found.frames == (12,)
    assert places(found) == {("L4", "right"): (30, 60), ("L4", "left"): (31, 20)}
    assert [point.sd_px for point in found.points] == [1.5, None]


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("axis-0,axis-1\n1,2\n", "line 1: has no column level or side"),
        ("axis-0,label\n1,L4-L\n", "has 1 axes, where row and column belong"),
        ("axis-0,axis-1,axis-2,axis-3,label\n1,2,3,4,L4-L\n", "has 4 axes"),
        ("axis-1,axis-2,label\n1,2,L4-L\n", "has no column row"),
        ("axis-0,axis-0,label\n1,2,L4-L\n", "names the column row twice"),
        ("axis-0,axis-x,label\n1,2,L4-L\n", "has no column column"),
        ("axis-0,axis-1,axis-2,label\n1.5,2,3,L4-L\n", "line 2, axis-0: is no frame: the points had a scale"),
        ("axis-0,axis-1,axis-2,label\n-1,2,3,L4-L\n", "line 2, axis-0: is no frame"),
        ("axis-0,axis-1,axis-2,label\nnan,2,3,L4-L\n", "line 2, axis-0: is no frame"),
        ("axis-0,axis-1,axis-2,label\ninf,2,3,L4-L\n", "line 2, axis-0: is no frame"),
        ("axis-0,axis-1,axis-2,label\nx,2,3,L4-L\n", "line 2, axis-0: is no frame"),
        ("axis-0,axis-1,label\nnan,2,L4-L\n", "line 2, row: is not a finite number"),
        ("axis-0,axis-1,label\n1,2,here\n", "line 2, level"),
    ],
)
def test_points_of_napari_that_are_none(read, text, match):
    with pytest.raises(CannotRead, match=rf"{match}.*\[landmarks-unreadable\]"):
        read(text, "a.csv")


def test_a_scale_in_napari_is_told_what_to_do_about(read):
    with pytest.raises(CannotRead, match="set the scale of image and points to 1 in napari"):
        read("axis-0,axis-1,axis-2,label\n1.5,2,3,L4-L\n", "a.csv")


# which image and frame


def test_own_file_may_name_image_and_frame(read):
    assert read(own(points(), image={"key": "0" * 16, "frame": 12})).frames == (12,)
    assert read(own(points(), image={"key": "a1"}), image_key="a1").frames == ()
    with pytest.raises(CannotRead, match=r"point 1: was marked on another image.*\[landmarks-elsewhere\]"):
        read(own(points(), image={"key": "a1"}), image_key="b2")
    with pytest.raises(CannotRead, match=r"another image.*\[landmarks-elsewhere\]"):
        read(own(points(), image={"key": "a1"}), image_key="")  # an image without a UID is no known one


@pytest.mark.parametrize(
    ("image", "match"),
    [
        ([], "image: does not say which"),
        ({"key": 3}, "image: does not say which"),
        ({"frame": 0}, "image, frame: is no frame"),
        ({"frame": 1.5}, "image, frame: is no frame"),
        ({"frame": True}, "image, frame: is no frame"),
        ({"frame": []}, "image, frame: is no frame"),
        ({"frame": "x"}, "image, frame: is no frame"),
    ],
)
def test_images_that_are_none(read, image, match):
    with pytest.raises(CannotRead, match=rf"{match}.*\[landmarks-unreadable\]"):
        read(own(points(), image=image))


def test_a_table_may_name_image_and_frame(read):
    text = "sop_uid,frame,landmark,row,column\n1.2,3,L4-R,10,20\n"
    assert read(text, "a.csv", image_key=image_key("1.2")).frames == (3,)
    with pytest.raises(CannotRead, match=r"line 2: was marked on another image.*\[landmarks-elsewhere\]"):
        read(text, "a.csv", image_key=image_key("1.3"))
    with pytest.raises(CannotRead, match=r"line 2, frame: is no frame.*\[landmarks-unreadable\]"):
        read(text.replace(",3,", ",last,"), "a.csv")


def test_an_image_key_tells_nothing_of_the_uid():
    assert len(image_key("1.2.3")) == 16
    assert image_key("1.2.3") != image_key("1.2.4")
    assert image_key("") == ""
