"""The contrast: where it is, of which kinds, how far it extends, how much iodine it holds."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from spreadscan.anatomy import Level, Side
from spreadscan.frozen import BoolArray, value
from spreadscan.values.words import Kind, Method, SignalUnit


@value
class ContrastMap:
    """How strongly each pixel shows contrast medium, and how well that is known.

    Attributes:
        signal: (R, C) attenuation by contrast, smoothed to the scale at which it is judged; from a single
            image the square root of the odds of contrast.
        noise_sd: (R, C) standard deviation of ``signal`` where there is no contrast; 0 for a single image.
        limit: (R, C) the least signal that counts as contrast; infinite outside ``valid``.
        valid: (R, C) where contrast can be judged.
        metal: (R, C) needles and wires that hide what lies under them.
        method: with a baseline or from a single image.
        unit: of ``signal``: ``ln`` or ``relative`` attenuation, or ``odds``.
        limit_relative_sd: standard deviation of the logarithm of ``limit``, how far the threshold may be off.
        judgeable: whether contrast can be judged at all.
        flags: codes of quality flags.
        motion_sd: (R, C) standard deviation of the false signal that motion between the images leaves;
            ``None`` where there is no such thing or it is not known.
        difference_sd: noise of the averaged difference over that of a single frame: the square root of 2 for
            two frames, 0 for a single image.
        recognised: (R, C) probability that what changed is contrast, from what the images show about it, or
            ``None`` where nothing was asked.
    """

    signal: NDArray[np.float32]
    noise_sd: NDArray[np.float32]
    limit: NDArray[np.float32]
    valid: BoolArray
    metal: BoolArray
    method: Method
    unit: SignalUnit
    limit_relative_sd: float
    judgeable: bool
    flags: tuple[str, ...] = ()
    motion_sd: NDArray[np.float32] | None = None
    difference_sd: float = 0.0
    recognised: NDArray[np.float32] | None = None


@value
class Component:
    """One connected area of sure contrast.

    Attributes:
        area_px: its area.
        centroid_row, centroid_column: its centre of area.
        nearest_junction: level and side of the nearest known SAP–TP junction, or ``None``.
        kind: what it looks like.
        kind_confidence: share of simulated cases in which that kind was right, 0 to 1; ``None`` where it is
            unclassified.
        kind_settled_by: the further view that would settle it; empty where it is unclassified.
    """

    area_px: int
    centroid_row: float
    centroid_column: float
    nearest_junction: tuple[Level, Side] | None
    kind: Kind = "unclassified"
    kind_confidence: float | None = None
    kind_settled_by: str = ""


@value
class Kinds:
    """The connected areas of sure contrast with what they look like.

    Attributes:
        components: the areas, the largest first.
        flags: codes of quality flags.
    """

    components: tuple[Component, ...]
    flags: tuple[str, ...] = ()


@value
class SpreadMask:
    """Where the contrast is.

    Attributes:
        sure: (R, C) contrast.
        possible: (R, C) contrast or perhaps contrast; contains ``sure``.
        strength: (R, C) attenuation divided by the limit, 0 outside what may be contrast: at a threshold k
            times the limit, contrast is where ``strength >= k``.
        limit_relative_sd: standard deviation of the logarithm of the threshold.
        origin: measured, or given by a person.
        flags: codes of quality flags.
        motion_relative_sd: (R, C) standard deviation of the false strength that motion between the images
            leaves; ``None`` where there is no such thing or it is not known.
    """

    sure: BoolArray
    possible: BoolArray
    strength: NDArray[np.float32]
    limit_relative_sd: float
    origin: Literal["measured", "given"]
    flags: tuple[str, ...] = ()
    motion_relative_sd: NDArray[np.float32] | None = None

    @property
    def found(self) -> bool:
        """Whether there is any sure contrast."""
        return bool(self.sure.any())


@value
class SideExtent:
    """How far the contrast of one side extends.

    Attributes:
        side: the side of the midline.
        levels: bones whose junction lies within the cranio-caudal extent of the sure contrast.
        cranio_caudal_reference_mm, medio_lateral_reference_mm: extent along and across the spine, in
            reference millimetres.
        cranio_caudal_mm, medio_lateral_mm: the same in the patient; ``None`` without a calibration.
    """

    side: Side
    levels: tuple[Level, ...]
    cranio_caudal_reference_mm: float
    medio_lateral_reference_mm: float
    cranio_caudal_mm: float | None
    medio_lateral_mm: float | None


@value
class ContrastSummary:
    """The contrast of the whole image.

    Attributes:
        found: whether there is sure contrast.
        method: with a baseline, or from a single image.
        area_px, possible_area_px: area of the sure and of the possible contrast.
        area_mm2, possible_area_mm2: the same in the patient; ``None`` without a calibration.
        height_px, width_px: extent of the sure contrast in rows and columns.
        height_mm, width_mm: the same in the patient.
        detection_limit: median over the field of the least attenuation that counts as contrast; ``None`` for
            a single image.
        unit: of the contrast map.
        components: connected areas, the largest first.
        sides: extent per side; empty without landmarks.
        fixed_limit: a second threshold, the same for every image; ``None`` where pixels are not linear.
        fixed_area_px, fixed_area_mm2: area of the contrast above it.
    """

    found: bool
    method: Method
    area_px: int
    possible_area_px: int
    area_mm2: float | None
    possible_area_mm2: float | None
    height_px: int
    width_px: int
    height_mm: float | None
    width_mm: float | None
    detection_limit: float | None
    unit: SignalUnit
    components: tuple[Component, ...]
    sides: tuple[SideExtent, ...]
    fixed_limit: float | None = None
    fixed_area_px: int | None = None
    fixed_area_mm2: float | None = None


@value
class Iodine:
    """What can be said of the iodine. Intervals are (low, best, high).

    Attributes:
        reason: why there is no mass; empty when there is one.
        detection_limit_mg_cm2: the layer that just counts as contrast; ``None`` when unknown.
        mass_mg: iodine in the image.
        injected_mg: as the user says.
        recovered: mass over what was injected.
        flags: codes of quality flags.
    """

    reason: str
    detection_limit_mg_cm2: tuple[float, float, float] | None
    mass_mg: tuple[float, float, float] | None
    injected_mg: float | None
    recovered: tuple[float, float, float] | None
    flags: tuple[str, ...] = ()
