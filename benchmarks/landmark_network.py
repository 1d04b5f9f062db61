"""The network that finds landmarks, and how it is written as an ONNX file."""

import copy
from pathlib import Path

import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from spreadscan.detect.maps import CHANNELS
from spreadscan.detect.picture import SIDE

WIDTHS = (16, 32, 56, 88, 128)
"""Channels of the levels, from half the size of the square down."""


class Finder(nn.Module):
    """A U-Net [Ronneberger 2015] at half size whose maps share the probability with *not in the field*."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = _convolution(3, WIDTHS[0], stride=2)
        self.down = nn.ModuleList(
            nn.Sequential(_convolution(i, o), _convolution(o, o))
            for i, o in zip((WIDTHS[0], *WIDTHS[:-1]), WIDTHS, strict=True)
        )
        self.up = nn.ModuleList(
            nn.Sequential(
                _convolution(WIDTHS[k + 1] + WIDTHS[k], WIDTHS[k]), _convolution(WIDTHS[k], WIDTHS[k])
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


def _convolution(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
    )


class _Graph:
    """Nodes in the order they are added; weights are kept in half precision."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.stored: list[onnx.TensorProto] = []

    def add(self, kind: str, inputs: list[str], **how: object) -> str:
        output = f"{kind.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **how))
        return output

    def weight(self, tensor: torch.Tensor) -> str:
        name = f"w{len(self.stored)}"
        self.stored.append(numpy_helper.from_array(tensor.detach().cpu().numpy().astype("float16"), name))
        return self.add("Cast", [name], to=TensorProto.FLOAT)

    def constant(self, values: list[float] | list[int], kind: int) -> str:
        name = f"c{len(self.stored)}"
        self.stored.append(helper.make_tensor(name, kind, [len(values)], values))
        return name

    def convolved(self, x: str, conv: nn.Conv2d, relu: bool = True) -> str:
        reach, side, stride = conv.padding[0], conv.kernel_size[0], conv.stride[0]
        inputs = [x, self.weight(conv.weight), self.weight(conv.bias)]
        x = self.add("Conv", inputs, pads=[reach] * 4, kernel_shape=[side] * 2, strides=[stride] * 2)
        return self.add("Relu", [x]) if relu else x

    def block(self, x: str, block: nn.Sequential) -> str:
        for part in block:
            x = self.convolved(x, fuse_conv_bn_eval(part[0], part[1]))
        return x

    def linear(self, x: str, layer: nn.Linear) -> str:
        return self.add("Gemm", [x, self.weight(layer.weight), self.weight(layer.bias)], transB=1)


def write_finder(network: Finder, path: Path) -> None:
    """Write ``channels`` (1, 3, S, S) in, ``where`` (1, K, M·M + 1) probabilities and ``view`` (1, 1) out."""
    network = copy.deepcopy(network).cpu().eval()
    graph, kept = _Graph(), []
    x = graph.block("channels", nn.Sequential(network.stem))
    for level, block in enumerate(network.down):
        x = graph.block(x, block)
        if level < len(WIDTHS) - 1:
            kept.append(x)
            x = graph.add("MaxPool", [x], kernel_shape=[2, 2], strides=[2, 2])
    pooled = [graph.add("Flatten", [graph.add(f"Global{kind}Pool", [x])]) for kind in ("Average", "Max")]
    whole = graph.add("Relu", [graph.linear(graph.add("Concat", pooled, axis=1), network.whole)])
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
    made = helper.make_graph(graph.nodes, "lumbar landmarks", ends[:1], ends[1:], graph.stored)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
