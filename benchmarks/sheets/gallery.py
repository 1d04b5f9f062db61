"""Draw a sheet of simulated films from a folder of cases, as displayed, to be looked at.

    python -m benchmarks.sheets.gallery CASES SHEET.jpg [--columns 6] [--side 330]

Display images are shown as stored, others stretched to the tones of their field. The described frame of each
case is shown, nothing drawn on it.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image

from spreadscan.read.dicom import list_study, read_fluorogram


def main() -> None:
    """Draw the sheet."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", type=Path)
    parser.add_argument("sheet", type=Path)
    parser.add_argument("--columns", type=int, default=6)
    parser.add_argument("--side", type=int, default=330)
    options = parser.parse_args()
    cases = sorted(path.parent for path in options.cases.glob("*/truth.json"))
    side, columns = options.side, options.columns
    sheet = Image.new("L", (side * columns, side * -(-len(cases) // columns)))
    for number, case in enumerate(cases):
        film = Image.fromarray(displayed(case)).resize((side, side), Image.Resampling.LANCZOS)
        sheet.paste(film, (number % columns * side, number // columns * side))
    sheet.save(options.sheet, quality=85)


def displayed(case: Path) -> np.ndarray:
    """Return the described frame of a case as a reader would see it, (R, C) 8 bit."""
    truth = json.loads((case / "truth.json").read_text(encoding="utf-8"))
    header = next(h for h in list_study(case) if h.path.name == truth["eval_file"])
    stored = read_fluorogram(header).stored[truth["eval_frame"]].astype(float)
    with np.load(case / "truth.npz") as maps:
        field = np.unpackbits(maps["field"])[: stored.size].reshape(stored.shape).astype(bool)
    low, high = 0.0, 2.0**header.pixels.bits_stored - 1
    if truth["config"]["processing"]["chain"] != "display":
        low, high = np.percentile(stored[field], [0.3, 99.7])
    grey = np.clip((stored - low) / (high - low), 0, 1)
    return np.rint(255 * (1 - grey if header.pixels.inverted_display else grey)).astype(np.uint8)


if __name__ == "__main__":
    main()
