"""Whatever the bytes, a door returns what it promises or refuses with CannotRead: nothing else comes out."""

import contextlib
import io
import json
import resource
import subprocess
import sys
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spreadscan.errors import CannotRead
from spreadscan.marks.drawn import read_mask
from spreadscan.marks.file import DrawnOn
from spreadscan.marks.landmarks import read_landmarks
from spreadscan.read.dicom import list_study, read_fluorogram
from tests.dicom_files import LOSSLESS, item, write_dicom, write_xa

FEW = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
RUN = np.random.default_rng(5).integers(0, 4096, (2, 12, 14)).astype(np.uint16)


def _files():
    """One file of each transfer syntax, with an attribute of each kind that is looked at."""
    attributes = {
        "BitsStored": 12,
        "ImagerPixelSpacing": [0.3, 0.3],
        "DistanceSourceToDetector": 1000,
        "FrameTime": 33,
        "ContentTime": "101010",
        "PatientOrientation": ["R", "F"],
        "MaskSubtractionSequence": [item(MaskOperation="AVG_SUB", MaskFrameNumbers=[1, 2])],
        "ShutterShape": "CIRCULAR",
        "CenterOfCircularShutter": [5, 5],
        "RadiusOfCircularShutter": 4,
        "PixelIntensityRelationship": "LOG",
        "ModalityLUTSequence": [
            item(LUTDescriptor=[64, 0, 16], LUTData=np.arange(64, dtype="<u2").tobytes())
        ],
        "SeriesDescription": "Pre-contrast",
    }
    with TemporaryDirectory() as folder:
        path = Path(folder, "a.dcm")
        for transfer_syntax in LOSSLESS:
            yield write_xa(path, RUN, transfer_syntax=transfer_syntax, **attributes).read_bytes()
        colour = np.repeat((RUN >> 4).astype(np.uint8)[..., None], 3, axis=-1)
        for transfer_syntax in ("explicit", "jpeg baseline"):
            yield write_dicom(path, colour, "SC colour", transfer_syntax).read_bytes()


@pytest.fixture(scope="module")
def files():
    return list(_files())


@pytest.fixture
def attempt(tmp_path):
    def read(content):
        path = tmp_path / "a.dcm"
        path.write_bytes(content)
        refused = None
        try:
            (header,) = list_study(path)
            fluorogram = read_fluorogram(header)
        except CannotRead as error:
            refused = error
        if refused is not None:
            assert "Secret" not in str(refused)
            return None
        assert fluorogram.stored.shape == (header.frames, header.rows, header.columns)
        return fluorogram.stored

    return read


@FEW
@given(data=st.data())
def test_flipped_bytes(files, attempt, data):
    content = bytearray(data.draw(st.sampled_from(files)))
    for _ in range(data.draw(st.integers(1, 6))):
        # most of the harm is done in the header
        last = data.draw(st.sampled_from([min(len(content), 1000), len(content)])) - 1
        content[data.draw(st.integers(128, last))] = data.draw(st.integers(0, 255))
    attempt(bytes(content))


@FEW
@given(data=st.data())
def test_truncated_files_are_never_read(files, attempt, data):
    content = data.draw(st.sampled_from(files))
    # the last 64 bytes may be padding, or the mark of the end
    assert attempt(content[: data.draw(st.integers(0, len(content) - 64))]) is None


@FEW
@given(data=st.data())
def test_missing_and_repeated_pieces(files, attempt, data):
    content = data.draw(st.sampled_from(files))
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(content))] * 2)))
    attempt(content[:start] + content[end:])
    attempt(content[:end] + content[start:])


@FEW
@given(content=st.binary(max_size=400))
def test_any_bytes(attempt, content):
    assert attempt(content) is None
    assert attempt(bytes(128) + b"DICM" + content) is None


@pytest.mark.parametrize("depth", [50, 3000])
def test_deeply_nested_sequences(attempt, depth):
    begin = b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    end = b"\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0"
    assert attempt(bytes(128) + b"DICM" + begin * depth + end * depth) is None


# memory


def test_reading_needs_hardly_more_memory_than_the_image(tmp_path):
    run = np.random.default_rng(1).integers(0, 4096, (40, 512, 512)).astype(np.uint16)
    for transfer_syntax in ("explicit", "deflated", "htj2k"):
        path = write_xa(tmp_path / "a.dcm", run, transfer_syntax=transfer_syntax, BitsStored=12)
        script = (
            "import resource, sys, imagecodecs, pydicom.filereader, pydicom.encaps\n"
            "from pathlib import Path\n"
            "from spreadscan.read.dicom import list_study, read_fluorogram\n"
            "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024\n"
            "before = peak(); stored = read_fluorogram(list_study(Path(sys.argv[1]))[0]).stored\n"
            "print((peak() - before) / stored.nbytes)\n"
        )
        found = subprocess.run(
            [sys.executable, "-c", script, path], capture_output=True, text=True, check=True
        )
        assert float(found.stdout) < 1.7, transfer_syntax


def test_a_declared_size_is_not_allocated_before_it_is_there(tmp_path):
    path = write_xa(tmp_path / "a.dcm", RUN, Rows=8000, Columns=8000, NumberOfFrames=30)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(CannotRead, match="file-damaged"):
        read_fluorogram(list_study(path)[0])
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024


# landmarks and masks

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_any = _json | st.sampled_from(
    ["L4", "left", "R", "image left", "sap_tp_junction", "L4-R", 12.5, 1e308, -0.0]
)
_point = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("level", "side", "kind", "row", "column", "sd_px", "label", "position"), _any),
)
_own = st.fixed_dictionaries(
    {
        "schema": st.just("spreadscan.landmarks"),
        "schema_version": st.just(1) | _json,
        "points": st.lists(_point | _json),
    }
)
_slicer = st.fixed_dictionaries(
    {
        "markups": st.lists(
            st.fixed_dictionaries(
                {"controlPoints": st.lists(_point | _json)},
                optional={"coordinateSystem": st.sampled_from(["LPS", "RAS", 0, 1, True]) | _json},
            )
            | _json
        )
    }
)


def landmarks_or_refusal(folder, content):
    path = folder / "landmarks.json"
    path.write_bytes(content)
    with contextlib.suppress(CannotRead):
        found = read_landmarks(path, DrawnOn(100, 120, slicer_mm_per_px=1.0))
        assert found.junctions()
        assert all(-0.5 <= p.row <= 99.5 and -0.5 <= p.column <= 119.5 for p in found.points)


@FEW
@given(content=_json | _own | _slicer)
def test_any_json_as_landmarks(tmp_path, content):
    landmarks_or_refusal(tmp_path, json.dumps(content).encode())


@FEW
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_as_landmarks(tmp_path, content):
    landmarks_or_refusal(tmp_path, content)
    landmarks_or_refusal(tmp_path, b"level;side;row;column\n" + content)
    landmarks_or_refusal(tmp_path, b"{" + content)


@FEW
@given(
    rows=st.lists(st.lists(_any.map(str), min_size=3, max_size=5), max_size=6), mark=st.sampled_from(",;\t")
)
def test_any_table_as_landmarks(tmp_path, rows, mark):
    lines = [mark.join(("level", "side", "row", "col_px")), *(mark.join(row) for row in rows)]
    landmarks_or_refusal(tmp_path, "\n".join(lines).encode("utf-8", "replace"))


@FEW
@given(data=st.data())
def test_any_bytes_as_a_mask(tmp_path, data):
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(np.eye(8, dtype=np.uint8) * 255).save(buffer, "PNG")
    content = bytearray(buffer.getvalue())
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "mask.png"
    path.write_bytes(bytes(content[: data.draw(st.integers(0, len(content)))]))
    with warnings.catch_warnings(), contextlib.suppress(CannotRead):
        warnings.simplefilter("error")
        assert read_mask(path, DrawnOn(8, 8)).sure.shape == (8, 8)
