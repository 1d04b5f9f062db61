"""The settings: one frozen object per stage, units in the names; TOML in and out, fingerprint out.

What a reader of results may want to change is a setting: limits of what counts, widths of filters, how far
something may be off, and how much work is done. What defines the method (the borders of the verdicts, the
anatomy, formulas), or fits a network or model that was trained with it, is a constant of the module that uses
it, with its reason beside it: with another value it would be another method.

Each setting carries beside its default its unit, what it does, where the default comes from, and its range.
``spreadscan settings`` prints them, ``docs/settings.md`` shows them.
"""

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import Field, asdict, dataclass, field, fields
from typing import Any, NamedTuple, TypeVar

from spreadscan.errors import CannotRead

_T = TypeVar("_T")

_BY_HAND = "set by hand; no measurement is recorded"
_SIMULATED = "chosen on simulated cases"
_ASSUMED = "an assumption"
_CALIBRATED = "fitted on simulated cases: make calibration CASES=DIR FIT=1"
_CONFIDENCE = "share of simulated areas given this kind that were of it: make kinds CASES=DIR"
_KIND_RULE = "set on simulated cases; make kinds CASES=DIR prints what they come to"
_PARALLAX = "parallax between upper border of the process and accessory notch: about 1 mm for 5 degrees"
_TILT = "L5 alone needs 11 to 14 degrees to be seen end on: 80 prone patients, Pain Pract 2015;15:393"
_RECOGNISED = "chosen on 290 areas of contrast, 197 not: benchmarks/limits/recognised.py"
_CONVINCED = "chosen on 231 simulated images without contrast and 69 with it: benchmarks/limits/convinced.py"


class Explained(NamedTuple):
    """What a setting is.

    Attributes:
        unit: of its value; *share*, *probability* and the like for pure numbers.
        does: what it does, a sentence.
        origin: where the default comes from.
        most: greatest value that means something.
        zero: whether 0 means something; nothing below it does.
    """

    unit: str
    does: str
    origin: str
    most: float = float("inf")
    zero: bool = False

    @property
    def allowed(self) -> str:
        """Its range in words."""
        least = "at least 0" if self.zero else "above 0"
        return least if self.most == float("inf") else f"{least} and at most {self.most:g}"

    def allows(self, number: float) -> bool:
        """Return whether a value means something; what is not finite never does."""
        return (number > 0 or (self.zero and number == 0)) and number <= self.most and number < float("inf")


class Entry(NamedTuple):
    """A setting with its value.

    Attributes:
        stage, name: of the group, and in it.
        value: in force.
        default: unless it is changed.
        explained: what it is.
    """

    stage: str
    name: str
    value: float
    default: float
    explained: Explained


def _field(default: float, explained: Explained) -> Any:
    return field(default=default, metadata={"default": default, "explained": explained})


def _setting(default: float, unit: str, does: str, origin: str, most: float = float("inf")) -> Any:
    """A field with its default and what it is; declared as a number, it is one in every instance."""
    return _field(default, Explained(unit, does, origin, most))


def _share(default: float, does: str, origin: str, unit: str = "share", *, zero: bool = False) -> Any:
    """A share or probability, at most 1."""
    return _field(default, Explained(unit, does, origin, 1.0, zero))


@dataclass(frozen=True)
class DelimitSettings:
    """How the X-ray field is found."""

    least_step: float = _share(
        0.09,
        "Least brightness step across the edge of a collimator, as a share of the image's"
        " range (0.5 to 99.5 percentile).",
        "on simulated images without a collimator the strongest false edge reaches 0.06, real"
        " collimators 0.10 and more",
    )
    rim_mm: float = _setting(
        2.0,
        "mm",
        "Width of the rim of the field that is left out, where the penumbra of the collimator lies.",
        _BY_HAND,
    )


@dataclass(frozen=True)
class CalibrateSettings:
    """How uncertain the rungs of the calibration ladder are, each as a standard deviation of the scale."""

    user: float = _share(0.02, "Standard deviation of a scale that a person gave.", _ASSUMED)
    fiducial: float = _share(
        0.03, "Standard deviation of a scale from an object of known size in the image.", _ASSUMED
    )
    geometry: float = _share(
        0.08,
        "Standard deviation of a scale from the geometry of the source, table and detector.",
        "an assumed depth is off by 5 to 10 % in practice",
    )
    beam_centre: float = _share(
        0.08,
        "Standard deviation of a scale given at the centre of the beam.",
        "an assumed depth is off by 5 to 10 % in practice",
    )
    corrected: float = _share(
        0.1, "Standard deviation of a spacing that the system corrected for magnification.", _ASSUMED
    )
    magnification: float = _share(
        0.08,
        "Standard deviation of a scale from a stated magnification.",
        "an assumed depth is off by 5 to 10 % in practice",
    )
    distances: float = _share(
        0.08,
        "Standard deviation of a scale from the distances of source, patient and detector.",
        "an assumed depth is off by 5 to 10 % in practice",
    )
    assumed_field_width_mm: float = _setting(
        200.0,
        "mm",
        "Width of the image in the patient when nothing is known; it only sizes filters.",
        _ASSUMED,
    )
    assumed_magnification: float = _setting(
        1.4,
        "ratio",
        "Size at the detector to size in the patient when only the detector's spacing is"
        " known; it only sizes filters.",
        _ASSUMED,
    )


@dataclass(frozen=True)
class OrientSettings:
    """Which views the branch regions are defined for, by the header and by the spine that is seen."""

    warn_rotation_deg: float = _setting(
        5.0,
        "degrees",
        "Turn about the long axis of the patient beyond which the view is flagged and nothing"
        " is shown, at most probable.",
        _PARALLAX,
        most=90.0,
    )
    refuse_rotation_deg: float = _setting(
        10.0, "degrees", "Turn beyond which no region is assessed.", _PARALLAX, most=90.0
    )
    warn_tilt_deg: float = _setting(
        12.0,
        "degrees",
        "Cranio-caudal tilt beyond which the view is flagged and nothing is shown, at most probable.",
        _TILT,
        most=90.0,
    )
    refuse_tilt_deg: float = _setting(
        20.0, "degrees", "Tilt beyond which no region is assessed.", _TILT, most=90.0
    )


@dataclass(frozen=True)
class AttenuateSettings:
    """How the polarity is read from the image."""

    line_width_mm: float = _setting(
        1.0, "mm", "Width of the lines (needles, cortical edges) whose sign tells the polarity.", _BY_HAND
    )
    least_evidence: float = _setting(
        0.05, "ln", "Least logarithm of the ratio of dark to bright lines that decides.", _BY_HAND
    )


@dataclass(frozen=True)
class ChooseSettings:
    """How frames are chosen."""

    grid_mm: float = _setting(0.9, "mm", "The frames are compared on a grid about this coarse.", _BY_HAND)
    rise: float = _share(0.04, "Share of the largest amount of contrast at which it has begun.", _BY_HAND)
    significance: float = _setting(
        5.0, "SD of noise", "Contrast must stand out by so many standard deviations.", _BY_HAND
    )
    least_amount_mm2: float = _setting(
        20.0,
        "mm² × SD",
        "A run without a rise of at least this amount (area times strength in standard"
        " deviations) has no contrast that came during it.",
        _BY_HAND,
    )
    alike: float = _share(
        0.06,
        "Relative difference in the amount of contrast up to which neighbouring frames are averaged.",
        _BY_HAND,
    )
    most_contrast_frames: int = _setting(
        5, "frames", "At most so many frames are averaged into the contrast image.", _BY_HAND
    )
    most_baseline_frames: int = _setting(
        16, "frames", "At most so many frames are averaged into the baseline.", _BY_HAND
    )


@dataclass(frozen=True)
class SubtractSettings:
    """How the contrast map and its limit are made from an aligned pair."""

    detail_mm: float = _setting(
        0.15,
        "mm",
        "Width of the Gaussian of the smoothing where the signal varies by more than the noise.",
        _BY_HAND,
    )
    calm_mm: float = _setting(
        0.5, "mm", "Width of the Gaussian of the smoothing where it does not.", _BY_HAND
    )
    window_mm: float = _setting(0.5, "mm", "Width of the window in which that is judged.", _BY_HAND)
    background_mm: float = _setting(
        15.0, "mm", "Width of the Gaussian that takes away slow differences of brightness.", _BY_HAND
    )
    limit_sd: float = _setting(
        2.6,
        "SD of noise",
        "Contrast counts where it exceeds so many standard deviations of the noise of a"
        " single frame in 1 mm².",
        "Rose: detection needs 3 to 5; the figure: chosen on simulated cases",
    )
    least_ln: float = _setting(
        0.012, "ln", "The limit on linear pixels is never below this attenuation.", "about 2 mgI/cm²"
    )
    limit_relative_sd: float = _setting(
        0.2, "SD of ln", "How far the limit may be off (lognormal).", _ASSUMED
    )


@dataclass(frozen=True)
class EstimateSettings:
    """How contrast is estimated on an image without a baseline."""

    limit_probability: float = _share(
        0.4,
        "Contrast counts where the network's probability exceeds this.",
        "on simulated cases less area is marked than there is at 0.5, as much at 0.4, with the same Dice",
        "probability",
    )
    limit_relative_sd: float = _setting(
        1.0,
        "SD of ln",
        "How far the threshold may be off (lognormal, of the square root of the odds).",
        "the network is too sure of itself, for and against contrast; chosen on simulated cases",
    )
    asked_probability: float = _share(
        0.5,
        "A connected area above the limit that reaches this is shown to the second network.",
        _CONVINCED,
        "probability",
    )
    convinced_probability: float = _share(
        0.85,
        "Such an area counts if the second network's probability of contrast exceeds this;"
        " without one an image cannot be judged.",
        _CONVINCED,
        "probability",
    )


@dataclass(frozen=True)
class SegmentSettings:
    """How the contrast map becomes a mask."""

    possible_sd: float = _setting(
        1.5,
        "SD of ln",
        "Contrast is possible down to the limit lowered by so many standard deviations of its"
        " logarithm: 0.74 of it by the defaults with a baseline.",
        _BY_HAND,
    )
    faintest: float = _share(
        0.5, "The strength of such areas is kept down to this share of the limit.", _BY_HAND
    )
    seed: float = _setting(
        2.0, "times the limit", "A connected area counts only if it reaches this somewhere.", _BY_HAND
    )
    seed_sd: float = _setting(
        1.8,
        "times the limit",
        "An area nowhere broader than band_radius_mm must reach so many limits for each"
        " standard deviation that the difference has more than a single frame; edges of tissue"
        " that moved leave bands.",
        _SIMULATED,
    )
    band_radius_mm: float = _setting(2.2, "mm", "Radius up to which an area is a band.", _SIMULATED)
    least_area_mm2: float = _setting(
        2.0, "mm²", "A connected area counts only if it is at least this large.", _BY_HAND
    )
    partner_mm: float = _setting(
        1.2,
        "mm",
        "Width of the Gaussian within which losses beside an area tell that something moved there.",
        _BY_HAND,
    )
    partner_share: float = _share(
        0.25,
        "An area is taken for something that moved if more than this share of what it gained"
        " is lost beside it.",
        _BY_HAND,
    )
    gas_strength: float = _setting(
        1.8,
        "times the limit",
        "An area may be gas that moved if the median of its signal is below this.",
        "on simulated pairs gas reaches 1.75, contrast begins at 1.84",
    )
    edge_strength: float = _setting(
        2.0,
        "times the limit",
        "An area that reaches the edge of the field is possible contrast only if the median"
        " of its signal is below this: tissue and gas move in and out there.",
        _BY_HAND,
    )
    gas_mm: float = _setting(40.0, "mm", "Broad losses this near speak for gas that moved.", _SIMULATED)
    gas_share: float = _share(
        0.06,
        "Such losses speak for gas if they are at least this share of the area's gain, in pairs.",
        _SIMULATED,
    )
    gas_share_run: float = _share(
        0.3, "The same in runs.", "simulated runs: benchmarks/limits/gas_in_runs.py"
    )
    least_recognised: float = _share(
        0.05,
        "An area of a pair is possible contrast only if the mean probability that it is"
        " contrast, from what the images show about it, is below this.",
        _RECOGNISED,
        "probability",
    )
    least_recognised_faint: float = _share(
        0.2, "The same for an area as faint as gas.", _RECOGNISED, "probability"
    )
    least_recognised_metal: float = _share(
        0.5, "The same for an area at metal that came.", _RECOGNISED, "probability"
    )


@dataclass(frozen=True)
class FollowSettings:
    """How the contrast is followed through a run."""

    grid_mm: float = _setting(0.8, "mm", "The grid is at most this coarse.", _BY_HAND)
    smoothing_mm: float = _setting(
        0.6,
        "mm",
        "Width of the Gaussian by which the differences are smoothed.",
        "the width of a lumbar vein",
    )
    background_mm: float = _setting(
        15.0, "mm", "Width of the Gaussian that takes away slow differences of brightness.", _BY_HAND
    )
    most_frames: int = _setting(
        24, "frames", "Of longer runs so many frames are followed, evenly spread.", _BY_HAND
    )
    most_baseline_frames: int = _setting(
        6, "frames", "So many of the frames before the contrast are averaged, evenly spread.", _BY_HAND
    )
    most_curves: int = _setting(
        6, "areas", "So many of the areas of contrast get a time curve, the largest first.", _BY_HAND
    )


@dataclass(frozen=True)
class UptakeSettings:
    """How contrast in vessels is told from other contrast."""

    grow_sd: float = _setting(
        5.0,
        "SD of noise",
        "A place ever held contrast where it exceeds this, in an area that exceeds seed_sd somewhere.",
        _BY_HAND,
    )
    seed_sd: float = _setting(
        10.0, "SD of noise", "An area held contrast only if it exceeds this somewhere.", _BY_HAND
    )
    gone_share: float = _share(0.4, "Contrast is gone where it fell by this share of its peak.", _BY_HAND)
    widest_mm: float = _setting(4.0, "mm", "What is wider is no vessel at first sight.", _BY_HAND)
    least_area_mm2: float = _setting(5.0, "mm²", "Smaller candidates are not looked at.", _BY_HAND)
    least_confidence: float = _share(
        0.6,
        "From here on a candidate counts as a vessel.",
        "fivefold cross-validation on the simulated runs that the model was fitted to: 0.97"
        " of those without a vessel raise no flag",
        "probability",
    )
    least_frames_per_s: float = _setting(
        2.0,
        "frames per s",
        "A slower run does not allow to say that there was no vessel.",
        "lumbar veins clear within 2 to 3 s",
    )
    least_after_s: float = _setting(
        2.0,
        "s",
        "Nor does one that ends sooner after the contrast came.",
        "lumbar veins clear within 2 to 3 s",
    )


@dataclass(frozen=True)
class ClassifySettings:
    """The rules by which areas of contrast get a kind; lengths in reference millimetres of the junction."""

    vascular_share: float = _share(
        0.3, "An area is vascular if more than this share of it ran off in vessels.", _KIND_RULE
    )
    needle_track: float = _setting(
        4.0, "length to width", "Least elongation of an area along a needle.", _KIND_RULE
    )
    needle_share: float = _share(0.8, "Least share of an area along a needle that lies there.", _KIND_RULE)
    beside_mm: float = _setting(
        6.5, "reference mm", "An area whose centre lies further medially is beside the branches.", _KIND_RULE
    )
    lateral_mm: float = _setting(
        12.0, "reference mm", "An area is too lateral if its centre lies beyond.", _KIND_RULE
    )
    lateral_edge_mm: float = _setting(
        3.5, "reference mm", "An area is too lateral if all of it lies beyond.", _KIND_RULE
    )
    above_mm: float = _setting(
        12.0, "reference mm", "An area all above it belongs to no junction.", _KIND_RULE
    )
    facet_mm: float = _setting(6.5, "reference mm", "How far medially the joint lies.", _KIND_RULE)
    facet_high_mm: float = _setting(
        9.0, "reference mm", "How far cranially at most the joint lies.", _KIND_RULE
    )
    ovoid: float = _setting(2.7, "length to width", "Most elongation of contrast in a joint.", _KIND_RULE)
    solid: float = _share(0.65, "Least solidity of contrast in a joint.", _KIND_RULE)
    track: float = _setting(1.9, "length to width", "Least elongation of contrast along a root.", _KIND_RULE)
    root_wide_mm: float = _setting(5.2, "reference mm", "Most width of contrast along a root.", _KIND_RULE)
    root_low_deg: float = _setting(
        123.0, "degrees", "Least direction of contrast along a root.", _KIND_RULE, most=180.0
    )
    root_high_deg: float = _setting(
        150.0, "degrees", "Most direction of contrast along a root.", _KIND_RULE, most=180.0
    )
    canal_mm: float = _setting(
        13.5, "reference mm", "How far medially contrast along the canal reaches.", _KIND_RULE
    )
    canal_long_mm: float = _setting(
        14.0, "reference mm", "Least length of contrast along the canal.", _KIND_RULE
    )
    confidence_depot: float = _share(0.82, "Confidence of the kind depot.", _CONFIDENCE, "probability")
    confidence_along_needle: float = _share(
        0.2, "Confidence of the kind along needle.", _CONFIDENCE, "probability"
    )
    confidence_medial_track: float = _share(
        0.71, "Confidence of the kind medial track.", _CONFIDENCE, "probability"
    )
    confidence_over_facet: float = _share(
        0.94, "Confidence of the kind over facet.", _CONFIDENCE, "probability"
    )
    confidence_too_lateral: float = _share(
        0.89, "Confidence of the kind too lateral.", _CONFIDENCE, "probability"
    )
    confidence_too_medial: float = _share(
        0.6, "Confidence of the kind too medial.", _CONFIDENCE, "probability"
    )


@dataclass(frozen=True)
class QuantifySettings:
    """How iodine is estimated."""

    fixed_ln: float = _setting(
        0.05,
        "ln",
        "The second, fixed threshold at which the area is given on linear pixels.",
        "about 6 mgI/cm² in the primary beam, 1 mm of 48 mgI/mL",
    )
    least_scatter: float = _setting(0.5, "ratio", "Least scatter-to-primary ratio that is met.", _ASSUMED)
    most_scatter: float = _setting(2.0, "ratio", "Greatest scatter-to-primary ratio that is met.", _ASSUMED)
    layer_uncertainty: float = _share(
        0.2, "How far filters and patients shift the attenuation of a layer, as a share of it.", _ASSUMED
    )


@dataclass(frozen=True)
class DetectSettings:
    """How sure a search for landmarks has to be, and how wide its errors are."""

    least_answerable: float = _share(
        0.13,
        "Probability of a frontal lumbar view from which it answers where the rotation of the"
        " spine cannot be told.",
        _SIMULATED,
        "probability",
    )
    least_trust: float = _share(
        0.02,
        "Agreement times the root of the probability of a frontal view, from which it answers.",
        _SIMULATED,
    )
    least_answerable_head_down: float = _share(
        0.8,
        "Probability of a frontal lumbar view from which it answers where the image seems to"
        " stand on its head and nothing says so.",
        _SIMULATED,
        "probability",
    )
    elsewhere_answerable: float = _share(
        0.3,
        "Below this and below least_agreement the image is taken for another part of the body.",
        _SIMULATED,
        "probability",
    )
    least_agreement: float = _share(
        0.065,
        "Geometric mean over junctions and pedicles of the probability that their maps give"
        " to their places, from which the points count as a spine.",
        _SIMULATED,
        "probability",
    )
    most_strain: float = _setting(
        2.5,
        "SD",
        "Greatest root mean square Mahalanobis distance of the sightings from the fitted shape.",
        _SIMULATED,
    )
    least_level_probability: float = _share(
        0.9, "Probability that the levels are named rightly from which it answers.", _SIMULATED, "probability"
    )
    level_weight: float = _share(
        0.25, "Weight of the evidence of one map on the levels; maps agree with each other.", _SIMULATED
    )
    most_sd_reference_mm: float = _setting(
        4.0, "reference mm", "A landmark whose standard deviation is greater is not reported.", _SIMULATED
    )
    inflation: float = _setting(
        1.0, "factor", "Stated standard deviations exceed those of the fit by this factor.", _SIMULATED
    )
    least_sd_reference_mm: float = _setting(
        1.0, "reference mm", "Standard deviation added to every found landmark.", _SIMULATED
    )
    most_rotation_sd_deg: float = _setting(
        4.0, "degrees", "A rotation of the spine whose standard deviation is greater is not told.", _SIMULATED
    )


@dataclass(frozen=True)
class CoverSettings:
    """How coverage and its uncertainty are computed."""

    draws: int = _setting(2000, "draws", "Number of Monte Carlo draws.", _BY_HAND)
    seed: int = _setting(20200, "number", "Seed of the random numbers.", "any number does")
    least_exposed_mm: float = _setting(
        5.0,
        "reference mm",
        "A branch is reached where at least so much of its course lies in contrast.",
        "Barnsley and Bogduk, Reg Anesth 1993;18:343: contrast incorporated at least 5 mm of"
        " the perceived course of the target nerve (cervical, descriptive); block needs a"
        " critical exposed length: Nakamura, Anesthesiology 2003",
    )
    least_exposed_share: float = _share(
        0.5,
        "The common zone is reached where at least this share of its area lies in contrast.",
        "convention of this project",
    )
    given_sd_reference_mm: float = _setting(
        1.0,
        "reference mm",
        "Standard deviation of each coordinate of a junction that a person marked.",
        _ASSUMED,
    )
    baseline_edge_mm: float = _setting(
        0.15,
        "reference mm",
        "Standard deviation of the place of the edge of contrast measured with a baseline.",
        _CALIBRATED,
    )
    baseline_limit: float = _share(
        0.8,
        "Share of the limit of detection at which the draws take contrast to end: the limit"
        " is drawn so that nothing false is marked, and thin contrast about a depot goes on"
        " below it.",
        _CALIBRATED,
    )
    baseline_missed: float = _share(
        0.005,
        "How often contrast lies where none was seen, the picture wrong as a whole, with a baseline.",
        _CALIBRATED,
        "probability",
        zero=True,
    )
    baseline_false: float = _share(
        0.005,
        "How often none lies where some was seen, with a baseline.",
        _CALIBRATED,
        "probability",
        zero=True,
    )
    single_edge_mm: float = _setting(
        0.3,
        "reference mm",
        "Standard deviation of the place of the edge of contrast estimated from a single image.",
        _CALIBRATED,
    )
    single_missed: float = _share(
        0.05,
        "How often contrast lies where none was seen, on a single image.",
        _CALIBRATED,
        "probability",
        zero=True,
    )
    single_false: float = _share(
        0.01,
        "How often none lies where some was seen, on a single image.",
        _CALIBRATED,
        "probability",
        zero=True,
    )
    shared_doubt: float = _share(
        0.5,
        "Share of the variance of threshold and edge that all junctions of an image have in"
        " common; only statements on several junctions depend on it.",
        _ASSUMED,
        zero=True,
    )
    least_visible: float = _share(
        0.8,
        "A region is assessed if at least this share of it lies in the field and off metal.",
        "convention of this project",
    )


@dataclass(frozen=True)
class Settings:
    """The settings of all stages."""

    delimit: DelimitSettings = field(default_factory=DelimitSettings)
    calibrate: CalibrateSettings = field(default_factory=CalibrateSettings)
    orient: OrientSettings = field(default_factory=OrientSettings)
    attenuate: AttenuateSettings = field(default_factory=AttenuateSettings)
    choose: ChooseSettings = field(default_factory=ChooseSettings)
    subtract: SubtractSettings = field(default_factory=SubtractSettings)
    estimate: EstimateSettings = field(default_factory=EstimateSettings)
    segment: SegmentSettings = field(default_factory=SegmentSettings)
    follow: FollowSettings = field(default_factory=FollowSettings)
    uptake: UptakeSettings = field(default_factory=UptakeSettings)
    classify: ClassifySettings = field(default_factory=ClassifySettings)
    quantify: QuantifySettings = field(default_factory=QuantifySettings)
    detect: DetectSettings = field(default_factory=DetectSettings)
    cover: CoverSettings = field(default_factory=CoverSettings)

    @property
    def fingerprint(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 of all settings, written as sorted JSON."""
        text = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def entries(self) -> Iterator[Entry]:
        """Yield every setting, in the order of stages."""
        for stage in fields(self):
            for one in fields(getattr(self, stage.name)):
                value: float = getattr(getattr(self, stage.name), one.name)
                default: float = one.metadata["default"]
                yield Entry(stage.name, one.name, value, default, _explained(one))


def _explained(one: "Field[Any]") -> Explained:
    explained: Explained = one.metadata["explained"]
    return explained


def settings_from_toml(text: str, name: str = "settings") -> Settings:
    """Return the default settings changed by a TOML text with one table per stage.

    Args:
        text: for example ``[segment]`` and ``least_area_mm2 = 4.0``.
        name: of the file, for messages.

    Raises:
        CannotRead: ``settings-unreadable`` when the text is not TOML, names an unknown stage or setting, or
            gives a value of another type or outside of its range.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(name, "", f"is not TOML ({error})") from error
    known = {f.name: f for f in fields(Settings)}
    changed: dict[str, Any] = {}
    for stage, table in tables.items():
        if stage not in known or not isinstance(table, Mapping):
            raise _unreadable(name, stage, f"is not a stage; stages are {', '.join(known)}")
        changed[stage] = _changed(getattr(Settings(), stage), table, name, stage)
    return Settings(**changed)


def _changed(defaults: _T, table: Mapping[str, object], file: str, stage: str) -> _T:
    known = {f.name: f for f in fields(defaults)}  # type: ignore[arg-type]
    given: dict[str, object] = {}
    for key, item in table.items():
        if key not in known:
            raise _unreadable(file, f"{stage}.{key}", "is not a setting")
        whole, explained = isinstance(getattr(defaults, key), int), _explained(known[key])
        if isinstance(item, bool) or not isinstance(item, int if whole else (int, float)):
            raise _unreadable(file, f"{stage}.{key}", f"must be a {'whole ' if whole else ''}number")
        if not explained.allows(item):
            raise _unreadable(file, f"{stage}.{key}", f"must be {explained.allowed}")
        given[key] = item if whole else float(item)
    return type(defaults)(**{**asdict(defaults), **given})  # type: ignore[call-overload]


def settings_toml(settings: Settings) -> str:
    """Return all settings as TOML that ``settings_from_toml`` takes back unchanged.

    Above each value stand, as comments, what it does, its unit and range, where its default comes from, and
    the default where the value in force is another.
    """
    lines = [
        "# All settings of spreadscan: a file for --settings, which may leave out what stays as it is.",
        f"# fingerprint {settings.fingerprint}",
    ]
    stage = ""
    for one in settings.entries():
        if one.stage != stage:
            stage = one.stage
            lines += ["", f"[{stage}]", f"# {title_of(stage)}"]
        about = one.explained
        lines += ["", f"# {about.does}", f"# Unit: {about.unit}; {about.allowed}."]
        lines += [f"# Default from: {about.origin}."]
        # repr gives every digit: the same number comes back
        changed = "" if one.value == one.default else f"  # CHANGED, the default is {one.default!r}"
        lines.append(f"{one.name} = {one.value!r}{changed}")
    return "\n".join(lines) + "\n"


def title_of(stage: str) -> str:
    """Return what the settings of a stage are about, a sentence."""
    return str(type(getattr(Settings(), stage)).__doc__)


def _unreadable(name: str, key: str, problem: str) -> CannotRead:
    return CannotRead(
        "settings-unreadable",
        problem,
        file=name,
        field=key,
        advice="correct it or leave it out to use the default",
    )
