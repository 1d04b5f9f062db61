"""The command line: what it prints, what it writes, and its exit status."""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import spreadscan
from spreadscan import pipeline
from spreadscan import study_facts as known
from spreadscan.cli import commands as cli
from spreadscan.cli import parse as meanings
from spreadscan.read import dicom
from spreadscan.write.folder import FILES
from spreadscan.write.pages.printed import PDF
from tests.conftest import SAMPLES, Result, landmarks, small_image
from tests.dicom_files import write_xa

COMMANDS = ("analyse", "analyze", "batch", "compare", "info", "landmarks")


def tree(folder):
    """Every file below a folder with the hash of its content; folders too."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else "folder"
        for path in folder.rglob("*")
    }


def shell(*arguments, cwd, encoding="utf-8"):
    surroundings = {"PYTHONPATH": str(Path(spreadscan.__file__).parents[1]), "PYTHONIOENCODING": encoding}
    return subprocess.run(
        [sys.executable, "-m", "spreadscan", *map(str, arguments)],
        cwd=cwd, env={**os.environ, **surroundings}, capture_output=True, encoding=encoding, check=False,
    )  # fmt: skip


# help and version


@pytest.mark.parametrize("command", COMMANDS)
def test_help_tells_usage_and_gives_an_example(say, command, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    said = say(command, "--help")
    assert (said.status, said.err) == (0, "")
    assert f"Usage: spreadscan {command}" in said.out
    assert "Example" in said.out
    named = "analyse" if command == "analyze" else command
    examples = [line.strip() for line in said.out.splitlines() if line.strip().startswith("spreadscan ")]
    assert examples
    assert all(line.startswith(f"spreadscan {named} ") for line in examples)


@pytest.mark.parametrize("command", ["analyse", "batch", "landmarks"])
def test_help_tells_the_exit_status(say, command):
    assert "Exit status: 0" in say(command, "--help").out


def test_the_examples_of_the_help_are_understood(say, monkeypatch, here):
    """Every option in them exists: they fail for their files, which are not here, not for their usage."""
    monkeypatch.setenv("COLUMNS", "200")
    for command in ("analyse", "batch", "compare", "info", "landmarks"):
        for line in say(command, "--help").out.splitlines():
            if line.strip().startswith("spreadscan "):
                said = say(*line.split()[1:])
                assert said.status == 3, line
                assert "[input-missing]" in said.err


def test_help_of_the_whole_names_every_command(say):
    said = say("--help")
    assert (said.status, said.err) == (0, "")
    assert [command for command in COMMANDS if f" {command} " in said.out] == [
        "analyse",
        "batch",
        "compare",
        "info",
        "landmarks",
    ]
    assert "Not a medical device" in said.out


@pytest.mark.parametrize("command", cli.app.commands)
def test_the_help_of_a_command_names_and_explains_each_of_its_parameters(say, command):
    said = say(command, "--help")
    assert (said.status, said.err) == (0, "")
    # without spaces, since lines break at hyphens too
    text = "".join(said.out.split())
    annotations = cli.app.commands[command].callback.__annotations__
    parameters = {name: kind.__metadata__[0] for name, kind in annotations.items() if name != "return"}
    assert parameters
    for name, told in parameters.items():
        assert told.help.endswith("."), name
        names = ", ".join(told.names) or f"--{name.replace('_', '-')}" if told.is_option else ""
        before, after = (re.escape("".join(part.split())) for part in (names, told.help))
        value = re.escape(told.metavar) if told.metavar else r"(\[[a-z|-]+\])?"
        assert re.search(before + value + after, text), name


def test_version(say):
    assert say("--version") == (0, f"spreadscan {spreadscan.__version__}\n", "")


def test_no_command_shows_the_help(say):
    said = say()
    assert said.status == 2
    assert "Usage: spreadscan" in said.out + said.err


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["analyse"], "INPUT"),
        (["nonsense"], "nonsense"),
        (["analyse", "x", "--nonsense"], "--nonsense"),
        (["analyse", "x", "--frame", "0"], "--frame"),
        (["analyse", "x", "--frame", "one"], "--frame"),
        (["analyse", "x", "--mm-per-px", "wide"], "--mm-per-px"),
        (["analyse", "x", "--patient-left", "left"], "--patient-left"),
        (["analyse", "x", "y"], "y"),
        (["batch", "x", "--jobs", "0"], "--jobs"),
        (["info"], "INPUT"),
    ],
)
def test_wrong_usage_is_told_on_stderr(say, here, arguments, problem):
    said = say(*arguments)
    assert (said.status, said.out) == (2, "")
    assert problem in said.err
    assert "--help" in said.err
    assert "Traceback" not in said.err
    assert list(here.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "frames"),
    [
        ("1", (1,)),
        ("1-4", (1, 2, 3, 4)),
        ("1,2,5", (1, 2, 5)),
        (" 3 , 1-2", (1, 2, 3)),
        ("2,2,1-3", (1, 2, 3)),
    ],
)
def test_lists_of_frames(text, frames):
    assert meanings.frame_list(text) == frames


@pytest.mark.parametrize(
    "text",
    ["", "0", "0-3", "1-", "-4", "4-1", "1,4-1", "1-2-3", "a", "1;2", "1.5", "1,,2", "²", "1-9999999999"],
)
def test_bad_lists_of_frames_are_wrong_usage(say, here, small_study, text):
    said = say("analyse", small_study, f"--baseline-frames={text}")
    assert (said.status, said.out) == (2, "")
    assert said.err == (
        f"spreadscan: --baseline-frames: '{text}' is no list of frames;"
        " write 1-4 or 1,2,5 [frame-out-of-range]\n"
    )


# what is written and printed


def test_a_study_is_analysed_and_told(say, here, small_study):
    said = say("analyse", small_study, "--landmarks", small_study / "landmarks.json", "-o", "result")
    assert (said.status, said.err) == (0, "")
    assert sorted(path.name for path in here.iterdir()) == ["result"]
    assert sorted(path.name for path in (here / "result").iterdir()) == sorted(FILES)
    assert said.out.startswith(f"spreadscan {spreadscan.__version__} ")
    assert "L4 left" in said.out
    assert "(L3 nerve)" in said.out
    assert said.out.endswith("Written:\n" + "".join(f"  result/{name}\n" for name in FILES))


def test_a_report_on_paper_is_written_when_asked_for(say, here, small_study):
    for name in ("one", "two"):
        assert say("analyse", small_study, "--pdf", "-q", "-o", name).status == 0
    assert sorted(path.name for path in (here / "one").iterdir()) == sorted((*FILES, PDF))
    assert (here / "one" / PDF).read_bytes() == (here / "two" / PDF).read_bytes()


def test_analyze_is_the_same_command(say, here, small_study):
    assert say("analyse", small_study, "-o", "one").status == 0
    assert say("analyze", small_study, "-o", "two").status == 0
    assert tree(here / "one") == tree(here / "two")


def test_quiet_prints_nothing(say, here, small_study):
    assert say("analyse", small_study, "--quiet") == (0, "", "")


@pytest.mark.parametrize(
    ("source", "folder"),
    [("study", "study-spreadscan"), ("study/post.dcm", "post-spreadscan"), ("study/.", "study-spreadscan")],
)
def test_the_default_folder_lies_here_and_is_named_after_the_input(say, here, small_study, source, folder):
    baseline = ["--baseline", small_study / "scout.dcm"] if source.endswith("dcm") else []
    before = tree(small_study)
    assert say("analyse", f"{small_study.parent}/{source}", *baseline, "-q").status == 0
    assert [path.name for path in here.iterdir()] == [folder]
    assert tree(small_study) == before


def test_results_may_lie_in_the_folder_of_the_study(say, study):
    for _ in range(2):
        assert say("analyse", study, "-o", study, "-q").status == 0
    assert {path.name for path in study.iterdir()} == {"scout.dcm", "post.dcm", "landmarks.json", *FILES}


def test_everything_can_be_handed_in(say, here, study):
    """With one side of the spine drawn in by hand, that side is shown, whatever the image holds."""
    (study / "settings.toml").write_text("[cover]\ndraws = 100\n")
    drawn = np.zeros((128, 128), np.uint8)
    drawn[56:76, 76:104] = 255
    Image.fromarray(drawn).save(study / "mask.png")
    said = say(
        "analyse", study / "post.dcm", "--baseline", study / "scout.dcm", "--frame", 1,
        "--landmarks", study / "landmarks.json", "--mask", study / "mask.png", "--mm-per-px", 0.5,
        "--patient-left", "image-left", "--settings", study / "settings.toml", "-o", "result",
    )  # fmt: skip
    assert (said.status, said.err) == (0, "")
    result = Result(here / "result")
    record, verdicts = result.record, result.verdicts()
    assert (result.mask == drawn).all()
    assert record["calibration"]["mm_per_px"] == 0.5
    assert "user" in record["calibration"]["origin"]
    assert record["orientation"]["origin"] == "user"
    assert record["contrast"]["origin"] == "given"
    assert verdicts["L4", "right", "medial"] == "shown"
    assert verdicts["L4", "left", "medial"] == "not shown"
    assert {s["stage"] for s in record["steps"] if s["by_person"]} == {
        "images", "calibration", "orientation", "frames", "contrast", "landmarks",
    }  # fmt: skip
    assert said.out.count("By a person") == 6


def test_frames_and_their_baseline_can_be_named(say, here, tmp_path):
    frames = [small_image(seed > 2, seed) for seed in range(5)]
    run = write_xa(tmp_path / "run.dcm", np.stack(frames), BitsStored=12, FrameTime=500)
    assert say("analyse", run, "--frame", 4, "--baseline-frames", "1,3", "-q", "-o", "result").status == 0
    source = Result(here / "result").record["source"]
    assert (source["frame"], source["baseline_frames"]) == (4, [1, 3])


def test_settings_change_the_fingerprint(say, here, study):
    (study / "settings.toml").write_text("[cover]\ndraws = 77\n")
    say("analyse", study, "-q", "-o", "one")
    say("analyse", study, "-q", "-o", "two", "--settings", study / "settings.toml")
    one, two = (Result(here / name).record["settings_fingerprint"] for name in ("one", "two"))
    assert one == spreadscan.settings.Settings().fingerprint != two


# info


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("cine_left_l3_l5", ["12 frames of 320 × 320", "logarithmic", "0.5092 mm", "left on image left"]),
        ("pair_right_l3_l4", ["1 frame of 512 × 512", "display values", "Baseline: im_0001.dcm"]),
        ("spot_left_l4_l5", ["1 frame of 512 × 512", "12 bit, display values"]),
        ("no_contrast", ["1 frame of 384 × 384", "10 bit, logarithmic", "Contrast image: im_0002.dcm"]),
        ("kimura_bilateral_l5_5ml", ["12 bit, linear", "0.3113 mm", "the names of the series"]),
        ("bare_no_spacing_no_side", ["Secondary Capture", "scale       unknown", "side        unknown"]),
    ],
)
def test_info_tells_what_a_sample_is(say, here, name, facts):
    said = say("info", SAMPLES / name)
    assert (said.status, said.err) == (0, "")
    assert [fact for fact in facts if fact not in said.out] == []
    assert "Simulated" not in said.out, "a name of a patient"
    assert list(here.iterdir()) == []


def test_info_reads_no_pixel(say, monkeypatch):
    monkeypatch.setattr(dicom, "read_frames", lambda *_: 1 / 0)
    assert say("info", SAMPLES / "cine_left_l3_l5").status == 0


def test_info_tells_why_roles_cannot_be_told(say, tmp_path):
    for name in ("a", "b"):
        write_xa(tmp_path / f"{name}.dcm", small_image(name == "a"))
    said = say("info", tmp_path)
    assert said.status == 0
    assert "Roles: 2 images have neither a telling name nor a time" in said.out


# whatever goes wrong


def test_what_should_not_happen_is_one_sentence_too(say, here, small_study, monkeypatch):
    def fail(*_):
        raise RuntimeError("first line\nsecond line")

    monkeypatch.setattr(known, "list_study", fail)
    said = say("analyse", small_study)
    assert (said.status, said.out) == (3, "")
    assert said.err == (
        "spreadscan: unexpected failure (RuntimeError: first line second line);"
        " please report it, with the output of 'spreadscan info' [unexpected]\n"
    )
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("stage", ["list_study", "choose", "subtract", "cover"])
def test_an_interrupt_leaves_nothing_behind(say, here, small_study, monkeypatch, stage):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(known if stage == "list_study" else pipeline, stage, interrupt)
    said = say("analyse", small_study)
    assert (said.status, said.out) == (130, "")
    assert said.err.strip() == "spreadscan: interrupted; no half-written result is left"
    assert list(here.iterdir()) == []


def test_a_file_name_cannot_break_the_line(say, here):
    said = say("analyse", "no\nsuch\x1b[31m\udcff.dcm")
    assert said.status == 3
    assert said.err.splitlines() == [
        "spreadscan: no such?[31m?.dcm: does not exist; check the path and the permission to read it"
        " [input-missing]"
    ]


def test_a_file_name_cannot_break_the_description(say, here, small_study):
    shutil.copy(small_study / "post.dcm", here / "a\nb\x1b.dcm")
    assert say("info", "a\nb\x1b.dcm").out.splitlines()[0] == "a?b?.dcm"


# as a program of its own


def test_the_program_runs_as_a_module(here, small_study):
    done = shell("analyse", small_study, "-o", "result", cwd=here)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(path.name for path in (here / "result").iterdir()) == sorted(FILES)


def test_a_refusal_of_the_program(here):
    done = shell("analyse", "missing.dcm", cwd=here)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("spreadscan: missing.dcm: does not exist; ")
    assert done.stderr.endswith(" [input-missing]\n")
    assert done.stderr.count("\n") == 1


def test_a_poor_code_page_loses_no_result(here, small_study):
    """On Windows, what goes into a file or a pipe is often written in a code page without arrows."""
    done = shell("analyse", small_study, "-o", "result", cwd=here, encoding="cp1252")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Written:" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_an_interrupted_batch_stops_soon_and_keeps_what_is_done(here, small_study):
    """Of many studies only those under way are finished; the next run goes on with the rest."""
    for number in range(40):
        shutil.copytree(small_study, here / "studies" / f"s{number:02d}")
    command = [sys.executable, "-m", "spreadscan", "batch", "studies", "-o", "results", "--jobs", "1"]
    root = str(Path(spreadscan.__file__).parents[1])
    program = subprocess.Popen(
        command, cwd=here, env={**os.environ, "PYTHONPATH": root},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert program.stderr is not None
    first = program.stderr.readline()
    os.killpg(program.pid, signal.SIGINT)  # as a terminal does: to the program and to its workers
    began = time.monotonic()
    out, err = program.communicate(timeout=60)
    assert first == "[1/40] s00: analysed\n"
    assert time.monotonic() - began < 20
    assert (program.returncode, out) == (130, "")
    assert err.splitlines()[-1] == "spreadscan: interrupted; no half-written result is left"
    assert "Traceback" not in err
    results = sorted(path for path in (here / "results").iterdir() if path.is_dir())
    assert [path.name for path in results[:2]] == ["s00", "s01"], "the study under way is finished"
    assert len(results) < 10
    assert all(sorted(path.name for path in result.iterdir()) == sorted(FILES) for result in results)
    journal = (here / "results" / "outcomes.jsonl").read_text().splitlines()
    assert all(json.loads(line)["status"] == "analysed" for line in journal)


def test_the_small_study_is_what_it_says():
    """The study that other tests rest on: contrast lies round the left junction of L4 only."""
    added = np.log(small_image(False) / small_image(True))
    for point in landmarks()["points"]:
        row, column = int(point["row"]), int(point["column"])
        expected = 0.5 if (point["level"], point["side"]) == ("L4", "left") else 0.0
        assert abs(added[row - 3 : row + 4, column - 3 : column + 4].mean() - expected) < 0.02
