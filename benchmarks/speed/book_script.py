"""Contrast by the book, as a script that a person might write: DICOM in, a mask and a table out.

    python benchmarks/speed/book_script.py RUN.dcm FOLDER

Each frame against the first with scikit-image: log, phase_cross_correlation, shift, subtraction, gaussian,
Otsu, label, table of regionprops. A single image has nothing to be subtracted from: its background is a wide
gaussian. The mask is that of the frame with the largest area; no report is written.
"""

import csv
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pydicom
from numpy.typing import NDArray
from scipy import ndimage
from skimage import filters, io, measure, registration

FINE_PX, WIDE_PX = 2, 40
FACTS = ("area", "centroid", "bbox", "intensity_mean")


class Found(NamedTuple):
    """Where contrast is in a frame, (R, C), and what is known of its areas, by column."""

    mask: NDArray[np.bool_]
    areas: dict[str, Any]


def main() -> None:
    """Read, subtract, and write ``mask.png`` and ``areas.csv``."""
    source, folder = Path(sys.argv[1]), Path(sys.argv[2])
    dataset = pydicom.dcmread(source)
    frames = dataset.pixel_array.reshape(-1, dataset.Rows, dataset.Columns)
    folder.mkdir(parents=True, exist_ok=True)
    first = np.log(frames[0].astype(float) + 1)
    found = [in_frame(first, np.log(frame.astype(float) + 1)) for frame in frames[1:]]
    found = found or [areas_of(filters.gaussian(first, WIDE_PX) - filters.gaussian(first, FINE_PX))]
    largest = max(found, key=lambda one: one.mask.sum())
    io.imsave(folder / "mask.png", largest.mask.astype(np.uint8) * 255, check_contrast=False)
    with (folder / "areas.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["frame", *largest.areas])
        for number, one in enumerate(found, 2 if len(frames) > 1 else 1):
            writer.writerows([number, *row] for row in zip(*one.areas.values(), strict=True))


def in_frame(first: NDArray[np.float64], image: NDArray[np.float64]) -> Found:
    shift, _, _ = registration.phase_cross_correlation(first, image, upsample_factor=20)
    return areas_of(filters.gaussian(first - ndimage.shift(image, shift), FINE_PX))


def areas_of(difference: NDArray[np.float64]) -> Found:
    mask = difference > filters.threshold_otsu(difference)
    return Found(mask, measure.regionprops_table(measure.label(mask), difference, FACTS))


if __name__ == "__main__":
    main()
