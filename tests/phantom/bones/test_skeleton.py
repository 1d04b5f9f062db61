"""The bones of subjects: closed, symmetric where nothing varies, of the sizes measured in people."""

from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from spreadscan.anatomy import REFERENCE
from spreadscan.phantom.bones.morphometry import VERTEBRAE
from spreadscan.phantom.bones.skeleton import make_skeleton
from spreadscan.phantom.scenario import Subject
from tests.phantom.bones.meshes import distance_to_surface, least_gap_mm, open_edges, pieces, volume_mm3

REFERENCE_SUBJECT = Subject(variation=0)
SICK = Subject(
    sex="male", age_years=78, cortex=0.8, disc_collapse={"L4/5": 0.6, "L2/3": 0.3}, wedging_deg={"L3": 8},
    scoliosis_deg=18, slip_mm={"L4": 7}, process_scale={"L4_L": 0.5, "L3_R": 1.5}, osteophytes_mm=6,
    facet_hypertrophy_mm={"L4_L": 4, "L5_R": 5, "S1_L": 3}, aortic_calcification=0.6,
    implants=("clips", "screws-L4", "screws-L5", "cage-L4/5", "cage-L5/S1"),
)  # fmt: skip
LSTV = Subject(lumbar_bodies=6, transitional="left")
LEVELS = ("L1", "L2", "L3", "L4", "L5")


@cache
def skeleton(subject_key="reference", seed=0, coarse=False):
    subject = {"reference": REFERENCE_SUBJECT, "usual": Subject(), "sick": SICK, "lstv": LSTV}[subject_key]
    return make_skeleton(subject, np.random.default_rng(seed), coarse)


def make(**asked):
    return make_skeleton(replace(REFERENCE_SUBJECT, **asked), np.random.default_rng(0))


def bone(made, name):
    return next(b for b in made.bones if b.name == name)


def span(made, kind, level):
    return made.landmarks_mm[f"{kind}_{level}_L"][0] - made.landmarks_mm[f"{kind}_{level}_R"][0]


def middle_of(made, kind, level):
    return (made.landmarks_mm[f"{kind}_{level}_L"] + made.landmarks_mm[f"{kind}_{level}_R"]) / 2


def mean_height(made, kind, level):
    return middle_of(made, kind, level)[2]


def middle(made, level, end):
    return (made.landmarks_mm[f"body_{level}_{end}L"] + made.landmarks_mm[f"body_{level}_{end}R"]) / 2


# surfaces


@pytest.mark.parametrize("kind", [("reference", 0, False), ("sick", 1, False), ("lstv", 2, True)])
def test_every_surface_is_closed_and_turned_outwards(kind):
    made = skeleton(*kind)
    surfaces = [s for b in made.bones for s in (b.outer, b.inner)] + [*made.metal, *made.calcium]
    assert len(surfaces) > 25
    for surface in surfaces:
        assert open_edges(surface) == 0
        assert volume_mm3(surface) > 0
        assert np.isfinite(surface.vertices_mm).all()
        assert surface.faces.dtype == np.int32
    assert all(pieces(b.outer) == 1 for b in made.bones)


@pytest.mark.parametrize("kind", [("reference", 0, False), ("usual", 3, True), ("sick", 1, False)])
def test_the_shell_takes_its_share_of_each_bone(kind):
    for b in skeleton(*kind).bones:
        assert 0.3 < volume_mm3(b.inner) / volume_mm3(b.outer) < 0.93, b.name


def test_bones_are_named_once():
    names = [b.name for b in skeleton().bones]
    assert len(set(names)) == len(names)
    assert set(names) >= {*LEVELS, "T12", "sacrum", "ilium_L", "ilium_R", "rib12_L", "rib11_R"}


def test_numbers_of_faces():
    for b in skeleton().bones:
        if b.name in LEVELS:
            assert 6_000 < len(b.outer.faces) < 12_000
            assert 2_000 < len(bone(skeleton(coarse=True), b.name).outer.faces) < 4_500


def test_coarse_bones_are_the_same_bones():
    fine, coarse = skeleton("usual", 5), skeleton("usual", 5, True)
    for name, point in fine.landmarks_mm.items():
        off = point - coarse.landmarks_mm[name]
        if name.startswith("crest"):
            # a crest is long and flat: where along it the top lies is told less well than how high
            assert abs(off[2]) < 0.5
            assert np.linalg.norm(off) < 5.0
            continue
        assert np.linalg.norm(off) < (1.5 if name.startswith("body") else 1.0)
    for b in fine.bones:
        assert volume_mm3(bone(coarse, b.name).outer) == pytest.approx(volume_mm3(b.outer), rel=0.05)


def test_reference_bones_stand_apart():
    made = skeleton()
    column = ["T11", "T12", *LEVELS, "sacrum"]
    pairs = [*pairwise(column), ("sacrum", "ilium_L"), ("L5", "ilium_L")]
    for upper, lower in pairs:
        assert least_gap_mm(bone(made, upper).outer, bone(made, lower).outer) > 1.0, (upper, lower)


@pytest.mark.parametrize("seed", range(4))
def test_usual_bones_hardly_overlap(seed):
    made = skeleton("usual", seed)
    for upper, lower in (("L2", "L3"), ("L3", "L4"), ("L4", "L5"), ("L5", "sacrum")):
        assert least_gap_mm(bone(made, upper).outer, bone(made, lower).outer) > -3.0


# laws


def test_a_subject_without_variation_is_symmetric():
    made = skeleton()
    flip = np.array([-1.0, 1, 1])
    for b in made.bones:
        other = {"L": "R", "R": "L"}
        twin = bone(made, f"{b.name[:-1]}{other[b.name[-1]]}") if "_" in b.name else b
        for mine, its in ((b.outer, twin.outer), (b.inner, twin.inner)):
            here, there = mine.vertices_mm * flip, its.vertices_mm
            order = [np.lexsort(np.round(p, 4).T) for p in (here, there)]
            np.testing.assert_allclose(here[order[0]], there[order[1]], rtol=0, atol=2e-3, err_msg=b.name)
    for name, point in made.landmarks_mm.items():
        if name.endswith("L"):
            assert point * flip == pytest.approx(made.landmarks_mm[f"{name[:-1]}R"], abs=1e-6), name


@pytest.mark.parametrize(
    ("asked", "factor"), [({"size": 1.2}, 1.2), ({"sex": "male"}, 1.04), ({"sex": "female"}, 0.95)]
)
def test_size_scales_everything(asked, factor):
    made = make(**asked)
    for b, usual in zip(made.bones, skeleton().bones, strict=True):
        np.testing.assert_allclose(b.outer.vertices_mm, usual.outer.vertices_mm * factor, rtol=0, atol=1e-9)
    for name, point in made.landmarks_mm.items():
        assert point == pytest.approx(skeleton().landmarks_mm[name] * factor, abs=1e-9)


@pytest.mark.parametrize("subject", [Subject(), SICK, LSTV])
def test_the_same_chance_gives_the_same_bytes(subject):
    one, two = (make_skeleton(subject, np.random.default_rng(7), coarse=True) for _ in range(2))
    for a, b in zip(one.bones, two.bones, strict=True):
        assert a.outer.vertices_mm.tobytes() == b.outer.vertices_mm.tobytes()
        assert a.inner.vertices_mm.tobytes() == b.inner.vertices_mm.tobytes()
    surfaces = zip((*one.metal, *one.calcium), (*two.metal, *two.calcium), strict=True)
    assert all(a.vertices_mm.tobytes() == b.vertices_mm.tobytes() for a, b in surfaces)


def test_people_differ():
    spans = np.array([span(skeleton("usual", seed, True), "tptip", "L4") for seed in range(12)])
    assert 3 < spans.std() < 14
    uneven = [
        abs(sum(skeleton("usual", seed, True).landmarks_mm[f"tptip_{level}_{side}"][0] for side in "LR"))
        for seed in range(12)
        for level in ("L2", "L3", "L4")
    ]
    assert 2 < np.mean(uneven) < 7


# morphometry


@pytest.mark.parametrize("level", LEVELS)
def test_the_reference_subject_has_the_reference_sizes(level):
    made, form = skeleton(), VERTEBRAE[level]
    assert span(made, "junction", level) / 2 == pytest.approx(form.junction_x_mm, abs=0.7)
    assert span(made, "tptip", level) == pytest.approx(form.process_span_mm, abs=1.5)
    up = middle(made, level, "sup") - middle(made, level, "inf")
    tilt = np.arctan2(up[1], up[2])
    above = middle_of(made, "junction", level) - middle_of(made, "pedicle", level)
    # along the axis of the body, not of the world
    assert above @ [0, np.sin(tilt), np.cos(tilt)] == pytest.approx(form.junction_above_mm, abs=1.2)
    pedicle = span(made, "pedicle", level)
    assert pedicle == pytest.approx(form.canal_width_mm + form.pedicle_width_mm, abs=0.1)
    widths = [
        made.landmarks_mm[f"body_{level}_{end}L"][0] - made.landmarks_mm[f"body_{level}_{end}R"][0]
        for end in ("sup", "inf")
    ]
    assert np.mean(widths) == pytest.approx(form.body_width_mm, rel=0.05)


@pytest.mark.parametrize("level", ["L3", "L4", "L5"])
def test_junctions_agree_with_what_the_measurement_assumes(level):
    made = skeleton()
    assert span(made, "junction", level) / 2 == pytest.approx(REFERENCE[level].junction_x_mm, abs=1)
    length = (span(made, "tptip", level) - span(made, "junction", level)) / 2
    assert length == pytest.approx(REFERENCE[level].process_length_mm, abs=1.5)


def test_junctions_follow_one_another_as_in_adults():
    heights = [mean_height(skeleton(), "junction", level) for level in ("L3", "L4", "L5")]
    assert ((-np.diff(heights) > 33) & (-np.diff(heights) < 42)).all()


def test_bodies_are_as_wide_and_canals_as_free_as_measured():
    for level in LEVELS:
        vertices, form = bone(skeleton(), level).outer.vertices_mm, VERTEBRAE[level]
        back = skeleton().landmarks_mm[f"pedicle_{level}_L"][1]
        body = vertices[vertices[:, 1] < back - (20 if level == "L5" else 14)]
        assert np.ptp(body[:, 0]) == pytest.approx(form.body_width_mm, rel=0.06)
        pedicle = vertices[np.abs(vertices[:, 1] - back) < 1.5]
        height = skeleton().landmarks_mm[f"pedicle_{level}_L"][2]
        pedicle = pedicle[np.abs(pedicle[:, 2] - height) < 3]
        assert 2 * np.abs(pedicle[:, 0]).min() == pytest.approx(form.canal_width_mm, abs=1.5)
        outer_width = form.canal_width_mm + 2 * form.pedicle_width_mm
        if level != "L5":
            # the transverse process of L5 springs from the whole pedicle
            assert 2 * np.abs(pedicle[:, 0]).max() == pytest.approx(outer_width, abs=2.5)


def test_the_crests_reach_the_disc_l4_5():
    top = max(bone(skeleton(), f"ilium_{side}").outer.vertices_mm[:, 2].max() for side in "LR")
    assert middle(skeleton(), "L5", "inf")[2] < top < middle(skeleton(), "L4", "inf")[2] + 13


@pytest.mark.parametrize(
    "kind", [("reference", 0, False), ("usual", 1, False), ("sick", 1, False), ("lstv", 2, False)]
)
def test_landmarks_lie_on_their_bones(kind):
    made = skeleton(*kind)
    for name, point in made.landmarks_mm.items():
        mark, level = name.split("_")[:2]
        if mark in ("junction", "tptip", "body"):
            surface = bone(made, "sacrum" if level == "S1" else level).outer
            # beaks grow beside the corners of the bodies
            assert distance_to_surface(point, surface) < (1.5 if mark == "body" else 0.6), name


@pytest.mark.parametrize("kind", [("reference", 0, False), ("usual", 1, False), ("sick", 1, False)])
def test_facets_face_each_other_across_a_joint_space(kind):
    made = skeleton(*kind)
    for upper, lower in (("L2", "L3"), ("L3", "L4"), ("L4", "L5"), ("L5", "S1")):
        for side in "LR":
            point = made.landmarks_mm[f"facet_{lower}_{side}"]
            lower_bone = bone(made, "sacrum" if lower == "S1" else lower).outer
            gaps = [distance_to_surface(point, s) for s in (bone(made, upper).outer, lower_bone)]
            assert 1.0 < sum(gaps) < 4.0, (lower, side, gaps)


def test_landmark_names():
    names = set(skeleton().landmarks_mm)
    expected = {
        f"{kind}_{level}_{side}"
        for kind in ("junction", "tptip", "pedicle", "facet")
        for level in LEVELS
        for side in "LR"
    }
    expected |= {f"body_{level}_{end}{side}" for level in LEVELS for end in ("sup", "inf") for side in "LR"}
    expected |= {f"{kind}_S1_{side}" for kind in ("junction", "facet", "crest") for side in "LR"}
    expected |= {f"spinous_{level}_M" for level in LEVELS}
    assert names == expected


@pytest.mark.parametrize("kind", [("reference", 0, False), ("usual", 1, False), ("sick", 1, False)])
def test_spinous_processes_stand_behind_the_junctions_and_within_their_bones(kind):
    made = skeleton(*kind)
    for level in LEVELS:
        corner = made.landmarks_mm[f"spinous_{level}_M"]
        sides = [made.landmarks_mm[f"junction_{level}_{side}"] for side in "LR"]
        assert corner[1] > max(side[1] for side in sides) + 15.0, level
        if kind[0] != "sick":  # a crooked spine is turned, too
            assert sides[1][0] + 10 < corner[0] < sides[0][0] - 10, level
        assert distance_to_surface(corner, bone(made, level).outer) < 6.0, level


def test_the_tops_of_the_crests_lie_on_the_hip_bones_and_outside_the_spine():
    made = skeleton()
    for side, hand in (("L", 1), ("R", -1)):
        top = made.landmarks_mm[f"crest_S1_{side}"]
        assert hand * top[0] > hand * made.landmarks_mm[f"tptip_L5_{side}"][0] + 10
        assert distance_to_surface(top, bone(made, f"ilium_{side}").outer) < 6.0


# degeneration


def test_a_collapsed_disc_brings_its_plates_together():
    def disc(made):
        return (middle(made, "L4", "inf") - middle(made, "L5", "sup"))[2]

    lost = disc(skeleton()) - disc(make(disc_collapse={"L4/5": 0.6}))
    assert lost == pytest.approx(0.6 * 12.5, abs=1.5)


def test_discs_grow_with_age():
    def height(made):
        return mean_height(made, "junction", "L1") - mean_height(made, "junction", "S1")

    assert height(make(age_years=25)) < height(skeleton()) < height(make(age_years=90))


def test_a_slip_moves_the_vertebra_to_the_front():
    made = make(slip_mm={"L4": 8.0})

    def before(made):
        return middle(made, "L5", "sup")[1] - middle(made, "L4", "inf")[1]

    assert before(made) - before(skeleton()) == pytest.approx(8, abs=1)


def plate_tilt_deg(made, level, end):
    across = made.landmarks_mm[f"body_{level}_{end}L"] - made.landmarks_mm[f"body_{level}_{end}R"]
    return np.degrees(np.arctan2(across[2], across[0]))


def test_wedging_is_higher_on_the_left():
    made = make(wedging_deg={"L3": 10.0})
    assert plate_tilt_deg(made, "L3", "sup") - plate_tilt_deg(made, "L3", "inf") == pytest.approx(10, abs=1.5)


@pytest.mark.parametrize("cobb", [20.0, -35.0])
def test_scoliosis_has_its_cobb_angle_and_side(cobb):
    made = make(scoliosis_deg=cobb)
    assert plate_tilt_deg(made, "L1", "sup") - plate_tilt_deg(made, "L5", "inf") == pytest.approx(
        cobb, rel=0.1
    )
    chord = (middle(made, "L1", "sup")[0] + middle(made, "L5", "inf")[0]) / 2
    assert np.sign(middle(made, "L3", "sup")[0] - chord) == np.sign(cobb)
    # bodies turn to the convex side: the front of L2 goes left in a left convex curve
    across = made.landmarks_mm["pedicle_L2_L"] - made.landmarks_mm["pedicle_L2_R"]
    assert np.sign(across[1]) == np.sign(cobb)


def test_transverse_processes_have_the_length_asked_for():
    made = make(process_scale={"L4_L": 0.5, "L3_R": 1.4})

    def length(made, level, side):
        return abs(
            (made.landmarks_mm[f"tptip_{level}_{side}"] - made.landmarks_mm[f"junction_{level}_{side}"])[0]
        )

    assert length(made, "L4", "L") == pytest.approx(0.5 * length(skeleton(), "L4", "L"), abs=0.3)
    assert length(made, "L3", "R") == pytest.approx(1.4 * length(skeleton(), "L3", "R"), abs=0.3)
    assert length(made, "L4", "R") == pytest.approx(length(skeleton(), "L4", "R"), abs=0.01)


def test_hypertrophic_facets_are_larger_on_their_side():
    made = make(facet_hypertrophy_mm={"L4_L": 4.0})
    grown = bone(made, "L4").outer.vertices_mm - bone(skeleton(), "L4").outer.vertices_mm
    size, x = np.linalg.norm(grown, axis=1), bone(skeleton(), "L4").outer.vertices_mm[:, 0]
    assert 2.5 < size[x > 0].max() < 8
    assert size[x < 0].max() < 0.5
    others = bone(made, "L2").outer.vertices_mm - bone(skeleton(), "L2").outer.vertices_mm
    assert np.abs(others).max() < 1e-9


def test_osteophytes_stand_at_the_margins():
    made = make(osteophytes_mm=6.0)
    grown = np.linalg.norm(
        bone(made, "L3").outer.vertices_mm - bone(skeleton(), "L3").outer.vertices_mm, axis=1
    )
    where = bone(skeleton(), "L3").outer.vertices_mm[grown > 2]
    assert 3 < grown.max() < 11
    assert (where[:, 1] < 5).all()
    corners = [middle(skeleton(), "L3", end)[2] for end in ("sup", "inf")]
    # plates of L3 lean by its pose: 6 mm allow for that
    assert np.abs(where[:, 2][:, None] - corners).min(axis=1).max() < 6


def test_a_transitional_process_meets_the_ala_on_its_side_only():
    made = make(transitional="left")
    sacrum = bone(made, "sacrum").outer.vertices_mm
    vertices = bone(made, "L5").outer.vertices_mm
    gaps = {}
    for sign in (1, -1):
        process = vertices[vertices[:, 0] * sign > 36]
        under = [
            z - sacrum[(np.abs(sacrum[:, 0] - x) < 3) & (np.abs(sacrum[:, 1] - y) < 3), 2].max(initial=-99)
            for x, y, z in process
        ]
        gaps[sign] = min(under)
    assert -1 < gaps[1] < 3.5
    assert gaps[-1] > 10


def test_six_lumbar_bodies():
    made = skeleton("lstv", 2, True)
    assert {"L5", "L6"} <= {b.name for b in made.bones}
    heights = [mean_height(made, "junction", level) for level in ("L1", "L2", "L3", "L4", "L5", "L6", "S1")]
    assert (np.diff(heights) < -15).all()


@pytest.mark.parametrize(("cortex", "more"), [(0.6, False), (1.5, True)])
def test_the_cortex_is_thinner_or_thicker(cortex, more):
    usual, made = bone(skeleton(), "L4"), bone(make(cortex=cortex), "L4")
    assert volume_mm3(made.outer) == pytest.approx(volume_mm3(usual.outer), rel=1e-9)
    ratio = (volume_mm3(made.outer) - volume_mm3(made.inner)) / (
        volume_mm3(usual.outer) - volume_mm3(usual.inner)
    )
    assert (1.15 < ratio < 1.5) if more else (0.6 < ratio < 0.75)


# additions


def test_screws_pass_the_pedicle_into_the_body():
    made = make(implants=("screws-L4",))
    points = np.concatenate([metal.vertices_mm for metal in made.metal])
    for side in "LR":
        to_axis = np.linalg.norm(points - made.landmarks_mm[f"pedicle_L4_{side}"], axis=1)
        assert to_axis.min() < 4
    assert points[:, 1].min() < -14
    assert points[:, 1].max() > 20


@pytest.mark.parametrize(("asked", "count"), [((), 0), (("cage-L4/5",), 4), (("screws-L4", "screws-L5"), 10)])
def test_number_of_metal_parts(asked, count):
    assert len(make(implants=asked).metal) == count


def test_plaques_lie_before_the_bodies():
    made = make(aortic_calcification=1.0)
    assert len(made.calcium) > 25
    assert len(make(aortic_calcification=0.3).calcium) < len(made.calcium)
    front = bone(made, "L3").outer.vertices_mm[:, 1].min()
    assert np.mean([s.vertices_mm[:, 1].mean() < front + 8 for s in made.calcium]) > 0.7
