"""Gradients of several processes added up, and their norm."""

from __future__ import annotations

import torch
import torch.distributed as dist
from torch import Tensor, nn


def gradients_of(network: nn.Module) -> list[Tensor]:
    """Those of the parameters that have one."""
    return [parameter.grad for parameter in network.parameters() if parameter.grad is not None]


def add_up_over_processes(gradients: list[Tensor]) -> None:
    """Replaces gradients by their sums over all processes, as one message.

    Once a step, when the pieces of a step have been added up: DistributedDataParallel would hide the message behind the
    computation, and cannot follow a GAN's two losses through networks that are frozen and thawed within a step.
    """
    if not dist.is_initialized():
        return
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    dist.all_reduce(flat)
    totals = torch.split(flat, [gradient.numel() for gradient in gradients])
    for gradient, total in zip(gradients, totals, strict=True):
        gradient.copy_(total.view(gradient.shape))


def norm_of(gradients: list[Tensor]) -> Tensor:
    """The Euclidean norm of all of them together: a scalar."""
    norm: Tensor = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
    return norm


def multiply(gradients: list[Tensor], factor: float) -> None:
    """Multiplies all of them, in place."""
    if factor != 1:
        torch._foreach_mul_(gradients, factor)
