"""How long a user waits for a command, in a new process each time: seconds that pass, and of processors.

    python -m benchmarks.speed.start_up [--repeats 5] [--studies 16]

Told beside it, in the same run: the bare imports of the packages that any such program needs
(``BARE_IMPORTS``), and ``book_script.py``, the plain scikit-image pipeline as a command. Seconds are the
least of the repeats; of the script on a run there is one, since it takes half a minute.
"""

import argparse
import compileall
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.speed.known_run import simulated_patient, write_run

ROOT = Path(__file__).parents[2]
PAIR = ROOT / "dicom_samples" / "pair_right_l3_l4"
BOOK = Path(__file__).with_name("book_script.py")
BARE_IMPORTS = "import numpy, cv2, pydicom, onnxruntime, matplotlib.figure"
PIPELINE = "import spreadscan.pipeline, spreadscan.write.folder"
FRAMES = 60


class Spent(NamedTuple):
    """Seconds that passed, and seconds of processors, of a process and those that it started."""

    wall_s: float
    cpu_s: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--studies", type=int, default=16)
    options = parser.parse_args()
    # as installing does: where Python may not write what it compiled, each process would compile anew
    compileall.compile_dir(ROOT / "spreadscan", quiet=1)
    with tempfile.TemporaryDirectory() as name:
        print_commands(Path(name), options.repeats)
        print_batch(Path(name), options.studies)


def print_commands(folder: Path, repeats: int) -> None:
    """Print what commands take, beside bare imports and the script."""
    patient = simulated_patient(folder)
    spot, spot_marked = write_run(patient, folder / "spot.dcm", 1)
    run, run_marked = write_run(patient, folder / "run.dcm", FRAMES)
    bare = least(["-c", BARE_IMPORTS], repeats)
    print(f"\nnew process each time, s (of processors), load {os.getloadavg()[0]:.1f}")
    tell(f"bare imports ({BARE_IMPORTS.removeprefix('import ')})", bare)
    tell("imports of the pipeline and the writers", least(["-c", PIPELINE], repeats), bare)
    out = ["-o", str(folder / "out"), "-q"]
    cases = {
        "command to files, spot of 1024²": [str(spot), "--landmarks", str(spot_marked)],
        "command to files, pair of the samples": [str(PAIR)],
        f"command to files, run of {FRAMES} × 1024²": [str(run), "--landmarks", str(run_marked)],
    }
    found = {
        words: least(["-m", "spreadscan", "analyse", *case, *out], repeats) for words, case in cases.items()
    }
    for words, spent in found.items():
        tell(words, spent, bare)
    script = least([str(BOOK), str(spot), str(folder / "book")], repeats)
    tell("scikit-image script, spot, no report", script)
    script = least([str(BOOK), str(run), str(folder / "book")], 1)
    tell(f"scikit-image script, run of {FRAMES}, no report", script)
    whole = found[f"command to files, run of {FRAMES} × 1024²"]
    ratio, cpu_ratio = script.wall_s / whole.wall_s, script.cpu_s / whole.cpu_s
    print(f"  on the run it takes {ratio:.1f} times as long as spreadscan ({cpu_ratio:.1f} of processors)")
    answers = {
        "spreadscan --help": ["--help"],
        "spreadscan info FILE": ["info", str(spot)],
        "refusal, missing file": ["analyse", str(folder / "missing.dcm")],
        "refusal, not DICOM": ["analyse", str(ROOT / "README.md")],
    }
    for words, arguments in answers.items():
        tell(words, least(["-m", "spreadscan", *arguments], repeats, (0, 3)))


def print_batch(folder: Path, studies: int) -> None:
    """Print what many spots take with one worker and with two, and of a core for each."""
    home = folder / "studies"
    for number in range(studies):
        (home / f"s{number:02d}").mkdir(parents=True)
        shutil.copy(folder / "spot.dcm", home / f"s{number:02d}" / "spot.dcm")
        shutil.copy(folder / "spot.json", home / f"s{number:02d}" / "landmarks.json")
    for jobs in (1, 2):
        out = folder / f"results-{jobs}"
        spent = least(["-m", "spreadscan", "batch", str(home), "-o", str(out), "--jobs", str(jobs), "-q"], 1)
        words = f"batch of {studies} spots, {jobs} worker{'s' if jobs > 1 else ''}"
        tell(words, spent)
        print(f"    of a core for each study: {spent.cpu_s / studies:.2f} s")


def tell(words: str, spent: Spent, bare: Spent | None = None) -> None:
    """Print a row; beside bare imports, how many times as long it took."""
    times = f", {spent.wall_s / bare.wall_s:.2f} × bare imports" if bare else ""
    print(f"  {words}: {spent.wall_s:.2f} ({spent.cpu_s:.2f}){times}")


def least(arguments: Sequence[str], repeats: int, allowed: Sequence[int] = (0,)) -> Spent:
    """Return the least of what new processes of Python take with these arguments.

    Raises:
        RuntimeError: one ended with a status that is not allowed.
    """
    spent = []
    for _ in range(repeats):
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, check=False)
        wall_s, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode not in allowed:
            raise RuntimeError(done.stderr.decode(errors="replace"))
        cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        spent.append(Spent(wall_s, cpu_s))
    return Spent(min(one.wall_s for one in spent), min(one.cpu_s for one in spent))


if __name__ == "__main__":
    main()
