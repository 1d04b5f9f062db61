"""The quality flags: measured, but. Each has a fixed code, one sentence, and what the reader should do.

A code always means the same; codes are never reused. ``docs/messages.md`` lists them; a test keeps the two
in step.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Flag:
    """A quality flag.

    Attributes:
        code: fixed name.
        message: one sentence that says what was seen.
        advice: one sentence that says what the reader should do.
    """

    code: str
    message: str
    advice: str


_ALL = (
    # scale and side
    Flag(
        "uncalibrated",
        "Nothing in the file gives a scale in the patient, so no millimetre of the patient is reported.",
        "Pass --mm-per-px with a scale measured on a known object, or rely on the reference-millimetre and"
        " fraction columns.",
    ),
    Flag(
        "scale-assumed-depth",
        "The scale rests on an assumed depth of the spine between X-ray source and detector.",
        "Read lengths and areas with their stated uncertainty; measure a known object for a better one.",
    ),
    Flag(
        "scale-detector-plane",
        "The file gives a spacing only at the detector, which is larger than in the patient.",
        "Pass --mm-per-px, or record the source-to-patient distance in future studies.",
    ),
    Flag(
        "side-unknown",
        "Nothing tells which side of the image is the patient's left.",
        "Pass --patient-left image-left or --patient-left image-right.",
    ),
    Flag(
        "view-rotated",
        "The positioner angles, or spinous processes off the middle of the pedicles, say that the beam was"
        " off the frontal view.",
        "Read the coverage of the branches with care, or repeat with a true frontal view.",
    ),
    Flag(
        "view-oblique",
        "The positioner angles, the patient orientation or the spinous processes say that this is not a"
        " frontal view.",
        "Take a frontal view: the branch regions are defined for it only.",
    ),
    # pixels
    Flag(
        "display-pixels",
        "The pixels are display values without a known relation to X-ray intensity.",
        "Read attenuation as relative; export the original pixels if the system allows it.",
    ),
    Flag(
        "lossy-compressed",
        "The pixels were compressed with loss.",
        "Prefer the original: faint contrast may have been removed.",
    ),
    Flag(
        "polarity-assumed",
        "Neither header nor image shows whether contrast is stored dark or bright: the usual is assumed.",
        "Check on the overlay that the marked area is contrast.",
    ),
    Flag(
        "polarity-from-image",
        "The image itself shows that contrast is stored the unusual way round; the header does not say so.",
        "Check on the overlay that the marked area is contrast.",
    ),
    Flag(
        "already-subtracted",
        "The image is already a subtraction.",
        "Pass the unsubtracted run: the bones are needed to judge motion.",
    ),
    Flag(
        "saturated",
        "A part of the field is at the darkest or brightest value the file can hold.",
        "Contrast inside that part cannot be told apart; use the original pixels or another exposure.",
    ),
    # images and baseline
    Flag(
        "roles-assumed",
        "Which image is the baseline was told by the order of acquisition alone.",
        "Check the roles in the report, or pass --baseline.",
    ),
    Flag(
        "images-unused",
        "The folder holds images that were not analysed.",
        "Analyse them one by one, or pass --baseline and the image wanted.",
    ),
    Flag(
        "no-baseline",
        "There is no image from before the contrast, so bone and contrast cannot be told apart reliably.",
        "Save a scout image before injecting; read these results as a rough estimate.",
    ),
    Flag(
        "baseline-short",
        "Only one frame came before the contrast.",
        "Start the run a second before injecting.",
    ),
    Flag(
        "baseline-unusable",
        "The baseline could not be brought into register with the contrast image and was not used.",
        "Save a scout with the same field and position.",
    ),
    Flag(
        "vascular-not-assessable",
        "Uptake into vessels cannot be judged without a run from before the contrast on: a still image misses"
        " about four in ten.",
        "Review the live run.",
    ),
    # registration
    Flag(
        "frames-left-out",
        "Some frames show another scene than the analysed one and were left out of the averages.",
        "Look at the run; nothing is lost but some of the averaging.",
    ),
    Flag(
        "moved-far",
        "Patient or table moved far between the baseline and the contrast image.",
        "Check on the overlay that the bones of both match; only what both show is judged.",
    ),
    Flag(
        "motion-residual",
        "After motion correction the bones still differ from the baseline by more than half a pixel.",
        "Look for false contrast along bone edges on the overlay.",
    ),
    # contrast
    Flag(
        "no-contrast",
        "No contrast was found above the detection limit.",
        "Check that the right image was analysed.",
    ),
    Flag(
        "cannot-judge",
        "On this single image contrast cannot be told from bone and soft tissue.",
        "Analyse it with a scout image, or mark the contrast by hand and pass --mask.",
    ),
    Flag(
        "no-change-in-run",
        "Nothing changed during the run; contrast that was there from its first frame on would not be seen.",
        "Pass an image from before the injection with --baseline.",
    ),
    Flag(
        "near-limit",
        "Most of the contrast lies close to the detection limit of the image.",
        "The area depends on the threshold; compare the sure and the possible area.",
    ),
    Flag(
        "contrast-cut",
        "Contrast reaches the edge of the X-ray field.",
        "The spread beyond the edge is unknown; open the collimator.",
    ),
    Flag(
        "like-moved-gas",
        "Faint areas near some that grew lighter may be gas that moved; they do not count as contrast.",
        "Look at both images; if it is contrast, mark it by hand and pass --mask.",
    ),
    Flag(
        "not-recognised",
        "Some of what changed does not look like contrast but like gas, tissue or a needle that moved.",
        "It does not count as contrast; if it is, mark it by hand and pass --mask, or draw a --loop.",
    ),
    # kinds of contrast and quantities
    Flag(
        "vascular-pattern",
        "Some contrast looks as if it ran off in a vessel: thin, early, and gone while other contrast stays.",
        "Review the live run; judge the dose that reached the target with this in mind.",
    ),
    Flag(
        "vascular-run-limits",
        "Uptake into vessels cannot be judged from this run: it is too slow, ends too early, or shows no"
        " contrast coming.",
        "Record at least 2 frames per second until 3 seconds after the injection has ended.",
    ),
    Flag(
        "along-needle",
        "Some contrast looks like a track along the needle.",
        "Compare with a view in which the needle is turned aside: what lies along it is not at the target.",
    ),
    Flag(
        "medial-track",
        "Some contrast looks like a track along the root or the canal: foraminal or epidural.",
        "Take a lateral and a contralateral oblique view: a frontal one cannot tell the two apart.",
    ),
    Flag(
        "facet-shape",
        "Some contrast looks like an arthrogram: an ovoid over the facet joint.",
        "Take a lateral or an ipsilateral oblique view.",
    ),
    Flag(
        "lateral-only",
        "Some contrast lies lateral of the branches.",
        "Take a lateral view for its depth; it may lie on the transverse process or in muscle.",
    ),
    Flag(
        "medial-only",
        "Some contrast lies over the lamina, medial of the branches.",
        "Take a contralateral oblique view.",
    ),
    Flag(
        "no-iodine-mass",
        "A dose was given, but these images allow no iodine mass.",
        "Export linear pixels with their header; the report names what is missing.",
    ),
    Flag(
        "dose-mismatch",
        "The iodine in the image does not agree with the injected dose, even within the wide uncertainty.",
        "Check the dose; contrast may lie outside the field or have run off, or the pixels are not linear.",
    ),
    # landmarks and regions
    Flag(
        "landmarks-detected",
        "The landmarks were found by the program; no person has checked them.",
        "Check levels and junctions on the overlay; correct them and pass --landmarks where they are wrong.",
    ),
    Flag(
        "landmarks-completed",
        "Some landmarks were marked; the program placed the others.",
        "Check the junctions that were not marked on the overlay.",
    ),
    Flag(
        "landmarks-not-found",
        "The program did not find landmarks that it stands behind.",
        "Pass --landmarks with two or more SAP–TP junctions; the program places the others.",
    ),
    Flag(
        "landmarks-missing",
        "Without landmarks the branch regions are not assessed.",
        "Pass --landmarks with the SAP–TP junctions.",
    ),
    Flag(
        "level-uncertain",
        "Which vertebra is which cannot be told with certainty from this image.",
        "Count from the sacrum on an image that shows it, and name the levels with --landmarks.",
    ),
    Flag(
        "transitional-vertebra",
        "The spine has a transitional or a sixth lumbar vertebra, a person said: names of levels, and the"
        " branches there, may be shifted.",
        "Number the levels on an image of the whole lumbar spine before reading any name.",
    ),
    Flag(
        "scale-from-other-level",
        "Only one junction of this level is known; its size was taken from the other levels.",
        "Mark the junction of the other side too.",
    ),
    Flag(
        "axis-assumed",
        "Only one level is known; the image's vertical was taken as the axis of the spine.",
        "Mark the junctions of a neighbouring level.",
    ),
    Flag(
        "region-outside-field",
        "Too much of the region lies outside the X-ray field for it to be assessed.",
        "Centre the field on the level.",
    ),
    Flag(
        "region-under-metal",
        "Too much of the region lies under metal for it to be assessed.",
        "Withdraw the needle or tilt the beam for the last image.",
    ),
)

FLAGS: Mapping[str, Flag] = MappingProxyType({flag.code: flag for flag in _ALL})
