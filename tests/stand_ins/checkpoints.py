"""Checkpoints of small networks with random weights, as the projects save theirs."""

from __future__ import annotations

import zlib
from functools import singledispatch
from pathlib import Path

import torch
from torch import Tensor, nn

from beatgans.generators.diffusion.entries import ClassifierEntry, DenoisingEntry
from beatgans.generators.entry import ModelEntry
from beatgans.generators.gan.entry import GanEntry
from beatgans.generators.loading import build_classifier, build_denoiser

from .biggan_deep import common_file

SCALE = 0.5
"""Of random weights, over the root of what they sum up: small enough for a deep network to stay finite."""


def write_checkpoints(entry: ModelEntry, folder: Path) -> list[Path]:
    """Writes the files of weights of a model, by the names that the catalog gives them."""
    written = []
    for name, tensors in tensors_of(entry).items():
        torch.save(tensors, folder / name)
        written.append(folder / name)
    return written


@singledispatch
def tensors_of(entry: ModelEntry) -> dict[str, dict[str, Tensor]]:
    """The tensors of each file."""
    raise TypeError(f"a {entry.family} has no checkpoint")


@tensors_of.register
def _(entry: DenoisingEntry) -> dict[str, dict[str, Tensor]]:
    return {entry.network.file: random_weights(build_denoiser(entry), entry.network.file)}


@tensors_of.register
def _(entry: ClassifierEntry) -> dict[str, dict[str, Tensor]]:
    network = build_classifier(entry.network, entry.image_size)
    return {entry.network.file: random_weights(network, entry.network.file)}


@tensors_of.register
def _(entry: GanEntry) -> dict[str, dict[str, Tensor]]:
    assert entry.network.config is not None
    return {entry.network.file: common_file(entry.network.config, seed(entry.network.file))}


def random_weights(network: nn.Module, name: str) -> dict[str, Tensor]:
    """A state_dict of a network, the same for the same name; no tensor of it is zero, as none of a trained one is."""
    random = torch.Generator().manual_seed(seed(name))
    tensors = {}
    for key, tensor in network.state_dict().items():
        values = torch.randn(tensor.shape, generator=random)
        inputs = tensor[0].numel() if tensor.ndim > 1 else 1
        norm = tensor.ndim == 1 and key.endswith("weight")
        tensors[key] = 1 + 0.1 * values if norm else SCALE * values / (inputs**0.5 if inputs > 1 else 10)
    return tensors


def seed(name: str) -> int:
    """A number for a name, the same in every process."""
    return zlib.crc32(name.encode())
