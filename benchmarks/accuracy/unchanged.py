"""Write the results of the samples and of ten simulated cases, and say what differs from earlier ones.

    python -m benchmarks.accuracy.unchanged AFTER [--against BEFORE] [--jobs 2]

Run it before a change and after it: ``AFTER`` and ``BEFORE`` are folders, made by this command. Compared are
the bytes of every file but a batch's journal, in which studies stand as they ended; of pictures the pixels;
of ``report.json`` also the values that differ are named. Exit status 0 when nothing differs, else 1.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[2]
SEED, CASES = 7, 10
IN_ANY_ORDER = "outcomes.jsonl"
MOST_NAMED = 8
"""Of the values of a report that differ, so many are named."""


def main() -> None:
    """Write the results, compare them where asked, and end with the status."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("after", type=Path)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    write_results(options.after, options.jobs)
    if options.against is not None:
        found = list(differences(options.against / "results", options.after / "results"))
        print("\n".join(found) or "nothing differs")
        sys.exit(1 if found else 0)


def write_results(folder: Path, jobs: int) -> None:
    """Simulate the cases, and analyse them and the samples: as a batch, singly, and without landmarks."""
    cases, results = folder / "cases", folder / "results"
    spreadscan("simulate", "--cases", CASES, "--seed", SEED, "-o", cases, "-q", "--jobs", jobs)
    spreadscan("batch", ROOT / "dicom_samples", "-o", results / "batch", "-q", "--jobs", jobs)
    studies = [
        *sorted(p for p in cases.iterdir() if p.is_dir()),
        *sorted((ROOT / "dicom_samples").glob("*/")),
    ]
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(lambda study: analyse_both_ways(study, results), studies))


def analyse_both_ways(study: Path, results: Path) -> None:
    """Analyse a study with its landmarks and a protocol, and with nothing but its images."""
    images = study / "images" if (study / "images").is_dir() else study
    marked = study / "landmarks.json"
    given = ("--landmarks", marked) if marked.is_file() else ()
    told = ("--protocol", "kimura-2020", "--outline", "imagej", "-q")
    spreadscan("analyse", images, *given, *told, "-o", results / "given" / study.name)
    spreadscan("analyse", images, "-q", "-o", results / "found" / study.name)


def spreadscan(*arguments: object) -> None:
    """Run the program in a new process; a refusal is a result too, and is not looked at here."""
    command = [sys.executable, "-m", "spreadscan", *map(str, arguments)]
    subprocess.run(command, cwd=ROOT, check=False, capture_output=True)


def differences(before: Path, after: Path) -> Iterator[str]:
    """Yield a line for each file that only one folder has, or whose bytes differ."""
    names = {p.relative_to(folder) for folder in (before, after) for p in folder.rglob("*") if p.is_file()}
    if not names:
        yield "no result at all"
    for name in sorted(name for name in names if name.name != IN_ANY_ORDER):
        one, other = before / name, after / name
        if not (one.is_file() and other.is_file()):
            yield f"{name}: only {'before' if one.is_file() else 'after'}"
        elif content_of(one) != content_of(other):
            yield f"{name}: differs{values_that_differ(one, other) if name.suffix == '.json' else ''}"


def content_of(path: Path) -> bytes:
    """Return what must be the same: the size and pixels of a picture, the bytes of any other file."""
    if path.suffix != ".png":
        return path.read_bytes()
    with Image.open(path) as image:
        return repr((image.mode, image.size)).encode() + image.tobytes()


def values_that_differ(one: Path, other: Path) -> str:
    """Return the first values in which two files of JSON differ."""
    values = list(unequal(*(json.loads(path.read_text(encoding="utf-8")) for path in (one, other)), ""))
    more = f"; {len(values) - MOST_NAMED} more" if len(values) > MOST_NAMED else ""
    return f": {'; '.join(values[:MOST_NAMED])}{more}"


def unequal(one: object, other: object, at: str) -> Iterator[str]:
    """Yield where two values of JSON differ, and what they are."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            yield from unequal(one.get(key), other.get(key), f"{at}.{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (a, b) in enumerate(zip(one, other, strict=True)):
            yield from unequal(a, b, f"{at}[{number}]")
    elif one != other:
        yield f"{at} {str(one)[:40]} -> {str(other)[:40]}"


if __name__ == "__main__":
    main()
