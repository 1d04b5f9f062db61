"""Tell in words what was done, step by step, and what a person gave."""

from typing import NamedTuple

from spreadscan.values import (
    AttenuationRun,
    Calibration,
    ContrastMap,
    FramePair,
    ImageRoles,
    JudgingScale,
    Orientation,
    Request,
    Search,
    SpreadMask,
    Step,
    Uncalibrated,
    View,
)


class Story(NamedTuple):
    """What the steps are told from."""

    request: Request
    roles: ImageRoles
    orientation: Orientation
    calibration: Calibration | Uncalibrated
    scale: JudgingScale
    search: Search | None
    run: AttenuationRun
    pair: FramePair
    contrast: ContrastMap
    mask: SpreadMask


def narrate(story: Story) -> tuple[Step, ...]:
    """Return the steps of an analysis in order, each in one sentence.

    Nothing that identifies the patient is in them: no file name, no date.
    """
    return (
        _images(story),
        Step("field", f"X-ray field: {story.run.field.shape} ({story.run.field.origin})."),
        _calibration(story),
        _orientation(story),
        _attenuation(story),
        _frames(story),
        _contrast(story),
        _landmarks(story.request, story.search),
    )


def _images(story: Story) -> Step:
    roles, given = story.roles, story.request.baseline is not None
    subtracted = bool(story.pair.baseline_frames) and not story.pair.baseline_is_run
    used = "contrast and baseline" if roles.baseline is not None and subtracted else "contrast"
    unused = f"; {roles.unused} more not used" if roles.unused else ""
    if roles.baseline is not None and not subtracted:
        unused = f"; the baseline was not used{unused}"
    return Step("images", f"Images: {used}, told by {roles.reason}{unused}.", given)


def _calibration(story: Story) -> Step:
    given = story.request.mm_per_px is not None
    if isinstance(story.calibration, Uncalibrated):
        text = f"No scale in the patient: {story.calibration.reason}."
    else:
        found = story.calibration
        text = (
            f"Scale {found.mm_per_px:.4g} mm per pixel ± {100 * found.relative_uncertainty:.0f} %"
            f" from: {found.origin}."
        )
    return Step("calibration", f"{text} Filters were sized by {story.scale.origin}.", given)


def _orientation(story: Story) -> Step:
    found = story.orientation
    if found.patient_left == "unknown":
        return Step("orientation", "The patient's side is unknown; sides are those of the image.")
    text = f"The patient's left is on {found.patient_left}, told by: {found.origin}."
    return Step("orientation", text, found.origin in ("user", "landmarks"))


def _attenuation(story: Story) -> Step:
    run = story.run
    kind = "natural logarithm of intensity" if run.unit == "ln" else "display values, relative"
    return Step("attenuation", f"Attenuation: {kind}; matter is stored {run.polarity}.")


def _frames(story: Story) -> Step:
    pair = story.pair
    given = story.request.frame is not None or story.request.baseline_frames is not None
    text = f"Frame {pair.frame + 1} is described"
    if len(pair.contrast_frames) > 1:
        text += f", averaged over {len(pair.contrast_frames)} frames with as much contrast"
    if pair.baseline_frames:
        count = len(pair.baseline_frames)
        text += f"; baseline of {count} frame{'s' if count > 1 else ''}: {pair.reason}"
    return Step("frames", f"{text}.", given)


def _contrast(story: Story) -> Step:
    if story.mask.origin == "given":
        return Step("contrast", "The contrast mask was given.", True)
    if story.contrast.method == "baseline":
        kind = "log subtraction" if story.contrast.unit == "ln" else "subtraction"
        text = f"Contrast by {kind} of the registered baseline"
    else:
        judged = "" if story.contrast.judgeable else ", which it does not allow"
        text = f"Contrast estimated from a single image{judged}"
    drawn = story.request.loop is not None
    return Step("contrast", f"{text}{', inside the loops that a person drew only' if drawn else ''}.", drawn)


def _landmarks(request: Request, search: Search | None) -> Step:
    marked = request.landmarks is not None
    looked = search is not None and (search.view is not None or search.reason)
    if search is None or not looked:
        text = "The SAP–TP junctions were given." if marked else "No landmarks: no branch region is assessed."
    elif search.reason:
        text = f"Landmarks were searched for, not found: {search.reason}."
    else:
        count = sum(point.found for point in search.landmarks.points)
        text = f"{count} landmarks were found by the program"
        text += ", guided by those that were given." if marked else "; no person has checked them."
        text += _rotation(search.view)
    return Step("landmarks", text, marked)


def _rotation(view: View | None) -> str:
    """What the spinous processes say of the rotation of the view."""
    if view is None or view.rotation_deg is None or view.rotation_sd_deg is None:
        return " How far the spine is turned could not be told."
    degrees, sd = view.rotation_deg, view.rotation_sd_deg
    side = "image right" if degrees > 0 else "image left"
    return f" The spine is turned by {abs(degrees):.0f} ± {sd:.0f} degrees, its spinous processes to {side}."
