"""The network's arithmetic against the same sums written out, and what every set of weights must obey."""

import numpy as np
import pytest
from scipy.signal import correlate2d

from spreadscan import network

WIDTHS = (3, 4, 5, 6)
"""Channels of the levels of a network for tests; all different, so that no two axes can be mixed up."""


def random_weights(seed=0, widths=WIDTHS):
    rng = np.random.default_rng(seed)
    weights = {}

    def layer(name, out, into):
        weights[f"{name}.w"] = rng.normal(0, (2 / (9 * into)) ** 0.5, (out, into, 3, 3)).astype(np.float32)
        weights[f"{name}.b"] = rng.normal(0, 0.1, out).astype(np.float32)

    for level, width in enumerate(widths):
        layer(f"down{level}a", width, 3 if level == 0 else widths[level - 1])
        layer(f"down{level}b", width, width)
    for level in range(len(widths) - 1):
        layer(f"up{level}a", widths[level], widths[level] + widths[level + 1])
        layer(f"up{level}b", widths[level], widths[level])
    weights["out.w"] = rng.normal(0, 1, widths[0]).astype(np.float32)
    weights["out.b"] = np.float32(rng.normal())
    return weights


@pytest.fixture
def weights(monkeypatch):
    made = random_weights()
    monkeypatch.setattr(network, "_networks", lambda: (made,))
    return made


def image(rows, columns, seed=1):
    return np.random.default_rng(seed).normal(0, 1, (3, rows, columns)).astype(np.float32)


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
    score = sum(w * channel for w, channel in zip(weights["out.w"], up0, strict=True)) + weights["out.b"]
    return 1 / (1 + np.exp(-score))


def test_a_kernel_is_laid_on_as_it_is_written_and_the_border_is_zero():
    x = np.arange(1, 7, dtype=np.float32).reshape(1, 2, 3)
    right_neighbour = np.zeros((1, 1, 3, 3), np.float32)
    right_neighbour[0, 0, 1, 2] = 1
    found = network._convolved(x, right_neighbour, np.array([10], np.float32))
    np.testing.assert_array_equal(found, [[[12, 13, 10], [15, 16, 10]]])


def test_convolution_is_the_sum_over_channels():
    weights = random_weights(3)
    x = np.random.default_rng(4).normal(size=(3, 5, 7)).astype(np.float32)
    kernel, bias = weights["down0a.w"], weights["down0a.b"]
    np.testing.assert_allclose(
        network._convolved(x, kernel, bias), slow_convolved(x, kernel, bias), atol=1e-5
    )


def test_halving_takes_the_largest_of_four_and_doubling_repeats():
    x = np.array([[[1, 5, 2, 0], [3, 4, 9, 8]]], np.float32)
    np.testing.assert_array_equal(network._halved(x), [[[5, 9]]])
    np.testing.assert_array_equal(network._doubled(network._halved(x)), [[[5, 5, 9, 9], [5, 5, 9, 9]]])


@pytest.mark.parametrize("seed", range(3))
def test_the_whole_network_is_the_written_out_sum(monkeypatch, seed):
    weights = random_weights(seed)
    monkeypatch.setattr(network, "_networks", lambda: (weights,))
    x = image(16, 24, seed)
    expected = slow_probability(x.astype(float), weights)
    found = network.contrast_probability(x)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-5)
    # the test could fail: the weights do make a difference from place to place
    assert np.ptp(expected) > 0.05


# padding


@pytest.mark.parametrize("shape", [(8, 8), (9, 8), (16, 23), (13, 10), (1, 1), (7, 17)])
def test_any_size_gets_a_probability_for_each_of_its_pixels(weights, shape):
    found = network.contrast_probability(image(*shape))
    assert found.shape == shape
    assert ((found > 0) & (found < 1)).all()


@pytest.mark.parametrize("shape", [(13, 10), (16, 17), (9, 24)])
def test_padding_to_a_multiple_of_eight_is_a_border_of_zeros_cut_off_again(weights, shape):
    x = image(*shape)
    rows, columns = shape
    padded = np.pad(x, ((0, 0), (0, -rows % 8), (0, -columns % 8)))
    whole = network.contrast_probability(padded)
    np.testing.assert_array_equal(network.contrast_probability(x), whole[:rows, :columns])


def test_far_from_the_border_padding_does_not_show(weights):
    # two convolutions down and two up at 1, 2 and 4 pixels, two at 8, and a place within a block of 8
    reach = 2 * (2 + 4 + 8) + 16 + 7
    x = image(16, 96)
    short = network.contrast_probability(x)
    padded = network.contrast_probability(np.pad(x, ((0, 0), (0, 0), (0, 40))))
    np.testing.assert_allclose(short[:, :-reach], padded[:, : 96 - reach], atol=1e-6)
    assert np.abs(short[:, -4:] - padded[:, 92:96]).max() > 1e-4


def test_a_shift_by_eight_pixels_shifts_the_answer(weights):
    x = np.zeros((3, 48, 160), np.float32)
    x[:, 20:28, 70:80] = image(8, 10)
    moved = np.roll(x, 8, axis=2)
    here, there = network.contrast_probability(x), network.contrast_probability(moved)
    np.testing.assert_allclose(here[:, 64:88], there[:, 72:96], atol=1e-6)


# house rules


def test_the_network_leaves_its_input_alone_and_is_the_same_twice(weights):
    x = image(13, 10)
    x.setflags(write=False)
    before = x.tobytes()
    first, second = network.contrast_probability(x), network.contrast_probability(x)
    assert first.tobytes() == second.tobytes()
    assert x.tobytes() == before


# the weights that are shipped


def test_the_shipped_weights_are_complete_and_small():
    networks = network._networks()
    assert len(networks) == 2
    for weights in networks:
        assert set(weights) == set(random_weights())
        for name, array in weights.items():
            assert np.isfinite(array).all()
            assert array.dtype == np.float32
            if name.endswith(("a.w", "b.w")):
                assert array.shape[2:] == (3, 3)
                assert array.shape[0] == len(weights[f"{name[:-2]}.b"])
        assert weights["down0a.w"].shape[1] == 3
        assert len(weights["out.w"]) == len(weights["up0b.b"])
        assert np.shape(weights["out.b"]) == ()
        assert sum(array.size for array in weights.values()) < 1_000_000


def test_several_networks_count_by_their_mean_score(monkeypatch):
    one, two = random_weights(4), random_weights(5)
    x = image(24, 32)
    scores = []
    for weights in (one, two):
        monkeypatch.setattr(network, "_networks", lambda weights=weights: (weights,))
        probability = network.contrast_probability(x).astype(float)
        scores.append(np.log(probability / (1 - probability)))
    monkeypatch.setattr(network, "_networks", lambda: (one, two))
    together = network.contrast_probability(x)
    assert together == pytest.approx(1 / (1 + np.exp(-np.mean(scores, axis=0))), abs=1e-3)


def test_the_shipped_weights_see_nothing_in_an_empty_image():
    empty = np.zeros((3, 64, 64), np.float32)
    empty[2] = 1
    assert network.contrast_probability(empty).max() < 0.5
