"""The quality flags: each code fixed, each with one sentence on what was seen and one on what to do."""

import re
from dataclasses import FrozenInstanceError

import pytest

from spreadscan.flags import FLAGS
from tests.test_errors import constants

CODES = (
    "uncalibrated", "scale-assumed-depth", "scale-detector-plane", "side-unknown", "view-rotated",
    "view-oblique", "display-pixels", "lossy-compressed", "polarity-assumed", "polarity-from-image",
    "already-subtracted", "saturated", "roles-assumed", "images-unused", "no-baseline", "baseline-short",
    "baseline-unusable", "vascular-not-assessable", "motion-residual", "no-contrast", "cannot-judge",
    "no-change-in-run", "near-limit", "contrast-cut", "landmarks-missing", "scale-from-other-level",
    "axis-assumed", "region-outside-field", "region-under-metal", "frames-left-out", "moved-far",
    "vascular-pattern", "vascular-run-limits", "along-needle", "medial-track", "facet-shape", "lateral-only",
    "medial-only", "no-iodine-mass", "dose-mismatch", "landmarks-detected", "landmarks-completed",
    "landmarks-not-found", "level-uncertain",
)  # fmt: skip
"""Written out once more: a code that is in reports must not vanish or change its meaning."""


def test_codes_once_given_stay():
    assert set(CODES) <= set(FLAGS)


def test_codes_are_names():
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) and flag.code == code for code, flag in FLAGS.items())


def test_a_flag_says_what_was_seen_and_what_to_do():
    texts = [(code, text) for code, flag in FLAGS.items() for text in (flag.message, flag.advice)]
    wrong = [c for c, text in texts if not (text.endswith(".") and text[0].isupper() and "\n" not in text)]
    assert wrong == []
    assert len({f.message for f in FLAGS.values()}) == len(FLAGS)


def test_flags_and_their_registry_are_frozen():
    with pytest.raises(TypeError):
        FLAGS["new"] = None  # type: ignore[index]
    with pytest.raises(FrozenInstanceError):
        FLAGS["no-contrast"].code = "other"  # type: ignore[misc]


def test_every_flag_can_be_raised_by_something():
    used = {text for text, _ in constants()}
    assert [code for code in FLAGS if code not in used] == []
