"""Say what a file or study is, without analysing it."""

from pathlib import Path

from spreadscan.errors import SpreadscanError
from spreadscan.flags import FLAGS
from spreadscan.read.dicom import list_study
from spreadscan.settings import Settings
from spreadscan.stages.assign import assign
from spreadscan.stages.calibrate import calibrate
from spreadscan.stages.orient import orient
from spreadscan.values import Calibration, ImageHeader, Landmarks


def describe(path: Path) -> str:
    """Return a text on each image of a study: kind, size, pixels, scale, side, role, and what is missing.

    Nothing that identifies the patient is in it but the names of the files.

    Raises:
        CannotRead: as ``read.dicom.list_study``.
    """
    headers = list_study(path)
    blocks = [_image(header) for header in headers]
    if len(headers) > 1:
        blocks.append(_roles(headers))
    return "\n\n".join(blocks)


def _image(header: ImageHeader) -> str:
    settings = Settings()
    calibration = calibrate(header, None, settings.calibrate)
    orientation = orient(header, None, Landmarks("none"), settings.orient)
    if isinstance(calibration, Calibration):
        percent = 100 * calibration.relative_uncertainty
        scale = f"{calibration.mm_per_px:.4g} mm per pixel ± {percent:.0f} % ({calibration.origin})"
    else:
        scale = f"unknown: {calibration.reason}"
    known = orientation.patient_left != "unknown"
    side = f"patient's left on {orientation.patient_left} ({orientation.origin})" if known else "unknown"
    frames = f"{header.frames} frame{'s' if header.frames > 1 else ''}"
    lines = [
        _name(header),
        f"  kind        {header.sop_class} ({header.modality or 'no modality'})",
        f"  size        {frames} of {header.columns} × {header.rows} pixels{_duration(header)}",
        f"  pixels      {_pixels(header)}",
        f"  scale       {scale}",
        f"  side        {side}",
    ]
    flags = [FLAGS[code] for code in (*calibration.flags, *orientation.flags)]
    lines += [f"  note        {flag.message} {flag.advice}" for flag in flags]
    return "\n".join(lines)


def _name(header: ImageHeader) -> str:
    """The name of the file on one line, whatever it is."""
    return "".join(char if char.isprintable() else "?" for char in header.path.name)


def _duration(header: ImageHeader) -> str:
    times = header.frame_times_s
    return f", {times[-1]:.1f} s" if times else ""


def _pixels(header: ImageHeader) -> str:
    facts = header.pixels
    relation = {"LIN": "linear", "LOG": "logarithmic", "DISP": "display values", None: "relation not stated"}
    parts = [f"{facts.bits_stored} bit", relation[facts.relationship]]
    parts += ["shown inverted"] if facts.inverted_display else []
    parts += ["compressed with loss"] if facts.lossy else []
    parts += ["already subtracted"] if facts.subtracted else []
    return ", ".join(parts)


def _roles(headers: tuple[ImageHeader, ...]) -> str:
    try:
        roles = assign(headers, None)
    except SpreadscanError as error:
        return f"Roles: {error.problem}; {error.advice}."
    baseline = _name(roles.baseline) if roles.baseline else "none among these files"
    return (
        f"Contrast image: {_name(roles.contrast)}\nBaseline: {baseline}\n"
        f"Told by: {roles.reason}; {roles.unused} not used"
    )
