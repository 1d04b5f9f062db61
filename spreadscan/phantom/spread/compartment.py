"""Where injectate goes and in which order: the law by which iodine fills it without loss."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from spreadscan.frozen import BoolArray, Vector, value
from spreadscan.phantom.spread.grid import Grid, Voxels, box_of, part_of
from spreadscan.phantom.values import Deposit

_HALVINGS = 14
"""Steps of the search for the front; how near it comes matters little, for what remains is interpolated."""


class _CanFill(NamedTuple):
    """The voxels of a compartment that can fill, (N,) each, double precision."""

    arrival: Vector
    width: Vector
    capacity: Vector


@value
class Compartment:
    """Tissue or vessels that fill in the order of arrival.

    At front T each voxel holds the injected concentration times

        capacity · r((T - arrival) / width),    r(s) = s² (3 - 2s) between 0 and 1,

    which grows with T everywhere and is never above the injected concentration.

    Attributes:
        grid: where.
        arrival: (X, Y, Z) the front at which a voxel begins to fill, infinite where it never does.
        width: (X, Y, Z) by how much more the front must grow until the voxel is full.
        capacity: (X, Y, Z) share of a voxel that injectate can take, 0 to 1.
        volume_ml: what comes here by the end of the injection, at most all that it can hold.
        mg_per_ml: iodine concentration of the injectate.
        intravascular: whether blood washes it out.
    """

    grid: Grid
    arrival: Voxels
    width: Voxels
    capacity: Voxels
    volume_ml: float
    mg_per_ml: float
    intravascular: bool = False

    @property
    def holds_ml(self) -> float:
        """All that has come when the front reaches the last voxel whose arrival is known."""
        reached = _reached(self)
        return (
            _filled_ml(float(reached.arrival.max()), reached, self.grid.step_mm)
            if len(reached.arrival)
            else 0.0
        )


def filled(compartment: Compartment, volume_ml: float, share: float = 1.0) -> Deposit:
    """Return the iodine in a compartment when this volume has come there.

    The front is searched for by halving the range of arrivals; between the last two fronts the filling is
    interpolated, so that the iodine is exactly what was injected, and no voxel ever loses any while more
    comes: both fronts belong to one fixed ladder, whatever the volume.

    Args:
        compartment: where.
        volume_ml: what has come, up to what it holds.
        share: what remains of it (wash-out of vessels).
    """
    reached = _reached(compartment)
    step_mm = compartment.grid.step_mm
    low, high = _fronts(reached, step_mm, volume_ml)
    less, more = _fill(low, reached), _fill(high, reached)
    less_ml, more_ml = (float(fill.sum()) * step_mm**3 / 1000 for fill in (less, more))
    part = (volume_ml - less_ml) / (more_ml - less_ml) if more_ml > less_ml else 1.0
    field = np.zeros(compartment.grid.shape, np.float32)
    field[_can_fill(compartment)] = (less + (more - less) * part) * (compartment.mg_per_ml * share)
    return Deposit(field, compartment.grid.origin_mm, step_mm)


def front_of(compartment: Compartment, volume_ml: float) -> float:
    """Return the front when this volume has come, or slightly more; infinite where it cannot hold so much."""
    if compartment.holds_ml < volume_ml:
        return float("inf")
    return _fronts(_reached(compartment), compartment.grid.step_mm, volume_ml)[1]


def trimmed(compartment: Compartment) -> Compartment:
    """Return a compartment without the voxels that stay empty, but for a margin to interpolate in."""
    front = front_of(compartment, compartment.volume_ml)
    last = compartment.arrival[compartment.arrival >= front].min()
    arrival = np.where(compartment.arrival <= last, compartment.arrival, np.float32(np.inf))
    box = box_of(np.isfinite(arrival), margin=2)
    grid = part_of(compartment.grid, box)
    return replace(
        compartment,
        grid=grid,
        arrival=arrival[box],
        width=compartment.width[box].copy(),
        capacity=compartment.capacity[box].copy(),
    )


@value
class Spread:
    """An injection planned through.

    Attributes:
        tip_mm: where the tip of the needle lies, world.
        needle: unit vector from the tip to the hub, world.
        compartments: where the injectate goes.
    """

    tip_mm: Vector
    needle: Vector
    compartments: tuple[Compartment, ...]


def deposits(spread: Spread, fraction: float, wash: float) -> tuple[Deposit, ...]:
    """Return the iodine in the patient at one moment.

    Its mass is what was injected, volume · fraction · concentration, less what was washed out of veins.

    Args:
        spread: the injection.
        fraction: share of the volume that has been injected, 0 to 1.
        wash: remaining share of what is in vessels: 1 while injecting, less later.
    """
    shares = [(c, wash if c.intravascular else 1.0) for c in spread.compartments]
    return tuple(filled(c, c.volume_ml * fraction, share) for c, share in shares if fraction * share > 0)


def _fronts(reached: _CanFill, step_mm: float, volume_ml: float) -> tuple[float, float]:
    """Return two neighbouring fronts of the ladder between which this volume has come."""
    low, high = float(reached.arrival.min()), float(reached.arrival.max())
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _filled_ml(middle, reached, step_mm) < volume_ml:
            low = middle
        else:
            high = middle
    return low, high


def _can_fill(compartment: Compartment) -> BoolArray:
    return np.asarray(np.isfinite(compartment.arrival) & (compartment.capacity > 0))


def _reached(compartment: Compartment) -> _CanFill:
    """Return the voxels that can fill."""
    here = _can_fill(compartment)
    fields = (compartment.arrival, compartment.width, compartment.capacity)
    # sums of many small shares lose volume in single precision
    return _CanFill(*(field[here].astype(np.float64) for field in fields))


def _filled_ml(front: float, reached: _CanFill, step_mm: float) -> float:
    return float(_fill(front, reached).sum()) * step_mm**3 / 1000


def _fill(front: float, reached: _CanFill) -> Vector:
    """Return the share of each voxel that is filled at a front."""
    risen = np.clip((front - reached.arrival) / reached.width, 0.0, 1.0)
    return np.asarray(reached.capacity * risen * risen * (3 - 2 * risen))
