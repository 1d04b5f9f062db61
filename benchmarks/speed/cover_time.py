"""Time the joint Monte Carlo of coverage: 2000 draws of 24 regions, all of them at the edge of contrast.

    python -m benchmarks.speed.cover_time [--repeats 40]

Six junctions on 1024 × 1024 pixels, 0.25 mm each, with contrast whose edge runs through every region and
whose strength falls off over some millimetres. Told is the least of the repeats, with one thread and with
two: the time that passed, and the time of processors, which other work on the machine stretches less.
"""

import argparse
import os
import time

import cv2
import numpy as np

from spreadscan.anatomy import ASSESSED_LEVELS, REFERENCE
from spreadscan.settings import CoverSettings
from spreadscan.stages.cover import Scene, cover
from spreadscan.stages.place import place
from spreadscan.threads import VARIABLE
from spreadscan.values import Landmark, Landmarks, Orientation, SpreadMask

SIZE_PX = 1024
MM_PER_PX = 0.25


def main() -> None:
    """Time and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=40)
    repeats = parser.parse_args().repeats
    landmarks, scene, settings = spine(), at_every_edge(), CoverSettings()
    orientation = Orientation("image left", "truth", True, True)
    for threads in (1, 2):
        os.environ[VARIABLE] = str(threads)
        cv2.setNumThreads(1)
        passed, used = [], []
        for _ in range(repeats):
            start, worked = time.perf_counter(), time.process_time()
            found = cover(place(landmarks, orientation, settings), scene, settings)
            passed.append(time.perf_counter() - start)
            used.append(time.process_time() - worked)
        doubtful = sum(0.01 < (row.probability or 0) < 0.99 for row in found.regions)
        print(
            f"{settings.draws} draws, {threads} thread(s): {1e3 * min(passed):.1f} ms passed, "
            f"{1e3 * min(used):.1f} ms of processors; {doubtful} of 24 regions in doubt",
            flush=True,
        )


def spine() -> Landmarks:
    """Return the junctions of a straight spine of reference size in the middle of the image."""
    points = []
    for number, level in enumerate(ASSESSED_LEVELS):
        away = REFERENCE[level].junction_x_mm / MM_PER_PX
        row = SIZE_PX / 2 + (number - 1) * 37 / MM_PER_PX
        points += [
            Landmark(level, "left", "sap_tp_junction", row, SIZE_PX / 2 - away),
            Landmark(level, "right", "sap_tp_junction", row, SIZE_PX / 2 + away),
        ]
    return Landmarks("given", tuple(points))


def at_every_edge() -> Scene:
    """Return contrast in stripes along the spine whose edges run through all regions."""
    across = np.abs(np.arange(SIZE_PX) - SIZE_PX / 2) * MM_PER_PX
    strength = np.broadcast_to(np.exp(np.sin(across / 4)), (SIZE_PX, SIZE_PX)).astype(np.float32)
    mask = SpreadMask(strength > 1, strength > 0.74, strength, 0.2, "measured")
    nothing = np.zeros_like(mask.sure)
    return Scene(mask, ~nothing, nothing, "")


if __name__ == "__main__":
    main()
