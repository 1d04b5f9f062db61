"""A paragraph on methods for a paper: what was done in this very study, with what it rests on.

It holds no figure of accuracy: those of simulated images stand in ``docs/accuracy.md``, beside the
command that prints them, and there are none of patients.
"""

from typing import NamedTuple

from spreadscan.judgement.rules import RULES
from spreadscan.values import Calibration, CoverageReport
from spreadscan.write.words.report import frame_numbers, plain

REFERENCES: tuple[str, ...] = (
    "Bogduk N, Wilson AS, Tynan W. The human lumbar dorsal rami. J Anat 1982;134:383.",
    "Bogduk N, Long DM. The anatomy of the so-called articular nerves. J Neurosurg 1979;51:172.",
    "Shuang et al. Clinical anatomy and measurement of the medial branch of the spinal dorsal ramus. Medicine"
    " 2015;94:e2367.",
    "Tran et al. Interv Pain Med 2024;3:100401.",
    "Zhang et al. Front Cell Dev Biol 2022;10:1019309.",
    "Demondion et al. AJNR 2005;26:706.",
    "Miyakoshi et al. Joint Bone Spine 2007;74:270 (CT of 14 patients after 5 mL).",
    "Kimura et al. 2020 (ultrasound-guided total dorsal ramus block; spread imaged in one patient).",
)
"""Numbered from 1 in the paragraph."""


class Methods(NamedTuple):
    """The paragraph, and the works that it cites by number."""

    paragraph: str
    references: tuple[str, ...]


def methods(report: CoverageReport) -> Methods:
    """Return the paragraph with its references."""
    parts = [
        _opening(report),
        _contrast(report),
        _landmarks(report),
        _coverage(report),
        _scale(report),
        _end(),
    ]
    return Methods(" ".join(part for part in parts if part), REFERENCES)


def _opening(report: CoverageReport) -> str:
    source = report.source
    alone = "one image" if any(file.role == "baseline" for file in source.files) else "a single image"
    frame = alone if source.frames == 1 else f"frame {source.frame} of a run of {source.frames}"
    return (
        f"Spread of contrast was measured on {frame} ({source.columns} × {source.rows} pixels, one frontal"
        f" projection) with spreadscan {plain(report.version)}"
        f" (settings {plain(report.settings_fingerprint)})."
    )


def _contrast(report: CoverageReport) -> str:
    source = report.source
    if report.mask.origin == "given":
        return "Contrast was outlined by a person."
    if report.contrast.method == "single image":
        return (
            "No image from before the contrast was used; contrast was estimated by the program's network for"
            " single images."
        )
    of_file = "a separate image" if any(f.role == "baseline" for f in source.files) else "the run"
    noun = "frame" if len(source.baseline_frames) == 1 else "frames"
    unit = (
        "logarithmic"
        if report.contrast.unit == "ln"
        else "relative (the pixels have no known relation to intensity)"
    )
    # inside a loop the network is not asked
    recognised = (
        ""
        if report.loop is not None
        else " and is recognised as contrast by the program's network, trained on simulated images"
    )
    return (
        f"The baseline ({noun} {frame_numbers(source.baseline_frames)} of {of_file}) was registered rigidly"
        f" to the analysed frame and subtracted; the difference is {unit}, and contrast is what exceeds a"
        f" limit set by noise and residual motion{recognised}."
    )


def _landmarks(report: CoverageReport) -> str:
    count = len(report.landmarks.junctions())
    if not count:
        return "No landmark was known, so no branch region was assessed."
    by = {
        "given": "marked by a person",
        "detected": "detected by the program and not corrected",
        "corrected": "detected by the program and corrected by a person",
        "none": "of unknown origin",
    }[report.landmarks.origin]
    return (
        f"{count} junctions of the superior articular process and the transverse process were {by}; the"
        " dorsal ramus that crosses a junction carries the number of the vertebra above [1, 2]."
    )


def _coverage(report: CoverageReport) -> str:
    cover = report.settings.cover
    if not report.landmarks.junctions():
        return ""
    return (
        "Regions of the common trunk and of the medial, intermediate and lateral branches were placed at each"
        " junction, scaled by the distance of the two junctions of the level; they are a proposal drawn from"
        " cadaver series [3–6], none of them measured in the frontal view. Reported are the share of each"
        " region's area in contrast with a central 90 % interval, the length of the nominal course in"
        f" contrast, and the probability that at least {cover.least_exposed_mm:g} reference mm of the course"
        f" (common zone: {100 * cover.least_exposed_share:g} % of the area) lie in contrast, over random"
        f" draws of what is uncertain. Verdicts: {_limits()},"
        " below it not shown. A facet joint counts as reached where the common zone or medial branch is, at"
        " both of its nerves [1]."
    )


def _limits() -> str:
    words = [one for one in RULES if one.effect == "word" and one.number]
    return ", ".join(f"{one.name} from {one.number:g}" for one in words)


def _scale(report: CoverageReport) -> str:
    scale = report.calibration
    if not isinstance(scale, Calibration):
        return "No scale in the patient was known, so lengths are in reference millimetres only."
    return (
        f"Lengths in the patient rest on {plain(scale.origin)}, with a relative standard deviation of"
        f" {100 * scale.relative_uncertainty:.2g} %."
    )


def _end() -> str:
    return (
        "Accuracy has been measured on simulated images only and is unknown for patients; a frontal"
        " projection has no depth, so overlap with a region does not prove contact with a nerve. Spread over"
        " these junctions after 5 mL was seen on CT in 14 patients [7] and on a radiograph in one [8]."
    )
