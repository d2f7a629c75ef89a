"""Training of upsamplers: diffusion models of large images that are shown small ones (2105.05233, section 5.2)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..diffusion.entries import UpsamplerEntry
from .diffusion import DiffusionObjective
from .objective import Piece
from .recipe import UpsamplerRecipe


class UpsamplerObjective(DiffusionObjective):
    """A super-resolution network, and the loss of its recipe."""

    def __init__(self, recipe: UpsamplerRecipe, entry: UpsamplerEntry, device: torch.device) -> None:
        super().__init__(recipe, entry, device)
        self.small_size = entry.small_size

    def predict(self, x: Tensor, timesteps: Tensor, piece: Piece) -> Tensor:
        """The network's output for noisy images and the small versions of the clean ones."""
        output: Tensor = self.network(x, timesteps, piece.labels, low_res=shrink(piece.images, self.small_size))
        return output


def shrink(images: Tensor, size: int) -> Tensor:
    """Means of squares of pixels, as guided-diffusion's ``super_res_train.py``: [N, C, S, S] -> [N, C, size, size]."""
    return F.interpolate(images, size, mode="area")
