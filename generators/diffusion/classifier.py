"""The noisy-image classifier that guides ADM's diffusion models (arXiv 2105.05233, section 4 and appendix C).

The encoder half of the UNet with a pool, trained on noisy images at all timesteps. Names and shapes equal those of
OpenAI's ``*_classifier.pt`` files, all of which have the attention pool.
"""

from __future__ import annotations

from typing import get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .flags import Pool
from .unet import (
    GroupNorm,
    UNetConfig,
    down_path,
    drawn_normal,
    middle,
    split_qkv,
    timestep_embedding,
    zero_init,
)

POOLS: tuple[Pool, ...] = get_args(Pool)
SPATIAL_POOLS = ("spatial", "spatial_v2")
SPATIAL_WIDTH = 2048
"""Of the hidden layer behind the means of all stages."""


class AttentionPool(nn.Module):
    """Pools a feature map by the attention of its mean to all its positions: [N, C, S, S] -> [N, out_features]."""

    def __init__(self, size: int, channels: int, heads: int, out_features: int) -> None:
        super().__init__()
        self.heads = heads
        self.positional_embedding = nn.Parameter(drawn_normal(channels, size**2 + 1, divisor=channels**0.5))
        self.qkv_proj = nn.Conv1d(channels, 3 * channels, 1)
        self.c_proj = nn.Conv1d(channels, out_features, 1)

    def forward(self, x: Tensor) -> Tensor:
        """[N, C, S, S] -> [N, out_features]."""
        tokens = x.flatten(2)
        tokens = torch.cat([tokens.mean(dim=2, keepdim=True), tokens], dim=2) + self.positional_embedding
        q, k, v = split_qkv(
            self.qkv_proj(tokens), self.heads, new_order=True
        )  # in every released file, whatever the UNet's
        mean_token = F.scaled_dot_product_attention(q[:, :, :1], k, v)  # [N, heads, 1, d]: only the mean is asked for
        pooled: Tensor = self.c_proj(mean_token.transpose(2, 3).reshape(len(x), -1, 1))
        return pooled[:, :, 0]


class NoisyClassifier(nn.Module):
    """Predicts the class of a noisy image at any timestep.

    ``config.out_channels`` is the number of classes; ``config.num_classes`` is None, since it is given no label.
    ``pool`` says how the maps become logits, under guided-diffusion's names: ``attention`` and ``adaptive`` (the mean)
    of the last one, ``spatial`` and ``spatial_v2`` from the means of all stages.
    """

    def __init__(self, config: UNetConfig, pool: Pool = "attention") -> None:
        super().__init__()
        width = config.model_channels
        self.config = config
        self.pool = pool
        self.time_embed = nn.Sequential(nn.Linear(width, 4 * width), nn.SiLU(), nn.Linear(4 * width, 4 * width))
        self.input_blocks, widths, size = down_path(config)
        channels = widths[-1]
        self.middle_block = middle(config, channels)
        self.out = make_pool(config, pool, channels, size, all_widths=sum(widths) + channels)

    def forward(self, x: Tensor, timesteps: Tensor) -> Tensor:
        """Class logits of noisy images: [N, C, H, W] and [N] -> [N, classes]."""
        embedding = self.time_embed(timestep_embedding(timesteps, self.config.model_channels))
        h, means = x, []
        for stage in [*self.input_blocks, self.middle_block]:
            h = stage(h, embedding)
            if self.pool in SPATIAL_POOLS:
                means.append(h.to(x.dtype).mean(dim=(2, 3)))
        logits: Tensor = self.out(torch.cat(means, dim=1) if means else h)
        return logits


def make_pool(config: UNetConfig, pool: Pool, channels: int, size: int, all_widths: int) -> nn.Sequential:
    """The layers from the last map [N, channels, size, size], or the means [N, all_widths], to the logits.

    Raises:
        ValueError: there is no such pool.
    """
    groups, classes = config.norm_groups, config.out_channels
    if pool == "attention":
        heads = config.heads(channels)
        return nn.Sequential(GroupNorm(groups, channels), nn.SiLU(), AttentionPool(size, channels, heads, classes))
    if pool == "adaptive":
        convolution = zero_init(nn.Conv2d(channels, classes, 1))
        return nn.Sequential(GroupNorm(groups, channels), nn.SiLU(), nn.AdaptiveAvgPool2d(1), convolution, nn.Flatten())
    if pool == "spatial":
        return nn.Sequential(nn.Linear(all_widths, SPATIAL_WIDTH), nn.ReLU(), nn.Linear(SPATIAL_WIDTH, classes))
    if pool == "spatial_v2":
        norm = GroupNorm(groups, SPATIAL_WIDTH)
        return nn.Sequential(nn.Linear(all_widths, SPATIAL_WIDTH), norm, nn.SiLU(), nn.Linear(SPATIAL_WIDTH, classes))
    raise ValueError(f"there is no pool named {pool!r}; known are {', '.join(POOLS)}")
