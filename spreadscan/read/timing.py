"""When the frames of a run and the images of a study were taken, as far as the header says."""

import datetime
import re
from itertools import accumulate, pairwise
from typing import NamedTuple

from spreadscan.read.attributes import Attributes

FRAME_TIME, FRAME_TIME_VECTOR = 0x00181063, 0x00181065


class AcquisitionOrder(NamedTuple):
    """What sorts an image among the others of its study.

    Attributes:
        time: days from the Study Date and time of day; empty when unknown.
        number: the Instance Number within the Series Number; 0 when unknown.
    """

    time: str
    number: int


def frame_times_s(attributes: Attributes, frames: int) -> tuple[float, ...] | None:
    """Return the time of each frame after the first, (T) in seconds; ``None`` when unknown.

    From the date and time of each frame of an enhanced object, else from Frame Time Vector or Frame Time,
    whichever Frame Increment Pointer names. Times that stand still or run backwards are unknown. Cine Rate
    is a wish for the display and says nothing.
    """
    if frames == 1:
        return None
    vector, constant = _by_vector(attributes, frames), _by_frame_time(attributes, frames)
    pointers = attributes.integers("FrameIncrementPointer", slug=None)
    ordered = (constant, vector) if FRAME_TIME in pointers else (vector, constant)
    return _by_frame_content(attributes, frames) or ordered[0] or ordered[1]


def acquisition_order(attributes: Attributes) -> AcquisitionOrder | None:
    """Return what sorts an image among the others of its study; ``None`` without a time or a number.

    The time counts days from the Study Date, or is the time of day alone when there is none, so that no date
    leaves the file: ``0000 101601.000000``. The number is the Instance Number within the Series Number.
    """
    time = _acquired(attributes)
    series = attributes.integers("SeriesNumber", slug=None)[:1]
    instance = attributes.integers("InstanceNumber", slug=None)[:1]
    if not time and not instance:
        return None
    # instance numbers begin again in each series; both fit into 32 bits
    number = sum(series) * 2**32 + sum(instance) if instance else 0
    return AcquisitionOrder(time, number)


def mask_frames(attributes: Attributes, frames: int) -> tuple[int, ...]:
    """Return the 0-based frames that the Mask Subtraction Sequence averages to a mask; none when it has none.

    The first item that averages frames of this run counts; other operations, and frames that do not exist,
    do not.
    """
    for item in attributes.items("MaskSubtractionSequence"):
        if item.text("MaskOperation").upper() == "AVG_SUB":
            named = {number - 1 for number in item.integers("MaskFrameNumbers", slug=None)}
            existing = sorted(index for index in named if 0 <= index < frames)
            if existing:
                return tuple(existing)
    return ()


def _by_frame_content(attributes: Attributes, frames: int) -> tuple[float, ...] | None:
    groups = attributes.items("PerFrameFunctionalGroupsSequence")
    if len(groups) != frames:
        return None
    for keyword in ("FrameReferenceDateTime", "FrameAcquisitionDateTime"):
        moments = [_moment(c.text(keyword)) for g in groups for c in g.items("FrameContentSequence")[:1]]
        known = [moment for moment in moments if moment is not None]
        if len(known) == frames:
            return _rising(tuple((moment - known[0]).total_seconds() for moment in known))
    return None


def _by_vector(attributes: Attributes, frames: int) -> tuple[float, ...] | None:
    increments = attributes.numbers("FrameTimeVector", slug=None)
    if len(increments) != frames:
        return None
    # an increment counts from the frame before: the first of the vector has none and is 0
    return _rising(tuple(accumulate((ms / 1000 for ms in increments[1:]), initial=0.0)))


def _by_frame_time(attributes: Attributes, frames: int) -> tuple[float, ...] | None:
    step = next(iter(attributes.numbers("FrameTime", slug=None)), 0.0)
    return tuple(index * step / 1000 for index in range(frames)) if step > 0 else None


def _rising(times: tuple[float, ...]) -> tuple[float, ...] | None:
    return times if all(earlier < later for earlier, later in pairwise(times)) else None


def _acquired(attributes: Attributes) -> str:
    """Days since the Study Date and time of day; empty when there is no time."""
    study_day = _digits(attributes.text("StudyDate"))
    written = [attributes.text("AcquisitionDateTime")]
    for event in ("Acquisition", "Content"):
        # an image without a date of its own belongs to the day of the study
        day = _digits(attributes.text(event + "Date")) or study_day or "20000101"
        written.append(day + attributes.text(event + "Time"))
    moment = next((m for m in map(_moment, written) if m is not None), None)
    if moment is None:
        return ""
    study = _moment(study_day + "000000")
    days = 0 if study is None else max(0, (moment.date() - study.date()).days)
    return f"{days:04d} {moment:%H%M%S.%f}"


def _moment(text: str) -> datetime.datetime | None:
    """The moment that a date and time written in digits name, to the second at least; no time zone."""
    whole, _, fraction = re.split(r"[+&-]", text)[0].partition(".")
    digits = _digits(whole)
    if len(digits) < 12:
        return None
    micro = _digits(fraction)[:6].ljust(6, "0")
    try:
        return datetime.datetime.strptime(digits[:14].ljust(14, "0") + micro, "%Y%m%d%H%M%S%f")
    except ValueError:
        return None


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)
