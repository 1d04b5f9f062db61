"""Make dicom_samples/ again from its scenarios: the same files, byte for byte.

    python -m benchmarks.sheets.make_samples [FOLDER]       # default: dicom_samples

Each study's scenario.toml stays; everything else in its folder is made anew, and so is manifest.json. Other
versions of the packages beneath may round otherwise.
"""

import argparse
import hashlib
import json
import shutil
import tempfile
from pathlib import Path

from spreadscan.phantom.chance import Ticket
from spreadscan.phantom.scenario_file import scenario_from_toml
from spreadscan.phantom.simulate import simulate, write_case

ROOT = Path(__file__).parents[2]
SEED = 2020
SAMPLES = {
    "cine_left_l3_l5": (
        "A cine run of 12 frames: one injection after the other at the left L3, L4 and L5 junctions "
        "(0.6, 0.8 and 0.7 mL, 240 mgI/mL); frames 1 to 4 are from before the contrast."
    ),
    "pair_right_l3_l4": (
        "A scout image and an image after injections at the right L3 and L4 junctions (0.5 and 0.6 "
        "mL, 180 mgI/mL), display values."
    ),
    "spot_left_l4_l5": (
        "A single image after injections at the left L4 and L5 junctions (0.7 and 0.6 mL, 240 "
        "mgI/mL), without any baseline."
    ),
    "no_contrast": (
        "A scout image and a second one with needles at the left L4 and right L5 junctions and no contrast."
    ),
    "kimura_bilateral_l5_5ml": (
        "A scout image and an image after 5 mL (48 mgI/mL) at the L5 junction on both sides that "
        "spread to the L4 junctions, as in Kimura et al. 2020; linear pixels."
    ),
    "bare_no_spacing_no_side": (
        "A scout image and an image after injections at the right L4 and L5 junctions, as "
        "frame-grabbed secondary captures: no spacing, no patient orientation, burned-in text."
    ),
}
"""What each study shows, in the order of their numbers."""
NOTE = "Simulated images only; no patient. Truth: [column, row], 0-based, _L and _R the patient's sides."
LICENCE = "BSD-3-Clause, as the rest of the project"
ATTRIBUTION = "Made by spreadscan's simulator with its built-in anatomy: nothing of anybody else is in them."


def main() -> None:
    """Make all studies in a folder that holds their scenarios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "dicom_samples")
    folder = parser.parse_args().folder
    for case, name in enumerate(SAMPLES, 1):
        remake(folder / name, case)
        print(name, flush=True)
    text = json.dumps(manifest(folder), indent=1, ensure_ascii=False) + "\n"
    (folder / "manifest.json").write_text(text, encoding="utf-8")


def remake(study: Path, case: int) -> None:
    """Replace the files of one study, all at once."""
    scenario = scenario_from_toml((study / "scenario.toml").read_text(encoding="utf-8"), study.name)
    with tempfile.TemporaryDirectory(dir=study.parent, prefix=".") as name:
        fresh = Path(name) / study.name
        fresh.mkdir()
        write_case(simulate(scenario, Ticket(SEED, case)), fresh)
        shutil.copy(study / "scenario.toml", fresh)
        shutil.rmtree(study)
        fresh.rename(study)


def manifest(folder: Path) -> dict[str, object]:
    """List every file with its hash, and what each study shows."""
    paths = sorted(p for name in SAMPLES for p in (folder / name).iterdir())
    files = [
        {
            "file": path.relative_to(folder).as_posix(),
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "bytes": path.stat().st_size,
        }
        for path in paths
    ]
    return {
        "schema": "spreadscan.samples",
        "schema_version": 2,
        "note": NOTE,
        "licence": LICENCE,
        "attribution": ATTRIBUTION,
        "samples": [{"name": name, "shows": shows} for name, shows in SAMPLES.items()],
        "files": files,
    }


if __name__ == "__main__":
    main()
