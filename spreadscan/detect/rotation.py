"""How far a spine is turned against the beam, by what it moves in the picture: spinous processes most of all.

A turned vertebra shows its spinous process beside the middle of its pedicles; the tips of the transverse
processes, which lie between them in depth, follow less. How far each landmark moves per degree was fitted on
simulated spines, with how spines vary otherwise, crooked spinous processes among it.
"""

from typing import NamedTuple

import numpy as np

from spreadscan.detect.shape import Matrix, Pose, Sighting, SpineShape, laid_covariance, stacked


class Rotation(NamedTuple):
    """How far a spine is turned about its long axis against the ray through it.

    Attributes:
        degrees: positive where the spinous processes are seen to the right of the pedicles' middle.
        sd_degrees: standard deviation.
    """

    degrees: float
    sd_degrees: float


def rotation_of(shape: SpineShape, pose: Pose, sightings: tuple[Sighting, ...]) -> Rotation | None:
    """Return how far the spine is turned; ``None`` where nothing tells it.

    Definition: sightings y = H (m + d θ + s) + e, with m the mean shape laid at the pose, d what a degree
    moves, s ~ N(0, S) the variation of unturned spines with that of free position, size and turn in the
    picture, and e ~ N(0, C) the errors of the sightings. With W = (H S Hᵀ + C)⁻¹

        θ = dᵀHᵀ W (y - H m) / dᵀHᵀ W H d,    standard deviation 1 / sqrt(dᵀHᵀ W H d).

    Args:
        shape: the model.
        pose: where it is laid.
        sightings: landmarks as they were seen or marked, in units of the image.
    """
    if not sightings:
        return None
    rows, seen, noise = stacked(sightings)
    covariance: Matrix = laid_covariance(shape, pose, shape.unturned)[np.ix_(rows, rows)] + noise
    moved = (shape.per_degree @ pose.matrix.T).ravel()[rows]
    weighed = np.linalg.solve(covariance, moved)
    information = float(moved @ weighed)
    if information <= 0:
        return None
    off = seen - pose.laid(shape.mean).ravel()[rows]
    return Rotation(float(weighed @ off) / information, information**-0.5)
