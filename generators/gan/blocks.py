"""The parts of BigGAN-deep (Brock et al., "Large Scale GAN Training", arXiv 1809.11096, appendix B)."""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor, nn

from .entry import row_position
from .huggingface import BOTTLENECK

EPSILON = 1e-4
"""Of batch norm, as in DeepMind's graph."""


class TruncatedBatchNorm(nn.Module):
    """Batch norm without gain and bias that keeps one row of statistics for each of several truncations.

    Truncating the latent shifts the activations' statistics, so BigGAN-deep ships them for 51 truncations from 0 to 1.
    While training, the batch's own statistics are used, which are those of the images of all processes that share it.
    """

    running_means: Tensor
    running_vars: Tensor

    def __init__(self, channels: int, num_truncations: int, epsilon: float = EPSILON) -> None:
        super().__init__()
        self.epsilon = epsilon
        self.register_buffer("running_means", torch.zeros(num_truncations, channels))
        self.register_buffer("running_vars", torch.ones(num_truncations, channels))

    def normalize(self, x: Tensor, truncation: float) -> Tensor:
        """Normalizes [N, C, H, W] with the batch's statistics in training, else with those of ``truncation``."""
        if self.training and dist.is_initialized():
            return normalize_over_processes(x, self.epsilon)
        if self.training:
            return F.batch_norm(x, None, None, training=True, eps=self.epsilon)
        mean = at_truncation(self.running_means, truncation)
        variance = at_truncation(self.running_vars, truncation)
        return F.batch_norm(x, mean, variance, eps=self.epsilon)


def normalize_over_processes(x: Tensor, epsilon: float) -> Tensor:
    """Normalizes each process's [N, C, H, W] by the mean and variance of all of them, differentiably.

    BigGAN's batch norm is over all replicas too (1809.11096, appendix C); PyTorch's SyncBatchNorm is for GPUs alone.
    """
    count = x.numel() // x.shape[1] * dist.get_world_size()
    mean = add_up(x.sum(dim=(0, 2, 3))) / count
    centered = x - mean[:, None, None]
    variance = add_up(centered.square().sum(dim=(0, 2, 3))) / count
    normalized: Tensor = centered * (variance + epsilon).rsqrt()[:, None, None]
    return normalized


def add_up(values: Tensor) -> Tensor:
    """The sum over all processes, through which gradients go back to all."""
    total: Tensor = _Sum.apply(values)  # type: ignore[no-untyped-call]
    return total


class _Sum(torch.autograd.Function):
    """A value's share in the sum of every process is 1, so its gradient is the sum of theirs."""

    @staticmethod
    def forward(_: Any, values: Tensor) -> Tensor:
        return _summed(values)

    @staticmethod
    def backward(_: Any, gradient: Tensor) -> Tensor:
        return _summed(gradient)


def _summed(values: Tensor) -> Tensor:
    total = values.clone(memory_format=torch.contiguous_format)
    dist.all_reduce(total)
    return total


def at_truncation(rows: Tensor, truncation: float) -> Tensor:
    """The row that belongs to ``truncation`` in [0, 1], interpolated between its neighbours: [R, C] -> [C]."""
    position = row_position(truncation, len(rows))
    lower = min(int(position), len(rows) - 2)
    return torch.lerp(rows[lower], rows[lower + 1], position - lower)


class ConditionalBatchNorm(TruncatedBatchNorm):
    """Batch norm whose gain and bias are linear in the condition (the latent and the class embedding)."""

    def __init__(self, channels: int, num_truncations: int, condition_width: int, epsilon: float = EPSILON) -> None:
        super().__init__(channels, num_truncations, epsilon)
        self.scale = nn.Linear(condition_width, channels, bias=False)
        self.offset = nn.Linear(condition_width, channels, bias=False)

    def forward(self, x: Tensor, truncation: float, condition: Tensor) -> Tensor:
        """Normalizes [N, C, H, W] by a condition [N, condition_width]."""
        gain: Tensor = 1 + self.scale(condition)
        bias: Tensor = self.offset(condition)
        return self.normalize(x, truncation) * gain[:, :, None, None] + bias[:, :, None, None]


class AffineBatchNorm(TruncatedBatchNorm):
    """Batch norm with a learned gain and bias."""

    def __init__(self, channels: int, num_truncations: int, epsilon: float = EPSILON) -> None:
        super().__init__(channels, num_truncations, epsilon)
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor, truncation: float) -> Tensor:
        """Normalizes [N, C, H, W]."""
        return self.normalize(x, truncation) * self.weight[:, None, None] + self.bias[:, None, None]


class GeneratorBlock(nn.Module):
    """Bottleneck residual block; the skip drops surplus channels and repeats pixels where the block upsamples."""

    def __init__(
        self,
        channels: int,
        out_channels: int,
        up: bool,
        num_truncations: int,
        condition_width: int,
        epsilon: float = EPSILON,
    ) -> None:
        super().__init__()
        hidden = channels // BOTTLENECK
        self.up = up
        self.out_channels = out_channels
        self.bn_0 = ConditionalBatchNorm(channels, num_truncations, condition_width, epsilon)
        self.bn_1 = ConditionalBatchNorm(hidden, num_truncations, condition_width, epsilon)
        self.bn_2 = ConditionalBatchNorm(hidden, num_truncations, condition_width, epsilon)
        self.bn_3 = ConditionalBatchNorm(hidden, num_truncations, condition_width, epsilon)
        self.conv_0 = nn.Conv2d(channels, hidden, 1)
        self.conv_1 = nn.Conv2d(hidden, hidden, 3, padding=1)
        self.conv_2 = nn.Conv2d(hidden, hidden, 3, padding=1)
        self.conv_3 = nn.Conv2d(hidden, out_channels, 1)

    def forward(self, x: Tensor, truncation: float, condition: Tensor) -> Tensor:
        """A map [N, C, H, W] -> [N, out_channels, H or 2H, W or 2W]."""
        h: Tensor = self.conv_0(F.relu(self.bn_0(x, truncation, condition)))
        h = F.relu(self.bn_1(h, truncation, condition))
        if self.up:
            h = F.interpolate(h, scale_factor=2)
        h = self.conv_1(h)
        h = self.conv_2(F.relu(self.bn_2(h, truncation, condition)))
        h = self.conv_3(F.relu(self.bn_3(h, truncation, condition)))
        skip = x[:, : self.out_channels]
        return h + (F.interpolate(skip, scale_factor=2) if self.up else skip)


class DiscriminatorBlock(nn.Module):
    """Bottleneck residual block; the skip gains channels by a convolution appended to the identity."""

    def __init__(self, channels: int, out_channels: int, down: bool) -> None:
        super().__init__()
        hidden = out_channels // BOTTLENECK
        self.down = down
        self.conv_0 = nn.Conv2d(channels, hidden, 1)
        self.conv_1 = nn.Conv2d(hidden, hidden, 3, padding=1)
        self.conv_2 = nn.Conv2d(hidden, hidden, 3, padding=1)
        self.conv_3 = nn.Conv2d(hidden, out_channels, 1)
        self.conv_skip = nn.Conv2d(channels, out_channels - channels, 1) if out_channels > channels else None

    def forward(self, x: Tensor) -> Tensor:
        """A map [N, C, H, W] -> [N, out_channels, H or H/2, W or W/2]."""
        h: Tensor = self.conv_0(F.relu(x))
        h = self.conv_1(F.relu(h))
        h = F.relu(self.conv_2(F.relu(h)))
        if self.down:
            h, x = F.avg_pool2d(h, 2), F.avg_pool2d(x, 2)
        if self.conv_skip is not None:
            x = torch.cat([x, self.conv_skip(x)], dim=1)
        h = self.conv_3(h)
        return h + x


class SelfAttention(nn.Module):
    """Self-attention of SA-GAN (arXiv 1805.08318) over a feature map, keys and values pooled by two."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.snconv1x1_theta = nn.Conv2d(channels, channels // 8, 1, bias=False)
        self.snconv1x1_phi = nn.Conv2d(channels, channels // 8, 1, bias=False)
        self.snconv1x1_g = nn.Conv2d(channels, channels // 2, 1, bias=False)
        self.snconv1x1_o_conv = nn.Conv2d(channels // 2, channels, 1, bias=False)
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        """[N, C, H, W] -> the same."""
        query = self.snconv1x1_theta(x).flatten(2)
        key = F.max_pool2d(self.snconv1x1_phi(x), 2).flatten(2)
        value = F.max_pool2d(self.snconv1x1_g(x), 2).flatten(2)
        weights = torch.softmax(query.transpose(1, 2) @ key, dim=2)
        attended = (value @ weights.transpose(1, 2)).reshape(len(x), -1, *x.shape[2:])
        change: Tensor = self.gamma * self.snconv1x1_o_conv(attended)
        return x + change
