"""Write the weights of a U-Net as an ONNX file."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

LEVELS = 4
"""Levels of resolution; the sides of the input must be multiples of 2 ** (LEVELS - 1)."""


class _Graph:
    """Nodes in the order they are added; each is named after what comes out of it."""

    def __init__(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        self.nodes = [
            helper.make_node("Cast", [name], [f"{name}.f32"], to=TensorProto.FLOAT) for name in weights
        ]
        self.stored = [numpy_helper.from_array(w.astype(np.float16), name) for name, w in weights.items()]
        self.stored.append(numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), "double"))

    def add(self, kind: str, inputs: list[str], output: str, **how: object) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], **how))
        return output

    def convolved(self, x: str, name: str, reach: int) -> str:
        pads, side = [reach] * 4, 2 * reach + 1
        weights = [f"{name}.w.f32", f"{name}.b.f32"]
        return self.add("Conv", [x, *weights], f"{name}.sum", kernel_shape=[side, side], pads=pads)

    def block(self, x: str, name: str) -> str:
        for part in "ab":
            x = self.add("Relu", [self.convolved(x, name + part, 1)], f"{name}{part}.out")
        return x

    def doubled(self, x: str) -> str:
        how = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        return self.add("Resize", [x, "", "double"], f"{x}.doubled", **how)


def write_network(weights: Mapping[str, NDArray[np.float32]], path: Path) -> None:
    """Write the network: ``channels`` (1, K, R, C) in, ``probability`` (1, 1, R, C) out.

    Args:
        weights: kernels ``NAME.w`` (out, in, 3, 3) and biases ``NAME.b`` of ``down0a`` to ``up0b`` and
            ``out``; stored in half precision.
        path: of the file.
    """
    graph, kept, x, inputs = _Graph(weights), [], "channels", weights["down0a.w"].shape[1]
    for level in range(LEVELS):
        x = graph.block(x, f"down{level}")
        if level < LEVELS - 1:
            kept.append(x)
            x = graph.add("MaxPool", [x], f"{x}.halved", kernel_shape=[2, 2], strides=[2, 2])
    for level in reversed(range(LEVELS - 1)):
        joined = graph.add("Concat", [graph.doubled(x), kept[level]], f"up{level}.in", axis=1)
        x = graph.block(joined, f"up{level}")
    graph.add("Sigmoid", [graph.convolved(x, "out", 0)], "probability")
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, channels, "rows", "columns"])
        for name, channels in (("channels", inputs), ("probability", 1))
    ]
    made = helper.make_graph(graph.nodes, "contrast on a single image", ends[:1], ends[1:], graph.stored)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
