"""Look up the attributes of an image without trusting them."""

import math
from collections.abc import Iterable, MutableSequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spreadscan.read.complaint import Complaint

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

LONGEST_TEXT = 10_240
"""Characters of a text that are looked at: the longest that DICOM allows in a description."""


class Unreadable(Exception):
    """An attribute is there, and its value cannot be understood."""


@dataclass(frozen=True)
class Attributes:
    """The attributes of one image.

    An empty attribute is an absent one. What is there and cannot be understood becomes a complaint, or is
    left out where the caller says that nothing depends on it.

    Attributes:
        datasets: where to look, in order: the object itself, then the functional groups of its first frame.
        complaints: what was found wrong so far.
    """

    datasets: tuple["Dataset", ...]
    complaints: list[Complaint]

    def complain(self, slug: str, keyword: str, problem: str) -> None:
        """Note that an attribute is wrong."""
        self.complaints.append(Complaint(slug, problem, field=field_name(keyword)))

    def number(self, keyword: str, *, slug: str = "bad-header") -> float | None:
        """Return a finite number; ``None`` when it is absent, or unreadable and complained about."""
        numbers = self.numbers(keyword, slug=slug)
        return numbers[0] if numbers else None

    def numbers(self, keyword: str, *, slug: str | None = "bad-header") -> tuple[float, ...]:
        """Return finite numbers; none when they are absent or unreadable.

        Args:
            keyword: of the attribute.
            slug: of the complaint about unreadable ones; ``None`` leaves them out without one.
        """
        try:
            return tuple(_finite(item) for item in self.values(keyword))
        except Unreadable as error:
            if slug is not None:
                self.complain(slug, keyword, str(error))
            return ()

    def integers(self, keyword: str, *, slug: str | None = "bad-geometry") -> tuple[int, ...]:
        """Return whole numbers; none when they are absent or unreadable."""
        numbers = self.numbers(keyword, slug=slug)
        if all(number == int(number) for number in numbers):
            return tuple(int(number) for number in numbers)
        if slug is not None:
            self.complain(slug, keyword, "is not a whole number")
        return ()

    def texts(self, keyword: str) -> tuple[str, ...]:
        """Return the values of a text without the blanks around them; none when it cannot be read."""
        try:
            return tuple(str(item)[:LONGEST_TEXT].strip(" \0\t\r\n") for item in self.values(keyword))
        except (Unreadable, ValueError):
            return ()

    def text(self, keyword: str) -> str:
        """Return the first value of a text; empty when absent or unreadable."""
        return next(iter(self.texts(keyword)), "")

    def items(self, keyword: str) -> tuple["Attributes", ...]:
        """Return the items of a sequence, each complaining to the same list."""
        found: Iterable[Dataset] = ()
        for dataset in self.datasets:
            found = found or _items(dataset, keyword)
        return tuple(Attributes((item,), self.complaints) for item in found)

    def values(self, keyword: str) -> tuple[object, ...]:
        """Return the values as pydicom makes them; none when absent.

        Raises:
            Unreadable: when they cannot be made.
        """
        for dataset in self.datasets:
            values = _values(dataset, keyword)
            if values:
                return values
        return ()


def with_functional_groups(dataset: "Dataset", complaints: list[Complaint]) -> Attributes:
    """Return the attributes of an object, of its first frame where frames differ.

    Enhanced objects keep in functional groups, one for each frame and one for all, what the classic ones keep
    at the top: each group is a sequence of one item, and an attribute stands in one group only.
    """
    found = [dataset]
    for keyword in ("PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence"):
        for frame in _items(dataset, keyword)[:1]:
            found.append(frame)  # a few groups are themselves the sequence that is looked for
            for tag in list(frame.keys()):
                found += _items(frame, tag)[:1]
    return Attributes(tuple(found), complaints)


def field_name(keyword: str) -> str:
    """Return an attribute's keyword with its tag, such as ``Rows (0028,0010)``."""
    from pydicom.datadict import tag_for_keyword

    tag = tag_for_keyword(keyword) or 0
    return f"{keyword} ({tag >> 16:04X},{tag & 0xFFFF:04X})"


def _values(dataset: "Dataset", key: str | int) -> tuple[object, ...]:
    """The values of an element, none when it is absent, empty or too large to have been read."""
    from pydicom.dataelem import RawDataElement

    if key not in dataset:
        return ()
    raw = dataset.get_item(key, keep_deferred=True)
    # asking pydicom for a deferred value would read it after all, however long it says it is
    if isinstance(raw, RawDataElement) and raw.value is None and raw.length:
        return ()
    try:
        value = dataset[key].value
    except Exception as error:  # each value representation fails in its own way
        raise Unreadable("cannot be read") from error
    values = tuple(value) if isinstance(value, MutableSequence | tuple) else (value,)
    return tuple(item for item in values if item not in (None, "", b""))


def _items(dataset: "Dataset", key: str | int) -> tuple["Dataset", ...]:
    from pydicom.dataset import Dataset

    try:
        values = _values(dataset, key)
    except Unreadable:
        return ()
    return tuple(item for item in values if isinstance(item, Dataset))


def _finite(item: object) -> float:
    try:
        number = float(item)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError) as error:
        raise Unreadable("is not a number") from error
    if not math.isfinite(number):
        raise Unreadable("is not a finite number")
    return number
