"""What the tests of the command line, of batches and of whole studies share: samples and a small study."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from PIL import Image

import spreadscan
from spreadscan.cli import commands as cli
from tests.dicom_files import write_xa

SAMPLES = Path(__file__).parents[1] / "dicom_samples"
WEIGHTS = Path(spreadscan.__file__).parent / "networks" / "single_image.onnx"
SMALL_PX = 128
SMALL_HEADER = {
    "BitsStored": 12,
    "PixelIntensityRelationship": "LIN",
    "PixelIntensityRelationshipSign": 1,
    "PatientOrientation": ["R", "F"],
    "ImagerPixelSpacing": [1.4, 1.4],
    "EstimatedRadiographicMagnificationFactor": 1.4,
}
"""1 mm per pixel, the patient's left on image left."""
ROWS_OF_LEVELS = {"L3": 38.0, "L4": 64.0, "L5": 90.0}


class Said(NamedTuple):
    """What a command returned and printed."""

    status: int
    out: str
    err: str


class Result(NamedTuple):
    """The result folder of one study, read back."""

    folder: Path

    @property
    def record(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads((self.folder / "report.json").read_text(encoding="utf-8"))
        return read

    @property
    def mask(self) -> np.ndarray:
        with Image.open(self.folder / "mask.png") as image:
            return np.array(image)

    @property
    def flags(self) -> set[str]:
        return {flag["code"] for flag in self.record["flags"]}

    def verdicts(self) -> dict[tuple[str, str, str], str]:
        return {(row["level"], row["side"], row["region"]): row["verdict"] for row in self.record["coverage"]}


@pytest.fixture
def say(capfd: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Return what runs the command line in this process."""

    def run(*arguments: object) -> Said:
        capfd.readouterr()
        status = cli.run([str(argument) for argument in arguments])
        # some continuous-integration services make terminals of pipes
        return Said(status, *(re.sub(r"\x1b\[[0-9;]*m", "", text) for text in capfd.readouterr()))

    return run


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder that is the working directory."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture(scope="session")
def small_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a study that is quick to analyse: scout.dcm, post.dcm, landmarks.json.

    Contrast lies round the left L4 junction only. Tests must not change it: ``study`` is a copy.
    """
    folder = tmp_path_factory.mktemp("small") / "study"
    folder.mkdir()
    for name, contrast in (("scout", False), ("post", True)):
        path = folder / f"{name}.dcm"
        write_xa(path, small_image(contrast), SeriesDescription=f"{name} contrast", **SMALL_HEADER)
    (folder / "landmarks.json").write_text(json.dumps(landmarks()), encoding="utf-8")
    return folder


@pytest.fixture
def study(small_study: Path, tmp_path: Path) -> Path:
    """Return a copy of the small study."""
    return Path(shutil.copytree(small_study, tmp_path / "study"))


@pytest.fixture(scope="session")
def analysed(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Result]:
    """Return what analyses a sample study with its landmarks, at most once in a test session."""
    folder, done = tmp_path_factory.mktemp("samples"), {}

    def analyse(name: str, *options: object, landmarks: bool = True) -> Result:
        given = ["--landmarks", str(SAMPLES / name / "landmarks.json")] if landmarks else []
        arguments = ["analyse", str(SAMPLES / name), "--quiet", *given, *map(str, options)]
        if tuple(arguments) not in done:
            result = folder / str(len(done))
            assert cli.run([*arguments, "-o", str(result)]) == 0
            done[tuple(arguments)] = Result(result)
        return done[tuple(arguments)]

    return analyse


def small_image(contrast: bool, seed: int = 0) -> np.ndarray:
    """A row of vertebrae on soft tissue, 12 bit, linear in intensity, noise of 1 %."""
    rows, columns = np.mgrid[:SMALL_PX, :SMALL_PX].astype(float)
    attenuation = 1.5 + 0.3 * np.cos((columns - 64) / 43)
    for row in (13, *ROWS_OF_LEVELS.values(), 115):
        attenuation += 0.5 * np.exp(-(((rows - row) / 8) ** 2) - ((columns - 64) / 15) ** 2)
        attenuation += 0.2 * np.exp(-(((rows - row) / 2.6) ** 2) - ((columns - 64) / 38) ** 4)
    if contrast:
        attenuation += 0.5 * (((rows - 64) / 6) ** 2 + ((columns - 39) / 7) ** 2 < 1)
    noise = 1 + 0.01 * np.random.default_rng([seed, contrast]).standard_normal(attenuation.shape)
    return np.clip(3500 * np.exp(-attenuation) * noise, 0, 4095).astype(np.uint16)


def landmarks(**changes: Any) -> dict[str, Any]:
    """Return the landmarks of the small study, as a file holds them."""
    points = [
        {"level": level, "side": side, "kind": "sap_tp_junction", "row": row, "column": column}
        for level, row in ROWS_OF_LEVELS.items()
        for side, column in (("left", 39.0), ("right", 89.0))
    ]
    return {"schema": "spreadscan.landmarks", "schema_version": 1, "points": points, **changes}
