"""Weights as they are in training, not averaged: what is sampled from where the average was forgotten.

They do not ship. These are the shipped average trained on by the recipe's own loss, data, batch size and optimizer at a
constant rate, without averaging: a stand-in for the weights of a training at its height, around which the average lies.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from beatgans.evaluator.digits import to_input
from beatgans.generators import load_generator
from beatgans.generators.diffusion.process import GaussianDiffusion
from beatgans.generators.training.losses import frozen_mean, simple_loss, vlb_loss
from beatgans.reference_batches import digits_reference

LEARNING_RATE = 1e-3  # the recipe's highest
WEIGHT_DECAY = 0.01
BATCH_SIZE = 128
VLB_WEIGHT = 0.001
SEED = 0


def write_raw_weights(path: Path, steps: int) -> None:
    """Trains on from the shipped weights for so many steps, and writes where that leads."""
    torch.manual_seed(SEED)
    random = torch.Generator().manual_seed(SEED)
    generator = load_generator("digits-diffusion")
    network = generator.network.requires_grad_(True).train()
    diffusion = GaussianDiffusion(generator.entry.schedule.respaced(""), generator.device)
    real = digits_reference()
    batches = shuffled_batches(to_input(real.images), torch.from_numpy(real.labels), BATCH_SIZE, random)
    optimizer = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    for _, (images, labels) in zip(range(steps), batches, strict=False):
        optimizer.zero_grad(set_to_none=True)
        step = torch.randint(len(diffusion), (len(images),), generator=random)
        noise = torch.randn(images.shape, generator=random)
        x = diffusion.q_sample(images, step, noise)
        output = network(x, diffusion.timesteps[step], labels)
        bound = vlb_loss(diffusion, frozen_mean(output, 3), images, x, step)
        (simple_loss(diffusion, output, images, noise) + VLB_WEIGHT * bound).mean().backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
    torch.save(network.state_dict(), path)


def shuffled_batches(
    images: Tensor, labels: Tensor, batch_size: int, generator: torch.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    """Endless batches without replacement: each epoch is a new permutation, and a batch may span two of them."""
    order = torch.empty(0, dtype=torch.int64)
    while True:
        while len(order) < batch_size:
            order = torch.cat([order, torch.randperm(len(images), generator=generator)])
        chosen, order = order[:batch_size], order[batch_size:]
        yield images[chosen], labels[chosen]
