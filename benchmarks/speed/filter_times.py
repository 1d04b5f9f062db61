"""Time the filters of spreadscan on one image of 1024 × 1024 against the same with scipy, one thread each.

    python -m benchmarks.speed.filter_times

Least of several repeats, in milliseconds of one core.
"""

import time
from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
from scipy import ndimage

from spreadscan.image import filters

SIDE_PX, REPEATS = 1024, 5


def main() -> None:
    """Time and print."""
    print("filters on 1024 × 1024, ms on one core: spreadscan (OpenCV), scipy or numpy")
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    for name, ours, theirs in pairs():
        here_ms, there_ms = least_ms(ours), least_ms(theirs)
        print(f"  {name}: {here_ms:.1f}, {there_ms:.1f}; {there_ms / here_ms:.0f} times as long")
    cv2.setNumThreads(threads)


def pairs() -> list[tuple[str, Callable[[], object], Callable[[], object]]]:
    """Return what is timed: its name, as spreadscan does it, and the same with scipy or numpy."""
    rng = np.random.default_rng(0)
    image = rng.normal(size=(SIDE_PX, SIDE_PX)).astype(np.float32)
    row, column = np.mgrid[:SIDE_PX, :SIDE_PX] - SIDE_PX // 2
    field = row**2 + column**2 < (0.45 * SIDE_PX) ** 2
    speckled = filters.gaussian(image, 3) > 0.12
    square = np.ones((13, 13), bool)
    blocks = image.reshape(SIDE_PX // 4, 4, SIDE_PX // 4, 4)
    return [
        (
            "Gaussian of 3 px",
            partial(filters.gaussian, image, 3.0),
            partial(ndimage.gaussian_filter, image, 3.0, truncate=3.0),
        ),
        (
            "second derivatives at 2 px",
            partial(filters.second_derivatives, image, 2.0),
            lambda: [ndimage.gaussian_filter(image, 2.0, order=o) for o in ((2, 0), (0, 2), (1, 1))],
        ),
        ("means of 4 × 4", partial(filters.shrunk, image, 4), partial(blocks.mean, axis=(1, 3))),
        (
            "dilation by 6 px",
            partial(filters.dilated, speckled, 6.0),
            lambda: ndimage.distance_transform_edt(~speckled) <= 6,
        ),
        (
            "erosion by 17 px",
            partial(filters.eroded, field, 17.0, frame_is_edge=False),
            lambda: ndimage.distance_transform_edt(field) > 17,
        ),
        (
            "grey opening, 13 × 13",
            partial(filters.grey_opened, image, 13),
            partial(ndimage.grey_opening, image, footprint=square),
        ),
        (
            "robust standard deviation",
            partial(filters.robust_sd, image),
            lambda: np.median(np.abs(image - np.median(image))),
        ),
        (
            "connected areas",
            partial(cv2.connectedComponents, filters.as_bytes(speckled)),
            partial(ndimage.label, speckled),
        ),
    ]


def least_ms(work: Callable[[], object]) -> float:
    """Return the least processor time of the work."""
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return 1000 * min(times)


if __name__ == "__main__":
    main()
