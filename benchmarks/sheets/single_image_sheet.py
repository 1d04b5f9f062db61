"""Draw what the network marks on single images, beside the truth, on one sheet.

    python -m benchmarks.sheets.single_image_sheet SHEET.jpg CASE [CASE ...]

Each case is a folder with DICOM files, truth.json and truth.npz; its evaluated frame is taken as a single
image. True contrast is outlined in green, what is marked as sure in red; written is the Dice, or the area
where there is no contrast, and whether the image could not be judged.
"""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from spreadscan.read.dicom import list_study, read_fluorogram
from spreadscan.settings import Settings
from spreadscan.stages.attenuate import attenuate
from spreadscan.stages.delimit import delimit
from spreadscan.stages.estimate import estimate
from spreadscan.stages.segment import segment
from spreadscan.values import JudgingScale

TILE_PX = 400
ABREAST = 4
GREEN, RED = (60, 220, 60), (60, 60, 255)


def tile(case: Path) -> NDArray[np.uint8]:
    """Return the picture of a case."""
    truth = json.loads((case / "truth.json").read_text())
    header = next(h for h in list_study(case) if h.path.name == truth["eval_file"])
    scale, settings = JudgingScale(truth["px_mm_spine_plane"], "truth"), Settings()
    fluorogram = read_fluorogram(header)
    run = attenuate(fluorogram, delimit(fluorogram, scale, settings.delimit), scale, settings.attenuate)
    image = run.frame(truth["eval_frame"])
    contrast = estimate(image, run, scale, settings.estimate)
    sure = segment(contrast, scale, settings.segment).sure
    with np.load(case / "truth.npz") as stored:
        true, field = (
            np.unpackbits(stored[name])[: image.size].reshape(image.shape).astype(bool)
            for name in ("mask_det", "field")
        )
    true, sure = true & field, sure & field
    low, high = np.percentile(image[run.field.inside], [0.5, 99.5])
    grey = (255 * np.clip((image - low) / max(high - low, 1e-9), 0, 1)).astype(np.uint8)
    size = (TILE_PX, round(TILE_PX * image.shape[0] / image.shape[1]))
    drawn = cv2.cvtColor(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), cv2.COLOR_GRAY2BGR)
    for mask, colour in ((true, GREEN), (sure, RED)):
        large = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
        outlines, _ = cv2.findContours(large, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(drawn, outlines, -1, colour, 1, cv2.LINE_AA)
    if true.any():
        said = f"Dice {2 * (sure & true).sum() / (sure.sum() + true.sum()):.2f}"
    else:
        said = f"no contrast, {sure.sum() * scale.mm_per_px**2:.0f} mm2 marked"
    said += "" if contrast.judgeable else ", cannot judge"
    framed = np.zeros((TILE_PX, TILE_PX, 3), np.uint8)
    framed[: min(TILE_PX, size[1])] = drawn[:TILE_PX]
    framed[TILE_PX - 26 :] = 0
    cv2.putText(framed, said, (8, TILE_PX - 10), cv2.FONT_HERSHEY_SIMPLEX, 0.55, (255,) * 3, 1, cv2.LINE_AA)
    return framed


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sheet", type=Path)
    parser.add_argument("cases", type=Path, nargs="+")
    options = parser.parse_args()
    tiles = [tile(case) for case in options.cases]
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % ABREAST)
    rows = [np.hstack(tiles[start : start + ABREAST]) for start in range(0, len(tiles), ABREAST)]
    cv2.imwrite(str(options.sheet), np.vstack(rows), [cv2.IMWRITE_JPEG_QUALITY, 85])


if __name__ == "__main__":
    main()
