"""Measure speed and memory of whole commands on this machine, against named peers in the same run.

    python benchmarks/bench.py [--frames 60] [--repeats 3]

The images are those of dicom_samples/ enlarged to 1024 × 1024 pixels, uncompressed, 16 bit. The peer of the
run is the pipeline written by the book with scikit-image (phase_cross_correlation, ndimage.shift, log,
gaussian, Otsu, label), on the same frames, without any report.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy import ndimage
from skimage import filters, measure, registration

from spreadscan.read.dicom import list_study, read_fluorogram

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
SIDE = 1024

PEAK = (
    "import resource, sys; from spreadscan.cli import run; status = run(sys.argv[1:]);"
    "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr); sys.exit(status)"
)


def main() -> None:
    """Run all measurements and print them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    print(f"{os.cpu_count()} CPUs, Python {sys.version.split()[0]}, numpy {np.__version__}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        spot, spot_points = enlarged(folder, "spot_left_l4_l5", 1)
        seconds, peak = command(folder, spot, spot_points, options.repeats)
        print(
            f"spot of {SIDE} × {SIDE}, from command to report: {seconds:.2f} s (median), peak {peak:.0f} MB"
        )
        run, run_points = enlarged(folder, "cine_left_l3_l5", options.frames)
        seconds, peak = command(folder, run, run_points, options.repeats)
        print(
            f"run of {options.frames} × {SIDE} × {SIDE}, from command to report: {seconds:.2f} s (median),"
            f" peak {peak:.0f} MB"
        )
        book = by_the_book(run, min(options.frames, 8))
        print(
            f"scikit-image by the book: {book:.2f} s a frame; its {options.frames} frames take"
            f" {book * options.frames / seconds:.1f} times as long as spreadscan's command"
        )


def enlarged(folder: Path, sample: str, frames: int) -> tuple[Path, Path]:
    """Write a sample enlarged to SIDE, its last frame repeated to a number of frames, and its landmarks."""
    from tests.dicom_files import write_xa

    source = ROOT / "dicom_samples" / sample
    header = list_study(source)[-1]
    stored = read_fluorogram(header).stored
    factor = SIDE / stored.shape[1]
    rng = np.random.default_rng(0)
    order = [*range(len(stored)), *[len(stored) - 1] * frames][:frames]
    large = np.empty((frames, SIDE, SIDE), np.uint16)
    for number, index in enumerate(order):
        frame = ndimage.zoom(stored[index].astype(np.float32), factor, order=1)
        large[number] = np.clip(frame + rng.normal(0, 4, frame.shape), 0, 2**header.pixels.bits_stored - 1)
    path = folder / f"{sample}.dcm"
    write_xa(path, large, BitsStored=header.pixels.bits_stored, HighBit=header.pixels.bits_stored - 1)
    points = json.loads((source / "landmarks.json").read_text())
    for point in points["points"]:
        point["row"], point["column"] = point["row"] * factor, point["column"] * factor
    marked = folder / f"{sample}.json"
    marked.write_text(json.dumps(points))
    return path, marked


def command(folder: Path, image: Path, points: Path, repeats: int) -> tuple[float, float]:
    """Return the median wall time in seconds of ``spreadscan analyse`` and its peak memory in MB."""
    times, peaks = [], []
    arguments = ["analyse", str(image), "--landmarks", str(points), "-o", str(folder / "out"), "-q"]
    for _ in range(repeats + 1):
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", PEAK, *arguments], capture_output=True, text=True, check=True
        )
        times.append(time.perf_counter() - start)
        peaks.append(int(done.stderr.split()[-1]) / 1000)
    return float(np.median(times[1:])), max(peaks)


def by_the_book(image: Path, frames: int) -> float:
    """Return the seconds a frame of the plain scikit-image pipeline."""
    stored = read_fluorogram(list_study(image)[0]).stored
    first = np.log(stored[0].astype(float) + 1)
    start = time.perf_counter()
    for frame in stored[1 : frames + 1]:
        image_log = np.log(frame.astype(float) + 1)
        shift, _, _ = registration.phase_cross_correlation(first, image_log, upsample_factor=20)
        difference = filters.gaussian(first - ndimage.shift(image_log, shift), 2)
        measure.label(difference > filters.threshold_otsu(difference))
    return (time.perf_counter() - start) / frames


if __name__ == "__main__":
    main()
