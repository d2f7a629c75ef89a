"""AdamW as recipes set it."""

from __future__ import annotations

import torch
from torch import nn

from .recipe import AdamWRecipe


def adamw(network: nn.Module, recipe: AdamWRecipe) -> torch.optim.AdamW:
    """AdamW over all parameters, at the full rate; fused, which is one pass over each weight and not ten."""
    return torch.optim.AdamW(
        network.parameters(), recipe.learning_rate, recipe.adam_betas, weight_decay=recipe.weight_decay, fused=True
    )
