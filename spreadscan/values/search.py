"""What a search for landmarks found, and what it thinks of the view."""

from spreadscan.values.frozen import value
from spreadscan.values.inputs import Landmarks


@value
class View:
    """What an image seems to show, as far as a search for landmarks can tell.

    Attributes:
        answerable: probability that it is a frontal view of a lumbar spine, by the network.
        agreement: geometric mean over junctions and pedicles of the probability that their maps give to the
            places they were found at.
        level_probability: probability that the levels are named rightly, not shifted by one.
        head_up: whether the head lies at the top of the stored image.
        rotation_deg: how far the spine is turned about its long axis against the ray through it; positive
            where the spinous processes are seen to the right of the pedicles' middle on the stored image.
            ``None`` where it cannot be told.
        rotation_sd_deg: its standard deviation.
    """

    answerable: float
    agreement: float
    level_probability: float
    head_up: bool
    rotation_deg: float | None = None
    rotation_sd_deg: float | None = None


@value
class Search:
    """The outcome of a search for landmarks.

    Attributes:
        landmarks: those it stands behind; none where it stands behind none. Sides are the image's.
        view: what the image seems to show; ``None`` where it was not looked at.
        reason: why there are no landmarks; empty where there are.
        flags: codes of quality flags.
        elsewhere: whether it looks like another part of the body, or none: nothing that was learned from
            lumbar spines holds there.
    """

    landmarks: Landmarks
    view: View | None
    reason: str = ""
    flags: tuple[str, ...] = ()
    elsewhere: bool = False
