"""Words that several nouns share: roles, verdicts, causes, units, kinds of spread."""

from typing import Literal

Role = Literal["contrast", "baseline"]
Verdict = Literal["shown", "probable", "indeterminate", "not shown", "not assessed"]
Cause = Literal["landmark", "contrast", "registration", "anatomy"]
PatientLeft = Literal["image left", "image right", "unknown"]
AttenuationUnit = Literal["ln", "relative"]
SignalUnit = Literal["ln", "relative", "odds"]
Kind = Literal[
    "depot",
    "along_needle",
    "vascular",
    "medial_track",
    "over_facet",
    "too_lateral",
    "too_medial",
    "unclassified",
]
Method = Literal["baseline", "single image"]
ZoneName = Literal["common", "medial", "intermediate", "lateral", "ramus"]
"""The branch regions of L3 to L5, and the one zone of S1, where the L5 ramus runs undivided."""
