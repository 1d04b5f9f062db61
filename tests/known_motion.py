"""A simulated patient whose motion is known exactly, for measuring registration.

The simulator projects bones, tissue, needles and contrast once, without noise. A frame moves what belongs to
the spine by spline interpolation of the fifth order, of paths that were blurred like the detector's pixels
before, so that they hold nothing finer than the interpolation carries; then it is exposed, and the quanta
are drawn last: the same motion can be seen at every dose. Collimator, vignetting, heel and the fixed pattern
of the detector stand still, soft tissue follows the spine by a third, gas goes its own way.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spreadscan.image.filters import eroded
from spreadscan.phantom.bones.skeleton import make_skeleton
from spreadscan.phantom.chance import Ticket
from spreadscan.phantom.filling import Filling
from spreadscan.phantom.imagery import Room, prepare
from spreadscan.phantom.imaging.detector import OPEN, expose, irradiation
from spreadscan.phantom.imaging.transmission import transmission
from spreadscan.phantom.motion import SOFT_SHARE
from spreadscan.phantom.scenario import Collimator, Injection, Scenario, Setup, Tissue
from spreadscan.phantom.scene import build_scene, iodine_of, total
from spreadscan.phantom.spread.plan import plan_spreads
from spreadscan.phantom.tissue import LEAST_MM
from spreadscan.phantom.values import PathMaps
from spreadscan.values import Motion

QUANTA_PER_MM2_UGY = 30000.0
"""Quanta per mm² of the detector and µGy at it, about 70 kV behind a patient."""
FIELD_MM = 205.0
"""Width of the detector: pixels of 0.2 mm at 1024 columns."""
BLUR_PX = 0.6
"""Blur of the paths before they are moved."""
STILL = Motion(rows_px=0.0, columns_px=0.0, rotation_deg=0.0, agreement=1.0, residual_px=0.0)

Image = NDArray[np.float32]


class Shown(NamedTuple):
    """What a frame shows.

    Attributes:
        motion: of the spine, from its place at rest.
        filling: share of the contrast that is in, 0 to 1.
        needle: whether the needles are in.
        gas_px: shift of the gas, rows and columns.
    """

    motion: Motion = STILL
    filling: float = 0.0
    needle: bool = False
    gas_px: tuple[float, float] = (0.0, 0.0)


class Patient(NamedTuple):
    """Paths of everything at rest, (R, C) each, and the room it lies in."""

    room: Room
    cortical: Image
    cancellous: Image
    body: Image
    gas: Image
    needle: Image
    iodine: Image

    @property
    def field(self) -> NDArray[np.bool_]:
        """The X-ray field without a rim of four pixels."""
        return eroded(self.room.acquisition.opening > OPEN, 4, frame_is_edge=False)


@lru_cache(maxsize=2)
def patient(size_px: int, seed: int = 1) -> Patient:
    """Return a patient in an image of ``size_px`` rows and columns, with two injections and eight bubbles."""
    injections = (
        Injection("L4", "left", volume_ml=1.0, gauge=22),
        Injection("L5", "right", volume_ml=0.6, iodine_mg_per_ml=120.0, gauge=25),
    )
    scenario = Scenario(
        setup=Setup(rows=size_px, columns=size_px, field_mm=FIELD_MM),
        collimator=Collimator("rectangle", 0.86, 0.9),
        tissue=Tissue(gas=8),
        injections=injections,
    )
    ticket = Ticket(seed)
    skeleton = make_skeleton(scenario.subject, ticket.chance("bones"))
    scene = build_scene(skeleton, scenario, plan_spreads(skeleton, scenario, ticket), ticket)
    iodine = total(iodine_of(scene, [Filling(1.0, 1.0)] * 2), scene.view)
    paths = (scene.cortical_mm, scene.cancellous_mm, scene.tissue.body_mm, scene.tissue.gas_mm)
    smooth = [ndimage.gaussian_filter(path, BLUR_PX) for path in (*paths, scene.needle_mm, iodine)]
    return Patient(prepare(scenario, scene, ticket), *smooth)


def passing(who: Patient, shown: Shown) -> Image:
    """Return what passes the patient without noise, (R, C)."""
    spine = shown.motion
    soft = spine_share(spine)
    gas = soft._replace(rows=soft.rows + shown.gas_px[0], columns=soft.columns + shown.gas_px[1])
    body, bubbles = (shifted(path, part) for path, part in ((who.body, soft), (who.gas, gas)))
    nothing = np.zeros_like(who.body)
    maps = PathMaps(
        soft_mm=np.maximum(body - bubbles, LEAST_MM),
        cortical_mm=carried(who.cortical, spine),
        cancellous_mm=carried(who.cancellous, spine),
        steel_mm=carried(who.needle, spine).clip(0) if shown.needle else nothing,
        iodine_mg_cm2=carried(shown.filling * who.iodine, spine).clip(0) if shown.filling else nothing,
    )
    return transmission(maps, who.room.scenario.beam)


def frame(who: Patient, passed: Image, dose_ugy: float, seed: int) -> Image:
    """Return the attenuation of a frame at a dose in the median of the field, (R, C)."""
    acquisition = who.room.acquisition
    quanta = QUANTA_PER_MM2_UGY * dose_ugy * (FIELD_MM / passed.shape[1]) ** 2
    gain = quanta / float(np.median(irradiation(passed, acquisition)[acquisition.opening > OPEN]))
    signal = expose(passed, acquisition, np.random.default_rng(seed), gain).signal
    # a frame is stored as whole numbers from 0 up; twenty steps a quantum
    return -np.log(np.maximum(np.rint(20 * signal), 1) / 20).astype(np.float32)


def error_px(found: Any, true: Motion, shape: Sequence[int]) -> float:
    """Return the root mean square of how far off points of the inner field are brought, in pixels."""
    middle = (np.asarray(shape) - 1) / 2
    spots = np.stack(np.meshgrid(*[np.linspace(-0.3, 0.3, 7)] * 2, indexing="ij")).reshape(2, -1)
    points = spots * 2 * middle[:, None]
    missed = brought(points, found) - brought(points, true)
    return float(np.sqrt((missed**2).sum(axis=0).mean()))


def brought(points: NDArray[np.float64], motion: Motion) -> NDArray[np.float64]:
    """Return where points (2, N) from the middle of the image lie after a motion."""
    shift = np.array([[motion.rows_px], [motion.columns_px]])
    return turn(motion.rotation_deg) @ points + shift


def turn(angle_deg: float) -> NDArray[np.float64]:
    cos, sin = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    return np.array([[cos, -sin], [sin, cos]])


def carried(path: Image, motion: Motion) -> Image:
    """Return a path after a motion, (R, C)."""
    if motion == STILL:
        return path
    back = turn(motion.rotation_deg).T
    middle = (np.array(path.shape) - 1) / 2
    shift = np.array([motion.rows_px, motion.columns_px])
    matrix, offset = (back, middle - back @ (middle + shift)) if motion.rotation_deg else (np.ones(2), -shift)
    return ndimage.affine_transform(path, matrix, offset, order=5, mode="nearest", output=np.float32)


class Shift(NamedTuple):
    """A shift in pixels."""

    rows: float
    columns: float


def spine_share(spine: Motion) -> Shift:
    return Shift(SOFT_SHARE * spine.rows_px, SOFT_SHARE * spine.columns_px)


def shifted(path: Image, by: Shift) -> Image:
    return carried(path, Motion(by.rows, by.columns, 0.0, 1.0, 0.0))
