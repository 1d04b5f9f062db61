"""How many threads read and look at frames side by side, and how they do.

What is computed never depends on it: each frame is looked at by itself, and what comes of them is put
together in the order of the frames.

Decoders work without the interpreter, so that frames are decoded by one thread for each core. Stages make
many short calls between which they hold it: threads of ours gained nothing there (``docs/decisions.md``),
while those of OpenCV within its calls do. So stages use one thread unless they are told otherwise, or the
calls are few and long.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

VARIABLE = "SPREADSCAN_THREADS"
"""Name of the environment variable that says how many threads there may be. Without it there is one for each
core where frames are decoded, and one where stages look at them."""
MOST_THREADS = 8

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def thread_count() -> int:
    """Return how many threads may decode frames side by side, 1 to ``MOST_THREADS``."""
    return _asked(_cores())


def _asked(usual: int) -> int:
    """The number of threads that the environment asks for, else the usual one."""
    asked = os.environ.get(VARIABLE, "")
    wanted = int(asked) if asked.isdecimal() else usual
    return min(max(1, wanted), MOST_THREADS)


def side_by_side(
    work: Callable[[_Item], _Result], items: Iterable[_Item], *, long: bool = False
) -> Sequence[_Result]:
    """Return what comes of the work on each item, in the order of the items.

    Args:
        work: what is done to one; it spends its time in functions that release the interpreter.
        items: what it is done to.
        long: whether they are few and take milliseconds each: then there is a thread for each core.
    """
    waiting = tuple(items)
    threads = min(_asked(_cores() if long else 1), len(waiting))
    if threads <= 1:
        return [work(item) for item in waiting]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, waiting))


def work_alone() -> None:
    """Let this process use one thread: for processes of which there is one for each core."""
    import cv2

    os.environ[VARIABLE] = "1"
    cv2.setNumThreads(1)


def _cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
