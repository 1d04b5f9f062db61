"""Bones from files: read as they are, refused in one sentence when they cannot be."""

import json
import zipfile

import numpy as np
import pytest

from spreadscan.errors import CannotRead
from spreadscan.phantom.bones import mesh_files
from spreadscan.phantom.bones.mesh_files import read_skeleton
from spreadscan.phantom.bones.skeleton import make_skeleton
from spreadscan.phantom.scenario import Subject
from tests.phantom.bones.meshes import open_edges, volume_mm3

PLAIN = Subject(variation=0)


@pytest.fixture(scope="module")
def made():
    return make_skeleton(PLAIN, np.random.default_rng(0), coarse=True)


@pytest.fixture
def arrays(made):
    stored = {}
    for bone in made.bones:
        for which, surface in (("o", bone.outer), ("i", bone.inner)):
            stored[f"{bone.name}_{which}v"] = surface.vertices_mm.copy()
            stored[f"{bone.name}_{which}f"] = surface.faces.copy()
    return {name: array for name, array in stored.items() if name.startswith(("L3", "L4", "L5", "sacrum"))}


@pytest.fixture
def points(made):
    return {name: point.tolist() for name, point in made.landmarks_mm.items()}


def store(folder, arrays, points):
    np.savez(folder / "bones.npz", **arrays)
    (folder / "landmarks.json").write_text(json.dumps(points))
    return folder


def read(folder, subject=PLAIN, seed=0):
    return read_skeleton(folder, subject, np.random.default_rng(seed))


def refused(folder):
    with pytest.raises(CannotRead) as caught:
        read(folder)
    return caught.value


def test_what_was_stored_is_read(tmp_path, arrays, points, made):
    got = read(store(tmp_path, arrays, points))
    assert [b.name for b in got.bones] == ["L3", "L4", "L5", "sacrum"]
    origin = (made.landmarks_mm["pedicle_L4_L"] + made.landmarks_mm["pedicle_L4_R"]) / 2
    for bone in got.bones:
        assert bone.outer.vertices_mm == pytest.approx(arrays[f"{bone.name}_ov"] - origin)
        assert (bone.outer.faces == arrays[f"{bone.name}_of"]).all()
        assert bone.inner.vertices_mm == pytest.approx(arrays[f"{bone.name}_iv"] - origin)
    for name, point in made.landmarks_mm.items():
        assert got.landmarks_mm[name] == pytest.approx(point - origin)


def test_size_and_warp_of_the_subject_are_applied(tmp_path, arrays, points):
    folder = store(tmp_path, arrays, points)
    plain, large = read(folder), read(folder, Subject(variation=0, size=1.1, sex="male"))
    for a, b in zip(plain.bones, large.bones, strict=True):
        assert b.outer.vertices_mm == pytest.approx(a.outer.vertices_mm * 1.1 * 1.04)
    one, same, other = (read(folder, Subject(), seed) for seed in (1, 1, 2))
    assert one.bones[0].outer.vertices_mm.tobytes() == same.bones[0].outer.vertices_mm.tobytes()
    assert np.abs(one.bones[0].outer.vertices_mm - other.bones[0].outer.vertices_mm).max() > 0.5


def test_the_cortex_of_the_subject_is_applied(tmp_path, arrays, points):
    folder = store(tmp_path, arrays, points)
    plain, thin = read(folder), read(folder, Subject(variation=0, cortex=0.6))
    for a, b in zip(plain.bones, thin.bones, strict=True):
        shells = [volume_mm3(s.outer) - volume_mm3(s.inner) for s in (b, a)]
        assert 0.5 < shells[0] / shells[1] < 0.75


def test_implants_and_calcification_are_placed(tmp_path, arrays, points):
    subject = Subject(variation=0, implants=("screws-L4", "cage-L4/5", "clips"), aortic_calcification=0.5)
    got = read(store(tmp_path, arrays, points), subject)
    assert len(got.metal) >= 4 + 4 + 3
    assert len(got.calcium) > 10
    assert all(open_edges(surface) == 0 for surface in (*got.metal, *got.calcium))


def test_a_bone_may_be_solid_and_face_inwards(tmp_path, arrays, points):
    del arrays["L3_iv"], arrays["L3_if"]
    arrays["L4_iv"], arrays["L4_if"] = np.zeros((0, 3)), np.zeros((0, 3), int)
    arrays["L5_of"] = arrays["L5_of"][:, ::-1]
    got = {b.name: b for b in read(store(tmp_path, arrays, points)).bones}
    assert got["L3"].inner is None
    assert got["L4"].inner is None
    assert volume_mm3(got["L5"].outer) > 0


def test_unknown_landmarks_are_left_out(tmp_path, arrays, points):
    points["navel"] = [0, 0, 0]
    assert "navel" not in read(store(tmp_path, arrays, points)).landmarks_mm


# what is refused


@pytest.mark.parametrize("name", ["bones.npz", "landmarks.json"])
def test_missing_files(tmp_path, arrays, points, name):
    (store(tmp_path, arrays, points) / name).unlink()
    error = refused(tmp_path)
    assert (error.slug, error.file) == ("anatomy-unreadable", name)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 broken", b"\x93NUMPY\x01\x00v\x00{}"])
def test_files_that_are_no_arrays(tmp_path, arrays, points, content):
    (store(tmp_path, arrays, points) / "bones.npz").write_bytes(content)
    assert refused(tmp_path).slug == "anatomy-unreadable"


def test_a_truncated_or_altered_file(tmp_path, arrays, points):
    path = store(tmp_path, arrays, points) / "bones.npz"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert refused(tmp_path).slug == "anatomy-unreadable"
    path.write_bytes(whole[:2000] + b"\xff" * 500 + whole[2500:])
    assert refused(tmp_path).slug == "anatomy-unreadable"


def test_pickles_are_not_opened(tmp_path, arrays, points):
    arrays["L4_ov"] = np.array([{"a": 1}], dtype=object)
    assert refused(store(tmp_path, arrays, points)).slug == "anatomy-unreadable"


def test_a_file_that_unpacks_to_much_is_not_unpacked(tmp_path, arrays, points, monkeypatch):
    monkeypatch.setattr(mesh_files, "LARGEST_MESHES_BYTES", 20_000_000)
    store(tmp_path, arrays, points)
    with (
        zipfile.ZipFile(tmp_path / "bones.npz", "w", zipfile.ZIP_DEFLATED) as packed,
        packed.open("L4_ov.npy", "w") as member,
    ):
        for _ in range(21):
            member.write(bytes(1_000_000))
    refusal = refused(tmp_path)
    assert refusal.slug == "anatomy-unreadable"
    assert "unpacks to more" in refusal.problem


def _open(arrays):
    arrays["L4_of"] = arrays["L4_of"][:-1]


def _turned(arrays):
    arrays["L4_of"][0] = arrays["L4_of"][0, ::-1]


def _index(arrays):
    arrays["L4_of"][0, 0] = len(arrays["L4_ov"])


def _negative(arrays):
    arrays["L4_of"][0, 0] = -1


def _nan(arrays):
    arrays["L4_ov"][3, 1] = np.nan


def _metres(arrays):
    arrays["L4_ov"] = arrays["L4_ov"] / 1000


def _far(arrays):
    arrays["L4_ov"] = arrays["L4_ov"] + 2000


def _flat(arrays):
    arrays["L4_ov"] = arrays["L4_ov"].ravel()


def _decimal(arrays):
    arrays["L4_of"] = arrays["L4_of"].astype(float)


def _whole(arrays):
    arrays["L4_ov"] = arrays["L4_ov"].astype(int)


def _half(arrays):
    del arrays["L4_of"]


def _inner_only(arrays):
    del arrays["L4_of"], arrays["L4_ov"]


def _name(arrays):
    arrays["../L4_ov"] = arrays["L4_ov"]


def _many(arrays):
    arrays["L4_ov"] = np.zeros((500_001, 3))


def _few(arrays):
    arrays["L4_ov"], arrays["L4_of"] = np.zeros((3, 3)), np.zeros((1, 3), int)


@pytest.mark.parametrize(
    "spoil",
    [_open, _turned, _index, _negative, _nan, _metres, _far, _flat, _decimal, _whole, _half, _inner_only,
     _name, _many, _few],
)  # fmt: skip
def test_meshes_that_cannot_be_bones(tmp_path, arrays, points, spoil):
    spoil(arrays)
    error = refused(store(tmp_path, arrays, points))
    assert (error.slug, error.file) == ("anatomy-unreadable", "bones.npz")
    assert "Traceback" not in str(error)


def test_a_file_without_bones(tmp_path, points):
    assert refused(store(tmp_path, {}, points)).slug == "anatomy-unreadable"


@pytest.mark.parametrize(
    "text",
    ["", "[]", "3", '{"junction_L4_L": [1, 2, 3]}', "{", '{"junction_L4_L": [1, NaN, 3]}', "[" * 20_000],
)
def test_landmarks_that_are_none(tmp_path, arrays, points, text):
    (store(tmp_path, arrays, points) / "landmarks.json").write_text(text)
    error = refused(tmp_path)
    assert (error.slug, error.file) == ("anatomy-unreadable", "landmarks.json")


@pytest.mark.parametrize(
    "value", [None, [1, 2], [1, 2, "3"], [1, 2, True], [1, 2, 1e9], [1, 2, 10**400], {"x": 1}]
)
def test_points_that_are_none(tmp_path, arrays, points, value):
    points["junction_L4_L"] = value
    error = refused(store(tmp_path, arrays, points))
    assert (error.slug, error.field) == ("anatomy-unreadable", "junction_L4_L")


def test_mirrored_landmarks(tmp_path, arrays, points):
    mirrored = {name: [-x, y, z] for name, (x, y, z) in points.items()}
    assert refused(store(tmp_path, arrays, mirrored)).slug == "landmarks-mirrored"


@pytest.mark.parametrize("factor", [-1, 0.01, 3])
def test_landmarks_upside_down_or_in_other_units(tmp_path, arrays, points, factor):
    other = {name: [x, y, factor * z] for name, (x, y, z) in points.items()}
    assert refused(store(tmp_path, arrays, other)).slug == "landmarks-implausible"


def test_implants_without_the_landmarks_they_need(tmp_path, arrays, points):
    del points["body_L4_supL"]
    folder = store(tmp_path, arrays, points)
    assert read(folder).metal == ()
    with pytest.raises(CannotRead, match="body_L4_supL"):
        read(folder, Subject(variation=0, implants=("screws-L4",)))
