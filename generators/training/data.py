"""Training batches drawn from images in memory."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from ...reference_batches import Batch


def to_tensors(batch: Batch, device: str) -> tuple[Tensor, Tensor]:
    """A labelled batch as float images [N, 3, H, W] in [-1, 1] and int64 labels [N]."""
    images = torch.from_numpy(batch.images).permute(0, 3, 1, 2).float() / 127.5 - 1
    return images.to(device), torch.as_tensor(batch.labels).to(device)


def shuffled_batches(
    images: Tensor, labels: Tensor, batch_size: int, generator: torch.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    """Endless batches without replacement: each epoch is a new permutation, and a batch may span two of them."""
    order = torch.empty(0, dtype=torch.int64)
    while True:
        while len(order) < batch_size:
            order = torch.cat([order, torch.randperm(len(images), generator=generator)])
        chosen, order = order[:batch_size].to(images.device), order[batch_size:]
        yield images[chosen], labels[chosen]
