"""What contrast looks like, whether it ran off, and how much iodine it holds, in words."""

from collections.abc import Mapping
from types import MappingProxyType

from spreadscan.values import Component, CoverageReport, Kind
from spreadscan.write.words.report import component_place
from spreadscan.write.words.rounding import cut

KIND_IN_WORDS: Mapping[Kind, str] = MappingProxyType(
    {
        "depot": "a depot at the junction",
        "along_needle": "a track along the needle",
        "vascular": "a vessel",
        "medial_track": "a track along the root or the canal",
        "over_facet": "an arthrogram of the facet joint",
        "too_lateral": "contrast lateral of the branches",
        "too_medial": "contrast over the lamina",
        "unclassified": "",
    }
)
KINDS_IN_WORDS = (
    "One frontal projection has no depth: a kind is a resemblance, not a diagnosis. The figure in brackets is"
    " the share of simulated cases in which it was right."
)


def kind_in_words(component: Component) -> str:
    """Return what an area looks like and what would settle it; empty words where nothing stands out."""
    if component.kind == "unclassified":
        return "no particular kind"
    sure = cut(component.kind_confidence, 2)
    rating = "" if sure is None else f" ({sure:.2f})"
    settled = f"; settled by {component.kind_settled_by}" if component.kind_settled_by else ""
    return f"looks like {KIND_IN_WORDS[component.kind]}{rating}{settled}"


def components_in_words(report: CoverageReport, most: int) -> tuple[tuple[str, str], ...]:
    """Return the largest areas of contrast: number, size and place, and what each looks like."""
    rows = []
    for number, component in enumerate(report.contrast.components[:most], 1):
        place = component_place(component)
        near = f" near {place}" if place else ""
        rows.append((f"Area {number}", f"{component.area_px} px{near}: {kind_in_words(component)}"))
    return tuple(rows)


def uptake_in_words(report: CoverageReport) -> str:
    """Return whether contrast ran off in vessels."""
    uptake = report.uptake
    if uptake.state == "not assessable":
        return f"Cannot be assessed: {uptake.reason}."
    if uptake.state == "not seen":
        return f"None seen ({uptake.reason}). A run can miss small vessels."
    parts = [
        f"{passage.area_px} px at row {passage.centroid_row:.0f}, column {passage.centroid_column:.0f},"
        f" strongest in frame {passage.peak_frame + 1}, {100 * passage.washed:.0f} % gone at the end"
        for passage in uptake.passages[:3]
    ]
    more = len(uptake.passages) - len(parts)
    return f"Looks like run-off in a vessel: {'; '.join(parts)}{f'; {more} more' if more else ''}."


def iodine_in_words(report: CoverageReport) -> str:
    """Return the iodine mass and what share of the dose it is, with intervals, or why there is none."""
    iodine = report.iodine
    if iodine.mass_mg is None:
        return f"No mass: {iodine.reason}." if iodine.reason else "No mass."
    low, best, high = iodine.mass_mg
    text = f"about {_two(best)} mg, between {_two(low)} and {_two(high)} mg"
    if iodine.recovered is not None and iodine.injected_mg is not None:
        low, best, high = iodine.recovered
        text += f"; {_two(best)} ({_two(low)} to {_two(high)}) of the {iodine.injected_mg:g} mg injected"
    return f"{text}. Scatter is not known; the interval is wide for it."


def limit_in_words(report: CoverageReport) -> str:
    """Return the detection limit as a layer of iodine; empty when it is not known."""
    limit = report.iodine.detection_limit_mg_cm2
    if limit is None:
        return ""
    return f"about {_two(limit[1])} mgI/cm², between {_two(limit[0])} and {_two(limit[2])}"


def _two(number: float) -> str:
    """Two significant digits, never with an exponent where plain digits do."""
    return f"{float(f'{number:.2g}'):g}"
