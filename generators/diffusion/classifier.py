"""The noisy-image classifier that guides ADM's diffusion models (arXiv 2105.05233, section 4 and appendix C).

The encoder half of the UNet with an attention pool, trained on noisy images at all timesteps. Names and shapes equal
those of OpenAI's ``*_classifier.pt`` files.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .unet import GroupNorm, UNetConfig, down_path, middle, split_qkv, timestep_embedding


class AttentionPool(nn.Module):
    """Pools a feature map by the attention of its mean to all its positions: [N, C, S, S] -> [N, out_features]."""

    def __init__(self, size: int, channels: int, heads: int, out_features: int) -> None:
        super().__init__()
        self.heads = heads
        self.positional_embedding = nn.Parameter(torch.randn(channels, size**2 + 1) / channels**0.5)
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
    """

    def __init__(self, config: UNetConfig) -> None:
        super().__init__()
        width = config.model_channels
        self.config = config
        self.time_embed = nn.Sequential(nn.Linear(width, 4 * width), nn.SiLU(), nn.Linear(4 * width, 4 * width))
        self.input_blocks, widths, size = down_path(config)
        channels = widths[-1]
        self.middle_block = middle(config, channels)
        self.out = nn.Sequential(
            GroupNorm(config.norm_groups, channels),
            nn.SiLU(),
            AttentionPool(size, channels, config.heads(channels), config.out_channels),
        )

    def forward(self, x: Tensor, timesteps: Tensor) -> Tensor:
        """Class logits of noisy images: [N, C, H, W] and [N] -> [N, classes]."""
        embedding = self.time_embed(timestep_embedding(timesteps, self.config.model_channels))
        h = x
        for stage in self.input_blocks:
            h = stage(h, embedding)
        logits: Tensor = self.out(self.middle_block(h, embedding))
        return logits
