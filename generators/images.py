"""From a network's output to pixels, and back."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def truncate_to_uint8(images: Tensor) -> NDArray[np.uint8]:
    """Maps [-1, 1] to 0..255, dropping fractions, as ADM's scripts do: float [N, C, H, W] -> uint8 [N, H, W, C].

    Other codes round to nearest, which makes images half a level brighter: a benchmark needs one rule for all models.

    Raises:
        FloatingPointError: a value is infinite or not a number, which would become an arbitrary level.
    """
    if not torch.isfinite(images).all():
        raise FloatingPointError(
            "the network made values that are infinite or not a number, which are no pixels; "
            "look at its weights and flags, or lower the guidance"
        )
    levels = ((images + 1) * 127.5).clamp(0, 255).to(torch.uint8)
    return levels.permute(0, 2, 3, 1).contiguous().cpu().numpy()


def from_uint8(images: NDArray[np.uint8], device: torch.device | str = "cpu") -> Tensor:
    """Maps 0..255 to [-1, 1], as ADM's scripts do with what they enlarge: [N, H, W, C] -> float [N, C, H, W]."""
    return torch.from_numpy(images).to(device).permute(0, 3, 1, 2).float() / 127.5 - 1
