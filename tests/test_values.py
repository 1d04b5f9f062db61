"""The nouns: frozen, their arrays read-only from birth and after a trip to another process."""

import contextlib
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor
from dataclasses import FrozenInstanceError, fields, is_dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import spreadscan.values as glossary
from spreadscan.values import (
    AlignedPair,
    Aperture,
    AttenuationRun,
    ContrastMap,
    Dose,
    Fluorogram,
    FramePair,
    GeometryFacts,
    GivenMask,
    ImageHeader,
    ImageRoles,
    JudgingScale,
    JunctionFrame,
    Kinds,
    Motion,
    PixelFacts,
    Request,
    TimeCourse,
    Uncalibrated,
    ViewFacts,
    XrayField,
    sides_of,
    value,
)
from tests.marked_frames import marked_frame
from tests.reports import make_report

CLASSES = {name: c for name in glossary.__all__ if is_dataclass(c := getattr(glossary, name))}
"""Every noun of the glossary; the other public names are types, a decorator and a function."""


def image(kind=np.float32):
    return np.arange(12).reshape(3, 4).astype(kind)


def header():
    pixels = PixelFacts(12, False, "LOG", -1, False, False, np.arange(5, dtype=np.float32))
    return ImageHeader(
        path=Path("a.dcm"), sha256="0" * 64, sop_class="XA", modality="XA", frames=2, rows=3, columns=4,
        pixels=pixels, geometry=GeometryFacts((0.3, 0.3)), view=ViewFacts(("R", "F"), 1.0, -2.0),
        apertures=(Aperture("circle", centre=(1.0, 2.0), radius_px=1.0),), mask_frames=(0,),
        frame_times_s=(0.0, 0.1), order=("120000", 1), role_hint="contrast", patient_key="p", study_key="s",
    )  # fmt: skip


def judged():
    """What is said beyond single regions, and of a protocol."""
    criterion = glossary.Criterion("c", "listed", ("L4",), ("left",), ("common",), "any", "reached", True)
    protocol = glossary.Protocol("p", "t", "s", (), 0.8, 0.2, (criterion,), (), (), ())
    said = glossary.Statement(
        "ramus", "L4", "left", None, None, ("L4",), ("L3",), 1.0, 1.0, 1.0, "shown", "", (), None
    )
    quality = glossary.QualityFinding("true AP", "unknown", "no angles", True)
    counted = glossary.CriterionFinding(criterion, 1.0, 1.0, 1.0, (said,))
    outcome = glossary.ProtocolOutcome(protocol, "met", 1.0, 1.0, 1.0, (counted,), (quality,), (), ())
    sacral = glossary.SacralZone("S1", "left", "ramus", np.zeros((4, 2)), np.zeros((2, 2)))
    zone = glossary.ZoneReach("S1", "left", image(bool)[0])
    return (
        criterion,
        protocol,
        said,
        quality,
        counted,
        outcome,
        sacral,
        glossary.SacralZones((), (sacral,), (), ""),
        zone,
        glossary.Judgement((said,), outcome),
    )


def compared():
    """What two reports differ in, and a report read back."""
    both, none = (0.5, 0.6), (None, None)
    verdicts = ("probable", "shown")
    region = glossary.RegionDifference(
        "L4",
        "L3",
        "left",
        "common",
        verdicts,
        both,
        both,
        ((0.4, 0.6), (0.5, 0.7)),
        0.1,
        (-0.1, 0.3),
        0.1,
        "up",
    )
    joint = glossary.JointDifference("L4/5", "left", "L3", "L4", verdicts, both, 0.1, "up")
    measure = glossary.MeasureDifference("area", None, "px", none, None, None)
    agreed = glossary.Agreement(24, 20, 22, 0, 0.7, (0.5, 0.9), 0.8, (0.6, 1.0), "")
    point = glossary.PointDistance("L4", "left", 1.0, 2.0, 2.24, None)
    less = glossary.FractionDifference(0.1, (-0.1, 0.3))
    one = glossary.ReportIdentity("0" * 64, 1, "abc", "0.1.0")
    whole = glossary.Comparison(
        "before-after",
        ("a", "b"),
        one,
        one,
        "independent",
        (),
        (region,),
        (joint,),
        (measure,),
        agreed,
        (point,),
    )
    return region, joint, measure, agreed, point, less, one, whole


def read_back(report):
    """Parts of a report read back, and the whole."""
    return (
        glossary.RecordedScale(0.3, 0.05, "user"),
        glossary.RecordedLandmarks("given", report.landmarks.points),
        glossary.RecordedContrast(True, True, "baseline", "measured", 5, None),
        glossary.RecordedOutline("L4", "left", "common", ((1.0, 2.0), (3.0, 4.0), (5.0, 1.0))),
        glossary.RecordedStatement("joint", None, "left", "L4/5", "probable", 0.9, ("single image",)),
        glossary.ReportRecord(
            "0.1.0", "abc", report.source, glossary.RecordedScale(None, None, "none"), report.orientation,
            glossary.RecordedLandmarks("none", ()),
            glossary.RecordedContrast(False, False, "baseline", "measured", None, None),
            report.coverage.regions, report.coverage.joints, (), (),
        ),
    )  # fmt: skip


def examples():
    """One value of each class, with its optional parts."""
    report, field = make_report(64), XrayField(image(bool), "found", "free")
    motion = Motion(1.0, -2.0, 0.5, 0.9, 0.1)
    return (
        *judged(), *compared(), *read_back(report),
        glossary.View(0.9, 0.5, 0.98, True), glossary.Search(report.landmarks, None, "no spine stands out"),
        Request(Path("b.dcm"), 1, (1, 2), Path("l.json"), Path("m.png"), 1.0, 0.3, "image left"),
        header(), header().pixels, header().geometry, header().view, header().apertures[0],
        Fluorogram(header(), np.zeros((2, 3, 4), np.uint16)), GivenMask(image(bool), image(bool)),
        ImageRoles(header(), header(), "named", 1, ("roles-assumed",)), JudgingScale(0.3, "assumed"),
        Uncalibrated("nothing", ("uncalibrated",)), field, motion,
        AttenuationRun(np.zeros((2, 3, 4), np.uint8), np.ones(256, np.float32), 0, field, "ln", "dark"),
        FramePair(1, (1,), (0,), True, "named"),
        AlignedPair(image(), image(), image(bool), 1, 1, (motion,), "ln"),
        ContrastMap(image(), image(), image(), image(bool), image(bool), "baseline", "ln", 0.2, True),
        report, report.source, report.source.files[0], report.calibration, report.orientation,
        report.landmarks, report.landmarks.points[0], report.contrast, report.contrast.components[0],
        report.contrast.sides[0], report.coverage, report.coverage.regions[0], report.coverage.joints[0],
        report.regions, report.regions.junctions[0], report.regions.regions[0], report.mask, report.pictures,
        report.steps[0], report.uptake, report.uptake.passages[0], report.curves, report.curves.curves[0],
        report.iodine, Dose(80.0, 240.0), Kinds(report.contrast.components, ("facet-shape",)),
        TimeCourse((0, 1), (0,), 2, np.zeros((2, 3, 4), np.float32), image(bool), 0.01, "ln"),
        marked_frame(), marked_frame().identity,
    )  # fmt: skip


def arrays(item):
    """All arrays in a value, also in the values that it holds."""
    if isinstance(item, np.ndarray):
        yield item
    elif isinstance(item, tuple):
        for part in item:
            yield from arrays(part)
    elif is_dataclass(item):
        for field in fields(item):
            yield from arrays(getattr(item, field.name))


def content(item):
    """What a value holds, as something that can be compared."""
    if isinstance(item, np.ndarray):
        return item.dtype.str, item.shape, item.tobytes()
    if isinstance(item, tuple):
        return tuple(content(part) for part in item)
    if is_dataclass(item):
        return type(item).__name__, tuple(content(getattr(item, f.name)) for f in fields(item))
    return item


def seen_elsewhere(item):
    """What another process sees of a value: its content, and which of its arrays can be written to."""
    return content(item), [array.flags.writeable for array in arrays(item)]


def test_every_class_has_an_example():
    assert {type(item) for item in examples()} == set(CLASSES.values())


def test_every_class_is_explained():
    # a dataclass without a docstring gets one that only repeats its signature
    assert [name for name, c in CLASSES.items() if (c.__doc__ or "").startswith(f"{name}(")] == []


def refuses_changes(item):
    """Whether no attribute of an object can be set, deleted or added."""
    changes = [partial(change, item, f.name) for f in fields(item) for change in (set_to_none, delattr)]
    changes.append(partial(set_to_none, item, "something_new"))
    for change in changes:
        with contextlib.suppress(FrozenInstanceError):
            change()
            return False
    return True


def set_to_none(item, name):
    setattr(item, name, None)


def kinds(items):
    return [type(item).__name__ for item in items]


def test_a_value_is_frozen():
    assert kinds(item for item in examples() if not refuses_changes(item)) == []


def test_arrays_are_read_only_from_birth():
    assert kinds(item for item in examples() if any(array.flags.writeable for array in arrays(item))) == []
    for item in examples():
        for array in arrays(item):
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0


@pytest.mark.parametrize("protocol", [2, pickle.HIGHEST_PROTOCOL])
def test_a_value_survives_pickling(protocol):
    copies = [(item, pickle.loads(pickle.dumps(item, protocol))) for item in examples()]
    assert kinds(item for item, copy in copies if content(copy) != content(item)) == []
    assert kinds(c for _, c in copies if any(array.flags.writeable for array in arrays(c))) == []
    assert kinds(copy for _, copy in copies if not refuses_changes(copy)) == []


def test_a_changed_copy_is_a_value_too():
    copies = [(item, replace(item)) for item in examples()]
    assert kinds(item for item, copy in copies if content(copy) != content(item)) == []
    assert kinds(c for _, c in copies if any(array.flags.writeable for array in arrays(c))) == []


def test_values_reach_another_process_unchanged():
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        for item in examples():
            found, writeable = pool.submit(seen_elsewhere, item).result()
            assert found == content(item)
            assert not any(writeable)
        returned = pool.submit(pickle.loads, pickle.dumps(examples())).result()
    assert content(returned) == content(examples())
    assert not any(array.flags.writeable for array in arrays(returned))


def test_two_values_are_the_same_only_if_they_are_one():
    """Comparing arrays gives arrays: what equality means is up to the reader of a value."""
    assert Uncalibrated("nothing") != Uncalibrated("nothing")
    assert len({Uncalibrated("nothing"), Uncalibrated("nothing")}) == 2


def test_a_new_class_is_made_a_value():
    @value
    class Pair:
        first: np.ndarray
        second: int = 2

    array = np.zeros(3)
    pair = Pair(array)
    assert pair.first is array
    assert not array.flags.writeable
    assert (pair.second, repr(pair)) == (2, f"{Pair.__qualname__}(first=array([0., 0., 0.]), second=2)")
    with pytest.raises(TypeError):
        Pair()


# what values work out


def test_mm_per_px_is_the_geometric_mean():
    calibration = glossary.Calibration(0.2, 0.45, "user", 0.02)
    assert calibration.mm_per_px == pytest.approx(0.3)


def test_lengths_in_pixels():
    assert JudgingScale(0.25, "assumed").px(3.0) == 12.0


def test_reference_millimetres_in_pixels():
    """x is lateral, y cranial: on image left lateral is left, and the head is up."""
    frame = JunctionFrame("L4", "left", (100.0, 50.0), (0.0, -1.0), (-1.0, 0.0), 2.0, 3.0)
    np.testing.assert_allclose(
        frame.to_px(np.array([[0, 0], [5, 0], [0, 5]])), [[100, 50], [100, 40], [90, 50]]
    )


def test_attenuation_is_looked_up():
    curve = np.array([5, 4, 3], np.float32)
    field = XrayField(np.ones((1, 3), bool), "found", "whole image")
    stored = np.array([[[-1, 0, 1]], [[1, 1, 1]]], np.int16)
    run = AttenuationRun(stored, curve, -1, field, "ln", "dark")
    assert run.frame(0).tolist() == [[5, 4, 3]]
    assert run.frame(1).tolist() == [[3, 3, 3]]


def test_found_is_about_sure_contrast():
    mask = make_report(64).mask
    assert mask.found
    nothing = np.zeros_like(mask.sure)
    assert not replace(mask, sure=nothing).found


def test_junctions_leave_other_landmarks_out():
    tip = glossary.Landmark("L4", "left", "tp_tip", 1.0, 2.0)
    junction = glossary.Landmark("L4", "left", "sap_tp_junction", 3.0, 4.0)
    assert glossary.Landmarks("given", (tip, junction)).junctions() == {("L4", "left"): junction}


@pytest.mark.parametrize(
    ("patient_left", "names"),
    [
        ("image left", {"image left": "left", "image right": "right"}),
        ("image right", {"image left": "right", "image right": "left"}),
        ("unknown", {"image left": "image left", "image right": "image right"}),
    ],
)
def test_sides(patient_left, names):
    assert sides_of(patient_left) == names
