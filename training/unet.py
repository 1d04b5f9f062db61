"""The U-Net of both networks for contrast, for training: its weights go to and come from ONNX files."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from training.network_file import LEVELS, write_network


class UNet(nn.Module):
    """A U-Net of four levels, with batch normalisation where it starts from random weights.

    Args:
        inputs: channels of the input.
        widths: channels of the levels.
        normalised: whether there is batch normalisation.
    """

    def __init__(self, inputs: int, widths: tuple[int, ...], normalised: bool) -> None:
        super().__init__()
        into = (inputs, *widths[:-1])
        self.down = nn.ModuleList(_block(i, o, normalised) for i, o in zip(into, widths, strict=True))
        self.up = nn.ModuleList(
            _block(widths[k + 1] + widths[k], widths[k], normalised) for k in range(LEVELS - 1)
        )
        self.out = nn.Conv2d(widths[0], 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the score of contrast, (N, R, C)."""
        kept = []
        for level, block in enumerate(self.down):
            x = block(x)
            if level < LEVELS - 1:
                kept.append(x)
                x = functional.max_pool2d(x, 2)
        for level in reversed(range(LEVELS - 1)):
            doubled = functional.interpolate(x, scale_factor=2, mode="nearest")
            x = self.up[level](torch.cat([doubled, kept[level]], 1))
        score: torch.Tensor = self.out(x)[:, 0]
        return score

    def convolutions(self) -> dict[str, tuple[nn.Conv2d, nn.Module | None]]:
        """Return each convolution by its name in the file, and the normalisation behind it."""
        blocks = {f"down{k}": block for k, block in enumerate(self.down)}
        blocks |= {f"up{k}": block for k, block in enumerate(self.up)}
        found: dict[str, tuple[nn.Conv2d, nn.Module | None]] = {"out": (self.out, None)}
        for name, block in blocks.items():
            layers = list(block)
            places = [i for i, layer in enumerate(layers) if isinstance(layer, nn.Conv2d)]
            for part, place in zip("ab", places, strict=True):
                behind = layers[place + 1]
                found[name + part] = (
                    layers[place],
                    behind if isinstance(behind, nn.BatchNorm2d) else None,
                )
        return found


def _block(inputs: int, outputs: int, normalised: bool) -> nn.Sequential:
    layers: list[nn.Module] = []
    for channels in (inputs, outputs):
        layers.append(nn.Conv2d(channels, outputs, 3, padding=1))
        layers += [nn.BatchNorm2d(outputs)] if normalised else []
        layers.append(nn.ReLU())
    return nn.Sequential(*layers)


def with_weights(network: UNet, file: Path) -> UNet:
    """Return the network with the weights of a file."""
    stored = {w.name: onnx.numpy_helper.to_array(w) for w in onnx.load(file).graph.initializer}
    with torch.no_grad():
        for name, (convolution, _) in network.convolutions().items():
            convolution.weight.copy_(torch.from_numpy(stored[f"{name}.w"].astype(np.float32)))
            convolution.bias.copy_(torch.from_numpy(stored[f"{name}.b"].astype(np.float32)))
    return network


def weights_of(network: UNet) -> Mapping[str, NDArray[np.float32]]:
    """Return the weights by name, batch normalisation folded in."""
    weights = {}
    for name, (convolution, norm) in network.convolutions().items():
        w, b = convolution.weight, convolution.bias
        if norm is not None:
            gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            w, b = w * gain[:, None, None, None], (b - norm.running_mean) * gain + norm.bias
        weights[f"{name}.w"] = w.detach().cpu().numpy()
        weights[f"{name}.b"] = b.detach().cpu().numpy()
    return weights


def write_unet(network: UNet, path: Path) -> None:
    """Write a network's weights, batch normalisation folded in, as an ONNX file."""
    write_network(weights_of(network), path)
