"""Measure speed and memory on this machine, against named peers in the same run, on the same frames.

    python -m benchmarks.speed.bench [--frames 60] [--repeats 3] [--book-frames 12]

The run is that of ``known_run.py``: 1024 × 1024, uncompressed, 12 bit in 16. Peers: the pipeline by the book
with scikit-image, each frame against the first (log, phase_cross_correlation with upsample_factor 20,
ndimage.shift, subtraction, gaussian of sigma 2, Otsu, label, table of regionprops; no report), and as a floor
one copy of the run's bytes. Seconds are the least of the repeats, of the book the median of frames all over
the run; other work on the machine makes all of them larger. Commands in new processes: ``start_up.py``.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage import filters, measure, registration

from benchmarks.speed.known_run import Patient, simulated_patient, write_run
from spreadscan.read.dicom import list_study, read_fluorogram

FRAMES = (15, 30, 60, 120)
SIDES = (256, 512, 1024)


def main() -> None:
    """Run all measurements and print them."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--book-frames", type=int, default=12)
    options = parser.parse_args()
    print(
        f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f} at the start; Python {sys.version.split()[0]},"
        f" numpy {np.__version__}, OpenCV {cv2.__version__}"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        patient = simulated_patient(folder)
        print_run(patient, folder, options)
        print_spot(patient, folder, options.repeats)
        print_growth(patient, folder)


def print_run(patient: Patient, folder: Path, options: argparse.Namespace) -> None:
    frames = options.frames
    run, marked = write_run(patient, folder / "run.dcm", frames)
    stored = read_fluorogram(list_study(run)[0]).stored
    found = measured(run, marked, options.repeats)
    book_s, book_cpu_s = (frames * s for s in book_seconds(stored, options.book_frames))
    copy_s = copy_seconds(stored)
    after_s, whole_s = found["warm_after_decoding_s"], found["warm_s"]["analyse"]
    print(f"\nrun of {frames} frames of {stored.shape[1]} × {stored.shape[2]}")
    print_stages(found)
    print(
        f"  decoded pixels to finished report, warm: {after_s:.2f} s, {frames / after_s:.0f} frames/s"
        f" (cold {found['cold_after_decoding_s']:.2f} s)"
    )
    print(f"  with headers, hashes and decoding: {whole_s:.2f} s")
    print(f"  peak memory beyond the decoded run ({stored.nbytes / 1e6:.0f} MB): {found['extra_mb']:.0f} MB")
    print(
        f"  scikit-image by the book: {1000 * book_s / frames:.0f} ms a frame, {book_s:.1f} s for all;"
        f" {book_s / after_s:.0f} times as long as spreadscan"
    )
    cpu_s = found["cpu_after_decoding_s"]
    print(
        f"  processor time, which other work does not stretch as much: spreadscan {cpu_s:.2f} s, by the book"
        f" {book_cpu_s:.1f} s, {book_cpu_s / cpu_s:.0f} times as much"
    )
    print(
        f"  floor, one copy of the run: {1000 * copy_s:.0f} ms; spreadscan takes {after_s / copy_s:.0f} times"
        " as long"
    )


def print_spot(patient: Patient, folder: Path, repeats: int) -> None:
    spot, marked = write_run(patient, folder / "spot.dcm", 1)
    found = measured(spot, marked, repeats)
    print("\nspot of 1024 × 1024")
    print_stages(found)
    print(
        f"  analysed, warm: {found['warm_s']['analyse']:.2f} s; cold: {found['cold_s']:.2f} s and"
        f" {found['import_s']:.2f} s of imports; peak memory beyond the image: {found['extra_mb']:.0f} MB"
    )


def print_growth(patient: Patient, folder: Path) -> None:
    print("\nhow the cost grows: ms a frame after decoding, warm; MB beyond the decoded run")
    cases = [(frames, 1024) for frames in FRAMES] + [(60, side) for side in SIDES[:-1]]
    for frames, side in cases:
        run, marked = write_run(patient, folder / "grown.dcm", frames, side)
        found = measured(run, marked, 2)
        each_ms = 1000 * found["warm_after_decoding_s"] / frames
        print(f"  {frames:4d} frames of {side:4d}²: {each_ms:5.1f} ms, {found['extra_mb']:4.0f} MB")


def print_stages(found: dict[str, Any]) -> None:
    parts = [(name.strip("_"), s) for name, s in found["warm_s"].items() if name != "analyse" and s >= 0.0005]
    print("  warm, ms: " + ", ".join(f"{name} {1000 * s:.0f}" for name, s in parts))


def measured(run: Path, marked: Path, repeats: int) -> dict[str, Any]:
    """Return what ``stage_times.py`` measures in a process of its own."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.speed.stage_times",
        str(run),
        str(marked),
        "--repeats",
        str(repeats),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def book_seconds(stored: NDArray[np.uint16], frames: int) -> tuple[float, float]:
    """Return the seconds, and those of processors, of a frame of the plain scikit-image pipeline: medians."""
    first = np.log(stored[0].astype(float) + 1)
    times = []
    for index in np.linspace(1, len(stored) - 1, frames).astype(int):
        wall, cpu = time.perf_counter(), time.process_time()
        image = np.log(stored[index].astype(float) + 1)
        shift, _, _ = registration.phase_cross_correlation(first, image, upsample_factor=20)
        difference = filters.gaussian(first - ndimage.shift(image, shift), 2)
        labels = measure.label(difference > filters.threshold_otsu(difference))
        measure.regionprops_table(labels, difference, ("area", "centroid", "bbox", "intensity_mean"))
        times.append((time.perf_counter() - wall, time.process_time() - cpu))
    wall_s, cpu_s = np.median(times, axis=0).tolist()
    return wall_s, cpu_s


def copy_seconds(stored: NDArray[np.uint16]) -> float:
    """Return the seconds of one copy of the run into memory that is there already."""
    copy = np.zeros_like(stored)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        np.copyto(copy, stored)
        times.append(time.perf_counter() - start)
    return min(times)


if __name__ == "__main__":
    main()
