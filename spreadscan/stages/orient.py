"""Tell which side of the image is the patient's left, and whether the view is frontal.

The side is never guessed. The user, Patient Orientation (0020,0020) and landmarks that carry the patient's
side may tell it, and all that do must agree. Positioner angles and Patient Position do not tell it: a prone
patient seen from behind has the left on image left, the usual display of a radiograph is the other way
round, and C-arms flip either.
"""

from dataclasses import replace
from typing import Literal

from spreadscan.errors import CannotMeasure
from spreadscan.settings import OrientSettings
from spreadscan.values import ImageHeader, Landmarks, Orientation, PatientLeft, ViewFacts, sides_of

_Known = Literal["image left", "image right"]


def orient(
    header: ImageHeader, given_left: _Known | None, landmarks: Landmarks, settings: OrientSettings
) -> Orientation:
    """Return which side of the image is the patient's left.

    Args:
        header: of the image to be measured.
        given_left: what the user says.
        landmarks: given landmarks may carry the patient's side.
        settings: limits of the frontal view.

    Returns:
        The side and where it came from, best source first: user, file, landmarks. Flags: ``side-unknown``,
        ``view-rotated``, ``view-oblique``.

    Raises:
        CannotMeasure: ``orientation-contradiction`` when the user and the file disagree;
            ``landmarks-mirrored`` when the landmarks disagree with either.
    """
    file_left = left_from_orientation(header.view)
    if given_left and file_left and given_left != file_left:
        raise CannotMeasure(
            "orientation-contradiction",
            f"the file says that the patient's left is on {file_left}, the user says {given_left}",
            file=header.path.name,
            field="PatientOrientation (0020,0020)",
            advice="leave --patient-left out to trust the file, or correct the file",
        )
    marked_left = left_from_landmarks(landmarks)
    known = given_left or file_left
    if marked_left and known and marked_left != known:
        raise CannotMeasure(
            "landmarks-mirrored",
            f"the landmarks put the patient's left on {marked_left},"
            f" {'the user says' if given_left else 'Patient Orientation (0020,0020) says'} {known}",
            file=header.path.name,
            field="landmarks",
            advice="exchange left and right in the landmarks, or correct the side of the image",
        )
    flags = _view_flags(header.view, settings)
    frontal, head_at_top = "view-oblique" not in flags, _head_at_top(header.view)
    if given_left:
        return Orientation(given_left, "user", head_at_top, frontal, flags)
    if file_left:
        return Orientation(file_left, "patient orientation", head_at_top, frontal, flags)
    if marked_left:
        return Orientation(marked_left, "landmarks", head_at_top, frontal, flags)
    return Orientation("unknown", "unknown", head_at_top, frontal, ("side-unknown", *flags))


def with_patient_sides(landmarks: Landmarks, orientation: Orientation) -> Landmarks:
    """Return the landmarks with the image's sides named as the patient's, where these are known."""
    names = sides_of(orientation.patient_left)
    points = tuple(replace(point, side=names.get(point.side, point.side)) for point in landmarks.points)
    return replace(landmarks, points=points)


def left_from_orientation(view: ViewFacts) -> _Known | None:
    """Return the side of the patient's left by Patient Orientation; ``None`` when it does not say.

    The first letter of the first value is the main direction in which columns are counted.
    """
    if view.patient_orientation is None:
        return None
    return {"R": "image left", "L": "image right"}.get(  # type: ignore[return-value]
        view.patient_orientation[0][:1]
    )


def left_from_landmarks(landmarks: Landmarks) -> PatientLeft | None:
    """Return the side of the patient's left by the junctions of a level that has both, else by all there are.

    With junctions of one side only, or of both sides in one column, the columns say nothing, and neither does
    this function.
    """
    junctions = landmarks.junctions()
    for (level, side), left in junctions.items():
        right = junctions.get((level, "right"))
        if side == "left" and right is not None and left.column != right.column:
            return "image left" if left.column < right.column else "image right"
    lefts = [p.column for (_, side), p in junctions.items() if side == "left"]
    rights = [p.column for (_, side), p in junctions.items() if side == "right"]
    if not lefts or not rights:
        return None
    across = sum(rights) / len(rights) - sum(lefts) / len(lefts)
    if across == 0:
        return None
    return "image left" if across > 0 else "image right"


def _head_at_top(view: ViewFacts) -> bool | None:
    down_column = view.patient_orientation[1][:1] if view.patient_orientation else ""
    return {"F": True, "H": False}.get(down_column)


def _view_flags(view: ViewFacts, settings: OrientSettings) -> tuple[str, ...]:
    along_row, down_column = (part[:1] for part in view.patient_orientation or ("", ""))
    # a row that runs front to back or along the body is no frontal view, whatever the angles say
    if along_row in ("A", "P", "H", "F") or down_column in ("A", "P"):
        return ("view-oblique",)
    turned, tilted = _off_frontal_deg(view.primary_angle_deg), _off_frontal_deg(view.secondary_angle_deg)
    if turned > settings.refuse_rotation_deg or tilted > settings.refuse_tilt_deg:
        return ("view-oblique",)
    if turned > settings.warn_rotation_deg or tilted > settings.warn_tilt_deg:
        return ("view-rotated",)
    return ()


def _off_frontal_deg(angle_deg: float | None) -> float:
    """Angle to the frontal view, 0 when unknown: prone patients are recorded from either end of the beam."""
    if angle_deg is None:
        return 0.0
    turn = abs(angle_deg) % 180
    return min(turn, 180 - turn)
