"""The common PyTorch files of BigGAN-deep (``pytorch-pretrained-BigGAN``), with random weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

ROWS = 51


def common_file(config: Mapping[str, Any], seed: int = 0) -> dict[str, torch.Tensor]:
    """Random tensors under the names and in the shapes of the common files."""
    random = torch.Generator().manual_seed(seed)
    tensors: dict[str, torch.Tensor] = {}

    def normal(*shape):
        return torch.randn(shape, generator=random)

    def spectral(name, *shape, bias=True):
        tensors[f"{name}.weight_orig"] = normal(*shape)
        tensors[f"{name}.weight_u"] = F.normalize(normal(shape[0]), dim=0)
        tensors[f"{name}.weight_v"] = F.normalize(normal(int(np.prod(shape[1:]))), dim=0)
        # Vectors of trained files are nearly singular ones: without that, dividing by u^T W v would blow weights up.
        matrix = tensors[f"{name}.weight_orig"].flatten(1)
        for _ in range(3):
            tensors[f"{name}.weight_u"] = F.normalize(matrix @ tensors[f"{name}.weight_v"], dim=0)
            tensors[f"{name}.weight_v"] = F.normalize(matrix.T @ tensors[f"{name}.weight_u"], dim=0)
        if bias:
            tensors[f"{name}.bias"] = 0.1 * normal(shape[0])

    def norm(name, channels, conditional=True):
        tensors[f"{name}.running_means"] = 0.3 * normal(ROWS, channels)
        tensors[f"{name}.running_vars"] = 0.5 + torch.rand((ROWS, channels), generator=random)
        if conditional:
            spectral(f"{name}.scale", channels, 2 * z, bias=False)
            spectral(f"{name}.offset", channels, 2 * z, bias=False)
        else:
            tensors[f"{name}.weight"], tensors[f"{name}.bias"] = 1 + 0.1 * normal(channels), 0.1 * normal(channels)

    z, ch = config["z_dim"], config["channel_width"]
    tensors["embeddings.weight"] = normal(z, config["num_classes"])
    spectral("generator.gen_z", 4 * 4 * 16 * ch, 2 * z)
    place = 0
    for number, (_, width, out) in enumerate(config["layers"]):
        if number == config["attention_layer_position"]:
            c = ch * width
            for part, shape in {
                "theta": (c // 8, c),
                "phi": (c // 8, c),
                "g": (c // 2, c),
                "o_conv": (c, c // 2),
            }.items():
                spectral(f"generator.layers.{place}.snconv1x1_{part}", *shape, 1, 1, bias=False)
            tensors[f"generator.layers.{place}.gamma"] = torch.tensor([0.7])
            place += 1
        c, hidden, o = ch * width, ch * width // 4, ch * out
        for i, channels in enumerate((c, hidden, hidden, hidden)):
            norm(f"generator.layers.{place}.bn_{i}", channels)
        for i, shape in enumerate(
            ((hidden, c, 1, 1), (hidden, hidden, 3, 3), (hidden, hidden, 3, 3), (o, hidden, 1, 1))
        ):
            spectral(f"generator.layers.{place}.conv_{i}", *shape)
        place += 1
    norm("generator.bn", ch, conditional=False)
    spectral("generator.conv_to_rgb", ch, ch, 3, 3)
    return tensors
