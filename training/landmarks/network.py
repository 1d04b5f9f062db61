"""The network that finds landmarks, and how it is written as an ONNX file."""

import copy
from pathlib import Path

import torch
from onnx import TensorProto, helper
from torch import nn
from torch.nn import functional

from spreadscan.detect.maps import CHANNELS
from spreadscan.detect.picture import SIDE
from training.network_graph import Graph, convolution

WIDTHS = (16, 32, 56, 88, 128)
"""Channels of the levels, from half the size of the square down."""


class Finder(nn.Module):
    """A U-Net [Ronneberger 2015] at half size whose maps share the probability with *not in the field*."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = convolution(3, WIDTHS[0], stride=2)
        self.down = nn.ModuleList(
            nn.Sequential(convolution(i, o), convolution(o, o))
            for i, o in zip((WIDTHS[0], *WIDTHS[:-1]), WIDTHS, strict=True)
        )
        self.up = nn.ModuleList(
            nn.Sequential(
                convolution(WIDTHS[k + 1] + WIDTHS[k], WIDTHS[k]), convolution(WIDTHS[k], WIDTHS[k])
            )
            for k in range(len(WIDTHS) - 1)
        )
        self.maps = nn.Conv2d(WIDTHS[0], len(CHANNELS), 1)
        self.whole = nn.Linear(2 * WIDTHS[-1], 96)
        self.absent = nn.Linear(96, len(CHANNELS))
        self.view = nn.Linear(96, 1)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the scores (N, K, M·M + 1) of cells and absence, and (N, 1) of the view."""
        x = self.stem(x)
        kept = []
        for level, block in enumerate(self.down):
            x = block(x)
            if level < len(WIDTHS) - 1:
                kept.append(x)
                x = functional.max_pool2d(x, 2)
        pooled = torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)
        whole = torch.relu(self.whole(pooled))
        for level in reversed(range(len(WIDTHS) - 1)):
            doubled = functional.interpolate(x, scale_factor=2, mode="nearest")
            x = self.up[level](torch.cat([doubled, kept[level]], 1))
        scores = torch.cat([self.maps(x).flatten(2), self.absent(whole)[..., None]], -1)
        return scores, self.view(whole)


def write_finder(network: Finder, path: Path) -> None:
    """Write ``channels`` (1, 3, S, S) in, ``where`` (1, K, M·M + 1) probabilities and ``view`` (1, 1) out."""
    network = copy.deepcopy(network).cpu().eval()
    graph, kept = Graph(), []
    x = graph.block("channels", nn.Sequential(network.stem))
    for level, block in enumerate(network.down):
        x = graph.block(x, block)
        if level < len(WIDTHS) - 1:
            kept.append(x)
            x = graph.add("MaxPool", [x], kernel_shape=[2, 2], strides=[2, 2])
    pooled = graph.add("Concat", graph.pooled(x), axis=1)
    whole = graph.add("Relu", [graph.linear(pooled, network.whole)])
    double = graph.constant([1.0, 1.0, 2.0, 2.0], TensorProto.FLOAT)
    how = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    for level in reversed(range(len(WIDTHS) - 1)):
        doubled = graph.add("Resize", [x, "", double], **how)
        x = graph.block(graph.add("Concat", [doubled, kept[level]], axis=1), network.up[level])
    flat = graph.constant([1, len(CHANNELS), -1], TensorProto.INT64)
    column = graph.constant([1, len(CHANNELS), 1], TensorProto.INT64)
    cells = graph.add("Reshape", [graph.convolved(x, network.maps, relu=False), flat])
    absent = graph.add("Reshape", [graph.linear(whole, network.absent), column])
    scores = graph.add("Concat", [cells, absent], axis=2)
    graph.nodes.append(helper.make_node("Softmax", [scores], ["where"], axis=2))
    graph.nodes.append(helper.make_node("Identity", [graph.linear(whole, network.view)], ["view"]))
    ends = [
        helper.make_tensor_value_info("channels", TensorProto.FLOAT, [1, 3, SIDE, SIDE]),
        helper.make_tensor_value_info("where", TensorProto.FLOAT, [1, len(CHANNELS), None]),
        helper.make_tensor_value_info("view", TensorProto.FLOAT, [1, 1]),
    ]
    path.write_bytes(graph.model("lumbar landmarks", (ends[:1], ends[1:])))
