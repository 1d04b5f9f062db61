"""Measure registration on a simulated patient whose motion is known, against named peers in the same run.

    python -m benchmarks.speed.registration [--sizes 1024 512] [--frames 6]

A patient of the simulator (bones, soft tissue, two needles, contrast, eight bubbles of gas, collimator,
vignetting, fixed pattern of the detector) is moved by known amounts, and the quanta are drawn last, at 20 and
80 nGy, 0.25 µGy (cine) and 1.25 µGy a frame at the detector. Every frame is registered to a frame at rest
of the same dose, which has noise of its own each time. The error is the root mean square of how far points
of the inner field are brought off their place, in pixels of the image, both coordinates together; printed
are its root mean square over the frames and its largest value. "Least" is what the quanta allow: the
Cramér-Rao bound of a shift between two such frames whose noise-free images were known, the root of the sum
over both coordinates of 2 / Σ N (∂ ln I)², N the quanta and I the intensity of a pixel.

Peers: scikit-image's phase_cross_correlation with its default normalisation and with none (upsampled 20
times), OpenCV's phaseCorrelate with a Hann window and findTransformECC, shift only, all on the part of
the image within the collimator. OpenCV's phaseCorrelate overwrites what it is handed, so it gets copies.
Times are the least of all frames, of one thread; spreadscan's reference is prepared anew each time, or once.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import cv2
import numpy as np
from skimage.registration import phase_cross_correlation

from spreadscan.image.edges import prepared
from spreadscan.image.registration import register, register_to
from spreadscan.phantom.imaging.detector import OPEN, irradiation
from spreadscan.values import BoolArray, Image, Motion
from tests.known_motion import FIELD_MM, QUANTA_PER_MM2_UGY, Patient, Shown, error_px, frame, passing, patient

DOSES_UGY = (0.02, 0.08, 0.25, 1.25)

Register = Callable[[Image, Image, BoolArray], Motion]


class Measured(NamedTuple):
    """What one way of registering made of the frames of one situation at one dose."""

    errors_px: list[float]
    seconds: list[float]


def main() -> None:
    """Run all measurements and print them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[1024, 512])
    parser.add_argument("--frames", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--own", action="store_true", help="leave the peers out")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    ways = dict(list(WAYS.items())[: 1 if options.own else None])
    print(f"{os.cpu_count()} CPUs, Python {sys.version.split()[0]}, OpenCV {cv2.__version__}")
    for size in options.sizes:
        who = patient(size, options.seed)
        print(f"\n{size} × {size}: error in px, root mean square (largest)\n")
        print(f"{'':33}{'µGy':>6}{'least':>7}" + "".join(f"{name:>18}" for name in ways))
        bounds = dict(zip(DOSES_UGY, (least_error_px(who, dose) for dose in DOSES_UGY), strict=True))
        times: dict[str, list[float]] = {name: [] for name in ways}
        for name, shown in situations(options.frames, size / 1024, options.seed).items():
            for dose, found in measured(who, shown, ways):
                print(
                    f"{name:33}{dose:6.2f}{bounds[dose]:7.3f}"
                    + "".join(f"{cell(one):>18}" for one in found.values())
                )
                for way, one in found.items():
                    times[way] += one.seconds
        print(f"{'time of a frame, ms':46}" + "".join(f"{1000 * min(t):18.1f}" for t in times.values()))
        print(
            f"{'with the reference prepared before, ms':46}{1000 * prepared_seconds(who, options.seed):18.1f}"
        )


def cell(one: Measured) -> str:
    """Return root mean square and largest of the errors."""
    errors = np.array(one.errors_px)
    return f"{np.sqrt((errors**2).mean()):.3f} ({errors.max():.3f})"


def measured(
    who: Patient, shown: list[Shown], ways: dict[str, Register]
) -> Iterator[tuple[float, dict[str, Measured]]]:
    """Yield what each way makes of a situation, dose by dose."""
    rest, passed = passing(who, Shown()), [passing(who, one) for one in shown]
    for number, dose in enumerate(DOSES_UGY):
        found = {name: Measured([], []) for name in ways}
        for index, (one, through) in enumerate(zip(shown, passed, strict=True)):
            reference = frame(who, rest, dose, 1000 + 10 * index + number)
            seen = frame(who, through, dose, 10 * index + number)
            for name, way in ways.items():
                start = time.perf_counter()
                motion = way(reference, seen, who.field)
                found[name].seconds.append(time.perf_counter() - start)
                found[name].errors_px.append(error_px(motion, one.motion, seen.shape))
        yield dose, found


def prepared_seconds(who: Patient, seed: int) -> float:
    """Return the least time of several registrations to one reference, at the dose of cine."""
    shown = situations(6, who.field.shape[0] / 1024, seed)["with growing contrast"]
    reference = prepared(frame(who, passing(who, Shown()), 0.25, 0), who.field)
    seconds = []
    for number, one in enumerate(shown):
        seen = frame(who, passing(who, one), 0.25, number + 1)
        start = time.perf_counter()
        register_to(reference, seen)
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def least_error_px(who: Patient, dose_ugy: float) -> float:
    """Return the Cramér-Rao bound of a shift between two frames."""
    acquisition, field = who.room.acquisition, who.field
    beam = irradiation(passing(who, Shown()), acquisition)
    quanta = QUANTA_PER_MM2_UGY * dose_ugy * (FIELD_MM / beam.shape[1]) ** 2
    counts = quanta * beam / np.median(beam[acquisition.opening > OPEN])
    slopes = np.gradient(np.log(beam))
    return float(np.sqrt(sum(2 / (counts * slope**2)[field].sum() for slope in slopes)))


def situations(frames: int, scale: float, seed: int) -> dict[str, list[Shown]]:
    """Return what is shown, by situation; shifts are of 1024 rows and are scaled to those of the image."""
    rng = np.random.default_rng(seed)

    def shifts(least: float, most: float) -> list[Motion]:
        length, angle = rng.uniform(least, most, frames), rng.uniform(0, 2 * np.pi, frames)
        return [
            Motion(scale * r * np.sin(a), scale * r * np.cos(a), 0.0, 1.0, 0.0)
            for r, a in zip(length, angle, strict=True)
        ]

    def turned(motions: list[Motion]) -> list[Motion]:
        return [
            Motion(m.rows_px, m.columns_px, float(turn), 1.0, 0.0)
            for m, turn in zip(motions, rng.uniform(-1, 1, frames), strict=True)
        ]

    def gas(length_px: float) -> list[tuple[float, float]]:
        angles = rng.uniform(0, 2 * np.pi, frames)
        return [(scale * length_px * float(np.sin(a)), scale * length_px * float(np.cos(a))) for a in angles]

    filled = np.linspace(1 / frames, 1, frames)
    rest = [Shown().motion] * frames
    return {
        "shift 0 to 3 px": [Shown(m) for m in shifts(0, 3)],
        "with growing contrast": [Shown(m, f) for m, f in zip(shifts(0, 3), filled, strict=True)],
        "with contrast and new needles": [
            Shown(m, f, True) for m, f in zip(shifts(0, 3), filled, strict=True)
        ],
        "gas moves 4 px, spine still": [Shown(m, gas_px=g) for m, g in zip(rest, gas(4), strict=True)],
        "gas moves 10 px, spine still": [Shown(m, gas_px=g) for m, g in zip(rest, gas(10), strict=True)],
        "gas 10 px, spine 0 to 3 px": [
            Shown(m, gas_px=g) for m, g in zip(shifts(0, 3), gas(10), strict=True)
        ],
        "all of these": [Shown(m, f, True, g) for m, f, g in zip(shifts(0, 3), filled, gas(10), strict=True)],
        "turned by up to 1°": [Shown(m) for m in turned(shifts(0, 3))],
        "turned, contrast, needles": [
            Shown(m, f, True) for m, f in zip(turned(shifts(0, 3)), filled, strict=True)
        ],
        "shift 12 px": [Shown(m) for m in shifts(12, 12)],
        "jump of 40 to 60 px, contrast": [Shown(m, f) for m, f in zip(shifts(40, 60), filled, strict=True)],
    }


def own(reference: Image, seen: Image, field: BoolArray) -> Motion:
    return register(reference, seen, field)


def phase_default(reference: Image, seen: Image, field: BoolArray) -> Motion:
    return skimage_shift(reference, seen, field, "phase")


def phase_plain(reference: Image, seen: Image, field: BoolArray) -> Motion:
    return skimage_shift(reference, seen, field, None)


def skimage_shift(reference: Image, seen: Image, field: BoolArray, normalization: Any) -> Motion:
    part = within(field)
    shift, _, _ = phase_cross_correlation(
        reference[part], seen[part], upsample_factor=20, normalization=normalization
    )
    return Motion(-float(shift[0]), -float(shift[1]), 0.0, 1.0, 0.0)


def opencv_phase(reference: Image, seen: Image, field: BoolArray) -> Motion:
    part = within(field)
    first, second = reference[part].copy(), seen[part].copy()
    window = cv2.createHanningWindow(first.shape[::-1], cv2.CV_32F)
    (columns, rows), _ = cv2.phaseCorrelate(first, second, window)
    return Motion(rows, columns, 0.0, 1.0, 0.0)


def opencv_ecc(reference: Image, seen: Image, field: BoolArray) -> Motion:
    part = within(field)
    matrix = np.eye(2, 3, dtype=np.float32)
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 50, 1e-5)
    images = [np.ascontiguousarray(image[part]) for image in (reference, seen)]
    with suppress(cv2.error):  # it did not converge: its answer is no motion
        cv2.findTransformECC(*images, matrix, cv2.MOTION_TRANSLATION, stop, None, 5)
    return Motion(float(matrix[1, 2]), float(matrix[0, 2]), 0.0, 1.0, 0.0)


def within(field: BoolArray) -> tuple[slice, slice]:
    """Return the rows and columns of a rectangular field."""
    rows, columns = (np.nonzero(field.any(axis=axis))[0] for axis in (1, 0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


WAYS: dict[str, Register] = {
    "spreadscan": own,
    "skimage default": phase_default,
    "skimage None": phase_plain,
    "cv2 phase": opencv_phase,
    "cv2 ECC": opencv_ecc,
}


if __name__ == "__main__":
    main()
