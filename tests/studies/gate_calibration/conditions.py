"""The conditions that images are sampled under: the model as it ships, and each of the seeded faults."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from beatgans.generators import SamplerSettings
from beatgans.generators.images import truncate_to_uint8

POINTS = {
    "ddim5": SamplerSettings("ddim", "ddim5"),
    "ddim10": SamplerSettings("ddim", "ddim10"),
    "ddim10_guidance1": SamplerSettings("ddim", "ddim10", guidance=1.0),
    "gan_truncation0.5": SamplerSettings(None, None, truncation=0.5),
    "gan_truncation1": SamplerSettings(None, None, truncation=1.0),
}
"""The operating points of the simulated runs: quick ones of the suite ``digits``, of each kind."""
FAULTY_POINTS = ("ddim10", "ddim10_guidance1")
"""Those that faults are seeded into."""
NUM_CLASSES = 10
MISSING_CLASS = 9
STRIDE = 100  # of the ten steps through a thousand timesteps


@dataclass(frozen=True)
class Condition:
    """One way to make images.

    Attributes:
        title: what the tables call it.
        network: changes the diffusion network of a loaded generator in place; None leaves it.
        settings: changes the settings of a point.
        labels: changes the labels of samples, by their indices.
        pixels: turns the network's images into uint8; None for the package's own way.
        images: changes the finished images.
    """

    title: str
    network: Callable[[Any], None] | None = None
    settings: Callable[[SamplerSettings], SamplerSettings] = lambda settings: settings
    labels: Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.int64]] = lambda labels, _: labels
    pixels: Callable[[torch.Tensor], NDArray[np.uint8]] | None = None
    images: Callable[[NDArray[np.uint8]], NDArray[np.uint8]] = lambda images: images


class LateTimesteps(nn.Module):
    """A network that is told timesteps later than those that it is asked for."""

    def __init__(self, network: nn.Module, shift: int) -> None:
        super().__init__()
        self.network, self.shift = network, shift
        self.config = network.config

    def forward(self, x: torch.Tensor, timesteps: torch.Tensor, *others: Any) -> torch.Tensor:
        """The network's output at ``timesteps + shift``, at most 999."""
        return self.network(x, (timesteps + self.shift).clamp(max=999), *others)


def late_by(shift: int) -> Callable[[Any], None]:
    """The fault of a network that is told timesteps ``shift`` too late."""

    def apply(generator: Any) -> None:
        generator.network = LateTimesteps(generator.network, shift)

    return apply


def in_bfloat16(generator: Any) -> None:
    """Rounds the weights to bfloat16. The arithmetic stays float32."""
    for parameter in generator.network.parameters():
        parameter.data = parameter.data.bfloat16().float()


def never_the_last_class(labels: NDArray[np.int64], indices: NDArray[np.int64]) -> NDArray[np.int64]:
    """Draws the other classes in turn wherever the last one is asked for."""
    return np.where(labels == MISSING_CLASS, indices // NUM_CLASSES % MISSING_CLASS, labels)


def round_to_uint8(images: torch.Tensor) -> NDArray[np.uint8]:
    """Rounds to nearest, where the package drops fractions as ADM's scripts do."""
    levels = ((images + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
    return levels.permute(0, 2, 3, 1).contiguous().numpy()


def weights_of(weights: str) -> Callable[[Any], None]:
    """The fault of weights of another file in place of the averaged ones."""

    def apply(generator: Any) -> None:
        generator.network.load_state_dict(torch.load(weights, weights_only=True))

    return apply


def conditions(raw_weights: str) -> dict[str, Condition]:
    """All conditions by name; ``raw_weights`` is a file of weights that are not averaged."""
    return {
        "baseline": Condition("none"),
        "late_1": Condition("network told timestep t + 1 of 1,000", network=late_by(1)),
        "late_step": Condition("network told the timestep of the next of ten steps", network=late_by(STRIDE)),
        "guidance": Condition(
            "guidance x 1.2", settings=lambda settings: replace(settings, guidance=1.2 * settings.guidance)
        ),
        "no_average": Condition("average of the weights left out", network=weights_of(raw_weights)),
        "bfloat16": Condition("weights in bfloat16", network=in_bfloat16),
        "missing_class": Condition("one class never drawn", labels=never_the_last_class),
        "rounding": Condition("uint8 by rounding to nearest", pixels=round_to_uint8),
        "channels": Condition("channels swapped (RGB as BGR)", images=lambda images: images[..., ::-1]),
    }


@contextlib.contextmanager
def pixels_made_by(function: Callable[[torch.Tensor], NDArray[np.uint8]] | None) -> Iterator[None]:
    """Puts ``function``, if there is one, wherever the generators hold the package's own way from floats to pixels."""
    holders = [
        module
        for name, module in list(sys.modules.items())
        if name.startswith("beatgans.generators.") and getattr(module, "truncate_to_uint8", None) is truncate_to_uint8
    ]
    for module in holders:
        module.truncate_to_uint8 = function or truncate_to_uint8
    try:
        yield
    finally:
        for module in holders:
            module.truncate_to_uint8 = truncate_to_uint8
