"""Evidence made by hand: which regions were reached in which of four draws."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from spreadscan.anatomy import ASSESSED_LEVELS, NERVE_AT, REGIONS
from spreadscan.judgement.evidence import Evidence, gather
from spreadscan.values import Coverage, Landmark, Landmarks, RegionCoverage, Search, ViewFacts, ZoneReach
from tests.reports import make_landmarks, make_mask, make_report, place_regions

ALL, NONE = (1, 1, 1, 1), (0, 0, 0, 0)
REGIONS_PLACED, MASK = place_regions(), make_mask()


def make_evidence(
    reached: Mapping[str, Sequence[int] | None] | None = None,
    flags: Sequence[str] = (),
    row_flags: Mapping[str, tuple[str, ...]] | None = None,
    **changes: object,
) -> Evidence:
    """Return evidence of four draws; places are ``L4 left common``, ``None`` was not assessed, else 0.

    ``changes``: sides, zones, angle_deg, seen, landmarks, mask.
    """
    reached, row_flags = dict(reached or {}), dict(row_flags or {})
    rows, draws, numbers = [], [], (0.5, 0.4, 0.6, None, 0.5, "probable")
    for level in ASSESSED_LEVELS:
        for side in changes.get("sides", ("left", "right")):
            for region in REGIONS:
                place = f"{level} {side} {region}"
                drawn = reached.pop(place, NONE)
                known = drawn is not None
                rows.append(
                    RegionCoverage(
                        level, side, NERVE_AT[level], region,
                        *(numbers if known else (None,) * 5 + ("not assessed",)),
                        reason="" if known else "outside the X-ray field",
                        flags=row_flags.get(place, ()),
                    )
                )  # fmt: skip
                draws.append(drawn if known else NONE)
    assert not reached, f"no such place: {reached}"
    coverage = Coverage(tuple(rows), (), np.array(draws, bool))
    landmarks = changes.get("landmarks", make_landmarks(REGIONS_PLACED.junctions))
    if "sides" in changes:
        names = dict(zip(("left", "right"), changes["sides"], strict=True))
        points = tuple(replace(p, side=names[p.side]) for p in landmarks.points)
        landmarks = replace(landmarks, points=points)
    for zone in changes.get("zones", ()):
        point = Landmark(zone.level, zone.side, "sap_tp_junction", 240.0, 100.0)
        landmarks = replace(landmarks, points=(*landmarks.points, point))
    view = ViewFacts(primary_angle_deg=changes.get("angle_deg", 0.0))
    report = make_report(
        coverage=coverage,
        landmarks=landmarks,
        regions=REGIONS_PLACED,
        mask=changes.get("mask", MASK),
        flags=tuple(flags),
        search=Search(landmarks, changes["seen"]) if changes.get("seen") else None,
    )
    return gather(report, changes.get("zones", ()), view)


def everywhere(*places: str, draws: Sequence[int] | None = ALL) -> dict[str, Sequence[int] | None]:
    """Return the regions of places such as ``L4 common``, on both sides."""
    names = [place.split() for place in places]
    return {f"{level} {side} {region}": draws for level, region in names for side in ("left", "right")}


def with_tips(length_mm: float) -> Landmarks:
    """Return the junctions with the tips of all transverse processes this far lateral, reference mm."""
    junctions = make_landmarks(REGIONS_PLACED.junctions)
    tips = []
    for frame in REGIONS_PLACED.junctions:
        row, column = frame.to_px(np.array([[length_mm, 3.0]]))[0]
        tips.append(Landmark(frame.level, frame.side, "tp_tip", float(row), float(column)))
    return Landmarks("given", (*junctions.points, *tips))


def sacral(drawn: Sequence[int] | None, side: str = "left") -> ZoneReach:
    """Return the zone at S1 as reached in these draws."""
    if drawn is None:
        return ZoneReach("S1", side, None, "under metal", ("region-under-metal",))
    return ZoneReach("S1", side, np.array(drawn, bool))
