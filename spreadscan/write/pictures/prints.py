"""The pictures of a report for a person: the frame with and without drawings, the subtraction, the strip."""

import numpy as np

from spreadscan.values import Calibration, CoverageReport
from spreadscan.write.pictures.figure import annotated_png
from spreadscan.write.pictures.images import Prints, grey_png
from spreadscan.write.words.report import contrast_state

WIDTH_PX, STRIP_PX = 560, 200


def prints_of(report: CoverageReport) -> Prints:
    """Return the pictures, in the shape that the frame has in the patient where its pixels are not square."""
    scale, pictures = report.calibration, report.pictures
    stretch = scale.row_mm_per_px / scale.column_mm_per_px if isinstance(scale, Calibration) else 1.0
    judged = pictures.difference.any() and contrast_state(report) != "not judged"
    dark = (255 - pictures.difference).astype(np.uint8)
    return Prints(
        annotated_png(report),
        grey_png(pictures.frame, WIDTH_PX, stretch),
        grey_png(dark, WIDTH_PX, stretch) if judged else None,
        tuple(grey_png(frame, STRIP_PX, stretch) for frame in pictures.strip),
    )
