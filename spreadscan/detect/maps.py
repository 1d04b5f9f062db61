"""What the network says of an image: for each landmark where it may lie, and what kind of view it is."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spreadscan.networks.landmarks import landmark_answer

CHANNELS: tuple[str, ...] = tuple(
    f"{kind}_{level}_{side}"
    for kind, levels, sides in (
        ("junction", ("L2", "L3", "L4", "L5", "S1"), ("left", "right")),
        ("pedicle", ("L2", "L3", "L4", "L5"), ("left", "right")),
        ("tptip", ("L3", "L4", "L5"), ("left", "right")),
        ("spinous", ("L2", "L3", "L4", "L5"), ("middle",)),
        ("crest", ("S1",), ("left", "right")),
    )
    for level in levels
    for side in sides
)
"""Landmarks in the order of the network's channels; left and right are the image's, the head up.

``spinous`` is the lower back corner of the spinous process, ``crest`` the top of the iliac crest.
"""
CELL = 2
"""Points of the square along each side of a cell of the maps."""


class LandmarkMaps(NamedTuple):
    """The answer of the network.

    Attributes:
        where: (K, M, M) for each landmark the probability that it lies in the cell; with the probability that
            it is not in the field they sum to 1.
        answerable: probability that this is a frontal view of a lumbar spine, the head up.
    """

    where: NDArray[np.float32]
    answerable: float


MIRRORED: tuple[int, ...] = tuple(
    CHANNELS.index(name.replace("left", "?").replace("right", "left").replace("?", "right"))
    for name in CHANNELS
)
"""The number of each landmark's like on the other side; those of the midline are their own."""


def read_maps(channels: NDArray[np.float32]) -> LandmarkMaps:
    """Return what the network makes of (3, S, S) channels of ``picture.channels_of``.

    It looks twice, at the picture and at its mirror image, and the mean of both is taken: what it thinks of
    a spine must not depend on the side that it sees it from.
    """
    seen, mirrored = _look(channels), _look(np.ascontiguousarray(channels[:, :, ::-1]))
    where = (seen.where + mirrored.where[list(MIRRORED), :, ::-1]) / np.float32(2)
    return LandmarkMaps(where, (seen.answerable + mirrored.answerable) / 2)


def _look(channels: NDArray[np.float32]) -> LandmarkMaps:
    where, view = landmark_answer(channels)
    cells = where[:, :-1]
    side = round(cells.shape[1] ** 0.5)
    return LandmarkMaps(
        where=np.ascontiguousarray(cells.reshape(len(CHANNELS), side, side)),
        answerable=float(1 / (1 + np.exp(-view[0]))),
    )
