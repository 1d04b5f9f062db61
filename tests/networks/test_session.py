"""The network's answers against the same sums written out, and what every network file must obey."""

import hashlib
from functools import cache
from importlib import resources

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator
from scipy.signal import correlate2d
from scipy.special import logit

from spreadscan.networks import candidate, change, session, single_image
from spreadscan.networks.candidate import CHANNELS, SIDE
from training.network_file import write_network

WIDTHS = (3, 4, 5, 6)
"""Channels of the levels of a network for tests; all different, so that no two axes can be mixed up."""
LARGEST_BYTES = 10_000_000


def random_weights(seed=0, widths=WIDTHS):
    """Weights that half precision holds exactly, as the file stores them."""
    rng = np.random.default_rng(seed)
    weights = {}

    def layer(name, out, into, side=3):
        spread = (2 / (side**2 * into)) ** 0.5
        drawn = {"w": rng.normal(0, spread, (out, into, side, side)), "b": rng.normal(0, 0.1, out)}
        for part, numbers in drawn.items():
            weights[f"{name}.{part}"] = numbers.astype(np.float16).astype(np.float32)

    for level, width in enumerate(widths):
        layer(f"down{level}a", width, 3 if level == 0 else widths[level - 1])
        layer(f"down{level}b", width, width)
    for level in range(len(widths) - 1):
        layer(f"up{level}a", widths[level], widths[level] + widths[level + 1])
        layer(f"up{level}b", widths[level], widths[level])
    layer("out", 1, widths[0], 1)
    return weights


@pytest.fixture
def use(monkeypatch, tmp_path):
    """Let the package answer with a network of these weights."""

    def answering(weights):
        write_network(weights, tmp_path / "network.onnx")
        made = session.session_of((tmp_path / "network.onnx").read_bytes())
        monkeypatch.setattr(session, "_session", lambda _: made)

    return answering


@pytest.fixture
def weights(use):
    made = random_weights()
    use(made)
    return made


def image(rows, columns, seed=1, channels=3):
    return np.random.default_rng(seed).normal(0, 1, (channels, rows, columns)).astype(np.float32)


# the same in slow: every sum written out


def slow_convolved(x, kernel, bias):
    return np.array(
        [
            sum(correlate2d(channel, part, mode="same") for channel, part in zip(x, parts, strict=True)) + b
            for parts, b in zip(kernel.astype(float), bias, strict=True)
        ]
    )


def slow_halved(x):
    return np.array(
        [
            [
                [channel[r : r + 2, c : c + 2].max() for c in range(0, channel.shape[1], 2)]
                for r in range(0, channel.shape[0], 2)
            ]
            for channel in x
        ]
    )


def slow_doubled(x):
    return np.array([np.kron(channel, np.ones((2, 2))) for channel in x])


def slow_block(x, name, weights):
    for part in "ab":
        x = np.maximum(slow_convolved(x, weights[f"{name}{part}.w"], weights[f"{name}{part}.b"]), 0)
    return x


def slow_probability(x, weights):
    down0 = slow_block(x, "down0", weights)
    down1 = slow_block(slow_halved(down0), "down1", weights)
    down2 = slow_block(slow_halved(down1), "down2", weights)
    down3 = slow_block(slow_halved(down2), "down3", weights)
    up2 = slow_block(np.concatenate([slow_doubled(down3), down2]), "up2", weights)
    up1 = slow_block(np.concatenate([slow_doubled(up2), down1]), "up1", weights)
    up0 = slow_block(np.concatenate([slow_doubled(up1), down0]), "up0", weights)
    last = zip(weights["out.w"][0, :, 0, 0], up0, strict=True)
    score = sum(w * channel for w, channel in last) + weights["out.b"]
    return 1 / (1 + np.exp(-score))


def test_the_written_out_convolution_lays_a_kernel_on_as_it_is_written():
    x = np.arange(1, 7, dtype=float).reshape(1, 2, 3)
    right_neighbour = np.zeros((1, 1, 3, 3))
    right_neighbour[0, 0, 1, 2] = 1
    found = slow_convolved(x, right_neighbour, np.array([10.0]))
    np.testing.assert_array_equal(found, [[[12, 13, 10], [15, 16, 10]]])


def test_the_written_out_halving_takes_the_largest_of_four_and_doubling_repeats():
    x = np.array([[[1, 5, 2, 0], [3, 4, 9, 8]]], float)
    np.testing.assert_array_equal(slow_halved(x), [[[5, 9]]])
    np.testing.assert_array_equal(slow_doubled(slow_halved(x)), [[[5, 5, 9, 9], [5, 5, 9, 9]]])


@pytest.mark.parametrize("seed", range(3))
def test_the_whole_network_is_the_written_out_sum(use, seed):
    weights = random_weights(seed)
    use(weights)
    x = image(16, 24, seed)
    expected = slow_probability(x.astype(float), weights)
    found = single_image.contrast_answer(x)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-5)
    # the test could fail: the weights do make a difference from place to place
    assert np.ptp(expected) > 0.05


# padding


@pytest.mark.parametrize("shape", [(8, 8), (9, 8), (16, 23), (13, 10), (1, 1), (7, 17)])
def test_any_size_gets_a_probability_for_each_of_its_pixels(weights, shape):
    found = single_image.contrast_answer(image(*shape))
    assert found.shape == shape
    assert ((found > 0) & (found < 1)).all()


@pytest.mark.parametrize("shape", [(13, 10), (16, 17), (9, 24)])
def test_padding_to_a_multiple_of_eight_is_a_border_of_zeros_cut_off_again(weights, shape):
    x = image(*shape)
    rows, columns = shape
    padded = np.pad(x, ((0, 0), (0, -rows % 8), (0, -columns % 8)))
    whole = single_image.contrast_answer(padded)
    np.testing.assert_array_equal(single_image.contrast_answer(x), whole[:rows, :columns])


def test_far_from_the_border_padding_does_not_show(weights):
    # two convolutions down and two up at 1, 2 and 4 pixels, two at 8, and a place within a block of 8
    reach = 2 * (2 + 4 + 8) + 16 + 7
    x = image(16, 96)
    short = single_image.contrast_answer(x)
    padded = single_image.contrast_answer(np.pad(x, ((0, 0), (0, 0), (0, 40))))
    np.testing.assert_allclose(short[:, :-reach], padded[:, : 96 - reach], atol=1e-6)
    assert np.abs(short[:, -4:] - padded[:, 92:96]).max() > 1e-4


def test_a_shift_by_eight_pixels_shifts_the_answer(weights):
    x = np.zeros((3, 48, 160), np.float32)
    x[:, 20:28, 70:80] = image(8, 10)
    moved = np.roll(x, 8, axis=2)
    here, there = single_image.contrast_answer(x), single_image.contrast_answer(moved)
    np.testing.assert_allclose(here[:, 64:88], there[:, 72:96], atol=1e-6)


# three answers


def test_three_answers_are_of_the_image_mirrored_and_upside_down(weights):
    x = image(16, 24)
    three = [
        single_image.contrast_answer(x),
        single_image.contrast_answer(np.ascontiguousarray(x[:, :, ::-1]))[:, ::-1],
        single_image.contrast_answer(np.ascontiguousarray(x[:, ::-1]))[::-1],
    ]
    scores = single_image.contrast_scores(x)
    np.testing.assert_allclose(1 / (1 + np.exp(-scores)), three, atol=1e-6)
    assert np.abs(three[0] - three[1]).max() > 1e-3


@pytest.mark.parametrize("p", [0.0, 0.2, 0.5, 0.97, 1.0])
def test_scores_are_logarithms_of_odds_and_finite(monkeypatch, p):
    monkeypatch.setattr(single_image, "contrast_answer", lambda c: np.full(c.shape[1:], p, np.float32))
    scores = single_image.contrast_scores(image(9, 7))
    assert scores.shape == (3, 9, 7)
    np.testing.assert_allclose(1 / (1 + np.exp(-scores)), p, atol=2e-6)


# house rules


def test_the_network_leaves_its_input_alone_and_is_the_same_twice(weights):
    x = image(13, 10)
    x.setflags(write=False)
    before = x.tobytes()
    first, second = single_image.contrast_answer(x), single_image.contrast_answer(x)
    assert first.tobytes() == second.tobytes()
    assert x.tobytes() == before


# the networks that are shipped


SHIPPED = {
    single_image.WEIGHTS: (single_image.contrast_answer, 3),
    change.WEIGHTS: (change.change_probability, 7),
}
"""How each answers, and how many channels it sees."""
every_one = pytest.mark.parametrize("name", SHIPPED)


@cache
def shipped(name):
    packed = resources.files("spreadscan.networks").joinpath(name).read_bytes()
    model = onnx.load_from_string(packed)
    return packed, {w.name: numpy_helper.to_array(w) for w in model.graph.initializer}


@every_one
def test_a_shipped_network_is_complete_and_small(name):
    packed, stored = shipped(name)
    assert len(packed) < LARGEST_BYTES
    assert set(stored) == {*random_weights(), "double"}
    assert stored["down0a.w"].shape[1] == SHIPPED[name][1]
    for layer in random_weights():
        assert np.isfinite(stored[layer]).all()
        assert stored[layer].dtype == np.float16
        assert layer.endswith(".b") or stored[layer].shape[2:] == ((1, 1) if layer == "out.w" else (3, 3))


@every_one
def test_a_shipped_network_is_the_written_out_sum(name):
    answer, channels = SHIPPED[name]
    _, stored = shipped(name)
    x = image(16, 24, channels=channels)
    x[2] = 1
    expected = slow_probability(x.astype(float), {layer: w.astype(float) for layer, w in stored.items()})
    np.testing.assert_allclose(answer(x), expected, atol=2e-5)


@every_one
def test_a_shipped_network_holds_nothing_but_sums_and_choices(name):
    model = onnx.load_from_string(shipped(name)[0])
    kinds = {node.op_type for node in model.graph.node}
    assert kinds == {"Cast", "Conv", "Relu", "MaxPool", "Resize", "Concat", "Sigmoid"}
    assert not any(w.external_data for w in model.graph.initializer)


@pytest.mark.parametrize(("name", "field"), [(single_image.WEIGHTS, 2), (change.WEIGHTS, 5)])
def test_a_shipped_network_sees_nothing_in_an_empty_image(name, field):
    answer, channels = SHIPPED[name]
    empty = np.zeros((channels, 64, 64), np.float32)
    empty[field] = 1
    assert answer(empty).max() < 0.5


# the network that judges areas


def test_the_network_for_areas_is_complete_and_small():
    packed, stored = shipped(candidate.WEIGHTS)
    assert len(packed) < LARGEST_BYTES
    assert all(np.isfinite(numbers).all() for numbers in stored.values())
    assert {numbers.dtype for numbers in stored.values()} == {np.dtype(np.float16)}
    kinds = {node.op_type for node in onnx.load_from_string(packed).graph.node}
    sums = {"Cast", "Conv", "Relu", "MaxPool", "GlobalAveragePool", "GlobalMaxPool", "Flatten", "Concat"}
    assert kinds == sums | {"Gemm", "Sigmoid"}


def test_the_network_for_areas_is_the_written_out_sum():
    packed, _ = shipped(candidate.WEIGHTS)
    views = 0.3 * image(SIDE, SIDE, channels=CHANNELS)
    slow, scores = ReferenceEvaluator(onnx.load_from_string(packed)), []
    for rows, columns in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
        turned = views[:, ::rows, ::columns]
        parts = {
            "near": turned[None, : candidate.NEAR_CHANNELS],
            "wide": turned[None, candidate.NEAR_CHANNELS :],
        }
        scores.append(logit(slow.run(None, parts)[0][0, 0]))
    assert np.ptp(scores) > 0.01
    assert logit(candidate.candidate_probability(views)) == pytest.approx(np.mean(scores), abs=1e-3)


def test_an_area_in_a_mirror_or_upside_down_is_as_probable():
    views = 0.3 * image(SIDE, SIDE, channels=CHANNELS)
    found = logit(candidate.candidate_probability(views))
    for turned in (views[..., ::-1], views[:, ::-1], views[:, ::-1, ::-1]):
        assert logit(candidate.candidate_probability(turned)) == pytest.approx(found, abs=1e-3)


def test_the_network_for_areas_sees_both_views():
    view = image(SIDE, SIDE, channels=CHANNELS)
    whole = logit(candidate.candidate_probability(view))
    for part in (slice(None, candidate.NEAR_CHANNELS), slice(candidate.NEAR_CHANNELS, None)):
        half = view.copy()
        half[part] = 0
        assert abs(logit(candidate.candidate_probability(half)) - whole) > 0.05


def test_the_network_for_areas_takes_nothing_for_contrast_where_nothing_is():
    view = np.zeros((CHANNELS, SIDE, SIDE), np.float32)
    view[6] = 1
    assert candidate.candidate_probability(view) < 0.5


def test_a_session_made_anew_answers_the_same_bytes():
    x = image(40, 48)
    digests = set()
    for _ in range(3):
        session._session.cache_clear()
        digests.add(hashlib.sha256(single_image.contrast_answer(x).tobytes()).hexdigest())
    assert len(digests) == 1


def test_the_session_is_kept():
    assert session._session(single_image.WEIGHTS) is session._session(single_image.WEIGHTS)


@pytest.mark.parametrize("threads", [2, 3, 4, 8])
@pytest.mark.parametrize(("name", "channels"), [(single_image.WEIGHTS, 3), (change.WEIGHTS, 7)])
def test_more_threads_answer_the_same_bytes(name, channels, threads):
    one, more = (session.session_of(shipped(name)[0], count) for count in (1, threads))
    for rows, columns in ((64, 64), (104, 200)):
        x = image(rows, columns, channels=channels)[None]
        expected = one.run(["probability"], {"channels": x})[0]
        for _ in range(5):
            assert more.run(["probability"], {"channels": x})[0].tobytes() == expected.tobytes()
