"""Check what a person hands in, as far as headers can tell, before a pixel is looked at."""

from collections.abc import Sequence
from pathlib import Path

from spreadscan.errors import CannotMeasure, CannotRead, WrongUsage
from spreadscan.values import ImageHeader, JudgingScale, Landmarks, Request, Search

MOST_ML, MOST_MG_PER_ML = 100.0, 500.0
"""More contrast than this is injected nowhere near a nerve, and no agent is stronger."""
NARROWEST_MM, WIDEST_MM = 10.0, 2000.0
"""An image of a patient is no smaller and no larger than this; whole-body scanners reach 1.8 m."""


def check_options(request: Request) -> None:
    """Check that the options make sense by themselves and together.

    Raises:
        WrongUsage: ``bad-option``.
    """
    for field, number in (
        ("--mm-per-px", request.mm_per_px),
        ("--slicer-mm-per-px", request.slicer_mm_per_px),
    ):
        if number is not None and not 0 < number < float("inf"):
            raise WrongUsage(
                "bad-option", "must be above 0", field=field, advice="give millimetres per pixel"
            )
    _check_dose(request)
    if request.loop is not None and request.mask is not None:
        raise WrongUsage(
            "bad-option",
            "cannot go together with --mask",
            field="--loop",
            advice="give the contrast itself or a loop around it, not both",
        )
    if request.baseline is not None and request.baseline_frames is not None:
        raise WrongUsage(
            "bad-option",
            "cannot go together with --baseline",
            field="--baseline-frames",
            advice="give the frames of the image itself or another image, not both",
        )


def _check_dose(request: Request) -> None:
    """The dose is known only by volume and concentration together."""
    asked = (
        ("--injected-ml", request.injected_ml, MOST_ML, "millilitres"),
        ("--iodine-mg-per-ml", request.iodine_mg_per_ml, MOST_MG_PER_ML, "mgI/mL"),
    )
    for field, number, most, unit in asked:
        if number is not None and not 0 < number <= most:
            advice = f"give {unit} above 0 and up to {most:g}"
            raise WrongUsage("bad-option", "is out of range", field=field, advice=advice)
    missing = [field for field, number, _, _ in asked if number is None]
    if len(missing) == 1:
        raise WrongUsage(
            "bad-option",
            "is missing: the dose is the product of volume and concentration",
            field=missing[0],
            advice="give --injected-ml and --iodine-mg-per-ml together",
        )


def check_frames(request: Request, header: ImageHeader) -> None:
    """Check that the image has the frames that are asked for.

    Raises:
        CannotMeasure: ``frame-out-of-range``; ``baseline-mismatch`` when the baseline frames are those of a
            single image.
    """
    asked = [("--baseline-frames", number) for number in request.baseline_frames or ()]
    asked += [] if request.frame is None else [("--frame", request.frame)]
    for field, number in asked:
        if not 1 <= number <= header.frames:
            raise CannotMeasure(
                "frame-out-of-range",
                f"frame {number} does not exist, the file has {header.frames}",
                file=header.path.name,
                field=field,
                advice=f"give frames from 1 to {header.frames}",
            )
    if header.frames == 1 and request.baseline_frames:
        raise CannotMeasure(
            "baseline-mismatch",
            "is a single image, which has no frame before the contrast",
            file=header.path.name,
            field="--baseline-frames",
            advice="pass the image from before the contrast with --baseline",
        )


def check_marked(landmarks: Landmarks, header: ImageHeader, frame: int | None) -> None:
    """Check that landmarks were marked on the frame that is analysed, as far as their file tells.

    Args:
        landmarks: with the frames on which they were marked, if known.
        header: of the image.
        frame: that is analysed, 1-based; ``None`` where it is not known yet.

    Raises:
        CannotMeasure: ``landmarks-elsewhere``.
    """
    marked = ", ".join(str(number) for number in landmarks.frames[:5])
    if not landmarks.frames or (frame is None and any(n <= header.frames for n in landmarks.frames)):
        return
    if frame not in landmarks.frames:
        other = f"frame {frame} is analysed" if frame is not None else f"the file has {header.frames}"
        raise CannotMeasure(
            "landmarks-elsewhere",
            f"were marked on frame {marked}, and {other}",
            file=header.path.name,
            field="landmarks",
            advice="mark the landmarks on the frame that is analysed, or pass theirs with --frame",
        )


def check_scale(scale: JudgingScale, header: ImageHeader, request: Request) -> None:
    """Check that the image has the size of a part of a patient.

    Filters sized by an impossible scale would measure nonsense, or fill the memory.

    Raises:
        WrongUsage: ``bad-option`` when the user gave the scale.
        CannotMeasure: ``bad-header`` when the header or the landmarks did.
    """
    width_mm = scale.mm_per_px * max(header.rows, header.columns)
    if NARROWEST_MM <= width_mm <= WIDEST_MM:
        return
    problem = f"makes the image {width_mm:.4g} mm wide in the patient, by {scale.origin}"
    if request.mm_per_px is not None:
        raise WrongUsage(
            "bad-option",
            problem,
            file=header.path.name,
            field="--mm-per-px",
            advice="give millimetres per pixel",
        )
    raise CannotMeasure(
        "bad-header",
        problem,
        file=header.path.name,
        field="Pixel Spacing (0028,0030), Imager Pixel Spacing (0018,1164) or landmarks",
        advice="correct the spacing or the landmarks, or pass --mm-per-px",
    )


def check_found(landmarks: Landmarks, search: Search | None) -> None:
    """Check that there are landmarks to show, handed in or found.

    Raises:
        CannotMeasure: ``no-landmarks``.
    """
    if not landmarks.points:
        raise CannotMeasure(
            "no-landmarks",
            search.reason if search and search.reason else "none were handed in",
            field="--landmarks",
            advice="mark two or more SAP–TP junctions and pass them; the program places the others",
        )


def only_image(headers: Sequence[ImageHeader], path: Path) -> ImageHeader:
    """Return the one image that was handed in as baseline.

    Raises:
        CannotRead: ``input-ambiguous``.
    """
    if len(headers) > 1:
        raise CannotRead(
            "input-ambiguous",
            f"holds {len(headers)} images",
            file=path.name,
            field="--baseline",
            advice="pass the image itself",
        )
    return headers[0]
