"""--protocol, --injected and --fail-on on the command line, alone and in batches."""

import csv

import pytest

from spreadscan.read.protocol import shipped_protocols
from tests.conftest import SAMPLES, Result

KIMURA = SAMPLES / "kimura_bilateral_l5_5ml"


def test_the_sample_reads_as_the_paper_found_and_says_what_it_cannot_prove(analysed):
    record = analysed("kimura_bilateral_l5_5ml", "--protocol", "kimura-2020").record
    protocol = record["protocol"]
    assert (protocol["name"], protocol["answer"]) == ("kimura-2020", "met")
    assert protocol["probability"] >= 0.8
    parts = {(p["level"], p["side"], p["nerve"]): p["verdict"] for p in protocol["criteria"][0]["parts"]}
    assert parts == {
        (level, side, nerve): "shown"
        for level, nerve in (("L4", "L3"), ("L5", "L4"))
        for side in ("left", "right")
    }
    assert "one projection" in protocol["rules"]
    assert {q["name"]: q["state"] for q in protocol["quality"]} == {
        "level known": "fulfilled", "true AP": "fulfilled", "scout and contrast image": "fulfilled",
        "regions in the field": "fulfilled", "side known": "fulfilled",
    }  # fmt: skip
    symmetric = next(s for s in record["statements"] if s["about"] == "symmetry")
    assert symmetric["verdict"] == "shown"


def test_without_landmarks_the_sample_cannot_be_said_anything_of(analysed):
    options = ("--protocol", "kimura-2020", "--no-detect")
    record = analysed("kimura_bilateral_l5_5ml", *options, landmarks=False).record
    protocol = record["protocol"]
    assert protocol["answer"] == "cannot say"
    assert "L4 left (L3 nerve): no landmarks." in protocol["reasons"]
    assert {q["name"]: q["state"] for q in protocol["quality"]}["level known"] == "unknown"


@pytest.mark.parametrize(
    ("fail_on", "status"),
    [([], 0), (["not-met"], 1), (["cannot-say"], 0), (["cannot-say", "not-met"], 1)],
)
def test_fail_on(fail_on, status, study, say, tmp_path):
    """Contrast lies round one junction only: not met."""
    options = [item for answer in fail_on for item in ("--fail-on", answer)]
    said = say(
        "analyse", study, "--landmarks", study / "landmarks.json", "--protocol", "kimura-2020", *options,
        "-o", tmp_path / "out",
    )  # fmt: skip
    assert said.status == status
    assert Result(tmp_path / "out").record["protocol"]["answer"] == "not met"
    assert "NOT MET" in said.out


@pytest.mark.parametrize(
    ("options", "slug", "status"),
    [
        (["--fail-on", "not-met"], "bad-option", 2),
        (["--injected", "L9-left"], "bad-option", 2),
        (["--injected", "L5-left", "--injected", "L5-left"], "bad-option", 2),
        (["--protocol", "kimura"], "protocol-unreadable", 3),
        (["--fail-on", "met", "--protocol", "kimura-2020"], "", 2),
    ],
)
def test_what_is_refused_before_anything_is_read(options, slug, status, study, say, here):
    said = say("analyse", study, *options)
    assert said.status == status
    assert slug in said.err
    assert list(here.iterdir()) == []


def test_the_injected_junctions_can_be_told(study, say, tmp_path):
    say(
        "analyse", study, "--landmarks", study / "landmarks.json", "--protocol", "mbb-diagnostic",
        "--injected", "L4-left", "-o", tmp_path / "out",
    )  # fmt: skip
    protocol = Result(tmp_path / "out").record["protocol"]
    assert protocol["injected"] == [{"level": "L4", "side": "left"}]
    assert protocol["criteria"][0]["parts"][0]["nerve"] == "L3"


def test_a_batch_answers_for_each_study(study, say, tmp_path):
    table = tmp_path / "list.csv"
    table.write_text(
        f"input,name,landmarks,injected\n{study},one,{study / 'landmarks.json'},\n"
        f"{study},two,{study / 'landmarks.json'},L4-left\n",
        encoding="utf-8",
    )
    said = say("batch", table, "--protocol", "mbb-diagnostic", "--jobs", "1", "-o", tmp_path / "out")
    assert said.status == 0
    with (tmp_path / "out" / "summary.csv").open(encoding="utf-8") as file:
        rows = {row["study"]: row for row in csv.DictReader(file)}
    assert {row["protocol"] for row in rows.values()} == {"mbb-diagnostic"}
    assert rows["one"]["protocol_answer"] == "cannot say"
    assert rows["two"]["protocol_answer"] in ("met", "not met", "cannot say")


def test_a_list_with_a_wrong_junction_is_refused(study, say, tmp_path):
    table = tmp_path / "list.csv"
    table.write_text(f"input,injected\n{study},L4\n", encoding="utf-8")
    said = say("batch", table, "-o", tmp_path / "out")
    assert said.status == 3
    assert "line 2, injected" in said.err


def test_protocols_are_listed_and_printed(say):
    listed = say("protocols")
    assert [line.split()[0] for line in listed.out.splitlines()] == list(shipped_protocols())
    printed = say("protocols", "kimura-2020")
    assert printed.status == 0
    assert 'name = "kimura-2020"' in printed.out
    assert say("protocols", "nothing").status == 3
