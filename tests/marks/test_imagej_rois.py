"""Points of ImageJ, byte by byte: what it wrote itself, what is made by hand, and what is hostile."""

import contextlib
import io
import math
import struct
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spreadscan.errors import CannotRead
from spreadscan.marks.file import DrawnOn
from spreadscan.marks.landmarks import read_landmarks

ROWS, COLUMNS = 300, 400
BY_IMAGEJ = {
    # makePoint(10, 20) and makePoint(10.25, 20.75), named and saved by ImageJ 1.53t
    "whole":
    "496f757400e40a000014000a0015000b0001000000000000000000000000000000000001000000000000000000000000"
    "0000008000000000000000000000004c000000004120000041a00000000000000000000000000000000000000000008c"
    "0000000400000000000000000000000000000000000000000000000000000094000000000000000000000000004c0034"
    "002d005200000000",
    "fraction":
    "496f757400e40a000015000a0016000b0001000000000000000000000000000000000001000000000000000000000000"
    "0000008000000000000000000000004c000000004124000041a60000000000000000000000000000000000000000008c"
    "0000000400000000000000000000000000000000000000000000000000000094000000000000000000000000004c0034"
    "002d004c00000000",
    # makeSelection("points", newArray(10.5, 30, 40.25), newArray(20.5, 31, 41.75))
    "multi":
    "496f757400e40a000015000b002a0029000300000000000000000000000000000000000100000000ffffff0000000000"
    "0000008000000000000000000000006400000014001e0000000b00154128000041f000004221000041a4000041f80000"
    "4227000000000000000000000000000000000000000000a4000000100000000000000000000000000000000000000000"
    "00000000000000c4000000000000000000000000004c0033002d004c002c0020004c0033002d0052002c0020004c0034"
    "002d004c000000000000000000000000",
}  # fmt: skip


def whole(number):
    return int(number) % 2**15 if math.isfinite(number) else 0


def roi(*places, name="L4-R", kind=10, version=228, exact=True, position=0, counters=None, time=0, top=0):
    """A ROI made by hand, (x, y) for each place, as ImageJ's RoiEncoder.java lays it out."""
    n = len(places)
    header = struct.pack(">4shBxhhhhH", b"Iout", version, kind, top, 0, 0, 0, n).ljust(50, b"\0")
    second = 64 + (12 if exact else 4) * n
    header += struct.pack(">H4xii", 128 if exact else 0, position, second)
    xs, ys = zip(*places, strict=True)
    coordinates = struct.pack(f">{2 * n}h", *(whole(v) for v in (*xs, *(y - top for y in ys))))
    coordinates += struct.pack(f">{2 * n}f", *xs, *ys) if exact else b""
    text = name.encode("utf-16-be")
    counters_at = second + 64 + len(text) if counters is not None else 0
    second_header = struct.pack(">4xiiiii", 0, 0, time, second + 64, len(name)).ljust(48, b"\0")
    second_header += struct.pack(">i", counters_at).ljust(16, b"\0")
    packed = struct.pack(f">{n}I", *counters) if counters is not None else b""
    return header + coordinates + second_header + text + packed


def zipped(**members):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in members.items():
            archive.writestr(f"{name}.roi", member)
    return content.getvalue()


@pytest.fixture
def read(tmp_path):
    def read_bytes(content, name="points.roi"):
        (tmp_path / name).write_bytes(content)
        return read_landmarks(tmp_path / name, DrawnOn(ROWS, COLUMNS))

    return read_bytes


def places(landmarks):
    return {point.label: (point.row, point.column) for point in landmarks.points}


# what ImageJ itself wrote


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("whole", {"L4-R": (20, 10)}),
        ("fraction", {"L4-L": (20.75, 10.25)}),
        ("multi", {"L3-L": (20.5, 10.5), "L3-R": (31, 30), "L4-L": (41.75, 40.25)}),
    ],
)
def test_what_imagej_wrote(read, name, expected):
    """Pixel (10, 20) is what ImageJ reads at the first point: whole numbers are pixel centres."""
    found = read(bytes.fromhex(BY_IMAGEJ[name]))
    assert places(found) == expected
    assert found.made_by == "ImageJ, one ROI"
    assert found.frames == ()


# made by hand


def test_a_file_without_exact_places_counts_from_its_box(read):
    assert places(read(roi((10, 120), exact=False, top=100))) == {"L4-R": (120, 10)}


def test_exact_places_of_before_they_were_known_are_not_taken(read):
    content = roi((10.75, 20.75), version=221)
    assert places(read(content)) == {"L4-R": (20, 10)}


def test_a_set_is_named_by_rois_and_where_they_have_no_name_by_members(read):
    content = zipped(a=roi((10, 20)), **{"folder/L4-L": roi((90, 21), name="")})
    found = read(content, "RoiSet.zip")
    assert places(found) == {"L4-R": (20, 10), "L4-L": (21, 90)}
    assert found.made_by == "ImageJ, a set of ROIs"


def test_the_name_of_the_file_does_not_matter(read):
    assert places(read(zipped(a=roi((10, 20))), "landmarks.json")) == {"L4-R": (20, 10)}


def test_counters_choose_from_the_list_of_labels(read):
    content = roi((10, 20), (30, 21), (50, 90), name="L3-L, L3-R; L4-R", counters=(2, 0, 1))
    assert places(read(content)) == {"L4-R": (20, 10), "L3-L": (21, 30), "L3-R": (90, 50)}


def test_positions_are_frames(read):
    assert read(roi((10, 20), position=7)).frames == (7,)
    assert read(roi((10, 20), time=4)).frames == (4,)
    packed = (3 << 8, 3 << 8)
    assert read(roi((10, 20), (60, 21), name="L4-L,L4-R", counters=packed)).frames == (3,)


def test_points_of_different_frames_are_refused(read):
    packed = (3 << 8, 4 << 8)
    with pytest.raises(CannotRead, match=r"different frames.*\[landmarks-elsewhere\]"):
        read(roi((10, 20), (60, 21), name="L4-L,L4-R", counters=packed))
    with pytest.raises(CannotRead, match=r"different frames.*\[landmarks-elsewhere\]"):
        read(zipped(a=roi((10, 20), position=1), b=roi((90, 20), name="L4-L", position=2)))


# hostile


def changed(content, at, new):
    return content[:at] + new + content[at + len(new) :]


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (roi((10, 20))[:63], "ROI: is no ROI of ImageJ, or ends early"),
        (roi((10, 20))[:70], "ROI: ends within its points"),
        (roi((10, 20))[:90], "ROI: ends within its second header"),
        (roi((10, 20))[:-1], "ROI: ends within its name"),
        (roi((10, 20), (3, 4), name="a,b", counters=(0, 1))[:-1], "ROI: ends within its counters"),
        (roi((10, 20), kind=1), "ROI: is a rectangle, where a point belongs"),
        (roi((10, 20), kind=3), "ROI: is a line, where a point belongs"),
        (roi((10, 20), kind=99), "ROI: is a selection of an unknown kind"),
        (roi((10, 20), version=200), "ROI: is of version 200, before 217"),
        (changed(roi((10, 20)), 16, b"\0\0"), "holds 0 points, not 1 to 200"),
        (changed(roi((10, 20)), 16, b"\xff\xff"), "holds 65535 points, not 1 to 200"),
        (changed(roi((10, 20)), 60, b"\x7f\xff\xff\xff"), "ends within its second header"),
        (changed(roi((10, 20)), 60, b"\xff\xff\xff\xff"), "ends within its second header"),
        (changed(roi((10, 20)), 76 + 20, b"\x7f\xff\xff\xff"), "ends within its name"),
        (changed(roi((10, 20)), 76 + 4, b"\0\0\0\x02"), "a position in more than the frames"),
        (changed(changed(roi((10, 20)), 84, b"\0\0\0\2"), 88, b"\0\0\0\2"), "in more than the frames"),
        (roi((float("nan"), 20)), "ROI, column: is not a finite number"),
        (roi((10, float("inf"))), "ROI, row: is not a finite number"),
        (roi((10, 20), name="here"), "ROI, level.*also ROI, side"),
        (roi((10, 20), (90, 21), name="L4-L"), "has 2 points and a name that lists 1 labels; name the"),
        (roi((1, 2), (90, 2), name="L4-L,L4-R", counters=(0, 5)), "has 6 counters and a name that lists 2"),
        (zipped(a=b"Iout"), "ROI 1: is no ROI of ImageJ"),
        (zipped(a=roi((10, 20)), b=roi((90, 20))), "L4 right: is there twice"),
        (zipped(a=bytes(2**18 + 1)), "file 1 of the archive: is larger than 256 KiB"),
        (zipped(**{str(n): b"" for n in range(201)}), "holds 201 files, more than 200"),
        (zipped(a=roi((10, 20)))[:-30], "is a damaged zip archive"),
        (b"PK\x03\x04" + bytes(100), "is a damaged zip archive"),
        (zipped(), "holds no landmark of the kind sap_tp_junction"),
    ],
)  # fmt: skip
def test_refused(read, content, match):
    with pytest.raises(CannotRead, match=rf"^points.roi: .*{match}.*\[landmarks-unreadable\]"):
        read(content)


def test_members_that_are_none(read):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("Secret^Person.txt", b"x")
    with pytest.raises(CannotRead, match=r"file 1 of the archive: is no \.roi file") as refused:
        read(content.getvalue())
    assert "Secret" not in str(refused.value)


def test_an_encrypted_member_is_refused(read):
    content = bytearray(zipped(a=roi((10, 20))))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(CannotRead, match="is encrypted, or packed in another way"):
        read(bytes(content))


def test_a_bomb_is_not_unpacked(tmp_path):
    """Many megabytes of zeros in few kilobytes: of each member 256 KiB are read, and then no more."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("a.roi", bytes(2**25))
    (tmp_path / "bomb.zip").write_bytes(content.getvalue())
    with pytest.raises(CannotRead, match="is larger than 256 KiB"):
        read_landmarks(tmp_path / "bomb.zip", DrawnOn(ROWS, COLUMNS))


FEW = settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@FEW
@given(data=st.data())
def test_whatever_the_bytes_it_is_understood_or_refused(tmp_path, data):
    sound = [*map(bytes.fromhex, BY_IMAGEJ.values()), roi((1, 2), (90, 2), name="L4-L,L4-R", counters=(0, 1))]
    sound += [zipped(a=roi((10, 20)), b=roi((90, 20), name="L4-L"))]
    content = bytearray(data.draw(st.sampled_from(sound)))
    for _ in range(data.draw(st.integers(0, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.sampled_from([len(content), data.draw(st.integers(0, len(content)))]))
    path = tmp_path / "points.roi"
    path.write_bytes(bytes(content[:cut]) + data.draw(st.binary(max_size=8)))
    with contextlib.suppress(CannotRead):
        found = read_landmarks(path, DrawnOn(ROWS, COLUMNS))
        assert all(-0.5 <= p.row <= ROWS - 0.5 and -0.5 <= p.column <= COLUMNS - 0.5 for p in found.points)


@FEW
@given(content=st.binary(max_size=300))
def test_any_bytes_behind_the_magic(tmp_path, content):
    for magic in (b"Iout", b"PK\x03\x04", b"PK\x05\x06"):
        (tmp_path / "a").write_bytes(magic + content)
        with contextlib.suppress(CannotRead):
            read_landmarks(tmp_path / "a", DrawnOn(ROWS, COLUMNS))
