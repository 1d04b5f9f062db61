"""The layers of a network as nodes of an ONNX file, weights in half precision.

``network_file`` writes the U-Nets from bare arrays, so that tests can do it without PyTorch.
"""

import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


class Graph:
    """Nodes in the order they are added; each gives its output a name of its own."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.stored: list[onnx.TensorProto] = []

    def add(self, kind: str, inputs: list[str], **how: object) -> str:
        """Add a node and return the name of its output."""
        output = f"{kind.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **how))
        return output

    def weight(self, tensor: torch.Tensor) -> str:
        """Store a tensor in half precision and return the name under which it is read."""
        name = f"w{len(self.stored)}"
        self.stored.append(numpy_helper.from_array(tensor.detach().cpu().numpy().astype("float16"), name))
        return self.add("Cast", [name], to=TensorProto.FLOAT)

    def constant(self, values: list[float] | list[int], kind: int) -> str:
        """Store numbers of an ONNX type and return their name."""
        name = f"c{len(self.stored)}"
        self.stored.append(helper.make_tensor(name, kind, [len(values)], values))
        return name

    def convolved(self, x: str, conv: nn.Conv2d, relu: bool = True) -> str:
        """Add a convolution, and what cuts it at 0."""
        reach, side, stride = conv.padding[0], conv.kernel_size[0], conv.stride[0]
        inputs = [x, self.weight(conv.weight), self.weight(conv.bias)]
        x = self.add("Conv", inputs, pads=[reach] * 4, kernel_shape=[side] * 2, strides=[stride] * 2)
        return self.add("Relu", [x]) if relu else x

    def block(self, x: str, block: nn.Sequential) -> str:
        """Add convolutions, their batch normalisation folded in; ``MaxPool2d`` between them halves."""
        for part in block:
            if isinstance(part, nn.MaxPool2d):
                x = self.add("MaxPool", [x], kernel_shape=[2, 2], strides=[2, 2])
            else:
                x = self.convolved(x, fuse_conv_bn_eval(part[0], part[1]))
        return x

    def pooled(self, x: str) -> list[str]:
        """Add the mean and the highest of each channel."""
        return [self.add("Flatten", [self.add(f"Global{kind}Pool", [x])]) for kind in ("Average", "Max")]

    def linear(self, x: str, layer: nn.Linear) -> str:
        """Add a layer that sees everything."""
        return self.add("Gemm", [x, self.weight(layer.weight), self.weight(layer.bias)], transB=1)

    def model(self, name: str, ends: tuple[list[onnx.ValueInfoProto], list[onnx.ValueInfoProto]]) -> bytes:
        """Return the checked file: its inputs and outputs are ``ends``."""
        made = helper.make_graph(self.nodes, name, *ends, self.stored)
        model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        onnx.checker.check_model(model)
        packed: bytes = model.SerializeToString()
        return packed


def convolution(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    """Return a convolution over 3 × 3 points, normalised and cut at 0."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
    )
