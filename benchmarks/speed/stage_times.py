"""Analyse one run several times in a process of its own, and print seconds and megabytes as JSON.

    python -m benchmarks.speed.stage_times RUN.dcm LANDMARKS.json [--repeats 3]

The first pass is cold: modules are imported, nothing is in any cache. Peak extra memory is that of the first
pass: the largest resident size of the process when the report is finished, less the largest one right after
the last pixel was decoded, which has the run in it once. The other passes are warm; of each stage the least
is told, of the seconds that passed and of those of processors.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

PARTS = ("look_up", "read_fluorogram", "delimit", "attenuate", "choose", "align", "subtract", "estimate")
PARTS += (
    "segment",
    "place",
    "cover",
    "follow",
    "find_uptake",
    "classify",
    "time_curves",
    "quantify",
    "summarise",
)
PARTS += ("depict",)
BEFORE_PIXELS = ("look_up", "read_fluorogram")
"""Headers, hashes and decoding: not counted as work on decoded frames."""


class Clocks(NamedTuple):
    """Seconds that passed, and seconds of processors that this process used."""

    wall_s: float
    cpu_s: float


def main() -> None:
    """Analyse and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("landmarks", type=Path)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    start = time.perf_counter()
    from spreadscan import pipeline
    from spreadscan.values import Request

    imported = time.perf_counter() - start
    spent: dict[str, Clocks] = {}
    peaks: list[float] = []
    for name in (*PARTS, "analyse"):
        setattr(pipeline, name, timed(name, getattr(pipeline, name), spent, peaks))
    passes = []
    for _ in range(options.repeats + 1):
        spent.clear()
        report = pipeline.analyse(options.run, Request(landmarks=options.landmarks))
        passes.append(dict(spent))
        peaks.append(peak_mb())
    nothing = Clocks(0.0, 0.0)
    names = (*PARTS, "analyse")
    warm = {name: min(one.get(name, nothing).wall_s for one in passes[1:]) for name in names}
    warm_cpu = {name: min(one.get(name, nothing).cpu_s for one in passes[1:]) for name in names}
    before = [[one.get(name, nothing) for name in BEFORE_PIXELS] for one in passes]
    after = [
        Clocks(
            one["analyse"].wall_s - sum(part.wall_s for part in parts),
            one["analyse"].cpu_s - sum(part.cpu_s for part in parts),
        )
        for one, parts in zip(passes, before, strict=True)
    ]
    found = {
        "import_s": imported,
        "cold_s": passes[0]["analyse"].wall_s,
        "cold_after_decoding_s": after[0].wall_s,
        "warm_s": warm,
        "warm_cpu_s": warm_cpu,
        "warm_after_decoding_s": min(one.wall_s for one in after[1:]),
        "cpu_after_decoding_s": min(one.cpu_s for one in after[1:]),
        "extra_mb": peaks[1] - peaks[0],
        "contrast_px": report.contrast.area_px,
    }
    print(json.dumps(found))


def timed(
    name: str, work: Callable[..., Any], spent: dict[str, Clocks], peaks: list[float]
) -> Callable[..., Any]:
    """Return a function that does the same work and adds its seconds to those spent under its name."""

    def counted(*args: Any, **kwargs: Any) -> Any:
        wall, cpu = time.perf_counter(), time.process_time()
        result = work(*args, **kwargs)
        so_far = spent.get(name, Clocks(0.0, 0.0))
        spent[name] = Clocks(
            so_far.wall_s + time.perf_counter() - wall, so_far.cpu_s + time.process_time() - cpu
        )
        if name == "read_fluorogram" and not peaks:
            peaks.append(peak_mb())
        return result

    return counted


def peak_mb() -> float:
    """Largest resident size of this process so far, MB (10^6 bytes).

    Read from Linux's /proc: what getrusage tells begins with the size of the parent process.
    """
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


if __name__ == "__main__":
    main()
