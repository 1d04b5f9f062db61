import pytest

from spreadscan.errors import CannotRead
from spreadscan.phantom.scenario import Injection, Scenario
from spreadscan.phantom.scenario_file import read_scenario, ready_scenarios, scenario_from_toml


def test_an_empty_text_is_the_usual_scenario():
    assert scenario_from_toml("", "x.toml") == Scenario(name="x")


def test_what_is_given_is_taken():
    text = """
    [subject]
    age_years = 71
    disc_collapse = { "L4/5" = 0.5 }
    [setup]
    primary_deg = -20
    centre = ["L4"]
    [[injections]]
    level = "L4"
    side = "right"
    pattern = "epidural"
    volume_ml = 2
    [[injections]]
    level = "L5"
    side = "left"
    """
    scenario = scenario_from_toml(text)
    assert scenario.subject.age_years == 71
    assert scenario.subject.disc_collapse == {"L4/5": 0.5}
    assert (scenario.setup.primary_deg, scenario.setup.centre) == (-20, ("L4",))
    assert scenario.injections == (Injection("L4", "right", "epidural", 2), Injection("L5", "left"))


@pytest.mark.parametrize("name", ready_scenarios())
def test_ready_scenarios_read_under_their_own_name(name):
    assert read_scenario(name).name == name


def test_every_way_to_fail_is_ready():
    patterns = {i.pattern for name in ready_scenarios() for i in read_scenario(name).injections}
    failures = {"lateral", "medial", "superficial", "cranial", "facet", "foraminal", "epidural", "vascular"}
    assert patterns == failures | {"target", "needle-track", "none"}


def test_kimura_is_what_kimura_did():
    sides = {i.side: i for i in read_scenario("kimura-bilateral-l5-5ml").injections}
    assert set(sides) == {"left", "right"}
    for injection in sides.values():
        assert (injection.level, injection.volume_ml, injection.iodine_mg_per_ml) == ("L5", 5, 48)
        assert (injection.gauge, injection.needle_length_mm) == (21, 80)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x", "not TOML"),
        ("[subject]\nage = 50", "subject.age"),
        ("[subjects]\n", "did you mean subject"),
        ("[[injections]]\nlevel='L4'\nside='left'\nvolum_ml=1", "did you mean volume_ml"),
        ("[subject]\nage_years = 7", ">= 18"),
        ("[subject]\nage_years = nan", ">= 18"),
        ("[subject]\nage_years = 'old'", "float"),
        ("[subject]\ndisc_collapse = { 'L4-5' = 0.5 }", "names 'L4-5'"),
        ("[subject]\ndisc_collapse = { 'L4/5' = 1.5 }", "disc_collapse"),
        ("[subject]\nimplants = ['pacemaker']", "names 'pacemaker'"),
        ("[setup]\ncentre = []", "names no level"),
        ("[setup]\ncentre = ['Th12']", "names 'Th12'"),
        ("[setup]\nsource_to_image_mm = 800\nsource_to_isocentre_mm = 790", "no room"),
        ("[setup]\nrows = 100000", "<= 3072"),
        ("[study]\nkind = 'cine'\nframes = 4\nbefore = 4", "less than study.frames"),
        ("[study]\nkind = 'film'", "film"),
        ("[[injections]]\nlevel='L4'\nside='left'\nvolume_ml=0", "no iodine"),
        ("[[injections]]\nlevel='L2'\nside='left'", "L2"),
        ("[[injections]]\nlevel='L4'\nside='left'\n" * 2, "has one already"),
        ("[[injections]]\nside='left'", "level"),
        ("[[injections]]\nlevel='L4'\nside='left'\ngauge=18", "18"),
        ("injections = 3", "array"),
        ("subject = 3", "object"),
        ("[file]\nlacks = ['everything']", "names 'everything'"),
    ],
)
def test_what_cannot_be_is_refused(text, said):
    with pytest.raises(CannotRead) as refusal:
        scenario_from_toml(text, "case.toml")
    assert refusal.value.slug == "scenario-unreadable"
    assert said in str(refusal.value)
    assert "case.toml" in str(refusal.value)


def test_files_that_are_none(tmp_path):
    for name, content in (("binary.toml", b"\xff\xfe\x00"), ("huge.toml", b"#" * 2_000_000)):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(CannotRead, match="scenario-unreadable"):
            read_scenario(tmp_path / name)
    with pytest.raises(CannotRead, match="did you mean epidural"):
        read_scenario("epidurl")
    with pytest.raises(CannotRead, match="neither"):
        read_scenario(tmp_path)


def test_none_is_a_word_where_nothing_is_possible():
    text = "[collimator]\nfill = 'none'\n[[injections]]\nlevel = 'L4'\nside = 'left'\ngauge = 'none'"
    scenario = scenario_from_toml(text)
    assert scenario.collimator.fill is None
    assert scenario.injections[0].gauge is None
    with pytest.raises(CannotRead, match="bits"):
        scenario_from_toml("[processing]\nbits = 'none'")
