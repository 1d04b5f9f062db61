from dataclasses import replace

import numpy as np
from PIL import Image

from spreadscan.values import SpreadMask
from spreadscan.write.pictures.images import to_gray, write_mask
from tests.reports import make_report

SURE = np.array([[0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]], dtype=bool)
POSSIBLE = np.array([[0, 1, 0, 0], [1, 1, 1, 0], [0, 1, 0, 0]], dtype=bool)
GRAY = [[0, 128, 0, 0], [128, 255, 128, 0], [0, 128, 0, 0]]
MASK = SpreadMask(SURE, POSSIBLE, SURE.astype(np.float32), 0.2, "measured")


def test_truth_table():
    assert to_gray(MASK).tolist() == GRAY


def test_the_file_has_the_rows_and_columns_of_the_frame_and_three_gray_levels(tmp_path):
    write_mask(replace(make_report(), mask=MASK), tmp_path / "mask.png")
    with Image.open(tmp_path / "mask.png") as image:
        assert (image.mode, image.size, image.info) == ("L", (4, 3), {})
        assert np.asarray(image).tolist() == GRAY


def test_a_rerun_gives_the_same_bytes(tmp_path):
    for name in ("one.png", "two.png"):
        write_mask(make_report(), tmp_path / name)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
