"""The settings: one frozen object per stage, units in the names; TOML in, fingerprint out."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, TypeVar

from spreadscan.errors import CannotRead

_T = TypeVar("_T")


@dataclass(frozen=True)
class DelimitSettings:
    """How the X-ray field is found.

    Attributes:
        least_step: least brightness step across the edge of a collimator, as a share of the image's range
            (0.5 to 99.5 percentile). On simulated images without a collimator the strongest false edge
            reaches 0.06, real collimators 0.10 and more.
        rim_mm: width of the rim of the field left out, where the penumbra of the collimator lies.
    """

    least_step: float = 0.09
    rim_mm: float = 2.0


@dataclass(frozen=True)
class CalibrateSettings:
    """The relative uncertainties of the rungs of the calibration ladder.

    Magnification that rests on an assumed depth is off by 5 to 10 % in practice; the rest are assumptions.

    Attributes:
        user, fiducial, geometry, beam_centre, corrected, magnification, distances: standard deviation of the
            scale as a fraction of it, for each rung.
        assumed_field_width_mm: width of the image in the patient when nothing is known; only sizes filters.
        assumed_magnification: ratio of detector to patient when only the detector's spacing is known; only
            sizes filters.
    """

    user: float = 0.02
    fiducial: float = 0.03
    geometry: float = 0.08
    beam_centre: float = 0.08
    corrected: float = 0.10
    magnification: float = 0.08
    distances: float = 0.08
    assumed_field_width_mm: float = 200.0
    assumed_magnification: float = 1.4


@dataclass(frozen=True)
class OrientSettings:
    """Which views the branch regions are defined for.

    Attributes:
        warn_rotation_deg, refuse_rotation_deg: turn of the beam about the long axis of the patient that is
            flagged, and beyond which no region is assessed: the parallax between the upper border of the
            transverse process and the mamillo-accessory notch is about 1 mm for 5 degrees.
        warn_tilt_deg, refuse_tilt_deg: the same for cranio-caudal tilt; L5 alone needs 11 to 14 degrees to
            be seen end on (80 prone patients, Pain Pract 2015;15:393), so more is allowed.
    """

    warn_rotation_deg: float = 5.0
    refuse_rotation_deg: float = 10.0
    warn_tilt_deg: float = 12.0
    refuse_tilt_deg: float = 20.0


@dataclass(frozen=True)
class AttenuateSettings:
    """How the polarity is read from the image.

    Attributes:
        line_width_mm: width of the lines (needles, cortical edges) whose sign tells the polarity.
        least_evidence: least logarithm of the ratio of dark to bright lines that decides.
    """

    line_width_mm: float = 1.0
    least_evidence: float = 0.05


@dataclass(frozen=True)
class ChooseSettings:
    """How frames are chosen.

    Attributes:
        grid_mm: the frames are compared on a grid about this coarse.
        rise: share of the largest amount of contrast at which it has begun.
        significance: standard deviations of noise by which contrast must stand out.
        least_amount_mm2: a run without a rise of at least this amount (area times strength in standard
            deviations) has no contrast that came during it.
        alike: relative difference in the amount of contrast up to which neighbouring frames are averaged.
        most_contrast_frames: at most so many frames are averaged into the contrast image.
        most_baseline_frames: at most so many frames are averaged into the baseline.
    """

    grid_mm: float = 0.9
    rise: float = 0.04
    significance: float = 5.0
    least_amount_mm2: float = 20.0
    alike: float = 0.06
    most_contrast_frames: int = 5
    most_baseline_frames: int = 16


@dataclass(frozen=True)
class SubtractSettings:
    """How the contrast map and its limit are made from an aligned pair.

    Attributes:
        detail_mm, calm_mm: widths of the Gaussians between which the smoothing adapts: fine where the signal
            varies by more than the noise, wide where it does not.
        window_mm: width of the window in which that is judged.
        background_mm: width of the Gaussian that takes away slow differences of brightness.
        limit_sd: contrast counts where it exceeds so many standard deviations of the noise of a single frame
            in 1 mm² (Rose: detection needs 3 to 5).
        least_ln: the limit on linear pixels is never below this attenuation, about 2 mgI/cm².
        limit_relative_sd: how far the limit may be off (lognormal).
    """

    detail_mm: float = 0.15
    calm_mm: float = 0.5
    window_mm: float = 0.5
    background_mm: float = 15.0
    limit_sd: float = 2.6
    least_ln: float = 0.012
    limit_relative_sd: float = 0.2


@dataclass(frozen=True)
class EstimateSettings:
    """How contrast is estimated on an image without a baseline.

    Attributes:
        limit_probability: contrast counts where the network's probability exceeds this. At 0.5 less area is
            marked than there is; at 0.4 as much, and the Dice is the same.
        limit_relative_sd: how far the threshold may be off (lognormal, of the square root of the odds): the
            network is too sure of itself, for and against contrast.
        asked_probability: a connected area above the limit that reaches this is shown to the second network;
        convinced_probability: it counts if that network's probability of contrast exceeds this; without such
            an area an image cannot be judged. Chosen on 231 simulated images without contrast and 69 with it.
    """

    limit_probability: float = 0.4
    limit_relative_sd: float = 1.0
    asked_probability: float = 0.5
    convinced_probability: float = 0.85


@dataclass(frozen=True)
class SegmentSettings:
    """How the contrast map becomes a mask.

    Attributes:
        possible_sd: contrast is possible down to the limit lowered by so many standard deviations of the
            logarithm of the limit: 0.74 of it with a baseline.
        faintest: the strength of such areas is kept down to this share of the limit.
        seed: a connected area counts only if it reaches so many times the limit somewhere,
        seed_sd, band_radius_mm: an area that is nowhere broader than this radius must reach so many times the
            limit for each standard deviation that the difference has more than a single frame; that is more
            than the seed for two frames, one with and one without contrast. Edges of tissue that moved leave
            bands.
        least_area_mm2: and only if its area is at least this.
        partner_mm, partner_share: an area is taken for something that moved, not for contrast, if beside it
            (within a Gaussian of the first width) more is lost than the second share of what it gained.
        edge_strength: an area that reaches the edge of the field is possible contrast only if the median of
            its signal is below so many limits: tissue and gas move in and out there.
        gas_strength, gas_mm, gas_share, gas_share_run: an area may be gas that moved if the median of its
            signal (gas of pairs up to 1.75, contrast from 1.84) is below so many limits and broad losses
            this near are at least this share of its gain, the last in runs (printed by
            ``benchmarks/limits/gas_in_runs.py``).
        least_recognised: an area of a pair is possible contrast only if the mean probability that it is
            contrast, from what the images show about it, is below this,
        least_recognised_faint, least_recognised_metal: or below these if it is as faint as gas, or lies at
            metal that came. Chosen by ``benchmarks/limits/recognised.py`` on 290 areas of contrast, 197 not.
    """

    possible_sd: float = 1.5
    faintest: float = 0.5
    seed: float = 2.0
    seed_sd: float = 1.8
    band_radius_mm: float = 2.2
    least_area_mm2: float = 2.0
    partner_mm: float = 1.2
    partner_share: float = 0.25
    gas_strength: float = 1.8
    edge_strength: float = 2.0
    gas_mm: float = 40.0
    gas_share: float = 0.06
    gas_share_run: float = 0.3
    least_recognised: float = 0.05
    least_recognised_faint: float = 0.2
    least_recognised_metal: float = 0.5


@dataclass(frozen=True)
class DetectSettings:
    """How sure a search for landmarks has to be, and how wide its errors are.

    Attributes:
        least_answerable: probability of a frontal lumbar view from which it answers where the rotation of the
            spine cannot be told.
        least_trust: agreement times the root of the probability of a frontal view, from which it answers.
        least_answerable_head_down: the same where the image seems to stand on its head and nothing says so.
        elsewhere_answerable: below this and below ``least_agreement`` the image is taken for another part of
            the body.
        least_agreement: geometric mean over junctions and pedicles of the probability that their maps give to
            their places, from which the points count as a spine.
        most_strain: root mean square Mahalanobis distance of the sightings from the fitted shape.
        least_level_probability: probability that the levels are named rightly from which it answers.
        level_weight: weight of the evidence of one map on the levels; maps agree with each other.
        most_sd_reference_mm: a landmark that is known less well is not reported.
        inflation: factor by which stated standard deviations exceed those of the fit.
        least_sd_reference_mm: standard deviation added to every found landmark.
        given_sd_reference_mm: standard deviation of each coordinate of a junction that a person marked.
        warn_rotation_deg, refuse_rotation_deg: rotation of the spine in the picture beyond which the view is
            called turned, and not frontal: limits of ``OrientSettings``.
        most_rotation_sd_deg: a rotation that is known less well is not told.
    """

    least_answerable: float = 0.13
    least_trust: float = 0.02
    least_answerable_head_down: float = 0.8
    elsewhere_answerable: float = 0.3
    least_agreement: float = 0.065
    most_strain: float = 2.5
    least_level_probability: float = 0.9
    level_weight: float = 0.25
    most_sd_reference_mm: float = 4.0
    inflation: float = 1.0
    least_sd_reference_mm: float = 1.0
    given_sd_reference_mm: float = 1.0
    warn_rotation_deg: float = 5.0
    refuse_rotation_deg: float = 10.0
    most_rotation_sd_deg: float = 4.0


@dataclass(frozen=True)
class CoverSettings:
    """How coverage and its uncertainty are computed.

    Attributes:
        draws: number of Monte Carlo draws.
        seed: of the random numbers.
        given_sd_reference_mm: standard deviation of each coordinate of a junction that a person marked.
        baseline_edge_mm, single_edge_mm: standard deviation of the place of the edge of contrast measured
            with a baseline, and estimated from a single image, reference millimetres.
        baseline_limit: share of the limit of detection at which the draws take contrast to end. The limit is
            drawn so that nothing false is marked; thin contrast about a depot goes on below it.
        baseline_missed, single_missed: how often the picture is wrong as a whole: contrast lies where none
            was seen.
        baseline_false, single_false: how often none lies where some was seen. These six were fitted by
            ``make calibration CASES=DIR FIT=1`` as ``docs/calibration.md`` tells.
        shared_doubt: share of the variance of threshold and edge that all junctions of an image have in
            common; an assumption, which only statements on several junctions depend on.
        least_visible: a region is assessed if at least this share of it lies in the field and off metal.
    """

    draws: int = 2000
    seed: int = 20200
    given_sd_reference_mm: float = 1.0
    baseline_edge_mm: float = 0.15
    baseline_limit: float = 0.8
    baseline_missed: float = 0.005
    baseline_false: float = 0.005
    single_edge_mm: float = 0.3
    single_missed: float = 0.05
    single_false: float = 0.01
    shared_doubt: float = 0.5
    least_visible: float = 0.8


@dataclass(frozen=True)
class FollowSettings:
    """How the contrast is followed through a run.

    Attributes:
        grid_mm: the grid is at most this coarse.
        smoothing_mm: width of the Gaussian by which the differences are smoothed: that of a lumbar vein.
        background_mm: width of the Gaussian that takes away slow differences of brightness.
        most_frames: of longer runs so many frames are followed, evenly spread.
        most_baseline_frames: so many of the frames before the contrast are averaged, evenly spread.
        most_curves: so many of the areas of contrast get a time curve, the largest first.
    """

    grid_mm: float = 0.8
    smoothing_mm: float = 0.6
    background_mm: float = 15.0
    most_frames: int = 24
    most_baseline_frames: int = 6
    most_curves: int = 6


@dataclass(frozen=True)
class UptakeSettings:
    """How contrast in vessels is told from other contrast.

    Attributes:
        grow_sd, seed_sd: a place ever held contrast where it exceeds the first many standard deviations of
            the noise, in an area that exceeds the second somewhere.
        gone_share: contrast is gone where it fell by this share of its peak.
        widest_mm: what is wider is no vessel at first sight.
        least_area_mm2: smaller candidates are not looked at.
        least_confidence: from here on a candidate counts as a vessel; chosen by fivefold cross-validation on
            the runs that the model was fitted to, so that 0.97 of those without a vessel raise no flag.
        least_frames_per_s, least_after_s: a slower run, or one that ends sooner after the contrast came,
            does not allow to say that there was none: lumbar veins clear within 2 to 3 s.
    """

    grow_sd: float = 5.0
    seed_sd: float = 10.0
    gone_share: float = 0.4
    widest_mm: float = 4.0
    least_area_mm2: float = 5.0
    least_confidence: float = 0.6
    least_frames_per_s: float = 2.0
    least_after_s: float = 2.0


@dataclass(frozen=True)
class ClassifySettings:
    """The rules by which areas of contrast get a kind; lengths in reference millimetres of the junction.

    Confidences: shares of areas given that kind that were of it, as ``make kinds CASES=DIR`` prints them on
    the simulated cases on which the rules were set.

    Attributes:
        vascular_share: an area is vascular if more than this share of it ran off in vessels.
        needle_track, needle_share: elongation of an area along a needle, and the share of it that lies there.
        beside_mm: an area whose centre lies further medially is beside the branches.
        lateral_mm, lateral_edge_mm: an area is too lateral if its centre, or all of it, lies beyond.
        above_mm: an area all above it belongs to no junction.
        facet_mm, facet_high_mm: how far medially, and how far cranially at most, the joint lies.
        ovoid, solid: most elongation and least solidity of contrast in a joint.
        track, root_wide_mm, root_low_deg, root_high_deg: least elongation, most width and direction of
            contrast along a root.
        canal_mm, canal_long_mm: how far medially contrast along the canal reaches, and its least length.
        confidence_depot, confidence_along_needle, confidence_medial_track: of each kind, 0 to 1.
        confidence_over_facet, confidence_too_lateral, confidence_too_medial: of each kind, 0 to 1.
    """

    vascular_share: float = 0.3
    needle_track: float = 4.0
    needle_share: float = 0.8
    beside_mm: float = 6.5
    lateral_mm: float = 12.0
    lateral_edge_mm: float = 3.5
    above_mm: float = 12.0
    facet_mm: float = 6.5
    facet_high_mm: float = 9.0
    ovoid: float = 2.7
    solid: float = 0.65
    track: float = 1.9
    root_wide_mm: float = 5.2
    root_low_deg: float = 123.0
    root_high_deg: float = 150.0
    canal_mm: float = 13.5
    canal_long_mm: float = 14.0
    confidence_depot: float = 0.82
    confidence_along_needle: float = 0.2
    confidence_medial_track: float = 0.71
    confidence_over_facet: float = 0.94
    confidence_too_lateral: float = 0.89
    confidence_too_medial: float = 0.6


@dataclass(frozen=True)
class QuantifySettings:
    """How iodine is estimated.

    Attributes:
        fixed_ln: the second, fixed threshold at which the area is given on linear pixels: about 6 mgI/cm² in
            the primary beam, 1 mm of 48 mgI/mL.
        least_scatter, most_scatter: scatter-to-primary ratios that are met.
        layer_uncertainty: how far filters and patients shift the attenuation of a layer, as a share of it.
    """

    fixed_ln: float = 0.05
    least_scatter: float = 0.5
    most_scatter: float = 2.0
    layer_uncertainty: float = 0.2


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


def settings_from_toml(text: str, name: str = "settings") -> Settings:
    """Return the default settings changed by a TOML text with one table per stage.

    Args:
        text: for example ``[segment]`` and ``least_area_mm2 = 4.0``.
        name: of the file, for messages.

    Raises:
        CannotRead: ``settings-unreadable`` when the text is not TOML, names an unknown stage or setting, or
            gives a value of another type.
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
        changed[stage] = _changed(getattr(Settings(), stage), table, (name, stage))
    return Settings(**changed)


def _changed(defaults: _T, table: Mapping[str, object], where: tuple[str, str]) -> _T:
    file, stage = where
    known = {f.name for f in fields(defaults)}  # type: ignore[arg-type]
    given: dict[str, object] = {}
    for key, item in table.items():
        if key not in known:
            raise _unreadable(file, f"{stage}.{key}", "is not a setting")
        whole = isinstance(getattr(defaults, key), int)
        if isinstance(item, bool) or not isinstance(item, int if whole else (int, float)):
            raise _unreadable(file, f"{stage}.{key}", f"must be a {'whole ' if whole else ''}number")
        if not 0 < item < float("inf"):
            raise _unreadable(file, f"{stage}.{key}", "must be above 0")
        given[key] = item if whole else float(item)
    return type(defaults)(**{**asdict(defaults), **given})  # type: ignore[call-overload]


def _unreadable(name: str, key: str, problem: str) -> CannotRead:
    return CannotRead(
        "settings-unreadable",
        problem,
        file=name,
        field=key,
        advice="correct it or leave it out to use the default",
    )
