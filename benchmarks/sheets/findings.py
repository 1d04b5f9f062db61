"""Draw what was found beside what is true, ten cases of a folder: the best, the middle and the worst.

    python -m benchmarks.sheets.findings CASES SCORES.json SHEET.jpg [--side 420]

SCORES.json is what ``benchmarks.accuracy.run --json`` wrote. Of each mode (run, pair, single image) the cases
with the highest, the median and the lowest Dice are drawn, and of those without contrast the one with the
largest false area: nothing else is chosen. Left the frame as analysed, right the same with the border of the
true contrast in yellow and of the sure mask in blue; under each the case, its mode, Dice and false area.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
from matplotlib.font_manager import findfont
from PIL import Image, ImageDraw, ImageFont
from skimage.segmentation import find_boundaries

from benchmarks.accuracy.cases import Case, Mask, lay_out, read_case
from benchmarks.accuracy.scores import Score, read_json
from spreadscan.pipeline import analyse
from spreadscan.values import CoverageReport

MODES = ("cine", "pair", "spot")
TRUE, FOUND, BOTH = (240, 228, 66), (86, 180, 233), (255, 255, 255)
"""Colours of the borders, from the set that readers with any colour vision can tell apart."""
CAPTION_PX = 26
PER_ROW = 2


def main() -> None:
    """Draw the sheet."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", type=Path, metavar="CASES")
    parser.add_argument("scores", type=Path, metavar="SCORES")
    parser.add_argument("sheet", type=Path, metavar="SHEET")
    parser.add_argument("--side", type=int, default=420)
    options = parser.parse_args()
    chosen = choose(read_json(options.scores))
    panels = [panel(read_case(options.cases / s.name), s, options.side) for s in chosen]
    width, height = panels[0].size
    sheet = Image.new("RGB", (width * PER_ROW, height * -(-len(panels) // PER_ROW)), "white")
    for number, picture in enumerate(panels):
        sheet.paste(picture, (number % PER_ROW * width, number // PER_ROW * height))
    sheet.save(options.sheet, quality=85)


def choose(scores: list[Score]) -> list[Score]:
    """Return the best, the middle and the worst case of each mode, and the worst without contrast."""
    chosen = []
    for mode in MODES:
        ranked = sorted(
            (s for s in scores if s.situation.mode == mode and s.dice is not None),
            key=lambda s: (-(s.dice or 0.0), s.name),
        )
        places = sorted({0, len(ranked) // 2, len(ranked) - 1}) if ranked else []
        chosen += [ranked[place] for place in places]
    return chosen + sorted((s for s in scores if s.empty), key=lambda s: (-s.false_mm2, s.name))[:1]


def panel(case: Case, score: Score, side: int) -> Image.Image:
    """Return the frame of a case, plain and with both borders, above its caption."""
    with tempfile.TemporaryDirectory() as scratch:
        report = None if score.failure else analyse(*lay_out(case, Path(scratch), with_landmarks=True))
    films = _films(case, report, side)
    picture = Image.new("RGB", (2 * side + 8, side + CAPTION_PX), "white")
    for number, film in enumerate(films):
        picture.paste(film, (number * (side + 2), 0))
    # Pillow's own font lacks the superscript of mm²
    font = ImageFont.truetype(findfont("DejaVu Sans"), 15)
    ImageDraw.Draw(picture).text((4, side + 4), caption(score), fill="black", font=font)
    return picture


def caption(score: Score) -> str:
    """Return what stands under the pictures of a case."""
    about = score.situation
    what = {"cine": "run", "pair": "with scout", "spot": "single image"}[about.mode]
    if score.failure:
        return f"{score.name}: {what}, could not be analysed"
    iodine = f"{about.iodine_mg_per_ml:.0f} mgI/mL, " if about.iodine_mg_per_ml else "no contrast, "
    dice = "" if score.dice is None else f"Dice {score.dice:.2f}, "
    return f"{score.name}: {what}, {iodine}{dice}false {score.false_mm2:.0f} mm²"


def _films(case: Case, report: CoverageReport | None, side: int) -> list[Image.Image]:
    if report is None:
        return [Image.new("RGB", (side, side), "grey")] * 2
    # drawn at the size shown, so that borders stay one pixel wide
    true, found = (_shown(mask, side) for mask in (case.mask, report.mask.sure & case.field))
    plain = Image.fromarray(report.pictures.frame).resize((side, side), Image.Resampling.LANCZOS)
    drawn = np.array(plain.convert("RGB"))
    edges = [find_boundaries(mask, mode="thick") for mask in (true, found)]
    for where, colour in ((edges[0], TRUE), (edges[1], FOUND), (edges[0] & edges[1], BOTH)):
        drawn[where] = colour
    return [plain.convert("RGB"), Image.fromarray(drawn)]


def _shown(mask: Mask, side: int) -> Mask:
    small = Image.fromarray(mask.astype(np.uint8) * 255).resize((side, side), Image.Resampling.BILINEAR)
    shown: Mask = np.asarray(small) > 127
    return shown


if __name__ == "__main__":
    main()
