"""Many cases: each in a folder of its own, made side by side, nothing half written."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from spreadscan import __version__
from spreadscan.errors import CannotWrite, WrongUsage
from spreadscan.phantom.chance import Ticket
from spreadscan.phantom.draw import draw_scenario
from spreadscan.phantom.scenario import Scenario

ORDER_FILE = "made_from.json"
"""What a case was made from, beside its files: by this a case that is there already is known."""


@dataclass(frozen=True)
class Order:
    """A case to be made.

    Attributes:
        ticket: which case of which set.
        scenario: what it is; ``None``: drawn from ``distribution``.
        distribution: one of ``draw.DISTRIBUTIONS``.
        anatomy: folder of meshes to use instead of the built-in anatomy.
    """

    ticket: Ticket
    scenario: Scenario | None = None
    distribution: str = "clinical"
    anatomy: Path | None = None

    @property
    def name(self) -> str:
        """The name of the case's folder: its number in three digits or more."""
        return f"{self.ticket.case:03d}"

    def described(self) -> str:
        """Return what the case is made from, as JSON: the same text, the same case."""
        scenario = None if self.scenario is None else asdict(self.scenario)
        anatomy = None if self.anatomy is None else _fingerprint(self.anatomy)
        kept = {"scenario": scenario} if scenario else {"distribution": self.distribution}
        about = {"spreadscan_version": __version__, "ticket": asdict(self.ticket), "anatomy": anatomy, **kept}
        return json.dumps(about, indent=1, sort_keys=True) + "\n"


@dataclass(frozen=True)
class Made:
    """A case that is there.

    Attributes:
        name: of its folder.
        new: whether it was made now, not found.
    """

    name: str
    new: bool


def make_cases(
    orders: Sequence[Order], folder: Path, make_executor: Callable[[], Executor]
) -> Iterator[Made]:
    """Make cases and yield them as they are finished; those that are there already are not made again.

    Args:
        orders: what to make; of different numbers.
        folder: where the folders of the cases go; made if needed.
        make_executor: makes an executor, such as a pool of processes.

    Raises:
        WrongUsage: ``bad-option`` when the folder holds something else under the name of a case.
        CannotWrite: ``output-unwritable``.
    """
    waiting = []
    for order in orders:
        if _is_there(order, folder):
            yield Made(order.name, new=False)
        else:
            waiting.append(order)
    if not waiting:
        return
    executor = make_executor()
    try:
        futures = [executor.submit(partial(make_case, folder=folder), order) for order in waiting]
        for future in as_completed(futures):
            yield Made(future.result(), new=True)
    finally:
        executor.shutdown(cancel_futures=True)


def make_case(order: Order, folder: Path) -> str:
    """Make one case in a folder of its own, complete or not at all; return its name.

    Raises:
        CannotWrite: ``output-unwritable``.
    """
    from spreadscan.phantom.simulate import simulate, write_case

    scenario = order.scenario or draw_scenario(order.distribution, order.ticket.chance("scenario"))
    skeleton = None
    if order.anatomy is not None:
        from spreadscan.phantom.bones.mesh_files import read_skeleton

        skeleton = read_skeleton(order.anatomy, scenario.subject, order.ticket.chance("bones"))
    case = simulate(scenario, order.ticket, skeleton)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(prefix=f".{order.name}-", dir=folder))
        try:
            made = staged / order.name
            made.mkdir()
            write_case(case, made)
            (made / ORDER_FILE).write_text(order.described(), encoding="utf-8")
            made.rename(folder / order.name)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
    except OSError as error:
        raise _unwritable(folder, error) from error
    return order.name


def _is_there(order: Order, folder: Path) -> bool:
    place = folder / order.name
    if not place.exists():
        return False
    try:
        if (place / ORDER_FILE).read_text(encoding="utf-8") == order.described():
            return True
    except (OSError, UnicodeDecodeError):
        pass
    raise WrongUsage(
        "bad-option",
        f"holds something else under the name '{order.name}'",
        field="--output",
        advice="choose another folder; what is there is not replaced",
    )


def _fingerprint(anatomy: Path) -> str:
    """First 16 hexadecimal digits of the SHA-256 of the files of an anatomy."""
    text = hashlib.sha256()
    for name in ("bones.npz", "landmarks.json"):
        try:
            text.update((anatomy / name).read_bytes())
        except OSError:
            text.update(b"missing")
    return text.hexdigest()[:16]


def _unwritable(folder: Path, error: OSError) -> CannotWrite:
    return CannotWrite(
        "output-unwritable",
        f"the case cannot be written ({error.strerror or error})",
        advice="check that the folder may be written to and the disk has room, or choose another folder",
        file=folder.name,
    )
