import base64
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from spreadscan.flags import FLAGS
from spreadscan.values import Calibration, Coverage, SourceFile, Step
from spreadscan.write.pages.page import to_html, write_page
from spreadscan.write.pictures.images import Prints
from spreadscan.write.pictures.palette import FILLS
from spreadscan.write.words import content
from spreadscan.write.words.protocol_text import Section
from spreadscan.write.words.report import LIMITS, PURPOSE, VERDICTS
from tests import reports

PNG = b"\x89PNG not really"
PRINTS = Prints(PNG, PNG, PNG, ())
HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(2)> {{ 7*7 }} '&amp;"
VOID = {"meta", "img", "br", "link", "input", "hr"}


class Page(HTMLParser):
    """Collects tags and visible text, and checks that every tag is closed in order."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.open, self.words = [], [], [], []
        self.feed(html)
        self.close()
        assert self.open == []
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.words.append(data)


@pytest.fixture(scope="module")
def page():
    return Page(to_html(reports.make_report(), PRINTS))


def test_the_headline_says_in_words_what_was_found(page):
    assert "Contrast is shown over the L3 and L4 junctions on the left" in page.text
    assert "over the L5 junction on both sides, where the L4 medial branch runs" in page.text
    assert "One frontal projection cannot prove that a nerve was reached" in page.text
    assert "L4 left junction · L3 dorsal ramus common zone shown" in page.text
    assert "Patient left (image left)" in page.text


@pytest.mark.parametrize("words", [*LIMITS, PURPOSE, "Checked by", "3f0d9c2b7a41", "a1" * 32, "SID/SOD"])
def test_what_every_page_must_say(words, page):
    assert words in page.text


def test_numbers_stand_with_their_interval_and_unit(page):
    for words in (
        "shown >0.99",
        ">99 % [93–100]",
        "Course, reference mm",
        "L3 nerve at L4 and L4 nerve at L5",
    ):
        assert words in page.text


def test_flags_come_with_their_advice(page):
    for code in reports.make_report().flags:
        assert f"{FLAGS[code].message} {code} {FLAGS[code].advice}" in page.text


def test_what_a_person_gave_is_marked(page):
    assert "Given by a person: Six SAP–TP junctions were given in a file." in page.text


def test_the_page_is_self_contained(page):
    html = to_html(reports.make_report(), PRINTS)
    assert "script" not in page.tags
    assert "link" not in page.tags
    assert not re.search(r"https?://|url\((?!#)|@import", html)
    assert [value for name, value in page.attributes if name in ("src", "href")] == [
        "data:image/png;base64," + base64.b64encode(PNG).decode()
    ] * 3
    assert not any(name.startswith("on") for name, _ in page.attributes)


def test_hostile_texts_stay_texts():
    report = reports.make_report()
    row = replace(report.coverage.regions[0], verdict="not assessed", probability=None, reason=HOSTILE)
    hostile = replace(
        report,
        calibration=Calibration(0.5, 0.5, HOSTILE, 0.1),
        orientation=replace(report.orientation, origin=HOSTILE),
        source=replace(report.source, files=(SourceFile(HOSTILE, "contrast", HOSTILE),)),
        coverage=Coverage((row, *report.coverage.regions[1:]), report.coverage.joints),
        steps=(Step(HOSTILE, HOSTILE, by_person=True),),
        settings_fingerprint=HOSTILE,
        version=HOSTILE,
    )
    page = Page(to_html(hostile, PRINTS))
    assert "script" not in page.tags
    assert page.tags.count("img") == 3
    assert page.text.count("alert(1)") >= 8
    assert "49" not in page.text.replace("49 × 20", "")


@pytest.mark.parametrize(
    ("build", "says", "never"),
    [
        (
            reports.uncalibrated_report,
            ["Image left (patient side unknown)", "No scale in the patient is known"],
            ["mm²"],
        ),
        (
            reports.report_without_landmarks,
            ["No branch region was assessed.", "all regions: no landmarks were given.", "1590 mm²"],
            ["Coverage of the branch regions"],
        ),
        (
            reports.report_without_contrast,
            ["No contrast was found above the detection limit."],
            ["Separate areas"],
        ),
        (
            reports.report_that_cannot_judge,
            ["Contrast cannot be judged on this image. No branch region was assessed.", "single image"],
            ["0 mm²", " 0 px"],
        ),
    ],
)
def test_other_kinds_of_report(build, says, never):
    page = Page(to_html(build(), PRINTS))
    assert all(words in page.text for words in says)
    assert not any(words in page.text for words in never)


def test_a_rerun_gives_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        write_page(reports.make_report(), PRINTS, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_the_strip_names_its_frames():
    report = reports.make_report()
    strip = np.zeros((3, 4, 4), np.uint8)
    described = report.source.frame - 1
    pictures = replace(report.pictures, strip=strip, strip_frames=(0, described, described + 1))
    page = Page(to_html(replace(report, pictures=pictures), Prints(PNG, PNG, None, (PNG,) * 3)))
    assert page.tags.count("img") == 5
    assert f"{described + 1} · described {described + 2} · after Frames of the run" in page.text


def test_sections_of_others_stand_between_the_finding_and_the_tables(monkeypatch):
    more = (Section("A protocol <of> ours", ("One sentence.", "Another & last.")),)
    monkeypatch.setattr(content, "further_sections", lambda report: more)
    page = Page(to_html(reports.make_report(), PRINTS))
    assert "A protocol <of> ours One sentence. Another & last. Image and contrast" in page.text


def test_every_verdict_of_the_map_has_a_look_of_its_own():
    looks = {(fill.ground, fill.pattern, fill.dashed) for fill in FILLS.values()}
    in_print = {(fill.pattern, fill.dashed, fill.letter) for fill in FILLS.values()}
    assert set(FILLS) == set(VERDICTS)
    assert len(looks) == len(in_print) == 5


def test_detected_junctions_are_called_so_at_once():
    report = reports.make_report()
    found = replace(report, landmarks=replace(report.landmarks, origin="detected"))
    page = Page(to_html(found, PRINTS))
    assert "detected by the program and checked by nobody" in page.text
    assert page.text.index("detected by the program") < page.text.index("Region Verdict and probability")
    assert "detected by the program, not checked by a person" in page.text
    assert "detected" not in Page(to_html(report, PRINTS)).text
