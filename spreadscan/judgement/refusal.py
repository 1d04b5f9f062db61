"""Say when no branch region of a view can be assessed at all, and why."""

from typing import NamedTuple

from spreadscan.values import ContrastMap, FramePair, Orientation, Search, SpreadMask


class Refusal(NamedTuple):
    """Why no region can be assessed, empty when they can, and codes of the flags that say so."""

    reason: str
    flags: tuple[str, ...] = ()


def refusal_of(
    search: Search | None, orientation: Orientation, mask: SpreadMask, contrast: ContrastMap, pair: FramePair
) -> Refusal:
    """Return why no region can be assessed, if none can; the first reason that holds.

    Args:
        search: what a search for landmarks found; ``None`` where there was none.
        orientation: whether the view is frontal.
        mask: contrast; one that a person drew is taken at its word, whatever the image shows.
        contrast: what it was found in.
        pair: the frames that it was found from.

    Returns:
        The refusal. Flags: ``no-change-in-run``.
    """
    turned = search is not None and "view-oblique" in search.flags
    if turned or not orientation.frontal:
        return Refusal("the view is not frontal")
    if mask.origin == "given":
        return Refusal("")
    if search is not None and search.elsewhere:
        return Refusal(search.reason)
    if not contrast.judgeable:
        return Refusal("contrast cannot be judged on this single image")
    own_baseline = bool(pair.baseline_frames) and pair.baseline_is_run
    if own_baseline and not mask.found:
        return Refusal("nothing changed during the run", ("no-change-in-run",))
    return Refusal("")
