"""When a view allows no region to be assessed: each reason by hand, and the order of reasons."""

from dataclasses import replace

import numpy as np
import pytest

from spreadscan.judgement.refusal import refusal_of
from spreadscan.values import Landmarks, Orientation, Search
from tests.images import contrast_map, frame_pair, spread_mask

FRONTAL = Orientation("image left", "user", True, True)
OBLIQUE = replace(FRONTAL, frontal=False)
SOME, NONE = (spread_mask(np.eye(9, dtype=bool) & found) for found in (True, False))
DRAWN = replace(NONE, origin="given")
SEEN = contrast_map(np.zeros((9, 9), np.float32))
BLIND = replace(SEEN, judgeable=False)
OWN, SINGLE = frame_pair(3, (0, 1)), frame_pair(0, ())
SCOUT = frame_pair(3, (0,), baseline_is_run=False)
LUMBAR = Search(Landmarks("none"), None)
TURNED = replace(LUMBAR, flags=("view-oblique",))
ELSEWHERE = replace(LUMBAR, reason="no lumbar spine", elsewhere=True)

VIEW, BODY, IMAGE, RUN = "not frontal", "no lumbar spine", "on this single image", "nothing changed"


@pytest.mark.parametrize(
    ("search", "orientation", "mask", "contrast", "pair", "said"),
    [
        (None, FRONTAL, SOME, SEEN, OWN, ""),
        (LUMBAR, FRONTAL, SOME, SEEN, SCOUT, ""),
        (LUMBAR, OBLIQUE, SOME, SEEN, OWN, VIEW),
        (TURNED, FRONTAL, SOME, SEEN, OWN, VIEW),
        (TURNED, FRONTAL, DRAWN, BLIND, OWN, VIEW),
        (ELSEWHERE, FRONTAL, SOME, SEEN, OWN, BODY),
        (ELSEWHERE, FRONTAL, NONE, BLIND, OWN, BODY),
        (ELSEWHERE, FRONTAL, DRAWN, BLIND, OWN, ""),
        (None, FRONTAL, SOME, BLIND, SINGLE, IMAGE),
        (None, FRONTAL, NONE, SEEN, OWN, RUN),
        # a scout that nothing was added to is an answer; a single image without contrast too
        (None, FRONTAL, NONE, SEEN, SCOUT, ""),
        (None, FRONTAL, NONE, SEEN, SINGLE, ""),
        (None, FRONTAL, DRAWN, SEEN, OWN, ""),
    ],
)
def test_reasons_by_hand(search, orientation, mask, contrast, pair, said):
    refusal = refusal_of(search, orientation, mask, contrast, pair)
    assert said in refusal.reason
    assert (refusal.reason == "") == (said == "")
    assert refusal.flags == (("no-change-in-run",) if said == RUN else ())
