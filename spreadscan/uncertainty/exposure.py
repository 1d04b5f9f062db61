"""Whether a region or branch is reached, draw by draw, and what most of the doubt about it comes from."""

from typing import NamedTuple

import numpy as np

from spreadscan.frozen import BoolArray, Image, Vector
from spreadscan.settings import CoverSettings
from spreadscan.uncertainty.sampling import points_along, points_in, shares_of
from spreadscan.values import BranchRegion, Cause, JunctionFrame, SacralZone

AREA_POINTS = 128
"""So many points stand for the area of a region in the draws."""
COURSE_STEP_MM = 0.2
"""Distance of the points along a course in the draws, reference millimetres."""
LEAST_DOUBT = 0.02
"""A probability this near to 0 or 1 leaves no doubt."""


class Target(NamedTuple):
    """What must lie in contrast for a region to be reached.

    Attributes:
        parts: (N, 2) points (x lateral, y cranial) in reference millimetres: of the region's area, then,
            but for the common zone, of the branch's course.
        least: share of the last of them that must lie in contrast.
    """

    parts: tuple[Vector, ...]
    least: float


class Doubts(NamedTuple):
    """What is off in each draw beside the junctions.

    Attributes:
        contrast, registration: (D,) by how many standard deviations of the edge it is off, by threshold and
            segmentation, and by motion between the images; their squares add up to 1 on average.
        missed, false: (D,) in which draws contrast is taken to lie everywhere, and nowhere.
    """

    contrast: Image
    registration: Image
    missed: BoolArray
    false: BoolArray

    @property
    def numbers(self) -> Image:
        """(D,) standard normal numbers: contrast is where the doubt is at least that."""
        return self.contrast + self.registration

    def without(self, cause: Cause) -> "Doubts":
        """Return the same with one source held where it was measured; landmarks and courses are not in it."""
        # wrong pictures are doubt about the contrast: they go with it
        nothing, never = np.zeros_like(self.contrast), np.zeros_like(self.missed)
        if cause == "contrast":
            return Doubts(nothing, self.registration, never, never)
        return self._replace(registration=nothing) if cause == "registration" else self

    def thinned(self, step: int) -> "Doubts":
        """Return the same of every so-manieth draw."""
        return Doubts(
            self.contrast[::step], self.registration[::step], self.missed[::step], self.false[::step]
        )


def target_of(region: BranchRegion | SacralZone, frame: JunctionFrame, settings: CoverSettings) -> Target:
    """Return what must lie in contrast: a length of the course, or a share of the area of the common zone."""
    area = points_in(frame.to_mm(region.outline_px), AREA_POINTS)
    if region.region == "common":
        return Target((area,), settings.least_exposed_share)
    course = points_along(frame.to_mm(region.course_px), COURSE_STEP_MM)
    return Target((area, course), settings.least_exposed_mm / (len(course) * COURSE_STEP_MM))


def reached(shares: Vector, doubts: Doubts, least: float) -> BoolArray:
    """Return in which draws at least a share of the points lies in contrast, (D,).

    Args:
        shares: (D,) of the points that lie where contrast was seen.
        doubts: of each draw.
        least: the share.
    """
    # a picture wrong as a whole is so for all regions at once, whatever lies under one of them
    found: BoolArray = (shares >= least) & ~doubts.false | doubts.missed
    return found


def leading_cause(values: Image, marked: Image, doubts: Doubts, least: float) -> Cause | None:
    """Return the source without which the least doubt would be left, or ``None`` where there is no doubt.

    Definition: p (1 - p) is taken anew in the same draws with one source at a time held where it was
    measured; the source that leaves the least of it leads.

    Args:
        values: (N, D) doubt under each point.
        marked: (N, 1) the same with the junctions held where they were marked.
        doubts: of each draw.
        least: share of points that counts as reached.
    """

    def found(values: Image, doubts: Doubts) -> BoolArray:
        """Return in which draws it is reached."""
        return reached(shares_of(values, doubts.numbers), doubts, least)

    if not in_doubt(float(found(values, doubts).mean())):
        return None
    without: dict[Cause, BoolArray] = {
        "landmark": found(marked, doubts),
        "contrast": found(values, doubts.without("contrast")),
        "registration": found(values, doubts.without("registration")),
    }
    # the variance of a yes or no is p (1 - p)
    return min(without, key=lambda cause: float(np.var(without[cause])))


def in_doubt(probability: float) -> bool:
    """Return whether a probability is further than ``LEAST_DOUBT`` from 0 and 1."""
    return LEAST_DOUBT < probability < 1 - LEAST_DOUBT
