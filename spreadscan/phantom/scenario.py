"""What a simulated case is asked to be: one frozen noun for each table of a scenario file.

Left and right are the patient's. Ranges are checked where scenarios are read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from msgspec import Meta

Pattern = Literal[
    "target",
    "lateral",
    "medial",
    "superficial",
    "cranial",
    "facet",
    "foraminal",
    "epidural",
    "vascular",
    "needle-track",
    "none",
]
"""Where an injection goes: along the branches as meant, or one of the ways to fail; ``none``: needle only."""
SopClass = Literal["XA", "XRF", "XA-enhanced", "XRF-enhanced", "DX", "CR", "SC", "SC-multiframe", "SC-rgb"]
TransferSyntax = Literal[
    "implicit-little",
    "explicit-little",
    "explicit-big",
    "deflated",
    "rle",
    "jpeg-baseline",
    "jpeg-extended",
    "jpeg-lossless-57",
    "jpeg-lossless",
    "jpeg-ls",
    "jpeg-ls-near",
    "jpeg-2000-lossless",
    "jpeg-2000",
    "htj2k-lossless",
    "htj2k",
]
ImageSide = Literal["image-left", "image-right"]


_Shift = Annotated[float, Meta(ge=-200, le=200)]


@dataclass(frozen=True)
class Subject:
    """The person whose bones are made.

    Attributes:
        sex: scales the skeleton by 1.04 (male) or 0.95 (female); 1 if not given.
        age_years: 18 to 95; disc heights and bone density follow it.
        size: further scale of the whole skeleton, 0.8 to 1.25.
        bone_density: relative density of cancellous bone, 0.3 (osteoporosis) to 1.5.
        cortex: relative thickness of the cortical shell, 0.6 to 1.5.
        lumbar_bodies: 5, or 6 with an additional vertebra (L6) below L5.
        transitional: side(s) on which the transverse process of the lowest lumbar vertebra is broad and meets
            the sacral ala (Castellvi II to IIIb).
        disc_collapse: share of its height that each disc has lost, by name of the disc (``L4/5``), 0 to 0.9.
        wedging_deg: lateral wedging of bodies by level, positive: higher on the left; up to 12.
        scoliosis_deg: Cobb angle between L1 and L5, positive: convex to the left; up to 40.
        slip_mm: anterior slip of a vertebra on the one below, by level; up to 12.
        process_scale: length of each transverse process over the usual, by level and side (``L4_L``), 0.4 to
            1.6.
        facet_hypertrophy_mm: growth of the facet joints by level of the superior articular process and side
            (``L4_L``); up to 5.
        osteophytes_mm: height of osteophytes at the margins of each disc; up to 8.
        variation: how much the shape varies at random beyond all this: 0 none, 1 as between people.
        aortic_calcification: 0 none to 1 heavy.
        implants: of ``clips``, ``screws-L4``, ``screws-L5``, ``cage-L4/5``, ``cage-L5/S1``.
    """

    sex: Literal["male", "female"] | None = None
    age_years: Annotated[float, Meta(ge=18, le=95)] = 55
    size: Annotated[float, Meta(ge=0.8, le=1.25)] = 1.0
    bone_density: Annotated[float, Meta(ge=0.3, le=1.5)] = 1.0
    cortex: Annotated[float, Meta(ge=0.6, le=1.5)] = 1.0
    lumbar_bodies: Annotated[int, Meta(ge=5, le=6)] = 5
    transitional: Literal["none", "left", "right", "both"] = "none"
    disc_collapse: Mapping[str, Annotated[float, Meta(ge=0, le=0.9)]] = field(default_factory=dict)
    wedging_deg: Mapping[str, Annotated[float, Meta(ge=-12, le=12)]] = field(default_factory=dict)
    scoliosis_deg: Annotated[float, Meta(ge=-40, le=40)] = 0.0
    slip_mm: Mapping[str, Annotated[float, Meta(ge=-12, le=12)]] = field(default_factory=dict)
    process_scale: Mapping[str, Annotated[float, Meta(ge=0.4, le=1.6)]] = field(default_factory=dict)
    facet_hypertrophy_mm: Mapping[str, Annotated[float, Meta(ge=0, le=5)]] = field(default_factory=dict)
    osteophytes_mm: Annotated[float, Meta(ge=0, le=8)] = 0.0
    variation: Annotated[float, Meta(ge=0, le=2)] = 1.0
    aortic_calcification: Annotated[float, Meta(ge=0, le=1)] = 0.0
    implants: tuple[str, ...] = ()


@dataclass(frozen=True)
class Setup:
    """How the C-arm stands, and what it looks at.

    Attributes:
        primary_deg: rotation about the patient's long axis; 0 frontal, 90 lateral, positive: the detector
            moves to the patient's left; -100 to 100.
        secondary_deg: tilt towards the head (positive) or the feet; -45 to 45.
        table_deg: turn of the patient within the image plane; -30 to 30.
        source_to_image_mm: source-to-image distance, 800 to 1500.
        source_to_isocentre_mm: source-to-isocentre distance, 500 to 1000.
        field_mm: width of the detector that fills the columns, 120 to 430.
        rows: rows of the stored matrix, 64 to 3072.
        columns: columns, as many.
        centre: level of the junctions that the beam is centred on, or two for their middle.
        offset_mm: shift of the centre to the patient's left, back and head.
        patient_left: side of the image on which the patient's left lies.
        head_up: whether the head is at the top.
    """

    primary_deg: Annotated[float, Meta(ge=-100, le=100)] = 0.0
    secondary_deg: Annotated[float, Meta(ge=-45, le=45)] = 0.0
    table_deg: Annotated[float, Meta(ge=-30, le=30)] = 0.0
    source_to_image_mm: Annotated[float, Meta(ge=800, le=1500)] = 1000.0
    source_to_isocentre_mm: Annotated[float, Meta(ge=500, le=1000)] = 700.0
    field_mm: Annotated[float, Meta(ge=100, le=430)] = 230.0
    rows: Annotated[int, Meta(ge=64, le=3072)] = 512
    columns: Annotated[int, Meta(ge=64, le=3072)] = 512
    centre: tuple[str, ...] = ("L4", "L5")
    offset_mm: tuple[_Shift, _Shift, _Shift] = (0.0, 0.0, 0.0)
    patient_left: ImageSide = "image-left"
    head_up: bool = True


@dataclass(frozen=True)
class Beam:
    """The X-ray tube.

    Attributes:
        peak_kv: 50 to 125.
        aluminium_mm: total filtration in aluminium.
        copper_mm: additional copper.
        focal_spot_mm: width of the focal spot.
        heel: brightness rises by this share from the head end of the field to its foot end.
    """

    peak_kv: Annotated[float, Meta(ge=50, le=125)] = 80.0
    aluminium_mm: Annotated[float, Meta(ge=1, le=10)] = 3.0
    copper_mm: Annotated[float, Meta(ge=0, le=1)] = 0.2
    focal_spot_mm: Annotated[float, Meta(ge=0, le=2)] = 0.6
    heel: Annotated[float, Meta(ge=-0.3, le=0.3)] = 0.05


@dataclass(frozen=True)
class Detector:
    """What the detector makes of the beam.

    Attributes:
        quanta_per_mm2: detected quanta per mm² of the isocentre plane in the median of the field. A frame of
            fluoroscopy, 20 to 40 nGy at the detector, has about 600 to 1200 there and twice as many here, a
            spot image several times that.
        scatter_fraction: scatter over all detected radiation, 0 to 0.8.
        blur_px: standard deviation of the blur of screen and read-out.
        electronic_noise: read-out noise over quantum noise in the median of the field.
        glare: share of the signal that veiling glare spreads widely.
        vignetting: loss of brightness at the corners.
        pincushion: radial stretch of an image intensifier at the corners; 0 for a flat panel.
        recursive: weight of the previous frames in a recursive filter, 0 none to 0.8.
    """

    quanta_per_mm2: Annotated[float, Meta(ge=10, le=1e06)] = 3000.0
    scatter_fraction: Annotated[float, Meta(ge=0, le=0.8)] = 0.35
    blur_px: Annotated[float, Meta(ge=0, le=3)] = 0.6
    electronic_noise: Annotated[float, Meta(ge=0, le=1)] = 0.08
    glare: Annotated[float, Meta(ge=0, le=0.4)] = 0.05
    vignetting: Annotated[float, Meta(ge=0, le=0.5)] = 0.08
    pincushion: Annotated[float, Meta(ge=0, le=0.15)] = 0.0
    recursive: Annotated[float, Meta(ge=0, le=0.8)] = 0.0


@dataclass(frozen=True)
class Collimator:
    """The opening of the collimator and what the system paints beside it.

    Attributes:
        shape: ``none``, ``circle``, ``rectangle`` or ``octagon``.
        width: opening over the width of the image, 0.2 to 1.
        height: opening over its height; a circle has the smaller of both.
        turn_deg: turn of a rectangular opening.
        fill: grey of an electronic shutter from 0 black to 1 white; ``"none"``: what little
            X-ray comes through.
    """

    shape: Literal["none", "circle", "rectangle", "octagon"] = "circle"
    width: Annotated[float, Meta(ge=0.2, le=1)] = 0.98
    height: Annotated[float, Meta(ge=0.2, le=1)] = 0.98
    turn_deg: Annotated[float, Meta(ge=-45, le=45)] = 0.0
    fill: Annotated[float, Meta(ge=0, le=1)] | None = 0.0


@dataclass(frozen=True)
class Processing:
    """From detector signal to stored pixels.

    Attributes:
        chain: ``linear``, ``logarithmic`` or ``display``.
        bits: bits stored, 8 to 16.
        contrast_is: whether contrast is dark or bright *as displayed*.
        inverted: stored with PhotometricInterpretation MONOCHROME1.
        flattening: share of slow differences of brightness that the display chain takes out.
        edge_gain: strength of its edge enhancement.
        edge_sigma_px: width of it.
        sigmoid: whether its tone curve is S-shaped.
        median: whether it takes a 3 × 3 median.
        headroom: share of the range kept free at the dark end.
        automatic: whether tones are set anew for every image, as automatic exposure does.
        burned_in: text burned into the pixels: ``none``, ``text`` or ``text-and-side``.
    """

    chain: Literal["linear", "logarithmic", "display"] = "display"
    bits: Annotated[int, Meta(ge=8, le=16)] = 12
    contrast_is: Literal["dark", "bright"] = "dark"
    inverted: bool = False
    flattening: Annotated[float, Meta(ge=0, le=0.95)] = 0.4
    edge_gain: Annotated[float, Meta(ge=0, le=4)] = 0.6
    edge_sigma_px: Annotated[float, Meta(ge=0.5, le=10)] = 1.4
    sigmoid: bool = False
    median: bool = False
    headroom: Annotated[float, Meta(ge=0, le=0.5)] = 0.15
    automatic: bool = False
    burned_in: Literal["none", "text", "text-and-side"] = "none"


@dataclass(frozen=True)
class FileStyle:
    """The DICOM file.

    Attributes:
        sop_class: what kind of image it says it is.
        transfer_syntax: how the pixels are encoded.
        lacks: what a poor header leaves out, of ``orientation``, ``spacing``, ``geometry``, ``angles``,
            ``frame-time``, ``window``, ``relationship``, ``patient-position``.
        names_contrast: whether the contrast agent is named.
        names_mask: whether a mask subtraction is recorded (runs).
    """

    sop_class: SopClass = "XA"
    transfer_syntax: TransferSyntax = "explicit-little"
    lacks: tuple[str, ...] = ()
    names_contrast: bool = False
    names_mask: bool = False


@dataclass(frozen=True)
class Injection:
    """One needle and what comes out of it.

    Attributes:
        level: bone whose junction is aimed at, ``L3`` to ``L5``, or ``S1``: the groove beside the ala.
        side: the patient's side.
        pattern: where it goes.
        volume_ml: 0 to 10.
        iodine_mg_per_ml: 48 to 300; 0 with pattern ``none``.
        gauge: of the needle; ``"none"`` if the needle has been withdrawn.
        needle_length_mm: of its shaft.
        start_s: when the injection starts after the first frame with contrast.
        duration_s: how long it lasts.
    """

    level: Literal["L3", "L4", "L5", "S1"]
    side: Literal["left", "right"]
    pattern: Pattern = "target"
    volume_ml: Annotated[float, Meta(ge=0, le=10)] = 0.5
    iodine_mg_per_ml: Annotated[float, Meta(ge=0, le=400)] = 240.0
    gauge: Literal[20, 21, 22, 23, 25] | None = 22
    needle_length_mm: Annotated[float, Meta(ge=30, le=200)] = 88.0
    start_s: Annotated[float, Meta(ge=0, le=600)] = 0.0
    duration_s: Annotated[float, Meta(ge=0.1, le=600)] = 3.0


@dataclass(frozen=True)
class PatientMotion:
    """What moves.

    Attributes:
        breathing_px: amplitude of breathing at the spine, in pixels, mostly cranio-caudal.
        breaths_per_s: frequency.
        jump_px: a sudden shift (rows, columns) within the run, or between scout and image.
        drift_px: slow shift over the whole run.
        gas_px: amplitude by which bowel gas moves beyond the spine.
    """

    breathing_px: Annotated[float, Meta(ge=0, le=20)] = 1.0
    breaths_per_s: Annotated[float, Meta(ge=0.05, le=1)] = 0.25
    jump_px: tuple[_Shift, _Shift] = (0.0, 0.0)
    drift_px: Annotated[float, Meta(ge=0, le=20)] = 0.3
    gas_px: Annotated[float, Meta(ge=0, le=40)] = 2.0


@dataclass(frozen=True)
class Study:
    """Which images are taken.

    Attributes:
        kind: a ``spot`` image, a ``pair`` of scout and image, or a ``cine`` run.
        frames: frames of a run.
        before: its frames before the contrast.
        frames_per_s: its rate.
        scout_needles: whether the needles are in place in the scout.
    """

    kind: Literal["spot", "pair", "cine"] = "spot"
    frames: Annotated[int, Meta(ge=2, le=600)] = 12
    before: Annotated[int, Meta(ge=0, le=599)] = 3
    frames_per_s: Annotated[float, Meta(ge=0.2, le=60)] = 4.0
    scout_needles: bool = True


@dataclass(frozen=True)
class Tissue:
    """The soft tissue round the spine.

    Attributes:
        thickness_mm: of water that the central ray passes, 120 to 350.
        gas: number of pockets of bowel gas.
        texture: strength of the small structure of muscle and fat, 1 as usual.
        wires: number of electrode wires on the skin.
    """

    thickness_mm: Annotated[float, Meta(ge=100, le=400)] = 220.0
    gas: Annotated[int, Meta(ge=0, le=40)] = 3
    texture: Annotated[float, Meta(ge=0, le=5)] = 1.0
    wires: Annotated[int, Meta(ge=0, le=10)] = 0


@dataclass(frozen=True)
class Scenario:
    """A whole case, as a scenario file describes it."""

    name: str = "unnamed"
    subject: Subject = Subject()
    setup: Setup = Setup()
    beam: Beam = Beam()
    detector: Detector = Detector()
    collimator: Collimator = Collimator()
    processing: Processing = Processing()
    file: FileStyle = FileStyle()
    study: Study = Study()
    motion: PatientMotion = PatientMotion()
    tissue: Tissue = Tissue()
    injections: tuple[Injection, ...] = ()
