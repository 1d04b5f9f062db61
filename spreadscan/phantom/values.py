"""What the simulator makes on its way from a scenario to files, in order of appearance.

World frame: x to the patient's left, y to the back, z to the head, mm. Image frame: (row, column), 0-based,
(0, 0) the centre of the top-left pixel of the stored matrix. Arrays are read-only. R rows, C columns, V
vertices, F faces, T frames.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from spreadscan.frozen import Image, Vector, value


@value
class Surface:
    """A closed triangle surface.

    Attributes:
        vertices_mm: (V, 3), world.
        faces: (F, 3) indices, counter-clockwise seen from outside.
    """

    vertices_mm: Vector
    faces: NDArray[np.int32]


@value
class Bone:
    """A bone: a cortical shell between two surfaces, cancellous bone inside the inner one.

    Attributes:
        name: ``L1`` to ``L6``, ``sacrum``, ``ilium_L``, ``rib12_L`` and so on.
        outer: the periosteal surface.
        inner: the endosteal surface, ``None`` for a bone that is solid cortex.
    """

    name: str
    outer: Surface
    inner: Surface | None


@value
class Skeleton:
    """The bones of a subject.

    Attributes:
        bones: they do not overlap.
        landmarks_mm: world points by name: ``junction_L4_L`` (SAP–TP junction; S1: base of the superior
            articular process on the ala), ``tptip_``, ``pedicle_`` (centre) with level and side,
            ``body_L4_supL`` (corners of the body: ``sup``, ``inf`` with side), ``facet_L4_L`` (middle of the
            joint space at this level's superior process), ``spinous_L4_M`` (middle of the lower back corner
            of the spinous process), ``crest_S1_L`` (top of the iliac crest).
        metal: closed surfaces of implants.
        calcium: closed surfaces of calcified tissue outside the bones.
    """

    bones: tuple[Bone, ...]
    landmarks_mm: Mapping[str, Vector]
    metal: tuple[Surface, ...] = ()
    calcium: tuple[Surface, ...] = ()


@value
class Deposit:
    """Iodine in the patient at one moment, on a regular grid.

    Attributes:
        mg_per_ml: (X, Y, Z) iodine concentration of each voxel.
        origin_mm: world position of the centre of voxel (0, 0, 0).
        step_mm: edge of a voxel.
    """

    mg_per_ml: NDArray[np.float32]
    origin_mm: Vector
    step_mm: float

    @property
    def iodine_mg(self) -> float:
        """All iodine: sum of concentrations times volume of a voxel."""
        return float(self.mg_per_ml.sum(dtype=np.float64) * self.step_mm**3 / 1000)


@value
class PathMaps:
    """What the rays pass, (R, C) each, along the ray.

    Attributes:
        soft_mm: water-equivalent soft tissue, bone included as if it were soft.
        cortical_mm: cortical bone.
        cancellous_mm: cancellous bone of usual density.
        steel_mm: metal.
        iodine_mg_cm2: iodine.
    """

    soft_mm: Image
    cortical_mm: Image
    cancellous_mm: Image
    steel_mm: Image
    iodine_mg_cm2: Image


@value
class StoredImages:
    """One file's pixels as stored.

    Attributes:
        pixels: (T, R, C) unsigned, of the scenario's bits.
        description: what the series description says.
        instance: instance number in the study, from 1.
    """

    pixels: NDArray[np.uint8] | NDArray[np.uint16]
    description: str
    instance: int
