"""How a value is made: frozen, its arrays read-only from birth and after pickling; and names of arrays."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, TypeVar, dataclass_transform

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
"""An image of real numbers; its shape and unit stand where it is used."""
Vector = NDArray[np.float64]
"""Numbers of double precision: one vector, or many, one a row."""
BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float32] | NDArray[np.float64]
StoredArray = NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.int16]


_T = TypeVar("_T")


@dataclass_transform(frozen_default=True, eq_default=False)
def value(cls: type[_T]) -> type[_T]:
    """Make a class a frozen value: its arrays are read-only from birth and after pickling."""
    made: Any = dataclass(frozen=True, eq=False)(cls)
    born: Callable[..., None] = made.__init__
    names = [f.name for f in fields(made)]

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        born(self, *args, **kwargs)
        for name in names:
            item = getattr(self, name)
            if isinstance(item, np.ndarray):
                item.setflags(write=False)

    def __reduce__(self: Any) -> tuple[Any, ...]:  # noqa: N807
        return made, tuple(getattr(self, name) for name in names)

    __init__.__wrapped__ = born  # type: ignore[attr-defined]
    made.__init__, made.__reduce__ = __init__, __reduce__
    return made  # type: ignore[no-any-return]
