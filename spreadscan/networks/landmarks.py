"""The network that finds landmarks: its answer for each of them, and for the view as a whole.

What it sees is made in ``detect/picture.py``, what its maps mean stands in ``detect/maps.py``;
``training/landmarks/train.py`` trains it and ``docs/landmarks.md`` is its model card.
"""

from typing import NamedTuple

from spreadscan.frozen import Image
from spreadscan.networks.session import outputs

WEIGHTS = "landmarks.onnx"


class LandmarkAnswer(NamedTuple):
    """What the network says of a picture.

    Attributes:
        where: (K, M·M + 1) for each landmark the probabilities of the cells of its map and, last, of its
            absence.
        view: (1,) the logit of a frontal lumbar view.
    """

    where: Image
    view: Image


def landmark_answer(channels: Image) -> LandmarkAnswer:
    """Return what the network says of (3, S, S) channels of ``detect/picture.py``."""
    where, view = outputs(WEIGHTS, ("where", "view"), {"channels": channels[None]})
    return LandmarkAnswer(where[0], view[0])
