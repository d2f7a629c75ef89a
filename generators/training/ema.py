"""Exponential moving average of a model's parameters."""

from __future__ import annotations

import copy
from typing import Generic

import torch
from torch import Tensor, nn

from .layout import Network


class ExponentialMovingAverage(Generic[Network]):
    """Keeps an averaged copy of a model: after each step, ``average = rate * average + (1 - rate) * parameters``.

    With ``warm_up`` the rate rises from 0.1 as (1 + steps) / (10 + steps) until it reaches ``rate``, so that the random
    start is soon forgotten. Buffers are copied, not averaged.

    Attributes:
        model: the average.
        steps: updates so far.
    """

    def __init__(self, model: Network, rate: float, warm_up: bool) -> None:
        self.model = copy.deepcopy(model).requires_grad_(False)
        self.rate = rate
        self.warm_up = warm_up
        self.steps = 0

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Moves the average towards the present parameters of ``model``."""
        self.steps += 1
        rate = min(self.rate, (1 + self.steps) / (10 + self.steps)) if self.warm_up else self.rate
        averages: list[Tensor] = list(self.model.parameters())
        currents: list[Tensor] = list(model.parameters())
        torch._foreach_lerp_(averages, currents, 1 - rate)
        for average, current in zip(self.model.buffers(), model.buffers(), strict=True):
            average.copy_(current)
