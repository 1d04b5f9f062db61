"""Bones from files instead of the built-in ones: a door in, so everything is checked.

A folder holds ``bones.npz`` with four arrays for each bone, ``L4_ov`` (V, 3) vertices and ``L4_of`` (F, 3)
triangles of the outer surface, ``L4_iv`` and ``L4_if`` of the inner one (both may be empty or missing), and
``landmarks.json``, a table of points by name. World frame, mm.
"""

import json
import re
import zipfile
import zlib
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from spreadscan.errors import CannotRead
from spreadscan.frozen import Vector
from spreadscan.phantom.bones.additions import body_marks, calcified_aorta, implants
from spreadscan.phantom.bones.shape import size_of
from spreadscan.phantom.bones.warp import Warp, draw_warp
from spreadscan.phantom.scenario import Subject
from spreadscan.phantom.values import Bone, Skeleton, Surface

MESHES, LANDMARKS = "bones.npz", "landmarks.json"
LARGEST_MESHES_BYTES, LARGEST_LANDMARKS_BYTES = 400_000_000, 1_000_000
"""Unpacked: a fine skeleton has some ten million bytes, landmarks some thousand."""
MOST_BONES, MOST_VERTICES, MOST_FACES = 60, 500_000, 1_000_000
FARTHEST_MM = 1000.0
"""No point of a person's lumbar spine and pelvis lies farther from the origin."""
SPACING_MM = (15.0, 70.0)
"""Between junctions of neighbouring levels; adults have 33 to 42, other units or frames are far off."""
_UNREADABLE = (
    ValueError,
    OSError,
    EOFError,
    KeyError,
    MemoryError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What NumPy and zipfile raise over damaged or encrypted files."""
_ARRAY = re.compile(r"([A-Za-z0-9]{1,20}(?:_[LR])?)_([oi][vf])")
_LANDMARK = re.compile(
    r"(junction|tptip|pedicle|facet)_(L[1-6]|S1)_[LR]|body_L[1-6]_(sup|inf)[LR]|spinous_L[1-6]_M|crest_S1_[LR]"
)
_NEEDED = tuple(f"junction_{level}_{side}" for level in ("L3", "L4", "L5", "S1") for side in "LR") + tuple(
    f"{kind}_{level}_{side}" for kind in ("pedicle", "tptip") for level in ("L3", "L4", "L5") for side in "LR"
)


def read_skeleton(folder: Path, subject: Subject, rng: np.random.Generator) -> Skeleton:
    """Return the bones of a folder as those of a subject: with its size, its cortex and a random warp.

    Shapes stay what the files say: age, sex beyond size, and degeneration of the subject are not applied.
    L4 comes to lie at the origin.

    Args:
        folder: holds ``bones.npz`` and ``landmarks.json``.
        subject: for sex, size, cortex, variation, implants and calcification.
        rng: draws size and warp.

    Raises:
        CannotRead: ``anatomy-unreadable``, ``landmarks-mirrored`` or ``landmarks-implausible``.
    """
    stored = _surfaces(_opened(folder / MESHES, LARGEST_MESHES_BYTES))
    points = _points(_opened(folder / LANDMARKS, LARGEST_LANDMARKS_BYTES))
    _check_corners(points, subject)
    deviation = subject.variation * float(np.clip(rng.standard_normal(), -2.3, 2.3))
    warp = draw_warp(rng, subject.variation, size_of(subject, deviation))
    origin = (points["pedicle_L4_L"] + points["pedicle_L4_R"]) / 2
    bones = tuple(_placed(bone, subject.cortex, origin, warp) for bone in stored)
    landmarks = {name: warp((point - origin)[None])[0] for name, point in points.items()}
    return Skeleton(
        bones=bones,
        landmarks_mm=landmarks,
        metal=implants(subject.implants, landmarks, rng),
        calcium=calcified_aorta(subject.aortic_calcification, landmarks, rng),
    )


def _opened(path: Path, largest_bytes: int) -> Path:
    try:
        size = path.stat().st_size
        path.open("rb").close()
    except OSError as error:
        raise CannotRead(
            "anatomy-unreadable",
            f"cannot be opened ({error.strerror or error})",
            advice=f"give a folder that holds {MESHES} and {LANDMARKS}",
            file=path.name,
        ) from error
    if size > largest_bytes:
        raise _damaged(path.name, f"has {size} bytes, more than {largest_bytes}")
    return path


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    """All arrays of the file by name; none is unpacked before its size is known."""
    try:
        with zipfile.ZipFile(path) as packed:
            members = packed.infolist()
        if sum(member.file_size for member in members) > LARGEST_MESHES_BYTES:
            raise _damaged(path.name, f"unpacks to more than {LARGEST_MESHES_BYTES} bytes")
        if len(members) > 4 * MOST_BONES:
            raise _damaged(path.name, f"holds {len(members)} arrays, more than {4 * MOST_BONES}")
        with np.load(path, allow_pickle=False) as stored:
            return {name: np.asarray(stored[name]) for name in stored.files}
    except _UNREADABLE as error:
        raise _damaged(path.name, "is not a file of arrays that NumPy can read without pickles") from error


def _surfaces(path: Path) -> tuple[Bone, ...]:
    """The bones as the file has them, in the order of their names."""
    arrays = _arrays(path)
    odd = sorted(name for name in arrays if not _ARRAY.fullmatch(name))
    if odd:
        raise _bad(f"has an unknown name: {odd[0][:40]!r}", "names end in _ov, _of, _iv or _if")
    names = sorted({name[:-3] for name in arrays})
    if not names:
        raise _bad("holds no bone", "give at least the bones L3, L4, L5 and sacrum")
    return tuple(Bone(name, _outer(name, arrays), _surface(name, "i", arrays)) for name in names)


def _outer(name: str, arrays: Mapping[str, NDArray[Any]]) -> Surface:
    surface = _surface(name, "o", arrays)
    if surface is None:
        raise _bad("has no outer surface", "every bone needs one", field=name)
    return surface


def _surface(name: str, which: str, arrays: Mapping[str, NDArray[Any]]) -> Surface | None:
    vertices, faces = arrays.get(f"{name}_{which}v"), arrays.get(f"{name}_{which}f")
    if vertices is None and faces is None:
        return None
    field = f"{name}_{which}v, {name}_{which}f"
    if vertices is None or faces is None:
        raise _bad("has vertices without faces or faces without vertices", "give both", field=field)
    if vertices.size == 0 and faces.size == 0:
        return None
    if vertices.dtype.kind != "f" or vertices.ndim != 2 or vertices.shape[1] != 3:
        raise _bad("has vertices that are not (V, 3) decimal numbers", "store x, y and z in mm", field=field)
    if faces.dtype.kind not in "iu" or faces.ndim != 2 or faces.shape[1] != 3:
        raise _bad("has faces that are not (F, 3) whole numbers", "store triangles", field=field)
    if not 4 <= len(vertices) <= MOST_VERTICES or not 4 <= len(faces) <= MOST_FACES:
        raise _bad(
            f"has {len(vertices)} vertices and {len(faces)} faces",
            f"give 4 to {MOST_VERTICES} vertices and up to {MOST_FACES} faces",
            field=field,
        )
    if not np.isfinite(vertices).all() or np.abs(vertices).max() > FARTHEST_MM:
        raise _bad(f"has points beyond {FARTHEST_MM:.0f} mm", "store finite numbers in mm", field=field)
    if faces.min() < 0 or faces.max() >= len(vertices):
        raise _bad("has faces with vertices that do not exist", "count vertices from 0", field=field)
    return _closed(vertices.astype(np.float64), faces.astype(np.int32), field)


def _closed(vertices: Vector, faces: NDArray[np.int32], field: str) -> Surface:
    """The surface, if each edge is passed as often in one direction as in the other.

    Faces with a corner given twice have no area and are left out.
    """
    a, b, c = faces.T
    faces = faces[(a != b) & (b != c) & (c != a)]
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]).astype(np.int64)
    low, high = edges.min(axis=1), edges.max(axis=1)
    _, place = np.unique(low * len(vertices) + high, return_inverse=True)
    if np.bincount(place, np.where(edges[:, 0] == low, 1.0, -1.0)).any():
        raise _bad("is not closed", "close its holes and turn all faces the same way", field=field)
    corners = vertices[faces]
    volume = float(np.einsum("ij,ij->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6)
    if abs(volume) < 1:
        raise _bad("encloses less than 1 mm³", "store coordinates in mm", field=field)
    return Surface(vertices, np.ascontiguousarray(faces if volume > 0 else faces[:, ::-1]))


def _points(path: Path) -> dict[str, Vector]:
    """The landmarks that are known, if all that are needed are there and can belong to a lumbar spine."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError, OSError) as error:
        raise _unreadable("is not valid JSON") from error
    if not isinstance(table, dict):
        raise _unreadable("is not a table of points by name")
    points = {name: _point(name, value) for name, value in table.items() if _LANDMARK.fullmatch(name)}
    missing = [name for name in _NEEDED if name not in points]
    if missing:
        raise _unreadable("is missing", field=missing[0])
    for name in points:
        if (
            name.endswith("_L")
            and f"{name[:-1]}R" in points
            and points[name][0] <= points[f"{name[:-1]}R"][0]
        ):
            raise _implausible("landmarks-mirrored", f"{name} does not lie left of its counterpart")
    middle = [
        (points[f"junction_{level}_L"][2] + points[f"junction_{level}_R"][2]) / 2
        for level in ("L3", "L4", "L5", "S1")
    ]
    least, most = SPACING_MM
    if any(not least <= upper - lower <= most for upper, lower in pairwise(middle)):
        raise _implausible(
            "landmarks-implausible", f"junctions do not follow one another by {least:.0f} to {most:.0f} mm"
        )
    return points


def _point(name: str, value: object) -> Vector:
    numbers = isinstance(value, list) and len(value) == 3
    if not numbers or any(isinstance(n, bool) or not isinstance(n, (int, float)) for n in value):  # type: ignore[attr-defined]
        raise _unreadable("is not a list of three numbers", field=name)
    point: Vector = np.array([float(n) if abs(n) <= FARTHEST_MM else np.inf for n in value])  # type: ignore[attr-defined]
    if not np.isfinite(point).all():
        raise _unreadable(f"lies beyond {FARTHEST_MM:.0f} mm", field=name)
    return point


def _check_corners(points: Mapping[str, Vector], subject: Subject) -> None:
    """Refuse if corners of bodies are missing by which implants and vessels are placed."""
    levels = {"L2"} if "clips" in subject.implants else set()
    levels |= {level for level in ("L4", "L5") for name in subject.implants if level in name}
    levels |= {"L5"} if "cage-L4/5" in subject.implants else set()
    levels |= {"L4"} if subject.aortic_calcification > 0 else set()
    for name in sorted(set().union(*(body_marks(level) for level in levels)) - set(points)):
        raise _unreadable("is missing, and implants or calcification are placed by it", field=name)


def _placed(bone: Bone, cortex: float, origin: Vector, warp: Warp) -> Bone:
    """A bone about the origin of the world frame, its shell as thick as the subject's, and warped."""
    outer, inner = bone.outer, bone.inner
    moved = Surface(warp(outer.vertices_mm - origin), outer.faces)
    if inner is None:
        return Bone(bone.name, moved, None)
    vertices = inner.vertices_mm
    if cortex != 1:
        # towards the nearest point of the outer surface, or away from it
        nearest = outer.vertices_mm[cKDTree(outer.vertices_mm).query(vertices)[1]]
        vertices = nearest + cortex * (vertices - nearest)
    return Bone(bone.name, moved, Surface(warp(vertices - origin), inner.faces))


def _refuse(text: str) -> float:
    raise ValueError(text)


def _damaged(file: str, problem: str) -> CannotRead:
    return CannotRead("anatomy-unreadable", problem, advice="store the bones with numpy.savez", file=file)


def _bad(problem: str, advice: str, field: str = "") -> CannotRead:
    return CannotRead("anatomy-unreadable", problem, advice=advice, file=MESHES, field=field)


def _unreadable(problem: str, field: str = "") -> CannotRead:
    advice = 'store points as {"junction_L4_L": [x, y, z], …} in mm'
    return CannotRead("anatomy-unreadable", problem, advice=advice, file=LANDMARKS, field=field)


def _implausible(slug: str, problem: str) -> CannotRead:
    advice = "x must grow to the patient's left, y to the back, z to the head, in mm"
    return CannotRead(slug, problem, advice=advice, file=LANDMARKS)
