"""Products of training in fewer bits, and the scale that keeps small gradients of float16 above zero.

As guided-diffusion's ``MixedPrecisionTrainer``: the loss is multiplied by a power of two, which grows a little with
every step; where a gradient overflows, the step is skipped and the power lowered by one. And as there, convolutions and
attention take the fewer bits, while embeddings, norms and the output stay in float32.
"""

from __future__ import annotations

import contextlib
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import nn

from .recipe import Precision

LEAST_LOG2 = -24.0
"""Of the scale: a loss of 1 is then as small as float16 can tell from zero, so that the scale is not to blame."""


class LossScale:
    """The scale of the loss: 1 but in float16.

    Attributes:
        log2: the present power of two.
        skipped: steps that were left out since the training began.
    """

    def __init__(self, precision: Precision, initial_log2: float, growth: float) -> None:
        self.is_used = precision == "float16"
        self.log2 = initial_log2 if self.is_used else 0.0
        self.growth = growth
        self.skipped = 0

    @property
    def scale(self) -> float:
        """What the loss is multiplied by, and the gradients divided by."""
        return float(2.0**self.log2)

    def accepts(self, is_finite: bool, step: int) -> bool:
        """Whether a step is to be taken, given whether its gradients are finite; moves the scale.

        Raises:
            FloatingPointError: they are not, and the scale is not to blame.
        """
        if is_finite:
            self.log2 += self.growth if self.is_used else 0.0
            return True
        if not self.is_used:
            raise FloatingPointError(
                f"the gradient of step {step + 1} is infinite or not a number; train anew with a lower learning_rate, "
                "a longer warm_up or a gradient_clip"
            )
        if self.log2 - 1 < LEAST_LOG2:
            raise FloatingPointError(
                f"the gradients of all last steps up to {step + 1} are infinite or not a number in float16, however "
                "the loss is scaled; train anew in bfloat16 or float32, or with a lower learning_rate"
            )
        self.log2 -= 1
        self.skipped += 1
        return False


def autocast(precision: Precision, device: torch.device) -> AbstractContextManager[object]:
    """Where products are computed in ``precision``; weights, norms and losses stay in float32."""
    if precision == "float32":
        return contextlib.nullcontext()
    return torch.autocast(device.type, getattr(torch, precision))


def keep_embeddings_and_output(network: nn.Module, device: torch.device) -> None:
    """Lets the linear layers and ``out`` of a UNet or a classifier compute in float32 within :func:`autocast`."""
    entered: list[contextlib.ExitStack] = []

    def enter(*_: Any) -> None:
        entered.append(contextlib.ExitStack())
        entered[-1].enter_context(torch.autocast(device.type, enabled=False))

    def leave(*_: Any) -> None:
        entered.pop().close()

    for name, module in network.named_modules():
        if isinstance(module, nn.Linear) or name == "out":
            module.register_forward_pre_hook(enter)
            module.register_forward_hook(leave)
