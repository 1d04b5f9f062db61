"""Measure how fast cases are simulated on this machine, against a named peer in the same run.

    python -m benchmarks.speed.simulation [--repeats 5]

A spot image of 512 × 512 pixels with its truth, and training images of 256 × 256 pixels (bones, needle,
contrast, random look), both with new bones each time, without writing the files; training images by one
process and by one for each core. The peer of the projection is the same bones as voxels of 1 mm, marched
along the same rays in steps of 1 mm with scipy's map_coordinates.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import numpy as np
from scipy import ndimage

from spreadscan.phantom.bones.skeleton import make_skeleton
from spreadscan.phantom.chance import Ticket
from spreadscan.phantom.draw import draw_scenario
from spreadscan.phantom.geometry import ConeBeam, view_of
from spreadscan.phantom.projection import surface_thickness_mm
from spreadscan.phantom.scenario import Scenario, Setup
from spreadscan.phantom.scenario_file import read_scenario
from spreadscan.phantom.simulate import simulate
from spreadscan.phantom.values import Skeleton


def main() -> None:
    """Run all measurements and print them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=7)
    repeats = parser.parse_args().repeats
    print(f"{os.cpu_count()} CPUs, Python {sys.version.split()[0]}, numpy {np.__version__}")
    block = read_scenario("single-level-diagnostic-block")
    spot = replace(block, study=replace(block.study, kind="spot"))
    seconds = median_seconds(lambda n: simulate(spot, Ticket(1, n)), repeats)
    print(f"spot image of 512 × 512 with truth, two injections: {seconds:.2f} s (median)")
    drawn = [training(n) for n in range(6 * repeats + 1)]
    single = [replace(one, injections=one.injections[:1]) for one in drawn]
    mean = np.mean([len(one.injections) for one in drawn])
    for name, scenarios in (("one injection", single), (f"{mean:.1f} injections on average", drawn)):
        print_training(name, scenarios)
    skeleton = make_skeleton(spot.subject, np.random.default_rng(1))
    view = view_of(Setup(), skeleton)
    outer = [bone.outer for bone in skeleton.bones]
    seconds = median_seconds(lambda _: surface_thickness_mm(outer, view), repeats)
    faces = sum(len(surface.faces) for surface in outer)
    march = marched_seconds(skeleton, view)
    print(f"projection of {faces} faces on 512 × 512: {seconds:.2f} s (median)")
    print(f"map_coordinates along the same rays: {march / seconds:.0f} times as long")


def print_training(name: str, scenarios: list[Scenario]) -> None:
    """Measure training images by one process and by one for each core."""
    seconds = median_seconds(lambda n: simulate(scenarios[n], Ticket(1, n, fast=True)), len(scenarios) - 1)
    beside = side_by_side_seconds(scenarios)
    print(
        f"training image of 256 × 256 with truth, {name}: {seconds:.3f} s (median, one process),"
        f" {beside:.3f} s an image by {os.cpu_count()} processes"
    )


def training(number: int) -> Scenario:
    """Return a training scenario that has contrast."""
    for attempt in range(100):
        scenario = draw_scenario("training", np.random.default_rng([number, attempt]))
        if any(injection.pattern != "none" for injection in scenario.injections):
            return scenario
    raise AssertionError("a hundred scenarios without contrast")


def median_seconds(work: Callable[[int], object], repeats: int) -> float:
    """Return the median wall time of calls; the first, which builds the templates, does not count."""
    work(0)
    times = []
    for number in range(1, repeats + 1):
        start = time.perf_counter()
        work(number)
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def side_by_side_seconds(scenarios: list[Scenario]) -> float:
    """Return the wall time an image of one process for each core, without the start of the processes."""
    with ProcessPoolExecutor(initializer=_ready) as pool:
        list(pool.map(_one, scenarios[:4]))
        start = time.perf_counter()
        list(pool.map(_one, scenarios, chunksize=2))
        return (time.perf_counter() - start) / len(scenarios)


def _ready() -> None:
    simulate(training(0), Ticket(1, 0, fast=True))


def _one(scenario: Scenario) -> None:
    simulate(scenario, Ticket(1, 1, fast=True))


def marched_seconds(skeleton: Skeleton, view: ConeBeam, rows: int = 16) -> float:
    """Return the seconds that marching through a volume takes for the whole image, from some of its rows."""
    points = np.concatenate([bone.outer.vertices_mm for bone in skeleton.bones])
    low, high = points.min(axis=0), points.max(axis=0)
    volume = np.zeros(np.ceil(high - low).astype(int) + 1, np.float32)
    depths = np.arange(view.depth_mm(points).min(), view.depth_mm(points).max())
    directions = view.directions()[:: view.rows // rows]
    start = time.perf_counter()
    for row in directions:
        along = row[:, None] / (row @ view.forward)[:, None, None] * depths[None, :, None]
        ndimage.map_coordinates(volume, (view.source_mm + along - low).reshape(-1, 3).T, order=1).sum()
    return (time.perf_counter() - start) * view.rows / len(directions)


if __name__ == "__main__":
    main()
