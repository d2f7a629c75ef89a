"""The random numbers of a step of training: they depend on the seed, the step and the place in the batch alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..noise import Stream, random_bits, standard_normal, truncated_normal


@dataclass(frozen=True)
class Draws:
    """What is drawn for some of a step's images. A microbatch or a process draws what the whole batch would.

    Attributes:
        seed: of the training.
        step: counted from 0.
        places: int64 [n], of the images in the batch of all processes.
    """

    seed: int
    step: int
    places: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.places)

    def normal(self, stream: Stream, *shape: int) -> Tensor:
        """Standard normal numbers, float32 [n, *shape]."""
        return torch.from_numpy(standard_normal(self.seed, self.places, stream, self.step, shape))

    def truncated_normal(self, stream: Stream, width: int, bound: float) -> Tensor:
        """Standard normal numbers within ``-bound`` and ``bound``: float32 [n, width]."""
        return torch.from_numpy(truncated_normal(self.seed, self.places, stream, self.step, (width,), bound))

    def uniform(self, stream: Stream) -> NDArray[np.float64]:
        """Numbers in [0, 1), float64 [n]."""
        bits = random_bits(self.seed, self.places, stream, self.step, (1,))[:, 0]
        values: NDArray[np.float64] = (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53
        return values

    def integers(self, stream: Stream, below: int, *shape: int) -> Tensor:
        """Whole numbers from 0 to one less than ``below``, int64 [n, *shape]."""
        bits = random_bits(self.seed, self.places, stream, self.step, shape)
        return torch.from_numpy((bits % np.uint64(below)).astype(np.int64))

    def seed_torch(self) -> None:
        """Seeds PyTorch for what only it can draw, which is dropout."""
        seed_torch(self.seed, self.step + 1, int(self.places[0]))


def seed_torch(seed: int, step: int, place: int) -> None:
    """Seeds PyTorch's generators; step 0 is the initial weights."""
    bits = int(random_bits(seed, np.array([place]), Stream.TORCH, step, (1,))[0, 0])
    torch.manual_seed(bits >> 1)  # it takes 64 bits with a sign
