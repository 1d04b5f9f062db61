"""The settings of the stages that follow a run, tell kinds of contrast and estimate iodine.

They belong to ``spreadscan.settings``, which holds those of all stages together.
"""

from dataclasses import dataclass


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
