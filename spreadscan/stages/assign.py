"""Tell which image of a study shows the contrast and which is its baseline."""

from itertools import pairwise

from spreadscan.errors import CannotMeasure
from spreadscan.values import FramePair, ImageHeader, ImageRoles, Source, SourceFile

_Headers = tuple[ImageHeader, ...]


def assign(headers: _Headers, given_baseline: ImageHeader | None) -> ImageRoles:
    """Return which image is to be analysed and which, if any, is its baseline.

    A baseline that the user names is taken out first. Of what remains, the names of the series (pre, scout,
    mask; post, contrast) decide where there are some, else the order of acquisition: the last run, or the
    last image where there is no run, is the contrast; the last single image of its size that the names call
    a baseline, or else the first before it, is the baseline.

    Args:
        headers: of the images of the study, in order of acquisition.
        given_baseline: of the image that the user names.

    Returns:
        The roles. Flags: ``roles-assumed``, ``images-unused``.

    Raises:
        CannotMeasure: ``baseline-mismatch`` when the user's baseline is the only image or has another size;
            ``two-patients`` when it names another patient;
            ``input-ambiguous`` when several images for one role have neither names nor an order.
    """
    if given_baseline is not None:
        return _with_given(headers, given_baseline)
    if len(headers) == 1:
        return ImageRoles(headers[0], None, "the only image", 0, ())
    if not any(h.role_hint for h in headers) and not _ordered(headers):
        raise _ambiguous(headers)
    contrast = _contrast(headers)
    baseline = _baseline(headers, contrast)
    told_by_name = contrast.role_hint == "contrast" or (
        baseline is not None and baseline.role_hint == "baseline"
    )
    reason = "the names of the series" if told_by_name else "the order of acquisition"
    used = 1 if baseline is None else 2
    flags = () if told_by_name else ("roles-assumed",)
    return _roles(contrast, baseline, reason, len(headers) - used, flags)


def _with_given(headers: _Headers, given: ImageHeader) -> ImageRoles:
    others = tuple(h for h in headers if h.sha256 != given.sha256)
    if not others:
        raise _mismatch(given, "is the image to be analysed itself", "pass another image with --baseline")
    contrast = others[0] if len(others) == 1 else _contrast(others)
    if given.patient_key and contrast.patient_key and given.patient_key != contrast.patient_key:
        raise CannotMeasure(
            "two-patients",
            "names another patient than the image to be analysed",
            file=given.path.name,
            field="PatientID (0010,0020)",
            advice="pass a baseline of the same patient",
        )
    if not _same_size(given, contrast):
        raise _mismatch(
            given,
            f"is {given.rows} × {given.columns} pixels, the image to be analysed"
            f" {contrast.rows} × {contrast.columns}",
            "pass a baseline taken with the same matrix",
        )
    return _roles(contrast, given, "the baseline that the user named", len(others) - 1)


def _roles(
    contrast: ImageHeader,
    baseline: ImageHeader | None,
    reason: str,
    unused: int,
    flags: tuple[str, ...] = (),
) -> ImageRoles:
    return ImageRoles(contrast, baseline, reason, unused, (*flags, *(("images-unused",) if unused else ())))


def _contrast(headers: _Headers) -> ImageHeader:
    named = tuple(h for h in headers if h.role_hint == "contrast")
    candidates = named or tuple(h for h in headers if h.role_hint != "baseline") or headers
    runs = tuple(h for h in candidates if h.frames > 1)
    return _told(runs or candidates)[-1]


def _baseline(headers: _Headers, contrast: ImageHeader) -> ImageHeader | None:
    fitting = [h for h in headers if h is not contrast and _same_size(h, contrast)]
    named = tuple(h for h in fitting if h.role_hint == "baseline")
    if named:
        return _told(named)[-1]
    before = headers[: headers.index(contrast)] if _ordered(headers) else headers
    single = tuple(h for h in before if h in fitting and h.frames == 1 and h.role_hint is None)
    return _told(single)[0] if single else None


def _told(candidates: _Headers) -> _Headers:
    """The candidates for one role, which must have an order where there are several."""
    if not _ordered(candidates):
        raise _ambiguous(candidates)
    return candidates


def _ordered(headers: _Headers) -> bool:
    return all(
        a.order is not None and b.order is not None and a.order != b.order for a, b in pairwise(headers)
    )


def _same_size(first: ImageHeader, second: ImageHeader) -> bool:
    return (first.rows, first.columns) == (second.rows, second.columns)


def _ambiguous(headers: _Headers) -> CannotMeasure:
    return CannotMeasure(
        "input-ambiguous",
        f"{len(headers)} images have neither a telling name nor a time or number that orders them",
        file=headers[0].path.parent.name,
        field="SeriesDescription (0008,103E), ContentTime (0008,0033), InstanceNumber (0020,0013)",
        advice="pass the image to analyse as INPUT and the other one with --baseline",
    )


def _mismatch(given: ImageHeader, problem: str, advice: str) -> CannotMeasure:
    return CannotMeasure(
        "baseline-mismatch", problem, file=given.path.name, field="--baseline", advice=advice
    )


def source_of(roles: ImageRoles, pair: FramePair) -> Source:
    """Return what was analysed: the files that were used, and their frames, 1-based."""
    files = [SourceFile(roles.contrast.sha256, "contrast", roles.contrast.sop_class)]
    if roles.baseline is not None and pair.baseline_frames and not pair.baseline_is_run:
        files.append(SourceFile(roles.baseline.sha256, "baseline", roles.baseline.sop_class))
    return Source(
        files=tuple(files),
        rows=roles.contrast.rows,
        columns=roles.contrast.columns,
        frames=roles.contrast.frames,
        frame=pair.frame + 1,
        baseline_frames=tuple(index + 1 for index in pair.baseline_frames),
    )
