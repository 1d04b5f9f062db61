"""The network that judges areas of a single image as a whole, and how it is written as an ONNX file."""

import copy
from itertools import pairwise
from pathlib import Path

import torch
from onnx import TensorProto, helper
from torch import nn

from spreadscan.networks.candidate import CHANNELS, NEAR_CHANNELS, SIDE
from training.network_graph import Graph, convolution

WIDTHS = (16, 32, 48, 64)
"""Channels of the levels of either view."""
HIDDEN = 48
DROPPED = 0.3
"""Share of what either view says that is left out at random in training."""


class Judge(nn.Module):
    """Convolutions over the near and over the wide view; mean and highest of each channel are weighed."""

    def __init__(self) -> None:
        super().__init__()
        self.views = nn.ModuleList(_levels(inputs) for inputs in (NEAR_CHANNELS, CHANNELS - NEAR_CHANNELS))
        self.hidden = nn.Linear(2 * 2 * WIDTHS[-1], HIDDEN)
        self.out = nn.Linear(HIDDEN, 1)
        self.dropped = nn.Dropout(DROPPED)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the score of contrast, (N,), from (N, 9, 64, 64)."""
        said = []
        for view, part in zip(self.views, (x[:, :NEAR_CHANNELS], x[:, NEAR_CHANNELS:]), strict=True):
            levels = view(part)
            said += [levels.mean((2, 3)), levels.amax((2, 3))]
        weighed = torch.relu(self.hidden(self.dropped(torch.cat(said, 1))))
        score: torch.Tensor = self.out(self.dropped(weighed))[:, 0]
        return score


def _levels(inputs: int) -> nn.Sequential:
    layers: list[nn.Module] = [convolution(inputs, WIDTHS[0])]
    for before, width in pairwise(WIDTHS):
        layers += [nn.MaxPool2d(2), convolution(before, width)]
        layers += [convolution(width, width)] if width != WIDTHS[1] else []
    return nn.Sequential(*layers)


def write_judge(network: Judge, path: Path) -> None:
    """Write ``near`` (1, 5, 64, 64) and ``wide`` (1, 4, 64, 64) in, ``probability`` (1, 1) out."""
    network = copy.deepcopy(network).cpu().eval()
    graph, said = Graph(), []
    for name, view in zip(("near", "wide"), network.views, strict=True):
        said += graph.pooled(graph.block(name, view))
    weighed = graph.add("Relu", [graph.linear(graph.add("Concat", said, axis=1), network.hidden)])
    graph.nodes.append(helper.make_node("Sigmoid", [graph.linear(weighed, network.out)], ["probability"]))
    ends = [
        helper.make_tensor_value_info("near", TensorProto.FLOAT, [1, NEAR_CHANNELS, SIDE, SIDE]),
        helper.make_tensor_value_info("wide", TensorProto.FLOAT, [1, CHANNELS - NEAR_CHANNELS, SIDE, SIDE]),
        helper.make_tensor_value_info("probability", TensorProto.FLOAT, [1, 1]),
    ]
    path.write_bytes(graph.model("contrast among candidates", (ends[:2], ends[2:])))
