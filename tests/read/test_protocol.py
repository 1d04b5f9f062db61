"""The door for protocols: the shipped ones, one's own, and everything that is refused."""

import re
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from spreadscan.errors import CannotRead
from spreadscan.judgement.rules import QUALITIES
from spreadscan.read.protocol import (
    CRITERION_KEYS,
    KEYS,
    protocol_from_toml,
    protocol_source,
    read_protocol,
    shipped_protocols,
    site_of,
)

ROOT = Path(__file__).parents[2]
HEAD = 'schema = "spreadscan.protocol"\nschema_version = 1\nname = "mine"\ntitle = "T"\nsource = "S"\n'
CRITERION = '[[criteria]]\nname = "c"\nlevels = ["L4"]\nsides = ["left"]\nregions = ["common"]\n'


def refused(text):
    with pytest.raises(CannotRead) as caught:
        protocol_from_toml(text, "mine.toml")
    assert (caught.value.slug, caught.value.file) == ("protocol-unreadable", "mine.toml")
    assert caught.value.advice
    return caught.value


def test_the_shipped_protocols_are_these():
    assert shipped_protocols() == ("kimura-2020", "l5-dorsal-ramus", "mbb-diagnostic", "miyakoshi-2007")


@pytest.mark.parametrize("name", shipped_protocols())
def test_a_shipped_protocol_reads_and_bears_its_file_name(name):
    protocol = read_protocol(name)
    assert protocol.name == name
    assert protocol.source
    assert (protocol.met_from, protocol.not_met_to) == (0.8, 0.2)
    assert {*protocol.quality_required, *protocol.quality_reported} == set(QUALITIES)


def test_kimura_asks_for_what_the_paper_found():
    protocol = read_protocol("kimura-2020")
    assert protocol.injected == (("L5", "left"), ("L5", "right"))
    (one,) = protocol.criteria
    assert (one.levels, one.sides, one.regions, one.need) == (
        ("L4", "L5"),
        ("left", "right"),
        ("common", "medial"),
        "any",
    )


def test_miyakoshi_means_nerves_l3_and_l4_which_cross_bones_l4_and_l5():
    (one,) = read_protocol("miyakoshi-2007").criteria
    assert (one.levels, one.regions, one.need) == (("L4", "L5"), ("medial", "intermediate", "lateral"), "all")


def test_injected_junctions_that_are_told_take_the_place_of_the_protocols():
    assert read_protocol("kimura-2020", (("L4", "left"),)).injected == (("L4", "left"),)


def test_what_is_left_out_has_its_usual_value():
    protocol = protocol_from_toml(HEAD + CRITERION)
    (one,) = protocol.criteria
    assert (protocol.met_from, protocol.not_met_to, protocol.injected, protocol.notes) == (0.8, 0.2, (), ())
    assert (one.at, one.need, one.expect, one.required) == ("listed", "any", "reached", True)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (HEAD, "criteria"),
        (HEAD + "criteria = []\n", "criteria"),
        (HEAD + 'criteria = ["a"]\n', "criteria"),
        (CRITERION, "schema"),
        (HEAD.replace("= 1", "= 2") + CRITERION, "schema"),
        (HEAD.replace('"mine"', '"My Own"') + CRITERION, "name"),
        (HEAD.replace('"mine"', "7") + CRITERION, "name"),
        (HEAD.replace('"T"', '"  "') + CRITERION, "title"),
        (HEAD.replace('"S"', '"a\\nb"') + CRITERION, "source"),
        (HEAD + "met_form = 0.9\n" + CRITERION, "met_form"),
        (HEAD + "met_from = 1.5\n" + CRITERION, "met_from"),
        (HEAD + "met_from = nan\n" + CRITERION, "met_from"),
        (HEAD + "met_from = true\n" + CRITERION, "met_from"),
        (HEAD + "met_from = 0.2\n" + CRITERION, "not_met_to"),
        (HEAD + 'injected = ["L2 left"]\n' + CRITERION, "injected"),
        (HEAD + 'injected = ["L5 both"]\n' + CRITERION, "injected"),
        (HEAD + 'injected = "L5 left"\n' + CRITERION, "injected"),
        (HEAD + 'injected = ["L5 left", "L5 left"]\n' + CRITERION, "injected"),
        (HEAD + "notes = [1]\n" + CRITERION, "notes"),
        (HEAD + "quality = 1\n" + CRITERION, "quality"),
        (HEAD + '[quality]\nrequired = ["nice"]\n' + CRITERION, "quality.required"),
        (HEAD + "[quality]\nneeded = []\n" + CRITERION, "quality.needed"),
        (
            HEAD + '[quality]\nrequired = ["true AP"]\nreported = ["true AP"]\n' + CRITERION,
            "quality.reported",
        ),
        (HEAD + CRITERION.replace('["L4"]', '["L6"]'), "criteria[1].levels"),
        (HEAD + CRITERION.replace('["L4"]', "[]"), "criteria[1].levels"),
        (HEAD + CRITERION.replace('["left"]', '["links"]'), "criteria[1].sides"),
        (HEAD + CRITERION.replace('["common"]', '["dorsal"]'), "criteria[1].regions"),
        (HEAD + CRITERION.replace('["common"]', '["ramus"]'), "criteria[1].regions"),
        (HEAD + CRITERION.replace('["L4"]', '["S1"]'), "criteria[1].regions"),
        (HEAD + CRITERION + 'need = "some"\n', "criteria[1].need"),
        (HEAD + CRITERION + 'need = ["all"]\n', "criteria[1].need"),
        (HEAD + CRITERION + 'expect = "blocked"\n', "criteria[1].expect"),
        (HEAD + CRITERION + 'required = "yes"\n', "criteria[1].required"),
        (HEAD + CRITERION + "required = false\n", "criteria"),
        (HEAD + CRITERION + 'at = "injected"\n', "criteria[1].levels"),
        (HEAD + CRITERION + CRITERION + "side = 1\n", "criteria[2].side"),
        (HEAD + CRITERION * 21, "criteria"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_field(text, field):
    assert refused(text).field == field


def test_all_that_is_wrong_is_named_in_one_refusal():
    text = HEAD.replace('"mine"', '"My Own"') + "met_form = 1\n" + CRITERION.replace('["left"]', '["links"]')
    said = str(refused(text))
    assert "met_form" in said
    assert "did you mean met_from?" in said
    assert "also name" in said
    assert "also criteria[1].sides" in said


@pytest.mark.parametrize("text", ["", "= =", "[", "\x00", "a" * 1000, "[" * 5000])
def test_what_is_no_protocol_is_refused(text):
    refused(text)


def test_a_file(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text("\ufeff" + HEAD + CRITERION, encoding="utf-8")
    assert read_protocol(file).name == "mine"
    assert protocol_source(str(file)) == HEAD + CRITERION


def test_files_that_cannot_be_read(tmp_path):
    large, latin = tmp_path / "large.toml", tmp_path / "latin.toml"
    large.write_text("#" * 70000, encoding="utf-8")
    latin.write_bytes(b"title = '\xe9'")
    for file, said in ((large, "larger than 64 KiB"), (latin, "not a text in UTF-8")):
        with pytest.raises(CannotRead, match=said):
            read_protocol(file)
    with pytest.raises(CannotRead, match="is not a file"):
        read_protocol(tmp_path)
    with pytest.raises(CannotRead, match="did you mean kimura-2020"):
        read_protocol("kimura-2002")


@pytest.mark.parametrize(
    ("text", "site"),
    [
        ("L5-left", ("L5", "left")), ("L5 left", ("L5", "left")), ("S1-right", ("S1", "right")),
        ("L2-left", None), ("L5", None), ("left", None), ("L5_left", None), ("l5-left", None), ("", None),
    ],
)  # fmt: skip
def test_names_of_junctions(text, site):
    assert site_of(text) == site


def test_the_page_lists_every_key_and_every_protocol():
    page = (ROOT / "docs" / "protocols.md").read_text(encoding="utf-8")
    for key in (*KEYS, *CRITERION_KEYS, "required", "reported"):
        assert f"`{key}`" in page, key
    for name in (*shipped_protocols(), *QUALITIES):
        assert f"`{name}`" in page, name


def test_the_example_of_the_page_is_a_protocol():
    page = (ROOT / "docs" / "protocols.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert protocol_from_toml(example).criteria


def test_shipped_files_hold_nothing_that_is_not_read():
    for item in (files("spreadscan") / "protocols").iterdir():
        assert set(tomllib.loads(item.read_text(encoding="utf-8"))) <= {*KEYS, "quality", "criteria"}
